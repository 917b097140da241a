//! The verdict for people: one HTML page that needs nothing but itself. No script, no link, no picture; every text that is
//! not ours is escaped.

use crate::{
    facts::{Facts, RecordFacts},
    report::grade_name,
    scores::Score,
    verdict::{Check, Outcome, Verdict},
};
use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%;margin:1rem 0}\
td,th{border-bottom:1px solid #8886;padding:.4rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
th{font-weight:600}\
code{font-size:.85em}\
small{opacity:.75}\
.word{font-weight:700;white-space:nowrap}\
.passed{color:#080}.finding{color:#b60}.not_checked{color:#777}.failed{color:#c00}\
.banner{border-left:.5rem solid;padding:.5rem 1rem;margin:1.5rem 0}";

impl Verdict {
    /// The verdict as a page. Always the same for the same verdict.
    pub fn to_page(&self) -> String {
        let mut page = String::new();
        self.write_page(&mut page)
            .expect("a string takes all that is written to it; qed");
        page
    }

    fn write_page(&self, out: &mut String) -> std::fmt::Result {
        let (class, headline) = self.headline();
        write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Provenance verdict</title><style>{STYLE}</style></head><body>\n\
             <h1>Provenance verdict</h1>\n<div class=\"banner {class}\"><strong>{headline}</strong></div>\n"
        )?;
        for line in self.lines() {
            writeln!(out, "<p>{}</p>", text(&line))?;
        }
        write_checks(out, &self.checks)?;
        write_facts(out, &self.facts)?;
        write!(
            out,
            "<p><small>Bundle of {} bytes, SHA-256 <code>{}</code>. Headings and questions are the verifier's; names, \
             titles and reasons in quotes are other people's words.</small></p>\n</body></html>\n",
            self.bytes, self.sha256
        )
    }

    fn headline(&self) -> (&'static str, &'static str) {
        let has_finding = self
            .checks
            .iter()
            .any(|check| matches!(check.outcome, Outcome::Finding(_)));
        match (self.sound, self.anchored, self.shown) {
            (false, ..) => ("failed", "Not sound: at least one check failed"),
            (true, false, _) => (
                "not_checked",
                "Agrees with itself, but is tied to no chain that you trust",
            ),
            (true, true, false) => (
                "not_checked",
                "Sound, but a file that you brought is not shown to be part of it",
            ),
            (true, true, true) if has_finding => ("finding", "Sound, with findings that you should read"),
            (true, true, true) => ("passed", "Sound"),
        }
    }

    /// What the verdict says, in sentences.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let facts = &self.facts;
        if let Some(block) = &facts.block {
            lines.push(format!(
                "It speaks of block {} of the chain {}; what happened later it cannot know.",
                block.height, block.genesis
            ));
        }
        if let (Some(record), Some(standing)) = (&facts.record, &facts.standing) {
            lines.push(format!(
                "Record {} was registered at block {}, vouched for by the gateway {} with the key {}.",
                record.record, standing.registered_at, record.statement.gateway, record.key
            ));
        }
        if let Some(scores) = &facts.scores {
            let words = |score: &Score| {
                let known = if score.headline.known {
                    ""
                } else {
                    ", of whom little is known"
                };
                let flagged = if score.headline.flagged {
                    ", with a warning"
                } else {
                    ""
                };
                format!("{}{known}{flagged}", percent(score.headline.score))
            };
            lines.push(format!(
                "At that block the seller's score was {}, the gateway's {}.",
                words(&scores.seller),
                words(&scores.gateway)
            ));
        }
        if let Some(standing) = facts.standing.as_ref().filter(|standing| standing.audited > 0) {
            lines.push(format!(
                "Auditors who looked again: {}; of them found nothing wrong: {}.",
                standing.audited, standing.clean
            ));
        }
        for file in &facts.files {
            if file.shown {
                lines.push(format!(
                    "Your file is item {} of the dataset, {:?}.",
                    file.item, file.file.name
                ));
            }
        }
        lines
    }
}

