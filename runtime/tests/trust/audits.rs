//! Auditors look again, and agree.

use crate::{market::*, seller};
use frame_support::{assert_noop, assert_ok};
use pallet_marketplace::{OfferStatus, Offers, Orders};
use pallet_reputation::runtime_api::runtime_decl_for_trust_api::TrustApi;
use sp_keyring::Ed25519Keyring::{Alice, Charlie};
use sp_runtime::{DispatchError, DispatchResult};
use vouchsafe_protocol::{
    attestation::Class,
    finding::Finding,
    id::{Digest, RecordId},
    order::{Outcome, Stage},
    trust::{Amount, Modality, Role, UNIT, units},
};
use vouchsafe_runtime::{AccountId, Attestation, Balances, Marketplace, Provenance, Runtime, RuntimeOrigin};

type AuditError = pallet_attestation::Error<Runtime>;
type LogError = pallet_provenance::Error<Runtime>;

const FACE: Finding = Finding::PrivacyMiss {
    item: 0,
    class: Class::Face,
};

/// The `n`-th auditor, admitted.
fn auditor(n: u8) -> AccountId {
    let who = AccountId::new([200 + n; 32]);
    assert_ok!(Attestation::admit(RuntimeOrigin::root(), who.clone()));
    who
}

fn attest(who: &AccountId, record: RecordId, finding: Finding) -> DispatchResult {
    Attestation::attest(signed(who), record, finding, Digest([5; 32]))
}

fn record_of(listing: &Listing) -> RecordId {
    Offers::<Runtime>::get(listing.offer).unwrap().record
}

#[test]
fn two_who_find_a_lot_clean_lift_seller_and_gateway() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let (ada, ben) = (auditor(1), auditor(2));
        assert_ok!(attest(&ada, record_of(&listing), Finding::Clean));
        assert_eq!(seller(Alice).standing.audits, Amount::default());
        assert_ok!(attest(&ben, record_of(&listing), Finding::Clean));
        let one = Amount { r: UNIT, s: 0 };
        assert_eq!(seller(Alice).standing.audits, one);
        let gateway = Runtime::trust(Charlie.to_account_id(), Role::Gateway, Modality::Any);
        assert_eq!((gateway.content, gateway.privacy), (one, one));
        for who in [ada, ben] {
            let auditor = Runtime::trust(who, Role::Auditor, Modality::Any);
            assert_eq!(auditor.standing.audits, one);
        }
    });
}

#[test]
fn a_face_that_two_see_freezes_the_offer_and_nobody_loses_a_planck_by_it() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let (early, waiting) = (buyer(1), buyer(2));
        let delivered = buy(&listing, &early, 0);
        let before = Balances::free_balance(&waiting);
        let (placed, _) = place(&listing, &waiting, 0).unwrap();
        let (ada, ben) = (auditor(1), auditor(2));
        let record = record_of(&listing);
        assert_ok!(attest(&ada, record, FACE));
        assert!(Provenance::live(&record).is_some(), "one may be wrong");
        assert_ok!(attest(&ben, record, FACE));

        assert!(Provenance::live(&record).is_none());
        let offer = Offers::<Runtime>::get(listing.offer).unwrap();
        assert!(matches!(offer.status, OfferStatus::Halted { .. }));
        assert_eq!(offer.bond, 15 * PRICE);
        assert!(place(&listing, &buyer(3), 0).is_err());

        // Who waits is refunded to the planck, but for the deposit of the stored order, which comes back too.
        assert_ok!(Marketplace::refund(signed(&early), placed));
        let voided = Orders::<Runtime>::get(placed).unwrap().stage;
        assert_eq!(voided, Stage::Closed(Outcome::Voided));
        assert_ok!(Marketplace::forget(signed(&waiting), placed));
        assert_eq!(Balances::free_balance(&waiting), before);
        // What was delivered is paid.
        settle(&delivered);

        let after = seller(Alice);
        assert!(units(3) - after.content.s < UNIT / 1_000);
        assert!(after.standing.frozen && after.headline.flagged);
        let gateway = Runtime::trust(Charlie.to_account_id(), Role::Gateway, Modality::Any);
        // Ten blocks and more have passed over it.
        assert!(units(8) - gateway.privacy.s < UNIT / 1_000);
        assert!(gateway.strikes > UNIT / 1_000 * 999 && gateway.headline.flagged);
        assert_eq!(gateway.headline.score, 0);
    });
}

#[test]
fn who_sells_vouches_or_has_rated_does_not_audit() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let record = record_of(&listing);
        for party in [Alice.to_account_id(), Charlie.to_account_id()] {
            assert_ok!(Attestation::admit(RuntimeOrigin::root(), party.clone()));
            assert_noop!(attest(&party, record, Finding::Clean), LogError::Interested);
        }
        let friend = buyer(1);
        assert_ok!(Attestation::admit(RuntimeOrigin::root(), friend.clone()));
        let purchase = buy(&listing, &friend, 0);
        settle(&purchase);
        assert_ok!(rate(&purchase, true));
        assert_noop!(attest(&friend, record, Finding::Clean), AuditError::Conflicted);
        let stranger = buyer(2);
        assert_noop!(attest(&stranger, record, Finding::Clean), AuditError::NotAuditor);
        assert_noop!(
            Attestation::admit(signed(&friend), stranger),
            DispatchError::BadOrigin
        );
    });
}
