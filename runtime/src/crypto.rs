//! The one place that names the crypto library.
//!
//! A [`VerifyingKey`] is a public key parsed once, for exactly one algorithm. A token cannot choose how it is checked:
//! its `alg` is compared with the key's, never used to pick a primitive (RFC 8725 section 3.1).
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this file is the wall around the crypto library"
)]

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};
use jsonwebtoken::Algorithm;

/// A public key in the form the crypto library verifies with, bound to one algorithm.
#[derive(Debug)]
pub(crate) struct VerifyingKey {
    algorithm: Algorithm,
    /// What the algorithm hashes a text with before it verifies. `None` where it takes the text itself.
    digest: Option<&'static digest::Algorithm>,
    key: ParsedPublicKey,
}

/// Proof that a signature was verified. Only [`VerifyingKey::verify`] makes one.
#[derive(Debug)]
pub(crate) struct SignatureValid(());

/// The signature does not belong to this key and this text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SignatureInvalid;

/// Key material that cannot be verified with: too short, malformed, or of another algorithm.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnusableKey(pub(crate) &'static str);

impl VerifyingKey {
    /// An RSA key from its big-endian modulus and exponent.
    ///
    /// The modulus must have 2048 to 8192 bits (RFC 7518 section 3.3 asks for 2048), the exponent must be odd and
    /// greater than 1. A leading zero byte, seen in the wild, is dropped.
    pub(crate) fn rsa(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Result<Self, UnusableKey> {
        let parameters = rsa_parameters(algorithm).ok_or(UnusableKey("the algorithm is not an RSA algorithm"))?;
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) {
            return Err(UnusableKey("an RSA modulus must have 2048 to 8192 bits"));
        }
        let exponent_is_odd = e.last().is_some_and(|byte| byte & 1 == 1);
        if !exponent_is_odd || e == [1] {
            return Err(UnusableKey("an RSA exponent must be odd and greater than 1"));
        }
        let key = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(parameters)
            .map_err(|_| UnusableKey("the RSA modulus and exponent do not form a key"))?;
        Ok(Self { algorithm, digest: digest_of(algorithm), key })
    }

    /// An elliptic-curve key from its coordinates, which must be exactly as long as the field (RFC 7518 section 6.2).
    pub(crate) fn ec(algorithm: Algorithm, x: &[u8], y: &[u8]) -> Result<Self, UnusableKey> {
        let (parameters, field_bytes) = match algorithm {
            Algorithm::ES256 => (&ECDSA_P256_SHA256_FIXED, 32),
            Algorithm::ES384 => (&ECDSA_P384_SHA384_FIXED, 48),
            _ => return Err(UnusableKey("the algorithm is not an ECDSA algorithm")),
        };
        if x.len() != field_bytes || y.len() != field_bytes {
            return Err(UnusableKey("an EC coordinate must be as long as the curve's field"));
        }
        // SEC 1 section 2.3.3: the uncompressed point.
        let point: Vec<u8> = std::iter::once(&4).chain(x).chain(y).copied().collect();
        let key = ParsedPublicKey::new(parameters, point).map_err(|_| UnusableKey("the point is not on the curve"))?;
        Ok(Self { algorithm, digest: digest_of(algorithm), key })
    }

    /// An Ed25519 key from its 32 bytes (RFC 8037).
    pub(crate) fn ed25519(x: &[u8]) -> Result<Self, UnusableKey> {
        let key = ParsedPublicKey::new(&ED25519, x).map_err(|_| UnusableKey("not an Ed25519 public key"))?;
        Ok(Self { algorithm: Algorithm::EdDSA, digest: digest_of(Algorithm::EdDSA), key })
    }

    /// The one algorithm this key verifies.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Verifies `signature` over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<SignatureValid, SignatureInvalid> {
        let outcome = match self.digest {
            // The library checks that it is the digest of the key's algorithm. Handed a text, it would hash it into a state
            // that it allocates, copies and wipes.
            Some(algorithm) => self.key.verify_digest_sig(&digest(algorithm, message), signature),
            None => self.key.verify_sig(message, signature),
        };
        outcome.map(|()| SignatureValid(())).map_err(|_| SignatureInvalid)
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

/// RFC 7518 section 3.1, RFC 8037 section 3.1.
fn digest_of(algorithm: Algorithm) -> Option<&'static digest::Algorithm> {
    // There only a signature of a text is an approved service, and not that of a digest.
    if aws_lc_rs::try_fips_mode().is_ok() {
        return None;
    }
    match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => Some(&SHA256),
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => Some(&SHA384),
        Algorithm::RS512 | Algorithm::PS512 => Some(&SHA512),
        _ => None,
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Key pairs for the loopback issuer of the `testing` feature and for unit tests.
#[cfg(any(test, feature = "testing"))]
pub(crate) mod key_pair {
    use aws_lc_rs::digest;
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::hmac;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
        RsaEncoding, RsaKeyPair,
    };
    use jsonwebtoken::Algorithm;

