//! The least a check can cost: the signature, by aws-lc-rs, with a key parsed once.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};

use super::{Peer, Setup, Subject, Verdict, jwk, member};
use crate::algorithm::Algorithm;
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "floor",
    note: "aws-lc-rs `ParsedPublicKey::verify_sig` alone: key parsed once, signature decoded before",
    set_up,
};

struct Floor(ParsedPublicKey);

fn set_up(setup: &Setup<'_>) -> Result<Box<dyn Subject>, String> {
    let jwk = jwk(setup);
    let rsa = |parameters| {
        RsaPublicKeyComponents { n: member(&jwk, "n"), e: member(&jwk, "e") }.to_parsed_public_key(parameters)
    };
    let key = match setup.algorithm {
        Algorithm::Rs256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Ps256 => rsa(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Es256 => {
            let point: Vec<u8> = [vec![4], member(&jwk, "x"), member(&jwk, "y")].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        }
        Algorithm::EdDsa => ParsedPublicKey::new(&ED25519, member(&jwk, "x")),
    };
    Ok(Box::new(Floor(key.map_err(super::words)?)))
}

impl Subject for Floor {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of(self.0.verify_sig(sample.message(), &sample.signature))
    }
}
