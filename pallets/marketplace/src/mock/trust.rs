//! Reputation as the tests have it: it remembers what it is told, and asks for what a test says.

use codec::{Decode, Encode};
use frame_support::{parameter_types, storage::unhashed};
use vouchsafe_protocol::{
    id::OrderId,
    trust::{Deal, Modality, TrustSink, TrustSource},
};

use super::{AccountId, Balance, Test};
use crate::{OfferRow, OfferStatus, Offers, OpenOrders};

parameter_types! {
    /// How many prices reputation asks for as a bond.
    pub static BondTimes: u128 = 0;
    /// Planck that may be open beyond the bonds; `None` for no bound.
    pub static Beyond: Option<u128> = None;
}

/// Buyer, seller, gateway and price of an order.
pub type Parties = (AccountId, AccountId, AccountId, Balance);

/// One thing that the marketplace has told.
#[derive(Encode, Decode, Clone, PartialEq, Eq, Debug)]
pub enum Told {
    Ordered(Parties),
    Settled(OrderId, Parties, u128),
    Expired(Parties, u128),
    FraudProven(Parties),
    Refunded(Parties),
}

/// Remembers all that it is told, in storage: what a refused call tells is forgotten with it.
pub struct TestTrust;

const TOLD: &[u8] = b"test-told";

impl TestTrust {
    /// All of it, oldest first.
    pub fn told() -> Vec<Told> {
        unhashed::get_or_default(TOLD)
    }

    pub fn forget() {
        unhashed::kill(TOLD);
    }

    fn hear(told: Told) {
        unhashed::put(TOLD, &[Self::told(), vec![told]].concat());
    }

    fn open(seller: &AccountId) -> u128 {
        Self::told().iter().fold(0, |open, told| match told {
            Told::Ordered(parties) if parties.1 == *seller => open + parties.3,
            Told::Settled(_, parties, _)
            | Told::Expired(parties, _)
            | Told::FraudProven(parties)
            | Told::Refunded(parties)
                if parties.1 == *seller =>
            {
                open - parties.3
            }
            _ => open,
        })
    }
}

fn parties(deal: &Deal<AccountId>) -> Parties {
    assert_eq!(deal.modality, Modality::Any);
    (
        deal.buyer.clone(),
        deal.seller.clone(),
        deal.gateway.clone(),
        deal.price,
    )
}

impl TrustSink<AccountId> for TestTrust {
    fn ordered(deal: &Deal<AccountId>) {
        Self::hear(Told::Ordered(parties(deal)));
    }

    fn settled(order: OrderId, deal: &Deal<AccountId>, burned: u128) {
        Self::hear(Told::Settled(order, parties(deal), burned));
    }

    fn expired(deal: &Deal<AccountId>, burned: u128) {
        Self::hear(Told::Expired(parties(deal), burned));
    }

    fn fraud_proven(deal: &Deal<AccountId>) {
        Self::hear(Told::FraudProven(parties(deal)));
    }

    fn refunded(deal: &Deal<AccountId>) {
        Self::hear(Told::Refunded(parties(deal)));
    }
}

impl TrustSource<AccountId> for TestTrust {
    fn least_bond(_: &AccountId, modality: Modality, price: u128) -> u128 {
        assert_eq!(modality, Modality::Any);
        price.saturating_mul(BondTimes::get())
    }

    fn room(seller: &AccountId, bond: u128) -> u128 {
        match Beyond::get() {
            Some(beyond) => (bond + beyond).saturating_sub(Self::open(seller)),
            None => u128::MAX,
        }
    }
}

/// That every order was told of once, and its end once and as what it was.
pub fn assert_all_was_told() {
    let told = TestTrust::told();
    let count = |is: fn(&Told) -> bool| told.iter().filter(|one| is(one)).count();
    let settled = count(|told| matches!(told, Told::Settled(..)));
    let frauds = count(|told| matches!(told, Told::FraudProven(_)));
    let refunds = count(|told| matches!(told, Told::Expired(..) | Told::Refunded(_)));
    let offers: Vec<_> = Offers::<Test>::iter_values().collect();
    let sum = |of: fn(&OfferRow<Test>) -> u32| offers.iter().map(of).sum::<u32>() as usize;
    assert_eq!(settled, sum(|offer| offer.settled));
    assert_eq!(refunds + frauds, sum(|offer| offer.refunded));
    let frozen = |offer: &&OfferRow<Test>| matches!(offer.status, OfferStatus::Frozen { .. });
    assert_eq!(frauds, offers.iter().filter(frozen).count());
    let ordered = count(|told| matches!(told, Told::Ordered(_)));
    let open = OpenOrders::<Test>::iter_keys().count();
    assert_eq!(ordered, settled + frauds + refunds + open);
}
