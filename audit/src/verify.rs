//! The one function: a file's bytes and a question in, a verdict out (docs/BUNDLE.md §7).

mod steps;

use crate::{
    contents::File,
    facts::{self, Block, ContentsFacts, Facts, FileFacts, MetadataFacts, RecordFacts, ReportFacts},
    finality,
    question::{Brought, Question},
    seen::{self, Print},
    state,
    verdict::{
        Check, Kind,
        Outcome::{self, Failed, Finding, NotChecked, Passed},
        Reason, Verdict,
    },
};
use std::collections::{BTreeMap, BTreeSet};
use steps::{
    agrees, anchor, chain, extends, fresh, handovers, lineage, list, metadata_document, models, record_id,
    report_document, row, scores, signed, status, trail,
};
use vouchsafe_protocol::{
    bundle::{Bundle, OpeningError},
    chunk::Layout,
    hash::sha256,
    id::Genesis,
    report::{report_hash, report_signing_bytes},
};

/// Verifies a bundle. Total: any bytes and any question give a verdict, in time linear in the file and in the files that
/// were brought. Reads nothing but these.
pub fn verify(file: &[u8], question: &Question<'_>) -> Verdict {
    let mut walk = Walk::default();
    let bundle = walk.check(Kind::Format, Some(()), |()| match Bundle::from_file(file) {
        Ok(bundle) => (Passed, Some(bundle)),
        Err(error) => (Failed(Reason::Format(error)), None),
    });
    let facts = walk.through(bundle.as_ref(), question);
    let passed = |check: &Check| check.outcome == Passed;
    let is_anchor = |check: &&Check| check.kind == Kind::Anchor;
    let anchored = walk.checks.iter().find(is_anchor).is_some_and(passed);
    let sound = !walk.checks.iter().any(|check| matches!(check.outcome, Failed(_)));
    Verdict {
        sha256: sha256(file),
        bytes: file.len() as u64,
        sound,
        anchored,
        shown: walk.shown,
        checks: walk.checks,
        facts,
    }
}

/// The checks so far.
#[derive(Default)]
struct Walk {
    checks: Vec<Check>,
    /// Kinds that failed, or that rest on such a kind.
    broken: BTreeSet<Kind>,
    /// Whether each file that was brought is an item.
    shown: bool,
}

/// How a step ended, and what later steps build on.
type Step<T> = (Outcome, Option<T>);

impl Walk {
    /// Makes one check, unless one that it rests on is broken, or there is nothing to check.
    fn check<V, T>(&mut self, kind: Kind, given: Option<V>, make: impl FnOnce(V) -> Step<T>) -> Option<T> {
        let (outcome, value) = match (self.blocking(kind), given) {
            (Some(on), _) => (NotChecked(Reason::RestsOn(on)), None),
            (None, None) => (NotChecked(Reason::Absent), None),
            (None, Some(given)) => make(given),
        };
        self.enter(kind, None, outcome);
        value
    }

    /// A check on which nothing builds.
    fn ask<V>(&mut self, kind: Kind, given: Option<V>, make: impl FnOnce(V) -> Outcome) {
        let _nothing: Option<()> = self.check(kind, given, |given| (make(given), None));
    }

    fn blocking(&self, kind: Kind) -> Option<Kind> {
        kind.rests_on()
            .iter()
            .copied()
            .find(|on| self.broken.contains(on))
    }

    fn enter(&mut self, kind: Kind, item: Option<String>, outcome: Outcome) {
        if matches!(outcome, Failed(_) | NotChecked(Reason::RestsOn(_))) {
            self.broken.insert(kind);
        }
        self.checks.push(Check { kind, item, outcome });
    }

    fn holds(&self, kind: Kind) -> bool {
        !self.broken.contains(&kind)
    }

