//! The parts `keep` and `override` of an upload: what is taken, and each refusal.

use serde_json::{Value, json};
use vouchsafe_gateway::{
    domain::{Committed, NOTE_SCHEMA, Note, OVERRULED, Timestamp, committed},
    keys::GatewayKeys,
};
use vouchsafe_protocol::{hash::sha256, id::Digest};

use crate::{
    client::Form,
    contract::fits_the_report_schema,
    world::{METADATA, World, pipeline, png, png_with},
};

fn region(x: u32, y: u32, width: u32, height: u32) -> Value {
    json!({ "x": x, "y": y, "width": width, "height": height, "reason": "a statue" })
}

fn form() -> Form {
    Form::default().metadata(METADATA)
}

fn part(form: Form, name: &str, json: &str) -> Form {
    form.part(&format!("name=\"{name}\""), json.as_bytes())
}

/// A photo of 8 x 6 pixels behind a part `keep`.
fn kept(json: &str) -> Vec<u8> {
    part(form(), "keep", json).file("a.png", &png(8, 6)).end()
}

#[test]
fn regions_before_a_file_are_taken_and_counted_in_the_report() {
    let world = World::new();
    let regions = json!([region(0, 0, 8, 6), region(7, 5, 1, 1)]).to_string();
    let body = part(form(), "keep", &regions)
        .file("a.png", &png(8, 6))
        .file("b.png", &png(8, 6));
    let job = world.accepted(&body.end());
    world.work();
    let view = world.get_as_operator(&format!("/v1/jobs/{job}")).json();
    let record = view["record"].as_str().unwrap();
    let report = world.get(&format!("/v1/datasets/{record}/report")).json();
    assert_eq!(
        report["kept"],
        json!({ "regions": 2, "area_ppm": 10, "reasons": { "a statue": 2 } })
    );
    assert_eq!(
        report["worker"]["isolation"]["layers"],
        json!(["process", "landlock"])
    );
}

#[test]
fn no_regions_are_no_wish() {
    World::new().accepted(&kept("[]"));
}

#[test]
fn a_part_that_is_no_list_of_regions_is_refused() {
    let world = World::new();
    for json in [
        "",
        "[",
        "{}",
        "[{}]",
        r#"[{"x":1,"y":1,"width":1,"height":1}]"#,
        r#"[{"x":-1,"y":1,"width":1,"height":1,"reason":"r"}]"#,
        r#"[{"x":1.5,"y":1,"width":1,"height":1,"reason":"r"}]"#,
        r#"[{"x":1,"y":1,"width":1,"height":1,"reason":"r","class":"face"}]"#,
    ] {
        assert_eq!(world.refused(&kept(json)), (422, "invalid_keep".into()), "{json}");
    }
}

#[test]
fn more_than_sixteen_regions_are_refused() {
    let world = World::new();
    let many = |count: usize| Value::from(vec![region(0, 0, 1, 1); count]).to_string();
    world.accepted(&kept(&many(16)));
    let reply = world.upload(&kept(&many(17)));
    assert_eq!(reply.problem(), (422, "keep_too_many".into()));
    assert!(reply.json()["detail"].as_str().unwrap().contains("at most 16"));
}

#[test]
fn a_region_outside_the_photo_whichever_way_up_is_refused() {
    let world = World::new();
    let one = |x, y, width, height| kept(&json!([region(x, y, width, height)]).to_string());
    // The camera may have turned it: only the anonymiser knows.
    world.accepted(&one(0, 0, 6, 8));
    let world = World::new();
    for body in [
        one(0, 0, 8, 7),
        one(8, 0, 1, 1),
        one(7, 7, 1, 1),
        one(u32::MAX, 0, u32::MAX, 1),
    ] {
        assert_eq!(world.refused(&body), (422, "keep_outside_photo".into()));
    }
}

#[test]
fn an_empty_region_is_refused() {
    let body = kept(&json!([region(0, 0, 0, 1)]).to_string());
    assert_eq!(World::new().refused(&body), (422, "keep_empty".into()));
}

#[test]
fn a_reason_that_is_empty_or_too_long_is_refused() {
    let world = World::new();
    for reason in [" ".to_owned(), "x".repeat(121), "a\u{7}".to_owned()] {
        let mut region = region(0, 0, 1, 1);
        region["reason"] = reason.into();
        let refused = world.refused(&kept(&json!([region]).to_string()));
        assert_eq!(refused, (422, "keep_bad_reason".into()));
    }
}

#[test]
fn more_than_thirty_two_reasons_in_one_dataset_are_refused() {
    let photos = |count: usize| {
        let with = |form: Form, at: usize| {
            let mut region = region(0, 0, 1, 1);
            region["reason"] = at.to_string().into();
            part(form, "keep", &json!([region]).to_string()).file("a.png", &png(8, 6))
        };
        (0..count).fold(form(), with).end()
    };
    World::new().accepted(&photos(32));
    assert_eq!(
        World::new().refused(&photos(33)),
        (422, "keep_too_many_reasons".into())
    );
}

