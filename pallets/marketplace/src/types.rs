//! Stored shapes. Field order is consensus; `tests/encoding.rs` pins the bytes.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::fungible::Inspect;
use scale_info::TypeInfo;
use vouchsafe_protocol::{
    delivery::Point,
    id::{Digest, OfferId, RecordId},
    order::Stage,
    record::Content,
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
    Open,
    /// Takes none; orders placed before still run their course.
    Closed,
}

/// What a seller sells, for how much and on which terms. Never removed: its record is offered once.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Offer<AccountId, Balance> {
    /// Owner of the record, holder of the offer's secret, receiver of the price.
    pub seller: AccountId,
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
    /// Planck on hold at the seller while the offer is open or has open orders.
    pub bond: Balance,
    pub status: OfferStatus,
    /// Orders that are neither settled nor refunded.
    pub open_orders: u32,
    /// Orders whose price went to the seller.
    pub settled: u32,
    /// Orders whose price went back to the buyer.
    pub refunded: u32,
    /// Height of the block with the offer.
    pub offered_at: u32,
}

impl<AccountId, Balance> Offer<AccountId, Balance> {
    /// Whether the bond must be on hold: it stays until the last order that relied on it has ended.
    pub fn is_bonded(&self) -> bool {
        self.status == OfferStatus::Open || self.open_orders > 0
    }
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

/// What the marketplace must know of a provenance record.
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub struct RecordSummary<AccountId> {
    /// The only account that may offer the record.
    pub owner: AccountId,
    /// What the record's root commits to.
    pub content: Content,
}

/// The provenance of a content, as seen by the marketplace. The runtime implements it.
pub trait Records<AccountId> {
    /// Owner and content of a record that exists and is not withdrawn. At most one storage read.
    fn live(record: &RecordId) -> Option<RecordSummary<AccountId>>;

    /// Makes `live(record)` answer `summary`, so that a benchmark has something to offer.
    #[cfg(feature = "runtime-benchmarks")]
    fn make_live(record: RecordId, summary: RecordSummary<AccountId>);
}
