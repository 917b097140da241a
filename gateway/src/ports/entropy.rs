use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// Fresh randomness, passed in so that tests can repeat a run.
pub trait Entropy: Send + Sync {
    /// Fills `out` with bytes that nobody can guess.
    fn fill(&self, out: &mut [u8]);
}

/// Twin for tests: a counter under SHA-256. Never repeats within one instance, and is guessable.
#[derive(Debug, Default)]
pub struct CountingEntropy {
    seed: u64,
    counter: AtomicU64,
}

impl CountingEntropy {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            counter: AtomicU64::new(0),
        }
    }
}

impl Entropy for CountingEntropy {
    fn fill(&self, out: &mut [u8]) {
        for part in out.chunks_mut(32) {
            let at = self.counter.fetch_add(1, Ordering::SeqCst);
            let block = Sha256::new()
                .chain_update(self.seed.to_le_bytes())
                .chain_update(at.to_le_bytes())
                .finalize();
            part.copy_from_slice(&block[..part.len()]);
        }
    }
}

/// What every adapter must do.
pub mod conformance {
    use super::Entropy;

    pub fn never_gives_the_same_block_twice(entropy: &dyn Entropy) {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1_000 {
            let mut block = [0; 32];
            entropy.fill(&mut block);
            assert!(seen.insert(block), "a block came twice");
        }
    }
}
