//! A verified access token, as a handler sees it.

mod facts;
mod packed;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{DeserializeOwned, Error as _};

pub(crate) use self::facts::{CallerKind, Facts, Identity, Traits};
use self::packed::{List, Packed, Single};
use crate::base64url;
use crate::crypto::SignatureValid;
use crate::error::ApiDescription;
use crate::keys::KeySetStamp;
use crate::scope::is_scope_token;

/// An access token that is genuine, current, from a configured issuer and for this API.
///
/// There is no other way to get one than to verify a token: with the attribute, as an extractor, with
/// [`validate_scope`](crate::validate_scope) or with [`Verifier::verify`](crate::Verifier::verify). Cheap to clone.
/// `Debug` shows neither the token nor its claims.
///
/// Each accessor names its claim; a [`TokenProfile`](crate::TokenProfile) names others. At a plain OpenID provider, whose
/// claims of other names mean whatever it likes, [`object_id`](Self::object_id) and [`tenant_id`](Self::tenant_id) are
/// `None`, and [`is_app_only`](Self::is_app_only) is known only where the profile tells. Sources:
/// [Access token claims reference](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference),
/// RFC 9068 section 2.2.
///
/// As an argument of a handler without the attribute it means what the bare attribute means. On axum
/// and warp an `Option<AccessToken>` is `None` for a request without a bearer token, and a wrong token is refused, as with
/// [`Caller`](crate::Caller). Elsewhere it makes `None` of a wrong token too, or is no argument: take `Caller`.
///
/// Decide by [`object_id`](Self::object_id) with [`tenant_id`](Self::tenant_id), or by [`subject`](Self::subject), scopes
/// and roles; never by e-mail addresses or user names, which their owners can change
/// ([Secure applications by validating claims](https://learn.microsoft.com/entra/identity-platform/claims-validation)).
#[derive(Clone)]
pub struct AccessToken(Arc<Verified>);

/// What an [`AccessToken`] shares among its clones. The token cache keeps it.
#[derive(Clone)]
#[repr(C)]
pub(crate) struct Verified {
    /// Keeps what is read a line of the processor's cache away from the count of clones, which others write.
    _distance: [u64; 6],
    packed: Packed,
    /// Every scope is one word, as RFC 6749 section 3.3 has it.
    scopes_are_words: bool,
    standing: Standing,
    traits: Traits,
    grantor: Arc<Grantor>,
    basis: Basis,
}

/// How much of a request was decided when its token was handed on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The token is genuine, current and for this API.
    Verified,
    /// Beyond that, this request met a requirement that asks who calls.
    Admitted,
}

/// The authority that a token was verified against, as far as decisions and answers need it.
#[derive(Debug)]
pub(crate) struct Grantor {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) api: Arc<ApiDescription>,
    pub(crate) minimum: Minimum,
}

/// What lets a genuine token of an authority in, however little a requirement asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Minimum {
    /// Nothing more: the issuer, or the authority's own list of clients, says who may call.
    Genuine,
    /// A scope or a role, unless the requirement names the client: every application of the tenant gets a token without.
    Permission,
    /// A requirement that asks who calls: all customers of a service get tokens of the issuer, for any audience.
    Selection,
}

/// What a verification rested on. Where it still holds, the same token need not be verified again.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    /// The authority that was asked for.
    pub(crate) authority: Option<&'static str>,
    /// The place of the issuer that signed, among those of the verifier.
    pub(crate) route: usize,
    /// The set of keys that decided.
    pub(crate) keys: Option<KeySetStamp>,
    /// The seconds in which the token is accepted, with leeway.
    pub(crate) current: Range<i64>,
    /// The verifier has a cache that takes it, to find it there when it is sent again; it may have been given up since.
    pub(crate) is_cached: bool,
}

