//! One page for each framework: a complete program, then what its users ask.
//!
//! The programs of axum and tower are compiled here. Those of the other frameworks are compiled by `tests/pages`, so that
//! the tests of this package build no more than one framework.

/// actix-web 4.
#[cfg(all(feature = "actix-web", not(doctest)))]
#[doc = include_str!("actix_web.md")]
pub mod actix_web {}

/// axum 0.8.
#[cfg(feature = "axum")]
#[doc = include_str!("axum.md")]
pub mod axum {}

/// ntex 3.
#[cfg(all(feature = "ntex", not(doctest)))]
#[doc = include_str!("ntex.md")]
pub mod ntex {}

/// poem 3 and poem-openapi 5.
#[cfg(all(feature = "poem", not(doctest)))]
#[doc = include_str!("poem.md")]
pub mod poem {}

/// rocket 0.5.
#[cfg(all(feature = "rocket", not(doctest)))]
#[doc = include_str!("rocket.md")]
pub mod rocket {}

/// salvo 1.
#[cfg(all(feature = "salvo", not(doctest)))]
#[doc = include_str!("salvo.md")]
pub mod salvo {}

/// tonic 0.14.
#[cfg(all(feature = "tonic", not(doctest)))]
#[doc = include_str!("tonic.md")]
pub mod tonic {}

/// Any tower service.
#[cfg(feature = "tower")]
#[doc = include_str!("tower.md")]
pub mod tower {}

/// warp 0.4.
#[cfg(all(feature = "warp", not(doctest)))]
#[doc = include_str!("warp.md")]
pub mod warp {}
