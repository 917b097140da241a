//! `vouchsafe dispute`: proves to the chain that a seller cheated, and takes the price back.
//!
//! Everything is decided from the chain, the key and the content, so it works after a restart, on another machine, and
//! as often as it is asked for.

use crate::{
    amount,
    exhibits::Exhibits,
    failure::Failure,
    fault::Search,
    fetch,
    filing::Filing,
    gateway::Gateway,
    home,
    purchase::{Attempt, BLIND_SEED},
    show::Show,
    verify,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use vouchsafe_chain_client::{
    AccountInfo, Call, ChainClient, ChainError, OfferInfo, OrderInfo, Signer, ss58,
};
use vouchsafe_protocol::{
    delivery::Point,
    id::OrderId,
    misbehaviour::{Case, Evidence},
    order::{Open, Outcome, Stage, Standing},
    price::reward,
    sidecar::Sidecar,
};

/// How often what the chain says is looked at again after an action of somebody else came first.
const LOOKS: u32 = 4;

/// What to dispute.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The order.
    pub order: OrderId,
    /// A folder with the kept download; else what the home keeps, else the gateway.
    pub from: Option<PathBuf>,
    /// The gateway's address, if not the one on chain.
    pub gateway: Option<String>,
    /// File without asking.
    pub yes: bool,
    /// File nothing; show what would become public.
    pub dry_run: bool,
}

/// What there is to do about an order whose buyer has a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Not delivered: `late` when the price can be taken back for that.
    Undelivered {
        /// The deadline has passed.
        late: bool,
    },
    /// Delivered, and the window is open: prove the fraud.
    Prove {
        /// `W`.
        evaluated: Point,
        /// Last height of the window.
        until: u32,
    },
    /// The window has passed.
    TooLate,
    /// The fraud is proven already: take the price back.
    TakeBack,
    /// The price is back.
    Over(Outcome),
}

/// What there is to do about an order at this `stage`, of an offer of this `standing`, at height `now`.
pub fn course(stage: Stage, standing: Standing, now: u32) -> Course {
    match (stage, stage.open(standing, now)) {
        (Stage::Closed(Outcome::Settled { .. }), _) | (_, Some(Open::Settle)) => Course::TooLate,
        (Stage::Closed(outcome), _) => Course::Over(outcome),
        (_, Some(Open::Void)) => Course::TakeBack,
        (
            Stage::Delivered {
                evaluated,
                dispute_by,
            },
            _,
        ) => Course::Prove {
            evaluated,
            until: dispute_by,
        },
        (Stage::Placed { .. }, open) => Course::Undelivered {
            late: open == Some(Open::Expire),
        },
    }
}

/// What this run did.
#[derive(Default)]
struct Done {
    /// The chunk that was filed.
    chunk: Option<u32>,
    /// Bond of the offer when it was filed, and what late orders had drawn of it.
    bond: u128,
    drawn: u128,
    height: Option<u32>,
    fee: u128,
}

struct Disputing<'a> {
    show: Show,
    exhibits: &'a Exhibits,
    chain: &'a ChainClient,
    signer: &'a Signer,
    wish: &'a Wish,
}

/// Disputes. An order whose price is back already is no failure.
///
/// # Errors
/// [`Failure::NothingToProve`] for an honest seller, [`Failure::Unfiled`] where nobody said yes, and others: see
/// [`Failure`]. Nothing was filed then.
pub async fn run(
    show: Show,
    exhibits: &Exhibits,
    chain: &ChainClient,
    signer: &Signer,
    wish: &Wish,
) -> Result<(), Failure> {
    Disputing {
        show,
        exhibits,
        chain,
        signer,
        wish,
    }
    .run()
    .await
}

