use super::*;
use crate::report::Report;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[14; 32])
}

fn signed(note: &Value) -> Value {
    let json = serde_json_canonicalizer::to_vec(note).unwrap();
    let message = [b"\x14vouchsafe/override/1".as_slice(), &json].concat();
    json!({ "note": note, "signature": hex::encode(key().sign(&message).to_bytes()) })
}

fn note(left: Value) -> Value {
    let digest = |byte: &str| format!("0x{}", byte.repeat(32));
    json!({
        "schema": "vouchsafe/override/1", "photo": digest("01"), "output": digest("02"), "policy": digest("d1"),
        "code": "residual_faces", "left": left, "text": "a pattern\u{1b} in the curtain", "time_ms": 5,
    })
}

/// What is found in a report that answers with these notes for `found` things, in a record of this grade.
fn verdict(overrides: Value, found: Value, grade: Grade) -> Result<LeftOver, NotesError> {
    let report = json!({
        "policy": { "digest": format!("0x{}", "d1".repeat(32)) }, "residual": { "found": found },
        "overrides": overrides,
    });
    let report = Report::read(&serde_json_canonicalizer::to_vec(&report).unwrap()).unwrap();
    report.left_over(key().verifying_key().as_bytes(), grade)
}

fn two_notes() -> Value {
    json!([
        signed(&note(json!({ "face": 1 }))),
        signed(&note(json!({ "face": 1, "plate": 2 })))
    ])
}

#[test]
fn notes_of_the_gateway_are_summed_and_told_with_their_words() {
    let left_over = verdict(two_notes(), json!(4), Grade::Disguised).unwrap();
    assert_eq!(
        left_over.left,
        BTreeMap::from([("face".into(), 2), ("plate".into(), 2)])
    );
    assert_eq!(
        left_over.to_string(),
        r#"an operator let 2 photo(s) out in which the second look still sees 2 face, 2 plate: "a pattern\u{1b} in the curtain"; "a pattern\u{1b} in the curtain""#
    );
}

#[test]
fn a_report_without_notes_and_without_leftovers_has_nothing_to_tell() {
    for (overrides, found) in [(json!([]), json!(0)), (Value::Null, Value::Null)] {
        let left_over = verdict(overrides, found, Grade::Anonymous).unwrap();
        assert!(left_over.is_nothing());
    }
}

#[test]
fn refuses_each_thing_that_does_not_fit_by_name() {
    use NotesError::{Count, NoNote, OtherPolicy, Shape, Unsigned, Unstated};
    let changed = |pointer: &str, value: Value| {
        let mut notes = two_notes();
        *notes.pointer_mut(pointer).unwrap() = value;
        notes
    };
    let resigned = |pointer: &str, value: Value| {
        let mut note = note(json!({ "face": 4 }));
        *note.pointer_mut(pointer).unwrap() = value;
        json!([signed(&note)])
    };
    let zeros = Value::from("00".repeat(64));
    let other_policy = format!("0x{}", "00".repeat(32));
    for (notes, found, grade, expected) in [
        (json!([]), 1, Grade::Disguised, NoNote),
        (two_notes(), 4, Grade::Anonymous, NotesError::Grade),
        (two_notes(), 3, Grade::Disguised, Count),
        (changed("/1/signature", zeros), 4, Grade::Disguised, Unsigned),
        (changed("/1/signature", "0".into()), 4, Grade::Disguised, Unsigned),
        (
            changed("/0/note/text", "another".into()),
            4,
            Grade::Disguised,
            Unsigned,
        ),
        (
            resigned("/policy", other_policy.into()),
            4,
            Grade::Disguised,
            OtherPolicy,
        ),
        (
            resigned("/schema", "vouchsafe/override/2".into()),
            4,
            Grade::Disguised,
            Shape,
        ),
        (
            resigned("/code", "residual_metadata".into()),
            4,
            Grade::Disguised,
            Shape,
        ),
        (resigned("/left", json!({})), 4, Grade::Disguised, Shape),
        (resigned("/text", json!(1)), 4, Grade::Disguised, Unstated),
        (json!("none"), 0, Grade::Disguised, Unstated),
    ] {
        assert_eq!(verdict(notes, json!(found), grade), Err(expected));
    }
}

#[test]
fn counts_that_no_integer_holds_do_not_wrap() {
    let most = json!([signed(&note(json!({ "face": (1_u64 << 53) - 1 })))]);
    assert_eq!(verdict(most, json!(0), Grade::Disguised), Err(NotesError::Count));
}
