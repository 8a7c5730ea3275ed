//! axum-jwt-auth.

use std::sync::Arc;

use axum_jwt_auth::{JwtDecoder, RemoteJwksDecoder};
use dashmap::DashMap;
use jsonwebtoken_10::jwk::JwkSet;
use jsonwebtoken_10::{Algorithm as Alg, DecodingKey, Validation};

use super::{Claims, Peer, Setup, Subject, Verdict};
use crate::algorithm::Algorithm;
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "axum-jwt-auth",
    note: "jsonwebtoken 10 (rust_crypto, which it prescribes); `RemoteJwksDecoder::decode`, keys put into its map",
    set_up: |setup| Ok(Box::new(Decoder(decoder(setup)?))),
};

struct Decoder(RemoteJwksDecoder);

fn decoder(setup: &Setup<'_>) -> Result<RemoteJwksDecoder, String> {
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

    let keys = DashMap::new();
    let set: JwkSet = serde_json::from_str(setup.key_set).map_err(super::words)?;
    for jwk in &set.keys {
        let kid = jwk.common.key_id.clone().unwrap_or_default();
        keys.insert(kid, DecodingKey::from_jwk(jwk).map_err(super::words)?);
    }
    let builder = RemoteJwksDecoder::builder().jwks_url("http://127.0.0.1:9/keys".into());
    builder.keys_cache(Arc::new(keys)).validation(validation).build().map_err(super::words)
}

impl Subject for Decoder {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of_future(JwtDecoder::<Claims>::decode(&self.0, sample.token()))
    }
}
