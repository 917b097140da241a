//! How a verification ended.

use crate::{
    contents::ContentsError,
    document::DocumentError,
    facts::Facts,
    finality::FinalityError,
    models::ManifestError,
    report::{Disagreement, Field, LeftOver, NotesError},
    scores::NoScores,
    signature::SignatureError,
    state::StateError,
};
use std::fmt;
use vouchsafe_protocol::{
    attestation::Class,
    bundle::{FormatError, LineageError, OpeningError, TrailError},
    finding::Finding,
    id::{Digest, RecordId},
    log::{Refusal, Standing},
};

/// What is checked. docs/BUNDLE.md §7 has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "`question` says what each of them asks")]
pub enum Kind {
    Format,
    Anchor,
    Handovers,
    Finality,
    State,
    Chain,
    RecordId,
    RecordSignature,
    RecordState,
    Trail,
    Status,
    Scores,
    Extends,
    Fresh,
    ReportHash,
    ReportSignature,
    ReportAgrees,
    ReportNotes,
    Models,
    MetadataHash,
    Contents,
    Item,
    Lineage,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 23] = [
        Self::Format,
        Self::Anchor,
        Self::Handovers,
        Self::Finality,
        Self::State,
        Self::Chain,
        Self::RecordId,
        Self::RecordSignature,
        Self::RecordState,
        Self::Trail,
        Self::Status,
        Self::Scores,
        Self::Extends,
        Self::Fresh,
        Self::ReportHash,
        Self::ReportSignature,
        Self::ReportAgrees,
        Self::ReportNotes,
        Self::Models,
        Self::MetadataHash,
        Self::Contents,
        Self::Item,
        Self::Lineage,
    ];

    /// Stable, for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Anchor => "anchor",
            Self::Handovers => "handovers",
            Self::Finality => "finality",
            Self::State => "state",
            Self::Chain => "chain",
            Self::RecordId => "record-id",
            Self::RecordSignature => "record-signature",
            Self::RecordState => "record-state",
            Self::Trail => "trail",
            Self::Status => "status",
            Self::Scores => "scores",
            Self::Extends => "extends",
            Self::Fresh => "fresh",
            Self::ReportHash => "report-hash",
            Self::ReportSignature => "report-signature",
            Self::ReportAgrees => "report-agrees",
            Self::ReportNotes => "report-notes",
            Self::Models => "models",
            Self::MetadataHash => "metadata-hash",
            Self::Contents => "contents",
            Self::Item => "item",
            Self::Lineage => "lineage",
        }
    }

    /// What it means when it passed, for people.
    pub const fn question(self) -> &'static str {
        match self {
            Self::Format => "the file is a bundle of this version",
            Self::Anchor => "it starts from the chain and a validator set that you trust",
            Self::Handovers => "each validator set was named by the one before it",
            Self::Finality => "more than two thirds of the validators made the block final",
            Self::State => "what the chain's state says is shown under that block",
            Self::Chain => "that state is of the chain that the bundle names",
            Self::RecordId => "the record's id is the hash of its statement",
            Self::RecordSignature => "the gateway's key signed the statement",
            Self::RecordState => "the chain has the record, with this statement, key and signature",
            Self::Trail => "all that the log says of the record is here, and reads as one life",
            Self::Status => "up to that block it was not withdrawn, erased or found fraudulent",
            Self::Scores => "nobody who stands behind it was flagged up to that block",
            Self::Extends => "the log only grew between the head that you know and this one",
            Self::Fresh => "the block is not older than you allow",
            Self::ReportHash => "the report is the one that the record names",
            Self::ReportSignature => "the gateway's key signed the report",
            Self::ReportAgrees => "report and record say the same of files, metrics, grade and input",
            Self::ReportNotes => "nothing is left in the photos but what the gateway's key answers for",
            Self::Models => "the models' manifests are those of the report's models",
            Self::MetadataHash => "the metadata is what the record names",
            Self::Contents => "the list of files lies under the record's content root",
            Self::Item => "the file is, byte for byte, an item of the dataset",
            Self::Lineage => "what the record is derived from is here",
        }
    }

    /// Where what it asks is defined.
    pub const fn standard(self) -> &'static str {
        match self {
            Self::Format => "BUNDLE.md §2; SCALE",
            Self::Anchor => "BUNDLE.md §3.1",
            Self::Handovers => "BUNDLE.md §3.3; GRANDPA (Stewart and Kokoris-Kogias, 2020); RFC 8032",
            Self::Finality => "BUNDLE.md §3.2, 3.4; GRANDPA (Stewart and Kokoris-Kogias, 2020); RFC 8032",
            Self::State => "BUNDLE.md §3.6; Substrate trie, state version 1; RFC 7693",
            Self::Chain => "BUNDLE.md §3.5",
            Self::RecordId => "PROTOCOL.md §9; FIPS 180-4",
            Self::RecordSignature => "PROTOCOL.md §9; RFC 8032",
            Self::RecordState => "BUNDLE.md §3.6",
            Self::Trail => "BUNDLE.md §4; PROTOCOL.md §9.1; RFC 9162 §2.1.3",
            Self::Status => "BUNDLE.md §4; PROTOCOL.md §9.1",
            Self::Scores => "BUNDLE.md §3.7; TRUST.md",
            Self::Extends => "BUNDLE.md §4; RFC 9162 §2.1.4",
            Self::Fresh => "BUNDLE.md §4",
            Self::ReportHash => "BUNDLE.md §6; RFC 8785; FIPS 180-4",
            Self::ReportSignature => "BUNDLE.md §6; RFC 8032",
            Self::ReportAgrees => "BUNDLE.md §6; report-3.schema.json",
            Self::ReportNotes => "PROTOCOL.md §9, override notes; RFC 8785; RFC 8032",
            Self::Models => "BUNDLE.md §6",
            Self::MetadataHash => "BUNDLE.md §6; RFC 8785; Croissant 1.1",
            Self::Contents => "BUNDLE.md §5; PROTOCOL.md §3; RFC 9162 §2.1.3",
            Self::Item => "BUNDLE.md §5; PROTOCOL.md §3; RFC 9162 §2.1.3",
            Self::Lineage => "BUNDLE.md §6; W3C PROV-DM, by id",
        }
    }

    /// Checks without which this one says nothing: after one of them failed it is not made.
    pub const fn rests_on(self) -> &'static [Self] {
        match self {
            Self::Format => &[],
            Self::Anchor | Self::RecordId | Self::RecordSignature => &[Self::Format],
            Self::Handovers => &[Self::Anchor],
            Self::Finality => &[Self::Handovers],
            Self::State | Self::Fresh => &[Self::Finality],
            Self::Chain | Self::Extends => &[Self::State],
            Self::RecordState => &[Self::State, Self::RecordId],
            Self::Trail => &[Self::RecordState],
            Self::Status => &[Self::Trail],
            Self::Scores => &[Self::RecordState],
            Self::ReportHash | Self::MetadataHash | Self::Contents | Self::Lineage => &[Self::RecordId],
            Self::ReportSignature | Self::ReportAgrees | Self::ReportNotes | Self::Models => {
                &[Self::ReportHash]
            }
            Self::Item => &[Self::Contents],
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was asked.
    pub kind: Kind,
    /// Of [`Kind::Item`]: the item's name, or that of a file that is no item. Foreign text.
    pub item: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it must be.
    Passed,
    /// Not wrong, but to be known.
    Finding(Reason),
    /// Not asked, or not to be answered with what is here.
    NotChecked(Reason),
    /// Wrong.
    Failed(Reason),
}

