//! How an authority writes its tokens: what it never writes into an access token, and what the claims mean.

use std::borrow::Cow;
use std::sync::Arc;

use super::token_profile::TokenReader;
use super::trusted::TrustedIssuer;
use super::{b2c, entra, external_id, oidc};
use crate::access_token::{CallerKind, Facts, Traits};
use crate::checks::{Check, Outcomes};
use crate::claims::{Claims, Field, List};
use crate::error::{AuthError, Reason};
use crate::scope;

/// How the authority writes its tokens.
#[derive(Clone, Debug)]
pub(crate) enum Profile {
    /// Entra ID, workforce tenant.
    Entra,
    /// Azure AD B2C.
    B2c,
    /// Entra External ID.
    ExternalId,
    /// RFC 9068 and its like, or as a [`TokenProfile`](super::TokenProfile) says.
    Oidc(Option<Arc<TokenReader>>),
}

impl Profile {
    /// Refuses claims that this authority never writes into an access token, and other kinds of token.
    pub(crate) fn check(
        &self,
        claims: &Claims<'_>,
        issuer: &TrustedIssuer,
        outcomes: &mut impl Outcomes,
    ) -> Result<(), AuthError> {
        outcomes.add(Check::Kind, no_event(claims))?;
        outcomes.add(Check::Kind, for_any_bearer(claims))?;
        match self {
            Self::Entra | Self::ExternalId => entra::check(claims, issuer, outcomes),
            Self::B2c => b2c::check(claims, issuer, outcomes),
            Self::Oidc(reader) => oidc::check(claims, reader.is_some(), outcomes),
        }
    }

    /// What the token states, in the authority's reading. `payload` is what `claims` were read from; its signature was
    /// verified.
    pub(crate) fn facts<'c>(&self, claims: &'c Claims<'_>, payload: &'c [u8]) -> Result<Facts<'c>, AuthError> {
        Ok(match self {
            Self::Entra => entra::facts(claims),
            Self::B2c => b2c::facts(claims),
            Self::ExternalId => external_id::facts(claims),
            Self::Oidc(None) => oidc::facts(claims),
            Self::Oidc(Some(reader)) => oidc::profiled_facts(claims, reader.read(claims, payload)?),
        })
    }

    /// Whether the header must name an access token of RFC 9068.
    pub(crate) fn demands_at_jwt(&self) -> bool {
        self.reader().is_some_and(|reader| reader.at_jwt)
    }

    /// Whether the client is the audience of a token that has no other.
    pub(crate) fn client_id_is_audience(&self) -> bool {
        self.reader().is_some_and(|reader| reader.client_id_is_audience)
    }

    fn reader(&self) -> Option<&TokenReader> {
        match self {
            Self::Oidc(reader) => reader.as_deref(),
            Self::Entra | Self::B2c | Self::ExternalId => None,
        }
    }
}

/// Refuses a logout token or a security event, whatever its header says (RFC 8417, RFC 8725 section 3.12).
fn no_event(claims: &Claims<'_>) -> Result<(), AuthError> {
    if claims.markers.events {
        return Err(AuthError::new(Reason::TokenType).with_evidence("the token has the claim events"));
    }
    Ok(())
}

/// Refuses a token with a confirmation method, as none is checked (RFC 7800 section 3.1: the presenter must prove
/// possession; RFC 9449 section 7.2: not as a bearer token).
fn for_any_bearer(claims: &Claims<'_>) -> Result<(), AuthError> {
    if claims.markers.confirmation {
        return Err(AuthError::new(Reason::SenderConstrained).with_evidence("the token has the claim cnf"));
    }
    Ok(())
}

/// The facts that both profiles read alike; each adds its own.
pub(super) fn common_facts<'c>(claims: &'c Claims<'_>) -> Facts<'c> {
    Facts {
        issuer: claims.iss.as_deref().unwrap_or_default().into(),
        subject: claims.sub.as_deref().map(Into::into),
        object_id: None,
        tenant_id: None,
        client_id: None,
        token_id: None,
        scopes: Vec::new(),
        roles: items(&claims.roles),
        groups: items(&claims.groups),
        directory_roles: Vec::new(),
        auth_contexts: Vec::new(),
        traits: common_traits(claims),
    }
}

pub(super) fn common_traits(claims: &Claims<'_>) -> Traits {
    Traits {
        expires_at: claims.exp.unwrap_or_default(),
        caller: CallerKind::Unknown,
        applications_have_scopes: false,
        guest: None,
        agent: false,
        overage: claims.overage,
        claims_capable: false,
    }
}

pub(super) fn items<'c>(list: &'c Field<List<'_>>) -> Vec<Cow<'c, str>> {
    list.items().map(Into::into).collect()
}

pub(super) fn scopes_of(list: Option<&str>) -> Vec<Cow<'_, str>> {
    list.into_iter().flat_map(scope::words).map(Into::into).collect()
}
