//! Many markets, on as many threads as are allowed. The order of the results is that of the questions, so that the
//! number of threads changes nothing.

use crate::{
    attack::Attack,
    market::{Audits, Rule, play},
    tally::Outcome,
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// One market to play.
#[derive(Clone, Copy)]
pub struct Job {
    pub seed: u64,
    pub rule: Rule,
    pub attack: Attack,
    pub audits: Audits,
}

/// Plays them all.
pub fn play_all(jobs: &[Job], threads: usize) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return done };
            done.push((index, play(job.seed, job.rule, &job.attack, job.audits)));
        }
    };
    let mut all: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined
            .flat_map(|done| done.expect("a market never panics; qed"))
            .collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The mean of a figure.
pub fn mean(outcomes: &[Outcome], figure: impl Fn(&Outcome) -> f64) -> f64 {
    outcomes.iter().map(figure).sum::<f64>() / outcomes.len() as f64
}
