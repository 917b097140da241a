//! What buyers and the chain itself say of sellers, and what follows from it: to the unit as `protocol::trust` says.

use std::{collections::BTreeMap, time::Duration};
use vouchsafe_chain_client::{Call, ChainError, Receipt, Signer, Trust};
use vouchsafe_e2e::{Scene, Stall, Terms, Trick, VCH, wait_until};
use vouchsafe_protocol::{
    delivery::Blind,
    hash::sha256,
    id::{Account, OrderId},
    order::Stage,
    price::divide,
    trust::{
        Cell, Facet, Happening, Headline, Modality, OutOfReach, Parameters, Role, Standing, UNIT, bond,
        headline, units,
    },
};

/// Those of a development chain, where a block comes every second.
const PARAMETERS: Parameters = Parameters::first(86_400, VCH);
/// Of which the chain burns 1.5 %: a little more than a unit and a half.
const PRICE: u128 = 101 * VCH + 345;

/// Room for `orders` at once, and windows that let a story go on.
fn terms(price: u128, orders: u128) -> Terms {
    Terms {
        price,
        bond: price * orders.max(15),
        deliver_within: 600,
        // A block more than the shortest window, because of the content's size.
        dispute_within: 11,
    }
}

/// Somebody who bought, or will.
struct Buyer {
    signer: Signer,
    blind: Blind,
    order: OrderId,
}

/// So many buyers at a stall, with money for one order each.
fn buyers(scene: &Scene, stall: &Stall, price: u128, names: &str, count: usize) -> Vec<Buyer> {
    let genesis = scene.chain.client().genesis();
    let buyers: Vec<Buyer> = (0..count)
        .map(|number| {
            let seed = sha256(format!("{names} {number}").as_bytes()).0;
            let signer = Signer::ed25519(&seed);
            let blind = Blind::from_seed(&seed, &genesis, &stall.offer, 0, 0);
            let order = stall.order_id(&signer.account(), &blind.blinded());
            Buyer { signer, blind, order }
        })
        .collect();
    let accounts: Vec<Account> = buyers.iter().map(|buyer| buyer.signer.account()).collect();
    scene.chain.give(&accounts, price + 5 * VCH);
    buyers
}

/// Everybody orders, is delivered to and settles; the heights of the settlements. `fees` are what all of it cost.
fn buy(scene: &Scene, stall: &Stall, buyers: &[Buyer], fees: &mut u128) -> Vec<u32> {
    let chain = &scene.chain;
    let mut paid = |receipts: &[Receipt]| *fees += receipts.iter().map(|receipt| receipt.fee).sum::<u128>();
    let ordering = buyers
        .iter()
        .map(|buyer| (buyer.signer.clone(), stall.order(buyer.blind.blinded())));
    paid(&chain.submit_all(ordering));
    let delivering = buyers.iter().map(|buyer| {
        let account = buyer.signer.account();
        let call = stall.delivery(buyer.order, account, &buyer.blind.blinded());
        (stall.seller.clone(), call)
    });
    paid(&chain.submit_all(delivering));
    let quiet = buyers.iter().map(|buyer| match scene.stage(&buyer.order) {
        Stage::Delivered { dispute_by, .. } => dispute_by,
        other => panic!("it was delivered, but is {other:?}"),
    });
    let quiet = quiet.max().expect("somebody bought");
    wait_until("the end of the quiet windows", Duration::from_secs(120), || {
        scene.node.finalised().filter(|height| *height >= quiet)
    });
    let settling = buyers
        .iter()
        .map(|buyer| (buyer.signer.clone(), Call::Settle { order: buyer.order }));
    let settled = chain.submit_all(settling);
    paid(&settled);
    settled.iter().map(|receipt| receipt.height).collect()
}

/// Everybody says that it was good; the heights at which they did.
fn praise(scene: &Scene, buyers: &[Buyer], fees: &mut u128) -> Vec<u32> {
    let rating = buyers.iter().map(|buyer| {
        let (order, good) = (buyer.order, true);
        (buyer.signer.clone(), Call::Rate { order, good })
    });
    let rated = scene.chain.submit_all(rating);
    *fees += rated.iter().map(|receipt| receipt.fee).sum::<u128>();
    rated.iter().map(|receipt| receipt.height).collect()
}

/// What happened to a seller, and at which heights.
#[derive(Default)]
struct History(Vec<(u32, Happening)>);

impl History {
    fn add(&mut self, happening: Happening, heights: &[u32]) {
        self.0.extend(heights.iter().map(|height| (*height, happening)));
    }

