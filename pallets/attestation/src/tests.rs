//! Stories of auditors, every refusal of this pallet, and each invariant broken once.

use crate::{Admission, Auditors, Condemned, CondemnedOf, Error, Event, mock::*, try_state};
use codec::Encode;
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use sp_runtime::DispatchError;
use vouchsafe_protocol::{attestation::Class, finding::Finding, id::Digest};

const FACE: Finding = Finding::PrivacyMiss {
    item: 7,
    class: Class::Face,
};
const FALSE: Finding = Finding::FalseExact { item: 7, metric: 1 };
const ATTESTATION: Digest = Digest([9; 32]);

fn attest(who: AccountId, number: u8, finding: Finding) -> DispatchResult {
    Attestation::attest(signed(who), record(number), finding, ATTESTATION)
}

fn decided() -> Vec<Finding> {
    System::events()
        .into_iter()
        .filter_map(|row| match row.event {
            RuntimeEvent::Attestation(Event::Decided { finding, .. }) => Some(finding),
            _ => None,
        })
        .collect()
}

#[test]
fn one_auditor_alone_moves_nothing() {
    execute(|| {
        for (number, finding) in [(1, Finding::Clean), (2, Finding::Mismatch), (3, FALSE), (4, FACE)] {
            assert_ok!(attest(ADA, number, finding));
        }
        assert_eq!(
            (Ledger::get(), Halted::get(), decided()),
            (vec![], vec![], vec![])
        );
    });
}

#[test]
fn two_who_find_a_record_clean_raise_those_behind_it_and_each_other() {
    execute(|| {
        assert_ok!(attest(ADA, 1, Finding::Clean));
        assert_ok!(attest(BEN, 1, Finding::Clean));
        let told = [
            Told::Agreed(ADA),
            Told::Agreed(BEN),
            Told::Audited(Finding::Clean, SOFIA, GATE),
        ];
        assert_eq!(Ledger::get(), told);
        assert_eq!(decided(), [Finding::Clean]);
        assert_eq!(CondemnedOf::<Test>::get(SOFIA), Condemned::default());
        assert!(Halted::get().is_empty());
        // The third says what is known: it counts for the third alone.
        assert_ok!(attest(CHLOE, 1, Finding::Clean));
        assert_eq!(Ledger::get()[3..], [Told::Agreed(CHLOE)]);
        assert_eq!(decided().len(), 1);
    });
}

#[test]
fn two_who_see_the_same_face_condemn_the_record_and_halt_its_offer() {
    for fault in [FACE, FALSE] {
        execute(|| {
            assert_ok!(attest(ADA, 1, Finding::Clean));
            assert_ok!(attest(BEN, 1, fault));
            assert!(Halted::get().is_empty());
            assert_ok!(attest(CHLOE, 1, fault));
            assert_eq!(Halted::get(), [record(1)]);
            assert_eq!(
                Ledger::get(),
                [
                    Told::Agreed(BEN),
                    Told::Agreed(CHLOE),
                    Told::Audited(fault, SOFIA, GATE)
                ]
            );
            let (seller, gateway) = (CondemnedOf::<Test>::get(SOFIA), CondemnedOf::<Test>::get(GATE));
            assert_eq!((seller.as_seller, seller.as_gateway), (1, 0));
            assert_eq!((gateway.as_seller, gateway.as_gateway), (0, 1));
        });
    }
}

#[test]
fn who_sees_another_item_does_not_agree() {
    execute(|| {
        assert_ok!(attest(ADA, 1, FACE));
        let other = Finding::PrivacyMiss {
            item: 8,
            class: Class::Face,
        };
        assert_ok!(attest(BEN, 1, other));
        assert!(Halted::get().is_empty() && Ledger::get().is_empty());
    });
}

#[test]
fn a_record_is_condemned_once_and_praised_no_more() {
    execute(|| {
        assert_ok!(Attestation::admit(RuntimeOrigin::root(), ANYONE));
        assert_ok!(attest(ADA, 1, FACE));
        assert_ok!(attest(BEN, 1, FACE));
        let before = Ledger::get().len();
        assert_ok!(attest(CHLOE, 1, Finding::Clean));
        assert_ok!(attest(ANYONE, 1, Finding::Clean));
        // They agreed with each other; nobody behind the record gains by it.
        assert_eq!(
            Ledger::get()[before..],
            [Told::Agreed(CHLOE), Told::Agreed(ANYONE)]
        );
        assert_eq!(CondemnedOf::<Test>::get(SOFIA).as_seller, 1);
        assert_eq!(Halted::get().len(), 1);
    });
}

