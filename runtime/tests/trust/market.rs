//! A market for the stories: what sellers keep, what buyers do, and the chain under them.

use frame_support::{assert_ok, traits::fungible::Mutate};
use sp_genesis_builder::PresetId;
use sp_keyring::Ed25519Keyring::{self, Charlie};
use sp_runtime::{BuildStorage, DispatchError, DispatchResult};
use vouchsafe_protocol::{
    chunk::Layout,
    delivery::{Blind, Context, OfferSecret, Point},
    id::{Account, Digest, OfferId, OrderId, RecordId},
    misbehaviour::{Case, Evidence},
    record::{Content, Grade, Statement},
    sidecar::Sidecar,
    trust::UNIT,
};
use vouchsafe_runtime::{
    AccountId, Balances, Marketplace, Provenance, Reputation, Runtime, RuntimeGenesisConfig, RuntimeOrigin,
    System,
    constants::{MIN_DELIVER_WITHIN, MIN_DISPUTE_WITHIN, VCH},
    genesis,
};

/// 1.5 VCH of it are burned: a unit and a half.
pub const PRICE: u128 = 100 * VCH;
pub const WEIGHT: u64 = UNIT / 2 * 3;
pub const LICENCE: Digest = Digest([9; 32]);
pub const CHUNK: usize = 1_000;
pub const QUIET: u32 = MIN_DISPUTE_WITHIN + 1;

pub type MarketError = pallet_marketplace::Error<Runtime>;
pub type TrustError = pallet_reputation::Error<Runtime>;

/// What a seller has on offer, and keeps.
pub struct Listing {
    pub seller: AccountId,
    pub offer: OfferId,
    pub content: Content,
    pub secret: OfferSecret,
    pub sidecar: Sidecar,
    pub chunks: [Vec<u8>; 2],
}

/// One order, and what its buyer keeps.
pub struct Purchase {
    pub buyer: AccountId,
    pub order: OrderId,
    pub blind: Blind,
    pub evaluated: Point,
}

pub fn account(who: &AccountId) -> Account {
    Account(who.clone().into())
}

pub fn signed(who: &AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.clone())
}

/// The development network at block 1, with Charlie's gateway.
pub fn with_market(test: impl FnOnce()) {
    let preset = genesis::preset_json(&PresetId::from("development")).unwrap();
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
    for (pallet, value) in serde_json::from_slice::<serde_json::Map<_, _>>(&preset).unwrap() {
        for (key, value) in value.as_object().unwrap() {
            config[&pallet][key] = value.clone();
        }
    }
    let config: RuntimeGenesisConfig = serde_json::from_value(config).unwrap();
    sp_io::TestExternalities::new(config.build_storage().unwrap()).execute_with(|| {
        System::initialize(&1, &Default::default(), &Default::default());
        let endpoint = b"https://gateway.example".to_vec().try_into().unwrap();
        let gateway = signed(&Charlie.to_account_id());
        Provenance::register_gateway(gateway, Charlie.public().0, Default::default(), endpoint).unwrap();
        test();
    });
}

/// Somebody with money for a few orders.
pub fn buyer(number: u8) -> AccountId {
    let who = AccountId::new([100 + number; 32]);
    Balances::set_balance(&who, 10 * PRICE);
    who
}

