//! Notes by which an operator let photos out that the second look refused: what a report says of them, checked with nothing
//! but the report and the gateway's key (docs/PROTOCOL.md, "Override notes").

use crate::show::plain;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use vouchsafe_chain_client::RecordInfo;
use vouchsafe_protocol::record::Grade;

use crate::audit::Verdict;

const SCHEMA: &str = "vouchsafe/override/1";

#[derive(Deserialize)]
struct Signed {
    /// As it stands there: every member is under the signature, also one that is not known here.
    note: Value,
    signature: String,
}

#[derive(Deserialize)]
struct Note {
    schema: String,
    policy: String,
    code: String,
    left: BTreeMap<String, u64>,
    text: String,
}

/// Whether everything that was left in the photos is answered for by the gateway's key, under the report's policy, and
/// the grade is not better than disguised. `None` where the report does not say what it must.
pub fn check(report: &Value, record: &RecordInfo) -> Option<Verdict> {
    let failed = |why: &str| Some(Verdict::Failed(why.to_owned()));
    // Reports from before notes have neither.
    let found = match &report["residual"]["found"] {
        Value::Null => 0,
        found => found.as_u64()?,
    };
    let signed = match &report["overrides"] {
        Value::Null => Vec::new(),
        listed => Vec::<Signed>::deserialize(listed).ok()?,
    };
    if signed.is_empty() {
        return if found == 0 {
            Some(Verdict::Passed)
        } else {
            failed("things are left in the photos, and no note answers for them")
        };
    }
    let policy = report["policy"]["digest"].as_str()?;
    let (mut left, mut texts) = (BTreeMap::<String, u64>::new(), Vec::new());
    for Signed { note, signature } in &signed {
        if !is_signed(note, signature, &record.key) {
            return failed("a note is not signed by the key that signed the record");
        }
        let note = Note::deserialize(note).ok()?;
        if note.schema != SCHEMA || note.code != "residual_faces" || note.left.is_empty() {
            return failed("a note is not of a known shape");
        }
        if note.policy != policy {
            return failed("a note was written under another policy or other models");
        }
        for (class, count) in note.left {
            let sum = left.entry(class).or_default();
            *sum = sum.saturating_add(count);
        }
        texts.push(format!("{:?}", plain(&note.text)));
    }
    if left.values().fold(0_u64, |sum, count| sum.saturating_add(*count)) != found {
        return failed("the notes answer for another number of things than are left");
    }
    if record.statement.grade != Grade::Disguised {
        return failed("with a note the grade is disguised, and the record says better");
    }
    let left: Vec<String> = left
        .iter()
        .map(|(class, count)| format!("{count} {}", plain(class)))
        .collect();
    Some(Verdict::Noted(format!(
        "an operator let {} photo(s) out in which the second look still sees {}: {}",
        signed.len(),
        left.join(", "),
        texts.join("; ")
    )))
}

fn is_signed(note: &Value, signature: &str, key: &[u8; 32]) -> bool {
    let (Some(signature), Ok(json)) = (bytes64(signature), serde_json_canonicalizer::to_vec(note)) else {
        return false;
    };
    let message = [&[SCHEMA.len() as u8], SCHEMA.as_bytes(), &json].concat();
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    ed25519_dalek::VerifyingKey::from_bytes(key)
        .is_ok_and(|key| key.verify_strict(&message, &signature).is_ok())
}

