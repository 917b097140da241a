//! From the content secret to chunk keys and salts, and the chunk cipher.

use crate::{hash::sha256, id::Digest, leaf::Leaf, tag::Tag};
use alloc::vec::Vec;
use chacha20::{
    ChaCha20,
    cipher::{KeyIvInit, StreamCipher},
};
use core::fmt;
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The secret that opens one version of one offer, the same for all its buyers.
///
/// 32 bytes: the compressed point `S = sH` of docs/PROTOCOL.md. Zeroised when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ContentSecret([u8; 32]);

impl fmt::Debug for ContentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentSecret(..)")
    }
}

/// Why a chunk does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The chunk's length is not the leaf's.
    Length {
        /// Length in the leaf.
        wanted: u32,
        /// Bytes given.
        found: usize,
    },
    /// The bytes are not those that the leaf commits to: a damaged or exchanged download.
    Ciphertext,
    /// The right ciphertext opens to something else than the leaf commits to: the seller cheated, or the
    /// secret is another offer's.
    Commitment,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { wanted, found } => write!(f, "chunk of {found} bytes, expected {wanted}"),
            Self::Ciphertext => write!(f, "the ciphertext is not the one that the root commits to"),
            Self::Commitment => write!(f, "the chunk does not open to what the root commits to"),
        }
    }
}

impl core::error::Error for OpenError {}

impl ContentSecret {
    /// Takes the secret's 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret's 32 bytes, for sealing it at rest.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Encrypts chunk `index` in place and returns what the tree commits to.
    ///
    /// `chunk` holds 1 to [`CHUNK_LEN`](crate::chunk::CHUNK_LEN) bytes. Sealing two different plaintexts
    /// under one secret and index gives both away: an offer version is sealed once.
    pub fn seal(&self, index: u32, chunk: &mut [u8]) -> Leaf {
        let (key, salt) = self.chunk_key(index);
        let commitment = commit(&salt, chunk);
        apply_keystream(&key, chunk);
        Leaf {
            len: chunk.len() as u32,
            ciphertext: sha256(chunk),
            commitment,
        }
    }

    /// Decrypts chunk `index` in place after checking it against `leaf`, then checks the plaintext.
    ///
    /// # Errors
    /// On [`OpenError::Commitment`] the buffer holds the wrong plaintext; on the others it is untouched.
    pub fn open(&self, index: u32, chunk: &mut [u8], leaf: &Leaf) -> Result<(), OpenError> {
        if chunk.len() != leaf.len as usize {
            return Err(OpenError::Length {
                wanted: leaf.len,
                found: chunk.len(),
            });
        }
        if sha256(chunk) != leaf.ciphertext {
            return Err(OpenError::Ciphertext);
        }
        let (key, salt) = self.chunk_key(index);
        apply_keystream(&key, chunk);
        if commit(&salt, chunk) == leaf.commitment {
            Ok(())
        } else {
            Err(OpenError::Commitment)
        }
    }

    /// Whether chunk `index`, whose bytes are `ciphertext`, opens to what `commitment` says.
    ///
    /// `sha256` is the hash of the one long message in it, so that a runtime can lend its native one.
    pub(crate) fn commits(
        &self,
        index: u32,
        ciphertext: &[u8],
        commitment: &Digest,
        sha256: fn(&[u8]) -> Digest,
    ) -> bool {
        let (key, salt) = self.chunk_key(index);
        let mut salted = Zeroizing::new(Vec::with_capacity(salt.len().saturating_add(ciphertext.len())));
        salted.extend_from_slice(salt.as_ref());
        salted.extend_from_slice(ciphertext);
        if let Some((_, chunk)) = salted.split_first_chunk_mut::<32>() {
            apply_keystream(&key, chunk);
        }
        sha256(&salted) == *commitment
    }

    /// `salt_i`, which opens the commitment to chunk `index` and nothing else.
    pub(crate) fn salt(&self, index: u32) -> [u8; 32] {
        let (_, salt) = self.chunk_key(index);
        *salt
    }

    /// `k_i` and `salt_i`: HKDF-SHA256 (RFC 5869) of the secret, info `"k" ‖ i` and `"s" ‖ i`.
    fn chunk_key(&self, index: u32) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
        let kdf = Hkdf::<Sha256>::new(Some(Tag::Content.as_str().as_bytes()), &self.0);
        let expand = |label: u8| {
            let mut bytes = Zeroizing::new([0u8; 32]);
            let i = index.to_le_bytes();
            let info = [label, i[0], i[1], i[2], i[3]];
            // 32 bytes is one block of HKDF, whose limit is 255: this cannot fail.
            let expanded = kdf.expand(&info, bytes.as_mut());
            debug_assert!(expanded.is_ok());
            bytes
        };
        (expand(b'k'), expand(b's'))
    }
}

/// ChaCha20 (RFC 8439) from block 0 with a zero nonce: a chunk key is used for one chunk only.
fn apply_keystream(key: &[u8; 32], chunk: &mut [u8]) {
    ChaCha20::new(key.into(), &[0u8; 12].into()).apply_keystream(chunk);
}

pub(crate) fn commit(salt: &[u8; 32], plaintext: &[u8]) -> Digest {
    Digest(
        Sha256::new()
            .chain_update(salt)
            .chain_update(plaintext)
            .finalize()
            .into(),
    )
}
