//! What the chain makes of the evidence about accounts: scores, what faking them costs, and what sellers owe.

use crate::{
    client::ChainClient,
    error::ChainError,
    layout::{check_value, differs},
};
use codec::{Decode, Encode};
use subxt_metadata::Metadata;
use vouchsafe_protocol::{
    id::{Account, OrderId},
    trust::{Amount, Headline, Modality, OutOfReach, Price, Role, Standing},
};

const API: &str = "TrustApi";

/// How much an account can be trusted in a role, with what it takes to compute that again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Trust {
    /// The score.
    pub headline: Headline,
    /// The evidence, decayed to `at`.
    pub standing: Standing,
    /// Of a gateway the two facets of which `standing` shows the weaker; of others `content` and nothing.
    pub content: Amount,
    /// See `content`.
    pub privacy: Amount,
    /// Serious faults in all facets, Q32.32, decayed.
    pub strikes: u64,
    /// Settled orders, of sellers.
    pub settled: u32,
    /// Those of them that were rated.
    pub rated: u32,
    /// Prices of orders that have not ended, planck.
    pub open: u128,
    /// A quarter of what was settled, decayed: what may be open beyond the bonds, planck.
    pub exposure: u128,
    /// Height of the oldest evidence; `at` without any.
    pub since: u32,
    /// Version of the parameters.
    pub parameters: u16,
    /// Version of the formula.
    pub formula: u16,
    /// The height that all of this is for.
    pub at: u32,
}

/// What it would cost an account to fake a score.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Quote {
    /// What is burned, or why no purchase reaches the score.
    pub price: Result<Price, OutOfReach>,
    /// Version of the parameters.
    pub parameters: u16,
    /// Version of the formula.
    pub formula: u16,
    /// The height that all of this is for.
    pub at: u32,
}

/// What a seller has to put on hold, and what the seller's bonds and past allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Dues {
    /// The least bond with which the seller may make an offer at the price, or revise one to it, planck.
    pub bond: u128,
    /// What further orders of the seller may cost together, planck.
    pub room: u128,
    /// The score that the bond follows from, basis points.
    pub score: u16,
    /// Version of the parameters.
    pub parameters: u16,
    /// Version of the formula.
    pub formula: u16,
    /// The height that all of this is for.
    pub at: u32,
}

/// A settled order that its buyer may still rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ratable {
    /// Who may rate.
    pub buyer: Account,
    /// Who is rated.
    pub seller: Account,
    /// The kind of data.
    pub modality: Modality,
    /// What the order burned, units in Q32.32.
    pub weight: u64,
    /// The last height at which it may be rated.
    pub until: u32,
}

impl ChainClient {
    /// The score of an account in a role and a kind of data; [`Modality::Any`] means all kinds together. An account of
    /// which nothing is known has one too.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn trust(
        &self,
        account: &Account,
        role: Role,
        modality: Modality,
    ) -> Result<Trust, ChainError> {
        let arguments = (account, role, modality).encode();
        let at = self.finalised_hash().await?;
        self.ask_runtime("TrustApi_trust", &arguments, at).await
    }

    /// What it would cost the account to reach `target` basis points by buying from itself.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn price_of(
        &self,
        account: &Account,
        role: Role,
        modality: Modality,
        target: u16,
    ) -> Result<Quote, ChainError> {
        let arguments = (account, role, modality, target).encode();
        let at = self.finalised_hash().await?;
        self.ask_runtime("TrustApi_price_of", &arguments, at).await
    }

    /// What the seller's next offer at `price` planck must have on hold, and how much of the seller's orders may be open
    /// beside those that are.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn dues(&self, seller: &Account, price: u128) -> Result<Dues, ChainError> {
        let arguments = (seller, price).encode();
        let at = self.finalised_hash().await?;
        self.ask_runtime("TrustApi_dues", &arguments, at).await
    }

    /// The height since which an account may audit; `None` if it may not.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn auditor_since(&self, account: &Account) -> Result<Option<u32>, ChainError> {
        self.read("an auditor", |layout| &layout.auditors, &[account.as_ref()])
            .await
    }

    /// A settled order that was not rated; gone once it was, or once its time was over and somebody swept it.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn ratable(&self, order: &OrderId) -> Result<Option<Ratable>, ChainError> {
        self.read("an order to rate", |l| &l.ratable, &[order.as_ref()])
            .await
    }
}

