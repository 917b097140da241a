use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::id::Digest;

use super::{
    credentials::Credentials,
    findings::{Findings, SecondLook, Utility},
    kept::Kept,
    note::SignedNote,
    wishes::SellerWishes,
};

/// What a cleaned file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    Jpeg,
    Png,
    Webp,
}

impl Media {
    /// The format that a file begins like; 12 bytes are enough. `None`: none of the three, whatever its name says.
    pub fn of_first_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xff\xd8") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::Webp)
        } else {
            None
        }
    }

    /// IANA media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// File name ending, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// One raw file as it was staged. Sealed in the journal together with the staging key: the hash of raw personal
/// data is personal data too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedFile {
    pub bytes: u64,
    pub sha256: Digest,
    #[serde(default, skip_serializing_if = "SellerWishes::is_empty")]
    pub wishes: SellerWishes,
}

/// One cleaned file: what the contents document, the report and the metrics say about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    pub media: Media,
    /// Length and hash of the cleaned bytes.
    pub bytes: u64,
    pub sha256: Digest,
    pub findings: Findings,
    pub second_look: SecondLook,
    pub utility: Utility,
    /// What the seller exempted. Absent in journals of earlier versions, as the next one.
    #[serde(default)]
    pub kept: Kept,
    /// The note that let it out although the second look still saw something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<SignedNote>,
    /// What its content credentials tell, if it gets any. Length and hash above are without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
    /// Metadata entries removed, by family.
    pub metadata_removed: BTreeMap<String, u32>,
    /// The item's canonical metrics row (RFC 8785 JSON): a leaf of the metrics tree, byte for byte.
    pub metrics: String,
}

/// Sums over the files of a job so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Things that were found, of all classes.
    pub found: u64,
    /// Those that were replaced.
    pub masked: u64,
    pub files_refused: u32,
}
