//! A runtime of three pallets for the tests, and the people of their stories.

use crate::{self as pallet_provenance, MAX_ENDPOINT_LEN, MAX_PIPELINES, try_state};
use frame_support::{
    BoundedVec, assert_ok, derive_impl, parameter_types,
    traits::{ConstU32, ConstU128, fungible::InspectHold},
};
use sp_core::{Pair, ed25519};
use sp_keystore::{KeystoreExt, testing::MemoryKeystore};
use sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup};
use vouchsafe_protocol::{
    id::{Account, Digest, Genesis, RecordId},
    log::{Entry, Fact},
    record::{Content, Grade, Parent, Statement},
};

pub type AccountId = AccountId32;
type Block = frame_system::mocking::MockBlockU32<Test>;

pub const UNIT: u128 = 1_000_000_000_000;
/// What everybody but `POOR` owns at first.
pub const START: u128 = 1_000 * UNIT;
pub const BOND: u128 = 100 * UNIT;
pub const DEPOSIT: u128 = 2 * UNIT;
pub const COOL_OFF: u32 = 10;
/// `frame_system`'s genesis hash in tests.
pub const GENESIS: Genesis = Genesis([69; 32]);

/// The city's gateway.
pub const GATE: AccountId = AccountId::new([0xA1; 32]);
/// A laboratory's gateway.
pub const OTHER_GATE: AccountId = AccountId::new([0xA2; 32]);
/// Owns photos.
pub const CITY: AccountId = AccountId::new([0xB1; 32]);
/// Derives datasets from the city's.
pub const LAB: AccountId = AccountId::new([0xB2; 32]);
pub const ANYONE: AccountId = AccountId::new([0xC1; 32]);
/// Owns one unit.
pub const POOR: AccountId = AccountId::new([0xC2; 32]);

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Balances: pallet_balances = 10,
        Provenance: pallet_provenance = 20,
    }
);

parameter_types! {
    pub const GatewayBond: u128 = BOND;
    /// `static` so that a test can play a runtime upgrade that changes it.
    pub static RecordDeposit: u128 = DEPOSIT;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = Block;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<1_000_000_000>;
}

impl pallet_provenance::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type GatewayBond = GatewayBond;
    type RecordDeposit = RecordDeposit;
    type CoolOff = ConstU32<COOL_OFF>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// Block 1 of a chain on which the named gateways are registered, each with [`gate_key`].
#[derive(Default)]
pub struct ExtBuilder {
    gateways: Vec<AccountId>,
}

impl ExtBuilder {
    pub fn gateway(mut self, who: AccountId) -> Self {
        self.gateways.push(who);
        self
    }

    pub fn build(self) -> sp_io::TestExternalities {
        let mut balances: Vec<_> = [GATE, OTHER_GATE, CITY, LAB, ANYONE]
            .map(|who| (who, START))
            .into();
        balances.push((POOR, UNIT));
        let balances = pallet_balances::GenesisConfig {
            balances,
            ..Default::default()
        };
        let genesis = RuntimeGenesisConfig {
            balances,
            ..Default::default()
        };
        let mut ext = sp_io::TestExternalities::new(genesis.build_storage().unwrap());
        ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
        ext.execute_with(|| {
            System::set_block_number(1);
            for who in self.gateways {
                let key = gate_key(&who).public().0;
                assert_ok!(Provenance::register_gateway(
                    signed(who),
                    key,
                    pipelines(&[1]),
                    endpoint()
                ));
            }
            System::reset_events();
        });
        ext
    }

    /// Runs a story and checks the invariants after it.
    pub fn build_and_execute(self, story: impl FnOnce()) {
        self.build().execute_with(|| {
            story();
            try_state::check::<Test>().unwrap();
        });
    }
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// The ed25519 key that a number stands for.
pub fn key(number: u8) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[number; 32])
}

