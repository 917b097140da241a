//! Signing a call, handing it to the node, and waiting until it is final.

use crate::{
    call::Call,
    client::{ChainClient, Runtime, decode},
    error::ChainError,
    events,
    rpc::{BlockHash, PoolAnswer},
    signer::Signer,
    ss58,
    state::Receipt,
    storage_key::Entry,
    transaction::{Circumstances, LIFETIME, sign},
};
use codec::{Compact, Encode};
use core::time::Duration;
use std::{sync::Arc, time::Instant};
use subxt_rpcs::UserError;
use tokio::time;
use vouchsafe_protocol::id::Account;

/// How long finality may stand still before the client stops waiting.
const STALL: Duration = Duration::from_secs(600);
/// After so many finalised blocks without it a transaction is handed over again: the node may have forgotten it.
const RESEND_AFTER: u32 = 4;
/// How often a transaction is signed anew because another one of the same account took its number.
const NUMBER_ATTEMPTS: u32 = 5;

/// A transaction that the node has taken.
pub(crate) struct Sent {
    pub bytes: Vec<u8>,
    /// The finalised block when it was signed, which is where its lifetime begins.
    pub born: u32,
}

impl Sent {
    /// The last block in which it can be included: an era ends before the block at its full length.
    fn until(&self) -> u32 {
        self.born.saturating_add(LIFETIME - 1)
    }
}

impl ChainClient {
    /// Signs `call`, sends it and waits until it is in a **finalised** block.
    ///
    /// It survives a restart of the node: the transaction is handed over again until its lifetime of 64 blocks has
    /// passed. Several calls of one account may be under way at once.
    ///
    /// # Errors
    /// - [`Refused`](ChainError::Refused), [`NoFunds`](ChainError::NoFunds): the chain's answer, final; the fee is spent
    ///   in the first case and may be in the second.
    /// - [`Rejected`](ChainError::Rejected): the node did not take the transaction; nothing was sent.
    /// - [`Dropped`](ChainError::Dropped): it was not included in its lifetime and never will be.
    /// - [`Timeout`](ChainError::Timeout): finality stood still for ten minutes; it may still be included.
    /// - those of a read, before anything was sent.
    pub async fn submit(&self, signer: &Signer, call: Call) -> Result<Receipt, ChainError> {
        let what = format!("{}.{}", call.pallet(), call.name());
        let sent = self.send(signer, &call).await?;
        tracing::debug!(call = %what, signer = %ss58::encode(&signer.account()), until = sent.until(), "sent");
        let (block, height, index) = self.find(&sent, &what).await?;
        self.outcome(signer.account(), block, height, index).await
    }

