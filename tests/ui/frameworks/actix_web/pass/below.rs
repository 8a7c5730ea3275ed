//! Below the attributes of actix-web the guard guards too: they hand on what stands below them.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, unused)]

use actix_web::web::{Json, Path};
use actix_web::{App, Responder, get, post, routes};
use requires_auth::{AccessToken, requires_auth};

#[get("/weather/{city}")]
#[requires_auth(scope = "weather.read")]
async fn weather(city: Path<String>) -> impl Responder {
    city.into_inner()
}

#[post("/report")]
#[requires_auth(scope = "weather.write")]
#[tracing::instrument(skip_all)]
async fn report(token: AccessToken, Json(text): Json<String>) -> String {
    text + token.subject().unwrap_or_default()
}

#[routes]
#[get("/one")]
#[head("/two")]
#[requires_auth]
async fn several() -> &'static str {
    "sunny"
}

fn main() {
    let _ = App::new().service(weather).service(report).service(several);
}
