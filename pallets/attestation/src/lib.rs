#![cfg_attr(not(feature = "std"), no_std)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod types; // what the runtime connects; field order of stored shapes is consensus
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
    use frame_support::{pallet_prelude::*, traits::EnsureOrigin};
    use frame_system::pallet_prelude::*;
    use sp_runtime::traits::SaturatedConversion;
    use vouchsafe_protocol::{
        finding::{Agreement, Attested, Finding},
        id::{Digest, RecordId},
        trust::{AuditSink, Modality},
    };

    /// Version of the stored shapes.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// Records do not say which kind of data they are of, so every audit counts for the kind that means all of them.
    const KIND: Modality = Modality::Any;

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who admits and dismisses auditors.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Where a record's log is kept.
        type Records: Records<Self::AccountId>;

        /// What is sold.
        type Offers: Offers;

        /// Who is told what auditors agree on.
        type Trust: AuditSink<Self::AccountId>;

        /// Most auditors at a time. At least [`QUORUM`](vouchsafe_protocol::finding::QUORUM).
        #[pallet::constant]
        type MaxAuditors: Get<u32>;

        type WeightInfo: WeightInfo;
    }

    /// Who may audit, since which height.
    #[pallet::storage]
    pub type Auditors<T: Config> = CountedStorageMap<_, Blake2_128Concat, T::AccountId, Admission>;

    /// How many condemned records each account stands behind.
    #[pallet::storage]
    pub type CondemnedOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Condemned, ValueQuery>;

    /// What happened; what auditors say is in the events of the pallet that keeps the log.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// This account may audit from now on.
        AuditorAdmitted { auditor: T::AccountId },
        /// This account may not audit any more. What it said stands.
        AuditorDismissed { auditor: T::AccountId },
        /// Auditors agree: `finding` is decided for the record.
        Decided { record: RecordId, finding: Finding },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This account is no auditor.
        NotAuditor,
        /// This account is an auditor already.
        AlreadyAuditor,
        /// There are as many auditors as there can be.
        TooManyAuditors,
        /// The auditor has bought from the record's owner lately and said how that was.
        Conflicted,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let quorum = vouchsafe_protocol::finding::QUORUM;
            assert!(
                T::MaxAuditors::get() as usize >= quorum,
                "so few auditors could never agree"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            try_state::check::<T>()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Let an account audit.
        ///
        /// ## Dispatch Origin: `AdminOrigin`.
        /// ## Errors: `AlreadyAuditor`, `TooManyAuditors`.
        /// ## Events: `AuditorAdmitted`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::admit())]
        pub fn admit(origin: OriginFor<T>, auditor: T::AccountId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(!Auditors::<T>::contains_key(&auditor), Error::<T>::AlreadyAuditor);
            ensure!(
                Auditors::<T>::count() < T::MaxAuditors::get(),
                Error::<T>::TooManyAuditors
            );
            let since = frame_system::Pallet::<T>::block_number().saturated_into();
            Auditors::<T>::insert(&auditor, Admission { since });
            Self::deposit_event(Event::AuditorAdmitted { auditor });
            Ok(())
        }

        /// Let an account audit no more. What it said stands.
        ///
        /// ## Dispatch Origin: `AdminOrigin`.
        /// ## Errors: `NotAuditor`.
        /// ## Events: `AuditorDismissed`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::dismiss())]
        pub fn dismiss(origin: OriginFor<T>, auditor: T::AccountId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Auditors::<T>::take(&auditor).ok_or(Error::<T>::NotAuditor)?;
            Self::deposit_event(Event::AuditorDismissed { auditor });
            Ok(())
        }

        /// Say once what repeating the evaluation of a record showed. It stands in the transparency log; when a second
        /// auditor says the same, evidence moves, and a fault condemns the record and halts its offer.
        ///
        /// - `attestation`: SHA-256 of all that the auditor says, which the auditor keeps and shows.
        ///
        /// ## Dispatch Origin: signed by an auditor.
        /// ## Errors: `NotAuditor`, `Conflicted`, and those of the log: the record is unknown, its own owner's or
        /// gateway's, has no such item, or has heard this auditor, or eight.
        /// ## Events: those of the log; once decided `Decided`, and those of what follows.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::attest())]
        pub fn attest(
            origin: OriginFor<T>,
            record: RecordId,
            finding: Finding,
            attestation: Digest,
        ) -> DispatchResult {
            let auditor = ensure_signed(origin)?;
            ensure!(Auditors::<T>::contains_key(&auditor), Error::<T>::NotAuditor);
            let has_dealt = |owner| T::Trust::have_dealt(&owner, &auditor);
            ensure!(
                !T::Records::owner(&record).is_some_and(has_dealt),
                Error::<T>::Conflicted
            );
            let said = T::Records::attest(&auditor, record, finding, attestation)?;
            match said.agreement {
                Agreement::Alone => {}
                Agreement::Joined => T::Trust::agreed(&auditor, KIND),
                Agreement::Reached => Self::decide(&auditor, record, finding, &said),
            }
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Two auditors have found the same. A second fault of one record adds nothing: it is condemned once.
        fn decide(auditor: &T::AccountId, record: RecordId, finding: Finding, said: &Attested<T::AccountId>) {
            Self::deposit_event(Event::Decided { record, finding });
            for one in said.with.iter().chain([auditor]) {
                T::Trust::agreed(one, KIND);
            }
            if said.was_condemned {
                return;
            }
            T::Trust::audited(finding, &said.owner, &said.gateway, KIND);
            if said.is_condemned {
                CondemnedOf::<T>::mutate(&said.owner, |of| of.as_seller = of.as_seller.saturating_add(1));
                CondemnedOf::<T>::mutate(&said.gateway, |of| {
                    of.as_gateway = of.as_gateway.saturating_add(1)
                });
                T::Offers::halt(&record);
            }
        }
    }
}
