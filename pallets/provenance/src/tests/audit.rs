//! What auditors say of a record, and every refusal that they can meet.

use crate::{Error, Event, RecordStatus, Records, mock::*};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use vouchsafe_protocol::{
    attestation::Class,
    finding::{Agreement, Attested, Finding, MAX_ATTESTATIONS},
    id::{Account, Digest, RecordId},
    log::Fact,
};

const FACE: Finding = Finding::PrivacyMiss {
    item: 0,
    class: Class::Face,
};
const ATTESTATION: Digest = Digest([9; 32]);

/// The `n`-th auditor.
fn auditor(n: u8) -> AccountId {
    AccountId::new([0xD0 + n; 32])
}

fn attest(n: u8, record: RecordId, finding: Finding) -> Result<Attested<AccountId>, DispatchError> {
    Provenance::attest(&auditor(n), record, finding, ATTESTATION)
}

fn with_record(story: impl FnOnce(RecordId)) {
    ExtBuilder::default()
        .gateway(GATE)
        .build_and_execute(|| story(register(&statement(CITY, GATE, 1))));
}

#[test]
fn an_auditors_word_stands_in_the_log_and_changes_nothing_alone() {
    with_record(|record| {
        let said = attest(1, record, FACE).unwrap();
        assert_eq!(
            said,
            Attested {
                owner: CITY,
                gateway: GATE,
                agreement: Agreement::Alone,
                with: vec![],
                was_condemned: false,
                is_condemned: false,
            }
        );
        let facts: Vec<Fact> = Provenance::facts_of(&record).collect();
        let by = Account(auditor(1).into());
        let attested = Fact::Attested {
            by,
            finding: FACE,
            attestation: ATTESTATION,
        };
        assert_eq!(facts[1..], [attested]);
        assert!(Provenance::live(&record).is_some());
        assert_eq!(Provenance::condemned().count(), 0);
    });
}

#[test]
fn two_who_see_the_same_condemn_the_record_which_counts_as_withdrawn() {
    with_record(|record| {
        assert_ok!(attest(1, record, FACE));
        assert_ok!(attest(2, record, Finding::Clean));
        run_blocks(3);
        System::reset_events();
        let said = attest(3, record, FACE).unwrap();
        assert_eq!(
            (said.agreement, said.with),
            (Agreement::Reached, vec![auditor(1)])
        );
        assert_eq!((said.was_condemned, said.is_condemned), (false, true));
        let status = Records::<Test>::get(record).unwrap().status;
        assert_eq!(status, RecordStatus::Withdrawn { at: 4 });
        assert_eq!(Provenance::live(&record), None);
        assert_eq!(Provenance::condemned().collect::<Vec<_>>(), [(CITY, GATE)]);
        System::assert_last_event(
            Event::RecordCondemned {
                record,
                finding: FACE,
            }
            .into(),
        );
        assert_noop!(
            Provenance::withdraw_record(signed(CITY), record),
            Error::<Test>::AlreadyWithdrawn
        );
        let later = attest(4, record, FACE).unwrap();
        assert_eq!((later.agreement, later.was_condemned), (Agreement::Joined, true));
    });
}

#[test]
fn two_who_find_it_clean_leave_it_live() {
    with_record(|record| {
        assert_ok!(attest(1, record, Finding::Clean));
        let said = attest(2, record, Finding::Clean).unwrap();
        assert_eq!((said.agreement, said.is_condemned), (Agreement::Reached, false));
        assert!(Provenance::live(&record).is_some());
    });
}

#[test]
fn a_withdrawn_record_is_condemned_without_another_withdrawal() {
    with_record(|record| {
        assert_ok!(Provenance::withdraw_record(signed(CITY), record));
        run_blocks(3);
        assert_ok!(attest(1, record, FACE));
        assert_ok!(attest(2, record, FACE));
        let status = Records::<Test>::get(record).unwrap().status;
        assert_eq!(status, RecordStatus::Withdrawn { at: 1 });
        assert_eq!(Provenance::condemned().count(), 1);
    });
}

#[test]
fn nobody_audits_an_unknown_record_or_the_own_one() {
    with_record(|record| {
        assert_noop!(attest(1, RecordId([1; 32]), FACE), Error::<Test>::UnknownRecord);
        for interested in [CITY, GATE] {
            assert_noop!(
                Provenance::attest(&interested, record, FACE, ATTESTATION),
                Error::<Test>::Interested
            );
        }
    });
}

#[test]
fn an_item_that_the_record_does_not_have_is_refused() {
    with_record(|record| {
        let items = Records::<Test>::get(record).unwrap().statement.items;
        let beyond = Finding::FalseExact {
            item: items,
            metric: 0,
        };
        assert_noop!(attest(1, record, beyond), Error::<Test>::NoSuchItem);
        let last = Finding::FalseExact {
            item: items - 1,
            metric: 0,
        };
        assert_ok!(attest(1, record, last));
    });
}

#[test]
fn each_auditor_speaks_once_and_eight_in_all() {
    with_record(|record| {
        assert_ok!(attest(1, record, Finding::Clean));
        assert_noop!(attest(1, record, FACE), Error::<Test>::AlreadyAttested);
        for n in 2..=MAX_ATTESTATIONS as u8 {
            assert_ok!(attest(n, record, Finding::Clean));
        }
        assert_noop!(
            attest(MAX_ATTESTATIONS as u8 + 1, record, Finding::Clean),
            Error::<Test>::TooManyAttestations
        );
        // All else that can be said of it still fits.
        assert_ok!(Provenance::withdraw_record(signed(CITY), record));
        assert_ok!(Provenance::erase_record(signed(GATE), record));
        Provenance::note_fraud(
            &record,
            &vouchsafe_protocol::id::OfferId([1; 32]),
            &vouchsafe_protocol::id::OrderId([2; 32]),
            0,
        );
        let facts: Vec<Fact> = Provenance::facts_of(&record).collect();
        assert_eq!(facts.len(), 12);
        assert!(matches!(facts[11], Fact::FraudProven { .. }));
    });
}
