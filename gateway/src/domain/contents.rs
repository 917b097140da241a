use serde::Serialize;
use vouchsafe_protocol::id::Digest;

use super::{
    encoding::{CanonicalError, canonical_json},
    item::{ItemRow, Media},
};

/// Item 0 of every dataset: what the other items are. Travels encrypted with them.
#[derive(Debug, Serialize)]
pub struct Contents {
    items: Vec<ContentsItem>,
    schema: &'static str,
}

/// One file of a dataset.
#[derive(Debug, Serialize)]
pub struct ContentsItem {
    bytes: u64,
    media_type: &'static str,
    name: String,
    /// Lower-case hex without prefix.
    sha256: String,
}

impl Contents {
    /// `rows` in item order. Names are made here: a seller's own file names may be personal data.
    pub fn new(rows: &[ItemRow]) -> Self {
        let item = |(at, row): (usize, &ItemRow)| ContentsItem {
            bytes: row.bytes,
            media_type: row.media.media_type(),
            name: file_name(at + 1, row.media),
            sha256: plain_hex(&row.sha256),
        };
        Self {
            items: rows.iter().enumerate().map(item).collect(),
            schema: "vouchsafe/contents/1",
        }
    }

    /// The item of this name, counted as in bundles: the document itself is item 0.
    pub fn item(&self, name: &str) -> Option<u32> {
        let at = self.items.iter().position(|item| item.name == name)?;
        u32::try_from(at).ok()?.checked_add(1)
    }

    /// The document's RFC 8785 bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical_json(self)
    }
}

pub(crate) fn file_name(position: usize, media: Media) -> String {
    format!("{position:06}.{}", media.ending())
}

pub(crate) fn plain_hex(digest: &Digest) -> String {
    hex::encode(digest.0)
}
