//! One attribute puts a verified access token, and the scopes and roles it must carry, in front of any handler.
//!
//! The tokens are OAuth 2.0 access tokens of Microsoft Entra ID, one tenant or many, of Entra External ID and Azure AD B2C,
//! or of any OpenID provider that signs JWTs. The check is made before any argument of the handler is extracted, so before a byte of the body is read:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```text")]
//! use axum::{Router, extract::Path, routing::get};
//! use requires_auth::{initialize, requires_auth};
//!
//! #[requires_auth(scope = "weather.read")]
//! async fn weather(Path(city): Path<String>) -> String {
//!     format!("sunny in {city}")
//! }
//!
//! async fn serve(tenant_id: &str, client_id: &str) -> Result<(), Box<dyn std::error::Error>> {
//!     initialize(tenant_id, client_id)?;
//!     let app = Router::new().route("/api/weather/{city}", get(weather));
//!     axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8000").await?, app).await?;
//!     Ok(())
//! }
//! # let _ = serve;
//! ```
//!
//! # What it does
//!
//! - It **verifies** a bearer token: signature, issuer, audience, time, tenant, version and kind of token ([`Verifier`]).
//! - It **evaluates** what the handler asks for: scopes, roles, groups, kind of caller, authentication contexts, and rules
//!   of your own ([`macro@requires_auth`]).
//! - It **answers** a request that may not pass: status, challenge (RFC 6750), problem document (RFC 9457), with a stable
//!   [`Reason`]. The log says what the developer should look at.
//! - It **keeps keys** current in the background, and serves with the last good ones while the issuer is down.
//!
//! # What it does not do
//!
//! It does not sign anybody in, keeps no sessions, fetches no tokens, and refuses ID tokens where they can
//! be told apart. It asks no issuer about a
//! token (RFC 7662), so a token is good until it expires or its key goes. A token that is bound to a key or certificate
//! (DPoP, mutual TLS) is refused, since its proof is not checked here. `SECURITY.md` in the repository has the threat model.
//!
//! # Where to enter
//!
//! | you want | it is |
//! |---|---|
//! | to guard a handler, or the methods of an `impl` block | [`macro@requires_auth`] |
//! | to guard a router | [`RequiresAuthLayer`], feature `tower` |
//! | to check by hand | [`validate_scope`], with a scope or a [`requirement!`] |
//! | the token in a handler | an argument [`AccessToken`]; [`Caller`] where anonymous callers are welcome; `of_request` of either by hand |
//! | to say whose tokens count | [`initialize`], [`initialize_b2c`], [`initialize_from`] with [`Settings`], [`initialize_with`] with a [`Verifier`] |
//! | B2C, External ID, many tenants, another provider, keys of your own | [`Authority`], [`TokenProfile`] |
//! | several authorities, other limits, a proxy | [`Verifier::builder`], [`Authority`] |
//! | to see what is wrong, with the set-up or with one token | [`Verifier::diagnose`], [`Verifier::explain`]; [`doctor`] |
//! | a readiness probe | [`Verifier::ready`], [`Verifier::health`]; [`process_wide`] is the verifier of [`initialize`] |
//! | to tell clients whom to ask (RFC 9728) | [`VerifierBuilder::resource`], [`Verifier::resource_metadata`] |
//! | to read Entra ID's own errors | [`oauth_error`] |
//! | to test guarded handlers | [`testing`], feature `testing` |
//! | to loosen a check | [`danger`] |
//!
//! Pages: [one for each framework](_documentation::frameworks), with a complete program;
//! [troubleshooting](_documentation::troubleshooting), with every reason and compiler message;
//! [Entra ID](_documentation::entra), from app registration to claims challenge, one tenant or many;
//! [which token passes where](_documentation::authorities), authority by authority;
//! [OpenID providers](_documentation::providers) by name;
//! [settings](_documentation::settings), in files and in the environment;
//! [key life](_documentation::key_life), with the figures of a month of faults;
//! [performance](_documentation::performance), what a check costs;
//! [the doctor](_documentation::doctor), for a set-up or a token that will not work;
//! [beside Microsoft's own resource server](_documentation::microsoft);
//! [coming from](_documentation::coming_from) fastapi_microsoft_identity or Microsoft.Identity.Web.
//!
//! # Features
//!
//! None is on by default. The third column counts the crates that are compiled for the library, on Linux; the last is
//! what the feature adds to a first debug build on two cores, in seconds. A server has most of its framework's crates anyway.
//!
//! | feature | gives | crates | seconds |
//! |---|---|---|---|
//! | | [`Verifier`] and all that needs no framework | 100 | 67 |
//! | `actix-web` | the attribute and the extractors on actix-web 4 | 144 | 30 |
//! | `axum` | the same on axum 0.8 | 104 | 9 |
//! | `ntex` | the same on ntex 3 | 178 | 78 |
//! | `poem` | the same on poem 3, and on the methods of poem-openapi 5 | 145 | 66 |
//! | `rocket` | the same on rocket 0.5, and `RequiresAuthFairing` | 181 | 56 |
//! | `salvo` | the same on salvo 1, which wants Rust 1.95 | 163 | 48 |
//! | `tonic` | the attribute on the methods of tonic 0.14, behind the layer of `tower` | 108 | 17 |
//! | `warp` | the attribute on warp 0.4, by the combinator `Guarded` | 122 | 24 |
//! | `tower` | [`RequiresAuthLayer`], for any service on `http` 1.x | 100 | 5 |
//! | `testing` | [`testing`]: a loopback issuer and tokens; for `dev-dependencies` alone | 102 | 19 |
//!
//! Most of them are TLS and HTTP, which fetching keys needs. A guarded handler wants one framework's feature; without it
//! the attribute does not compile.
//!
//! # The map of the house
//!
//! Files are in reading order; each uses those above it alone.
//!
//! | layer | question | files |
//! |---|---|---|
//! | words | what cannot be wrong once built? | `log base64url bearer claims clock error guid issuer oauth_error regular_file scope setup_error tenant` |
//! | keys | where do signing keys come from? | `crypto discovery jwk keys` |
//! | verification | is this token genuine, current and for us? | `checks doctor access_token authority danger resource_metadata verifier` |
//! | set-up | whose tokens, in this process? | `settings setup` |
//! | authorization | may this token do this, and what does the client hear if not? | `challenge guard problem requirement answer` |
//! | adapters | one file per framework; nothing is decided there | `adapters` |
//!
//! One function decides, in `guard`. One file names the crypto library, one the HTTP client, one the clock.

