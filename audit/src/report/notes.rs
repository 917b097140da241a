//! Notes by which an operator let photos out that the second look refused: what a report says of them, checked with nothing
//! but the report and the gateway's key (docs/PROTOCOL.md, "Override notes").

use crate::signature;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};
use vouchsafe_protocol::{note, record::Grade};

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

/// Photos that were let out although something is still seen in them. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOver {
    /// How many things of which class are still seen, in all of them.
    pub left: BTreeMap<String, u64>,
    /// Why each photo may leave, in the operator's words: foreign text.
    pub texts: Vec<String>,
}

impl LeftOver {
    /// Whether there is no such photo.
    pub fn is_nothing(&self) -> bool {
        self.texts.is_empty()
    }
}

impl fmt::Display for LeftOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let photos = self.texts.len();
        write!(
            f,
            "an operator let {photos} photo(s) out in which the second look still sees "
        )?;
        for (at, (class, count)) in self.left.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{count} {class}")?;
        }
        for (at, text) in self.texts.iter().enumerate() {
            let mark = if at == 0 { ":" } else { ";" };
            write!(f, "{mark} {text:?}")?;
        }
        Ok(())
    }
}

/// Why what is left in the photos is not answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotesError {
    /// The report does not say what it must.
    Unstated,
    /// Things are left, and there is no note.
    NoNote,
    /// A note has another signature than the record's key makes.
    Unsigned,
    /// A note is of another schema, overrules another refusal, or names nothing that was left.
    Shape,
    /// A note was written under another policy.
    OtherPolicy,
    /// The notes answer for another number of things than are left.
    Count,
    /// With a note the grade is disguised, and the record says better.
    Grade,
}

impl fmt::Display for NotesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unstated => "the report does not state it",
            Self::NoNote => "things are left in the photos, and no note answers for them",
            Self::Unsigned => "a note is not signed by the key that signed the record",
            Self::Shape => "a note is not of a known shape",
            Self::OtherPolicy => "a note was written under another policy or other models",
            Self::Count => "the notes answer for another number of things than are left",
            Self::Grade => "with a note the grade is disguised, and the record says better",
        })
    }
}

impl std::error::Error for NotesError {}

/// Whether everything that was left in the photos is answered for by the gateway's key, under the report's policy, and
/// the grade is not better than disguised.
pub(super) fn check(report: &Value, key: &[u8; 32], grade: Grade) -> Result<LeftOver, NotesError> {
    // Reports from before notes have neither.
    let found = match &report["residual"]["found"] {
        Value::Null => 0,
        found => found.as_u64().ok_or(NotesError::Unstated)?,
    };
    let signed = match &report["overrides"] {
        Value::Null => Vec::new(),
        listed => Vec::<Signed>::deserialize(listed).map_err(|_| NotesError::Unstated)?,
    };
    if signed.is_empty() {
        return if found == 0 {
            Ok(LeftOver::default())
        } else {
            Err(NotesError::NoNote)
        };
    }
    let policy = report["policy"]["digest"].as_str().ok_or(NotesError::Unstated)?;
    let mut left_over = LeftOver::default();
    for Signed { note, signature } in &signed {
        if !is_signed(note, signature, key) {
            return Err(NotesError::Unsigned);
        }
        let note = Note::deserialize(note).map_err(|_| NotesError::Unstated)?;
        if note.schema != note::SCHEMA || note.code != note::OVERRULED || note.left.is_empty() {
            return Err(NotesError::Shape);
        }
        if note.policy != policy {
            return Err(NotesError::OtherPolicy);
        }
        for (class, count) in note.left {
            let sum = left_over.left.entry(class).or_default();
            *sum = sum.saturating_add(count);
        }
        left_over.texts.push(note.text);
    }
    let answered = left_over.left.values();
    if answered.fold(0_u64, |sum, count| sum.saturating_add(*count)) != found {
        return Err(NotesError::Count);
    }
    if grade != Grade::Disguised {
        return Err(NotesError::Grade);
    }
    Ok(left_over)
}

fn is_signed(note: &Value, signature: &str, key: &[u8; 32]) -> bool {
    let (Some(signature), Ok(json)) = (bytes64(signature), serde_json_canonicalizer::to_vec(note)) else {
        return false;
    };
    signature::verify(key, &note::signing_bytes(&json), &signature).is_ok()
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
    for (byte, [high, low]) in bytes.iter_mut().zip(hex.as_bytes().as_chunks::<2>().0) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "notes_tests.rs"]
mod tests;
