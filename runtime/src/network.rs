//! What a network decides once, at its genesis, and what its root may change later: the length of a slot and the
//! set of validators.
//!
//! The slot duration cannot change in the life of a chain (Aura counts slots from the epoch, so another length
//! would jump far into the future or the past), and a compiled constant would need one runtime per network. It is
//! therefore a value in storage that genesis writes and nothing else.
//!
//! The validators are a list that root replaces. `pallet_session` asks for it at every session; we answer only when
//! the list has changed, because each answer makes GRANDPA open a new authority set. The one exception is the first
//! session after genesis: `grandpa_proveFinality` and warp sync can prove nothing on a chain whose authority set has
//! never changed, so every network enacts one change when it starts.

use crate::constants::{DEFAULT_SLOT_MS, MAX_SLOT_MS, MAX_VALIDATORS, MIN_SLOT_MS};
use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, traits::ConstU32};
use frame_system::pallet_prelude::*;
use sp_staking::SessionIndex;

pub use pallet::*;

/// A list of validators.
pub type ValidatorList<T> = BoundedVec<<T as frame_system::Config>::AccountId, ConstU32<MAX_VALIDATORS>>;

#[frame_support::pallet]
pub mod pallet {
    use super::*;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> + pallet_session::Config {}

    #[pallet::type_value]
    pub fn DefaultSlotDuration() -> u64 {
        DEFAULT_SLOT_MS
    }

    /// Milliseconds from one slot to the next. Written by genesis only.
    #[pallet::storage]
    pub type SlotDuration<T> = StorageValue<_, u64, ValueQuery, DefaultSlotDuration>;

    /// Who shall validate, from the session after next at the latest.
    #[pallet::storage]
    pub type Validators<T: Config> = StorageValue<_, ValidatorList<T>, ValueQuery>;

    /// Whether the next session must be told of [`Validators`].
    #[pallet::storage]
    pub type Announce<T> = StorageValue<_, bool, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Root replaced the list of validators. Takes effect with the session after next.
        ValidatorsSet { validators: ValidatorList<T> },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// A network without validators stands still for ever.
        NoValidators,
        /// An account is in the list twice.
        Duplicate,
        /// An account in the list has registered no session keys, so it could not take part.
        NoSessionKeys,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replace the list of validators. Each must have registered session keys before.
        ///
        /// ## Dispatch Origin: root.
        /// ## Errors: `NoValidators`, `Duplicate`, `NoSessionKeys`.
        /// ## Events: `ValidatorsSet`.
        #[pallet::call_index(0)]
        #[pallet::weight((
            T::DbWeight::get().reads_writes(validators.len() as u64 * 2, 2),
            DispatchClass::Operational
        ))]
        pub fn set_validators(origin: OriginFor<T>, validators: ValidatorList<T>) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(!validators.is_empty(), Error::<T>::NoValidators);
            for (place, validator) in validators.iter().enumerate() {
                ensure!(!validators[..place].contains(validator), Error::<T>::Duplicate);
                let registered = Self::has_session_keys(validator);
                ensure!(registered, Error::<T>::NoSessionKeys);
            }
            Validators::<T>::put(&validators);
            Announce::<T>::put(true);
            Self::deposit_event(Event::ValidatorsSet { validators });
            Ok(())
        }
    }

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Milliseconds from one slot to the next; none means [`DEFAULT_SLOT_MS`].
        pub slot_duration: Option<u64>,
        /// The first validators. Their session keys belong into the genesis of `session`.
        pub validators: Vec<T::AccountId>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            if let Some(slot) = self.slot_duration {
                assert!(
                    (MIN_SLOT_MS..=MAX_SLOT_MS).contains(&slot) && slot % 2 == 0,
                    "network.slotDuration is {slot} ms; it must be even and from {MIN_SLOT_MS} to {MAX_SLOT_MS}"
                );
            }
            SlotDuration::<T>::put(self.slot_duration.unwrap_or(DEFAULT_SLOT_MS));

            let Ok(validators) = ValidatorList::<T>::try_from(self.validators.clone()) else {
                panic!(
                    "network.validators has {} accounts, at most {MAX_VALIDATORS} may be",
                    self.validators.len()
                )
            };
            Validators::<T>::put(validators);
            Announce::<T>::put(true);
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            let slot = SlotDuration::<T>::get();
            ensure!(
                (MIN_SLOT_MS..=MAX_SLOT_MS).contains(&slot),
                "1: the slot duration is out of bounds"
            );
            ensure!(
                !Validators::<T>::get().is_empty(),
                "2: a network has at least one validator"
            );
            Ok(())
        }
    }
}

impl<T: Config> Pallet<T> {
    fn has_session_keys(validator: &T::AccountId) -> bool {
        use sp_runtime::traits::Convert;
        T::ValidatorIdOf::convert(validator.clone())
            .is_some_and(|id| pallet_session::NextKeys::<T>::contains_key(&id))
    }
}

/// Aura's slot duration in milliseconds, out of this network's genesis.
pub struct SlotMillis<T>(core::marker::PhantomData<T>);

impl<T: Config> Get<u64> for SlotMillis<T> {
    fn get() -> u64 {
        SlotDuration::<T>::get()
    }
}

/// The least distance of two blocks' timestamps: half a slot, as Aura expects.
pub struct HalfSlotMillis<T>(core::marker::PhantomData<T>);

impl<T: Config> Get<u64> for HalfSlotMillis<T> {
    fn get() -> u64 {
        SlotDuration::<T>::get() / 2
    }
}

impl<T: Config> pallet_session::SessionManager<T::AccountId> for Pallet<T> {
    fn new_session_genesis(_: SessionIndex) -> Option<Vec<T::AccountId>> {
        Some(Validators::<T>::get().into_inner())
    }

    fn new_session(_: SessionIndex) -> Option<Vec<T::AccountId>> {
        Announce::<T>::take().then(|| Validators::<T>::get().into_inner())
    }

    fn end_session(_: SessionIndex) {}

    fn start_session(_: SessionIndex) {}
}