/// 128 lower-case hexadecimal digits.
fn bytes64(hex: &str) -> Option<[u8; 64]> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 64];
    if hex.len() != 128 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::checks,
        fixtures::{evidence, key, report},
    };
    use serde_json::json;

    fn signed_by_the_gateway(note: &Value) -> Value {
        let json = serde_json_canonicalizer::to_vec(note).unwrap();
        let message = [b"\x14vouchsafe/override/1".as_slice(), &json].concat();
        let signature: String = key()
            .sign(&message)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        json!({ "note": note, "signature": signature })
    }

    fn note(left: Value) -> Value {
        let digest = |byte: &str| format!("0x{}", byte.repeat(32));
        json!({
            "schema": SCHEMA, "photo": digest("01"), "output": digest("02"), "policy": digest("d1"),
            "code": "residual_faces", "left": left, "text": "a pattern\u{1b} in the curtain", "time_ms": 5,
        })
    }

    /// What the audit says of a report that answers with these notes for `found` things, in a record of this grade.
    fn verdict(overrides: Value, found: Value, grade: Grade) -> Verdict {
        let mut report: Value = serde_json::from_slice(&report()).unwrap();
        report["policy"]["digest"] = format!("0x{}", "d1".repeat(32)).into();
        report["residual"] = json!({ "found": found });
        report["overrides"] = overrides;
        let mut evidence = evidence();
        evidence.record.statement.grade = grade;
        evidence.report = Ok((serde_json_canonicalizer::to_vec(&report).unwrap(), None));
        let checks = checks(&evidence);
        let of_notes = checks.into_iter().find(|check| check.name == "report-overrides");
        of_notes.unwrap().verdict
    }

    fn two_notes() -> Value {
        json!([
            signed_by_the_gateway(&note(json!({ "face": 1 }))),
            signed_by_the_gateway(&note(json!({ "face": 1, "plate": 2 }))),
        ])
    }

    #[test]
    fn notes_of_the_gateway_are_told_with_their_words() {
        let Verdict::Noted(told) = verdict(two_notes(), json!(4), Grade::Disguised) else {
            panic!("not noted")
        };
        assert!(
            told.contains("2 photo(s)") && told.contains("2 face, 2 plate"),
            "{told}"
        );
        assert!(
            told.contains("a pattern  in the curtain") && !told.contains('\u{1b}'),
            "{told}"
        );
    }

    #[test]
    fn a_report_without_notes_and_without_leftovers_passes() {
        assert_eq!(verdict(json!([]), json!(0), Grade::Anonymous), Verdict::Passed);
        assert_eq!(
            verdict(Value::Null, Value::Null, Grade::Anonymous),
            Verdict::Passed
        );
    }

    #[test]
    fn whatever_does_not_fit_fails() {
        let good = two_notes;
        let changed = |pointer: &str, value: Value| {
            let mut notes = good();
            *notes.pointer_mut(pointer).unwrap() = value;
            notes
        };
        let resigned = |pointer: &str, value: Value| {
            let mut note = note(json!({ "face": 4 }));
            *note.pointer_mut(pointer).unwrap() = value;
            json!([signed_by_the_gateway(&note)])
        };
        let zeros = Value::from("00".repeat(64));
        for (notes, found, grade, why) in [
            (json!([]), 1, Grade::Disguised, "no note answers"),
            (good(), 4, Grade::Anonymous, "the grade is disguised"),
            (good(), 3, Grade::Disguised, "another number"),
            (changed("/1/signature", zeros), 4, Grade::Disguised, "not signed"),
            (
                changed("/1/signature", "0".into()),
                4,
                Grade::Disguised,
                "not signed",
            ),
            (
                changed("/0/note/text", "another".into()),
                4,
                Grade::Disguised,
                "not signed",
            ),
            (
                resigned("/policy", format!("0x{}", "00".repeat(32)).into()),
                4,
                Grade::Disguised,
                "another policy",
            ),
            (
                resigned("/schema", "vouchsafe/override/2".into()),
                4,
                Grade::Disguised,
                "known shape",
            ),
            (
                resigned("/code", "residual_metadata".into()),
                4,
                Grade::Disguised,
                "known shape",
            ),
            (resigned("/left", json!({})), 4, Grade::Disguised, "known shape"),
            (
                resigned("/text", json!(1)),
                4,
                Grade::Disguised,
                "does not state it",
            ),
            (json!("none"), 0, Grade::Disguised, "does not state it"),
        ] {
            let found = verdict(notes, json!(found), grade);
            assert!(
                matches!(&found, Verdict::Failed(said) if said.contains(why)),
                "{why}: {found:?}"
            );
        }
    }
}
