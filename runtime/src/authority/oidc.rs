//! Any OpenID provider whose access tokens are JWTs, as RFC 9068 profiles them.
//!
//! Most providers follow RFC 9068 in part, so what it demands beyond the checks of every token is not demanded here:
//! `jti`, `client_id` and the `typ` of `at+jwt` may be absent. A `typ` of another kind of token is refused for all. A
//! [`TokenProfile`] says what one provider does beyond that.

use std::sync::Arc;

use url::Url;

use super::product::refuse_microsoft;
use super::profile::{Profile, common_facts, common_traits, scopes_of};
use super::public_issuer::service_of;
use super::token_profile::{Reading, TokenReader};
use super::{Admission, Authority, IssuerRule, TokenProfile, TrustedAuthority, TrustedIssuer};
use crate::access_token::{Facts, Minimum, Traits};
use crate::checks::{Check, Outcomes};
use crate::claims::Claims;
use crate::discovery::ExpectedIssuer;
use crate::error::{ApiDescription, AuthError, Reason};
use crate::issuer::{check_url, is_loopback};
use crate::keys::KeyOrigin;
use crate::setup_error::SetupError;
use crate::tenant::TenantTemplate;

#[derive(Clone, Debug)]
pub(super) struct Oidc {
    issuer: String,
}

/// What only an OpenID provider's authority has.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) profile: Option<TokenProfile>,
    pub(super) oauth_metadata: bool,
    pub(super) metadata_url: Option<String>,
}

impl Options {
    /// Refuses them at an authority of Microsoft's.
    pub(super) fn refuse(&self) -> Result<(), SetupError> {
        let set = [
            (self.profile.is_some(), "profile"),
            (self.oauth_metadata, "oauth_metadata"),
            (self.metadata_url.is_some(), "metadata_url"),
        ];
        match set.into_iter().find(|(set, _)| *set) {
            Some((_, option)) => Err(SetupError::invalid(format!(
                "{option} is for Authority::oidc; tokens and metadata of Microsoft's own kinds of tenant are known, so leave \
                 it out"
            ))),
            None => Ok(()),
        }
    }
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
        refuse_microsoft("the issuer", &self.issuer)?;
        let options = &authority.openid;
        if let Some(profile) = &options.profile
            && profile.wants_path_in_issuer()
            && url.as_ref().is_some_and(|url| url.path() == "/" && !is_loopback(url))
        {
            return Err(SetupError::invalid(format!(
                "the issuer {:?} is Okta's org authorization server, whose access tokens are for Okta alone; write the Issuer \
                 URI of a custom authorization server, such as https://dev-1.okta.com/oauth2/default",
                self.issuer
            )));
        }
        let reader = options.profile.as_ref().map(TokenReader::new).transpose()?.map(Arc::new);
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
                url: self.metadata_url(options)?,
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
            profile: Profile::Oidc(reader),
            algorithms: Vec::new(),
            minimum: self.minimum(authority),
            admission: Admission::default(),
            issuers: vec![issuer],
            api: Arc::new(api),
        })
    }
}

impl Oidc {
    /// A list of clients says who may call, as the requirement would.
    fn minimum(&self, authority: &Authority) -> Minimum {
        match service_of(&self.issuer) {
            Some(_) if authority.clients.is_none() => Minimum::Selection,
            _ => Minimum::Genuine,
        }
    }

