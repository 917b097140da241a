use std::sync::Arc;

use actix_web::{HttpResponse, web::Data};
use serde::Serialize;

use super::{Api, HttpError};
use crate::{
    domain::Isolation,
    work::{ChainHealth, RegistrationHealth},
};

/// Tells whether the threads that do the work still run.
#[derive(Clone)]
pub struct WorkerAlive(Arc<dyn Fn() -> bool + Send + Sync>);

impl WorkerAlive {
    pub fn new(ask: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    pub fn get(&self) -> bool {
        (self.0)()
    }
}

#[derive(Serialize)]
struct Health {
    /// `ready`, `waiting` (for the chain, or for funds) or `broken`.
    status: &'static str,
    store: bool,
    worker: bool,
    /// The models are loaded before the gateway listens; an answer at all says so.
    models: bool,
    /// What photos are read behind; the log says what is missing.
    isolation: Isolation,
    chain: ChainHealth,
    registration: RegistrationHealth,
    jobs_open: u64,
}

/// `GET /health`: 200 while the gateway itself works, also while it waits for the chain or for funds (`status` says
/// so); 503 when its store or its worker does not work.
pub async fn show(api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let worker = api.worker.get();
    let isolation = api.service.pipeline().isolation.clone();
    let health = match api.blocking(|service| service.health()).await {
        Ok(seen) => {
            let ready = seen.chain.reachable && seen.registration.registered;
            let status = match (worker, ready) {
                (false, _) => "broken",
                (true, false) => "waiting",
                (true, true) => "ready",
            };
            Health {
                status,
                store: true,
                worker,
                models: true,
                isolation,
                chain: seen.chain,
                registration: seen.registration,
                jobs_open: seen.jobs_open,
            }
        }
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            Health {
                status: "broken",
                store: false,
                worker,
                models: true,
                isolation,
                chain: ChainHealth::default(),
                registration: RegistrationHealth::default(),
                jobs_open: 0,
            }
        }
    };
    let mut response = if health.status == "broken" {
        HttpResponse::ServiceUnavailable()
    } else {
        HttpResponse::Ok()
    };
    Ok(response.json(health))
}
