//! A seller keeps a statue, an operator lets a photo out that the second look refuses, and everybody can read about both.

use serde_json::{Value, json};
use std::{fs, path::Path};
use vouchsafe_e2e::{VCH, World, photos};

/// Faces are only seen by the last look, which then refuses.
const BLIND: &str = "[anonymiser.policy]\nname = \"blind\"\n[anonymiser.policy.classes.face]\nthreshold = 1.0\n\
                     [anonymiser.policy.gate]\nescalations = 0\n";

/// Persons, faces and plates are painted out.
const EVENT: &str = "[anonymiser.policy]\npreset = \"event\"\n";

fn folder_with(world: &World, names: &[&str]) -> std::path::PathBuf {
    let folder = world.path("photos");
    fs::create_dir_all(&folder).unwrap();
    for name in names {
        fs::copy(photos().join(name), folder.join(name)).unwrap();
    }
    folder
}

fn check<'a>(audit: &'a Value, name: &str) -> &'a Value {
    let checks = audit["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    found.unwrap_or_else(|| panic!("no check {name} in {audit}"))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_kept_region_is_sold_as_it_is_and_a_misspelt_name_is_refused() {
    let world = World::new();
    let folder = folder_with(&world, &["astronaut.jpg", "coffee.webp"]);
    let keep = world.path("keep.json");
    let region = json!([{ "x": 0, "y": 0, "width": 200, "height": 200, "reason": "a statue" }]);
    fs::write(&keep, json!({ "astronuat.jpg": region }).to_string()).unwrap();
    let sale = || {
        [
            world.sell_arguments(&folder, VCH),
            vec!["--keep".to_owned(), text(&keep)],
        ]
        .concat()
    };
    let misspelt = world.seller_cli.run(&sale());
    assert_eq!(misspelt.status, 2, "{misspelt:?}");
    assert!(misspelt.expect_failure().contains("astronuat.jpg"));

    fs::write(&keep, json!({ "astronaut.jpg": region }).to_string()).unwrap();
    let sold = world.seller_cli.run(&sale()).expect_success();
    let audit = world
        .buyer
        .run(&["audit", sold["record"].as_str().unwrap()])
        .expect_success();
    assert_eq!(
        (&audit["sound"], &check(&audit, "report-overrides")["verdict"]),
        (&true.into(), &"passed".into())
    );
}

#[test]
fn a_refused_photo_is_sold_with_the_operators_note_and_the_audit_tells_it() {
    let world = World::with_settings(BLIND);
    let folder = folder_with(&world, &["astronaut.jpg"]);
    let refused = world.seller_cli.run(&world.sell_arguments(&folder, VCH));
    assert!(refused.expect_failure().contains("residual_faces"));

    let (photo, preview, note) = (
        folder.join("astronaut.jpg"),
        world.path("seen.jpg"),
        world.path("note.json"),
    );
    let reviewed = world.gateway.review(&[
        text(&photo).as_str(),
        "--preview",
        text(&preview).as_str(),
        "--text",
        "it is I",
        "--note",
        text(&note).as_str(),
    ]);
    let said = String::from_utf8_lossy(&reviewed.stdout);
    assert!(
        reviewed.status.success() && said.contains("face at x"),
        "{reviewed:?}"
    );

    let sale = [
        world.sell_arguments(&folder, VCH),
        vec!["--override".to_owned(), text(&note)],
    ]
    .concat();
    let sold = world.seller_cli.run(&sale).expect_success();
    let (offer, record) = (sold["offer"].as_str().unwrap(), sold["record"].as_str().unwrap());
    let audit = world.buyer.run(&["audit", record]).expect_success();
    let told = check(&audit, "report-overrides");
    assert_eq!(
        (&audit["sound"], &told["verdict"]),
        (&true.into(), &"noted".into()),
        "{told}"
    );
    assert!(told.to_string().contains("it is I"), "{told}");

    // What is sold is what was looked at.
    world
        .buyer
        .run(&world.buy_arguments(offer, "bought"))
        .expect_success();
    assert_eq!(
        fs::read(world.path("bought").join("000001.jpg")).unwrap(),
        fs::read(&preview).unwrap()
    );

    // The same note says nothing about another photo.
    fs::copy(photos().join("rear-admiral.jpg"), &photo).unwrap();
    let other = world.seller_cli.run(&sale).expect_failure();
    assert!(other.contains("another photo"), "{other}");
}

#[test]
fn a_seller_who_relies_on_event_sells_photos_whose_persons_are_painted_out() {
    let world = World::with_settings(EVENT);
    let relying = |policy: &str| {
        [
            world.sell_arguments(&photos(), VCH),
            vec!["--policy".to_owned(), policy.to_owned()],
        ]
        .concat()
    };
    let elsewhere = world.seller_cli.run(&relying("street"));
    let said = elsewhere.expect_failure();
    assert!(
        said.contains("by the policy \"event\" and not by \"street\""),
        "{said}"
    );

    let sold = world.seller_cli.run(&relying("event")).expect_success();
    let (offer, record) = (sold["offer"].as_str().unwrap(), sold["record"].as_str().unwrap());
    let page = world.gateway.get(&format!("/v1/datasets/{record}")).unwrap();
    let (policy, persons) = (&page["report"]["policy"], &page["report"]["findings"]["person"]);
    assert_eq!(policy["name"], "event", "{policy}");
    for class in ["person", "face", "plate"] {
        assert_eq!(policy["classes"][class]["operator"], "inpaint", "{policy}");
    }
    assert!(persons["masked"].as_u64() > Some(4), "{persons}");
    assert_eq!(persons["found"], persons["masked"], "{persons}");

    // The nets of anybody who buys it find no face where one was painted out.
    world
        .buyer
        .run(&world.buy_arguments(offer, "bought"))
        .expect_success();
    let seen = world
        .gateway
        .offline("look", &[text(&world.path("bought")), "--json".to_owned()]);
    let seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
    let files = seen["files"].as_array().unwrap();
    assert_eq!(files.len(), 5, "{seen}");
    for file in files {
        assert_eq!(file["residual"]["face"], 0, "{file}");
    }
}
