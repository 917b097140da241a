//! `vouchsafe evaluate`: photos that this key bought, measured again and compared row by row with what their record
//! committed to, and an attestation of how that came out (docs/EVALUATION.md).

mod attest;
mod nets;
mod told;

use crate::{
    bought::{self, Sold},
    failure::Failure,
    gateway::{Gateway, GatewayError},
    keep,
    receipts::Receipts,
    show::{Show, plain},
};
use serde_json::json;
use std::path::PathBuf;
use vouchsafe_chain_client::{ChainClient, RecordInfo, Signer};
use vouchsafe_evaluation::{
    Agreed, Agreement, Decoded, Kind, Label, Look, Metric, Picture, PixelMetrics, Recomputed, Repeats, Row,
    RowError, Sketch, compare, draw, excess, label, repeats, self_test, suite_digest,
};
use vouchsafe_protocol::{
    attestation::own_audit,
    hash::sha256,
    id::{Digest, RecordId},
    report::{report_hash, rows_root},
};

/// Items that are looked at where nothing is said: a panel's audit.
pub const ITEMS: u16 = 60;
/// The longest list of rows that is fetched, bytes.
const MAX_ROWS: u64 = 64 << 20;
/// The largest photo that is decoded, pixels: 400 MB of memory.
const MAX_PIXELS: u64 = 1 << 27;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Of which record.
    pub record: RecordId,
    /// Items to draw, 1 to 128 inclusive.
    pub items: u16,
    /// Where the attestation goes; a name after the record if nothing is said.
    pub out: Option<PathBuf>,
    /// Replaces the gateway's address on chain.
    pub gateway: Option<String>,
    /// What `gateway look --json` printed of the photos.
    pub looked: Option<PathBuf>,
}

/// A metric of one item that is not what its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// From 0.
    pub item: u32,
    /// As the buyer has it.
    pub name: String,
    pub metric: Metric,
    pub difference: u64,
}

/// All that came of looking.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    /// Items in the order in which they were drawn, from 0.
    pub drawn: Vec<u32>,
    pub population: u32,
    pub agreement: Agreement,
    /// Exact metrics that are false, and banded ones outside their band.
    pub wrong: Vec<Wrong>,
    /// Files that are no picture any more, by name: all that their rows say is false.
    pub unreadable: Vec<(String, String)>,
    /// What looks alike, where the whole set was looked at.
    pub repeats: Option<Repeats>,
    /// With which nets, where somebody has looked with any.
    pub nets: Option<nets::Used>,
    /// Of what the nets see more than a row admits.
    pub sightings: Vec<nets::Sighting>,
}

/// Checks this machine and build against the reference vectors, and shows how that came out.
///
/// # Errors
/// [`Failure::SelfTest`].
pub fn check_this_machine(show: Show) -> Result<(), Failure> {
    let root = self_test().map_err(|error| Failure::SelfTest(error.to_string()))?;
    let suite = suite_digest();
    let lines = [
        "this machine computes what the suite says, byte for byte".to_owned(),
        format!("suite    {suite}"),
        format!("vectors  {root}"),
    ];
    show.result(&json!({"suite": suite, "vectors": root, "sound": true}), &lines)?;
    Ok(())
}

/// Measures bought items again and compares.
///
/// # Errors
/// [`Failure::FalseRows`] when something that the record says of its photos is false, and [`Failure::Doubted`] when nets see
/// something else than it says, after it has been shown and the attestation is written; [`Failure::SelfTest`],
/// [`Failure::NotALook`], [`Failure::NotBought`], [`Failure::NoRows`]; see [`Failure`].
pub async fn run(
    show: Show,
    chain: &ChainClient,
    receipts: &Receipts,
    signer: &Signer,
    wish: &Wish,
) -> Result<(), Failure> {
    let vectors = self_test().map_err(|error| Failure::SelfTest(error.to_string()))?;
    let seen = wish.looked.as_deref().map(nets::read).transpose()?;
    let id = wish.record;
    let record = chain.record(&id).await?.ok_or(Failure::NoRecord(id))?;
    let offer = chain.offer_of(&id).await?.ok_or(Failure::NotBought(id))?;
    let row = chain.offer(&offer).await?.ok_or(Failure::NoOffer(offer))?;
    let sold = Sold {
        genesis: chain.genesis(),
        record: id,
        offer,
        version: row.version,
        content: record.statement.content,
    };
    let (receipt, files) = bought::files(signer, receipts, &sold)?;
    let gateway = gateway_of(chain, &record, wish).await?;
    let rows = rows(&gateway, &record, &id)?;
    let promised = promised(&gateway, chain, &record, &id)?;

    let head = chain.finalised().await?;
    let audit = own_audit(&chain.genesis(), &offer, &signer.account(), head.height);
    let population = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let drawn = draw(&Digest(head.hash), &audit, population, wish.items.into());
    let names: Vec<&str> = receipt.files.iter().map(|file| file.name.as_str()).collect();
    let looked = look(show, &rows, &names, &files, drawn, seen.as_ref());
    let quality = promised.map(|promised| Quality::of(promised, &rows, looked.repeats));

    let said = attest::Said {
        genesis: chain.genesis(),
        audit,
        offer,
        content_root: record.statement.content.root,
        metrics_root: record.statement.metrics_root,
        drawn_at: head.height,
    };
    let attestation = attest::attestation(&said, &looked);
    let verdict = attestation.verdict;
    let file = attest::signed(attestation, signer);
    let out = wish.out.clone().unwrap_or_else(|| {
        let name = id.to_string();
        PathBuf::from(format!("{}.vsa", &name[2..18]))
    });
    keep::write(&out, &file)?;

    let told = told::Told {
        record: id,
        offer,
        height: head.height,
        vectors,
        looked: &looked,
        quality: quality.as_ref(),
        verdict,
        out: &out,
        bytes: file.len(),
        auditor: signer.account(),
    };
    show.result(&told.json(), &told.lines())?;
    let mut found: Vec<String> = looked.false_statements();
    found.extend(quality.iter().flat_map(Quality::false_statements));
    let doubts = looked.doubts();
    match (found.is_empty(), doubts.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::Doubted {
            record: id,
            found: doubts,
        }),
        (false, _) => {
            found.extend(doubts);
            Err(Failure::FalseRows { record: id, found })
        }
    }
}

