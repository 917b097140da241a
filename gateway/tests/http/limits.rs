//! Bodies that are too large, too slow, or cut off; too many at once; the way down.

use std::io::Read;

use crate::{
    client::{Client, Form},
    world::{METADATA, World, png, png_with},
};

const CAP: u64 = 256 * 1024;

fn small() -> World {
    World::with(|config| {
        config.upload.max_body_bytes = CAP;
        config.upload.max_file_bytes = CAP;
    })
}

#[test]
fn a_declared_length_over_the_cap_is_refused_before_the_body() {
    let world = small();
    let mut client = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push(format!("Content-Length: {}", CAP + 1));
    client.head("POST", "/v1/datasets", &headers);
    assert_eq!(
        client.reply().problem(),
        (413, "body_too_large".into()),
        "answered without one byte of the body"
    );
    world.has_nothing_staged();
}

#[test]
fn an_undeclared_body_over_the_cap_is_refused_while_it_streams_and_reading_stops() {
    let world = small();
    let mut client = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push("Transfer-Encoding: chunked".into());
    client.head("POST", "/v1/datasets", &headers);
    let start = Form::default()
        .metadata(METADATA)
        .file("a.png", &png_with(8, 8, &[1; 1_000]))
        .cut();
    assert!(client.chunk(&start));
    // The body never ends by itself: only a server that stops reading ends this loop.
    let endless = Form::default()
        .file("b.png", &png_with(8, 8, &vec![1; 60_000]))
        .cut();
    let mut sent = start.len();
    while sent < (1 << 30) && client.chunk(&endless) {
        sent += endless.len();
    }
    assert!(
        sent < (64 << 20),
        "the server took {sent} bytes; what was sent sits in the two sockets' buffers"
    );
    world.has_nothing_staged();
}

#[test]
fn the_refusal_of_a_streamed_body_can_be_read() {
    let world = small();
    let mut client = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push("Transfer-Encoding: chunked".into());
    client.head("POST", "/v1/datasets", &headers);
    let body = Form::default()
        .metadata(METADATA)
        .file("a.png", &png_with(8, 8, &vec![1; CAP as usize]))
        .end();
    client.chunk(&body);
    assert_eq!(client.reply().problem(), (413, "body_too_large".into()));
}

#[test]
fn an_endless_body_where_none_is_wanted_is_refused_and_cut() {
    let world = small();
    for (method, path) in [
        ("GET", "/health"),
        ("POST", "/v1/offers"),
        ("DELETE", "/v1/jobs/1"),
        ("GET", "/v1/nowhere"),
    ] {
        let mut client = Client::to(world.address);
        client.head(method, path, &["Transfer-Encoding: chunked".into()]);
        let mut sent = 0;
        while sent < (1 << 30) && client.chunk(&[0; 60_000]) {
            sent += 60_000;
        }
        assert!(sent < (64 << 20), "{method} {path}: the server took {sent} bytes");
    }
    let mut client = Client::to(world.address);
    client.head("GET", "/health", &["Transfer-Encoding: chunked".into()]);
    assert_eq!(client.reply().problem(), (400, "unwanted_body".into()));
}

#[test]
fn an_endless_body_without_a_token_is_not_read() {
    let world = small();
    let mut client = Client::to(world.address);
    let headers = [
        world.upload_headers()[1].clone(),
        "Transfer-Encoding: chunked".into(),
    ];
    client.head("POST", "/v1/datasets", &headers);
    let mut sent = 0;
    while sent < (1 << 30) && client.chunk(&[0; 60_000]) {
        sent += 60_000;
    }
    assert!(sent < (64 << 20), "the server took {sent} bytes");
}

#[test]
fn what_follows_the_last_boundary_counts_against_the_cap() {
    let world = small();
    let mut body = Form::default().metadata(METADATA).file("a.png", &png(8, 8)).end();
    body.extend(vec![b'x'; 100]);
    world.accepted(&body);
    let mut client = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push("Transfer-Encoding: chunked".into());
    client.head("POST", "/v1/datasets", &headers);
    body.extend(vec![b'x'; CAP as usize]);
    client.chunk(&body);
    assert_eq!(client.reply().problem(), (413, "body_too_large".into()));
    assert_eq!(
        world.service.jobs().unwrap().len(),
        1,
        "only the first upload became a job"
    );
}

#[test]
fn a_chunked_upload_in_small_pieces_is_accepted() {
    let world = small();
    let mut client = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push("Transfer-Encoding: chunked".into());
    client.head("POST", "/v1/datasets", &headers);
    for piece in Form::default()
        .metadata(METADATA)
        .file("a.png", &png(8, 8))
        .end()
        .chunks(7)
    {
        assert!(client.chunk(piece));
    }
    assert!(client.chunk(&[]));
    assert_eq!(client.reply().status, 202);
}

#[test]
fn a_body_that_stalls_is_cut() {
    let world = World::with(|config| config.upload.window_ms = 100);
    let mut client = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push("Content-Length: 100000".into());
    client.head("POST", "/v1/datasets", &headers);
    // Nothing more is sent: only the server can end this.
    assert_eq!(client.reply().problem(), (408, "body_too_slow".into()));
    world.has_nothing_staged();
}

#[test]
fn a_dropped_connection_destroys_the_upload() {
    let world = World::new();
    let mut client = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push("Content-Length: 1000000".into());
    client.head("POST", "/v1/datasets", &headers);
    let start = Form::default()
        .metadata(METADATA)
        .file("a.png", &png(8, 8))
        .file("b.png", &png(8, 8))
        .cut();
    std::io::Write::write_all(&mut client.stream, &start).unwrap();
    // The first file is staged before the connection goes.
    while vouchsafe_gateway::ports::Staging::jobs(&*world.staging)
        .unwrap()
        .is_empty()
    {
        std::thread::yield_now();
    }
    client.hang_up();
    while !vouchsafe_gateway::ports::Staging::jobs(&*world.staging)
        .unwrap()
        .is_empty()
    {
        std::thread::yield_now();
    }
    world.has_nothing_staged();
}

#[test]
fn one_upload_too_many_is_told_to_come_again() {
    let world = World::with(|config| config.upload.max_parallel = 1);
    let mut first = Client::to(world.address);
    let mut headers = world.upload_headers();
    headers.push("Content-Length: 1000000".into());
    first.head("POST", "/v1/datasets", &headers);
    let start = Form::default()
        .metadata(METADATA)
        .file("a.png", &png(8, 8))
        .file("b.png", &png(8, 8))
        .cut();
    std::io::Write::write_all(&mut first.stream, &start).unwrap();
    while vouchsafe_gateway::ports::Staging::jobs(&*world.staging)
        .unwrap()
        .is_empty()
    {
        std::thread::yield_now();
    }
    let second = world.upload(&Form::default().metadata(METADATA).file("a.png", &png(8, 8)).end());
    assert_eq!(second.problem(), (503, "busy".into()));
    assert_eq!(second.header("retry-after"), "5");
    first.hang_up();
}

#[test]
fn a_stop_ends_event_streams_and_the_server() {
    let world = World::new();
    let job = world.accepted(&Form::default().metadata(METADATA).file("a.png", &png(8, 8)).end());
    let mut client = Client::to(world.address);
    client.head("GET", &format!("/v1/jobs/{job}/events"), &[world.bearer()]);
    let (status, _, mut reader) = client.reply_head();
    assert_eq!(status, 200);
    world.stop.ask();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(
        rest.contains("\"queued\""),
        "the job is not terminal, and yet the stream has ended: {rest}"
    );
}
