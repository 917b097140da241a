//! A whole simulation: several chains, each with its share of honest sales, frauds and tricks, in an order that the seed
//! decides. Chains run on as many threads as there are; what comes out does not depend on how many.

use crate::{
    honest,
    people::Cast,
    random::Dice,
    report::Report,
    seller::open_gateway,
    stage::{Stage, Tally},
    strategies::ALL,
    world::{Breach, Checked, World},
};
use sp_runtime::Storage;
use std::{
    num::NonZero,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

/// Chains of a simulation, each with a genesis hash of its own.
const CHAINS: u32 = 10;
/// Orders of one honest offer at most.
const ORDERS_PER_OFFER: u32 = 25;

/// How much to play.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Honest orders.
    pub honest: u32,
    /// Frauds that a buyer notices.
    pub frauds: u32,
    /// What everything that looks like chance follows from.
    pub seed: u64,
}

/// One thing to do on a chain.
#[derive(Clone, Copy)]
enum Turn {
    /// So many honest orders of one offer.
    Honest(u32),
    /// A run of a strategy: its place in the list, the run's number, and how many runs there are on all chains.
    Strategy { place: usize, run: u32, runs: u32 },
}

/// Plays the plan, telling `progress` of every tenth chain's share.
pub fn run(plan: Plan, progress: impl Fn(&str) + Sync) -> Report {
    let report = Mutex::new(Report::new(plan));
    let cast = Cast::new();
    let storage = match World::genesis(&cast) {
        Ok(storage) => storage,
        Err(breach) => {
            let mut report = Report::new(plan);
            report.breaches.push(breach.to_string());
            return report;
        }
    };
    let (next, done) = (AtomicU32::new(0), AtomicU32::new(0));
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(CHAINS as usize);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let chain = next.fetch_add(1, Ordering::Relaxed);
                    if chain >= CHAINS {
                        return;
                    }
                    let played = play(plan, chain, &cast, storage.clone());
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress(&format!("chain {done} of {CHAINS} is through"));
                    if let Ok(mut report) = report.lock() {
                        report.add(chain, played);
                    }
                }
            });
        }
    });
    let mut report = report
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    report.finish();
    report
}

/// What one chain came to.
pub struct Played {
    pub tally: Tally,
    /// Place of the strategy in the list, the run's number and its outcome.
    pub outcomes: Vec<(usize, u32, crate::stage::Outcome)>,
    /// Fees of the calls, planck.
    pub tariff: Vec<(&'static str, vouchsafe_runtime::Balance)>,
    pub breach: Option<String>,
}

/// Plays one chain to its end, or to the first breach.
fn play(plan: Plan, chain: u32, cast: &Cast, storage: Storage) -> Played {
    let mut dice = Dice::new(plan.seed, u64::from(chain));
    let turns = turns(plan, chain, &mut dice);
    World::start(storage, dice.digest(), |world| {
        let mut stage = Stage {
            world,
            cast,
            dice,
            tally: Tally::default(),
            run: 0,
            runs: 1,
        };
        let mut outcomes = vec![];
        let mut breach = prepare(&mut stage).err().map(|breach| breach.to_string());
        for turn in turns {
            if breach.is_some() {
                break;
            }
            breach = take(&mut stage, turn, &mut outcomes)
                .err()
                .map(|breach| format!("chain {chain}, {}: {breach}", turn.name()));
        }
        Played {
            tariff: ["order", "deliver", "settle", "expire", "forget"]
                .map(|call| (call, stage.world.tariff(call)))
                .to_vec(),
            tally: stage.tally,
            outcomes,
            breach,
        }
    })
}

/// Both gateways, and a sale that shows what everything costs.
fn prepare(stage: &mut Stage<'_>) -> Checked {
    let cast = stage.cast;
    open_gateway(stage.world, &cast.gateway)?;
    open_gateway(stage.world, &cast.corrupt)?;
    honest::sale(stage, 1)?;
    stage.tally = Tally::default();
    Ok(())
}

fn take(
    stage: &mut Stage<'_>,
    turn: Turn,
    outcomes: &mut Vec<(usize, u32, crate::stage::Outcome)>,
) -> Checked {
    match turn {
        Turn::Honest(orders) => honest::sale(stage, orders),
        Turn::Strategy { place, run, runs } => {
            (stage.run, stage.runs) = (run, runs);
            let strategy = ALL.get(place).ok_or_else(|| Breach("no such strategy".into()))?;
            outcomes.push((place, run, (strategy.play)(stage)?));
            Ok(())
        }
    }
}

impl Turn {
    fn name(self) -> &'static str {
        match self {
            Self::Honest(_) => "honest sale",
            Self::Strategy { place, .. } => ALL.get(place).map_or("", |strategy| strategy.name),
        }
    }
}

/// What happens on a chain, shuffled.
fn turns(plan: Plan, chain: u32, dice: &mut Dice) -> Vec<Turn> {
    let mut turns = vec![];
    let mut honest = share(plan.honest, chain);
    while honest > 0 {
        let orders = dice.between(1, ORDERS_PER_OFFER).min(honest);
        honest -= orders;
        turns.push(Turn::Honest(orders));
    }
    let frauds: Vec<usize> = (0..ALL.len())
        .filter(|&place| ALL[place].runs.is_none())
        .collect();
    for nth in (chain..plan.frauds).step_by(CHAINS as usize) {
        // Turned by one on every chain, so that every chain sees every fraud.
        let place = frauds[(nth + nth / CHAINS) as usize % frauds.len()];
        turns.push(Turn::Strategy {
            place,
            run: nth,
            runs: plan.frauds,
        });
    }
    let tricks = (0..ALL.len()).filter_map(|place| ALL[place].runs.map(|runs| (place, runs)));
    for (place, runs) in tricks {
        let first = (chain + place as u32) % CHAINS;
        for run in (first..runs).step_by(CHAINS as usize) {
            turns.push(Turn::Strategy { place, run, runs });
        }
    }
    for last in (1..turns.len()).rev() {
        turns.swap(last, dice.below(last as u32 + 1) as usize);
    }
    turns
}

/// What one chain does of so many.
fn share(of: u32, chain: u32) -> u32 {
    of / CHAINS + u32::from(chain < of % CHAINS)
}
