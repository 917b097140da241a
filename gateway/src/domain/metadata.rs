use std::collections::BTreeSet;

use serde_json::{Value, json};
use vouchsafe_documents::urn;
use vouchsafe_evaluation::{Label, Published, publish};
use vouchsafe_protocol::{
    id::{Account, Digest, Genesis, OfferId},
    record::Grade,
};

use super::{
    contents::plain_hex,
    dataset::{Licence, NewDataset},
    encoding::{CanonicalError, canonical_json},
    item::ItemRow,
    job::Timestamp,
    pipeline::{ClassPolicy, Pipeline, grade_name},
};

/// What the metadata document describes.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    pub dataset: &'a NewDataset,
    /// Clean files, in item order.
    pub rows: &'a [ItemRow],
    pub pipeline: &'a Pipeline,
    pub grade: Grade,
    pub genesis: Genesis,
    /// Who sells, and whose gateway it is.
    pub account: Account,
    /// The ed25519 key that signs the record.
    pub key: Digest,
    pub offer: OfferId,
    /// The ciphertext that anyone may download.
    pub ciphertext_bytes: u64,
    pub ciphertext_sha256: Digest,
    /// The per-chunk hashes that travel with it.
    pub sidecar_bytes: u64,
    pub sidecar_sha256: Digest,
    /// Hiding commitment of the raw input.
    pub input: Digest,
    /// Hash of the signed report.
    pub report: Digest,
    /// When the files were handed in.
    pub taken_in: Timestamp,
    /// What the photos are worth, where that is known.
    pub quality: Option<&'a Label>,
}

/// Canonical bytes (RFC 8785) of an MLCommons Croissant 1.1 document (JSON-LD): the two downloadable files by hash and the
/// file set inside the ciphertext, lineage in PROV-O, terms in ODRL, and of Croissant's RAI vocabulary what is known.
/// No record set is claimed. `docs/METADATA.md` explains every part.
///
/// URLs are relative to the gateway's endpoint, which may move. Licence text is named by its hash, and what the dataset is
/// derived from by the ids of its records.
pub fn metadata_document(described: &Described<'_>) -> Result<Vec<u8>, CanonicalError> {
    let dataset = described.dataset;
    let owner = urn("account", &described.account);
    let offer = urn("offer", &described.offer);
    let party = json!({
        "@id": owner,
        "@type": "sc:Organization",
        "name": format!("account {}", described.account),
    });
    let mut document = json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "citeAs": format!("{}. Offer {} on the chain {}.", dataset.title(), described.offer, described.genesis),
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "creator": party,
        "datePublished": date(described.taken_in),
        "description": dataset.description(),
        "distribution": distribution(described),
        "identifier": offer,
        "isAccessibleForFree": false,
        "isLiveDataset": false,
        "keywords": dataset.tags(),
        "license": licence(dataset.licence()),
        "name": dataset.title(),
        "prov:wasAttributedTo": { "@id": owner },
        "prov:wasDerivedFrom": origins(described),
        "prov:wasGeneratedBy": activity(described),
        "publisher": party,
        "rai:dataLimitations": limitations(described.pipeline),
        "rai:dataPreprocessingProtocol": handling(described.pipeline),
        "rai:personalSensitiveInformation": personal(described),
        "usageInfo": dataset.derivation().policy(&owner, &offer),
        // A record never changes: other content is another record.
        "version": "1.0.0",
    });
    if !dataset.parents().is_empty() {
        let parents = dataset.parents().iter();
        document["isBasedOn"] = parents
            .map(|parent| json!({ "@type": "sc:Dataset", "identifier": parent.record }))
            .collect();
    }
    if let Some(label) = described.quality {
        measured(&mut document, publish(label))?;
    }
    canonical_json(&document)
}

