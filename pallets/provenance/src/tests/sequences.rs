//! Random sequences of calls and blocks: money is conserved and every invariant holds after each step.

use crate::{mock::*, try_state};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sp_core::Pair;
use sp_runtime::{StateVersion, traits::Dispatchable};
use std::{cell::RefCell, collections::BTreeMap};
use vouchsafe_protocol::id::{OfferId, OrderId, RecordId};

/// Who acts, by position. `POOR` can pay for neither bond nor deposit.
const PEOPLE: [AccountId; 5] = [GATE, OTHER_GATE, CITY, LAB, POOR];

/// One step. People, keys and earlier records are named by small numbers, so that steps meet one another.
#[derive(Clone, Debug)]
enum Step {
    Register {
        who: usize,
        key: u8,
    },
    Update {
        who: usize,
        key: u8,
    },
    Retire {
        who: usize,
    },
    Release {
        by: usize,
        who: usize,
    },
    /// `parents`: positions among the records so far, with shares.
    Record {
        owner: usize,
        gateway: usize,
        key: u8,
        number: u8,
        parents: Vec<(usize, u32)>,
    },
    Withdraw {
        by: usize,
        record: usize,
    },
    Erase {
        by: usize,
        record: usize,
    },
    /// The marketplace has seen a proof.
    Fraud {
        record: usize,
    },
    Wait {
        blocks: u32,
    },
}

/// Mostly two gateways and mostly one key, so that more than the first refusal is met.
fn step() -> impl Strategy<Value = Step> {
    let who = || prop_oneof![4 => 0..2_usize, 1 => 2..PEOPLE.len()];
    let owner = || 0..PEOPLE.len();
    let key = || prop_oneof![4 => Just(1_u8), 1 => Just(2_u8)];
    let parents = || vec((0_usize..4, 0_u32..600_000), 0..3);
    prop_oneof![
        4 => (who(), key()).prop_map(|(who, key)| Step::Register { who, key }),
        1 => (who(), key()).prop_map(|(who, key)| Step::Update { who, key }),
        1 => who().prop_map(|who| Step::Retire { who }),
        3 => (owner(), who()).prop_map(|(by, who)| Step::Release { by, who }),
        9 => (owner(), who(), key(), 0_u8..4, parents()).prop_map(
            |(owner, gateway, key, number, parents)| Step::Record { owner, gateway, key, number, parents }
        ),
        3 => (owner(), 0_usize..4).prop_map(|(by, record)| Step::Withdraw { by, record }),
        3 => (owner(), 0_usize..4).prop_map(|(by, record)| Step::Erase { by, record }),
        1 => (0_usize..4).prop_map(|record| Step::Fraud { record }),
        3 => (1_u32..=COOL_OFF + 2).prop_map(|blocks| Step::Wait { blocks }),
    ]
}

/// The call of a step, its origin and its name; `None` for a step that is no call and has happened.
fn call(
    step: &Step,
    records: &[RecordId],
) -> Option<(&'static str, AccountId, RuntimeCall, Option<RecordId>)> {
    use crate::Call::*;
    let record = |position: usize| records.get(position).copied().unwrap_or(RecordId([0; 32]));
    let public = |number: u8| key(number).public().0;
    let (name, origin, call) = match step {
        &Step::Register { who, key } => {
            let call = register_gateway {
                key: public(key),
                pipelines: pipelines(&[key]),
                endpoint: endpoint(),
            };
            ("register", who, call)
        }
        &Step::Update { who, key } => {
            let call = update_gateway {
                key: public(key),
                pipelines: pipelines(&[]),
                endpoint: endpoint(),
            };
            ("update", who, call)
        }
        &Step::Retire { who } => ("retire", who, retire_gateway {}),
        &Step::Release { by, who } => (
            "release",
            by,
            release_bond {
                gateway: PEOPLE[who].clone(),
            },
        ),
        Step::Record {
            owner,
            gateway,
            key: signer,
            number,
            parents,
        } => {
            let parents: Vec<_> = parents.iter().map(|&(at, share)| (record(at), share)).collect();
            let says = statement(PEOPLE[*owner].clone(), PEOPLE[*gateway].clone(), *number);
            let says = derived(says, &parents);
            let signature = sign(&says, &key(*signer));
            let id = id_of(&says);
            let call = register_record {
                statement: Box::new(says),
                signature,
            };
            return Some(("record", PEOPLE[*owner].clone(), call.into(), Some(id)));
        }
        &Step::Withdraw { by, record: at } => ("withdraw", by, withdraw_record { record: record(at) }),
        &Step::Erase { by, record: at } => ("erase", by, erase_record { record: record(at) }),
        &Step::Fraud { record: at } => {
            if let Some(record) = records.get(at) {
                Provenance::note_fraud(record, &OfferId([1; 32]), &OrderId([2; 32]), 3);
            }
            return None;
        }
        &Step::Wait { blocks } => {
            run_blocks(blocks);
            return None;
        }
    };
    Some((name, PEOPLE[origin].clone(), call.into(), None))
}

#[test]
fn money_is_conserved_and_the_invariants_hold_after_every_step() {
    let accepted = RefCell::new(BTreeMap::<&'static str, u32>::new());
    let config = Config {
        cases: 192,
        failure_persistence: None,
        ..Config::default()
    };
    // The same sequences every time: a failure here is a failure everywhere.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner
        .run(&vec(step(), 1..80), |steps| {
            ExtBuilder::default().build().execute_with(|| {
                let mut records = Vec::new();
                let issuance = Balances::total_issuance();
                for step in &steps {
                    let Some((name, who, call, record)) = call(step, &records) else {
                        continue;
                    };
                    let before = sp_io::storage::root(StateVersion::V1);
                    match call.dispatch(signed(who)) {
                        Ok(_) => {
                            records.extend(record);
                            *accepted.borrow_mut().entry(name).or_default() += 1;
                        }
                        Err(_) => {
                            prop_assert_eq!(sp_io::storage::root(StateVersion::V1), before, "a refusal wrote")
                        }
                    }
                    prop_assert_eq!(Balances::total_issuance(), issuance);
                    for who in PEOPLE {
                        let start = if who == POOR { UNIT } else { START };
                        let (bond, deposit) = held(&who);
                        prop_assert_eq!(free(&who) + bond + deposit, start, "nobody pays anybody");
                    }
                    try_state::check::<Test>()
                        .map_err(|broken| TestCaseError::fail(format!("{broken:?} after {step:?}")))?;
                }
                Ok(())
            })
        })
        .unwrap();
    let accepted = accepted.into_inner();
    for name in [
        "register", "update", "retire", "release", "record", "withdraw", "erase",
    ] {
        let times = accepted.get(name).copied().unwrap_or(0);
        assert!(
            times >= 10,
            "the sequences reached {name} {times} times only: {accepted:?}"
        );
    }
}
