#![cfg_attr(not(feature = "std"), no_std)]
#![doc = include_str!("../README.md")]

mod evidence; // note, do_rate, do_sweep_order, do_sweep_pair
mod feed; //     the facts that a marketplace tells
pub mod runtime_api;
mod trust; //    the score, what faking it costs, and what a seller owes
mod types; //    stored shapes; field order is consensus
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state; // the invariants, as code

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_runtime::traits::SaturatedConversion;
    use vouchsafe_protocol::{
        id::OrderId,
        trust::{Cell, Facet, Happening, Modality, Parameters, Role},
    };

    /// Version of the stored shapes.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may change the parameters.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Whose offers are frozen.
        type FrozenOffers: FrozenOffers<Self::AccountId>;

        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// Evidence, per account and what it is about. Brought up to date only when it changes or is read.
    #[pallet::storage]
    pub type Cells<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, (Role, Facet, Modality), Cell>;

    /// How much of its cap a pair of a seller and a buyer has used.
    #[pallet::storage]
    pub type Pairs<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Blake2_128Concat, T::AccountId, Pair>;

    /// What each seller has sold and still has to deliver.
    #[pallet::storage]
    pub type Activities<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Activity, ValueQuery>;

    /// Settled orders that their buyers may still rate.
    #[pallet::storage]
    pub type Ratable<T: Config> = StorageMap<_, Blake2_128Concat, OrderId, RatableOrder<T::AccountId>>;

    /// The parameters in force.
    #[pallet::storage]
    pub type ParametersOf<T: Config> = StorageValue<_, Parameters, ValueQuery, DefaultParameters>;

    /// The first parameters with blocks of two seconds and a unit of 10^12 planck, until genesis says otherwise.
    pub struct DefaultParameters;

    impl Get<Parameters> for DefaultParameters {
        fn get() -> Parameters {
            Parameters::first(43_200, 1_000_000_000_000)
        }
    }

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Blocks of a day; 0 for 43,200.
        pub blocks_per_day: u32,
        /// Planck burned that are worth one unit; 0 for 10^12.
        pub unit_fee: u128,
        #[serde(skip)]
        pub _marker: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let or = |given: u128, usual: u128| if given == 0 { usual } else { given };
            let days = or(u128::from(self.blocks_per_day), 43_200).saturated_into();
            ParametersOf::<T>::put(Parameters::first(days, or(self.unit_fee, 1_000_000_000_000)));
        }
    }

    /// What happened; together enough to rebuild every cell.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Something happened, and the evidence that it left changed to `cells`, each of one account, role and facet.
        Evidence {
            modality: Modality,
            cells: BoundedVec<CellOf<T::AccountId>, ConstU32<{ Happening::EFFECTS }>>,
        },
        /// The order's buyer said whether it was good. It weighs `weight` (units, Q32.32) before strikes: what the
        /// order burned, as far as the pair's cap allows.
        Rated {
            order: OrderId,
            seller: T::AccountId,
            buyer: T::AccountId,
            good: bool,
            weight: u64,
        },
        /// Scores follow other parameters from now on.
        ParametersChanged { parameters: Parameters },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No such order can be rated: it did not settle, or was rated, or its row was swept.
        NotRatable,
        /// Only the order's buyer may rate it.
        NotBuyer,
        /// The time to rate the order has passed.
        TooLate,
        /// The row is still needed.
        TooEarly,
        /// This buyer has no row with this seller.
        PairNotFound,
        /// The parameters would switch a defence off.
        BadParameters,
        /// New parameters need a higher version than those in force.
        VersionNotHigher,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            try_state::check::<T>()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Say once whether a settled order was good.
        ///
        /// ## Dispatch Origin: signed by the order's buyer.
        /// ## Errors: `NotRatable`, `NotBuyer`, `TooLate`.
        /// ## Events: `Rated`, `Evidence`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::rate())]
        pub fn rate(origin: OriginFor<T>, order: OrderId, good: bool) -> DispatchResult {
            let buyer = ensure_signed(origin)?;
            Self::do_rate(buyer, order, good)
        }

        /// Remove the row of an order that can no longer be rated. Free of charge when it does.
        ///
        /// ## Dispatch Origin: signed by anyone.
        /// ## Errors: `NotRatable`, `TooEarly`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::sweep_order())]
        pub fn sweep_order(origin: OriginFor<T>, order: OrderId) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::do_sweep_order(order)?;
            Ok(Pays::No.into())
        }

        /// Remove the row of a pair that last met four half-lives ago. Free of charge when it does.
        ///
        /// ## Dispatch Origin: signed by anyone.
        /// ## Errors: `PairNotFound`, `TooEarly`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::sweep_pair())]
        pub fn sweep_pair(
            origin: OriginFor<T>,
            seller: T::AccountId,
            buyer: T::AccountId,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::do_sweep_pair(seller, buyer)?;
            Ok(Pays::No.into())
        }

        /// Put other parameters in force, for all evidence, old and new.
        ///
        /// ## Dispatch Origin: `AdminOrigin`.
        /// ## Errors: `BadParameters`, `VersionNotHigher`.
        /// ## Events: `ParametersChanged`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(parameters.is_sane(), Error::<T>::BadParameters);
            ensure!(
                parameters.version > ParametersOf::<T>::get().version,
                Error::<T>::VersionNotHigher
            );
            ParametersOf::<T>::put(parameters);
            Self::deposit_event(Event::ParametersChanged { parameters });
            Ok(())
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// The score of an account in a role and a kind of data, with everything that it follows from.
        pub fn trust(account: T::AccountId, role: Role, modality: Modality) -> Trust {
            Self::trust_of(&account, role, modality)
        }

        /// What it would cost the account to reach `target` basis points by buying from itself.
        pub fn price_of(account: T::AccountId, role: Role, modality: Modality, target: u16) -> Quote {
            Self::price_of_score(&account, role, modality, target)
        }
    }

    impl<T: Config> Pallet<T> {
        /// Number of the block being built.
        pub(crate) fn height() -> u32 {
            frame_system::Pallet::<T>::block_number().saturated_into()
        }
    }
}
