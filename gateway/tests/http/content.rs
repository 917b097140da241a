//! What the public may read of a listed dataset, whole and in part, and that deleting ends it.

use vouchsafe_gateway::ports::BlobKind;
use vouchsafe_protocol::id::{OfferId, RecordId};

use crate::world::World;

fn ciphertext(world: &World, offer: &str) -> Vec<u8> {
    let offer: OfferId = offer.parse().unwrap();
    let mut view = world.service.offer_blob(offer, BlobKind::Ciphertext).unwrap();
    let mut bytes = Vec::new();
    view.blob.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn the_whole_ciphertext_comes_with_strong_tag_length_and_safe_headers() {
    let world = World::new();
    let (_, offer) = world.listed();
    let bytes = ciphertext(&world, &offer);
    let reply = world.get(&format!("/v1/offers/{offer}/ciphertext"));
    assert_eq!((reply.status, reply.body.len()), (200, bytes.len()));
    assert_eq!(reply.body, bytes);
    assert!(reply.header("etag").starts_with('"') && reply.header("etag").len() > 60);
    assert_eq!(reply.header("content-length"), bytes.len().to_string());
    assert_eq!(reply.header("accept-ranges"), "bytes");
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    assert!(
        reply
            .header("content-disposition")
            .starts_with("attachment; filename=\"")
    );
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(
        reply
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(
        reply.header("access-control-allow-origin"),
        "",
        "other sites' scripts may not read here"
    );
}

#[test]
fn ciphertext_and_sidecar_have_different_tags() {
    let world = World::new();
    let (_, offer) = world.listed();
    let tag = |name| {
        world
            .get(&format!("/v1/offers/{offer}/{name}"))
            .header("etag")
            .to_owned()
    };
    assert_ne!(tag("ciphertext"), tag("sidecar"));
    assert_eq!(tag("sidecar"), tag("sidecar"));
}

#[test]
fn the_sidecar_is_the_one_whose_root_the_record_carries() {
    let world = World::new();
    let (_, offer) = world.listed();
    let sidecar = world.get(&format!("/v1/offers/{offer}/sidecar"));
    let sidecar = vouchsafe_protocol::sidecar::Sidecar::decode(&sidecar.body).unwrap();
    assert_eq!(sidecar.layout().bytes(), ciphertext(&world, &offer).len() as u64);
    assert_eq!(sidecar.layout().items(), 3, "contents document and two photos");
}

#[test]
fn parts_put_together_are_the_whole() {
    let world = World::new();
    let (_, offer) = world.listed();
    let path = format!("/v1/offers/{offer}/ciphertext");
    let bytes = ciphertext(&world, &offer);
    let mut put_together = Vec::new();
    while put_together.len() < bytes.len() {
        let start = put_together.len();
        let reply = world.get_with(&path, &[&format!("Range: bytes={start}-{}", start + 99)]);
        assert_eq!(reply.status, 206);
        let last = (start + 99).min(bytes.len() - 1);
        assert_eq!(
            reply.header("content-range"),
            format!("bytes {start}-{last}/{}", bytes.len())
        );
        assert_eq!(reply.header("content-length"), reply.body.len().to_string());
        put_together.extend_from_slice(&reply.body);
    }
    assert_eq!(put_together, bytes);
    assert_eq!(
        world.get_with(&path, &["Range: bytes=-7"]).body,
        bytes[bytes.len() - 7..]
    );
}

#[test]
fn a_range_beyond_the_end_is_refused_with_the_length() {
    let world = World::new();
    let (_, offer) = world.listed();
    let bytes = ciphertext(&world, &offer).len();
    let path = format!("/v1/offers/{offer}/ciphertext");
    let reply = world.get_with(&path, &[&format!("Range: bytes={bytes}-")]);
    assert_eq!(reply.problem(), (416, "range_not_satisfiable".into()));
    assert_eq!(reply.header("content-range"), format!("bytes */{bytes}"));
}

#[test]
fn several_ranges_get_everything() {
    let world = World::new();
    let (_, offer) = world.listed();
    let reply = world.get_with(
        &format!("/v1/offers/{offer}/ciphertext"),
        &["Range: bytes=0-1,4-5"],
    );
    assert_eq!((reply.status, reply.body), (200, ciphertext(&world, &offer)));
}

#[test]
fn a_range_counts_only_under_the_same_tag() {
    let world = World::new();
    let (_, offer) = world.listed();
    let path = format!("/v1/offers/{offer}/ciphertext");
    let tag = world.get(&path).header("etag").to_owned();
    let with = |tag: &str| {
        world
            .get_with(&path, &["Range: bytes=0-4", &format!("If-Range: {tag}")])
            .status
    };
    assert_eq!(with(&tag), 206);
    assert_eq!(with("\"another\""), 200);
}

#[test]
fn who_has_the_tag_is_not_sent_the_bytes_again() {
    let world = World::new();
    let (record, offer) = world.listed();
    for path in [
        format!("/v1/offers/{offer}/ciphertext"),
        format!("/v1/offers/{offer}/sidecar"),
        format!("/v1/datasets/{record}/report"),
        format!("/v1/datasets/{record}/metadata"),
    ] {
        let tag = world.get(&path).header("etag").to_owned();
        let reply = world.get_with(&path, &[&format!("If-None-Match: {tag}")]);
        assert_eq!(
            (reply.status, reply.body.len(), reply.header("etag")),
            (304, 0, tag.as_str()),
            "{path}"
        );
        assert_eq!(
            world.get_with(&path, &["If-None-Match: \"x\""]).status,
            200,
            "{path}"
        );
    }
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let world = World::new();
    let (record, offer) = world.listed();
    for path in [
        format!("/v1/offers/{offer}/ciphertext"),
        format!("/v1/datasets/{record}/report"),
        "/health".into(),
    ] {
        let get = world.get(&path);
        let head = world.send("HEAD", &path, &[], &[]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        for name in ["content-length", "etag", "content-type"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[test]
fn the_description_holds_report_metadata_and_terms() {
    let world = World::new();
    let (record, offer) = world.listed();
    let page = world.get(&format!("/v1/datasets/{record}")).json();
    assert_eq!(
        (&page["title"], &page["price"]),
        (&"Crossing".into(), &"5000".into())
    );
    assert_eq!(
        (&page["offer"], &page["grade"]),
        (&offer.as_str().into(), &"anonymous".into())
    );
    assert_eq!(page["report"]["findings"]["face"]["masked"], 2);
    let offers = world.get("/v1/offers").json();
    assert_eq!(
        (&offers[0]["offer"], &offers[0]["title"]),
        (&offer.as_str().into(), &"Crossing".into())
    );
    assert_eq!(
        world
            .get("/v1/offers?tag=street")
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        world.get("/v1/offers?tag=sea").json().as_array().unwrap().len(),
        0
    );
}

#[test]
fn the_report_is_served_as_signed_with_its_signature() {
    let world = World::new();
    let (record, _) = world.listed();
    let id: RecordId = record.parse().unwrap();
    let document = world.service.report(id).unwrap();
    let reply = world.get(&format!("/v1/datasets/{record}/report"));
    assert_eq!(reply.body, document.bytes);
    assert_eq!(
        reply.header("x-vouchsafe-signature"),
        hex::encode(document.signature.unwrap())
    );
    let metadata = world.get(&format!("/v1/datasets/{record}/metadata"));
    assert_eq!(metadata.body, world.service.metadata(id).unwrap().bytes);
    assert_eq!(metadata.header("x-vouchsafe-signature"), "");
    assert_eq!(metadata.header("content-type"), "application/ld+json");
}

#[test]
fn portals_find_the_dataset_by_itself_and_in_the_catalogue() {
    let world = World::new();
    let (record, offer) = world.listed();
    let reply = world.get(&format!("/v1/datasets/{record}/dcat"));
    assert_eq!(reply.header("content-type"), "application/ld+json");
    let dataset = reply.json();
    assert_eq!(dataset["dct:title"], "Crossing");
    let place = dataset["dcat:distribution"][0]["dcat:downloadURL"]["@id"].clone();
    let endpoint = world.get("/v1/gateway").json()["endpoint"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(place, format!("{endpoint}/v1/offers/{offer}/ciphertext"));
    let catalogue = world.get("/v1/catalogue").json();
    let listed = catalogue["dcat:dataset"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["@id"], dataset["@id"]);
}

#[test]
fn a_lineage_comes_in_the_format_that_is_asked_for() {
    let world = World::new();
    let (record, _) = world.listed();
    let path = format!("/v1/datasets/{record}/lineage");
    for (format, media, begins) in [
        ("tree", "text/plain; charset=utf-8", &record[..10]),
        ("dot", "text/vnd.graphviz; charset=utf-8", "digraph"),
        ("svg", "image/svg+xml", "<svg xmlns"),
        ("json", "application/json", "{"),
    ] {
        let reply = world.get(&format!("{path}?format={format}"));
        assert_eq!((reply.status, reply.header("content-type")), (200, media));
        assert!(reply.text().starts_with(begins), "{}", reply.text());
    }
    assert_eq!(
        world.get(&format!("{path}?format=png")).problem(),
        (400, "bad_query".into())
    );
}

#[test]
fn unknown_records_and_offers_are_not_found() {
    let world = World::new();
    let id = format!("0x{}", "ab".repeat(32));
    for path in ["", "/report", "/metadata", "/dcat", "/lineage"] {
        assert_eq!(
            world.get(&format!("/v1/datasets/{id}{path}")).problem(),
            (404, "not_found".into())
        );
        assert_eq!(
            world.get(&format!("/v1/datasets/zz{path}")).problem(),
            (404, "not_found".into())
        );
    }
    for path in ["ciphertext", "sidecar"] {
        assert_eq!(
            world.get(&format!("/v1/offers/{id}/{path}")).problem(),
            (404, "not_found".into())
        );
        assert_eq!(
            world.get(&format!("/v1/offers/1/{path}")).problem(),
            (404, "not_found".into())
        );
    }
    assert_eq!(
        world.delete_as_operator(&format!("/v1/datasets/{id}")).problem(),
        (404, "not_found".into())
    );
}

#[test]
fn a_deleted_dataset_is_gone_for_everybody_at_once() {
    let world = World::new();
    let (record, offer) = world.listed();
    let reply = world.delete_as_operator(&format!("/v1/datasets/{record}"));
    assert_eq!(reply.status, 202);
    assert!(reply.header("location").starts_with("/v1/jobs/"));
    for path in [
        format!("/v1/datasets/{record}"),
        format!("/v1/datasets/{record}/report"),
        format!("/v1/offers/{offer}/ciphertext"),
        format!("/v1/offers/{offer}/sidecar"),
    ] {
        assert_eq!(world.get(&path).problem(), (410, "erased".into()), "{path}");
    }
    assert_eq!(world.get("/v1/offers").json(), serde_json::json!([]));
    world.work();
    let job = world.get_as_operator(reply.header("location")).json();
    assert_eq!(
        (&job["state"], &job["reason"]["code"]),
        (&"cancelled".into(), &"erased".into())
    );
}
