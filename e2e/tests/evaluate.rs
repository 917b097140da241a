//! Somebody who has bought photos measures them again: honest rows agree, false ones are told with photo and metric, and a
//! face that was left in freezes the offer once two auditors have seen it.

use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use vouchsafe_chain_client::{Call, Signer, ss58};
use vouchsafe_e2e::{Chain, Cli, Gateway, PhotoStall, Scene, VCH, World, photos};
use vouchsafe_protocol::{
    attestation::{Claim, Class, Comparison, Signed, Verdict},
    delivery::Blind,
    id::OrderId,
    order::{Outcome, Stage},
};

const PRICE: u128 = 2 * VCH;

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The attestation in a file, after its signature was found to hold.
fn attestation(path: &Path) -> Signed {
    let bytes = fs::read(path).unwrap();
    assert!(bytes.len() <= 512, "{} bytes", bytes.len());
    let read = Signed::read(&bytes).unwrap();
    let message = read.attestation.signing_bytes();
    vouchsafe_audit::signature::verify(&read.auditor.0, &message, &read.signature).unwrap();
    read
}

fn metric<'a>(told: &'a Value, name: &str) -> &'a Value {
    let metrics = told["metrics"].as_array().unwrap();
    metrics.iter().find(|metric| metric["metric"] == name).unwrap()
}

