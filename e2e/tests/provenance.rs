//! A record's whole life as an auditor sees it: with the network off, after a change of the validators, and after the chain
//! itself is gone.

use serde_json::Value;
use std::{fs, path::Path, time::Duration};
use vouchsafe_audit::{Anchor, finality, header::Header};
use vouchsafe_e2e::{Authorities, Cli, VCH, World, photos, wait_until};
use vouchsafe_protocol::{
    bundle::{Authority, AuthoritySet},
    id::Digest,
};

const PRICE: u128 = 3 * VCH;
const WINDOWS: &str = "[offer]\ndeliver_within_blocks = 300\ndispute_within_blocks = 300\n";
/// The validators of this chain name their first successors in this block.
const SET_CHANGE: u32 = 300;

#[test]
fn a_bundle_outlives_the_chain_and_a_fresh_one_tells_of_the_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let Authorities {
        alice,
        mut bob,
        mut charlie,
    } = Authorities::start_quick(folder.path());
    // As early as can be: an auditor's anchor is from long before the bundle.
    let anchor = folder.path().join("anchor.json").display().to_string();
    let auditor = Cli::new(&folder.path().join("auditor"), &alice.url());
    auditor.run(&["anchor", "--out", &anchor]).expect_success();
    let mut world = World::on(folder, alice, WINDOWS);
    let token = world.gateway.token_file().display().to_string();
    let root = world.path("");
    let path = |name: &str| root.join(name).display().to_string();

    // A parent, a record that is derived from it, and a buyer.
    let parent = world.sell(PRICE)["record"].as_str().unwrap().to_owned();
    let mut arguments = world.sell_arguments(&photos(), PRICE);
    arguments.extend(["--parent".to_owned(), format!("{parent}=250000")]);
    let sold = world.seller_cli.run(&arguments).expect_success();
    let (record, offer) = (sold["record"].as_str().unwrap(), sold["offer"].as_str().unwrap());
    let bought = world
        .buyer
        .run(&world.buy_arguments(offer, "bought"))
        .expect_success();
    let order = bought["order"].as_str().unwrap().to_owned();
    let photo = fs::read_dir(world.path("bought"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.starts_with("000001"))
        .unwrap();
    let opened = world.path("bought").join(&photo).display().to_string();

    // Where no change of the validators is past, no proof of finality exists, and everything is saved all the same.
    let proof = wait_until("the saved proofs", Duration::from_secs(60), || {
        world
            .gateway
            .get(&format!("/v1/orders/{order}/proof"))
            .filter(|proof| proof["delivered"].is_object())
    });
    order_proof_is_final(&proof);
    let early = path("early.vsb");
    let gateway = world.gateway.url();
    world
        .seller_cli
        .run(&[
            "bundle",
            record,
            "--saved",
            "--gateway",
            &gateway,
            "--out",
            &early,
        ])
        .expect_success();
    // After it: the same anchor still serves, by the hand-over.
    wait_until("the change of the validators", Duration::from_secs(900), || {
        world.node.finalised().filter(|&height| height > SET_CHANGE + 1)
    });
    let late = path("late.vsb");
    let made = world
        .seller_cli
        .run(&[
            "bundle",
            record,
            "--anchor",
            &anchor,
            "--token-file",
            &token,
            "--item",
            &photo,
            "--out",
            &late,
        ])
        .expect_success();
    assert_eq!(
        (&made["checkpoint"], &made["handovers"]),
        (&0.into(), &1.into()),
        "{made}"
    );
    assert_eq!(made["opened"], serde_json::json!([1]));
    let by_buyer = path("buyer.vsb");
    world
        .buyer
        .run(&[
            "bundle", record, "--anchor", &anchor, "--item", &photo, "--out", &by_buyer,
        ])
        .expect_success();
    // A verifier whose anchor is of today needs no hand-over.
    let today = path("today.json");
    world
        .seller_cli
        .run(&["anchor", "--out", &today])
        .expect_success();
    let short = path("short.vsb");
    let made = world
        .seller_cli
        .run(&["bundle", record, "--anchor", &today, "--out", &short])
        .expect_success();
    assert_eq!(
        (&made["checkpoint"], &made["handovers"]),
        (&1.into(), &0.into()),
        "{made}"
    );
    verified(&short, &today, &[]);
    // What was saved starts from the set that the gateway met first.
    let both = path("both.json");
    join(&[&anchor, &today], &both);
    let verdict = verified(&early, &both, &[]);
    for check in ["lineage", "status", "models", "metadata-hash", "report-agrees"] {
        assert_eq!(outcome(&verdict, check), "passed", "{check}: {verdict}");
    }

    // Nothing runs any more.
    world.node.kill();
    bob.kill();
    charlie.kill();
    for bundle in [&late, &by_buyer] {
        let verdict = verified(bundle, &anchor, &[&opened]);
        assert_eq!(outcome(&verdict, "item"), "passed", "{verdict}");
        assert_eq!(outcome(&verdict, "lineage"), "passed", "{verdict}");
    }
    let strange = Cli::offline(&["verify", &short, "--anchor", &anchor]);
    assert_eq!(
        strange.status, 15,
        "set 1 is none that this anchor names: {}",
        strange.json
    );
    let unanchored = Cli::offline(&["verify", &late]);
    assert_eq!(unanchored.status, 16, "{}", unanchored.said);
    let page = path("page.html");
    Cli::offline(&["verify", &late, "--anchor", &anchor, "--page", &page]).expect_success();
    assert!(fs::read_to_string(&page).unwrap().contains(record));
    spoiled(&root.join("late.vsb"), &root.join("spoiled.vsb"));
    assert_eq!(
        Cli::offline(&["verify", &path("spoiled.vsb"), "--anchor", &anchor]).status,
        15
    );

    // Erased: fresh bundles say so, and earlier ones verify as before.
    world.node.resume_alone();
    bob.resume_alone();
    charlie.resume_alone();
    let stood = world.node.finalised();
    wait_until("finality", Duration::from_secs(600), || {
        world.node.finalised().filter(|height| Some(*height) > stood)
    });
    let erase = ["erase", record, "--gateway", &gateway, "--token-file", &token];
    let refused = world.seller_cli.run(&erase);
    assert_eq!(refused.status, 12, "{}", refused.said);
    let with_yes: Vec<&str> = erase.iter().copied().chain(["--yes"]).collect();
    world.seller_cli.run(&with_yes).expect_success();
    world.seller_cli.run(&with_yes).expect_success();
    let gone = world.gateway.status_of(&format!("/v1/offers/{offer}/ciphertext"));
    assert_eq!(gone, 410);
    let after = path("after.vsb");
    world
        .seller_cli
        .run(&["bundle", record, "--anchor", &anchor, "--out", &after])
        .expect_success();
    // What was bought stays with its buyer, who can still open it.
    let still = path("still.vsb");
    world
        .buyer
        .run(&[
            "bundle", record, "--anchor", &anchor, "--item", &photo, "--out", &still,
        ])
        .expect_success();

    world.gateway.kill();
    world.node.kill();
    bob.kill();
    charlie.kill();
    world.node.delete_chain();
    bob.delete_chain();
    charlie.delete_chain();
    for (bundle, status) in [
        (&late, "passed"),
        (&by_buyer, "passed"),
        (&after, "finding"),
        (&still, "finding"),
    ] {
        let verdict = verified(bundle, &anchor, &[]);
        assert_eq!(outcome(&verdict, "status"), status, "{bundle}: {verdict}");
    }
    let verdict = verified(&still, &anchor, &[&opened]);
    assert_eq!(outcome(&verdict, "item"), "passed", "{verdict}");
}