    /// The fee that `call` would cost now, planck.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn estimate_fee(&self, signer: &Signer, call: &Call) -> Result<u128, ChainError> {
        let sent = self.signed(signer, call).await?;
        let at = self.finalised_hash().await?;
        let length = u32::try_from(sent.bytes.len()).map_err(|error| ChainError::answer("a fee", error))?;
        let arguments = [sent.bytes, length.encode()].concat();
        let answer = self
            .0
            .node
            .call("TransactionPaymentApi_query_info", &arguments, at)
            .await?;
        // Weight (time, proof size), class of the call, fee.
        let (_, _, _, fee): (Compact<u64>, Compact<u64>, u8, u128) = decode("a fee", &answer)?;
        Ok(fee)
    }

    /// The runtime, and what a transaction that is made now covers besides its call; its account's number, here 0, is
    /// up to the caller.
    pub(crate) async fn circumstances(&self) -> Result<(Arc<Runtime>, Circumstances), ChainError> {
        let at = self.finalised_hash().await?;
        let runtime = self.runtime_at(at).await?;
        let circumstances = Circumstances {
            genesis: self.genesis(),
            version: runtime.version,
            born: self.0.node.height(at).await?,
            born_hash: at.0,
            nonce: 0,
        };
        Ok((runtime, circumstances))
    }

    /// Signs for the account's next number.
    async fn signed(&self, signer: &Signer, call: &Call) -> Result<Sent, ChainError> {
        let (runtime, circumstances) = self.circumstances().await?;
        let circumstances = Circumstances {
            nonce: self.0.node.next_nonce(&ss58::encode(&signer.account())).await?,
            ..circumstances
        };
        let bytes = sign(&runtime.metadata, signer, call, &circumstances)?;
        Ok(Sent {
            bytes,
            born: circumstances.born,
        })
    }

    async fn send(&self, signer: &Signer, call: &Call) -> Result<Sent, ChainError> {
        let _one_at_a_time = self.0.sending.lock().await;
        let mut refusal = String::new();
        for _ in 0..NUMBER_ATTEMPTS {
            let sent = self.signed(signer, call).await?;
            match self.hand_over(&sent.bytes).await? {
                Handed::Taken => return Ok(sent),
                Handed::NumberTaken(reason) => {
                    refusal = reason;
                    time::sleep(self.poll_interval()).await;
                }
                Handed::NoFunds(reason) => {
                    return Err(ChainError::NoFunds {
                        account: signer.account(),
                        reason,
                    });
                }
                Handed::Refused(reason) => return Err(ChainError::Rejected { reason }),
            }
        }
        Err(ChainError::Rejected { reason: refusal })
    }

    /// Hands a transaction over. An answer that was lost with the connection may have been a yes: asked again, the node
    /// then says that it has the transaction already.
    pub(crate) async fn hand_over(&self, bytes: &[u8]) -> Result<Handed, ChainError> {
        Ok(match self.0.node.submit(bytes).await? {
            PoolAnswer::Taken => Handed::Taken,
            PoolAnswer::Refused(refusal) => judge(&refusal),
        })
    }

    /// Follows the finalised chain until the transaction is in it: its block, height and index.
    pub(crate) async fn find(&self, sent: &Sent, what: &str) -> Result<(BlockHash, u32, u32), ChainError> {
        let mut next = sent.born.saturating_add(1);
        let mut resend_at = sent.born.saturating_add(RESEND_AFTER);
        let mut moved = Instant::now();
        loop {
            match self.search(sent, &mut next).await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) if next > sent.until() => return Err(ChainError::Dropped { until: sent.until() }),
                Ok(None) => {}
                // The node is away or answers nonsense while it starts: the transaction's fate is open until its
                // lifetime has passed, so waiting is all there is.
                Err(error) if error.is_retryable() => {
                    tracing::warn!(call = %what, %error, "waiting for the node")
                }
                Err(error) => return Err(error),
            }
            if next > resend_at {
                resend_at = next.saturating_add(RESEND_AFTER);
                moved = Instant::now();
                if let Err(error) = self.hand_over(&sent.bytes).await {
                    tracing::debug!(call = %what, %error, "handing over again");
                }
            }
            if moved.elapsed() > STALL {
                return Err(ChainError::Timeout {
                    what: what.to_owned(),
                    seconds: STALL.as_secs(),
                });
            }
            time::sleep(self.poll_interval()).await;
        }
    }

    /// Looks through the finalised blocks from `next` on, up to the end of the transaction's life.
    async fn search(&self, sent: &Sent, next: &mut u32) -> Result<Option<(BlockHash, u32, u32)>, ChainError> {
        let head = self.finalised().await?;
        // A node that lost its last blocks in a crash finalises other ones in their place.
        *next = (*next).min(head.height.saturating_add(1));
        while *next <= head.height.min(sent.until()) {
            let height = *next;
            let node = &self.0.node;
            let missing = || ChainError::answer("chain_getBlockHash", format!("it has no block {height}"));
            let hash = node.block_hash(height).await?.ok_or_else(missing)?;
            let index = node
                .extrinsics(hash)
                .await?
                .iter()
                .position(|extrinsic| *extrinsic == sent.bytes);
            if let Some(index) = index.and_then(|index| u32::try_from(index).ok()) {
                return Ok(Some((hash, height, index)));
            }
            *next = height.saturating_add(1);
        }
        if head.height > sent.until() {
            *next = sent.until().saturating_add(1);
        }
        Ok(None)
    }

    /// What the events of a block say about one of its transactions. The answer is final, so a node that is away is
    /// waited for.
    pub(crate) async fn outcome(
        &self,
        signer: Account,
        block: BlockHash,
        height: u32,
        index: u32,
    ) -> Result<Receipt, ChainError> {
        let started = Instant::now();
        let (runtime, events) = loop {
            match self.events_of(block).await {
                Ok(found) => break found,
                Err(error @ ChainError::Unreachable { .. }) if started.elapsed() < STALL => {
                    tracing::warn!(%error, "waiting for the node");
                }
                Err(error) => return Err(error),
            }
        };
        let request = "the events of the transaction's block";
        let said = events::outcome(&runtime.metadata, &events, index)
            .map_err(|error| ChainError::answer(request, error))?;
        match said.failure {
            Some(error) => Err(error.explain(&runtime.metadata, signer)),
            None if said.succeeded => Ok(Receipt {
                height,
                block: block.0,
                fee: said.fee,
                compensation: said.compensation,
            }),
            None => Err(ChainError::answer(
                request,
                "they say neither that it succeeded nor that it failed",
            )),
        }
    }

    async fn events_of(&self, block: BlockHash) -> Result<(Arc<Runtime>, Vec<u8>), ChainError> {
        let runtime = self.runtime_at(block).await?;
        let key = Entry::new("System", "Events", Vec::new()).key(&[]);
        Ok((
            runtime,
            self.0.node.storage(&key, block).await?.unwrap_or_default(),
        ))
    }
}

