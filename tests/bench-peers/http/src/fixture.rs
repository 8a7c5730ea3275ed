//! What all servers and calls of a run have in common: one key, one token, and the verifier that trusts it.

use requires_auth::testing::{Issuer, KeyPair};
use requires_auth::{Authority, Verifier, VerifierBuilder, initialize_with};
use serde::{Deserialize, Serialize};

use crate::Failure;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

/// How long a token of Entra ID v2.0 is.
const TOKEN_BYTES: usize = 1903;

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
        let key = KeyPair::rsa();
        let issuer = Issuer::entra_with(TENANT, CLIENT);
        let token = issuer.token().user("ada").scope("weather.read").signed_by(&key);
        let token = token.issuer(&format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
        let missing = TOKEN_BYTES.saturating_sub(token.sign().len());
        // Three bytes of a claim are four of base64url; the name, quotes, colon and comma are bytes too.
        let padding = "A".repeat((missing * 3 / 4).saturating_sub(r#","xms":"""#.len()));
        let authorization = token.claim("xms", padding).bearer();
        Self { authorization, jwks: serde_json::json!({ "keys": [key.jwk()] }).to_string() }
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

/// The one place that turns the cache of verified tokens off. There is none yet, so both are the same.
fn with_cache(builder: VerifierBuilder, cache: Cache) -> VerifierBuilder {
    match cache {
        Cache::On | Cache::Off => builder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_as_long_as_those_of_entra_id() {
        let length = Fixture::new().authorization.len() - "Bearer ".len();
        assert!(length.abs_diff(TOKEN_BYTES) <= 4, "{length}");
    }
}
