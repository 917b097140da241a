//! A runtime with balances and this pallet, and the people of the stories.

use frame_support::{
    derive_impl, parameter_types,
    storage::unhashed,
    traits::{ConstU32, ConstU64, ConstU128, Hooks, fungible::InspectHold},
};
use sp_core::crypto::AccountId32;
use sp_runtime::{
    BuildStorage,
    traits::{BlakeTwo256, IdentityLookup},
};
use vouchsafe_protocol::{
    delivery::{Blind, Context, Delivery, OfferSecret, Point},
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    record::Content,
};

use crate::{HoldReason, RecordSummary, Records, try_state};

pub type AccountId = AccountId32;
pub type Balance = u128;
pub type Block = frame_system::mocking::MockBlock<Test>;

/// 1 VCH.
pub const UNIT: Balance = 1_000_000_000_000;
/// Existential deposit.
pub const ED: Balance = UNIT / 1_000;
/// What each of the named people owns at the start.
pub const START: Balance = 1_000 * UNIT;
pub const PRICE: Balance = 25 * UNIT;
pub const BOND: Balance = 125 * UNIT;
pub const DEPOSIT: Balance = UNIT / 10;
pub const DELIVER_WITHIN: u32 = 10;
pub const DISPUTE_WITHIN: u32 = 20;

/// Sells photos of a city's streets.
pub const SOFIA: AccountId = AccountId::new([1; 32]);
/// Buys them to train a net.
pub const BRUNO: AccountId = AccountId::new([2; 32]);
/// Buys them too.
pub const CLARA: AccountId = AccountId::new([3; 32]);
/// Has no part in anything, and may settle and expire all the same.
pub const ANYONE: AccountId = AccountId::new([9; 32]);

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Balances: pallet_balances = 10,
        Marketplace: crate = 21,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountData = pallet_balances::AccountData<Balance>;
    type AccountId = AccountId;
    type Block = Block;
    type BlockHashCount = ConstU64<250>;
    type Hashing = BlakeTwo256;
    type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = ED;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type FreezeIdentifier = u8;
    type MaxFreezes = ConstU32<1>;
    type RuntimeHoldReason = RuntimeHoldReason;
}

/// Records that the tests themselves write.
pub struct TestRecords;

fn record_key(record: &RecordId) -> Vec<u8> {
    [b"test-record", record.0.as_slice()].concat()
}

impl TestRecords {
    pub fn put(record: RecordId, owner: AccountId, content: Content) {
        unhashed::put(&record_key(&record), &RecordSummary { owner, content });
    }

    pub fn withdraw(record: RecordId) {
        unhashed::kill(&record_key(&record));
    }
}

