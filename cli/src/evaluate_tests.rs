use super::*;
use vouchsafe_evaluation::{ClassName, Classes, HashKey, LOOK_SCHEMA, LookedAt, Outcome, Treated};
use vouchsafe_protocol::attestation::{Claim, Class, Comparison, Signed, Verdict, own_audit};
use vouchsafe_protocol::id::{Genesis, OfferId};

/// A PNG of 40 x 30 pixels, another one for each number, and its row.
fn photo(number: u8) -> (Vec<u8>, Row) {
    let rgb: Vec<u8> = (0..30_u32)
        .flat_map(|y| (0..40_u32).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let at = 64 * u32::from(number) + 8 * (y / 4) + x / 5;
            let mixed = at.wrapping_mul(2_654_435_761) ^ (at.wrapping_mul(40_503) << 7);
            [(mixed >> 11).to_le_bytes()[0]; 3]
        })
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 40, 30);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&rgb).unwrap();
    writer.finish().unwrap();
    let row = Row {
        pixels: PixelMetrics::of(&Picture::new(40, 30, &rgb).unwrap()),
        objects: None,
        residual: [(ClassName::new("face").unwrap(), 0)].into(),
        findings: [(ClassName::new("face").unwrap(), Treated::default())].into(),
        changed_ppm: 0,
        outside_error_milli: 0,
    };
    (bytes, row)
}

fn photos(numbers: &[u8]) -> (Vec<Vec<u8>>, Vec<Row>) {
    numbers.iter().map(|number| photo(*number)).unzip()
}

const NAMES: [&str; 3] = ["000001.png", "000002.png", "000003.png"];
const SHOW: Show = Show { json: true };

fn text(rows: &[Row]) -> Vec<u8> {
    rows.iter()
        .flat_map(|row| [row.to_bytes(), b"\n".to_vec()].concat())
        .collect()
}

fn said() -> attest::Said {
    attest::Said {
        genesis: Genesis([1; 32]),
        audit: own_audit(
            &Genesis([1; 32]),
            &OfferId([2; 32]),
            &Signer::dev("bob").account(),
            7,
        ),
        offer: OfferId([2; 32]),
        content_root: Digest([3; 32]),
        metrics_root: Digest([4; 32]),
        drawn_at: 7,
    }
}

#[test]
fn honest_rows_agree_in_every_exact_metric() {
    let (files, rows) = photos(&[0, 1, 2]);
    let looked = look(SHOW, &rows, &NAMES, &files, vec![2, 0, 1], None);
    assert_eq!(looked.agreement.outcome(), Outcome::Clean);
    assert_eq!(looked.false_statements(), [""; 0]);
    let attestation = attest::attestation(&said(), &looked);
    assert_eq!(attestation.check(), Ok(()));
    assert_eq!(attestation.verdict, Verdict::Clean);
    let agreed = attestation
        .metrics
        .iter()
        .filter(|finding| **finding == Comparison::Agree);
    assert_eq!(
        agreed.count(),
        12,
        "and objects, residual and what needs the originals are skipped"
    );
}

#[test]
fn a_false_figure_is_told_with_its_photo_and_its_metric() {
    let (files, mut rows) = photos(&[0, 1, 2]);
    rows[1].pixels.sharpness += 3;
    let looked = look(SHOW, &rows, &NAMES, &files, vec![0, 1, 2], None);
    assert_eq!(
        looked.false_statements(),
        ["item 2, 000002.png: sharpness is off by 3"]
    );
    let attestation = attest::attestation(&said(), &looked);
    assert_eq!(attestation.verdict, Verdict::ExactFalse);
    let at = Metric::ALL.iter().position(|metric| *metric == Metric::Sharpness);
    assert_eq!(
        attestation.metrics[at.unwrap()],
        Comparison::Differ { items: 1, worst: 3 }
    );
}

