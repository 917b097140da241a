//! A seller cheats, is caught by arithmetic, and nobody loses a unit by it but the seller; who did not cheat is safe from
//! whoever says so.

use serde_json::Value;
use std::{fs, time::Instant};
use vouchsafe_chain_client::{Call, ChainError, OfferStatus, Signer};
use vouchsafe_e2e::{Cli, Scene, Stall, Terms, Trick, VCH};
use vouchsafe_protocol::{
    delivery::Blind,
    hash::sha256,
    id::{Account, OrderId},
    misbehaviour::Evidence,
    order::{Outcome, Stage},
    price::part,
};

const PRICE: u128 = 12 * VCH + 345;
/// What somebody of whom nothing is known has to put up.
const BOND: u128 = 15 * PRICE;
/// At most a tenth of the bond, of which nothing was given away before, and at most the price.
const REWARD: u128 = PRICE;
const DEPOSIT: u128 = VCH / 100;
/// Windows that no story outlives.
const TERMS: Terms = Terms {
    price: PRICE,
    bond: BOND,
    deliver_within: 600,
    dispute_within: 600,
};

fn number(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

fn both(value: &Value) -> (u128, u128) {
    (number(&value["free"]), number(&value["held"]))
}

#[test]
fn seller_cheats() {
    let scene = Scene::new();
    let chain = &scene.chain;
    let stall = Stall::open(chain, 1, Trick::OtherPlaintext(2), TERMS);
    stall.deliver_to_all(chain);
    let (buyer, account) = scene.buyer("buyer");
    let (late_buyer, late_account) = scene.buyer("late");
    let (seller, gateway) = (stall.seller.account(), stall.gateway.account());
    let [had, seller_had, gateway_had] = [account, seller, gateway].map(|who| chain.total(&who));
    let existed = chain.issuance();

    let run = buyer.run(&scene.buy(&stall, "bought", &["--dispute"]));
    assert_eq!(run.status, 13, "{run:?}");
    let won = &run.json;
    assert_eq!(won["outcome"], "disputed", "{run:?}");
    assert_eq!(
        (won["filed"].as_bool(), won["chunk"].as_u64()),
        (Some(true), Some(2))
    );
    let figures = ["price", "reward", "burned"].map(|figure| number(&won[figure]));
    assert_eq!(figures, [PRICE, REWARD, BOND - REWARD]);

    // To the unit: the buyer paid the fee of the order and won the reward.
    let (free, held) = both(&won["before"]);
    assert_eq!(both(&won["after"]), (free + PRICE + REWARD, held - PRICE));
    assert_eq!(buyer.balance(), both(&won["after"]));
    let fee = had - (free + held);
    assert!(fee > 0 && fee < VCH / 100, "one order's fee, but {fee}");
    assert_eq!(held - PRICE, DEPOSIT);
    assert_eq!(chain.total(&account), had - fee + REWARD);
    assert_eq!(chain.total(&seller), seller_had - BOND - stall.delivery_fees());
    assert_eq!(chain.total(&gateway), gateway_had);
    assert_eq!(
        chain.issuance(),
        existed - (BOND - REWARD),
        "fees go to the author"
    );

    let offer = chain.offer(&stall.offer);
    assert!(matches!(offer.status, OfferStatus::Frozen { .. }), "{offer:?}");
    assert_eq!((offer.bond, offer.open_orders, offer.refunded), (0, 0, 1));
    let faults = |who: &Account| chain.wait(chain.client().faults(who)).unwrap();
    assert_eq!((faults(&seller).as_seller, faults(&seller).as_gateway), (1, 0));
    assert_eq!((faults(&gateway).as_seller, faults(&gateway).as_gateway), (0, 1));

    // The next buyer is refused before paying, and can see why.
    let refused = late_buyer.run(&scene.buy(&stall, "late-bought", &[]));
    assert_eq!(refused.status, 13, "{refused:?}");
    assert!(refused.expect_failure().contains("nothing was paid"));
    assert_eq!(chain.total(&late_account), 100 * VCH);
    assert_eq!(
        late_buyer.run(&["offers"]).expect_success(),
        serde_json::json!([])
    );
    let listed = late_buyer.run(&["offers", "--all"]).expect_success();
    assert_eq!(listed[0]["status"], "frozen", "{listed}");
    let counted = ["seller_faults", "gateway_faults"].map(|field| listed[0][field].as_u64());
    assert_eq!(counted, [Some(1), Some(1)]);
    let audit = late_buyer.run(&["audit", &stall.record.to_string()]);
    assert_eq!(audit.status, 7, "{audit:?}");
    assert!(audit.expect_failure().contains("offer-fraud"));

    // Said again, it is neither filed nor paid again; and buying again is refused.
    let order = won["order"].as_str().unwrap();
    let again = buyer.run(&["dispute", order, "--yes"]).expect_success();
    assert_eq!(
        (again["outcome"].as_str(), again["filed"].as_bool()),
        (Some("disputed"), Some(false))
    );
    let bought_again = buyer.run(&scene.buy(&stall, "bought", &["--dispute"]));
    assert_eq!(bought_again.status, 13, "{bought_again:?}");
    assert_eq!(buyer.balance(), both(&won["after"]));
    let forgotten = buyer.run(&["forget", order]).expect_success();
    assert_eq!(forgotten["forgotten"][0]["outcome"], "disputed", "{forgotten}");
    assert_eq!(buyer.balance().1, 0, "the deposit came back");
}

#[test]
fn buyer_disputes_after_restart() {
    let scene = Scene::new();
    let chain = &scene.chain;
    let stall = Stall::open(chain, 1, Trick::Rubbish(4), TERMS);
    stall.deliver_to_all(chain);
    let (buyer, account) = scene.buyer("buyer");
    let had = chain.total(&account);
    let run = buyer.run(&scene.buy(&stall, "bought", &[]));
    assert_eq!(run.status, 11, "{run:?}");
    let order = chain.orders_of(&account)[0].0;
    let named = order.to_string();
    let said = run.expect_failure();
    assert!(said.contains(&format!("vouchsafe dispute {named}")), "{said}");
    assert!(matches!(scene.stage(&order), Stage::Delivered { .. }));
    let (free, held) = buyer.balance();
    assert_eq!(held, PRICE + DEPOSIT, "nothing was filed");

    // What was kept at home is enough, even when the gateway is gone.
    let gone = ["dispute", &named, "--gateway", "http://127.0.0.1:1", "--dry-run"];
    let dry = buyer.run(&gone).expect_success();
    assert_eq!(
        (dry["accepted"].as_bool(), dry["chunk"].as_u64()),
        (Some(true), Some(4))
    );
    // The kept download is enough as well.
    let out = scene.path("bought");
    let from = ["dispute", &named, "--dry-run", "--from", out.to_str().unwrap()];
    assert_eq!(buyer.run(&from).expect_success()["chunk"], 4);
    let nowhere = scene.path("nowhere");
    let from = [
        "dispute",
        &named,
        "--dry-run",
        "--from",
        nowhere.to_str().unwrap(),
    ];
    assert_eq!(buyer.run(&from).status, 2, "an empty folder proves nothing");

    // Another machine, on which there is nothing but the key.
    let elsewhere = Cli::new(&scene.path("elsewhere"), &scene.node.url());
    let stranger = elsewhere.run(&["dispute", &named, "--key", "dev:bob", "--yes"]);
    assert_eq!(stranger.status, 9, "{stranger:?}");
    let key = "keys/default";
    fs::create_dir_all(scene.path("elsewhere/keys")).unwrap();
    fs::copy(scene.path("buyer").join(key), scene.path("elsewhere").join(key)).unwrap();
    fs::remove_dir_all(&out).unwrap();
    let unasked = elsewhere.run(&["dispute", &named]);
    assert_eq!(unasked.status, 12, "nobody said yes: {unasked:?}");
    assert!(unasked.expect_failure().contains("makes public"));
    assert_eq!(buyer.balance(), (free, held), "and nothing was filed");
    let won = elsewhere.run(&["dispute", &named, "--yes"]).expect_success();
    assert_eq!(
        (won["filed"].as_bool(), won["chunk"].as_u64()),
        (Some(true), Some(4))
    );
    assert_eq!(both(&won["after"]), (free + PRICE + REWARD, DEPOSIT));
    assert_eq!(scene.stage(&order), Stage::Closed(Outcome::Disputed));
    let fee = had - free - held;
    assert_eq!(chain.total(&account), had - fee + REWARD);
}

#[test]
fn seller_silent() {
    let scene = Scene::new();
    let chain = &scene.chain;
    // A block more than the shortest window, because of the content's size.
    let terms = Terms {
        deliver_within: 11,
        dispute_within: 11,
        ..TERMS
    };
    let stall = Stall::open(chain, 1, Trick::None, terms);
    let (buyer, account) = scene.buyer("buyer");
    let (had, existed) = (chain.total(&account), chain.issuance());
    let seller_had = chain.total(&stall.seller.account());
    let run = buyer.run(&scene.buy(&stall, "bought", &["--dispute"]));
    assert_eq!(run.status, 6, "{run:?}");
    let said = run.expect_failure();
    assert!(said.contains("block"), "it says until when: {said}");

    // A hundredth of the price, rounded down, for the wait.
    let compensation = part(PRICE, 10_000);
    assert_eq!(compensation, 120_000_000_003);
    assert!(
        said.contains("0.120000000003 VCH out of the seller's bond"),
        "it says how much to the unit: {said}"
    );
    let fees = had + compensation - chain.total(&account);
    assert!(fees > 0 && fees < VCH / 100, "two fees, but {fees}");
    assert_eq!(buyer.balance().1, DEPOSIT);
    assert_eq!(chain.total(&stall.seller.account()), seller_had - compensation);
    assert_eq!(chain.issuance(), existed);
    let offer = chain.offer(&stall.offer);
    assert_eq!((offer.bond, offer.refunded), (BOND - compensation, 1));
    assert_eq!(offer.status, OfferStatus::Open, "silence is no fraud");

    let order = chain.orders_of(&account)[0].0;
    let named = order.to_string();
    let over = buyer.run(&["dispute", &named, "--yes"]).expect_success();
    assert_eq!(
        (over["outcome"].as_str(), over["filed"].as_bool()),
        (Some("refunded"), Some(false))
    );
}

#[test]
fn hundred_open_orders_refunded() {
    const BUYERS: usize = 100;
    const DELIVERED: usize = 10;
    let terms = Terms {
        price: 2 * VCH,
        // As much as they may all have open together.
        bond: BUYERS as u128 * 2 * VCH,
        deliver_within: 2_000,
        dispute_within: 2_000,
    };
    let reward = terms.price;
    let scene = Scene::new();
    let chain = &scene.chain;
    let started = Instant::now();
    let stall = Stall::open(chain, 1, Trick::OtherPlaintext(1), terms);
    let genesis = chain.client().genesis();
    let buyers: Vec<(Signer, Account, Blind)> = (0..BUYERS)
        .map(|number| {
            let seed = sha256(format!("buyer {number}").as_bytes()).0;
            let signer = Signer::ed25519(&seed);
            let account = signer.account();
            (
                signer,
                account,
                Blind::from_seed(&seed, &genesis, &stall.offer, 0, 0),
            )
        })
        .collect();
    let accounts: Vec<Account> = buyers.iter().map(|(_, account, _)| *account).collect();
    chain.give(&accounts, 5 * VCH);
    let orders: Vec<OrderId> = buyers
        .iter()
        .map(|(_, account, blind)| stall.order_id(account, &blind.blinded()))
        .collect();
    let placing = buyers
        .iter()
        .map(|(signer, _, blind)| (signer.clone(), stall.order(blind.blinded())));
    let fees: Vec<u128> = chain
        .submit_all(placing)
        .iter()
        .map(|receipt| receipt.fee)
        .collect();
    let delivering = buyers.iter().zip(&orders).take(DELIVERED);
    chain.submit_all(delivering.map(|((_, account, blind), order)| {
        let call = stall.delivery(*order, *account, &blind.blinded());
        (stall.seller.clone(), call)
    }));
    assert_eq!(chain.offer(&stall.offer).open_orders, BUYERS as u32);
    let (existed, seller_had) = (chain.issuance(), chain.total(&stall.seller.account()));
    let too_early = chain.wait(
        chain
            .client()
            .submit(&Signer::dev("bob"), Call::Refund { order: orders[1] }),
    );
    assert!(
        matches!(&too_early, Err(ChainError::Refused { error, .. }) if error == "OfferNotFrozen"),
        "{too_early:?}"
    );

    // One of those who were delivered to proves it.
    let Stage::Delivered { evaluated, .. } = scene.stage(&orders[0]) else {
        panic!("the first order was delivered");
    };
    let blind = &buyers[0].2;
    let case = stall.case(blind.blinded(), evaluated);
    let evidence = Evidence::build(blind, &case, &stall.sidecar, 1, &stall.chunk(1)).unwrap();
    let filed = chain.wait(chain.client().dispute(orders[0], evidence)).unwrap();
    assert_eq!(filed.map(|receipt| receipt.fee), Some(0), "it costs nothing");
    let offer = chain.offer(&stall.offer);
    assert_eq!((offer.open_orders, offer.refunded), (BUYERS as u32 - 1, 1));
    let second = Call::Settle { order: orders[1] };
    let settled = chain.wait(chain.client().submit(&Signer::dev("bob"), second));
    assert!(
        matches!(&settled, Err(ChainError::Refused { error, .. }) if error == "OfferFrozen"),
        "nothing but a refund: {settled:?}"
    );

    // Anybody gives the others their money back.
    chain.submit_all(
        orders[1..]
            .iter()
            .map(|order| (Signer::dev("bob"), Call::Refund { order: *order })),
    );
    let offer = chain.offer(&stall.offer);
    assert_eq!(
        (offer.open_orders, offer.refunded, offer.settled),
        (0, BUYERS as u32, 0)
    );
    assert_eq!(chain.wait(chain.client().open_orders(&stall.offer)).unwrap(), []);
    for (number, (account, fee)) in accounts.iter().zip(&fees).enumerate() {
        let won = if number == 0 { reward } else { 0 };
        let found = chain.account(account);
        assert_eq!(found.held, DEPOSIT, "buyer {number}");
        assert_eq!(found.free, 5 * VCH - DEPOSIT - fee + won, "buyer {number}");
        let outcome = if number == 0 {
            Outcome::Disputed
        } else {
            Outcome::Voided
        };
        assert_eq!(scene.stage(&orders[number]), Stage::Closed(outcome));
    }
    assert_eq!(chain.total(&stall.seller.account()), seller_had - terms.bond);
    assert_eq!(chain.issuance(), existed - (terms.bond - reward));
    println!(
        "{BUYERS} orders, one proof, all refunded in {:?}",
        started.elapsed()
    );
}

/// An order that a buyer of the story has placed.
struct Placed {
    order: OrderId,
    blind: Blind,
}

fn place(scene: &Scene, stall: &Stall, seed: [u8; 32]) -> Placed {
    let chain = &scene.chain;
    let signer = Signer::ed25519(&seed);
    chain.give(&[signer.account()], 100 * VCH);
    let blind = Blind::from_seed(&seed, &chain.client().genesis(), &stall.offer, 0, 0);
    chain.submit(&signer, stall.order(blind.blinded()));
    let order = stall.order_id(&signer.account(), &blind.blinded());
    Placed { order, blind }
}

#[test]
fn false_dispute_is_not_included() {
    let scene = Scene::new();
    let chain = &scene.chain;
    let stall = Stall::open(chain, 1, Trick::None, TERMS);
    let victim = place(&scene, &stall, [50; 32]);
    let other = place(&scene, &stall, [51; 32]);
    let waiting = place(&scene, &stall, [52; 32]);
    for (placed, seed) in [(&victim, [50; 32]), (&other, [51; 32])] {
        let buyer = Signer::ed25519(&seed).account();
        chain.submit(
            &stall.seller,
            stall.delivery(placed.order, buyer, &placed.blind.blinded()),
        );
    }
    let blind = *victim.blind.expose();
    let honest = stall.evidence(blind, 1);
    let (offer, seller_has, existed) = (
        chain.offer(&stall.offer),
        chain.total(&stall.seller.account()),
        chain.issuance(),
    );

    let changed = |change: fn(&mut Evidence)| {
        let mut evidence = honest.clone();
        change(&mut evidence);
        evidence
    };
    let foreign = Evidence {
        blind: *other.blind.expose(),
        ..honest.clone()
    };
    for (order, evidence, why) in [
        (
            victim.order,
            honest.clone(),
            "opens to exactly what the offer promised",
        ),
        (
            victim.order,
            changed(|evidence| evidence.ciphertext[0] ^= 1),
            "not those that the leaf commits to",
        ),
        (
            victim.order,
            changed(|evidence| evidence.leaf.commitment.0[0] ^= 1),
            "not at its place under the offer's root",
        ),
        (
            victim.order,
            changed(|evidence| evidence.index = 0),
            "not at its place",
        ),
        (
            victim.order,
            changed(|evidence| evidence.index = 5),
            "no such chunk",
        ),
        (victim.order, foreign, "not the one of this order"),
        (OrderId([9; 32]), honest.clone(), "no such order"),
        (waiting.order, honest.clone(), "was not delivered"),
    ] {
        let refused = chain.wait(chain.client().dispute(order, evidence));
        let Err(ChainError::Rejected { reason }) = refused else {
            panic!("{why}: {refused:?}");
        };
        assert!(reason.contains(why), "{why}: {reason}");
    }
    scene.node.wait_blocks(3);

    assert_eq!(
        chain.offer(&stall.offer),
        offer,
        "nothing has happened to the offer"
    );
    assert_eq!(chain.total(&stall.seller.account()), seller_has);
    assert_eq!(chain.issuance(), existed);
    assert!(matches!(scene.stage(&victim.order), Stage::Delivered { .. }));

    // The real program refuses by itself, with the seller's real delivery before it.
    stall.deliver_to_all(chain);
    let (buyer, account) = scene.buyer("buyer");
    let bought = buyer.run(&scene.buy(&stall, "bought", &[])).expect_success();
    assert_eq!(bought["files"], 3);
    let balance = buyer.balance();
    let order = bought["order"].as_str().unwrap();
    for more in [&["--dry-run"][..], &["--yes"]] {
        let run = buyer.run(&[&["dispute", order], more].concat());
        assert_eq!(run.status, 14, "{run:?}");
        let said = run.expect_failure();
        assert!(
            said.contains("nothing was filed, nothing became public"),
            "{said}"
        );
    }
    assert_eq!(buyer.balance(), balance);
    assert_eq!(chain.account(&account).held, PRICE + DEPOSIT);
    scene.node.wait_blocks(3);

    // No block holds a trace of it: a general transaction is what a dispute is, and begins with 0x45 after its length.
    let transactions = chain.transactions();
    let digits = |bytes: &[u8; 32]| vouchsafe_protocol::id::Digest(*bytes).to_string()[2..].to_owned();
    let holding = |bytes: &[u8; 32]| {
        let digits = digits(bytes);
        transactions
            .iter()
            .filter(|bytes| bytes.contains(&digits))
            .count()
    };
    assert_eq!(
        holding(&victim.blind.blinded().0),
        1,
        "its order is there, so it would be found"
    );
    for secret in [&victim, &other, &waiting] {
        assert_eq!(holding(&secret.blind.expose()), 0, "a blind was published");
    }
    assert_eq!(holding(&honest.leaf.commitment.0), 0, "evidence was published");
    let kinds: Vec<u8> = transactions.iter().map(|text| kind(text)).collect();
    assert!(kinds.contains(&0x84), "signed transactions are found: {kinds:?}");
    assert!(
        !kinds.contains(&0x45),
        "a general transaction was included: {kinds:?}"
    );
    assert_eq!(
        (chain.offer(&stall.offer).refunded, chain.offer(&stall.offer).bond),
        (0, BOND)
    );
}

/// The first byte after a transaction's length: 0x84 is signed, 0x45 general, 0x04 and 0x05 inherent.
fn kind(transaction: &str) -> u8 {
    let byte = |at: usize| u8::from_str_radix(&transaction[2 + 2 * at..4 + 2 * at], 16).unwrap();
    let length = match byte(0) & 3 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => 5,
    };
    byte(length)
}
