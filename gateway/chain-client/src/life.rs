//! What the transparency log says of a record.

use crate::{client::ChainClient, error::ChainError};
use vouchsafe_protocol::{id::RecordId, log::Standing};

impl ChainClient {
    /// Where a record stands by all that the log says of it; `None` for a record that the chain does not have.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`]; [`Answer`](ChainError::Answer) where the entries are no life of a record.
    pub async fn standing(&self, record: &RecordId) -> Result<Option<Standing>, ChainError> {
        let Some(info) = self.record(record).await? else {
            return Ok(None);
        };
        let entries = self.entries_of(record).await?;
        let custodians = [&info.statement.owner, &info.statement.gateway];
        Standing::of(record, custodians, &entries)
            .map(Some)
            .map_err(|error| ChainError::answer("the entries of a record", error))
    }
}
