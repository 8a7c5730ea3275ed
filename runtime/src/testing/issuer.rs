//! The loopback issuer: what it is told, and what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use serde_json::json;

use super::directory::Document;
use super::identity::guid;
use super::key::{self, KeyPair};
use super::key_set::KeySet;
use super::lie::Lie;
use super::profile::{Kind, Profile, Version};
use super::requests::Requests;
use super::server::{Asked, Port, Server};
use super::site::{Fault, Site, State};
use super::token::Token;
use crate::authority::Authority;
use crate::clock::ManualClock;
use crate::verifier::Verifier;

/// An issuer on the loopback interface that signs whatever a test needs.
///
/// It serves discovery documents and keys over real HTTP, so that a test goes through the whole verifier: no check is
/// replaced by a mock. It starts at once and stops when its last handle is dropped; clones are handles to the same
/// issuer. It needs no runtime, so it serves synchronous tests and tests under any framework.
///
/// ```
/// use requires_auth::testing::Issuer;
///
/// let issuer = Issuer::entra();
/// let token = issuer.token().user("ada").scope("weather.read").sign();
///
/// issuer.rotate();                // a new key signs, and is published
/// issuer.withdraw_old_keys();     // `token` names a key that is gone
/// assert_eq!(issuer.requests().keys, 0);
/// ```
#[derive(Clone, Debug)]
pub struct Issuer {
    site: Arc<Site>,
    server: Arc<Server>,
}

static ISSUERS: AtomicUsize = AtomicUsize::new(0);

const PUBLIC_CLOUD: &str = "microsoftonline.com";

impl Issuer {
    /// An issuer like Microsoft Entra ID, with a tenant and a registered API of its own.
    #[must_use]
    pub fn entra() -> Self {
        let n = ISSUERS.fetch_add(1, Ordering::Relaxed).to_string();
        Self::entra_with(&guid("tenant", &n), &guid("client", &n))
    }

    /// An issuer like Microsoft Entra ID for this tenant id and the client id of the API. Like the real one, it writes
    /// both in lower case.
    #[must_use]
    pub fn entra_with(tenant: &str, client: &str) -> Self {
        Self::start(Kind::Entra, tenant.to_lowercase(), client.to_lowercase(), PUBLIC_CLOUD)
    }

    /// An issuer like Microsoft Entra ID in another cloud than the public one, as its metadata and keys name that:
    /// `microsoftonline.us`, for instance.
    #[must_use]
    pub fn entra_in_cloud(cloud_instance_name: &str) -> Self {
        let n = ISSUERS.fetch_add(1, Ordering::Relaxed).to_string();
        Self::start(Kind::Entra, guid("tenant", &n), guid("client", &n), cloud_instance_name)
    }

    /// An issuer like Microsoft Entra External ID, with a tenant and a registered API of its own. On this machine it is
    /// its own issuer.
    #[must_use]
    pub fn external_id() -> Self {
        let n = ISSUERS.fetch_add(1, Ordering::Relaxed).to_string();
        Self::external_id_with(&guid("tenant", &n), &guid("client", &n))
    }

    /// An issuer like Microsoft Entra External ID for this tenant id and the client id of the API.
    #[must_use]
    pub fn external_id_with(tenant: &str, client: &str) -> Self {
        Self::start(Kind::ExternalId, tenant.to_lowercase(), client.to_lowercase(), PUBLIC_CLOUD)
    }

    /// An issuer like Azure AD B2C, with a tenant, a registered API, and two user flows with keys of their own:
    /// `B2C_1_SignUpSignIn` and the custom policy `B2C_1A_StepUp`.
    ///
    /// ```
    /// # use requires_auth::testing::Issuer;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let issuer = Issuer::b2c();
    /// let verifier = issuer.verifier(); // of both flows
    /// assert!(verifier.verify(&issuer.token().sign()).await.is_ok());
    /// assert!(verifier.verify(&issuer.token_of("B2C_1A_StepUp").sign()).await.is_ok());
    /// # });
    /// ```
    #[must_use]
    pub fn b2c() -> Self {
        let n = ISSUERS.fetch_add(1, Ordering::Relaxed).to_string();
        Self::b2c_with(&guid("tenant", &n), &guid("client", &n))
    }

    /// An issuer like Azure AD B2C for this tenant id and the client id of the API.
    #[must_use]
    pub fn b2c_with(tenant: &str, client: &str) -> Self {
        Self::start(Kind::B2c, tenant.to_lowercase(), client.to_lowercase(), "")
    }

    /// A plain OpenID provider. Its access tokens follow RFC 9068; the audience is `https://api.example.com`.
    #[must_use]
    pub fn oidc() -> Self {
        Self::oidc_with_audience("https://api.example.com")
    }

