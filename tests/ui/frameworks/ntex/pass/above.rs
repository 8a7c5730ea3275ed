//! Above the attributes of ntex, and where there are none. Warnings of ours would be errors here.
// The attributes of ntex make structs without documentation.
#![allow(missing_docs)]
#![deny(warnings, unreachable_pub, private_interfaces, private_bounds, dead_code, unused)]
#![deny(clippy::pedantic, missing_debug_implementations, unnameable_types)]
#![forbid(unsafe_code, non_snake_case, unused_qualifications)]

mod my_auth {
    pub(crate) use ::requires_auth::*;
}

use ntex::web::types::{Json, Path, State};
use ntex::web::{self, App, HttpRequest, HttpResponse, Responder, ServiceConfig};
use requires_auth::{AccessToken, AuthError, Caller, requirement, requires_auth, validate_scope};

#[requires_auth(scope = "weather.read")]
#[web::get("/weather/{city}")]
async fn weather(city: Path<String>, token: AccessToken) -> String {
    format!("{city} {:?}", token.subject())
}

#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
#[web::head("/weather")]
async fn head() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[requires_auth(scope = "weather.write", not(guest))]
#[web::post("/report", guard = "guarded")]
async fn report(request: HttpRequest, Json(text): Json<String>) -> Result<String, AuthError> {
    validate_scope(requirement!(role = "Forecaster"), &request).await?;
    Ok(text)
}

fn guarded(of: &ntex::http::RequestHead) -> bool {
    of.uri.path().len() > 1
}

#[requires_auth]
#[web::get("/raw")]
async fn r#async(r#type: Caller) -> Result<&'static str, web::Error> {
    r#type.token().map(|_| "known").ok_or_else(|| web::error::ErrorNotFound("unknown").into())
}

#[cfg(debug_assertions)]
#[requires_auth(scope = "weather.read")]
#[web::get("/twins")]
async fn twins() -> &'static str {
    "read"
}

#[cfg(not(debug_assertions))]
#[requires_auth(scope = "weather.write")]
#[web::get("/twins")]
async fn twins() -> &'static str {
    "write"
}

#[requires_auth(scope = "weather.read")]
#[web::get("/traced")]
#[tracing::instrument]
async fn traced(city: Path<String>) -> String {
    city.into_inner()
}

#[requires_auth(scope = "weather.read")]
#[utoipa::path(get, path = "/described", responses((status = 200, body = String)))]
#[web::get("/described")]
async fn described(_city: Path<String>) -> &'static str {
    "sunny"
}

#[my_auth::requires_auth(scope = "weather.read", crate = my_auth)]
#[web::get("/renamed")]
async fn renamed() -> &'static str {
    "sunny"
}

trait Store: 'static {
    fn read(&self) -> String;
}

struct Memory;

impl Store for Memory {
    fn read(&self) -> String {
        "sunny".to_owned()
    }
}

#[requires_auth(scope = "weather.read")]
async fn generic<S, const N: usize>(store: State<S>) -> impl Responder
where
    S: Store,
{
    store.read().repeat(N)
}

#[deny(missing_docs)]
mod shadowed {
    mod ntex {}

    #[requires_auth::requires_auth(scope = "weather.read")]
    pub(crate) async fn weather(_token: requires_auth::AccessToken) -> &'static str {
        "sunny"
    }
}

fn api(config: &mut ServiceConfig) {
    #[requires_auth(scope = "weather.read")]
    #[web::get("/local")]
    async fn local() -> &'static str {
        "sunny"
    }

    config.service(weather).service(head).service(report).service(r#async).service(twins).service(traced);
    config.service(described).service(renamed).service(local);
    config.route("/shadowed", web::get().to(shadowed::weather));
    config.route("/generic", web::get().to(generic::<Memory, 2>));
}

fn main() {
    let _ = App::new().configure(api);
}
