//! Any OpenID provider whose access tokens are JWTs, as RFC 9068 profiles them.
//!
//! Most providers follow RFC 9068 in part, so what it demands beyond the checks of every token is not demanded here:
//! `jti`, `client_id` and the `typ` of `at+jwt` may be absent. A `typ` of another kind of token is refused for all.

use std::sync::Arc;

use url::Url;

use super::cloud::issuer_host;
use super::profile::{Profile, common_facts, scopes_of};
use super::{Admission, Authority, IssuerRule, TrustedAuthority, TrustedIssuer};
use crate::access_token::Facts;
use crate::checks::{Check, Outcomes};
use crate::claims::Claims;
use crate::discovery::ExpectedIssuer;
use crate::error::{ApiDescription, AuthError, Reason};
use crate::issuer::check_url;
use crate::keys::KeyOrigin;
use crate::setup_error::SetupError;
use crate::tenant::TenantTemplate;

#[derive(Clone, Debug)]
pub(super) struct Oidc {
    issuer: String,
}

impl Oidc {
    pub(super) fn new(issuer: String) -> Self {
        Self { issuer }
    }

    pub(super) fn resolve(&self, authority: &Authority) -> Result<TrustedAuthority, SetupError> {
        if authority.host.is_some() {
            return Err(SetupError::invalid(
                "an authority host is for Entra ID; the host of an OpenID provider is in its issuer",
            ));
        }
        authority.refuse_entra_options("an OpenID provider")?;
        // RFC 7519 section 4.1.1: an issuer is a name. It need be a fit URL only where something is fetched from it.
        let url = if authority.has_own_keys() {
            Url::parse(&self.issuer).ok()
        } else {
            Some(check_url("the issuer", &self.issuer)?)
        };
        if self.issuer.trim().is_empty() {
            return Err(SetupError::invalid("the issuer is empty; write it as the tokens name it in `iss`"));
        }
        // As a plain provider's, Entra ID's tokens would lose the checks of tenant, version and permission.
        if url.as_ref().and_then(Url::host_str).and_then(issuer_host).is_some() {
            return Err(SetupError::invalid(format!(
                "the issuer {:?} is Entra ID, whose tokens need checks that other providers' do not; use \
                 Authority::entra with the tenant id and the client id",
                self.issuer
            )));
        }
        let audiences = authority.explicit_audiences();
        let api = ApiDescription {
            realm: audiences.first().cloned().unwrap_or_default(),
            scope_prefix: "".into(),
            authorization_uri: None,
            resource_metadata: None,
        };
        let issuer = TrustedIssuer {
            issuer: IssuerRule::Exact { issuer: self.issuer.as_str().into(), tenant: None },
            keys: KeyOrigin::Metadata {
                // OpenID Connect Discovery section 4.1: a slash at the issuer's end is taken off before the path is added.
                url: format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/')),
                issuer: ExpectedIssuer::Exact(self.issuer.clone()),
            },
            metadata_of_tenant: None,
            audiences,
            key_issuers: vec![TenantTemplate::new(&self.issuer)],
            version: None,
            user_flow: None,
            single_key_without_kid: true,
        };
        Ok(TrustedAuthority {
            name: None,
            profile: Profile::Oidc,
            algorithms: Vec::new(),
            wants_permission: false,
            admission: Admission::default(),
            issuers: vec![issuer],
            api: Arc::new(api),
        })
    }
}

pub(super) fn check(claims: &Claims<'_>, outcomes: &mut impl Outcomes) -> Result<(), AuthError> {
    outcomes.add(Check::Kind, no_other_kind(claims))?;
    outcomes.add(Check::Claims, types(claims))
}

/// ID tokens (OpenID Connect Core section 2): nonce and the hashes belong to them alone.
fn no_other_kind(claims: &Claims<'_>) -> Result<(), AuthError> {
    if claims.markers.id_token {
        return Err(AuthError::new(Reason::IdToken).with_evidence("the token has nonce, at_hash, c_hash or s_hash"));
    }
    // Some providers write the kind of token into a claim: Amazon Cognito `token_use`, Keycloak `typ`.
    match (claims.token_use.text(), claims.typ.text()) {
        (Some("id"), _) | (_, Some("ID")) => {
            Err(AuthError::new(Reason::IdToken).with_evidence("token_use or typ says that it is an ID token"))
        }
        (_, Some("Refresh" | "Offline" | "Logout")) => {
            Err(AuthError::new(Reason::TokenType).with_evidence("the claim typ names another kind of token"))
        }
        _ => Ok(()),
    }
}