async fn gateway_of(chain: &ChainClient, record: &RecordInfo, wish: &Wish) -> Result<Gateway, Failure> {
    let url = match &wish.gateway {
        Some(url) => url.clone(),
        None => {
            let registered = chain.gateway(&record.statement.gateway).await?;
            registered.ok_or(Failure::NoEndpoint)?.endpoint
        }
    };
    Ok(Gateway::at(&url)?)
}

/// The rows that the record commits to, from its gateway.
fn rows(gateway: &Gateway, record: &RecordInfo, id: &RecordId) -> Result<Vec<Row>, Failure> {
    let what = format!("metrics of record {id}");
    let bytes = gateway.bytes(&format!("/v1/datasets/{id}/metrics"), &what, None, MAX_ROWS)?;
    let (root, items) = (record.statement.metrics_root, record.statement.items);
    parse_rows(&bytes, &root, items).map_err(|found| match found {
        NoRows::Other(why) => Failure::NoRows { record: *id, why },
        NoRows::False(found) => Failure::FalseRows {
            record: *id,
            found: vec![found],
        },
    })
}

/// Why rows are of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
enum NoRows {
    /// They are not what the record commits to, or of another suite.
    Other(String),
    /// They are, and say nothing that can be true.
    False(String),
}

fn parse_rows(bytes: &[u8], root: &Digest, items: u32) -> Result<Vec<Row>, NoRows> {
    let lines: Vec<&[u8]> = bytes
        .strip_suffix(b"\n")
        .unwrap_or(bytes)
        .split(|byte| *byte == b'\n')
        .collect();
    if rows_root(&lines) != Some(*root) {
        return Err(NoRows::Other(
            "its gateway serves other rows than the record commits to".to_owned(),
        ));
    }
    if u32::try_from(lines.len()) != Ok(items) {
        let found = lines.len();
        return Err(NoRows::False(format!("{found} rows for {items} photos")));
    }
    let row = |(number, line): (usize, &&[u8])| {
        Row::parse(line).map_err(|error| match error {
            RowError::Version { .. } => NoRows::Other(error.to_string()),
            error => NoRows::False(format!("the row of photo {number}: {error}")),
        })
    };
    (1..).zip(&lines).map(row).collect()
}

