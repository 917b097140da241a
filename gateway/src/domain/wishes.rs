use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::id::Digest;

use super::{
    job::Reason,
    kept::{KeepRegions, Region},
    note::{NoteFile, OVERRULED},
};

/// What is asked for one photo besides the policy, as the anonymiser understands it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoWishes {
    /// Nothing in these is masked.
    pub keep: Vec<Region>,
    pub leftovers: Leftovers,
}

/// What becomes of a photo in which the last second look still sees something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leftovers {
    /// It is refused.
    #[default]
    Refuse,
    /// It is let out when exactly so many things of each class are seen.
    Exactly(BTreeMap<String, u64>),
    /// It is let out, for the operator's eyes.
    Show,
}

/// What a seller asks for one photo. Says where in it somebody is to be left, so it is sealed with the photo's hash and
/// ends with staging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SellerWishes {
    #[serde(default, skip_serializing_if = "KeepRegions::is_empty")]
    pub keep: KeepRegions,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteFile>,
}

impl SellerWishes {
    pub fn is_empty(&self) -> bool {
        self.keep.is_empty() && self.note.is_none()
    }

    /// For the anonymiser.
    pub fn for_photo(&self) -> PhotoWishes {
        PhotoWishes {
            keep: self.keep.regions(),
            leftovers: match &self.note {
                None => Leftovers::Refuse,
                Some(note) => Leftovers::Exactly(note.signed.note.left.clone()),
            },
        }
    }

    /// The last word on a photo that came out: what was left in it is what a note answers for, and a note that is there
    /// answers for these very bytes. `key`: the gateway's record key; `policy`: digest of policy and models; `raw`,
    /// `clean`: SHA-256 of the file before and after.
    pub fn allow(
        &self,
        (key, policy): (&[u8; 32], Digest),
        raw: &Digest,
        clean: &Digest,
        left: &BTreeMap<String, u64>,
    ) -> Result<(), Reason> {
        let Some(note) = &self.note else {
            return if left.is_empty() {
                Ok(())
            } else {
                Err(Reason::new(
                    OVERRULED,
                    "the second look still finds things in the output",
                ))
            };
        };
        note.check(key, policy)
            .and_then(|()| note.check_photo(raw))
            .and_then(|()| note.check_output(clean, left))
            .map_err(|refusal| Reason::new(refusal.code(), refusal.to_string()))
    }
}