    /// All checks after the first.
    fn through(&mut self, bundle: Option<&Bundle>, question: &Question<'_>) -> Facts {
        let mut told = Facts::default();
        let genesis = bundle.map(|bundle| bundle.genesis).unwrap_or_default();
        let record = bundle.map(|bundle| &bundle.record);

        self.ask(Kind::Anchor, bundle, |bundle| {
            anchor(bundle, question.anchor.as_ref())
        });
        let last = bundle.map(finality::final_header);
        self.ask(Kind::Handovers, last.as_ref(), handovers);
        let header = self.check(Kind::Finality, last, |last| match last {
            Ok(header) => (Passed, Some(header)),
            Err(error) => (Failed(Reason::Finality(error)), None),
        });
        let said = self.check(Kind::State, bundle.zip(header.as_ref()), |(bundle, header)| {
            let nodes = bundle.state.iter().map(|node| node.as_slice());
            match state::read(header, nodes, &bundle.record.record) {
                Ok(said) => (Passed, Some(said)),
                Err(error) => (Failed(Reason::State(error)), None),
            }
        });
        self.ask(Kind::Chain, said.as_ref(), |said| chain(said, &genesis));
        self.ask(Kind::RecordId, record, |record| record_id(record, &genesis));
        self.ask(Kind::RecordSignature, record, |record| {
            signed(
                &record.key,
                &record.statement.signing_bytes(&genesis),
                &record.signature,
            )
        });
        self.ask(Kind::RecordState, record.zip(said.as_ref()), |(record, said)| {
            row(record, said)
        });
        let seen = bundle.zip(header.as_ref()).zip(said.as_ref());
        let standing = self.check(Kind::Trail, seen, |((bundle, header), said)| {
            trail(bundle, header, said)
        });
        self.ask(Kind::Status, standing.as_ref(), status);
        self.ask(Kind::Scores, said.as_ref(), scores);
        let head = said.as_ref().map(facts::head);
        self.ask(Kind::Extends, head.as_ref(), |head| {
            extends(head, question.earlier.as_ref())
        });
        self.ask(Kind::Fresh, header.as_ref(), |header| {
            fresh(header, question.least_height)
        });

        // What the state says is told only if the state is that chain's.
        if let (Some(bundle), Some(header), true) = (bundle, &header, self.holds(Kind::Chain)) {
            told.block = Some(Block::of(bundle, header));
            told.log = head;
            told.standing = standing;
            if self.holds(Kind::RecordState) {
                told.scores = said.as_ref().and_then(|said| said.scores.ok());
            }
        }
        if self.holds(Kind::RecordId) && self.holds(Kind::RecordSignature) {
            told.record = record.map(RecordFacts::of);
        }
        self.report(bundle, &genesis, &mut told);
        let statement = record.map(|record| &record.statement);
        let metadata = statement.zip(bundle.and_then(|bundle| bundle.metadata.as_ref()));
        told.metadata = self.check(
            Kind::MetadataHash,
            metadata,
            |(statement, bytes)| match metadata_document(statement, &genesis, bytes) {
                Ok(document) => (Passed, Some(MetadataFacts::of(&document, bytes))),
                Err(reason) => (Failed(reason), None),
            },
        );
        self.contents(bundle, question, &mut told);
        told.ancestors = self.check(Kind::Lineage, bundle, lineage).unwrap_or_default();
        told
    }

    fn report(&mut self, bundle: Option<&Bundle>, genesis: &Genesis, told: &mut Facts) {
        let signed_report = bundle.and_then(|bundle| bundle.report.as_ref());
        let record = bundle.map(|bundle| &bundle.record);
        let report =
            self.check(
                Kind::ReportHash,
                record.zip(signed_report),
                |(record, report)| match report_document(&record.statement, genesis, report) {
                    Ok(report) => (Passed, Some(report)),
                    Err(reason) => (Failed(reason), None),
                },
            );
        self.ask(
            Kind::ReportSignature,
            record.zip(signed_report),
            |(record, report)| {
                let hash = report_hash(genesis, &report.document);
                signed(
                    &record.key,
                    &report_signing_bytes(genesis, &hash),
                    &report.signature,
                )
            },
        );
        let both = record.zip(report.as_ref());
        self.ask(Kind::ReportAgrees, both, |(record, report)| {
            agrees(report, &record.statement)
        });
        self.ask(Kind::ReportNotes, both, |(record, report)| {
            match report.left_over(&record.key, record.statement.grade) {
                Ok(left_over) if left_over.is_nothing() => Passed,
                Ok(left_over) => Finding(Reason::LeftOver(left_over)),
                Err(error) => Failed(Reason::Notes(error)),
            }
        });
        let manifests = self.check(Kind::Models, bundle.zip(report.as_ref()), |(bundle, report)| {
            models(bundle, report)
        });
        if let (Some(report), true) = (&report, self.holds(Kind::ReportSignature)) {
            told.report = Some(ReportFacts::of(report, &manifests.unwrap_or_default()));
        }
    }

