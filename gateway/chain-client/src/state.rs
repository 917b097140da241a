//! What is read from the chain, and the stored shapes it is decoded from. Field order is the pallets' and is
//! compared with the node's metadata by [`crate::layout`].

use codec::{Decode, Encode};
use vouchsafe_protocol::{
    bundle::SignedStatement,
    delivery::Point,
    id::{Account, Digest, OfferId, RecordId},
    order::{Stage, Standing, least_dispute_window},
    price::{HouseShare, part},
    record::{Content, Statement},
    royalty::Royalties,
};

/// A finalised block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: u32,
    /// Its hash.
    pub hash: [u8; 32],
}

/// A call that was included in a finalised block and succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Height of the block.
    pub height: u32,
    /// Hash of the block.
    pub block: [u8; 32],
    /// The fee that the signer paid, planck.
    pub fee: u128,
    /// What a late seller's bond paid the buyer of the order that this call refunded, planck; `None` for a call that
    /// refunded none.
    pub compensation: Option<u128>,
}

/// What an account has. Amounts are planck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountInfo {
    /// Can be spent, but for the existential deposit.
    pub free: u128,
    /// On hold: escrow, bonds and deposits.
    pub held: u128,
    /// Number of transactions that the account has sent.
    pub nonce: u32,
}

/// Whether a gateway may register records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum GatewayStatus {
    /// It may.
    Active,
    /// It may not, and its bond can be released after this height.
    Retiring {
        /// Last height at which the bond is kept.
        release_after: u32,
    },
}

/// A registered gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayInfo {
    /// The ed25519 key that signs its records and reports.
    pub key: [u8; 32],
    /// Digests of the pipelines that it runs.
    pub pipelines: Vec<Digest>,
    /// Where it serves its ciphertexts and documents: an `http://` or `https://` URL.
    pub endpoint: String,
    /// Whether it may register records.
    pub status: GatewayStatus,
    /// Height of its registration.
    pub registered_at: u32,
    /// On hold for it, planck.
    pub bond: u128,
}

/// Whether a record may be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RecordStatus {
    /// It may.
    Live,
    /// Its owner withdrew it.
    Withdrawn {
        /// At this height.
        at: u32,
    },
}

/// A provenance record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecordInfo {
    /// What it says.
    pub statement: Statement,
    /// The gateway's ed25519 key at the time, which verified the signature.
    pub key: [u8; 32],
    /// The gateway's signature over the statement's signing bytes.
    pub signature: [u8; 64],
    /// Height of its registration.
    pub registered_at: u32,
    /// Whether it may be offered.
    pub status: RecordStatus,
    /// On hold from its owner, planck.
    pub deposit: u128,
    /// Who shares in what it earns.
    pub royalties: Royalties,
}

impl RecordInfo {
    /// The statement as its gateway signed it, under the id that it goes by.
    pub fn signed(&self, record: RecordId) -> SignedStatement {
        SignedStatement {
            record,
            statement: self.statement.clone(),
            key: self.key,
            signature: self.signature,
        }
    }
}

/// Whether an offer takes orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum OfferStatus {
    /// It does.
    Open,
    /// Its seller closed it.
    Closed {
        /// Last height at which the bond stays on hold even if no order is open.
        bond_until: u32,
    },
    /// Closed, and the bond is back at the seller.
    Released,
    /// A buyer proved a fraud: its open orders can only be refunded.
    Frozen {
        /// Height of the proof.
        at: u32,
    },
    /// Auditors agreed on a fault of the content: nothing more is delivered, and whoever waits for it is refunded.
    Halted {
        /// Last height at which the bond stays on hold even if no order is open.
        bond_until: u32,
    },
}

impl OfferStatus {
    /// What the state machine of an order must know of its offer.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Open | Self::Closed { .. } | Self::Released => Standing::Sound,
            Self::Frozen { .. } => Standing::Frozen,
            Self::Halted { .. } => Standing::Halted,
        }
    }
}

/// What the marketplace keeps of every price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct House {
    /// The shares.
    pub share: HouseShare,
    /// Who receives the treasury's; without it that share is burned.
    pub treasury: Option<Account>,
}

/// Proven frauds of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Faults {
    /// Its offers that were frozen.
    pub as_seller: u32,
    /// Frozen offers whose record it vouched for.
    pub as_gateway: u32,
}

