//! Bytes of offers: ciphertext, sidecar and documents, which are public, and hashes, which are not.

pub mod conformance;
mod memory;

use std::{
    io::{self, Read, Seek, Write},
    path::PathBuf,
};

use vouchsafe_protocol::id::{Digest, OfferId};

pub use memory::MemoryBlobs;

/// What a blob is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlobKind {
    Ciphertext,
    Sidecar,
    /// Canonical anonymisation report.
    Report,
    /// Canonical metadata document.
    Metadata,
    /// Canonical metrics rows, one per line.
    Metrics,
    /// The manifests of the models that the report names: SCALE of a list of byte strings.
    Models,
    /// How the items look, under this gateway's own key: SCALE of a list of hashes. No route serves it.
    Hashes,
}

impl BlobKind {
    pub const ALL: [Self; 7] = [
        Self::Ciphertext,
        Self::Sidecar,
        Self::Report,
        Self::Metadata,
        Self::Metrics,
        Self::Models,
        Self::Hashes,
    ];

    /// File name, and last part of the route where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ciphertext => "ciphertext",
            Self::Sidecar => "sidecar",
            Self::Report => "report",
            Self::Metadata => "metadata",
            Self::Metrics => "metrics",
            Self::Models => "models",
            Self::Hashes => "hashes",
        }
    }
}

/// A place to read from at any offset.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// A stored blob, opened. It stays readable when it is deleted meanwhile.
pub struct Blob {
    pub bytes: u64,
    pub reader: Box<dyn ReadSeek>,
    /// Where it lies, for stores on disk.
    pub path: Option<PathBuf>,
}

impl core::fmt::Debug for Blob {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Blob")
            .field("bytes", &self.bytes)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Length and SHA-256 of what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub bytes: u64,
    pub sha256: Digest,
}

/// Why a blob could not be written, read or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    #[error("the {} of offer {offer} cannot be stored or read: {cause}", .kind.name())]
    Io {
        offer: OfferId,
        kind: BlobKind,
        cause: io::Error,
    },
    #[error("the blob folder cannot be read: {0}")]
    List(io::Error),
    #[error("the blobs of offer {offer} cannot be removed: {cause}")]
    Remove { offer: OfferId, cause: io::Error },
}

/// Blobs by offer and kind. `put` is atomic: after a crash the content is whole, the earlier one, or absent.
pub trait Blobs: Send + Sync {
    /// Stores what `write` produces, replacing an earlier blob of the same name. An error of `write` stores nothing.
    fn put(
        &self,
        offer: OfferId,
        kind: BlobKind,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Written, BlobError>;

    /// Opens a blob; `None` when there is none.
    fn open(&self, offer: OfferId, kind: BlobKind) -> Result<Option<Blob>, BlobError>;

    /// Removes every blob of an offer; nothing there is fine.
    fn delete(&self, offer: OfferId) -> Result<(), BlobError>;

    /// Offers that have a blob, or the beginning of one, in id order: for the sweep at start.
    fn offers(&self) -> Result<Vec<OfferId>, BlobError>;
}

impl dyn Blobs + '_ {
    /// The whole of a small blob; `None` when there is none.
    pub fn read(&self, offer: OfferId, kind: BlobKind) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(mut blob) = self.open(offer, kind)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        blob.reader
            .read_to_end(&mut bytes)
            .map_err(|cause| BlobError::Io { offer, kind, cause })?;
        Ok(Some(bytes))
    }
}
