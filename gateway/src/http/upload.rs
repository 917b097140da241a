use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data, Payload},
};
use futures_util::StreamExt;
use serde::Serialize;

use super::{
    Api, HttpError,
    body::{BodyFault, SharedBody},
    operator::Operator,
};
use crate::{
    domain::{DatasetDraft, JobId, KeepDraft, KeepRegions, NewDataset, SellerWishes},
    work::Upload,
};

/// Bytes that are collected before they are encrypted and written in one go.
const BATCH: usize = 256 * 1024;

/// A part `keep` or `override`: sixteen regions with the longest reasons, or the longest note, several times over.
const MAX_WISH_BYTES: usize = 32 * 1024;

#[derive(Serialize)]
struct Accepted {
    job: JobId,
}

/// `POST /v1/datasets`: streams photos into encrypted staging and answers 202 with a job.
///
/// Caps are checked on every chunk, before it is kept. Whatever ends this early (a refusal, a cut connection) drops
/// the [`Upload`], which destroys what was staged.
pub async fn create(
    _: Operator,
    request: HttpRequest,
    body: Payload,
    api: Data<Api>,
) -> Result<HttpResponse, HttpError> {
    let limits = api.limits.body;
    if declared_length(&request).is_some_and(|bytes| bytes > limits.max_bytes) {
        return Err(HttpError::BodyTooLarge {
            max: limits.max_bytes,
        });
    }
    let _slot = api
        .uploads
        .try_acquire()
        .map_err(|_| HttpError::Busy { what: "uploads" })?;
    let body = SharedBody::new(body, limits);
    let parts = Multipart::new(request.headers(), body.clone());
    let job = receive(&api, parts, body.clone()).await;
    let job = job.map_err(|error| because_of(body.fault(), error, limits.max_bytes))?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/v1/jobs/{job}")))
        .json(Accepted { job }))
}

fn declared_length(request: &HttpRequest) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The parser only says that the body ended; the body knows why.
fn because_of(fault: Option<BodyFault>, error: HttpError, max: u64) -> HttpError {
    match fault {
        Some(BodyFault::TooLarge) => HttpError::BodyTooLarge { max },
        Some(BodyFault::TooSlow) => HttpError::BodyTooSlow,
        Some(BodyFault::CutOff) => HttpError::BodyCutOff,
        None => error,
    }
}

impl From<MultipartError> for HttpError {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::ContentTypeMissing
            | MultipartError::ContentTypeParse
            | MultipartError::ContentTypeIncompatible => Self::NotMultipart,
            _ => Self::BadMultipart,
        }
    }
}

async fn receive(api: &Api, mut parts: Multipart, mut body: SharedBody<Payload>) -> Result<JobId, HttpError> {
    let first = parts.next().await.ok_or(HttpError::MetadataNotFirst)??;
    if first.name() != Some("metadata") {
        return Err(HttpError::MetadataNotFirst);
    }
    let dataset = metadata(first, api.limits.max_metadata_bytes).await?;
    let mut upload = api.service.begin_upload(dataset).await?;
    let (mut keep, mut note) = (None, None);
    while let Some(part) = parts.next().await {
        let part = part?;
        match part.name() {
            Some("keep") if keep.is_none() => {
                let json = whole(part, MAX_WISH_BYTES)
                    .await?
                    .ok_or(HttpError::PartTooLarge {
                        part: "keep",
                        max: MAX_WISH_BYTES,
                    })?;
                let drafts: Vec<KeepDraft> =
                    serde_json::from_slice(&json).map_err(HttpError::MalformedKeep)?;
                keep = Some(KeepRegions::new(drafts)?);
            }
            Some("override") if note.is_none() => {
                let json = whole(part, MAX_WISH_BYTES)
                    .await?
                    .ok_or(HttpError::PartTooLarge {
                        part: "override",
                        max: MAX_WISH_BYTES,
                    })?;
                note = Some(serde_json::from_slice(&json).map_err(HttpError::MalformedNote)?);
            }
            Some("file") => {
                let wishes = SellerWishes {
                    keep: keep.take().unwrap_or_default(),
                    note: note.take(),
                };
                upload = file(upload, part, wishes).await?;
            }
            _ => return Err(HttpError::UnknownPart),
        }
    }
    if let Some(part) = keep.map(|_| "keep").or(note.map(|_| "override")) {
        return Err(HttpError::NoFileFollows { part });
    }
    // What follows the last boundary means nothing, and counts against the limits all the same.
    while let Some(rest) = body.next().await {
        rest.map_err(|_| HttpError::BadMultipart)?;
    }
    Ok(web::block(move || upload.commit()).await??)
}

/// Reads and checks the `metadata` part.
async fn metadata(part: Field, max: usize) -> Result<NewDataset, HttpError> {
    let json = whole(part, max)
        .await?
        .ok_or(HttpError::MetadataTooLarge { max })?;
    let draft: DatasetDraft = serde_json::from_slice(&json).map_err(|cause| match cause.classify() {
        serde_json::error::Category::Data => HttpError::WrongShape(cause),
        _ => HttpError::MalformedJson(cause),
    })?;
    Ok(NewDataset::new(draft).map_err(crate::work::UploadError::from)?)
}

/// A whole part, or `None` when it is larger than `max` bytes.
async fn whole(mut part: Field, max: usize) -> Result<Option<Vec<u8>>, HttpError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk?;
        if bytes.len() + chunk.len() > max {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// Streams one photo. The upload travels to a blocking thread and back with each batch.
async fn file(upload: Upload, mut part: Field, wishes: SellerWishes) -> Result<Upload, HttpError> {
    let name = file_name(&part);
    let mut upload = web::block(move || {
        let mut upload = upload;
        upload.start_file_with(&name, wishes).map(|()| upload)
    })
    .await??;
    let mut batch = Vec::<Bytes>::new();
    let mut held = 0;
    while let Some(chunk) = part.next().await {
        let chunk = chunk?;
        held += chunk.len();
        batch.push(chunk);
        if held >= BATCH {
            upload = write(upload, core::mem::take(&mut batch)).await?;
            held = 0;
        }
    }
    upload = write(upload, batch).await?;
    Ok(web::block(move || upload.end_file().map(|()| upload)).await??)
}

async fn write(mut upload: Upload, batch: Vec<Bytes>) -> Result<Upload, HttpError> {
    Ok(web::block(move || {
        batch.iter().try_for_each(|chunk| upload.write(chunk))?;
        Ok::<_, crate::work::UploadError>(upload)
    })
    .await??)
}

/// The name that the part claims, only to be judged. Both forms count, so that neither can hide behind the other.
fn file_name(part: &Field) -> String {
    let Some(disposition) = part.content_disposition() else {
        return String::new();
    };
    let plain = disposition.get_filename().unwrap_or_default();
    match disposition.get_filename_ext() {
        None => plain.to_owned(),
        Some(extended) => format!("{plain}{}", String::from_utf8_lossy(&extended.value)),
    }
}
