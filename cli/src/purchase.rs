//! What a purchase does next, decided from the chain alone: nothing that a lost disk or a killed process could forget.
//!
//! The buyer's orders of one offer are numbered by attempt; each attempt's blind, and with it the order's id, follow from
//! the buyer's key. A run that finds its own order on chain, or its receipt in the home after it was forgotten, takes it
//! up instead of placing another one.

use crate::receipts::Receipt;
use vouchsafe_chain_client::{OfferInfo, OfferStatus, OrderInfo, RecordInfo, RecordStatus};
use vouchsafe_protocol::{
    delivery::{Blind, Point},
    id::{Account, Digest, Genesis, OfferId, OrderId},
    order::{Open, Outcome, Stage, Standing},
    report::licence_hash,
};

/// After so many refunded orders of one offer no further one is placed.
pub const MAX_ATTEMPTS: u32 = 16;

/// Label of the subkey from which blinds are derived. Changing it would orphan open orders.
pub(crate) const BLIND_SEED: &str = "blind";

/// The buyer's side of one order.
#[derive(Debug)]
pub struct Attempt {
    /// From 0.
    pub number: u32,
    /// What opens the delivery.
    pub blind: Blind,
    /// The order's id, placed or not.
    pub order: OrderId,
}

impl Attempt {
    /// The `number`-th order of `buyer` for an offer version. `seed` is the buyer's secret for blinding.
    pub fn derive(
        seed: &[u8; 32],
        genesis: &Genesis,
        offer: &OfferId,
        version: u32,
        buyer: &Account,
        number: u32,
    ) -> Self {
        let blind = Blind::from_seed(seed, genesis, offer, version, number);
        let order = OrderId::derive(genesis, offer, version, buyer, &blind.blinded());
        Self { number, blind, order }
    }

    /// The attempt that placed `order`, whose row is `row`; `None` when it was not placed by a purchase with this seed.
    pub fn find(seed: &[u8; 32], genesis: &Genesis, row: &OrderInfo, order: &OrderId) -> Option<Self> {
        (0..MAX_ATTEMPTS)
            .map(|number| Self::derive(seed, genesis, &row.offer, row.version, &row.buyer, number))
            .find(|attempt| attempt.order == *order)
    }
}

/// What an attempt calls for, given the order's stage on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is no such order: place it.
    Place,
    /// The seller may deliver up to this height.
    Await {
        /// The height.
        deliver_by: u32,
    },
    /// The delivery is late: take the money back.
    Expire {
        /// The height that has passed.
        deliver_by: u32,
    },
    /// Delivered: unpack.
    Open {
        /// `W`.
        evaluated: Point,
    },
    /// The money came back: the next attempt may be placed.
    Retry,
    /// A fraud of the offer is proven, or auditors found a fault before it was delivered, and the money is still in
    /// escrow: take it back.
    TakeBack,
    /// So it was, and the money came back: there is nothing to buy here any more.
    Frozen,
}

/// What follows from the stage of an order at height `now`, of an offer of this `standing`; `None` is an order that the
/// chain does not have.
pub fn next(stage: Option<Stage>, standing: Standing, now: u32) -> Next {
    let Some(stage) = stage else { return Next::Place };
    match (stage, stage.open(standing, now)) {
        (_, Some(Open::Void)) => Next::TakeBack,
        (Stage::Placed { deliver_by }, Some(Open::Expire)) => Next::Expire { deliver_by },
        (Stage::Placed { deliver_by }, _) => Next::Await { deliver_by },
        (Stage::Delivered { evaluated, .. } | Stage::Closed(Outcome::Settled { evaluated }), _) => {
            Next::Open { evaluated }
        }
        (Stage::Closed(Outcome::Refunded), _) => Next::Retry,
        (Stage::Closed(Outcome::Disputed | Outcome::Voided), _) => Next::Frozen,
    }
}

/// What is known of one of the buyer's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it stands.
    pub stage: Stage,
    /// What it cost, planck: pinned when it was placed. `None` when nobody remembers.
    pub price: Option<u128>,
}

