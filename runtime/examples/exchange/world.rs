//! A chain of the real runtime, run natively: signed transactions in, with their signatures, nonces and fees.
//!
//! What is left out is consensus. Heights are jumped to, the hooks of a block's beginning and end do not run (no pallet
//! of ours has any that moves money), and without an author the fees are burned, as the runtime then does.

use crate::people::{Cast, Person};
use codec::Encode as _;
use frame_support::{storage::with_transaction_unchecked, traits::GetCallMetadata};
use pallet_transaction_payment::Event::TransactionFeePaid;
use sp_genesis_builder::PresetId;
use sp_io::TestExternalities;
use sp_runtime::{
    BuildStorage, DispatchError, Storage, TransactionOutcome,
    generic::Era,
    transaction_validity::{InvalidTransaction, TransactionValidityError},
};
use std::{collections::BTreeMap, fmt};
use vouchsafe_protocol::{id::OrderId, misbehaviour::Evidence};
use vouchsafe_runtime::{
    AccountId, Address, Balance, Balances, Executive, Hash, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeGenesisConfig, SignedPayload, System, TxExtension, UncheckedExtrinsic, genesis,
};

/// The simulation found something that must never be.
#[derive(Debug)]
pub struct Breach(pub String);

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A result, or why the simulation has failed.
pub type Checked<T = ()> = Result<T, Breach>;

/// A breach, unless `holds`.
pub fn ensure(holds: bool, breach: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Breach(breach())) }
}

/// Why the chain did not do what a transaction asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was included and paid for, and its call failed with this error.
    Call(&'static str),
    /// It was never included.
    Invalid(TransactionValidityError),
}

/// One chain.
#[derive(Default)]
pub struct World {
    fees: BTreeMap<AccountId, Balance>,
    burned: Balance,
    tariff: BTreeMap<&'static str, Balance>,
    count: u64,
}

