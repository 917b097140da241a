//! When auditors agree, and what follows.

use Finding::{Clean, Mismatch};
use proptest::prelude::*;
use vouchsafe_protocol::{
    attestation::Class,
    finding::{Agreement, Finding, MAX_ATTESTATIONS, QUORUM, is_condemned},
    trust::Happening,
};

const FALSE: Finding = Finding::FalseExact { item: 4, metric: 2 };
const FACE: Finding = Finding::PrivacyMiss {
    item: 4,
    class: Class::Face,
};

#[test]
fn one_finding_decides_nothing_the_second_of_the_same_does_once() {
    for finding in [Clean, Mismatch, FALSE, FACE] {
        assert_eq!(finding.agreement(&[]), Agreement::Alone);
        assert_eq!(finding.agreement(&[finding]), Agreement::Reached);
        assert_eq!(finding.agreement(&[finding, finding]), Agreement::Joined);
        assert!(!is_condemned(&[finding]));
    }
}

#[test]
fn only_the_same_fault_of_the_same_item_counts_as_the_same() {
    let others = [
        Finding::FalseExact { item: 5, metric: 2 },
        Finding::FalseExact { item: 4, metric: 3 },
        FACE,
        Clean,
        Mismatch,
    ];
    assert_eq!(FALSE.agreement(&others), Agreement::Alone);
    assert_eq!(
        FACE.agreement(&[Finding::PrivacyMiss {
            item: 4,
            class: Class::Plate
        }]),
        Agreement::Alone
    );
    assert!(!is_condemned(&[FALSE, FACE, Clean, Mismatch]));
}

#[test]
fn faults_condemn_and_praise_and_blur_do_not() {
    for (finding, condemns, happening, item) in [
        (Clean, false, Happening::AuditClean, None),
        (Mismatch, false, Happening::AuditMismatch, None),
        (FALSE, true, Happening::AuditSerious, Some(4)),
        (FACE, true, Happening::PrivacyMiss, Some(4)),
    ] {
        assert_eq!(finding.is_fault(), condemns);
        assert_eq!(is_condemned(&[finding, finding]), condemns);
        assert_eq!(finding.happening(), happening);
        assert_eq!(finding.item(), item);
    }
}

fn finding() -> impl Strategy<Value = Finding> {
    prop_oneof![
        Just(Clean),
        Just(Mismatch),
        (0u32..3, 0u8..2).prop_map(|(item, metric)| Finding::FalseExact { item, metric }),
        (0u32..3, prop_oneof![Just(Class::Face), Just(Class::Plate)])
            .prop_map(|(item, class)| Finding::PrivacyMiss { item, class }),
    ]
}

proptest! {
    #[test]
    fn a_record_is_condemned_from_the_finding_that_reaches_a_fault_on_and_ever_after(
        findings in prop::collection::vec(finding(), 0..=MAX_ATTESTATIONS as usize),
    ) {
        let mut reached = false;
        for (at, finding) in findings.iter().enumerate() {
            let earlier = &findings[..at];
            prop_assert_eq!(is_condemned(earlier), reached);
            reached |= finding.is_fault() && finding.agreement(earlier) == Agreement::Reached;
        }
        prop_assert_eq!(is_condemned(&findings), reached);
    }

    #[test]
    fn each_finding_is_reached_at_most_once(
        findings in prop::collection::vec(finding(), 0..=MAX_ATTESTATIONS as usize),
    ) {
        let reached: Vec<Finding> = findings
            .iter()
            .enumerate()
            .filter(|(at, finding)| finding.agreement(&findings[..*at]) == Agreement::Reached)
            .map(|(_, finding)| *finding)
            .collect();
        for (at, finding) in reached.iter().enumerate() {
            prop_assert!(!reached[..at].contains(finding));
            prop_assert!(findings.iter().filter(|one| *one == finding).count() >= QUORUM);
        }
    }
}
