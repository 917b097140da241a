//! What the verifier brings from somewhere else than the bundle.

use serde::{Deserialize, Serialize};
use std::{fmt, io};
use vouchsafe_protocol::{
    bundle::{Authority, AuthoritySet},
    id::{Digest, Genesis},
    log::{Consistency, Head},
};

/// What is asked of a bundle. The default brings nothing: then the bundle proves only that it agrees with itself.
#[derive(Debug, Default)]
pub struct Question<'a> {
    /// What the verifier trusts.
    pub anchor: Option<Anchor>,
    /// Files that the verifier has.
    pub files: Vec<Brought<'a>>,
    /// A head of the log that the verifier has seen before.
    pub earlier: Option<Earlier>,
    /// The least height that is taken for fresh, inclusive.
    pub least_height: Option<u32>,
}

/// A trust anchor: a chain, and authority sets of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Hash of the chain's block 0.
    pub genesis: Genesis,
    /// Sets that the verifier knows to be this chain's; one is enough.
    pub sets: Vec<AuthoritySet>,
}

/// A file that the verifier has.
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// What to call it; it need not be the item's name.
    pub name: &'a str,
    /// Its bytes.
    pub source: &'a dyn Source,
}

/// Bytes that can be read from their beginning more than once, so that no file need be in memory whole.
pub trait Source: fmt::Debug {
    /// A reader that stands at the first byte.
    ///
    /// # Errors
    /// When it cannot be opened; an item that needs it fails.
    fn open(&self) -> io::Result<Box<dyn io::Read + '_>>;
}

impl Source for Vec<u8> {
    fn open(&self) -> io::Result<Box<dyn io::Read + '_>> {
        Ok(Box::new(self.as_slice()))
    }
}

/// A head of the log that the verifier knows from another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The head.
    pub head: Head,
    /// That the larger one of it and of the bundle's head extends the smaller one; not needed between equal heads.
    pub proof: Option<Consistency>,
}

const SCHEMA: &str = "vouchsafe/anchor/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    genesis: Genesis,
    sets: Vec<Set>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    id: u64,
    authorities: Vec<Member>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    key: Digest,
    weight: u64,
}

/// Why a text is no trust anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorError {
    /// It is not JSON of that shape.
    Shape(String),
    /// It is of another schema.
    Schema(String),
    /// It has no set, or a set has no authority or more than 128.
    Sets,
}

impl fmt::Display for AnchorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(why) => write!(f, "not a trust anchor: {why}"),
            Self::Schema(found) => write!(f, "its schema is {found:?}, this version reads {SCHEMA:?}"),
            Self::Sets => f.write_str("it has no authority set, or a set of none or of too many"),
        }
    }
}

impl std::error::Error for AnchorError {}

impl Anchor {
    /// Reads the JSON of [`Self::to_json`] (docs/schemas/anchor-1.schema.json).
    ///
    /// # Errors
    /// See [`AnchorError`].
    pub fn from_json(text: &[u8]) -> Result<Self, AnchorError> {
        let file: File =
            serde_json::from_slice(text).map_err(|error| AnchorError::Shape(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(AnchorError::Schema(file.schema));
        }
        let member = |member: Member| Authority {
            key: member.key.0,
            weight: member.weight,
        };
        let mut sets = Vec::with_capacity(file.sets.len());
        for set in file.sets {
            let authorities: Vec<Authority> = set.authorities.into_iter().map(member).collect();
            let authorities = authorities.try_into().map_err(|_| AnchorError::Sets)?;
            sets.push(AuthoritySet {
                id: set.id,
                authorities,
            });
        }
        if sets.is_empty() || sets.iter().any(|set| set.authorities.is_empty()) {
            return Err(AnchorError::Sets);
        }
        Ok(Self {
            genesis: file.genesis,
            sets,
        })
    }

    /// As JSON, for a file.
    pub fn to_json(&self) -> serde_json::Value {
        let member = |authority: &Authority| Member {
            key: Digest(authority.key),
            weight: authority.weight,
        };
        let set = |set: &AuthoritySet| Set {
            id: set.id,
            authorities: set.authorities.iter().map(member).collect(),
        };
        let file = File {
            schema: SCHEMA.to_owned(),
            genesis: self.genesis,
            sets: self.sets.iter().map(set).collect(),
        };
        serde_json::to_value(file).expect("strings, lists and integers are JSON; qed")
    }
}
