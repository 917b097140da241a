#![cfg_attr(not(feature = "std"), no_std)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod audit; // what auditors found, and what follows for the record
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod deposit; // the only file that moves money
mod gateway; // register, update, retire, release the bond
mod log; // append to the transparency log, read it
pub mod migration;
mod record; // register, withdraw, erase, look up
pub mod runtime_api;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state; // the README's invariants, as code
mod types; // stored shapes; field order is consensus, pinned by tests/encoding.rs
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{log::native_sha256, *};
    use alloc::{boxed::Box, vec::Vec};
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use vouchsafe_protocol::{
        finding::Finding,
        id::{Digest, RecordId},
        log::{Consistency, Entry, Frontier, Head, Inclusion},
        record::Statement,
    };

    /// Balance of the currency in which bonds and deposits are held, in planck.
    pub type BalanceOf<T> =
        <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

    /// Version of the stored shapes. Raised together with a migration.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Accounts and block hashes are 32 bytes, because signed statements carry them so.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<
            AccountId: From<[u8; 32]> + Into<[u8; 32]>,
            Hash: Into<[u8; 32]>,
            RuntimeEvent: From<Event<Self>>,
        >
    {
        /// The money that is put on hold as bond and deposit.
        type Currency: fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// The runtime's hold reasons, this pallet's among them.
        type RuntimeHoldReason: From<HoldReason>;

        /// Held from a gateway from its registration until its bond is released. Planck.
        #[pallet::constant]
        type GatewayBond: Get<BalanceOf<Self>>;

        /// Held from a record's owner for as long as the record and its entries in the log are stored, which is for
        /// ever. Planck.
        #[pallet::constant]
        type RecordDeposit: Get<BalanceOf<Self>>;

        /// How long a retired gateway's bond stays on hold. Blocks.
        #[pallet::constant]
        type CoolOff: Get<u32>;

        type WeightInfo: WeightInfo;
    }

    /// Why this pallet keeps money on hold.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// A gateway stands behind what it signs.
        GatewayBond,
        /// A record takes room on every node.
        RecordDeposit,
    }

    /// Gateways by their account. A row lives from registration to the release of the bond.
    #[pallet::storage]
    pub type Gateways<T: Config> =
        CountedStorageMap<_, Blake2_128Concat, T::AccountId, Gateway<BalanceOf<T>>, OptionQuery>;

    /// Records by their id, which is a hash of the statement. A row is never removed.
    #[pallet::storage]
    pub type Records<T: Config> = CountedStorageMap<_, Identity, RecordId, Record<BalanceOf<T>>, OptionQuery>;

    /// What the transparency log's head follows from: its size and the roots of its complete subtrees.
    #[pallet::storage]
    pub type Log<T: Config> = StorageValue<_, Frontier, ValueQuery>;

    /// The log's entries by their index, from 0, each with the nodes of the tree that it completed, from which every
    /// proof is built. A row is never changed or removed.
    #[pallet::storage]
    pub type LogEntries<T: Config> = StorageMap<_, Twox64Concat, u64, LogRow, OptionQuery>;

    /// Indices of the log's entries about a record, oldest first.
    #[pallet::storage]
    pub type EntriesOf<T: Config> =
        StorageMap<_, Identity, RecordId, BoundedVec<u64, ConstU32<MAX_ENTRIES>>, ValueQuery>;

    /// Complete enough to rebuild all maps from events alone, given the block that each stands in.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A gateway may sign records from now on.
        GatewayRegistered {
            gateway: T::AccountId,
            key: [u8; 32],
            pipelines: BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
            endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
            bond: BalanceOf<T>,
        },
        /// A gateway replaced its key, pipelines and endpoint; earlier records keep the earlier key.
        GatewayUpdated {
            gateway: T::AccountId,
            key: [u8; 32],
            pipelines: BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
            endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
        },
        /// A gateway signs no more records. Its bond may be released after block `release_after`.
        GatewayRetired {
            gateway: T::AccountId,
            release_after: u32,
        },
        /// A retired gateway has its bond back and its row is gone.
        BondReleased {
            gateway: T::AccountId,
            bond: BalanceOf<T>,
        },
        /// A record stands, signed by `gateway` with `key`. Its row is this event's fields and its block.
        RecordRegistered {
            record: RecordId,
            owner: T::AccountId,
            gateway: T::AccountId,
            statement: Box<Statement>,
            key: [u8; 32],
            signature: [u8; 64],
            deposit: BalanceOf<T>,
        },
        /// A record takes no new offers and no new derived records. It stays stored and readable.
        RecordWithdrawn { record: RecordId, owner: T::AccountId },
        /// The record's owner or gateway says that its content key, its salt and its ciphertext are destroyed. It is
        /// withdrawn, if it was not before.
        RecordErased { record: RecordId, by: T::AccountId },
        /// The transparency log has one more entry, with this index; `root` is the root over all up to it.
        LogAppended { index: u64, entry: Entry, root: Digest },
        /// An auditor repeated the evaluation of a record and found this; `attestation` is the SHA-256 of all that the
        /// auditor says.
        RecordAttested {
            record: RecordId,
            by: T::AccountId,
            finding: Finding,
            attestation: Digest,
        },
        /// Auditors agree on a fault of the record. It is withdrawn, if it was not before.
        RecordCondemned { record: RecordId, finding: Finding },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This account is a gateway already; update it, or release its bond first.
        GatewayExists,
        /// No gateway is registered under this account.
        UnknownGateway,
        /// The gateway has retired: it can neither be changed nor sign records.
        GatewayRetired,
        /// The gateway has not retired, so its bond stays on hold.
        GatewayActive,
        /// The cool-off is not over: the bond may be released after block `release_after`.
        TooEarly,
        /// The ed25519 key has small order: anybody could sign for it. Generate a new key.
        WeakKey,
        /// The same pipeline digest stands twice in the list.
        DuplicatePipeline,
        /// The endpoint is not `http://` or `https://` followed by printable ASCII without spaces.
        BadEndpoint,
        /// Only the owner named in a record's statement may register or withdraw it.
        NotOwner,
        /// The signature is not the gateway's current key's over the statement's signing bytes.
        BadSignature,
        /// This very statement is registered already.
        RecordExists,
        /// No such record.
        UnknownRecord,
        /// The record is withdrawn already.
        AlreadyWithdrawn,
        /// No dataset has that many bytes, chunks and items (1 to 65,536 bytes a chunk, a chunk or more an item,
        /// at most 2^20 chunks and 10,001 items).
        ImpossibleContent,
        /// A parent is not registered.
        UnknownParent,
        /// A parent has been withdrawn by its owner.
        ParentWithdrawn,
        /// The same parent stands twice in the list.
        DuplicateParent,
        /// The parents' shares add up to more than the whole (1,000,000 ppm).
        SharesExceedWhole,
        /// More than 16 accounts would share in what the record earns, its parents' parents included.
        TooManyPayees,
        /// The record would stand more than 8 generations below its first ancestor.
        TooDeep,
        /// Only the owner or the gateway that a record's statement names may say that it is erased.
        NeitherOwnerNorGateway,
        /// The record is marked as erased already.
        AlreadyErased,
        /// The transparency log has numbered 2^64 - 1 entries and can take no more.
        LogFull,
        /// A record's owner and its gateway do not audit it.
        Interested,
        /// The record has no item of that number.
        NoSuchItem,
        /// This auditor has said before what was found in this record.
        AlreadyAttested,
        /// Eight auditors have said what they found in this record.
        TooManyAttestations,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            super::try_state::check::<T>()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Register the caller as a gateway and put its bond on hold.
        ///
        /// - `key`: ed25519 public key that will sign its records.
        /// - `pipelines`: digests of the anonymisation policies that it runs, all different.
        /// - `endpoint`: where its public service answers, `http(s)://…`, ASCII.
        ///
        /// ## Dispatch Origin: signed by the gateway's account.
        /// ## Errors: `GatewayExists`, `WeakKey`, `DuplicatePipeline`, `BadEndpoint`, or the currency's own
        /// when `GatewayBond` cannot be held.
        /// ## Events: `GatewayRegistered`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register_gateway())]
        pub fn register_gateway(
            origin: OriginFor<T>,
            key: [u8; 32],
            pipelines: BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
            endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
        ) -> DispatchResult {
            let gateway = ensure_signed(origin)?;
            Self::do_register_gateway(gateway, key, pipelines, endpoint)
        }

        /// Replace the calling gateway's key, pipelines and endpoint. Records keep the key that signed them.
        ///
        /// ## Dispatch Origin: signed by the gateway's account.
        /// ## Errors: `UnknownGateway`, `GatewayRetired`, `WeakKey`, `DuplicatePipeline`, `BadEndpoint`.
        /// ## Events: `GatewayUpdated`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::update_gateway())]
        pub fn update_gateway(
            origin: OriginFor<T>,
            key: [u8; 32],
            pipelines: BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
            endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
        ) -> DispatchResult {
            let gateway = ensure_signed(origin)?;
            Self::do_update_gateway(gateway, key, pipelines, endpoint)
        }

        /// Retire the calling gateway: no new records at once, bond free after the cool-off.
        ///
        /// ## Dispatch Origin: signed by the gateway's account.
        /// ## Errors: `UnknownGateway`, `GatewayRetired`.
        /// ## Events: `GatewayRetired`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::retire_gateway())]
        pub fn retire_gateway(origin: OriginFor<T>) -> DispatchResult {
            let gateway = ensure_signed(origin)?;
            Self::do_retire_gateway(gateway)
        }

        /// Give a retired gateway its bond back and remove its row, once the cool-off is over.
        ///
        /// ## Dispatch Origin: signed by anybody.
        /// ## Errors: `UnknownGateway`, `GatewayActive`, `TooEarly`.
        /// ## Events: `BondReleased`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::release_bond())]
        pub fn release_bond(origin: OriginFor<T>, gateway: T::AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_release_bond(gateway)
        }

        /// Register what a gateway says about one dataset, and put the record's deposit on hold.
        ///
        /// - `statement`: who, what, out of what; at most 8 parents.
        /// - `signature`: ed25519, by the gateway's current key, over the statement's signing bytes.
        ///
        /// ## Dispatch Origin: signed by `statement.owner`.
        /// ## Errors: `NotOwner`, `UnknownGateway`, `GatewayRetired`, `ImpossibleContent`, `BadSignature`,
        /// `RecordExists`, `UnknownParent`, `ParentWithdrawn`, `DuplicateParent`, `SharesExceedWhole`, `TooManyPayees`,
        /// `TooDeep`, `LogFull`, or the currency's own when `RecordDeposit` cannot be held.
        /// ## Events: `RecordRegistered`, `LogAppended`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::register_record(statement.parents.len() as u32))]
        pub fn register_record(
            origin: OriginFor<T>,
            statement: Box<Statement>,
            signature: [u8; 64],
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_register_record(owner, statement, signature)
        }

        /// Withdraw a record: nobody can offer it or derive from it any more. The trail stays.
        ///
        /// ## Dispatch Origin: signed by the record's owner.
        /// ## Errors: `UnknownRecord`, `NotOwner`, `AlreadyWithdrawn`, `LogFull`.
        /// ## Events: `RecordWithdrawn`, `LogAppended`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::withdraw_record())]
        pub fn withdraw_record(origin: OriginFor<T>, record: RecordId) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_withdraw_record(owner, record)
        }

        /// Say that a record's content key, salt and ciphertext are destroyed. Withdraws it, if it was not before. The
        /// trail stays, and everything that was proven earlier still verifies.
        ///
        /// ## Dispatch Origin: signed by the record's owner or its gateway.
        /// ## Errors: `UnknownRecord`, `NeitherOwnerNorGateway`, `AlreadyErased`, `LogFull`.
        /// ## Events: `RecordErased`, `LogAppended`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::erase_record())]
        pub fn erase_record(origin: OriginFor<T>, record: RecordId) -> DispatchResult {
            let by = ensure_signed(origin)?;
            Self::do_erase_record(by, record)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// The transparency log's number of entries, and the root over them.
        pub fn log_head() -> Head {
            Log::<T>::get().head(native_sha256)
        }

        /// What the log says of a record, oldest first, each with its index; nothing for an unknown record.
        pub fn log_entries(record: RecordId) -> Vec<(u64, Entry)> {
            Self::entries(&record).collect()
        }

        /// Proof that entry `index` is among the first `size` ones; `None` unless `index < size` and there are that
        /// many. About `2·log2(size)` reads.
        pub fn log_inclusion(index: u64, size: u64) -> Option<Inclusion> {
            // Of an entry that is yet to come, all but the leaf itself may be there.
            let is_past = size <= Log::<T>::get().size();
            let proof = || Inclusion::build(index, size, Self::node, native_sha256).ok();
            is_past.then(proof).flatten()
        }

        /// Proof that the first `second` entries begin with the first `first` ones; `None` unless `first <= second`
        /// and there are that many. About `2·log2(second)` reads.
        pub fn log_consistency(first: u64, second: u64) -> Option<Consistency> {
            let is_past = second <= Log::<T>::get().size();
            let proof = || Consistency::build(first, second, Self::node, native_sha256).ok();
            is_past.then(proof).flatten()
        }
    }
}
