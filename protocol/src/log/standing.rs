//! What a record's entries say of it together.

use super::{Entry, Fact};
use crate::{
    finding::{Finding, is_condemned},
    id::{Account, OfferId, OrderId, RecordId},
};
use alloc::vec::Vec;
use core::fmt;

/// A record's life up to some height, as its entries tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Height of its registration.
    pub registered_at: u32,
    /// The gateway's ed25519 key at that time.
    pub key: [u8; 32],
    /// Height since which it has been withdrawn: by its owner, because it was erased, or because auditors condemned it.
    pub withdrawn_at: Option<u32>,
    /// Height of its erasure, and who said so.
    pub erased: Option<(u32, Account)>,
    /// The fraud that was proven against what was sold under it.
    pub fraud: Option<Fraud>,
    /// Auditors who said what they found in it.
    pub audited: u8,
    /// Those of them who found nothing wrong.
    pub clean: u8,
    /// The fault in which auditors agreed, and the height at which they did.
    pub condemned: Option<(u32, Finding)>,
}

/// A proven fraud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraud {
    /// Height of the proof.
    pub at: u32,
    /// The offer.
    pub offer: OfferId,
    /// The order whose buyer proved it.
    pub order: OrderId,
    /// The chunk that convicts.
    pub chunk: u32,
}

/// Why entries are no life of a record. Positions are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifeError {
    /// No entry.
    Empty,
    /// The entry at this position is about another record.
    Foreign(usize),
    /// The first entry is not a registration, or a later one is.
    Registration(usize),
    /// The entry at this position is older than the one before it.
    Order(usize),
    /// The entry at this position says again what was said, or withdraws what was withdrawn or erased.
    Twice(usize),
    /// The entry at this position is an erasure by somebody who is neither owner nor gateway.
    Stranger(usize),
    /// The entry at this position is an audit by the record's own owner or gateway.
    Interested(usize),
}

impl fmt::Display for LifeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no entry"),
            Self::Foreign(at) => write!(f, "entry {at} is about another record"),
            Self::Registration(at) => write!(
                f,
                "entry {at} is out of place: a life begins with its registration"
            ),
            Self::Order(at) => write!(f, "entry {at} is older than the one before it"),
            Self::Twice(at) => write!(f, "entry {at} says what was said before"),
            Self::Stranger(at) => write!(f, "entry {at}: neither owner nor gateway says that it was erased"),
            Self::Interested(at) => write!(f, "entry {at}: the owner or the gateway audits the own record"),
        }
    }
}

impl core::error::Error for LifeError {}

impl Standing {
    /// Reads the entries about `record`, oldest first. `custodians`: its owner and its gateway.
    ///
    /// # Errors
    /// See [`LifeError`]: the first entry that does not fit.
    pub fn of(record: &RecordId, custodians: [&Account; 2], entries: &[Entry]) -> Result<Self, LifeError> {
        let (first, later) = entries.split_first().ok_or(LifeError::Empty)?;
        if first.record != *record {
            return Err(LifeError::Foreign(0));
        }
        let Fact::Registered { key } = first.fact else {
            return Err(LifeError::Registration(0));
        };
        let mut standing = Self {
            registered_at: first.height,
            key,
            withdrawn_at: None,
            erased: None,
            fraud: None,
            audited: 0,
            clean: 0,
            condemned: None,
        };
        let mut said = Vec::new();
        let mut height = first.height;
        for (at, entry) in (1..).zip(later) {
            if entry.record != *record {
                return Err(LifeError::Foreign(at));
            }
            if entry.height < height {
                return Err(LifeError::Order(at));
            }
            height = entry.height;
            standing.enter(at, entry, custodians, &mut said)?;
        }
        Ok(standing)
    }

    /// `said`: what auditors found, oldest first.
    fn enter(
        &mut self,
        at: usize,
        entry: &Entry,
        custodians: [&Account; 2],
        said: &mut Vec<(Account, Finding)>,
    ) -> Result<(), LifeError> {
        match entry.fact {
            Fact::Registered { .. } => return Err(LifeError::Registration(at)),
            Fact::Withdrawn if self.withdrawn_at.is_some() => return Err(LifeError::Twice(at)),
            Fact::Withdrawn => self.withdrawn_at = Some(entry.height),
            Fact::Erased { .. } if self.erased.is_some() => return Err(LifeError::Twice(at)),
            Fact::Erased { by } if !custodians.contains(&&by) => return Err(LifeError::Stranger(at)),
            Fact::Erased { by } => {
                self.withdrawn_at = self.withdrawn_at.or(Some(entry.height));
                self.erased = Some((entry.height, by));
            }
            Fact::FraudProven { .. } if self.fraud.is_some() => return Err(LifeError::Twice(at)),
            Fact::FraudProven { offer, order, chunk } => {
                let at = entry.height;
                self.fraud = Some(Fraud {
                    at,
                    offer,
                    order,
                    chunk,
                });
            }
            Fact::Attested { by, .. } if custodians.contains(&&by) => return Err(LifeError::Interested(at)),
            Fact::Attested { by, .. } if said.iter().any(|(auditor, _)| *auditor == by) => {
                return Err(LifeError::Twice(at));
            }
            Fact::Attested { by, finding, .. } => {
                said.push((by, finding));
                self.find(finding, entry.height, said);
            }
        }
        Ok(())
    }

    fn find(&mut self, finding: Finding, height: u32, said: &[(Account, Finding)]) {
        self.audited = self.audited.saturating_add(1);
        if finding == Finding::Clean {
            self.clean = self.clean.saturating_add(1);
        }
        let findings: Vec<Finding> = said.iter().map(|(_, finding)| *finding).collect();
        if self.condemned.is_none() && is_condemned(&findings) {
            self.condemned = Some((height, finding));
            self.withdrawn_at = self.withdrawn_at.or(Some(height));
        }
    }
}
