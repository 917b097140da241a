//! Ends connections whose request body will not be read to its end.
//!
//! actix reads and throws away what is left of a chunked body, for ever if it has no end (seen: 1 GiB, and going on),
//! so that the connection can be used again. Here the body is kept unread instead, which stops the client by its own
//! full buffers; the answer is sent, the client gets a moment to read it, and the connection is cut. Bodies with a
//! declared length need none of this: actix closes those connections itself.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::{Method, header},
    middleware::Next,
    web::Bytes,
};
use futures_util::Stream;
use tokio::time::{Sleep, sleep};

use super::HttpError;

/// The one address that takes a body.
const UPLOAD: (Method, &str) = (Method::POST, "/v1/datasets");

/// How long a client may read its answer before the connection goes.
const MOMENT: Duration = Duration::from_secs(1);

/// A request's body, watched. Kept alive after an answer, it is not read and not thrown away.
#[derive(Clone)]
struct Watched(Rc<RefCell<Body>>);

struct Body {
    payload: Payload,
    ended: bool,
}

impl Watched {
    fn new(payload: Payload) -> Self {
        Self(Rc::new(RefCell::new(Body {
            payload,
            ended: false,
        })))
    }
}

impl Stream for Watched {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.0.borrow_mut();
        let polled = Pin::new(&mut body.payload).poll_next(cx);
        body.ended |= matches!(polled, Poll::Ready(None));
        polled
    }
}

/// Middleware: refuses chunked bodies where none is wanted, and cuts the connection after an answer to one that was
/// not read to its end.
pub async fn unread_bodies(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let body = Watched::new(request.take_payload());
    let response = if (request.method(), request.path()) == (&UPLOAD.0, UPLOAD.1) {
        request.set_payload(Payload::Stream {
            payload: Box::pin(body.clone()),
        });
        next.call(request).await?.map_into_boxed_body()
    } else {
        request.error_response(HttpError::UnwantedBody)
    };
    if body.0.borrow().ended {
        return Ok(response);
    }
    Ok(response.map_body(|_, answer| {
        BoxBody::new(Cut {
            answer,
            _left: body,
            moment: None,
        })
    }))
}

/// An answer that ends with the connection.
struct Cut {
    answer: BoxBody,
    _left: Watched,
    moment: Option<Pin<Box<Sleep>>>,
}

impl MessageBody for Cut {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.moment.is_none() {
            match this.answer.as_pin_mut().poll_next(cx) {
                Poll::Ready(None) => {}
                more => return more,
            }
        }
        let moment = this.moment.get_or_insert_with(|| Box::pin(sleep(MOMENT)));
        // An error is the only way to tell actix to hang up.
        moment
            .as_mut()
            .poll(cx)
            .map(|()| Some(Err("the rest of the request's body is refused".into())))
    }
}
