//! A market for two years: who sells, who buys, and whom buyers choose.
//!
//! "Bad" is harm in the content, which no proof on chain refunds. Every purchase offers the buyer six sellers at one
//! price; the buyer takes the best score. What each party does follows from streams of dice of its own, so that two
//! runs that differ in an attack meet the same demand. The cap per pair of buyer and seller is left out, in the
//! attackers' favour: fresh accounts evade it. So are gateways: each seller is its own.

use crate::{
    attack::Attack,
    audits::AUDIT_EVERY,
    dice::Dice,
    eigen::Graph,
    seller::{Nature, Sale, Seller},
    tally::{Outcome, Tally},
};
use vouchsafe_protocol::trust::{Happening, Parameters};

pub const DAYS: u32 = 720;
pub const BLOCKS_PER_DAY: u32 = 43_200;
/// What is burned of a price, and what is lost to whoever pays it to themselves: 1.5 %, and 1 % more for audits.
const BURNED: f64 = 0.015;
pub const FEE: f64 = 0.025;
/// Burned fee that is worth one unit, millionths: that of a lot at the median price.
const UNIT_FEE: u128 = 1_500_000;
/// The median price, and that of a lot that an attacker buys: worth one unit of evidence.
pub const LOT: f64 = 100.0;
/// Standard deviation of the logarithm of prices.
pub const SPREAD: f64 = 0.8;
/// What an honest lot earns its seller after its cost; a bad one costs nothing to make.
const MARGIN: f64 = 0.4;

const HONEST: usize = 65;
const MEDIOCRE: usize = 15;
const NEWCOMERS: usize = 20;
const NEWCOMERS_FROM: u32 = 300;
const MALICIOUS: usize = 30;
const BUYERS: usize = 400;
/// Buyers whom EigenTrust trusts from the start.
const TRUSTED: usize = 20;
const SALES_A_DAY: u32 = 60;
const OFFERED: usize = 6;
/// Purchases that do not go by score.
const EXPLORE: f64 = 0.1;
/// The share of them that under our rule goes to whom least is known about.
const NEWCOMERS_SLOT: f64 = 0.5;

/// Which score buyers go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The share of good ratings.
    Mean,
    /// Jøsang's and Ismail's expectation.
    Beta,
    /// EigenTrust.
    Eigen,
    /// Our lower bound of paid opinions, without audits.
    Opinion,
    /// The headline: audits set the interval.
    Ours,
}

/// How good audits are.
#[derive(Clone, Copy, Debug)]
pub struct Audits {
    /// Chance to find a bad lot.
    pub recall: f64,
    /// Chance to find fault with a good one.
    pub alarm: f64,
    /// Chance that a fault that was found is suppressed.
    pub suppressed: f64,
}

/// As the design assumes.
pub const SOUND: Audits = Audits {
    recall: 0.9,
    alarm: 0.01,
    suppressed: 0.0,
};

/// What a buyer sees of a seller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    pub value: f64,
    evidence: u64,
    flagged: bool,
}

pub struct Market<'a> {
    pub(crate) rule: Rule,
    pub(crate) attack: &'a Attack,
    pub(crate) audits: Audits,
    pub(crate) parameters: Parameters,
    pub(crate) sellers: Vec<Seller>,
    pub(crate) scores: Vec<Score>,
    graph: Graph,
    demand: Dice,
    quality: Dice,
    pub(crate) audit_dice: Dice,
    pub(crate) spending: Dice,
    /// For own purchases and for slander: money that does not make a whole lot yet.
    pub(crate) purse: (f64, f64),
    pub(crate) tally: Tally,
}

/// Plays one market to its end.
pub fn play(seed: u64, rule: Rule, attack: &Attack, audits: Audits) -> Outcome {
    let mut market = Market::new(seed, rule, attack, audits);
    for day in 0..DAYS {
        market.day(day);
    }
    market.tally.outcome()
}

