//! Each check by itself.

use super::Step;
use crate::{
    contents::{self, File},
    document, facts,
    facts::RecordFacts,
    finality::{self, FinalityError},
    header::Header,
    models::{ManifestError, matched},
    question::{Anchor, Earlier},
    report::{self, Field, Report},
    signature,
    state::Said,
    verdict::{
        Outcome::{self, Failed, Finding, NotChecked, Passed},
        Reason,
    },
};
use serde_json::Value;
use vouchsafe_protocol::{
    bundle::{self, Bundle, SignedReport, SignedStatement},
    chunk::Layout,
    id::{Genesis, RecordId},
    log::{Head, Refusal, Standing},
    record::Statement,
    report::{metadata_hash, report_hash},
};

pub(super) fn signed(key: &[u8; 32], message: &[u8], by: &[u8; 64]) -> Outcome {
    match signature::verify(key, message, by) {
        Ok(()) => Passed,
        Err(error) => Failed(Reason::Signature(error)),
    }
}

pub(super) fn anchor(bundle: &Bundle, anchor: Option<&Anchor>) -> Outcome {
    let Some(anchor) = anchor else {
        return NotChecked(Reason::NoAnchor);
    };
    match finality::anchored(bundle, &anchor.genesis.0, &anchor.sets) {
        Ok(()) => Passed,
        Err(error) => Failed(Reason::Finality(error)),
    }
}

pub(super) fn handovers(last: &Result<Header, FinalityError>) -> Outcome {
    match last {
        Ok(_) | Err(FinalityError::Target(_)) => Passed,
        Err(error @ (FinalityError::Handover(..) | FinalityError::Anchor)) => {
            Failed(Reason::Finality(*error))
        }
    }
}

pub(super) fn chain(said: &Said, genesis: &Genesis) -> Outcome {
    if said.genesis == *genesis {
        Passed
    } else {
        let found = said.genesis.0.into();
        Failed(Reason::OtherChain { found })
    }
}

pub(super) fn record_id(record: &SignedStatement, genesis: &Genesis) -> Outcome {
    let found = RecordId::derive(genesis, &record.statement);
    if found == record.record {
        Passed
    } else {
        Failed(Reason::Misnamed { found })
    }
}

pub(super) fn row(record: &SignedStatement, said: &Said) -> Outcome {
    let Some(row) = &said.row else {
        return Failed(Reason::Unregistered);
    };
    if row.statement != record.statement {
        Failed(Reason::OtherRow("statement"))
    } else if row.key != record.key {
        Failed(Reason::OtherRow("key"))
    } else if row.signature != record.signature {
        Failed(Reason::OtherRow("signature"))
    } else {
        Passed
    }
}

pub(super) fn trail(bundle: &Bundle, header: &Header, said: &Said) -> Step<Standing> {
    let read = bundle::read(
        &bundle.genesis,
        &bundle.record,
        &bundle.trail,
        &said.listed,
        &facts::head(said),
        header.number,
    );
    let standing = match read {
        Ok(standing) => standing,
        Err(error) => return (Failed(Reason::Trail(error)), None),
    };
    let told = said.row.as_ref().map(|row| (row.registered_at, row.withdrawn_at));
    if told != Some((standing.registered_at, standing.withdrawn_at)) {
        return (Failed(Reason::RowHeights), None);
    }
    (Passed, Some(standing))
}

pub(super) fn status(standing: &Standing) -> Outcome {
    if standing.withdrawn_at.is_none() && standing.erased.is_none() && standing.fraud.is_none() {
        Passed
    } else {
        Finding(Reason::Standing(Box::new(*standing)))
    }
}

pub(super) fn scores(said: &Said) -> Outcome {
    match said.scores {
        Err(reason) => NotChecked(Reason::NoScores(reason)),
        Ok(scores) => match (scores.seller.headline.flagged, scores.gateway.headline.flagged) {
            (false, false) => Passed,
            (seller, gateway) => Finding(Reason::Flagged { seller, gateway }),
        },
    }
}

pub(super) fn extends(head: &Head, earlier: Option<&Earlier>) -> Outcome {
    let Some(Earlier { head: known, proof }) = earlier else {
        return NotChecked(Reason::NoEarlierHead);
    };
    if known == head {
        return Passed;
    }
    let is_older = known.size > head.size;
    let (first, second) = if is_older { (head, known) } else { (known, head) };
    let verdict = match proof {
        Some(proof) => proof.verify(first, second),
        // Two roots over as many entries: no proof could join them.
        None if first.size == second.size => Err(Refusal::OlderRoot),
        None => return NotChecked(Reason::NoConsistency),
    };
    match verdict {
        Err(error) => Failed(Reason::Log(error)),
        Ok(()) if is_older => Finding(Reason::OlderThanKnown {
            known: known.size,
            found: head.size,
        }),
        Ok(()) => Passed,
    }
}

