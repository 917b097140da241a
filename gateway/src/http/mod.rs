//! The gateway over HTTP: requests in, calls of [`Service`], answers out. No rule about datasets lives here.
//!
//! One file per resource; [`problem`] decides every status, [`routes`] lists every address, `openapi.json` beside
//! the crate describes them, and tests keep the three together.

mod body;
mod content;
mod cut;
mod datasets;
mod docs;
mod evidence;
mod health;
mod jobs;
mod metrics;
mod offers;
mod operator;
pub mod problem;
mod range;
pub mod routes;
mod server;
mod upload;

use std::{sync::Arc, time::Duration};

use tokio::sync::{Semaphore, watch};

use crate::{config::Config, work::Service};
use body::BodyLimits;

pub use docs::OPENAPI;
pub use health::WorkerAlive;
pub use metrics::Metrics;
pub use operator::{OperatorToken, TOKEN_FILE, TokenError};
pub use problem::{HttpError, Problem};
pub use routes::{ROUTES, app};
pub use server::{ServeError, Stop, serve};

/// What every handler shares.
pub struct Api {
    service: Arc<Service>,
    token: OperatorToken,
    limits: Limits,
    uploads: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    metrics: Metrics,
    worker: WorkerAlive,
    closing: watch::Receiver<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    body: BodyLimits,
    max_metadata_bytes: usize,
    heartbeat: Duration,
}

impl Api {
    /// `worker` tells whether the threads that do the work still run; `stop` ends open event streams.
    pub fn new(
        service: Arc<Service>,
        token: OperatorToken,
        config: &Config,
        worker: WorkerAlive,
        stop: &Stop,
    ) -> Self {
        let upload = &config.upload;
        let window = Duration::from_millis(upload.window_ms);
        let body = BodyLimits {
            max_bytes: upload.max_body_bytes,
            min_window_bytes: upload.min_bytes_per_s * upload.window_ms / 1_000,
            window,
            deadline: Duration::from_secs(upload.deadline_s),
        };
        Self {
            service,
            token,
            limits: Limits {
                body,
                max_metadata_bytes: upload.max_metadata_bytes,
                heartbeat: Duration::from_millis(config.http.heartbeat_ms),
            },
            uploads: Arc::new(Semaphore::new(upload.max_parallel)),
            streams: Arc::new(Semaphore::new(config.http.max_event_streams)),
            metrics: Metrics::default(),
            worker,
            closing: stop.watch(),
        }
    }

    /// Runs a call of the service, which may wait for a disk, off the threads that speak HTTP.
    async fn blocking<T, E>(
        &self,
        call: impl FnOnce(&Arc<Service>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, HttpError>
    where
        T: Send + 'static,
        E: Into<HttpError> + Send + 'static,
    {
        let service = self.service.clone();
        actix_web::web::block(move || call(&service))
            .await?
            .map_err(Into::into)
    }
}
