//! Which record is to be read next, and what was found.

use super::{Edge, Known, Lineage, MAX_NODES, Node, State};
use crate::terms::Derivation;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use vouchsafe_protocol::{
    id::RecordId,
    log::Standing,
    record::{Parent, Statement},
};

/// A lineage that is being read, breadth first.
#[derive(Clone, Debug)]
pub struct Walk {
    lineage: Lineage,
    /// Named, and not read yet.
    queue: VecDeque<RecordId>,
    /// Positions of the nodes.
    at: BTreeMap<RecordId, usize>,
}

impl Walk {
    /// Begins at a record.
    pub fn new(record: RecordId) -> Self {
        let mut walk = Self {
            lineage: Lineage {
                record,
                nodes: Vec::new(),
                edges: Vec::new(),
                complete: true,
            },
            queue: VecDeque::new(),
            at: BTreeMap::new(),
        };
        walk.name(record);
        walk
    }

    /// The record to be read next, each once and at most [`MAX_NODES`] in all; `None` when all are read.
    pub fn next_record(&mut self) -> Option<RecordId> {
        self.queue.pop_front()
    }

    /// What the chain says of a record that was asked for. A record of which nothing is learnt stays
    /// [unknown](State::Unknown).
    pub fn learn(&mut self, record: &RecordId, statement: &Statement, standing: &Standing) {
        if let Some(node) = self.node(record) {
            node.state = State::of(standing);
            node.known = Some(Known {
                owner: statement.owner,
                grade: statement.grade,
                items: statement.items,
            });
        }
        for Parent {
            record: parent,
            share_ppm,
        } in &statement.parents
        {
            if self.name(*parent) {
                self.lineage.edges.push(Edge {
                    child: *record,
                    parent: *parent,
                    share_ppm: *share_ppm,
                    breach: None,
                });
            }
        }
    }

    /// What a record's metadata document says; the caller has compared its hash with the record's. Terms that are not
    /// understood count as not read.
    pub fn read(&mut self, record: &RecordId, document: &Value) {
        if let Some(node) = self.node(record) {
            node.title = document["name"].as_str().map(str::to_owned);
            node.terms = Derivation::of_document(document).ok();
        }
    }

    /// The lineage as far as it was read.
    pub fn finish(mut self) -> Lineage {
        self.count_generations();
        let Lineage { nodes, edges, .. } = &mut self.lineage;
        for edge in &mut *edges {
            let terms = self.at.get(&edge.parent).and_then(|at| nodes.get(*at)?.terms);
            edge.breach = terms.and_then(|terms| terms.breach(edge.share_ppm));
        }
        // Stable: within a generation the order in which they were named.
        nodes.sort_by_key(|node| node.generation);
        let place: BTreeMap<RecordId, usize> = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| (node.record, at))
            .collect();
        edges.sort_by_key(|edge| place.get(&edge.child).copied());
        self.lineage
    }

    /// Gives a record its place; whether there is one.
    fn name(&mut self, record: RecordId) -> bool {
        if self.at.contains_key(&record) {
            return true;
        }
        let nodes = &mut self.lineage.nodes;
        if nodes.len() >= MAX_NODES {
            self.lineage.complete = false;
            return false;
        }
        self.at.insert(record, nodes.len());
        nodes.push(Node {
            record,
            generation: 0,
            state: State::Unknown,
            known: None,
            title: None,
            terms: None,
        });
        self.queue.push_back(record);
        true
    }

    fn node(&mut self, record: &RecordId) -> Option<&mut Node> {
        let at = *self.at.get(record)?;
        self.lineage.nodes.get_mut(at)
    }

    /// A parent stands at least one generation above each child. An id is the hash of a statement with its parents' ids, so
    /// there is no cycle; should a node make one up, counting ends all the same.
    fn count_generations(&mut self) {
        for _ in 0..MAX_NODES {
            let mut changed = false;
            for edge in &self.lineage.edges {
                let (Some(&child), Some(&parent)) = (self.at.get(&edge.child), self.at.get(&edge.parent))
                else {
                    continue;
                };
                let least = self
                    .lineage
                    .nodes
                    .get(child)
                    .map_or(0, |node| node.generation + 1);
                if let Some(node) = self.lineage.nodes.get_mut(parent)
                    && node.generation < least
                    && least < MAX_NODES
                {
                    node.generation = least;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }
}
