use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path},
};
use vouchsafe_protocol::id::RecordId;

use super::{
    Api, HttpError, content,
    operator::Operator,
    range::{Answer, Conditions, decide},
};
use crate::work::DocumentView;

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
    Ok(answer(&request, document))
}

/// `GET /v1/datasets/{record}/metadata`: the exact bytes that the record names.
pub async fn metadata(
    request: HttpRequest,
    path: Path<String>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    let record = id(&path)?;
    let document = api.blocking(move |service| service.metadata(record)).await?;
    Ok(answer(&request, document))
}

fn answer(request: &HttpRequest, document: DocumentView) -> HttpResponse {
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
    response.content_type("application/json").body(document.bytes)
}