    /// What follows from it at a height, computed here from nothing else.
    fn follows(&self, at: u32) -> (Headline, Standing, u64) {
        let mut happened = self.0.clone();
        happened.sort_by_key(|(height, _)| *height);
        let mut cells = BTreeMap::<Facet, Cell>::new();
        for (height, happening) in happened {
            for effect in happening.effects(&PARAMETERS) {
                if effect.role == Role::Seller {
                    let cell = cells.entry(effect.facet).or_default();
                    // Nobody audits here, so nothing makes praise dearer.
                    *cell = cell.with(effect.change, 0, height, &PARAMETERS);
                }
            }
        }
        let now = |facet| {
            let cell = cells.get(&facet).copied().unwrap_or_default();
            cell.decayed(at, &PARAMETERS)
        };
        let (content, opinion, delivery) = (now(Facet::Content), now(Facet::Opinion), now(Facet::Delivery));
        let standing = Standing {
            audits: content.amount(),
            opinions: opinion.amount(),
            deliveries: delivery.amount(),
            frozen: self
                .0
                .iter()
                .any(|(_, happening)| *happening == Happening::FraudProven),
        };
        (headline(&standing, &PARAMETERS), standing, delivery.strikes)
    }
}

fn trust_of(scene: &Scene, account: &Account) -> Trust {
    let asked = scene.chain.client().trust(account, Role::Seller, Modality::Any);
    scene.chain.wait(asked).unwrap()
}

/// The chain's answer, which must be what follows from the seller's history.
fn agreed(scene: &Scene, seller: &Account, history: &History) -> Headline {
    let found = trust_of(scene, seller);
    let (headline, standing, strikes) = history.follows(found.at);
    assert_eq!(found.standing, standing, "the evidence at block {}", found.at);
    assert_eq!((found.headline, found.strikes), (headline, strikes));
    assert_eq!((found.formula, found.parameters), (1, 1));
    headline
}

/// The bond that the seller's next offer needs.
fn due(scene: &Scene, seller: &Account, price: u128) -> u128 {
    let dues = scene.chain.wait(scene.chain.client().dues(seller, price));
    dues.unwrap().bond
}

/// What a sale at this price burns.
fn burned(scene: &Scene, price: u128) -> u128 {
    let house = scene.chain.wait(scene.chain.client().house()).unwrap();
    divide(price, house.share, &[]).burned
}

#[test]
fn a_good_seller_rises_over_twenty_purchases_exactly_as_the_formula_says() {
    const BUYERS: usize = 20;
    let scene = Scene::new();
    let stall = Stall::open(&scene.chain, 1, Trick::None, terms(PRICE, BUYERS as u128));
    let seller = stall.seller.account();
    let weight = PARAMETERS.order_weight(burned(&scene, PRICE));
    assert!(weight >= UNIT + UNIT / 2, "a unit and a half, but {weight}");
    let mut history = History::default();
    assert_eq!(agreed(&scene, &seller, &history).score, 0);
    assert_eq!(due(&scene, &seller, PRICE), 15 * PRICE);

    let buyers = buyers(&scene, &stall, PRICE, "buyer", BUYERS);
    let settled = buy(&scene, &stall, &buyers, &mut 0);
    history.add(Happening::Settled { weight }, &settled);
    let headline = agreed(&scene, &seller, &history);
    assert_eq!(
        (headline.score, headline.known),
        (0, false),
        "sales alone show nothing"
    );

    let mut scores = Vec::new();
    for some in buyers.chunks(4) {
        let rated = praise(&scene, some, &mut 0);
        history.add(Happening::Rated { good: true, weight }, &rated);
        scores.push(agreed(&scene, &seller, &history).score);
    }
    // r / (r + 4) of a little more than 6, 12, 18, 24 and 30 units, in steps of 2.5 points.
    assert_eq!(scores, [6_000, 7_500, 8_000, 8_500, 8_750]);
    let found = trust_of(&scene, &seller);
    assert_eq!((found.settled, found.rated, found.open), (20, 20, 0));
    assert_eq!(due(&scene, &seller, PRICE), bond(PRICE, 8_750));

    // The command line says the same, and so does the list of what is sold.
    let (reader, _) = scene.buyer("reader");
    let shown = reader.run(&["trust", &seller.to_string()]).expect_success();
    assert_eq!(
        (shown["score"].as_u64(), shown["known"].as_bool()),
        (Some(8_750), Some(true))
    );
    assert_eq!(shown["bond_of_price"], 62_500, "six and a quarter prices");
    assert_eq!(
        shown["faking"][1]["burned"], "0",
        "80 % is there already: {shown}"
    );
    let listed = reader.run(&["offers"]).expect_success();
    assert_eq!(listed[0]["trust"]["seller"]["score"], 8_750, "{listed}");
    assert_eq!(listed[0]["trust"]["gateway"]["known"], false, "{listed}");
    let audit = reader.run(&["audit", &stall.record.to_string()]);
    assert_eq!(audit.json["trust"]["seller"]["score"], 8_750, "{audit:?}");
}