/// A listing that is not offered yet; its record is registered.
pub fn prepare(seller: Ed25519Keyring, nonce: u64, honest: bool) -> (Listing, RecordId) {
    let (seller, chain) = (seller.to_account_id(), Marketplace::genesis());
    let offer = OfferId::derive(&chain, &account(&seller), nonce);
    let secret = OfferSecret::derive(&[1; 32], &chain, &offer, 0);
    let layout = Layout::new(&[CHUNK as u64, 5]).unwrap();
    let mut chunks = [vec![7; CHUNK], vec![8; 5]];
    let mut leaves: Vec<_> = (0u32..)
        .zip(&mut chunks)
        .map(|(index, chunk)| secret.content_secret().seal(index, chunk))
        .collect();
    if !honest {
        leaves[0].commitment = Digest([0xbd; 32]);
    }
    let sidecar = Sidecar::new(layout, leaves).unwrap();
    let content = Content {
        root: sidecar.root(),
        chunks: 2,
        bytes: CHUNK as u64 + 5,
    };
    let none = Digest([0; 32]);
    let statement = Statement {
        owner: account(&seller),
        gateway: account(&Charlie.to_account_id()),
        content,
        input: none,
        report: none,
        metrics_root: none,
        items: 1,
        metadata: none,
        grade: Grade::Anonymous,
        parents: Default::default(),
    };
    let record = RecordId::derive(&chain, &statement);
    let signature = Charlie.sign(&statement.signing_bytes(&chain)).0;
    Provenance::register_record(signed(&seller), Box::new(statement), signature).unwrap();
    let listing = Listing {
        seller,
        offer,
        content,
        secret,
        sidecar,
        chunks,
    };
    (listing, record)
}

pub fn offer(listing: &Listing, record: RecordId, nonce: u64, bond: u128) -> DispatchResult {
    Marketplace::offer(
        signed(&listing.seller),
        nonce,
        record,
        listing.content,
        listing.secret.public(),
        PRICE,
        LICENCE,
        MIN_DELIVER_WITHIN,
        QUIET,
        bond,
    )
}

pub fn list(seller: Ed25519Keyring, nonce: u64, honest: bool, bond: u128) -> Listing {
    let (listing, record) = prepare(seller, nonce, honest);
    assert_ok!(offer(&listing, record, nonce, bond));
    listing
}

pub fn place(listing: &Listing, buyer: &AccountId, attempt: u32) -> Result<(OrderId, Blind), DispatchError> {
    let chain = Marketplace::genesis();
    let blind = Blind::from_seed(&account(buyer).0, &chain, &listing.offer, 0, attempt);
    let blinded = blind.blinded();
    Marketplace::order(signed(buyer), listing.offer, 0, blinded, PRICE, LICENCE)?;
    let order = OrderId::derive(&chain, &listing.offer, 0, &account(buyer), &blinded);
    Ok((order, blind))
}

/// `buyer` orders, and the seller delivers.
pub fn buy(listing: &Listing, buyer: &AccountId, attempt: u32) -> Purchase {
    let (order, blind) = place(listing, buyer, attempt).unwrap();
    let context = Context {
        genesis: Marketplace::genesis(),
        offer: listing.offer,
        version: 0,
        order,
        buyer: account(buyer),
    };
    let delivery = listing
        .secret
        .evaluate(&blind.blinded(), &context, &[3; 32])
        .unwrap();
    let (evaluated, proof) = (delivery.evaluated, delivery.proof);
    Marketplace::deliver(signed(&listing.seller), order, evaluated, proof).unwrap();
    Purchase {
        buyer: buyer.clone(),
        order,
        blind,
        evaluated,
    }
}

/// The quiet window passes, and the order settles.
pub fn settle(purchase: &Purchase) {
    System::set_block_number(System::block_number() + QUIET + 1);
    assert_ok!(Marketplace::settle(signed(&purchase.buyer), purchase.order));
}

pub fn rate(purchase: &Purchase, good: bool) -> DispatchResult {
    Reputation::rate(signed(&purchase.buyer), purchase.order, good)
}

/// A whole good sale to somebody who has not bought before.
pub fn praised_sale(listing: &Listing, number: u8) {
    let purchase = buy(listing, &buyer(number), 0);
    settle(&purchase);
    assert_ok!(rate(&purchase, true));
}

/// The buyer proves that the first chunk is bad.
pub fn dispute(listing: &Listing, purchase: &Purchase) {
    let case = Case {
        genesis: Marketplace::genesis(),
        offer: listing.offer,
        version: 0,
        content: listing.content,
        blinded: purchase.blind.blinded(),
        evaluated: purchase.evaluated,
    };
    let evidence = Evidence::build(&purchase.blind, &case, &listing.sidecar, 0, &listing.chunks[0]).unwrap();
    let proven = frame_system::RawOrigin::Authorized.into();
    Marketplace::dispute(proven, purchase.order, Box::new(evidence)).unwrap();
}
