//! jsonwebtoken 11.

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm as Alg, DecodingKey, Validation, decode, decode_header};

use super::{Claims, Peer, Setup, Subject, Verdict, jwk};
use crate::algorithm::Algorithm;
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "jsonwebtoken",
    note: "aws_lc_rs; `decode` into a struct of three strings, with a ready key: the `kid` is not looked at",
    set_up: |setup| {
        let jwk: Jwk = serde_json::from_value(jwk(setup)).map_err(super::words)?;
        let key = DecodingKey::from_jwk(&jwk).map_err(super::words)?;
        Ok(Box::new(Ready { key, validation: validation(setup) }))
    },
};

pub(crate) const BY_KID: Peer = Peer {
    name: "jsonwebtoken by kid",
    note: "aws_lc_rs; as its users write it: `decode_header`, `JwkSet::find`, `DecodingKey::from_jwk`, `decode`",
    set_up: |setup| {
        let keys = serde_json::from_str(setup.key_set).map_err(super::words)?;
        Ok(Box::new(ByKid { keys, validation: validation(setup) }))
    },
};

struct Ready {
    key: DecodingKey,
    validation: Validation,
}

struct ByKid {
    keys: JwkSet,
    validation: Validation,
}

/// As complete as it can be: by default neither `nbf` nor the presence of `iss` and `aud` is checked.
fn validation(setup: &Setup<'_>) -> Validation {
    let mut validation = Validation::new(match setup.algorithm {
        Algorithm::Rs256 => Alg::RS256,
        Algorithm::Ps256 => Alg::PS256,
        Algorithm::Es256 => Alg::ES256,
        Algorithm::EdDsa => Alg::EdDSA,
    });
    validation.set_issuer(&[setup.issuer]);
    validation.set_audience(&[setup.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    validation
}

impl Subject for Ready {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of(decode::<Claims>(sample.token(), &self.key, &self.validation))
    }
}

impl Subject for ByKid {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of(self.decode(sample.token()).ok_or(()))
    }
}

impl ByKid {
    fn decode(&self, token: &str) -> Option<Claims> {
        let jwk = self.keys.find(&decode_header(token).ok()?.kid?)?;
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(decode::<Claims>(token, &key, &self.validation).ok()?.claims)
    }
}