impl AccessToken {
    /// The proof is what makes this the only way to a verified token.
    pub(crate) fn from_verified(
        _proof: &SignatureValid,
        token: &[u8],
        facts: &Facts<'_>,
        grantor: Arc<Grantor>,
        basis: Basis,
    ) -> Self {
        let (packed, traits) = (Packed::new(token, facts), facts.traits);
        let scopes_are_words = facts.scopes.iter().all(|scope| is_scope_token(scope));
        let standing = Standing::Verified;
        Self(Arc::new(Verified { _distance: [0; 6], packed, scopes_are_words, standing, traits, grantor, basis }))
    }

    /// The same token again, as it was verified.
    pub(crate) fn from_shared(verified: Arc<Verified>) -> Self {
        Self(verified)
    }

    /// The token of a request that met a requirement that asks who calls. It is a copy, since other requests share what the
    /// verifier remembers and have met nothing yet; it is none of the tokens that are remembered.
    pub(crate) fn into_admitted(self) -> Self {
        if self.is_admitted() {
            return self;
        }
        let mut verified = Verified::clone(&self.0);
        verified.standing = Standing::Admitted;
        verified.basis.is_cached = false;
        Self(Arc::new(verified))
    }

    /// Whether this request met a requirement that asks who calls. Known only where the authority wants that.
    pub(crate) fn is_admitted(&self) -> bool {
        self.0.standing == Standing::Admitted
    }

    /// What the clones share.
    pub(crate) fn shared(&self) -> &Arc<Verified> {
        &self.0
    }

    pub(crate) fn grantor(&self) -> &Grantor {
        &self.0.grantor
    }

    /// Whether every scope is one word. What equals one of them is one word, too.
    pub(crate) fn scopes_are_words(&self) -> bool {
        self.0.scopes_are_words
    }

    /// Whether it has a scope or a role, whichever.
    pub(crate) fn has_any_permission(&self) -> bool {
        !self.0.packed.is_empty(List::Scopes) || !self.0.packed.is_empty(List::Roles)
    }

    pub(crate) fn traits(&self) -> &Traits {
        &self.0.traits
    }

    /// The roles of the directory, in the token's order (`wids`).
    pub(crate) fn directory_roles(&self) -> impl Iterator<Item = &str> {
        self.0.packed.list(List::DirectoryRoles)
    }

    /// The authentication contexts that were met (`acrs`).
    pub(crate) fn auth_contexts(&self) -> impl Iterator<Item = &str> {
        self.0.packed.list(List::AuthContexts)
    }

