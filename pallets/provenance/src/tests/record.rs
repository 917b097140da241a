//! Stories of records, and every refusal that they can meet.

use crate::{Error, Event, HoldReason, LiveRecord, Record, RecordStatus, Records, mock::*};
use frame_support::{assert_noop, assert_ok};
use sp_core::Pair;
use sp_runtime::{DispatchError, DispatchResult, TokenError};
use vouchsafe_protocol::{
    id::{Genesis, RecordId},
    log::Fact,
    record::{Content, MAX_PARENTS, Statement},
    royalty::{MAX_DEPTH, Royalties},
};

/// The owner sends what the gateway says, signed with the gateway's key from the builder.
fn try_register(statement: &Statement) -> DispatchResult {
    let signature = sign(statement, &gate_key(&statement.gateway.0.into()));
    Provenance::register_record(
        signed(statement.owner.0.into()),
        Box::new(statement.clone()),
        signature,
    )
}

fn with_gateway(story: impl FnOnce()) {
    ExtBuilder::default().gateway(GATE).build_and_execute(story);
}

#[test]
fn an_owner_registers_what_the_gateway_signed_and_pays_the_deposit() {
    with_gateway(|| {
        run_blocks(4);
        let statement = statement(CITY, GATE, 1);
        let (key, signature) = (gate_key(&GATE), sign(&statement, &gate_key(&GATE)));
        let record = id_of(&statement);
        assert_ok!(Provenance::register_record(
            signed(CITY),
            Box::new(statement.clone()),
            signature
        ));

        assert_eq!((free(&CITY), held(&CITY)), (START - DEPOSIT, (0, DEPOSIT)));
        assert_eq!(
            (free(&GATE), held(&GATE)),
            (START - BOND, (BOND, 0)),
            "the gateway pays nothing"
        );
        let row = Record {
            statement: statement.clone(),
            key: key.public().0,
            signature,
            registered_at: 5,
            status: RecordStatus::Live,
            deposit: DEPOSIT,
            royalties: Royalties::default(),
        };
        assert_eq!(Records::<Test>::get(record), Some(row));
        assert_eq!(
            Provenance::live(&record),
            Some(LiveRecord {
                owner: CITY,
                gateway: GATE,
                content: statement.content
            })
        );
        let registered = Event::RecordRegistered {
            record,
            owner: CITY,
            gateway: GATE,
            statement: Box::new(statement),
            key: key.public().0,
            signature,
            deposit: DEPOSIT,
        };
        assert_eq!(
            events(),
            [
                held_event(HoldReason::RecordDeposit, CITY, DEPOSIT),
                registered.into(),
                log_event(0, record, Fact::Registered { key: key.public().0 }),
            ]
        );
    });
}

#[test]
fn an_owner_withdraws_and_the_trail_stays_readable_and_paid_for() {
    with_gateway(|| {
        let record = register(&statement(CITY, GATE, 1));
        let before = Records::<Test>::get(record).unwrap();
        events();
        run_blocks(6);
        assert_ok!(Provenance::withdraw_record(signed(CITY), record));

        let status = RecordStatus::Withdrawn { at: 7 };
        assert_eq!(Records::<Test>::get(record), Some(Record { status, ..before }));
        assert_eq!(Provenance::live(&record), None);
        assert_eq!((free(&CITY), held(&CITY)), (START - DEPOSIT, (0, DEPOSIT)));
        let withdrawn = Event::RecordWithdrawn { record, owner: CITY };
        assert_eq!(
            events(),
            [withdrawn.into(), log_event(1, record, Fact::Withdrawn)]
        );
    });
}

#[test]
fn a_laboratory_derives_from_eight_parents_of_the_citys() {
    with_gateway(|| {
        let parents: Vec<(RecordId, u32)> = (0..MAX_PARENTS as u8)
            .map(|n| (register(&statement(CITY, GATE, n)), 125_000))
            .collect();
        events();
        let child = derived(statement(LAB, GATE, 100), &parents);
        let record = register(&child);

        assert_eq!((free(&LAB), held(&LAB)), (START - DEPOSIT, (0, DEPOSIT)));
        assert_eq!(
            (free(&CITY), held(&CITY)),
            (START - 8 * DEPOSIT, (0, 8 * DEPOSIT))
        );
        assert_eq!(Records::<Test>::get(record).unwrap().statement, child);
        assert_eq!(events().len(), 3, "deposit held, record registered, log appended");

        // The child keeps standing when a parent goes.
        assert_ok!(Provenance::withdraw_record(signed(CITY), parents[0].0));
        assert!(Provenance::live(&record).is_some());
    });
}