/// RFC 9068 section 2.2.3: scope is one string.
fn types(claims: &Claims<'_>) -> Result<(), AuthError> {
    if claims.scope.is_wrong() {
        return Err(AuthError::new(Reason::Claims).with_evidence("the claim scope is not a string"));
    }
    Ok(())
}

pub(super) fn facts(claims: &Claims<'_>) -> Facts {
    Facts {
        client_id: claims.client_id.as_deref().or(claims.azp.as_deref()).map(Into::into),
        token_id: claims.jti.text().map(Into::into),
        scopes: scopes_of(claims.scope.text()),
        ..common_facts(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::FirstRefusal;

    fn resolve(issuer: &str, audience: &str) -> Result<TrustedAuthority, SetupError> {
        Authority::oidc(issuer, audience).resolve()
    }

    #[test]
    fn metadata_is_found_below_the_issuer_which_stays_as_written() {
        for (issuer, metadata) in [
            ("https://id.example.com", "https://id.example.com/.well-known/openid-configuration"),
            ("https://id.example.com/", "https://id.example.com/.well-known/openid-configuration"),
            ("https://id.example.com/realms/a", "https://id.example.com/realms/a/.well-known/openid-configuration"),
        ] {
            let trusted = resolve(issuer, "api").unwrap();
            assert_eq!(trusted.issuers[0].issuer.text(), issuer);
            assert!(matches!(&trusted.issuers[0].keys, KeyOrigin::Metadata { url, .. } if url == metadata));
        }
    }

    #[test]
    fn entra_id_is_no_plain_provider() {
        for issuer in [
            "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
            "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
        ] {
            assert!(resolve(issuer, "api").unwrap_err().to_string().contains("Authority::entra"), "{issuer}");
        }
        assert!(resolve("https://contoso.ciamlogin.com/x/v2.0", "api").is_ok());
    }

    #[test]
    fn scopes_come_from_scope_and_never_from_scp() {
        let claims = Claims::parse(br#"{"scope":"a b","scp":"c","client_id":"x","azp":"y","jti":"j"}"#).unwrap();
        let facts = facts(&claims);
        assert_eq!(&*facts.scopes, ["a".into(), "b".into()]);
        assert_eq!(facts.client_id.as_deref(), Some("x"));
        assert_eq!(facts.token_id.as_deref(), Some("j"));
    }

    #[test]
    fn a_claim_that_names_another_kind_of_token_refuses_it() {
        for (claim, reason) in [
            (r#""token_use":"id""#, Some(Reason::IdToken)),
            (r#""typ":"ID""#, Some(Reason::IdToken)),
            (r#""s_hash":"x""#, Some(Reason::IdToken)),
            (r#""typ":"Refresh""#, Some(Reason::TokenType)),
            (r#""typ":"Offline""#, Some(Reason::TokenType)),
            (r#""typ":"Logout""#, Some(Reason::TokenType)),
            (r#""token_use":"access""#, None),
            (r#""typ":"Bearer""#, None),
            (r#""typ":7,"token_use":[]"#, None),
        ] {
            let text = format!("{{{claim}}}");
            let claims = Claims::parse(text.as_bytes()).unwrap();
            assert_eq!(check(&claims, &mut FirstRefusal).err().map(|error| error.reason()), reason, "{claim}");
        }
    }

    #[test]
    fn claims_that_mean_something_else_here_refuse_nothing() {
        let claims = Claims::parse(br#"{"ver":1,"scp":["a"],"roles":{"x":[]},"acct":{},"tid":7}"#).unwrap();
        assert!(check(&claims, &mut FirstRefusal).is_ok());
        assert!(facts(&claims).roles.is_empty());
    }
}
