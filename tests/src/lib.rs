//! What the tests share: the kit that a black-box case is written with, and third-party software that tests speak to. The
//! cases of the contract are here too, since they are generic over the framework.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "all of this is test code, which says what it expects by failing at once"
)]

pub mod alone;
pub mod black_box;
pub mod cases;
pub mod challenge;
pub mod client;
pub mod contract;
pub mod entra_tenant;
pub mod expect;
pub mod glewlwyd;
pub mod installs;
pub mod load;
pub mod log;
pub mod missing;
pub mod nginx;
pub mod oidc_provider;
pub mod panicking_log;
pub mod private_network;
pub mod processes;
pub mod provider;
pub mod routes;
pub mod server;
pub mod site;
pub mod unpacked;
pub mod wait;
pub mod weather;
