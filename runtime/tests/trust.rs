//! Trust as it is on the chain: what buyers, sellers and cheats do, and what their scores, bonds and room are then.

use frame_support::{assert_noop, assert_ok, traits::fungible::Mutate};
use pallet_balances::TotalIssuance;
use pallet_reputation::{
    Activities, Cells, ParametersOf, Quote, Trust, runtime_api::runtime_decl_for_trust_api::TrustApi,
};
use sp_genesis_builder::PresetId;
use sp_keyring::Ed25519Keyring::{self, Alice, Charlie, Dave};
use sp_runtime::{BuildStorage, DispatchError, DispatchResult};
use vouchsafe_protocol::{
    chunk::Layout,
    delivery::{Blind, Context, OfferSecret, Point},
    id::{Account, Digest, OfferId, OrderId, RecordId},
    misbehaviour::{Case, Evidence},
    record::{Content, Grade, Statement},
    sidecar::Sidecar,
    trust::{
        Amount, Cell, Change, Facet, Happening, Modality, OutOfReach, Parameters, Role, Standing, UNIT, bond,
        headline, lower, units, upper,
    },
};
use vouchsafe_runtime::{
    AccountId, Balances, Marketplace, Provenance, Reputation, Runtime, RuntimeGenesisConfig, RuntimeOrigin,
    System,
    constants::{MIN_DELIVER_WITHIN, MIN_DISPUTE_WITHIN, VCH},
    genesis,
};

/// 1.5 VCH of it are burned: a unit and a half.
const PRICE: u128 = 100 * VCH;
const WEIGHT: u64 = UNIT / 2 * 3;
const LICENCE: Digest = Digest([9; 32]);
const CHUNK: usize = 1_000;
const QUIET: u32 = MIN_DISPUTE_WITHIN + 1;

type MarketError = pallet_marketplace::Error<Runtime>;
type TrustError = pallet_reputation::Error<Runtime>;

/// What a seller has on offer, and keeps.
struct Listing {
    seller: AccountId,
    offer: OfferId,
    content: Content,
    secret: OfferSecret,
    sidecar: Sidecar,
    chunks: [Vec<u8>; 2],
}

/// One order, and what its buyer keeps.
struct Purchase {
    buyer: AccountId,
    order: OrderId,
    blind: Blind,
    evaluated: Point,
}

fn account(who: &AccountId) -> Account {
    Account(who.clone().into())
}

fn signed(who: &AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.clone())
}

