use crate::policy;
use std::collections::BTreeSet;
use vouchsafe_anonymiser::{
    Action, Class, Counted, Grade, JpegPath, LoadError, Metrics, Operator, PixelMetrics, Policy, Views,
};

const BLACK: Operator = Operator::Solid { rgb: [0, 0, 0] };

fn refusal(text: &str) -> String {
    match Policy::parse(text) {
        Err(LoadError::Policy(reason)) => reason,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn the_shipped_policy_is_street_and_treats_faces_as_it_always_did() {
    let shipped = Policy::default();
    assert_eq!(Policy::preset("street"), Some(shipped.clone()));
    let face = shipped.treatment(Class::Face);
    assert_eq!(
        (face.action, face.operator, face.required),
        (Action::Mask, BLACK, true)
    );
    assert_eq!(
        (face.threshold, face.margin, shipped.gate.faces),
        (0.08, 0.2, 0.35)
    );
    let (first, again, second) = (shipped.views, shipped.gate.views, shipped.gate.second_views);
    let whole = |views: Views| (views.min, views.max, views.percent, views.turns);
    assert_eq!(whole(first), (288, 512, 50, 4));
    assert_eq!(
        (first.tile, first.tile_min, first.reduced, first.aside),
        (1280, 640, 25, 40)
    );
    assert_eq!(whole(again), (192, 640, 46, 4));
    assert_eq!(whole(second), (256, 256, 100, 4));
    assert_eq!(
        (shipped.limits.max_pixels, shipped.limits.max_side),
        (50_000_000, 20_000)
    );
    assert_eq!((shipped.output.jpeg_quality, shipped.gate.escalations), (92, 4));
}

#[test]
fn every_preset_is_valid_complete_and_earns_the_grade_it_claims() {
    for name in Policy::PRESETS {
        let preset = Policy::preset(name).unwrap();
        preset.validate().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(preset.name, name);
        assert_eq!(
            (preset.wanted, preset.grade()),
            (Grade::Anonymous, Grade::Anonymous),
            "{name}"
        );
        assert_eq!(Policy::parse(&format!("preset = \"{name}\"")).unwrap(), preset);
    }
    assert_eq!(Policy::preset("carnival"), None);
}

#[test]
fn each_preset_treats_the_classes_as_its_name_promises() {
    let actions = |name: &str| {
        let preset = Policy::preset(name).unwrap();
        Class::ALL.map(|class| preset.treatment(class).action)
    };
    // Face, person, vehicle, plate, text, code.
    use Action::{Ignore, Mask, Report};
    assert_eq!(actions("street"), [Mask, Report, Report, Mask, Ignore, Report]);
    assert_eq!(actions("event"), [Mask, Mask, Report, Mask, Report, Mask]);
    assert_eq!(
        actions("training-data"),
        [Mask, Report, Report, Mask, Report, Report]
    );
    assert_eq!(actions("strict"), [Mask, Mask, Report, Mask, Mask, Mask]);

    let event = Policy::preset("event").unwrap();
    for class in [Class::Face, Class::Person, Class::Plate] {
        assert_eq!(event.treatment(class).operator, Operator::Inpaint, "{class:?}");
    }
    assert_eq!(event.classes.code.operator, BLACK);
    let training = Policy::preset("training-data").unwrap();
    assert!(training.keep.classes.contains("knife"));
    let strict = Policy::preset("strict").unwrap();
    assert!(Class::ALL.iter().all(|class| strict.treatment(*class).required));
    assert!(
        Class::ALL
            .iter()
            .all(|class| strict.treatment(*class).operator == BLACK)
    );
    assert_eq!((strict.views.turns, strict.gate.escalations), (4, 0));
}

/// A changed digest changes what gateways announce on chain: it must not happen unseen.
#[test]
fn the_digest_of_each_preset_is_pinned() {
    let digests = Policy::PRESETS.map(|name| Policy::preset(name).unwrap().id());
    let pinned = [
        "209c91af71a161e5002b8dacf30a3b821c12014c866765fb32032ef68759faa5",
        "aad85cb8e64aa7a6a8f7f5a1ba3f434572c52692fc8134099be07f15c53b46cf",
        "795ea56afc420af564355777e51f68dd6a374e1d4220babff71fe2b3a2b51207",
        "e7efbd912c16b71056ee478b8ab52a9240b7cd6af2dca86f260d671662c12b86",
    ];
    assert_eq!(digests, pinned);
}

#[test]
fn the_canonical_form_is_pinned_and_reads_back() {
    let text = Policy::default().canonical_json();
    let treatment = |action: &str, margin: &str, required: bool, threshold: &str| {
        format!(
            concat!(
                r#"{{"action":"{}","margin":{},"operator":{{"kind":"solid","rgb":[0,0,0]}},"#,
                r#""required":{},"threshold":{}}}"#
            ),
            action, margin, required, threshold
        )
    };
    let classes = [
        ("code", treatment("report", "0.1", false, "0.3")),
        ("face", treatment("mask", "0.2", true, "0.08")),
        ("person", treatment("report", "0.05", false, "0.35")),
        ("plate", treatment("mask", "0.35", false, "0.3")),
        ("text", treatment("ignore", "0.1", false, "0.3")),
        ("vehicle", treatment("report", "0.05", false, "0.35")),
    ]
    .map(|(name, treatment)| format!("\"{name}\":{treatment}"))
    .join(",");
    let expected = [
        r#"{"classes":{"#,
        &classes,
        r#"},"gate":{"closer":0,"escalations":4,"faces":0.35,"second":0.75,"#,
        r#""second_views":{"aside":0,"coarse":0,"max":256,"min":256,"overlap_percent":12,"percent":100,"reduced":0,"#,
        r#""tile":0,"tile_min":0,"tile_percent":100,"tile_turns":0,"turns":4},"#,
        r#""views":{"aside":0,"coarse":0,"max":640,"min":192,"overlap_percent":12,"percent":46,"reduced":0,"#,
        r#""tile":0,"tile_min":0,"tile_percent":100,"tile_turns":0,"turns":4}},"grade":"anonymous","#,
        r#""keep":{"classes":[],"threshold":0.35},"limits":{"max_pixels":50000000,"max_side":20000},"#,
        r#""name":"street","output":{"agreement":false,"jpeg":"coefficients","jpeg_quality":92,"objects":true},"#,
        r#""views":{"aside":40,"coarse":0,"max":512,"min":288,"overlap_percent":12,"percent":50,"reduced":25,"#,
        r#""tile":1280,"tile_min":640,"tile_percent":100,"tile_turns":0,"turns":4}}"#,
    ]
    .concat();
    assert_eq!(text, expected);
    for name in Policy::PRESETS {
        let preset = Policy::preset(name).unwrap();
        assert_eq!(
            serde_json::from_str::<Policy>(&preset.canonical_json()).unwrap(),
            preset
        );
    }
    let gentle = policy(|p| {
        p.name = "gentle".into();
        p.classes.face.operator = Operator::Mosaic { cells: 6 };
        p.classes.plate.operator = Operator::Blur;
        p.classes.person.operator = Operator::Silhouette { rgb: [1, 2, 3] };
        p.classes.vehicle.operator = Operator::Inpaint;
        p.classes.face.margin = 1.0;
        p.wanted = Grade::Disguised;
    });
    let read: Policy = serde_json::from_str(&gentle.canonical_json()).unwrap();
    assert_eq!((read.canonical_json(), &read), (gentle.canonical_json(), &gentle));
    assert!(gentle.canonical_json().contains(r#""margin":1,"#));
}

#[test]
fn two_spellings_of_one_policy_have_one_digest() {
    let written = "name = \"mine\"\n[keep]\nclasses = [\"scissors\", \"knife\", \"knife\"]\n[classes.face]\nmargin = 0.350\n";
    let other = concat!(
        "preset = \"street\"\nname = \"mine\"\nclasses.face = { margin = 35e-2, threshold = 0.08 }\n",
        "keep = { classes = [\"knife\", \"scissors\"] }\n"
    );
    assert_eq!(
        Policy::parse(written).unwrap().id(),
        Policy::parse(other).unwrap().id()
    );
}

#[test]
fn a_file_changes_single_keys_of_the_preset_that_it_names() {
    let text = "preset = \"event\"\n[classes.person]\nthreshold = 0.2\n[gate.views]\nmax = 800\n";
    let mut expected = Policy::preset("event").unwrap();
    expected.name = "event-changed".into();
    expected.classes.person.threshold = 0.2;
    expected.gate.views.max = 800;
    assert_eq!(Policy::parse(text).unwrap(), expected);
    assert_eq!(Policy::parse("").unwrap(), Policy::default(), "no preset: street");
}

#[test]
fn an_operator_is_replaced_as_one_piece_when_its_kind_is_given_and_changed_otherwise() {
    let mosaic = "grade = \"disguised\"\n[classes.face]\noperator = { kind = \"mosaic\", cells = 4 }\n";
    let policy = Policy::parse(mosaic).unwrap();
    assert_eq!(policy.classes.face.operator, Operator::Mosaic { cells: 4 });
    assert_eq!(
        (policy.wanted, policy.grade()),
        (Grade::Disguised, Grade::Disguised)
    );
    let white = Policy::parse("classes.face.operator.rgb = [255, 255, 255]").unwrap();
    assert_eq!(white.classes.face.operator, Operator::Solid { rgb: [255; 3] });
}

#[test]
fn a_policy_is_part_of_another_file_by_the_same_rules() {
    #[derive(serde::Deserialize)]
    struct Outer {
        policy: Policy,
    }
    let outer: Outer =
        serde_json::from_str(r#"{"policy":{"preset":"event","limits":{"max_side":5}}}"#).unwrap();
    assert_eq!(
        (outer.policy.name.as_str(), outer.policy.limits.max_side),
        ("event-changed", 5)
    );
    let outer = serde_json::from_str::<Outer>(r#"{"policy":{"colour":5}}"#);
    assert!(outer.err().unwrap().to_string().contains("colour"));
}

#[test]
fn a_file_is_named_in_its_refusal() {
    let folder = std::env::temp_dir().join(format!("vouchsafe-policy-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("privacy.toml");
    std::fs::write(&file, "preset = \"strict\"\nname = \"mine\"\n").unwrap();
    assert_eq!(Policy::load(&file).unwrap().name, "mine");
    std::fs::write(&file, "limits.max_side = 0").unwrap();
    let error = Policy::load(&file).unwrap_err().to_string();
    assert!(
        error.contains("privacy.toml") && error.contains("limits.max_side is 0"),
        "{error}"
    );
    std::fs::remove_dir_all(&folder).unwrap();
    let error = Policy::load(&file).unwrap_err();
    assert!(matches!(error, LoadError::Read { .. }), "{error}");
}

#[test]
fn text_that_is_not_toml_is_refused_with_the_line() {
    let reason = refusal("name = \"mine\"\ngrade =\n");
    assert!(reason.contains("line 2"), "{reason}");
}

#[test]
fn unknown_keys_are_refused_by_name_wherever_they_are() {
    for section in [
        "",
        "classes.",
        "classes.face.",
        "classes.face.operator.",
        "keep.",
        "views.",
        "gate.",
        "gate.views.",
        "limits.",
        "output.",
    ] {
        let reason = refusal(&format!("{section}colour = 1"));
        assert!(reason.contains("`colour`"), "{section}: {reason}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_its_key() {
    for (text, key) in [
        ("limits.max_side = -1", "max_side"),
        ("limits.max_side = \"large\"", "max_side"),
        ("classes.face.threshold = \"low\"", "threshold"),
        ("classes.face.required = 1", "required"),
        ("classes.face = 1", "face"),
        ("classes.face.operator.rgb = [0, 0, 256]", "rgb"),
        ("classes.face.operator.rgb = [0, 0]", "rgb"),
        ("output.jpeg_quality = 300", "jpeg_quality"),
        ("preset = 1", "preset"),
    ] {
        let reason = refusal(text);
        assert!(reason.contains(key), "{text}: {reason}");
    }
}

#[test]
fn a_word_that_is_not_on_the_list_is_refused_with_the_list() {
    for (text, words) in [
        ("preset = \"carnival\"", "street, event, training-data, strict"),
        ("grade = \"secret\"", "`anonymous`"),
        (
            "classes.face.action = \"hide\"",
            "`mask`, `report`, `ignore`, `refuse`",
        ),
        (
            "classes.face.operator.kind = \"swirl\"",
            "`solid`, `mosaic`, `blur`, `silhouette`, `inpaint`",
        ),
        ("output.jpeg = \"fast\"", "`coefficients`"),
    ] {
        let reason = refusal(text);
        assert!(reason.contains(words), "{text}: {reason}");
    }
}

#[test]
fn values_outside_their_bounds_are_refused_with_their_key() {
    for (key, wrong) in [
        ("classes.face.threshold", "0.009"),
        ("classes.face.threshold", "nan"),
        ("classes.person.threshold", "1.1"),
        ("classes.vehicle.threshold", "0"),
        ("classes.plate.threshold", "inf"),
        ("classes.text.margin", "-0.1"),
        ("classes.code.margin", "2.1"),
        ("classes.face.margin", "0.0001"),
        ("classes.face.margin", "nan"),
        ("keep.threshold", "0.001"),
        ("views.min", "31"),
        ("views.max", "287"),
        ("views.max", "2049"),
        ("views.coarse", "2049"),
        ("views.percent", "0"),
        ("views.percent", "401"),
        ("views.turns", "2"),
        ("views.tile", "127"),
        ("views.tile", "2049"),
        ("views.overlap_percent", "76"),
        ("views.aside", "101"),
        ("views.reduced", "101"),
        ("views.tile_min", "1281"),
        ("views.tile_percent", "401"),
        ("views.tile_turns", "3"),
        ("gate.views.min", "31"),
        ("gate.views.turns", "0"),
        ("gate.faces", "0.0"),
        ("gate.second", "1.01"),
        ("gate.escalations", "9"),
        ("limits.max_pixels", "0"),
        ("limits.max_pixels", "1000000001"),
        ("limits.max_side", "0"),
        ("limits.max_side", "1000001"),
        ("output.jpeg_quality", "49"),
        ("output.jpeg_quality", "101"),
    ] {
        let reason = refusal(&format!("{key} = {wrong}"));
        assert!(
            reason.starts_with(&format!("{key} is ")),
            "{key} = {wrong}: {reason}"
        );
        assert!(reason.contains("wanted"), "{reason}");
    }
}

#[test]
fn values_at_their_bounds_are_taken() {
    for line in [
        "classes.face.threshold = 0.01",
        "classes.face.threshold = 1",
        "classes.face.margin = 0",
        "classes.face.margin = -0.0",
        "classes.face.margin = 2",
        "views = { min = 32, max = 32, percent = 400 }",
        "views.tile = 128\nviews.tile_min = 128",
        "views.tile = 2048",
        "gate.escalations = 0",
        "gate.escalations = 8",
        "limits.max_pixels = 1000000000",
        "output.jpeg_quality = 100",
    ] {
        Policy::parse(line).unwrap_or_else(|e| panic!("{line}: {e}"));
    }
    let unsigned = Policy::parse("classes.face.margin = -0.0")
        .unwrap()
        .canonical_json();
    assert!(unsigned.contains(r#""margin":0,"#), "{unsigned}");
}

#[test]
fn a_mosaic_has_one_to_six_cells_a_side() {
    for cells in [0, 7] {
        let reason = refusal(&format!(
            "grade = \"disguised\"\nclasses.face.operator = {{ kind = \"mosaic\", cells = {cells} }}"
        ));
        let expected = format!("classes.face.operator.cells is {cells}, wanted 1 to 6");
        assert_eq!(reason, expected);
    }
}

#[test]
fn an_operator_takes_its_own_parameters_and_no_others() {
    for (operator, words) in [
        ("{ kind = \"solid\" }", "take rgb alone"),
        (
            "{ kind = \"solid\", rgb = [0, 0, 0], cells = 3 }",
            "take rgb alone",
        ),
        ("{ kind = \"silhouette\" }", "take rgb alone"),
        ("{ kind = \"mosaic\" }", "takes cells alone"),
        (
            "{ kind = \"mosaic\", cells = 3, rgb = [0, 0, 0] }",
            "takes cells alone",
        ),
        ("{ kind = \"blur\", cells = 3 }", "neither rgb nor cells"),
        ("{ kind = \"inpaint\", rgb = [0, 0, 0] }", "neither rgb nor cells"),
        ("{ kind = \"inpaint\", cells = 3 }", "neither rgb nor cells"),
    ] {
        let reason = refusal(&format!("classes.face.operator = {operator}"));
        assert!(reason.contains(words), "{operator}: {reason}");
    }
}

#[test]
fn a_grade_that_an_operator_cannot_earn_is_refused_with_operator_and_class() {
    for (class, operator, name) in [
        ("face", "{ kind = \"mosaic\", cells = 4 }", "mosaic"),
        ("plate", "{ kind = \"blur\" }", "blur"),
    ] {
        let reason = refusal(&format!("classes.{class}.operator = {operator}"));
        let expected =
            format!("grade is anonymous, which the operator {name} of classes.{class} cannot earn");
        assert_eq!(reason, expected);
    }
    // Nothing is painted where a class is only reported.
    Policy::parse("classes.text.operator = { kind = \"blur\" }").unwrap();
}

#[test]
fn the_grade_is_the_least_that_a_masked_class_earns() {
    let gentle = "grade = \"disguised\"\nclasses.plate.operator = { kind = \"blur\" }\n";
    assert_eq!(Policy::parse(gentle).unwrap().grade(), Grade::Disguised);
    let modest = "grade = \"disguised\"\n";
    assert_eq!(
        Policy::parse(modest).unwrap().grade(),
        Grade::Anonymous,
        "more than wanted"
    );
    let refusing = "classes.face.action = \"refuse\"\nclasses.plate.action = \"refuse\"\n";
    assert_eq!(Policy::parse(refusing).unwrap().grade(), Grade::Anonymous);
}

#[test]
fn a_policy_that_leaves_faces_visible_is_refused() {
    for action in ["report", "ignore"] {
        let reason = refusal(&format!(
            "grade = \"disguised\"\nclasses.face.action = \"{action}\""
        ));
        assert!(reason.starts_with("classes.face.action "), "{reason}");
    }
}

#[test]
fn only_persons_have_a_silhouette() {
    let reason = refusal("classes.plate.operator = { kind = \"silhouette\", rgb = [0, 0, 0] }");
    assert!(
        reason.starts_with("classes.plate.operator is silhouette"),
        "{reason}"
    );
}

#[test]
fn kept_classes_are_coco_names_that_the_policy_does_not_remove() {
    let reason = refusal("keep.classes = [\"gun\"]");
    assert_eq!(reason, "keep.classes has \"gun\", which is no COCO name");
    for (name, class, action) in [("person", "person", "mask"), ("truck", "vehicle", "refuse")] {
        let reason = refusal(&format!(
            "keep.classes = [\"{name}\"]\nclasses.{class}.action = \"{action}\""
        ));
        assert_eq!(
            reason,
            format!("keep.classes has \"{name}\", which classes.{class} removes")
        );
    }
    Policy::parse("keep.classes = [\"truck\", \"knife\"]").unwrap();
}

#[test]
fn a_name_is_short_and_plain_and_a_presets_name_is_its_own() {
    for name in ["", "Mine", "my policy", "été", &"x".repeat(41)] {
        let reason = refusal(&format!("name = \"{name}\""));
        assert!(reason.starts_with("name is "), "{reason}");
    }
    let reason = refusal("name = \"strict\"");
    assert!(reason.contains("belongs to a preset"), "{reason}");
    let reason = refusal("preset = \"event\"\nname = \"event\"\nlimits.max_side = 9");
    assert!(reason.contains("belongs to a preset"), "{reason}");
    Policy::parse("preset = \"event\"\nname = \"event\"").unwrap();
}

#[test]
fn every_field_changes_the_digest() {
    let changes: [fn(&mut Policy); 30] = [
        |_| {},
        |p| p.name = "other".into(),
        |p| p.wanted = Grade::Disguised,
        |p| p.classes.face.action = Action::Refuse,
        |p| p.classes.face.operator = Operator::Solid { rgb: [0, 0, 1] },
        |p| p.classes.face.operator = Operator::Silhouette { rgb: [0, 0, 0] },
        |p| p.classes.face.operator = Operator::Mosaic { cells: 6 },
        |p| p.classes.face.operator = Operator::Blur,
        |p| p.classes.face.operator = Operator::Inpaint,
        |p| p.classes.face.threshold = 0.13,
        |p| p.classes.face.margin = 0.36,
        |p| p.classes.face.required = false,
        |p| p.classes.text.action = Action::Report,
        |p| p.keep.classes = BTreeSet::from(["knife".to_owned()]),
        |p| p.keep.threshold = 0.4,
        |p| p.views.min = 200,
        |p| p.views.coarse = 400,
        |p| p.views.turns = 1,
        |p| p.views.tile = 640,
        |p| p.views.tile_min = 600,
        |p| p.views.reduced = 30,
        |p| p.views.overlap_percent = 10,
        |p| p.gate.faces = 0.36,
        |p| p.gate.second = 0.6,
        |p| p.gate.escalations = 3,
        |p| p.gate.views.percent = 47,
        |p| p.limits.max_pixels = 1,
        |p| p.limits.max_side = 1,
        |p| p.output.jpeg_quality = 93,
        |p| p.output.jpeg = JpegPath::Pixels,
    ];
    let ids: BTreeSet<_> = changes.into_iter().map(|change| policy(change).id()).collect();
    assert_eq!(ids.len(), changes.len());
}

#[test]
fn the_metrics_row_is_pinned() {
    let faces = Counted {
        found: 3,
        masked: 2,
        kept: 1,
        ..Counted::default()
    };
    let persons = Counted {
        found: 4,
        reported: 4,
        ..Counted::default()
    };
    let metrics = Metrics {
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
        objects: Some([("car".to_owned(), 2), ("bus".to_owned(), 0)].into()),
        findings: [(Class::Person, persons), (Class::Face, faces)].into(),
        residual: [(Class::Plate, 0), (Class::Face, 1)].into(),
        changed_ppm: 4_321,
        outside_error_milli: 77,
    };
    let row = concat!(
        r#"{"bright_ppm":7,"changed_ppm":4321,"colourfulness":33000,"dark_ppm":12,"entropy":7400,"exposure":98765,"#,
        r#""findings":{"face":{"found":3,"kept":1,"masked":2,"reported":0},"#,
        r#""person":{"found":4,"kept":0,"masked":0,"reported":4}},"height":480,"luma_p01":3,"luma_p99":250,"noise":1500,"#,
        r#""objects":{"car":2},"outside_error_milli":77,"residual":{"face":1,"plate":0},"sharpness":123456,"#,
        r#""sharpness_scaled":23456,"v":3,"width":640}"#
    );
    assert_eq!(metrics.row(), row.as_bytes());
    let uncounted = Metrics {
        objects: None,
        ..metrics
    }
    .row();
    assert!(
        String::from_utf8(uncounted)
            .unwrap()
            .contains(r#""objects":null"#)
    );
}