    /// A plain OpenID provider that issues tokens for this audience.
    #[must_use]
    pub fn oidc_with_audience(audience: &str) -> Self {
        Self::start(Kind::Oidc, String::new(), audience.into(), "")
    }

    /// Dates tokens by `clock` instead of the system's.
    ///
    /// ```
    /// use requires_auth::testing::{Issuer, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::starting_now();
    /// let issuer = Issuer::entra().with_clock(clock.clone());
    /// let token = issuer.token().expires_in(Duration::from_secs(300)).sign();
    /// clock.advance(Duration::from_secs(600)); // to the verifier's clock, the token has expired
    /// # assert!(!token.is_empty());
    /// ```
    #[must_use]
    pub fn with_clock(self, clock: ManualClock) -> Self {
        self.state().clock = Some(clock);
        self
    }

    fn start(kind: Kind, tenant: String, client: String, cloud: &str) -> Self {
        let port = Port::any();
        let url = format!("http://127.0.0.1:{}", port.number());
        let site = Arc::new(Site::new(Profile { kind, url, tenant, client, cloud: cloud.into() }));
        let respond = {
            let site = Arc::clone(&site);
            move |asked: Asked<'_>| site.respond(asked)
        };
        let server = Arc::new(Server::start(port, Arc::new(respond)));
        Self { site, server }
    }
}

/// Names.
impl Issuer {
    /// Where it serves, as `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.site.profile.url
    }

    /// The directory (tenant) id.
    ///
    /// # Panics
    ///
    /// On a plain OpenID provider, which has no tenants.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        assert!(self.site.profile.has_tenants(), "a plain OpenID provider has no tenants");
        &self.site.profile.tenant
    }

    /// The client id of the API; of a plain OpenID provider, the audience.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.site.profile.client
    }

    /// What `aud` says in its tokens: of Entra ID, in its v2 tokens, where it is the client id of the API.
    #[must_use]
    pub fn audience(&self) -> &str {
        self.client_id()
    }

    /// What `iss` says in its tokens: of Entra ID, in its v2 tokens; of Azure AD B2C, in those of the first user flow.
    #[must_use]
    pub fn issuer(&self) -> String {
        let directory = &self.state().directory;
        let flow = directory.flows.first().and_then(|name| directory.flow(name));
        self.site.profile.issuer(Version::V2, &self.site.profile.tenant, flow.as_ref())
    }

    /// The object id (`oid`) that tokens of this user carry.
    ///
    /// ```
    /// # let issuer = requires_auth::testing::Issuer::entra();
    /// assert_eq!(issuer.object_id("ada").len(), 36);
    /// assert_ne!(issuer.object_id("ada"), issuer.object_id("bob"));
    /// ```
    #[must_use]
    pub fn object_id(&self, user: &str) -> String {
        guid("user", user)
    }

    pub(super) fn has_manual_clock(&self) -> bool {
        self.state().clock.is_some()
    }

    pub(super) fn is_entra(&self) -> bool {
        self.site.kind() == Kind::Entra
    }

    pub(super) fn is_oidc(&self) -> bool {
        self.site.kind() == Kind::Oidc
    }
}

/// Tokens and keys.
impl Issuer {
    /// A valid access token of some user for this API, to be changed and signed. It is signed with the key that signs
    /// now, and dated when [`sign`](Token::sign) is called.
    pub fn token(&self) -> Token {
        let state = self.state();
        let key = state.key_set(&state.default_keys()).signing.clone();
        let flow = state.directory.flows.first().and_then(|name| state.directory.flow(name));
        Token::new(Arc::clone(&self.site.profile), key, state.clock.clone(), flow)
    }

    /// The key that signs now.
    #[must_use]
    pub fn signing_key(&self) -> KeyPair {
        let state = self.state();
        state.key_set(&state.default_keys()).signing.clone()
    }

    /// A key that no issuer publishes, of the same kind as this issuer's own.
    #[must_use]
    pub fn foreign_key(&self) -> KeyPair {
        key::foreign()
    }

    /// Signs with a new key from now on, which is published beside the old ones.
    pub fn rotate(&self) {
        self.rotate_unpublished();
        self.publish();
    }

    /// Signs with this key from now on, which is published beside the old ones. Its algorithm is the issuer's.
    ///
    /// ```
    /// use requires_auth::testing::{Issuer, KeyPair};
    /// use requires_auth::{Algorithm, Verifier};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let issuer = Issuer::oidc();
    /// issuer.rotate_to(&KeyPair::signing_with(Algorithm::ES384));
    /// let verifier = Verifier::builder(issuer.authority().algorithms([Algorithm::ES384])).build().unwrap();
    /// assert!(verifier.verify(&issuer.token().sign()).await.is_ok());
    /// # });
    /// ```
    pub fn rotate_to(&self, key: &KeyPair) {
        self.change_keys(|set| {
            set.signing = key.clone();
            set.publish();
        });
    }

