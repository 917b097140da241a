//! The seam between the two pallets: what the marketplace sells is what the provenance pallet has registered.

use crate::{AccountId, Provenance};
use pallet_marketplace::{RecordSummary, Records};
use vouchsafe_protocol::{
    id::{OfferId, OrderId, RecordId},
    royalty::Royalties,
};

/// Looks a record up in the provenance pallet.
pub struct RegisteredRecords;

impl Records<AccountId> for RegisteredRecords {
    fn live(record: &RecordId) -> Option<RecordSummary<AccountId>> {
        let live = Provenance::live(record)?;
        Some(RecordSummary {
            owner: live.owner,
            gateway: live.gateway,
            content: live.content,
        })
    }

    fn royalties(record: &RecordId) -> Royalties {
        Provenance::royalties(record)
    }

    fn note_fraud(record: &RecordId, offer: &OfferId, order: &OrderId, chunk: u32) {
        Provenance::note_fraud(record, offer, order, chunk);
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn make_live(record: RecordId, summary: RecordSummary<AccountId>, royalties: Royalties) {
        use crate::{Runtime, constants::RECORD_DEPOSIT};
        use pallet_provenance::{RecordStatus, Records};
        use vouchsafe_protocol::{
            id::{Account, Digest},
            record::{Grade, Statement},
        };

        let owner = Account(summary.owner.into());
        let none = Digest([0; 32]);
        let statement = Statement {
            owner,
            gateway: Account(summary.gateway.into()),
            content: summary.content,
            input: none,
            report: none,
            metrics_root: none,
            items: 1,
            metadata: none,
            grade: Grade::Anonymous,
            parents: Default::default(),
        };
        let row = pallet_provenance::Record {
            statement,
            key: [0; 32],
            signature: [0; 64],
            registered_at: 0,
            status: RecordStatus::Live,
            deposit: RECORD_DEPOSIT,
            royalties,
        };
        Records::<Runtime>::insert(record, row);
    }
}
