//! Doors that an oversight could leave open: the bare attribute at a public issuer, and methods that a block does not have.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

#[path = "oversights/default_methods.rs"]
mod default_methods;
#[path = "oversights/public_issuers.rs"]
mod public_issuers;
