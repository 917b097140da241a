//! `vouchsafe forget`: takes the deposits of ended orders back, which removes the orders from the chain's state.
//!
//! What was delivered is then not on the chain any more, so it is written to the buyer's home first, and an order whose
//! files are not complete here is forgotten only when that is confirmed.

use crate::{
    amount,
    failure::Failure,
    receipts::{Receipt, Receipts, SCHEMA},
    show::Show,
};
use serde_json::json;
use vouchsafe_chain_client::{Call, ChainClient, OrderInfo, Signer, ss58};
use vouchsafe_protocol::{
    id::{Account, Digest, Genesis, OrderId},
    order::{Open, Outcome, Stage, Standing},
};

/// What to forget.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// One order; `None` is every ended order of the key.
    pub order: Option<OrderId>,
    /// Also orders whose files are not complete here, without asking.
    pub yes: bool,
}

/// Why an order cannot be forgotten now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Another account bought it.
    NotBuyer(Account),
    /// It has not ended; this is what it waits for.
    Open(Open),
}

/// Whether `account` may forget an order of an offer of this `standing` at height `now`, as the pallet will decide it.
///
/// # Errors
/// The first [`Objection`].
pub fn may_forget(row: &OrderInfo, standing: Standing, account: &Account, now: u32) -> Result<(), Objection> {
    if row.buyer != *account {
        return Err(Objection::NotBuyer(row.buyer));
    }
    row.stage
        .open(standing, now)
        .map_or(Ok(()), |open| Err(Objection::Open(open)))
}

/// What an open order waits for, in words.
pub(crate) fn waits_for(open: Open, now: u32) -> String {
    match open {
        Open::Deliver { until } => format!("the seller may deliver up to block {until} (now {now})"),
        Open::Expire => "its delivery is late; `vouchsafe buy` takes the price back".to_owned(),
        Open::Dispute { until } => format!("the price stays in escrow up to block {until} (now {now})"),
        Open::Settle => "the seller has not taken the price yet".to_owned(),
        Open::Void => "its seller was proven to cheat, or auditors found a fault; `vouchsafe dispute` takes the price back".to_owned(),
    }
}

/// An order that has ended, and what the home knows of it.
#[derive(Debug)]
struct Ended {
    id: OrderId,
    row: OrderInfo,
    receipt: Receipt,
    /// Why its files are not complete here; `None` for a refunded order, which has none.
    missing: Option<String>,
}

impl Ended {
    /// `known`: the home's receipt. Whatever it lacks is taken from the chain's row.
    fn new(id: OrderId, row: OrderInfo, genesis: Genesis, known: Option<Receipt>) -> Self {
        let delivered = row.stage.evaluated().map(|point| Digest(point.0));
        let mut receipt = known.unwrap_or_else(|| Receipt {
            schema: SCHEMA.to_owned(),
            genesis,
            offer: row.offer,
            order: id,
            price: row.price.to_string(),
            delivered,
            folder: None,
            files: Vec::new(),
        });
        receipt.delivered = delivered.or(receipt.delivered);
        let missing = delivered.and_then(|_| receipt.missing());
        Self {
            id,
            row,
            receipt,
            missing,
        }
    }

    fn files(&self) -> &'static str {
        match (&self.receipt.delivered, &self.missing) {
            (None, _) => "none",
            (Some(_), None) => "complete",
            (Some(_), Some(_)) => "incomplete",
        }
    }

    fn outcome(&self) -> &'static str {
        match self.row.stage {
            Stage::Closed(Outcome::Settled { .. }) => "settled",
            Stage::Closed(Outcome::Refunded) => "refunded",
            Stage::Closed(Outcome::Disputed) => "disputed",
            Stage::Closed(Outcome::Voided) => "voided",
            Stage::Placed { .. } | Stage::Delivered { .. } => "open",
        }
    }
}

