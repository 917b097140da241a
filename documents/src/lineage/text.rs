//! A lineage as lines: for a terminal, and for Graphviz.

use super::{Edge, Lineage, MAX_NODES, Node, State, cut, facts, plain, short, title};
use crate::terms::percent;
use core::fmt::Write;
use std::collections::BTreeSet;
use vouchsafe_protocol::id::RecordId;

const LONGEST_TITLE: usize = 60;

/// The record, below it what it is derived from, and so on. What is named twice is told once.
pub(super) fn tree(lineage: &Lineage) -> String {
    let mut out = String::new();
    let mut told = BTreeSet::new();
    if let Some(root) = lineage.node(&lineage.record) {
        told.insert(root.record);
        out.push_str(&line(root));
        out.push('\n');
        branches(lineage, &root.record, "", &mut told, &mut out);
    }
    if !lineage.complete {
        let _ = writeln!(out, "… and more: at most {MAX_NODES} records are shown");
    }
    out
}

/// Ids are whole only at the root: everything below can be copied from `--format json`.
fn line(node: &Node) -> String {
    let terms = node.terms.filter(|terms| !terms.is_unstated());
    let terms = terms.map(|terms| format!("; {terms}")).unwrap_or_default();
    let name = cut(&title(node), LONGEST_TITLE);
    format!("{}  {name}: {}{terms}", short(&node.record), facts(node))
}

/// Depth is bounded by the nodes, because each is told once.
fn branches(
    lineage: &Lineage,
    child: &RecordId,
    indent: &str,
    told: &mut BTreeSet<RecordId>,
    out: &mut String,
) {
    let mut edges = lineage.parents_of(child).peekable();
    while let Some(edge) = edges.next() {
        let (fork, below) = if edges.peek().is_some() {
            ("├─", "│  ")
        } else {
            ("└─", "   ")
        };
        let Some(node) = lineage.node(&edge.parent) else {
            continue;
        };
        let breach = edge
            .breach
            .map(|breach| format!("; BROKEN: {breach}"))
            .unwrap_or_default();
        let share = percent(edge.share_ppm);
        if told.insert(edge.parent) {
            let _ = writeln!(out, "{indent}{fork} {share} to {}{breach}", line(node));
            branches(lineage, &edge.parent, &format!("{indent}{below}"), told, out);
        } else {
            let record = short(&edge.parent);
            let _ = writeln!(out, "{indent}{fork} {share} to {record}, told above{breach}");
        }
    }
}

/// Source for `dot`, with children above their parents.
pub(super) fn dot(lineage: &Lineage) -> String {
    let mut out = String::from(
        "digraph lineage {\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n",
    );
    for node in &lineage.nodes {
        let style = match node.state {
            State::Live => "",
            State::Withdrawn | State::Erased => ", style=dashed",
            State::Condemned | State::Fraud => ", style=bold, color=\"#b00020\"",
            State::Unknown => ", style=dotted",
        };
        let name = cut(&title(node), LONGEST_TITLE);
        let label = [short(&node.record), name, facts(node)]
            .map(|line| quoted(&line))
            .join("\\n");
        let _ = writeln!(out, "  \"{}\" [label=\"{label}\"{style}];", node.record);
    }
    for Edge {
        child,
        parent,
        share_ppm,
        breach,
    } in &lineage.edges
    {
        let share = percent(*share_ppm);
        let (label, style) = match breach {
            None => (share, ""),
            Some(breach) => (
                format!("{share}: {breach}"),
                ", color=\"#b00020\", fontcolor=\"#b00020\"",
            ),
        };
        let _ = writeln!(
            out,
            "  \"{child}\" -> \"{parent}\" [label=\"{}\"{style}];",
            quoted(&label)
        );
    }
    if !lineage.complete {
        let _ = writeln!(
            out,
            "  label=\"and more: at most {MAX_NODES} records are shown\";"
        );
    }
    out.push_str("}\n");
    out
}

/// Inside a quoted string of DOT; a backslash would begin an escape there.
fn quoted(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('"', "\\\"")
}