impl Records<AccountId> for TestRecords {
    fn live(record: &RecordId) -> Option<RecordSummary<AccountId>> {
        unhashed::get(&record_key(record))
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn make_live(record: RecordId, summary: RecordSummary<AccountId>) {
        Self::put(record, summary.owner, summary.content);
    }
}

parameter_types! {
    /// Lowered by the test that spends them all.
    pub static MaxDeliveries: u32 = 1 << 20;
}

impl crate::Config for Test {
    type Currency = Balances;
    type MaxDeliverWithin = ConstU32<100>;
    type MaxDeliveries = MaxDeliveries;
    type MaxDisputeWithin = ConstU32<200>;
    type MinDeliverWithin = ConstU32<2>;
    type MinDisputeWithin = ConstU32<3>;
    type MinOfferBond = ConstU128<{ 10 * UNIT }>;
    type OrderDeposit = ConstU128<DEPOSIT>;
    type Records = TestRecords;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// The named people with `START` each, at block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
    MaxDeliveries::set(1 << 20);
    let mut storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .unwrap();
    let balances = [SOFIA, BRUNO, CLARA, ANYONE].map(|who| (who, START)).to_vec();
    pallet_balances::GenesisConfig::<Test> {
        balances,
        ..Default::default()
    }
    .assimilate_storage(&mut storage)
    .unwrap();
    let mut ext = sp_io::TestExternalities::new(storage);
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs a story, and checks the invariants when it has ended.
pub fn story(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        assert_eq!(try_state::check::<Test>(), Ok(()));
    });
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// Goes to `height`; nothing of ours happens on the way.
pub fn run_to(height: u32) {
    let height = u64::from(height);
    assert!(height >= System::block_number(), "time does not run backwards");
    if height > System::block_number() {
        Marketplace::on_finalize(System::block_number());
        System::set_block_number(height);
        assert_eq!(
            Marketplace::on_initialize(height),
            Default::default(),
            "no hook sweeps"
        );
    }
}

/// Takes all events of the marketplace so far, oldest first.
pub fn events() -> Vec<crate::Event<Test>> {
    let ours = System::read_events_for_pallet::<crate::Event<Test>>();
    System::reset_events();
    ours
}

pub fn free(who: &AccountId) -> Balance {
    Balances::free_balance(who)
}

pub fn held(reason: HoldReason, who: &AccountId) -> Balance {
    Balances::balance_on_hold(&reason.into(), who)
}

pub fn genesis() -> Genesis {
    Marketplace::genesis()
}

pub fn account(who: &AccountId) -> Account {
    Account(who.clone().into())
}

/// The `n`-th record, and a content that belongs to it.
pub fn record(n: u8) -> (RecordId, Content) {
    (
        RecordId([n; 32]),
        Content {
            root: Digest([n; 32]),
            chunks: 3,
            bytes: 150_000,
        },
    )
}

pub const LICENCE: Digest = Digest([0x11; 32]);
const SELLER_SEED: [u8; 32] = [0x5e; 32];

pub fn offer_id(seller: &AccountId, nonce: u64) -> OfferId {
    OfferId::derive(&genesis(), &account(seller), nonce)
}

/// The secret behind version 0 of an offer.
pub fn secret(offer: &OfferId) -> OfferSecret {
    OfferSecret::derive(&SELLER_SEED, &genesis(), offer, 0)
}

/// The blind of a buyer's `attempt`-th order of an offer.
pub fn blind(buyer: &AccountId, offer: &OfferId, attempt: u32) -> Blind {
    Blind::from_seed(buyer.as_ref(), &genesis(), offer, 0, attempt)
}

pub fn order_id(offer: &OfferId, buyer: &AccountId, blinded: &Point) -> OrderId {
    OrderId::derive(&genesis(), offer, 0, &account(buyer), blinded)
}

pub fn context(offer: &OfferId, order: &OrderId, buyer: &AccountId) -> Context {
    Context {
        genesis: genesis(),
        offer: *offer,
        version: 0,
        order: *order,
        buyer: account(buyer),
    }
}

/// What an honest seller answers to a stored order.
pub fn honest(order: &OrderId) -> Delivery {
    let row = crate::Orders::<Test>::get(order).unwrap();
    let context = context(&row.offer, order, &row.buyer);
    secret(&row.offer)
        .evaluate(&row.blinded, &context, &[7; 32])
        .unwrap()
}

/// Sofia registers record `n` and offers it on the usual terms, with `n` for a nonce.
pub fn sofia_offers(n: u8) -> OfferId {
    let (record, content) = record(n);
    TestRecords::put(record, SOFIA, content);
    let id = offer_id(&SOFIA, n.into());
    Marketplace::offer(
        signed(SOFIA),
        n.into(),
        record,
        content,
        secret(&id).public(),
        PRICE,
        LICENCE,
        DELIVER_WITHIN,
        DISPUTE_WITHIN,
        BOND,
    )
    .unwrap();
    id
}

/// `buyer` orders at the usual price, for the `attempt`-th time.
pub fn orders(buyer: &AccountId, offer: &OfferId, attempt: u32) -> OrderId {
    let blinded = blind(buyer, offer, attempt).blinded();
    Marketplace::order(signed(buyer.clone()), *offer, 0, blinded, PRICE, LICENCE).unwrap();
    order_id(offer, buyer, &blinded)
}

/// The seller delivers honestly.
pub fn delivers(order: &OrderId) {
    let seller = crate::Orders::<Test>::get(order).unwrap().seller;
    let Delivery { evaluated, proof } = honest(order);
    Marketplace::deliver(signed(seller), *order, evaluated, proof).unwrap();
}
