//! The calls of a Vouchsafe chain and their bytes.

use codec::{Compact, Encode};
use vouchsafe_protocol::{
    attestation::Class,
    delivery::Point,
    finding::Finding,
    id::{Account, Digest, OfferId, OrderId, RecordId},
    leaf::Leaf,
    misbehaviour::Evidence,
    record::{Content, Statement},
};

/// A call that a signer can make. Amounts are planck, windows are blocks.
///
/// What each call does, requires and refuses is documented in its pallet and in the node's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are the pallets' arguments, documented there"
)]
pub enum Call {
    /// `Provenance.register_gateway`: takes the gateway's bond on hold.
    RegisterGateway {
        key: [u8; 32],
        pipelines: Vec<Digest>,
        endpoint: String,
    },
    /// `Provenance.update_gateway`.
    UpdateGateway {
        key: [u8; 32],
        pipelines: Vec<Digest>,
        endpoint: String,
    },
    /// `Provenance.retire_gateway`: no new records from now on.
    RetireGateway,
    /// `Provenance.release_bond`, by anyone, after the cool-off.
    ReleaseBond { gateway: Account },
    /// `Provenance.register_record`, by the statement's owner.
    RegisterRecord {
        statement: Box<Statement>,
        signature: [u8; 64],
    },
    /// `Provenance.withdraw_record`, by its owner.
    WithdrawRecord { record: RecordId },
    /// `Provenance.erase_record`, by its owner or its gateway: withdraws it too, and can be said once.
    EraseRecord { record: RecordId },
    /// `Marketplace.offer`.
    Offer {
        nonce: u64,
        record: RecordId,
        content: Content,
        key: Point,
        price: u128,
        licence: Digest,
        deliver_within: u32,
        dispute_within: u32,
        bond: u128,
    },
    /// `Marketplace.revise`: another price for new orders, and a bond that may only grow.
    Revise { offer: OfferId, price: u128, bond: u128 },
    /// `Marketplace.close`: no new orders from now on.
    Close { offer: OfferId },
    /// `Marketplace.order`: puts the price on hold.
    Order {
        offer: OfferId,
        version: u32,
        blinded: Point,
        max_price: u128,
        licence: Digest,
    },
    /// `Marketplace.deliver`, by the seller.
    Deliver {
        order: OrderId,
        evaluated: Point,
        proof: [u8; 64],
    },
    /// `Marketplace.settle`, by anyone, after the quiet window.
    Settle { order: OrderId },
    /// `Marketplace.expire`, by anyone, when the delivery is late.
    Expire { order: OrderId },
    /// `Marketplace.forget`, by the buyer of a closed order.
    Forget { order: OrderId },
    /// `Marketplace.dispute`: needs no signature, see [`ChainClient::dispute`](crate::ChainClient::dispute).
    Dispute { order: OrderId, evidence: Box<Evidence> },
    /// `Marketplace.refund`, by anyone, of an open order whose offer is frozen.
    Refund { order: OrderId },
    /// `Marketplace.release_bond`, by anyone, after a closed offer's cool-off.
    ReleaseOfferBond { offer: OfferId },
    /// `Reputation.rate`, by the buyer of a settled order, once.
    Rate { order: OrderId, good: bool },
    /// `Attestation.attest`, by an auditor, once per record.
    Attest {
        record: RecordId,
        finding: Finding,
        attestation: Digest,
    },
    /// `Attestation.admit` through `Sudo.sudo`, by who governs the chain.
    AdmitAuditor { auditor: Account },
    /// `Attestation.dismiss` through `Sudo.sudo`.
    DismissAuditor { auditor: Account },
    /// `Balances.transfer_keep_alive`.
    Transfer { to: Account, amount: u128 },
}

const PROVENANCE: &str = "Provenance";
const MARKETPLACE: &str = "Marketplace";
const REPUTATION: &str = "Reputation";
const ATTESTATION: &str = "Attestation";
const SUDO: &str = "Sudo";
const BALANCES: &str = "Balances";