/// The key that a gateway has when the builder registers it.
pub fn gate_key(gateway: &AccountId) -> ed25519::Pair {
    key(AsRef::<[u8; 32]>::as_ref(gateway)[0])
}

pub fn pipelines(numbers: &[u8]) -> BoundedVec<Digest, ConstU32<MAX_PIPELINES>> {
    BoundedVec::truncate_from(numbers.iter().map(|&n| Digest([n; 32])).collect())
}

pub fn endpoint() -> BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>> {
    url("https://gateway.example")
}

pub fn url(text: &str) -> BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>> {
    BoundedVec::truncate_from(text.into())
}

/// What the gateway says of the owner's dataset number `number`, derived from nothing.
pub fn statement(owner: AccountId, gateway: AccountId, number: u8) -> Statement {
    Statement {
        owner: Account(owner.into()),
        gateway: Account(gateway.into()),
        content: Content {
            root: Digest([number; 32]),
            chunks: 3,
            bytes: 140_000,
        },
        input: Digest([0x11; 32]),
        report: Digest([0x22; 32]),
        metrics_root: Digest([0x33; 32]),
        items: 2,
        metadata: Digest([0x44; 32]),
        grade: Grade::Anonymous,
        parents: BoundedVec::new(),
    }
}

/// `statement`, derived from `parents`, each with its share in parts per million.
pub fn derived(statement: Statement, parents: &[(RecordId, u32)]) -> Statement {
    let parents = parents
        .iter()
        .map(|&(record, share_ppm)| Parent { record, share_ppm })
        .collect();
    Statement {
        parents: BoundedVec::truncate_from(parents),
        ..statement
    }
}

pub fn sign(statement: &Statement, key: &ed25519::Pair) -> [u8; 64] {
    key.sign(&statement.signing_bytes(&GENESIS)).0
}

pub fn id_of(statement: &Statement) -> RecordId {
    RecordId::derive(&GENESIS, statement)
}

/// Registers what the gateway says, signed with the key that the builder gave it.
pub fn register(statement: &Statement) -> RecordId {
    let signature = sign(statement, &gate_key(&statement.gateway.0.into()));
    let owner = statement.owner.0.into();
    assert_ok!(Provenance::register_record(
        signed(owner),
        Box::new(statement.clone()),
        signature
    ));
    id_of(statement)
}

pub fn free(who: &AccountId) -> u128 {
    Balances::free_balance(who)
}

/// What is on hold from `who` as gateway's bond and as records' deposits.
pub fn held(who: &AccountId) -> (u128, u128) {
    let held = |reason: crate::HoldReason| Balances::balance_on_hold(&reason.into(), who);
    (
        held(crate::HoldReason::GatewayBond),
        held(crate::HoldReason::RecordDeposit),
    )
}

/// Every event since the last question.
pub fn events() -> Vec<RuntimeEvent> {
    let events = System::events().into_iter().map(|record| record.event).collect();
    System::reset_events();
    events
}

pub fn held_event(reason: crate::HoldReason, who: AccountId, amount: u128) -> RuntimeEvent {
    pallet_balances::Event::Held {
        reason: reason.into(),
        who,
        amount,
    }
    .into()
}

pub fn released_event(reason: crate::HoldReason, who: AccountId, amount: u128) -> RuntimeEvent {
    pallet_balances::Event::Released {
        reason: reason.into(),
        who,
        amount,
    }
    .into()
}

/// What the log says when it has this entry and no later one.
pub fn log_event(index: u64, record: RecordId, fact: Fact) -> RuntimeEvent {
    let height = System::block_number();
    let head = Provenance::log_head();
    assert_eq!(head.size, index + 1, "the log's last entry is not {index}");
    crate::Event::LogAppended {
        index,
        entry: Entry { record, height, fact },
        root: head.root,
    }
    .into()
}

pub fn run_blocks(count: u32) {
    System::set_block_number(System::block_number() + count);
}
