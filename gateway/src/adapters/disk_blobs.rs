use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use vouchsafe_protocol::id::{Digest, OfferId};

use super::durable::{private_file, private_folder, remove_folder, sync_folder};
use crate::ports::{Blob, BlobError, BlobKind, Blobs, blobs::Written};

/// Blobs as files: `<root>/<offer>/<kind>`. Written beside, synced, renamed, and the folder synced.
#[derive(Debug)]
pub struct DiskBlobs {
    root: PathBuf,
}

impl DiskBlobs {
    /// Opens the folder, creating it.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        private_folder(&root)?;
        Ok(Self { root })
    }

    fn folder(&self, offer: OfferId) -> PathBuf {
        self.root.join(hex::encode(offer.0))
    }

    fn write(
        &self,
        offer: OfferId,
        kind: BlobKind,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Written> {
        let folder = self.folder(offer);
        private_folder(&folder)?;
        sync_folder(&self.root)?;
        // One writer per offer (its job), so the name beside needs no randomness; a crash leaves it to be overwritten.
        let beside = folder.join(format!(".{}.new", kind.name()));
        let written = fill(&beside, write);
        if written.is_err() {
            drop(fs::remove_file(&beside)); // the error that is told is the first one
        }
        let written = written?;
        fs::rename(&beside, folder.join(kind.name()))?;
        sync_folder(&folder)?;
        Ok(written)
    }
}

fn fill(path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<Written> {
    let mut out = Counted {
        into: BufWriter::new(private_file(path)?),
        hash: Sha256::new(),
        bytes: 0,
    };
    write(&mut out)?;
    let file = out.into.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(Written {
        bytes: out.bytes,
        sha256: Digest(out.hash.finalize().into()),
    })
}

struct Counted {
    into: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.into.write(bytes)?;
        self.hash.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

impl Blobs for DiskBlobs {
    fn put(
        &self,
        offer: OfferId,
        kind: BlobKind,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Written, BlobError> {
        self.write(offer, kind, write)
            .map_err(|cause| BlobError::Io { offer, kind, cause })
    }

    fn open(&self, offer: OfferId, kind: BlobKind) -> Result<Option<Blob>, BlobError> {
        let path = self.folder(offer).join(kind.name());
        let io = |cause| BlobError::Io { offer, kind, cause };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(io(cause)),
        };
        let bytes = file.metadata().map_err(io)?.len();
        Ok(Some(Blob {
            bytes,
            reader: Box::new(file),
            path: Some(path),
        }))
    }

    fn offers(&self) -> Result<Vec<OfferId>, BlobError> {
        let mut offers = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(BlobError::List)? {
            let name = entry.map_err(BlobError::List)?.file_name();
            // Anything else in the folder is not ours to touch.
            if let Some(offer) = name.to_str().and_then(|name| name.parse().ok()) {
                offers.push(offer);
            }
        }
        offers.sort();
        Ok(offers)
    }

    fn delete(&self, offer: OfferId) -> Result<(), BlobError> {
        remove_folder(&self.folder(offer)).map_err(|cause| BlobError::Remove { offer, cause })
    }
}
