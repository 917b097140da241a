//! Files that the verifier brought: read in pieces, so that none is in memory whole but a photo, for its manifest.

use crate::{
    contents::File,
    question::{Brought, Source},
    verdict::Reason,
};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use vouchsafe_c2pa::{Media, detach};
use vouchsafe_protocol::{
    bundle::{Opening, OpeningError},
    chunk::{CHUNK_LEN, Layout},
    hash::sha256,
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

/// Longer files are not looked through for a manifest. No gateway takes a photo of this length. Bytes.
const LONGEST_PHOTO: u64 = 256 << 20;

/// Reads the file once more, and decides on the bytes of this reading alone: whether they are the item that is opened and
/// that the contents document lists as `file`. Gives the SHA-256 of the C2PA manifest store in it, if it is a photo that carries
/// one where gateways put it. What the manifest says is C2PA's matter: here it is a part of bytes that are shown.
pub(crate) fn shown(
    opening: &Opening,
    content: &Content,
    layout: &Layout,
    file: &File,
    brought: &Brought<'_>,
) -> Result<Option<Digest>, Reason> {
    let unreadable = |error: io::Error| Reason::Unreadable(error.kind());
    let mut reader = brought.source.open().map_err(unreadable)?;
    let mut hasher = Sha256::new();
    let media = media(&file.media_type).filter(|_| file.bytes <= LONGEST_PHOTO);
    let mut photo = Vec::new();
    opening.verify_from(content, layout, file.bytes, |chunk| {
        reader.read_exact(chunk).map_err(unreadable)?;
        hasher.update(&*chunk);
        if media.is_some() {
            photo.extend_from_slice(chunk);
        }
        Ok::<(), Reason>(())
    })?;
    if hasher.finalize().as_slice() != file.sha256.0 {
        return Err(Reason::OtherBytes);
    }
    let detached = media.and_then(|media| detach(&photo, media).ok());
    Ok(detached.map(|(_, manifest)| sha256(&manifest)))
}

/// The photos that can carry a manifest.
fn media(media_type: &str) -> Option<Media> {
    match media_type {
        "image/jpeg" => Some(Media::Jpeg),
        "image/png" => Some(Media::Png),
        "image/webp" => Some(Media::Webp),
        _ => None,
    }
}
