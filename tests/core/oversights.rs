//! Doors that an oversight could leave open: the bare attribute at a public issuer, and methods that a block does not have.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

mod default_methods;
mod public_issuers;