/// The verdict of a bundle that is sound and anchored, reached with the network off.
fn verified(bundle: &str, anchor: &str, files: &[&str]) -> Value {
    let mut arguments = vec!["verify", bundle, "--anchor", anchor];
    arguments.extend(files);
    let verdict = Cli::offline(&arguments).expect_success();
    assert_eq!(verdict["sound"], true, "{verdict}");
    assert_eq!(verdict["anchored"], true, "{verdict}");
    verdict
}

/// How the check of this name ended.
fn outcome<'a>(verdict: &'a Value, name: &str) -> &'a str {
    let checks = verdict["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    found.unwrap_or_else(|| panic!("no check {name} in {verdict}"))["outcome"]
        .as_str()
        .unwrap()
}

/// The same file with one bit flipped in the middle.
fn spoiled(from: &Path, to: &Path) {
    let mut bytes = fs::read(from).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(to, bytes).unwrap();
}

/// One anchor of the sets of several.
fn join(from: &[&str], to: &str) {
    let read = |path: &&str| Anchor::from_json(&fs::read(path).unwrap()).unwrap();
    let mut anchors = from.iter().map(read);
    let mut all = anchors.next().unwrap();
    for anchor in anchors {
        assert_eq!(anchor.genesis, all.genesis);
        let new = anchor.sets.into_iter().filter(|set| !all.sets.contains(set));
        let new: Vec<AuthoritySet> = new.collect();
        all.sets.extend(new);
    }
    fs::write(to, all.to_json().to_string()).unwrap();
}

/// What the gateway saved of a delivered order is final by its own checkpoint, with nobody asked.
fn order_proof_is_final(proof: &Value) {
    let hex = |text: &Value| -> Vec<u8> {
        let digits = text.as_str().unwrap().as_bytes();
        let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(pair).collect()
    };
    let authorities: Vec<Authority> = proof["checkpoint"]["authorities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|authority| Authority {
            key: authority["key"].as_str().unwrap().parse::<Digest>().unwrap().0,
            weight: authority["weight"].as_u64().unwrap(),
        })
        .collect();
    assert_eq!(authorities.len(), 3);
    let set = AuthoritySet {
        id: proof["checkpoint"]["id"].as_u64().unwrap(),
        authorities: authorities.try_into().unwrap(),
    };
    // Both are of a moment: whichever set it fell to, one of these.
    let mut sets = vec![set];
    for handover in proof["handovers"].as_array().unwrap() {
        let header = Header::read(&hex(&handover["header"])).unwrap();
        let next = header.next_set(sets.last().unwrap()).unwrap();
        sets.push(next);
    }
    for stage in ["placed", "delivered"] {
        let header = Header::read(&hex(&proof[stage]["header"])).unwrap();
        assert_eq!(proof[stage]["height"], header.number);
        let justification = hex(&proof[stage]["justification"]);
        let is_final = |set: &AuthoritySet| finality::verify(&justification, &header, set).is_ok();
        assert!(sets.iter().any(is_final), "{stage}: {proof}");
    }
}
