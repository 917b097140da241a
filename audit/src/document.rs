//! JSON documents that are hashed: only their canonical form (RFC 8785) counts, so that no two readings share a hash.

use serde_json::Value;
use std::fmt;

/// Why bytes are no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// They are not JSON.
    Json,
    /// They are JSON in another form than the canonical one: other spaces, order, spelling, or a name twice.
    NotCanonical,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "it is not JSON",
            Self::NotCanonical => "it is not in canonical form (RFC 8785)",
        })
    }
}

impl std::error::Error for DocumentError {}

/// Reads canonical JSON.
///
/// # Errors
/// See [`DocumentError`].
pub fn read(bytes: &[u8]) -> Result<Value, DocumentError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| DocumentError::Json)?;
    match serde_json_canonicalizer::to_vec(&value) {
        Ok(canonical) if canonical == bytes => Ok(value),
        _ => Err(DocumentError::NotCanonical),
    }
}
