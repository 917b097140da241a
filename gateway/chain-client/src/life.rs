//! What the transparency log says of a record.

use crate::{
    client::{ChainClient, decode},
    error::ChainError,
};
use codec::{Decode, Encode};
use vouchsafe_protocol::{
    id::{Account, Digest, OfferId, OrderId, RecordId},
    log::{Entry, Fact, Standing},
};

/// A row of the log as the chain stores it.
#[derive(Encode, Decode)]
pub(crate) struct StoredEntry {
    entry: Entry,
    nodes: Vec<Digest>,
}

impl StoredEntry {
    /// One row for each fact.
    pub(crate) fn samples() -> [Self; 4] {
        let facts = [
            Fact::Registered { key: [1; 32] },
            Fact::Withdrawn,
            Fact::Erased { by: Account([1; 32]) },
            Fact::FraudProven {
                offer: OfferId([1; 32]),
                order: OrderId([2; 32]),
                chunk: 3,
            },
        ];
        facts.map(|fact| Self {
            entry: Entry {
                record: RecordId([1; 32]),
                height: 1,
                fact,
            },
            nodes: vec![Digest([1; 32])],
        })
    }
}

impl ChainClient {
    /// Where a record stands by all that the log says of it, at one finalised block; `None` for a record that the chain does
    /// not have.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`]; [`Answer`](ChainError::Answer) where the entries are no life of a record.
    pub async fn standing(&self, record: &RecordId) -> Result<Option<Standing>, ChainError> {
        let Some(info) = self.record(record).await? else {
            return Ok(None);
        };
        let at = self.finalised_hash().await?;
        let read = async |key: Vec<u8>, what: &str| {
            let bytes = self.0.node.storage(&key, at).await?;
            bytes.ok_or_else(|| ChainError::answer(what, "there is none"))
        };
        let key = self.entry(|l| &l.entries_of).key(&[record.as_ref()]);
        let what = "the list of a record's entries";
        let indices: Vec<u64> = decode(what, &read(key, what).await?)?;
        let mut entries = Vec::with_capacity(indices.len());
        for index in indices {
            let key = self.entry(|l| &l.log_entries).key(&[&index.encode()]);
            let what = "an entry of the log";
            let row: StoredEntry = decode(what, &read(key, what).await?)?;
            entries.push(row.entry);
        }
        let custodians = [&info.statement.owner, &info.statement.gateway];
        Standing::of(record, custodians, &entries)
            .map(Some)
            .map_err(|error| ChainError::answer("the entries of a record", error))
    }
}