#[test]
fn bought_photos_are_measured_again_and_only_lies_are_told() {
    let world = World::new();
    let sold = world.sell(PRICE);
    let (offer, record) = (sold["offer"].as_str().unwrap(), sold["record"].as_str().unwrap());

    // Who has not bought sees no photo, and the machine can be checked by anybody.
    let early = world.buyer.run(&["evaluate", record]);
    assert_eq!(early.status, 9, "{early:?}");
    let checked = world.buyer.run(&["evaluate", "--self-test"]).expect_success();
    assert_eq!(checked["sound"], true);

    world
        .buyer
        .run(&world.buy_arguments(offer, "bought"))
        .expect_success();
    let file = world.path("honest.vsa");
    let told = world
        .buyer
        .run(&["evaluate", record, "--out", &text(&file)])
        .expect_success();
    assert_eq!((&told["verdict"], &told["photos"]), (&"clean".into(), &5.into()));
    assert_eq!(
        told["items"].as_array().unwrap().len(),
        5,
        "all, where there are fewer"
    );
    let mut exact = 0;
    for metric in told["metrics"].as_array().unwrap() {
        let compared = if metric["kind"] == "exact" { 5 } else { 0 };
        assert_eq!(
            (&metric["equal"], &metric["outside"]),
            (&compared.into(), &0.into()),
            "{metric}"
        );
        exact += i32::from(metric["kind"] == "exact");
    }
    assert_eq!(exact, 12);
    let quality = &told["quality"];
    assert_eq!(
        (&quality["adds_up"], &quality["repeats_hold"]),
        (&true.into(), &true.into())
    );
    // Two of the demonstration's photos are one, turned by its camera.
    assert_eq!(quality["label"]["repeats_inside"], 1, "{quality}");
    let honest = attestation(&file);
    assert_eq!(honest.attestation.verdict, Verdict::Clean);
    assert_eq!(honest.attestation.offer.to_string(), offer);

    // The label stands in the audit and on the gateway's page, too.
    let audit = world.buyer.run(&["audit", record]).expect_success();
    assert_eq!(audit["quality"], quality["label"]);
    let page = world.gateway.get(&format!("/v1/datasets/{record}")).unwrap();
    assert_eq!(page["quality"].as_array().unwrap().len(), 6, "{page}");
    let figures = page["metadata"]["dqv:hasQualityMeasurement"].as_array().unwrap();
    assert!(figures.len() > 10, "{figures:?}");

    // Two sellers who lie: one about a figure, one by putting another photo in the place of the measured one.
    let photos: Vec<Vec<u8>> = (1..=3)
        .map(|number| fs::read(photo(&world.path("bought"), number)).unwrap())
        .collect();
    let rows: Vec<String> = rows(&world, record).into_iter().take(3).collect();
    let chain = Chain::of(&world.node);

    let mut planted = rows.clone();
    let sharpness = number(&rows[1], "sharpness");
    planted[1] = rows[1].replace(
        &format!("\"sharpness\":{sharpness},"),
        &format!("\"sharpness\":{},", sharpness + 1_000),
    );
    assert_ne!(planted, rows);
    let liar = PhotoStall::open(&chain, 1, &photos, &planted);
    let (told, said) = evaluate(&world, &liar, "liar");
    assert_eq!(told["verdict"], "exact_false");
    let [wrong] = &told["wrong"].as_array().unwrap()[..] else {
        panic!("one thing is wrong: {told}")
    };
    let name = "000002.jpg";
    assert_eq!(
        (
            &wrong["item"],
            &wrong["name"],
            &wrong["metric"],
            &wrong["difference"]
        ),
        (&2.into(), &name.into(), &"sharpness".into(), &1_000.into())
    );
    assert!(
        said.contains(&format!("{name}: sharpness is off by 1000")),
        "{said}"
    );
    assert_eq!(metric(&told, "width")["equal"], 3);
    let signed = attestation(&world.path("liar.vsa")).attestation;
    assert_eq!(signed.verdict, Verdict::ExactFalse);
    let differ = Comparison::Differ {
        items: 1,
        worst: 1_000,
    };
    assert_eq!(
        signed
            .metrics
            .iter()
            .filter(|finding| **finding == differ)
            .count(),
        1
    );

    let swapped = vec![photos[0].clone(), photos[1].clone(), photos[0].clone()];
    let swapper = PhotoStall::open(&chain, 2, &swapped, &rows);
    let (told, _) = evaluate(&world, &swapper, "swapper");
    assert_eq!(told["verdict"], "exact_false");
    let wrong = told["wrong"].as_array().unwrap();
    assert!(
        wrong.len() > 5 && wrong.iter().all(|wrong| wrong["item"] == 3),
        "{told}"
    );

    // One who promises more than there is: figures alone do not show it, nets do.
    let promised: Vec<String> = (rows.iter())
        .map(|row| {
            let mut row: Value = serde_json::from_str(row).unwrap();
            assert!(row["objects"].is_object(), "{row}");
            row["objects"]["car"] = 9.into();
            row.to_string()
        })
        .collect();
    let boaster = PhotoStall::open(&chain, 3, &photos, &promised);
    let (offer, record) = (boaster.offer.to_string(), boaster.record.to_string());
    world
        .buyer
        .run(&world.buy_arguments(&offer, "boaster"))
        .expect_success();
    let file = world.path("boaster.vsa");
    let again = ["evaluate", &record, "--out", &text(&file)].map(str::to_owned);
    let blind = world.buyer.run(&again).expect_success();
    assert_eq!(blind["verdict"], "clean", "{blind}");
    let seen = world.path("boaster.json");
    let looked = look(&world.gateway, &world.path("boaster"));
    fs::write(&seen, looked.to_string()).unwrap();
    let with_nets = [&again[..], &["--looked".to_owned(), text(&seen)]].concat();
    let run = world.buyer.run(&with_nets);
    assert_eq!(
        (run.status, &run.json["verdict"]),
        (19, &"mismatch".into()),
        "{run:?}"
    );
    let counted = metric(&run.json, "objects");
    assert_eq!(
        (&counted["outside"], &counted["worst"]),
        (&3.into(), &9.into()),
        "{counted}"
    );
    assert_eq!(attestation(&file).attestation.verdict, Verdict::Mismatch);

    // A gateway that serves other rows than it committed to is not believed in anything.
    world.gateway.flip_a_bit_of("metrics");
    let other = world.buyer.run(&["evaluate", sold["record"].as_str().unwrap()]);
    assert_ne!(other.status, 0, "{other:?}");
}

