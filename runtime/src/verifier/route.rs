//! One issuer of a verifier, and which of them a token is of.

use std::sync::Arc;

use jsonwebtoken::Algorithm;

use super::Verifier;
use super::registered::{self, Window};
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

impl Verifier {
    /// Whether it is settled for good which route `iss` names: no metadata that are still to come can make it another one.
    pub(super) fn has_settled_issuer(&self, unverified_claims: &Claims<'_>, authority: Option<&str>) -> bool {
        let iss = unverified_claims.iss.as_deref().unwrap_or_default();
        let may_be_its = |route: &&Route| {
            route.serves(authority) && route.issuer.fits(iss) && route.issuer.is_of_flow(unverified_claims)
        };
        let mut fitting = self.0.routes.iter().filter(may_be_its);
        fitting.all(|route| route.knows_issuer(&route.keys.load()))
    }

    /// The route that `iss` names, among those of the wanted authority.
    pub(super) fn route(
        &self,
        unverified_claims: &Claims<'_>,
        authority: Option<&str>,
        window: Window,
    ) -> Result<(usize, &Route), AuthError> {
        if !self.0.routes.iter().any(|route| route.serves(authority)) {
            let evidence = format!("the handler wants the authority {authority:?}, which the verifier does not have");
            return Err(AuthError::new(Reason::NotConfigured).with_evidence(evidence));
        }
        let iss = unverified_claims.iss.as_deref();
        let named =
            |(_, route): &(usize, &Route)| route.serves(authority) && iss.is_some_and(|iss| route.issuer.fits(iss));
        // Several may fit: user flows share an issuer, and a tenant's name has many until its metadata tells. One whose
        // metadata cannot be had, or to which the other claims do not fit, does not stand in the way of the others. What
        // fits none of them is refused by the first, of a user flow's by that.
        let (mut first, mut unfit, mut untold) = (None, None, None);
        // A tenant that is configured by itself is not one of many, in whatever order the two stand.
        let is_of_many = |(_, route): &(usize, &Route)| route.keys.tenants().is_some();
        let fitting = || self.0.routes.iter().enumerate().filter(named);
        let specific_first = fitting().filter(|it| !is_of_many(it)).chain(fitting().filter(is_of_many));
        for fitting in specific_first {
            first = first.or(Some(fitting));
            let (_, route) = fitting;
            let keys = route.keys.load();
            if route.issuer.is_of_flow(unverified_claims) && route.may_have_issued(unverified_claims, &keys) {
                if route.knows_issuer(&keys) {
                    return Ok(fitting);
                }
                if registered::check(unverified_claims, &route.profile, &route.issuer, window).is_err() {
                    unfit = unfit.or(Some(fitting));
                } else if keys.last_error().is_none() {
                    return Ok(fitting);
                } else {
                    untold = untold.or(Some(fitting));
                }
            }
        }
        untold.or(unfit).or(first).ok_or_else(|| registered::unknown_issuer(unverified_claims))
    }
}
