//! One attribute puts a verified access token in front of any handler.

mod bearer;
mod claims;
mod clock;
mod crypto;
mod error;
mod guid;
pub mod oauth_error;
mod scope;
