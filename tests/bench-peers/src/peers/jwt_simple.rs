//! jwt-simple.

use std::collections::HashSet;

use jwt_simple::algorithms::{
    ECDSAP256PublicKeyLike as _, ES256PublicKey, Ed25519PublicKey, EdDSAPublicKeyLike as _, PS256PublicKey,
    RS256PublicKey, RSAPublicKeyLike as _,
};
use jwt_simple::common::VerificationOptions;
use serde::{Deserialize, Serialize};

use super::{Peer, Setup, Subject, Verdict, jwk, member};
use crate::algorithm::Algorithm;
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "jwt-simple",
    note: if cfg!(feature = "boring") {
        "BoringSSL; `verify_token` with a ready key: the `kid` is not looked at"
    } else {
        "pure Rust (the rsa and p256 crates; its default is BoringSSL, here feature `boring`); `verify_token` with a ready \
         key: the `kid` is not looked at"
    },
    set_up: |setup| Ok(Box::new(checker(setup)?)),
};

struct Checker {
    key: Key,
    options: VerificationOptions,
}

enum Key {
    Rs256(RS256PublicKey),
    Ps256(PS256PublicKey),
    Es256(ES256PublicKey),
    EdDsa(Ed25519PublicKey),
}

/// What the registered claims leave.
#[derive(Serialize, Deserialize)]
struct Private {
    oid: String,
    #[serde(alias = "scope")]
    scp: String,
}

fn checker(setup: &Setup<'_>) -> Result<Checker, String> {
    let jwk = jwk(setup);
    let of = |name| member(&jwk, name);
    let key = match setup.algorithm {
        Algorithm::Rs256 => RS256PublicKey::from_components(&of("n"), &of("e")).map(Key::Rs256),
        Algorithm::Ps256 => PS256PublicKey::from_components(&of("n"), &of("e")).map(Key::Ps256),
        Algorithm::Es256 => ES256PublicKey::from_bytes(&[vec![4], of("x"), of("y")].concat()).map(Key::Es256),
        Algorithm::EdDsa => Ed25519PublicKey::from_bytes(&of("x")).map(Key::EdDsa),
    };
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from([setup.issuer.to_owned()])),
        allowed_audiences: Some(HashSet::from([setup.audience.to_owned()])),
        ..VerificationOptions::default()
    };
    Ok(Checker { key: key.map_err(super::words)?, options })
}

impl Subject for Checker {
    fn check(&self, sample: &Sample) -> Verdict {
        let (token, options) = (sample.token(), Some(self.options.clone()));
        Verdict::of(match &self.key {
            Key::Rs256(key) => key.verify_token::<Private>(token, options),
            Key::Ps256(key) => key.verify_token::<Private>(token, options),
            Key::Es256(key) => key.verify_token::<Private>(token, options),
            Key::EdDsa(key) => key.verify_token::<Private>(token, options),
        })
    }
}
