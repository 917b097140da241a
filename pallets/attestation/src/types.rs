//! Stored shapes, and what the runtime connects this pallet to.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::pallet_prelude::DispatchError;
use scale_info::TypeInfo;
use vouchsafe_protocol::{
    finding::{Attested, Finding},
    id::{Digest, RecordId},
};

/// That an account may audit.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, Debug,
)]
pub struct Admission {
    /// Height of the block that admitted it.
    pub since: u32,
}

/// Condemned records that an account stands behind. Nothing takes them back.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Default, PartialEq, Eq, Debug,
)]
pub struct Condemned {
    /// As their owner.
    pub as_seller: u32,
    /// As the gateway that vouched for them.
    pub as_gateway: u32,
}

/// The log of records. The runtime implements it.
pub trait Records<AccountId> {
    /// Puts into the record's log what an auditor found; a record that this condemns is withdrawn.
    ///
    /// # Errors
    /// The record does not take it; nothing is written.
    fn attest(
        by: &AccountId,
        record: RecordId,
        finding: Finding,
        attestation: Digest,
    ) -> Result<Attested<AccountId>, DispatchError>;

    /// Who owns a record; `None` for an unknown one. At most one storage read.
    fn owner(record: &RecordId) -> Option<AccountId>;

    /// Owner and gateway of each condemned record. Reads everything: for checks, never for a block.
    fn condemned() -> Vec<(AccountId, AccountId)>;

    /// Makes `attest` of this record by this auditor its longest path, so that a benchmark can measure it: eight have not
    /// spoken yet, one has said `finding`, and the record is on sale.
    #[cfg(feature = "runtime-benchmarks")]
    fn prepare(
        record: RecordId,
        earlier: &AccountId,
        finding: Finding,
        owner: &AccountId,
        gateway: &AccountId,
    );
}

/// What is sold. The runtime implements it.
pub trait Offers {
    /// Stops the sale of a record. It must not fail, and moves no money.
    fn halt(record: &RecordId);
}
