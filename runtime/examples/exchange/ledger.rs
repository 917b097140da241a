//! Whether the money is right: who gained and lost what in a round, and whether the chain's books balance.

use crate::{
    people::Cast,
    world::{Checked, World, ensure, free},
};
use frame_support::traits::fungible::InspectHold;
use pallet_marketplace::{HoldReason, OfferOf, OfferStatus, Offers, OpenOrders, Orders};
use std::collections::{BTreeMap, BTreeSet};
use vouchsafe_protocol::price::part;
use vouchsafe_runtime::{
    AccountId, Balance, Balances, Runtime, RuntimeHoldReason, System, constants::BURNED_PPM,
};

/// An amount that somebody gained, or lost where it is negative. Planck.
pub type Change = i128;

/// What reaches the seller, or the seller and those who share in the record, of a price: all but the house's share.
pub fn net(price: Balance) -> Balance {
    price - part(price, BURNED_PPM)
}

/// A difference as a signed amount; all money there is fits many times.
pub fn change(from: Balance, to: Balance) -> Change {
    to as Change - from as Change
}

/// The books at the beginning of a round.
pub struct Round {
    free: BTreeMap<AccountId, Balance>,
    issuance: Balance,
}

impl Round {
    /// Opens the books.
    pub fn begin(world: &mut World, cast: &Cast) -> Self {
        world.forget_fees();
        Self {
            free: cast
                .all()
                .map(|person| (person.account.clone(), free(&person.account)))
                .collect(),
            issuance: Balances::total_issuance(),
        }
    }

    /// What `who` can spend more than at the beginning. What is on hold for good, a record's deposit, is lost here.
    pub fn gained(&self, who: &AccountId) -> Change {
        change(self.free.get(who).copied().unwrap_or_default(), free(who))
    }

    /// The same before the fees that `who` paid.
    pub fn gained_before_fees(&self, world: &World, who: &AccountId) -> Change {
        self.gained(who) + world.fees_of(who) as Change
    }

    /// Closes the books: nothing vanished but what was burned, and nobody who took no part has another balance.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn end(&self, world: &World, parties: &[&AccountId]) -> Checked {
        let gone = change(Balances::total_issuance(), self.issuance);
        let burned = world.burned() as Change;
        ensure(gone == burned, || {
            format!("{gone} planck are gone, {burned} were burned")
        })?;
        for who in self.free.keys().filter(|who| !parties.contains(who)) {
            let gained = self.gained_before_fees(world, who);
            ensure(gained == 0, || {
                format!("{who}, who took no part, gained {gained} planck")
            })?;
        }
        books()?;
        #[cfg(feature = "try-runtime")]
        pallets(world.height())?;
        Ok(())
    }
}

/// The pallets' own invariants, where the runtime is built with them.
#[cfg(feature = "try-runtime")]
fn pallets(height: u32) -> Checked {
    use frame_support::traits::Hooks;
    use vouchsafe_runtime::{BlockNumber, Marketplace, Provenance};
    let checked = <Marketplace as Hooks<BlockNumber>>::try_state(height)
        .and_then(|()| <Provenance as Hooks<BlockNumber>>::try_state(height));
    ensure(checked.is_ok(), || format!("an invariant is broken: {checked:?}"))
}

/// Checks the whole storage: the accounts add up to the issuance, and every hold of the two pallets to the rows it is for.
fn books() -> Checked {
    let mut owed = BTreeMap::<(AccountId, u8), Balance>::new();
    let mut owe = |who: AccountId, reason: Reason, amount: Balance| {
        *owed.entry((who, reason as u8)).or_default() += amount;
    };
    let (mut open, mut offered) = (BTreeSet::new(), 0);
    for (id, order) in Orders::<Runtime>::iter() {
        if order.is_open() {
            open.insert((order.offer, id));
            owe(order.buyer.clone(), Reason::Escrow, order.price);
        }
        owe(order.buyer, Reason::OrderDeposit, order.deposit);
    }
    let listed: BTreeSet<_> = OpenOrders::<Runtime>::iter_keys().collect();
    ensure(listed == open, || {
        "open orders are not those that are listed as open".into()
    })?;
    for (id, offer) in Offers::<Runtime>::iter() {
        offered += 1;
        let bonded = match offer.status {
            OfferStatus::Open | OfferStatus::Closed { .. } | OfferStatus::Halted { .. } => true,
            OfferStatus::Released | OfferStatus::Frozen { .. } => false,
        };
        ensure(bonded == (offer.bond > 0), || {
            format!(
                "offer {id} has a bond of {} and is {:?}",
                offer.bond, offer.status
            )
        })?;
        let count = open.iter().filter(|(of, _)| *of == id).count();
        ensure(offer.open_orders as usize == count, || {
            format!("offer {id} counts {} open orders of {count}", offer.open_orders)
        })?;
        owe(offer.seller, Reason::OfferBond, offer.bond);
    }
    ensure(OfferOf::<Runtime>::iter_keys().count() == offered, || {
        "an offer is not the offer of its record".into()
    })?;
    for record in pallet_provenance::Records::<Runtime>::iter_values() {
        owe(
            record.statement.owner.0.into(),
            Reason::RecordDeposit,
            record.deposit,
        );
    }
    for (who, gateway) in pallet_provenance::Gateways::<Runtime>::iter() {
        owe(who, Reason::GatewayBond, gateway.bond);
    }
    let mut sum: Balance = 0;
    for who in frame_system::Account::<Runtime>::iter_keys() {
        let account = System::account(&who).data;
        sum += account.free + account.reserved;
        let mut held = 0;
        for reason in Reason::ALL {
            let on_hold = Balances::balance_on_hold(&reason.of_runtime(), &who);
            let debt = owed.remove(&(who.clone(), reason as u8)).unwrap_or_default();
            ensure(on_hold == debt, || {
                format!("{who} has {on_hold} planck on hold for {reason:?}, owed are {debt}")
            })?;
            held += on_hold;
        }
        let others = Balances::balance_on_hold(&pallet_session::HoldReason::Keys.into(), &who);
        ensure(held + others == account.reserved, || {
            format!("{who} has {} planck on hold without a reason", account.reserved)
        })?;
    }
    owed.retain(|_, amount| *amount > 0);
    ensure(owed.is_empty(), || "something is on hold at nobody".into())?;
    let issuance = Balances::total_issuance();
    ensure(sum == issuance, || {
        format!("all accounts have {sum} planck, issued are {issuance}")
    })
}

/// What money of the two pallets is on hold for.
#[derive(Clone, Copy, Debug)]
enum Reason {
    Escrow,
    OrderDeposit,
    OfferBond,
    RecordDeposit,
    GatewayBond,
}

impl Reason {
    const ALL: [Self; 5] = [
        Self::Escrow,
        Self::OrderDeposit,
        Self::OfferBond,
        Self::RecordDeposit,
        Self::GatewayBond,
    ];

    fn of_runtime(self) -> RuntimeHoldReason {
        match self {
            Self::Escrow => HoldReason::Escrow.into(),
            Self::OrderDeposit => HoldReason::OrderDeposit.into(),
            Self::OfferBond => HoldReason::OfferBond.into(),
            Self::RecordDeposit => pallet_provenance::HoldReason::RecordDeposit.into(),
            Self::GatewayBond => pallet_provenance::HoldReason::GatewayBond.into(),
        }
    }
}
