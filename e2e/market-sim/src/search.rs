//! An attacker who looks for the schedule that pays best, as Günes, Tran-Thanh and Norman ask for (IJCAI 2019): do not
//! test the attacks that one knows, search for the worst. An evolution with generations of sixteen.

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

/// What the search came to.
pub struct Found {
    /// The schedule with the best return on what was paid for it, in fresh markets.
    pub attack: Attack,
    /// `(gain − gain of the same cheating without paying) ÷ paid`, its mean in fresh markets.
    pub returned: f64,
    /// Standard error of that mean.
    pub error: f64,
    /// The schedule with the best net, among all that were played.
    pub richest: Attack,
    /// Its mean net in fresh markets.
    pub net: f64,
}

/// Searches with so many evaluations, and judges in `markets` fresh markets.
pub fn search(
    seed: u64,
    evaluations: usize,
    markets: u64,
    threads: usize,
    progress: impl Fn(usize, f64),
) -> Found {
    let mut dice = Dice::new(seed, 5);
    let mut best: Vec<(f64, Attack)> = Vec::new();
    let mut richest = (f64::MIN, PLAIN);
    for first in (0..evaluations).step_by(GENERATION) {
        let tried: Vec<Attack> = (first..evaluations.min(first + GENERATION))
            .map(|_| {
                // A quarter of the search does not start from what was found.
                match best.get(dice.below(best.len() * 4 / 3)) {
                    Some((_, parent)) => changed(parent, &mut dice),
                    None => any(&mut dice),
                }
            })
            .collect();
        // Other markets each time, so that no schedule is bred for one.
        let market = FRESH + seed * FRESH + first as u64;
        let outcomes = paired(&tried, market..market + 1, threads);
        for (attack, pairs) in tried.iter().zip(&outcomes) {
            best.push((returned(pairs), *attack));
            for (outcome, attack) in pairs
                .iter()
                .flat_map(|(with, free)| [(with, *attack), (free, attack.for_free())])
            {
                if outcome.net() > richest.0 {
                    richest = (outcome.net(), attack);
                }
            }
        }
        best.sort_by(|a, b| b.0.total_cmp(&a.0));
        best.truncate(PARENTS);
        progress(first, best.first().map_or(0.0, |(value, _)| *value));
    }
    best.truncate(FINALISTS);
    let finalists: Vec<Attack> = best.iter().map(|(_, attack)| *attack).collect();
    let judged = paired(&finalists, seed..seed + markets, threads);
    let (attack, pairs) = finalists
        .iter()
        .zip(&judged)
        .max_by(|a, b| returned(a.1).total_cmp(&returned(b.1)))
        .map_or((PLAIN, &[][..]), |(attack, pairs)| (*attack, pairs.as_slice()));
    let jobs: Vec<Job> = (seed..seed + markets).map(|seed| job(seed, richest.1)).collect();
    Found {
        attack,
        returned: returned(pairs),
        error: error(pairs),
        richest: richest.1,
        net: mean(&play_all(&jobs, threads), Outcome::net),
    }
}

fn job(seed: u64, attack: Attack) -> Job {
    Job {
        seed,
        rule: Rule::Ours,
        attack,
        audits: SOUND,
    }
}

type Pair = (Outcome, Outcome);

/// Each attack in each market, with what it pays and without.
fn paired(attacks: &[Attack], seeds: std::ops::Range<u64>, threads: usize) -> Vec<Vec<Pair>> {
    let jobs: Vec<Job> = attacks
        .iter()
        .flat_map(|attack| {
            seeds
                .clone()
                .flat_map(|seed| [job(seed, *attack), job(seed, attack.for_free())])
        })
        .collect();
    let outcomes = play_all(&jobs, threads);
    let pairs: Vec<Pair> = outcomes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[with, free]| (*with, *free))
        .collect();
    let each = pairs.len() / attacks.len().max(1);
    pairs.chunks(each.max(1)).map(<[Pair]>::to_vec).collect()
}

/// What a unit of money that was paid for the attack brought back: of all pairs together.
fn returned(pairs: &[Pair]) -> f64 {
    let more: f64 = pairs.iter().map(|(with, free)| with.gain - free.gain).sum();
    more / pairs.iter().map(|(with, _)| with.paid()).sum::<f64>()
}

fn error(pairs: &[Pair]) -> f64 {
    let single: Vec<f64> = pairs
        .iter()
        .map(|pair| returned(std::slice::from_ref(pair)))
        .collect();
    let count = single.len() as f64;
    let middle = single.iter().sum::<f64>() / count;
    let spread: f64 = single.iter().map(|one| (one - middle) * (one - middle)).sum();
    (spread / (count - 1.0).max(1.0) / count).sqrt()
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
    // Days and basis points: small and not negative, so the conversions are exact.
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
