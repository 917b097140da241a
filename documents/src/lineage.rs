//! What a record is derived from, generation by generation, and how that is shown to people.
//!
//! Reading is left to the caller: [`Walk`] says whose turn it is, the caller asks a node, and [`Walk::finish`] is what was
//! found. At most [`MAX_NODES`] records are asked for, whatever the records say.

mod draw;
mod text;
mod walk;

pub use walk::Walk;

use crate::terms::{Breach, Derivation};
use serde::Serialize;
use vouchsafe_protocol::{
    id::{Account, RecordId},
    log::Standing,
    record::Grade,
};

/// Most records of one lineage.
pub const MAX_NODES: usize = 64;

/// Where a record stands, by what the chain's log says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It may be offered and derived from.
    Live,
    /// Its owner takes no orders for it any more.
    Withdrawn,
    /// Its owner or its gateway says that key, salt and ciphertext are destroyed.
    Erased,
    /// Auditors agree on a fault of its content.
    Condemned,
    /// A buyer proved that what was sold under it is another thing than promised.
    Fraud,
    /// The chain does not have it.
    Unknown,
}

impl State {
    /// Of several things the log says, the one that matters most.
    pub fn of(standing: &Standing) -> Self {
        if standing.fraud.is_some() {
            Self::Fraud
        } else if standing.condemned.is_some() {
            Self::Condemned
        } else if standing.erased.is_some() {
            Self::Erased
        } else if standing.withdrawn_at.is_some() {
            Self::Withdrawn
        } else {
            Self::Live
        }
    }

    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Withdrawn => "withdrawn",
            Self::Erased => "erased",
            Self::Condemned => "condemned",
            Self::Fraud => "fraud",
            Self::Unknown => "unknown",
        }
    }
}

/// A record of the lineage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its id.
    pub record: RecordId,
    /// The longest way down to it: 0 for the record that was asked about.
    pub generation: usize,
    /// Where it stands.
    pub state: State,
    /// What else the chain says; absent where it does not have it.
    #[serde(flatten)]
    pub known: Option<Known>,
    /// Its title, where a metadata document that its record names could be read.
    pub title: Option<String>,
    /// What that document says of derivation.
    pub terms: Option<Derivation>,
}

/// What the chain says of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Whose it is.
    pub owner: Account,
    /// What may be said of its anonymisation.
    pub grade: Grade,
    /// How many files it has.
    pub items: u32,
}

/// That a record is derived from another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// What is derived.
    pub child: RecordId,
    /// From what.
    pub parent: RecordId,
    /// The parent's share of what the child earns, parts per million.
    pub share_ppm: u32,
    /// What the parent's terms have against it, as far as they could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breach: Option<Breach>,
}

/// A record with all that it is derived from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// The record that was asked about.
    pub record: RecordId,
    /// Each record once: by generation, then in the order in which they are named.
    pub nodes: Vec<Node>,
    /// By child, then in the order of the child's parents. Both ends are among the nodes.
    pub edges: Vec<Edge>,
    /// Whether nothing is left out for want of room.
    pub complete: bool,
}

/// How a lineage is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines for a terminal.
    Tree,
    /// For Graphviz.
    Dot,
    /// A picture that needs nothing from elsewhere.
    Svg,
    /// For programs.
    Json,
}

impl core::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "tree" => Ok(Self::Tree),
            "dot" => Ok(Self::Dot),
            "svg" => Ok(Self::Svg),
            "json" => Ok(Self::Json),
            other => Err(format!("{other:?} is none of tree, dot, svg, json")),
        }
    }
}

impl Format {
    /// IANA media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Tree => "text/plain; charset=utf-8",
            Self::Dot => "text/vnd.graphviz; charset=utf-8",
            Self::Svg => "image/svg+xml",
            Self::Json => "application/json",
        }
    }
}

impl Lineage {
    /// The lineage as a text of the format, with a line end.
    pub fn show(&self, format: Format) -> String {
        match format {
            Format::Tree => text::tree(self),
            Format::Dot => text::dot(self),
            Format::Svg => draw::svg(self),
            Format::Json => {
                let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
                text.push('\n');
                text
            }
        }
    }

    /// The records at whose cost the terms of a parent are broken, with what is broken.
    pub fn breaches(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(|edge| edge.breach.is_some())
    }

    fn node(&self, record: &RecordId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.record == *record)
    }

    fn parents_of<'a>(&'a self, record: &'a RecordId) -> impl Iterator<Item = &'a Edge> {
        self.edges.iter().filter(move |edge| edge.child == *record)
    }
}

/// A foreign text on one line: nothing that steers a terminal, turns the direction of writing, or is no character of XML.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

/// The first `most` characters, with a mark where more followed.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The id's first eight digits.
fn short(record: &RecordId) -> String {
    cut(&record.to_string(), 11)
}

/// `anonymous, live, 5 files`.
fn facts(node: &Node) -> String {
    match &node.known {
        None => "not on this chain".to_owned(),
        Some(known) => {
            let state = match node.state {
                State::Live => "live".to_owned(),
                other => other.name().to_uppercase(),
            };
            let files = if known.items == 1 { "file" } else { "files" };
            format!("{}, {state}, {} {files}", grade(known.grade), known.items)
        }
    }
}

/// The title, or that there is none.
fn title(node: &Node) -> String {
    match &node.title {
        Some(title) => plain(title),
        None => "(no title to be had)".to_owned(),
    }
}

/// The grade as documents write it.
fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Anonymous => "anonymous",
        Grade::Pseudonymous => "pseudonymous",
        Grade::Disguised => "disguised",
    }
}

#[cfg(test)]
mod tests;
