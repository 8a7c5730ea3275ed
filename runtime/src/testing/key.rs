//! Key pairs: an issuer's own, a stranger's, and the pool that keeps RSA key generation from dominating test time.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::certificate;
use crate::crypto::key_pair::{self, PublicMembers, sha1};

/// A private key, its public half, and the name (`kid`) it goes by.
///
/// ```
/// use requires_auth::testing::{Issuer, KeyPair};
///
/// let issuer = Issuer::entra();
/// let stranger = KeyPair::p256();
/// let forged = issuer.token().signed_by(&stranger).sign();
/// # assert_eq!(forged.split('.').count(), 3);
/// ```
#[derive(Clone)]
pub struct KeyPair {
    kid: Arc<str>,
    algorithm: Algorithm,
    material: Arc<Material>,
}

/// What all names of a key have in common.
pub(super) struct Material {
    pair: key_pair::KeyPair,
    /// A self-signed certificate, of RSA keys only: Entra ID has no others.
    certificate: Option<Vec<u8>>,
}

impl KeyPair {
    /// A fresh RSA key of 2048 bits. Making one takes a noticeable fraction of a second.
    #[must_use]
    pub fn rsa() -> Self {
        Self::named_by_thumbprint(Arc::new(Material::new(key_pair::KeyPair::rsa())))
    }

    /// A fresh P-256 key.
    #[must_use]
    pub fn p256() -> Self {
        Self::named_by_thumbprint(Arc::new(Material::new(key_pair::KeyPair::p256())))
    }

    /// A fresh P-384 key.
    #[must_use]
    pub fn p384() -> Self {
        Self::named_by_thumbprint(Arc::new(Material::new(key_pair::KeyPair::p384())))
    }

    /// A fresh Ed25519 key.
    #[must_use]
    pub fn ed25519() -> Self {
        Self::named_by_thumbprint(Arc::new(Material::new(key_pair::KeyPair::ed25519())))
    }

