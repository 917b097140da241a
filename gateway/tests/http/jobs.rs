//! Jobs: what they show, their events, and that ending one destroys.

use vouchsafe_gateway::ports::Staging;

use crate::{
    client::Form,
    world::{METADATA, World, png, png_with},
};

fn one_photo() -> Vec<u8> {
    Form::default().metadata(METADATA).file("a.png", &png(8, 8)).end()
}

#[test]
fn unknown_and_malformed_ids_are_not_found() {
    let world = World::new();
    let unknown = "ab".repeat(16);
    for id in [unknown.as_str(), "1", "..", "%2e%2e%2fjobs", "AB"] {
        assert_eq!(
            world.get_as_operator(&format!("/v1/jobs/{id}")).problem().0,
            404,
            "{id}"
        );
        assert_eq!(
            world.delete_as_operator(&format!("/v1/jobs/{id}")).problem().0,
            404,
            "{id}"
        );
        assert_eq!(
            world
                .get_as_operator(&format!("/v1/jobs/{id}/events"))
                .problem()
                .0,
            404,
            "{id}"
        );
    }
}

#[test]
fn a_job_that_is_done_shows_its_counts_its_record_and_its_offer() {
    let world = World::new();
    let job = world.accepted(&one_photo());
    world.work();
    let view = world.get_as_operator(&format!("/v1/jobs/{job}")).json();
    assert_eq!(view["state"], "done");
    assert_eq!(view["stage"], "offered");
    assert_eq!(view["files"], serde_json::json!({ "done": 1, "total": 1 }));
    assert_eq!(
        view["counts"],
        serde_json::json!({ "found": 1, "masked": 1, "files_refused": 0 })
    );
    assert!(view["record"].is_string() && view["offer"].is_string() && view["reason"].is_null());
    assert_eq!(
        world.get_as_operator("/v1/jobs").json(),
        serde_json::json!([view])
    );
}

#[test]
fn a_refused_photo_fails_the_job_with_position_and_reason() {
    let world = World::new();
    let body = Form::default()
        .metadata(METADATA)
        .file("a.png", &png(8, 8))
        .file("b.png", &png_with(8, 8, b"REFUSE"));
    let job = world.accepted(&body.end());
    world.work();
    let view = world.get_as_operator(&format!("/v1/jobs/{job}")).json();
    assert_eq!(view["state"], "failed");
    assert_eq!(view["reason"]["code"], "residual_faces");
    assert!(
        view["reason"]["detail"].as_str().unwrap().contains("file 2"),
        "{view}"
    );
    assert_eq!(world.get("/v1/offers").json(), serde_json::json!([]));
}

#[test]
fn the_events_of_a_finished_job_are_its_end() {
    let world = World::new();
    let job = world.accepted(&one_photo());
    world.work();
    let reply = world.get_as_operator(&format!("/v1/jobs/{job}/events"));
    assert_eq!(reply.header("content-type"), "text/event-stream");
    let lines: Vec<_> = reply
        .text()
        .lines()
        .map(str::to_owned)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(lines[0], "event: progress");
    assert_eq!(lines.len(), 2, "{lines:?}");
    let view: serde_json::Value = serde_json::from_str(lines[1].strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(view, world.get_as_operator(&format!("/v1/jobs/{job}")).json());
}

#[test]
fn events_follow_a_job_to_its_end_and_then_the_stream_ends() {
    let world = World::new();
    let job = world.accepted(&one_photo());
    let mut client = crate::client::Client::to(world.address);
    client.head("GET", &format!("/v1/jobs/{job}/events"), &[world.bearer()]);
    let (status, _, mut reader) = client.reply_head();
    assert_eq!(status, 200);
    world.work();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut reader, &mut text).unwrap();
    let last = text.lines().rfind(|line| line.starts_with("data: ")).unwrap();
    assert!(last.contains("\"state\":\"done\""), "{text}");
}

#[test]
fn quiet_event_streams_carry_heartbeats() {
    let world = World::with(|config| config.http.heartbeat_ms = 100);
    let job = world.accepted(&one_photo());
    let mut client = crate::client::Client::to(world.address);
    client.head("GET", &format!("/v1/jobs/{job}/events"), &[world.bearer()]);
    let (_, _, reader) = client.reply_head();
    let beat = std::io::BufRead::lines(reader)
        .map(Result::unwrap)
        .find(|line| line.starts_with(':'));
    assert_eq!(beat.as_deref(), Some(": still here"));
}

#[test]
fn one_event_stream_too_many_is_told_to_come_again() {
    let world = World::with(|config| config.http.max_event_streams = 1);
    let job = world.accepted(&one_photo());
    let path = format!("/v1/jobs/{job}/events");
    let mut first = crate::client::Client::to(world.address);
    first.head("GET", &path, &[world.bearer()]);
    assert_eq!(first.reply_head().0, 200);
    assert_eq!(world.get_as_operator(&path).problem(), (503, "busy".into()));
}

#[test]
fn a_cancelled_job_leaves_no_staged_byte() {
    let world = World::new();
    let job = world.accepted(&one_photo());
    assert_eq!(world.staging.jobs().unwrap().len(), 1);
    let reply = world.delete_as_operator(&format!("/v1/jobs/{job}"));
    assert_eq!((reply.status, &reply.json()["state"]), (200, &"cancelled".into()));
    assert!(world.staging.jobs().unwrap().is_empty());
    world.work();
    assert_eq!(
        world.get_as_operator(&format!("/v1/jobs/{job}")).json()["state"],
        "cancelled"
    );
    assert_eq!(
        world.delete_as_operator(&format!("/v1/jobs/{job}")).problem(),
        (409, "wrong_state".into())
    );
}
