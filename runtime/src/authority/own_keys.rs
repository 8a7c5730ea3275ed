//! Authorities whose keys are not fetched from the issuer: where it cannot be reached, or must not be.

use std::path::PathBuf;

use super::{Authority, IssuerRule, TrustedAuthority};
use crate::keys::KeyOrigin;
use crate::setup_error::SetupError;

impl Authority {
    /// An issuer whose keys are here and not fetched, for air-gapped systems and for issuers without metadata: otherwise
    /// as [`oidc`](Self::oidc). Nothing is ever sent to the issuer, which may have any name.
    ///
    /// `jwks` is a JWKS document (RFC 7517) with public keys.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::{Authority, Verifier, testing::Issuer};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let issuer = Issuer::oidc();
    /// # let (name, audience, jwks) = (issuer.issuer(), issuer.audience(), issuer.published_keys());
    /// let verifier = Verifier::builder(Authority::static_keys(name, audience, jwks)).build()?;
    ///
    /// # issuer.go_down();
    /// # runtime.block_on(async {
    /// # let jwt = issuer.token().user("ada").scope("weather.read").sign();
    /// assert!(verifier.verify(&jwt).await.is_ok());
    /// # });
    /// # }
    /// # Ok::<(), requires_auth::SetupError>(())
    /// ```
    ///
    /// # Security
    ///
    /// Such keys never age, and a key that the issuer withdraws stays trusted until the program starts with others. Where
    /// they can change, use [`keys_file`](Self::keys_file).
    pub fn static_keys(issuer: impl Into<String>, audience: impl Into<String>, jwks: impl AsRef<str>) -> Self {
        Self::oidc(issuer, audience).keys(jwks)
    }

    /// The keys of this authority, as a JWKS document with public keys. They are not fetched then, and never age; see
    /// [`static_keys`](Self::static_keys). Entra ID's keys are for tokens of both versions.
    ///
    /// For an authority that has one known issuer. What the metadata would tell must be written: Entra ID's tenant by its
    /// id. A document without a usable key, or with a private one, is an error when the verifier is built.
    pub fn keys(mut self, jwks: impl AsRef<str>) -> Self {
        self.own_keys.push(KeyOrigin::Given(jwks.as_ref().into()));
        self
    }

    /// The file that holds the keys of this authority, as a JWKS document with public keys, of 1 MiB at most. Otherwise as
    /// [`keys`](Self::keys).
    ///
    /// It is read when the verifier is built, then every 4 to 5 minutes, and when a token names a key that was not in it
    /// (at most once in 30 s). When it cannot be read or used, the last good keys serve for 24 hours. So replace it by
    /// renaming a new one, and add a new key before it signs.
    ///
    /// ```
    /// use requires_auth::{Authority, Verifier};
    ///
    /// let authority = Authority::oidc("https://issuer.example.com", "api").keys_file("/nonexistent/keys.json");
    /// let error = Verifier::builder(authority).build().unwrap_err();
    /// assert!(error.to_string().contains("/nonexistent/keys.json"));
    /// ```
    ///
    /// # Security
    ///
    /// Whoever can write the file can make tokens.
    pub fn keys_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.own_keys.push(KeyOrigin::File(path.into()));
        self
    }

    /// Puts keys of our own in the place of those that would be fetched.
    pub(super) fn use_own_keys(&self, trusted: &mut TrustedAuthority) -> Result<(), SetupError> {
        let [origin, others @ ..] = &self.own_keys[..] else { return Ok(()) };
        if !others.is_empty() {
            return Err(SetupError::contradictory(
                "the keys of one authority were given more than once; leave one of keys and keys_file, and one call of it",
            ));
        }
        if self.custom_signing_keys {
            return Err(SetupError::contradictory(
                "custom_signing_keys says which keys to fetch, and keys or keys_file that none are fetched; leave one out",
            ));
        }
        for issuer in &mut trusted.issuers {
            match &issuer.issuer {
                IssuerRule::Exact { .. } => {}
                IssuerRule::Learned(_) => {
                    return Err(SetupError::contradictory(format!(
                        "keys or keys_file says that nothing is fetched, and the metadata would have to tell which issuer \
                         this authority has ({}); write Entra ID's tenant as its Directory (tenant) ID, or any other \
                         authority as Authority::static_keys with its issuer",
                        issuer.issuer.text()
                    )));
                }
                IssuerRule::AnyTenant(_) => {
                    return Err(SetupError::contradictory(
                        "keys and keys_file are for an authority with one issuer, and this one trusts many tenants; write \
                         one authority per tenant, each with its Directory (tenant) ID",
                    ));
                }
            }
            issuer.keys = origin.clone();
            issuer.metadata_of_tenant = None;
        }
        Ok(())
    }

    /// Whether nothing is fetched from the issuer.
    pub(super) fn has_own_keys(&self) -> bool {
        !self.own_keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

    fn refusal(authority: &Authority) -> String {
        authority.resolve().unwrap_err().to_string()
    }

    #[test]
    fn own_keys_take_the_place_of_fetched_ones_for_all_issuers_of_the_authority() {
        let trusted = Authority::entra(TENANT, CLIENT).keys_file("keys.json").resolve().unwrap();
        assert_eq!(trusted.issuers.len(), 2);
        assert!(trusted.issuers.iter().all(|issuer| matches!(issuer.keys, KeyOrigin::File(_))));
    }

    #[test]
    fn an_issuer_of_which_nothing_is_fetched_may_have_any_name() {
        for issuer in ["http://keycloak.internal/realms/a", "urn:example:gateway", "gateway"] {
            assert!(Authority::static_keys(issuer, "api", "{}").resolve().is_ok(), "{issuer}");
            assert!(Authority::oidc(issuer, "api").resolve().is_err(), "{issuer}");
        }
        assert!(refusal(&Authority::static_keys(" ", "api", "{}")).contains("issuer"));
        let entra = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
        assert!(refusal(&Authority::static_keys(entra, "api", "{}")).contains("Authority::entra"));
    }

    #[test]
    fn what_does_not_go_with_own_keys_is_named() {
        let oidc = || Authority::oidc("https://issuer.example.com", "api");
        assert!(refusal(&oidc().keys("{}").keys_file("keys.json")).contains("more than once"));
        assert!(refusal(&Authority::entra(TENANT, CLIENT).custom_signing_keys().keys("{}")).contains("custom_signing"));
        let many = Authority::entra("organizations", CLIENT).allow_tenants([TENANT]);
        assert!(refusal(&many.keys("{}")).contains("many tenants"));
        assert!(refusal(&Authority::entra("contoso.com", CLIENT).keys("{}")).contains("Directory (tenant) ID"));
    }

    #[test]
    fn debug_output_does_not_repeat_what_may_be_a_private_key() {
        let authority = Authority::static_keys("gateway", "api", r#"{"keys":[{"d":"secret"}]}"#);
        assert!(!format!("{authority:?}").contains("secret"));
    }
}
