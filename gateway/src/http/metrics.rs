use std::{
    collections::BTreeMap,
    fs,
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::{
    HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::Data,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

use super::{Api, HttpError};
use crate::{
    domain::{JobView, Pipeline, Stage},
    work::{Health, ServiceError, Totals},
};

/// Media type of the Prometheus text exposition with the OpenMetrics rules that `prometheus-client` follows.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    /// The route's pattern, never the address: addresses have no end.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Step {
    step: &'static str,
}

/// One net that runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Net {
    name: String,
    sha256: String,
    precision: String,
    /// What runs it: `cpu`, `cuda:0`.
    provider: String,
}

/// The anonymiser as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Anonymising {
    version: String,
    policy: String,
    /// Of policy and models.
    pipeline: String,
    provider: String,
    /// `process+landlock+rlimits+seccomp`, or what of it this system has, or `none`.
    isolation: String,
}

/// What this process counts by itself; everything else is read when it is asked for.
#[derive(Clone, Default)]
pub struct Metrics {
    requests: Family<Request, Counter>,
}

/// What a scrape reads from the service.
struct Snapshot {
    totals: Totals,
    health: Health,
    step_ms: BTreeMap<Stage, u64>,
}

const JOB_STATES: [&str; 6] = ["queued", "running", "waiting", "done", "failed", "cancelled"];

/// `GET /metrics`.
pub async fn show(api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let snapshot = api
        .blocking(|service| {
            let mut step_ms = BTreeMap::<Stage, u64>::new();
            for job in service.jobs()? {
                let JobView { stage_ms, .. } = job;
                stage_ms
                    .into_iter()
                    .for_each(|(stage, ms)| *step_ms.entry(stage).or_default() += ms);
            }
            Ok::<_, ServiceError>(Snapshot {
                totals: service.totals()?,
                health: service.health()?,
                step_ms,
            })
        })
        .await?;
    let registry = (api.metrics).registry(&snapshot, api.service.pipeline(), api.worker.get());
    let mut text = String::new();
    // Writing to a string fails only if an encoder does, and then the scrape is cut short where it stands.
    if encode(&mut text, &registry).is_err() {
        tracing::error!("the metrics cannot be encoded");
    }
    Ok(HttpResponse::Ok().content_type(TEXT).body(text))
}

/// Middleware: counts every answered request by route and status.
pub async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let api = request.app_data::<Data<Api>>().cloned();
    let method = label(request.method());
    let response = next.call(request).await?;
    if let Some(api) = api {
        let route = response
            .request()
            .match_pattern()
            .unwrap_or_else(|| "none".to_owned());
        let status = response.status().as_u16();
        api.metrics
            .requests
            .get_or_create(&Request {
                method,
                route,
                status,
            })
            .inc();
    }
    Ok(response)
}

/// Methods are the client's choice; labels are not.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

impl Metrics {
    fn registry(&self, snapshot: &Snapshot, pipeline: &Pipeline, worker: bool) -> Registry {
        let Snapshot {
            totals,
            health,
            step_ms,
        } = snapshot;
        let mut registry = Registry::with_prefix("vouchsafe");
        registry.register("http_requests", "Answered requests", self.requests.clone());

        describe(&mut registry, pipeline);

        let jobs = Family::<State, Gauge>::default();
        for state in JOB_STATES {
            let count = totals.jobs.get(state).copied().unwrap_or_default();
            jobs.get_or_create(&State { state }).set(signed(count));
        }
        registry.register("jobs", "Jobs by state", jobs);

        let steps = Family::<Step, Counter<f64, AtomicU64>>::default();
        for (stage, ms) in step_ms {
            steps
                .get_or_create(&Step {
                    step: step_name(*stage),
                })
                .inc_by(*ms as f64 / 1_000.0);
        }
        registry.register_with_unit(
            "step",
            "Time spent in finished steps of all jobs",
            Unit::Seconds,
            steps,
        );

        let mut counted = |name: &str, help: &str, value: u64| {
            let counter = Counter::<u64>::default();
            counter.inner().store(value, Ordering::Relaxed);
            registry.register(name, help, counter);
        };
        counted(
            "found",
            "Faces, plates and other things found in photos",
            totals.found,
        );
        counted("masked", "Those of them that were replaced", totals.masked);
        counted("deliveries", "Orders answered with a key", totals.answered);
        counted(
            "settlements",
            "Answered orders whose price has arrived",
            totals.settled,
        );

        let mut measured = |name: &str, help: &str, value: u64| {
            let gauge = Gauge::<i64>::default();
            gauge.set(signed(value));
            registry.register(name, help, gauge);
        };
        measured(
            "files_anonymised",
            "Clean files of all jobs that were not given up",
            totals.files_clean,
        );
        measured(
            "open_orders",
            "Answered orders that are not settled",
            totals.answered - totals.settled,
        );
        measured(
            "proofs_missing",
            "Records, orders and deliveries without a saved proof",
            totals.proofs_missing,
        );
        measured(
            "chain_reachable",
            "1 when the node answers",
            health.chain.reachable.into(),
        );
        measured(
            "registered",
            "1 when the chain knows this gateway",
            health.registration.registered.into(),
        );
        measured("worker_running", "1 when the worker's threads run", worker.into());
        if let Some(height) = health.chain.height {
            measured(
                "finalised_height",
                "Latest finalised block that was seen",
                height.into(),
            );
        }
        if let Some(bytes) = resident_bytes() {
            measured("resident_memory_bytes", "Resident memory of this process", bytes);
        }
        registry
    }
}

/// Gauges that are always 1: what they say is in their labels.
fn describe(registry: &mut Registry, pipeline: &Pipeline) {
    let anonymiser = Family::<Anonymising, Gauge>::default();
    let labels = Anonymising {
        version: pipeline.version.clone(),
        policy: pipeline.policy.clone(),
        pipeline: pipeline.digest.to_string(),
        provider: pipeline.provider.clone(),
        isolation: pipeline.isolation.text(),
    };
    anonymiser.get_or_create(&labels).set(1);
    registry.register(
        "anonymiser_info",
        "Who touches the photos, and what holds them",
        anonymiser,
    );
    let nets = Family::<Net, Gauge>::default();
    for model in &pipeline.models {
        let labels = Net {
            name: model.name.clone(),
            sha256: model.sha256.clone(),
            precision: model.precision.clone(),
            provider: pipeline.provider.clone(),
        };
        nets.get_or_create(&labels).set(1);
    }
    registry.register("net_info", "Nets that run, by digest, and what runs them", nets);
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn step_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Staged => "staged",
        Stage::Anonymising => "anonymising",
        Stage::Sealing => "sealing",
        Stage::Registering => "registering",
        Stage::Offering => "offering",
        Stage::Offered => "offered",
    }
}

/// Resident memory as the kernel tells it; `None` where there is no `/proc`.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