    fn metadata_url(&self, options: &Options) -> Result<String, SetupError> {
        match (&options.metadata_url, options.oauth_metadata) {
            (Some(_), true) => Err(SetupError::contradictory(
                "oauth_metadata and metadata_url both say where the metadata is; leave one of them out",
            )),
            (Some(url), false) => checked_metadata_url(url),
            (None, true) => Ok(oauth_metadata_url(&self.issuer)),
            // OpenID Connect Discovery section 4.1: a slash at the issuer's end is taken off before the path is added.
            (None, false) => Ok(format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'))),
        }
    }
}

/// RFC 8414 section 3.1: the well-known path goes between the host and the issuer's path, whose last slash is taken off.
fn oauth_metadata_url(issuer: &str) -> String {
    let host_from = issuer.find("://").map_or(0, |at| at + "://".len());
    let path_from = issuer.get(host_from..).and_then(|rest| rest.find('/')).map_or(issuer.len(), |at| host_from + at);
    let (origin, path) = issuer.split_at_checked(path_from).unwrap_or((issuer, ""));
    format!("{origin}/.well-known/oauth-authorization-server{}", path.strip_suffix('/').unwrap_or(path))
}

/// An issuer has no query (RFC 8414 section 2); the place of its metadata may.
fn checked_metadata_url(url: &str) -> Result<String, SetupError> {
    let (location, query) = url.split_once('?').unwrap_or((url, ""));
    check_url("the metadata URL", location)?;
    refuse_microsoft("the metadata URL", location)?;
    if query.contains('#') {
        return Err(SetupError::invalid("the metadata URL must have no fragment; take it off"));
    }
    Ok(url.to_owned())
}

/// `has_profile` says that claims beyond those of every token are read by [`TokenReader`].
pub(super) fn check(claims: &Claims<'_>, has_profile: bool, outcomes: &mut impl Outcomes) -> Result<(), AuthError> {
    outcomes.add(Check::Kind, no_other_kind(claims))?;
    outcomes.add(Check::Claims, types(claims, has_profile))
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
fn types(claims: &Claims<'_>, has_profile: bool) -> Result<(), AuthError> {
    if !has_profile && claims.scope.is_wrong() {
        return Err(AuthError::new(Reason::Claims).with_evidence("the claim scope is not a string"));
    }
    Ok(())
}

pub(super) fn facts<'c>(claims: &'c Claims<'_>) -> Facts<'c> {
    Facts {
        client_id: claims.client_id.as_deref().or(claims.azp.as_deref()).map(Into::into),
        token_id: claims.jti.text().map(Into::into),
        scopes: scopes_of(claims.scope.text()),
        ..common_facts(claims)
    }
}

/// The facts of a token that was read by a profile. Nothing is taken from a claim that the profile does not name.
pub(super) fn profiled_facts<'c>(claims: &'c Claims<'_>, reading: Reading<'c>) -> Facts<'c> {
    Facts {
        client_id: reading.client_id,
        token_id: claims.jti.text().map(Into::into),
        scopes: reading.scopes,
        roles: reading.roles,
        groups: reading.groups,
        traits: Traits { caller: reading.caller, applications_have_scopes: true, ..common_traits(claims) },
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

    /// Whatever stands for the same host, and wherever the keys come from.
    #[test]
    fn no_product_of_microsoft_is_a_plain_provider() {
        const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        for (host, constructor) in [
            ("sts.windows.net", "Authority::entra"),
            ("login.microsoftonline.com", "Authority::entra"),
            ("login.microsoftonline.us", "Authority::entra"),
            ("contoso.b2clogin.com", "Authority::b2c"),
            ("contoso.b2clogin.cn", "Authority::b2c"),
            ("contoso.ciamlogin.com", "Authority::external_id"),
            ("72f988bf-86f1-41af-91ab-2d7cd011db47.ciamlogin.com", "Authority::external_id"),
        ] {
            let (upper, first) = (host.to_uppercase(), host.replacen('.', "%2E", 1));
            for same in [host, &upper, &first, &format!("{host}."), &format!("{host}:443"), &format!("{host}:8443")] {
                let issuer = format!("https://{same}/{TENANT}/v2.0");
                let metadata = Authority::oidc("https://id.example.com", "api").metadata_url(format!("{issuer}/m?p=a"));
                for authority in
                    [Authority::oidc(&issuer, "api"), Authority::static_keys(&issuer, "api", "{}"), metadata]
                {
                    let error = authority.resolve().unwrap_err().to_string();
                    assert!(error.contains(constructor), "{issuer}: {error}");
                }
            }
            // Only an issuer from which nothing is fetched may have other forms.
            for text in [format!("https://user@{host}/x"), format!("http://{host}/x"), format!("{host}/x"), host.into()]
            {
                let error = Authority::static_keys(&text, "api", "{}").resolve().unwrap_err().to_string();
                assert!(error.contains(constructor), "{text}: {error}");
            }
        }
        for other in
            ["https://ciamlogin.com.example.com", "https://notciamlogin.com", "https://login.contoso.com/x/v2.0"]
        {
            assert!(resolve(other, "api").is_ok(), "{other}");
        }
    }

    fn metadata_of(authority: &Authority) -> String {
        let trusted = authority.resolve().unwrap();
        let KeyOrigin::Metadata { url, issuer } = &trusted.issuers[0].keys else { panic!() };
        assert_eq!(*issuer, ExpectedIssuer::Exact(trusted.issuers[0].issuer.text()), "the issuer is compared exactly");
        url.clone()
    }

    #[test]
    fn the_metadata_of_rfc_8414_stands_between_host_and_path() {
        for (issuer, metadata) in [
            ("https://id.example.com", "https://id.example.com/.well-known/oauth-authorization-server"),
            ("https://id.example.com/", "https://id.example.com/.well-known/oauth-authorization-server"),
            ("https://id.example.com:8443/a", "https://id.example.com:8443/.well-known/oauth-authorization-server/a"),
            ("https://id.example.com/a/b/", "https://id.example.com/.well-known/oauth-authorization-server/a/b"),
            ("https://ID.example.com/%7Ea", "https://ID.example.com/.well-known/oauth-authorization-server/%7Ea"),
            ("http://[::1]:80/a", "http://[::1]:80/.well-known/oauth-authorization-server/a"),
        ] {
            assert_eq!(metadata_of(&Authority::oidc(issuer, "api").oauth_metadata()), metadata);
        }
    }

    #[test]
    fn metadata_may_be_elsewhere_over_https_or_on_this_machine() {
        let at = |url: &str| Authority::oidc("https://id.example.com", "api").metadata_url(url);
        for url in ["https://cdn.example.com/metadata.json", "https://id.example.com/m?p=a", "http://127.0.0.1:80/m"] {
            assert_eq!(metadata_of(&at(url)), url);
        }
        for (url, words) in [
            ("metadata.json", "the metadata URL"),
            ("http://cdn.example.com/m", "https://"),
            ("https://user@cdn.example.com/m", "credentials"),
            ("https://cdn.example.com/m#x", "fragment"),
            ("https://cdn.example.com/m?a#x", "fragment"),
        ] {
            assert!(at(url).resolve().unwrap_err().to_string().contains(words), "{url}");
        }
        let both = at("https://cdn.example.com/m").oauth_metadata().resolve().unwrap_err().to_string();
        assert!(both.contains("oauth_metadata") && both.contains("metadata_url"), "{both}");
    }

    #[test]
    fn what_is_for_openid_providers_is_refused_for_entra_id() {
        let entra = || Authority::entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
        for (authority, option) in [
            (entra().profile(TokenProfile::rfc9068()), "profile"),
            (entra().oauth_metadata(), "oauth_metadata"),
            (entra().metadata_url("https://login.microsoftonline.com/x"), "metadata_url"),
        ] {
            let error = authority.resolve().unwrap_err().to_string();
            assert!(error.starts_with(option) && error.contains("Authority::oidc"), "{error}");
        }
    }

    #[test]
    fn no_profile_makes_entra_id_a_plain_provider() {
        let issuer = "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0";
        let authority = Authority::oidc(issuer, "api").profile(TokenProfile::new());
        for authority in [authority.clone(), authority.metadata_url("https://cdn.example.com/m")] {
            assert!(authority.resolve().unwrap_err().to_string().contains("Authority::entra"));
        }
    }

    /// Only Microsoft says that its ids are GUIDs, and writes them in lower case.
    #[test]
    fn the_clients_of_another_provider_are_compared_as_written() {
        let client = "6E74172B-BE56-4843-9FF4-E66A39BB12E3";
        let authority = Authority::oidc("https://id.example.com", "api").allow_clients([client]);
        let claims = format!(r#"{{"client_id":"{client}"}}"#);
        let facts = facts(&Claims::parse(claims.as_bytes()).unwrap()).into_owned();
        assert!(authority.resolve().unwrap().admission.check(facts.identity()).is_ok());
    }

    #[test]
    fn the_org_authorization_server_of_okta_is_refused() {
        let okta = |issuer: &str| Authority::oidc(issuer, "api").profile(TokenProfile::okta()).resolve();
        for issuer in ["https://dev-1.okta.com", "https://dev-1.okta.com/"] {
            assert!(okta(issuer).unwrap_err().to_string().contains("org authorization server"), "{issuer}");
        }
        for issuer in
            ["https://dev-1.okta.com/oauth2/default", "https://id.example.com/oauth2/aus1", "http://127.0.0.1:9"]
        {
            assert!(okta(issuer).is_ok(), "{issuer}");
        }
        assert!(resolve("https://dev-1.okta.com", "api").is_ok(), "another profile makes no such claim");
    }

    #[test]
    fn no_profile_changes_the_algorithms() {
        for profile in [
            TokenProfile::new(),
            TokenProfile::rfc9068(),
            TokenProfile::auth0(),
            TokenProfile::okta(),
            TokenProfile::keycloak("api"),
            TokenProfile::cognito(),
        ] {
            let trusted = Authority::oidc("http://127.0.0.1:9", "api").profile(profile).resolve().unwrap();
            assert_eq!(trusted.algorithms, [jsonwebtoken::Algorithm::RS256]);
        }
    }

    #[test]
    fn scopes_come_from_scope_and_never_from_scp() {
        let claims = Claims::parse(br#"{"scope":"a b","scp":"c","client_id":"x","azp":"y","jti":"j"}"#).unwrap();
        let facts = facts(&claims);
        assert_eq!(facts.scopes, ["a", "b"]);
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
            assert_eq!(check(&claims, false, &mut FirstRefusal).err().map(|error| error.reason()), reason, "{claim}");
        }
    }

    #[test]
    fn claims_that_mean_something_else_here_refuse_nothing() {
        let claims = Claims::parse(br#"{"ver":1,"scp":["a"],"roles":{"x":[]},"acct":{},"tid":7}"#).unwrap();
        assert!(check(&claims, false, &mut FirstRefusal).is_ok());
        assert!(facts(&claims).roles.is_empty());
    }
}
