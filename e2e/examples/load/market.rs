//! What is bought here, by whom, and whether the chain's state says so.

use crate::{
    Result,
    meter::{Kind, Meter},
};
use vouchsafe_chain_client::{Call, OrderInfo, Signer};
use vouchsafe_e2e::{Node, VCH};
use vouchsafe_protocol::{
    delivery::{Blind, Context, OfferSecret, Point},
    hash::sha256,
    id::{Account, Digest, OfferId, OrderId, RecordId},
    order::{Outcome, Stage},
    price::divide,
    record::{Content, Grade, Parents, Statement},
};

pub const BUYERS: usize = 50;
pub const OFFERS: usize = 20;
/// Odd, so that dividing it leaves something over.
const PRICE: u128 = VCH + 345;
const GIFT: u128 = VCH / 1_000;
const LICENCE: Digest = Digest([5; 32]);
/// Blocks: longer than everything here together.
const DELIVER_WITHIN: u32 = 2_000;
/// Who makes the blocks of a development chain and gets their fees: `//Alice`, sr25519.
const AUTHOR: &str = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

/// Everything that exists, and what of it belongs to nobody who takes part.
#[derive(Debug)]
pub struct Money {
    pub issuance: u128,
    pub elsewhere: u128,
}

/// One purchase.
pub struct Trade {
    buyer: usize,
    offer: usize,
    order: OrderId,
    blinded: Point,
}

pub struct Market {
    pub meter: Meter,
    pub count: usize,
    seller: Signer,
    gateway: Signer,
    buyers: Vec<Signer>,
    /// Whom the buyers give their transfers, one each.
    purses: Vec<Account>,
    offers: Vec<(OfferId, OfferSecret)>,
}

impl Market {
    /// One gateway, one seller with all offers, and buyers who can pay.
    pub fn open(node: &Node, count: usize) -> Result<Self> {
        let meter = Meter::of(node);
        let genesis = meter.client.genesis();
        let named = |name: String| Signer::ed25519(&sha256(name.as_bytes()).0);
        let (seller, gateway) = (named("seller".to_owned()), named("gateway".to_owned()));
        let buyers: Vec<Signer> = (0..BUYERS).map(|i| named(format!("buyer {i}"))).collect();
        let purses: Vec<Account> = (0..BUYERS)
            .map(|i| named(format!("purse {i}")).account())
            .collect();
        let offers = (0..OFFERS as u64)
            .map(|nonce| {
                let offer = OfferId::derive(&genesis, &seller.account(), nonce);
                let secret = OfferSecret::derive(&seller.subkey("offers"), &genesis, &offer, 0);
                (offer, secret)
            })
            .collect();
        let market = Self {
            meter,
            count,
            seller,
            gateway,
            buyers,
            purses,
            offers,
        };
        let each = count.div_ceil(BUYERS) as u128;
        let accounts: Vec<Account> = market.buyers.iter().map(Signer::account).collect();
        let both = [market.seller.account(), market.gateway.account()];
        let gifts = [
            (&accounts[..], (2 * each + 10) * VCH),
            (&market.purses, VCH),
            (&both, (2_000 + count as u128) * VCH),
        ];
        let gifts = gifts.into_iter().flat_map(|(to, amount)| {
            to.iter()
                .map(move |&to| (Signer::dev("alice"), Call::Transfer { to, amount }))
        });
        market.meter.measure("gift", gifts)?;
        market.offer()?;
        Ok(market)
    }

