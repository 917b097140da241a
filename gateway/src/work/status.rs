use std::{collections::BTreeMap, sync::Mutex, sync::PoisonError};

use serde::Serialize;

use crate::domain::{Reason, Timestamp};

/// How the service stands, for `GET /health`. The service itself answers, so it is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    pub chain: ChainHealth,
    pub registration: RegistrationHealth,
    /// Jobs that are neither done nor ended.
    pub jobs_open: u64,
}

/// The node as last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChainHealth {
    pub reachable: bool,
    /// Latest finalised height that was seen.
    pub height: Option<u32>,
    /// Why the chain cannot be followed, without addresses: the log has the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    pub checked_at: Option<Timestamp>,
}

/// Whether the chain knows this gateway with its present key, pipeline and endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RegistrationHealth {
    pub registered: bool,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Counts since the journal exists, for `GET /metrics`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Jobs by public state.
    pub jobs: BTreeMap<&'static str, u64>,
    pub files_clean: u64,
    /// Things found in photos, of all classes, and those of them that were replaced.
    pub found: u64,
    pub masked: u64,
    /// Orders answered with a key.
    pub answered: u64,
    /// Answered orders whose price has arrived.
    pub settled: u64,
    /// Records, orders and deliveries that are final, or will be, and of which no proof is saved.
    pub proofs_missing: u64,
}

/// What the loops have seen last; shared, small, only ever replaced whole.
#[derive(Debug, Default)]
pub(crate) struct Status {
    chain: Mutex<ChainHealth>,
    registration: Mutex<RegistrationHealth>,
}

impl Status {
    pub(crate) fn chain(&self) -> ChainHealth {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn registration(&self) -> RegistrationHealth {
        self.registration
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn saw_head(&self, height: u32, now: Timestamp) {
        let seen = ChainHealth {
            reachable: true,
            height: Some(height),
            detail: None,
            checked_at: Some(now),
        };
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    /// Returns whether this is news, so that it is said once and not every second.
    pub(crate) fn lost_chain(&self, detail: String, now: Timestamp) -> bool {
        let mut chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let news = chain.reachable || chain.detail.as_ref() != Some(&detail);
        chain.reachable = false;
        chain.detail = Some(detail);
        chain.checked_at = Some(now);
        news
    }

    /// Returns whether this is news.
    pub(crate) fn registered(&self) -> bool {
        let mut registration = self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        let news = !registration.registered;
        *registration = RegistrationHealth {
            registered: true,
            reason: None,
        };
        news
    }

    /// Returns whether this is news.
    pub(crate) fn not_registered(&self, reason: Reason) -> bool {
        let mut registration = self.registration.lock().unwrap_or_else(PoisonError::into_inner);
        let now = RegistrationHealth {
            registered: false,
            reason: Some(reason),
        };
        let news = *registration != now;
        *registration = now;
        news
    }
}
