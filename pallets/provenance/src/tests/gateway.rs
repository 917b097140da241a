//! Stories of gateways, and every refusal that they can meet.

use crate::{Error, Event, Gateway, GatewayStatus, Gateways, HoldReason, MAX_PIPELINES, mock::*};
use frame_support::{assert_noop, assert_ok};
use sp_core::Pair;
use sp_runtime::{DispatchError, TokenError};

fn register_gate() {
    let key = gate_key(&GATE).public().0;
    assert_ok!(Provenance::register_gateway(
        signed(GATE),
        key,
        pipelines(&[1]),
        endpoint()
    ));
}

#[test]
fn a_gateway_registers_and_its_bond_is_on_hold() {
    ExtBuilder::default().build_and_execute(|| {
        let key = key(7).public().0;
        assert_ok!(Provenance::register_gateway(
            signed(GATE),
            key,
            pipelines(&[1, 2]),
            endpoint()
        ));

        assert_eq!(free(&GATE), START - BOND);
        assert_eq!(held(&GATE), (BOND, 0));
        let expected = Gateway {
            key,
            pipelines: pipelines(&[1, 2]),
            endpoint: endpoint(),
            status: GatewayStatus::Active,
            registered_at: 1,
            bond: BOND,
        };
        assert_eq!(Gateways::<Test>::get(GATE), Some(expected));
        let registered = Event::GatewayRegistered {
            gateway: GATE,
            key,
            pipelines: pipelines(&[1, 2]),
            endpoint: endpoint(),
            bond: BOND,
        };
        assert_eq!(
            events(),
            [held_event(HoldReason::GatewayBond, GATE, BOND), registered.into()]
        );
    });
}

#[test]
fn a_gateway_updates_what_it_declares_and_pays_nothing() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        run_blocks(5);
        let (key, place) = (key(8).public().0, url("http://10.0.0.7:8080/"));
        assert_ok!(Provenance::update_gateway(
            signed(GATE),
            key,
            pipelines(&[]),
            place.clone()
        ));

        assert_eq!((free(&GATE), held(&GATE)), (START - BOND, (BOND, 0)));
        let row = Gateways::<Test>::get(GATE).unwrap();
        assert_eq!((row.key, row.pipelines.len(), &row.endpoint), (key, 0, &place));
        assert_eq!(row.registered_at, 1, "the row is as old as before");
        let updated = Event::GatewayUpdated {
            gateway: GATE,
            key,
            pipelines: pipelines(&[]),
            endpoint: place,
        };
        assert_eq!(events(), [updated.into()]);
    });
}

#[test]
fn a_gateway_retires_and_gets_its_whole_bond_back_after_the_cool_off() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        let release_after = 1 + COOL_OFF;
        assert_eq!(
            Gateways::<Test>::get(GATE).unwrap().status,
            GatewayStatus::Retiring { release_after }
        );
        assert_eq!(held(&GATE), (BOND, 0), "the bond stays on hold meanwhile");
        assert_eq!(
            events(),
            [Event::GatewayRetired {
                gateway: GATE,
                release_after
            }
            .into()]
        );

        run_blocks(COOL_OFF);
        assert_noop!(
            Provenance::release_bond(signed(ANYONE), GATE),
            Error::<Test>::TooEarly
        );
        run_blocks(1);
        assert_ok!(Provenance::release_bond(signed(ANYONE), GATE));

        assert_eq!((free(&GATE), held(&GATE)), (START, (0, 0)));
        assert_eq!(free(&ANYONE), START, "who asks for it gets nothing");
        assert_eq!(Gateways::<Test>::get(GATE), None);
        let released = Event::BondReleased {
            gateway: GATE,
            bond: BOND,
        };
        assert_eq!(
            events(),
            [
                released_event(HoldReason::GatewayBond, GATE, BOND),
                released.into()
            ]
        );
    });
}

#[test]
fn a_released_gateway_may_register_again() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        run_blocks(COOL_OFF + 1);
        assert_ok!(Provenance::release_bond(signed(GATE), GATE));
        register_gate();
        assert_eq!(Gateways::<Test>::get(GATE).unwrap().registered_at, COOL_OFF + 2);
        assert_eq!((free(&GATE), held(&GATE)), (START - BOND, (BOND, 0)));
    });
}

#[test]
fn the_longest_declaration_fits() {
    ExtBuilder::default().build_and_execute(|| {
        let all: Vec<u8> = (0..MAX_PIPELINES as u8).collect();
        let longest = url(&format!("https://{}", "a".repeat(248)));
        assert_eq!(longest.len(), 256);
        assert_ok!(Provenance::register_gateway(
            signed(GATE),
            key(7).public().0,
            pipelines(&all),
            longest
        ));
    });
}

