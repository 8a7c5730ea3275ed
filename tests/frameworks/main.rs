//! Every framework: the contract, the attacks over its sockets, and what it alone does. The driver of axum is among the
//! core tests. Adding a framework costs its file and its line here.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a driver that cannot start must fail the test at once"
)]

mod actix_web;
mod arguments;
mod first_poll;
mod grpc;
mod layer;
mod ntex;
mod poem;
mod poem_openapi;
mod rocket;
mod salvo;
mod tonic;
mod warp;
