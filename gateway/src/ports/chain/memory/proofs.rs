//! What the twin gives for proofs: a true log with true paths, and stand-ins for the chain's own parts. Those name what they
//! stand for; whether real ones hold is tested where there is a real node.

use vouchsafe_protocol::{
    bundle::{Authority, AuthoritySet, Bytes, Finalised},
    hash::sha256,
    id::{Digest, Genesis, OrderId, RecordId},
    log::{self, Entry, Frontier, Inclusion, of_leaves},
};

use super::{
    super::{Justified, OrderProof, RecordProof, StateProof},
    State,
};

fn bytes<const N: u32>(text: String) -> Bytes<N> {
    text.into_bytes().try_into().expect("a short line fits; qed")
}

fn finalised(height: u32) -> Finalised {
    Finalised {
        header: bytes(format!("header {height}")),
        justification: bytes(format!("justification {height}")),
    }
}

fn nodes(what: &str, height: u32) -> StateProof {
    vec![bytes(format!("state {height}: {what}"))]
}

pub(super) fn justified(state: &State) -> Justified {
    Justified {
        height: state.height,
        hash: sha256(&state.height.to_le_bytes()).0,
        block: finalised(state.height),
    }
}

/// One authority, another one in each set.
pub(super) fn authority_set(state: &State, height: u32) -> AuthoritySet {
    let id = state
        .set_changes
        .iter()
        .filter(|change| **change < height)
        .count() as u64;
    let authority = Authority {
        key: sha256(&id.to_le_bytes()).0,
        weight: 1,
    };
    AuthoritySet {
        id,
        authorities: vec![authority].try_into().expect("one authority fits; qed"),
    }
}

pub(super) fn handovers(state: &State, above: u32, below: u32) -> Vec<(u32, Finalised)> {
    let between = |height: &&u32| **height > above && **height < below;
    let changes = state.set_changes.iter().filter(between);
    changes.map(|height| (*height, finalised(*height))).collect()
}

pub(super) fn record(state: &State, genesis: &Genesis, record: RecordId, height: u32) -> Option<RecordProof> {
    let signed = state.signed.get(&record)?.clone();
    let entries: Vec<&Entry> = state.log.iter().filter(|entry| entry.height <= height).collect();
    let leaves: Vec<Digest> = entries
        .iter()
        .map(|entry| entry.leaf_hash(genesis, sha256))
        .collect();
    let mut frontier = Frontier::default();
    for leaf in &leaves {
        frontier
            .append(*leaf, sha256)
            .expect("a test's log is not full; qed");
    }
    let log: log::Head = frontier.head(sha256);
    let about = (0u64..).zip(&entries).filter(|(_, entry)| entry.record == record);
    let trail: Vec<(Entry, Inclusion)> = about
        .filter_map(|(index, entry)| {
            let path = Inclusion::build(index, log.size, of_leaves(&leaves), sha256).ok()?;
            Some((**entry, path))
        })
        .collect();
    Some(RecordProof {
        record: signed,
        trail: trail.try_into().ok()?,
        log,
        state: nodes(&record.to_string(), height),
    })
}

pub(super) fn order(state: &State, order: OrderId) -> Option<OrderProof> {
    let (row, _) = state.orders.get(&order)?;
    Some(OrderProof {
        stage: row.stage,
        state: nodes(&order.to_string(), state.height),
    })
}
