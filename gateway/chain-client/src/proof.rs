//! What a chain can be held to without asking it again: justified blocks, the hand-overs between the sets that justify
//! them, and proofs of what stands in their state. Fetched here, judged by whoever holds a bundle (docs/BUNDLE.md).

use crate::{
    client::{ChainClient, decode},
    error::ChainError,
    header::Outline,
    rpc::BlockHash,
    state::{OrderInfo, RecordInfo},
};
use codec::{Decode, Encode};
use core::time::Duration;
use vouchsafe_protocol::{
    bundle::{
        Authority, AuthoritySet, Bytes, Finalised, MAX_HANDOVERS, MAX_JUSTIFICATION, MAX_PART,
        SignedStatement, Trail,
    },
    id::{OrderId, RecordId},
    log::{Consistency, Entry, Head as LogHead, Inclusion},
};

/// How many slots the next justification may take, beside the patience for any answer.
const SLOTS: u64 = 8;

/// A finalised block with the votes that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Justified {
    /// Its height.
    pub height: u32,
    /// Its hash.
    pub hash: [u8; 32],
    /// Its header and justification.
    pub block: Finalised,
}

/// Trie nodes, each at most [`MAX_PART`] bytes long.
pub type StateProof = Vec<Bytes<MAX_PART>>;

/// A record as a justified block has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordProof {
    /// The statement with the gateway's signature.
    pub record: SignedStatement,
    /// Every entry of the log about it, with its proof under `log`.
    pub trail: Trail,
    /// The log at that block.
    pub log: LogHead,
    /// Proves the chain's genesis, the record's row, the log, the list of the record's entries, and the evidence about its
    /// owner and its gateway.
    pub state: StateProof,
}

/// An order as a justified block has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderProof {
    /// The order.
    pub order: OrderInfo,
    /// Proves the chain's genesis and the order's row.
    pub state: StateProof,
}

impl ChainClient {
    /// The latest block for which the node has a justification, at or above the finalised one of this moment. On a chain
    /// whose authority set has never changed the next justification is waited for.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`]; [`Unreachable`](ChainError::Unreachable) when finality stands still.
    pub async fn justified(&self) -> Result<Justified, ChainError> {
        let head = self.finalised().await?;
        let justification = match self.finality_proof(head.height).await? {
            Some((_, justification)) => justification,
            None => {
                let slots = self.constants().slot_ms.saturating_mul(SLOTS);
                let patience = Duration::from_secs(20).saturating_add(Duration::from_millis(slots));
                self.0.node.next_justification(patience).await?
            }
        };
        // Round, then the block that was voted for.
        let (_, hash) = <(u64, [u8; 32])>::decode(&mut justification.as_slice())
            .map_err(|error| ChainError::answer("a justification", error))?;
        self.with_header(BlockHash(hash), justification).await
    }

    /// The set whose votes justify a block: the one that its parent's state names.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`]; [`Answer`](ChainError::Answer) when the node has no state of the parent any more.
    pub async fn authority_set(&self, at: &Justified) -> Result<AuthoritySet, ChainError> {
        let outline = Outline::of(&at.block.header).ok_or_else(|| not_a_header(at.height))?;
        self.set_at(BlockHash(outline.parent)).await
    }

