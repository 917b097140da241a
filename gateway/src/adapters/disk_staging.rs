use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::PathBuf,
};

use super::durable::{private_file, private_folder, remove_folder, sync_folder};
use crate::{
    domain::JobId,
    keys::{OpeningReader, SealingWriter},
    ports::{Slot, Staging, StagingError, StagingKey, staging::StagedWriter},
};

/// Staged files on disk: `<root>/<job>/r000000`, `c000000` and `s000000`. Only ciphertext is ever written.
#[derive(Debug)]
pub struct DiskStaging {
    root: PathBuf,
}

impl DiskStaging {
    /// Opens the folder, creating it.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        private_folder(&root)?;
        Ok(Self { root })
    }

    fn folder(&self, job: JobId) -> PathBuf {
        self.root.join(job.to_string())
    }

    fn path(&self, job: JobId, slot: Slot) -> PathBuf {
        let name = match slot {
            Slot::Raw(at) => format!("r{at:06}"),
            Slot::Clean(at) => format!("c{at:06}"),
            Slot::Sketch(at) => format!("s{at:06}"),
        };
        self.folder(job).join(name)
    }
}

struct Writer(SealingWriter<BufWriter<File>>);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl StagedWriter for Writer {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let file = self
            .0
            .finish()?
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}

impl Staging for DiskStaging {
    fn create(
        &self,
        job: JobId,
        slot: Slot,
        key: &StagingKey,
        prefix: [u8; 19],
    ) -> Result<Box<dyn StagedWriter>, StagingError> {
        let io = |cause| StagingError::Io { job, cause };
        private_folder(&self.folder(job)).map_err(io)?;
        let file = private_file(&self.path(job, slot)).map_err(io)?;
        let into = BufWriter::with_capacity(128 * 1024, file);
        Ok(Box::new(Writer(
            SealingWriter::new(into, key, job, slot, prefix).map_err(io)?,
        )))
    }

    fn open(&self, job: JobId, slot: Slot, key: &StagingKey) -> Result<Box<dyn Read + Send>, StagingError> {
        let file = match File::open(self.path(job, slot)) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(StagingError::Missing { job, slot });
            }
            Err(cause) => return Err(StagingError::Io { job, cause }),
        };
        let from = BufReader::with_capacity(128 * 1024, file);
        let reader =
            OpeningReader::new(from, key, job, slot).map_err(|_| StagingError::Corrupt { job, slot })?;
        Ok(Box::new(reader))
    }

    fn sync(&self, job: JobId) -> Result<(), StagingError> {
        let folders = sync_folder(&self.folder(job)).and_then(|()| sync_folder(&self.root));
        folders.map_err(|cause| StagingError::Io { job, cause })
    }

    fn discard(&self, job: JobId, slot: Slot) -> Result<(), StagingError> {
        match fs::remove_file(self.path(job, slot)) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(StagingError::Io { job, cause }),
            _ => Ok(()),
        }
    }

    fn destroy(&self, job: JobId) -> Result<(), StagingError> {
        remove_folder(&self.folder(job)).map_err(|cause| StagingError::Io { job, cause })
    }

    fn jobs(&self) -> Result<Vec<JobId>, StagingError> {
        let mut jobs = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(StagingError::List)? {
            let name = entry.map_err(StagingError::List)?.file_name();
            // Anything else in the folder is not ours to touch.
            if let Some(job) = name.to_str().and_then(|name| name.parse().ok()) {
                jobs.push(job);
            }
        }
        jobs.sort();
        Ok(jobs)
    }
}
