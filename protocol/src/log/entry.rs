//! What is written into the log, and its bytes.

use crate::{
    finding::Finding,
    hash::{Sha256Fn, absorb},
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    tag::Tag,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// One fact about one record. Field order is consensus, pinned by golden vectors.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub struct Entry {
    /// Whose fact it is. The id is the hash of the record's statement, so it stands for all that the statement binds:
    /// owner, gateway, content root, commitment to the input, report, metadata, parents.
    pub record: RecordId,
    /// Height of the block in which it became one.
    pub height: u32,
    /// The fact.
    pub fact: Fact,
}

/// What can be said of a record.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Fact {
    /// The chain verified its gateway's signature, made with the key that the gateway had at that time.
    #[codec(index = 0)]
    Registered {
        /// The gateway's ed25519 public key.
        key: [u8; 32],
    },
    /// Its owner takes no new orders for it, and nobody may derive from it any more.
    #[codec(index = 1)]
    Withdrawn,
    /// Somebody who could says that content key, salt and ciphertext are destroyed. Nobody can prove a destruction.
    #[codec(index = 2)]
    Erased {
        /// Who says so: the record's owner or its gateway.
        by: Account,
    },
    /// The chain verified that a chunk which a buyer was sold does not open to its commitment.
    #[codec(index = 3)]
    FraudProven {
        /// The offer under which the record was sold.
        offer: OfferId,
        /// The order whose buyer proved it.
        order: OrderId,
        /// The chunk that convicts, from 0.
        chunk: u32,
    },
    /// An auditor repeated the evaluation of its content. The chain verified that it is an auditor, and nothing else.
    #[codec(index = 4)]
    Attested {
        /// The auditor: neither the record's owner nor its gateway.
        by: Account,
        /// What the auditor found.
        finding: Finding,
        /// SHA-256 of the whole attestation, which the auditor keeps and shows.
        attestation: Digest,
    },
}

impl Entry {
    /// The bytes under the leaf: `len(tag):u8 ‖ "vouchsafe/1/log-entry" ‖ genesis ‖ len(entry):u64 ‖ SCALE(entry)`.
    pub fn leaf_input(&self, genesis: &Genesis) -> Vec<u8> {
        let mut bytes = Vec::new();
        absorb(Tag::LogEntry, genesis, &[&self.encode()], |part| {
            bytes.extend_from_slice(part)
        });
        bytes
    }

    /// `H(0x00 ‖ leaf input)`, RFC 9162 section 2.1.1.
    pub fn leaf_hash(&self, genesis: &Genesis, sha256: Sha256Fn) -> Digest {
        let mut bytes = Vec::from([0u8]);
        bytes.extend(self.leaf_input(genesis));
        sha256(&bytes)
    }
}
