//! How fast blocks are made while none becomes final.
//!
//! Deadlines are block heights, and everybody acts on final blocks only. If heights ran on while finality stands still,
//! they would pass deadlines that nobody could keep: a seller would miss deliveries, a buyer the window for a proof. So an
//! honest author makes blocks ever more slowly the further its best block is ahead of the last final one; time, as the
//! marketplace knows it, all but stops until finality is back. It never stops quite, because a chain that has lost a third
//! of its authorities for good can only be mended by a block. See docs/decisions/0007.

use sc_consensus_slots::BackoffAuthoringBlocksStrategy;
use sp_consensus_aura::Slot;

/// Blocks that may be unfinalised before authors slow down. GRANDPA is two or three behind when all is well.
const SLACK: u32 = 8;

/// The `n`-th block beyond the slack waits for `n²` empty slots. An hour of two-second slots without finality makes about
/// 25 blocks, a day about 59.
#[derive(Clone, Copy, Debug)]
pub struct SlowWithoutFinality;

impl BackoffAuthoringBlocksStrategy<u32> for SlowWithoutFinality {
    fn should_backoff(
        &self,
        best: u32,
        best_slot: Slot,
        finalised: u32,
        now: Slot,
        _logging_target: &str,
    ) -> bool {
        let beyond = u64::from(best.saturating_sub(finalised).saturating_sub(SLACK));
        let wait = beyond.saturating_mul(beyond);
        wait > 0 && *now <= (*best_slot).saturating_add(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(best: u32, finalised: u32, best_slot: u64, now: u64) -> bool {
        SlowWithoutFinality.should_backoff(best, best_slot.into(), finalised, now.into(), "test")
    }

    #[test]
    fn nobody_waits_while_blocks_become_final() {
        for behind in 0..=SLACK {
            assert!(!waits(100 + behind, 100, 5_000, 5_001), "{behind} behind");
        }
    }

    #[test]
    fn every_further_block_waits_for_the_square_of_its_distance() {
        for beyond in 1..20u32 {
            let (best, wait) = (100 + SLACK + beyond, u64::from(beyond * beyond));
            assert!(waits(best, 100, 5_000, 5_000 + wait));
            assert!(!waits(best, 100, 5_000, 5_000 + wait + 1));
        }
    }

    /// Blocks that one author with every slot makes in `slots` slots without finality.
    fn blocks_in(slots: u64) -> u32 {
        let (mut best, mut best_slot) = (0, 0);
        for now in 1..=slots {
            if !waits(best, 0, best_slot, now) {
                (best, best_slot) = (best + 1, now);
            }
        }
        best
    }

    #[test]
    fn heights_all_but_stand_still_without_finality_and_never_stop_quite() {
        assert_eq!(blocks_in(8), 8);
        assert_eq!(blocks_in(1_800), 25, "an hour");
        assert_eq!(blocks_in(43_200), 59, "a day");
        assert!(blocks_in(400_000) > blocks_in(300_000));
    }

    #[test]
    fn a_finalised_block_ahead_of_the_best_one_makes_nobody_wait() {
        assert!(!waits(5, 9, 100, 101));
    }
}
