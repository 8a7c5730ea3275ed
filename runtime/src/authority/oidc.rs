//! Any OpenID provider whose access tokens are JWTs, as RFC 9068 profiles them.
//!
//! Most providers follow RFC 9068 in part, so what it demands beyond the checks of every token is not demanded here:
//! `jti`, `client_id` and the `typ` of `at+jwt` may be absent. A `typ` of another kind of token is refused for all.

use std::sync::Arc;

use super::{Profile, TrustedAuthority, TrustedIssuer, common_facts, scopes_of};
use crate::access_token::Facts;
use crate::claims::Claims;
use crate::error::{ApiDescription, AuthError, Reason};
use crate::issuer::check_url;
use crate::setup_error::SetupError;

#[derive(Clone, Debug)]
pub(super) struct Oidc {
    issuer: String,
    /// An authority host was set, which only Entra ID has.
    pub(super) misplaced_host: bool,
}

/// Where Entra ID's workforce tenants issue tokens. As a plain provider's, they would lose the checks of tenant, version
/// and permission.
const ENTRA_HOSTS: [&str; 6] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "sts.windows.net",
    "sts.chinacloudapi.cn",
];

impl Oidc {
    pub(super) fn new(issuer: String) -> Self {
        Self { issuer, misplaced_host: false }
    }

    pub(super) fn resolve(&self, audiences: &[String]) -> Result<TrustedAuthority, SetupError> {
        if self.misplaced_host {
            return Err(SetupError::invalid(
                "an authority host is for Entra ID; the host of an OpenID provider is in its issuer",
            ));
        }
        let url = check_url("the issuer", &self.issuer)?;
        if url.host_str().is_some_and(|host| ENTRA_HOSTS.contains(&host)) {
            return Err(SetupError::invalid(format!(
                "the issuer {:?} is Entra ID, whose tokens need checks that other providers' do not; use \
                 Authority::entra with the tenant id and the client id",
                self.issuer
            )));
        }
        let audiences: Vec<Box<str>> = audiences.iter().map(|audience| audience.as_str().into()).collect();
        let api = ApiDescription {
            realm: audiences.first().cloned().unwrap_or_default(),
            scope_prefix: "".into(),
            authorization_uri: None,
            resource_metadata: None,
        };
        let issuer = TrustedIssuer {
            issuer: self.issuer.as_str().into(),
            // OpenID Connect Discovery section 4.1: a slash at the issuer's end is taken off before the path is added.
            metadata_url: format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/')),
            audiences,
            key_issuers: vec![self.issuer.as_str().into()],
            tenant: None,
            version: None,
            single_key_without_kid: true,
        };
        Ok(TrustedAuthority {
            name: None,
            profile: Profile::Oidc,
            algorithms: Vec::new(),
            wants_permission: false,
            issuers: vec![issuer],
            api: Arc::new(api),
        })
    }
}

pub(super) fn check(claims: &Claims<'_>) -> Result<(), AuthError> {
    // 1. ID tokens (OpenID Connect Core section 2): nonce and the hashes belong to them alone.
    if claims.markers.id_token {
        return Err(AuthError::new(Reason::IdToken).with_evidence("the token has nonce, at_hash, c_hash or s_hash"));
    }
    // Some providers write the kind of token into a claim: Amazon Cognito `token_use`, Keycloak `typ`.
    match (claims.token_use.text(), claims.typ.text()) {
        (Some("id"), _) | (_, Some("ID")) => {
            return Err(AuthError::new(Reason::IdToken).with_evidence("token_use or typ says that it is an ID token"));
        }
        (_, Some("Refresh" | "Offline" | "Logout")) => {
            return Err(AuthError::new(Reason::TokenType).with_evidence("the claim typ names another kind of token"));
        }
        _ => {}
    }
    // 2. RFC 9068 section 2.2.3: scope is one string.
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

    fn resolve(issuer: &str, audience: &str) -> Result<TrustedAuthority, SetupError> {
        Oidc::new(issuer.to_owned()).resolve(&[audience.to_owned()])
    }

    #[test]
    fn metadata_is_found_below_the_issuer_which_stays_as_written() {
        for (issuer, metadata) in [
            ("https://id.example.com", "https://id.example.com/.well-known/openid-configuration"),
            ("https://id.example.com/", "https://id.example.com/.well-known/openid-configuration"),
            ("https://id.example.com/realms/a", "https://id.example.com/realms/a/.well-known/openid-configuration"),
        ] {
            let trusted = resolve(issuer, "api").unwrap();
            assert_eq!(&*trusted.issuers[0].issuer, issuer);
            assert_eq!(trusted.issuers[0].metadata_url, metadata);
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
            assert_eq!(check(&claims).err().map(|error| error.reason()), reason, "{claim}");
        }
    }

    #[test]
    fn claims_that_mean_something_else_here_refuse_nothing() {
        let claims = Claims::parse(br#"{"ver":1,"scp":["a"],"roles":{"x":[]},"acct":{},"tid":7}"#).unwrap();
        assert!(check(&claims).is_ok());
        assert!(facts(&claims).roles.is_empty());
    }
}