impl Known {
    /// From the chain's row, else from the receipt of an order that was forgotten: what was delivered stays paid for.
    pub fn of(row: Option<&OrderInfo>, receipt: Option<&Receipt>) -> Option<Self> {
        if let Some(row) = row {
            return Some(Self {
                stage: row.stage,
                price: Some(row.price),
            });
        }
        let receipt = receipt?;
        Some(Self {
            stage: Stage::Closed(Outcome::Settled {
                evaluated: receipt.evaluated()?,
            }),
            price: receipt.price.parse().ok(),
        })
    }
}

/// The attempt to go on with, by its place in `stages`: one that is paid for, else one that a proven fraud ended, else
/// the first that there is no order of. `None` when every one was refunded.
pub fn choose(stages: &[Option<Stage>]) -> Option<usize> {
    // Paid or not depends neither on the height nor on the offer.
    let next: Vec<Next> = stages
        .iter()
        .map(|stage| next(*stage, Standing::Sound, 0))
        .collect();
    let paid = next
        .iter()
        .position(|next| !matches!(next, Next::Place | Next::Retry | Next::Frozen));
    let first = |wanted| next.iter().position(|next| *next == wanted);
    paid.or_else(|| first(Next::Frozen))
        .or_else(|| first(Next::Place))
}

/// Why an offer is not ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Its seller closed it.
    Closed,
    /// A buyer proved that its seller cheated.
    Frozen,
    /// Auditors agree on a fault of its content.
    Halted,
    /// Its record was withdrawn.
    Withdrawn,
    /// Offer and record disagree about this.
    Disagree(&'static str),
    /// It costs more than the buyer wants to pay.
    TooDear,
}

/// Whether an offer may be ordered for at most `max_price` planck, as far as the chain's rows tell.
///
/// # Errors
/// The first [`Objection`].
pub fn may_order(offer: &OfferInfo, record: &RecordInfo, max_price: Option<u128>) -> Result<(), Objection> {
    if offer.content != record.statement.content {
        return Err(Objection::Disagree("the content"));
    }
    if offer.seller != record.statement.owner {
        return Err(Objection::Disagree("the owner"));
    }
    // Its record is withdrawn, too, but this says why.
    if let OfferStatus::Halted { .. } = offer.status {
        return Err(Objection::Halted);
    }
    if let RecordStatus::Withdrawn { .. } = record.status {
        return Err(Objection::Withdrawn);
    }
    match offer.status {
        OfferStatus::Closed { .. } | OfferStatus::Released => Err(Objection::Closed),
        OfferStatus::Frozen { .. } => Err(Objection::Frozen),
        OfferStatus::Halted { .. } => Err(Objection::Halted),
        OfferStatus::Open if max_price.is_some_and(|most| offer.price > most) => Err(Objection::TooDear),
        OfferStatus::Open => Ok(()),
    }
}

/// Whether `text` is the licence that the offer names.
///
/// # Errors
/// The hash of `text`, when it is another one.
pub fn is_licence(offer: &OfferInfo, text: &str) -> Result<(), Digest> {
    match licence_hash(text.as_bytes()) {
        found if found == offer.licence => Ok(()),
        found => Err(found),
    }
}

