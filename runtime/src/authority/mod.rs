//! Authorities: whose tokens are trusted, and how each kind of authority writes them.

mod entra;
mod oidc;

use std::sync::Arc;

use jsonwebtoken::Algorithm;

use crate::access_token::{CallerKind, Facts};
use crate::claims::{Claims, Field, List};
use crate::error::{ApiDescription, AuthError, Reason};
use crate::scope;
use crate::setup_error::SetupError;

/// Whose tokens an API trusts: an issuer, the audience that names this API, and how the issuer writes its tokens.
///
/// ```
/// use requires_auth::Authority;
///
/// let entra = Authority::entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
/// let other = Authority::oidc("https://issuer.example.com", "https://api.example.com").named("partners");
/// ```
///
/// Nothing is checked before [`VerifierBuilder::build`](crate::VerifierBuilder::build), which names what is wrong.
#[derive(Clone, Debug)]
#[must_use]
pub struct Authority {
    name: Option<String>,
    provider: Provider,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    pub(crate) authorize_by_access_list: bool,
}

#[derive(Clone, Debug)]
enum Provider {
    Entra(entra::Entra),
    Oidc(oidc::Oidc),
}

impl Authority {
    /// Microsoft Entra ID with one tenant: access tokens of version 1.0 and 2.0 for the API that is registered as
    /// `client_id`.
    ///
    /// `tenant` and `client_id` are GUIDs, shown on the app registration's overview page as Directory (tenant) ID and
    /// Application (client) ID. Tokens of version 2.0 must have the client id as audience, tokens of version 1.0 the
    /// client id or `api://{client_id}`; [`audience`](Self::audience) replaces both.
    /// Source: [Access tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens).
    pub fn entra(tenant: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(Provider::Entra(entra::Entra::new(tenant.into(), client_id.into())))
    }

    /// Any OpenID provider that signs its access tokens as JWTs (RFC 9068 or the like): scopes are read from `scope`,
    /// roles from `roles`, the client from `client_id` or `azp`.
    ///
    /// The issuer is compared exactly, with or without a slash at its end as the provider writes it. Its metadata is
    /// read from `{issuer}/.well-known/openid-configuration`.
    /// Source: OpenID Connect Discovery section 4.
    pub fn oidc(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self::new(Provider::Oidc(oidc::Oidc::new(issuer.into()))).audience(audience)
    }

    fn new(provider: Provider) -> Self {
        Self { name: None, provider, audiences: Vec::new(), algorithms: Vec::new(), authorize_by_access_list: false }
    }

    /// The name by which `#[requires_auth(authority = "...")]` asks for this authority, where a verifier has several.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// An audience that names this API. May be called several times; audiences are compared exactly. Replaces the
    /// audiences that Entra ID's client id implies.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// The algorithms that the issuer signs with. Default: RS256 alone, which is what Entra ID uses.
    ///
    /// Every key is bound to exactly one of them: its own `alg`, else the first that fits the key. `HS256` and its
    /// kind are refused when the verifier is built: a shared secret is no signature.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// The host of another cloud or of a local Entra ID, such as `https://login.microsoftonline.us`. Default:
    /// `https://login.microsoftonline.com`. For Entra ID alone.
    pub fn authority_host(mut self, host: impl Into<String>) -> Self {
        match &mut self.provider {
            Provider::Entra(entra) => entra.set_host(host.into()),
            Provider::Oidc(oidc) => oidc.misplaced_host = true,
        }
        self
    }

    /// Checks the configuration and derives all that the verifier compares tokens with.
    pub(crate) fn resolve(&self) -> Result<TrustedAuthority, SetupError> {
        let algorithms = self.checked_algorithms()?;
        if let Some(empty) = self.audiences.iter().find(|audience| audience.trim().is_empty()) {
            return Err(SetupError::invalid(format!(
                "an audience is empty ({empty:?}); write the audience that the issuer puts into tokens for this API"
            )));
        }
        let mut trusted = match &self.provider {
            Provider::Entra(entra) => entra.resolve(&self.audiences)?,
            Provider::Oidc(oidc) => oidc.resolve(&self.audiences)?,
        };
        trusted.name = self.name.as_deref().map(Into::into);
        trusted.wants_permission &= !self.authorize_by_access_list;
        trusted.algorithms = algorithms;
        Ok(trusted)
    }