    fn contents(&mut self, bundle: Option<&Bundle>, question: &Question<'_>, told: &mut Facts) {
        let list = self.check(Kind::Contents, bundle, |bundle| match &bundle.contents {
            None if bundle.openings.is_empty() => (NotChecked(Reason::Absent), None),
            None => (Failed(Reason::OpenedUnlisted), None),
            Some(contents) => match list(&bundle.record.statement, contents) {
                Ok(list) => (Passed, Some(list)),
                Err(reason) => (Failed(reason), None),
            },
        });
        if let (Some((files, _)), Some(contents)) =
            (&list, bundle.and_then(|bundle| bundle.contents.as_ref()))
        {
            told.contents = Some(ContentsFacts {
                sha256: sha256(&contents.document),
                files: files.len(),
            });
        }
        self.shown = true;
        match (list, bundle) {
            (Some((files, layout)), Some(bundle)) => {
                self.items(bundle, &files, &layout, &question.files, told);
            }
            // Without the list no item has a name, and no file is shown to be one.
            _ => {
                let reason = self.blocking(Kind::Item).map_or(Reason::Absent, Reason::RestsOn);
                for brought in &question.files {
                    self.shown = false;
                    self.enter(
                        Kind::Item,
                        Some(brought.name.to_owned()),
                        NotChecked(reason.clone()),
                    );
                }
            }
        }
    }

    fn items(
        &mut self,
        bundle: &Bundle,
        files: &[File],
        layout: &Layout,
        brought: &[Brought<'_>],
        told: &mut Facts,
    ) {
        let prints: Vec<_> = brought.iter().map(|brought| Print::of(brought.source)).collect();
        // By its bytes, whether it was shown to be an item; copies of one file are one.
        let mut had = BTreeMap::new();
        for (brought, print) in brought.iter().zip(&prints) {
            if let Ok(print) = print {
                had.entry(*print).or_insert((brought, None));
            }
        }
        for (item, file) in (1u32..).zip(files) {
            let opening = bundle
                .openings
                .binary_search_by_key(&item, |opening| opening.item)
                .ok();
            let opening = opening.and_then(|at| bundle.openings.get(at));
            let mut found = had.get_mut(&Print::listed(file));
            let source = found.as_ref().map(|(source, _)| *source);
            let content = &bundle.record.statement.content;
            let mut credentials = None;
            let outcome = match (opening, source) {
                (None, None) => continue,
                (None, Some(_)) => NotChecked(Reason::NotOpened),
                (Some(opening), None) => match opening.shape(content, layout) {
                    Ok(_) => NotChecked(Reason::FileNotBrought),
                    Err(error) => Failed(Reason::Opening(error)),
                },
                (Some(opening), Some(source)) => match seen::shown(opening, content, layout, file, source) {
                    Ok(manifest) => {
                        credentials = manifest;
                        Passed
                    }
                    Err(reason) => Failed(reason),
                },
            };
            let shown = outcome == Passed;
            if let Some((_, as_item)) = &mut found {
                // A dataset may have the same photo twice.
                *as_item = Some(shown || *as_item == Some(true));
            }
            told.files.push(FileFacts {
                item,
                file: file.clone(),
                shown,
                credentials,
            });
            self.enter(Kind::Item, Some(file.name.clone()), outcome);
        }
        // Openings beyond the list, and files that are no item.
        for opening in &bundle.openings {
            if let Err(error @ OpeningError::NoSuchItem(item)) =
                opening.shape(&bundle.record.statement.content, layout)
            {
                self.enter(
                    Kind::Item,
                    Some(format!("{item}")),
                    Failed(Reason::Opening(error)),
                );
            }
        }
        let names: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
        for (brought, print) in brought.iter().zip(&prints) {
            let as_item = print.as_ref().ok().and_then(|print| had.get(print)?.1);
            self.shown &= as_item == Some(true);
            let reason = match print {
                Err(error) => Reason::Unreadable(error.kind()),
                Ok(_) if as_item.is_some() => continue,
                Ok(_) if names.contains(brought.name) => Reason::OtherBytes,
                Ok(_) => Reason::NoSuchItem,
            };
            self.enter(Kind::Item, Some(brought.name.to_owned()), Failed(reason));
        }
    }
}