impl<'a> Market<'a> {
    fn new(seed: u64, rule: Rule, attack: &'a Attack, audits: Audits) -> Self {
        let mut birth = Dice::new(seed, 0);
        let mut sellers = Vec::new();
        for n in 0..HONEST + MEDIOCRE + NEWCOMERS + MALICIOUS {
            let nature = match n {
                _ if n < MALICIOUS => Nature::Malicious,
                _ if n < MALICIOUS + MEDIOCRE => Nature::Mediocre,
                _ => Nature::Honest {
                    good: birth.between(0.96, 0.995),
                },
            };
            let since = if n < MALICIOUS + MEDIOCRE + HONEST {
                0
            } else {
                NEWCOMERS_FROM + birth.day_below(DAYS - NEWCOMERS_FROM)
            };
            let first = since + birth.day_below(AUDIT_EVERY);
            sellers.push(Seller::new(nature, since, first));
        }
        Self {
            rule,
            attack,
            audits,
            parameters: Parameters::first(BLOCKS_PER_DAY, UNIT_FEE),
            scores: vec![Score::default(); sellers.len()],
            sellers,
            graph: Graph::default(),
            demand: Dice::new(seed, 1),
            quality: Dice::new(seed, 2),
            audit_dice: Dice::new(seed, 3),
            spending: Dice::new(seed, 4),
            purse: (0.0, 0.0),
            tally: Tally::default(),
        }
    }

    fn day(&mut self, day: u32) {
        for seller in 0..self.sellers.len() {
            if self.is_here(seller, day) {
                self.audit_listing(seller, day);
                self.audit_monthly(seller, day);
            }
        }
        self.score_all(day);
        let here: Vec<usize> = (0..self.sellers.len())
            .filter(|&seller| self.is_here(seller, day))
            .collect();
        for _ in 0..SALES_A_DAY {
            self.sale(&here, day);
        }
        self.buy_from_self(day);
        self.slander(day);
        for seller in here {
            self.answer_complaints(seller, day);
        }
        self.whitewash(day);
        self.tally.judge(&self.sellers, &self.scores, day);
    }

    pub(crate) fn is_here(&self, seller: usize, day: u32) -> bool {
        self.sellers
            .get(seller)
            .is_some_and(|one| one.since <= day && !one.gone)
    }

    pub(crate) fn nature(&self, seller: usize) -> Nature {
        self.sellers
            .get(seller)
            .map_or(Nature::Mediocre, |one| one.nature)
    }

    /// Whether a lot that this seller sells now is bad.
    pub(crate) fn is_bad(&mut self, seller: usize, day: u32, price: f64) -> bool {
        let dice = self.quality.share();
        let Some(one) = self.sellers.get(seller) else {
            return false;
        };
        match one.nature {
            Nature::Honest { good } => dice >= good,
            Nature::Mediocre => dice >= 0.85,
            Nature::Malicious if self.attack.cheats(day, one.since, price) => dice < self.attack.bad,
            Nature::Malicious => dice < 0.02,
        }
    }

    // ------------------------------------------------------------ scores

    fn score_all(&mut self, day: u32) {
        // EigenTrust walks the whole graph, so once a week is enough.
        if self.rule == Rule::Eigen && day.is_multiple_of(7) {
            let ranks = self.graph.ranks(BUYERS + self.sellers.len(), TRUSTED);
            for (score, rank) in self.scores.iter_mut().zip(ranks.iter().skip(BUYERS)) {
                score.value = *rank;
            }
        }
        for seller in 0..self.sellers.len() {
            // Without news only decay moves a score, less than a hundredth in ten days.
            let due = self.rule != Rule::Ours || (seller + day as usize).is_multiple_of(10);
            if due && self.is_here(seller, day) {
                self.score(seller, day);
            }
        }
    }

    /// Scores a seller anew.
    pub(crate) fn score(&mut self, seller: usize, day: u32) {
        let (Some(score), Some(one)) = (self.scores.get_mut(seller), self.sellers.get(seller)) else {
            return;
        };
        let height = day * BLOCKS_PER_DAY;
        match self.rule {
            Rule::Mean => score.value = (one.praised + 0.5) / (one.praised + one.blamed + 1.0),
            Rule::Beta => score.value = (one.praised + 1.0) / (one.praised + one.blamed + 2.0),
            Rule::Eigen => {}
            Rule::Opinion => score.value = f64::from(one.opinion_only(height, &self.parameters).middle),
            Rule::Ours => {
                let (headline, evidence) = one.headline(height, &self.parameters);
                *score = Score {
                    value: f64::from(headline.score),
                    evidence,
                    flagged: headline.flagged,
                };
            }
        }
    }

    // ------------------------------------------------------------ purchases

