//! What a verifier remembers changes no verdict: the same requests go to verifiers that differ in their cache alone, and
//! to the plain `requires-auth-reference`.
//!
//! 1. `random`: games of thousands of requests, with given keys. The fuzz target `fast_path` plays the same game.
//! 2. `key_life`: the same with an issuer that changes its keys, is gone and comes back.
//! 3. `cases`: what must be shown once by name.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of a test fail it where they stand"
)]

mod cases;
mod key_life;
mod players;
mod random;