fn photo(folder: &Path, number: u32) -> std::path::PathBuf {
    let named = |ending: &str| folder.join(format!("{number:06}.{ending}"));
    let all = ["jpg", "png", "webp"].map(named);
    all.into_iter().find(|path| path.exists()).expect("it was bought")
}

fn rows(world: &World, record: &str) -> Vec<String> {
    let address = format!("{}/v1/datasets/{record}/metrics", world.gateway.url());
    let mut answer = ureq::get(address).call().unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    text.lines().map(str::to_owned).collect()
}

fn number(row: &str, name: &str) -> u64 {
    serde_json::from_str::<Value>(row).unwrap()[name]
        .as_u64()
        .unwrap()
}

/// Buys at a stall and evaluates: what was told, and what was said about the failure.
fn evaluate(world: &World, stall: &PhotoStall, name: &str) -> (Value, String) {
    world
        .buyer
        .run(&world.buy_arguments(&stall.offer.to_string(), name))
        .expect_success();
    let file = world.path(&format!("{name}.vsa"));
    let run = world
        .buyer
        .run(&["evaluate", &stall.record.to_string(), "--out", &text(&file)]);
    assert_eq!(run.status, 18, "{run:?}");
    (run.json, run.said)
}

/// What is sold: the second photo was never anonymised.
const NAMES: [&str; 3] = ["rear-admiral.jpg", "astronaut.jpg", "wall-of-portraits.jpg"];
const PLANTED: usize = 1;