/// What an account needs to order: price, deposit and fee, and what it must keep to stay alive.
pub fn needed(price: u128, deposit: u128, fee: u128, existential: u128) -> u128 {
    [deposit, fee, existential]
        .into_iter()
        .fold(price, u128::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixtures::{GENESIS, OFFER, ORDER, offer, order, record},
        receipts::SCHEMA,
    };

    const W: Point = Point([7; 32]);
    const SOUND: Standing = Standing::Sound;
    const FROZEN: Standing = Standing::Frozen;

    #[test]
    fn an_order_is_placed_only_when_the_chain_has_none() {
        assert_eq!(next(None, SOUND, 5), Next::Place);
        for stage in [
            Stage::Placed { deliver_by: 10 },
            Stage::Delivered {
                evaluated: W,
                dispute_by: 20,
            },
            Stage::Closed(Outcome::Settled { evaluated: W }),
            Stage::Closed(Outcome::Refunded),
            Stage::Closed(Outcome::Disputed),
            Stage::Closed(Outcome::Voided),
        ] {
            for (standing, now) in [SOUND, FROZEN]
                .into_iter()
                .flat_map(|standing| [0, 10, 11, 20, 21, u32::MAX].map(|now| (standing, now)))
            {
                let next = next(Some(stage), standing, now);
                assert_ne!(next, Next::Place, "{stage:?} at {now}");
            }
        }
    }

    #[test]
    fn a_placed_order_waits_up_to_its_deadline_and_is_then_refunded() {
        let placed = Some(Stage::Placed { deliver_by: 10 });
        assert_eq!(next(placed, SOUND, 10), Next::Await { deliver_by: 10 });
        assert_eq!(next(placed, SOUND, 11), Next::Expire { deliver_by: 10 });
    }

    #[test]
    fn what_was_delivered_is_opened_before_and_after_it_is_settled() {
        let delivered = Stage::Delivered {
            evaluated: W,
            dispute_by: 20,
        };
        let settled = Stage::Closed(Outcome::Settled { evaluated: W });
        for (stage, now) in [(delivered, 5), (delivered, 99), (settled, 99)] {
            assert_eq!(next(Some(stage), SOUND, now), Next::Open { evaluated: W });
        }
    }

    #[test]
    fn a_refunded_order_makes_way_for_the_next_attempt() {
        let refunded = Some(Stage::Closed(Outcome::Refunded));
        assert_eq!(next(refunded, SOUND, 99), Next::Retry);
    }

    #[test]
    fn an_open_order_of_a_frozen_offer_is_taken_back_and_never_opened_or_placed_again() {
        let delivered = Stage::Delivered {
            evaluated: W,
            dispute_by: 20,
        };
        for stage in [Stage::Placed { deliver_by: 10 }, delivered] {
            for now in [0, 10, 11, 20, 21] {
                assert_eq!(next(Some(stage), FROZEN, now), Next::TakeBack, "{stage:?}");
            }
        }
        for outcome in [Outcome::Disputed, Outcome::Voided] {
            assert_eq!(next(Some(Stage::Closed(outcome)), FROZEN, 99), Next::Frozen);
        }
        let settled = Stage::Closed(Outcome::Settled { evaluated: W });
        assert_eq!(
            next(Some(settled), FROZEN, 99),
            Next::Open { evaluated: W },
            "what was paid before stays bought"
        );
    }

    #[test]
    fn an_order_that_is_paid_for_is_taken_up_before_another_is_placed() {
        let refunded = Some(Stage::Closed(Outcome::Refunded));
        let settled = Some(Stage::Closed(Outcome::Settled { evaluated: W }));
        let placed = Some(Stage::Placed { deliver_by: 10 });
        let voided = Some(Stage::Closed(Outcome::Voided));
        for (stages, chosen) in [
            (&[None, None][..], Some(0)),
            (&[refunded, None], Some(1)),
            // The refunded one was forgotten: its place is free, and yet the later one is paid for.
            (&[None, settled, None], Some(1)),
            (&[refunded, placed], Some(1)),
            (&[refunded, refunded], None),
            (&[refunded, voided, None], Some(1)),
            (&[voided, settled], Some(1)),
        ] {
            assert_eq!(choose(stages), chosen, "{stages:?}");
        }
    }

    #[test]
    fn a_forgotten_order_that_was_delivered_is_still_paid_for() {
        let receipt = Receipt {
            schema: SCHEMA.to_owned(),
            genesis: GENESIS,
            offer: OFFER,
            order: ORDER,
            price: "1000".to_owned(),
            delivered: Some(Digest(W.0)),
            folder: None,
            files: Vec::new(),
        };
        let known = Known::of(None, Some(&receipt)).unwrap();
        assert_eq!(next(Some(known.stage), SOUND, 99), Next::Open { evaluated: W });
        assert_eq!(known.price, Some(1_000));
        let refunded = Receipt {
            delivered: None,
            ..receipt.clone()
        };
        assert_eq!(Known::of(None, Some(&refunded)), None, "it may be ordered anew");
        assert_eq!(Known::of(None, None), None);
        let row = order();
        assert_eq!(
            Known::of(Some(&row), Some(&receipt)).map(|known| known.stage),
            Some(row.stage),
            "the chain knows better"
        );
    }

    #[test]
    fn the_same_key_finds_the_same_order_again_and_every_attempt_is_another() {
        let derive = |seed, number| {
            let (genesis, buyer) = (Genesis([1; 32]), Account([2; 32]));
            Attempt::derive(&[seed; 32], &genesis, &OfferId([3; 32]), 0, &buyer, number).order
        };
        assert_eq!(derive(9, 0), derive(9, 0));
        assert_ne!(derive(9, 0), derive(9, 1));
        assert_ne!(derive(9, 0), derive(8, 0));
    }

    #[test]
    fn the_attempt_behind_an_order_is_found_by_its_key_and_by_no_other() {
        let row = order();
        let seed = [9; 32];
        let placed = Attempt::derive(&seed, &GENESIS, &row.offer, row.version, &row.buyer, 5);
        let found = Attempt::find(&seed, &GENESIS, &row, &placed.order).unwrap();
        assert_eq!(found.number, 5);
        assert_eq!(found.blind.blinded(), placed.blind.blinded());
        assert!(Attempt::find(&[8; 32], &GENESIS, &row, &placed.order).is_none());
        let beyond = Attempt::derive(&seed, &GENESIS, &row.offer, row.version, &row.buyer, MAX_ATTEMPTS);
        assert!(Attempt::find(&seed, &GENESIS, &row, &beyond.order).is_none());
    }

    #[test]
    fn an_offer_of_its_record_may_be_ordered() {
        assert_eq!(may_order(&offer(), &record(), Some(1_000)), Ok(()));
    }

    #[test]
    fn a_closed_frozen_or_halted_offer_is_not_ordered() {
        for (status, objection) in [
            (OfferStatus::Closed { bond_until: 9 }, Objection::Closed),
            (OfferStatus::Released, Objection::Closed),
            (OfferStatus::Frozen { at: 9 }, Objection::Frozen),
            (OfferStatus::Halted { bond_until: 9 }, Objection::Halted),
        ] {
            let other = OfferInfo { status, ..offer() };
            assert_eq!(may_order(&other, &record(), None), Err(objection));
        }
    }

    #[test]
    fn an_offer_of_a_withdrawn_record_is_not_ordered() {
        let withdrawn = RecordInfo {
            status: RecordStatus::Withdrawn { at: 3 },
            ..record()
        };
        assert_eq!(may_order(&offer(), &withdrawn, None), Err(Objection::Withdrawn));
    }

    #[test]
    fn an_offer_of_other_content_or_by_somebody_else_is_not_ordered() {
        let mut other = offer();
        other.content.bytes += 1;
        assert_eq!(
            may_order(&other, &record(), None),
            Err(Objection::Disagree("the content"))
        );
        let other = OfferInfo {
            seller: Account([99; 32]),
            ..offer()
        };
        assert_eq!(
            may_order(&other, &record(), None),
            Err(Objection::Disagree("the owner"))
        );
    }

    #[test]
    fn an_offer_above_the_buyers_limit_is_not_ordered() {
        assert_eq!(may_order(&offer(), &record(), Some(999)), Err(Objection::TooDear));
    }

    #[test]
    fn only_the_licence_that_the_offer_names_is_accepted() {
        let text = "Be kind.";
        let named = OfferInfo {
            licence: licence_hash(text.as_bytes()),
            ..offer()
        };
        assert_eq!(is_licence(&named, text), Ok(()));
        assert_eq!(is_licence(&named, "Be unkind."), Err(licence_hash(b"Be unkind.")));
    }

    #[test]
    fn what_is_needed_never_wraps() {
        assert_eq!(needed(100, 10, 3, 1), 114);
        assert_eq!(needed(u128::MAX, 10, 3, 1), u128::MAX);
    }
}