#[test]
fn only_auditors_audit() {
    execute(|| {
        assert_noop!(attest(ANYONE, 1, FACE), Error::<Test>::NotAuditor);
        assert_ok!(Attestation::dismiss(RuntimeOrigin::root(), ADA));
        assert_noop!(attest(ADA, 1, FACE), Error::<Test>::NotAuditor);
        assert!(Log::get().is_empty());
    });
}

#[test]
fn who_has_dealt_with_the_owner_does_not_audit_them() {
    execute(|| {
        Dealt::set(vec![(SOFIA, ADA)]);
        assert_noop!(attest(ADA, 1, FACE), Error::<Test>::Conflicted);
        assert_ok!(attest(BEN, 1, FACE));
    });
}

#[test]
fn what_the_log_refuses_is_refused() {
    execute(|| {
        assert_ok!(attest(ADA, 1, FACE));
        assert_noop!(attest(ADA, 1, FACE), DispatchError::Other("has spoken before"));
    });
}

#[test]
fn only_the_admin_admits_and_dismisses() {
    execute(|| {
        assert_noop!(Attestation::admit(signed(ADA), ANYONE), DispatchError::BadOrigin);
        assert_noop!(Attestation::dismiss(signed(ADA), BEN), DispatchError::BadOrigin);
    });
}

#[test]
fn an_account_is_admitted_once_and_dismissed_once() {
    execute(|| {
        assert_noop!(
            Attestation::admit(RuntimeOrigin::root(), ADA),
            Error::<Test>::AlreadyAuditor
        );
        assert_ok!(Attestation::dismiss(RuntimeOrigin::root(), ADA));
        assert_noop!(
            Attestation::dismiss(RuntimeOrigin::root(), ADA),
            Error::<Test>::NotAuditor
        );
        System::assert_last_event(Event::AuditorDismissed { auditor: ADA }.into());
    });
}

#[test]
fn no_more_auditors_than_there_can_be() {
    execute(|| {
        assert_ok!(Attestation::admit(RuntimeOrigin::root(), ANYONE));
        System::assert_last_event(Event::AuditorAdmitted { auditor: ANYONE }.into());
        assert_eq!(Auditors::<Test>::get(ANYONE), Some(Admission { since: 1 }));
        assert_noop!(
            Attestation::admit(RuntimeOrigin::root(), 99),
            Error::<Test>::TooManyAuditors
        );
    });
}

#[test]
fn stored_shapes_keep_their_bytes() {
    assert_eq!(Admission { since: 0x0102_0304 }.encode(), [4, 3, 2, 1]);
    let condemned = Condemned {
        as_seller: 1,
        as_gateway: 2,
    };
    assert_eq!(condemned.encode(), [1, 0, 0, 0, 2, 0, 0, 0]);
}

/// What `try_state` says after somebody has written what no call writes.
fn broken(by: impl FnOnce()) -> DispatchError {
    new_test_ext().execute_with(|| {
        Attestation::admit(RuntimeOrigin::root(), ADA).unwrap();
        try_state::check::<Test>().unwrap();
        by();
        try_state::check::<Test>().unwrap_err()
    })
}

#[test]
fn invariant_1_notices_too_many_auditors() {
    let error = broken(|| {
        for who in 100..=100 + u64::from(MOST) {
            Auditors::<Test>::insert(who, Admission { since: 1 });
        }
    });
    assert_eq!(error, DispatchError::Other("1: more auditors than there can be"));
}

#[test]
fn invariant_2_notices_an_auditor_from_the_future() {
    let error = broken(|| Auditors::<Test>::insert(ADA, Admission { since: 2 }));
    assert_eq!(error, DispatchError::Other("2: an auditor from the future"));
}

#[test]
fn invariant_3_notices_a_count_that_no_record_bears_out() {
    let condemned = Condemned {
        as_seller: 1,
        as_gateway: 0,
    };
    let error = broken(|| CondemnedOf::<Test>::insert(SOFIA, condemned));
    assert_eq!(
        error,
        DispatchError::Other("3: counts differ from the condemned records")
    );
}