    /// The chain's first authority set; `None` once the node has pruned the state of the genesis block.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn first_set(&self) -> Result<Option<AuthoritySet>, ChainError> {
        match self.set_at(BlockHash(self.genesis().0)).await {
            Ok(set) => Ok(Some(set)),
            Err(ChainError::Answer { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The blocks above `above` and below `below` in which one authority set names the next, oldest first, with their
    /// heights: at most [`MAX_HANDOVERS`]. None on a chain whose set has never changed.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`]; [`Answer`](ChainError::Answer) for more hand-overs than a bundle can hold.
    pub async fn handovers(&self, above: u32, below: u32) -> Result<Vec<(u32, Finalised)>, ChainError> {
        let mut handovers = Vec::new();
        let mut next = above.saturating_add(1);
        while next < below {
            let Some((hash, justification)) = self.finality_proof(next).await? else {
                break;
            };
            let found = self.with_header(hash, justification).await?;
            let changes_set = Outline::of(&found.block.header).is_some_and(|outline| outline.changes_set);
            if found.height < next || found.height >= below || !changes_set {
                break;
            }
            handovers.push((found.height, found.block));
            if handovers.len() > MAX_HANDOVERS as usize {
                return Err(ChainError::answer(
                    "grandpa_proveFinality",
                    "too many authority sets",
                ));
            }
            next = found.height.saturating_add(1);
        }
        Ok(handovers)
    }

    /// The record with its whole trail at a justified block; `None` if it is not registered there.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`]; [`Answer`](ChainError::Answer) when the node has no state of that block any more.
    pub async fn prove_record(
        &self,
        record: &RecordId,
        at: &Justified,
    ) -> Result<Option<RecordProof>, ChainError> {
        let runtime = self.runtime_at(BlockHash(at.hash)).await?;
        let layout = &runtime.layout;
        let row = layout.records.key(&[record.as_ref()]);
        let Some(bytes) = self.0.node.storage(&row, BlockHash(at.hash)).await? else {
            return Ok(None);
        };
        let info: RecordInfo = decode("a record", &bytes)?;
        let entries = layout.entries_of.key(&[record.as_ref()]);
        let mut keys = vec![layout.first_block(), row, layout.log.key(&[]), entries];
        keys.extend(layout.score_keys(&info.statement.owner, &info.statement.gateway));
        let log = self.log_head(at).await?;
        let mut trail = Vec::new();
        for (index, entry) in self.log_entries(record, at).await? {
            let inclusion = self.log_inclusion(index, log.size, at).await?;
            trail.push((entry, inclusion));
        }
        let too_long =
            |_| ChainError::answer("TransparencyLogApi_log_entries", "more entries than a record has");
        Ok(Some(RecordProof {
            record: info.signed(*record),
            trail: trail.try_into().map_err(too_long)?,
            log,
            state: self.state_proof(&keys, at).await?,
        }))
    }

    /// The order at a justified block; `None` if there is none, or none any more.
    ///
    /// # Errors
    /// As [`ChainClient::prove_record`].
    pub async fn prove_order(
        &self,
        order: &OrderId,
        at: &Justified,
    ) -> Result<Option<OrderProof>, ChainError> {
        let runtime = self.runtime_at(BlockHash(at.hash)).await?;
        let row = runtime.layout.orders.key(&[order.as_ref()]);
        let Some(bytes) = self.0.node.storage(&row, BlockHash(at.hash)).await? else {
            return Ok(None);
        };
        Ok(Some(OrderProof {
            order: decode("an order", &bytes)?,
            state: self.state_proof(&[runtime.layout.first_block(), row], at).await?,
        }))
    }

    /// The transparency log at a justified block.
    ///
    /// # Errors
    /// As [`ChainClient::prove_record`].
    pub async fn log_head(&self, at: &Justified) -> Result<LogHead, ChainError> {
        self.ask_runtime("TransparencyLogApi_log_head", &[], BlockHash(at.hash))
            .await
    }

    /// Proof that the first `second` entries of the log begin with the first `first` ones; `None` unless there are that
    /// many and `first <= second`.
    ///
    /// # Errors
    /// As [`ChainClient::prove_record`].
    pub async fn log_consistency(
        &self,
        first: u64,
        second: u64,
        at: &Justified,
    ) -> Result<Option<Consistency>, ChainError> {
        let sizes = (first, second).encode();
        self.ask_runtime("TransparencyLogApi_log_consistency", &sizes, BlockHash(at.hash))
            .await
    }

    /// What the log says of a record at the latest finalised block, oldest first.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn entries_of(&self, record: &RecordId) -> Result<Vec<Entry>, ChainError> {
        let at = self.finalised_hash().await?;
        let found: Vec<(u64, Entry)> = self
            .ask_runtime("TransparencyLogApi_log_entries", record.as_ref(), at)
            .await?;
        Ok(found.into_iter().map(|(_, entry)| entry).collect())
    }

    async fn log_entries(&self, record: &RecordId, at: &Justified) -> Result<Vec<(u64, Entry)>, ChainError> {
        self.ask_runtime(
            "TransparencyLogApi_log_entries",
            record.as_ref(),
            BlockHash(at.hash),
        )
        .await
    }

    async fn log_inclusion(&self, index: u64, size: u64, at: &Justified) -> Result<Inclusion, ChainError> {
        const REQUEST: &str = "TransparencyLogApi_log_inclusion";
        let found: Option<Inclusion> = self
            .ask_runtime(REQUEST, &(index, size).encode(), BlockHash(at.hash))
            .await?;
        found.ok_or_else(|| ChainError::answer(REQUEST, format!("no proof of entry {index}")))
    }

    pub(crate) async fn ask_runtime<T: Decode>(
        &self,
        method: &str,
        arguments: &[u8],
        at: BlockHash,
    ) -> Result<T, ChainError> {
        decode(method, &self.0.node.call(method, arguments, at).await?)
    }

    async fn set_at(&self, at: BlockHash) -> Result<AuthoritySet, ChainError> {
        let id = self.ask_runtime("GrandpaApi_current_set_id", &[], at).await?;
        let listed: Vec<([u8; 32], u64)> = self
            .ask_runtime("GrandpaApi_grandpa_authorities", &[], at)
            .await?;
        let authorities: Vec<Authority> = listed
            .into_iter()
            .map(|(key, weight)| Authority { key, weight })
            .collect();
        let too_many = |_| ChainError::answer("GrandpaApi_grandpa_authorities", "too many authorities");
        let authorities = authorities.try_into().map_err(too_many)?;
        Ok(AuthoritySet { id, authorities })
    }

    async fn state_proof(&self, keys: &[Vec<u8>], at: &Justified) -> Result<StateProof, ChainError> {
        let too_long = |_| ChainError::answer("state_getReadProof", "a trie node that is too long");
        let nodes = self.0.node.read_proof(keys, BlockHash(at.hash)).await?;
        nodes
            .into_iter()
            .map(|node| node.try_into().map_err(too_long))
            .collect()
    }

    /// What the node proves about `height`: the hash of a block that is not lower, and its justification.
    async fn finality_proof(&self, height: u32) -> Result<Option<(BlockHash, Vec<u8>)>, ChainError> {
        let Some(bytes) = self.0.node.prove_finality(height).await? else {
            return Ok(None);
        };
        // Headers follow that lead from the block asked for to the one that is justified.
        let (hash, justification) = <([u8; 32], Vec<u8>)>::decode(&mut bytes.as_slice())
            .map_err(|error| ChainError::answer("grandpa_proveFinality", error))?;
        Ok(Some((BlockHash(hash), justification)))
    }

    async fn with_header(&self, hash: BlockHash, justification: Vec<u8>) -> Result<Justified, ChainError> {
        let header = self.0.node.header(hash).await?;
        let height = Outline::of(&header).ok_or_else(|| not_a_header(0))?.height;
        let header: Bytes<MAX_PART> = header
            .try_into()
            .map_err(|_| ChainError::answer("chain_getHeader", "the header is too long"))?;
        let justification: Bytes<MAX_JUSTIFICATION> = justification
            .try_into()
            .map_err(|_| ChainError::answer("a justification", "it is too long"))?;
        Ok(Justified {
            height,
            hash: hash.0,
            block: Finalised {
                header,
                justification,
            },
        })
    }
}

fn not_a_header(height: u32) -> ChainError {
    ChainError::answer("chain_getHeader", format!("the bytes at {height} are no header"))
}