/// The development network at block 1, with Charlie's gateway.
fn with_market(test: impl FnOnce()) {
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
fn buyer(number: u8) -> AccountId {
    let who = AccountId::new([100 + number; 32]);
    Balances::set_balance(&who, 10 * PRICE);
    who
}

/// A listing that is not offered yet; its record is registered.
fn prepare(seller: Ed25519Keyring, nonce: u64, honest: bool) -> (Listing, RecordId) {
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

fn offer(listing: &Listing, record: RecordId, nonce: u64, bond: u128) -> DispatchResult {
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

fn list(seller: Ed25519Keyring, nonce: u64, honest: bool, bond: u128) -> Listing {
    let (listing, record) = prepare(seller, nonce, honest);
    assert_ok!(offer(&listing, record, nonce, bond));
    listing
}

fn place(listing: &Listing, buyer: &AccountId, attempt: u32) -> Result<(OrderId, Blind), DispatchError> {
    let chain = Marketplace::genesis();
    let blind = Blind::from_seed(&account(buyer).0, &chain, &listing.offer, 0, attempt);
    let blinded = blind.blinded();
    Marketplace::order(signed(buyer), listing.offer, 0, blinded, PRICE, LICENCE)?;
    let order = OrderId::derive(&chain, &listing.offer, 0, &account(buyer), &blinded);
    Ok((order, blind))
}

/// `buyer` orders, and the seller delivers.
fn buy(listing: &Listing, buyer: &AccountId, attempt: u32) -> Purchase {
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
fn settle(purchase: &Purchase) {
    System::set_block_number(System::block_number() + QUIET + 1);
    assert_ok!(Marketplace::settle(signed(&purchase.buyer), purchase.order));
}

fn rate(purchase: &Purchase, good: bool) -> DispatchResult {
    Reputation::rate(signed(&purchase.buyer), purchase.order, good)
}

/// A whole good sale to somebody who has not bought before.
fn praised_sale(listing: &Listing, number: u8) {
    let purchase = buy(listing, &buyer(number), 0);
    settle(&purchase);
    assert_ok!(rate(&purchase, true));
}

/// The buyer proves that the first chunk is bad.
fn dispute(listing: &Listing, purchase: &Purchase) {
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

fn parameters() -> Parameters {
    ParametersOf::<Runtime>::get()
}

fn seller(who: Ed25519Keyring) -> Trust {
    Runtime::trust(who.to_account_id(), Role::Seller, Modality::Any)
}

fn audited(happening: Happening, seller: Ed25519Keyring) {
    let (seller, gateway) = (seller.to_account_id(), Charlie.to_account_id());
    Reputation::note(happening, Some(&seller), Some(&gateway), None, Modality::Any);
}

#[test]
fn a_good_seller_rises_over_twenty_purchases_exactly_as_the_formula_says() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let (mut delivery, mut opinion) = (Cell::default(), Cell::default());
        let mut scores = vec![];
        for number in 0..20 {
            praised_sale(&listing, number);
            let (now, parameters) = (System::block_number(), parameters());
            delivery = delivery.with(Change::Good(WEIGHT), 0, now, &parameters);
            opinion = opinion.with(Change::Good(WEIGHT), 0, now, &parameters);
            let standing = Standing {
                opinions: opinion.amount(),
                deliveries: delivery.amount(),
                ..Standing::default()
            };
            let trust = seller(Alice);
            assert_eq!(trust.standing, standing);
            assert_eq!(trust.headline, headline(&standing, &parameters));
            let count = u32::from(number) + 1;
            assert_eq!((trust.settled, trust.rated, trust.open), (count, count, 0));
            let dues = Runtime::dues(listing.seller.clone(), PRICE);
            assert_eq!(dues.bond, bond(PRICE, trust.headline.score));
            assert_eq!((dues.formula, dues.parameters), (1, 1));
            scores.push(trust.headline.score);
        }
        // Without audits that is lower(1.5 n, 0) in steps of 250, less what decays within minutes.
        assert!(scores.is_sorted());
        assert_eq!((scores[0], scores[1], scores[19]), (2_500, 4_250, 8_750));
        assert!(lower(units(30), 0) - seller(Alice).headline.middle < 2);
        let dues = Runtime::dues(listing.seller.clone(), PRICE);
        assert_eq!((dues.bond, dues.score), (PRICE * 625 / 100, 8_750));
        assert_eq!(dues.room, Marketplace::room(&listing.seller));
        assert!(
            (19 * PRICE..20 * PRICE).contains(&dues.room),
            "fifteen prices and a quarter of twenty"
        );
    });
}

#[test]
fn buying_from_oneself_burns_and_does_not_lift_above_what_audits_allow() {
    with_market(|| {
        audited(Happening::AuditMismatch, Alice);
        let listing = list(Alice, 1, true, 15 * PRICE);
        let bound = seller(Alice).headline.high;
        assert_eq!((bound, upper(0, units(3))), (5_715, 5_715));
        let puppets: Vec<_> = (0..20).map(buyer).collect();
        let wealth = || -> u128 {
            let all = puppets.iter().chain([&listing.seller]);
            all.map(|who| Balances::free_balance(who) + Balances::reserved_balance(who))
                .sum()
        };
        let (before, issued) = (wealth(), TotalIssuance::<Runtime>::get());
        for (attempt, puppet) in puppets.iter().enumerate() {
            let purchase = buy(&listing, puppet, attempt as u32);
            settle(&purchase);
            assert_ok!(rate(&purchase, true));
        }
        let burned = 20 * PRICE * 15 / 1_000;
        assert_eq!(before - wealth(), burned);
        assert_eq!(issued - TotalIssuance::<Runtime>::get(), burned);
        let after = seller(Alice).headline;
        assert!(
            after.high <= bound + 1,
            "bad evidence decays by less than that in minutes"
        );
        assert_eq!((after.score, after.flagged), (5_500, true));
        assert!(after.middle > after.high, "thirty units would say more");
        let quote = Runtime::price_of(listing.seller.clone(), Role::Seller, Modality::Any, 9_000);
        let now = System::block_number();
        let expected = Quote {
            price: Err(OutOfReach::AboveAudits),
            parameters: 1,
            formula: 1,
            at: now,
        };
        assert_eq!(quote, expected);
    });
}

#[test]
fn who_did_not_buy_cannot_rate_and_who_bought_can_once() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let purchase = buy(&listing, &buyer(0), 0);
        assert_noop!(rate(&purchase, true), TrustError::NotRatable);
        settle(&purchase);
        for other in [buyer(1), Alice.to_account_id(), Charlie.to_account_id()] {
            assert_noop!(
                Reputation::rate(signed(&other), purchase.order, true),
                TrustError::NotBuyer
            );
        }
        assert_ok!(rate(&purchase, false));
        assert_noop!(rate(&purchase, true), TrustError::NotRatable);
        let said = seller(Alice).standing.opinions;
        assert_eq!(said, Amount { r: 0, s: WEIGHT });
    });
}

