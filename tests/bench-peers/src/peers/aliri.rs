//! aliri.

use aliri::jwt::{Audience, BasicClaims, CoreHeaders as _, CoreValidator, HasAlgorithm as _, Issuer, JwtRef};
use aliri::{Jwks, jwa, jwt};

use super::{Peer, Setup, Subject, Verdict};
use crate::algorithm::Algorithm;
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "aliri",
    note: "ring; `decompose`, key by kid, `verify`: as aliri_oauth2 does, which adds the fetching of keys",
    set_up: |setup| Ok(Box::new(checker(setup)?)),
};

struct Checker {
    keys: Jwks,
    validator: CoreValidator,
}

fn checker(setup: &Setup<'_>) -> Result<Checker, String> {
    let algorithm: jwa::Algorithm = match setup.algorithm {
        Algorithm::Rs256 => jwa::Algorithm::RS256,
        Algorithm::Ps256 => jwa::Algorithm::PS256,
        Algorithm::Es256 => return Err("elliptic curves need OpenSSL, which is not linked here".into()),
        Algorithm::EdDsa => return Err("it does not know EdDSA".into()),
    };
    let validator = CoreValidator::default()
        .add_approved_algorithm(algorithm)
        .add_allowed_audience(Audience::from(setup.audience))
        .require_issuer(Issuer::from(setup.issuer))
        .check_expiration()
        .check_not_before();
    Ok(Checker { keys: serde_json::from_str(setup.key_set).map_err(super::words)?, validator })
}

impl Checker {
    fn verify(&self, token: &str) -> Option<jwt::Validated<BasicClaims>> {
        let token: jwt::Decomposed<'_> = JwtRef::from_str(token).decompose().ok()?;
        let key = self.keys.get_key_by_opt(token.kid(), token.alg())?;
        token.verify(key, &self.validator).ok()
    }
}

impl Subject for Checker {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of(self.verify(sample.token()).ok_or(()))
    }
}