/// An offer. Amounts are planck, windows are blocks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OfferInfo {
    /// Who sells.
    pub seller: Account,
    /// The gateway that vouched for the record.
    pub gateway: Account,
    /// The record of what is sold.
    pub record: RecordId,
    /// The content, as the record says.
    pub content: Content,
    /// Version of the offer's secret.
    pub version: u32,
    /// `P`, the public point of the offer's secret.
    pub key: Point,
    /// The price of one order.
    pub price: u128,
    /// Hash of the licence's text.
    pub licence: Digest,
    /// How long the seller may take to deliver.
    pub deliver_within: u32,
    /// The quiet window between delivery and payment.
    pub dispute_within: u32,
    /// On hold from the seller now; zero once released or slashed.
    pub bond: u128,
    /// What buyers of late orders were given of the bond.
    pub drawn: u128,
    /// Whether it takes orders.
    pub status: OfferStatus,
    /// Orders that are placed or delivered.
    pub open_orders: u32,
    /// Orders that were paid.
    pub settled: u32,
    /// Orders that were refunded.
    pub refunded: u32,
    /// Height at which it was made.
    pub offered_at: u32,
}

/// An order. It stays readable after it is closed, until its buyer forgets it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrderInfo {
    /// What was ordered.
    pub offer: OfferId,
    /// The version of the offer's secret that delivers it.
    pub version: u32,
    /// Who pays.
    pub buyer: Account,
    /// Who is paid.
    pub seller: Account,
    /// `Q`, the buyer's blinded point.
    pub blinded: Point,
    /// The price, pinned when ordering, planck.
    pub price: u128,
    /// On hold from the buyer until the order is forgotten, planck.
    pub deposit: u128,
    /// Hash of the licence that the buyer accepted.
    pub licence: Digest,
    /// Where it stands.
    pub stage: Stage,
    /// Height at which it was placed.
    pub placed_at: u32,
}

/// How long a seller may choose the windows of an offer, blocks, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Shortest and longest time to deliver.
    pub deliver: (u32, u32),
    /// Shortest and longest quiet window.
    pub dispute: (u32, u32),
}

/// Numbers of the chain that do not change without a runtime upgrade. Amounts are planck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constants {
    /// On hold while a gateway is registered.
    pub gateway_bond: u128,
    /// On hold for each record.
    pub record_deposit: u128,
    /// Least bond of an offer, whatever its price.
    pub min_offer_bond: u128,
    /// Least bond of an offer, parts per million of its price.
    pub min_bond_ppm: u32,
    /// By how much content the shortest quiet window grows by one block, bytes.
    pub dispute_bytes_per_block: u32,
    /// On hold for each order until it is forgotten, beside its price.
    pub order_deposit: u128,
    /// Least balance with which an account exists.
    pub existential_deposit: u128,
    /// What windows an offer may have.
    pub windows: Windows,
    /// Time between blocks, milliseconds.
    pub slot_ms: u64,
}

impl Constants {
    /// The least bond of an offer at this price, planck, whoever sells. Most sellers need more to make one:
    /// [`ChainClient::dues`](crate::ChainClient::dues).
    pub fn least_bond(&self, price: u128) -> u128 {
        part(price, self.min_bond_ppm).max(self.min_offer_bond)
    }

    /// The shortest quiet window that an offer of `bytes` bytes may have, blocks.
    pub fn least_dispute_window(&self, bytes: u64) -> u32 {
        let (base, longest) = self.windows.dispute;
        least_dispute_window(base, bytes, self.dispute_bytes_per_block, longest)
    }
}

/// `Provenance.Gateways` as stored; the endpoint becomes text in [`GatewayInfo`].
#[derive(Encode, Decode)]
pub(crate) struct StoredGateway {
    pub key: [u8; 32],
    pub pipelines: Vec<Digest>,
    pub endpoint: Vec<u8>,
    pub status: GatewayStatus,
    pub registered_at: u32,
    pub bond: u128,
}

impl From<StoredGateway> for GatewayInfo {
    fn from(stored: StoredGateway) -> Self {
        Self {
            key: stored.key,
            pipelines: stored.pipelines,
            // The chain admits ASCII only, so nothing is lost.
            endpoint: String::from_utf8_lossy(&stored.endpoint).into_owned(),
            status: stored.status,
            registered_at: stored.registered_at,
            bond: stored.bond,
        }
    }
}

/// `System.Account` as stored.
#[derive(Encode, Decode)]
pub(crate) struct StoredAccount {
    pub nonce: u32,
    pub consumers: u32,
    pub providers: u32,
    pub sufficients: u32,
    pub data: StoredBalance,
}

/// `pallet_balances::AccountData` as stored.
#[derive(Encode, Decode)]
pub(crate) struct StoredBalance {
    pub free: u128,
    pub reserved: u128,
    pub frozen: u128,
    pub flags: u128,
}

impl From<StoredAccount> for AccountInfo {
    fn from(stored: StoredAccount) -> Self {
        Self {
            free: stored.data.free,
            held: stored.data.reserved,
            nonce: stored.nonce,
        }
    }
}