    /// A fresh key that signs with this algorithm.
    ///
    /// ```
    /// use requires_auth::Algorithm;
    /// use requires_auth::testing::KeyPair;
    ///
    /// assert_eq!(KeyPair::signing_with(Algorithm::PS256).algorithm(), Algorithm::PS256);
    /// ```
    ///
    /// # Panics
    ///
    /// HMAC has no key pairs.
    #[must_use]
    pub fn signing_with(algorithm: Algorithm) -> Self {
        let key = match algorithm {
            Algorithm::ES256 => Self::p256(),
            Algorithm::ES384 => Self::p384(),
            Algorithm::EdDSA => Self::ed25519(),
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => panic!("{algorithm:?} has no key pairs"),
            _ => Self::rsa(),
        };
        Self { algorithm, ..key }
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(&self, kid: &str) -> Self {
        Self { kid: kid.into(), ..self.clone() }
    }

    /// The name of the key: what a token's `kid` says.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm this key signs with unless [`Token::algorithm`](super::Token::algorithm) says otherwise.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half as a JWK: `kty`, `use`, `kid` and the members of its type.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let mut jwk = match self.material.pair.public() {
            PublicMembers::Rsa { n, e } => json!({ "kty": "RSA", "n": encode(&n), "e": encode(&e) }),
            PublicMembers::P256 { x, y } => json!({ "kty": "EC", "crv": "P-256", "x": encode(&x), "y": encode(&y) }),
            PublicMembers::P384 { x, y } => json!({ "kty": "EC", "crv": "P-384", "x": encode(&x), "y": encode(&y) }),
            PublicMembers::Ed25519 { x } => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(&x) }),
        };
        jwk["use"] = json!("sig");
        jwk["kid"] = json!(self.kid());
        jwk
    }

    /// The private key as PKCS #8, for signers of other libraries.
    #[must_use]
    pub fn pkcs8(&self) -> Vec<u8> {
        self.material.pair.pkcs8()
    }

    /// SHA-1 of the certificate, as Entra ID writes it in `x5t`.
    pub(super) fn thumbprint(&self) -> Option<String> {
        self.material.certificate.as_deref().map(|der| BASE64URL_NOPAD.encode(&sha1(der)))
    }

    /// The certificate as a member of `x5c`: standard base64, with padding (RFC 7517 section 4.7).
    pub(super) fn x5c(&self) -> Option<String> {
        self.material.certificate.as_deref().map(|der| BASE64.encode(der))
    }

    pub(super) fn certificate(&self) -> Option<&[u8]> {
        self.material.certificate.as_deref()
    }

    pub(super) fn public(&self) -> PublicMembers {
        self.material.pair.public()
    }

    pub(super) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        self.material.pair.sign(algorithm, message)
    }

    fn named_by_thumbprint(material: Arc<Material>) -> Self {
        let algorithm = match material.pair {
            key_pair::KeyPair::Rsa(_) => Algorithm::RS256,
            key_pair::KeyPair::P256(_) => Algorithm::ES256,
            key_pair::KeyPair::P384(_) => Algorithm::ES384,
            key_pair::KeyPair::Ed25519(_) => Algorithm::EdDSA,
        };
        let unnamed = Self { kid: "".into(), algorithm, material };
        let kid = unnamed.thumbprint().unwrap_or_else(|| {
            let text = unnamed.jwk().to_string();
            BASE64URL_NOPAD.encode(&sha1(text.as_bytes()))
        });
        unnamed.with_kid(&kid)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("kid", &self.kid).field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

impl Material {
    fn new(pair: key_pair::KeyPair) -> Self {
        let certificate = match pair.public() {
            PublicMembers::Rsa { n, e } => Some(certificate::self_signed(&pair, &n, &e)),
            _ => None,
        };
        Self { pair, certificate }
    }
}

/// An RSA key taken from the pool; goes back when dropped. No two leases that live at the same time hold one key.
pub(super) struct Lease(Arc<Material>);

static POOL: Mutex<Vec<Arc<Material>>> = Mutex::new(Vec::new());

impl Lease {
    pub(super) fn take() -> Self {
        let free = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self(free.unwrap_or_else(|| Arc::new(Material::new(key_pair::KeyPair::rsa()))))
    }

    pub(super) fn key(&self) -> KeyPair {
        KeyPair::named_by_thumbprint(Arc::clone(&self.0))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        POOL.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self.0));
    }
}

/// The key that no issuer of this process ever publishes.
pub(super) fn foreign() -> KeyPair {
    static FOREIGN: OnceLock<KeyPair> = OnceLock::new();
    FOREIGN.get_or_init(KeyPair::rsa).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::VerifyingKey;

    #[test]
    fn living_leases_hold_different_keys_and_a_returned_key_is_used_again() {
        let (one, two) = (Lease::take(), Lease::take());
        assert_ne!(one.key().kid(), two.key().kid());
        assert_ne!(foreign().kid(), one.key().kid());
    }

    #[test]
    fn the_certificate_is_signed_by_its_own_key() {
        let key = foreign();
        let PublicMembers::Rsa { n, e } = key.public() else { panic!("an RSA key") };
        let der = key.certificate().expect("RSA keys have one");
        // A certificate is SEQUENCE { to-be-signed, algorithm, BIT STRING }, all with two-byte lengths here.
        let length = usize::from(der[6]) * 256 + usize::from(der[7]);
        let to_be_signed = &der[4..8 + length];
        let signature = &der[der.len() - 256..];
        assert!(VerifyingKey::rsa(Algorithm::RS256, &n, &e).expect("a key").verify(to_be_signed, signature).is_ok());
    }

    #[test]
    fn debug_shows_no_key_material() {
        let key = KeyPair::p256().with_kid("named");
        assert_eq!(format!("{key:?}"), "KeyPair { kid: \"named\", algorithm: ES256, .. }");
    }
}
