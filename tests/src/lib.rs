//! The kit of the black-box tests: what a case is written with. The cases of the contract are here too, since they are
//! generic over the framework.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "all of this is test code, which says what it expects by failing at once"
)]

pub mod cases;
pub mod challenge;
pub mod client;
pub mod expect;
pub mod log;
pub mod routes;
pub mod server;
pub mod site;
pub mod wait;