/// What `gateway look` sees in a folder.
fn look(tools: &Gateway, folder: &Path) -> Value {
    let output = tools.offline("look", &[text(folder), "--json".to_owned()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("--json prints JSON")
}

fn faces(look: &Value) -> Vec<u64> {
    let files = look["files"].as_array().unwrap();
    let faces = files
        .iter()
        .map(|file| file["residual"]["face"].as_u64().unwrap());
    faces.collect()
}

/// Photos and rows of a seller who exempts a whole photo and then writes that its face was masked.
fn planted(scene: &Scene, tools: &Gateway) -> (Vec<Vec<u8>>, Vec<String>) {
    let (raw, out) = (scene.path("raw"), scene.path("out"));
    fs::create_dir(&raw).unwrap();
    for name in NAMES {
        fs::copy(photos().join(name), raw.join(name)).unwrap();
    }
    let seen = look(tools, &raw);
    let files = seen["files"].as_array().unwrap();
    assert!(faces(&seen).iter().all(|count| *count > 0), "{seen}");
    let named = |file: &&Value| file["name"].as_str().unwrap().ends_with(NAMES[PLANTED]);
    let photo = files.iter().find(named).unwrap();
    let whole =
        json!({"x": 0, "y": 0, "width": photo["width"], "height": photo["height"], "reason": "a statue"});
    let keep = scene.path("keep.json");
    fs::write(&keep, json!({ NAMES[PLANTED]: [whole] }).to_string()).unwrap();
    let arguments = [
        text(&raw),
        text(&out),
        "--keep".to_owned(),
        text(&keep),
        "--json".to_owned(),
    ];
    let done = tools.offline("anonymise", &arguments);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let files = report["files"].as_array().unwrap();
    let row = |name: &str| {
        let file = files.iter().find(|file| file["name"] == name).unwrap();
        file["metrics"].as_str().unwrap().to_owned()
    };
    let mut rows = NAMES.map(row);
    let honest = rows[PLANTED].clone();
    rows[PLANTED] = honest.replace(
        r#""face":{"found":1,"kept":1,"masked":0,"reported":0}"#,
        r#""face":{"found":1,"kept":0,"masked":1,"reported":0}"#,
    );
    assert_ne!(rows[PLANTED], honest);
    let read = |name: &str| fs::read(out.join(name)).unwrap();
    (NAMES.map(read).into(), rows.into())
}

/// Buys, evaluates without and with nets, and keeps the attestation, whose path it returns.
fn audited(scene: &Scene, stall: &PhotoStall, tools: &Gateway, auditor: &Cli, name: &str) -> PathBuf {
    let (folder, file) = (
        scene.path(&format!("{name}-bought")),
        scene.path(&format!("{name}.vsa")),
    );
    auditor
        .run(&["buy", &stall.offer.to_string(), "--out", &text(&folder)])
        .expect_success();
    let record = stall.record.to_string();
    let evaluate = ["evaluate", &record, "--out", &text(&file)].map(str::to_owned);
    let blind = auditor.run(&evaluate).expect_success();
    assert_eq!(blind["verdict"], "clean", "every figure is true: {blind}");
    assert!(attestation(&file).attestation.runtime.provider.is_empty());

    let seen = look(tools, &folder);
    assert_eq!(seen["schema"], "vouchsafe/look/1");
    assert_eq!(faces(&seen), [0, 1, 0], "{seen}");
    let looked = scene.path(&format!("{name}.json"));
    fs::write(&looked, seen.to_string()).unwrap();
    let arguments = [&evaluate[..], &["--looked".to_owned(), text(&looked)]].concat();
    let run = auditor.run(&arguments);
    assert_eq!(run.status, 19, "{run:?}");
    assert!(
        run.said.contains("item 2, 000002.jpg: 1 face seen"),
        "{}",
        run.said
    );
    let told = &run.json;
    assert_eq!(
        (&told["verdict"], &told["nets"]["photos"]),
        (&"sighting".into(), &3.into())
    );
    let [sighting] = &told["sightings"].as_array().unwrap()[..] else {
        panic!("one thing is seen: {told}")
    };
    assert_eq!(sighting["place"], "2:face");
    let said = attestation(&file).attestation;
    assert_eq!(said.verdict, Verdict::Sighting);
    assert_eq!(said.runtime.provider.as_slice(), b"cpu");
    let item = PLANTED as u32;
    let class = Class::Face;
    assert_eq!(said.claims.as_slice(), [Claim { item, class }]);
    let counted = metric(told, "objects");
    assert_eq!(
        (&counted["equal"], &counted["outside"]),
        (&3.into(), &0.into()),
        "who looks with the same nets counts the same: {counted}"
    );
    file
}

fn status(cli: &Cli, stall: &PhotoStall) -> Value {
    let offers = cli.run(&["offers", "--all"]).expect_success();
    let offer = stall.offer.to_string();
    let row = offers
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["offer"] == offer.as_str());
    row.unwrap()["status"].clone()
}

#[test]
fn a_planted_face_is_seen_and_freezes_the_offer_once_two_auditors_say_so() {
    let scene = Scene::new();
    let chain = &scene.chain;
    // Its settings alone are used: no gateway runs.
    let tools = Gateway::prepare(&scene.path("tools"), &scene.node.url());
    let (photos, rows) = planted(&scene, &tools);
    let stall = PhotoStall::open(chain, 1, &photos, &rows);
    let record = stall.record.to_string();
    let [(ada, ada_account), (ben, ben_account)] = ["ada", "ben"].map(|name| scene.buyer(name));
    let [ada_said, ben_said] = [(&ada, "ada"), (&ben, "ben")]
        .map(|(auditor, name)| text(&audited(&scene, &stall, &tools, auditor, name)));

    // Nobody is an auditor by themselves, nor by the word of anybody but who governs the chain.
    let early = ada.run(&["attest", &ada_said, "--seen", "2:face"]);
    assert_eq!(early.status, 8, "{early:?}");
    let own = ada.run(&["auditor", "admit", &ss58::encode(&ada_account)]);
    assert_eq!(own.status, 8, "{own:?}");
    for account in [&ada_account, &ben_account] {
        let account = ss58::encode(account);
        let admitted = ada
            .run(&["--key", "dev:alice", "auditor", "admit", &account])
            .expect_success();
        assert!(admitted["since"].is_u64(), "{admitted}");
    }

    // People have to look: a sighting of nets is attested by nobody's word but a person's.
    let unsaid = ada.run(&["attest", &ada_said]);
    assert!(unsaid.status == 8 && unsaid.said.contains("--seen"), "{unsaid:?}");
    let first = ada
        .run(&["attest", &ada_said, "--seen", "2:face"])
        .expect_success();
    assert_eq!(
        (&first["agree"], &first["condemned"]),
        (&1.into(), &false.into()),
        "{first}"
    );
    assert_eq!(status(&ada, &stall), "open", "nothing follows from one word");
    let gateway = ss58::encode(&stall.gateway.account());
    let before = ada.run(&["trust", &gateway, "--as", "gateway"]).expect_success();
    assert_eq!(before["flagged"], false, "{before}");

    // Somebody orders now and is not delivered to before the other auditor speaks.
    stall.stop_delivering();
    let waiter = Signer::ed25519(&[77; 32]);
    let account = waiter.account();
    chain.give(&[account], 20 * VCH);
    let had = chain.total(&account);
    let genesis = chain.client().genesis();
    let blinded = Blind::from_seed(&[77; 32], &genesis, &stall.offer, 0, 0).blinded();
    let order = OrderId::derive(&genesis, &stall.offer, 0, &account, &blinded);
    let ordered = chain.submit(&waiter, stall.order(blinded));
    assert!(matches!(scene.stage(&order), Stage::Placed { .. }));

    let other = ada.run(&["attest", &ben_said, "--seen", "2:face"]);
    assert_eq!(other.status, 8, "whose attestation it is counts: {other:?}");
    let second = ben
        .run(&["attest", &ben_said, "--seen", "2:face"])
        .expect_success();
    assert_eq!(
        (&second["agree"], &second["condemned"]),
        (&2.into(), &true.into()),
        "{second}"
    );
    assert_eq!(status(&ada, &stall), "halted");

    // Nobody can buy it any more, and who waits has everything back, but for what the transactions cost.
    let (late, late_account) = scene.buyer("late");
    let out = text(&scene.path("late-bought"));
    let refused = late.run(&["buy", &stall.offer.to_string(), "--out", &out]);
    assert_eq!(refused.status, 13, "{refused:?}");
    assert_eq!(chain.total(&late_account), 100 * VCH);
    chain.submit(&Signer::dev("bob"), Call::Refund { order });
    assert_eq!(scene.stage(&order), Stage::Closed(Outcome::Voided));
    let forgotten = chain.submit(&waiter, Call::Forget { order });
    assert_eq!(
        chain.total(&account),
        had - ordered.fee - forgotten.fee,
        "to the planck"
    );

    // It is told of the gateway, by the record's audit, and by a bundle that needs no chain.
    let after = ada.run(&["trust", &gateway, "--as", "gateway"]).expect_success();
    assert_eq!(
        (&after["flagged"], &after["score"]),
        (&true.into(), &0.into()),
        "{after}"
    );
    assert!(after["low"].as_u64() < before["high"].as_u64(), "{after}");
    let audit = ada.run(&["audit", &record]).json;
    assert_eq!(audit["offer"]["status"], "halted", "{audit}");
    let says = "somebody can be recognised in item 2 by a face that was left in";
    assert_eq!(audit["condemned"]["says"], says, "{audit}");
    let [anchor, bundle] = ["anchor.json", "planted.vsb"].map(|name| text(&scene.path(name)));
    ada.run(&["anchor", "--out", &anchor]).expect_success();
    ada.run(&["bundle", &record, "--anchor", &anchor, "--out", &bundle])
        .expect_success();
    let verdict = Cli::offline(&["verify", &bundle, "--anchor", &anchor]).json;
    assert_eq!(verdict["sound"], true, "{verdict}");
    let standing = &verdict["facts"]["standing"];
    assert_eq!(standing["condemned"]["says"], says, "{verdict}");
    assert_eq!(
        (&standing["audited"], &standing["clean"]),
        (&2.into(), &0.into()),
        "{verdict}"
    );
}
