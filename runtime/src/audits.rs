//! The seams of audits: what auditors say stands in the provenance pallet's log, and halts what the marketplace sells.

use crate::{AccountId, Marketplace, Provenance};
use alloc::vec::Vec;
use frame_support::pallet_prelude::DispatchError;
use pallet_attestation::{Offers, Records};
use vouchsafe_protocol::{
    finding::{Attested, Finding},
    id::{Digest, RecordId},
};

/// The provenance pallet's log.
pub struct AuditedRecords;

impl Records<AccountId> for AuditedRecords {
    fn attest(
        by: &AccountId,
        record: RecordId,
        finding: Finding,
        attestation: Digest,
    ) -> Result<Attested<AccountId>, DispatchError> {
        Provenance::attest(by, record, finding, attestation)
    }

    fn owner(record: &RecordId) -> Option<AccountId> {
        pallet_provenance::Records::<crate::Runtime>::get(record).map(|row| row.statement.owner.0.into())
    }

    fn condemned() -> Vec<(AccountId, AccountId)> {
        Provenance::condemned().collect()
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn prepare(
        record: RecordId,
        earlier: &AccountId,
        finding: Finding,
        owner: &AccountId,
        gateway: &AccountId,
    ) {
        use pallet_marketplace::{Offer, OfferOf, OfferStatus, RecordSummary, Records as _};
        use vouchsafe_protocol::{attestation::Class, delivery::Point, id::OfferId, record::Content};

        use crate::{Runtime, records::RegisteredRecords};

        let content = Content {
            root: Digest([1; 32]),
            chunks: 1,
            bytes: 1,
        };
        let summary = RecordSummary {
            owner: owner.clone(),
            gateway: gateway.clone(),
            content,
        };
        RegisteredRecords::make_live(record, summary, Default::default());
        let id = OfferId([2; 32]);
        let offer = Offer {
            seller: owner.clone(),
            gateway: gateway.clone(),
            record,
            content,
            version: 0,
            key: Point([0; 32]),
            price: 1,
            licence: Digest([0; 32]),
            deliver_within: 1,
            dispute_within: 1,
            bond: 1,
            drawn: 0,
            status: OfferStatus::Open,
            open_orders: 0,
            settled: 0,
            refunded: 0,
            offered_at: 0,
        };
        pallet_marketplace::Offers::<Runtime>::insert(id, offer);
        OfferOf::<Runtime>::insert(record, id);
        // Six others have said something else before: the longest list that can still be decided.
        let spare = Finding::PrivacyMiss {
            item: 0,
            class: Class::Text,
        };
        for number in 0..6u8 {
            let auditor = AccountId::new([0xe0 + number; 32]);
            let said = if number == 0 { spare } else { Finding::Mismatch };
            let _ = Provenance::attest(&auditor, record, said, Digest([0; 32]));
        }
        let _ = Provenance::attest(earlier, record, finding, Digest([0; 32]));
    }
}

/// The marketplace.
pub struct AuditedOffers;

impl Offers for AuditedOffers {
    fn halt(record: &RecordId) {
        Marketplace::halt(record);
    }
}
