use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Serialize, de::DeserializeOwned};
use vouchsafe_protocol::id::{Genesis, OrderId};

use crate::{
    domain::{ItemRow, Job, JobId},
    ports::{
        Change, Journal, JournalError,
        journal::{Answer, SecretKind, Subject},
    },
};

type Bytes = &'static [u8];

/// Job id → the job, JSON.
const JOBS: TableDefinition<Bytes, Bytes> = TableDefinition::new("jobs/1");
/// Job id → nothing, for jobs that are not at rest: the worker looks often, and most jobs have ended.
const OPEN: TableDefinition<Bytes, Bytes> = TableDefinition::new("open/1");
/// Job id ‖ position (4 bytes, big-endian) → the item's row, JSON.
const ITEMS: TableDefinition<Bytes, Bytes> = TableDefinition::new("items/1");
/// Job id ‖ kind (1 byte) → a sealed secret.
const SECRETS: TableDefinition<Bytes, Bytes> = TableDefinition::new("secrets/1");
/// Order id → the answer, JSON.
const ANSWERS: TableDefinition<Bytes, Bytes> = TableDefinition::new("answers/1");
/// Kind (1 byte) ‖ id → what proves it, as its writer wrote it.
const PROOFS: TableDefinition<Bytes, Bytes> = TableDefinition::new("proofs/1");
/// `genesis` → 32 bytes.
const CHAIN: TableDefinition<&str, Bytes> = TableDefinition::new("chain/1");

/// The journal in one redb file. Every commit is synced before it returns (redb's default durability); a second
/// process that opens the file is refused.
#[derive(Debug)]
pub struct RedbJournal(Database);

impl RedbJournal {
    /// Opens the file, creating it with all tables.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let db = Database::create(path).map_err(store)?;
        let begun = db.begin_write().map_err(store)?;
        for table in [JOBS, OPEN, ITEMS, SECRETS, ANSWERS, PROOFS] {
            begun.open_table(table).map_err(store)?;
        }
        begun.open_table(CHAIN).map_err(store)?;
        begun.commit().map_err(store)?;
        Ok(Self(db))
    }

    fn get<T: DeserializeOwned>(
        &self,
        table: TableDefinition<Bytes, Bytes>,
        what: &'static str,
        key: &[u8],
    ) -> Result<Option<T>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(table).map_err(store)?;
        let found = table.get(key).map_err(store)?;
        found.map(|bytes| from_json(what, bytes.value())).transpose()
    }
}

impl Journal for RedbJournal {
    fn create(&self, job: &Job, staging: &[u8]) -> Result<(), JournalError> {
        let write = self.0.begin_write().map_err(store)?;
        {
            let mut jobs = write.open_table(JOBS).map_err(store)?;
            if jobs.get(job.id.0.as_slice()).map_err(store)?.is_some() {
                return Err(JournalError::Exists(job.id));
            }
            jobs.insert(job.id.0.as_slice(), json(job).as_slice())
                .map_err(store)?;
            write
                .open_table(OPEN)
                .map_err(store)?
                .insert(job.id.0.as_slice(), b"".as_slice())
                .map_err(store)?;
            let mut secrets = write.open_table(SECRETS).map_err(store)?;
            secrets
                .insert(secret_key(job.id, SecretKind::Staging).as_slice(), staging)
                .map_err(store)?;
        }
        write.commit().map_err(store)
    }

