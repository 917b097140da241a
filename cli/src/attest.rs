//! `vouchsafe attest`: puts what an auditor found into the record's log (docs/TRUST.md).

use crate::{failure::Failure, show::Show};
use serde_json::json;
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    str::FromStr,
};
use vouchsafe_audit::{fault, signature};
use vouchsafe_chain_client::{Call, ChainClient, Signer, ss58};
use vouchsafe_evaluation::{Kind, Metric};
use vouchsafe_protocol::{
    attestation::{Class, MAX_BYTES, Signed, Verdict},
    finding::{Finding, QUORUM},
    hash::sha256,
    id::RecordId,
    log::Fact,
};

/// Where a fault is: an item and what is wrong with it, as `ITEM:NAME`. People count items from 1, as files are named and as
/// bundles have them; the chain counts rows from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<T> {
    /// Its row, from 0.
    pub item: u32,
    /// The metric, or the class of what is still seen.
    pub what: T,
}

impl<T: Named> FromStr for Place<T> {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let (item, name) = given
            .split_once(':')
            .ok_or_else(|| format!("write ITEM:NAME, for example 7:{}", T::EXAMPLE))?;
        let row = item.parse().ok().and_then(|item: u32| item.checked_sub(1));
        let item = row.ok_or_else(|| format!("{item:?} is no item: they are counted from 1"))?;
        let what = T::named(name).ok_or_else(|| format!("there is no {name:?}: one of {}", T::names()))?;
        Ok(Self { item, what })
    }
}

/// Something that is named on the command line.
pub trait Named: Sized {
    /// One of the names.
    const EXAMPLE: &'static str;

    /// The thing of this name.
    fn named(name: &str) -> Option<Self>;

    /// All names, for people.
    fn names() -> String;
}

impl Named for Metric {
    const EXAMPLE: &'static str = "sharpness";

    fn named(name: &str) -> Option<Self> {
        let exact = |metric: &&Self| metric.kind() == Kind::Exact && metric.name() == name;
        Self::ALL.iter().find(exact).copied()
    }

    fn names() -> String {
        let exact = Self::ALL.iter().filter(|metric| metric.kind() == Kind::Exact);
        exact.map(|metric| metric.name()).collect::<Vec<_>>().join(", ")
    }
}

/// Names of what can still be seen.
const CLASSES: [(&str, Class); 8] = [
    ("face", Class::Face),
    ("plate", Class::Plate),
    ("text", Class::Text),
    ("code", Class::Code),
    ("person", Class::Person),
    ("vehicle", Class::Vehicle),
    ("voice", Class::Voice),
    ("metadata", Class::Metadata),
];

impl Named for Class {
    const EXAMPLE: &'static str = "face";

    fn named(name: &str) -> Option<Self> {
        let found = CLASSES.iter().find(|(known, _)| *known == name);
        found.map(|(_, class)| *class)
    }

    fn names() -> String {
        CLASSES.map(|(name, _)| name).join(", ")
    }
}

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The signed attestation.
    pub file: PathBuf,
    /// The exact metric that is false.
    pub false_metric: Option<Place<Metric>>,
    /// What is still seen.
    pub sighting: Option<Place<Class>>,
}

/// What goes on chain: what the command line says, which people have looked at, else what the attestation came to.
///
/// # Errors
/// [`Failure::Unsaid`].
pub fn finding(verdict: Verdict, wish: &Wish) -> Result<Finding, Failure> {
    if let Some(Place { item, what }) = &wish.sighting {
        let (item, class) = (*item, *what);
        return Ok(Finding::PrivacyMiss { item, class });
    }
    if let Some(Place { item, what }) = &wish.false_metric {
        let place = Metric::ALL.iter().position(|metric| metric == what);
        // There are 17 metrics.
        let metric = place
            .and_then(|place| u8::try_from(place).ok())
            .unwrap_or(u8::MAX);
        return Ok(Finding::FalseExact { item: *item, metric });
    }
    match verdict {
        Verdict::Clean => Ok(Finding::Clean),
        Verdict::Mismatch => Ok(Finding::Mismatch),
        Verdict::Nothing => Err(Failure::Unsaid("it compared nothing")),
        Verdict::ExactFalse => Err(Failure::Unsaid(
            "it found an exact metric false; say which, with --false ITEM:METRIC as `evaluate` listed it",
        )),
        Verdict::Sighting => Err(Failure::Unsaid(
            "it saw more than the rows admit; look at it, and say what it is with --seen ITEM:CLASS",
        )),
    }
}

