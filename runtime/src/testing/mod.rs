//! x
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test helper that cannot do what it was asked must fail the test loudly, where it was asked"
)]

mod certificate;
mod documents;
mod identity;
mod issuer;
mod key;
mod lie;
mod server;
mod token;

pub use jsonwebtoken::Algorithm;

pub use self::documents::Document;
pub use self::issuer::{Issuer, Requests};
pub use self::key::KeyPair;
pub use self::lie::Lie;
pub use self::token::Token;
pub use crate::clock::ManualClock;