#[test]
fn refuses_to_register_a_gateway_twice() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        let again =
            || Provenance::register_gateway(signed(GATE), key(7).public().0, pipelines(&[1]), endpoint());
        assert_noop!(again(), Error::<Test>::GatewayExists);
        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        assert_noop!(again(), Error::<Test>::GatewayExists);
    });
}

#[test]
fn refuses_to_act_for_an_unknown_gateway() {
    ExtBuilder::default().build_and_execute(|| {
        let update = Provenance::update_gateway(signed(GATE), key(7).public().0, pipelines(&[1]), endpoint());
        assert_noop!(update, Error::<Test>::UnknownGateway);
        assert_noop!(
            Provenance::retire_gateway(signed(GATE)),
            Error::<Test>::UnknownGateway
        );
        assert_noop!(
            Provenance::release_bond(signed(GATE), GATE),
            Error::<Test>::UnknownGateway
        );
    });
}

#[test]
fn refuses_to_change_a_retired_gateway() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        run_blocks(3);
        let update = Provenance::update_gateway(signed(GATE), key(7).public().0, pipelines(&[1]), endpoint());
        assert_noop!(update, Error::<Test>::GatewayRetired);
        // A second retirement would move the end of the cool-off.
        assert_noop!(
            Provenance::retire_gateway(signed(GATE)),
            Error::<Test>::GatewayRetired
        );
    });
}

#[test]
fn refuses_to_release_the_bond_of_an_active_gateway() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        run_blocks(COOL_OFF + 1);
        assert_noop!(
            Provenance::release_bond(signed(GATE), GATE),
            Error::<Test>::GatewayActive
        );
    });
}

#[test]
fn refuses_to_release_the_bond_within_the_cool_off() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        run_blocks(COOL_OFF);
        assert_noop!(
            Provenance::release_bond(signed(GATE), GATE),
            Error::<Test>::TooEarly
        );
    });
}

#[test]
fn refuses_all_eight_keys_for_which_anybody_could_sign() {
    const SMALL_ORDER: [&str; 8] = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    ];
    ExtBuilder::default().gateway(OTHER_GATE).build_and_execute(|| {
        for key in SMALL_ORDER {
            let key = key.parse::<vouchsafe_protocol::id::Digest>().unwrap().0;
            let register = Provenance::register_gateway(signed(GATE), key, pipelines(&[1]), endpoint());
            assert_noop!(register, Error::<Test>::WeakKey);
            let update = Provenance::update_gateway(signed(OTHER_GATE), key, pipelines(&[1]), endpoint());
            assert_noop!(update, Error::<Test>::WeakKey);
        }
    });
}

#[test]
fn refuses_a_pipeline_that_stands_twice() {
    ExtBuilder::default().gateway(OTHER_GATE).build_and_execute(|| {
        let (key, twice) = (key(7).public().0, pipelines(&[1, 2, 1]));
        let register = Provenance::register_gateway(signed(GATE), key, twice.clone(), endpoint());
        assert_noop!(register, Error::<Test>::DuplicatePipeline);
        let update = Provenance::update_gateway(signed(OTHER_GATE), key, twice, endpoint());
        assert_noop!(update, Error::<Test>::DuplicatePipeline);
    });
}

#[test]
fn refuses_an_endpoint_that_is_no_url() {
    ExtBuilder::default().gateway(OTHER_GATE).build_and_execute(|| {
        let bad = [
            "",
            "https://",
            "http://",
            "ftp://a.example",
            "//a.example",
            "https://a b",
            "https://\u{e9}",
            "HTTPS://A",
        ];
        for endpoint in bad {
            let key = key(7).public().0;
            let register = Provenance::register_gateway(signed(GATE), key, pipelines(&[1]), url(endpoint));
            assert_noop!(register, Error::<Test>::BadEndpoint);
            let update = Provenance::update_gateway(signed(OTHER_GATE), key, pipelines(&[1]), url(endpoint));
            assert_noop!(update, Error::<Test>::BadEndpoint);
        }
    });
}

#[test]
fn refuses_a_gateway_that_cannot_pay_its_bond() {
    ExtBuilder::default().build_and_execute(|| {
        let register =
            Provenance::register_gateway(signed(POOR), key(7).public().0, pipelines(&[1]), endpoint());
        assert_noop!(register, TokenError::FundsUnavailable);
    });
}

#[test]
fn refuses_calls_that_nobody_signed() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        let nobody = RuntimeOrigin::none;
        let key = key(7).public().0;
        let register = Provenance::register_gateway(nobody(), key, pipelines(&[1]), endpoint());
        assert_noop!(register, DispatchError::BadOrigin);
        let update = Provenance::update_gateway(nobody(), key, pipelines(&[1]), endpoint());
        assert_noop!(update, DispatchError::BadOrigin);
        assert_noop!(Provenance::retire_gateway(nobody()), DispatchError::BadOrigin);
        assert_noop!(Provenance::release_bond(nobody(), GATE), DispatchError::BadOrigin);
    });
}
