//! Tokens, readable in a test and wrong in exactly one way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;
use serde::Serialize;
use serde_json::Value;

use super::key::KeyPair;
use super::profile::{Flow, Profile, Version};
use crate::clock::{Clock as _, ManualClock, SystemClock};
use crate::crypto::key_pair::hmac_sha256;

mod claims;

/// An access token to be signed.
///
/// It starts as a valid token for the API of its [`Issuer`](super::Issuer), with the claims that a real one has; each
/// method changes one thing and leaves all else valid. The order of calls does not matter: [`claim`](Token::claim) and
/// [`header`](Token::header) have the last word.
///
/// ```
/// # let issuer = requires_auth::testing::Issuer::entra();
/// issuer.token().user("ada").scope("weather.read").sign();            // a user, through a client
/// issuer.token().app("daemon").role("Weather.Read.All").sign();       // an application on its own
/// issuer.token().v1().user("ada").scope("weather.read").sign();       // as older registrations get it
/// issuer.token().user("ada").scope("weather.read").expired().sign();  // wrong in exactly one way
/// ```
#[must_use = "a token does nothing until it is signed"]
#[derive(Clone)]
pub struct Token {
    profile: Arc<Profile>,
    clock: Option<ManualClock>,
    /// At Azure AD B2C.
    flow: Option<Flow>,
    version: Version,
    kind: Kind,
    holder: Holder,
    guest: bool,
    scopes: Vec<String>,
    roles: Vec<String>,
    groups: Vec<String>,
    groups_overage: bool,
    directory_roles: Vec<String>,
    auth_contexts: Vec<String>,
    claims_capable: bool,
    audience: Option<String>,
    issuer: Option<String>,
    tenant: Option<String>,
    client: Option<String>,
    expires: Option<Moment>,
    not_before_in: Option<i64>,
    header_edits: Vec<Edit>,
    claim_edits: Vec<Edit>,
    raw_header: Option<Vec<u8>>,
    raw_claims: Option<Vec<u8>>,
    signer: Signer,
    key: KeyPair,
    algorithm: Option<Algorithm>,
    edit_signature: Option<Arc<EditSignature>>,
}

type EditSignature = dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Access,
    Id,
}

#[derive(Clone)]
enum Holder {
    User(String),
    App(String),
}

#[derive(Clone, Copy)]
enum Moment {
    At(i64),
    In(i64),
}

#[derive(Clone)]
enum Signer {
    Key,
    Nobody,
    Secret(Vec<u8>),
}

/// A member that is set, or taken away.
#[derive(Clone)]
struct Edit {
    name: String,
    value: Option<Value>,
}

/// Who holds it.
impl Token {
    pub(super) fn new(profile: Arc<Profile>, key: KeyPair, clock: Option<ManualClock>, flow: Option<Flow>) -> Self {
        Self {
            profile,
            clock,
            flow,
            version: Version::V2,
            kind: Kind::Access,
            holder: Holder::User("ada".into()),
            guest: false,
            scopes: vec![],
            roles: vec![],
            groups: vec![],
            groups_overage: false,
            directory_roles: vec![],
            auth_contexts: vec![],
            claims_capable: false,
            audience: None,
            issuer: None,
            tenant: None,
            client: None,
            expires: None,
            not_before_in: None,
            header_edits: vec![],
            claim_edits: vec![],
            raw_header: None,
            raw_claims: None,
            signer: Signer::Key,
            key,
            algorithm: None,
            edit_signature: None,
        }
    }

    /// A user, through a client: a delegated token. `oid` and `sub` follow from the name and are the same in every
    /// token of that user; at a plain OpenID provider `sub` is the name.
    pub fn user(mut self, name: &str) -> Self {
        self.holder = Holder::User(name.into());
        self
    }

    /// An application on its own: no scope, `idtyp` is `app` (Azure AD B2C has no such claim), and the client id follows
    /// from the name.
    pub fn app(mut self, name: &str) -> Self {
        self.holder = Holder::App(name.into());
        self
    }

