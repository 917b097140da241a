use std::collections::BTreeMap;

use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use vouchsafe_protocol::{id::Digest, note};

pub use vouchsafe_protocol::note::{Committed, OVERRULED, SCHEMA as NOTE_SCHEMA, committed};

use super::{
    encoding::{canonical_json, hex64},
    job::Timestamp,
};

/// Longest text, in characters.
pub const MAX_NOTE_CHARS: usize = 400;

/// An operator's word that a photo may leave although the second look still sees something in it. Public: it is in the
/// report of every dataset that it lets out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// [`NOTE_SCHEMA`].
    pub schema: String,
    /// Hiding commitments to the raw file and to the very bytes that were looked at, with one salt: see [`committed`].
    pub photo: Digest,
    pub output: Digest,
    /// Digest of policy and models.
    pub policy: Digest,
    /// Why the photo was refused: [`OVERRULED`].
    pub code: String,
    /// How many things of which class the second look saw; never empty.
    pub left: BTreeMap<String, u64>,
    /// Why it may leave. 1 to 400 characters.
    pub text: String,
    pub time_ms: Timestamp,
}

/// A note as reports show it. Together with the gateway's public key it can be checked by anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedNote {
    pub note: Note,
    /// ed25519 of the gateway's record key over [`Note::signing_bytes`].
    #[serde(with = "hex64")]
    pub signature: [u8; 64],
}

/// A note as the operator hands it in: with the salt that shows which photo it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteFile {
    /// How the operator calls the photo: for whoever hands the note in. Neither signed nor kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    pub salt: Digest,
    pub signed: SignedNote,
}

/// Why a note does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteRefusal {
    #[error(
        "the note's text is empty, longer than {MAX_NOTE_CHARS} characters, or holds a control character"
    )]
    Text,
    #[error(
        "the note is not of the shape {NOTE_SCHEMA}, or names nothing that was left, or another refusal than {OVERRULED}"
    )]
    Shape,
    #[error("the note is not signed by this gateway")]
    Signature,
    #[error("the note was written under another policy or other models ({named}); now it is {now}")]
    OtherPolicy { named: Digest, now: Digest },
    #[error("the note is about another photo")]
    OtherPhoto,
    #[error("what the second look sees now is not what the note answers for")]
    OtherFindings,
    #[error("what came out now are other bytes than those that the operator looked at")]
    OtherOutput,
}

impl NoteRefusal {
    /// Stable, for problem documents and for jobs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Text | Self::Shape => "invalid_override",
            Self::Signature => "override_not_signed",
            Self::OtherPolicy { .. } => "override_other_policy",
            Self::OtherPhoto => "override_other_photo",
            Self::OtherFindings => "override_other_findings",
            Self::OtherOutput => "override_other_output",
        }
    }
}

impl Note {
    /// What is signed, as [`note::signing_bytes`] has it.
    pub fn signing_bytes(&self) -> Vec<u8> {
        let json = canonical_json(self).expect("strings and integers below 2^53 have a canonical form; qed");
        note::signing_bytes(&json)
    }

    /// Refuses what no note of a gateway says: `Text`, `Shape`.
    pub fn check(&self) -> Result<(), NoteRefusal> {
        let chars = self.text.chars().count();
        if self.text.trim().is_empty() || chars > MAX_NOTE_CHARS || self.text.chars().any(char::is_control) {
            return Err(NoteRefusal::Text);
        }
        // 2^53: beyond, RFC 8785 has no form for it.
        let counted = |count: &u64| (1..1 << 53).contains(count);
        let left = !self.left.is_empty() && self.left.values().all(counted);
        if self.schema != NOTE_SCHEMA || self.code != OVERRULED || !left || self.time_ms.0 >= 1 << 53 {
            return Err(NoteRefusal::Shape);
        }
        Ok(())
    }
}

impl NoteFile {
    /// Whether this gateway, with this policy, wrote the note. `key`: the gateway's record key. Errors: `Text`, `Shape`,
    /// `Signature`, `OtherPolicy`.
    pub fn check(&self, key: &[u8; 32], policy: Digest) -> Result<(), NoteRefusal> {
        let note = &self.signed.note;
        note.check()?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| NoteRefusal::Signature)?;
        let signature = Signature::from_bytes(&self.signed.signature);
        key.verify_strict(&note.signing_bytes(), &signature)
            .map_err(|_| NoteRefusal::Signature)?;
        if note.policy != policy {
            let (named, now) = (note.policy, policy);
            return Err(NoteRefusal::OtherPolicy { named, now });
        }
        Ok(())
    }

    /// Error: `OtherPhoto`. `raw`: SHA-256 of the raw file.
    pub fn check_photo(&self, raw: &Digest) -> Result<(), NoteRefusal> {
        if committed(Committed::Photo, &self.salt, raw) == self.signed.note.photo {
            Ok(())
        } else {
            Err(NoteRefusal::OtherPhoto)
        }
    }

    /// Whether these are the bytes that the operator looked at, and this is what was left in them. `clean`: their
    /// SHA-256. Errors: `OtherFindings`, `OtherOutput`.
    pub fn check_output(&self, clean: &Digest, left: &BTreeMap<String, u64>) -> Result<(), NoteRefusal> {
        if *left != self.signed.note.left {
            return Err(NoteRefusal::OtherFindings);
        }
        if committed(Committed::Output, &self.salt, clean) != self.signed.note.output {
            return Err(NoteRefusal::OtherOutput);
        }
        Ok(())
    }
}
