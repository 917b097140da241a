//! `vouchsafe rate`: the one word of an order's buyer about it.

use crate::{
    failure::Failure,
    forget::waits_for,
    show::Show,
    trust::{percent, units},
};
use clap::ValueEnum;
use serde_json::json;
use vouchsafe_chain_client::{Call, ChainClient, OrderInfo, Ratable, Signer, ss58};
use vouchsafe_protocol::{
    id::{Account, OrderId},
    order::{Outcome, Stage, Standing},
    trust::{Modality, Role},
};

/// Whether an order was good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Word {
    /// It was what it was said to be; one would buy again.
    Good,
    /// It was not.
    Bad,
}

/// Whether `account` may rate `order` at height `now`, as the pallet will decide it.
///
/// # Errors
/// [`Failure::NotBuyer`], [`Failure::TooLateToRate`].
pub fn may_rate(order: OrderId, row: &Ratable, account: &Account, now: u32) -> Result<(), Failure> {
    if row.buyer != *account {
        return Err(Failure::NotBuyer {
            order,
            buyer: ss58::encode(&row.buyer),
            account: ss58::encode(account),
        });
    }
    // What is sent now is in the next block at the earliest.
    if now >= row.until {
        return Err(Failure::TooLateToRate {
            order,
            until: row.until,
            now,
        });
    }
    Ok(())
}

/// Why an order cannot be rated by `account`, of which the chain keeps this row and no right to rate.
pub fn why_not(
    order: OrderId,
    row: Option<&OrderInfo>,
    standing: Standing,
    account: &Account,
    now: u32,
) -> Failure {
    let Some(row) = row else {
        return Failure::NoOrder(order);
    };
    if row.buyer != *account {
        return Failure::NotBuyer {
            order,
            buyer: ss58::encode(&row.buyer),
            account: ss58::encode(account),
        };
    }
    let why = match (row.stage, row.stage.open(standing, now)) {
        (_, Some(open)) => format!("it has not settled: {}", waits_for(open, now)),
        (Stage::Closed(Outcome::Settled { .. }), None) => {
            "it was rated already, or the time to rate it has passed".to_owned()
        }
        (_, None) => "it was refunded, and only what was paid for is rated".to_owned(),
    };
    Failure::NotRatable { order, why }
}

/// Rates.
///
/// # Errors
/// [`Failure::NotBuyer`], [`Failure::TooLateToRate`], [`Failure::NotRatable`], [`Failure::NoOrder`]; see [`Failure`].
pub async fn run(
    show: Show,
    chain: &ChainClient,
    signer: &Signer,
    order: OrderId,
    word: Word,
) -> Result<(), Failure> {
    let (account, now) = (signer.account(), chain.finalised().await?.height);
    let Some(row) = chain.ratable(&order).await? else {
        let row = chain.order(&order).await?;
        let offer = match &row {
            Some(row) => chain.offer(&row.offer).await?,
            None => None,
        };
        let standing = offer.map_or(Standing::Sound, |offer| offer.status.standing());
        return Err(why_not(order, row.as_ref(), standing, &account, now));
    };
    may_rate(order, &row, &account, now)?;
    let good = word == Word::Good;
    let receipt = chain.submit(signer, Call::Rate { order, good }).await?;
    let trust = chain.trust(&row.seller, Role::Seller, Modality::Any).await?;
    let lines = [format!(
        "rated {} in block {}: it counts at most {} units; the seller's score is now {}",
        if good { "good" } else { "bad" },
        receipt.height,
        units(row.weight),
        percent(trust.headline.score)
    )];
    let json = json!({
        "order": order, "good": good, "seller": row.seller, "weight": row.weight.to_string(),
        "score": trust.headline.score, "fee": receipt.fee.to_string(), "height": receipt.height,
    });
    show.result(&json, &lines)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ORDER, order};
    use vouchsafe_protocol::delivery::Point;

    fn ratable() -> Ratable {
        Ratable {
            buyer: order().buyer,
            seller: order().seller,
            modality: Modality::Any,
            weight: 1,
            until: 30,
        }
    }

    #[test]
    fn its_buyer_may_rate_an_order_up_to_its_last_block() {
        let buyer = order().buyer;
        assert!(may_rate(ORDER, &ratable(), &buyer, 29).is_ok());
        let late = may_rate(ORDER, &ratable(), &buyer, 30).unwrap_err();
        assert!(matches!(late, Failure::TooLateToRate { until: 30, .. }), "{late}");
        let stranger = may_rate(ORDER, &ratable(), &Account([9; 32]), 5).unwrap_err();
        assert!(matches!(stranger, Failure::NotBuyer { .. }), "{stranger}");
    }

    #[test]
    fn what_cannot_be_rated_says_why() {
        let buyer = order().buyer;
        let at = |stage| OrderInfo { stage, ..order() };
        let why = |row: Option<&OrderInfo>| why_not(ORDER, row, Standing::Sound, &buyer, 5);
        assert!(matches!(why(None), Failure::NoOrder(_)));
        let evaluated = Point([1; 32]);
        for (stage, words) in [
            (Stage::Placed { deliver_by: 20 }, "has not settled"),
            (
                Stage::Delivered {
                    evaluated,
                    dispute_by: 20,
                },
                "up to block 20",
            ),
            (Stage::Closed(Outcome::Settled { evaluated }), "rated already"),
            (Stage::Closed(Outcome::Refunded), "was refunded"),
            (Stage::Closed(Outcome::Disputed), "was refunded"),
            (Stage::Closed(Outcome::Voided), "was refunded"),
        ] {
            let said = why(Some(&at(stage))).to_string();
            assert!(said.contains(words), "{words}: {said}");
        }
        let stranger = why_not(ORDER, Some(&order()), Standing::Sound, &Account([9; 32]), 5);
        assert!(matches!(stranger, Failure::NotBuyer { .. }), "{stranger}");
    }
}
