//! A dataset that is derived from another seller's pays that seller at every sale, to the unit.

use std::time::Duration;
use vouchsafe_chain_client::ss58;
use vouchsafe_e2e::{Chain, Gateway, VCH, World, photos, sell_arguments, wait_until};
use vouchsafe_protocol::{
    id::RecordId,
    price::{HouseShare, divide},
};

const PRICE: u128 = 12 * VCH + 345;
/// An odd share, so that rounding shows.
const SHARE_PPM: u32 = 333_333;
/// What the development chain burns of every price.
const BURNED: HouseShare = HouseShare {
    burned_ppm: 15_000,
    treasury_ppm: 0,
};

#[test]
fn a_derived_dataset_pays_its_parents_owner_to_the_unit() {
    let world = World::new();
    let chain = Chain::of(&world.node);
    let parent = world.sell(PRICE)["record"].as_str().unwrap().to_owned();

    let mut second = Gateway::prepare_with(
        &world.path("second"),
        &world.node.url(),
        "content_credentials = true\n", // a key of [worker]
    );
    let deriver = second.account();
    world.buyer.give(&deriver, 1_000 * VCH);
    second.start();
    second.wait_ready();
    let sell = |parents: &[String]| {
        let mut arguments = sell_arguments(&second, &photos(), PRICE);
        for parent in parents {
            arguments.extend(["--parent".to_owned(), parent.clone()]);
        }
        world.seller_cli.run(&arguments)
    };

    // What cannot be is refused before a photo is looked at.
    let stranger = RecordId([0x77; 32]);
    for (parents, said) in [
        (vec![format!("{stranger}=1")], "the chain has no record"),
        (vec![format!("{parent}=1"); 2], "is given twice"),
        (
            vec![format!("{parent}=1000000"), format!("{stranger}=1")],
            "add up to 1000001",
        ),
    ] {
        let refused = sell(&parents);
        assert_eq!(refused.status, 8, "{refused:?}");
        let found = refused.expect_failure();
        assert!(found.contains(said), "{said}: {found}");
    }
    let unreadable = sell(&[format!("{parent}=25%")]);
    assert_eq!(unreadable.status, 2, "{unreadable:?}");

    let derived = sell(&[format!("{parent}={SHARE_PPM}")]).expect_success();
    let (record, offer) = (
        derived["record"].as_str().unwrap(),
        derived["offer"].as_str().unwrap(),
    );
    let audit = world.buyer.run(&["audit", record]).expect_success();
    assert_eq!(audit["sound"], true, "{audit}");
    assert_eq!(audit["parents"][0]["record"], parent.as_str(), "{audit}");
    assert_eq!(audit["parents"][0]["share_ppm"], SHARE_PPM);
    let owner = ss58::decode(&world.seller).unwrap();
    assert_eq!(audit["royalties"][0]["payee"], owner.to_string());
    let page = second.get(&format!("/v1/datasets/{record}")).unwrap();
    assert_eq!(page["parents"], audit["parents"]);

    // Anybody sees where it comes from, and reads its metadata by the hash in its record.
    let lineage = world.buyer.run(&["lineage", record]).expect_success();
    assert_eq!(lineage["nodes"][1]["record"], parent.as_str(), "{lineage}");
    assert_eq!(lineage["nodes"][1]["state"], "live");
    assert!(lineage["nodes"][1]["title"].is_string(), "{lineage}");
    assert_eq!(lineage["edges"][0]["share_ppm"], SHARE_PPM);
    let metadata = world.buyer.run(&["metadata", record]).expect_success();
    let origins = metadata["prov:wasDerivedFrom"].as_array().unwrap();
    assert_eq!(origins[1]["@id"], format!("urn:vouchsafe:record:{parent}"));
    let portal = world
        .buyer
        .run(&["metadata", record, "--format", "dcat"])
        .expect_success();
    assert_eq!(portal["prov:wasDerivedFrom"], metadata["prov:wasDerivedFrom"]);

    // Terms that a seller states bind the gateways of others.
    let mut arguments = sell_arguments(&world.gateway, &photos(), PRICE);
    arguments.push("--no-derivatives".to_owned());
    let closed = world.seller_cli.run(&arguments).expect_success();
    let refused = sell(&[format!("{}=999999", closed["record"].as_str().unwrap())]);
    assert_eq!(refused.status, 8, "{refused:?}");
    assert!(refused.expect_failure().contains("forbid"));

    let deriver = ss58::decode(&deriver).unwrap();
    let [owner_had, deriver_had] = [owner, deriver].map(|who| chain.total(&who));
    let existed = chain.issuance();
    world
        .buyer
        .run(&world.buy_arguments(offer, "bought"))
        .expect_success();
    let mut signed = 0;
    for file in std::fs::read_dir(world.path("bought")).unwrap() {
        let photo = std::fs::read(file.unwrap().path()).unwrap_or_default();
        signed += usize::from(photo.windows(9).any(|part| part == b"urn:c2pa:"));
    }
    assert_eq!(signed, 5, "each of the photos tells its own story");
    let offer = offer.parse().unwrap();
    wait_until("settlement", Duration::from_secs(90), || {
        (chain.offer(&offer).settled == 1).then_some(())
    });

    let division = divide(PRICE, BURNED, &[SHARE_PPM]);
    let royalty = division.royalties[0];
    assert!(royalty > PRICE / 4, "a third of what is not burned");
    assert_eq!(
        chain.total(&owner),
        owner_had + royalty,
        "who did nothing and pays no fee"
    );
    let fees = deriver_had + division.seller - chain.total(&deriver);
    assert!(
        fees > 0 && fees < VCH / 100,
        "of delivery and settlement, but {fees}"
    );
    assert_eq!(
        existed - chain.issuance(),
        division.burned,
        "fees go to the author"
    );
    assert_eq!(royalty + division.seller + division.burned, PRICE);
}
