//! What the tests share: programs that they start, and third-party software that they speak to.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is called by tests, which fail by panicking"
)]

pub mod entra_tenant;
pub mod installs;
pub mod missing;
pub mod oidc_provider;
pub mod private_network;
pub mod processes;
pub mod weather;
