use std::{io, net::SocketAddr, time::Duration};

use actix_web::{HttpServer, web::Data};
use tokio::sync::watch;

use super::{Api, app};
use crate::config::Http;

/// Why the gateway does not serve, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    #[error("cannot listen on {address}: {cause}")]
    Bind { address: SocketAddr, cause: io::Error },
    #[error("the listener failed: {0}")]
    Serve(#[source] io::Error),
}

/// The wish to stop, once for all who should know.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::channel(false).0)
    }
}

impl Stop {
    /// Asks everybody to stop; once asked it stays so.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Waits until somebody asked.
    pub async fn asked(&self) {
        // The sender lives in `self`, so this ends by the value alone.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }

    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// Listens until `stop` is asked, then stops accepting, ends event streams and gives running requests their time.
///
/// `listening` is told the address, which names the port that the system chose for port 0.
pub async fn serve(
    api: Data<Api>,
    http: &Http,
    stop: &Stop,
    listening: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let bind = |cause| ServeError::Bind {
        address: http.listen,
        cause,
    };
    let server = HttpServer::new(move || app(api.clone()))
        .workers(http.threads)
        .max_connections(http.max_connections)
        .client_request_timeout(Duration::from_millis(http.head_timeout_ms))
        .keep_alive(Duration::from_millis(http.keep_alive_ms))
        .shutdown_timeout(http.shutdown_timeout_s)
        // Signals are the composition root's: it also has a worker to stop.
        .disable_signals()
        .bind(http.listen)
        .map_err(bind)?;
    let address = server.addrs().first().copied().unwrap_or(http.listen);
    let server = server.run();
    let handle = server.handle();
    listening(address);
    tokio::pin!(server);
    tokio::select! {
        ended = &mut server => return ended.map_err(ServeError::Serve),
        () = stop.asked() => {}
    }
    let (ended, ()) = tokio::join!(server, handle.stop(true));
    ended.map_err(ServeError::Serve)
}
