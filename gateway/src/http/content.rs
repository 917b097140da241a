//! Answers with bytes that never change: whole, in part, or not at all.

use std::io::{self, Read, Seek, SeekFrom};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use futures_util::stream;

use super::{
    HttpError,
    range::{Answer, Conditions, decide},
};
use crate::{ports::blobs::ReadSeek, work::BlobView};

/// The content behind an address never changes, but its owner may delete it: caches ask before they serve it.
pub const ASK_FIRST: &str = "public, no-cache";

/// Bytes that are read from the store at once.
const READ: u64 = 256 * 1024;

/// The request's conditions; a header that is not text counts as absent.
pub fn conditions(request: &HttpRequest) -> Conditions<'_> {
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    Conditions {
        if_none_match: text(header::IF_NONE_MATCH),
        if_range: text(header::IF_RANGE),
        range: text(header::RANGE),
    }
}

/// Answers with a blob as a download called `name`.
pub fn blob(request: &HttpRequest, view: BlobView, name: &str) -> Result<HttpResponse, HttpError> {
    let BlobView { blob, etag } = view;
    let etag = format!("\"{etag}\"");
    let bytes = blob.bytes;
    let (status, start, len) = match decide(conditions(request), &etag, bytes) {
        Answer::Whole => (StatusCode::OK, 0, bytes),
        Answer::Part { start, len } => (StatusCode::PARTIAL_CONTENT, start, len),
        Answer::NotModified => (StatusCode::NOT_MODIFIED, 0, 0),
        Answer::Unsatisfiable => return Err(HttpError::Unsatisfiable { bytes }),
    };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, ASK_FIRST))
        .insert_header((header::ACCEPT_RANGES, "bytes"));
    if status == StatusCode::NOT_MODIFIED {
        return Ok(response.finish());
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let last = start + len - 1;
        response.insert_header((header::CONTENT_RANGE, format!("bytes {start}-{last}/{bytes}")));
    }
    response.content_type("application/octet-stream").insert_header((
        header::CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}\""),
    ));
    let reader = Reader {
        from: blob.reader,
        left: len,
        seek: Some(start),
    };
    let chunks = stream::try_unfold(reader, |reader| async move {
        web::block(move || reader.next())
            .await
            .map_err(io::Error::other)?
    });
    Ok(response.body(SizedStream::new(len, chunks)))
}

struct Reader {
    from: Box<dyn ReadSeek>,
    left: u64,
    /// Where to go before the first read.
    seek: Option<u64>,
}

impl Reader {
    fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if let Some(start) = self.seek.take() {
            self.from.seek(SeekFrom::Start(start))?;
        }
        if self.left == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; self.left.min(READ) as usize];
        self.from.read_exact(&mut chunk)?;
        self.left -= chunk.len() as u64;
        Ok(Some((Bytes::from(chunk), self)))
    }
}
