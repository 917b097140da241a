//! ed25519 as RFC 8032 has it, and stricter where the RFC leaves a choice: no small-order key, `s` canonical.

use ed25519_dalek::{Signature, VerifyingKey};
use std::fmt;

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The 32 bytes are no public key.
    Key,
    /// It is not this key's over this message.
    Invalid,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the key is no ed25519 key",
            Self::Invalid => "the signature is not valid",
        })
    }
}

impl std::error::Error for SignatureError {}

/// Whether `signature` is that of `key` over `message`.
///
/// # Errors
/// See [`SignatureError`].
pub fn verify(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::Key)?;
    key.verify_strict(message, &Signature::from_bytes(signature))
        .map_err(|_| SignatureError::Invalid)
}