/// Compares the questions and answers above with those of the runtime.
///
/// # Errors
/// [`ChainError::Incompatible`], naming the first difference.
pub(crate) fn check(metadata: &Metadata) -> Result<(), ChainError> {
    let (account, role, modality) = (Account([1; 32]), Role::Gateway, Modality::Image);
    check_method(
        metadata,
        "trust",
        &[
            ("account", account.encode()),
            ("role", role.encode()),
            ("modality", modality.encode()),
        ],
        &[
            "headline",
            "standing",
            "content",
            "privacy",
            "strikes",
            "settled",
            "rated",
            "open",
            "exposure",
            "since",
            "parameters",
            "formula",
            "at",
        ],
        &[sample_trust().encode()],
    )?;
    check_method(
        metadata,
        "price_of",
        &[
            ("account", account.encode()),
            ("role", role.encode()),
            ("modality", modality.encode()),
            ("target", 8_000u16.encode()),
        ],
        &["price", "parameters", "formula", "at"],
        &[
            Ok(sample_price()),
            Err(OutOfReach::AboveAudits),
            Err(OutOfReach::AboveCap),
        ]
        .map(|price| {
            let (parameters, formula, at) = (1, 2, 3);
            let quote = Quote {
                price,
                parameters,
                formula,
                at,
            };
            quote.encode()
        }),
    )?;
    check_method(
        metadata,
        "dues",
        &[("seller", account.encode()), ("price", 1u128.encode())],
        &["bond", "room", "score", "parameters", "formula", "at"],
        &[Dues {
            bond: 1,
            room: 2,
            score: 3,
            parameters: 4,
            formula: 5,
            at: 6,
        }
        .encode()],
    )
}

/// Compares a method's arguments, by name and by one value each, and its answer, by its fields and by `samples`.
fn check_method(
    metadata: &Metadata,
    name: &str,
    arguments: &[(&str, Vec<u8>)],
    fields: &[&str],
    samples: &[Vec<u8>],
) -> Result<(), ChainError> {
    let path = format!("{API}.{name}");
    let found = metadata
        .runtime_api_trait_by_name(API)
        .and_then(|api| api.method_by_name(name))
        .ok_or_else(|| differs(format!("it does not answer {path}")))?;
    let takes: Vec<&str> = found.inputs().map(|input| input.name.as_ref()).collect();
    let expected: Vec<&str> = arguments.iter().map(|(argument, _)| *argument).collect();
    if takes != expected {
        return Err(differs(format!(
            "{path} takes ({}), expected ({})",
            takes.join(", "),
            expected.join(", ")
        )));
    }
    for (input, (argument, value)) in found.inputs().zip(arguments) {
        let argument = format!("{path}, argument {argument}");
        check_value(metadata, &argument, input.id, &[], core::slice::from_ref(value))?;
    }
    check_value(metadata, &path, found.output_ty(), fields, samples)
}

fn sample_trust() -> Trust {
    let amount = Amount { r: 1, s: 2 };
    Trust {
        headline: Headline {
            score: 1,
            low: 2,
            high: 3,
            middle: 4,
            expectation: 5,
            uncertainty: 6,
            known: true,
            flagged: false,
        },
        standing: Standing {
            audits: amount,
            opinions: amount,
            deliveries: amount,
            frozen: true,
        },
        content: amount,
        privacy: amount,
        strikes: 7,
        settled: 8,
        rated: 9,
        open: 10,
        exposure: 11,
        since: 12,
        parameters: 13,
        formula: 14,
        at: 15,
    }
}

fn sample_price() -> Price {
    Price {
        missing: 1,
        weight: 2,
        burned: 3,
        orders: 4,
        accounts: 5,
        upkeep: 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Metadata {
        Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap()
    }

    #[test]
    fn the_runtime_answers_as_it_is_understood_here() {
        check(&metadata()).unwrap();
    }

    #[test]
    fn a_missing_question_other_arguments_and_other_answers_are_named() {
        let metadata = metadata();
        let (seller, price) = (("seller", vec![1; 32]), ("price", vec![1; 16]));
        let fields = ["bond", "room", "score", "parameters", "formula", "at"];
        let said = |name: &str, arguments: &[(&str, Vec<u8>)], fields: &[&str], len: usize| {
            let found = check_method(&metadata, name, arguments, fields, &[vec![0; len]]);
            found.map_err(|error| error.to_string())
        };
        let both = [seller.clone(), price.clone()];
        assert_eq!(said("dues", &both, &fields, 42), Ok(()));
        for (found, wanted) in [
            (said("nonsense", &[], &[], 0), "does not answer TrustApi.nonsense"),
            (
                said("dues", &[price.clone(), seller.clone()], &fields, 42),
                "takes (seller, price)",
            ),
            (
                said("dues", &[seller, ("price", vec![1; 8])], &fields, 42),
                "argument price",
            ),
            (said("dues", &both, &["bond"], 42), "holds (bond, room"),
            (said("dues", &both, &fields, 43), "1 bytes shorter than expected"),
        ] {
            let said = found.unwrap_err();
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
    }
}
