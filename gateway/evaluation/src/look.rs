//! What nets counted in finished pictures, as a file from a program that has nets to one that compares.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::{attestation::MAX_PROVIDER, id::Digest};

use crate::row::{Classes, MAX_CLASSES};

/// Name and version of the file's shape.
pub const LOOK_SCHEMA: &str = "vouchsafe/look/1";
/// Longest file that is read, bytes. Inclusive.
pub const MAX_LOOK_BYTES: usize = 64 << 20;
/// Most pictures in one file, those that could not be read among them. Inclusive.
pub const MAX_LOOK_FILES: usize = 16_384;
/// Most nets. Inclusive.
pub const MAX_LOOK_NETS: usize = 16;
/// Longest name of a program or policy, bytes. Inclusive.
const MAX_NAME: usize = 128;

/// One of the nets that looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookNet {
    pub name: String,
    /// Of the model file.
    pub sha256: Digest,
}

/// What was counted in one picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookedAt {
    /// As whoever looked calls the file; says nothing about which item it is.
    pub name: String,
    /// Of the file.
    pub sha256: Digest,
    /// Upright size, pixels.
    pub width: u32,
    pub height: u32,
    /// As in a [`Row`](crate::Row); `None` where nobody looked.
    pub objects: Option<Classes<u32>>,
    /// As in a [`Row`](crate::Row), for every class that was looked for.
    pub residual: Classes<u32>,
}

/// A file that was not looked at, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unseen {
    pub name: String,
    /// For programs.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// All that one look at several pictures came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// [`LOOK_SCHEMA`].
    pub schema: String,
    /// Name and version of the program.
    pub software: String,
    /// Name of the policy whose classes and thresholds were looked with.
    pub policy: String,
    /// Digest of policy and nets, as gateways announce it.
    pub pipeline: Digest,
    /// What ran the nets (`cpu`, `cuda:0`): 1 to [`MAX_PROVIDER`] bytes of ASCII without spaces.
    pub provider: String,
    pub nets: Vec<LookNet>,
    pub files: Vec<LookedAt>,
    pub unseen: Vec<Unseen>,
}

/// Why bytes are no [`Look`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    #[error("{bytes} bytes, at most {MAX_LOOK_BYTES}")]
    TooLong { bytes: usize },
    #[error("not what `gateway look --json` writes: {0}")]
    Malformed(String),
    #[error("its schema is {found:?}, this version reads {LOOK_SCHEMA}")]
    Schema { found: String },
    #[error("it holds {count} {what}, at most {most}")]
    TooMany {
        what: &'static str,
        count: usize,
        most: usize,
    },
    #[error("{what} is no plain name of at most {most} bytes")]
    Name { what: &'static str, most: usize },
    #[error("it counts two things in one file, {sha256}")]
    Contradiction { sha256: Digest },
}

/// For the schema of a file whose other members are unknown.
#[derive(Deserialize)]
struct Named {
    schema: String,
}

impl Look {
    /// Reads foreign bytes. Errors: all of [`LookError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LookError> {
        if bytes.len() > MAX_LOOK_BYTES {
            return Err(LookError::TooLong { bytes: bytes.len() });
        }
        let malformed = |error: serde_json::Error| LookError::Malformed(error.to_string());
        let Named { schema } = serde_json::from_slice(bytes).map_err(malformed)?;
        if schema != LOOK_SCHEMA {
            let found = schema.chars().take(MAX_NAME).collect();
            return Err(LookError::Schema { found });
        }
        let look: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        look.check()?;
        Ok(look)
    }

    fn check(&self) -> Result<(), LookError> {
        let classes =
            |file: &LookedAt| (file.objects.as_ref().map_or(0, Classes::len)).max(file.residual.len());
        let pictures = self.files.len().saturating_add(self.unseen.len());
        let most_classes = self.files.iter().map(classes).max().unwrap_or(0);
        for (what, count, most) in [
            ("nets", self.nets.len(), MAX_LOOK_NETS),
            ("files", pictures, MAX_LOOK_FILES),
            ("classes of one file", most_classes, MAX_CLASSES),
        ] {
            if count > most {
                return Err(LookError::TooMany { what, count, most });
            }
        }
        let plain = |name: &str, most: usize| {
            (1..=most).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        for (what, name, most) in [
            ("the provider", &self.provider, MAX_PROVIDER as usize),
            ("the policy", &self.policy, MAX_NAME),
        ] {
            if !plain(name, most) {
                return Err(LookError::Name { what, most });
            }
        }
        let mut known = BTreeMap::new();
        for file in &self.files {
            let counts = (&file.objects, &file.residual);
            if known
                .insert(file.sha256, counts)
                .is_some_and(|before| before != counts)
            {
                let sha256 = file.sha256;
                return Err(LookError::Contradiction { sha256 });
            }
        }
        Ok(())
    }

    /// What was counted in the file with these bytes; `None` where it was not looked at.
    pub fn at(&self, sha256: &Digest) -> Option<&LookedAt> {
        self.files.iter().find(|file| file.sha256 == *sha256)
    }
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
