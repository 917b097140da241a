use vouchsafe_anonymiser::{DetectSize, Metrics, Operator, Policy};

#[test]
fn the_canonical_form_is_pinned_and_reads_back() {
    let text = Policy::default().canonical_json();
    let expected = concat!(
        r#"{"detect_threshold":0.12,"jpeg_quality":92,"#,
        r#""long_side":{"coarse":0,"max":1280,"min":416,"percent":100},"mask_margin":0.35,"#,
        r#""max_pixels":50000000,"max_side":20000,"operator":{"kind":"solid","rgb":[0,0,0]},"#,
        r#""residual_long_side":{"coarse":0,"max":640,"min":192,"percent":46},"residual_threshold":0.35}"#
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), Policy::default());
    for operator in [Operator::Mosaic { cells: 6 }, Operator::Blur] {
        let policy = Policy {
            operator,
            ..Policy::default()
        };
        assert_eq!(
            serde_json::from_str::<Policy>(&policy.canonical_json()).unwrap(),
            policy
        );
    }
}

#[test]
fn absent_keys_take_the_shipped_values_and_unknown_ones_are_refused() {
    assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::default());
    for unknown in [
        r#"{"colour":1}"#,
        r#"{"long_side":{"middle":1}}"#,
        r#"{"operator":{"kind":"swirl"}}"#,
    ] {
        assert!(serde_json::from_str::<Policy>(unknown).is_err(), "{unknown}");
    }
}

#[test]
fn every_field_changes_the_digest() {
    let shipped = Policy::default();
    let other = DetectSize {
        min: 64,
        ..DetectSize::default()
    };
    let changed = [
        Policy {
            operator: Operator::Solid { rgb: [0, 0, 1] },
            ..shipped.clone()
        },
        Policy {
            operator: Operator::Mosaic { cells: 6 },
            ..shipped.clone()
        },
        Policy {
            operator: Operator::Blur,
            ..shipped.clone()
        },
        Policy {
            detect_threshold: 0.13,
            ..shipped.clone()
        },
        Policy {
            residual_threshold: 0.36,
            ..shipped.clone()
        },
        Policy {
            mask_margin: 0.36,
            ..shipped.clone()
        },
        Policy {
            max_pixels: 1,
            ..shipped.clone()
        },
        Policy {
            max_side: 1,
            ..shipped.clone()
        },
        Policy {
            long_side: other,
            ..shipped.clone()
        },
        Policy {
            residual_long_side: other,
            ..shipped.clone()
        },
        Policy {
            jpeg_quality: 93,
            ..shipped.clone()
        },
    ];
    let mut ids: Vec<_> = changed.iter().chain([&shipped]).map(Policy::id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 12);
}

#[test]
fn values_outside_their_bounds_are_refused() {
    let shipped = Policy::default();
    let size = |min, max, coarse, percent| DetectSize {
        min,
        max,
        coarse,
        percent,
    };
    for wrong in [
        Policy {
            detect_threshold: 0.0,
            ..shipped.clone()
        },
        Policy {
            residual_threshold: 1.1,
            ..shipped.clone()
        },
        Policy {
            mask_margin: -0.1,
            ..shipped.clone()
        },
        Policy {
            max_pixels: 0,
            ..shipped.clone()
        },
        Policy {
            max_side: 0,
            ..shipped.clone()
        },
        Policy {
            jpeg_quality: 49,
            ..shipped.clone()
        },
        Policy {
            operator: Operator::Mosaic { cells: 0 },
            ..shipped.clone()
        },
        Policy {
            operator: Operator::Mosaic { cells: 9 },
            ..shipped.clone()
        },
        Policy {
            long_side: size(31, 640, 0, 100),
            ..shipped.clone()
        },
        Policy {
            long_side: size(640, 639, 0, 100),
            ..shipped.clone()
        },
        Policy {
            residual_long_side: size(64, 2049, 0, 100),
            ..shipped.clone()
        },
        Policy {
            residual_long_side: size(64, 640, 0, 0),
            ..shipped.clone()
        },
    ] {
        assert!(wrong.validate().is_err(), "{wrong:?}");
    }
    assert!(shipped.validate().is_ok());
}

#[test]
fn the_metrics_row_is_pinned() {
    let metrics = Metrics {
        width: 640,
        height: 480,
        found: 3,
        replaced: 3,
        residual: 0,
        sharpness: 123_456,
        exposure: 98_765,
        changed_ppm: 4_321,
    };
    let row = concat!(
        r#"{"changed_ppm":4321,"exposure":98765,"found":3,"height":480,"replaced":3,"residual":0,"#,
        r#""sharpness":123456,"v":1,"width":640}"#
    );
    assert_eq!(metrics.row(), row.as_bytes());
}