/// Adds the measurements, their vocabulary (W3C's Data Quality Vocabulary), and what they come to in words behind what is said anyway.
fn measured(document: &mut Value, published: Published) -> Result<(), CanonicalError> {
    document["@context"]["dqv"] = "http://www.w3.org/ns/dqv#".into();
    let members = serde_json::to_value(published)?;
    for (name, told) in members.as_object().into_iter().flatten() {
        match (document.get_mut(name), told) {
            (Some(Value::Array(sentences)), Value::Array(more)) => sentences.extend(more.iter().cloned()),
            _ => document[name.as_str()] = told.clone(),
        }
    }
    Ok(())
}

/// Croissant 1.1's own context, with PROV-O and ODRL. Its language is "undetermined" (ISO 639-2), for a seller may write in
/// any.
fn context() -> Value {
    json!({
        "@language": "und",
        "@vocab": "https://schema.org/",
        "arrayShape": "cr:arrayShape",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "containedIn": "cr:containedIn",
        "cr": "http://mlcommons.org/croissant/",
        "data": { "@id": "cr:data", "@type": "@json" },
        "dataType": { "@id": "cr:dataType", "@type": "@vocab" },
        "dct": "http://purl.org/dc/terms/",
        "equivalentProperty": "cr:equivalentProperty",
        "examples": { "@id": "cr:examples", "@type": "@json" },
        "extract": "cr:extract",
        "field": "cr:field",
        "fileObject": "cr:fileObject",
        "fileProperty": "cr:fileProperty",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isArray": "cr:isArray",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "odrl": "http://www.w3.org/ns/odrl/2/",
        "parentField": "cr:parentField",
        "path": "cr:path",
        "prov": "http://www.w3.org/ns/prov#",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "samplingRate": "cr:samplingRate",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform",
    })
}

fn licence(licence: &Licence) -> Value {
    let name = licence.name();
    let mut work = json!({
        "@type": "sc:CreativeWork",
        "name": name,
        "sha256": plain_hex(&licence.hash()),
    });
    // The text says itself that it is one of SPDX's.
    if licence
        .text()
        .starts_with(&format!("SPDX-License-Identifier: {name}\n"))
    {
        work["url"] = format!("https://spdx.org/licenses/{name}.html").into();
    }
    work
}

fn distribution(described: &Described<'_>) -> Value {
    let Described { offer, rows, .. } = described;
    let formats: BTreeSet<&str> = rows.iter().map(|row| row.media.media_type()).collect();
    json!([
        {
            "@id": "ciphertext",
            "@type": "cr:FileObject",
            "contentSize": format!("{} B", described.ciphertext_bytes),
            "contentUrl": format!("v1/offers/{offer}/ciphertext"),
            "description": "All items, encrypted chunk by chunk; readable with the key that the chain delivers",
            "encodingFormat": "application/octet-stream",
            "name": "ciphertext",
            "sha256": plain_hex(&described.ciphertext_sha256),
        },
        {
            "@id": "sidecar",
            "@type": "cr:FileObject",
            "contentSize": format!("{} B", described.sidecar_bytes),
            "contentUrl": format!("v1/offers/{offer}/sidecar"),
            "description": "Lengths of the items and two hashes per chunk; its root is in the record",
            "encodingFormat": "application/octet-stream",
            "name": "sidecar",
            "sha256": plain_hex(&described.sidecar_sha256),
        },
        {
            "@id": "photos",
            "@type": "cr:FileSet",
            "containedIn": { "@id": "ciphertext" },
            "description": format!("{} anonymised photos, named in the contents document (item 0)", rows.len()),
            "encodingFormat": formats,
            "includes": "*",
            "name": "photos",
        },
    ])
}

/// What it comes from: the raw files, of which only a commitment is known, and its parents.
fn origins(described: &Described<'_>) -> Value {
    let parents = described.dataset.parents().iter();
    let parents = parents.map(|parent| json!({ "@id": urn("record", &parent.record) }));
    core::iter::once(json!({ "@id": urn("input", &described.input) }))
        .chain(parents)
        .collect()
}

