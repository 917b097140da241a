//! What became of a call: the events of its block, and what a dispatch error means.

use crate::error::ChainError;
use codec::{Decode, Encode};
use subxt_metadata::Metadata;
use vouchsafe_protocol::id::Account;

/// `sp_runtime::DispatchError` as far as its index and a module's error go; the rest has no field that matters here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DispatchError {
    Module { pallet: u8, error: u8 },
    Token(u8),
    Other(u8),
}

impl DispatchError {
    /// Reads the start of `bytes`, which may go on.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [3, pallet, error, ..] => Some(Self::Module {
                pallet: *pallet,
                error: *error,
            }),
            [7, token, ..] => Some(Self::Token(*token)),
            [index, ..] => Some(Self::Other(*index)),
            [] => None,
        }
    }

    /// The error in words, for a call of `signer`.
    pub fn explain(&self, metadata: &Metadata, signer: Account) -> ChainError {
        match *self {
            Self::Module { pallet, error } => module(metadata, pallet, error, signer),
            // FundsUnavailable, OnlyProvider, BelowMinimum: three ways of not having enough.
            Self::Token(token @ 0..=2) => ChainError::NoFunds {
                account: signer,
                reason: TOKEN[usize::from(token)].to_owned(),
            },
            Self::Token(token) => runtime(TOKEN.get(usize::from(token)).copied().unwrap_or("Token")),
            Self::Other(index) => runtime(RUNTIME.get(usize::from(index)).copied().unwrap_or("unknown")),
        }
    }
}

/// Names of `sp_runtime::TokenError`, in words where they are ours to say.
const TOKEN: [&str; 10] = [
    "its free balance is too small",
    "it would fall below the least balance that it has to keep",
    "the amount is below the least balance of an account",
    "CannotCreate",
    "UnknownAsset",
    "Frozen",
    "Unsupported",
    "CannotCreateHold",
    "NotExpendable",
    "Blocked",
];

/// Names of `sp_runtime::DispatchError`, in order.
const RUNTIME: [&str; 15] = [
    "Other",
    "CannotLookup",
    "BadOrigin",
    "Module",
    "ConsumerRemaining",
    "NoProviders",
    "TooManyConsumers",
    "Token",
    "Arithmetic",
    "Transactional",
    "Exhausted",
    "Corruption",
    "Unavailable",
    "RootNotAllowed",
    "Trie",
];

fn runtime(error: &str) -> ChainError {
    ChainError::Refused {
        pallet: "Runtime".to_owned(),
        error: error.to_owned(),
        doc: String::new(),
    }
}

fn module(metadata: &Metadata, pallet: u8, error: u8, signer: Account) -> ChainError {
    let Some(found) = metadata.pallet_by_error_index(pallet) else {
        return runtime(&format!("error {error} of pallet {pallet}"));
    };
    let Some(variant) = found.error_variant_by_index(error) else {
        return ChainError::Refused {
            pallet: found.name().to_owned(),
            error: format!("error {error}"),
            doc: String::new(),
        };
    };
    if found.name() == "Balances" && variant.name == "InsufficientBalance" {
        return ChainError::NoFunds {
            account: signer,
            reason: TOKEN[0].to_owned(),
        };
    }
    let doc = variant
        .docs
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty());
    ChainError::Refused {
        pallet: found.name().to_owned(),
        error: variant.name.clone(),
        doc: doc.collect::<Vec<_>>().join(" "),
    }
}

/// `TransactionPayment.TransactionFeePaid` as it is deposited.
#[derive(Encode, Decode)]
pub(crate) struct FeePaid {
    pub who: Account,
    pub actual_fee: u128,
    pub tip: u128,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modules_error_is_read_with_its_pallet_and_index() {
        // Followed by the three bytes of depth that modules may use, and by the dispatch info of the event.
        let bytes = [3, 21, 4, 0, 0, 0, 9, 9, 9];
        assert_eq!(
            DispatchError::read(&bytes),
            Some(DispatchError::Module { pallet: 21, error: 4 })
        );
    }

    #[test]
    fn a_token_error_and_an_index_are_read() {
        assert_eq!(DispatchError::read(&[7, 1]), Some(DispatchError::Token(1)));
        assert_eq!(DispatchError::read(&[2]), Some(DispatchError::Other(2)));
        assert_eq!(DispatchError::read(&[]), None);
    }
}