#[test]
fn a_record_outlives_its_gateways_key_and_its_gateway() {
    with_gateway(|| {
        let first = register(&statement(CITY, GATE, 1));
        let new_key = key(42);
        let update =
            Provenance::update_gateway(signed(GATE), new_key.public().0, pipelines(&[1]), endpoint());
        assert_ok!(update);
        assert_eq!(
            Records::<Test>::get(first).unwrap().key,
            gate_key(&GATE).public().0
        );

        let second = statement(CITY, GATE, 2);
        let signature = sign(&second, &new_key);
        assert_ok!(Provenance::register_record(
            signed(CITY),
            Box::new(second.clone()),
            signature
        ));
        assert_eq!(
            Records::<Test>::get(id_of(&second)).unwrap().key,
            new_key.public().0
        );

        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        run_blocks(COOL_OFF + 1);
        assert_ok!(Provenance::release_bond(signed(ANYONE), GATE));
        assert!(Provenance::live(&first).is_some());
        assert_ok!(Provenance::withdraw_record(signed(CITY), first));
    });
}

#[test]
fn a_later_change_of_the_deposit_leaves_earlier_records_alone() {
    with_gateway(|| {
        register(&statement(CITY, GATE, 1));
        RecordDeposit::set(5 * DEPOSIT);
        register(&statement(CITY, GATE, 2));
        assert_eq!(held(&CITY), (0, 6 * DEPOSIT));
        RecordDeposit::set(DEPOSIT);
    });
}

#[test]
fn refuses_an_owner_who_is_not_the_statements() {
    with_gateway(|| {
        let says = statement(CITY, GATE, 1);
        let signature = sign(&says, &gate_key(&GATE));
        for stranger in [LAB, GATE] {
            let call =
                Provenance::register_record(signed(stranger.clone()), Box::new(says.clone()), signature);
            assert_noop!(call, Error::<Test>::NotOwner);
        }
        let record = register(&says);
        for stranger in [LAB, GATE] {
            assert_noop!(
                Provenance::withdraw_record(signed(stranger), record),
                Error::<Test>::NotOwner
            );
        }
    });
}

#[test]
fn refuses_a_statement_by_an_unknown_gateway() {
    with_gateway(|| {
        assert_noop!(
            try_register(&statement(CITY, OTHER_GATE, 1)),
            Error::<Test>::UnknownGateway
        );
    });
}

#[test]
fn refuses_a_statement_by_a_retired_gateway_from_the_same_block_on() {
    with_gateway(|| {
        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        assert_noop!(
            try_register(&statement(CITY, GATE, 1)),
            Error::<Test>::GatewayRetired
        );
        run_blocks(COOL_OFF + 1);
        assert_noop!(
            try_register(&statement(CITY, GATE, 1)),
            Error::<Test>::GatewayRetired
        );
        assert_ok!(Provenance::release_bond(signed(ANYONE), GATE));
        assert_noop!(
            try_register(&statement(CITY, GATE, 1)),
            Error::<Test>::UnknownGateway
        );
    });
}

#[test]
fn refuses_a_signature_that_the_gateways_key_did_not_make_over_these_bytes() {
    ExtBuilder::default()
        .gateway(GATE)
        .gateway(OTHER_GATE)
        .build_and_execute(|| {
            let says = statement(CITY, GATE, 1);
            let elsewhere = says.signing_bytes(&Genesis([70; 32]));
            let mut flipped = sign(&says, &gate_key(&GATE));
            flipped[63] ^= 1;
            let signatures = [
                ("all zero", [0; 64]),
                ("one bit flipped", flipped),
                ("another gateway's", sign(&says, &gate_key(&OTHER_GATE))),
                (
                    "over another statement",
                    sign(&statement(CITY, GATE, 2), &gate_key(&GATE)),
                ),
                ("for another chain", gate_key(&GATE).sign(&elsewhere).0),
            ];
            for (which, signature) in signatures {
                let call = Provenance::register_record(signed(CITY), Box::new(says.clone()), signature);
                assert_eq!(call, Err(Error::<Test>::BadSignature.into()), "{which}");
            }
            assert_eq!(Records::<Test>::count(), 0);
        });
}

