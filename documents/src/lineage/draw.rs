//! A lineage as SVG 1.1: one row per generation, the record that was asked about at the top.

use super::{Lineage, Node, State, cut, facts, plain, short, title};
use crate::terms::{Breach, percent};
use core::fmt::Write;
use std::collections::BTreeMap;
use vouchsafe_protocol::id::RecordId;

// Pixels.
const BOX: (usize, usize) = (250, 66);
const GAP: (usize, usize) = (24, 74);
const BORDER: usize = 16;
/// As many characters as fit a box at 13 pixels.
const LONGEST_TITLE: usize = 28;
const INK: &str = "#1b1f24";
const FAINT: &str = "#59636e";
const ALARM: &str = "#b00020";

pub(super) fn svg(lineage: &Lineage) -> String {
    let rows = rows(lineage);
    let widest = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let width = 2 * BORDER + widest * (BOX.0 + GAP.0) - GAP.0;
    let note = if lineage.complete { 0 } else { 30 };
    let height = 2 * BORDER + rows.len().max(1) * (BOX.1 + GAP.1) - GAP.1 + note;
    let mut place = BTreeMap::new();
    for (row, nodes) in rows.iter().enumerate() {
        let taken = nodes.len() * (BOX.0 + GAP.0) - GAP.0;
        let left = (width - taken) / 2;
        for (column, node) in nodes.iter().enumerate() {
            let corner = (left + column * (BOX.0 + GAP.0), BORDER + row * (BOX.1 + GAP.1));
            place.insert(node.record, corner);
        }
    }
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n<title>Lineage of {}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        lineage.record
    );
    // Lines first, so that boxes lie over them.
    for (at, edge) in lineage.edges.iter().enumerate() {
        let (Some(&child), Some(&parent)) = (place.get(&edge.child), place.get(&edge.parent)) else {
            continue;
        };
        let colour = if edge.breach.is_some() { ALARM } else { FAINT };
        let (x1, y1) = (child.0 + BOX.0 / 2, child.1 + BOX.1);
        let (x2, y2) = (parent.0 + BOX.0 / 2, parent.1);
        let _ = writeln!(
            out,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
        );
        let share = percent(edge.share_ppm);
        let (label, whole) = match &edge.breach {
            None => (share, String::new()),
            Some(breach @ Breach::Forbidden) => (format!("{share}, forbidden"), breach.to_string()),
            Some(breach @ Breach::ShareTooSmall { asked_ppm }) => (
                format!("{share}, asks {}", percent(*asked_ppm)),
                breach.to_string(),
            ),
        };
        // A third, a half or two thirds of the way, so that the labels of neighbours do not lie on one another.
        let down = 2 + at % 3;
        let (x, y) = (
            (x1 * (6 - down) + x2 * down) / 6,
            (y1 * (6 - down) + y2 * down) / 6,
        );
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" fill=\"{colour}\" stroke=\"#ffffff\" stroke-width=\"4\" \
             paint-order=\"stroke\"><title>{}</title>{}</text>",
            escaped(&whole),
            escaped(&label)
        );
    }
    for (record, corner) in &place {
        if let Some(node) = lineage.node(record) {
            boxed(node, *corner, &mut out);
        }
    }
    if !lineage.complete {
        let _ = writeln!(
            out,
            "<text x=\"{BORDER}\" y=\"{}\" fill=\"{FAINT}\">and more: at most {} records are shown</text>",
            height - BORDER,
            super::MAX_NODES
        );
    }
    out.push_str("</svg>\n");
    out
}

fn boxed(node: &Node, (x, y): (usize, usize), out: &mut String) {
    let (line, dashes) = match node.state {
        State::Live => (INK, ""),
        State::Withdrawn | State::Erased => (FAINT, " stroke-dasharray=\"6 3\""),
        State::Condemned | State::Fraud => (ALARM, ""),
        State::Unknown => (FAINT, " stroke-dasharray=\"2 3\""),
    };
    let (width, height) = BOX;
    let name = cut(&title(node), LONGEST_TITLE);
    let texts = [
        (20, INK, "bold", name),
        (
            38,
            if matches!(node.state, State::Condemned | State::Fraud) {
                ALARM
            } else {
                INK
            },
            "normal",
            facts(node),
        ),
        (56, FAINT, "normal", short(&node.record)),
    ];
    let _ = writeln!(
        out,
        "<g>\n<title>{} {}</title>\n<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" \
         fill=\"#f6f8fa\" stroke=\"{line}\"{dashes}/>",
        node.record,
        escaped(&title(node))
    );
    for (down, colour, weight, text) in texts {
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" fill=\"{colour}\" font-weight=\"{weight}\">{}</text>",
            x + 10,
            y + down,
            escaped(&text)
        );
    }
    out.push_str("</g>\n");
}

/// The nodes by generation; within a row below the middle of their children, so that few lines cross.
fn rows(lineage: &Lineage) -> Vec<Vec<&Node>> {
    let mut rows: Vec<Vec<&Node>> = Vec::new();
    let mut column: BTreeMap<RecordId, usize> = BTreeMap::new();
    let deepest = lineage
        .nodes
        .iter()
        .map(|node| node.generation)
        .max()
        .unwrap_or(0);
    for generation in 0..=deepest {
        let mut row: Vec<(usize, &Node)> = lineage
            .nodes
            .iter()
            .filter(|node| node.generation == generation)
            .map(|node| (middle(lineage, &node.record, &column), node))
            .collect();
        row.sort_by_key(|(middle, _)| *middle);
        for (at, (_, node)) in row.iter().enumerate() {
            column.insert(node.record, at);
        }
        if !row.is_empty() {
            rows.push(row.into_iter().map(|(_, node)| node).collect());
        }
    }
    rows
}

/// A hundred times the mean column of a node's children.
fn middle(lineage: &Lineage, record: &RecordId, column: &BTreeMap<RecordId, usize>) -> usize {
    let children: Vec<usize> = lineage
        .edges
        .iter()
        .filter(|edge| edge.parent == *record)
        .filter_map(|edge| column.get(&edge.child).copied())
        .collect();
    (100 * children.iter().sum::<usize>())
        .checked_div(children.len())
        .unwrap_or(0)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