impl Call {
    /// The pallet's name in the runtime, for example `Marketplace`.
    pub fn pallet(&self) -> &'static str {
        self.path().0
    }

    /// The call's name in its pallet, for example `revise`.
    pub fn name(&self) -> &'static str {
        self.path().1
    }

    fn path(&self) -> (&'static str, &'static str) {
        match self {
            Call::RegisterGateway { .. } => (PROVENANCE, "register_gateway"),
            Call::UpdateGateway { .. } => (PROVENANCE, "update_gateway"),
            Call::RetireGateway => (PROVENANCE, "retire_gateway"),
            Call::ReleaseBond { .. } => (PROVENANCE, "release_bond"),
            Call::RegisterRecord { .. } => (PROVENANCE, "register_record"),
            Call::WithdrawRecord { .. } => (PROVENANCE, "withdraw_record"),
            Call::EraseRecord { .. } => (PROVENANCE, "erase_record"),
            Call::Offer { .. } => (MARKETPLACE, "offer"),
            Call::Revise { .. } => (MARKETPLACE, "revise"),
            Call::Close { .. } => (MARKETPLACE, "close"),
            Call::Order { .. } => (MARKETPLACE, "order"),
            Call::Deliver { .. } => (MARKETPLACE, "deliver"),
            Call::Settle { .. } => (MARKETPLACE, "settle"),
            Call::Expire { .. } => (MARKETPLACE, "expire"),
            Call::Forget { .. } => (MARKETPLACE, "forget"),
            Call::Dispute { .. } => (MARKETPLACE, "dispute"),
            Call::Refund { .. } => (MARKETPLACE, "refund"),
            Call::ReleaseOfferBond { .. } => (MARKETPLACE, "release_bond"),
            Call::Rate { .. } => (REPUTATION, "rate"),
            Call::Attest { .. } => (ATTESTATION, "attest"),
            Call::AdmitAuditor { .. } | Call::DismissAuditor { .. } => (SUDO, "sudo"),
            Call::Transfer { .. } => (BALANCES, "transfer_keep_alive"),
        }
    }

    /// The names of the arguments in the order in which [`Call::arguments`] writes them.
    pub(crate) fn argument_names(&self) -> &'static [&'static str] {
        match self {
            Call::RegisterGateway { .. } | Call::UpdateGateway { .. } => &["key", "pipelines", "endpoint"],
            Call::RetireGateway => &[],
            Call::ReleaseBond { .. } => &["gateway"],
            Call::RegisterRecord { .. } => &["statement", "signature"],
            Call::WithdrawRecord { .. } | Call::EraseRecord { .. } => &["record"],
            Call::Offer { .. } => &[
                "nonce",
                "record",
                "content",
                "key",
                "price",
                "licence",
                "deliver_within",
                "dispute_within",
                "bond",
            ],
            Call::Revise { .. } => &["offer", "price", "bond"],
            Call::Close { .. } | Call::ReleaseOfferBond { .. } => &["offer"],
            Call::Dispute { .. } => &["order", "evidence"],
            Call::Order { .. } => &["offer", "version", "blinded", "max_price", "licence"],
            Call::Deliver { .. } => &["order", "evaluated", "proof"],
            Call::Settle { .. } | Call::Expire { .. } | Call::Forget { .. } | Call::Refund { .. } => {
                &["order"]
            }
            Call::Rate { .. } => &["order", "good"],
            Call::Attest { .. } => &["record", "finding", "attestation"],
            Call::AdmitAuditor { .. } | Call::DismissAuditor { .. } => &["call"],
            Call::Transfer { .. } => &["dest", "value"],
        }
    }

    /// The SCALE bytes of the arguments, without the pallet's and the call's index.
    pub(crate) fn arguments(&self) -> Vec<u8> {
        match self {
            Call::RegisterGateway {
                key,
                pipelines,
                endpoint,
            }
            | Call::UpdateGateway {
                key,
                pipelines,
                endpoint,
            } => (key, pipelines, endpoint.as_bytes()).encode(),
            Call::RetireGateway => Vec::new(),
            Call::ReleaseBond { gateway } => gateway.encode(),
            Call::RegisterRecord { statement, signature } => (statement, signature).encode(),
            Call::WithdrawRecord { record } | Call::EraseRecord { record } => record.encode(),
            Call::Offer {
                nonce,
                record,
                content,
                key,
                price,
                licence,
                deliver_within,
                dispute_within,
                bond,
            } => (
                nonce,
                record,
                content,
                key,
                price,
                licence,
                deliver_within,
                dispute_within,
                bond,
            )
                .encode(),
            Call::Revise { offer, price, bond } => (offer, price, bond).encode(),
            Call::Close { offer } | Call::ReleaseOfferBond { offer } => offer.encode(),
            Call::Dispute { order, evidence } => (order, evidence).encode(),
            Call::Order {
                offer,
                version,
                blinded,
                max_price,
                licence,
            } => (offer, version, blinded, max_price, licence).encode(),
            Call::Deliver {
                order,
                evaluated,
                proof,
            } => (order, evaluated, proof).encode(),
            Call::Settle { order }
            | Call::Expire { order }
            | Call::Forget { order }
            | Call::Refund { order } => order.encode(),
            Call::Rate { order, good } => (order, good).encode(),
            Call::Attest {
                record,
                finding,
                attestation,
            } => (record, finding, attestation).encode(),
            // A call in a call: the indices of pallet and call, then its arguments.
            Call::AdmitAuditor { auditor } => (23u8, 0u8, auditor).encode(),
            Call::DismissAuditor { auditor } => (23u8, 1u8, auditor).encode(),
            // `MultiAddress::Id` is variant 0.
            Call::Transfer { to, amount } => (0u8, to, Compact(*amount)).encode(),
        }
    }

    /// One call of every kind, with short arguments: what [`crate::layout`] compares with a node's metadata.
    pub(crate) fn samples() -> Vec<Call> {
        use vouchsafe_protocol::record::{Grade, Parent, Parents};
        let (record, offer, order) = (RecordId([1; 32]), OfferId([2; 32]), OrderId([3; 32]));
        let (digest, account, point) = (Digest([4; 32]), Account([5; 32]), Point([6; 32]));
        let content = Content {
            root: digest,
            chunks: 1,
            bytes: 2,
        };
        let statement = Statement {
            owner: account,
            gateway: account,
            content,
            input: digest,
            report: digest,
            metrics_root: digest,
            items: 1,
            metadata: digest,
            grade: Grade::Disguised,
            parents: Parents::truncate_from(vec![Parent { record, share_ppm: 1 }]),
        };
        let evidence = Evidence {
            blind: [1; 32],
            index: 2,
            leaf: Leaf {
                len: 3,
                ciphertext: digest,
                commitment: digest,
            },
            path: vec![digest].try_into().unwrap_or_default(),
            ciphertext: vec![4].try_into().unwrap_or_default(),
        };
        let endpoint = String::from("http://gateway.example");
        vec![
            Call::RegisterGateway {
                key: [7; 32],
                pipelines: vec![digest],
                endpoint: endpoint.clone(),
            },
            Call::UpdateGateway {
                key: [7; 32],
                pipelines: vec![digest],
                endpoint,
            },
            Call::RetireGateway,
            Call::ReleaseBond { gateway: account },
            Call::RegisterRecord {
                statement: Box::new(statement),
                signature: [8; 64],
            },
            Call::WithdrawRecord { record },
            Call::EraseRecord { record },
            Call::Offer {
                nonce: 1,
                record,
                content,
                key: point,
                price: 2,
                licence: digest,
                deliver_within: 3,
                dispute_within: 4,
                bond: 5,
            },
            Call::Revise {
                offer,
                price: 1,
                bond: 2,
            },
            Call::Close { offer },
            Call::Order {
                offer,
                version: 0,
                blinded: point,
                max_price: 1,
                licence: digest,
            },
            Call::Deliver {
                order,
                evaluated: point,
                proof: [9; 64],
            },
            Call::Settle { order },
            Call::Expire { order },
            Call::Forget { order },
            Call::Dispute {
                order,
                evidence: Box::new(evidence),
            },
            Call::Refund { order },
            Call::ReleaseOfferBond { offer },
            Call::Rate { order, good: true },
            Call::Attest {
                record: RecordId([1; 32]),
                finding: Finding::PrivacyMiss {
                    item: 1,
                    class: Class::Metadata,
                },
                attestation: Digest([1; 32]),
            },
            Call::AdmitAuditor { auditor: account },
            Call::DismissAuditor { auditor: account },
            Call::Transfer {
                to: account,
                amount: 1,
            },
        ]
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
