//! The API's description and a page that shows it, without anything from elsewhere.

use actix_web::{HttpResponse, http::header};

/// The committed OpenAPI 3.1 document.
pub const OPENAPI: &str = include_str!("../../openapi.json");

const PAGE: &str = include_str!("docs/page.html");
const SCRIPT: &str = include_str!("docs/page.js");
const STYLE: &str = include_str!("docs/page.css");

/// Only what this gateway serves itself may run or be shown.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// `GET /openapi.json`.
pub async fn openapi() -> HttpResponse {
    asset("application/json", OPENAPI)
}

/// `GET /docs`.
pub async fn page() -> HttpResponse {
    asset("text/html; charset=utf-8", PAGE)
}

/// `GET /docs/page.js`.
pub async fn script() -> HttpResponse {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

/// `GET /docs/page.css`.
pub async fn style() -> HttpResponse {
    asset("text/css; charset=utf-8", STYLE)
}

fn asset(media: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(body)
}
