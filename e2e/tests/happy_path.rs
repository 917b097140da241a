//! A seller lists, a buyer buys, everybody is paid to the unit, and an auditor finds the trail sound.

use std::{fs, time::Duration};
use vouchsafe_e2e::{Run, VCH, World, wait_until};
use vouchsafe_protocol::price::{HouseShare, divide};

const PRICE: u128 = 12 * VCH + 345;
/// What the development chain burns of every price.
const BURNED: HouseShare = HouseShare {
    burned_ppm: 15_000,
    treasury_ppm: 0,
};

fn fee(value: &serde_json::Value) -> u128 {
    value["fee"]
        .as_str()
        .expect("a fee is shown")
        .parse()
        .expect("a fee is a decimal string")
}

#[test]
fn a_sale_from_raw_photos_to_an_audited_purchase_to_the_unit() {
    let world = World::new();
    let (seller_before, _) = world.buyer.balance_at(&world.seller);
    let sold = world.sell(PRICE);
    assert_eq!(sold["files"], 5);
    assert!(
        sold["counts"]["masked"].as_u64().unwrap() >= 7,
        "one, one, one and five faces: {sold}"
    );
    let (offer, record) = (sold["offer"].as_str().unwrap(), sold["record"].as_str().unwrap());

    let listed = world.buyer.run(&["offers"]).expect_success();
    let row = &listed.as_array().unwrap()[0];
    assert_eq!(
        (row["offer"].as_str(), row["open"].as_bool()),
        (Some(offer), Some(true))
    );
    assert_eq!(row["price"].as_str().unwrap(), PRICE.to_string());
    assert_eq!(row["title"], "Portraits at a launch site");
    assert_eq!(row["bond"].as_str().unwrap(), (15 * PRICE).to_string());
    // Nobody has said anything yet, and nobody audits: the listing is not worse for it, only not known.
    assert_eq!(
        (
            row["trust"]["score"].as_u64(),
            row["trust"]["seller"]["known"].as_bool()
        ),
        (Some(0), Some(false))
    );
    assert_eq!(
        (&row["status"], &row["seller_faults"]),
        (&"open".into(), &0.into())
    );

    // Nothing raw is left behind: neither a file of the upload nor the camera data in it.
    for path in world.gateway.stored_files() {
        let bytes = fs::read(&path).unwrap();
        let raw = bytes.windows(15).any(|window| window == b"A. Photographer");
        assert!(!raw, "{} holds raw metadata", path.display());
    }

    let (buyer_before, held_before) = world.buyer.balance();
    assert_eq!(held_before, 0);
    let bought = world
        .buyer
        .run(&world.buy_arguments(offer, "bought"))
        .expect_success();
    assert_eq!(bought["files"], 5);
    let (buyer_after, buyer_held) = world.buyer.balance();
    let deposit = VCH / 100;
    let gone = buyer_before - buyer_after;
    assert_eq!(
        gone,
        PRICE + deposit + fee(&bought),
        "price, deposit of the order's row, fee"
    );

    // The quiet window ends; the gateway settles; the seller has the price.
    wait_until("settlement", Duration::from_secs(90), || {
        let offers = world.buyer.run(&["offers"]).json;
        (offers[0]["settled"] == 1).then_some(())
    });
    assert_eq!(
        world.buyer.balance(),
        (buyer_after, deposit),
        "only the row's deposit is left on hold"
    );
    assert!(buyer_held >= deposit);
    let (seller_after, seller_held) = world.buyer.balance_at(&world.seller);
    let bonds = 100 * VCH + VCH / 10 + 15 * PRICE;
    assert_eq!(seller_held, bonds, "gateway bond, record deposit, offer bond");
    // Free before: after the gateway's registration. Since then: the price less the burned share in, record deposit and
    // offer bond out, fees out.
    let earned = divide(PRICE, BURNED, &[]).seller;
    assert_eq!(PRICE - earned, PRICE * 15 / 1_000, "1.5 %, rounded down");
    let spent = seller_before + earned - seller_after;
    let deposits = VCH / 10 + 15 * PRICE;
    assert!(
        spent > deposits && spent < deposits + VCH / 10,
        "deposits and small fees, but {spent}"
    );

    // The files are photos without a face or a trace of the camera, and bought twice they are the same bytes for nothing.
    let names: Vec<_> = fs::read_dir(world.path("bought"))
        .unwrap()
        .flatten()
        .map(|e| e.file_name())
        .collect();
    let photos: Vec<_> = names
        .iter()
        .filter(|n| !n.to_string_lossy().starts_with('.'))
        .collect();
    assert_eq!(photos.len(), 5, "{names:?}");
    let again = world
        .buyer
        .run(&world.buy_arguments(offer, "again"))
        .expect_success();
    assert_eq!(again["order"], bought["order"], "the same order is opened again");
    assert_eq!(world.buyer.balance().0, buyer_after, "and not paid again");
    for name in photos {
        let (first, second) = (world.path("bought").join(name), world.path("again").join(name));
        assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    }

    let audit = world.buyer.run(&["audit", record]).expect_success();
    assert_eq!(audit["sound"], true, "{audit}");
    assert!(audit["checks"].as_array().unwrap().len() >= 8);
}

