use proptest::prelude::*;
use vouchsafe_protocol::tree;

use super::*;
use crate::metric::Metric;

pub(crate) fn row() -> Row {
    let name = |name: &str| ClassName::new(name).unwrap();
    Row {
        pixels: PixelMetrics {
            width: 640,
            height: 480,
            exposure: 98_765,
            luma_p01: 3,
            luma_p99: 250,
            dark_ppm: 12,
            bright_ppm: 7,
            sharpness: 123_456,
            sharpness_scaled: 23_456,
            noise: 1_500,
            entropy: 7_400,
            colourfulness: 33_000,
        },
        objects: Some([(name("car"), 2), (name("traffic light"), 0)].into()),
        residual: [(name("face"), 0)].into(),
        findings: [(
            name("face"),
            Treated {
                found: 3,
                kept: 1,
                masked: 2,
                reported: 0,
            },
        )]
        .into(),
        changed_ppm: 4_321,
        outside_error_milli: 77,
    }
}

const BYTES: &str = concat!(
    r#"{"bright_ppm":7,"changed_ppm":4321,"colourfulness":33000,"dark_ppm":12,"entropy":7400,"exposure":98765,"#,
    r#""findings":{"face":{"found":3,"kept":1,"masked":2,"reported":0}},"height":480,"luma_p01":3,"luma_p99":250,"#,
    r#""noise":1500,"objects":{"car":2,"traffic light":0},"outside_error_milli":77,"residual":{"face":0},"#,
    r#""sharpness":123456,"sharpness_scaled":23456,"v":3,"width":640}"#
);

#[test]
fn the_row_is_pinned() {
    assert_eq!(String::from_utf8(row().to_bytes()).unwrap(), BYTES);
    assert_eq!(Row::parse(BYTES.as_bytes()), Ok(row()));
}

#[test]
fn objects_that_nobody_looked_for_are_null_and_not_none() {
    let unseen = Row {
        objects: None,
        ..row()
    };
    assert!(
        String::from_utf8(unseen.to_bytes())
            .unwrap()
            .contains(r#""objects":null"#)
    );
    assert_eq!(Row::parse(&unseen.to_bytes()), Ok(unseen.clone()));
    let none = Row {
        objects: Some(Classes::new()),
        ..row()
    };
    assert_ne!(none.to_bytes(), unseen.to_bytes());
}

#[test]
fn members_stand_in_the_order_of_rfc_8785() {
    let text = String::from_utf8(row().to_bytes()).unwrap();
    let at: Vec<usize> = {
        let mut names: Vec<&str> = Metric::ALL
            .iter()
            .map(|metric| metric.name())
            .chain(["v"])
            .collect();
        names.sort_unstable();
        names
            .iter()
            .map(|name| text.find(&format!("\"{name}\":")).expect(name))
            .collect()
    };
    assert!(at.is_sorted(), "{text}");
    assert_eq!(at.len(), 18, "every metric and the version");
}

#[test]
fn a_row_of_another_suite_is_refused_by_its_number() {
    let old = br#"{"changed_ppm":4321,"exposure":98765,"findings":{},"height":480,"v":2,"width":640}"#;
    assert_eq!(Row::parse(old), Err(RowError::Version { found: 2 }));
}

#[test]
fn a_row_in_any_other_form_is_refused() {
    for other in [
        BYTES.replace("\"v\":3,", "\"v\": 3,"),
        BYTES
            .replace(r#"{"bright_ppm":7,"#, "{")
            .replace("\"v\":3,", r#""v":3,"bright_ppm":7,"#),
        BYTES.replace("face", r"f\u0061ce"),
        BYTES.replace(r#""car":2,"traffic light":0"#, r#""traffic light":0,"car":2"#),
    ] {
        assert_ne!(other, BYTES);
        assert_eq!(
            Row::parse(other.as_bytes()),
            Err(RowError::NotCanonical),
            "{other}"
        );
    }
}

#[test]
fn unknown_missing_and_impossible_members_are_refused() {
    for other in [
        BYTES.replace("\"v\":3,", r#""u":1,"v":3,"#),
        BYTES.replace("\"noise\":1500,", ""),
        BYTES.replace("\"luma_p99\":250", "\"luma_p99\":256"),
        BYTES.replace("\"noise\":1500", "\"noise\":-1"),
        BYTES.replace("\"noise\":1500", "\"noise\":1500.0"),
        BYTES.replace("\"car\"", "\"Car\""),
        BYTES.replace("\"car\"", "\"\""),
        "[]".to_owned(),
        String::new(),
    ] {
        assert!(
            matches!(Row::parse(other.as_bytes()), Err(RowError::Malformed(_))),
            "{other}"
        );
    }
}

#[test]
fn a_row_beyond_the_bound_is_refused_before_it_is_read() {
    let bytes = MAX_ROW_BYTES + 1;
    assert_eq!(Row::parse(&vec![b' '; bytes]), Err(RowError::TooLong { bytes }));
}

#[test]
fn a_row_of_too_many_classes_is_refused() {
    let objects = (0..=MAX_CLASSES as u32)
        .map(|n| (ClassName::new(format!("{n}")).unwrap(), n))
        .collect();
    let bytes = Row {
        objects: Some(objects),
        ..row()
    }
    .to_bytes();
    assert_eq!(
        Row::parse(&bytes),
        Err(RowError::TooManyClasses {
            classes: MAX_CLASSES + 1
        })
    );
}

#[test]
fn class_names_are_short_plain_words() {
    assert!(ClassName::new("traffic light").is_ok() && ClassName::new("a".repeat(32)).is_ok());
    for name in ["", "Face", "a\"b", "é", &"a".repeat(33)] {
        assert_eq!(ClassName::new(name), Err(RowError::Class), "{name}");
    }
}

#[test]
fn the_root_is_the_protocol_tree_over_the_bytes_of_the_rows() {
    let (one, two) = (
        row(),
        Row {
            changed_ppm: 0,
            ..row()
        },
    );
    let leaves = [&one, &two].map(|row| tree::leaf_hash(&row.to_bytes()));
    assert_eq!(metrics_root([&one, &two]), tree::root(&leaves));
    assert_ne!(metrics_root([&one, &two]), metrics_root([&two, &one]));
    assert_eq!(metrics_root([]), None);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        (width, height, sharpness, noise) in (1..=u32::MAX, 1..=u32::MAX, 0..1_u64 << 50, any::<u32>()),
        objects in proptest::option::of(proptest::collection::btree_map("[a-z0-9 -]{1,32}", any::<u32>(), 0..20)),
        found in any::<u32>(),
    ) {
        let mut row = row();
        row.pixels = PixelMetrics { width, height, sharpness, noise, ..row.pixels };
        row.objects = objects.map(|o| o.into_iter().map(|(n, c)| (ClassName::new(n).unwrap(), c)).collect());
        row.findings.values_mut().for_each(|treated| treated.found = found);
        prop_assert_eq!(Row::parse(&row.to_bytes()), Ok(row));
    }

    #[test]
    fn foreign_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Row::parse(&bytes).is_err());
    }
}
