use serde::{Deserialize, Serialize};
use vouchsafe_documents::terms::{Derivation, UnclearTerms, percent};
use vouchsafe_protocol::{
    id::{Digest, RecordId},
    record::{MAX_PARENTS, Parent, Parents, WHOLE_PPM},
    report::licence_hash,
    royalty::RoyaltyError,
};

use super::amount::{Planck, PlanckError};

/// Longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 120;
/// Longest description, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 4_000;
/// Longest licence name, in characters.
pub const MAX_LICENCE_NAME_CHARS: usize = 80;
/// Longest licence text, in bytes.
pub const MAX_LICENCE_TEXT_BYTES: usize = 64 * 1024;
/// Most tags of a dataset.
pub const MAX_TAGS: usize = 16;
/// Longest name of a policy, in characters.
pub const MAX_POLICY_CHARS: usize = 40;
/// Longest tag, in characters.
pub const MAX_TAG_CHARS: usize = 32;

/// What a seller sends as the `metadata` part, before any check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetDraft {
    pub title: String,
    #[serde(default)]
    pub description: String,
    pub licence: LicenceDraft,
    /// Planck, as a decimal string.
    pub price: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// What the dataset is derived from. Left out where it is empty, as in the journals of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<ParentDraft>,
    /// Metadata documents of the parents, each as the exact text that its record names, in any order: their terms decide
    /// whether anything may be derived. Those of this gateway's own datasets need not be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parent_documents: Vec<String>,
    /// Whether others may derive from it.
    #[serde(default, skip_serializing_if = "Derivation::is_unstated")]
    pub derivation: Derivation,
    /// Name of the policy that the seller relies on. Without one the gateway's own will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// A record that a dataset is derived from, before any check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentDraft {
    pub record: RecordId,
    /// Its share of what the dataset earns, parts per million.
    pub share_ppm: u32,
}

/// Name and full text of a licence, before any check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceDraft {
    pub name: String,
    pub text: String,
}

/// A checked wish to sell. The only way to one is [`NewDataset::new`], also out of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "DatasetDraft", try_from = "DatasetDraft")]
pub struct NewDataset {
    title: String,
    description: String,
    licence: Licence,
    price: Planck,
    tags: Vec<String>,
    parents: Parents,
    parent_documents: Vec<String>,
    derivation: Derivation,
    policy: Option<String>,
}

/// Terms that every buyer accepts by hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    name: String,
    text: String,
}

/// Why a draft is refused; every refusal names its bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetRefusal {
    #[error("the title is empty")]
    EmptyTitle,
    #[error("the title has {chars} characters, at most {MAX_TITLE_CHARS} are allowed")]
    LongTitle { chars: usize },
    #[error("the description has {chars} characters, at most {MAX_DESCRIPTION_CHARS} are allowed")]
    LongDescription { chars: usize },
    #[error("{field} holds a control character")]
    ControlCharacter { field: &'static str },
    #[error("the licence has no name")]
    EmptyLicenceName,
    #[error("the licence's name has {chars} characters, at most {MAX_LICENCE_NAME_CHARS} are allowed")]
    LongLicenceName { chars: usize },
    #[error("the licence has no text: buyers accept the text by its hash")]
    EmptyLicenceText,
    #[error("the licence's text has {bytes} bytes, at most {MAX_LICENCE_TEXT_BYTES} are allowed")]
    LongLicenceText { bytes: usize },
    #[error("the price is not an amount of planck: {0}")]
    BadPrice(PlanckError),
    #[error("the price is zero")]
    ZeroPrice,
    #[error("the price of {price} planck is more than the {issuance} planck that exist")]
    PriceAboveIssuance { price: Planck, issuance: Planck },
    #[error("{tags} tags, at most {MAX_TAGS} are allowed")]
    TooManyTags { tags: usize },
    #[error("tag {position} is not 1 to {MAX_TAG_CHARS} of a-z, 0-9 and '-'")]
    BadTag { position: usize },
    #[error("tag \"{tag}\" is given twice")]
    RepeatedTag { tag: String },
    #[error("{parents} parents, at most {MAX_PARENTS} are allowed")]
    TooManyParents { parents: usize },
    #[error("the parent {record} is given twice")]
    RepeatedParent { record: RecordId },
    #[error("the parents' shares add up to {sum} parts per million, at most {WHOLE_PPM} can be given")]
    SharesExceedWhole { sum: u64 },
    #[error("the chain has no record {record} to derive from")]
    UnknownParent { record: RecordId },
    #[error("the parent {record} was withdrawn by its owner: nothing can be derived from it any more")]
    WithdrawnParent { record: RecordId },
    #[error("the parents have too many ancestors of their own: {0}")]
    Ancestry(RoyaltyError),
    #[error("{documents} documents of parents, at most {MAX_PARENTS} are allowed")]
    TooManyParentDocuments { documents: usize },
    #[error(
        "the terms of the parent {record} are not known: hand in its metadata document, as the gateway of that record serves it"
    )]
    UnreadParentTerms { record: RecordId },
    #[error("the terms of the parent {record} cannot be kept: {terms}")]
    UnclearParentTerms { record: RecordId, terms: UnclearTerms },
    #[error("the terms of the parent {record} forbid that anything is derived from it")]
    DerivationForbidden { record: RecordId },
    #[error(
        "the parent {record} asks for {} of what is derived from it, and is given {}", percent(*.asked_ppm), percent(*.given_ppm)
    )]
    ShareBelowAsked {
        record: RecordId,
        asked_ppm: u32,
        given_ppm: u32,
    },
    #[error("the share that is asked for derivation is {asked_ppm} parts per million, more than the whole")]
    AskedAboveWhole { asked_ppm: u32 },
    #[error(
        "the policy that is asked for has a name of {chars} characters, at most {MAX_POLICY_CHARS} are allowed"
    )]
    LongPolicy { chars: usize },
    #[error(
        "this gateway anonymises by the policy \"{here}\" and not by \"{asked}\": its operator sets that in the gateway's \
         configuration (anonymiser.policy)"
    )]
    OtherPolicy { asked: String, here: String },
}

