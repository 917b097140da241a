//! The gateway about itself: health, metrics, documentation, and what every answer carries.

use std::time::{Duration, Instant};

use serde_json::Value;
use vouchsafe_gateway::{ports::chain::TWIN_ADDRESS, work::Running};

use crate::{
    client::Form,
    world::{METADATA, Reverse, World, pipeline, png},
};

/// Asks until the answer is as wanted; how long that takes is not judged.
fn until(ask: impl Fn() -> Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let answer = ask();
        if wanted(&answer) {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "still {answer}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn health_says_that_the_gateway_waits_for_its_chain() {
    let world = World::new();
    let reply = world.get("/health");
    assert_eq!(reply.status, 200);
    let health = reply.json();
    assert_eq!(health["status"], "waiting");
    assert_eq!(
        (&health["store"], &health["worker"], &health["models"]),
        (&true.into(), &true.into(), &true.into())
    );
    assert_eq!(health["chain"]["reachable"], false);
}

#[test]
fn health_and_metrics_say_what_photos_are_read_behind_and_by_what() {
    let world = World::new();
    let isolation = &world.get("/health").json()["isolation"];
    assert_eq!(
        *isolation,
        serde_json::json!({ "layers": ["process", "landlock"], "complete": false })
    );
    let text = world.get("/metrics").text();
    let (digest, zeros) = (format!("0x{}", "03".repeat(32)), "00".repeat(32));
    for line in [
        format!(
            "vouchsafe_anonymiser_info{{version=\"test\",policy=\"street\",pipeline=\"{digest}\",provider=\"cpu\",\
             isolation=\"process+landlock\"}} 1"
        ),
        format!(
            "vouchsafe_net_info{{name=\"twin\",sha256=\"{zeros}\",precision=\"int8\",provider=\"cpu\"}} 1"
        ),
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
}

#[test]
fn why_the_chain_is_away_is_told_without_its_address() {
    let world = World::new();
    let form = Form::default().metadata(METADATA).file("a.png", &png(8, 8));
    let job = world.accepted(&form.end());
    world.chain.set_reachable(false);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let worker = Box::new(Reverse(pipeline()));
    let running = Running::start(world.service.clone(), vec![worker], runtime.handle()).unwrap();
    let health = until(
        || world.get("/health").json(),
        |health| !health["chain"]["checked_at"].is_null(),
    );
    assert_eq!(health["chain"]["detail"], "the node cannot be reached");
    let view = until(
        || world.get_as_operator(&format!("/v1/jobs/{job}")).json(),
        |view| view["state"] == "waiting",
    );
    assert_eq!(view["reason"]["code"], "chain_unreachable");
    assert_eq!(view["reason"]["detail"], "the node cannot be reached");
    for path in ["/health", "/metrics", "/v1/gateway", "/v1/jobs"] {
        let text = world.get_as_operator(path).text();
        assert!(
            !text.contains(TWIN_ADDRESS) && !text.contains("ws://"),
            "{path}: {text}"
        );
    }
    runtime.block_on(running.stop());
}

#[test]
fn the_gateway_names_its_account_and_keys() {
    let world = World::new();
    let page = world.get("/v1/gateway").json();
    assert_eq!(page["endpoint"], "http://127.0.0.1:8787");
    assert!(page["account"].as_str().unwrap().starts_with("0x"));
    assert_eq!(page["pipelines"][0], format!("0x{}", "03".repeat(32)));
}

#[test]
fn metrics_count_jobs_findings_and_requests_by_route_without_ids() {
    let world = World::new();
    let (record, _) = world.listed();
    world.get(&format!("/v1/datasets/{record}"));
    world.get("/v1/nowhere");
    let reply = world.get("/metrics");
    let text = reply.text();
    for line in [
        "vouchsafe_jobs{state=\"done\"} 1",
        "vouchsafe_jobs{state=\"failed\"} 0",
        "vouchsafe_masked_total 2",
        "vouchsafe_files_anonymised 2",
        "vouchsafe_open_orders 0",
        "vouchsafe_http_requests_total{method=\"GET\",route=\"/v1/datasets/{record}\",status=\"200\"} 1",
        "vouchsafe_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "vouchsafe_http_requests_total{method=\"POST\",route=\"/v1/datasets\",status=\"202\"} 1",
        "# EOF",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(
        text.contains("vouchsafe_step_seconds_total{step=\"anonymising\"}"),
        "{text}"
    );
    assert!(!text.contains(&record), "ids are no labels");
}

#[test]
fn unknown_addresses_and_methods_are_told_apart() {
    let world = World::new();
    assert_eq!(world.get("/v1/nowhere").problem(), (404, "no_such_route".into()));
    assert_eq!(
        world.get("/../../etc/passwd").problem(),
        (404, "no_such_route".into())
    );
    let reply = world.send("PUT", "/v1/datasets/abc", &[], &[]);
    assert_eq!(reply.problem(), (405, "method_not_allowed".into()));
    assert_eq!(reply.header("allow"), "GET, HEAD, DELETE");
    assert_eq!(
        world.get("/v1/datasets").problem(),
        (405, "method_not_allowed".into())
    );
    assert_eq!(
        world.get("/v1/offers?tag=a&tag=b").problem(),
        (400, "bad_query".into())
    );
}

#[test]
fn the_documentation_needs_nothing_from_elsewhere() {
    let world = World::new();
    let page = world.get("/docs");
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'; script-src 'self'")
    );
    for path in ["/docs", "/docs/page.js", "/docs/page.css"] {
        let text = world.get(path).text();
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{path} names another host"
        );
    }
    for path in ["/docs/page.js", "/docs/page.css", "/openapi.json"] {
        assert!(page.text().contains(path), "the page names {path}");
    }
}

#[test]
fn no_answer_shows_a_raw_byte_or_a_raw_name() {
    let world = World::new();
    let form = Form::default()
        .metadata(METADATA)
        .file("secret-name.png", &png(8, 8))
        .end();
    let job = world.accepted(&form);
    world.work();
    for path in [
        "/v1/jobs",
        &format!("/v1/jobs/{job}"),
        "/v1/offers",
        "/metrics",
        "/health",
    ] {
        assert!(
            !world.get_as_operator(path).text().contains("secret-name"),
            "{path}"
        );
    }
}