fn activity(described: &Described<'_>) -> Value {
    let pipeline = described.pipeline;
    let models = pipeline.models.iter().map(|model| {
        json!({
            "@id": format!("urn:sha256:{}", model.sha256),
            "@type": "prov:Entity",
            "license": model.licence,
            "name": format!("model {} ({})", model.name, model.precision),
            "sha256": model.sha256,
        })
    });
    let input = json!({
        "@id": urn("input", &described.input),
        "@type": "prov:Entity",
        "description": "The raw files: a salted commitment is all that is told of them.",
        "name": format!("{} raw files", described.rows.len()),
    });
    json!({
        "@type": "prov:Activity",
        "description": format!(
            "Each photo was anonymised under the policy {} and looked at again by {}, before anything was hashed. \
             The signed report with the hash {} counts what was found and done.",
            pipeline.policy,
            match pipeline.second_look.len() {
                1 => "one detector".to_owned(),
                several => format!("{several} detectors"),
            },
            described.report,
        ),
        "name": "Anonymisation",
        "prov:generated": { "@id": urn("report", &described.report) },
        "prov:used": core::iter::once(input).chain(models).collect::<Vec<_>>(),
        "prov:wasAssociatedWith": [
            {
                "@id": urn("pipeline", &pipeline.digest),
                "@type": ["prov:Agent", "prov:SoftwareAgent"],
                "description": format!("Runs on {}, behind {}", pipeline.provider, pipeline.isolation.text()),
                "name": format!("vouchsafe-anonymiser {}", pipeline.version),
            },
            {
                "@id": urn("gateway-key", &described.key),
                "@type": "prov:Agent",
                "name": format!("gateway of account {}", described.account),
                "prov:actedOnBehalfOf": { "@id": urn("account", &described.account) },
            },
        ],
    })
}

/// One sentence for each class.
fn handling(pipeline: &Pipeline) -> Vec<String> {
    let sentence = |(class, policy): (&String, &ClassPolicy)| {
        let threshold = thousandths(policy.threshold_milli);
        match policy.action.as_str() {
            "mask" => format!(
                "{class}: found at a score of {threshold} or more, and replaced ({}), with {} of the box more on each side.",
                policy.operator,
                thousandths(policy.margin_milli),
            ),
            "refuse" => format!("{class}: a photo in which one is found at {threshold} or more is refused."),
            action => format!("{class}: found at a score of {threshold} or more; then: {action}."),
        }
    };
    pipeline.classes.iter().map(sentence).collect()
}

fn limitations(pipeline: &Pipeline) -> Vec<String> {
    let missing = pipeline
        .missing
        .iter()
        .map(|class| format!("Asked for, and not looked for, because no model is there for it: {class}."));
    pipeline.limits.iter().cloned().chain(missing).collect()
}

fn personal(described: &Described<'_>) -> [String; 2] {
    [
        format!(
            "The photos may have shown people. What may be said of them now is the grade of the record: {}.",
            grade_name(described.grade)
        ),
        "Detectors miss things, so somebody may still be recognised.".into(),
    ]
}

/// `120` as `0.12`.
fn thousandths(milli: u32) -> String {
    let (whole, rest) = (milli / 1_000, milli % 1_000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
}

/// The day in UTC, as `2026-11-22`. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date(at: Timestamp) -> String {
    let days = at.0 / 86_400_000 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_305_600, "2026-11-22"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(Timestamp(seconds * 1_000)), day, "{seconds}");
        }
    }

    #[test]
    fn thousandths_are_shown_without_zeros_at_the_end() {
        for (milli, text) in [
            (0, "0"),
            (120, "0.12"),
            (355, "0.355"),
            (1_000, "1"),
            (1_050, "1.05"),
        ] {
            assert_eq!(thousandths(milli), text);
        }
    }
}
