//! Filing a proof of misbehaviour.

use crate::{
    call::Call,
    client::ChainClient,
    error::ChainError,
    state::Receipt,
    submit::{Handed, Sent},
    transaction::general,
};
use vouchsafe_protocol::{
    id::{Account, OrderId},
    misbehaviour::Evidence,
    order::{Outcome, Stage},
};

/// The reasons of the marketplace's `DisputeRefusal`, from number 1 on.
const REASONS: [&str; 9] = [
    "there is no such order",
    "the order was not delivered, or has ended",
    "the quiet window has passed",
    "the offer is frozen already: ask for the refund",
    "the content has no such chunk",
    "the leaf is not at its place under the offer's root",
    "the blind is not the one of this order",
    "the bytes are not those that the leaf commits to",
    "the chunk opens to exactly what the offer promised",
];

impl ChainClient {
    /// Files `evidence` against the seller of `order` and waits until it is **finalised**. Needs no account and costs
    /// no fee: what authorises the transaction is the proof in it.
    ///
    /// From the moment of filing everybody can read the evidence, and with its blind the whole content of the offer.
    /// So it is checked first with [`verify`](vouchsafe_protocol::misbehaviour::verify), as
    /// [`Evidence::build`] does. `None` when another copy of the same evidence was faster.
    ///
    /// # Errors
    /// [`Rejected`](ChainError::Rejected) with the reason when the chain is not convinced: nothing was published beyond
    /// the node that was asked. Else as [`ChainClient::submit`].
    pub async fn dispute(&self, order: OrderId, evidence: Evidence) -> Result<Option<Receipt>, ChainError> {
        let evidence = Box::new(evidence);
        let sent = self.unsigned(&Call::Dispute { order, evidence }).await?;
        match self.hand_over(&sent.bytes).await? {
            // The pool holds one dispute per order: ours waits behind an equal one.
            Handed::Taken | Handed::NumberTaken(_) => {}
            Handed::NoFunds(reason) | Handed::Refused(reason) if self.is_disputed(order).await? => {
                tracing::debug!(%order, %reason, "somebody else filed it first");
                return Ok(None);
            }
            Handed::NoFunds(reason) | Handed::Refused(reason) => {
                return Err(ChainError::Rejected {
                    reason: explain(&reason),
                });
            }
        }
        match self.find(&sent, "Marketplace.dispute").await {
            Ok((block, height, index)) => {
                let nobody = Account::default();
                self.outcome(nobody, block, height, index).await.map(Some)
            }
            Err(ChainError::Dropped { .. }) if self.is_disputed(order).await? => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn unsigned(&self, call: &Call) -> Result<Sent, ChainError> {
        let (runtime, circumstances) = self.circumstances().await?;
        let bytes = general(&runtime.metadata, call, &circumstances)?;
        Ok(Sent {
            bytes,
            born: circumstances.born,
        })
    }

    async fn is_disputed(&self, order: OrderId) -> Result<bool, ChainError> {
        let stage = self.order(&order).await?.map(|row| row.stage);
        Ok(matches!(
            stage,
            Some(Stage::Closed(Outcome::Disputed | Outcome::Voided))
        ))
    }
}

/// Puts the runtime's number into words.
fn explain(reason: &str) -> String {
    let number = reason
        .rsplit_once("Custom error: ")
        .and_then(|(_, number)| number.trim().parse::<usize>().ok());
    match number.and_then(|number| REASONS.get(number.checked_sub(1)?)) {
        Some(words) => format!("the evidence convicts nobody: {words}"),
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_numbers_are_put_into_words() {
        let said = |number: u8| explain(&format!("Invalid Transaction: Custom error: {number}"));
        assert_eq!(said(1), "the evidence convicts nobody: there is no such order");
        assert_eq!(
            said(9),
            "the evidence convicts nobody: the chunk opens to exactly what the offer promised"
        );
        assert_eq!(said(0), "Invalid Transaction: Custom error: 0");
        assert_eq!(said(10), "Invalid Transaction: Custom error: 10");
        assert_eq!(explain("Pool is full"), "Pool is full");
    }
}
