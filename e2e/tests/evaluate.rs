//! Somebody who has bought photos measures them again: honest rows agree, false ones are told with photo and metric.

use serde_json::Value;
use std::{fs, path::Path};
use vouchsafe_e2e::{Chain, PhotoStall, VCH, World};
use vouchsafe_protocol::attestation::{Comparison, Signed, Verdict};

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

    // A gateway that serves other rows than it committed to is not believed in anything.
    world.gateway.flip_a_bit_of("metrics");
    let other = world.buyer.run(&["evaluate", record]);
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