    /// `iss`: who signed the token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.packed.single(Single::Issuer).unwrap_or_default()
    }

    /// `sub`: the principal, as this API alone knows it.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.packed.single(Single::Subject)
    }

    /// `oid`: the principal's id in its tenant, the same for every API. Use it together with
    /// [`tenant_id`](Self::tenant_id).
    #[must_use]
    pub fn object_id(&self) -> Option<&str> {
        self.0.packed.single(Single::ObjectId)
    }

    /// `tid`: the tenant.
    #[must_use]
    pub fn tenant_id(&self) -> Option<&str> {
        self.0.packed.single(Single::TenantId)
    }

    /// `azp`, `appid` or `client_id`: the calling application.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.packed.single(Single::ClientId)
    }

    /// `uti` or `jti`: the id of this token, fit for logs.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.0.packed.single(Single::TokenId)
    }

    /// The scopes, in the token's order.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.0.packed.list(List::Scopes)
    }

    /// Whether the token has exactly this scope. Scopes are case-sensitive (RFC 6749 section 3.3).
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.0.packed.holds(List::Scopes, scope)
    }

    /// The app roles, in the token's order.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.0.packed.list(List::Roles)
    }

    /// Whether the token has exactly this role, whoever holds it.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.0.packed.holds(List::Roles, role)
    }

    /// The groups that the token lists. Not all of them when [`has_groups_overage`](Self::has_groups_overage).
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.0.packed.list(List::Groups)
    }

    /// Whether there were too many groups for the token, so that it lists none or not all.
    #[must_use]
    pub fn has_groups_overage(&self) -> bool {
        self.0.traits.overage.groups
    }

    /// Whether the token is known to be app-only: a client acts on its own, without a user. `false` is no proof of a user;
    /// where that matters, write `delegated` into the requirement.
    #[must_use]
    pub fn is_app_only(&self) -> bool {
        self.0.traits.caller == CallerKind::AppOnly
    }

    /// Whether the user is a guest of the tenant. `None` where the token does not say.
    #[must_use]
    pub fn is_guest(&self) -> Option<bool> {
        self.0.traits.guest
    }

    /// Whether an agent acts, for a user or on its own: `xms_act_fct` of Entra ID has the facet 11. `false` is no proof of
    /// anything else. Source: [Agent token claims](https://learn.microsoft.com/entra/agent-id/agent-token-claims).
    #[must_use]
    pub fn is_agent(&self) -> bool {
        self.0.traits.agent
    }

    /// The name of the authority that the token was verified against, if it has one
    /// ([`Authority::named`](crate::Authority::named)).
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.0.grantor.name.as_deref()
    }

    /// When the token expires, without leeway.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        let seconds = u64::try_from(self.0.traits.expires_at).unwrap_or(0);
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
    }

    /// All claims of the token, as a type of yours.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::testing::Issuer;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// #[derive(serde::Deserialize)]
    /// struct Profile {
    ///     name: String,
    /// }
    ///
    /// # let issuer = Issuer::entra();
    /// # let verifier = issuer.verifier();
    /// # let jwt = issuer.token().user("ada").scope("weather.read").claim("name", "Ada").sign();
    /// # let token = runtime.block_on(verifier.verify(&jwt)).unwrap();
    /// let profile: Profile = token.claims()?;
    /// assert_eq!(profile.name, "Ada");
    /// # }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// They are decoded anew with each call; keep what a handler needs more than once.
    ///
    /// # Errors
    ///
    /// The claims do not fit the type.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let payload = self.0.packed.token().split(|byte| *byte == b'.').nth(1).unwrap_or_default();
        let payload = base64url::decode(payload).map_err(serde_json::Error::custom)?;
        serde_json::from_slice(&payload)
    }

    /// The token itself, to exchange it for one of another API
    /// ([on-behalf-of](https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow)). Never send it
    /// on as it is.
    #[must_use]
    pub fn assertion(&self) -> Assertion<'_> {
        Assertion(str::from_utf8(self.0.packed.token()).unwrap_or_default())
    }
}

impl Verified {
    /// The token's text. A secret.
    pub(crate) fn token(&self) -> &[u8] {
        self.packed.token()
    }

    pub(crate) fn issuer(&self) -> &str {
        self.packed.single(Single::Issuer).unwrap_or_default()
    }

    pub(crate) fn identity(&self) -> Identity<'_> {
        let (tenant_id, client_id) = (self.packed.single(Single::TenantId), self.packed.single(Single::ClientId));
        Identity { tenant_id, client_id, guest: self.traits.guest }
    }

    pub(crate) fn basis(&self) -> &Basis {
        &self.basis
    }

    /// All memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        /// The counts of an `Arc`.
        const COUNTS: usize = 2 * size_of::<usize>();
        size_of::<Self>() + COUNTS + self.packed.heap_bytes()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").finish_non_exhaustive()
    }
}

/// The raw token of [`AccessToken::assertion`]. A secret: its `Debug` is redacted and it has no `Display`.
#[derive(Clone, Copy)]
pub struct Assertion<'t>(&'t str);

impl<'t> Assertion<'t> {
    /// The token's text. Keep it out of logs.
    #[must_use]
    pub fn expose(self) -> &'t str {
        self.0
    }
}

impl fmt::Debug for Assertion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assertion(redacted)")
    }
}
