//! Files that the verifier brought: read in pieces, so that none is in memory whole.

use crate::{
    contents::File,
    question::{Brought, Source},
    verdict::Reason,
};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use vouchsafe_protocol::{
    bundle::{Opening, OpeningError},
    chunk::{CHUNK_LEN, Layout},
    id::Digest,
    record::Content,
};

/// What a file is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Print {
    pub(crate) sha256: Digest,
    pub(crate) bytes: u64,
}

impl Print {
    /// Reads a source to its end.
    pub(crate) fn of(source: &dyn Source) -> io::Result<Self> {
        let mut reader = source.open()?;
        let (mut hasher, mut bytes) = (Sha256::new(), 0u64);
        let mut buffer = vec![0; CHUNK_LEN as usize];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    hasher.update(buffer.get(..count).unwrap_or_default());
                    bytes = bytes.saturating_add(count as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let sha256 = Digest(hasher.finalize().into());
        Ok(Self { sha256, bytes })
    }

    /// What the contents document says of a file.
    pub(crate) fn listed(file: &File) -> Self {
        Self {
            sha256: file.sha256,
            bytes: file.bytes,
        }
    }
}

impl From<OpeningError> for Reason {
    fn from(error: OpeningError) -> Self {
        Self::Opening(error)
    }
}

/// Reads the file once more, and decides on the bytes of this reading alone: whether they are the item that is opened and
/// that the contents document lists as `file`.
pub(crate) fn shown(
    opening: &Opening,
    content: &Content,
    layout: &Layout,
    file: &File,
    brought: &Brought<'_>,
) -> Result<(), Reason> {
    let unreadable = |error: io::Error| Reason::Unreadable(error.kind());
    let mut reader = brought.source.open().map_err(unreadable)?;
    let mut hasher = Sha256::new();
    opening.verify_from(content, layout, file.bytes, |chunk| {
        reader.read_exact(chunk).map_err(unreadable)?;
        hasher.update(&*chunk);
        Ok::<(), Reason>(())
    })?;
    if hasher.finalize().as_slice() == file.sha256.0 {
        Ok(())
    } else {
        Err(Reason::OtherBytes)
    }
}
