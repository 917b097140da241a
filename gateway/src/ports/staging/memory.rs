use std::{
    collections::BTreeMap,
    io::{self, Cursor, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Slot, StagedWriter, Staging, StagingError, StagingKey};
use crate::{
    domain::JobId,
    keys::{OpeningReader, SealingWriter},
};

type Files = BTreeMap<(JobId, Slot), Vec<u8>>;

/// In-memory twin: the same encryption, no disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryStaging(Arc<Mutex<Files>>);

impl MemoryStaging {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that a disk would hold, for tests that look for plain bytes.
    pub fn at_rest(&self) -> Vec<Vec<u8>> {
        self.files().values().cloned().collect()
    }
}

struct Writer {
    inner: SealingWriter<Vec<u8>>,
    into: MemoryStaging,
    at: (JobId, Slot),
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StagedWriter for Writer {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { inner, into, at } = *self;
        let sealed = inner.finish()?;
        into.files().insert(at, sealed);
        Ok(())
    }
}

impl Staging for MemoryStaging {
    fn create(
        &self,
        job: JobId,
        slot: Slot,
        key: &StagingKey,
        prefix: [u8; 19],
    ) -> Result<Box<dyn StagedWriter>, StagingError> {
        let inner = SealingWriter::new(Vec::new(), key, job, slot, prefix)
            .map_err(|cause| StagingError::Io { job, cause })?;
        Ok(Box::new(Writer {
            inner,
            into: self.clone(),
            at: (job, slot),
        }))
    }

    fn open(&self, job: JobId, slot: Slot, key: &StagingKey) -> Result<Box<dyn Read + Send>, StagingError> {
        let sealed = self
            .files()
            .get(&(job, slot))
            .cloned()
            .ok_or(StagingError::Missing { job, slot })?;
        let reader = OpeningReader::new(Cursor::new(sealed), key, job, slot)
            .map_err(|_| StagingError::Corrupt { job, slot })?;
        Ok(Box::new(reader))
    }

    fn sync(&self, _: JobId) -> Result<(), StagingError> {
        Ok(())
    }

    fn discard(&self, job: JobId, slot: Slot) -> Result<(), StagingError> {
        self.files().remove(&(job, slot));
        Ok(())
    }

    fn destroy(&self, job: JobId) -> Result<(), StagingError> {
        self.files().retain(|(of, _), _| *of != job);
        Ok(())
    }

    fn jobs(&self) -> Result<Vec<JobId>, StagingError> {
        let mut jobs: Vec<JobId> = self.files().keys().map(|(job, _)| *job).collect();
        jobs.dedup();
        Ok(jobs)
    }
}
