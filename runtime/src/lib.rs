//! One attribute puts a verified access token in front of any handler.

mod clock;
mod crypto;
mod discovery;
mod jwk;
mod keys;
