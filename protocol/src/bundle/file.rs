//! A bundle's bytes.

use super::Bundle;
use alloc::{collections::BTreeSet, vec::Vec};
use codec::{Decode, Encode};
use core::fmt;

/// First bytes of every bundle of this version.
pub const MAGIC: [u8; 4] = *b"VSB1";
/// Longest file. Bytes.
pub const MAX_FILE: usize = 16 << 20;

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// Longer than [`MAX_FILE`].
    TooLong {
        /// Bytes there are.
        found: usize,
    },
    /// The first four bytes are not [`MAGIC`].
    Magic,
    /// The bytes after the magic are cut off, or a count or an option is none.
    Shape,
    /// Bytes after the last field.
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// The checkpoint has no authority, or one twice.
    Checkpoint,
    /// The opened items do not rise, or are not items of photos: item 0 is the contents document.
    Openings,
    /// An ancestor stands twice, or is the record itself.
    Ancestors,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { found } => write!(f, "{found} bytes, a bundle has at most {MAX_FILE}"),
            Self::Magic => f.write_str("not a bundle: it does not start with VSB1"),
            Self::Shape => f.write_str("cut off, or a count is beyond its bound"),
            Self::Trailing { bytes } => write!(f, "{bytes} bytes after the end"),
            Self::Checkpoint => f.write_str("the checkpoint has no authority, or one twice"),
            Self::Openings => f.write_str("the opened items do not rise from 1"),
            Self::Ancestors => f.write_str("an ancestor stands twice"),
        }
    }
}

impl core::error::Error for FormatError {}

impl Bundle {
    /// The file's bytes.
    ///
    /// # Errors
    /// As [`Self::from_file`] would say of them.
    pub fn to_file(&self) -> Result<Vec<u8>, FormatError> {
        self.check()?;
        let mut bytes = Vec::from(MAGIC);
        self.encode_to(&mut bytes);
        let found = bytes.len();
        if found > MAX_FILE {
            return Err(FormatError::TooLong { found });
        }
        Ok(bytes)
    }

    /// Reads a file. Takes memory in proportion to `file`, whatever its counts say.
    ///
    /// # Errors
    /// See [`FormatError`].
    pub fn from_file(file: &[u8]) -> Result<Self, FormatError> {
        if file.len() > MAX_FILE {
            return Err(FormatError::TooLong { found: file.len() });
        }
        let mut rest = file.strip_prefix(&MAGIC).ok_or(FormatError::Magic)?;
        let bundle = Self::decode(&mut rest).map_err(|_| FormatError::Shape)?;
        if !rest.is_empty() {
            return Err(FormatError::Trailing { bytes: rest.len() });
        }
        bundle.check()?;
        Ok(bundle)
    }

    /// What the shape alone does not say.
    fn check(&self) -> Result<(), FormatError> {
        let authorities = &self.checkpoint.authorities;
        let keys: BTreeSet<_> = authorities.iter().map(|authority| authority.key).collect();
        if keys.is_empty() || keys.len() != authorities.len() {
            return Err(FormatError::Checkpoint);
        }
        let opened: Vec<u32> = self.openings.iter().map(|opening| opening.item).collect();
        if opened.first() == Some(&0) || !opened.is_sorted_by(|one, next| one < next) {
            return Err(FormatError::Openings);
        }
        let mut named = BTreeSet::from([self.record.record]);
        if !self
            .ancestors
            .iter()
            .all(|ancestor| named.insert(ancestor.record))
        {
            return Err(FormatError::Ancestors);
        }
        Ok(())
    }
}
