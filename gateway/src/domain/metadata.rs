use serde_json::json;
use vouchsafe_protocol::id::{Digest, OfferId};

use super::{
    contents::plain_hex,
    dataset::NewDataset,
    encoding::{CanonicalError, canonical_json},
};

/// What the metadata document describes.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    pub dataset: &'a NewDataset,
    pub offer: OfferId,
    /// The ciphertext that anyone may download.
    pub ciphertext_bytes: u64,
    pub ciphertext_sha256: Digest,
    /// The per-chunk hashes that travel with it.
    pub sidecar_bytes: u64,
    pub sidecar_sha256: Digest,
    /// Files inside, without the contents document.
    pub files: u32,
}

/// Canonical bytes of a small, honest MLCommons Croissant document (JSON-LD, schema.org vocabulary): the two
/// downloadable files by hash, and the file set inside the ciphertext. No record set is claimed.
///
/// URLs are relative to the gateway's endpoint, which may move. Licence text is named by its hash, and what the dataset is
/// derived from by the ids of its records.
pub fn metadata_document(described: &Described<'_>) -> Result<Vec<u8>, CanonicalError> {
    let dataset = described.dataset;
    let offer = described.offer;
    let mut document = json!({
        "@context": {
            "@vocab": "https://schema.org/",
            "conformsTo": "http://purl.org/dc/terms/conformsTo",
            "cr": "http://mlcommons.org/croissant/",
            "sc": "https://schema.org/",
        },
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": dataset.title(),
        "description": dataset.description(),
        "license": { "name": dataset.licence().name(), "sha256": plain_hex(&dataset.licence().hash()) },
        "keywords": dataset.tags(),
        "distribution": [
            {
                "@id": "ciphertext",
                "@type": "cr:FileObject",
                "contentSize": format!("{} B", described.ciphertext_bytes),
                "contentUrl": format!("v1/offers/{offer}/ciphertext"),
                "description": "All items, encrypted chunk by chunk; readable with the key that the chain delivers",
                "encodingFormat": "application/octet-stream",
                "sha256": plain_hex(&described.ciphertext_sha256),
            },
            {
                "@id": "sidecar",
                "@type": "cr:FileObject",
                "contentSize": format!("{} B", described.sidecar_bytes),
                "contentUrl": format!("v1/offers/{offer}/sidecar"),
                "description": "Lengths of the items and two hashes per chunk; its root is in the record",
                "encodingFormat": "application/octet-stream",
                "sha256": plain_hex(&described.sidecar_sha256),
            },
            {
                "@id": "photos",
                "@type": "cr:FileSet",
                "containedIn": { "@id": "ciphertext" },
                "description": format!("{} anonymised photos, named in the contents document (item 0)", described.files),
                "encodingFormat": ["image/jpeg", "image/png", "image/webp"],
                "includes": "*",
            },
        ],
    });
    if !dataset.parents().is_empty() {
        let parents = dataset.parents().iter();
        document["isBasedOn"] = parents
            .map(|parent| json!({ "@type": "sc:Dataset", "identifier": parent.record }))
            .collect();
    }
    canonical_json(&document)
}
