use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::Timestamp;

/// The time of day. Only waits and displays depend on it; deadlines are block heights.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// In-memory twin: stands still until told.
#[derive(Debug, Default)]
pub struct StoppedClock(AtomicU64);

impl StoppedClock {
    pub fn at(ms: u64) -> Self {
        Self(AtomicU64::new(ms))
    }

    pub fn advance_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}
