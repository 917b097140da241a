//! Every refusal of the HTTP layer, and the one place that decides its status and code (RFC 9457).

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{DatasetRefusal, KeepRefusal, NoteRefusal, PhotoRefusal},
    ports::{JournalError, StagingError},
    work::{LineageError, ServiceError, UploadError},
};

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    #[error(
        "this route needs the header `Authorization: Bearer <token>` with the token of <state>/operator.token"
    )]
    Unauthorised,
    #[error("no such address; GET /openapi.json lists all")]
    NoSuchRoute,
    #[error("this address takes {allow}")]
    MethodNotAllowed { allow: String },
    #[error("the query part of the address is not understood")]
    BadQuery,
    /// An id that does not parse names nothing.
    #[error("that is no {what} id")]
    NotAnId { what: &'static str },
    #[error("the body must be multipart/form-data with a boundary")]
    NotMultipart,
    #[error("the multipart body is malformed")]
    BadMultipart,
    #[error("the first part must be `metadata`")]
    MetadataNotFirst,
    #[error("the part `metadata` is larger than {max} bytes")]
    MetadataTooLarge { max: usize },
    #[error("the part `metadata` is not JSON: {0}")]
    MalformedJson(#[source] serde_json::Error),
    #[error("the part `metadata` does not have the wanted shape: {0}")]
    WrongShape(#[source] serde_json::Error),
    #[error(
        "after `metadata` only parts named `file` are taken, and before a file `keep` and `override`, once each"
    )]
    UnknownPart,
    #[error("the part `{part}` belongs before a part `file`, and none follows")]
    NoFileFollows { part: &'static str },
    #[error("the part `{part}` is larger than {max} bytes")]
    PartTooLarge { part: &'static str, max: usize },
    #[error("the part `keep` is not a JSON list of regions: {0}")]
    MalformedKeep(#[source] serde_json::Error),
    #[error("the part `override` is not a note: {0}")]
    MalformedNote(#[source] serde_json::Error),
    #[error(transparent)]
    Keep(#[from] KeepRefusal),
    #[error("the body is larger than {max} bytes")]
    BodyTooLarge { max: u64 },
    #[error("the body came too slowly")]
    BodyTooSlow,
    #[error("this address takes no chunked body")]
    UnwantedBody,
    #[error("the connection ended before the body did")]
    BodyCutOff,
    #[error("too many {what} at the same time; try again later")]
    Busy { what: &'static str },
    #[error("the content has {bytes} bytes, and nothing of it lies in the asked range")]
    Unsatisfiable { bytes: u64 },
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// What the node would have had to say.
    #[error("{0}")]
    Node(String),
    /// A blocking task was lost: the pool is shutting down.
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

impl From<actix_web::error::BlockingError> for HttpError {
    fn from(_: actix_web::error::BlockingError) -> Self {
        Self::ShuttingDown
    }
}

impl From<LineageError> for HttpError {
    fn from(error: LineageError) -> Self {
        match error {
            LineageError::Service(error) => error.into(),
            LineageError::Chain(error) => Self::Node(error.plain()),
            LineageError::Late => Self::Node(error.to_string()),
        }
    }
}

/// The body of every answer that is not a success: `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:vouchsafe:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    pub status: u16,
    /// Stable, for programs.
    pub code: String,
    /// A sentence for people. Says nothing about the gateway's inside.
    pub detail: String,
}

type Verdict = (StatusCode, &'static str);

const INTERNAL: Verdict = (StatusCode::INTERNAL_SERVER_ERROR, "internal");

impl HttpError {
    /// Status and stable code.
    fn verdict(&self) -> Verdict {
        match self {
            Self::Unauthorised => (StatusCode::UNAUTHORIZED, "unauthorised"),
            Self::NoSuchRoute => (StatusCode::NOT_FOUND, "no_such_route"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::BadQuery => (StatusCode::BAD_REQUEST, "bad_query"),
            Self::NotAnId { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Self::NotMultipart => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_multipart"),
            Self::BadMultipart => (StatusCode::BAD_REQUEST, "malformed_multipart"),
            Self::MetadataNotFirst => (StatusCode::BAD_REQUEST, "metadata_not_first"),
            Self::MetadataTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "metadata_too_large"),
            Self::MalformedJson(_) => (StatusCode::BAD_REQUEST, "malformed_json"),
            Self::WrongShape(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_metadata"),
            Self::UnknownPart => (StatusCode::BAD_REQUEST, "unknown_part"),
            Self::NoFileFollows { .. } => (StatusCode::BAD_REQUEST, "no_file_follows"),
            Self::PartTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "part_too_large"),
            Self::MalformedKeep(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_keep"),
            Self::MalformedNote(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_override"),
            Self::Keep(refusal) => of_keep(refusal),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "body_too_slow"),
            Self::UnwantedBody => (StatusCode::BAD_REQUEST, "unwanted_body"),
            Self::BodyCutOff => (StatusCode::BAD_REQUEST, "body_cut_off"),
            Self::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Unsatisfiable { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable"),
            Self::Node(_) => (StatusCode::SERVICE_UNAVAILABLE, "node_unavailable"),
            Self::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, "shutting_down"),
            Self::Service(error) => of_service(error),
            Self::Upload(error) => of_upload(error),
        }
    }

    /// What the asker is told. The cause of an internal error goes to the log alone.
    fn problem(&self) -> Problem {
        let (status, code) = self.verdict();
        let detail = match code {
            "internal" => "the gateway could not do this; its log says why".to_owned(),
            "no_space" => "the gateway's disk is full".to_owned(),
            _ => self.to_string(),
        };
        Problem {
            kind: format!("urn:vouchsafe:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail,
        }
    }
}

fn of_service(error: &ServiceError) -> Verdict {
    match error {
        ServiceError::UnknownJob(_) | ServiceError::UnknownDataset(_) | ServiceError::UnknownOffer(_) => {
            (StatusCode::NOT_FOUND, "not_found")
        }
        ServiceError::UnknownItem { .. } => (StatusCode::NOT_FOUND, "not_found"),
        ServiceError::NoProofYet => (StatusCode::NOT_FOUND, "no_proof_yet"),
        ServiceError::Erased(_) => (StatusCode::GONE, "erased"),
        ServiceError::TooLargeForABundle { .. } => (StatusCode::CONFLICT, "too_large_for_a_bundle"),
        ServiceError::SecretLost => INTERNAL,
        ServiceError::Dataset(refusal) => of_dataset(refusal),
        ServiceError::WrongState(_) => (StatusCode::CONFLICT, "wrong_state"),
        ServiceError::Staging(error) => of_staging(error),
        ServiceError::Journal(error) => of_journal(error),
        ServiceError::LostBlob { .. } | ServiceError::DamagedBlob { .. } => INTERNAL,
        ServiceError::Catalogue(_) | ServiceError::Blob(_) | ServiceError::Lookalikes(_) => INTERNAL,
    }
}

fn of_upload(error: &UploadError) -> Verdict {
    match error {
        UploadError::Dataset(refusal) => of_dataset(refusal),
        UploadError::NoFiles => (StatusCode::UNPROCESSABLE_ENTITY, "no_photo"),
        UploadError::TooManyFiles { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_many_files"),
        UploadError::FileTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "file_too_large"),
        UploadError::UploadTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
        UploadError::EmptyFile { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "empty_file"),
        UploadError::BadName { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "bad_file_name"),
        UploadError::Photo { refusal, .. } => of_photo(refusal),
        UploadError::Keep { refusal, .. } => of_keep(refusal),
        UploadError::Note { refusal, .. } => of_note(refusal),
        UploadError::NoOpenFile | UploadError::FileStillOpen { .. } => INTERNAL,
        UploadError::Staging(error) => of_staging(error),
        UploadError::Journal(error) => of_journal(error),
    }
}

fn of_dataset(refusal: &DatasetRefusal) -> Verdict {
    let code = match refusal {
        DatasetRefusal::ZeroPrice => "price_zero",
        DatasetRefusal::PriceAboveIssuance { .. } => "price_above_issuance",
        DatasetRefusal::BadPrice(_) => "price_not_an_amount",
        DatasetRefusal::TooManyParents { .. } => "parents_too_many",
        DatasetRefusal::RepeatedParent { .. } => "parent_repeated",
        DatasetRefusal::SharesExceedWhole { .. } => "parents_exceed_whole",
        DatasetRefusal::UnknownParent { .. } => "parent_unknown",
        DatasetRefusal::WithdrawnParent { .. } => "parent_withdrawn",
        DatasetRefusal::Ancestry(_) => "parents_ancestry",
        DatasetRefusal::TooManyParentDocuments { .. } => "parent_documents_too_many",
        DatasetRefusal::UnreadParentTerms { .. } => "parent_terms_unread",
        DatasetRefusal::UnclearParentTerms { .. } => "parent_terms_unclear",
        DatasetRefusal::DerivationForbidden { .. } => "parent_forbids_derivation",
        DatasetRefusal::ShareBelowAsked { .. } => "parent_share_too_small",
        DatasetRefusal::OtherPolicy { .. } => "policy_not_here",
        _ => "invalid_metadata",
    };
    (StatusCode::UNPROCESSABLE_ENTITY, code)
}

fn of_photo(refusal: &PhotoRefusal) -> Verdict {
    // The same codes as the anonymiser gives for what only decoding can show.
    let code = match refusal {
        PhotoRefusal::NotAPhoto => "unsupported_format",
        PhotoRefusal::TooManyPixels { .. } => "picture_too_large",
        PhotoRefusal::NoSize => "damaged_picture",
        PhotoRefusal::Truncated => "truncated_picture",
    };
    (StatusCode::UNPROCESSABLE_ENTITY, code)
}

fn of_keep(refusal: &KeepRefusal) -> Verdict {
    (StatusCode::UNPROCESSABLE_ENTITY, refusal.code())
}

fn of_note(refusal: &NoteRefusal) -> Verdict {
    (StatusCode::UNPROCESSABLE_ENTITY, refusal.code())
}

fn of_staging(error: &StagingError) -> Verdict {
    match error {
        StagingError::Io { cause, .. } if cause.kind() == std::io::ErrorKind::StorageFull => {
            (StatusCode::INSUFFICIENT_STORAGE, "no_space")
        }
        _ => INTERNAL,
    }
}

fn of_journal(error: &JournalError) -> Verdict {
    match error {
        JournalError::Missing(_) => (StatusCode::NOT_FOUND, "not_found"),
        _ => INTERNAL,
    }
}

impl ResponseError for HttpError {
    fn status_code(&self) -> StatusCode {
        self.verdict().0
    }

    fn error_response(&self) -> HttpResponse {
        let problem = self.problem();
        let status = self.status_code();
        if status.is_server_error() && !matches!(self, Self::Busy { .. } | Self::ShuttingDown) {
            tracing::error!(code = problem.code, error = %self, "a request failed inside");
        }
        let mut response = HttpResponseBuilder::new(status);
        response.content_type("application/problem+json");
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        let extra = match self {
            Self::Unauthorised => Some((header::WWW_AUTHENTICATE, "Bearer".to_owned())),
            Self::MethodNotAllowed { allow } => Some((header::ALLOW, allow.clone())),
            Self::Busy { .. } | Self::ShuttingDown => Some((header::RETRY_AFTER, "5".to_owned())),
            Self::Unsatisfiable { bytes } => Some((header::CONTENT_RANGE, format!("bytes */{bytes}"))),
            _ => None,
        };
        if let Some(extra) = extra {
            response.insert_header(extra);
        }
        // The rest of a refused body is not read, so the connection cannot carry another request.
        if matches!(status.as_u16(), 408 | 413) {
            response.force_close();
        }
        response.json(problem)
    }
}