#[test]
fn refuses_the_signature_of_a_key_that_the_gateway_has_replaced() {
    with_gateway(|| {
        let new_key = key(42).public().0;
        assert_ok!(Provenance::update_gateway(
            signed(GATE),
            new_key,
            pipelines(&[1]),
            endpoint()
        ));
        assert_noop!(
            try_register(&statement(CITY, GATE, 1)),
            Error::<Test>::BadSignature
        );
    });
}

#[test]
fn refuses_to_register_a_statement_twice_even_after_it_was_withdrawn() {
    with_gateway(|| {
        let says = statement(CITY, GATE, 1);
        let record = register(&says);
        assert_noop!(try_register(&says), Error::<Test>::RecordExists);
        assert_ok!(Provenance::withdraw_record(signed(CITY), record));
        assert_noop!(try_register(&says), Error::<Test>::RecordExists);
    });
}

#[test]
fn refuses_to_withdraw_an_unknown_record() {
    with_gateway(|| {
        let record = RecordId([7; 32]);
        assert_noop!(
            Provenance::withdraw_record(signed(CITY), record),
            Error::<Test>::UnknownRecord
        );
        assert_eq!(Provenance::live(&record), None);
    });
}

#[test]
fn refuses_to_withdraw_twice() {
    with_gateway(|| {
        let record = register(&statement(CITY, GATE, 1));
        assert_ok!(Provenance::withdraw_record(signed(CITY), record));
        run_blocks(1);
        assert_noop!(
            Provenance::withdraw_record(signed(CITY), record),
            Error::<Test>::AlreadyWithdrawn
        );
    });
}

#[test]
fn refuses_content_that_no_dataset_has() {
    with_gateway(|| {
        let of = |chunks: u32, bytes: u64, items: u32| {
            let says = statement(CITY, GATE, 1);
            Statement {
                content: Content {
                    chunks,
                    bytes,
                    ..says.content
                },
                items,
                ..says
            }
        };
        let impossible = [
            ("no chunk", of(0, 0, 0)),
            ("no item", of(1, 1, 0)),
            ("no byte", of(1, 0, 1)),
            ("a byte more than the chunks hold", of(2, 2 * 65_536 + 1, 1)),
            ("a chunk without a byte", of(3, 2, 1)),
            ("an item without a chunk", of(2, 100, 3)),
            ("more chunks than 2^20", of((1 << 20) + 1, 1 << 35, 1)),
            ("more items than 10,001", of(20_000, 1 << 28, 10_002)),
            ("numbers that overflow", of(u32::MAX, u64::MAX, u32::MAX)),
        ];
        for (which, says) in impossible {
            assert_eq!(
                try_register(&says),
                Err(Error::<Test>::ImpossibleContent.into()),
                "{which}"
            );
        }
        assert_eq!(Records::<Test>::count(), 0);
        for (chunks, bytes, items) in [(1, 1, 1), (1, 65_536, 1), (2, 2, 2), (1 << 20, 1 << 36, 10_001)] {
            assert_ok!(try_register(&of(chunks, bytes, items)));
        }
    });
}

#[test]
fn refuses_an_unknown_parent() {
    with_gateway(|| {
        let known = register(&statement(CITY, GATE, 1));
        let child = derived(statement(LAB, GATE, 2), &[(known, 1), (RecordId([9; 32]), 1)]);
        assert_noop!(try_register(&child), Error::<Test>::UnknownParent);
    });
}

#[test]
fn refuses_a_withdrawn_parent() {
    with_gateway(|| {
        let (live, gone) = (
            register(&statement(CITY, GATE, 1)),
            register(&statement(CITY, GATE, 2)),
        );
        assert_ok!(Provenance::withdraw_record(signed(CITY), gone));
        let child = derived(statement(LAB, GATE, 3), &[(live, 1), (gone, 1)]);
        assert_noop!(try_register(&child), Error::<Test>::ParentWithdrawn);
    });
}

#[test]
fn refuses_a_parent_that_stands_twice() {
    with_gateway(|| {
        let (a, b) = (
            register(&statement(CITY, GATE, 1)),
            register(&statement(CITY, GATE, 2)),
        );
        let child = derived(statement(LAB, GATE, 3), &[(a, 1), (b, 1), (a, 2)]);
        assert_noop!(try_register(&child), Error::<Test>::DuplicateParent);
    });
}

