//! One attribute puts a verified access token in front of any handler.

// Reading order: each part uses those above it alone.

// -- words: values that cannot be wrong once built
mod bearer;
mod claims;
mod clock;
mod error;
mod guid;
mod issuer;
pub mod oauth_error;
mod scope;
mod setup_error;

// -- keys: where signing keys come from
mod crypto;
mod discovery;
mod jwk;
mod keys;

// -- verification: is this token genuine, current and for us?
mod access_token;
mod authority;
pub mod danger;
mod resource_metadata;
mod verifier;

// -- set-up: one verifier for the process
mod settings;
mod setup;

// -- authorization: may this token do this?
mod challenge;
mod guard;
mod problem;
mod requirement;

// -- adapters: one file per framework, nothing decided here
mod adapters;
#[cfg(feature = "tower")]
pub use adapters::tower;

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(fuzzing)]
#[doc(hidden)]
#[path = "fuzz.rs"]
pub mod __fuzz;

pub use jsonwebtoken::Algorithm;
pub use requires_auth_macros::{requirement, requires_auth};

pub use self::access_token::{AccessToken, Assertion};
pub use self::authority::Authority;
pub use self::error::{AuthError, ErrorKind, Reason};
pub use self::guard::{Caller, Expected, RequestHead, Validation, validate_scope};
pub use self::keys::HttpClientBuilder;
pub use self::problem::{PROBLEM_JSON, Problem};
pub use self::requirement::Requirement;
pub use self::resource_metadata::ResourceMetadata;
pub use self::settings::Settings;
pub use self::setup::{initialize, initialize_from, initialize_with};
pub use self::setup_error::{SetupError, SetupErrorKind};
pub use self::verifier::{Verifier, VerifierBuilder};

/// What the expansions of the attribute name. Not for use by hand; may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::__adapter as adapter;
    pub use crate::access_token::AccessToken;
    pub use crate::guard::{Authorized, Requires};
    pub use crate::requirement::{Requirement, build as requirement};
}

/// Refuses to compile a guarded handler where no framework could extract the guard.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "axum")]
macro_rules! __adapter {
    () => {};
}

/// Refuses to compile a guarded handler where no framework could extract the guard.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "axum"))]
macro_rules! __adapter {
    () => {
        ::core::compile_error!(
            "no framework is enabled: add its feature to requires-auth in Cargo.toml, such as features = [\"axum\"]"
        );
    };
}
