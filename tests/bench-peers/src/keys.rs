//! Key pairs, made for one run.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::algorithm::Algorithm;

/// A private key with its name.
pub(crate) struct SigningKey {
    pub(crate) kid: &'static str,
    algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A fresh key. RSA keys have 2048 bits.
    pub(crate) fn generate(algorithm: Algorithm, kid: &'static str) -> Self {
        let pair = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())),
            Algorithm::Es256 => Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().unwrap()),
        };
        Self { kid, algorithm, pair }
    }

    /// The public half. As at Entra ID, no RSA key for RS256 has an `alg`; all others have one.
    pub(crate) fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let key = pair.public_key();
                let n = text(key.modulus().big_endian_without_leading_zero());
                json!({ "kty": "RSA", "n": n, "e": text(key.exponent().big_endian_without_leading_zero()) })
            }
            Pair::P256(pair) => {
                // SEC 1 section 2.3.3: the uncompressed point.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
            }
            Pair::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) }),
        };
        jwk["use"] = json!("sig");
        jwk["kid"] = json!(self.kid);
        if self.algorithm != Algorithm::Rs256 {
            jwk["alg"] = json!(self.algorithm.name());
        }
        jwk
    }

    /// A token of these two parts.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let mut token = BASE64URL_NOPAD.encode(header.as_bytes());
        token.push('.');
        BASE64URL_NOPAD.encode_append(claims.as_bytes(), &mut token);
        let signature = self.signature(token.as_bytes());
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut token);
        token
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding =
                    if self.algorithm == Algorithm::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Pair::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}
