//! `vouchsafe anchor`: the chain and its authority sets as a node tells them, for verifiers who trust that node now and no
//! bundle ever.

use crate::{failure::Failure, keep, show::Show};
use serde_json::json;
use std::path::Path;
use vouchsafe_audit::{Anchor, header::Header};
use vouchsafe_chain_client::{ChainClient, Justified};
use vouchsafe_protocol::bundle::{AuthoritySet, Finalised};

/// The sets from which a bundle of a chain may start, the oldest first, and the hand-overs between them.
#[derive(Debug)]
pub(crate) struct Sets {
    /// At least one. Without a gap: each has the number after that of the one before.
    pub sets: Vec<AuthoritySet>,
    /// By which set `n` of the chain named set `n + 1`, from 0 on.
    pub handovers: Vec<Finalised>,
}

impl Sets {
    /// Reads them up to the block `at`.
    pub(crate) async fn read(chain: &ChainClient, at: &Justified) -> Result<Self, Failure> {
        let handovers: Vec<Finalised> = chain
            .handovers(0, at.height)
            .await?
            .into_iter()
            .map(|(_, block)| block)
            .collect();
        let mut sets = Vec::new();
        match chain.first_set().await? {
            Some(first) => sets.push(first),
            // Set 0 stands in the genesis state alone, which nodes prune; later ones stand in the headers for ever.
            None if handovers.is_empty() => sets.push(chain.authority_set(at).await?),
            None => {}
        }
        for (id, handover) in (0u64..).zip(&handovers) {
            let before = AuthoritySet {
                id,
                authorities: Default::default(),
            };
            let unread = |why: String| Failure::OddChain(format!("hand-over {id}: {why}"));
            let header = Header::read(&handover.header).map_err(|error| unread(error.to_string()))?;
            let next = header.next_set(&before);
            sets.push(next.map_err(|error| unread(error.to_string()))?);
        }
        Ok(Self { sets, handovers })
    }

    /// The set to start from, and the hand-overs that follow it: the oldest one that `anchor` has too, or the oldest.
    pub(crate) fn start(&self, anchor: Option<&Anchor>) -> Option<(AuthoritySet, Vec<Finalised>)> {
        let set = match anchor {
            None => self.sets.first()?,
            Some(anchor) => {
                let candidates = anchor.sets.iter().filter(|set| self.may_be(set));
                candidates.min_by_key(|set| set.id)?
            }
        };
        let skipped = usize::try_from(set.id).ok()?;
        Some((set.clone(), self.handovers.get(skipped..)?.to_vec()))
    }

    /// Whether a set of the verifier's is one of these, or one that the node has forgotten: then the finished bundle's own
    /// verification tells.
    fn may_be(&self, set: &AuthoritySet) -> bool {
        match self.sets.iter().find(|known| known.id == set.id) {
            Some(known) => known == set,
            None => self.sets.first().is_some_and(|first| set.id < first.id),
        }
    }
}

/// Writes the anchor to `out`.
///
/// # Errors
/// See [`Failure`].
pub async fn run(show: Show, chain: &ChainClient, out: &Path) -> Result<(), Failure> {
    let at = chain.justified().await?;
    let sets = Sets::read(chain, &at).await?.sets;
    let anchor = Anchor {
        genesis: chain.genesis(),
        sets,
    };
    let json = anchor.to_json();
    keep::write(out, format!("{json:#}\n").as_bytes())?;
    let last = anchor.sets.last().map_or(0, |set| set.id);
    let known: Vec<u64> = anchor.sets.iter().map(|set| set.id).collect();
    let lines = [
        format!("chain   {}", anchor.genesis),
        format!("sets    {} of them, the latest is number {last}", known.len()),
        format!("written to {}", out.display()),
        "It is worth as much as the node that told it: take it from one that you run or trust, and keep it yourself."
            .to_owned(),
    ];
    show.result(
        &json!({"genesis": anchor.genesis, "sets": known, "height": at.height, "file": out}),
        &lines,
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use vouchsafe_protocol::{bundle::Authority, id::Genesis};

    fn set(id: u64) -> AuthoritySet {
        let authority = Authority {
            key: [7; 32],
            weight: 1,
        };
        AuthoritySet {
            id,
            authorities: vec![authority].try_into().unwrap(),
        }
    }

    fn block(mark: u8) -> Finalised {
        Finalised {
            header: vec![mark].try_into().unwrap(),
            justification: vec![].try_into().unwrap(),
        }
    }

    #[test]
    fn a_bundle_starts_from_the_oldest_set_that_the_verifier_has() {
        let known = Sets {
            sets: vec![set(1), set(2), set(3)],
            handovers: vec![block(0), block(1), block(2)],
        };
        let anchor = |ids: &[u64]| Anchor {
            genesis: Genesis([1; 32]),
            sets: ids.iter().copied().map(set).collect(),
        };
        assert_eq!(known.start(None), Some((set(1), vec![block(1), block(2)])));
        let later = anchor(&[3, 2]);
        assert_eq!(known.start(Some(&later)), Some((set(2), vec![block(2)])));
        let forgotten = anchor(&[0]);
        assert_eq!(
            known.start(Some(&forgotten)),
            Some((set(0), vec![block(0), block(1), block(2)]))
        );
        assert_eq!(known.start(Some(&anchor(&[3]))), Some((set(3), vec![])));
        assert_eq!(known.start(Some(&anchor(&[9]))), None);
    }
}
