//! Refusals of photos and their names, and what is taken.

use crate::{
    client::Form,
    world::{METADATA, World, png, png_with},
};

fn with_file(name: &str, bytes: &[u8]) -> Vec<u8> {
    Form::default().metadata(METADATA).file(name, bytes).end()
}

#[test]
fn photos_are_accepted_with_a_job_and_its_address() {
    let world = World::new();
    let reply = world.upload(&with_file("a.png", &png(8, 8)));
    assert_eq!(reply.status, 202);
    let job = reply.json()["job"].as_str().unwrap().to_owned();
    assert_eq!(reply.header("location"), format!("/v1/jobs/{job}"));
    let view = world.get_as_operator(&format!("/v1/jobs/{job}")).json();
    assert_eq!(
        (&view["state"], &view["files"]["total"]),
        (&"queued".into(), &1.into())
    );
}

#[test]
fn an_upload_without_a_photo_is_refused() {
    assert_eq!(
        World::new().refused(&Form::default().metadata(METADATA).end()),
        (422, "no_photo".into())
    );
}

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(
        World::new().refused(&with_file("a.jpg", b"")),
        (422, "empty_file".into())
    );
}

#[test]
fn a_text_named_jpg_is_refused() {
    let world = World::new();
    let refused = world.refused(&with_file("a.jpg", b"Dear sir or madam, this is no photo."));
    assert_eq!(refused, (422, "unsupported_format".into()));
}

#[test]
fn a_truncated_photo_is_refused() {
    let world = World::new();
    let whole = png(8, 8);
    for len in [4, 8, 20, whole.len() - 1] {
        assert_eq!(
            world.refused(&with_file("a.png", &whole[..len])),
            (422, "truncated_picture".into()),
            "{len}"
        );
    }
    let jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00 no end";
    assert_eq!(
        world.refused(&with_file("a.jpg", jpeg)),
        (422, "truncated_picture".into())
    );
}

#[test]
fn thirty_thousand_pixels_a_side_are_refused_by_the_header_alone() {
    let world = World::new();
    let reply = world.upload(&with_file("a.png", &png(30_000, 30_000)));
    assert_eq!(reply.problem(), (422, "picture_too_large".into()));
    assert!(reply.json()["detail"].as_str().unwrap().contains("30000 x 30000"));
    let jpeg =
        b"\xff\xd8\xff\xc0\x00\x11\x08\x75\x30\x75\x30\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xd9";
    assert_eq!(
        world.refused(&with_file("a.jpg", jpeg)),
        (422, "picture_too_large".into())
    );
}

#[test]
fn a_photo_without_a_size_is_refused() {
    assert_eq!(
        World::new().refused(&with_file("a.png", &png(0, 8))),
        (422, "damaged_picture".into())
    );
}

#[test]
fn the_refusal_names_the_position_and_destroys_the_files_before_it() {
    let world = World::new();
    let body = Form::default()
        .metadata(METADATA)
        .file("a.png", &png(8, 8))
        .file("b.png", b"no photo, 2")
        .end();
    let reply = world.upload(&body);
    assert!(
        reply.json()["detail"].as_str().unwrap().contains("file 2"),
        "{}",
        reply.text()
    );
    world.has_nothing_staged();
}

#[test]
fn path_tricks_in_names_are_refused() {
    let world = World::new();
    let tricks = [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\\\..\\\\boot.ini",
        "a/b.png",
        "..",
        ".",
        "",
    ];
    for name in tricks {
        assert_eq!(
            world.refused(&with_file(name, &png(8, 8))),
            (422, "bad_file_name".into()),
            "{name:?}"
        );
    }
    assert_eq!(
        world.refused(&with_file("a\u{1}b.png", &png(8, 8))),
        (400, "malformed_multipart".into())
    );
    let long = "n".repeat(256);
    assert_eq!(
        world.refused(&with_file(&long, &png(8, 8))),
        (422, "bad_file_name".into())
    );
}

#[test]
fn a_name_hidden_in_the_extended_form_is_judged_too() {
    let world = World::new();
    for form in [
        "filename*=UTF-8''..%2F..%2Fkey",
        "filename=\"a.png\"; filename*=UTF-8''%2Fetc%2Fpasswd",
    ] {
        let body = Form::default()
            .metadata(METADATA)
            .part(&format!("name=\"file\"; {form}"), &png(8, 8))
            .end();
        assert_eq!(world.refused(&body), (422, "bad_file_name".into()), "{form}");
    }
    let nameless = Form::default()
        .metadata(METADATA)
        .part("name=\"file\"", &png(8, 8))
        .end();
    assert_eq!(world.refused(&nameless), (422, "bad_file_name".into()));
}

#[test]
fn the_10_001st_file_is_refused_while_it_comes() {
    let world = World::new();
    let photo = png(1, 1);
    let mut form = Form::default().metadata(METADATA);
    for at in 0..10_000 {
        form = form.file(&format!("{at}.png"), &photo);
    }
    let most = form.clone().end();
    assert_eq!(
        world.refused(&form.file("one-more.png", &photo).end()),
        (413, "too_many_files".into())
    );
    let job = world.accepted(&most);
    let view = world.get_as_operator(&format!("/v1/jobs/{job}")).json();
    assert_eq!(view["files"]["total"], 10_000);
}

#[test]
fn a_file_over_its_cap_is_refused_and_at_the_cap_is_not() {
    let world = World::with(|config| config.upload.max_file_bytes = 4_096);
    let of = |len: usize| {
        with_file(
            "a.png",
            &png_with(8, 8, &vec![1; len - png_with(8, 8, &[]).len()]),
        )
    };
    assert_eq!(world.refused(&of(4_097)), (413, "file_too_large".into()));
    world.accepted(&of(4_096));
}