impl World {
    /// The state that every chain starts from: the development genesis, with the cast endowed like its accounts.
    pub fn genesis(cast: &Cast) -> Checked<Storage> {
        let broken = |what: &str| Breach(format!("the development genesis does not build: {what}"));
        let preset =
            genesis::preset_json(&PresetId::from("development")).ok_or_else(|| broken("no preset"))?;
        let mut whole = serde_json::to_value(RuntimeGenesisConfig::default())
            .map_err(|error| broken(&error.to_string()))?;
        let preset: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&preset).map_err(|error| broken(&error.to_string()))?;
        for (pallet, values) in preset {
            for (key, value) in values.as_object().into_iter().flatten() {
                whole[&pallet][key] = value.clone();
            }
        }
        let mut config: RuntimeGenesisConfig =
            serde_json::from_value(whole).map_err(|error| broken(&error.to_string()))?;
        let endowed = cast
            .all()
            .map(|person| (person.account.clone(), genesis::ENDOWMENT));
        config.balances.balances.extend(endowed);
        config.build_storage().map_err(|error| broken(&error))
    }

    /// Starts a chain of its own genesis hash at block 1 and lets `play` play on it.
    pub fn start<T>(storage: Storage, hash: [u8; 32], play: impl FnOnce(&mut Self) -> T) -> T {
        TestExternalities::new(storage).execute_with(|| {
            System::initialize(&1, &Hash::from(hash), &Default::default());
            play(&mut Self::default())
        })
    }

    /// The height of the block being built.
    pub fn height(&self) -> u32 {
        System::block_number()
    }

    /// Builds a block at `height`, unless the chain is there already.
    pub fn go_to(&self, height: u32) {
        if height > self.height() {
            System::set_block_number(height - 1);
            let parent = Hash::from_low_u64_be(u64::from(height));
            System::initialize(&height, &parent, &Default::default());
        }
    }

    /// Builds the next block.
    pub fn next_block(&self) {
        self.go_to(self.height() + 1);
    }

    /// A number that was not given out before.
    pub fn fresh(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Sends a signed transaction, in the next block where this one is full.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn send(&mut self, by: &Person, call: impl Into<RuntimeCall>) -> Result<(), Refusal> {
        let call = call.into();
        let name = call.get_call_metadata().function_name;
        let full = Refusal::Invalid(InvalidTransaction::ExhaustsResources.into());
        let mut outcome = self.apply(name, signed(by, call.clone())?);
        if outcome.as_ref() == Err(&full) {
            self.next_block();
            outcome = self.apply(name, signed(by, call)?);
        }
        outcome
    }

    /// Sends what must succeed.
    pub fn must(&mut self, by: &Person, call: impl Into<RuntimeCall>) -> Checked {
        let call = call.into();
        let name = call.get_call_metadata().function_name;
        self.send(by, call)
            .map_err(|refusal| Breach(format!("{name} was refused: {refusal:?}")))
    }

    /// Sends what must fail on chain with this very error.
    pub fn refused(&mut self, by: &Person, call: impl Into<RuntimeCall>, error: &'static str) -> Checked {
        let call = call.into();
        let name = call.get_call_metadata().function_name;
        let outcome = self.send(by, call);
        ensure(outcome == Err(Refusal::Call(error)), || {
            format!("{name} should be refused with {error}: {outcome:?}")
        })
    }

    /// Files a dispute: a transaction without a signature, which its proof authorises.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn dispute(&mut self, order: OrderId, evidence: &Evidence) -> Result<(), Refusal> {
        let call = pallet_marketplace::Call::<Runtime>::dispute {
            order,
            evidence: Box::new(evidence.clone()),
        };
        let transaction = UncheckedExtrinsic::new_transaction(call.into(), extension(0));
        self.apply("dispute", transaction)
    }

    /// What `who` has paid in fees since [`World::forget_fees`].
    pub fn fees_of(&self, who: &AccountId) -> Balance {
        self.fees.get(who).copied().unwrap_or_default()
    }

    /// What was burned since [`World::forget_fees`]: all fees, and what the marketplace said it burned.
    pub fn burned(&self) -> Balance {
        self.fees.values().sum::<Balance>() + self.burned
    }

    /// Starts to count fees and burned money anew.
    pub fn forget_fees(&mut self) {
        self.fees.clear();
        self.burned = 0;
    }

    /// What the last successful call of this name cost.
    pub fn tariff(&self, call: &str) -> Balance {
        self.tariff.get(call).copied().unwrap_or_default()
    }

    /// Applies a transaction as a block's author does: what is not valid leaves no trace.
    fn apply(&mut self, name: &'static str, transaction: UncheckedExtrinsic) -> Result<(), Refusal> {
        let applied = with_transaction_unchecked(|| match Executive::apply_extrinsic(transaction) {
            Ok(outcome) => TransactionOutcome::Commit(Ok(outcome)),
            Err(error) => TransactionOutcome::Rollback(Err(error)),
        });
        let dispatched = applied.map_err(Refusal::Invalid)?;
        for record in System::read_events_no_consensus() {
            match record.event {
                RuntimeEvent::TransactionPayment(TransactionFeePaid { who, actual_fee, .. }) => {
                    *self.fees.entry(who).or_default() += actual_fee;
                    self.tariff.insert(name, actual_fee);
                }
                RuntimeEvent::Marketplace(
                    pallet_marketplace::Event::Settled { burned, .. }
                    | pallet_marketplace::Event::FraudProven { burned, .. },
                ) => self.burned += burned,
                _ => {}
            }
        }
        System::reset_events();
        dispatched.map_err(|error| {
            Refusal::Call(match error {
                DispatchError::Module(module) => module.message.unwrap_or("an unnamed error"),
                other => other.into(),
            })
        })
    }
}

/// What `who` can spend.
pub fn free(who: &AccountId) -> Balance {
    Balances::free_balance(who)
}

fn signed(by: &Person, call: RuntimeCall) -> Result<UncheckedExtrinsic, Refusal> {
    let nonce = System::account_nonce(&by.account);
    let payload = SignedPayload::new(call, extension(nonce)).map_err(Refusal::Invalid)?;
    let signature = payload.using_encoded(|bytes| by.approve(bytes));
    let (call, extension, _) = payload.deconstruct();
    let address = Address::Id(by.account.clone());
    Ok(UncheckedExtrinsic::new_signed(
        call, address, signature, extension,
    ))
}

fn extension(nonce: u32) -> TxExtension {
    (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    )
}
