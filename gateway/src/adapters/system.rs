use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    domain::Timestamp,
    ports::{Clock, Entropy},
};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The kernel's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// Panics when the kernel has no randomness: nothing here may go on without it.
    fn fill(&self, out: &mut [u8]) {
        getrandom::fill(out)
            .expect("the kernel gives randomness once the machine is up; keys without it are no keys");
    }
}