#![cfg_attr(docsrs, feature(doc_cfg))]

// Reading order: each part uses those above it alone.

// -- words: values that cannot be wrong once built
mod log;
mod clock;
mod error;
mod setup_error;
mod guid;
mod scope;
mod issuer;
mod regular_file;
mod tenant;
mod base64url;
mod json_parts;
mod bearer;
mod claims;
pub mod oauth_error;

// -- keys: where signing keys come from
mod crypto;
mod jwk;
mod discovery;
mod keys;

// -- verification: is this token genuine, current and for us?
mod checks;
pub mod doctor;
mod access_token;
mod authority;
pub mod danger;
mod resource_metadata;
mod verifier;

// -- set-up: one verifier for the process
mod settings;
mod setup;

// -- authorization: may this token do this?
mod requirement;
mod challenge;
mod problem;
mod answer;
mod guard;

// -- adapters: one file per framework, nothing decided here
mod adapters;

#[cfg(feature = "testing")]
pub mod testing;

// Pages, for rustdoc alone
#[cfg(any(doc, doctest, test))]
pub mod _documentation;

/// The blocks of the README, compiled and run.
#[cfg(all(doctest, feature = "axum", feature = "testing"))]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod __fuzz;

/// The steps of a verification, for the benchmarks. Not for use by hand; may change in any release.
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod __bench {
    pub use crate::verifier::Steps;
}

pub use jsonwebtoken::Algorithm;
pub use requires_auth_macros::{requirement, requires_auth};

pub use self::access_token::{AccessToken, Assertion};
#[cfg(feature = "rocket")]
pub use self::adapters::rocket::RequiresAuthFairing;
#[cfg(feature = "tower")]
pub use self::adapters::tower::{RequiresAuth, RequiresAuthLayer};
#[cfg(feature = "warp")]
pub use self::adapters::warp::Guarded;
pub use self::authority::{Authority, Cloud, ScopeForm, TokenProfile};
pub use self::error::{AuthError, ErrorKind, Reason};
pub use self::guard::{Caller, Expected, RequestHead, Validation, validate_scope};
pub use self::keys::{Health, HttpClientBuilder, IssuerHealth};
pub use self::problem::{PROBLEM_JSON, Problem};
pub use self::requirement::Requirement;
pub use self::resource_metadata::ResourceMetadata;
pub use self::settings::Settings;
pub use self::setup::{initialize, initialize_b2c, initialize_from, initialize_with, process_wide};
pub use self::setup_error::{SetupError, SetupErrorKind};
pub use self::tenant::PERSONAL_ACCOUNTS;
pub use self::verifier::{Verifier, VerifierBuilder};

/// What the expansions of the attribute name. Not for use by hand; may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::__adapter as adapter;
    pub use crate::access_token::AccessToken;
    pub use crate::guard::{Authorized, CheckedBefore, Remembered, Requires, authorize_method};
    pub use crate::requirement::{Requirement, build as requirement};
}

/// Refuses to compile a guarded handler where no framework could extract the guard.
#[doc(hidden)]
#[macro_export]
#[cfg(any(
    feature = "actix-web",
    feature = "axum",
    feature = "ntex",
    feature = "poem",
    feature = "rocket",
    feature = "salvo",
    feature = "tonic",
    feature = "warp"
))]
macro_rules! __adapter {
    () => {};
}

/// Refuses to compile a guarded handler where no framework could extract the guard.
#[doc(hidden)]
#[macro_export]
#[cfg(not(any(
    feature = "actix-web",
    feature = "axum",
    feature = "ntex",
    feature = "poem",
    feature = "rocket",
    feature = "salvo",
    feature = "tonic",
    feature = "warp"
)))]
macro_rules! __adapter {
    () => {
        ::core::compile_error!(
            "no framework is enabled: add its feature to requires-auth in Cargo.toml, such as features = [\"axum\"]"
        );
    };
}
