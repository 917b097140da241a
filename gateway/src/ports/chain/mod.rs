//! The chain as the gateway's own account sees it: finalised state, and calls that return when finalised.

pub mod conformance;
mod memory;

use async_trait::async_trait;
use vouchsafe_protocol::{
    bundle::{AuthoritySet, Bytes, Finalised, MAX_PART, SignedStatement, Trail},
    delivery::Point,
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    log::{self, Standing},
    order::{self, Stage, least_dispute_window},
    price::part,
    record::{Content, Statement},
    royalty::Royalties,
};

pub use memory::{Fault, MemoryChain, TWIN_ADDRESS};

/// A finalised block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub height: u32,
    pub hash: [u8; 32],
}

/// A finalised block with the votes that show it, for whoever will not ask this chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Justified {
    pub height: u32,
    pub hash: [u8; 32],
    pub block: Finalised,
}

/// Trie nodes under a justified block's state root.
pub type StateProof = Vec<Bytes<MAX_PART>>;

/// A record as a justified block has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordProof {
    pub record: SignedStatement,
    /// All that the log says of it, each proven under `log`.
    pub trail: Trail,
    pub log: log::Head,
    /// The chain's genesis, the record's row, the log, and the list of the record's entries.
    pub state: StateProof,
}

/// An order as a justified block has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderProof {
    pub stage: Stage,
    /// The chain's genesis and the order's row.
    pub state: StateProof,
}

/// A gateway's registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// ed25519 key that signs records.
    pub key: [u8; 32],
    pub pipelines: Vec<Digest>,
    pub endpoint: String,
    /// Takes new records; false once it retires.
    pub active: bool,
}

/// A record, as far as the gateway needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordState {
    pub statement: Statement,
    pub live: bool,
    /// Who shares in what it earns, and how many generations it has above it.
    pub royalties: Royalties,
}

/// An offer in a finalised block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferState {
    pub seller: Account,
    pub record: RecordId,
    pub version: u32,
    pub key: Point,
    pub price: u128,
    pub status: OfferStatus,
    pub open_orders: u32,
}

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferStatus {
    /// Takes orders.
    Open,
    /// Takes none; its bond is on hold up to and at this height, and while orders are open.
    Closed { bond_until: u32 },
    /// The bond is back.
    Released,
    /// A buyer proved a fraud: only refunds are left.
    Frozen,
    /// Auditors agreed on a fault: nothing more is delivered. Its bond is on hold as that of a closed offer.
    Halted { bond_until: u32 },
}

impl OfferStatus {
    /// What the state machine of an order must know of its offer.
    pub fn standing(self) -> order::Standing {
        match self {
            Self::Open | Self::Closed { .. } | Self::Released => order::Standing::Sound,
            Self::Frozen => order::Standing::Frozen,
            Self::Halted { .. } => order::Standing::Halted,
        }
    }
}

/// An order in a finalised block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderState {
    pub offer: OfferId,
    pub version: u32,
    pub buyer: Account,
    pub blinded: Point,
    pub stage: Stage,
}

/// What the chain's runtime asks and allows. Amounts in planck, windows in blocks, inclusive bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub gateway_bond: u128,
    pub record_deposit: u128,
    /// Least bond of an offer, whoever sells: this, or `min_bond_ppm` of its price.
    pub min_offer_bond: u128,
    /// Parts per million.
    pub min_bond_ppm: u32,
    pub existential_deposit: u128,
    pub deliver_within: (u32, u32),
    pub dispute_within: (u32, u32),
    /// By how much content the least quiet window grows by one block, bytes.
    pub dispute_bytes_per_block: u32,
    pub slot_ms: u64,
}

impl Rules {
    /// The least bond of an offer at this price, planck, whoever sells.
    pub fn bond_floor(&self, price: u128) -> u128 {
        part(price, self.min_bond_ppm).max(self.min_offer_bond)
    }

    /// The shortest quiet window of a content of `bytes` bytes, blocks.
    pub fn least_dispute_window(&self, bytes: u64) -> u32 {
        let (base, longest) = self.dispute_within;
        least_dispute_window(base, bytes, self.dispute_bytes_per_block, longest)
    }
}

/// What the gateway asks of the chain, signed by its own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    RegisterGateway {
        key: [u8; 32],
        pipelines: Vec<Digest>,
        endpoint: String,
    },
    UpdateGateway {
        key: [u8; 32],
        pipelines: Vec<Digest>,
        endpoint: String,
    },
    RegisterRecord {
        statement: Box<Statement>,
        signature: [u8; 64],
    },
    WithdrawRecord {
        record: RecordId,
    },
    /// Says that the record's bytes and secrets are destroyed, and withdraws it.
    EraseRecord {
        record: RecordId,
    },
    Offer(OfferTerms),
    Close {
        offer: OfferId,
    },
    Deliver {
        order: OrderId,
        evaluated: Point,
        proof: [u8; 64],
    },
    Settle {
        order: OrderId,
    },
    /// Frees the bond of a closed offer after its cool-off.
    ReleaseBond {
        offer: OfferId,
    },
}

/// Arguments of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferTerms {
    pub nonce: u64,
    pub record: RecordId,
    pub content: Content,
    pub key: Point,
    pub price: u128,
    pub licence: Digest,
    pub deliver_within: u32,
    pub dispute_within: u32,
    pub bond: u128,
}

