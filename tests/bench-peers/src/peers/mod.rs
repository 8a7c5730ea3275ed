//! What is measured: this library, its floor, and its peers, one file each.

mod aliri;
mod axum_jwt_auth;
mod biscuit;
mod floor;
mod jsonwebtoken;
mod jwt_authorizer;
mod jwt_simple;
mod oauth_resource_server;
mod requires_auth;
mod tower_oauth2_resource_server;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde::Deserialize;

use crate::algorithm::Algorithm;
use crate::sample::Sample;

/// One that checks tokens.
pub(crate) trait Subject: Sync {
    fn check(&self, sample: &Sample) -> Verdict;
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused,
    /// It waits for something, such as keys that are being fetched.
    Waits,
}

impl Verdict {
    fn of<T, E>(result: Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Accepted,
            Err(_) => Self::Refused,
        }
    }

    /// Polls once, with a waker that wakes nobody: no runtime is in what is measured.
    fn of_future<T, E>(future: impl Future<Output = Result<T, E>>) -> Self {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Self::of(result),
            Poll::Pending => Self::Waits,
        }
    }
}

/// What a subject is told of the tokens it will see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    /// A JWKS document of two keys.
    pub(crate) key_set: &'a str,
    /// The name of the key that signs.
    pub(crate) kid: &'a str,
    pub(crate) memory: Memory,
}

/// Whether tokens that were verified are remembered. Only this library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    Off,
    On,
}

/// A subject that can be set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The crate's name; what follows a space says how it is used.
    pub(crate) name: &'static str,
    /// What it runs on, and what else must be known to compare it.
    pub(crate) note: &'static str,
    /// The subject, or why there is none.
    pub(crate) set_up: fn(&Setup<'_>) -> Result<Box<dyn Subject>, String>,
}

/// All subjects, the floor first.
pub(crate) const PEERS: [Peer; 12] = [
    floor::PEER,
    requires_auth::PEER,
    requires_auth::VERIFY,
    jsonwebtoken::PEER,
    jsonwebtoken::BY_KID,
    jwt_authorizer::PEER,
    oauth_resource_server::PEER,
    tower_oauth2_resource_server::PEER,
    axum_jwt_auth::PEER,
    aliri::PEER,
    biscuit::PEER,
    jwt_simple::PEER,
];

/// What an application keeps of a token, where a peer lets it choose.
#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "made for every token, as an application would; nobody reads it here")]
struct Claims {
    sub: String,
    oid: String,
    #[serde(alias = "scope")]
    scp: String,
}

/// A key of a JWKS document, as JSON.
fn jwk(setup: &Setup<'_>) -> serde_json::Value {
    let set: serde_json::Value = serde_json::from_str(setup.key_set).expect("JSON");
    let keys = set["keys"].as_array().expect("keys");
    keys.iter().find(|key| key["kid"] == setup.kid).expect("the key that signs").clone()
}

/// The bytes of a member of a key.
fn member(jwk: &serde_json::Value, name: &str) -> Vec<u8> {
    let text = jwk[name].as_str().expect("a member of the key");
    data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url")
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
