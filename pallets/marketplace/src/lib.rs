#![cfg_attr(not(feature = "std"), no_std)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod dispute; //   authorize_dispute, do_dispute, do_refund
mod escrow; //    the only file that moves money
mod listing; //   do_offer, do_revise, do_close, do_release_bond
pub mod migration;
mod purchase; //  do_order, do_deliver, do_settle, do_expire, do_forget
mod trust; //     what is told of deals and asked about sellers
mod types; //     stored shapes; field order is consensus, pinned by tests/encoding.rs
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state; // the invariants, as code

pub use dispute::DisputeRefusal;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
#[allow(clippy::too_many_arguments)] // an offer has one argument per term, as wallets show them
#[allow(clippy::boxed_local)] // evidence is boxed so that the enum of all calls stays small
pub mod pallet {
    use super::{listing::Terms, *};
    use alloc::boxed::Box;
    use frame_support::{
        pallet_prelude::*,
        traits::fungible::{Inspect, InspectHold, MutateHold},
    };
    use frame_system::pallet_prelude::*;
    use sp_runtime::traits::{SaturatedConversion, Zero};
    use vouchsafe_protocol::{
        delivery::{Point, Proof},
        id::{Digest, Genesis, OfferId, OrderId, RecordId},
        misbehaviour::Evidence,
        order::Outcome,
        price::HouseShare,
        record::{Content, WHOLE_PPM},
        royalty::MAX_PAYEES,
        trust::{TrustSink, TrustSource},
    };

    /// Version of the stored shapes.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId: From<[u8; 32]> + Into<[u8; 32]>, RuntimeEvent: From<Event<Self>>>
    {
        /// The reason under which the runtime knows each of our holds.
        type RuntimeHoldReason: From<HoldReason>;

        /// What prices, deposits and bonds are counted in.
        type Currency: Inspect<Self::AccountId>
            + InspectHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
            + MutateHold<Self::AccountId>;

        /// Where the provenance of an offered content is looked up.
        type Records: Records<Self::AccountId>;

        /// Who is told what became of deals, and says what a seller's word is worth. `()` where nobody keeps a record.
        type Trust: TrustSink<Self::AccountId> + TrustSource<Self::AccountId>;

        /// Planck on hold at the buyer for each stored order. At least the existential deposit.
        #[pallet::constant]
        type OrderDeposit: Get<BalanceOf<Self>>;

        /// Smallest bond of an offer, planck. At least the existential deposit.
        #[pallet::constant]
        type MinOfferBond: Get<BalanceOf<Self>>;

        /// Least bond of an offer, parts per million of its price, where that is more than `MinOfferBond`. New offers
        /// need what `Trust` asks for, where that is more.
        #[pallet::constant]
        type MinBondPpm: Get<u32>;

        /// What the buyer of an order that nobody delivered gets from the bond, parts per million of the price. All
        /// that buyers ever get from one bond is a tenth of it.
        #[pallet::constant]
        type LatePenaltyPpm: Get<u32>;

        /// Blocks that a bond stays on hold after its offer has closed and its last order has ended.
        #[pallet::constant]
        type BondCoolOff: Get<u32>;

        /// Shortest time to deliver that an offer may state, blocks. At least 1.
        #[pallet::constant]
        type MinDeliverWithin: Get<u32>;

        /// Longest time to deliver that an offer may state, blocks.
        #[pallet::constant]
        type MaxDeliverWithin: Get<u32>;

        /// Shortest quiet window after a delivery of an empty content, blocks. At least 1.
        #[pallet::constant]
        type MinDisputeWithin: Get<u32>;

        /// Longest quiet window after a delivery, blocks.
        #[pallet::constant]
        type MaxDisputeWithin: Get<u32>;

        /// By how much content the shortest quiet window grows by one block, bytes: what a buyer fetches and checks in
        /// that time.
        #[pallet::constant]
        type DisputeBytesPerBlock: Get<u32>;

        /// Most deliveries of one offer version: each is a query to a static Diffie-Hellman oracle,
        /// and 2^20 of them cost at most some ten bits of the secret's strength.
        #[pallet::constant]
        type MaxDeliveries: Get<u32>;

        /// Measured weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// Why an amount is on hold. One reason per kind of debt, so that each can be checked by itself.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// Price of an order that has not ended, at the buyer.
        #[codec(index = 0)]
        Escrow,
        /// Deposit for the storage of an order, at the buyer.
        #[codec(index = 1)]
        OrderDeposit,
        /// Bond of an offer until it is released or slashed, at the seller.
        #[codec(index = 2)]
        OfferBond,
    }

