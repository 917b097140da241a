use std::{collections::BTreeSet, io::Write as _, sync::Arc};

use sha2::{Digest as _, Sha256};
use vouchsafe_protocol::id::Digest;

use super::{secrets::StagedSecret, service::Service};
use crate::{
    domain::{
        DatasetRefusal, Input, Job, JobId, KeepRefusal, NewDataset, NoteRefusal, PhotoRefusal, PhotoScanner,
        SellerWishes, StagedFile, check_reasons,
    },
    ports::{JournalError, Slot, StagingError, StagingKey, staging::StagedWriter},
};

/// Longest file name that is taken. Bytes.
const MAX_NAME_BYTES: usize = 255;

/// Why an upload is refused. Positions count from 1, as people count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    #[error(transparent)]
    Dataset(#[from] DatasetRefusal),
    #[error("the upload has no file")]
    NoFiles,
    #[error("more than {max} files in one upload")]
    TooManyFiles { max: u32 },
    #[error("file {position} is larger than {max} bytes")]
    FileTooLarge { position: u32, max: u64 },
    #[error("the upload is larger than {max} bytes in total")]
    UploadTooLarge { max: u64 },
    #[error("file {position} is empty")]
    EmptyFile { position: u32 },
    #[error("file {position} has a name that is empty, longer than 255 bytes, or looks like a path")]
    BadName { position: u32 },
    #[error("file {position}: {refusal}")]
    Photo { position: u32, refusal: PhotoRefusal },
    #[error("file {position}: {refusal}")]
    Keep { position: u32, refusal: KeepRefusal },
    #[error("file {position}: {refusal}")]
    Note { position: u32, refusal: NoteRefusal },
    #[error("no file is begun; call `start_file` first")]
    NoOpenFile,
    #[error("file {position} is still being written; call `end_file` first")]
    FileStillOpen { position: u32 },
    #[error(transparent)]
    Staging(#[from] StagingError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Files on their way in, encrypted as they arrive. The key exists only in memory until [`Upload::commit`], so a
/// crash leaves nothing readable; dropping an upload destroys what was written.
///
/// Every method blocks on the disk for as long as one buffer takes.
pub struct Upload {
    service: Arc<Service>,
    dataset: NewDataset,
    id: JobId,
    key: StagingKey,
    files: Vec<StagedFile>,
    /// Different reasons of kept regions so far.
    reasons: BTreeSet<String>,
    total: u64,
    open: Option<OpenFile>,
    committed: bool,
}

struct OpenFile {
    writer: Box<dyn StagedWriter>,
    hash: Sha256,
    bytes: u64,
    scanner: PhotoScanner,
    wishes: SellerWishes,
}

impl core::fmt::Debug for Upload {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Upload")
            .field("id", &self.id)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl Upload {
    pub(super) fn new(service: Arc<Service>, dataset: NewDataset) -> Self {
        let mut id = [0; 16];
        service.ports().entropy.fill(&mut id);
        let mut key = [0; 32];
        service.ports().entropy.fill(&mut key);
        let key = StagingKey::from_bytes(key);
        Self {
            service,
            dataset,
            id: JobId(id),
            key,
            files: Vec::new(),
            reasons: BTreeSet::new(),
            total: 0,
            open: None,
            committed: false,
        }
    }

    /// Begins the next file. The name is only judged: it may be personal data, so it is not kept.
    pub fn start_file(&mut self, name: &str) -> Result<(), UploadError> {
        self.start_file_with(name, SellerWishes::default())
    }

    /// The same with what the seller asks for this photo. A note that this gateway did not sign under its present policy is
    /// refused here; whether photo and wishes belong together is told by [`Self::end_file`], as far as a header says.
    pub fn start_file_with(&mut self, name: &str, wishes: SellerWishes) -> Result<(), UploadError> {
        let position = self.position();
        if self.open.is_some() {
            return Err(UploadError::FileStillOpen { position });
        }
        let max = self.service.settings().limits.max_files;
        if self.files.len() as u64 >= u64::from(max) {
            return Err(UploadError::TooManyFiles { max });
        }
        let path_like = name.contains(['/', '\\']) || name == "." || name == "..";
        if name.is_empty() || name.len() > MAX_NAME_BYTES || path_like || name.chars().any(char::is_control) {
            return Err(UploadError::BadName { position });
        }
        check_reasons(&mut self.reasons, &wishes.keep)
            .map_err(|refusal| UploadError::Keep { position, refusal })?;
        if let Some(note) = &wishes.note {
            let (key, policy) = (
                self.service.keys().record_public(),
                self.service.pipeline().digest,
            );
            note.check(&key, policy)
                .map_err(|refusal| UploadError::Note { position, refusal })?;
        }
        let mut prefix = [0; 19];
        self.service.ports().entropy.fill(&mut prefix);
        let writer =
            self.service
                .ports()
                .staging
                .create(self.id, Slot::Raw(position - 1), &self.key, prefix)?;
        let scanner = PhotoScanner::new(self.service.settings().limits.max_pixels);
        self.open = Some(OpenFile {
            writer,
            hash: Sha256::new(),
            bytes: 0,
            scanner,
            wishes,
        });
        Ok(())
    }

    /// Takes the next bytes of the begun file. Caps are checked before the bytes are kept.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        let position = self.position();
        let limits = self.service.settings().limits;
        let open = self.open.as_mut().ok_or(UploadError::NoOpenFile)?;
        let more = bytes.len() as u64;
        if open.bytes + more > limits.max_file_bytes {
            return Err(UploadError::FileTooLarge {
                position,
                max: limits.max_file_bytes,
            });
        }
        if self.total + more > limits.max_total_bytes {
            return Err(UploadError::UploadTooLarge {
                max: limits.max_total_bytes,
            });
        }
        open.scanner
            .feed(bytes)
            .map_err(|refusal| UploadError::Photo { position, refusal })?;
        open.hash.update(bytes);
        open.writer
            .write_all(bytes)
            .map_err(|cause| StagingError::Io { job: self.id, cause })?;
        open.bytes += more;
        self.total += more;
        Ok(())
    }

    /// Ends the begun file.
    pub fn end_file(&mut self) -> Result<(), UploadError> {
        let position = self.position();
        let open = self.open.take().ok_or(UploadError::NoOpenFile)?;
        if open.bytes == 0 {
            return Err(UploadError::EmptyFile { position });
        }
        let size = open.scanner.size();
        open.scanner
            .finish()
            .map_err(|refusal| UploadError::Photo { position, refusal })?;
        if let Some(size) = size {
            let checked = open.wishes.keep.check_against_header(size);
            checked.map_err(|refusal| UploadError::Keep { position, refusal })?;
        }
        let sha256 = Digest(open.hash.finalize().into());
        if let Some(note) = &open.wishes.note {
            let checked = note.check_photo(&sha256);
            checked.map_err(|refusal| UploadError::Note { position, refusal })?;
        }
        open.writer
            .finish()
            .map_err(|cause| StagingError::Io { job: self.id, cause })?;
        self.files.push(StagedFile {
            bytes: open.bytes,
            sha256,
            wishes: open.wishes,
        });
        Ok(())
    }

    /// Makes the upload a job: from here on it survives a crash.
    pub fn commit(mut self) -> Result<JobId, UploadError> {
        if self.open.is_some() {
            return Err(UploadError::FileStillOpen {
                position: self.position(),
            });
        }
        if self.files.is_empty() {
            return Err(UploadError::NoFiles);
        }
        let ports = self.service.ports();
        ports.staging.sync(self.id)?;
        let secret = StagedSecret {
            key: self.key.clone(),
            files: core::mem::take(&mut self.files),
        };
        let input = Input {
            files: secret.files.len() as u32,
            bytes: self.total,
        };
        let sealed = secret.seal(self.service.keys(), self.id, &*ports.entropy);
        let job = Job::new(self.id, self.dataset.clone(), input, ports.clock.now());
        // Whether a failed write is durable only the journal knows: files of a job that may exist are left to the
        // sweep at the next start.
        self.committed = true;
        if let Err(error) = ports.journal.create(&job, &sealed) {
            self.committed = !matches!(ports.journal.job(self.id), Ok(None));
            return Err(error.into());
        }
        self.service.ring();
        Ok(self.id)
    }

    /// Position of the file that is or would be written, from 1.
    fn position(&self) -> u32 {
        self.files.len() as u32 + 1
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        self.open = None;
        if let Err(error) = self.service.ports().staging.destroy(self.id) {
            // Unreadable without the key, which dies here; the sweep at the next start removes the files.
            tracing::warn!(job = %self.id, %error, "staged files of an abandoned upload are left until the next start");
        }
    }
}
