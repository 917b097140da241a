//! Stored shapes. Field order is consensus; `tests/encoding.rs` pins the bytes.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::fungible::Inspect;
use scale_info::TypeInfo;
use vouchsafe_protocol::{
    delivery::Point,
    id::{Digest, OfferId, OrderId, RecordId},
    order::{Stage, Standing},
    price::HouseShare,
    record::Content,
    royalty::Royalties,
};

use crate::Config;

/// Planck of the chain's currency.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// An offer as the pallet stores it.
pub type OfferRow<T> = Offer<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

/// An order as the pallet stores it.
pub type OrderRow<T> = Order<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

/// Whether an offer takes new orders.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, Debug,
)]
pub enum OfferStatus {
    /// Takes orders.
    #[codec(index = 0)]
    Open,
    /// Takes none; orders placed before still run their course.
    #[codec(index = 1)]
    Closed {
        /// Last height at which the bond stays on hold even if no order is open.
        bond_until: u32,
    },
    /// Closed, without open orders, and the bond is back at the seller.
    #[codec(index = 2)]
    Released,
    /// A buyer proved that the content is not what the root commits to. Its open orders can only be refunded.
    #[codec(index = 3)]
    Frozen {
        /// Height of the block with the proof.
        at: u32,
    },
    /// Auditors agreed on a fault of the content: takes no orders, and whoever waits for a delivery is refunded. Orders
    /// delivered before run their course.
    #[codec(index = 4)]
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

/// What a seller sells, for how much and on which terms. Never removed: its record is offered once.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Offer<AccountId, Balance> {
    /// Owner of the record, holder of the offer's secret, receiver of the price.
    pub seller: AccountId,
    /// The gateway that vouched for the record: a fraud is its fault too.
    pub gateway: AccountId,
    /// Provenance record of the content.
    pub record: RecordId,
    /// Root, chunk count and bytes of the ciphertext's plaintext commitment; equal to the record's.
    pub content: Content,
    /// Version of the offer's secret. Always 0 until re-keying is built.
    pub version: u32,
    /// `P = sG`, against which every delivery is checked.
    pub key: Point,
    /// Price of one order, planck, between the existential deposit and the total issuance.
    pub price: Balance,
    /// Hash of the licence text that a buyer accepts with the order.
    pub licence: Digest,
    /// Blocks after an order, inclusive, in which the seller may deliver.
    pub deliver_within: u32,
    /// Blocks after a delivery, inclusive, in which the price stays in escrow.
    pub dispute_within: u32,
    /// Planck on hold at the seller now; zero once released or slashed.
    pub bond: Balance,
    /// Planck of the bond that buyers of late orders were given.
    pub drawn: Balance,
    pub status: OfferStatus,
    /// Orders that are neither settled nor refunded.
    pub open_orders: u32,
    /// Orders whose price went to the seller.
    pub settled: u32,
    /// Orders whose price went back to the buyer, for whatever reason.
    pub refunded: u32,
    /// Height of the block with the offer.
    pub offered_at: u32,
}

/// One purchase. Stays readable after it ended, for free re-download, until the buyer forgets it.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Order<AccountId, Balance> {
    pub offer: OfferId,
    /// Version of the offer's secret that was ordered.
    pub version: u32,
    pub buyer: AccountId,
    pub seller: AccountId,
    /// `Q = bH`, the buyer's blinded point.
    pub blinded: Point,
    /// Price when ordered, planck, in escrow until the order ends.
    pub price: Balance,
    /// Planck on hold at the buyer as long as this row is stored.
    pub deposit: Balance,
    /// Licence that the buyer accepted.
    pub licence: Digest,
    pub stage: Stage,
    /// Height of the block with the order.
    pub placed_at: u32,
}

impl<AccountId, Balance> Order<AccountId, Balance> {
    /// Whether the price is still in escrow.
    pub fn is_open(&self) -> bool {
        match self.stage {
            Stage::Placed { .. } | Stage::Delivered { .. } => true,
            Stage::Closed(_) => false,
        }
    }
}

/// What the marketplace keeps of every price, set at genesis.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct House<AccountId> {
    /// The shares, parts per million of the price.
    pub share: HouseShare,
    /// Who receives the treasury's share; without it that share is burned.
    pub treasury: Option<AccountId>,
}

impl<AccountId> Default for House<AccountId> {
    fn default() -> Self {
        Self {
            share: HouseShare::default(),
            treasury: None,
        }
    }
}

/// Proven frauds of one account. They are facts: nobody judged them, and nothing takes them back.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Default, PartialEq, Eq, Debug,
)]
pub struct Faults {
    /// Offers of this account that were frozen.
    pub as_seller: u32,
    /// Frozen offers whose record this account vouched for.
    pub as_gateway: u32,
}

/// What the marketplace must know of a provenance record.
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct RecordSummary<AccountId> {
    /// The only account that may offer the record.
    pub owner: AccountId,
    /// The gateway that vouched for it.
    pub gateway: AccountId,
    /// What the record's root commits to.
    pub content: Content,
}

/// The provenance of a content, as seen by the marketplace. The runtime implements it.
pub trait Records<AccountId> {
    /// What is known of a record that exists and is not withdrawn. At most one storage read. Nobody orders what is not.
    fn live(record: &RecordId) -> Option<RecordSummary<AccountId>>;

    /// Who shares in what a record earns, at most [`MAX_PAYEES`] accounts, each once. It never changes, not even when
    /// the record is withdrawn. At most one storage read.
    ///
    /// [`MAX_PAYEES`]: vouchsafe_protocol::royalty::MAX_PAYEES
    fn royalties(record: &RecordId) -> Royalties;

    /// A fraud was proven against what was sold under this record: chunk `chunk` does not open to its commitment. Called
    /// at most once per record, since its only offer freezes. It must not fail: the buyer's refund does not wait for it.
    fn note_fraud(record: &RecordId, offer: &OfferId, order: &OrderId, chunk: u32);

    /// Makes `live` and `royalties` answer this, so that a benchmark has something to offer.
    #[cfg(feature = "runtime-benchmarks")]
    fn make_live(record: RecordId, summary: RecordSummary<AccountId>, royalties: Royalties);
}