    fn checked_algorithms(&self) -> Result<Vec<Algorithm>, SetupError> {
        let hmac = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
        if self.algorithms.iter().any(|algorithm| hmac.contains(algorithm)) {
            return Err(SetupError::invalid(
                "HMAC algorithms (HS256, HS384, HS512) are not signatures: whoever can check a token could make one; \
                 name the algorithm of the issuer's public keys, such as RS256",
            ));
        }
        Ok(if self.algorithms.is_empty() { vec![Algorithm::RS256] } else { self.algorithms.clone() })
    }
}

/// An authority whose configuration was checked.
#[derive(Debug)]
pub(crate) struct TrustedAuthority {
    pub(crate) name: Option<Box<str>>,
    pub(crate) profile: Profile,
    pub(crate) algorithms: Vec<Algorithm>,
    /// A token with neither scopes nor roles is refused where the requirement does not name its client.
    pub(crate) wants_permission: bool,
    pub(crate) issuers: Vec<TrustedIssuer>,
    pub(crate) api: Arc<ApiDescription>,
}

/// One issuer of an authority. Entra ID has two for a tenant: v1.0 and v2.0, each with its own metadata and keys.
#[derive(Debug)]
pub(crate) struct TrustedIssuer {
    pub(crate) issuer: Box<str>,
    pub(crate) metadata_url: String,
    pub(crate) audiences: Vec<Box<str>>,
    /// Issuers that a key's own `issuer` member may name, after the tenant was put in: empty where keys have none.
    pub(crate) key_issuers: Vec<Box<str>>,
    pub(crate) tenant: Option<Box<str>>,
    pub(crate) version: Option<&'static str>,
    /// A token without `kid` may use the only key that fits.
    pub(crate) single_key_without_kid: bool,
}

/// How the authority writes its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Entra ID, workforce tenant.
    Entra,
    /// RFC 9068 and its like.
    Oidc,
}

impl Profile {
    /// Refuses claims that this authority never writes into an access token, and other kinds of token.
    pub(crate) fn check(self, claims: &Claims<'_>, issuer: &TrustedIssuer) -> Result<(), AuthError> {
        // A logout token or a security event, whatever its header says (RFC 8417, RFC 8725 section 3.12).
        if claims.markers.events {
            return Err(AuthError::new(Reason::TokenType).with_evidence("the token has the claim events"));
        }
        // A confirmation method that is not checked must refuse the token (RFC 7800 section 3.1: the presenter must
        // prove possession; RFC 9449 section 7.2: not as a bearer token).
        if claims.markers.confirmation {
            return Err(AuthError::new(Reason::SenderConstrained).with_evidence("the token has the claim cnf"));
        }
        match self {
            Self::Entra => entra::check(claims, issuer),
            Self::Oidc => oidc::check(claims),
        }
    }

    /// What the token states, in the authority's reading.
    pub(crate) fn facts(self, claims: &Claims<'_>) -> Facts {
        match self {
            Self::Entra => entra::facts(claims),
            Self::Oidc => oidc::facts(claims),
        }
    }
}

/// The facts that both profiles read alike; each adds its own.
fn common_facts(claims: &Claims<'_>) -> Facts {
    Facts {
        issuer: claims.iss.as_deref().unwrap_or_default().into(),
        subject: claims.sub.as_deref().map(Into::into),
        object_id: None,
        tenant_id: None,
        client_id: None,
        token_id: None,
        scopes: Box::default(),
        roles: owned(&claims.roles),
        groups: owned(&claims.groups),
        directory_roles: Box::default(),
        auth_contexts: Box::default(),
        expires_at: claims.exp.unwrap_or_default(),
        caller: CallerKind::Unknown,
        guest: None,
        overage: claims.overage,
        claims_capable: false,
    }
}

fn owned(list: &Field<List<'_>>) -> Box<[Box<str>]> {
    list.items().map(Into::into).collect()
}

fn scopes_of(list: Option<&str>) -> Box<[Box<str>]> {
    list.into_iter().flat_map(scope::words).map(Into::into).collect()
}
