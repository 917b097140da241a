//! The verdict for programs: docs/schemas/verdict-1.schema.json.

use crate::{
    facts::{Block, Facts, FileFacts, ModelFacts, RecordFacts, ReportFacts},
    report::grade_name,
    scores::{Score, Scores},
    verdict::{Check, Kind, Verdict, fault},
};
use serde_json::{Value, json};
use vouchsafe_protocol::{
    log::{Fraud, Standing},
    trust::Amount,
};

/// Name and version of the shape.
pub const SCHEMA: &str = "vouchsafe/verdict/1";

impl Verdict {
    /// The verdict as JSON. All texts are foreign but names of checks, outcomes and standards.
    pub fn to_json(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "sound": self.sound,
            "anchored": self.anchored,
            "shown": self.shown,
            "bundle": { "sha256": self.sha256, "bytes": self.bytes },
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
            "facts": facts(&self.facts),
        })
    }
}

fn check(check: &Check) -> Value {
    let rests_on: Vec<&str> = check.kind.rests_on().iter().map(|kind| kind.name()).collect();
    let mut value = json!({
        "check": check.kind.name(),
        "question": check.kind.question(),
        "standard": check.kind.standard(),
        "rests_on": rests_on,
        "outcome": check.outcome.name(),
        "reason": check.outcome.reason().map(ToString::to_string),
    });
    if check.kind == Kind::Item {
        value["item"] = json!(check.item);
    }
    value
}

fn facts(facts: &Facts) -> Value {
    json!({
        "block": facts.block.as_ref().map(block),
        "log": facts.log.map(|head| json!({ "size": head.size, "root": head.root })),
        "record": facts.record.as_ref().map(record),
        "standing": facts.standing.as_ref().map(standing),
        "scores": facts.scores.as_ref().map(scores),
        "report": facts.report.as_ref().map(report),
        "metadata": facts.metadata.as_ref().map(|metadata| json!({
            "sha256": metadata.sha256, "title": metadata.title, "licence": metadata.licence,
        })),
        "contents": facts.contents.map(|list| json!({ "sha256": list.sha256, "files": list.files })),
        "files": facts.files.iter().map(file).collect::<Vec<_>>(),
        "ancestors": facts.ancestors.iter().map(record).collect::<Vec<_>>(),
    })
}

fn block(block: &Block) -> Value {
    json!({ "genesis": block.genesis, "height": block.height, "hash": block.hash, "set": block.set })
}

fn record(facts: &RecordFacts) -> Value {
    let says = &facts.statement;
    let parents: Vec<Value> = says
        .parents
        .iter()
        .map(|parent| json!({ "record": parent.record, "share_ppm": parent.share_ppm }))
        .collect();
    json!({
        "record": facts.record, "owner": says.owner, "gateway": says.gateway, "key": facts.key,
        "content": { "root": says.content.root, "chunks": says.content.chunks, "bytes": says.content.bytes },
        "input": says.input, "report": says.report, "metrics_root": says.metrics_root, "items": says.items,
        "metadata": says.metadata, "grade": grade_name(says.grade), "parents": parents,
    })
}

fn standing(standing: &Standing) -> Value {
    let fraud = |fraud: &Fraud| json!({ "at": fraud.at, "offer": fraud.offer, "order": fraud.order, "chunk": fraud.chunk });
    json!({
        "registered_at": standing.registered_at,
        "withdrawn_at": standing.withdrawn_at,
        "erased": standing.erased.map(|(at, by)| json!({ "at": at, "by": by })),
        "fraud": standing.fraud.as_ref().map(fraud),
        "audited": standing.audited,
        "clean": standing.clean,
        "condemned": standing.condemned.map(|(at, finding)| json!({ "at": at, "says": fault(finding) })),
    })
}

fn scores(scores: &Scores) -> Value {
    json!({
        "listing": scores.listing(), "seller": score(&scores.seller), "gateway": score(&scores.gateway),
        "parameters": scores.parameters, "formula": scores.formula,
    })
}

/// Units are strings: Q32.32 in 64 bits, more than a JSON number keeps everywhere.
fn score(score: &Score) -> Value {
    let units = |amount: Amount| json!({ "good": amount.r.to_string(), "bad": amount.s.to_string() });
    let (standing, headline) = (&score.standing, &score.headline);
    json!({
        "account": score.account, "score": headline.score, "low": headline.low, "high": headline.high,
        "middle": headline.middle, "uncertainty": headline.uncertainty, "known": headline.known,
        "flagged": headline.flagged, "strikes": score.strikes.to_string(),
        "audits": units(standing.audits), "opinions": units(standing.opinions),
        "deliveries": units(standing.deliveries), "frozen": standing.frozen,
    })
}

fn report(report: &ReportFacts) -> Value {
    let model = |model: &ModelFacts| {
        json!({
            "name": model.name, "sha256": model.sha256, "licence": model.licence, "manifest": model.manifest,
        })
    };
    json!({
        "version": report.version, "policy": report.policy,
        "models": report.models.iter().map(model).collect::<Vec<_>>(),
    })
}

fn file(facts: &FileFacts) -> Value {
    let file = &facts.file;
    json!({
        "item": facts.item, "name": file.name, "bytes": file.bytes, "media_type": file.media_type,
        "sha256": file.sha256, "shown": facts.shown, "credentials": facts.credentials,
    })
}