#[test]
fn a_proven_fraud_drops_the_score_raises_the_next_bond_and_is_not_bought_away() {
    /// Burns four units, all that one buyer's word may weigh.
    const DEAR: u128 = 267 * VCH;
    const CHEATED: usize = 5;
    const OWN: usize = 5;
    let scene = Scene::new();
    let chain = &scene.chain;
    let mut stall = Stall::open(chain, 1, Trick::OtherPlaintext(2), terms(DEAR, 15));
    let seller = stall.seller.account();
    let price_burned = burned(&scene, DEAR);
    let weight = PARAMETERS.order_weight(price_burned);
    let opinion = Happening::Rated {
        good: true,
        weight: weight.min(units(PARAMETERS.pair_cap)),
    };

    // Five buyers do not look.
    let mut history = History::default();
    let trusting = buyers(&scene, &stall, DEAR, "trusting", CHEATED);
    history.add(
        Happening::Settled { weight },
        &buy(&scene, &stall, &trusting, &mut 0),
    );
    history.add(opinion, &praise(&scene, &trusting, &mut 0));
    let before = agreed(&scene, &seller, &history);
    assert_eq!((before.score, before.flagged), (8_250, false), "20 / 24 of all");
    let due_before = due(&scene, &seller, DEAR);
    assert_eq!(due_before, bond(DEAR, 8_250));

    // The sixth does.
    stall.deliver_to_all(chain);
    let (buyer, account) = scene.buyer("buyer");
    chain.give(&[account], DEAR);
    let run = buyer.run(&scene.buy(&stall, "bought", &["--dispute"]));
    assert_eq!(run.status, 13, "{run:?}");
    let found = trust_of(&scene, &seller);
    // Frauds decay so little in a block that the height of the proof is told by the evidence itself.
    let proven = (found.since..=found.at).find(|height| {
        let mut told = History(history.0.clone());
        told.add(Happening::FraudProven, &[*height]);
        told.follows(found.at).1 == found.standing
    });
    history.add(
        Happening::FraudProven,
        &[proven.expect("it was proven in one of these blocks")],
    );
    let after = agreed(&scene, &seller, &history);
    assert!(after.score < before.score && after.flagged, "{after:?}");
    assert_eq!(
        after.score,
        after.high - after.high % 250,
        "as good as the fraud allows"
    );
    let due_after = due(&scene, &seller, DEAR);
    assert_eq!(due_after, bond(DEAR, after.score));
    assert!(due_after > due_before);
    let shown = buyer.run(&["trust", &seller.to_string()]).expect_success();
    assert_eq!(
        (shown["flagged"].as_bool(), shown["frozen"].as_bool()),
        (Some(true), Some(true))
    );

    // The next offer is not taken under the bond that was enough before.
    let record = stall.record_again(chain, 2);
    chain.give(&[seller], due_after);
    let refused = stall.offer_again(chain, record, due_before);
    assert!(
        matches!(&refused, Err(ChainError::Refused { error, .. }) if error == "BondTooLow"),
        "{refused:?}"
    );
    stall.offer_again(chain, record, due_after).unwrap();

    // The cheat buys from accounts of their own, and praises what they bought.
    let own = buyers(&scene, &stall, DEAR, "own", OWN);
    let family: Vec<Account> = own
        .iter()
        .map(|one| one.signer.account())
        .chain([seller])
        .collect();
    let wealth = || family.iter().map(|one| chain.total(one)).sum::<u128>();
    let (had, existed, mut fees) = (wealth(), chain.issuance(), 0);
    history.add(
        Happening::Settled { weight },
        &buy(&scene, &stall, &own, &mut fees),
    );
    history.add(opinion, &praise(&scene, &own, &mut fees));
    assert_eq!(existed - chain.issuance(), OWN as u128 * price_burned);
    assert_eq!(had - wealth(), OWN as u128 * price_burned + fees, "to the unit");
    let bought = agreed(&scene, &seller, &history);
    assert!(
        bought.middle > bought.high + 500,
        "praise alone would have: {bought:?}"
    );
    assert_eq!(bought.score, bought.high - bought.high % 250);
    assert!(bought.flagged && bought.score < before.score, "{bought:?}");
    let asked = chain
        .client()
        .price_of(&seller, Role::Seller, Modality::Any, before.score);
    assert_eq!(chain.wait(asked).unwrap().price, Err(OutOfReach::AboveAudits));
}

