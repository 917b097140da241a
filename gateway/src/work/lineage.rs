//! What a listed dataset is derived from, read from the chain.

use vouchsafe_documents::lineage::{Lineage, Walk};
use vouchsafe_protocol::id::RecordId;

use super::{Service, ServiceError};
use crate::ports::ChainError;

/// Why there is no lineage.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("the node did not say in time what the dataset is derived from")]
    Late,
}

impl Service {
    /// The lineage of a listed dataset. Titles and terms are those of this gateway's own datasets: others' documents are with
    /// their gateways, whom this one asks nothing.
    ///
    /// One at a time, and within three seconds: anybody may ask, and each asks the node up to a hundred times.
    pub async fn lineage(&self, record: RecordId) -> Result<Lineage, LineageError> {
        self.metadata(record)?;
        let read = async {
            let _one_at_a_time = self.walking.lock().await;
            self.walk(record).await
        };
        let lineage = tokio::time::timeout(super::service::ASK_FOR, read).await;
        Ok(lineage.map_err(|_| LineageError::Late)??)
    }

    async fn walk(&self, record: RecordId) -> Result<Lineage, ChainError> {
        let chain = &self.ports().chain;
        let mut walk = Walk::new(record);
        while let Some(record) = walk.next_record() {
            let (Some(row), Some(standing)) = (chain.record(record).await?, chain.standing(record).await?)
            else {
                continue;
            };
            walk.learn(&record, &row.statement, &standing);
            let own = self.metadata(record).ok();
            if let Some(document) = own.and_then(|own| serde_json::from_slice(&own.bytes).ok()) {
                walk.read(&record, &document);
            }
        }
        Ok(walk.finish())
    }
}