    /// A private key and its public half.
    #[derive(Debug)]
    pub(crate) enum KeyPair {
        Rsa(RsaKeyPair),
        P256(EcdsaKeyPair),
        P384(EcdsaKeyPair),
        Ed25519(Ed25519KeyPair),
    }

    /// The public members of a JWK, as raw bytes.
    #[derive(Debug)]
    pub(crate) enum PublicMembers {
        Rsa { n: Vec<u8>, e: Vec<u8> },
        P256 { x: Vec<u8>, y: Vec<u8> },
        P384 { x: Vec<u8>, y: Vec<u8> },
        Ed25519 { x: Vec<u8> },
    }

    #[expect(clippy::expect_used, reason = "test keys: a failing random source leaves nothing to test")]
    impl KeyPair {
        /// A fresh RSA key of 2048 bits.
        pub(crate) fn rsa() -> Self {
            Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("RSA key generation"))
        }

        /// A fresh P-256 key.
        pub(crate) fn p256() -> Self {
            Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("P-256 key generation"))
        }

        /// A fresh P-384 key.
        pub(crate) fn p384() -> Self {
            Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("P-384 key generation"))
        }

        /// A fresh Ed25519 key.
        pub(crate) fn ed25519() -> Self {
            Self::Ed25519(Ed25519KeyPair::generate().expect("Ed25519 key generation"))
        }

        pub(crate) fn public(&self) -> PublicMembers {
            match self {
                Self::Rsa(pair) => {
                    let key = pair.public_key();
                    let n = key.modulus().big_endian_without_leading_zero().to_vec();
                    let e = key.exponent().big_endian_without_leading_zero().to_vec();
                    PublicMembers::Rsa { n, e }
                }
                Self::P256(pair) => {
                    let (x, y) = coordinates(pair);
                    PublicMembers::P256 { x, y }
                }
                Self::P384(pair) => {
                    let (x, y) = coordinates(pair);
                    PublicMembers::P384 { x, y }
                }
                Self::Ed25519(pair) => PublicMembers::Ed25519 { x: pair.public_key().as_ref().to_vec() },
            }
        }

        /// The private key as PKCS #8, for other signers.
        pub(crate) fn pkcs8(&self) -> Vec<u8> {
            let rsa = |pair: &RsaKeyPair| pair.as_der().map(|der: Pkcs8V1Der<'static>| der.as_ref().to_vec());
            match self {
                Self::Rsa(pair) => rsa(pair),
                Self::P256(pair) | Self::P384(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
                Self::Ed25519(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            }
            .expect("PKCS #8 encoding")
        }

        /// Signs `message`; `algorithm` chooses padding and digest of an RSA key.
        pub(crate) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
            let random = SystemRandom::new();
            match self {
                Self::Rsa(pair) => {
                    let encoding: &'static dyn RsaEncoding = match algorithm {
                        Algorithm::RS384 => &RSA_PKCS1_SHA384,
                        Algorithm::RS512 => &RSA_PKCS1_SHA512,
                        Algorithm::PS256 => &RSA_PSS_SHA256,
                        Algorithm::PS384 => &RSA_PSS_SHA384,
                        Algorithm::PS512 => &RSA_PSS_SHA512,
                        _ => &RSA_PKCS1_SHA256,
                    };
                    let mut signature = vec![0; pair.public_modulus_len()];
                    pair.sign(encoding, &random, message, &mut signature).expect("RSA signing");
                    signature
                }
                Self::P256(pair) | Self::P384(pair) => {
                    pair.sign(&random, message).expect("ECDSA signing").as_ref().to_vec()
                }
                Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            }
        }
    }

    /// Both coordinates of an uncompressed point (SEC 1 section 2.3.3), which are of one length.
    #[expect(clippy::expect_used, reason = "test keys: another point is none of this library's making")]
    fn coordinates(pair: &EcdsaKeyPair) -> (Vec<u8>, Vec<u8>) {
        let point = pair.public_key().as_ref().get(1..).expect("uncompressed point");
        let (x, y) = point.split_at(point.len() / 2);
        (x.to_vec(), y.to_vec())
    }

    /// HMAC with SHA-256. The library verifies no such token; tests forge them, keyed with what everybody can read.
    pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
    }

    /// The SHA-1 digest, which Entra ID uses as certificate thumbprint (`x5t`) and key id.
    pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::key_pair::{KeyPair, PublicMembers, hmac_sha256};
    use super::*;

    fn verifying(pair: &KeyPair, algorithm: Algorithm) -> VerifyingKey {
        match pair.public() {
            PublicMembers::Rsa { n, e } => VerifyingKey::rsa(algorithm, &n, &e),
            PublicMembers::P256 { x, y } | PublicMembers::P384 { x, y } => VerifyingKey::ec(algorithm, &x, &y),
            PublicMembers::Ed25519 { x } => VerifyingKey::ed25519(&x),
        }
        .unwrap()
    }

    #[test]
    fn verifies_what_the_other_half_signed_and_nothing_else() {
        let cases = [
            (KeyPair::rsa(), vec![Algorithm::RS256, Algorithm::RS384, Algorithm::PS256, Algorithm::PS512]),
            (KeyPair::p256(), vec![Algorithm::ES256]),
            (KeyPair::p384(), vec![Algorithm::ES384]),
            (KeyPair::ed25519(), vec![Algorithm::EdDSA]),
        ];
        for (pair, algorithms) in cases {
            for algorithm in algorithms {
                let signature = pair.sign(algorithm, b"text");
                let key = verifying(&pair, algorithm);
                assert!(key.verify(b"text", &signature).is_ok(), "{algorithm:?}");
                assert!(key.verify(b"texu", &signature).is_err(), "{algorithm:?}");
                assert!(key.verify(b"text", &signature[1..]).is_err(), "{algorithm:?}");
                assert!(key.verify(b"text", &[]).is_err(), "{algorithm:?}");
            }
        }
    }

    #[test]
    fn an_rsa_signature_of_one_algorithm_is_not_one_of_another() {
        let pair = KeyPair::rsa();
        let signature = pair.sign(Algorithm::RS256, b"text");
        for other in [Algorithm::RS384, Algorithm::PS256] {
            assert!(verifying(&pair, other).verify(b"text", &signature).is_err(), "{other:?}");
        }
    }

    #[test]
    fn accepts_a_leading_zero_in_the_modulus() {
        let pair = KeyPair::rsa();
        let PublicMembers::Rsa { n, e } = pair.public() else { unreachable!() };
        let padded: Vec<u8> = std::iter::once(0).chain(n).collect();
        let key = VerifyingKey::rsa(Algorithm::RS256, &padded, &e).unwrap();
        assert!(key.verify(b"text", &pair.sign(Algorithm::RS256, b"text")).is_ok());
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(data_encoding::HEXLOWER.encode(&mac), expected);
    }

    #[test]
    fn refuses_weak_and_malformed_key_material() {
        let modulus = [0xC5; 256];
        assert!(VerifyingKey::rsa(Algorithm::RS256, &modulus[..128], &[1, 0, 1]).is_err(), "1024 bits");
        assert!(VerifyingKey::rsa(Algorithm::RS256, &[0; 256], &[1, 0, 1]).is_err(), "zero modulus");
        assert!(VerifyingKey::rsa(Algorithm::RS256, &[], &[1, 0, 1]).is_err(), "no modulus");
        for exponent in [&[1][..], &[0, 1], &[0], &[], &[2], &[1, 0, 0]] {
            assert!(VerifyingKey::rsa(Algorithm::RS256, &modulus, exponent).is_err(), "exponent {exponent:?}");
        }
        assert!(VerifyingKey::rsa(Algorithm::ES256, &modulus, &[1, 0, 1]).is_err(), "not an RSA algorithm");
        assert!(VerifyingKey::ec(Algorithm::ES256, &[1; 32], &[1; 32]).is_err(), "off the curve");
        assert!(VerifyingKey::ec(Algorithm::ES256, &[1; 31], &[1; 32]).is_err(), "short coordinate");
        assert!(VerifyingKey::ec(Algorithm::RS256, &[1; 32], &[1; 32]).is_err(), "not an EC algorithm");
        assert!(VerifyingKey::ed25519(&[1; 31]).is_err(), "short Ed25519 key");
    }
}
