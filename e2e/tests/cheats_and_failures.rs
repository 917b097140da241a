//! Silence, damage and intruders: nobody loses money to them, and the failing check is named.

use vouchsafe_e2e::{VCH, World};

const PRICE: u128 = 5 * VCH;

#[test]
fn a_silent_gateway_means_a_refund_of_the_whole_price() {
    let mut world = World::new();
    let offer = world.sell(PRICE)["offer"].as_str().unwrap().to_owned();
    let (before, _) = world.buyer.balance();
    // A static copy of what the gateway serves, by a server that knows nothing of the chain.
    let copy = vouchsafe_e2e::StaticCopy::of(&world.gateway, &offer);
    world.gateway.kill();
    let mut arguments = world.buy_arguments(&offer, "bought");
    arguments.extend(["--gateway".to_owned(), copy.url()]);
    let run = world.buyer.run(&arguments);
    assert_eq!(run.status, 6, "{run:?}");
    let (after, held) = world.buyer.balance();
    assert_eq!(held, VCH / 100);
    // And a hundredth more, out of the seller's bond, for the wait.
    let missing = before + PRICE / 100 - after;
    assert!(
        (VCH / 100..VCH / 50).contains(&missing),
        "the whole price is back; deposit and fees are not, but {missing}"
    );
    // There are no files to lose, so nothing is asked.
    let forgotten = world.buyer.run(&["forget", "--all"]).expect_success();
    assert_eq!(forgotten["forgotten"][0]["outcome"], "refunded", "{forgotten}");
    let fee: u128 = forgotten["fee"].as_str().unwrap().parse().unwrap();
    assert_eq!(world.buyer.balance(), (after + held - fee, 0));
}

#[test]
fn one_flipped_bit_of_ciphertext_makes_the_buyer_refuse_before_paying() {
    let world = World::new();
    let offer = world.sell(PRICE)["offer"].as_str().unwrap().to_owned();
    world.gateway.flip_a_bit_of("ciphertext");
    let before = world.buyer.balance();
    let run = world.buyer.run(&world.buy_arguments(&offer, "bought"));
    assert_eq!(run.status, 4, "{run:?}");
    assert_eq!(world.buyer.balance(), before, "not a unit was spent");
}

#[test]
fn one_flipped_bit_of_the_report_makes_the_audit_fail_and_name_the_check() {
    let world = World::new();
    let sold = world.sell(PRICE);
    let record = sold["record"].as_str().unwrap();
    world.buyer.run(&["audit", record]).expect_success();
    world.gateway.flip_a_bit_of("report");
    let run = world.buyer.run(&["audit", record]);
    assert_eq!(run.status, 7, "{run:?}");
    let said = run.expect_failure();
    assert!(said.contains("report"), "the failing check is named: {said}");
}