/// The label that the record's report promises; `None` where it has none.
fn promised(
    gateway: &Gateway,
    chain: &ChainClient,
    record: &RecordInfo,
    id: &RecordId,
) -> Result<Option<Label>, Failure> {
    let document = match gateway.document(id, "report") {
        Ok(document) => document,
        // The rows can be compared without it; `audit` says that it is missing.
        Err(GatewayError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if report_hash(&chain.genesis(), &document.bytes) != record.statement.report {
        return Ok(None);
    }
    Ok(label_of(&document.bytes))
}

/// The label of a report; `None` where it has none that can be read.
pub fn label_of(report: &[u8]) -> Option<Label> {
    let report = vouchsafe_audit::report::Report::read(report).ok()?;
    serde_json::from_value(report.quality()?.clone()).ok()
}

/// The label in words, for people: six lines, or none.
pub fn words(label: Option<&Label>) -> Vec<String> {
    let text = label.map(ToString::to_string).unwrap_or_default();
    text.lines().map(|line| format!("  {}", plain(line))).collect()
}

/// Measures what was drawn. `rows`, `names` and `files` are in item order; `seen` is what nets counted, in these files or
/// others.
fn look(
    show: Show,
    rows: &[Row],
    names: &[&str],
    files: &[Vec<u8>],
    drawn: Vec<u32>,
    seen: Option<&Look>,
) -> Looked {
    let bar = show.count("measuring", drawn.len() as u64);
    let mut looked = Looked {
        population: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        agreement: Agreement::default(),
        wrong: Vec::new(),
        unreadable: Vec::new(),
        repeats: None,
        nets: seen.map(nets::Used::of),
        sightings: Vec::new(),
        drawn,
    };
    let mut sketches: Vec<Option<Option<Sketch>>> = vec![None; rows.len()];
    for item in looked.drawn.clone() {
        let at = item as usize;
        let (Some(row), Some(name), Some(file)) = (rows.get(at), names.get(at), files.get(at)) else {
            continue;
        };
        let measured = Decoded::read(file, MAX_PIXELS).map(|picture| {
            let picture = picture.picture()?;
            Some((PixelMetrics::of(&picture), Sketch::of(&picture)))
        });
        let pixels = match measured {
            Ok(Some((pixels, sketch))) => {
                sketches[at] = Some(sketch);
                pixels
            }
            Ok(None) => nothing(),
            Err(error) => {
                looked.unreadable.push(((*name).to_owned(), error.to_string()));
                nothing()
            }
        };
        let counted = seen.and_then(|seen| seen.at(&sha256(file)));
        let again = Recomputed {
            pixels,
            objects: counted.and_then(|counted| counted.objects.clone()),
            residual: counted.map(|counted| counted.residual.clone()),
        };
        if let Some(nets) = looked.nets.as_mut().filter(|_| counted.is_some()) {
            nets.photos = nets.photos.saturating_add(1);
        }
        looked
            .sightings
            .extend(excess(row, &again).into_iter().map(|more| nets::Sighting {
                item,
                name: (*name).to_owned(),
                more,
            }));
        let wrong = compare(row, &again)
            .into_iter()
            .filter(|compared| compared.agreed == Agreed::Outside);
        looked.wrong.extend(wrong.map(|compared| Wrong {
            item,
            name: (*name).to_owned(),
            metric: compared.metric,
            difference: compared.difference,
        }));
        looked.agreement.add(item, row, &again);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let sketches: Option<Vec<Option<Sketch>>> = sketches.into_iter().collect();
    looked.repeats = sketches.map(|sketches| repeats(&sketches, None));
    looked
}

/// What a file says that is no picture: of a picture with nothing in it, which no row is of.
fn nothing() -> PixelMetrics {
    PixelMetrics {
        width: 0,
        height: 0,
        ..Picture::new(1, 1, &[0; 3])
            .map(|dot| PixelMetrics::of(&dot))
            .expect("one pixel has three bytes; qed")
    }
}

impl Looked {
    /// What is false, one sentence each, the first few of many.
    fn false_statements(&self) -> Vec<String> {
        let unreadable = self.unreadable.iter().map(|(name, why)| format!("{name}: {why}"));
        let known = |wrong: &&Wrong| {
            wrong.metric.kind() == Kind::Exact && !self.unreadable.iter().any(|(name, _)| *name == wrong.name)
        };
        let wrong = self.wrong.iter().filter(known).map(|wrong| {
            let (name, metric) = (&wrong.name, wrong.metric.name());
            format!(
                "item {}, {name}: {metric} is off by {}",
                u64::from(wrong.item) + 1,
                wrong.difference
            )
        });
        first_few(unreadable.chain(wrong).collect())
    }
}

/// Sentences for people, the first few of many.
fn first_few(mut all: Vec<String>) -> Vec<String> {
    const MOST: usize = 8;
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        all.truncate(MOST);
        all.push(format!("and {more} more"));
    }
    all.iter().map(|sentence| plain(sentence)).collect()
}

/// The label that was promised, beside what the rows add up to.
#[derive(Clone, Debug)]
pub(crate) struct Quality {
    pub promised: Label,
    /// It is what the rows add up to.
    pub adds_up: bool,
    /// The repeats inside the set are as many as told; `None` where not all of it was looked at.
    pub repeats_hold: Option<bool>,
}

impl Quality {
    /// `again`: what looks alike, where the whole set was looked at.
    fn of(promised: Label, rows: &[Row], again: Option<Repeats>) -> Self {
        let told = Repeats {
            items: promised.items,
            flat: promised.flat,
            inside: promised.repeats_inside,
            earlier: promised.repeats_earlier,
        };
        Self {
            adds_up: label(rows, &told) == promised,
            repeats_hold: again.map(|again| (again.inside, again.flat) == (told.inside, told.flat)),
            promised,
        }
    }

    fn false_statements(&self) -> Vec<String> {
        let mut found = Vec::new();
        if !self.adds_up {
            found.push("the report's label is not what the rows add up to".to_owned());
        }
        if self.repeats_hold == Some(false) {
            found.push("other photos of the set look alike than the report's label counts".to_owned());
        }
        found
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
