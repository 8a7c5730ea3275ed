//! Adapters: one file per framework, with the same three headings. They carry bytes in, and a status, fields and a body
//! out; nothing is decided here.

#[cfg(feature = "axum")]
pub(crate) mod axum;
#[cfg(any(feature = "axum", feature = "tower"))]
mod http;
#[cfg(feature = "tower")]
pub(crate) mod tower;