/// Forgets. An order that was forgotten before is no failure, so the same command may be run again.
///
/// # Errors
/// [`Failure::NoOrder`], [`Failure::NotBuyer`], [`Failure::OrderOpen`]; [`Failure::FilesIncomplete`], before anything
/// is forgotten; see [`Failure`].
pub async fn run(
    show: Show,
    receipts: &Receipts,
    chain: &ChainClient,
    signer: &Signer,
    wish: Wish,
) -> Result<(), Failure> {
    let (ended, open) = match wish.order {
        Some(order) => (one(show, receipts, chain, signer, order).await?, Vec::new()),
        None => all(receipts, chain, signer).await?,
    };
    confirm(show, receipts, &ended, wish.yes)?;
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    let (mut freed, mut fees) = (0u128, 0u128);
    for order in &ended {
        // First the home, then the chain: interrupted in between, nothing is lost.
        receipts.keep(&order.receipt)?;
        let fee = forget(chain, signer, order.id).await?;
        freed = freed.saturating_add(order.row.deposit);
        fees = fees.saturating_add(fee);
        let (outcome, deposit) = (order.outcome(), order.row.deposit);
        lines.push(format!(
            "order {} ({outcome}): {} back",
            order.id,
            amount::show(deposit)
        ));
        rows.push(json!({
            "order": order.id, "offer": order.row.offer, "outcome": outcome, "files": order.files(),
            "deposit": deposit.to_string(), "fee": fee.to_string(),
        }));
    }
    if !open.is_empty() {
        lines.push(format!("{} open orders stay: they have not ended", open.len()));
    }
    lines.push(match ended.len() {
        0 => "nothing to forget".to_owned(),
        count => format!(
            "{count} forgotten: {} back, fees {}",
            amount::show(freed),
            amount::show(fees)
        ),
    });
    let json = json!({
        "forgotten": rows, "open": open, "freed": freed.to_string(), "fee": fees.to_string(),
        "receipts": receipts.folder(),
    });
    show.result(&json, &lines)?;
    Ok(())
}

/// The one order that is named, unless it was forgotten before.
async fn one(
    show: Show,
    receipts: &Receipts,
    chain: &ChainClient,
    signer: &Signer,
    order: OrderId,
) -> Result<Vec<Ended>, Failure> {
    let known = receipts.read(&order)?;
    let Some(row) = chain.order(&order).await? else {
        if known.is_none() {
            return Err(Failure::NoOrder(order));
        }
        show.note(format!("order {order} was forgotten before"));
        return Ok(Vec::new());
    };
    let (account, now) = (signer.account(), chain.finalised().await?.height);
    let offer = chain
        .offer(&row.offer)
        .await?
        .ok_or(Failure::NoOffer(row.offer))?;
    match may_forget(&row, offer.status.standing(), &account, now) {
        Ok(()) => Ok(vec![Ended::new(order, row, chain.genesis(), known)]),
        Err(Objection::NotBuyer(buyer)) => Err(Failure::NotBuyer {
            order,
            buyer: ss58::encode(&buyer),
            account: ss58::encode(&account),
        }),
        Err(Objection::Open(open)) => Err(Failure::OrderOpen {
            order,
            waits_for: waits_for(open, now),
        }),
    }
}

/// Every order of the key that has ended, and the ids of those that have not.
async fn all(
    receipts: &Receipts,
    chain: &ChainClient,
    signer: &Signer,
) -> Result<(Vec<Ended>, Vec<OrderId>), Failure> {
    let (account, now) = (signer.account(), chain.finalised().await?.height);
    let (mut ended, mut open) = (Vec::new(), Vec::new());
    for (order, row) in chain.orders_of(&account).await? {
        // Whether it has ended does not depend on the offer.
        match may_forget(&row, Standing::Sound, &account, now) {
            Ok(()) => ended.push(Ended::new(order, row, chain.genesis(), receipts.read(&order)?)),
            Err(_) => open.push(order),
        }
    }
    Ok((ended, open))
}

/// Goes on when no bought file is missing, or somebody says that it may be.
fn confirm(show: Show, receipts: &Receipts, ended: &[Ended], yes: bool) -> Result<(), Failure> {
    let incomplete: Vec<_> = ended
        .iter()
        .filter_map(|order| Some((order.id, order.missing.as_deref()?)))
        .collect();
    let Some((first, why)) = incomplete.first() else {
        return Ok(());
    };
    for (order, why) in &incomplete {
        show.note(format!("order {order}: {why}"));
    }
    show.note(format!(
        "Once an order is forgotten, its key is no longer in the chain's state: what opens the files is then only in \
         {:?}, together with your key",
        receipts.folder()
    ));
    if yes || show.ask("Forget all the same?")? == Some(true) {
        return Ok(());
    }
    Err(Failure::FilesIncomplete {
        order: *first,
        why: (*why).to_owned(),
        more: incomplete.len() - 1,
    })
}

