use actix_web::{
    HttpResponse,
    http::header,
    web::{Data, Path, Query},
};
use serde::Deserialize;
use vouchsafe_protocol::id::{OrderId, RecordId};

use super::{Api, HttpError, operator::Operator};

/// The most items that one request opens.
const MAX_OPENED: usize = 1_000;

#[derive(Debug, Deserialize)]
pub struct Wanted {
    /// Names, separated by commas.
    #[serde(default)]
    items: String,
}

fn record(path: &Path<String>) -> Result<RecordId, HttpError> {
    path.parse().map_err(|_| HttpError::NotAnId { what: "record" })
}

/// `GET /v1/datasets/{record}/bundle`: what proves the record with no chain at hand, as of when it was seen final.
pub async fn bundle(path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let id = record(&path)?;
    let file = api.blocking(move |service| service.saved_bundle(id)).await?;
    let name = format!("attachment; filename=\"{}.vsb\"", hex::encode(id.0));
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(file))
}

/// `GET /v1/datasets/{record}/openings?items=…`: what opens these items and the list of all.
pub async fn openings(
    _: Operator,
    path: Path<String>,
    wanted: Query<Wanted>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    let id = record(&path)?;
    let names: Vec<String> = wanted
        .into_inner()
        .items
        .split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if names.len() > MAX_OPENED {
        return Err(HttpError::BadQuery);
    }
    let bytes = api.blocking(move |service| service.openings(id, &names)).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .body(bytes))
}

/// `GET /v1/orders/{id}/proof`: what was saved of an order.
pub async fn order(path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let id: OrderId = path.parse().map_err(|_| HttpError::NotAnId { what: "order" })?;
    let proof = api.blocking(move |service| service.order_proof(id)).await?;
    Ok(HttpResponse::Ok().json(proof))
}