impl Call {
    /// The call's name, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RegisterGateway { .. } => "register_gateway",
            Self::UpdateGateway { .. } => "update_gateway",
            Self::RegisterRecord { .. } => "register_record",
            Self::WithdrawRecord { .. } => "withdraw_record",
            Self::EraseRecord { .. } => "erase_record",
            Self::Offer(_) => "offer",
            Self::Close { .. } => "close",
            Self::Deliver { .. } => "deliver",
            Self::Settle { .. } => "settle",
            Self::ReleaseBond { .. } => "release_bond",
        }
    }
}

/// Where a call ended: a finalised block, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub height: u32,
    pub block: [u8; 32],
    /// Planck.
    pub fee: u128,
}

/// Why the chain gave no answer, or refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    #[error("the node cannot be reached: {0}")]
    Unreachable(String),
    /// A call may or may not have been included: the state decides, nothing is assumed.
    #[error("the outcome of the call is not known: {0}")]
    Unknown(String),
    #[error("the node serves the chain {found}, this gateway belongs to {expected}")]
    WrongGenesis { expected: Genesis, found: Genesis },
    #[error("the account {account} cannot pay: {detail}")]
    NoFunds { account: Account, detail: String },
    #[error("the chain refused: {pallet}.{error} ({doc})")]
    Refused {
        pallet: String,
        error: String,
        doc: String,
    },
    #[error("the node's runtime does not fit this gateway: {0}")]
    Incompatible(String),
}

impl ChainError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "chain_unreachable",
            Self::Unknown(_) => "chain_unsure",
            Self::WrongGenesis { .. } => "wrong_genesis",
            Self::NoFunds { .. } => "no_funds",
            Self::Refused { .. } => "chain_refused",
            Self::Incompatible(_) => "chain_incompatible",
        }
    }

    /// The error as anybody may read it: no address, and nothing that a node or a library said. The whole error, which
    /// its `Display` gives, is for the log.
    pub fn plain(&self) -> String {
        match self {
            Self::Unreachable(_) => "the node cannot be reached".into(),
            Self::Unknown(_) => {
                "it is not known yet whether the chain took a call; it is looked at again".into()
            }
            Self::NoFunds { account, .. } => format!("the account {account} cannot pay for its next call"),
            Self::Incompatible(_) => "the node's runtime does not fit this gateway".into(),
            // Ids, and words of the runtime: public on the chain itself.
            Self::WrongGenesis { .. } | Self::Refused { .. } => self.to_string(),
        }
    }

    /// Waiting may help: the node comes back, somebody pays in, the right node is configured. A refusal stays one.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Unknown(_) | Self::WrongGenesis { .. } => true,
            Self::NoFunds { .. } | Self::Incompatible(_) => true,
            Self::Refused { .. } => false,
        }
    }
}

/// All reads are of the latest finalised block.
#[async_trait]
pub trait Chain: Send + Sync {
    async fn genesis(&self) -> Result<Genesis, ChainError>;

    async fn finalised(&self) -> Result<Head, ChainError>;

    /// Waits for a finalised block above `height`.
    async fn finalised_above(&self, height: u32) -> Result<Head, ChainError>;

    async fn rules(&self) -> Result<Rules, ChainError>;

    /// Planck in existence.
    async fn total_issuance(&self) -> Result<u128, ChainError>;

    /// Spendable planck of an account.
    async fn free(&self, account: Account) -> Result<u128, ChainError>;

    async fn registration(&self, gateway: Account) -> Result<Option<Registration>, ChainError>;

    async fn record(&self, record: RecordId) -> Result<Option<RecordState>, ChainError>;

    /// A record's statement as it was signed.
    async fn signed(&self, record: RecordId) -> Result<Option<SignedStatement>, ChainError>;

    /// What the transparency log says of a record.
    async fn standing(&self, record: RecordId) -> Result<Option<Standing>, ChainError>;

    async fn offer(&self, offer: OfferId) -> Result<Option<OfferState>, ChainError>;

    /// The bond that the seller's next offer at `price` planck must have, planck: the seller's score says how much more than
    /// [`Rules::bond_floor`].
    async fn least_bond(&self, seller: Account, price: u128) -> Result<u128, ChainError>;

    async fn open_orders(&self, offer: OfferId) -> Result<Vec<OrderId>, ChainError>;

    async fn order(&self, order: OrderId) -> Result<Option<OrderState>, ChainError>;

    /// The latest finalised block, or one above it, with its justification.
    async fn justified(&self) -> Result<Justified, ChainError>;

    /// The set whose votes justify the block.
    async fn authority_set(&self, at: &Justified) -> Result<AuthoritySet, ChainError>;

    /// The blocks between two heights (both exclusive) in which one authority set names the next, oldest first, each
    /// with its height.
    async fn handovers(&self, above: u32, below: u32) -> Result<Vec<(u32, Finalised)>, ChainError>;

    /// The record at a block that was justified a moment ago; `None` if it is not registered there.
    async fn prove_record(&self, record: RecordId, at: &Justified)
    -> Result<Option<RecordProof>, ChainError>;

    /// The order at a block that was justified a moment ago; `None` if it is not there, or not any more.
    async fn prove_order(&self, order: OrderId, at: &Justified) -> Result<Option<OrderProof>, ChainError>;

    /// Signs with the gateway's account and waits until the call is in a finalised block.
    async fn submit(&self, call: Call) -> Result<Receipt, ChainError>;
}
