//! Below the attributes of ntex the guard guards too: they hand on what stands below them.
// The attributes of ntex make structs without documentation.
#![allow(missing_docs)]
#![deny(warnings, unreachable_pub, private_interfaces, private_bounds, dead_code, unused)]

use ntex::web::types::{Json, Path};
use ntex::web::{self, App};
use requires_auth::{AccessToken, requires_auth};

#[web::get("/weather/{city}")]
#[requires_auth(scope = "weather.read")]
async fn weather(city: Path<String>) -> String {
    city.into_inner()
}

#[web::post("/report")]
#[requires_auth(scope = "weather.write")]
#[tracing::instrument(skip_all)]
async fn report(token: AccessToken, Json(text): Json<String>) -> String {
    text + token.subject().unwrap_or_default()
}

fn main() {
    let _ = App::new().service(weather).service(report);
}