#[test]
fn a_forgotten_order_gives_its_deposit_back_to_the_unit_and_its_files_stay_paid_for() {
    let world = World::new();
    let deposit = VCH / 100;
    let offer = world.sell(PRICE)["offer"].as_str().unwrap().to_owned();
    let buy = |folder: &str| world.buyer.run(&world.buy_arguments(&offer, folder));
    let bought = buy("bought").expect_success();
    let order = bought["order"].as_str().unwrap();
    let forget = |arguments: &[&str]| world.buyer.run(&[&["forget"], arguments].concat());

    let early = forget(&[order]);
    assert_eq!(early.status, 8, "the price is still in escrow: {early:?}");
    assert!(early.expect_failure().contains("has not ended"));
    wait_until("settlement", Duration::from_secs(90), || {
        (world.buyer.run(&["offers"]).json[0]["settled"] == 1).then_some(())
    });
    let stranger = world.buyer.run(&["--key", "dev:bob", "forget", order]);
    assert_eq!(stranger.status, 9, "another key: {stranger:?}");

    let (free, held) = world.buyer.balance();
    assert_eq!(held, deposit);
    let lost = world.path("bought").join("000001.jpg");
    let photo = fs::read(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    let warned = forget(&["--all"]);
    assert_eq!(
        warned.status, 12,
        "a file is missing, and nobody said yes: {warned:?}"
    );
    assert_eq!(world.buyer.balance(), (free, held), "nothing was forgotten");
    buy("bought").expect_success();
    assert_eq!(
        fs::read(&lost).unwrap(),
        photo,
        "it was fetched again for nothing"
    );

    let forgotten = forget(&["--all"]).expect_success();
    assert_eq!(forgotten["forgotten"][0]["order"], order, "{forgotten}");
    assert_eq!(forgotten["freed"], deposit.to_string());
    let after = (free + deposit - fee(&forgotten), 0);
    assert_eq!(world.buyer.balance(), after, "the deposit is back, less the fee");

    let again = forget(&[order]).expect_success();
    assert_eq!(
        (again["freed"].as_str(), again["fee"].as_str()),
        (Some("0"), Some("0"))
    );
    let unknown = forget(&[&format!("0x{}", "7".repeat(64))]);
    assert_eq!(unknown.status, 10, "{unknown:?}");
    let reopened = buy("once-more").expect_success();
    assert_eq!(
        reopened["order"], order,
        "the chain has forgotten it, the buyer has not"
    );
    assert_eq!(
        fs::read(world.path("once-more").join("000001.jpg")).unwrap(),
        photo
    );
    assert_eq!(world.buyer.balance(), after, "and it was not paid again");
}

#[test]
fn two_gateways_of_different_sellers_live_on_one_chain() {
    let world = World::new();
    let mut second = vouchsafe_e2e::Gateway::prepare(&world.path("second"), &world.node.url());
    let account = second.account();
    assert_ne!(account, world.seller);
    world.buyer.give(&account, 1_000 * VCH);
    second.start();
    second.wait_ready();

    let first_sale = world.sell(PRICE);
    let second_sale: Run = world.seller_cli.run(&vouchsafe_e2e::sell_arguments(
        &second,
        &vouchsafe_e2e::photos(),
        VCH,
    ));
    let second_sale = second_sale.expect_success();
    assert_ne!(first_sale["offer"], second_sale["offer"]);
    assert_ne!(first_sale["record"], second_sale["record"]);

    for (sale, folder) in [(&first_sale, "one"), (&second_sale, "two")] {
        let offer = sale["offer"].as_str().unwrap();
        world
            .buyer
            .run(&world.buy_arguments(offer, folder))
            .expect_success();
    }
    // Anonymising is deterministic, so both sell the same photos; sealing is not shared, so nothing else is equal.
    for entry in fs::read_dir(world.path("one")).unwrap().flatten() {
        if entry.path().is_file() && !entry.file_name().to_string_lossy().starts_with('.') {
            let twin = world.path("two").join(entry.file_name());
            assert_eq!(fs::read(entry.path()).unwrap(), fs::read(twin).unwrap());
        }
    }
}
