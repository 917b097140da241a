//! A small run of the simulation that `scripts/simulate exchange` plays at length.

#[path = "../examples/exchange/buyer.rs"]
mod buyer;
#[path = "../examples/exchange/buyers.rs"]
mod buyers;
#[path = "../examples/exchange/frauds.rs"]
mod frauds;
#[path = "../examples/exchange/goods.rs"]
mod goods;
#[path = "../examples/exchange/honest.rs"]
mod honest;
#[path = "../examples/exchange/ledger.rs"]
mod ledger;
#[path = "../examples/exchange/patience.rs"]
mod patience;
#[path = "../examples/exchange/people.rs"]
mod people;
#[path = "../examples/exchange/random.rs"]
mod random;
#[path = "../examples/exchange/report.rs"]
mod report;
#[path = "../examples/exchange/seller.rs"]
mod seller;
#[path = "../examples/exchange/sellers.rs"]
mod sellers;
#[path = "../examples/exchange/simulation.rs"]
mod simulation;
#[path = "../examples/exchange/stage.rs"]
mod stage;
#[path = "../examples/exchange/strategies.rs"]
mod strategies;
#[path = "../examples/exchange/world.rs"]
mod world;

use simulation::{Plan, run};

fn plan(seed: u64) -> Plan {
    Plan {
        honest: 60,
        frauds: 30,
        seed,
    }
}

#[test]
fn every_fraud_is_refunded_and_slashed_no_honest_unit_is_lost_and_no_strategy_pays() {
    let report = run(plan(7), |_| {});
    assert_eq!(report.breaches, [""; 0]);
    assert_eq!(report.profitable(), [""; 0], "\n{}", report.table());
    let tally = &report.tally;
    assert_eq!(
        (tally.honest_orders, tally.slashes_of_honest, tally.lost_units),
        (60, 0, 0)
    );
    assert_eq!((tally.frauds, tally.refunds, tally.slashes), (30, 30, 30));
    assert!(tally.refunded_orders > 30, "{tally:?}");
    assert!(report.ok(), "\n{}", report.table());
    assert!(report.summary().contains(r#""ok":true"#), "{}", report.summary());
}
