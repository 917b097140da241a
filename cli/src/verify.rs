//! Whether downloaded bytes are the content that the chain names, decided before anything is paid.

use sha2::{Digest as _, Sha256};
use std::io::{ErrorKind, Read};
use vouchsafe_protocol::{
    chunk::MAX_ITEMS,
    hash::sha256,
    id::Digest,
    record::Content,
    sidecar::{Sidecar, SidecarError},
};

/// How downloaded bytes differ from what the chain names.
#[derive(Debug, thiserror::Error)]
pub enum ContentFault {
    /// The sidecar cannot be read.
    #[error("the gateway's sidecar is malformed ({0})")]
    Sidecar(SidecarError),
    /// The sidecar is of other content.
    #[error("the gateway's sidecar has the root {found}, the chain says {expected}")]
    Root {
        /// What the chain says.
        expected: Digest,
        /// What the sidecar adds up to.
        found: Digest,
    },
    /// The sidecar describes another amount of content.
    #[error("the gateway's sidecar describes {found}, the chain says {expected}")]
    Size {
        /// What the chain says.
        expected: String,
        /// What the sidecar says.
        found: String,
    },
    /// A chunk of the ciphertext is not the one that the root commits to.
    #[error("chunk {index} of {chunks} of the ciphertext is not what the root on chain commits to")]
    Chunk {
        /// Its number, from 0.
        index: u32,
        /// How many there are.
        chunks: u32,
    },
    /// The ciphertext is shorter or longer than the content.
    #[error("the ciphertext does not have the {expected} bytes that the chain says")]
    Length {
        /// What the chain says.
        expected: u64,
    },
    /// The downloaded file cannot be read back.
    #[error("the downloaded ciphertext cannot be read ({0})")]
    Read(std::io::Error),
}

/// The longest sidecar that content of this size can have, bytes.
pub fn max_sidecar_bytes(content: &Content) -> u64 {
    Sidecar::encoded_len(MAX_ITEMS, content.chunks)
}

/// Reads a sidecar and checks that its leaves add up to the content's root.
///
/// # Errors
/// See [`ContentFault`].
pub fn check_sidecar(bytes: &[u8], content: &Content) -> Result<Sidecar, ContentFault> {
    let sidecar = Sidecar::decode(bytes).map_err(ContentFault::Sidecar)?;
    let layout = sidecar.layout();
    if (layout.chunks(), layout.bytes()) != (content.chunks, content.bytes) {
        let size = |chunks: u32, bytes: u64| format!("{chunks} chunks and {bytes} bytes");
        return Err(ContentFault::Size {
            expected: size(content.chunks, content.bytes),
            found: size(layout.chunks(), layout.bytes()),
        });
    }
    let found = sidecar.root();
    if found != content.root {
        return Err(ContentFault::Root {
            expected: content.root,
            found,
        });
    }
    Ok(sidecar)
}

/// Checks every chunk of the ciphertext against its leaf; `progress` hears of each chunk's length.
///
/// # Errors
/// See [`ContentFault`].
pub fn check_ciphertext(
    mut ciphertext: impl Read,
    sidecar: &Sidecar,
    mut progress: impl FnMut(u64),
) -> Result<(), ContentFault> {
    let layout = sidecar.layout();
    let chunks = layout.chunks();
    let expected = layout.bytes();
    let read = |error: std::io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => ContentFault::Length { expected },
        _ => ContentFault::Read(error),
    };
    let mut buffer = Vec::new();
    for (index, leaf) in (0..chunks).zip(sidecar.leaves()) {
        let place = layout.chunk(index).ok_or(ContentFault::Length { expected })?;
        buffer.resize(place.len as usize, 0);
        ciphertext.read_exact(&mut buffer).map_err(read)?;
        if sha256(&buffer) != leaf.ciphertext {
            return Err(ContentFault::Chunk { index, chunks });
        }
        progress(u64::from(place.len));
    }
    match ciphertext.read(&mut [0]).map_err(ContentFault::Read)? {
        0 => Ok(()),
        _ => Err(ContentFault::Length { expected }),
    }
}

/// A SHA-256 over bytes that come piece by piece.
#[derive(Clone, Default)]
pub struct RunningHash(Sha256);

impl RunningHash {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything so far.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::{Dataset, dataset};

    #[test]
    fn content_that_is_what_the_chain_says_passes_chunk_by_chunk() {
        let Dataset {
            ciphertext,
            sidecar,
            content,
            ..
        } = dataset(&[b"one".to_vec(), vec![7; 70_000]]);
        let checked = check_sidecar(&sidecar, &content).unwrap();
        let mut heard = 0;
        check_ciphertext(ciphertext.as_slice(), &checked, |bytes| heard += bytes).unwrap();
        assert_eq!(heard, content.bytes);
    }

    #[test]
    fn one_flipped_bit_of_the_ciphertext_is_found_in_its_chunk() {
        let Dataset {
            mut ciphertext,
            sidecar,
            content,
            ..
        } = dataset(&[b"one".to_vec(), vec![7; 70_000]]);
        let last = ciphertext.len() - 1;
        ciphertext[last] ^= 1;
        let checked = check_sidecar(&sidecar, &content).unwrap();
        let fault = check_ciphertext(ciphertext.as_slice(), &checked, |_| {}).unwrap_err();
        let chunks = content.chunks;
        assert!(
            matches!(fault, ContentFault::Chunk { index, .. } if index == chunks - 1),
            "{fault}"
        );
    }

    #[test]
    fn one_flipped_bit_of_the_sidecar_changes_its_root() {
        let Dataset {
            mut sidecar, content, ..
        } = dataset(&[b"one".to_vec()]);
        let last = sidecar.len() - 1;
        sidecar[last] ^= 1;
        assert!(matches!(
            check_sidecar(&sidecar, &content),
            Err(ContentFault::Root { .. })
        ));
    }

    #[test]
    fn a_sidecar_of_other_content_is_refused_by_its_size() {
        let Dataset { content, .. } = dataset(&[b"one".to_vec()]);
        let other = dataset(&[b"another".to_vec()]);
        assert!(matches!(
            check_sidecar(&other.sidecar, &content),
            Err(ContentFault::Size { .. })
        ));
    }

    #[test]
    fn what_is_no_sidecar_is_refused() {
        let Dataset { content, .. } = dataset(&[b"one".to_vec()]);
        assert!(matches!(
            check_sidecar(b"<html>", &content),
            Err(ContentFault::Sidecar(_))
        ));
    }

    #[test]
    fn a_ciphertext_that_is_too_short_or_too_long_is_refused() {
        let Dataset {
            ciphertext,
            sidecar,
            content,
            ..
        } = dataset(&[b"one".to_vec()]);
        let checked = check_sidecar(&sidecar, &content).unwrap();
        let short = &ciphertext[..ciphertext.len() - 1];
        assert!(matches!(
            check_ciphertext(short, &checked, |_| {}),
            Err(ContentFault::Length { .. })
        ));
        let long = [ciphertext.as_slice(), &[0]].concat();
        assert!(matches!(
            check_ciphertext(long.as_slice(), &checked, |_| {}),
            Err(ContentFault::Length { .. })
        ));
    }
}