/// Returns the fee. An order that is gone already, by another run of this command, is no failure.
async fn forget(chain: &ChainClient, signer: &Signer, order: OrderId) -> Result<u128, Failure> {
    match chain.submit(signer, Call::Forget { order }).await {
        Ok(receipt) => Ok(receipt.fee),
        Err(_) if chain.order(&order).await?.is_none() => Ok(0),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{GENESIS, ORDER, order};
    use vouchsafe_protocol::delivery::Point;

    const W: Point = Point([7; 32]);
    const SILENT: Show = Show { json: true };

    fn row(stage: Stage) -> OrderInfo {
        OrderInfo { stage, ..order() }
    }

    fn settled() -> OrderInfo {
        row(Stage::Closed(Outcome::Settled { evaluated: W }))
    }

    fn refunded() -> OrderInfo {
        row(Stage::Closed(Outcome::Refunded))
    }

    fn receipts() -> Receipts {
        Receipts::new("receipts".into())
    }

    #[test]
    fn an_order_that_has_ended_may_be_forgotten_by_its_buyer() {
        let over = |outcome| row(Stage::Closed(outcome));
        let (disputed, voided) = (over(Outcome::Disputed), over(Outcome::Voided));
        for ended in [settled(), refunded(), disputed, voided] {
            for standing in [Standing::Sound, Standing::Frozen] {
                assert_eq!(may_forget(&ended, standing, &order().buyer, 99), Ok(()));
            }
            let stranger = Account([99; 32]);
            assert_eq!(
                may_forget(&ended, Standing::Sound, &stranger, 99),
                Err(Objection::NotBuyer(order().buyer))
            );
        }
    }

    #[test]
    fn an_open_order_stays_and_says_what_it_waits_for() {
        let placed = row(Stage::Placed { deliver_by: 20 });
        let delivered = row(Stage::Delivered {
            evaluated: W,
            dispute_by: 30,
        });
        let (sound, frozen) = (Standing::Sound, Standing::Frozen);
        for (row, standing, now, waits) in [
            (&placed, sound, 20, "up to block 20 (now 20)"),
            (&placed, sound, 21, "vouchsafe buy"),
            (&delivered, sound, 30, "escrow up to block 30"),
            (&delivered, sound, 31, "the seller has not taken the price"),
            (&placed, frozen, 20, "vouchsafe dispute"),
            (&delivered, frozen, 31, "vouchsafe dispute"),
        ] {
            let Err(Objection::Open(open)) = may_forget(row, standing, &order().buyer, now) else {
                panic!("an open order must not be forgotten");
            };
            let said = waits_for(open, now);
            assert!(said.contains(waits), "{said}");
        }
    }

    #[test]
    fn what_was_delivered_is_in_the_receipt_whatever_the_home_knew() {
        let fresh = Ended::new(ORDER, settled(), GENESIS, None);
        assert_eq!(fresh.receipt.evaluated(), Some(W));
        assert_eq!((fresh.files(), fresh.outcome()), ("incomplete", "settled"));
        let known = Receipt {
            delivered: None,
            price: "5".to_owned(),
            ..fresh.receipt
        };
        let again = Ended::new(ORDER, settled(), GENESIS, Some(known));
        assert_eq!(again.receipt.evaluated(), Some(W));
        assert_eq!(again.receipt.price, "5", "the rest is as it was");
    }

    #[test]
    fn a_refunded_order_has_no_files_to_lose() {
        let order = Ended::new(ORDER, refunded(), GENESIS, None);
        assert_eq!((order.files(), order.outcome()), ("none", "refunded"));
        assert!(confirm(SILENT, &receipts(), &[order], false).is_ok());
    }

    #[test]
    fn files_that_are_not_complete_here_need_a_yes() {
        let ended = [
            Ended::new(ORDER, settled(), GENESIS, None),
            Ended::new(OrderId([13; 32]), settled(), GENESIS, None),
        ];
        let failure = confirm(SILENT, &receipts(), &ended, false).unwrap_err();
        assert_eq!(failure.exit_status(), 12);
        let said = failure.to_string();
        assert!(
            said.contains(&ORDER.to_string()) && said.contains("1 more"),
            "{said}"
        );
        assert!(
            said.contains("nothing was forgotten") && said.contains("--yes"),
            "{said}"
        );
        assert!(confirm(SILENT, &receipts(), &ended, true).is_ok());
    }

    #[test]
    fn files_that_are_complete_need_none() {
        let out = tempfile::tempdir().unwrap();
        let kept = Receipt {
            folder: Some(out.path().to_owned()),
            ..Ended::new(ORDER, settled(), GENESIS, None).receipt
        };
        let order = Ended::new(ORDER, settled(), GENESIS, Some(kept));
        assert_eq!(order.files(), "complete");
        assert!(confirm(SILENT, &receipts(), &[order], false).is_ok());
    }
}
