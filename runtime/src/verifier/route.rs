//! One issuer of a verifier.

use std::sync::Arc;

use jsonwebtoken::Algorithm;

use super::registered;
use crate::access_token::Grantor;
use crate::authority::{Admission, IssuerRule, Profile, TrustedIssuer};
use crate::claims::Claims;
use crate::error::{AuthError, Reason};
use crate::keys::{KeyOrigin, Keys, LoadedKeys, Now, Snapshot};

/// One issuer: what its tokens are compared with, and its keys.
pub(crate) struct Route {
    pub(super) authority: Option<Arc<str>>,
    pub(super) profile: Profile,
    pub(super) algorithms: Arc<[Algorithm]>,
    pub(super) issuer: TrustedIssuer,
    pub(super) admission: Arc<Admission>,
    pub(super) grantor: Arc<Grantor>,
    pub(super) keys: Keys,
}

impl Route {
    pub(super) fn serves(&self, authority: Option<&str>) -> bool {
        authority.is_none() || authority == self.authority.as_deref()
    }

    pub(super) fn check_algorithm(&self, algorithm: Algorithm) -> Result<(), AuthError> {
        if self.algorithms.contains(&algorithm) {
            return Ok(());
        }
        let evidence = format!("alg is {algorithm:?}, the authority allows {:?}", self.algorithms);
        Err(AuthError::new(Reason::Algorithm).with_evidence(evidence))
    }

    /// RFC 9068 section 4: `typ` must be `at+jwt`, where the authority says that its tokens follow it.
    pub(super) fn check_type(&self, unverified_at_jwt: bool) -> Result<(), AuthError> {
        if self.profile.demands_at_jwt() && !unverified_at_jwt {
            return Err(AuthError::new(Reason::TokenType).with_evidence("typ is not at+jwt"));
        }
        Ok(())
    }

    /// The issuer's key set, and that of the tenant where it has usable keys. Hold them for the time of one verification.
    pub(super) fn load_keys(&self, unverified_tenant: Option<&str>, now: Now) -> (LoadedKeys, Option<LoadedKeys>) {
        let own = unverified_tenant.and_then(|tenant| self.keys.tenants()?.of(tenant));
        let own = own.map(|own| own.keys.load()).filter(|own| own.has_keys(now));
        (self.keys.load(), own)
    }

    /// Whether the verifier is ready only when these keys are here. Keys of version 1.0 that come first must not let
    /// requests in that have none of version 2.0 yet.
    pub(super) fn is_required(&self) -> bool {
        self.issuer.version != Some("1.0")
    }

    /// Where clients find the authorization server's metadata, once that is known.
    pub(super) fn published_issuer(&self) -> Option<String> {
        match (&self.issuer.issuer, &self.issuer.keys) {
            (IssuerRule::Exact { issuer, .. }, _) => Some(issuer.to_string()),
            (IssuerRule::Learned(_), _) => self.keys.load().issuer().map(ToOwned::to_owned),
            // No tenant's issuer is that of all; clients begin where all of them sign in.
            (IssuerRule::AnyTenant(_), KeyOrigin::Metadata { url, .. }) => {
                Some(url.split_once("/.well-known/")?.0.to_owned())
            }
            // Keys of our own are for one issuer.
            (IssuerRule::AnyTenant(_), KeyOrigin::File(_) | KeyOrigin::Given(_)) => None,
        }
    }

    /// Where the metadata tells the issuer, a token of another one is refused as soon as that is known.
    pub(super) fn check_learned_issuer(
        &self,
        unverified_claims: &Claims<'_>,
        snapshot: &Snapshot,
    ) -> Result<(), AuthError> {
        if self.may_have_issued(unverified_claims, snapshot) {
            return Ok(());
        }
        Err(registered::unknown_issuer(unverified_claims))
    }

    /// Whether it is settled which tokens are this issuer's, from the start or by its metadata.
    pub(super) fn knows_issuer(&self, snapshot: &Snapshot) -> bool {
        !matches!(self.issuer.issuer, IssuerRule::Learned(_)) || snapshot.issuer().is_some()
    }

    pub(super) fn may_have_issued(&self, unverified_claims: &Claims<'_>, snapshot: &Snapshot) -> bool {
        match (&self.issuer.issuer, snapshot.issuer()) {
            (IssuerRule::Learned(_), Some(learned)) => unverified_claims.iss.as_deref() == Some(learned),
            _ => true,
        }
    }
}
