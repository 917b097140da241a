//! Scores out of a bundle: computed from the evidence in the state, with the network off.

mod house;

use house::{GATEWAY, HEIGHT, House, OWNER, Plan, parameters};
use vouchsafe_audit::{Kind, Outcome, Reason, scores::NoScores};
use vouchsafe_protocol::trust::{
    Amount, Cell, Change, Facet, Modality, Role, UNIT, headline, lower, units, weaker,
};

/// Evidence as of height 100.
fn cell(good: u16, bad: u16) -> Cell {
    let parameters = parameters();
    let mut cell = Cell::default();
    if good > 0 {
        cell = cell.with(Change::Good(units(good)), 0, 100, &parameters);
    }
    if bad > 0 {
        let change = Change::Bad {
            units: units(bad),
            strike: true,
        };
        cell = cell.with(change, 0, 100, &parameters);
    }
    cell
}

fn known() -> Plan {
    Plan {
        evidence: vec![
            (Role::Seller, Facet::Delivery, Modality::Any, cell(18, 0)),
            (Role::Seller, Facet::Content, Modality::Image, cell(3, 0)),
            (Role::Seller, Facet::Opinion, Modality::Any, cell(12, 0)),
            (Role::Seller, Facet::Opinion, Modality::Video, cell(6, 0)),
            (Role::Gateway, Facet::Content, Modality::Any, cell(30, 0)),
            (Role::Gateway, Facet::Privacy, Modality::Any, cell(30, 8)),
        ],
        ..Plan::default()
    }
}

#[test]
fn scores_follow_from_the_cells_in_the_state_decayed_to_its_block() {
    let verdict = House::new(known()).verdict();
    assert!(verdict.is_good());
    let scores = verdict.facts.scores.unwrap();
    assert_eq!((scores.seller.account, scores.gateway.account), (OWNER, GATEWAY));
    let now = |cell: Cell| cell.decayed(HEIGHT, &parameters()).amount();
    let opinions = now(cell(12, 0)).plus(now(cell(6, 0)));
    assert_eq!(scores.seller.standing.opinions, opinions, "all kinds together");
    assert_eq!(scores.seller.standing.audits, now(cell(3, 0)));
    assert_eq!(scores.seller.standing.deliveries, now(cell(18, 0)));
    assert!(scores.seller.standing.audits.r < units(3), "it decays");
    assert_eq!(
        scores.seller.headline,
        headline(&scores.seller.standing, &parameters())
    );
    assert!(lower(units(21), 0) - scores.seller.headline.middle < 2);
    let gateway = scores.gateway.standing.audits;
    assert_eq!(gateway, weaker(now(cell(30, 0)), now(cell(30, 8))));
    assert!(scores.gateway.strikes > UNIT / 2);
    assert_eq!(
        scores.listing(),
        scores.seller.headline.score.min(scores.gateway.headline.score)
    );
    assert_eq!((scores.parameters, scores.formula), (1, 1));
    let said = "score was 82.5 %, the gateway&#39;s 62.5 %.";
    assert!(verdict.to_page().contains(said), "{}", verdict.to_page());
}

#[test]
fn of_who_is_unknown_nothing_is_known_and_nobody_is_warned_of() {
    let verdict = House::new(Plan::default()).verdict();
    assert_eq!(verdict.outcome(Kind::Scores), Some(&Outcome::Passed));
    let scores = verdict.facts.scores.unwrap();
    assert_eq!(scores.seller.standing.audits, Amount::default());
    assert_eq!(
        (scores.seller.headline.score, scores.seller.headline.known),
        (0, false)
    );
    assert!(verdict.to_page().contains("0 %, of whom little is known"));
}

#[test]
fn a_proven_fraud_or_a_condemned_record_is_a_finding_of_a_sound_bundle() {
    for (faults, seller, gateway) in [((1, 0), true, false), ((0, 1), false, true), ((2, 3), true, true)] {
        let verdict = House::new(Plan { faults, ..known() }).verdict();
        assert!(verdict.is_good());
        assert_eq!(
            verdict.outcome(Kind::Scores),
            Some(&Outcome::Finding(Reason::Flagged { seller, gateway }))
        );
    }
}

#[test]
fn a_bundle_that_shows_no_evidence_is_sound_and_has_no_scores() {
    let plan = Plan {
        scores_shown: false,
        ..known()
    };
    let verdict = House::new(plan).verdict();
    assert!(verdict.is_good());
    assert_eq!(verdict.facts.scores, None);
    let outcome = verdict.outcome(Kind::Scores);
    assert!(
        matches!(
            outcome,
            Some(Outcome::NotChecked(Reason::NoScores(NoScores::NotShown(_))))
        ),
        "{outcome:?}"
    );
}

#[test]
fn evidence_that_was_changed_is_not_taken_for_the_chains() {
    let house = House::new(known());
    let own: Vec<Vec<u8>> = house.bundle.state.iter().map(|node| node.to_vec()).collect();
    // Somebody else's evidence, proven under another root.
    let plan = Plan {
        evidence: vec![(Role::Seller, Facet::Content, Modality::Any, cell(60, 0))],
        ..Plan::default()
    };
    let foreign = House::new(plan);
    for at in 0..own.len() {
        let mut changed = House::new(known());
        let Some(other) = foreign
            .bundle
            .state
            .iter()
            .find(|node| own.iter().all(|known| known.as_slice() != node.as_slice()))
        else {
            panic!("both states are the same");
        };
        changed.bundle.state[at] = other.clone();
        let verdict = changed.verdict();
        assert!(!verdict.is_good(), "node {at}");
        assert_eq!(verdict.facts.scores, None);
    }
}
