//! Every address in one table, and what surrounds all of them.

use actix_web::{
    App, HttpRequest, HttpResponse, Route,
    body::MessageBody,
    dev::{ResourceDef, ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    http::header,
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data, QueryConfig, ServiceConfig},
};

use super::{Api, HttpError, cut, datasets, docs, evidence, health, jobs, metrics, offers, upload};

macro_rules! table {
    ($($method:ident $path:literal => $handler:path),* $(,)?) => {
        /// Method and path of every route; a `GET` answers `HEAD` too.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn register(app: &mut ServiceConfig) {
            $(app.route($path, $method().to($handler));)*
        }
    };
}

table! {
    GET "/health" => health::show,
    GET "/metrics" => metrics::show,
    GET "/openapi.json" => docs::openapi,
    GET "/docs" => docs::page,
    GET "/docs/page.js" => docs::script,
    GET "/docs/page.css" => docs::style,
    GET "/v1/gateway" => offers::gateway,
    GET "/v1/offers" => offers::list,
    GET "/v1/offers/{id}/ciphertext" => offers::ciphertext,
    GET "/v1/offers/{id}/sidecar" => offers::sidecar,
    POST "/v1/datasets" => upload::create,
    GET "/v1/datasets/{record}" => datasets::show,
    DELETE "/v1/datasets/{record}" => datasets::delete,
    GET "/v1/datasets/{record}/report" => datasets::report,
    GET "/v1/datasets/{record}/metadata" => datasets::metadata,
    GET "/v1/datasets/{record}/metrics" => datasets::metrics,
    GET "/v1/datasets/{record}/bundle" => evidence::bundle,
    GET "/v1/datasets/{record}/openings" => evidence::openings,
    GET "/v1/orders/{id}/proof" => evidence::order,
    GET "/v1/datasets/{record}/dcat" => datasets::dcat,
    GET "/v1/datasets/{record}/lineage" => datasets::lineage,
    GET "/v1/catalogue" => datasets::catalogue,
    GET "/v1/jobs" => jobs::list,
    GET "/v1/jobs/{id}" => jobs::show,
    DELETE "/v1/jobs/{id}" => jobs::cancel,
    GET "/v1/jobs/{id}/events" => jobs::events,
}

#[allow(
    non_snake_case,
    reason = "named as methods are, so that the table reads as one"
)]
fn GET() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

#[allow(non_snake_case, reason = "as `GET`")]
fn POST() -> Route {
    web::post()
}

#[allow(non_snake_case, reason = "as `GET`")]
fn DELETE() -> Route {
    web::delete()
}

/// The whole application, as served and as tested.
pub fn app(
    api: Data<Api>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(api)
        .app_data(QueryConfig::default().error_handler(|_, _| HttpError::BadQuery.into()))
        .configure(register)
        .default_service(web::to(nothing_here))
        .wrap(
            DefaultHeaders::new()
                .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .add((
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; frame-ancestors 'none'",
                ))
                .add((header::REFERRER_POLICY, "no-referrer"))
                .add(("cross-origin-resource-policy", "same-origin"))
                .add((header::CACHE_CONTROL, "no-store")),
        )
        .wrap(from_fn(metrics::count))
        .wrap(from_fn(cut::unread_bodies))
}

/// 404, or 405 with what the address does take.
async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let mut allow = Vec::new();
    for (method, path) in ROUTES {
        if ResourceDef::new(*path).is_match(request.path()) {
            allow.push(*method);
            if *method == "GET" {
                allow.push("HEAD");
            }
        }
    }
    if allow.is_empty() {
        return Err(HttpError::NoSuchRoute);
    }
    Err(HttpError::MethodNotAllowed {
        allow: allow.join(", "),
    })
}