    fn offer(&self) -> Result<()> {
        let (seller, gateway) = (self.seller.account(), self.gateway.account());
        let registration = Call::RegisterGateway {
            key: gateway.0,
            pipelines: Vec::new(),
            endpoint: "http://127.0.0.1:1".to_owned(),
        };
        self.meter.chain.submit(&self.gateway, registration);
        let genesis = self.meter.client.genesis();
        let statements: Vec<Statement> = (0..OFFERS as u8)
            .map(|number| Statement {
                owner: seller,
                gateway,
                content: Content {
                    root: Digest([number; 32]),
                    chunks: 1,
                    bytes: 1_000,
                },
                input: Digest([1; 32]),
                report: Digest([2; 32]),
                metrics_root: Digest([3; 32]),
                items: 1,
                metadata: Digest([4; 32]),
                grade: Grade::Anonymous,
                parents: Parents::default(),
            })
            .collect();
        let records = statements.iter().map(|statement| {
            let signature = self.gateway.sign(&statement.signing_bytes(&genesis));
            let statement = Box::new(statement.clone());
            (self.seller.clone(), Call::RegisterRecord { statement, signature })
        });
        self.meter.measure("record", records)?;
        let constants = self.meter.client.constants();
        let dues = self.meter.chain.wait(self.meter.client.dues(&seller, PRICE))?;
        // All orders are open at the same time, and may not cost more than the bonds of somebody of whom nothing is known.
        let bond = dues
            .bond
            .max((self.count as u128 * PRICE).div_ceil(OFFERS as u128));
        let offers = (0..).zip(&statements).zip(&self.offers);
        let offers = offers.map(|((nonce, statement), (_, secret))| {
            let offer = Call::Offer {
                nonce,
                record: RecordId::derive(&genesis, statement),
                content: statement.content,
                key: secret.public(),
                price: PRICE,
                licence: LICENCE,
                deliver_within: DELIVER_WITHIN,
                dispute_within: constants.least_dispute_window(statement.content.bytes),
                bond,
            };
            (self.seller.clone(), offer)
        });
        self.meter.measure("offer", offers)?;
        Ok(())
    }

    /// Everybody orders in turns, from offer to offer.
    pub fn trades(&self) -> Vec<Trade> {
        let genesis = self.meter.client.genesis();
        (0..self.count)
            .map(|i| {
                let (buyer, round) = (i % BUYERS, i / BUYERS);
                let offer = (buyer + round) % OFFERS;
                let (id, signer) = (&self.offers[offer].0, &self.buyers[buyer]);
                let seed = signer.subkey("blinds");
                let blinded = Blind::from_seed(&seed, &genesis, id, 0, round as u32).blinded();
                Trade {
                    buyer,
                    offer,
                    order: OrderId::derive(&genesis, id, 0, &signer.account(), &blinded),
                    blinded,
                }
            })
            .collect()
    }

    pub fn transfers(&self) -> Result<Kind> {
        let had = self.totals(&self.purses);
        let calls = (0..self.count).map(|i| {
            let (to, amount) = (self.purses[i % BUYERS], GIFT);
            (self.buyers[i % BUYERS].clone(), Call::Transfer { to, amount })
        });
        let kind = self.meter.measure("transfer", calls)?;
        all_done(
            &kind,
            self.totals(&self.purses) - had == GIFT * self.count as u128,
        )?;
        Ok(kind)
    }

    pub fn orders(&self, trades: &[Trade]) -> Result<Kind> {
        let calls = trades.iter().map(|trade| {
            let order = Call::Order {
                offer: self.offers[trade.offer].0,
                version: 0,
                blinded: trade.blinded,
                max_price: PRICE,
                licence: LICENCE,
            };
            (self.buyers[trade.buyer].clone(), order)
        });
        let kind = self.meter.measure("order", calls)?;
        let placed = |row: &OrderInfo| matches!(row.stage, Stage::Placed { .. }) && row.price == PRICE;
        all_done(&kind, self.rows(trades)?.iter().all(placed))?;
        Ok(kind)
    }