impl NewDataset {
    /// Checks a draft; the first refusal is returned. Title, description and licence name are trimmed, the licence
    /// text is kept byte for byte.
    pub fn new(draft: DatasetDraft) -> Result<Self, DatasetRefusal> {
        use DatasetRefusal::*;
        let title = draft.title.trim().to_owned();
        let description = draft.description.trim().to_owned();
        let name = draft.licence.name.trim().to_owned();
        let text = draft.licence.text;
        if title.is_empty() {
            return Err(EmptyTitle);
        }
        let chars = title.chars().count();
        if chars > MAX_TITLE_CHARS {
            return Err(LongTitle { chars });
        }
        refuse_controls("the title", &title, &[])?;
        let chars = description.chars().count();
        if chars > MAX_DESCRIPTION_CHARS {
            return Err(LongDescription { chars });
        }
        refuse_controls("the description", &description, &['\n', '\r', '\t'])?;
        if name.is_empty() {
            return Err(EmptyLicenceName);
        }
        let chars = name.chars().count();
        if chars > MAX_LICENCE_NAME_CHARS {
            return Err(LongLicenceName { chars });
        }
        refuse_controls("the licence's name", &name, &[])?;
        if text.trim().is_empty() {
            return Err(EmptyLicenceText);
        }
        if text.len() > MAX_LICENCE_TEXT_BYTES {
            return Err(LongLicenceText { bytes: text.len() });
        }
        let price: Planck = draft.price.parse().map_err(BadPrice)?;
        if price.0 == 0 {
            return Err(ZeroPrice);
        }
        let tags = checked_tags(draft.tags)?;
        let parents = checked_parents(draft.parents)?;
        let (documents, most) = (draft.parent_documents.len(), MAX_PARENTS as usize);
        if documents > most {
            return Err(TooManyParentDocuments { documents });
        }
        if let Derivation::Allowed { least_share_ppm } = draft.derivation
            && least_share_ppm > WHOLE_PPM
        {
            let asked_ppm = least_share_ppm;
            return Err(AskedAboveWhole { asked_ppm });
        }
        if let Some(policy) = &draft.policy {
            let chars = policy.chars().count();
            if chars > MAX_POLICY_CHARS {
                return Err(LongPolicy { chars });
            }
            refuse_controls("the policy's name", policy, &[])?;
        }
        Ok(Self {
            title,
            description,
            licence: Licence { name, text },
            price,
            tags,
            parents,
            parent_documents: draft.parent_documents,
            derivation: draft.derivation,
            policy: draft.policy,
        })
    }

