//! A runtime with balances and this pallet, and the people of the stories.

use frame_support::{
    derive_impl, parameter_types,
    storage::unhashed,
    traits::{Authorize, ConstU32, ConstU64, ConstU128, Hooks, fungible::InspectHold},
    weights::Weight,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{
    BuildStorage,
    traits::{BlakeTwo256, IdentityLookup},
    transaction_validity::{TransactionSource, TransactionValidityError, ValidTransaction},
};
use vouchsafe_protocol::{
    chunk::Layout,
    delivery::{Blind, Context, Delivery, OfferSecret, Point},
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    leaf::Leaf,
    misbehaviour::{Case, Evidence, NoFault},
    record::Content,
    royalty::{Ancestor, Royalties},
    sidecar::Sidecar,
};

use crate::{Call, HoldReason, RecordSummary, Records, try_state};

mod trust;
pub use trust::*;

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
pub const MIN_BOND: Balance = 10 * UNIT;
pub const DEPOSIT: Balance = UNIT / 10;
/// What a buyer gets who waited in vain: a hundredth of the price.
pub const LATE: Balance = PRICE / 100;
const LATE_PENALTY_PPM: u32 = 10_000;
/// Blocks from an offer's end to its bond's.
pub const COOL_OFF: u32 = 15;
pub const DELIVER_WITHIN: u32 = 10;
pub const DISPUTE_WITHIN: u32 = 20;

/// Sells photos of a city's streets.
pub const SOFIA: AccountId = AccountId::new([1; 32]);
/// Buys them to train a net.
pub const BRUNO: AccountId = AccountId::new([2; 32]);
/// Buys them too.
pub const CLARA: AccountId = AccountId::new([3; 32]);
/// Runs the gateway that vouches for Sofia's records.
pub const GATE: AccountId = AccountId::new([4; 32]);
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

fn royalties_key(record: &RecordId) -> Vec<u8> {
    [b"test-royalties", record.0.as_slice()].concat()
}

fn frauds_key(record: &RecordId) -> Vec<u8> {
    [b"test-frauds", record.0.as_slice()].concat()
}

impl TestRecords {
    /// What the marketplace has said of the record.
    pub fn frauds(record: &RecordId) -> Vec<(OfferId, OrderId, u32)> {
        unhashed::get_or_default(&frauds_key(record))
    }

    pub fn put(record: RecordId, owner: AccountId, content: Content) {
        let summary = RecordSummary {
            owner,
            gateway: GATE,
            content,
        };
        unhashed::put(&record_key(&record), &summary);
    }

    /// Makes these accounts share in what the record earns, parts per million.
    pub fn share(record: RecordId, shares: &[(AccountId, u32)]) {
        let parents: Vec<Ancestor> = shares
            .iter()
            .map(|(owner, share_ppm)| Ancestor {
                owner: account(owner),
                share_ppm: *share_ppm,
                royalties: Royalties::default(),
            })
            .collect();
        unhashed::put(&royalties_key(&record), &Royalties::of(&parents).unwrap());
    }

    pub fn withdraw(record: RecordId) {
        unhashed::kill(&record_key(&record));
    }
}

impl Records<AccountId> for TestRecords {
    fn live(record: &RecordId) -> Option<RecordSummary<AccountId>> {
        unhashed::get(&record_key(record))
    }

    fn royalties(record: &RecordId) -> Royalties {
        unhashed::get_or_default(&royalties_key(record))
    }

    fn note_fraud(record: &RecordId, offer: &OfferId, order: &OrderId, chunk: u32) {
        let mut noted = TestRecords::frauds(record);
        noted.push((*offer, *order, chunk));
        unhashed::put(&frauds_key(record), &noted);
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn make_live(record: RecordId, summary: RecordSummary<AccountId>, royalties: Royalties) {
        Self::put(record, summary.owner, summary.content);
        unhashed::put(&royalties_key(&record), &royalties);
    }
}

parameter_types! {
    /// Lowered by the test that spends them all.
    pub static MaxDeliveries: u32 = 1 << 20;
}

impl crate::Config for Test {
    type BondCoolOff = ConstU32<COOL_OFF>;
    type Currency = Balances;
    type DisputeBytesPerBlock = ConstU32<100_000>;
    type LatePenaltyPpm = ConstU32<LATE_PENALTY_PPM>;
    type MaxDeliverWithin = ConstU32<100>;
    type MaxDeliveries = MaxDeliveries;
    type MaxDisputeWithin = ConstU32<200>;
    type MinBondPpm = ConstU32<1_000_000>;
    type MinDeliverWithin = ConstU32<2>;
    type MinDisputeWithin = ConstU32<3>;
    type MinOfferBond = ConstU128<MIN_BOND>;
    type OrderDeposit = ConstU128<DEPOSIT>;
    type Records = TestRecords;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Trust = TestTrust;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// The named people with `START` each, at block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
    MaxDeliveries::set(1 << 20);
    BondTimes::set(0);
    Beyond::set(None);
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
    offers(&SOFIA, n, record(n).1)
}

fn offers(seller: &AccountId, n: u8, content: Content) -> OfferId {
    let (record, _) = record(n);
    TestRecords::put(record, seller.clone(), content);
    let id = offer_id(seller, n.into());
    Marketplace::offer(
        signed(seller.clone()),
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

/// A content that was really sealed: three items of a chunk each.
pub struct Goods {
    pub content: Content,
    pub sidecar: Sidecar,
    pub chunks: Vec<Vec<u8>>,
}

/// Seals a content under the offer's secret; `spoil` may change leaves and ciphertext before the root is published.
pub fn goods(offer: &OfferId, spoil: impl FnOnce(&mut [Leaf], &mut [Vec<u8>])) -> Goods {
    let layout = Layout::new(&[40, 50, 60]).unwrap();
    let key = secret(offer).content_secret();
    let mut chunks = vec![vec![1; 40], vec![2; 50], vec![3; 60]];
    let mut leaves: Vec<Leaf> = (0u32..)
        .zip(&mut chunks)
        .map(|(index, chunk)| key.seal(index, chunk))
        .collect();
    spoil(&mut leaves, &mut chunks);
    let (chunk_count, bytes) = (layout.chunks(), layout.bytes());
    let sidecar = Sidecar::new(layout, leaves).unwrap();
    Goods {
        content: Content {
            root: sidecar.root(),
            chunks: chunk_count,
            bytes,
        },
        sidecar,
        chunks,
    }
}

/// A content whose second chunk is garbage.
pub fn bad_goods(offer: &OfferId) -> Goods {
    goods(offer, |leaves, _| leaves[1].commitment = Digest([0xbd; 32]))
}

/// Sofia registers record `n` with this content and offers it on the usual terms, with `n` for a nonce.
pub fn sofia_offers_goods(n: u8, goods: &Goods) -> OfferId {
    offers(&SOFIA, n, goods.content)
}

/// What `buyer` can put together against the seller of an order, the `attempt`-th of the offer.
pub fn evidence(order: &OrderId, goods: &Goods, chunk: u32, attempt: u32) -> Result<Evidence, NoFault> {
    let row = crate::Orders::<Test>::get(order).unwrap();
    let blind = blind(&row.buyer, &row.offer, attempt);
    let bytes = goods.chunks.get(chunk as usize).map_or(&[][..], Vec::as_slice);
    Evidence::build(&blind, &case(order), &goods.sidecar, chunk, bytes)
}

/// What the chain knows of an order that was delivered.
pub fn case(order: &OrderId) -> Case {
    let row = crate::Orders::<Test>::get(order).unwrap();
    Case {
        genesis: genesis(),
        offer: row.offer,
        version: row.version,
        content: crate::Offers::<Test>::get(row.offer).unwrap().content,
        blinded: row.blinded,
        evaluated: row.stage.evaluated().unwrap_or(row.blinded),
    }
}

/// What the pool says of a dispute.
pub fn validity(order: &OrderId, evidence: &Evidence) -> Result<ValidTransaction, TransactionValidityError> {
    let call = RuntimeCall::from(Call::<Test>::dispute {
        order: *order,
        evidence: Box::new(evidence.clone()),
    });
    let (validity, unspent) = call
        .authorize(TransactionSource::External)
        .expect("a dispute is authorised by its proof")?;
    assert_eq!(unspent, Weight::zero());
    Ok(validity)
}

/// A dispute as a block includes it: valid first, then dispatched.
pub fn disputes(order: &OrderId, evidence: &Evidence) -> Result<(), TransactionValidityError> {
    validity(order, evidence)?;
    let origin = frame_system::RawOrigin::Authorized.into();
    let dispatched = Marketplace::dispute(origin, *order, Box::new(evidence.clone()));
    assert_eq!(dispatched, Ok(()), "a valid dispute cannot fail on chain");
    Ok(())
}

/// `buyer` orders at the usual price, for the `attempt`-th time.
pub fn orders(buyer: &AccountId, offer: &OfferId, attempt: u32) -> OrderId {
    let blinded = blind(buyer, offer, attempt).blinded();
    Marketplace::order(signed(buyer.clone()), *offer, 0, blinded, PRICE, LICENCE).unwrap();
    order_id(offer, buyer, &blinded)
}

/// How most stories begin: Sofia offers the first record, and Bruno orders it at once.
pub fn bruno_orders() -> (OfferId, OrderId) {
    let offer = sofia_offers(1);
    (offer, orders(&BRUNO, &offer, 0))
}

/// The seller delivers honestly.
pub fn delivers(order: &OrderId) {
    let seller = crate::Orders::<Test>::get(order).unwrap().seller;
    let Delivery { evaluated, proof } = honest(order);
    Marketplace::deliver(signed(seller), *order, evaluated, proof).unwrap();
}