    /// Signs with a new key from now on, before anybody can look it up.
    ///
    /// ```
    /// # let issuer = requires_auth::testing::Issuer::entra();
    /// issuer.rotate_unpublished();
    /// assert!(!issuer.published_keys().contains(issuer.signing_key().kid()));
    /// issuer.publish();
    /// assert!(issuer.published_keys().contains(issuer.signing_key().kid()));
    /// ```
    pub fn rotate_unpublished(&self) {
        let kind = self.site.kind();
        self.change_keys(|set| set.rotate_unpublished(kind));
    }

    /// Publishes the key that signs now.
    pub fn publish(&self) {
        self.change_keys(KeySet::publish);
    }

    /// Publishes no key any more but the one that signs now.
    pub fn withdraw_old_keys(&self) {
        self.change_keys(KeySet::withdraw_old_keys);
    }

    fn change_keys(&self, change: impl FnOnce(&mut KeySet)) {
        let mut state = self.state();
        let whose = state.default_keys();
        change(state.key_set_mut(&whose));
    }

    /// The key set as it is published now, without any lie: of Entra ID, the v2 document.
    #[must_use]
    pub fn published_keys(&self) -> String {
        let state = self.state();
        json!({ "keys": self.site.keys_of(&state, Version::V2, &state.default_keys()) }).to_string()
    }
}

/// Faults.
impl Issuer {
    /// Answers every request this much later.
    pub fn delay(&self, by: Duration) {
        self.state().delay = by;
    }

    /// Dates its answers this many seconds ahead of its clock, or behind it if negative, as an issuer does where this
    /// machine's clock is wrong. Tokens are dated as before.
    pub fn clock_ahead(&self, seconds: i64) {
        self.state().ahead = seconds;
    }

    /// Answers every request for a document with this HTTP status.
    pub fn fail_with(&self, status: u16) {
        self.fail_in(Document::Metadata, status);
        self.fail_in(Document::Keys, status);
    }

    /// Answers requests for one of the documents with this HTTP status.
    pub fn fail_in(&self, document: Document, status: u16) {
        self.state().fault(document).status = Some(status);
    }

    /// Tells a lie in every document that it can be told in.
    pub fn lie(&self, lie: Lie) {
        for document in lie.documents() {
            self.lie_in(*document, lie);
        }
    }

    /// Tells a lie in one of the documents.
    pub fn lie_in(&self, document: Document, lie: Lie) {
        self.state().fault(document).lie = Some(lie);
    }

    /// Closes all connections and refuses new ones, from the moment this returns.
    ///
    /// ```
    /// # let issuer = requires_auth::testing::Issuer::entra();
    /// # let address = issuer.url().strip_prefix("http://").unwrap();
    /// issuer.go_down();
    /// assert!(std::net::TcpStream::connect(address).is_err());
    /// issuer.come_up();
    /// assert!(std::net::TcpStream::connect(address).is_ok());
    /// ```
    pub fn go_down(&self) {
        self.server.go_down();
    }

    /// Takes connections again, on the same port.
    pub fn come_up(&self) {
        self.server.come_up();
    }

    /// Ends every delay, failure and lie, has the right time, and comes up.
    pub fn recover(&self) {
        {
            let mut state = self.state();
            state.delay = Duration::ZERO;
            state.ahead = 0;
            state.metadata = Fault::default();
            state.keys = Fault::default();
        }
        self.come_up();
    }
}

/// Counters.
impl Issuer {
    /// What it was asked so far.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.state().requests
    }

    /// Counts from zero again.
    pub fn reset_requests(&self) {
        let mut state = self.state();
        state.requests = Requests::default();
        state.requests_of.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.site.state()
    }
}

impl Issuer {
    /// The authority that trusts this issuer, as an API would configure it.
    pub fn authority(&self) -> Authority {
        let Profile { kind, url, tenant, client, .. } = &*self.site.profile;
        match kind {
            Kind::Oidc => Authority::oidc(url, client),
            _ => self.authority_of(tenant),
        }
    }

    /// A verifier of this issuer's tokens, on this issuer's clock. Attach it to the application under test.
    ///
    /// ```
    /// use requires_auth::testing::Issuer;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let issuer = Issuer::entra();
    /// let verifier = issuer.verifier();
    /// let token = verifier.verify(&issuer.token().user("ada").scope("weather.read").sign()).await?;
    /// assert!(token.has_scope("weather.read"));
    /// # Ok::<(), requires_auth::AuthError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// The machine cannot start a thread.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let builder = Verifier::builder(self.authority());
        match self.state().clock.clone() {
            Some(clock) => builder.clock(clock),
            None => builder,
        }
        .build()
        .expect("a loopback issuer is always well configured")
    }
}

mod tenants;
#[cfg(test)]
mod tests;
