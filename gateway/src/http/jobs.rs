use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data, Path},
};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Api, HttpError, operator::Operator};
use crate::domain::{JobId, JobView};

fn id(path: &Path<String>) -> Result<JobId, HttpError> {
    path.parse().map_err(|_| HttpError::NotAnId { what: "job" })
}

/// `GET /v1/jobs`: all jobs, newest first.
pub async fn list(_: Operator, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    Ok(HttpResponse::Ok().json(api.blocking(|service| service.jobs()).await?))
}

/// `GET /v1/jobs/{id}`.
pub async fn show(_: Operator, path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let id = id(&path)?;
    Ok(HttpResponse::Ok().json(api.blocking(move |service| service.job(id)).await?))
}

/// `DELETE /v1/jobs/{id}`: gives the job up; its staged bytes and their key are destroyed before the answer.
pub async fn cancel(_: Operator, path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let id = id(&path)?;
    Ok(HttpResponse::Ok().json(api.blocking(move |service| service.cancel(id)).await?))
}

/// `GET /v1/jobs/{id}/events`: server-sent events `progress` with the job, now and after every change; ends after a
/// terminal one, or when the gateway stops.
pub async fn events(_: Operator, path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let id = id(&path)?;
    let permit = api.streams.clone().try_acquire_owned();
    let permit = permit.map_err(|_| HttpError::Busy {
        what: "event streams",
    })?;
    let views = api.blocking(move |service| service.watch(id)).await?;
    let lines = event_lines(views, api.limits.heartbeat, api.closing.clone(), permit);
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Tells a reverse proxy not to collect what should arrive at once.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(lines))
}

fn event_lines(
    views: BoxStream<'static, JobView>,
    heartbeat: Duration,
    closing: watch::Receiver<bool>,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    futures_util::stream::unfold(
        (views, closing, permit),
        move |(mut views, mut closing, permit)| async move {
            let line = tokio::select! {
                biased; // what is already known is sent before the stream ends
                view = views.next() => event(&view?),
                // An error means that whoever could ask for the end is gone: that is the end as well.
                _ = closing.wait_for(|closing| *closing) => return None,
                () = tokio::time::sleep(heartbeat) => Bytes::from_static(b": still here\n\n"),
            };
            Some((Ok(line), (views, closing, permit)))
        },
    )
}

/// One event. JSON as serde writes it holds no line break, so one `data` line is enough.
fn event(view: &JobView) -> Bytes {
    match serde_json::to_string(view) {
        Ok(json) => Bytes::from(format!("event: progress\ndata: {json}\n\n")),
        Err(error) => {
            tracing::error!(job = %view.id, %error, "a job cannot be written as JSON");
            Bytes::from_static(b": this state cannot be shown\n\n")
        }
    }
}
