//! The order of work, in this one place.
//!
//! Three loops run beside each other, so that a job that waits for the chain holds up nothing that needs none:
//!
//! | loop | does | in which order |
//! |---|---|---|
//! | [`Lane::Local`] | starts, anonymises, plans, seals, clears | the oldest job first, to the end of what it can do here, then the next |
//! | [`Lane::Chain`] | meets the chain, registers, offers, erases | the job that has been ready the longest first |
//! | the desk | delivers and settles | every order of a finalised block at once |
//!
//! A job is in one lane at a time: its state says which. One that waits is ready again when its wait is over, so in the
//! chain's lane a job that fails over and over goes behind those that have not had their turn. Who has one thread only
//! (see [`super::Worker::tick`]) takes from the local lane first.

use crate::domain::{Job, JobState, Timestamp};

/// What a step needs, and with that, which loop takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Cores and disk, never the node.
    Local,
    /// The node.
    Chain,
}

/// The job of `lane` whose turn it is, among `open` ones, oldest first. `chain_known`: the journal is bound to a chain.
pub(super) fn next(open: &[Job], lane: Lane, chain_known: bool, now: Timestamp) -> Option<&Job> {
    let mut due = open
        .iter()
        .filter(|job| job.is_due(now) && lane_of(job, chain_known) == Some(lane));
    match lane {
        Lane::Local => due.next(),
        Lane::Chain => due.min_by_key(|job| ready_since(job)),
    }
}

fn lane_of(job: &Job, chain_known: bool) -> Option<Lane> {
    match &job.state {
        // An offer's id names its chain: until one was met, nothing can be planned.
        JobState::Anonymising { done } if *done == job.input.files && !chain_known => Some(Lane::Chain),
        JobState::Queued | JobState::Anonymising { .. } => Some(Lane::Local),
        JobState::Sealing { .. } | JobState::Clearing { .. } => Some(Lane::Local),
        JobState::Registering { .. } | JobState::Offering { .. } | JobState::Erasing { .. } => {
            Some(Lane::Chain)
        }
        JobState::Offered { .. } | JobState::Erased { .. } => None,
        JobState::Failed { .. } | JobState::Cancelled { .. } => None,
    }
}

fn ready_since(job: &Job) -> Timestamp {
    job.waiting
        .as_ref()
        .map_or(job.stage_since, |waiting| waiting.retry_at)
}
