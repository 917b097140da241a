//! Refusals of the `metadata` part and of what stands around it.

use crate::{
    client::{BOUNDARY, Form},
    world::{ISSUANCE, METADATA, World, png},
};

fn with_metadata(metadata: &str) -> Vec<u8> {
    Form::default().metadata(metadata).file("a.png", &png(8, 8)).end()
}

fn priced(price: &str) -> Vec<u8> {
    with_metadata(&METADATA.replace("5000", price))
}

#[test]
fn a_wrong_or_absent_token_is_unauthorised_and_says_how() {
    let world = World::new();
    let body = with_metadata(METADATA);
    let content = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}");
    let wrong = "0".repeat(64);
    for header in [
        "X-Nothing: 1".to_owned(),
        format!("Authorization: Bearer {wrong}"),
        format!("Authorization: {}", world.token),
    ] {
        let reply = world.send("POST", "/v1/datasets", &[content.clone(), header], &body);
        assert_eq!(reply.problem(), (401, "unauthorised".into()));
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    for (method, path) in [
        ("GET", "/v1/jobs"),
        ("GET", "/v1/jobs/1"),
        ("DELETE", "/v1/jobs/1"),
        ("GET", "/v1/jobs/1/events"),
        ("DELETE", "/v1/datasets/1"),
    ] {
        assert_eq!(
            world.send(method, path, &[], &[]).problem().0,
            401,
            "{method} {path}"
        );
    }
    world.has_nothing_staged();
}

#[test]
fn malformed_json_is_a_bad_request() {
    let world = World::new();
    assert_eq!(
        world.refused(&with_metadata("{\"title\": ")),
        (400, "malformed_json".into())
    );
    assert_eq!(world.refused(&with_metadata("")), (400, "malformed_json".into()));
    assert_eq!(
        world.refused(&with_metadata("{'title': 1}")),
        (400, "malformed_json".into())
    );
}

#[test]
fn json_of_another_shape_is_refused_with_the_field() {
    let world = World::new();
    let reply = world.upload(&with_metadata(&METADATA.replace("\"tags\"", "\"tagz\"")));
    assert_eq!(reply.problem(), (422, "invalid_metadata".into()));
    assert!(reply.json()["detail"].as_str().unwrap().contains("tagz"));
    assert_eq!(
        world.refused(&with_metadata("[]")),
        (422, "invalid_metadata".into())
    );
    assert_eq!(
        world.refused(&priced("5000\", \"price\": \"7")),
        (422, "invalid_metadata".into())
    );
}

#[test]
fn an_empty_title_is_refused() {
    let world = World::new();
    assert_eq!(
        world.refused(&with_metadata(&METADATA.replace("Crossing", " "))),
        (422, "invalid_metadata".into())
    );
}

#[test]
fn a_price_of_zero_is_refused() {
    assert_eq!(World::new().refused(&priced("0")), (422, "price_zero".into()));
}

#[test]
fn a_price_above_all_money_is_refused_and_exactly_all_money_is_not() {
    let world = World::new();
    assert_eq!(
        world.refused(&priced(&(ISSUANCE + 1).to_string())),
        (422, "price_above_issuance".into())
    );
    world.accepted(&priced(&ISSUANCE.to_string()));
}

