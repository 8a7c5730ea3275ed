//! Above the attributes of actix-web, and where there are none. Warnings of ours would be errors here.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, unused)]
#![deny(clippy::pedantic, missing_debug_implementations, unnameable_types)]
#![forbid(unsafe_code, non_snake_case, unused_qualifications)]

mod my_auth {
    pub(crate) use ::requires_auth::*;
}

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, Responder, get, route, routes};
use requires_auth::{AccessToken, AuthError, Caller, requirement, requires_auth, validate_scope};

#[requires_auth(scope = "weather.read")]
#[get("/weather/{city}")]
async fn weather(city: Path<String>, token: AccessToken) -> impl Responder {
    format!("{city} {:?}", token.subject())
}

#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
#[routes]
#[get("/one")]
#[head("/two")]
async fn several() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[requires_auth(scope = "weather.write", not(guest))]
#[route("/report", method = "POST", method = "PUT", guard = "guarded")]
async fn report(request: HttpRequest, Json(text): Json<String>) -> Result<String, AuthError> {
    validate_scope(requirement!(role = "Forecaster"), &request).await?;
    Ok(text)
}

fn guarded(context: &actix_web::guard::GuardContext<'_>) -> bool {
    context.head().peer_addr.is_none()
}

#[requires_auth]
#[get("/raw")]
async fn r#async(r#type: Caller) -> actix_web::Result<&'static str> {
    r#type.token().map(|_| "known").ok_or_else(|| actix_web::error::ErrorNotFound("unknown"))
}

#[cfg(debug_assertions)]
#[requires_auth(scope = "weather.read")]
#[get("/twins")]
async fn twins() -> &'static str {
    "sunny"
}

#[cfg(not(debug_assertions))]
#[requires_auth(scope = "weather.write")]
#[get("/twins")]
async fn twins() -> &'static str {
    "sunny"
}

#[requires_auth(scope = "weather.read")]
#[get("/traced")]
#[tracing::instrument]
async fn traced(city: Path<String>) -> String {
    city.into_inner()
}

#[requires_auth(scope = "weather.read")]
#[utoipa::path(get, path = "/described", responses((status = 200, body = String)))]
#[get("/described")]
async fn described(_city: Path<String>) -> &'static str {
    "sunny"
}

#[my_auth::requires_auth(scope = "weather.read", crate = my_auth)]
#[get("/renamed")]
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
async fn generic<S, const N: usize>(store: Data<S>) -> impl Responder
where
    S: Store,
{
    store.read().repeat(N)
}

#[actix_web::scope("/scoped")]
mod scoped {
    use actix_web::get;
    use requires_auth::requires_auth;

    #[requires_auth(scope = "weather.read")]
    #[get("/inner")]
    pub(crate) async fn inner() -> &'static str {
        "sunny"
    }
}

mod shadowed {
    mod actix_web {}

    #[requires_auth::requires_auth(scope = "weather.read")]
    pub(crate) async fn weather(_token: requires_auth::AccessToken) -> &'static str {
        "sunny"
    }
}

fn api(config: &mut ServiceConfig) {
    #[requires_auth(scope = "weather.read")]
    #[get("/local")]
    async fn local() -> &'static str {
        "sunny"
    }

    config.service(weather).service(several).service(report).service(r#async).service(twins).service(traced);
    config.service(described).service(renamed).service(local).service(scoped::inner);
    config.route("/shadowed", web::get().to(shadowed::weather));
    config.route("/generic", web::get().to(generic::<Memory, 2>));
}

fn main() {
    let _ = App::new().configure(api);
}
