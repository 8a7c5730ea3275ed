//! One page for each framework: a complete program, then what its users ask. Each page is compiled with its feature.

/// actix-web 4.
#[cfg(feature = "actix-web")]
#[doc = include_str!("actix_web.md")]
pub mod actix_web {}

/// axum 0.8.
#[cfg(feature = "axum")]
#[doc = include_str!("axum.md")]
pub mod axum {}

/// ntex 3.
#[cfg(feature = "ntex")]
#[doc = include_str!("ntex.md")]
pub mod ntex {}

/// poem 3 and poem-openapi 5.
#[cfg(feature = "poem")]
#[doc = include_str!("poem.md")]
pub mod poem {}

/// rocket 0.5.
#[cfg(feature = "rocket")]
#[doc = include_str!("rocket.md")]
pub mod rocket {}

/// salvo 1.
#[cfg(feature = "salvo")]
#[doc = include_str!("salvo.md")]
pub mod salvo {}

/// tonic 0.14.
#[cfg(feature = "tonic")]
#[doc = include_str!("tonic.md")]
pub mod tonic {}

/// Any tower service.
#[cfg(feature = "tower")]
#[doc = include_str!("tower.md")]
pub mod tower {}

/// warp 0.4.
#[cfg(feature = "warp")]
#[doc = include_str!("warp.md")]
pub mod warp {}
