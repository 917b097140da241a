//! `vouchsafe bundle`: gathers what proves a record with no chain at hand, and writes it as one file (docs/BUNDLE.md).

use crate::{
    anchor::Sets,
    bought::{self, Sold},
    check,
    failure::Failure,
    gateway::{Gateway, GatewayError},
    keep,
    receipts::Receipts,
    show::{Show, size},
};
use serde_json::json;
use std::{collections::BTreeSet, path::PathBuf};
use vouchsafe_audit::{Anchor, Question, Verdict, verify};
use vouchsafe_chain_client::{ChainClient, Signer};
use vouchsafe_protocol::{
    bundle::{
        Bundle, Bytes, Contents, MAX_ANCESTORS, MAX_DOCUMENT, MAX_PART, Opening, SignedReport,
        SignedStatement,
    },
    id::RecordId,
};

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Of which record.
    pub record: RecordId,
    /// Files to open, by their names in the dataset.
    pub items: Vec<String>,
    /// Where to; a name after the record if nothing is said.
    pub out: Option<PathBuf>,
    /// Replaces the gateway's address on chain.
    pub gateway: Option<String>,
    /// The token of the gateway's operator.
    pub token: Option<String>,
    /// What a verifier will bring: the bundle starts from a set in it.
    pub anchor: Option<PathBuf>,
}

/// Makes the bundle of a record as the chain has it now.
///
/// # Errors
/// [`Failure::NoRecord`], [`Failure::NotBought`], [`Failure::NoItem`], [`Failure::Unsound`] when what came together does not
/// verify, and then nothing is written; see [`Failure`].
pub async fn fresh(
    show: Show,
    chain: &ChainClient,
    receipts: &Receipts,
    signer: impl FnOnce() -> Result<Signer, Failure>,
    wish: &Wish,
) -> Result<(), Failure> {
    let anchor = wish.anchor.as_deref().map(check::read_anchor).transpose()?;
    let at = chain.justified().await?;
    let proof = chain.prove_record(&wish.record, &at).await?;
    let proof = proof.ok_or(Failure::NoRecord(wish.record))?;
    let sets = Sets::read(chain, &at).await?;
    let (checkpoint, handovers) = sets.start(anchor.as_ref()).ok_or(Failure::OtherAnchor)?;
    let gateway = gateway_of(chain, &proof.record, wish).await?;
    let documents = documents(show, gateway.as_ref(), &wish.record);
    let opened = match (wish.items.as_slice(), &wish.token, &gateway) {
        ([], _, _) => None,
        (names, Some(token), Some(gateway)) => Some(gateway.openings(token, &wish.record, names)?),
        (_, Some(_), None) => return Err(Failure::NoEndpoint),
        (names, None, _) => {
            let sold = sold(chain, &proof.record).await?;
            Some(bought::openings(&signer()?, receipts, &sold, names)?)
        }
    };
    let (contents, openings) = split(opened);
    let odd = |what: &str| Failure::OddChain(format!("too much {what} for a bundle"));
    let bundle = Bundle {
        genesis: chain.genesis(),
        checkpoint,
        handovers: handovers.try_into().map_err(|_| odd("hand-overs"))?,
        finality: at.block,
        state: proof.state.try_into().map_err(|_| odd("state"))?,
        ancestors: ancestors(chain, &proof.record)
            .await?
            .try_into()
            .map_err(|_| odd("ancestry"))?,
        record: proof.record,
        trail: proof.trail,
        report: documents.report,
        metadata: documents.metadata,
        models: documents.models.try_into().map_err(|_| odd("models"))?,
        contents,
        openings: openings.try_into().map_err(|_| odd("opened items"))?,
    };
    write(show, &bundle, wish)
}

/// Writes the bundle that the gateway saved when the record became final: it needs no chain any more.
///
/// # Errors
/// As [`fresh`].
pub fn saved(show: Show, gateway: &Gateway, wish: &Wish) -> Result<(), Failure> {
    let mut bundle = gateway.saved_bundle(&wish.record)?;
    if !wish.items.is_empty() {
        let token = wish.token.as_ref().ok_or(Failure::NoToken)?;
        let opened = gateway.openings(token, &wish.record, &wish.items)?;
        let (contents, openings) = split(Some(opened));
        bundle.contents = contents;
        let too_many = |_| Failure::OddChain("too much opened items for a bundle".to_owned());
        bundle.openings = openings.try_into().map_err(too_many)?;
    }
    write(show, &bundle, wish)
}

fn split(opened: Option<(Contents, Vec<Opening>)>) -> (Option<Contents>, Vec<Opening>) {
    opened
        .map(|(contents, openings)| (Some(contents), openings))
        .unwrap_or_default()
}

async fn gateway_of(
    chain: &ChainClient,
    record: &SignedStatement,
    wish: &Wish,
) -> Result<Option<Gateway>, Failure> {
    let url = match &wish.gateway {
        Some(url) => Some(url.clone()),
        None => {
            let registered = chain.gateway(&record.statement.gateway).await?;
            registered.map(|gateway| gateway.endpoint)
        }
    };
    Ok(url.map(|url| Gateway::at(&url)).transpose()?)
}