#[test]
fn wishes_without_a_file_behind_them_are_refused() {
    let world = World::new();
    for name in ["keep", "override"] {
        let wish = if name == "keep" {
            "[]".to_owned()
        } else {
            note(b"x").to_string()
        };
        let body = part(form().file("a.png", &png(8, 6)), name, &wish).end();
        assert_eq!(world.refused(&body), (400, "no_file_follows".into()), "{name}");
        let twice = part(part(form(), name, &wish), name, &wish).file("a.png", &png(8, 6));
        assert_eq!(
            world.refused(&twice.end()),
            (400, "unknown_part".into()),
            "{name}"
        );
    }
}

#[test]
fn a_wish_over_its_cap_is_refused() {
    let world = World::new();
    for name in ["keep", "override"] {
        let body = part(form(), name, &" ".repeat(32 * 1024 + 1)).file("a.png", &png(8, 6));
        assert_eq!(
            world.refused(&body.end()),
            (413, "part_too_large".into()),
            "{name}"
        );
    }
}

/// A note of this world's gateway about the raw bytes.
fn note(raw: &[u8]) -> Value {
    signed(raw, |_| {})
}

fn signed(raw: &[u8], change: impl FnOnce(&mut Note)) -> Value {
    let salt = Digest([9; 32]);
    let mut note = Note {
        schema: NOTE_SCHEMA.into(),
        photo: committed(Committed::Photo, &salt, &sha256(raw)),
        output: Digest([1; 32]),
        policy: pipeline().digest,
        code: OVERRULED.into(),
        left: [("face".into(), 1)].into(),
        text: "a pattern in the curtain".into(),
        time_ms: Timestamp(1_000),
    };
    change(&mut note);
    let signature = GatewayKeys::from_seed([7; 32].into()).sign_record(&note.signing_bytes());
    json!({ "salt": salt, "signed": { "note": note, "signature": hex::encode(signature) } })
}

fn overridden(note: &Value) -> Vec<u8> {
    part(form(), "override", &note.to_string())
        .file("a.png", &png(8, 6))
        .end()
}

#[test]
fn a_note_for_this_photo_is_taken_and_judged_again_when_the_photo_is_clean() {
    let world = World::new();
    let job = world.accepted(&overridden(&note(&png(8, 6))));
    world.work();
    let view = world.get_as_operator(&format!("/v1/jobs/{job}")).json();
    // The twin lets this one through: there was nothing to answer for.
    assert_eq!(view["reason"]["code"], "override_other_findings", "{view}");
}

#[test]
fn a_report_with_kept_regions_and_a_note_has_the_shape_that_the_schema_says() {
    let world = World::new();
    let raw = png_with(8, 6, b"REFUSE");
    let clean: Vec<u8> = raw.iter().rev().copied().collect();
    let note = signed(&raw, |note| {
        note.output = committed(Committed::Output, &Digest([9; 32]), &sha256(&clean));
    });
    let body = part(form(), "override", &note.to_string());
    let regions = json!([region(0, 0, 8, 6)]).to_string();
    let body = part(body, "keep", &regions).file("a.png", &raw);
    let job = world.accepted(&body.end());
    world.work();
    let view = world.get_as_operator(&format!("/v1/jobs/{job}")).json();
    assert_eq!(view["state"], "done", "{view}");
    let record = view["record"].as_str().unwrap();
    let report = world.get(&format!("/v1/datasets/{record}/report")).json();
    fits_the_report_schema(&report).unwrap();
    assert_eq!(report["overrides"], json!([note["signed"]]));
    assert_eq!(
        (&report["residual"]["verdict"], &report["policy"]["grade"]),
        (&"overridden".into(), &"disguised".into())
    );
    let mut without = report;
    without.as_object_mut().unwrap().remove("overrides");
    assert!(fits_the_report_schema(&without).is_err());
}

#[test]
fn a_part_that_is_no_note_is_refused() {
    let world = World::new();
    let mut unknown = note(&png(8, 6));
    unknown["signed"]["note"]["colour"] = "red".into();
    for json in [json!(null), json!({}), json!([]), unknown] {
        assert_eq!(
            world.refused(&overridden(&json)),
            (422, "invalid_override".into()),
            "{json}"
        );
    }
    let silent = signed(&png(8, 6), |note| note.text.clear());
    assert_eq!(
        world.refused(&overridden(&silent)),
        (422, "invalid_override".into())
    );
}

#[test]
fn a_note_with_a_wrong_signature_is_refused() {
    let world = World::new();
    let mut forged = note(&png(8, 6));
    forged["signed"]["signature"] = "00".repeat(64).into();
    assert_eq!(
        world.refused(&overridden(&forged)),
        (422, "override_not_signed".into())
    );
}

#[test]
fn a_note_for_another_photo_is_refused() {
    let world = World::new();
    let other = note(&png(8, 7));
    assert_eq!(
        world.refused(&overridden(&other)),
        (422, "override_other_photo".into())
    );
}

#[test]
fn a_note_under_another_policy_is_refused() {
    let world = World::new();
    let other = signed(&png(8, 6), |note| note.policy = Digest([4; 32]));
    assert_eq!(
        world.refused(&overridden(&other)),
        (422, "override_other_policy".into())
    );
}