#[test]
fn another_photo_in_the_place_of_one_is_told() {
    let (mut files, rows) = photos(&[0, 1, 2]);
    files[2] = photo(5).0;
    let looked = look(SHOW, &rows, &NAMES, &files, vec![0, 1, 2], None);
    assert!(!looked.wrong.is_empty() && looked.wrong.iter().all(|wrong| wrong.name == "000003.png"));
    assert_eq!(looked.agreement.exact_false, [2]);
}

#[test]
fn a_file_that_is_no_picture_makes_its_row_false() {
    let (mut files, rows) = photos(&[0, 1]);
    files[0] = b"not a picture".to_vec();
    let looked = look(SHOW, &rows, &NAMES[..2], &files, vec![1, 0], None);
    let [said] = &looked.false_statements()[..] else {
        panic!("one sentence: {:?}", looked.false_statements())
    };
    assert!(
        said.starts_with("000001.png: ") && said.contains("no JPEG"),
        "{said}"
    );
    assert_eq!(looked.agreement.exact_false, [0]);
}

#[test]
fn what_was_not_drawn_is_not_judged() {
    let (files, mut rows) = photos(&[0, 1, 2]);
    rows[1].pixels.noise += 1;
    let looked = look(SHOW, &rows, &NAMES, &files, vec![2, 0], None);
    assert_eq!(looked.agreement.outcome(), Outcome::Clean);
    assert_eq!(looked.repeats, None, "what looks alike takes all of them");
}

#[test]
fn the_label_is_held_against_the_rows_and_the_repeats_against_all_photos() {
    let (files, rows) = photos(&[0, 1, 0]);
    let looked = look(SHOW, &rows, &NAMES, &files, vec![0, 1, 2], None);
    let repeats = looked.repeats.unwrap();
    assert_eq!((repeats.inside, repeats.flat), (1, 0));
    let honest = label(&rows, &repeats);
    let quality = Quality::of(honest.clone(), &rows, looked.repeats);
    assert_eq!((quality.adds_up, quality.repeats_hold), (true, Some(true)));
    assert_eq!(quality.false_statements(), [""; 0]);

    let flattering = Label {
        repeats_inside: 0,
        ..honest.clone()
    };
    let quality = Quality::of(flattering, &rows, looked.repeats);
    assert_eq!((quality.adds_up, quality.repeats_hold), (true, Some(false)));
    let sharper = Label {
        crisp: honest.crisp + 1,
        ..honest
    };
    let quality = Quality::of(sharper, &rows, None);
    assert_eq!((quality.adds_up, quality.repeats_hold), (false, None));
    assert_eq!(quality.false_statements().len(), 1);
}

#[test]
fn rows_are_read_only_under_the_root_that_the_record_names() {
    let (_, rows) = photos(&[0, 1]);
    let root = vouchsafe_evaluation::metrics_root(&rows).unwrap();
    assert_eq!(parse_rows(&text(&rows), &root, 2), Ok(rows.clone()));
    let other = parse_rows(&text(&rows[..1]), &root, 2);
    assert!(matches!(other, Err(NoRows::Other(_))), "{other:?}");
    let miscounted = parse_rows(&text(&rows), &root, 3);
    assert!(matches!(miscounted, Err(NoRows::False(_))), "{miscounted:?}");
}

