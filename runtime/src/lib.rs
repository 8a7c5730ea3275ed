//! One attribute puts a verified access token in front of any handler.

mod clock;
mod crypto;

#[cfg(feature = "testing")]
pub mod testing;
