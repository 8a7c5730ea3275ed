//! The drivers. Adding a framework costs its file and its line here.
#![allow(clippy::unwrap_used, reason = "a driver that cannot start must fail the test at once")]

mod actix_web;
mod axum;
mod ntex;
mod poem;
mod poem_openapi;
mod rocket;
mod salvo;
mod tonic;
mod warp;
