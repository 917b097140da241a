//! What the clean files of a job look like: their repeats inside the set and of earlier listings, what is remembered of them,
//! and the rows that say what they are worth.

use codec::{Decode, Encode};
use vouchsafe_evaluation::{KeyedHash, Repeats, Sketch, repeats};
use vouchsafe_protocol::{
    id::{OfferId, RecordId},
    report::rows_root,
};

use super::{
    sealing::SealingError,
    service::{DocumentView, Service},
    service_error::ServiceError,
};
use crate::{
    domain::{Job, Sealed},
    ports::{BlobKind, LookalikesError, Slot, StagingError, StagingKey},
};

/// What the clean files of a job look like, in item order; `None` for a flat one.
pub(super) struct Looks(Vec<Option<Sketch>>);

impl Looks {
    /// Reads them from where they were staged beside the files.
    pub(super) fn read(service: &Service, job: &Job, key: &StagingKey) -> Result<Self, SealingError> {
        let staging = &service.ports().staging;
        let sketch = |at: u32| match staging.read(job.id, Slot::Sketch(at), key) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(StagingError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        };
        Ok(Self(
            (0..job.input.files)
                .map(sketch)
                .collect::<Result<_, SealingError>>()?,
        ))
    }

    /// How much of the set repeats itself, and how much of it was listed before. A store that fails leaves the second
    /// unknown: nothing is kept from being sold by it.
    pub(super) fn repeats(&self, service: &Service, offer: OfferId) -> Repeats {
        match service.ports().lookalikes.others(offer) {
            Ok(index) => repeats(&self.0, Some((&service.keys().lookalikes(), &index))),
            Err(error) => {
                tracing::warn!(%error, "a dataset is not compared with earlier listings");
                repeats(&self.0, None)
            }
        }
    }

    /// What the gateway remembers of them.
    pub(super) fn hashes(&self, service: &Service) -> Vec<u8> {
        let key = service.keys().lookalikes();
        let hashes: Vec<KeyedHash> = self.0.iter().flatten().map(|sketch| key.hash(sketch)).collect();
        hashes.encode()
    }
}

impl Service {
    /// The rows that the record's metrics root is over, in item order, one a line.
    pub fn metrics(&self, record: RecordId) -> Result<DocumentView, ServiceError> {
        let (_, sealed) = self.listed(record)?;
        let bytes = self.document(&sealed, BlobKind::Metrics)?;
        Ok(DocumentView {
            bytes,
            hash: sealed.statement.metrics_root,
            signature: None,
        })
    }

    /// From now on later datasets are compared with this one. A store that fails is told: it is rebuilt at start.
    pub(super) fn remember_looks(&self, offer: OfferId) {
        if let Err(error) = self.enter_looks(offer) {
            tracing::warn!(%offer, %error, "what a listed dataset looks like is not remembered");
        }
    }

    pub(super) fn forget_looks(&self, offer: OfferId) {
        if let Err(error) = self.ports().lookalikes.forget(offer) {
            tracing::warn!(%offer, %error, "what a deleted dataset looks like is forgotten at the next start");
        }
    }

    /// Brings what is remembered in line with the datasets that are listed, oldest first.
    pub(super) fn recall_looks(&self, listed: &[OfferId]) -> Result<(), LookalikesError> {
        let lookalikes = &self.ports().lookalikes;
        let known = lookalikes.offers()?;
        if known == listed {
            return Ok(());
        }
        known.iter().try_for_each(|offer| lookalikes.forget(*offer))?;
        listed.iter().try_for_each(|offer| self.enter_looks(*offer))
    }

    fn enter_looks(&self, offer: OfferId) -> Result<(), LookalikesError> {
        let failed = |error| LookalikesError::Store(Box::new(error));
        let blob = self.ports().blobs.read(offer, BlobKind::Hashes).map_err(failed)?;
        // Datasets from before hashes were kept have none, as flat photos.
        let hashes: Vec<KeyedHash> = blob
            .and_then(|bytes| Decode::decode(&mut bytes.as_slice()).ok())
            .unwrap_or_default();
        self.ports().lookalikes.enter(offer, &hashes)
    }
}

/// Whether these are the rows that the record names.
pub(super) fn are_rows_of(sealed: &Sealed, lines: &[u8]) -> bool {
    let rows = lines
        .strip_suffix(b"\n")
        .unwrap_or(lines)
        .split(|byte| *byte == b'\n');
    rows_root(rows) == Some(sealed.statement.metrics_root)
}
