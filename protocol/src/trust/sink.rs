//! How a marketplace tells what it saw.

use super::Modality;
use crate::id::OrderId;

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

/// A chain without reputation.
impl<AccountId> TrustSink<AccountId> for () {
    fn ordered(_: &Deal<AccountId>) {}
    fn settled(_: OrderId, _: &Deal<AccountId>, _: u128) {}
    fn expired(_: &Deal<AccountId>, _: u128) {}
    fn fraud_proven(_: &Deal<AccountId>) {}
    fn refunded(_: &Deal<AccountId>) {}
}