#[test]
fn rows_of_another_suite_are_not_judged_and_rows_of_none_are_false() {
    let of = |line: &str| {
        let root = rows_root([line.as_bytes()]).unwrap();
        parse_rows(line.as_bytes(), &root, 1)
    };
    let earlier = of(r#"{"v":2,"width":3}"#);
    assert!(
        matches!(&earlier, Err(NoRows::Other(why)) if why.contains("suite 2")),
        "{earlier:?}"
    );
    let none = of(r#"{"v":3,"width":3}"#);
    assert!(matches!(none, Err(NoRows::False(_))), "{none:?}");
}

#[test]
fn the_file_is_an_attestation_that_the_auditors_key_signed() {
    let (files, rows) = photos(&[0, 1, 2]);
    let looked = look(SHOW, &rows, &NAMES, &files, vec![1], None);
    let signer = Signer::dev("bob");
    let bytes = attest::signed(attest::attestation(&said(), &looked), &signer);
    let read = Signed::read(&bytes).unwrap();
    assert_eq!(read.auditor, signer.account());
    assert_eq!((read.attestation.drawn, read.attestation.population), (1, 3));
    let message = read.attestation.signing_bytes();
    vouchsafe_audit::signature::verify(&read.auditor.0, &message, &read.signature).unwrap();
}

#[test]
fn a_draw_of_128_photos_fits_into_an_attestation() {
    let (file, row) = photo(3);
    let files = vec![file; 128];
    let rows = vec![row; 128];
    let names = vec!["a.png"; 128];
    let looked = look(SHOW, &rows, &names, &files, (0..128).collect(), None);
    let attestation = attest::attestation(&said(), &looked);
    assert_eq!((attestation.check(), attestation.items()), (Ok(()), 128));
}

#[test]
fn a_label_is_read_from_a_report_and_told_in_six_lines() {
    let (_, rows) = photos(&[0, 1]);
    let told = label(&rows, &Repeats::default());
    let report = serde_json::json!({"quality": told, "schema": "vouchsafe/report/3"});
    let report = serde_json_canonicalizer::to_vec(&report).unwrap();
    assert_eq!(label_of(&report), Some(told.clone()));
    assert_eq!(words(Some(&told)).len(), 6);
    assert_eq!(label_of(br#"{"schema":"vouchsafe/report/2"}"#), None);
    assert_eq!(words(None).len(), 0);
}

#[test]
fn hashes_under_the_public_key_are_what_repeats_are_counted_with() {
    // Two pictures are held to be alike by the same rule as in the gateway: that of the evaluation crate, public key.
    let (files, rows) = photos(&[0, 4]);
    let looked = look(SHOW, &rows, &NAMES[..2], &files, vec![0, 1], None);
    let sketch = |file: &[u8]| {
        let picture = Decoded::read(file, MAX_PIXELS).unwrap();
        Sketch::of(&picture.picture().unwrap()).unwrap()
    };
    let key = HashKey::public();
    let distance = key
        .hash(&sketch(&files[0]))
        .distance(&key.hash(&sketch(&files[1])));
    assert!(distance > vouchsafe_evaluation::RADIUS, "{distance}");
    assert_eq!(looked.repeats.map(|repeats| repeats.inside), Some(0));
}

/// What nets saw: so many faces in each of these files, and so many cars.
fn seen(files: &[Vec<u8>], counts: &[(u32, u32)]) -> Look {
    let classes =
        |name: &str, count: u32| -> Classes<u32> { [(ClassName::new(name).unwrap(), count)].into() };
    let looked = files.iter().zip(counts).map(|(file, (faces, cars))| LookedAt {
        name: "whatever.png".to_owned(),
        sha256: sha256(file),
        width: 40,
        height: 30,
        objects: Some(classes("car", *cars)),
        residual: classes("face", *faces),
    });
    Look {
        schema: LOOK_SCHEMA.to_owned(),
        software: "gateway 0".to_owned(),
        policy: "street".to_owned(),
        pipeline: Digest([6; 32]),
        provider: "cpu".to_owned(),
        nets: Vec::new(),
        files: looked.collect(),
        unseen: Vec::new(),
    }
}

#[test]
fn a_face_that_a_row_does_not_admit_is_a_sighting_with_its_place() {
    let (files, rows) = photos(&[0, 1, 2]);
    let look_of = seen(&files, &[(0, 0), (2, 0), (0, 0)]);
    let looked = look(SHOW, &rows, &NAMES, &files, vec![2, 1, 0], Some(&look_of));
    assert_eq!(looked.false_statements(), [""; 0], "numbers do not prove it");
    let doubts = looked.doubts();
    assert_eq!(doubts.len(), 1);
    assert!(doubts[0].starts_with("item 2, 000002.png: 2 face seen") && doubts[0].contains("--seen 2:face"));
    let attestation = attest::attestation(&said(), &looked);
    assert_eq!(
        (attestation.check(), attestation.verdict),
        (Ok(()), Verdict::Sighting)
    );
    assert_eq!(attestation.runtime.provider.as_slice(), b"cpu");
    let claim = Claim {
        item: 1,
        class: Class::Face,
    };
    assert_eq!(attestation.claims.as_slice(), [claim]);
    let at = Metric::ALL.iter().position(|metric| *metric == Metric::Residual);
    let differ = Comparison::Differ { items: 1, worst: 2 };
    assert_eq!(attestation.metrics[at.unwrap()], differ);
}

#[test]
fn a_face_that_was_left_on_purpose_is_no_sighting() {
    let (files, mut rows) = photos(&[0]);
    let kept = Treated {
        found: 1,
        kept: 1,
        ..Treated::default()
    };
    rows[0].findings = [(ClassName::new("face").unwrap(), kept)].into();
    let looked = look(
        SHOW,
        &rows,
        &NAMES[..1],
        &files,
        vec![0],
        Some(&seen(&files, &[(1, 0)])),
    );
    assert_eq!(
        (looked.agreement.outcome(), looked.doubts().len()),
        (Outcome::Clean, 0)
    );
}

#[test]
fn objects_outside_their_band_in_many_photos_are_a_mismatch() {
    let (files, mut rows) = photos(&[0, 1, 2]);
    for row in &mut rows {
        row.objects = Some([(ClassName::new("car").unwrap(), 1)].into());
    }
    let look_of = seen(&files, &[(0, 1), (0, 2), (0, 9)]);
    let looked = look(SHOW, &rows, &NAMES, &files, vec![0, 1, 2], Some(&look_of));
    assert_eq!(attest::attestation(&said(), &looked).verdict, Verdict::Mismatch);
    assert_eq!(looked.doubts(), ["item 3, 000003.png: objects are off by 8"]);
    assert_eq!(looked.false_statements(), [""; 0]);
}

#[test]
fn photos_that_no_net_saw_are_compared_without() {
    let (files, rows) = photos(&[0, 1]);
    let strangers = seen(&[b"another file".to_vec()], &[(3, 0)]);
    let looked = look(SHOW, &rows, &NAMES[..2], &files, vec![0, 1], Some(&strangers));
    assert_eq!(looked.agreement.outcome(), Outcome::Clean);
    assert_eq!(looked.nets.as_ref().map(|nets| nets.photos), Some(0));
    let attestation = attest::attestation(&said(), &looked);
    assert!(
        attestation.runtime.provider.is_empty(),
        "nothing was run on these photos"
    );
    let banded = Metric::ALL.iter().zip(&attestation.metrics);
    let banded = banded.filter(|(metric, _)| matches!(metric.kind(), Kind::Banded(_)));
    assert!(banded.into_iter().all(|(_, found)| *found == Comparison::Skipped));
}

#[test]
fn a_file_that_is_no_look_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("look.json");
    std::fs::write(&path, br#"{"schema":"vouchsafe/look/9"}"#).unwrap();
    let error = nets::read(&path).unwrap_err();
    assert!(matches!(&error, Failure::NotALook { .. }), "{error}");
    assert!(
        error.to_string().contains("look.json") && error.to_string().contains("look/9"),
        "{error}"
    );
    let (files, _) = photos(&[0]);
    let written = seen(&files, &[(1, 0)]);
    std::fs::write(&path, serde_json::to_vec(&written).unwrap()).unwrap();
    assert_eq!(nets::read(&path).unwrap(), written);
}
