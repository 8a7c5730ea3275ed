//! What the tests of this layer share: an issuer that answers when the test says so.

use std::sync::{Arc, LazyLock};

use jsonwebtoken::Algorithm;
use tokio::sync::{mpsc, oneshot};

use super::fetch::{BoxFuture, Document, FetchError, Fetched, Freshness, Transport, Validator};
use super::{KeyOrigin, KeyQuery, KeySourceConfig, TokenId, WantedKey};
use crate::crypto::key_pair::KeyPair;
use crate::discovery::ExpectedIssuer;
use crate::jwk::{SigningKey, parse_key_set, tests as jwk};

pub(super) const METADATA_URL: &str = "https://login.example/.well-known/openid-configuration";
pub(super) const JWKS_URI: &str = "https://login.example/keys";
pub(super) const ISSUER: &str = "https://login.example";

static PAIR: LazyLock<KeyPair> = LazyLock::new(KeyPair::p256);

pub(super) fn config() -> KeySourceConfig {
    KeySourceConfig {
        name: "test".to_owned(),
        origin: origin(METADATA_URL),
        algorithms: vec![Algorithm::ES256, Algorithm::EdDSA],
        single_key_without_kid: false,
        tenants: None,
        initial: None,
    }
}

pub(super) fn origin(metadata_url: &str) -> KeyOrigin {
    KeyOrigin::Metadata { url: metadata_url.to_owned(), issuer: ExpectedIssuer::Exact(ISSUER.to_owned()) }
}

pub(super) fn metadata() -> Vec<u8> {
    format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{JWKS_URI}","cloud_instance_name":"cloud.example"}}"#).into()
}

/// A JWKS document with a key for each of `kids`.
pub(super) fn key_set(kids: &[&str]) -> Vec<u8> {
    let keys: Vec<_> = kids.iter().map(|kid| jwk::published(&PAIR, kid)).collect();
    jwk::document(&keys)
}

pub(super) fn signing_keys(kids: &[&str]) -> Vec<Arc<SigningKey>> {
    parse(&key_set(kids), &config().algorithms)
}

pub(super) fn parse(document: &[u8], algorithms: &[Algorithm]) -> Vec<Arc<SigningKey>> {
    parse_key_set(document, algorithms).unwrap()
}

/// Before anything was looked up.
pub(super) const LONG_AGO: i64 = 0;

pub(super) fn named(kid: &str) -> KeyQuery<'_> {
    KeyQuery { kid: Some(kid), x5t: None, algorithm: Algorithm::ES256, signed_by: LONG_AGO, token: TokenId::Text(b"") }
}

/// The key of this name, for a token that was signed long ago.
pub(super) fn wanted(kid: &str) -> WantedKey<'_> {
    named(kid).wanted()
}

pub(super) fn any_key() -> WantedKey<'static> {
    WantedKey { kid: None, signed_by: LONG_AGO, token: TokenId::Text(b"") }
}

/// A transport that hands each request to the test.
pub(super) struct Script(mpsc::UnboundedSender<Call>);

/// The test's side. Ends when the transport is dropped.
pub(super) struct Calls(mpsc::UnboundedReceiver<Call>);

/// A request that waits for its answer.
pub(super) struct Call {
    pub(super) url: String,
    pub(super) known: Option<Validator>,
    answer: oneshot::Sender<Result<Fetched, FetchError>>,
}

pub(super) fn script() -> (Script, Calls) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Script(sender), Calls(receiver))
}

impl Transport for Script {
    fn get(&self, url: &str, known: Option<&Validator>) -> BoxFuture<Result<Fetched, FetchError>> {
        assert!(!url.contains("panic"), "as the test asked");
        let (answer, answered) = oneshot::channel();
        self.0.send(Call { url: url.to_owned(), known: known.cloned(), answer }).unwrap();
        Box::pin(async move { answered.await.unwrap() })
    }
}

impl Calls {
    /// The next request, for `url`.
    pub(super) async fn expect(&mut self, url: &str) -> Call {
        let call = self.next().await;
        assert_eq!(call.url, url);
        call
    }

    /// The next request, whatever it is for.
    pub(super) async fn next(&mut self) -> Call {
        self.0.recv().await.expect("the keeper stopped")
    }

    /// A request that waits now.
    pub(super) fn try_next(&mut self) -> Option<Call> {
        self.0.try_recv().ok()
    }

    /// Serves metadata and then keys, once each.
    pub(super) async fn serve(&mut self, kids: &[&str]) {
        self.expect(METADATA_URL).await.succeed(metadata());
        self.expect(JWKS_URI).await.succeed(key_set(kids));
    }

    pub(super) fn none_waits(&mut self) -> bool {
        self.0.try_recv().is_err()
    }

    /// Waits until the transport is gone.
    pub(super) async fn ended(&mut self) {
        assert!(self.0.recv().await.is_none());
    }
}

impl Call {
    pub(super) fn succeed(self, body: Vec<u8>) {
        self.succeed_as(body, None);
    }

    /// Serves `body`, unless it came too late. Returns whether it was in time.
    pub(super) fn try_succeed(self, body: Vec<u8>) -> bool {
        let document = Document { body, validator: None, freshness: Freshness::default() };
        self.answer.send(Ok(Fetched::Document(document))).is_ok()
    }

    /// This body is the version that `tag` names.
    pub(super) fn succeed_as(self, body: Vec<u8>, tag: Option<&str>) {
        let validator = tag.map(|tag| Validator::EntityTag(tag.into()));
        let document = Document { body, validator, freshness: Freshness::default() };
        self.answer.send(Ok(Fetched::Document(document))).unwrap();
    }

    /// What was asked for is what is known.
    pub(super) fn not_modified(self) {
        assert!(self.known.is_some(), "no version was named");
        self.answer.send(Ok(Fetched::NotModified(Freshness::default()))).unwrap();
    }

    pub(super) fn fail(self, error: FetchError) {
        self.answer.send(Err(error)).unwrap();
    }

    /// Waits until nobody wants the answer any more.
    pub(super) async fn given_up(mut self) {
        self.answer.closed().await;
    }
}
