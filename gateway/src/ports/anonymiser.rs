use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use vouchsafe_evaluation::Sketch;

use crate::domain::{Area, Findings, Media, PhotoWishes, Pipeline, Reason, SecondLook, Utility};

/// A file without what had to go, and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaned {
    /// Never part of a document: they travel beside it.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    pub media: Media,
    pub findings: Findings,
    /// For the operator's eyes; whoever seals or lists the file leaves them behind.
    pub areas: Vec<Area>,
    pub second_look: SecondLook,
    pub utility: Utility,
    pub metadata_removed: BTreeMap<String, u32>,
    /// One canonical JSON row: a leaf of the metrics tree.
    pub metrics: String,
    /// What the clean file looks like from afar; `None` for a flat one. It stays in the gateway.
    #[serde(default)]
    pub sketch: Option<Sketch>,
}

/// What can be seen in a finished photo, by class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Upright size, pixels.
    pub width: u32,
    pub height: u32,
    /// Common objects; `None` where no net counted them.
    pub objects: Option<BTreeMap<String, u32>>,
    /// What should be gone, for every class that was looked for.
    pub residual: BTreeMap<String, u32>,
}

/// Why a file did not come out clean. Nothing of it may be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnonymiseError {
    /// The file is malformed, too large, of another format, or still shows something after the second look.
    #[error("{}", .0.detail)]
    Refused(Reason),
    /// The engine failed; the file may be fine.
    #[error("the anonymiser failed: {0}")]
    Engine(String),
}

/// The one way from raw to clean. `&mut self`: one session per worker thread.
///
/// Deterministic: the same bytes and wishes in give the same bytes out, on the same build and with the same noise key.
pub trait Anonymiser: Send {
    /// What this one is made of.
    fn pipeline(&self) -> &Pipeline;

    /// Cleans one file, looks again, and refuses what is not clean.
    fn anonymise(&mut self, raw: &[u8]) -> Result<Cleaned, AnonymiseError> {
        self.anonymise_with(raw, &PhotoWishes::default())
    }

    /// The same with what is asked for this photo.
    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError>;
}

/// Looks at finished photos with the eyes of an [`Anonymiser`], and changes nothing.
pub trait Onlooker: Anonymiser {
    /// What its second look sees in a file of which nothing else is known.
    fn look(&mut self, finished: &[u8]) -> Result<Seen, AnonymiseError>;
}

impl<A: Anonymiser + ?Sized> Anonymiser for Box<A> {
    fn pipeline(&self) -> &Pipeline {
        (**self).pipeline()
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        (**self).anonymise_with(raw, wishes)
    }
}