impl Disputing<'_> {
    async fn run(&self) -> Result<(), Failure> {
        let order = self.wish.order;
        let before = self.chain.account(&self.signer.account()).await?;
        let (mut done, mut refusal, mut proof) = (Done::default(), None, None);
        for _ in 0..LOOKS {
            let (row, offer, now) = self.look().await?;
            match course(row.stage, offer.status.standing(), now) {
                Course::Undelivered { late } => {
                    return Err(Failure::NotDelivered {
                        order,
                        advice: if late {
                            "It is late; `vouchsafe buy` takes the price back".to_owned()
                        } else {
                            "If nothing comes in time, `vouchsafe buy` takes the price back".to_owned()
                        },
                    });
                }
                Course::TooLate => {
                    let why = match row.stage {
                        Stage::Delivered { dispute_by, .. } => {
                            format!("that was possible up to block {dispute_by} (now {now})")
                        }
                        Stage::Placed { .. } | Stage::Closed(_) => "the price went to the seller".to_owned(),
                    };
                    return Err(Failure::TooLate { order, why });
                }
                Course::Over(outcome) => return self.report(&row, outcome, before, &done).await,
                Course::TakeBack if self.wish.dry_run => return self.nothing_needed(),
                Course::TakeBack => {
                    self.show
                        .note("a fraud is proven already, or auditors found a fault: taking the price back");
                    match self.chain.submit(self.signer, Call::Refund { order }).await {
                        Ok(receipt) => (done.height, done.fee) = (Some(receipt.height), receipt.fee),
                        Err(error) => refusal = Some(error),
                    }
                }
                Course::Prove { evaluated, until } => {
                    if let Some(error @ ChainError::Rejected { .. }) = refusal {
                        return Err(error.into());
                    }
                    let evidence = match proof.take() {
                        Some(evidence) => evidence,
                        None => {
                            let evidence = self.evidence(&row, &offer, evaluated).await?;
                            let filing = Filing {
                                order,
                                row: &row,
                                offer: &offer,
                                evidence: &evidence,
                                until,
                                now,
                            };
                            if !self.agreed(&filing)? {
                                return Ok(());
                            }
                            evidence
                        }
                    };
                    match self.chain.dispute(order, evidence.clone()).await {
                        Ok(receipt) => {
                            done.chunk = Some(evidence.index);
                            (done.bond, done.drawn) = (offer.bond, offer.drawn);
                            done.height = receipt.map(|receipt| receipt.height);
                        }
                        // Another buyer may have been faster: the offer is then frozen.
                        Err(error @ (ChainError::Rejected { .. } | ChainError::Dropped { .. })) => {
                            refusal = Some(error);
                        }
                        Err(error) => return Err(error.into()),
                    }
                    proof = Some(evidence);
                }
            }
        }
        Err(refusal.map_or(Failure::Unfiled { order }, Failure::Chain))
    }

    /// The order, its offer, and the height.
    async fn look(&self) -> Result<(OrderInfo, OfferInfo, u32), Failure> {
        let order = self.wish.order;
        let now = self.chain.finalised().await?.height;
        let row = self.chain.order(&order).await?.ok_or(Failure::NoOrder(order))?;
        let account = self.signer.account();
        if row.buyer != account {
            return Err(Failure::NotBuyer {
                order,
                buyer: ss58::encode(&row.buyer),
                account: ss58::encode(&account),
            });
        }
        let offer = self.chain.offer(&row.offer).await?;
        Ok((row.clone(), offer.ok_or(Failure::NoOffer(row.offer))?, now))
    }

    /// What convicts the seller, checked as the chain will check it: from the home, else from the whole content.
    async fn evidence(
        &self,
        row: &OrderInfo,
        offer: &OfferInfo,
        evaluated: Point,
    ) -> Result<Evidence, Failure> {
        let order = self.wish.order;
        let genesis = self.chain.genesis();
        let seed = self.signer.subkey(BLIND_SEED);
        let attempt = Attempt::find(&seed, &genesis, row, &order).ok_or(Failure::NoBlind(order))?;
        let case = Case {
            genesis,
            offer: row.offer,
            version: row.version,
            content: offer.content,
            blinded: row.blinded,
            evaluated,
        };
        if self.wish.from.is_none() {
            let kept = match self.exhibits.read(&order) {
                Ok(kept) => kept.map(|exhibit| exhibit.evidence(&attempt.blind, &case)),
                Err(error) => Some(Err(error.to_string())),
            };
            match kept {
                Some(Ok(evidence)) => return Ok(evidence),
                Some(Err(why)) => self.show.note(format!("what was kept proves nothing ({why})")),
                None => {}
            }
        }
        let secret = attempt
            .blind
            .unblind(&evaluated)
            .map_err(|error| Failure::BadDelivery(error.to_string()))?;
        let scratch = self.exhibits.scratch(&order);
        let (folder, sidecar) = match &self.wish.from {
            Some(folder) => self.kept(folder, offer, row)?,
            None => {
                let sidecar = self.fetch(offer, row, &scratch).await?;
                (scratch.clone(), sidecar)
            }
        };
        let search = Search {
            show: self.show,
            exhibits: self.exhibits,
            genesis,
            offer: row.offer,
            order,
        };
        let found = search.run(&sidecar, &folder.join(fetch::CIPHERTEXT), &secret)?;
        // Looked through to the end, or kept as an exhibit. It may not have been needed.
        let _ = fs::remove_dir_all(&scratch);
        let exhibit = found.ok_or(Failure::NothingToProve {
            order,
            chunks: offer.content.chunks,
        })?;
        exhibit
            .evidence(&attempt.blind, &case)
            .map_err(|reason| Failure::NoProof { order, reason })
    }

    /// The kept download in `given`, or in the folder of a purchase.
    fn kept(&self, given: &Path, offer: &OfferInfo, row: &OrderInfo) -> Result<(PathBuf, Sidecar), Failure> {
        let partial = given.join(".partial").join(&row.offer.to_string()[2..]);
        let folder = [given.to_owned(), partial]
            .into_iter()
            .find(|folder| folder.join(fetch::CIPHERTEXT).is_file())
            .ok_or_else(|| Failure::NothingKept(given.to_owned()))?;
        let path = folder.join(fetch::SIDECAR);
        let bytes = fs::read(&path).map_err(Failure::disk("reading", path))?;
        let sidecar = verify::check_sidecar(&bytes, &offer.content).map_err(|fault| Failure::Unusable {
            order: self.wish.order,
            fault,
        })?;
        Ok((folder, sidecar))
    }

    /// Fetches the content again, as it was sold.
    async fn fetch(&self, offer: &OfferInfo, row: &OrderInfo, folder: &Path) -> Result<Sidecar, Failure> {
        self.show.note(
            "fetching the content again to look for a bad chunk; a kept download can be named with --from DIR",
        );
        let url = match &self.wish.gateway {
            Some(url) => url.clone(),
            None => {
                let registered = self.chain.gateway(&offer.gateway).await?;
                registered.ok_or(Failure::NoEndpoint)?.endpoint
            }
        };
        home::create_folder(folder).map_err(Failure::disk("creating", folder))?;
        match fetch::content(self.show, &Gateway::at(&url)?, &row.offer, &offer.content, folder) {
            Err(Failure::BadContent(fault)) => Err(Failure::Unusable {
                order: self.wish.order,
                fault,
            }),
            answer => answer,
        }
    }

    /// Shows what filing makes public and what it brings; `true` to go on with it, `false` after a dry run.
    fn agreed(&self, filing: &Filing<'_>) -> Result<bool, Failure> {
        if self.wish.dry_run {
            let verdict = "dry run: this would be accepted; nothing was filed, nothing became public";
            let lines = [&filing.lines()[..], &[verdict.to_owned()]].concat();
            self.show.result(&filing.json(), &lines)?;
            return Ok(false);
        }
        filing.lines().iter().for_each(|line| self.show.note(line));
        filing.agreed(self.wish.yes, |question| self.show.ask(question))?;
        Ok(true)
    }

    fn nothing_needed(&self) -> Result<(), Failure> {
        let json = json!({"order": self.wish.order, "dry_run": true, "accepted": true, "becomes_public": []});
        let line = "dry run: the fraud is proven already; the price comes back, and nothing becomes public";
        Ok(self.show.result(&json, &[line.to_owned()])?)
    }

    async fn report(
        &self,
        row: &OrderInfo,
        outcome: Outcome,
        before: AccountInfo,
        done: &Done,
    ) -> Result<(), Failure> {
        let after = self.chain.account(&self.signer.account()).await?;
        let (name, said) = match outcome {
            Outcome::Disputed => ("disputed", "your proof convicted the seller"),
            Outcome::Voided => (
                "voided",
                "another buyer's proof convicted the seller, or auditors found a fault",
            ),
            Outcome::Refunded => ("refunded", "the seller never delivered"),
            Outcome::Settled { .. } => ("settled", "the price went to the seller"),
        };
        let filed = done.chunk.filter(|_| outcome == Outcome::Disputed);
        let reward = filed.map(|_| reward(done.bond, done.drawn, row.price));
        let burned = reward.map(|reward| done.bond.saturating_sub(reward).to_string());
        let money = |account: &AccountInfo| json!({"free": account.free.to_string(), "held": account.held.to_string()});
        let json: Value = json!({
            "order": self.wish.order, "offer": row.offer, "outcome": name, "filed": filed.is_some(),
            "chunk": filed, "price": row.price.to_string(), "reward": reward.map(|reward| reward.to_string()),
            "burned": burned, "fee": done.fee.to_string(), "height": done.height,
            "before": money(&before), "after": money(&after),
        });
        let mut lines = vec![format!(
            "order {}: {said}; {} came back",
            self.wish.order,
            amount::show(row.price)
        )];
        if let Some(reward) = reward {
            lines.push(format!(
                "reward out of the seller's bond: {}",
                amount::show(reward)
            ));
        }
        lines.push(format!(
            "your account: {} free, {} on hold (before: {} and {})",
            amount::show(after.free),
            amount::show(after.held),
            amount::show(before.free),
            amount::show(before.held)
        ));
        self.show.result(&json, &lines)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: Point = Point([7; 32]);
    const DELIVERED: Stage = Stage::Delivered {
        evaluated: W,
        dispute_by: 30,
    };
    const PLACED: Stage = Stage::Placed { deliver_by: 20 };

    #[test]
    fn a_delivered_order_is_disputed_up_to_the_last_block_of_its_window() {
        let prove = Course::Prove {
            evaluated: W,
            until: 30,
        };
        assert_eq!(course(DELIVERED, Standing::Sound, 30), prove);
        assert_eq!(course(DELIVERED, Standing::Sound, 31), Course::TooLate);
        let settled = Stage::Closed(Outcome::Settled { evaluated: W });
        for standing in [Standing::Sound, Standing::Frozen] {
            assert_eq!(course(settled, standing, 1), Course::TooLate);
        }
    }

    #[test]
    fn what_was_not_delivered_is_not_disputed() {
        for (now, late) in [(20, false), (21, true)] {
            assert_eq!(course(PLACED, Standing::Sound, now), Course::Undelivered { late });
        }
    }

    #[test]
    fn a_frozen_offers_order_is_taken_back_at_any_height() {
        for stage in [PLACED, DELIVERED] {
            for now in [0, 20, 21, 30, 31, u32::MAX] {
                assert_eq!(course(stage, Standing::Frozen, now), Course::TakeBack);
            }
        }
    }

    #[test]
    fn an_order_whose_price_is_back_is_over() {
        for outcome in [Outcome::Refunded, Outcome::Disputed, Outcome::Voided] {
            let stage = Stage::Closed(outcome);
            for standing in [Standing::Sound, Standing::Frozen] {
                assert_eq!(course(stage, standing, 9), Course::Over(outcome));
            }
        }
    }
}