#[test]
fn what_a_newcomer_may_not_have_open_is_refused_before_anything_is_paid() {
    const CHEAP: u128 = 4 * VCH;
    let scene = Scene::new();
    let chain = &scene.chain;
    let stall = Stall::open(chain, 1, Trick::None, terms(CHEAP, 15));
    let seller = stall.seller.account();
    let room = || chain.wait(chain.client().dues(&seller, CHEAP)).unwrap().room;
    assert_eq!(room(), 15 * CHEAP);
    let buyers = buyers(&scene, &stall, CHEAP, "buyer", 16);
    let order = |buyer: &Buyer| (buyer.signer.clone(), stall.order(buyer.blind.blinded()));
    chain.submit_all(buyers[..15].iter().map(order));
    assert_eq!(room(), 0);

    let (late, account) = scene.buyer("late");
    let refused = late.run(&scene.buy(&stall, "bought", &[]));
    assert_eq!(refused.status, 8, "{refused:?}");
    let said = refused.expect_failure();
    assert!(
        said.contains("as many orders open") && said.contains("nothing was paid"),
        "{said}"
    );
    assert_eq!(chain.total(&account), 100 * VCH, "not even a fee");
    let (signer, call) = order(&buyers[15]);
    let said = chain.wait(chain.client().submit(&signer, call));
    assert!(
        matches!(&said, Err(ChainError::Refused { error, .. }) if error == "TooMuchOpen"),
        "{said:?}"
    );
}

#[test]
fn who_did_not_buy_cannot_rate_and_who_bought_can_once() {
    const CHEAP: u128 = 67 * VCH;
    let scene = Scene::new();
    let chain = &scene.chain;
    let stall = Stall::open(chain, 1, Trick::None, terms(CHEAP, 15));
    stall.deliver_to_all(chain);
    let (buyer, account) = scene.buyer("buyer");
    let (stranger, _) = scene.buyer("stranger");
    let bought = buyer.run(&scene.buy(&stall, "bought", &[])).expect_success();
    let named = bought["order"].as_str().unwrap().to_owned();
    let order = chain.orders_of(&account)[0].0;
    assert_eq!(order.to_string(), named);

    let early = buyer.run(&["rate", &named, "good"]);
    assert_eq!(early.status, 8, "{early:?}");
    let said = early.expect_failure();
    assert!(said.contains("has not settled"), "{said}");
    let Stage::Delivered { dispute_by, .. } = scene.stage(&order) else {
        panic!("it was delivered");
    };
    wait_until("the end of the quiet window", Duration::from_secs(120), || {
        scene.node.finalised().filter(|height| *height >= dispute_by)
    });
    chain.submit(&Signer::dev("bob"), Call::Settle { order });

    // Neither the program nor the chain takes anybody else's word.
    let refused = stranger.run(&["rate", &named, "bad"]);
    assert_eq!(refused.status, 9, "{refused:?}");
    let call = |good| Call::Rate { order, good };
    let said = chain.wait(chain.client().submit(&Signer::dev("bob"), call(false)));
    assert!(
        matches!(&said, Err(ChainError::Refused { pallet, error, .. })
            if pallet == "Reputation" && error == "NotBuyer"),
        "{said:?}"
    );
    assert_eq!(trust_of(&scene, &stall.seller.account()).rated, 0);

    let rated = buyer.run(&["rate", &named, "good"]).expect_success();
    assert_eq!(rated["good"], true, "{rated}");
    let weight = PARAMETERS.order_weight(burned(&scene, CHEAP));
    assert_eq!(rated["weight"], weight.to_string(), "{rated}");
    let found = trust_of(&scene, &stall.seller.account());
    assert_eq!((found.settled, found.rated), (1, 1));
    assert_eq!(found.standing.opinions.s, 0);
    assert_eq!(rated["score"], found.headline.score, "{rated}");

    let again = buyer.run(&["rate", &named, "bad"]);
    assert_eq!(again.status, 8, "{again:?}");
    assert!(again.expect_failure().contains("rated already"));
    let unknown = buyer.run(&["rate", &format!("0x{}", "7".repeat(64)), "good"]);
    assert_eq!(unknown.status, 10, "{unknown:?}");
    let nobody = buyer.run(&["trust", &named]).expect_success();
    assert_eq!(
        (nobody["score"].as_u64(), nobody["known"].as_bool()),
        (Some(0), Some(false))
    );
}
