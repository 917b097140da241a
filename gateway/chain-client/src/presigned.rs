//! Transactions that are signed first and handed over later, for measuring a chain: with
//! [`ChainClient::submit`](crate::ChainClient::submit) the signing and the waiting for finality would be measured too.

use crate::{
    call::Call,
    client::ChainClient,
    error::ChainError,
    signer::Signer,
    submit::Handed,
    transaction::{Circumstances, sign},
};

impl ChainClient {
    /// Signs each call for the number given with it and sends nothing. The account's next number is its
    /// [`nonce`](crate::AccountInfo::nonce) where nothing of it is under way.
    ///
    /// The transactions come in the order of the calls. They can be included in the 63 blocks after the block that is
    /// the latest finalised one now, and never afterwards.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`], and [`Incompatible`](ChainError::Incompatible).
    pub async fn presign(&self, calls: &[(Signer, Call, u64)]) -> Result<Vec<Vec<u8>>, ChainError> {
        let (runtime, circumstances) = self.circumstances().await?;
        calls
            .iter()
            .map(|(signer, call, nonce)| {
                let circumstances = Circumstances {
                    nonce: *nonce,
                    ..circumstances
                };
                sign(&runtime.metadata, signer, call, &circumstances)
            })
            .collect()
    }

    /// Hands a transaction to the node and does not wait for its inclusion. One that the node has already is taken.
    ///
    /// # Errors
    /// [`Rejected`](ChainError::Rejected) with the node's words when its pool does not take it, for instance because it
    /// is full; [`Unreachable`](ChainError::Unreachable).
    pub async fn push(&self, transaction: &[u8]) -> Result<(), ChainError> {
        taken(self.hand_over(transaction).await?)
    }
}

fn taken(handed: Handed) -> Result<(), ChainError> {
    match handed {
        Handed::Taken => Ok(()),
        Handed::NumberTaken(reason) | Handed::NoFunds(reason) | Handed::Refused(reason) => {
            Err(ChainError::Rejected { reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_pool_does_not_take_is_an_error_in_its_words() {
        assert!(taken(Handed::Taken).is_ok());
        for refused in [Handed::NumberTaken, Handed::NoFunds, Handed::Refused] {
            let answer = taken(refused("the pool's words".to_owned()));
            assert!(
                matches!(&answer, Err(ChainError::Rejected { reason }) if reason == "the pool's words"),
                "{answer:?}"
            );
        }
    }
}
