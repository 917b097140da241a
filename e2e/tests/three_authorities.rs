//! Three authorities, of which every block needs all three votes to become final.

use vouchsafe_e2e::{Authorities, VCH, World};

const PRICE: u128 = 7 * VCH + 89;
const DEPOSIT: u128 = VCH / 100;
/// Long windows: neither an authority that is away nor a slow machine ends one within the story.
const WINDOWS: &str = "[offer]\ndeliver_within_blocks = 300\ndispute_within_blocks = 300\n";

#[test]
fn without_one_authority_finality_waits_and_with_it_the_purchase_completes_to_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let Authorities {
        alice,
        bob: _bob,
        mut charlie,
    } = Authorities::start(folder.path());
    let world = World::on(folder, alice, WINDOWS);
    let offer = world.sell(PRICE)["offer"].as_str().unwrap().to_owned();
    let before = world.buyer.balance();

    charlie.kill();
    // The votes that were under way arrive; after that there are never enough.
    world.node.wait_blocks(2);
    let stopped = world.node.finalised().unwrap();
    let mut buying = world.buyer.start(&world.buy_arguments(&offer, "bought"));
    buying.wait_for_words("ordering:");
    world.node.wait_blocks(3);
    assert_eq!(
        world.node.finalised(),
        Some(stopped),
        "blocks go on, finality does not"
    );
    assert!(buying.is_running(), "the buyer waits");
    assert_eq!(
        world.buyer.balance(),
        before,
        "nothing counts as spent that is not final"
    );
    let health = world.gateway.get("/health").unwrap();
    assert_eq!(
        health["chain"]["height"], stopped,
        "the gateway acts on final blocks only, and shows the last one: {health}"
    );

    charlie.resume();
    let bought = buying.finish().expect_success();
    assert_eq!(bought["files"], 5);
    let fee: u128 = bought["fee"].as_str().unwrap().parse().unwrap();
    let (free, held) = world.buyer.balance();
    assert_eq!(
        before.0 - free,
        PRICE + DEPOSIT + fee,
        "price, deposit and fee, to the unit"
    );
    assert_eq!(
        held,
        PRICE + DEPOSIT,
        "in escrow until the quiet window ends, and the deposit"
    );
}
