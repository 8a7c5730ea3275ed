#![deny(unexpected_cfgs)]

use axum::Router;
use axum::routing::get;
use requires_auth::requires_auth;

#[cfg(debug_assertions)]
#[requires_auth(scope = "weather.read")]
async fn above() {}

#[cfg(not(debug_assertions))]
#[requires_auth(scope = "weather.write")]
async fn above() {}

#[requires_auth(scope = "weather.read")]
#[cfg(debug_assertions)]
async fn below() {}

#[requires_auth(scope = "weather.write")]
#[cfg(not(debug_assertions))]
async fn below() {}

#[cfg_attr(all(), requires_auth(scope = "weather.read"))]
#[cfg_attr(any(), requires_auth(scope = "weather.write"))]
async fn one_of_two() {}

fn main() {
    let _: Router = Router::new().route("/above", get(above)).route("/below", get(below)).route("/one", get(one_of_two));
}
