//! Programs are killed at the worst moments, each of them seen and not guessed. Nobody pays twice, nothing is listed
//! twice, and the job gets done.

use serde_json::Value;
use std::{fs, path::PathBuf, time::Duration};
use vouchsafe_chain_client::ss58;
use vouchsafe_e2e::{Chain, StaticCopy, VCH, World, photos, wait_until};
use vouchsafe_protocol::order::Stage;

const PRICE: u128 = 3 * VCH;
const DEPOSIT: u128 = VCH / 100;
/// So much time to deliver that no pause of a story is too long.
const PATIENT: &str = "[offer]\ndeliver_within_blocks = 300\n";

/// The demonstration's photos three times over: enough to be caught in the middle of.
fn many_photos(world: &World) -> PathBuf {
    let folder = world.path("many");
    fs::create_dir_all(&folder).unwrap();
    for photo in fs::read_dir(photos()).unwrap().flatten() {
        let name = photo.file_name().into_string().unwrap();
        for copy in 1..=3 {
            fs::copy(photo.path(), folder.join(format!("{copy}-{name}"))).unwrap();
        }
    }
    folder
}

fn clean_files(job: &Value) -> u64 {
    job["files"]["done"].as_u64().unwrap()
}

fn only_offer(world: &World) -> Value {
    let offers = world.buyer.run(&["offers", "--all"]).expect_success();
    assert_eq!(offers.as_array().unwrap().len(), 1, "{offers}");
    offers[0].clone()
}

#[test]
fn a_gateway_killed_while_it_anonymises_starts_again_and_lists_once() {
    let mut world = World::new();
    let job = world.start_sale(&many_photos(&world), PRICE);
    for wanted in [1, 4, 8] {
        let seen = world.wait_for_job(&job, "clean files", |job| clean_files(job) >= wanted);
        world.gateway.kill();
        assert_eq!(seen["stage"], "anonymising", "it was in the middle: {seen}");
        if wanted == 8 {
            // The node does not answer from here on, so that the next step is caught as well.
            world.node.pause();
        }
        world.gateway.start();
        let back = world.gateway.job(&job).expect("the job is still there");
        assert!(
            clean_files(&back) >= clean_files(&seen),
            "a clean file stays clean: {back}"
        );
    }
    let seen = world.wait_for_job(&job, "the registration", |job| job["stage"] == "registering");
    assert_eq!(clean_files(&seen), 15, "{seen}");
    world.gateway.kill();
    world.node.go_on();
    world.gateway.start();
    let offer = world.wait_for_offer(&job);
    assert_eq!(only_offer(&world)["offer"], offer.as_str());
    let bought = world
        .buyer
        .run(&world.buy_arguments(&offer, "bought"))
        .expect_success();
    assert_eq!(bought["files"], 15);
}

#[test]
fn a_gateway_killed_between_order_and_delivery_delivers_when_it_is_back() {
    let mut world = World::with_settings(PATIENT);
    let offer = world.sell(PRICE)["offer"].as_str().unwrap().to_owned();
    // The ciphertext comes from elsewhere, so that the gateway can stand still from before the order on.
    let copy = StaticCopy::of(&world.gateway, &offer);
    let mut arguments = world.buy_arguments(&offer, "bought");
    arguments.extend(["--gateway".to_owned(), copy.url()]);
    world.gateway.pause();
    let buying = world.buyer.start(&arguments);
    let (chain, buyer) = (
        Chain::of(&world.node),
        ss58::decode(&world.buyer_account).unwrap(),
    );
    let order = wait_until("the order", Duration::from_secs(90), || {
        chain.orders_of(&buyer).pop()
    });
    world.gateway.kill();
    let orders = chain.orders_of(&buyer);
    assert_eq!(
        orders,
        [order],
        "one order, final, and nothing has happened to it"
    );
    assert!(
        matches!(orders[0].1.stage, Stage::Placed { .. }),
        "{:?}",
        orders[0].1
    );
    assert_eq!(world.buyer.balance().1, PRICE + DEPOSIT);

    world.gateway.start();
    let bought = buying.finish().expect_success();
    assert_eq!(bought["order"], orders[0].0.to_string());
    let after = chain.orders_of(&buyer);
    assert_eq!(after.len(), 1, "one order, not two");
    assert!(
        after[0].1.stage.evaluated().is_some(),
        "delivered: {:?}",
        after[0].1
    );
}

#[test]
fn a_node_killed_in_mid_sale_comes_back_and_the_sale_goes_on() {
    let mut world = World::new();
    let job = world.start_sale(&photos(), PRICE);
    world.node.kill();
    let waits = world.wait_for_job(&job, "a word about the node", |job| job["state"] == "waiting");
    assert_eq!(waits["stage"], "registering", "{waits}");
    assert_eq!(waits["reason"]["code"], "chain_unreachable", "{waits}");
    world.node.resume();
    let offer = world.wait_for_offer(&job);
    assert_eq!(only_offer(&world)["offer"], offer.as_str());
    world
        .buyer
        .run(&world.buy_arguments(&offer, "bought"))
        .expect_success();
}

#[test]
fn a_buyer_interrupted_anywhere_goes_on_and_pays_once() {
    let world = World::with_settings(PATIENT);
    let offer = world.sell(PRICE)["offer"].as_str().unwrap().to_owned();
    let copy = StaticCopy::of(&world.gateway, &offer);
    let mut arguments = world.buy_arguments(&offer, "bought");
    arguments.extend(["--gateway".to_owned(), copy.url()]);
    let (chain, buyer) = (
        Chain::of(&world.node),
        ss58::decode(&world.buyer_account).unwrap(),
    );
    let (before, _) = world.buyer.balance();
    // The seller stands still, so that the buyer reaches the wait for the key and no further.
    world.gateway.pause();
    for (moment, paid) in [
        ("checked:", Some(0)),
        // Whether the transaction left before the end is anybody's guess.
        ("ordering:", None),
        ("waiting for the key", Some(1)),
        ("waiting for the key", Some(1)),
    ] {
        let mut buying = world.buyer.start(&arguments);
        buying.wait_for_words(moment);
        buying.kill();
        if let Some(paid) = paid {
            let orders = chain.orders_of(&buyer);
            assert_eq!(orders.len(), paid, "after {moment:?}: {orders:?}");
        }
    }
    world.gateway.go_on();
    let bought = world.buyer.run(&arguments).expect_success();
    assert_eq!(bought["files"], 5);
    let orders = chain.orders_of(&buyer);
    let [(id, order)] = orders.as_slice() else {
        panic!("one order, but {orders:?}");
    };
    assert_eq!(
        (bought["order"].as_str(), order.price),
        (Some(&*id.to_string()), PRICE)
    );
    let spent = before - world.buyer.balance().0;
    assert!(
        (PRICE + DEPOSIT..PRICE + 2 * DEPOSIT).contains(&spent),
        "one price, one deposit, small fees, but {spent}"
    );
}