    /// All offers ever made.
    #[pallet::storage]
    pub type Offers<T: Config> = StorageMap<_, Blake2_128Concat, OfferId, OfferRow<T>>;

    /// The offer of a record. Written once: a content's root depends on the secret of its offer.
    #[pallet::storage]
    pub type OfferOf<T: Config> = StorageMap<_, Blake2_128Concat, RecordId, OfferId>;

    /// The orders of an offer that have not ended: what its seller has to watch.
    #[pallet::storage]
    pub type OpenOrders<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, OfferId, Blake2_128Concat, OrderId, ()>;

    /// Orders, ended ones included until their buyer forgets them.
    #[pallet::storage]
    pub type Orders<T: Config> = StorageMap<_, Blake2_128Concat, OrderId, OrderRow<T>>;

    /// Proven frauds, per account.
    #[pallet::storage]
    pub type FaultsOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Faults, ValueQuery>;

    /// What the marketplace keeps of every price.
    #[pallet::storage]
    pub type HouseOf<T: Config> = StorageValue<_, House<T::AccountId>, ValueQuery>;

    /// What the marketplace keeps of every price: nothing, unless genesis says so.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Burned, parts per million of the price.
        pub burned_ppm: u32,
        /// For the treasury, parts per million of the price.
        pub treasury_ppm: u32,
        /// Who receives the treasury's share; needed where that is more than nothing.
        pub treasury: Option<T::AccountId>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let share = HouseShare {
                burned_ppm: self.burned_ppm,
                treasury_ppm: self.treasury_ppm,
            };
            assert!(share.is_sane(), "the house's shares leave nothing of a price");
            assert!(
                self.treasury_ppm == 0 || self.treasury.is_some(),
                "the treasury's share has no receiver"
            );
            HouseOf::<T>::put(House {
                share,
                treasury: self.treasury.clone(),
            });
        }
    }

    /// What happened; together enough to rebuild offers and orders from an empty index.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A record is for sale. `bond` planck are on hold at the seller.
        Offered {
            offer: OfferId,
            seller: T::AccountId,
            gateway: T::AccountId,
            record: RecordId,
            content: Content,
            version: u32,
            key: Point,
            price: BalanceOf<T>,
            licence: Digest,
            deliver_within: u32,
            dispute_within: u32,
            bond: BalanceOf<T>,
        },
        /// New orders cost `price`; orders placed before keep theirs. `bond` planck are on hold in all.
        Revised {
            offer: OfferId,
            price: BalanceOf<T>,
            bond: BalanceOf<T>,
        },
        /// The offer takes no more orders.
        OfferClosed { offer: OfferId },
        /// The cool-off after a closed offer's last order is over, and with it the bond's hold.
        BondReleased {
            offer: OfferId,
            seller: T::AccountId,
            bond: BalanceOf<T>,
        },
        /// The price and the deposit are on hold at the buyer. The seller may deliver up to and at `deliver_by`.
        Ordered {
            order: OrderId,
            offer: OfferId,
            version: u32,
            buyer: T::AccountId,
            seller: T::AccountId,
            blinded: Point,
            price: BalanceOf<T>,
            deposit: BalanceOf<T>,
            licence: Digest,
            deliver_by: u32,
        },
        /// The key was delivered and its proof holds. The price stays in escrow up to and at `dispute_by`.
        Delivered {
            order: OrderId,
            evaluated: Point,
            proof: Proof,
            dispute_by: u32,
        },
        /// The price went from escrow to the seller, to those who share in the record (`RoyaltyPaid`), to the treasury
        /// and out of existence.
        Settled {
            order: OrderId,
            offer: OfferId,
            buyer: T::AccountId,
            seller: T::AccountId,
            price: BalanceOf<T>,
            paid: BalanceOf<T>,
            treasury: BalanceOf<T>,
            burned: BalanceOf<T>,
        },
        /// An owner of a record that the sold one is derived from received `amount` of an order's price.
        RoyaltyPaid {
            order: OrderId,
            payee: T::AccountId,
            amount: BalanceOf<T>,
        },
        /// A chunk does not open to what the offer's root commits to. The offer is frozen, its bond slashed: `reward`
        /// went to the order's buyer, `burned` out of existence.
        FraudProven {
            order: OrderId,
            offer: OfferId,
            buyer: T::AccountId,
            seller: T::AccountId,
            gateway: T::AccountId,
            chunk: u32,
            reward: BalanceOf<T>,
            burned: BalanceOf<T>,
        },
        /// The price is free again at the buyer; `outcome` says why. Of a late seller's bond the buyer has
        /// `compensation` more.
        Refunded {
            order: OrderId,
            offer: OfferId,
            buyer: T::AccountId,
            seller: T::AccountId,
            price: BalanceOf<T>,
            compensation: BalanceOf<T>,
            outcome: Outcome,
        },
        /// The buyer removed an ended order and has the deposit back.
        Forgotten { order: OrderId },
        /// Auditors agreed on a fault of the content: the offer takes no more orders, nothing more is delivered, and
        /// whoever waits for a delivery can be refunded.
        OfferHalted { offer: OfferId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No offer has this id.
        OfferNotFound,
        /// No order has this id: never placed, or forgotten by its buyer.
        OrderNotFound,
        /// Only the seller may do this.
        NotSeller,
        /// Only the buyer may do this.
        NotBuyer,
        /// The price is zero or below the existential deposit: it could not be paid out to every account.
        PriceTooLow,
        /// The price is higher than all money there is.
        PriceAboveIssuance,
        /// The time to deliver is outside `MinDeliverWithin..=MaxDeliverWithin`.
        DeliverWindow,
        /// The quiet window is above `MaxDisputeWithin`, or too short for the size of the content.
        DisputeWindow,
        /// The bond is below `MinOfferBond` or `MinBondPpm` of the price, or, of a new or revised offer, below what the
        /// seller's reputation asks for.
        BondTooLow,
        /// The provenance record does not exist or was withdrawn.
        RecordNotLive,
        /// Only the record's owner may offer it.
        NotRecordOwner,
        /// Root, chunk count or bytes differ from the record's.
        ContentMismatch,
        /// The record was offered before. Register a new record to sell under other terms.
        AlreadyOffered,
        /// The seller used this nonce before.
        NonceUsed,
        /// The bytes are not the canonical encoding of a group element, or encode the identity.
        BadPoint,
        /// The offer takes no more orders, and no more changes.
        OfferClosed,
        /// The order names another version than the offer has now.
        VersionMismatch,
        /// The order accepts another licence than the offer's.
        LicenceMismatch,
        /// The price is above the order's maximum: it rose since the buyer looked.
        PriceAboveMax,
        /// Sellers do not buy from themselves.
        OwnOffer,
        /// The same buyer ordered the same version with the same blinded point; blind anew.
        AlreadyOrdered,
        /// The offer version has sold as often as its secret allows.
        DeliveriesSpent,
        /// The proof does not show that the evaluation was made with the offer's secret for this very order.
        BadProof,
        /// The deadline that this waits for has not passed.
        TooEarly,
        /// The deadline for this has passed.
        TooLate,
        /// The order's stage allows no such action.
        WrongStage,
        /// The order has not ended.
        OrderOpen,
        /// A fraud was proven: the offer takes no orders, and its open orders can only be refunded.
        OfferFrozen,
        /// No fraud was proven: the offer's orders run their course.
        OfferNotFrozen,
        /// The offer still takes orders; close it first.
        OfferNotClosed,
        /// The offer has open orders, which rely on its bond.
        OrdersOpen,
        /// A bond cannot be lowered while the offer lives: earlier orders rely on it.
        BondShrinks,
        /// With this order the seller's open orders would cost more than the seller's bonds and past sales allow.
        TooMuchOpen,
        /// Auditors found a fault in the content: the offer takes no orders, and nothing more is delivered.
        OfferHalted,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let least = T::Currency::minimum_balance();
            assert!(!least.is_zero(), "prices of zero would be allowed");
            assert!(
                T::OrderDeposit::get() >= least,
                "OrderDeposit is below the existential deposit"
            );
            assert!(
                T::MinOfferBond::get() >= least,
                "MinOfferBond is below the existential deposit"
            );
            assert!(T::MinDeliverWithin::get() > 0, "MinDeliverWithin is zero");
            assert!(T::MinDisputeWithin::get() > 0, "MinDisputeWithin is zero");
            assert!(
                T::MinDeliverWithin::get() <= T::MaxDeliverWithin::get(),
                "no deliver window is allowed"
            );
            assert!(
                T::MinDisputeWithin::get() <= T::MaxDisputeWithin::get(),
                "no dispute window is allowed"
            );
            assert!(T::MaxDeliveries::get() > 0, "no delivery is allowed");
            assert!(
                T::LatePenaltyPpm::get() <= WHOLE_PPM,
                "a late delivery costs more than the price"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            try_state::check::<T>()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Offer a record for sale, under an id that the seller can compute beforehand from `nonce`.
        ///
        /// ## Dispatch Origin: signed by the record's owner.
        /// ## Errors: `PriceTooLow`, `PriceAboveIssuance`, `DeliverWindow`, `DisputeWindow`, `BondTooLow`,
        /// `RecordNotLive`, `NotRecordOwner`, `ContentMismatch`, `AlreadyOffered`, `NonceUsed`, `BadPoint`;
        /// `Token::FundsUnavailable` where the bond is more than the seller can put on hold.
        /// ## Events: `Offered`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::offer())]
        pub fn offer(
            origin: OriginFor<T>,
            nonce: u64,
            record: RecordId,
            content: Content,
            key: Point,
            price: BalanceOf<T>,
            licence: Digest,
            deliver_within: u32,
            dispute_within: u32,
            bond: BalanceOf<T>,
        ) -> DispatchResult {
            let seller = ensure_signed(origin)?;
            let terms = Terms {
                record,
                content,
                key,
                price,
                licence,
                deliver_within,
                dispute_within,
                bond,
            };
            Self::do_offer(seller, nonce, terms)
        }

        /// Change the price of new orders, and raise the bond to `bond` in all. A buyer's `max_price` protects against
        /// a change in between.
        ///
        /// ## Dispatch Origin: signed by the seller.
        /// ## Errors: `PriceTooLow`, `PriceAboveIssuance`, `OfferNotFound`, `NotSeller`, `OfferClosed`, `OfferFrozen`,
        /// `BondShrinks`, `BondTooLow`; `Token::FundsUnavailable` where the bond is more than the seller can put on hold.
        /// ## Events: `Revised`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::revise())]
        pub fn revise(
            origin: OriginFor<T>,
            offer: OfferId,
            price: BalanceOf<T>,
            bond: BalanceOf<T>,
        ) -> DispatchResult {
            let seller = ensure_signed(origin)?;
            Self::do_revise(seller, offer, price, bond)
        }

        /// Take no more orders, for good. `release_bond` frees the bond when the cool-off after the last order is over.
        ///
        /// ## Dispatch Origin: signed by the seller.
        /// ## Errors: `OfferNotFound`, `NotSeller`, `OfferClosed`, `OfferFrozen`.
        /// ## Events: `OfferClosed`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::close())]
        pub fn close(origin: OriginFor<T>, offer: OfferId) -> DispatchResult {
            let seller = ensure_signed(origin)?;
            Self::do_close(seller, offer)
        }

        /// Order an offer: its price and a deposit go on hold, and the seller's time to deliver starts.
        /// `blinded` is `Q = bH`; whoever loses `b` cannot read what is delivered.
        ///
        /// ## Dispatch Origin: signed by anyone but the seller.
        /// ## Errors: `OfferNotFound`, `OfferClosed`, `OfferFrozen`, `VersionMismatch`, `OwnOffer`, `LicenceMismatch`,
        /// `PriceAboveMax`, `RecordNotLive`, `BondTooLow`, `TooMuchOpen`, `DeliveriesSpent`, `BadPoint`, `AlreadyOrdered`;
        /// `Token::FundsUnavailable` where price and deposit are more than the buyer can put on hold.
        /// ## Events: `Ordered`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::order())]
        pub fn order(
            origin: OriginFor<T>,
            offer: OfferId,
            version: u32,
            blinded: Point,
            max_price: BalanceOf<T>,
            licence: Digest,
        ) -> DispatchResult {
            let buyer = ensure_signed(origin)?;
            Self::do_order(buyer, offer, version, blinded, max_price, licence)
        }

        /// Deliver the key of an order: `evaluated` is `W = sQ`, `proof` shows that it was made with the
        /// offer's secret. A wrong key is refused here, so none can be delivered.
        ///
        /// ## Dispatch Origin: signed by the seller.
        /// ## Errors: `OrderNotFound`, `NotSeller`, `OfferNotFound`, `TooLate` (anyone may now expire the order),
        /// `WrongStage`, `OfferFrozen`, `BadProof`.
        /// ## Events: `Delivered`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::deliver())]
        pub fn deliver(
            origin: OriginFor<T>,
            order: OrderId,
            evaluated: Point,
            proof: Proof,
        ) -> DispatchResult {
            let seller = ensure_signed(origin)?;
            Self::do_deliver(seller, order, evaluated, proof)
        }

        /// Pay the seller of an order whose quiet window has passed, and all who have a share in the price.
        ///
        /// ## Dispatch Origin: signed by anyone.
        /// ## Errors: `OrderNotFound`, `OfferNotFound`, `TooEarly`, `WrongStage`, `OfferFrozen`.
        /// ## Events: `Settled`, and `RoyaltyPaid` for each payee.
        /// ## Weight: that of as many payees as there can be; what fewer leave is given back.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::settle(MAX_PAYEES))]
        pub fn settle(origin: OriginFor<T>, order: OrderId) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let payees = Self::do_settle::<T::Trust>(order)?;
            Ok(Some(T::WeightInfo::settle(payees)).into())
        }

        /// Refund the buyer of an order whose delivery is late, with a compensation out of the seller's bond.
        ///
        /// ## Dispatch Origin: signed by anyone.
        /// ## Errors: `OrderNotFound`, `OfferNotFound`, `TooEarly`, `WrongStage`, `OfferFrozen`.
        /// ## Events: `Refunded`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::expire())]
        pub fn expire(origin: OriginFor<T>, order: OrderId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_expire(order)
        }

        /// Remove an ended order and free its deposit. What was delivered is then no longer in the chain's state.
        ///
        /// ## Dispatch Origin: signed by the buyer.
        /// ## Errors: `OrderNotFound`, `NotBuyer`, `OrderOpen`.
        /// ## Events: `Forgotten`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::forget())]
        pub fn forget(origin: OriginFor<T>, order: OrderId) -> DispatchResult {
            let buyer = ensure_signed(origin)?;
            Self::do_forget(buyer, order)
        }

        /// Prove that a chunk of a delivered order does not open to what the offer's root commits to: the buyer is
        /// refunded and rewarded, the offer frozen, its bond slashed.
        ///
        /// The proof is checked when the transaction is validated, so one that does not convict is never included;
        /// it pays no fee. What shows that the buyer sent it is the order's blind, which nobody else knows.
        ///
        /// ## Dispatch Origin: authorised by the proof; no signature.
        /// ## Errors: none on chain. Refusals at validation: [`DisputeRefusal`].
        /// ## Events: `FraudProven`, `Refunded`.
        #[pallet::call_index(8)]
        #[pallet::weight((T::WeightInfo::dispute(), DispatchClass::Operational))]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_dispute())]
        #[pallet::authorize(|source, order, evidence| Pallet::<T>::authorize_dispute(source, order, evidence))]
        pub fn dispute(origin: OriginFor<T>, order: OrderId, evidence: Box<Evidence>) -> DispatchResult {
            ensure_authorized(origin)?;
            Self::do_dispute(order, evidence.index)
        }

        /// Refund an open order of a frozen offer, or an order of a halted one that waits for its delivery. Free of charge
        /// when it does.
        ///
        /// ## Dispatch Origin: signed by anyone.
        /// ## Errors: `OrderNotFound`, `OfferNotFound`, `OfferNotFrozen`, `WrongStage`.
        /// ## Events: `Refunded`.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::refund())]
        pub fn refund(origin: OriginFor<T>, order: OrderId) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::do_refund(order)?;
            Ok(Pays::No.into())
        }

        /// Free the bond of a closed offer whose last order ended more than the cool-off ago.
        ///
        /// ## Dispatch Origin: signed by anyone.
        /// ## Errors: `OfferNotFound`, `OfferNotClosed`, `OfferClosed` (released before), `OfferFrozen`, `OrdersOpen`,
        /// `TooEarly`.
        /// ## Events: `BondReleased`.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::release_bond())]
        pub fn release_bond(origin: OriginFor<T>, offer: OfferId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_release_bond(offer)
        }
    }

    impl<T: Config> Pallet<T> {
        /// Hash of the chain's first block, which every id and proof is bound to.
        pub fn genesis() -> Genesis {
            let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
            let mut bytes = [0; 32];
            bytes
                .iter_mut()
                .zip(hash.as_ref())
                .for_each(|(to, from)| *to = *from);
            Genesis(bytes)
        }

        /// Number of the block being built.
        pub(crate) fn height() -> u32 {
            frame_system::Pallet::<T>::block_number().saturated_into()
        }
    }
}
