//! How an evaluation is shown.

use super::{Looked, Quality, Wrong, words};
use crate::show::plain;
use serde_json::{Value, json};
use std::path::Path;
use vouchsafe_chain_client::ss58;
use vouchsafe_evaluation::{Kind, Metric, Tally, suite_digest};
use vouchsafe_protocol::{
    attestation::Verdict,
    id::{Account, Digest, OfferId, RecordId},
};

/// All that is shown.
pub(super) struct Told<'a> {
    pub record: RecordId,
    pub offer: OfferId,
    /// Of the block that drew the items.
    pub height: u32,
    /// Root of the reference vectors, which this machine passed.
    pub vectors: Digest,
    pub looked: &'a Looked,
    pub quality: Option<&'a Quality>,
    pub verdict: Verdict,
    pub out: &'a Path,
    pub bytes: usize,
    pub auditor: Account,
}

/// The word for programs.
fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Nothing => "nothing",
        Verdict::Clean => "clean",
        Verdict::Mismatch => "mismatch",
        Verdict::ExactFalse => "exact_false",
        Verdict::Sighting => "sighting",
    }
}

impl Told<'_> {
    fn tally(&self, metric: Metric) -> Tally {
        let found = self.looked.agreement.metrics.get(&metric);
        found.copied().unwrap_or_default()
    }

    fn wrong(&self, metric: Metric) -> impl Iterator<Item = &Wrong> {
        self.looked
            .wrong
            .iter()
            .filter(move |wrong| wrong.metric == metric)
    }

    pub fn json(&self) -> Value {
        let metrics = Metric::ALL.map(|metric| {
            let tally = self.tally(metric);
            json!({
                "metric": metric.name(), "kind": metric.kind().name(), "unit": metric.unit(), "equal": tally.equal,
                "within": tally.within, "outside": tally.outside, "skipped": tally.skipped, "worst": tally.worst,
            })
        });
        let wrong = self.looked.wrong.iter().map(|wrong| {
            json!({
                "item": u64::from(wrong.item) + 1, "name": wrong.name, "metric": wrong.metric.name(),
                "kind": wrong.metric.kind().name(), "difference": wrong.difference,
            })
        });
        let quality = self.quality.map(|quality| {
            json!({
                "label": quality.promised, "adds_up": quality.adds_up, "repeats_hold": quality.repeats_hold,
            })
        });
        let unreadable = self.looked.unreadable.iter();
        let nets = self
            .looked
            .nets
            .as_ref()
            .map(|nets| json!({"provider": nets.provider, "policy": nets.policy, "photos": nets.photos}));
        let sightings = self.looked.sightings.iter().map(|sighting| {
            json!({
                "item": u64::from(sighting.item) + 1, "name": sighting.name, "class": sighting.more.class.as_str(),
                "seen": sighting.more.seen, "admitted": sighting.more.admitted, "place": sighting.place(),
            })
        });
        json!({
            "record": self.record, "offer": self.offer, "photos": self.looked.population,
            "items": self.looked.drawn.iter().map(|item| u64::from(*item) + 1).collect::<Vec<_>>(),
            "drawn_at": self.height, "suite": suite_digest(), "vectors": self.vectors,
            "metrics": metrics.to_vec(), "wrong": wrong.collect::<Vec<_>>(),
            "unreadable": unreadable.map(|(name, why)| json!({"name": name, "why": why})).collect::<Vec<_>>(),
            "nets": nets, "sightings": sightings.collect::<Vec<_>>(), "quality": quality, "verdict": name(self.verdict), "attestation": self.out, "bytes": self.bytes,
            "auditor": self.auditor,
        })
    }

    pub fn lines(&self) -> Vec<String> {
        let (drawn, all) = (self.looked.drawn.len(), self.looked.population);
        let mut lines = vec![format!(
            "measured {drawn} of {all} photos again, drawn by block {}",
            self.height
        )];
        for kind in ["exact", "banded", "advisory"] {
            lines.extend(self.of_kind(kind));
        }
        if let Some(nets) = &self.looked.nets {
            lines.push(format!(
                "nets saw {} of them, on {}, by the policy {}",
                nets.photos,
                plain(&nets.provider),
                plain(&nets.policy)
            ));
        }
        lines.extend(self.looked.doubts());
        if !self.looked.agreement.undeclared.is_empty() {
            lines.push(format!(
                "in {} they see something that the gateway did not look for; that decides nothing",
                self.looked.agreement.undeclared.len()
            ));
        }
        for (name, why) in &self.looked.unreadable {
            lines.push(format!("{}: {}", plain(name), plain(why)));
        }
        if let Some(quality) = self.quality {
            lines.push(format!(
                "the report's label, which {} the rows:",
                if quality.adds_up {
                    "adds up from"
                } else {
                    "does NOT add up from"
                }
            ));
            lines.extend(words(Some(&quality.promised)));
            lines.push(match quality.repeats_hold {
                None => {
                    "what looks alike in the set was not counted: that takes all of its photos".to_owned()
                }
                Some(true) => "as many photos of the set look alike as it says".to_owned(),
                Some(false) => "NOT as many photos of the set look alike as it says".to_owned(),
            });
        }
        lines.push(format!(
            "{} ({} bytes) says so, signed by {}",
            self.out.display(),
            self.bytes,
            ss58::encode(&self.auditor)
        ));
        lines.push(match self.verdict {
            Verdict::Nothing => "nothing was compared".to_owned(),
            Verdict::Clean => "the rows are true, as far as they were looked at".to_owned(),
            Verdict::Mismatch => "the nets see something else than the rows say".to_owned(),
            Verdict::ExactFalse => "a row is FALSE".to_owned(),
            Verdict::Sighting => {
                "more seems to be left in a photo than its row admits: look at it".to_owned()
            }
        });
        lines
    }

    fn of_kind(&self, kind: &str) -> Vec<String> {
        let of_kind = |metric: &Metric| metric.kind().name() == kind;
        let metrics: Vec<Metric> = Metric::ALL.into_iter().filter(of_kind).collect();
        let names = |metrics: &[Metric]| {
            let names: Vec<&str> = metrics.iter().map(|metric| metric.name()).collect();
            names.join(", ")
        };
        let compared = |metric: &Metric| {
            let tally = self.tally(*metric);
            tally.equal + tally.within + tally.outside > 0
        };
        let (looked_at, skipped): (Vec<Metric>, Vec<Metric>) = metrics.into_iter().partition(compared);
        let (wrong, right): (Vec<Metric>, Vec<Metric>) =
            (looked_at.into_iter()).partition(|metric| self.tally(*metric).outside > 0);
        let mut lines = Vec::new();
        if !right.is_empty() {
            lines.push(format!("{kind:<8}  agree: {}", names(&right)));
        }
        for metric in wrong {
            let tally = self.tally(metric);
            let mut photos: Vec<String> = self.wrong(metric).map(|wrong| plain(&wrong.name)).collect();
            let more = photos.len().saturating_sub(5);
            photos.truncate(5);
            if more > 0 {
                photos.push(format!("and {more} more"));
            }
            let how = match metric.kind() {
                Kind::Exact | Kind::Advisory => "FALSE",
                Kind::Banded(_) => "outside its band",
            };
            lines.push(format!(
                "{kind:<8}  {} is {how} in {}, by up to {}: {}",
                metric.name(),
                tally.outside,
                tally.worst,
                photos.join(", ")
            ));
        }
        if !skipped.is_empty() {
            let why = match skipped[0].kind() {
                Kind::Exact => "nothing was measured",
                Kind::Banded(_) if self.looked.nets.is_some() => "the rows do not tell it, or no net looked",
                Kind::Banded(_) => "takes nets, which are not here: --looked",
                Kind::Advisory => "takes the originals, which nobody else has",
            };
            lines.push(format!("{kind:<8}  not compared ({why}): {}", names(&skipped)));
        }
        lines
    }
}
