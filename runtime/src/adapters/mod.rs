//! Adapters: one file per framework, with the same three headings. They carry bytes in, and a status, fields and a body
//! out; nothing is decided here.

#[cfg(feature = "actix-web")]
pub(crate) mod actix_web;
#[cfg(feature = "axum")]
pub(crate) mod axum;
#[cfg(feature = "tower")]
mod grpc;
#[cfg(any(feature = "axum", feature = "poem", feature = "salvo", feature = "tower", feature = "warp"))]
mod http;
#[cfg(feature = "ntex")]
pub(crate) mod ntex;
#[cfg(feature = "poem")]
pub(crate) mod poem;
#[cfg(feature = "rocket")]
pub(crate) mod rocket;
#[cfg(feature = "salvo")]
pub(crate) mod salvo;
#[cfg(feature = "tonic")]
pub(crate) mod tonic;
#[cfg(feature = "tower")]
pub(crate) mod tower;
#[cfg(feature = "warp")]
pub(crate) mod warp;
