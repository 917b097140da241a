//! Programs are killed at the worst moments. Nobody pays twice, nothing is listed twice, and the job gets done.

use std::{thread::sleep, time::Duration};
use vouchsafe_e2e::{VCH, World, photos, wait_until};

const PRICE: u128 = 3 * VCH;

fn offers_of(world: &World) -> usize {
    world
        .buyer
        .run(&["offers", "--all"])
        .expect_success()
        .as_array()
        .unwrap()
        .len()
}

#[test]
fn a_gateway_killed_while_it_anonymises_starts_again_and_lists_once() {
    let mut world = World::new();
    let mut arguments = world.sell_arguments(&photos(), PRICE);
    arguments.push("--no-wait".into());
    let job = world.seller_cli.run(&arguments).expect_success()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    let route = format!("/v1/jobs/{job}");
    // Again and again, until the job is past its files.
    for pause in [50, 300, 700, 1_500] {
        sleep(Duration::from_millis(pause));
        world.gateway.kill();
        world.gateway.start();
    }
    let done = wait_until("the offer", Duration::from_secs(120), || {
        world
            .gateway
            .get(&route)
            .filter(|job| job["state"] == "done" || job["state"] == "failed")
    });
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(offers_of(&world), 1);
    let offer = done["offer"].as_str().unwrap();
    world
        .buyer
        .run(&world.buy_arguments(offer, "bought"))
        .expect_success();
}

#[test]
fn a_gateway_killed_between_order_and_delivery_delivers_when_it_is_back() {
    let mut world = World::new();
    let sold = world.sell(PRICE);
    let offer = sold["offer"].as_str().unwrap().to_owned();
    let mut buying = world.buyer.spawn(&world.buy_arguments(&offer, "bought"));
    // The ciphertext is fetched first; kill the gateway as soon as the money is on hold.
    wait_until("the order", Duration::from_secs(60), || {
        (world.buyer.balance().1 >= PRICE).then_some(())
    });
    world.gateway.kill();
    world.gateway.start();
    assert!(buying.wait().unwrap().success(), "the buyer waited and got it");
    let (_, held) = world.buyer.balance();
    assert!(held <= PRICE + VCH, "one order, not two");
}

#[test]
fn a_node_killed_in_mid_sale_comes_back_and_the_sale_goes_on() {
    let mut world = World::new();
    let mut arguments = world.sell_arguments(&photos(), PRICE);
    arguments.push("--no-wait".into());
    let job = world.seller_cli.run(&arguments).expect_success()["job"]
        .as_str()
        .unwrap()
        .to_owned();
    world.node.kill();
    sleep(Duration::from_secs(3));
    world.node.resume();
    let route = format!("/v1/jobs/{job}");
    let done = wait_until("the offer", Duration::from_secs(180), || {
        world
            .gateway
            .get(&route)
            .filter(|job| job["state"] == "done" || job["state"] == "failed")
    });
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(offers_of(&world), 1);
    world
        .buyer
        .run(&world.buy_arguments(done["offer"].as_str().unwrap(), "bought"))
        .expect_success();
}

#[test]
fn a_buyer_interrupted_anywhere_goes_on_and_pays_once() {
    let world = World::new();
    let offer = world.sell(PRICE)["offer"].as_str().unwrap().to_owned();
    let (before, _) = world.buyer.balance();
    for pause in [30, 200, 600, 1_200, 2_500] {
        let mut buying = world.buyer.spawn(&world.buy_arguments(&offer, "bought"));
        sleep(Duration::from_millis(pause));
        drop(buying.kill()); // it may have ended already, which is one more place to be interrupted at
        buying.wait().unwrap();
    }
    world
        .buyer
        .run(&world.buy_arguments(&offer, "bought"))
        .expect_success();
    let (after, _) = world.buyer.balance();
    let spent = before - after;
    assert!(
        (PRICE..PRICE + VCH).contains(&spent),
        "one price, one deposit, one fee, but {spent}"
    );
    let row = world.buyer.run(&["offers"]).expect_success()[0].clone();
    let orders = row["open_orders"].as_u64().unwrap() + row["settled"].as_u64().unwrap();
    assert_eq!(orders, 1, "{row}");
}