    /// A user whose home is another tenant: `acct` is 1 and `idp` names that tenant.
    pub fn guest(mut self) -> Self {
        self.guest = true;
        self
    }

    /// The client that calls: `azp`, `appid` in v1, `client_id` elsewhere.
    pub fn client(mut self, id: &str) -> Self {
        self.client = Some(id.into());
        self
    }

    /// A token of another tenant: both `tid` and `iss` name it. The key stays; see
    /// [`Issuer::token_of`](super::Issuer::token_of).
    pub fn tenant(mut self, id: &str) -> Self {
        self.tenant = Some(id.into());
        self
    }
}

/// What it allows.
impl Token {
    /// Adds a scope, or several with spaces between them. Without any, a delegated token has `access_as_user`.
    pub fn scope(mut self, scopes: &str) -> Self {
        self.scopes.extend(scopes.split(' ').filter(|scope| !scope.is_empty()).map(Into::into));
        self
    }

    /// Adds an app role.
    pub fn role(mut self, role: &str) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Adds the object id of a group.
    pub fn group(mut self, id: &str) -> Self {
        self.groups.push(id.into());
        self
    }

    /// A user in more groups than a token can list: Entra ID then points to Microsoft Graph instead.
    pub fn groups_overage(mut self) -> Self {
        self.groups_overage = true;
        self
    }

    /// Adds the template id of a directory role (`wids`).
    pub fn directory_role(mut self, id: &str) -> Self {
        self.directory_roles.push(id.into());
        self
    }

    /// Adds an authentication context that the session has satisfied (`acrs`).
    pub fn auth_context(mut self, id: &str) -> Self {
        self.auth_contexts.push(id.into());
        self
    }

    /// The client can take a claims challenge: `xms_cc` has `cp1`.
    pub fn claims_capable(mut self) -> Self {
        self.claims_capable = true;
        self
    }
}

/// What it is, for whom, and when.
impl Token {
    /// A v1 token, which Entra ID issues for an API whose registration does not ask for v2.
    ///
    /// # Panics
    ///
    /// At [`sign`](Token::sign), at any other issuer than Entra ID.
    pub fn v1(mut self) -> Self {
        self.version = Version::V1;
        self
    }

    /// What an ID token of this issuer is, for a client with the same registration as the API.
    pub fn id_token(mut self) -> Self {
        self.kind = Kind::Id;
        self
    }

    /// For another API.
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// From another issuer: `iss` alone is changed.
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Expired an hour ago.
    pub fn expired(mut self) -> Self {
        self.expires = Some(Moment::In(-3600));
        self
    }

    /// Expires this long after it is signed.
    pub fn expires_in(mut self, after: Duration) -> Self {
        self.expires = Some(Moment::In(seconds(after)));
        self
    }

    /// Expires at this many seconds since 1970-01-01T00:00:00Z.
    pub fn expires_at(mut self, unix: i64) -> Self {
        self.expires = Some(Moment::At(unix));
        self
    }

    /// Valid only from this long after it is signed.
    pub fn not_before_in(mut self, after: Duration) -> Self {
        self.not_before_in = Some(seconds(after));
        self
    }
}