fn write_checks(out: &mut String, checks: &[Check]) -> std::fmt::Result {
    out.push_str("<h2>Checks</h2>\n<table><tr><th>Check</th><th>Verdict</th><th>What it asks, and why it ended so</th></tr>\n");
    for check in checks {
        let item = check
            .item
            .as_ref()
            .map(|item| format!(" {}", text(item)))
            .unwrap_or_default();
        let reason = check
            .outcome
            .reason()
            .map(|reason| format!("<br>{}", text(&reason.to_string())));
        writeln!(
            out,
            "<tr><td><code>{name}{item}</code></td><td class=\"word {class}\">{word}</td>\
             <td>{question}{reason}<br><small>{standard}</small></td></tr>",
            name = check.kind.name(),
            class = check.outcome.name(),
            word = check.outcome.name().replace('_', " "),
            question = text(check.kind.question()),
            reason = reason.unwrap_or_default(),
            standard = text(check.kind.standard()),
        )?;
    }
    out.push_str("</table>\n");
    Ok(())
}

fn write_facts(out: &mut String, facts: &Facts) -> std::fmt::Result {
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(metadata) = &facts.metadata {
        rows.extend(metadata.title.iter().map(|title| ("Title", title.clone())));
        rows.extend(
            metadata
                .licence
                .iter()
                .map(|licence| ("Licence", licence.clone())),
        );
    }
    if let Some(record) = &facts.record {
        record_rows(&mut rows, record);
    }
    if let Some(report) = &facts.report {
        rows.extend(report.policy.iter().map(|policy| ("Policy", policy.clone())));
        for model in &report.models {
            rows.push((
                "Model",
                format!("{} ({}), SHA-256 {}", model.name, model.licence, model.sha256),
            ));
        }
    }
    if let Some(list) = &facts.contents {
        rows.push(("Files listed", list.files.to_string()));
    }
    for file in &facts.files {
        let file_is = if file.shown { "shown" } else { "not shown" };
        let (name, bytes, sha256) = (&file.file.name, file.file.bytes, file.file.sha256);
        let credentials = file
            .credentials
            .map(|digest| format!("; content credentials (C2PA), SHA-256 {digest}"));
        rows.push((
            "Item",
            format!(
                "{}: {name}, {bytes} bytes, SHA-256 {sha256}, {file_is}{}",
                file.item,
                credentials.unwrap_or_default()
            ),
        ));
    }
    for ancestor in &facts.ancestors {
        rows.push((
            "Ancestor",
            format!("{} of {}", ancestor.record, ancestor.statement.owner),
        ));
    }
    if let Some(log) = &facts.log {
        rows.push(("Log", format!("{} entries, root {}", log.size, log.root)));
    }
    if rows.is_empty() {
        return Ok(());
    }
    out.push_str("<h2>What it says</h2>\n<table>\n");
    for (name, value) in rows {
        writeln!(out, "<tr><th>{name}</th><td>{}</td></tr>", text(&value))?;
    }
    out.push_str("</table>\n");
    Ok(())
}

fn record_rows(rows: &mut Vec<(&str, String)>, facts: &RecordFacts) {
    let says = &facts.statement;
    rows.push(("Record", facts.record.to_string()));
    rows.push(("Owner", says.owner.to_string()));
    rows.push(("Gateway", says.gateway.to_string()));
    rows.push(("Gateway's key", facts.key.to_string()));
    rows.push(("Grade", grade_name(says.grade).to_owned()));
    rows.push(("Photos", says.items.to_string()));
    for parent in &says.parents {
        rows.push((
            "Derived from",
            format!("{}, share {} ppm", parent.record, parent.share_ppm),
        ));
    }
}

/// Foreign text between tags or in quotes: nothing in it is markup, hides, or turns the line round.
fn text(foreign: &str) -> String {
    let mut safe = String::with_capacity(foreign.len());
    for c in foreign.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() || is_invisible(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// Characters that show nothing or change the direction of what follows (Unicode Standard Annex 9, explicit directional
/// formatting; zero-width characters).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Basis points, in steps of 250, as people read them.
fn percent(score: u16) -> String {
    let (whole, part) = (score / 100, score % 100);
    if part == 0 {
        format!("{whole} %")
    } else {
        format!("{whole}.{} %", part / 10)
    }
}