impl Outcome {
    /// `passed`, `finding`, `not_checked` or `failed`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Finding(_) => "finding",
            Self::NotChecked(_) => "not_checked",
            Self::Failed(_) => "failed",
        }
    }

    /// Why, unless it passed.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Passed => None,
            Self::Finding(reason) | Self::NotChecked(reason) | Self::Failed(reason) => Some(reason),
        }
    }
}

/// Why a check did not simply pass. Its text may hold foreign text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not checked: a check that it rests on failed, or was not made for such a reason.
    RestsOn(Kind),
    /// Not checked: the verifier brings no trust anchor.
    NoAnchor,
    /// Not checked: the verifier names no least height.
    NoLeastHeight,
    /// Not checked: the verifier brings no head of the log.
    NoEarlierHead,
    /// Not checked: the verifier's head is of another size, and no proof leads from one to the other.
    NoConsistency,
    /// Not checked: the bundle does not have it.
    Absent,
    /// Not checked: the bundle opens the item, and the verifier has no such file.
    FileNotBrought,
    /// Not checked: the list of files names these bytes, and the bundle does not open the item.
    NotOpened,
    /// The file's bytes are no bundle.
    Format(FormatError),
    /// Anchor, hand-overs, finality.
    Finality(FinalityError),
    /// The state is not shown.
    State(StateError),
    /// The state is of another chain.
    OtherChain {
        /// The chain that it is of.
        found: Digest,
    },
    /// The statement hashes to another id.
    Misnamed {
        /// To this one.
        found: RecordId,
    },
    /// A signature.
    Signature(SignatureError),
    /// The chain does not have the record.
    Unregistered,
    /// The chain has another `statement`, `key` or `signature` under the record's id.
    OtherRow(&'static str),
    /// The trail.
    Trail(TrailError),
    /// The chain's row names another height of registration or withdrawal than the log.
    RowHeights,
    /// Withdrawn, erased, condemned or found fraudulent.
    Standing(Box<Standing>),
    /// Not checked: the evidence about seller and gateway is not here.
    NoScores(NoScores),
    /// The chain warns of the seller, of the gateway, or of both.
    Flagged {
        /// Of the seller.
        seller: bool,
        /// Of the gateway.
        gateway: bool,
    },
    /// The log does not extend, or is not extended by, the head that the verifier knows.
    Log(Refusal),
    /// The bundle's log is the older one.
    OlderThanKnown {
        /// Entries of the head that the verifier knows.
        known: u64,
        /// Entries of the bundle's.
        found: u64,
    },
    /// The bundle speaks of a block below the least height.
    Stale {
        /// The bundle's height.
        height: u32,
        /// The least height.
        least: u32,
    },
    /// A document's form.
    Document(DocumentError),
    /// A document is not the one that the record names.
    OtherHash {
        /// Its hash.
        found: Digest,
    },
    /// The report is of a schema that this version does not read.
    ReportSchema(Option<String>),
    /// The report says otherwise than the record.
    Disagrees(Field, Disagreement),
    /// The notes of the report.
    Notes(NotesError),
    /// Photos were let out in which something is still seen.
    LeftOver(LeftOver),
    /// The manifests.
    Manifests(ManifestError),
    /// The bundle has no manifest of these models.
    ManifestsMissing(Vec<String>),
    /// The list of files.
    Contents(ContentsError),
    /// What is opened.
    Opening(OpeningError),
    /// Items are opened, and the list that names them is not here.
    OpenedUnlisted,
    /// The opening that goes with the list of files is of another item.
    NotItemZero(u32),
    /// A file with this item's name has other bytes.
    OtherBytes,
    /// No item of the dataset has these bytes.
    NoSuchItem,
    /// The verifier's own file cannot be read.
    Unreadable(std::io::ErrorKind),
    /// The ancestors.
    Lineage(LineageError),
    /// The statement of the ancestor at this position, from 0, is not signed by the key that it comes with.
    AncestorSignature(usize, SignatureError),
    /// These parents' statements are not here.
    Incomplete(Vec<RecordId>),
}

