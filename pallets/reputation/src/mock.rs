//! A runtime with this pallet for the tests, the people of their stories, and a marketplace that tells what it saw.

use crate::{self as pallet_reputation, ParametersOf, try_state};
use frame_support::{derive_impl, parameter_types};
use sp_runtime::{BuildStorage, traits::IdentityLookup};
use vouchsafe_protocol::{
    id::OrderId,
    trust::{Deal, Modality, Parameters, Role, TrustSink},
};

pub type AccountId = u64;
type Block = frame_system::mocking::MockBlockU32<Test>;

pub const VCH: u128 = 1_000_000_000_000;
/// What the stories' orders cost; 1.5 % of it, one unit of evidence and a half, is burned.
pub const PRICE: u128 = 100 * VCH;
pub const BURNED: u128 = VCH * 3 / 2;
pub const DAY: u32 = 43_200;

/// Sells photos.
pub const SOFIA: AccountId = 1;
/// The city's gateway.
pub const GATE: AccountId = 2;
/// Buys.
pub const BRUNO: AccountId = 3;
/// Buys.
pub const CLARA: AccountId = 4;
pub const AUDITOR: AccountId = 5;
pub const ANYONE: AccountId = 6;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Reputation: pallet_reputation = 22,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = Block;
}

parameter_types! {
    /// Whose offers are frozen, and in which role.
    pub static Frozen: Vec<(AccountId, Role)> = Vec::new();
}

pub struct TestOffers;

impl pallet_reputation::FrozenOffers<AccountId> for TestOffers {
    fn any(account: &AccountId, role: Role) -> bool {
        Frozen::get().contains(&(*account, role))
    }
}

impl pallet_reputation::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<AccountId>;
    type FrozenOffers = TestOffers;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// Block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
    Frozen::set(Vec::new());
    let mut ext = sp_io::TestExternalities::new(RuntimeGenesisConfig::default().build_storage().unwrap());
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs a story and checks the invariants after it.
pub fn execute(story: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        story();
        try_state::check::<Test>().unwrap();
    });
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

pub fn parameters() -> Parameters {
    ParametersOf::<Test>::get()
}

pub fn order(number: u8) -> OrderId {
    OrderId([number; 32])
}

pub fn deal(buyer: AccountId) -> Deal<AccountId> {
    Deal {
        buyer,
        seller: SOFIA,
        gateway: GATE,
        modality: Modality::Image,
        price: PRICE,
    }
}

/// A whole sale by Sofia, told as a marketplace tells it.
pub fn sale(number: u8, buyer: AccountId) {
    let deal = deal(buyer);
    <Reputation as TrustSink<AccountId>>::ordered(&deal);
    <Reputation as TrustSink<AccountId>>::settled(order(number), &deal, BURNED);
}

pub fn pass(blocks: u32) {
    System::set_block_number(System::block_number() + blocks);
}
