//! What each pallet is told. The numbers themselves are in [`crate::constants`].

use crate::{
    AccountId, Aura, Balance, Balances, Block, Hash, Network, Nonce, PalletInfo, Reputation, Runtime,
    RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask,
    SessionKeys, System, VERSION,
    audits::{AuditedOffers, AuditedRecords},
    constants::*,
    frozen::MarketplaceOffers,
    network,
    records::RegisteredRecords,
};
use frame_support::{
    derive_impl,
    dispatch::DispatchClass,
    parameter_types,
    traits::{
        ConstBool, ConstU8, ConstU16, ConstU32, ConstU64, ConstU128, OnUnbalanced, VariantCountOf,
        fungible::{Balanced, Credit},
    },
    weights::{
        ConstantMultiplier, WeightToFeeCoefficient, WeightToFeeCoefficients, WeightToFeePolynomial,
        constants::{BlockExecutionWeight, ExtrinsicBaseWeight, ParityDbWeight},
    },
};
use frame_system::{
    EnsureRoot,
    limits::{BlockLength, BlockWeights},
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::{
    FixedPointNumber, Perbill, Perquintill,
    traits::{ConvertInto, OpaqueKeys},
};
use sp_version::RuntimeVersion;

parameter_types! {
    pub const Version: RuntimeVersion = VERSION;
    /// What a block may weigh, by class of call.
    pub BlockWeightLimit: BlockWeights = BlockWeights::builder()
        .base_block(BlockExecutionWeight::get())
        .for_class(DispatchClass::all(), |class| class.base_extrinsic = ExtrinsicBaseWeight::get())
        .for_class(DispatchClass::Normal, |class| {
            class.max_total = Some(NORMAL_DISPATCH_RATIO * MAX_BLOCK_WEIGHT);
        })
        .for_class(DispatchClass::Operational, |class| {
            class.max_total = Some(MAX_BLOCK_WEIGHT);
            class.reserved = Some(MAX_BLOCK_WEIGHT - NORMAL_DISPATCH_RATIO * MAX_BLOCK_WEIGHT);
        })
        .avg_block_initialization(Perbill::from_percent(10))
        .build_or_panic();
    /// How long a block may be, by class of call.
    pub BlockLengthLimit: BlockLength = BlockLength::builder()
        .max_length(MAX_BLOCK_LENGTH)
        .modify_max_length_for_class(DispatchClass::Normal, |length| *length = NORMAL_DISPATCH_RATIO * *length)
        .build();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BlockWeights = BlockWeightLimit;
    type BlockLength = BlockLengthLimit;
    type AccountId = AccountId;
    type Nonce = Nonce;
    type Hash = Hash;
    type BlockHashCount = ConstU32<BLOCK_HASH_COUNT>;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type SS58Prefix = ConstU16<SS58_PREFIX>;
    type MaxConsumers = ConstU32<16>;
    type SingleBlockMigrations = (
        pallet_provenance::migration::BeginLog<Runtime>,
        pallet_marketplace::migration::TellOpenOrders<Runtime>,
    );
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = network::HalfSlotMillis<Runtime>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<8>;
    type MaxReserves = ConstU32<0>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

/// Weight costs in proportion: the weight of an empty transaction costs [`BASE_TRANSACTION_FEE`].
pub struct WeightFee;

impl WeightToFeePolynomial for WeightFee {
    type Balance = Balance;

    fn polynomial() -> WeightToFeeCoefficients<Balance> {
        let base = Balance::from(ExtrinsicBaseWeight::get().ref_time());
        [WeightToFeeCoefficient {
            degree: 1,
            negative: false,
            coeff_frac: Perbill::from_rational(BASE_TRANSACTION_FEE % base, base),
            coeff_integer: BASE_TRANSACTION_FEE / base,
        }]
        .into_iter()
        .collect()
    }
}

parameter_types! {
    pub const TargetFullness: Perquintill = TARGET_FULLNESS;
    pub MultiplierStep: Multiplier = Multiplier::saturating_from_rational(MULTIPLIER_STEP.0, MULTIPLIER_STEP.1);
    pub MinMultiplier: Multiplier = Multiplier::saturating_from_integer(MIN_MULTIPLIER);
    pub MaxMultiplier: Multiplier = Multiplier::saturating_from_integer(MAX_MULTIPLIER);
}

/// Fees and tips go to the author of the block; where none is known (there is always one on a running chain), they
/// are burned.
pub struct ToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for ToAuthor {
    fn on_nonzero_unbalanced(amount: Credit<AccountId, Balances>) {
        if let Some(author) = pallet_authorship::Pallet::<Runtime>::author() {
            // An amount that cannot be paid out (an author below the existential deposit) is dropped, that is burned.
            let _ = Balances::resolve(&author, amount);
        }
    }
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, ToAuthor>;
    type WeightToFee = WeightFee;
    type LengthToFee = ConstantMultiplier<Balance, ConstU128<BYTE_FEE>>;
    type FeeMultiplierUpdate =
        TargetedFeeAdjustment<Runtime, TargetFullness, MultiplierStep, MinMultiplier, MaxMultiplier>;
    type OperationalFeeMultiplier = ConstU8<OPERATIONAL_FEE_MULTIPLIER>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Runtime, Aura>;
    type EventHandler = ();
}

impl network::Config for Runtime {}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = pallet_session::PeriodicSessions<ConstU32<SESSION_LENGTH>, ConstU32<0>>;
    type NextSessionRotation = pallet_session::PeriodicSessions<ConstU32<SESSION_LENGTH>, ConstU32<0>>;
    type SessionManager = Network;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = ConstU128<SESSION_KEY_DEPOSIT>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type DisabledValidators = ();
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = network::SlotMillis<Runtime>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<MAX_SET_ID_SESSIONS>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = crate::OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_provenance::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GatewayBond = ConstU128<GATEWAY_BOND>;
    type RecordDeposit = ConstU128<RECORD_DEPOSIT>;
    type CoolOff = ConstU32<GATEWAY_COOL_OFF>;
    type WeightInfo = pallet_provenance::weights::SubstrateWeight<Runtime>;
}

impl pallet_marketplace::Config for Runtime {
    type RuntimeHoldReason = RuntimeHoldReason;
    type Currency = Balances;
    type Records = RegisteredRecords;
    type Trust = Reputation;
    type OrderDeposit = ConstU128<ORDER_DEPOSIT>;
    type MinOfferBond = ConstU128<MIN_OFFER_BOND>;
    type MinBondPpm = ConstU32<MIN_BOND_PPM>;
    type LatePenaltyPpm = ConstU32<LATE_PENALTY_PPM>;
    type BondCoolOff = ConstU32<BOND_COOL_OFF>;
    type MinDeliverWithin = ConstU32<MIN_DELIVER_WITHIN>;
    type MaxDeliverWithin = ConstU32<MAX_DELIVER_WITHIN>;
    type MinDisputeWithin = ConstU32<MIN_DISPUTE_WITHIN>;
    type MaxDisputeWithin = ConstU32<MAX_DISPUTE_WITHIN>;
    type DisputeBytesPerBlock = ConstU32<DISPUTE_BYTES_PER_BLOCK>;
    type MaxDeliveries = ConstU32<MAX_DELIVERIES>;
    type WeightInfo = pallet_marketplace::weights::SubstrateWeight<Runtime>;
}

impl pallet_reputation::Config for Runtime {
    type AdminOrigin = EnsureRoot<AccountId>;
    type FrozenOffers = MarketplaceOffers;
    type WeightInfo = pallet_reputation::weights::SubstrateWeight<Runtime>;
}

impl pallet_attestation::Config for Runtime {
    type AdminOrigin = EnsureRoot<AccountId>;
    type Records = AuditedRecords;
    type Offers = AuditedOffers;
    type Trust = Reputation;
    type MaxAuditors = ConstU32<MAX_AUDITORS>;
    type WeightInfo = pallet_attestation::weights::SubstrateWeight<Runtime>;
}