pub(super) fn fresh(header: &Header, least: Option<u32>) -> Outcome {
    let height = header.number;
    match least {
        None => NotChecked(Reason::NoLeastHeight),
        Some(least) if height >= least => Passed,
        Some(least) => Failed(Reason::Stale { height, least }),
    }
}

pub(super) fn report_document(
    statement: &Statement,
    genesis: &Genesis,
    report: &SignedReport,
) -> Result<Report, Reason> {
    let found = report_hash(genesis, &report.document);
    if found != statement.report {
        return Err(Reason::OtherHash { found });
    }
    Report::read(&report.document).map_err(Reason::Document)
}

pub(super) fn agrees(report: &Report, statement: &Statement) -> Outcome {
    if !report
        .schema()
        .is_some_and(|schema| report::SCHEMAS.contains(&schema))
    {
        return Failed(Reason::ReportSchema(report.schema().map(str::to_owned)));
    }
    for field in Field::ALL {
        if let Err(error) = report.agrees(field, statement) {
            return Failed(Reason::Disagrees(field, error));
        }
    }
    Passed
}

pub(super) fn models<'a>(bundle: &'a Bundle, report: &Report) -> Step<Vec<Option<&'a [u8]>>> {
    let failed = |error| (Failed(Reason::Manifests(error)), None);
    let Some(models) = report.models() else {
        return failed(ManifestError::Unlisted);
    };
    let places = match matched(&models, bundle.models.iter().map(|manifest| manifest.as_slice())) {
        Ok(places) => places,
        Err(error) => return failed(error),
    };
    let found: Vec<_> = places
        .iter()
        .map(|place| {
            place
                .and_then(|at| bundle.models.get(at))
                .map(|manifest| manifest.as_slice())
        })
        .collect();
    let lacks = models
        .iter()
        .zip(&found)
        .filter(|(_, manifest)| manifest.is_none());
    let missing: Vec<String> = lacks.map(|(model, _)| model.name.clone()).collect();
    let outcome = if missing.is_empty() {
        Passed
    } else {
        Finding(Reason::ManifestsMissing(missing))
    };
    (outcome, Some(found))
}

pub(super) fn metadata_document(
    statement: &Statement,
    genesis: &Genesis,
    bytes: &[u8],
) -> Result<Value, Reason> {
    let found = metadata_hash(genesis, bytes);
    if found != statement.metadata {
        return Err(Reason::OtherHash { found });
    }
    document::read(bytes).map_err(Reason::Document)
}

/// The list of files, and how it cuts the content; the list itself is item 0.
pub(super) fn list(
    statement: &Statement,
    contents: &bundle::Contents,
) -> Result<(Vec<File>, Layout), Reason> {
    let document = contents.document.as_slice();
    let files = contents::files(document).map_err(Reason::Contents)?;
    let mut lengths = vec![document.len() as u64];
    lengths.extend(files.iter().map(|file| file.bytes));
    let layout = Layout::new(&lengths).map_err(|_| Reason::Opening(bundle::OpeningError::Layout))?;
    if contents.opening.item != 0 {
        return Err(Reason::NotItemZero(contents.opening.item));
    }
    contents.opening.verify(&statement.content, &layout, document)?;
    let (named, found) = (files.len(), statement.items as usize);
    if named != found {
        return Err(Reason::Contents(contents::ContentsError::Count { named, found }));
    }
    Ok((files, layout))
}

pub(super) fn lineage(bundle: &Bundle) -> Step<Vec<RecordFacts>> {
    let found = match bundle::lineage(&bundle.genesis, &bundle.record, &bundle.ancestors) {
        Ok(found) => found,
        Err(error) => return (Failed(Reason::Lineage(error)), None),
    };
    for (at, ancestor) in bundle.ancestors.iter().enumerate() {
        let message = ancestor.statement.signing_bytes(&bundle.genesis);
        if let Err(error) = signature::verify(&ancestor.key, &message, &ancestor.signature) {
            return (Failed(Reason::AncestorSignature(at, error)), None);
        }
    }
    let ancestors = bundle.ancestors.iter().map(RecordFacts::of).collect();
    let outcome = if found.missing.is_empty() {
        Passed
    } else {
        Finding(Reason::Incomplete(found.missing))
    };
    (outcome, Some(ancestors))
}
