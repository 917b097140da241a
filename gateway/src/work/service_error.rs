use vouchsafe_protocol::id::{OfferId, RecordId};

use crate::{
    domain::{DatasetRefusal, JobId, WrongState},
    ports::{BlobError, BlobKind, CatalogueError, JournalError, LookalikesError, StagingError},
};

/// Why the service did not do what it was asked. HTTP gives each its status, in one place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    #[error("no job {0}")]
    UnknownJob(JobId),
    #[error("no dataset {0} on this gateway")]
    UnknownDataset(RecordId),
    #[error("no offer {0} on this gateway")]
    UnknownOffer(OfferId),
    /// Its bytes and secrets are destroyed.
    #[error("the dataset {0} is erased")]
    Erased(RecordId),
    #[error("nothing final is proven of this yet; try again in some blocks")]
    NoProofYet,
    #[error("the dataset has no file {name:?}")]
    UnknownItem { name: String },
    #[error("the {what} of this dataset is more than a bundle can hold")]
    TooLargeForABundle { what: &'static str },
    #[error("the secret that opens this dataset is gone")]
    SecretLost,
    #[error(transparent)]
    Dataset(#[from] DatasetRefusal),
    /// The job has ended, or its dataset is listed: then delete the dataset instead.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    #[error("the {} of offer {offer} is missing from the store", .kind.name())]
    LostBlob { offer: OfferId, kind: BlobKind },
    #[error("the {} of offer {offer} is damaged in the store", .kind.name())]
    DamagedBlob { offer: OfferId, kind: BlobKind },
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(transparent)]
    Staging(#[from] StagingError),
    #[error(transparent)]
    Lookalikes(#[from] LookalikesError),
}