    fn conclude(&self, change: &Change) -> Result<(), JournalError> {
        let id = change.job.id;
        let write = self.0.begin_write().map_err(store)?;
        {
            let mut jobs = write.open_table(JOBS).map_err(store)?;
            let stored = {
                let found = jobs
                    .get(id.0.as_slice())
                    .map_err(store)?
                    .ok_or(JournalError::Missing(id))?;
                from_json::<Job>("job", found.value())?.revision
            };
            if stored + 1 != change.job.revision {
                return Err(JournalError::Stale {
                    job: id,
                    stored,
                    offered: change.job.revision,
                });
            }
            jobs.insert(id.0.as_slice(), json(&change.job).as_slice())
                .map_err(store)?;
            if change.job.state.is_at_rest() {
                write
                    .open_table(OPEN)
                    .map_err(store)?
                    .remove(id.0.as_slice())
                    .map_err(store)?;
            } else {
                write
                    .open_table(OPEN)
                    .map_err(store)?
                    .insert(id.0.as_slice(), b"".as_slice())
                    .map_err(store)?;
            }
            if let Some((at, row)) = &change.item {
                let mut items = write.open_table(ITEMS).map_err(store)?;
                items
                    .insert(item_key(id, *at).as_slice(), json(row).as_slice())
                    .map_err(store)?;
            }
            let mut secrets = write.open_table(SECRETS).map_err(store)?;
            if let Some((kind, secret)) = &change.keep {
                secrets
                    .insert(secret_key(id, *kind).as_slice(), secret.as_slice())
                    .map_err(store)?;
            }
            for kind in &change.forget {
                secrets.remove(secret_key(id, *kind).as_slice()).map_err(store)?;
            }
        }
        write.commit().map_err(store)
    }

    fn job(&self, id: JobId) -> Result<Option<Job>, JournalError> {
        self.get(JOBS, "job", &id.0)
    }