    /// Also the height at which the last quiet window ends.
    pub fn deliveries(&self, trades: &[Trade]) -> Result<(Kind, u32)> {
        let genesis = self.meter.client.genesis();
        let calls = trades
            .iter()
            .map(|trade| {
                let (offer, secret) = &self.offers[trade.offer];
                let context = Context {
                    genesis,
                    offer: *offer,
                    version: 0,
                    order: trade.order,
                    buyer: self.buyers[trade.buyer].account(),
                };
                let made = secret.evaluate(&trade.blinded, &context, &[7; 32])?;
                let delivery = Call::Deliver {
                    order: trade.order,
                    evaluated: made.evaluated,
                    proof: made.proof,
                };
                Ok((self.seller.clone(), delivery))
            })
            .collect::<Result<Vec<_>>>()?;
        let kind = self.meter.measure("deliver", calls)?;
        let rows = self.rows(trades)?;
        let quiet = rows.iter().map(|row| match row.stage {
            Stage::Delivered { dispute_by, .. } => Some(dispute_by),
            Stage::Placed { .. } | Stage::Closed(_) => None,
        });
        let quiet: Option<Vec<u32>> = quiet.collect();
        all_done(&kind, quiet.is_some())?;
        let last = quiet.unwrap_or_default().into_iter().max().unwrap_or_default();
        Ok((kind, last))
    }

    /// Each by the buyer, and then the money where it belongs, to the unit.
    pub fn settlements(&self, trades: &[Trade]) -> Result<Kind> {
        let seller = [self.seller.account()];
        let had = self.totals(&seller);
        let calls = trades.iter().map(|trade| {
            let settlement = Call::Settle { order: trade.order };
            (self.buyers[trade.buyer].clone(), settlement)
        });
        let kind = self.meter.measure("settle", calls)?;
        let rows = self.rows(trades)?;
        let settled = |row: &OrderInfo| matches!(row.stage, Stage::Closed(Outcome::Settled { .. }));
        all_done(&kind, rows.iter().all(settled))?;
        let house = self.meter.chain.wait(self.meter.client.house())?;
        let earned = divide(PRICE, house.share, &[]).seller * self.count as u128;
        if self.totals(&seller) - had != earned {
            return Err(format!("the seller did not earn exactly {earned}").into());
        }
        let deposits: u128 = rows.iter().map(|row| row.deposit).sum();
        let held: u128 = self
            .buyers
            .iter()
            .map(|buyer| self.meter.chain.account(&buyer.account()).held)
            .sum();
        if held != deposits {
            return Err(format!("the buyers have {held} on hold instead of {deposits}").into());
        }
        Ok(kind)
    }

    pub fn burned_each(&self) -> Result<u128> {
        let house = self.meter.chain.wait(self.meter.client.house())?;
        if house.treasury.is_some() {
            return Err("this chain has a treasury, which is not counted here".into());
        }
        let divided = divide(PRICE, house.share, &[]);
        Ok(divided.burned + divided.treasury)
    }

    pub fn money(&self) -> Result<Money> {
        let others = [
            AUTHOR.parse()?,
            Signer::dev("alice").account(),
            self.seller.account(),
            self.gateway.account(),
        ];
        let buyers: Vec<Account> = self.buyers.iter().map(Signer::account).collect();
        let issuance = self.meter.chain.issuance();
        let ours = self.totals(&others) + self.totals(&buyers) + self.totals(&self.purses);
        let elsewhere = issuance
            .checked_sub(ours)
            .ok_or("more money is owned than exists")?;
        Ok(Money { issuance, elsewhere })
    }

    fn totals(&self, accounts: &[Account]) -> u128 {
        accounts
            .iter()
            .map(|account| self.meter.chain.total(account))
            .sum()
    }

    fn rows(&self, trades: &[Trade]) -> Result<Vec<OrderInfo>> {
        trades
            .iter()
            .map(|trade| {
                let row = self.meter.chain.wait(self.meter.client.order(&trade.order))?;
                row.ok_or_else(|| format!("order {} does not exist", trade.order).into())
            })
            .collect()
    }
}

fn all_done(kind: &Kind, they_are: bool) -> Result<()> {
    they_are
        .then_some(())
        .ok_or_else(|| format!("not all {} calls had their effect", kind.name).into())
}
