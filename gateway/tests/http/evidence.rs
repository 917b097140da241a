//! Bundles, openings and proofs of orders over HTTP.

use codec::DecodeAll;
use vouchsafe_gateway::{
    ports::Chain,
    work::{Archive, Desk},
};
use vouchsafe_protocol::{
    bundle::{Bundle, Contents, Opening},
    delivery::Blind,
    id::{Account, OfferId, OrderId},
};

use crate::world::World;

/// Saves what the twin has to prove.
fn file(world: &World) {
    let archive = Archive::new(world.service.clone());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(archive.pass()).unwrap();
}

/// An order that was delivered, and proven.
pub fn proven_order(world: &World, offer: &str) -> OrderId {
    let (buyer, offer) = (Account([0xb0; 32]), offer.parse::<OfferId>().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let genesis = runtime.block_on(world.chain.genesis()).unwrap();
    world.chain.set_free(buyer, u128::MAX / 2);
    let blinded = Blind::from_seed(&[0xb1; 32], &genesis, &offer, 0, 0).blinded();
    let order = world.chain.place_order(offer, buyer, blinded).unwrap();
    let pass = runtime.block_on(Desk::new(world.service.clone()).pass()).unwrap();
    assert_eq!(pass.delivered, 1);
    file(world);
    order
}

#[test]
fn a_saved_bundle_is_a_download_for_everybody() {
    let world = World::new();
    let (record, _) = world.listed();
    let path = format!("/v1/datasets/{record}/bundle");
    assert_eq!(world.get(&path).problem(), (404, "no_proof_yet".into()));
    file(&world);
    let reply = world.get(&path);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    assert!(reply.header("content-disposition").starts_with("attachment; "));
    let bundle = Bundle::from_file(&reply.body).unwrap();
    assert_eq!(bundle.record.record.to_string(), record);
    assert!(bundle.openings.is_empty() && bundle.contents.is_none());
    world.delete_as_operator(&format!("/v1/datasets/{record}"));
    let after = Bundle::from_file(&world.get(&path).body).unwrap();
    assert_eq!((after.record, after.report), (bundle.record, None));
}

#[test]
fn items_are_opened_for_the_operator_alone_and_by_name() {
    let world = World::new();
    let (record, _) = world.listed();
    let path = |items: &str| format!("/v1/datasets/{record}/openings?items={items}");
    assert_eq!(world.get(&path("")).status, 401);
    let name = "000001.png";
    let reply = world.get_as_operator(&path(name));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let (contents, openings) = <(Contents, Vec<Opening>)>::decode_all(&mut reply.body.as_slice()).unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&contents.document).unwrap();
    assert_eq!(listed["items"][0]["name"], name);
    assert_eq!(openings.iter().map(|one| one.item).collect::<Vec<_>>(), [1]);
    let none = world.get_as_operator(&format!("/v1/datasets/{record}/openings"));
    let (_, openings) = <(Contents, Vec<Opening>)>::decode_all(&mut none.body.as_slice()).unwrap();
    assert!(openings.is_empty());
    assert_eq!(
        world.get_as_operator(&path("nobody.png")).problem(),
        (404, "not_found".into())
    );
    let many = vec![name; 1_001].join(",");
    assert_eq!(
        world.get_as_operator(&path(&many)).problem(),
        (400, "bad_query".into())
    );
    world.delete_as_operator(&format!("/v1/datasets/{record}"));
    assert_eq!(
        world.get_as_operator(&path(name)).problem(),
        (410, "erased".into())
    );
}

#[test]
fn erasing_twice_is_answered_twice() {
    let world = World::new();
    let (record, _) = world.listed();
    let path = format!("/v1/datasets/{record}");
    for code in ["erasing", "erased"] {
        let reply = world.delete_as_operator(&path);
        assert_eq!(reply.status, 202);
        assert_eq!(reply.json()["reason"]["code"], code);
        world.work();
    }
}

#[test]
fn an_order_of_which_nothing_is_saved_has_no_proof() {
    let world = World::new();
    let path = format!("/v1/orders/0x{}/proof", "07".repeat(32));
    assert_eq!(world.get(&path).problem(), (404, "no_proof_yet".into()));
    assert_eq!(
        world.get("/v1/orders/x/proof").problem(),
        (404, "not_found".into())
    );
}

#[test]
fn proofs_that_are_missing_are_counted() {
    let world = World::new();
    let count = |wanted: &str| {
        world
            .get("/metrics")
            .text()
            .contains(&format!("vouchsafe_proofs_missing {wanted}\n"))
    };
    assert!(count("0"));
    world.listed();
    assert!(count("1"));
    file(&world);
    assert!(count("0"));
}