/// The whole verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Its length. Bytes.
    pub bytes: u64,
    /// Every check, in the order of [`Kind::ALL`].
    pub checks: Vec<Check>,
    /// No check failed.
    pub sound: bool,
    /// [`Kind::Anchor`] passed: the bundle speaks of the chain that the verifier trusts.
    pub anchored: bool,
    /// Every file that was brought passed as an item of the dataset; true where none was brought.
    pub shown: bool,
    /// What is told, each part only where the checks that carry it did not fail.
    pub facts: Facts,
}

impl Verdict {
    /// Sound, anchored, and every file that was brought is shown.
    pub fn is_good(&self) -> bool {
        self.sound && self.anchored && self.shown
    }

    /// How a check ended; of [`Kind::Item`] the first one.
    pub fn outcome(&self, kind: Kind) -> Option<&Outcome> {
        let check = self.checks.iter().find(|check| check.kind == kind)?;
        Some(&check.outcome)
    }

    /// The checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        let failed = |check: &&Check| matches!(check.outcome, Outcome::Failed(_));
        self.checks.iter().filter(failed)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RestsOn(kind) => write!(f, "it rests on {}, which does not hold", kind.name()),
            Self::NoAnchor => f.write_str("you named no chain and validator set that you trust"),
            Self::NoLeastHeight => {
                f.write_str("you named no least height; what came later a bundle cannot know")
            }
            Self::NoEarlierHead => f.write_str("you brought no earlier head of the log"),
            Self::NoConsistency => {
                f.write_str("you brought no proof between the head that you know and this one")
            }
            Self::Absent => f.write_str("the bundle does not have it"),
            Self::FileNotBrought => f.write_str("you did not bring this file"),
            Self::NotOpened => {
                f.write_str("the seller's list names these bytes, but the bundle does not open the item")
            }
            Self::Format(error) => error.fmt(f),
            Self::Finality(error) => error.fmt(f),
            Self::State(error) => error.fmt(f),
            Self::OtherChain { found } => write!(f, "the state is of the chain {found}"),
            Self::Misnamed { found } => write!(f, "the statement hashes to {found}"),
            Self::Signature(error) => error.fmt(f),
            Self::Unregistered => f.write_str("the chain has no such record"),
            Self::OtherRow(what) => write!(f, "the chain has another {what} under this id"),
            Self::Trail(error) => error.fmt(f),
            Self::RowHeights => f.write_str("the chain's row names other heights than the log"),
            Self::Standing(standing) => show_standing(standing, f),
            Self::NoScores(reason) => reason.fmt(f),
            Self::Flagged { seller, gateway } => {
                let who = match (seller, gateway) {
                    (true, true) => "the seller and the gateway",
                    (true, false) => "the seller",
                    (false, _) => "the gateway",
                };
                write!(
                    f,
                    "the chain warns of {who}: audits, deliveries or a proven fraud speak against them"
                )
            }
            Self::Log(error) => error.fmt(f),
            Self::OlderThanKnown { known, found } => {
                write!(f, "the bundle's log has {found} entries, you have seen {known}")
            }
            Self::Stale { height, least } => write!(f, "it speaks of block {height}, you asked for {least}"),
            Self::Document(error) => error.fmt(f),
            Self::OtherHash { found } => write!(f, "its hash is {found}, the record names another"),
            Self::ReportSchema(Some(found)) => write!(f, "its schema is {found:?}"),
            Self::ReportSchema(None) => f.write_str("it names no schema"),
            Self::Disagrees(field, error) => write!(f, "{field}: {error}"),
            Self::Notes(error) => error.fmt(f),
            Self::LeftOver(left_over) => left_over.fmt(f),
            Self::Manifests(error) => error.fmt(f),
            Self::ManifestsMissing(names) => write!(f, "the bundle has no manifest of {}", names.join(", ")),
            Self::Contents(error) => error.fmt(f),
            Self::Opening(error) => error.fmt(f),
            Self::OpenedUnlisted => f.write_str("items are opened, and the list that names them is missing"),
            Self::NotItemZero(found) => write!(f, "item {found} is opened in its place"),
            Self::OtherBytes => f.write_str("your file has this name and other bytes"),
            Self::NoSuchItem => f.write_str("no item of the dataset has these bytes"),
            Self::Unreadable(kind) => write!(f, "your file cannot be read: {kind}"),
            Self::Lineage(error) => error.fmt(f),
            Self::AncestorSignature(at, error) => write!(f, "ancestor {at}: {error}"),
            Self::Incomplete(missing) => {
                f.write_str("the statements of these parents are not here:")?;
                missing.iter().try_for_each(|parent| write!(f, " {parent}"))
            }
        }
    }
}