    fn sale(&mut self, here: &[usize], day: u32) {
        let price = LOT * (SPREAD * self.demand.normal()).exp();
        let buyer = self.demand.below(BUYERS);
        let explores = self.demand.chance(EXPLORE);
        let newest = self.demand.chance(NEWCOMERS_SLOT);
        let (rates, errs) = (self.demand.share(), self.demand.chance(0.02));
        let luck = self.demand.share();
        let offered: Vec<usize> = (0..OFFERED)
            .filter_map(|_| here.get(self.demand.below(here.len())).copied())
            .collect();
        let Some(seller) = self.choose(&offered, explores, newest, luck) else {
            return;
        };
        let bad = self.is_bad(seller, day, price);
        let verdict = (rates < if bad { 0.7 } else { 0.5 }).then_some(bad == errs);
        let sale = Sale { day, price, bad };
        self.tally.honest_purchase(price, bad);
        match self.nature(seller) {
            Nature::Malicious => {
                let earned = if bad { 1.0 } else { MARGIN };
                self.tally.gained(price * (earned - FEE));
                let cheated = bad
                    && self
                        .sellers
                        .get(seller)
                        .is_some_and(|one| self.attack.cheats(day, one.since, price));
                self.tally.looted(if cheated { price } else { 0.0 });
            }
            Nature::Honest { .. } | Nature::Mediocre if day >= NEWCOMERS_FROM => {
                let is_new = |one: &usize| {
                    self.sellers
                        .get(*one)
                        .is_some_and(|one| one.since >= NEWCOMERS_FROM)
                };
                let honest = || here.iter().filter(|one| self.nature(**one) != Nature::Malicious);
                let fair = honest().filter(|one| is_new(one)).count() as f64 / honest().count() as f64;
                self.tally.honest_sale(is_new(&seller), fair);
            }
            Nature::Honest { .. } | Nature::Mediocre => {}
        }
        self.settle(seller, sale, verdict, Some(buyer));
    }

    /// The best of what is offered; of equals any. An explorer takes any, but under our rule none with a warning, and
    /// every second time the least known.
    fn choose(&self, offered: &[usize], explores: bool, newest: bool, luck: f64) -> Option<usize> {
        let score = |seller: usize| self.scores.get(seller).copied().unwrap_or_default();
        let only = |keep: &dyn Fn(Score) -> bool| -> Vec<usize> {
            offered.iter().copied().filter(|&one| keep(score(one))).collect()
        };
        let all = || offered.iter().map(|&one| score(one));
        let best = if !explores {
            let most = all().map(|one| one.value).fold(f64::MIN, f64::max);
            only(&|one| one.value == most)
        } else if self.rule == Rule::Ours && all().any(|one| !one.flagged) {
            let least = all().filter(|one| !one.flagged).map(|one| one.evidence).min();
            only(&|one| !one.flagged && (!newest || Some(one.evidence) == least))
        } else {
            offered.to_vec()
        };
        // Below the length, since `luck` is below 1.
        best.get((luck * best.len() as f64) as usize).copied()
    }

    /// A settled order and, where the buyer says something, whether that is good. `rater` is `None` for an account
    /// that EigenTrust never heard of.
    ///
    /// Deliveries are left out: here everybody delivers, and who only delivers has no better score.
    pub(crate) fn settle(&mut self, seller: usize, sale: Sale, verdict: Option<bool>, rater: Option<usize>) {
        self.tally.sale();
        let Some(one) = self.sellers.get_mut(seller) else {
            return;
        };
        // Audits draw among the sales that nobody praised. Otherwise an attacker's purchases from himself, which he
        // has to praise to gain by them, would hide his victims' from the draw.
        if verdict != Some(true) {
            one.recent.push_back(sale);
        }
        let Some(good) = verdict else { return };
        one.complained |= !good;
        *(if good { &mut one.praised } else { &mut one.blamed }) += 1.0;
        // A price is far below 2^64 millionths.
        let burned = (sale.price * BURNED * 1e6) as u128;
        let weight = self.parameters.order_weight(burned);
        one.note(
            Happening::Rated { good, weight },
            sale.day * BLOCKS_PER_DAY,
            &self.parameters,
        );
        if let (Rule::Eigen, Some(rater)) = (self.rule, rater) {
            self.graph.rate(rater, BUYERS + seller, good);
        }
        if self.rule == Rule::Ours {
            self.score(seller, sale.day);
        }
    }

    /// The node of a seller who buys.
    pub(crate) fn node(seller: usize) -> usize {
        BUYERS + seller
    }
}