/// What is wrong with it.
impl Token {
    /// Sets a claim to any JSON value.
    ///
    /// # Panics
    ///
    /// When `value` has no JSON form.
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        self.claim_edits.push(Edit::set(name, value));
        self
    }

    /// Takes a claim away.
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claim_edits.push(Edit { name: name.into(), value: None });
        self
    }

    /// Sets a member of the JOSE header to any JSON value.
    ///
    /// # Panics
    ///
    /// When `value` has no JSON form.
    pub fn header(mut self, name: &str, value: impl Serialize) -> Self {
        self.header_edits.push(Edit::set(name, value));
        self
    }

    /// Takes a member of the JOSE header away.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header_edits.push(Edit { name: name.into(), value: None });
        self
    }

    /// Uses exactly this text as the JOSE header, JSON or not.
    pub fn raw_header(mut self, text: &str) -> Self {
        self.raw_header = Some(text.into());
        self
    }

    /// Uses exactly this text as the claims, JSON or not.
    ///
    /// ```
    /// # let issuer = requires_auth::testing::Issuer::entra();
    /// let twice = issuer.token().raw_claims(r#"{"aud":"one","aud":"two"}"#).sign();
    /// # assert!(!twice.is_empty());
    /// ```
    pub fn raw_claims(mut self, text: &str) -> Self {
        self.raw_claims = Some(text.into());
        self
    }

    /// Names this algorithm in the header, and signs with it as far as the key can.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Signed by another key, which the header names.
    ///
    /// To name the issuer's key all the same, as a forger does, add
    /// `.header("kid", issuer.signing_key().kid())`.
    pub fn signed_by(mut self, key: &KeyPair) -> Self {
        self.key = key.clone();
        self.signer = Signer::Key;
        self
    }

    /// Leaves the signature empty. The header still names an algorithm.
    pub fn unsigned(mut self) -> Self {
        self.signer = Signer::Nobody;
        self
    }

    /// Passes the bytes of the signature through `edit`.
    pub fn edit_signature(mut self, edit: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.edit_signature = Some(Arc::new(edit));
        self
    }

    /// Authenticated with HS256 and this secret, which the header does not say: that is another change.
    pub(super) fn authenticated_with(mut self, secret: &[u8]) -> Self {
        self.signer = Signer::Secret(secret.into());
        self
    }

    /// As [`raw_header`](Token::raw_header), for bytes that are no text.
    pub(super) fn header_bytes(mut self, bytes: &[u8]) -> Self {
        self.raw_header = Some(bytes.into());
        self
    }

    /// As [`raw_claims`](Token::raw_claims), for bytes that are no text.
    pub(super) fn claims_bytes(mut self, bytes: &[u8]) -> Self {
        self.raw_claims = Some(bytes.into());
        self
    }
}

/// The result.
impl Token {
    /// The token in its compact form (RFC 7515 section 7.1).
    #[must_use]
    pub fn sign(&self) -> String {
        let header = BASE64URL_NOPAD.encode(&self.header_text());
        let claims = BASE64URL_NOPAD.encode(&self.claims_text());
        self.sign_text(&format!("{header}.{claims}"))
    }

    /// The value of an `Authorization` field: `Bearer` and the token.
    #[must_use]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.sign())
    }

    /// `input`, whatever it is, and a signature over it.
    pub(super) fn sign_text(&self, input: &str) -> String {
        let mut signature = match &self.signer {
            Signer::Key => self.key.sign(self.algorithm.unwrap_or(self.key.algorithm()), input.as_bytes()),
            Signer::Nobody => vec![],
            Signer::Secret(secret) => hmac_sha256(secret, input.as_bytes()),
        };
        if let Some(edit) = &self.edit_signature {
            signature = edit(signature);
        }
        format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    pub(super) fn header_text(&self) -> Vec<u8> {
        self.raw_header.clone().unwrap_or_else(|| Value::Object(self.header_members()).to_string().into_bytes())
    }

    pub(super) fn claims_text(&self) -> Vec<u8> {
        self.raw_claims.clone().unwrap_or_else(|| Value::Object(self.claims()).to_string().into_bytes())
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.as_ref().map_or_else(|| SystemClock::new().unix_now(), ManualClock::unix_now)
    }
}

/// The signature is what makes a token worth stealing, so it is not shown.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("header", &String::from_utf8_lossy(&self.header_text()))
            .field("claims", &String::from_utf8_lossy(&self.claims_text()))
            .finish_non_exhaustive()
    }
}

impl Edit {
    fn set(name: &str, value: impl Serialize) -> Self {
        Self { name: name.into(), value: Some(serde_json::to_value(value).expect("a value with a JSON form")) }
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests;