#[test]
fn a_seller_who_relies_on_another_policy_is_refused_and_one_who_relies_on_this_one_is_not() {
    let world = World::new();
    let relying =
        |policy: &str| with_metadata(&METADATA.replacen("{", &format!(r#"{{"policy":"{policy}","#), 1));
    let refused = world.upload(&relying("event"));
    assert_eq!(refused.problem(), (422, "policy_not_here".into()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("\"street\" and not by \"event\""), "{detail}");
    for policy in ["x".repeat(41), "str\\u0007eet".into()] {
        assert_eq!(
            world.refused(&relying(&policy)),
            (422, "invalid_metadata".into()),
            "{policy}"
        );
    }
    world.accepted(&relying("street"));
}

#[test]
fn a_price_that_is_no_amount_is_refused() {
    let world = World::new();
    for price in [
        "-1",
        "1.5",
        "",
        "1e9",
        "007",
        "340282366920938463463374607431768211456",
    ] {
        assert_eq!(
            world.refused(&priced(price)),
            (422, "price_not_an_amount".into()),
            "{price}"
        );
    }
}

#[test]
fn parents_out_of_bounds_are_refused_before_any_photo_is_taken() {
    let world = World::new();
    let parents = |list: &[(char, u32)]| {
        let list: Vec<_> = list
            .iter()
            .map(|(digit, share)| {
                let record = String::from(*digit).repeat(64);
                format!(r#"{{"record":"0x{record}","share_ppm":{share}}}"#)
            })
            .collect();
        with_metadata(&METADATA.replacen("{", &format!(r#"{{"parents":[{}],"#, list.join(",")), 1))
    };
    let nine: Vec<_> = "123456789".chars().map(|digit| (digit, 1)).collect();
    for (list, code) in [
        (&nine[..], "parents_too_many"),
        (&[('a', 1), ('a', 2)], "parent_repeated"),
        (&[('a', 600_000), ('b', 400_001)], "parents_exceed_whole"),
        (&[('a', 1)], "parent_unknown"),
    ] {
        assert_eq!(world.refused(&parents(list)), (422, code.into()), "{list:?}");
    }
    let odd = METADATA.replacen("{", r#"{"parents":[{"record":"0x12","share_ppm":1}],"#, 1);
    assert_eq!(
        world.refused(&with_metadata(&odd)),
        (422, "invalid_metadata".into())
    );
}

#[test]
fn metadata_over_its_cap_is_refused_and_at_the_cap_is_not() {
    let world = World::new();
    let padded = |len: usize| with_metadata(&format!("{METADATA}{}", " ".repeat(len - METADATA.len())));
    assert_eq!(
        world.refused(&padded(256 * 1024 + 1)),
        (413, "metadata_too_large".into())
    );
    world.accepted(&padded(256 * 1024));
}

#[test]
fn a_photo_before_the_metadata_is_refused() {
    let world = World::new();
    let body = Form::default().file("a.png", &png(8, 8)).metadata(METADATA).end();
    assert_eq!(world.refused(&body), (400, "metadata_not_first".into()));
    assert_eq!(
        world.refused(&Form::default().end()),
        (400, "metadata_not_first".into())
    );
}

#[test]
fn a_second_metadata_part_and_unknown_parts_are_refused() {
    let world = World::new();
    let twice = Form::default()
        .metadata(METADATA)
        .metadata(METADATA)
        .file("a.png", &png(8, 8))
        .end();
    assert_eq!(world.refused(&twice), (400, "unknown_part".into()));
    let odd = Form::default()
        .metadata(METADATA)
        .part("name=\"extra\"", b"x")
        .end();
    assert_eq!(world.refused(&odd), (400, "unknown_part".into()));
}

#[test]
fn a_body_that_is_not_multipart_is_refused() {
    let world = World::new();
    for content in ["application/json", "text/plain; boundary=x"] {
        let headers = [world.bearer(), format!("Content-Type: {content}")];
        let reply = world.send("POST", "/v1/datasets", &headers, METADATA.as_bytes());
        assert_eq!(reply.problem(), (415, "not_multipart".into()), "{content}");
    }
    let reply = world.send("POST", "/v1/datasets", &[world.bearer()], METADATA.as_bytes());
    assert_eq!(reply.problem(), (415, "not_multipart".into()));
}

#[test]
fn a_multipart_body_that_breaks_off_or_makes_no_sense_is_refused() {
    let world = World::new();
    let whole = with_metadata(METADATA);
    assert_eq!(
        world.refused(&whole[..whole.len() - 40]),
        (400, "malformed_multipart".into())
    );
    assert_eq!(
        world.refused(b"not a boundary anywhere\r\n"),
        (400, "malformed_multipart".into())
    );
}

#[test]
fn an_upload_is_taken_while_the_node_is_away() {
    let world = World::new();
    world.chain.set_reachable(false);
    world.accepted(&with_metadata(METADATA));
}