#[test]
fn a_proven_fraud_drops_the_score_and_raises_the_bond_of_the_next_offer() {
    with_market(|| {
        let good = list(Alice, 1, true, 15 * PRICE);
        for number in 0..12 {
            praised_sale(&good, number);
        }
        let before = seller(Alice).headline;
        assert_eq!((before.score, before.flagged), (8_000, false));
        // What was earned is worth something: the next offer takes seven prices, to the planck.
        let (bad, record) = prepare(Alice, 2, false);
        assert_noop!(offer(&bad, record, 2, 7 * PRICE - 1), MarketError::BondTooLow);
        assert_ok!(offer(&bad, record, 2, 7 * PRICE));

        let victim = buyer(50);
        let purchase = buy(&bad, &victim, 0);
        dispute(&bad, &purchase);
        let after = seller(Alice);
        assert_eq!((after.strikes, after.open), (UNIT, 0));
        assert!(after.standing.frozen && after.headline.flagged);
        // Eighteen good units of delivery and twenty-five bad ones: (25 + 2 - 2 * sqrt(1 + 450 / 43)) / 47 = 0.4304.
        assert!(upper(units(18), units(25)).abs_diff(after.headline.high) < 2);
        assert_eq!(after.headline.score, 5_500);
        let gateway = Runtime::trust(Charlie.to_account_id(), Role::Gateway, Modality::Any);
        assert_eq!(gateway.standing.deliveries, after.standing.deliveries);
        assert!(gateway.standing.frozen && gateway.headline.flagged);

        let (next, record) = prepare(Alice, 3, true);
        assert_noop!(offer(&next, record, 3, 7 * PRICE), MarketError::BondTooLow);
        assert_noop!(offer(&next, record, 3, 950 * VCH - 1), MarketError::BondTooLow);
        assert_ok!(offer(&next, record, 3, 950 * VCH));
        assert_eq!(Runtime::dues(next.seller.clone(), PRICE).bond, 950 * VCH);
    });
}

#[test]
fn an_order_that_nobody_delivers_is_evidence_against_both() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let (order, _) = place(&listing, &buyer(0), 0).unwrap();
        System::set_block_number(System::block_number() + MIN_DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(&buyer(1)), order));
        for (who, role) in [(Alice, Role::Seller), (Charlie, Role::Gateway)] {
            let cell = Cells::<Runtime>::get(who.to_account_id(), (role, Facet::Delivery, Modality::Any));
            assert_eq!(cell.map(|cell| (cell.r, cell.s, cell.bad)), Some((0, WEIGHT, 1)));
        }
    });
}

#[test]
fn a_newcomer_sells_fifteen_at_once_and_what_is_known_to_be_open_is_what_is() {
    with_market(|| {
        let listing = list(Dave, 1, true, 15 * PRICE);
        let buyers: Vec<_> = (0..16).map(buyer).collect();
        let first = buy(&listing, &buyers[0], 0);
        for buyer in &buyers[1..15] {
            buy(&listing, buyer, 0);
        }
        let open = || Activities::<Runtime>::get(&listing.seller).open;
        assert_eq!((open(), Marketplace::room(&listing.seller)), (15 * PRICE, 0));
        assert_eq!(
            place(&listing, &buyers[15], 0).map(drop),
            Err(MarketError::TooMuchOpen.into())
        );
        settle(&first);
        assert_eq!(
            (open(), Marketplace::room(&listing.seller)),
            (14 * PRICE, PRICE * 5 / 4)
        );
        assert!(place(&listing, &buyers[15], 0).is_ok());
        let stored: u128 = pallet_marketplace::Orders::<Runtime>::iter_values()
            .filter(|order| order.is_open())
            .map(|order| order.price)
            .sum();
        assert_eq!(open(), stored);
    });
}

#[test]
fn only_root_changes_the_parameters() {
    with_market(|| {
        let next = Parameters {
            version: 2,
            unit_fee: 2 * VCH,
            ..parameters()
        };
        assert_noop!(
            Reputation::set_parameters(signed(&Alice.to_account_id()), next),
            DispatchError::BadOrigin
        );
        assert_ok!(Reputation::set_parameters(RuntimeOrigin::root(), next));
        assert_eq!(seller(Alice).parameters, 2);
    });
}
