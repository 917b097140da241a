use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use serde::Deserialize;
use vouchsafe_protocol::id::OfferId;

use super::{Api, HttpError, content};
use crate::ports::BlobKind;

#[derive(Debug, Deserialize)]
pub struct Filter {
    tag: Option<String>,
}

/// `GET /v1/gateway`: who this gateway is.
pub async fn gateway(api: Data<Api>) -> Result<HttpResponse, HttpError> {
    Ok(HttpResponse::Ok().json(api.blocking(|service| service.gateway()).await?))
}

/// `GET /v1/offers`: own offers, newest first; `?tag=` keeps those with the tag.
pub async fn list(filter: Query<Filter>, api: Data<Api>) -> Result<HttpResponse, HttpError> {
    let tag = filter.into_inner().tag;
    Ok(HttpResponse::Ok().json(
        api.blocking(move |service| service.offers(tag.as_deref()))
            .await?,
    ))
}

/// `GET /v1/offers/{id}/ciphertext`.
pub async fn ciphertext(
    request: HttpRequest,
    path: Path<String>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    download(&request, &path, &api, BlobKind::Ciphertext).await
}

/// `GET /v1/offers/{id}/sidecar`.
pub async fn sidecar(
    request: HttpRequest,
    path: Path<String>,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    download(&request, &path, &api, BlobKind::Sidecar).await
}

async fn download(
    request: &HttpRequest,
    path: &Path<String>,
    api: &Api,
    kind: BlobKind,
) -> Result<HttpResponse, HttpError> {
    let offer: OfferId = path.parse().map_err(|_| HttpError::NotAnId { what: "offer" })?;
    let view = api
        .blocking(move |service| service.offer_blob(offer, kind))
        .await?;
    content::blob(
        request,
        view,
        &format!("{}.{}", hex::encode(offer.0), kind.name()),
    )
}
