//! What every strategy is given, and what it leaves behind.

use crate::{
    goods::{Goods, Place},
    ledger::{Change, Round, net},
    people::{Cast, Person},
    random::Dice,
    seller::{Draft, Listing, Terms},
    world::{Checked, World},
};
use vouchsafe_runtime::{Balance, constants::RECORD_DEPOSIT};

/// What has happened so far, on one chain or on all.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Orders of honest sellers' honest goods by honest buyers that ran to their end.
    pub honest_orders: u32,
    /// Bonds of honest sellers that were slashed, in part or as a whole.
    pub slashes_of_honest: u32,
    /// Planck that honest people have less than price and fees explain.
    pub lost_units: Balance,
    /// Offers of a content with a bad chunk that somebody who checks has bought.
    pub frauds: u32,
    /// Frauds after which every open order of the offer was refunded in full.
    pub refunds: u32,
    /// Orders that were refunded by that.
    pub refunded_orders: u32,
    /// Frauds after which the whole bond was gone.
    pub slashes: u32,
}

impl Tally {
    /// Adds what happened on another chain.
    pub fn add(&mut self, other: &Self) {
        self.honest_orders += other.honest_orders;
        self.slashes_of_honest += other.slashes_of_honest;
        self.lost_units += other.lost_units;
        self.frauds += other.frauds;
        self.refunds += other.refunds;
        self.refunded_orders += other.refunded_orders;
        self.slashes += other.slashes;
    }
}

/// What a run of a strategy came to, planck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What all accounts of the attacker gained together, goods received at their price.
    pub profit: Change,
    /// What honest people lost beyond the price of goods received and fees.
    pub victims_lost: Change,
    /// What somebody honest in the attacker's place would have gained.
    pub honest: Change,
}

/// How most rounds begin.
pub struct Opening<'a> {
    pub round: Round,
    pub terms: Terms,
    pub listing: Listing<'a>,
}

/// A chain with everything on it.
pub struct Stage<'a> {
    pub world: &'a mut World,
    pub cast: &'a Cast,
    pub dice: Dice,
    pub tally: Tally,
    /// Which of a strategy's runs this is, from 0.
    pub run: u32,
    /// How many there are.
    pub runs: u32,
}

impl<'a> Stage<'a> {
    /// The place of this run among all runs of its strategy, between 0 and 1. A chance of `p` comes true where this is
    /// below `p`: over all runs that is as often as it should be, and not as often as luck has it.
    pub fn luck(&self) -> f64 {
        (f64::from(self.run) + 0.5) / f64::from(self.runs)
    }

    /// Somebody honest who buys; different for each `n` below 12.
    pub fn buyer(&self, n: u32) -> &'a Person {
        let buyers = &self.cast.buyers;
        &buyers[(self.run + n) as usize % buyers.len()]
    }

    /// An offer of the cheat's with one bad chunk, which its own gateway vouches for; and the chunk's index.
    pub fn spoiled_offer(&mut self, place: Place, terms: Terms) -> Checked<(Listing<'a>, u32)> {
        let draft = Draft::new(self.world, &self.cast.cheat);
        let secret = draft.secret.content_secret();
        let (goods, bad) = Goods::spoiled(&secret, place, &mut self.dice)?;
        let listing = draft.list(self.world, &self.cast.corrupt, goods, terms, &[])?;
        Ok((listing, bad))
    }

    /// Somebody honest who sells; another one in the next run.
    pub fn seller(&self) -> &'a Person {
        let sellers = &self.cast.sellers;
        &sellers[self.run as usize % sellers.len()]
    }

    /// Opens the books on a round in which `seller` offers good goods on some terms.
    pub fn opening(&mut self, seller: &'a Person) -> Checked<Opening<'a>> {
        let round = Round::begin(self.world, self.cast);
        let terms = Terms::some(&mut self.dice);
        let listing = self.good_offer(seller, terms)?;
        Ok(Opening {
            round,
            terms,
            listing,
        })
    }

    /// An offer of good goods.
    pub fn good_offer(&mut self, seller: &'a Person, terms: Terms) -> Checked<Listing<'a>> {
        let draft = Draft::new(self.world, seller);
        let goods = Goods::honest(&draft.secret.content_secret(), &mut self.dice)?;
        draft.list(self.world, &self.cast.gateway, goods, terms, &[])
    }

    /// What an honest seller gains with one offer and so many orders of it, all fees paid.
    pub fn honest_seller(&self, price: Balance, orders: u32) -> Change {
        let orders = Balance::from(orders);
        let once = ["register_record", "offer", "close", "release_bond"].map(|call| self.world.tariff(call));
        let each = ["deliver", "settle"].map(|call| self.world.tariff(call));
        let spent = once.iter().sum::<Balance>() + orders * each.iter().sum::<Balance>() + RECORD_DEPOSIT;
        (orders * net(price)) as Change - spent as Change
    }

    /// What an honest buyer gains whose goods are worth their price: the fees are lost.
    pub fn honest_buyer(&self) -> Change {
        -((self.world.tariff("order") + self.world.tariff("forget")) as Change)
    }
}