#[test]
fn refuses_shares_beyond_the_whole_and_takes_exactly_the_whole() {
    with_gateway(|| {
        let (a, b) = (
            register(&statement(CITY, GATE, 1)),
            register(&statement(CITY, GATE, 2)),
        );
        let with = |one, two| derived(statement(LAB, GATE, 3), &[(a, one), (b, two)]);
        assert_noop!(
            try_register(&with(1_000_000, 1)),
            Error::<Test>::SharesExceedWhole
        );
        assert_noop!(try_register(&with(u32::MAX, 2)), Error::<Test>::SharesExceedWhole);
        assert_ok!(try_register(&with(999_999, 1)));
    });
}

/// Who shares in what `record` earns, and how much, parts per million.
fn payees(record: RecordId) -> Vec<([u8; 32], u32)> {
    let row = Records::<Test>::get(record).unwrap();
    row.royalties
        .payees
        .iter()
        .map(|royalty| (royalty.payee.0, royalty.share_ppm))
        .collect()
}

#[test]
fn a_record_knows_who_shares_in_what_it_earns() {
    with_gateway(|| {
        let photos = register(&statement(CITY, GATE, 1));
        assert_eq!(payees(photos), []);
        let labels = register(&derived(statement(LAB, GATE, 2), &[(photos, 200_000)]));
        assert_eq!(payees(labels), [(CITY.into(), 200_000)]);
        // The city's share of a net trained on the labels comes out of the laboratory's, and the city's own too.
        let net = register(&derived(
            statement(GATE, GATE, 3),
            &[(labels, 500_000), (photos, 10_000)],
        ));
        let mut expected = [(CITY.into(), 110_000), (LAB.into(), 400_000)];
        expected.sort();
        assert_eq!(payees(net), expected);
        assert_eq!(Provenance::royalties(&net).depth, 2);
    });
}

#[test]
fn refuses_a_record_too_many_generations_below_its_first_ancestor() {
    with_gateway(|| {
        let mut youngest = register(&statement(CITY, GATE, 0));
        for generation in 1..=MAX_DEPTH {
            youngest = register(&derived(
                statement(CITY, GATE, generation),
                &[(youngest, 500_000)],
            ));
        }
        let one_more = derived(statement(CITY, GATE, 99), &[(youngest, 500_000)]);
        assert_noop!(try_register(&one_more), Error::<Test>::TooDeep);
    });
}

#[test]
fn refuses_a_record_that_more_would_share_in_than_a_settlement_can_pay() {
    with_gateway(|| {
        // Three families of six owners each, then one record of all three.
        let owner = |n: u8| AccountId::from([0x40 + n; 32]);
        let family = |from: u8| {
            let parents: Vec<_> = (from..from + 6)
                .map(|n| {
                    assert_ok!(Balances::transfer_allow_death(signed(LAB), owner(n), 2 * DEPOSIT));
                    (register(&statement(owner(n), GATE, n)), 100_000)
                })
                .collect();
            register(&derived(statement(LAB, GATE, 100 + from), &parents))
        };
        let (first, second, third) = (family(0), family(6), family(12));
        let two = derived(statement(CITY, GATE, 200), &[(first, 300_000), (second, 300_000)]);
        assert_eq!(
            payees(register(&two)).len(),
            13,
            "twelve owners and the laboratory"
        );
        let three = derived(
            statement(CITY, GATE, 201),
            &[(first, 300_000), (second, 300_000), (third, 300_000)],
        );
        assert_noop!(try_register(&three), Error::<Test>::TooManyPayees);
    });
}

#[test]
fn refuses_an_owner_who_cannot_pay_the_deposit() {
    with_gateway(|| {
        assert_noop!(
            try_register(&statement(POOR, GATE, 1)),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn refuses_calls_that_nobody_signed() {
    with_gateway(|| {
        let says = statement(CITY, GATE, 1);
        let signature = sign(&says, &gate_key(&GATE));
        let call = Provenance::register_record(RuntimeOrigin::none(), Box::new(says.clone()), signature);
        assert_noop!(call, DispatchError::BadOrigin);
        let record = register(&says);
        assert_noop!(
            Provenance::withdraw_record(RuntimeOrigin::none(), record),
            DispatchError::BadOrigin
        );
    });
}
