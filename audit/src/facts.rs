//! What a verdict tells, beside the checks. Every text in here is foreign.

use crate::{contents::File, header::Header, report::Report, scores::Scores, state::Said};
use serde_json::Value;
use vouchsafe_protocol::{
    bundle::{Bundle, SignedStatement},
    hash::sha256,
    id::{Digest, RecordId},
    log::{Head, Standing},
    record::Statement,
};

/// All of it. A part is told only where no check that carries it failed; without an anchor it is what the bundle says of
/// itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The block that the bundle speaks of.
    pub block: Option<Block>,
    /// The log at that block.
    pub log: Option<Head>,
    /// The record: id, statement and signature hold.
    pub record: Option<RecordFacts>,
    /// The record's life up to that block.
    pub standing: Option<Standing>,
    /// The scores of its seller and its gateway at that block, computed from the evidence in the chain's state.
    pub scores: Option<Scores>,
    /// The report: hash and signature hold.
    pub report: Option<ReportFacts>,
    /// The metadata document.
    pub metadata: Option<MetadataFacts>,
    /// The list of files.
    pub contents: Option<ContentsFacts>,
    /// Items that are opened, or whose bytes were brought.
    pub files: Vec<FileFacts>,
    /// Ancestors whose statements are here, with valid signatures; children first.
    pub ancestors: Vec<RecordFacts>,
}

/// A final block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The chain.
    pub genesis: Digest,
    /// Its height.
    pub height: u32,
    /// Its hash: BLAKE2b-256 of the header.
    pub hash: Digest,
    /// Number of the validator set that made it final.
    pub set: u64,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFacts {
    /// Its id.
    pub record: RecordId,
    /// What was said.
    pub statement: Statement,
    /// The gateway's key that signed it.
    pub key: Digest,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFacts {
    /// Version of the program that wrote it.
    pub version: Option<String>,
    /// Name of the policy.
    pub policy: Option<String>,
    /// The nets that it names.
    pub models: Vec<ModelFacts>,
}

/// A net.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFacts {
    /// As the report names it.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Its licence.
    pub licence: String,
    /// SHA-256 of its manifest in the bundle. No signature covers what a manifest says beyond the report, so this is all
    /// that is told of it.
    pub manifest: Option<Digest>,
}

/// A metadata document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataFacts {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its `name`.
    pub title: Option<String>,
    /// Its `license`, or the name of it.
    pub licence: Option<String>,
}

/// A contents document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentsFacts {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Files that it lists.
    pub files: usize,
}

/// A file of the dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Its item, from 1.
    pub item: u32,
    /// As the contents document lists it.
    pub file: File,
    /// Whether it was brought, and is shown to be this item.
    pub shown: bool,
    /// SHA-256 of the C2PA manifest store that it carries. Nothing of one that is not shown.
    pub credentials: Option<Digest>,
}

impl Block {
    pub(crate) fn of(bundle: &Bundle, header: &Header) -> Self {
        // At most 4,096 hand-overs.
        let handovers = bundle.handovers.len() as u64;
        Self {
            genesis: Digest(bundle.genesis.0),
            height: header.number,
            hash: Digest(header.hash),
            set: bundle.checkpoint.id.saturating_add(handovers),
        }
    }
}

pub(crate) fn head(said: &Said) -> Head {
    said.log.head(sha256)
}

impl RecordFacts {
    pub(crate) fn of(signed: &SignedStatement) -> Self {
        Self {
            record: signed.record,
            statement: signed.statement.clone(),
            key: Digest(signed.key),
        }
    }
}

impl ReportFacts {
    /// `manifests`: for each of the report's nets the bundle's manifest, where the check of them passed.
    pub(crate) fn of(report: &Report, manifests: &[Option<&[u8]>]) -> Self {
        let models = report.models().unwrap_or_default().into_iter();
        let facts = |(at, model): (usize, crate::report::Model)| ModelFacts {
            name: model.name,
            sha256: model.sha256,
            licence: model.licence,
            manifest: manifests.get(at).copied().flatten().map(sha256),
        };
        Self {
            version: report.text("worker", "version"),
            policy: report.text("policy", "name"),
            models: models.enumerate().map(facts).collect(),
        }
    }
}

impl MetadataFacts {
    pub(crate) fn of(document: &Value, bytes: &[u8]) -> Self {
        let licence = &document["license"];
        let licence = licence.as_str().or_else(|| licence["name"].as_str());
        Self {
            sha256: sha256(bytes),
            title: document["name"].as_str().map(str::to_owned),
            licence: licence.map(str::to_owned),
        }
    }
}