/// What the node's pool said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Handed {
    Taken,
    /// Another transaction of the account has this number: sign anew.
    NumberTaken(String),
    NoFunds(String),
    Refused(String),
}

/// Reads the pool's error codes (`sc_rpc_api::author::error`).
fn judge(refusal: &UserError) -> Handed {
    const INVALID: i32 = 1010;
    const ALREADY_IMPORTED: i32 = 1013;
    const TOO_LOW_PRIORITY: i32 = 1014;
    let detail = refusal
        .data
        .as_ref()
        .map(|raw| raw.get().trim_matches('"').to_owned())
        .unwrap_or_default();
    let said = if detail.is_empty() {
        refusal.message.clone()
    } else {
        format!("{}: {detail}", refusal.message)
    };
    match refusal.code {
        ALREADY_IMPORTED => Handed::Taken,
        TOO_LOW_PRIORITY => Handed::NumberTaken(said),
        INVALID if detail.contains("outdated") => Handed::NumberTaken(said),
        INVALID if detail.contains("pay some fees") => {
            Handed::NoFunds("its balance does not cover the fee".to_owned())
        }
        _ => Handed::Refused(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: i32, message: &str, data: Option<&str>) -> UserError {
        let data = data.map(|text| serde_json::value::to_raw_value(text).unwrap());
        UserError {
            code,
            message: message.to_owned(),
            data,
        }
    }

    #[test]
    fn an_account_without_money_for_the_fee_is_told_so() {
        let said = refusal(
            1010,
            "Invalid Transaction",
            Some("Inability to pay some fees (e.g. account balance too low)"),
        );
        assert!(matches!(judge(&said), Handed::NoFunds(_)), "{:?}", judge(&said));
    }

    #[test]
    fn a_number_that_was_used_meanwhile_means_signing_anew() {
        let stale = refusal(1010, "Invalid Transaction", Some("Transaction is outdated"));
        assert!(matches!(judge(&stale), Handed::NumberTaken(_)));
        let priority = refusal(1014, "Priority is too low", Some("(1 vs 1)"));
        assert!(matches!(judge(&priority), Handed::NumberTaken(_)));
    }

    #[test]
    fn a_transaction_that_the_node_already_has_counts_as_taken() {
        assert_eq!(
            judge(&refusal(1013, "Transaction Already Imported", None)),
            Handed::Taken
        );
    }

    #[test]
    fn any_other_refusal_is_passed_on_in_the_nodes_words() {
        let bad = refusal(
            1010,
            "Invalid Transaction",
            Some("Transaction has a bad signature"),
        );
        let expected = "Invalid Transaction: Transaction has a bad signature".to_owned();
        assert_eq!(judge(&bad), Handed::Refused(expected));
    }
}