    /// Refuses a dataset whose seller relies on another policy than the one by this name.
    pub fn check_policy(&self, here: &str) -> Result<(), DatasetRefusal> {
        match &self.policy {
            Some(asked) if asked != here => Err(DatasetRefusal::OtherPolicy {
                asked: asked.clone(),
                here: here.to_owned(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses a price that nobody could ever pay. `issuance`: planck in existence at a finalised block.
    pub fn check_payable(&self, issuance: Planck) -> Result<(), DatasetRefusal> {
        if self.price > issuance {
            return Err(DatasetRefusal::PriceAboveIssuance {
                price: self.price,
                issuance,
            });
        }
        Ok(())
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn description(&self) -> &str {
        &self.description
    }

    pub fn licence(&self) -> &Licence {
        &self.licence
    }

    pub fn price(&self) -> Planck {
        self.price
    }

    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// What the dataset is derived from: different records, whose shares add up to at most the whole.
    pub fn parents(&self) -> &Parents {
        &self.parents
    }

    /// Documents that the seller handed in as those of the parents. Whether they are, the chain says.
    pub fn parent_documents(&self) -> &[String] {
        &self.parent_documents
    }

    /// Whether others may derive from it.
    pub fn derivation(&self) -> Derivation {
        self.derivation
    }
}

impl Licence {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// What offer and order carry on chain.
    pub fn hash(&self) -> Digest {
        licence_hash(self.text.as_bytes())
    }
}

fn refuse_controls(field: &'static str, text: &str, allowed: &[char]) -> Result<(), DatasetRefusal> {
    if text.chars().any(|c| c.is_control() && !allowed.contains(&c)) {
        return Err(DatasetRefusal::ControlCharacter { field });
    }
    Ok(())
}

fn checked_tags(tags: Vec<String>) -> Result<Vec<String>, DatasetRefusal> {
    if tags.len() > MAX_TAGS {
        return Err(DatasetRefusal::TooManyTags { tags: tags.len() });
    }
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    for (at, tag) in tags.iter().enumerate() {
        if tag.is_empty() || tag.len() > MAX_TAG_CHARS || !tag.bytes().all(plain) {
            return Err(DatasetRefusal::BadTag { position: at + 1 });
        }
        if tags[..at].contains(tag) {
            return Err(DatasetRefusal::RepeatedTag { tag: tag.clone() });
        }
    }
    Ok(tags)
}

/// What can be told without the chain, which judges the rest when the record is registered.
fn checked_parents(drafts: Vec<ParentDraft>) -> Result<Parents, DatasetRefusal> {
    let too_many = DatasetRefusal::TooManyParents {
        parents: drafts.len(),
    };
    for (at, parent) in drafts.iter().enumerate() {
        if drafts[..at].iter().any(|earlier| earlier.record == parent.record) {
            return Err(DatasetRefusal::RepeatedParent {
                record: parent.record,
            });
        }
    }
    let sum = drafts.iter().map(|parent| u64::from(parent.share_ppm)).sum();
    if sum > u64::from(WHOLE_PPM) {
        return Err(DatasetRefusal::SharesExceedWhole { sum });
    }
    let parents = drafts.iter().map(|draft| Parent {
        record: draft.record,
        share_ppm: draft.share_ppm,
    });
    Parents::try_from(parents.collect::<Vec<_>>()).map_err(|_| too_many)
}

impl TryFrom<DatasetDraft> for NewDataset {
    type Error = DatasetRefusal;

    fn try_from(draft: DatasetDraft) -> Result<Self, DatasetRefusal> {
        Self::new(draft)
    }
}

impl From<NewDataset> for DatasetDraft {
    fn from(dataset: NewDataset) -> Self {
        Self {
            title: dataset.title,
            description: dataset.description,
            licence: LicenceDraft {
                name: dataset.licence.name,
                text: dataset.licence.text,
            },
            price: dataset.price.to_string(),
            tags: dataset.tags,
            parents: dataset.parents.iter().map(ParentDraft::from).collect(),
            parent_documents: dataset.parent_documents,
            derivation: dataset.derivation,
            policy: dataset.policy,
        }
    }
}

impl From<&Parent> for ParentDraft {
    fn from(parent: &Parent) -> Self {
        Self {
            record: parent.record,
            share_ppm: parent.share_ppm,
        }
    }
}
