use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Query},
};
use serde::Deserialize;
use vouchsafe_documents::lineage::Format;
use vouchsafe_protocol::id::RecordId;

use super::{
    Api, HttpError, content,
    operator::Operator,
    range::{Answer, Conditions, decide},
};
use crate::work::DocumentView;

/// JSON-LD 1.1, RFC 6839.
const JSON_LD: &str = "application/ld+json";
/// One JSON text a line; not registered with IANA.
const JSON_LINES: &str = "application/jsonl";

fn id(path: &Path<String>) -> Result<RecordId, HttpError> {
    path.parse().map_err(|_| HttpError::NotAnId { what: "record" })
}

/// `GET /v1/datasets/{record}`: the public description with report and metadata.
pub async fn show(path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    Ok(HttpResponse::Ok().json(api.blocking(move |service| service.dataset(record)).await?))
}

/// `DELETE /v1/datasets/{record}`: destroys ciphertext, documents and sealed secrets before the answer (202); offer
/// and record are closed on chain by the worker.
pub async fn delete(_: Operator, path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    let job = api
        .blocking(move |service| service.delete_dataset(record))
        .await?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/v1/jobs/{}", job.id)))
        .json(job))
}

/// `GET /v1/datasets/{record}/report`: the exact bytes that were signed, the signature in a header.
pub async fn report(
    request: HttpRequest,
    path: Path<String>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    let document = api.blocking(move |service| service.report(record)).await?;
    Ok(answer(&request, document, "application/json"))
}

/// `GET /v1/datasets/{record}/metadata`: the exact bytes that the record names.
pub async fn metadata(
    request: HttpRequest,
    path: Path<String>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    let document = api.blocking(move |service| service.metadata(record)).await?;
    Ok(answer(&request, document, JSON_LD))
}

/// `GET /v1/datasets/{record}/metrics`: the rows under the record's metrics root, one a line.
pub async fn metrics(
    request: HttpRequest,
    path: Path<String>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    let document = api.blocking(move |service| service.metrics(record)).await?;
    Ok(answer(&request, document, JSON_LINES))
}

/// `GET /v1/datasets/{record}/dcat`: the metadata as data portals read it.
pub async fn dcat(path: Path<String>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    json_ld(&api.blocking(move |service| service.dcat(record)).await?)
}

/// `GET /v1/catalogue`: the newest datasets as one catalogue.
pub async fn catalogue(api: Data<Api>) -> Result<HttpResponse, HttpError> {
    json_ld(&api.blocking(|service| service.catalogue()).await?)
}

/// How `GET /v1/datasets/{record}/lineage` shall look.
#[derive(Debug, Deserialize)]
pub struct Wish {
    format: Option<String>,
}

/// `GET /v1/datasets/{record}/lineage`: what the dataset is derived from; `?format=` tree, dot, svg or json.
pub async fn lineage(
    path: Path<String>,
    wish: Query<Wish>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    let format = wish.format.as_deref().unwrap_or("json");
    let format: Format = format.parse().map_err(|_| HttpError::BadQuery)?;
    let lineage = api.service.lineage(record).await?;
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .body(lineage.show(format)))
}

fn json_ld(value: &serde_json::Value) -> Result<HttpResponse, HttpError> {
    Ok(HttpResponse::Ok().content_type(JSON_LD).body(value.to_string()))
}

fn answer(request: &HttpRequest, document: DocumentView, media: &'static str) -> HttpResponse {
    let etag = format!("\"{}\"", hex::encode(document.hash.0));
    let conditions = Conditions {
        range: None,
        ..content::conditions(request)
    };
    let known = decide(conditions, &etag, document.bytes.len() as u64) == Answer::NotModified;
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, content::ASK_FIRST));
    if let Some(signature) = document.signature {
        response.insert_header(("x-vouchsafe-signature", hex::encode(signature)));
    }
    if known {
        return response.finish();
    }
    response.content_type(media).body(document.bytes)
}
