//! biscuit.

use biscuit::jwa::SignatureAlgorithm;
use biscuit::jwk::JWKSet;
use biscuit::{ClaimPresenceOptions, Empty, JWT, Presence, Validation, ValidationOptions};
use serde::{Deserialize, Serialize};

use super::{Peer, Setup, Subject, Verdict};
use crate::algorithm::Algorithm;
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "biscuit",
    note: "ring; `decode_with_jwks`, then `validate`",
    set_up: |setup| Ok(Box::new(checker(setup)?)),
};

struct Checker {
    keys: JWKSet<Empty>,
    algorithm: SignatureAlgorithm,
    options: ValidationOptions,
}

/// What the registered claims leave.
#[derive(Serialize, Deserialize)]
struct Private {
    oid: String,
    #[serde(alias = "scope")]
    scp: String,
}

fn checker(setup: &Setup<'_>) -> Result<Checker, String> {
    let algorithm = match setup.algorithm {
        Algorithm::Rs256 => SignatureAlgorithm::RS256,
        Algorithm::Ps256 => SignatureAlgorithm::PS256,
        Algorithm::Es256 => SignatureAlgorithm::ES256,
        Algorithm::EdDsa => return Err("it does not know EdDSA".into()),
    };
    let required = |issuer, audience, expiry| ClaimPresenceOptions { issuer, audience, expiry, ..Default::default() };
    let options = ValidationOptions {
        claim_presence_options: required(Presence::Required, Presence::Required, Presence::Required),
        issuer: Validation::Validate(setup.issuer.into()),
        audience: Validation::Validate(setup.audience.into()),
        ..ValidationOptions::default()
    };
    Ok(Checker { keys: serde_json::from_str(setup.key_set).map_err(super::words)?, algorithm, options })
}

impl Checker {
    fn verify(&self, token: &str) -> Option<JWT<Private, Empty>> {
        let token = JWT::<Private, Empty>::new_encoded(token);
        let token = token.decode_with_jwks(&self.keys, Some(self.algorithm)).ok()?;
        token.validate(self.options.clone()).ok()?;
        Some(token)
    }
}

impl Subject for Checker {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of(self.verify(sample.token()).ok_or(()))
    }
}