    fn jobs(&self) -> Result<Vec<Job>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(JOBS).map_err(store)?;
        let mut jobs: Vec<Job> = Vec::new();
        for entry in table.iter().map_err(store)? {
            let (_, bytes) = entry.map_err(store)?;
            jobs.push(from_json("job", bytes.value())?);
        }
        jobs.sort_by_key(|job| (job.created_at, job.id));
        Ok(jobs)
    }

    fn open_jobs(&self) -> Result<Vec<Job>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let open = read.open_table(OPEN).map_err(store)?;
        let table = read.open_table(JOBS).map_err(store)?;
        let mut jobs: Vec<Job> = Vec::new();
        for entry in open.iter().map_err(store)? {
            let (id, _) = entry.map_err(store)?;
            if let Some(bytes) = table.get(id.value()).map_err(store)? {
                jobs.push(from_json("job", bytes.value())?);
            }
        }
        jobs.sort_by_key(|job| (job.created_at, job.id));
        Ok(jobs)
    }

    fn items(&self, id: JobId) -> Result<Vec<ItemRow>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(ITEMS).map_err(store)?;
        let (first, last) = (item_key(id, 0), item_key(id, u32::MAX));
        let mut rows = Vec::new();
        for entry in table.range(first.as_slice()..=last.as_slice()).map_err(store)? {
            let (_, bytes) = entry.map_err(store)?;
            rows.push(from_json("item", bytes.value())?);
        }
        Ok(rows)
    }

    fn secret(&self, id: JobId, kind: SecretKind) -> Result<Option<Vec<u8>>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(SECRETS).map_err(store)?;
        let found = table.get(secret_key(id, kind).as_slice()).map_err(store)?;
        Ok(found.map(|bytes| bytes.value().to_vec()))
    }

    fn bind(&self, genesis: Genesis) -> Result<(), JournalError> {
        match self.genesis()? {
            Some(stored) if stored == genesis => return Ok(()),
            Some(stored) => {
                return Err(JournalError::OtherChain {
                    stored,
                    offered: genesis,
                });
            }
            None => {}
        }
        let write = self.0.begin_write().map_err(store)?;
        {
            let mut chain = write.open_table(CHAIN).map_err(store)?;
            chain.insert("genesis", genesis.0.as_slice()).map_err(store)?;
        }
        write.commit().map_err(store)
    }

    fn genesis(&self) -> Result<Option<Genesis>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(CHAIN).map_err(store)?;
        let Some(found) = table.get("genesis").map_err(store)? else {
            return Ok(None);
        };
        let bytes = <[u8; 32]>::try_from(found.value()).map_err(|cause| JournalError::Corrupt {
            what: "genesis",
            cause: cause.to_string(),
        })?;
        Ok(Some(Genesis(bytes)))
    }

    fn record_answer(&self, order: OrderId, answer: Answer) -> Result<(), JournalError> {
        let write = self.0.begin_write().map_err(store)?;
        {
            let mut answers = write.open_table(ANSWERS).map_err(store)?;
            answers
                .insert(order.0.as_slice(), json(&answer).as_slice())
                .map_err(store)?;
        }
        write.commit().map_err(store)
    }

    fn answer(&self, order: OrderId) -> Result<Option<Answer>, JournalError> {
        self.get(ANSWERS, "answer", &order.0)
    }

    fn keep_proof(&self, subject: Subject, proof: &[u8]) -> Result<(), JournalError> {
        let key = proof_key(subject);
        let write = self.0.begin_write().map_err(store)?;
        {
            let mut proofs = write.open_table(PROOFS).map_err(store)?;
            if proofs.get(key.as_slice()).map_err(store)?.is_some() {
                return Ok(());
            }
            proofs.insert(key.as_slice(), proof).map_err(store)?;
        }
        write.commit().map_err(store)
    }

    fn proof(&self, subject: Subject) -> Result<Option<Vec<u8>>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(PROOFS).map_err(store)?;
        let found = table.get(proof_key(subject).as_slice()).map_err(store)?;
        Ok(found.map(|bytes| bytes.value().to_vec()))
    }

    fn unproven(&self, subjects: &[Subject]) -> Result<Vec<Subject>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(PROOFS).map_err(store)?;
        let mut unproven = Vec::new();
        for subject in subjects {
            if table
                .get(proof_key(*subject).as_slice())
                .map_err(store)?
                .is_none()
            {
                unproven.push(*subject);
            }
        }
        Ok(unproven)
    }

    fn answers(&self) -> Result<Vec<(OrderId, Answer)>, JournalError> {
        let read = self.0.begin_read().map_err(store)?;
        let table = read.open_table(ANSWERS).map_err(store)?;
        let mut answers = Vec::new();
        for entry in table.iter().map_err(store)? {
            let (order, bytes) = entry.map_err(store)?;
            let order = <[u8; 32]>::try_from(order.value()).map_err(|cause| JournalError::Corrupt {
                what: "order",
                cause: cause.to_string(),
            })?;
            answers.push((OrderId(order), from_json("answer", bytes.value())?));
        }
        Ok(answers)
    }
}

fn item_key(id: JobId, at: u32) -> [u8; 20] {
    let mut key = [0; 20];
    key[..16].copy_from_slice(&id.0);
    key[16..].copy_from_slice(&at.to_be_bytes());
    key
}

fn secret_key(id: JobId, kind: SecretKind) -> [u8; 17] {
    let mut key = [0; 17];
    key[..16].copy_from_slice(&id.0);
    key[16] = match kind {
        SecretKind::Staging => 1,
        SecretKind::Opening => 2,
    };
    key
}

fn proof_key(subject: Subject) -> Vec<u8> {
    let (kind, id): (u8, &[u8]) = match &subject {
        Subject::Checkpoint => (0, &[]),
        Subject::Handover(set) => (1, &set.to_be_bytes()),
        Subject::Record(record) => (2, &record.0),
        Subject::Order(order) => (3, &order.0),
        Subject::Delivery(order) => (4, &order.0),
    };
    [&[kind], id].concat()
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("stored shapes hold strings, integers and maps with string keys; qed")
}

fn from_json<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, JournalError> {
    serde_json::from_slice(bytes).map_err(|cause| JournalError::Corrupt {
        what,
        cause: cause.to_string(),
    })
}

fn store(cause: impl Into<redb::Error>) -> JournalError {
    JournalError::Store(Box::new(cause.into()))
}
