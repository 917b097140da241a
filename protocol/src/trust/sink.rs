//! How a marketplace tells what it saw, and what it asks before it takes a seller's word.

use super::Modality;
use crate::{finding::Finding, id::OrderId};

/// Who dealt with whom, and over how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal<AccountId> {
    /// Who paid.
    pub buyer: AccountId,
    /// Who sold.
    pub seller: AccountId,
    /// Who vouched for the record.
    pub gateway: AccountId,
    /// What kind of data it was.
    pub modality: Modality,
    /// What the order cost, planck.
    pub price: u128,
}

/// Receives the facts that a marketplace saw. Nothing here can fail or refuse: money is decided by arithmetic, and never
/// waits for anybody's reputation. The marketplace calls `ordered` once per order, and afterwards one of the others once.
pub trait TrustSink<AccountId> {
    /// An order was placed.
    fn ordered(deal: &Deal<AccountId>);
    /// An order settled, of whose price `burned` planck were burned. What was not burned is no evidence: it may have come
    /// back to whoever paid it.
    fn settled(order: OrderId, deal: &Deal<AccountId>, burned: u128);
    /// Nobody delivered in time. `burned` planck would have been burned.
    fn expired(deal: &Deal<AccountId>, burned: u128);
    /// A fraud was proven in this order.
    fn fraud_proven(deal: &Deal<AccountId>);
    /// The order ended without a verdict about it: it was refunded after another order's fraud was proven.
    fn refunded(deal: &Deal<AccountId>);
}

/// Answers what a marketplace must know of a seller before it takes an offer or an order. Only reads, and never fails.
pub trait TrustSource<AccountId> {
    /// The least bond with which the seller may ask for `price` now, planck; see [`bond`](super::bond). The marketplace
    /// may want more.
    fn least_bond(seller: &AccountId, modality: Modality, price: u128) -> u128;
    /// What further orders of the seller may cost together now, planck, with `bond` planck on hold for all the seller's
    /// offers; see [`exposure_cap`](super::exposure_cap).
    fn room(seller: &AccountId, bond: u128) -> u128;
}

/// Receives what auditors agreed on, and knows who must not audit whom. Nothing here can fail.
pub trait AuditSink<AccountId> {
    /// [`QUORUM`](crate::finding::QUORUM) auditors found the same in a record of this seller, for which this gateway
    /// vouched. Called once for each finding, and for one fault of a record at most.
    fn audited(finding: Finding, seller: &AccountId, gateway: &AccountId, modality: Modality);
    /// An auditor found what others found.
    fn agreed(auditor: &AccountId, modality: Modality);
    /// Whether the account has bought from the seller lately and said how that was.
    fn have_dealt(seller: &AccountId, account: &AccountId) -> bool;
}

/// A chain without reputation: nothing is asked of anybody.
impl<AccountId> TrustSource<AccountId> for () {
    fn least_bond(_: &AccountId, _: Modality, _: u128) -> u128 {
        0
    }

    fn room(_: &AccountId, _: u128) -> u128 {
        u128::MAX
    }
}

/// A chain without reputation.
impl<AccountId> TrustSink<AccountId> for () {
    fn ordered(_: &Deal<AccountId>) {}
    fn settled(_: OrderId, _: &Deal<AccountId>, _: u128) {}
    fn expired(_: &Deal<AccountId>, _: u128) {}
    fn fraud_proven(_: &Deal<AccountId>) {}
    fn refunded(_: &Deal<AccountId>) {}
}