/// The documents of a bundle, each of which may be missing.
#[derive(Default)]
struct Documents {
    report: Option<SignedReport>,
    metadata: Option<Bytes<MAX_DOCUMENT>>,
    models: Vec<Bytes<MAX_PART>>,
}

/// What the gateway still has. A gateway that is away, or that has erased the dataset, leaves a bundle without documents,
/// and the verdict says so.
fn documents(show: Show, gateway: Option<&Gateway>, record: &RecordId) -> Documents {
    let Some(gateway) = gateway else {
        show.note("the gateway is not registered any more: the bundle will have no report and no metadata");
        return Documents::default();
    };
    match gateway.saved_bundle(record) {
        Ok(saved) => {
            if saved.report.is_none() {
                show.note("the gateway has no report and no metadata of this record any more");
            }
            Documents {
                report: saved.report,
                metadata: saved.metadata,
                models: saved.models.into_inner(),
            }
        }
        // Nothing is saved in the first seconds; what the documents are is known all the same.
        Err(GatewayError::NotFound { .. }) => loose(gateway, record).unwrap_or_default(),
        Err(error) => {
            show.note(format!("{error}: the bundle will have no report and no metadata"));
            Documents::default()
        }
    }
}

fn loose(gateway: &Gateway, record: &RecordId) -> Option<Documents> {
    let report = gateway.document(record, "report").ok()?;
    let metadata = gateway.document(record, "metadata").ok()?;
    let signature = report.signature?;
    Some(Documents {
        report: Some(SignedReport {
            document: report.bytes.try_into().ok()?,
            signature,
        }),
        metadata: Some(metadata.bytes.try_into().ok()?),
        models: Vec::new(),
    })
}

async fn sold(chain: &ChainClient, record: &SignedStatement) -> Result<Sold, Failure> {
    let id = record.record;
    let offer = chain.offer_of(&id).await?.ok_or(Failure::NotBought(id))?;
    let row = chain.offer(&offer).await?.ok_or(Failure::NoOffer(offer))?;
    Ok(Sold {
        genesis: chain.genesis(),
        record: id,
        offer,
        version: row.version,
        content: record.statement.content,
    })
}

/// What a record is derived from, nearest first: at most [`MAX_ANCESTORS`].
async fn ancestors(chain: &ChainClient, record: &SignedStatement) -> Result<Vec<SignedStatement>, Failure> {
    let mut found: Vec<SignedStatement> = Vec::new();
    let mut seen = BTreeSet::from([record.record]);
    let (mut of, mut next) = (Some(record.clone()), 0);
    while let Some(child) = of {
        for parent in &child.statement.parents {
            if found.len() < MAX_ANCESTORS as usize && seen.insert(parent.record) {
                let row = chain.record(&parent.record).await?;
                found.extend(row.map(|row| row.signed(parent.record)));
            }
        }
        of = found.get(next).cloned();
        next += 1;
    }
    Ok(found)
}

/// Verifies the bundle as if its own checkpoint were trusted, and writes it.
fn write(show: Show, bundle: &Bundle, wish: &Wish) -> Result<(), Failure> {
    let odd = |why: String| Failure::OddChain(format!("what came together is no bundle: {why}"));
    let file = bundle.to_file().map_err(|error| odd(error.to_string()))?;
    let question = Question {
        anchor: Some(Anchor {
            genesis: bundle.genesis,
            sets: vec![bundle.checkpoint.clone()],
        }),
        ..Question::default()
    };
    let verdict = verify(&file, &question);
    refuse_unsound(&verdict)?;
    let out = wish.out.clone().unwrap_or_else(|| {
        let name = wish.record.to_string();
        PathBuf::from(format!("{}.vsb", &name[2..18]))
    });
    keep::write(&out, &file)?;
    let height = vouchsafe_audit::header::Header::read(&bundle.finality.header).map(|header| header.number);
    let height = height.unwrap_or_default();
    let lines = [
        format!("written  {} ({})", out.display(), size(file.len() as u64)),
        format!("height   {height}, from authority set {}", bundle.checkpoint.id),
        format!(
            "holds    {} entries of the log, {}, {}, {} model manifests, {} opened, {} ancestors",
            bundle.trail.len(),
            bundle.report.as_ref().map_or("no report", |_| "the report"),
            bundle.metadata.as_ref().map_or("no metadata", |_| "metadata"),
            bundle.models.len(),
            bundle.openings.len(),
            bundle.ancestors.len()
        ),
        "check it anywhere, with the network off: vouchsafe verify FILE --anchor ANCHOR".to_owned(),
    ];
    let json = json!({
        "record": wish.record, "file": out, "bytes": file.len(), "height": height,
        "checkpoint": bundle.checkpoint.id, "handovers": bundle.handovers.len(), "trail": bundle.trail.len(),
        "report": bundle.report.is_some(), "metadata": bundle.metadata.is_some(), "models": bundle.models.len(),
        "opened": bundle.openings.iter().map(|opening| opening.item).collect::<Vec<_>>(),
        "ancestors": bundle.ancestors.len(),
    });
    show.result(&json, &lines)?;
    Ok(())
}

fn refuse_unsound(verdict: &Verdict) -> Result<(), Failure> {
    let failed = check::failed(verdict);
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Unsound { failed })
    }
}
