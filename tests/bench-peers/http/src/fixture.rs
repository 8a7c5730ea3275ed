//! What all servers and calls of a run have in common: one key, one token, and the verifier that trusts it.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64URL_NOPAD;
use requires_auth::{Authority, Verifier, VerifierBuilder, initialize_with};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Failure;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

const KID: &str = "CNv0OI3RwqlHFEVnaoMAshCH2XE";

/// How long a token of Entra ID v2.0 is, and its signature, in base64url.
const TOKEN_BYTES: usize = 1903;
const SIGNATURE_BYTES: usize = 342;

/// A token and the keys that it verifies with. They last as long as the run.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Fixture {
    /// The value of the `Authorization` field.
    pub(crate) authorization: String,
    jwks: String,
}

/// Whether verified tokens are remembered.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cache {
    On,
    Off,
}

impl Fixture {
    /// Makes a key of 2048 bits and a token that it signed (RS256), with the scope of the guarded handlers.
    pub(crate) fn new() -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let modulus = text(key.public_key().modulus().big_endian_without_leading_zero());
        let jwk = json!({ "kty": "RSA", "use": "sig", "kid": KID, "n": modulus, "e": "AQAB" });

        let header = text(json!({ "typ": "JWT", "alg": "RS256", "kid": KID }).to_string().as_bytes());
        let claims = |padding: usize| text(claims(padding).as_bytes());
        // Three bytes of a claim are four of the token.
        let missing = TOKEN_BYTES.saturating_sub(header.len() + claims(0).len() + SIGNATURE_BYTES + "..".len());
        let signed = format!("{header}.{}", claims(missing * 3 / 4));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).expect("a signature");
        let authorization = format!("Bearer {signed}.{}", text(&signature));
        Self { authorization, jwks: json!({ "keys": [jwk] }).to_string() }
    }

    /// Makes the process trust the token, as a program does at its start.
    pub(crate) fn install(&self, cache: Cache) -> Result<(), Failure> {
        let verifier = self.verifier(cache)?;
        initialize_with(verifier)?;
        Ok(())
    }

    fn verifier(&self, cache: Cache) -> Result<Verifier, Failure> {
        let authority = Authority::entra(TENANT, CLIENT).keys(&self.jwks);
        Ok(with_cache(Verifier::builder(authority), cache).build()?)
    }
}

/// What a token of Entra ID v2.0 for a user has, and a claim that makes it as long as real ones are.
fn claims(padding: usize) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    let claims = json!({
        "aud": CLIENT,
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "aio": "A".repeat(padding),
        "azp": "0c5ca8a5-7ac8-4a2d-8d1a-0e7f5a2f6a8b",
        "azpacr": "1",
        "name": "Ada Lovelace",
        "oid": "9a1f7d3a-3a52-4a9e-8f0c-6f1d9a2b7c11",
        "preferred_username": "ada@contoso.example",
        "rh": "1.AXEAc0mQ.",
        "scp": "weather.read",
        "sub": "7rYq1mC0l9xVbN4sTgK2wEoZ8uHdPfJiRaLvXcMyQ3A",
        "tid": TENANT,
        "uti": "qk2bW0tJ8E6nLx4vRz7pAA",
        "ver": "2.0",
    });
    claims.to_string()
}

/// The one place that turns the cache of verified tokens off.
fn with_cache(builder: VerifierBuilder, cache: Cache) -> VerifierBuilder {
    match cache {
        Cache::On => builder,
        Cache::Off => builder.token_cache(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_as_long_as_those_of_entra_id() {
        let length = Fixture::new().authorization.len() - "Bearer ".len();
        assert!(length.abs_diff(TOKEN_BYTES) <= 2, "{length}");
    }
}
