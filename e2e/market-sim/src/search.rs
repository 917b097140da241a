//! An attacker who looks for the schedule that pays best, as Günes, Tran-Thanh and Norman ask for (IJCAI 2019): do not
//! test the attacks that one knows, search for the worst. Two evolutions with generations of sixteen: first for the most
//! loot that costs nothing, then for what every unit of money brings on top of that.

use crate::{
    attack::{Attack, PLAIN},
    dice::Dice,
    market::{Rule, SOUND},
    runs::{Job, mean, play_all},
    tally::Outcome,
};

const GENERATION: usize = 16;
const PARENTS: usize = 12;
/// How many of the best are played again in fresh markets.
const FINALISTS: usize = 6;
/// Markets of the search are other ones than those that judge.
const FRESH: u64 = 1_000_000;

/// What the search came to; all figures are means over fresh markets.
pub struct Found {
    /// The schedule with the most loot among those that cost nothing.
    pub free: Attack,
    /// Its loot.
    pub free_loot: f64,
    /// The schedule with the best return on what was paid for it.
    pub paid: Attack,
    /// Its loot.
    pub paid_loot: f64,
    /// What was paid for it.
    pub cost: f64,
}

impl Found {
    /// What a unit of money brought back, beyond what can be had for nothing.
    pub fn returned(&self) -> f64 {
        (self.paid_loot - self.free_loot) / self.cost
    }
}

/// Where and how to search.
#[derive(Clone, Copy)]
pub struct Effort {
    pub seed: u64,
    /// Schedules to try.
    pub evaluations: usize,
    /// Fresh markets that judge the best.
    pub markets: u64,
    pub threads: usize,
}

/// Searches, half of the evaluations for each question.
pub fn search(effort: Effort, progress: impl Fn(usize, f64)) -> Found {
    let half = Effort {
        evaluations: effort.evaluations.div_ceil(2),
        ..effort
    };
    let (free, free_loot) = evolve(half, Attack::for_free, |one| one.loot, &progress);
    let beyond = |one: &Outcome| (one.loot - free_loot) / one.paid();
    let (paid, _) = evolve(half, |attack| *attack, beyond, &progress);
    let outcomes = judge(&half, &paid);
    Found {
        free,
        free_loot,
        paid,
        paid_loot: mean(&outcomes, |one| one.loot),
        cost: mean(&outcomes, Outcome::paid),
    }
}

/// The best schedule and its mean in fresh markets; `shape` says which schedules are allowed.
fn evolve(
    effort: Effort,
    shape: impl Fn(&Attack) -> Attack,
    value: impl Fn(&Outcome) -> f64,
    progress: &impl Fn(usize, f64),
) -> (Attack, f64) {
    let mut dice = Dice::new(effort.seed, 5);
    let mut best: Vec<(f64, Attack)> = Vec::new();
    for first in (0..effort.evaluations).step_by(GENERATION) {
        let tried: Vec<Attack> = (first..effort.evaluations.min(first + GENERATION))
            .map(|_| {
                // A quarter of the search does not start from what was found.
                let parent = best.get(dice.below(PARENTS * 4 / 3));
                shape(&match parent {
                    Some((_, parent)) => changed(parent, &mut dice),
                    None => any(&mut dice),
                })
            })
            .collect();
        // Another market for each generation, so that no schedule is bred for one.
        let market = FRESH * (1 + effort.seed) + first as u64;
        let jobs: Vec<Job> = tried.iter().map(|attack| job(market, *attack)).collect();
        let outcomes = play_all(&jobs, effort.threads);
        best.extend(outcomes.iter().map(&value).zip(tried));
        best.sort_by(|a, b| b.0.total_cmp(&a.0));
        best.truncate(PARENTS);
        progress(first, best.first().map_or(0.0, |(value, _)| *value));
    }
    best.truncate(FINALISTS);
    best.iter()
        .map(|(_, attack)| (*attack, mean(&judge(&effort, attack), &value)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((PLAIN, 0.0))
}

fn job(seed: u64, attack: Attack) -> Job {
    Job {
        seed,
        rule: Rule::Ours,
        attack,
        audits: SOUND,
    }
}

fn judge(effort: &Effort, attack: &Attack) -> Vec<Outcome> {
    let jobs: Vec<Job> = (effort.seed..effort.seed + effort.markets)
        .map(|seed| job(seed, *attack))
        .collect();
    play_all(&jobs, effort.threads)
}

/// Any schedule: 0.2 to 4 % of turnover in fees.
fn any(dice: &mut Dice) -> Attack {
    let mut attack = Attack {
        name: "searched",
        ..PLAIN
    };
    for gene in 0..GENES {
        set(&mut attack, gene, dice);
    }
    attack
}

fn changed(parent: &Attack, dice: &mut Dice) -> Attack {
    let mut attack = *parent;
    set(&mut attack, dice.below(GENES), dice);
    for gene in 0..GENES {
        if dice.chance(0.15) {
            set(&mut attack, gene, dice);
        }
    }
    // A step nearby for the one that costs.
    if dice.chance(0.5) {
        attack.own_fee = (attack.own_fee * dice.between(0.7, 1.4)).clamp(LEAST_FEE, MOST_FEE);
    }
    attack
}

const GENES: usize = 11;
const LEAST_FEE: f64 = 16.0;
const MOST_FEE: f64 = 330.0;

fn set(attack: &mut Attack, gene: usize, dice: &mut Dice) {
    let or = |usual: f64, chance: f64, first: f64, last: f64, dice: &mut Dice| {
        if dice.chance(chance) {
            usual
        } else {
            dice.between(first, last)
        }
    };
    // Days and basis points: small and not negative, so that a whole number holds them.
    match gene {
        0 => attack.bad = or(1.0, 0.4, 0.05, 1.0, dice),
        1 => attack.good_days = or(0.0, 0.5, 1.0, 120.0, dice) as u32,
        2 => attack.bad_days = dice.between(1.0, 90.0) as u32,
        3 => attack.from = or(0.0, 0.6, 0.0, 540.0, dice) as u32,
        4 => attack.grace = or(0.0, 0.5, 0.0, 180.0, dice) as u32,
        5 => attack.dear_from = or(0.0, 0.5, 50.0, 400.0, dice),
        6 => attack.own_fee = LEAST_FEE * (MOST_FEE / LEAST_FEE).powf(dice.share()),
        7 => attack.praise = or(1.0, 0.5, 0.2, 1.0, dice),
        8 => attack.drain = dice.chance(0.3),
        9 => attack.slander = or(0.0, 0.8, 50.0, 600.0, dice),
        _ => attack.leaves_below = or(0.0, 0.5, 500.0, 8_500.0, dice) as u16,
    }
}
