use std::{
    collections::BTreeMap,
    io::{self, Cursor, Write},
    sync::{Mutex, PoisonError},
};

use vouchsafe_protocol::{hash::sha256, id::OfferId};

use super::{Blob, BlobError, BlobKind, Blobs, Written};

/// In-memory twin.
#[derive(Debug, Default)]
pub struct MemoryBlobs(Mutex<BTreeMap<(OfferId, BlobKind), Vec<u8>>>);

impl Blobs for MemoryBlobs {
    fn put(
        &self,
        offer: OfferId,
        kind: BlobKind,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Written, BlobError> {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(|cause| BlobError::Io { offer, kind, cause })?;
        let written = Written {
            bytes: bytes.len() as u64,
            sha256: sha256(&bytes),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((offer, kind), bytes);
        Ok(written)
    }

    fn open(&self, offer: OfferId, kind: BlobKind) -> Result<Option<Blob>, BlobError> {
        let blobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(blobs.get(&(offer, kind)).map(|bytes| Blob {
            bytes: bytes.len() as u64,
            reader: Box::new(Cursor::new(bytes.clone())),
            path: None,
        }))
    }

    fn offers(&self) -> Result<Vec<OfferId>, BlobError> {
        let blobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut offers: Vec<OfferId> = blobs.keys().map(|(offer, _)| *offer).collect();
        offers.dedup();
        Ok(offers)
    }

    fn delete(&self, offer: OfferId) -> Result<(), BlobError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(of, _), _| *of != offer);
        Ok(())
    }
}