/// Attests.
///
/// # Errors
/// [`Failure::Unsaid`], [`Failure::NotThisAttestation`]; see [`Failure`].
pub async fn run(show: Show, chain: &ChainClient, signer: &Signer, wish: &Wish) -> Result<(), Failure> {
    let bytes = read(&wish.file)?;
    let other = |why: String| Failure::NotThisAttestation {
        file: wish.file.clone(),
        why,
    };
    let signed = Signed::read(&bytes).map_err(|error| other(error.to_string()))?;
    let said = &signed.attestation;
    if said.genesis != chain.genesis() {
        return Err(other("it is about another chain".to_owned()));
    }
    if signed.auditor != signer.account() {
        let who = ss58::encode(&signed.auditor);
        return Err(other(format!("it is signed by {who}; name that key with --key")));
    }
    signature::verify(&signed.auditor.0, &said.signing_bytes(), &signed.signature)
        .map_err(|error| other(error.to_string()))?;
    let offer = chain
        .offer(&said.offer)
        .await?
        .ok_or(Failure::NoOffer(said.offer))?;
    let record = chain
        .record(&offer.record)
        .await?
        .ok_or(Failure::NoRecord(offer.record))?;
    let statement = &record.statement;
    if (said.content_root, said.metrics_root) != (statement.content.root, statement.metrics_root) {
        return Err(other("it is about another content than the record's".to_owned()));
    }
    let finding = finding(said.verdict, wish)?;
    let (id, attestation) = (offer.record, sha256(&bytes));
    let call = Call::Attest {
        record: id,
        finding,
        attestation,
    };
    let receipt = chain.submit(signer, call).await?;
    let agree = alike(chain, &id, finding).await?;
    let life = chain.standing(&id).await?;
    let condemned = life.is_some_and(|life| life.condemned.is_some());
    let lines = [
        format!("attested in block {}: {}", receipt.height, fault(finding)),
        what_follows(finding, agree, condemned).to_owned(),
    ];
    let json = json!({
        "record": id, "finding": name(finding), "item": finding.item().map(|row| u64::from(row) + 1), "attestation": attestation, "agree": agree,
        "condemned": condemned, "height": receipt.height, "fee": receipt.fee.to_string(),
    });
    show.result(&json, &lines)?;
    Ok(())
}

/// How many auditors have said the same of a record.
async fn alike(chain: &ChainClient, record: &RecordId, finding: Finding) -> Result<usize, Failure> {
    let entries = chain.entries_of(record).await?;
    let same = |fact: &Fact| matches!(fact, Fact::Attested { finding: said, .. } if *said == finding);
    Ok(entries.iter().filter(|entry| same(&entry.fact)).count())
}

fn what_follows(finding: Finding, agree: usize, condemned: bool) -> &'static str {
    match (finding.is_fault(), agree >= QUORUM) {
        (_, false) => "nobody else has said so yet: nothing follows from one word",
        (true, true) if condemned => {
            "auditors agree: the record is condemned, its offer takes no orders, and who waits for a delivery is refunded"
        }
        (_, true) => "auditors agree: it counts for those who stand behind the record",
    }
}

/// The word for programs.
fn name(finding: Finding) -> &'static str {
    match finding {
        Finding::Clean => "clean",
        Finding::Mismatch => "mismatch",
        Finding::FalseExact { .. } => "exact_false",
        Finding::PrivacyMiss { .. } => "privacy_miss",
    }
}

/// The file's bytes, one more than an attestation has at most, so that a longer one is told.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let disk = Failure::disk("reading", path);
    let mut bytes = Vec::new();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return Err(disk(error)),
    };
    match file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(disk(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        Wish {
            file: PathBuf::new(),
            false_metric: None,
            sighting: None,
        }
    }

    #[test]
    fn what_goes_on_chain_is_what_the_attestation_came_to() {
        assert_eq!(finding(Verdict::Clean, &wish()).unwrap(), Finding::Clean);
        assert_eq!(finding(Verdict::Mismatch, &wish()).unwrap(), Finding::Mismatch);
        for (verdict, word) in [
            (Verdict::Nothing, "compared nothing"),
            (Verdict::ExactFalse, "--false"),
            (Verdict::Sighting, "--seen"),
        ] {
            let refused = finding(verdict, &wish()).unwrap_err().to_string();
            assert!(refused.contains(word), "{refused}");
        }
    }

    #[test]
    fn what_people_have_seen_goes_before_what_was_measured() {
        let seen = Wish {
            sighting: Some("8:face".parse().unwrap()),
            ..wish()
        };
        let miss = Finding::PrivacyMiss {
            item: 7,
            class: Class::Face,
        };
        assert_eq!(finding(Verdict::Clean, &seen).unwrap(), miss);
        let false_metric = Wish {
            false_metric: Some("1:height".parse().unwrap()),
            ..wish()
        };
        let found = finding(Verdict::ExactFalse, &false_metric).unwrap();
        assert_eq!(found, Finding::FalseExact { item: 0, metric: 1 });
    }

    #[test]
    fn places_are_an_item_and_a_name_that_exists() {
        for (given, why) in [
            ("7", "7:sharpness"),
            ("x:height", "counted from 1"),
            ("0:height", "counted from 1"),
            ("-1:height", "counted from 1"),
            ("7:beauty", "one of width, height"),
            ("7:objects", "one of width, height"),
        ] {
            let refused = given.parse::<Place<Metric>>().unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
        let refused = "7:nose".parse::<Place<Class>>().unwrap_err();
        assert!(refused.contains("face, plate, text"), "{refused}");
    }

    #[test]
    fn nothing_follows_from_one_word() {
        let fault = Finding::FalseExact { item: 0, metric: 0 };
        assert!(what_follows(fault, 1, false).contains("nobody else"));
        assert!(what_follows(fault, 2, true).contains("condemned"));
        assert!(what_follows(Finding::Clean, 2, false).contains("counts for"));
    }
}
