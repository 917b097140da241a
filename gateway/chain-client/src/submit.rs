//! Signing a call, handing it to the node, and waiting until it is final.

use crate::{
    call::Call,
    client::{ChainClient, patiently, shown},
    dispatch::{DispatchError, FeePaid},
    error::ChainError,
    layout::Layout,
    signer::Signer,
    state::Receipt,
};
use codec::Decode;
use core::time::Duration;
use std::time::Instant;
use subxt::{
    client::OnlineClientAtBlock,
    config::{DefaultExtrinsicParamsBuilder, SubstrateConfig, substrate::AccountId32},
    events::Phase,
    rpcs::{self, UserError},
    transactions::DynamicPayload,
    utils::H256,
};
use tokio::time;
use vouchsafe_protocol::id::Account;

/// How many blocks a transaction may wait for its inclusion. A power of two; the era is then exact.
const LIFETIME: u32 = 64;
/// How long finality may stand still before the client stops waiting.
const STALL: Duration = Duration::from_secs(600);
/// After so many finalised blocks without it a transaction is handed over again: the node may have forgotten it.
const RESEND_AFTER: u32 = 4;
/// How often a transaction is signed anew because another one of the same account took its number.
const NUMBER_ATTEMPTS: u32 = 5;

/// A transaction that the node has taken.
struct Sent {
    bytes: Vec<u8>,
    /// The finalised block when it was signed, which is where its lifetime begins.
    born: u32,
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
        tracing::debug!(call = %what, signer = %shown(&signer.account()), until = sent.until(), "sent");
        let (block, height, index) = self.find(&sent, &what).await?;
        self.outcome(signer.account(), block, height, index).await
    }

    /// The fee that `call` would cost now, planck.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn estimate_fee(&self, signer: &Signer, call: &Call) -> Result<u128, ChainError> {
        let block = self.compatible_block().await?;
        let nonce = self.next_nonce(signer.account()).await?;
        let signed = sign(&block, signer, call, nonce)?;
        let signed = block.transactions().from_bytes(signed);
        patiently(&self.0.url, "a fee", signed.partial_fee_estimate()).await
    }

    async fn send(&self, signer: &Signer, call: &Call) -> Result<Sent, ChainError> {
        let _one_at_a_time = self.0.sending.lock().await;
        let mut refusal = String::new();
        for _ in 0..NUMBER_ATTEMPTS {
            let block = self.compatible_block().await?;
            let nonce = self.next_nonce(signer.account()).await?;
            let bytes = sign(&block, signer, call, nonce)?;
            let born = u32::try_from(block.block_number())
                .map_err(|error| ChainError::answer("the block's height", error))?;
            match self.hand_over(&bytes).await? {
                Handed::Taken => return Ok(Sent { bytes, born }),
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

    async fn hand_over(&self, bytes: &[u8]) -> Result<Handed, ChainError> {
        let request = "author_submitExtrinsic";
        // An answer lost with the connection may have been a yes: asking again then says "already imported".
        let answer = self
            .ask(request, || async {
                match self.0.rpc.author_submit_extrinsic(bytes).await {
                    Ok(_) => Ok(Handed::Taken),
                    Err(rpcs::Error::User(refusal)) => Ok(judge(&refusal)),
                    Err(error) => Err(error),
                }
            })
            .await?;
        Ok(answer)
    }

    /// Follows the finalised chain until the transaction is in it: its block, height and index.
    async fn find(&self, sent: &Sent, what: &str) -> Result<(H256, u32, u32), ChainError> {
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
    async fn search(&self, sent: &Sent, next: &mut u32) -> Result<Option<(H256, u32, u32)>, ChainError> {
        let head = self.finalised().await?;
        // A node that lost its last blocks in a crash finalises other ones in their place.
        *next = (*next).min(head.height.saturating_add(1));
        while *next <= head.height.min(sent.until()) {
            let height = *next;
            let hash = self
                .ask("chain_getBlockHash", || {
                    self.0.rpc.chain_get_block_hash(Some(u64::from(height).into()))
                })
                .await?
                .ok_or_else(|| ChainError::answer("chain_getBlockHash", format!("no block {height}")))?;
            let block = self
                .ask("chain_getBlock", || self.0.rpc.chain_get_block(Some(hash)))
                .await?
                .ok_or_else(|| ChainError::answer("chain_getBlock", format!("no body of block {height}")))?;
            let index = block
                .block
                .extrinsics
                .iter()
                .position(|extrinsic| extrinsic.0 == sent.bytes);
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

    /// What the events of a block say about one of its transactions.
    async fn outcome(
        &self,
        signer: Account,
        hash: H256,
        height: u32,
        index: u32,
    ) -> Result<Receipt, ChainError> {
        let request = "the events of the transaction's block";
        let unreadable = |error: &dyn std::fmt::Display| ChainError::answer(request, error.to_string());
        let block = loop {
            match patiently(&self.0.url, request, self.0.online.at_block(hash)).await {
                Ok(block) => break block,
                Err(error @ ChainError::Unreachable { .. }) => tracing::warn!(%error, "waiting for the node"),
                Err(error) => return Err(error),
            }
        };
        let events = loop {
            match patiently(&self.0.url, request, block.events().fetch()).await {
                Ok(events) => break events,
                Err(error @ ChainError::Unreachable { .. }) => tracing::warn!(%error, "waiting for the node"),
                Err(error) => return Err(error),
            }
        };
        let (mut fee, mut failure, mut succeeded) = (0, None, false);
        for event in events.iter() {
            let event = event.map_err(|error| unreadable(&error))?;
            if event.phase() != Phase::ApplyExtrinsic(index) {
                continue;
            }
            match (event.pallet_name(), event.event_name()) {
                ("System", "ExtrinsicSuccess") => succeeded = true,
                ("System", "ExtrinsicFailed") => failure = DispatchError::read(event.field_bytes()),
                ("TransactionPayment", "TransactionFeePaid") => {
                    let paid =
                        FeePaid::decode(&mut event.field_bytes()).map_err(|error| unreadable(&error))?;
                    fee = paid.actual_fee;
                }
                _ => {}
            }
        }
        match failure {
            Some(error) => Err(error.explain(block.metadata_ref(), signer)),
            None if succeeded => Ok(Receipt {
                height,
                block: hash.0,
                fee,
            }),
            None => Err(unreadable(
                &"the block says neither that it succeeded nor that it failed",
            )),
        }
    }

    /// The finalised block, its runtime compared with what this crate takes for granted.
    async fn compatible_block(&self) -> Result<OnlineClientAtBlock<SubstrateConfig>, ChainError> {
        let hash = self.finalised_hash().await?;
        let block = patiently(&self.0.url, "the finalised block", self.0.online.at_block(hash)).await?;
        let checked = self
            .0
            .layout
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .0;
        if block.spec_version() != checked {
            let layout = Layout::check(block.metadata_ref())?;
            *self
                .0
                .layout
                .write()
                .unwrap_or_else(|poisoned| poisoned.into_inner()) = (block.spec_version(), layout);
        }
        Ok(block)
    }

    /// The account's next number, counting what waits in the node's pool.
    async fn next_nonce(&self, account: Account) -> Result<u64, ChainError> {
        let account = AccountId32::from(account.0);
        self.ask("system_accountNextIndex", || {
            self.0.rpc.system_account_next_index(&account)
        })
        .await
    }
}

fn sign(
    block: &OnlineClientAtBlock<SubstrateConfig>,
    signer: &Signer,
    call: &Call,
    nonce: u64,
) -> Result<Vec<u8>, ChainError> {
    use subxt::config::transaction_extensions::Params as _;
    let mut params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
        .mortal(u64::from(LIFETIME))
        .nonce(nonce)
        .build();
    params.inject_block(block.block_number(), block.block_hash());
    let payload = DynamicPayload::from(call);
    let transactions = block.transactions();
    let mut signable = transactions
        .create_signable_offline(&payload, params)
        .map_err(|error| ChainError::Incompatible(error.to_string()))?;
    let signed = signable
        .sign(signer)
        .map_err(|error| ChainError::Incompatible(error.to_string()))?;
    Ok(signed.into_encoded())
}

/// What the node's pool said.
#[derive(Debug, PartialEq, Eq)]
enum Handed {
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
    use subxt::ext::jsonrpsee;

    fn refusal(code: i32, message: &str, data: Option<&str>) -> UserError {
        let data = data.map(|text| jsonrpsee::core::to_json_raw_value(&text).unwrap());
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