fn show_standing(standing: &Standing, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut said = Vec::new();
    let erased_at = standing.erased.map(|(at, _)| at);
    let condemned_at = standing.condemned.map(|(at, _)| at);
    // An erasure withdraws, and so do auditors who condemn: then both heights are one.
    if let Some(at) = standing
        .withdrawn_at
        .filter(|at| ![erased_at, condemned_at].contains(&Some(*at)))
    {
        said.push(format!("withdrawn by its owner at block {at}"));
    }
    if let Some((at, by)) = &standing.erased {
        said.push(format!("erased at block {at}, as {by} says"));
    }
    if let Some(fraud) = &standing.fraud {
        said.push(format!(
            "found fraudulent at block {}: chunk {} of offer {} is not what was promised, as the buyer of order {} proved",
            fraud.at, fraud.chunk, fraud.offer, fraud.order
        ));
    }
    if let Some((at, finding)) = &standing.condemned {
        said.push(format!(
            "condemned at block {at}: two auditors say that {}",
            fault(*finding)
        ));
    }
    f.write_str(&said.join("; "))
}

/// What auditors say of a record, after "that".
pub fn fault(finding: Finding) -> String {
    // The chain counts rows from 0, bundles count the list of files as item 0.
    let item = finding.item().map_or(0, |row| u64::from(row) + 1);
    match finding {
        Finding::Clean => "nothing is wrong with it".to_owned(),
        Finding::Mismatch => "measures of it are off".to_owned(),
        Finding::FalseExact { metric, .. } => {
            format!("metric {metric} of item {item} is not what it committed to")
        }
        Finding::PrivacyMiss { class, .. } => {
            let left = match class {
                Class::Face => "a face",
                Class::Person => "a person",
                Class::Plate => "a number plate",
                Class::Text => "writing",
                Class::Voice => "a voice",
                Class::Code => "a code",
                Class::Vehicle => "a vehicle",
                Class::Metadata => "metadata",
            };
            format!("somebody can be recognised in item {item} by {left} that was left in")
        }
    }
}
