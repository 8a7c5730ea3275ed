//! A loopback issuer, tokens and attacks, for tests of guarded handlers. Feature `testing`; for `dev-dependencies` only.
//!
//! Nothing is mocked: an [`Issuer`] serves discovery documents and keys over real HTTP, shaped like those of Microsoft
//! Entra ID, Entra External ID, Azure AD B2C or a plain OpenID provider, and its [`Token`]s go through the same verifier that runs in production. So a
//! test fails when the guard is missing, which a mock that always allows cannot do.
//!
//! A test of a guarded handler, from first line to last:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```text")]
//! use axum::body::Body;
//! use axum::extract::Path;
//! use axum::http::{Request, StatusCode, header};
//! use axum::routing::get;
//! use axum::{Extension, Router};
//! use requires_auth::testing::{Issuer, Token};
//! use requires_auth::{Verifier, requires_auth};
//! use tower::ServiceExt as _;
//!
//! // The API. In production, `Extension(verifier)` is not needed: `initialize` is called once instead.
//! #[requires_auth(scope = "weather.read")]
//! async fn weather(Path(city): Path<String>) -> String {
//!     format!("It rains in {city}.")
//! }
//!
//! fn api(verifier: Verifier) -> Router {
//!     Router::new().route("/weather/{city}", get(weather)).layer(Extension(verifier))
//! }
//!
//! // The test.
//! # /*
//! #[tokio::test]
//! # */
//! async fn the_weather_is_for_those_with_the_scope() {
//!     let issuer = Issuer::entra();
//!     let api = api(issuer.verifier());
//!     let status = async |token: Token| {
//!         let request = Request::get("/weather/Portland").header(header::AUTHORIZATION, token.bearer());
//!         api.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
//!     };
//!
//!     let ada = issuer.token().user("ada");
//!     assert_eq!(status(ada.clone().scope("weather.read")).await, StatusCode::OK);
//!     assert_eq!(status(ada.clone().scope("weather.write")).await, StatusCode::FORBIDDEN);
//!     assert_eq!(status(ada.clone().scope("weather.read").expired()).await, StatusCode::UNAUTHORIZED);
//!     assert_eq!(status(issuer.token().app("daemon").role("weather.read")).await, StatusCode::FORBIDDEN);
//!
//!     let anonymous = Request::get("/weather/Portland").body(Body::empty()).unwrap();
//!     assert_eq!(api.clone().oneshot(anonymous).await.unwrap().status(), StatusCode::UNAUTHORIZED);
//! }
//! # tokio::runtime::Runtime::new().unwrap().block_on(the_weather_is_for_those_with_the_scope());
//! ```
//!
//! Beyond that:
//!
//! - [`Token`] says what a token has, and makes it wrong in exactly one way.
//! - [`Issuer::rotate`], [`Issuer::go_down`], [`Issuer::lie`] and their like show how an API fares while its issuer does
//!   not; [`Issuer::requests`] counts what it was asked.
//! - [`ManualClock`] lets an hour pass at once, for the issuer and the verifier alike.
//! - [`attacks`] holds the hostile tokens and requests that this library is tested with, to be run against a route of
//!   yours.
//!
//! The methods panic when they cannot do what they are asked, as a test's own assertions do.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test helper that cannot do what it was asked must fail the test loudly, where it was asked"
)]

pub mod attacks;
mod certificate;
mod directory;
mod documents;
mod identity;
mod issuer;
mod key;
mod key_set;
mod lie;
mod profile;
mod requests;
mod server;
mod site;
mod token;

pub use self::directory::Document;
pub use self::issuer::Issuer;
pub use self::key::KeyPair;
pub use self::lie::Lie;
pub use self::requests::Requests;
pub use self::token::Token;
pub use crate::clock::ManualClock;
