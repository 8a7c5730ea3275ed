//! Microsoft Entra External ID: tenants whose customers sign in at `ciamlogin.com`.
//!
//! Its tokens are Entra ID's of version 2.0, with an issuer and keys of their own.
//! Source: [External tenants](https://learn.microsoft.com/entra/external-id/customers/overview-customers-ciam).

use std::sync::Arc;

use super::customer_tenant::{CustomerTenant, Host};
use super::entra::{self, checked_client_id, origin, stated_guest, stated_kind};
use super::profile::Profile;
use super::{Admission, Authority, IssuerRule, TrustedAuthority, TrustedIssuer};
use crate::access_token::{CallerKind, Facts, Minimum, Traits};
use crate::claims::Claims;
use crate::error::ApiDescription;
use crate::issuer::is_loopback;
use crate::setup_error::SetupError;
use crate::tenant::TenantTemplate;

/// Where External ID serves tenants that have no domain of their own.
const DOMAIN: &str = "ciamlogin.com";
/// The issuer of every tenant, also of those that are configured by name or have a custom domain.
const ISSUER: &str = "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0";
/// What keys of Entra ID call their issuer. The key set of an external tenant holds some of them beside its own.
const ISSUER_OF_SHARED_KEYS: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

#[derive(Clone, Debug)]
pub(super) struct ExternalId {
    tenant: String,
    client_id: String,
}

impl ExternalId {
    pub(super) fn new(tenant: String, client_id: String) -> Self {
        Self { tenant, client_id }
    }

    pub(super) fn resolve(&self, authority: &Authority) -> Result<TrustedAuthority, SetupError> {
        authority.refuse_tenants_and_guests("Entra External ID")?;
        let tenant = CustomerTenant::parse(&self.tenant)?;
        let client_id = checked_client_id(&self.client_id)?;
        let label = tenant.id.as_deref().or(tenant.name.as_deref());
        let host = tenant.host(authority, label, DOMAIN)?;

        let template = TenantTemplate::new(&issuer_at(&host));
        let rule = match &tenant.id {
            Some(id) => IssuerRule::Exact { issuer: template.with_tenant(id).into(), tenant: Some(id.as_str().into()) },
            None => IssuerRule::Learned(vec![template.clone()]),
        };
        let query = if authority.custom_signing_keys { format!("?appid={client_id}") } else { String::new() };
        let base = format!("{}/{}", host.text, tenant.in_urls);
        let explicit = authority.explicit_audiences();
        let api_uri = format!("api://{client_id}");
        let app_id_uri = explicit.iter().find(|audience| audience.contains("://")).map_or(&*api_uri, |uri| uri);
        let api = ApiDescription {
            realm: explicit.first().cloned().unwrap_or_else(|| client_id.as_str().into()),
            scope_prefix: format!("{}/", app_id_uri.trim_end_matches('/')).into(),
            authorization_uri: Some(format!("{base}/oauth2/v2.0/authorize").into()),
            resource_metadata: None,
        };
        let issuer = TrustedIssuer {
            keys: origin(format!("{base}/v2.0/.well-known/openid-configuration{query}"), &rule),
            issuer: rule,
            metadata_of_tenant: None,
            audiences: if explicit.is_empty() { vec![client_id.into()] } else { explicit },
            key_issuers: vec![template, TenantTemplate::new(ISSUER_OF_SHARED_KEYS)],
            version: Some("2.0"),
            user_flow: None,
            single_key_without_kid: false,
        };
        Ok(TrustedAuthority {
            name: None,
            profile: Profile::ExternalId,
            algorithms: Vec::new(),
            minimum: Minimum::Permission,
            admission: Admission::default(),
            issuers: vec![issuer],
            api: Arc::new(api),
        })
    }
}

/// A provider on this machine that stands in for External ID is its own issuer; everywhere else the host says nothing.
fn issuer_at(host: &Host) -> String {
    if is_loopback(&host.url) { format!("{}/{{tenantid}}/v2.0", host.text) } else { ISSUER.to_owned() }
}

/// As Entra ID's, but for what only workforce tenants hold to: that an object id which is also the subject means an
/// application, and that another identity provider means a guest. Customers sign in with such providers as members.
pub(super) fn facts<'c>(claims: &'c Claims<'_>) -> Facts<'c> {
    let facts = entra::facts(claims);
    let by_scope = if facts.scopes.is_empty() { CallerKind::Unknown } else { CallerKind::Delegated };
    let caller = stated_kind(claims).unwrap_or(by_scope);
    Facts { traits: Traits { caller, guest: stated_guest(claims), ..facts.traits }, ..facts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyOrigin;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

    fn resolve(authority: &Authority) -> (TrustedIssuer, String) {
        let trusted = authority.resolve().unwrap();
        let issuer = trusted.issuers.into_iter().next().unwrap();
        let url = match &issuer.keys {
            KeyOrigin::Metadata { url, .. } => url.clone(),
            own => panic!("{own:?}"),
        };
        (issuer, url)
    }

    #[test]
    fn the_issuer_names_the_tenants_id_whatever_the_authority_says() {
        let external_id = |tenant: &str| Authority::external_id(tenant, CLIENT);
        let by_id = format!("https://{TENANT}.ciamlogin.com/{TENANT}/v2.0");
        for (authority, host_and_tenant) in [
            (external_id("Contoso"), "https://contoso.ciamlogin.com/contoso.onmicrosoft.com"),
            (external_id("contoso.onmicrosoft.com"), "https://contoso.ciamlogin.com/contoso.onmicrosoft.com"),
            (external_id(TENANT), &format!("https://{TENANT}.ciamlogin.com/{TENANT}")),
            (
                external_id(TENANT).authority_host("https://login.contoso.com/"),
                &format!("https://login.contoso.com/{TENANT}"),
            ),
            (
                external_id("customers.contoso.com").authority_host("https://contoso.ciamlogin.com"),
                "https://contoso.ciamlogin.com/customers.contoso.com",
            ),
        ] {
            let (issuer, url) = resolve(&authority);
            assert_eq!(url, format!("{host_and_tenant}/v2.0/.well-known/openid-configuration"));
            assert!(issuer.fits(&by_id), "{host_and_tenant}");
            assert_eq!(issuer.tenant_of(&by_id), Some(TENANT));
            for other in [
                format!("https://contoso.ciamlogin.com/{TENANT}/v2.0"),
                format!("https://login.contoso.com/{TENANT}/v2.0"),
                format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
                format!("https://sts.windows.net/{TENANT}/"),
                format!("{by_id}/"),
            ] {
                assert!(!issuer.fits(&other), "{other}");
            }
        }
    }

    #[test]
    fn a_provider_on_this_machine_is_its_own_issuer() {
        let (issuer, _) = resolve(&Authority::external_id(TENANT, CLIENT).authority_host("http://127.0.0.1:9"));
        assert_eq!(issuer.issuer.text(), format!("http://127.0.0.1:9/{TENANT}/v2.0"));
    }

    #[test]
    fn settings_that_cannot_be_right_name_the_fix() {
        let refusal = |authority: Authority| authority.resolve().unwrap_err().to_string();
        let external_id = |tenant: &str| Authority::external_id(tenant, CLIENT);
        assert!(refusal(external_id("customers.contoso.com")).contains("authority_host"));
        assert!(refusal(external_id("contoso").cloud(crate::Cloud::Public)).contains("ciamlogin.com"));
        assert!(refusal(external_id("contoso").refuse_guests()).contains("refuse_guests"));
        assert!(refusal(external_id("contoso").allow_tenants([TENANT])).contains("allow_tenants"));
        assert!(refusal(external_id("contoso").user_flow("B2C_1_x")).contains("user_flow"));
        assert!(refusal(Authority::external_id("contoso", "weather-api")).contains("client id"));
    }

    #[test]
    fn keys_name_this_tenant_or_the_shared_issuer_of_it() {
        let (issuer, _) = resolve(&Authority::external_id("contoso", CLIENT));
        let iss = format!("https://{TENANT}.ciamlogin.com/{TENANT}/v2.0");
        let takes = |of_key: &str| issuer.takes_keys_of(&TenantTemplate::new(of_key), &iss);
        assert!(takes(ISSUER) && takes(ISSUER_OF_SHARED_KEYS));
        let personal = ISSUER_OF_SHARED_KEYS.replace("{tenantid}", crate::PERSONAL_ACCOUNTS);
        assert!(!takes(&personal));
        assert!(!takes("https://login.microsoftonline.us/{tenantid}/v2.0"));
    }

    #[test]
    fn what_only_workforce_tenants_hold_to_says_nothing_here() {
        let facts_of = |text: &str| facts(&Claims::parse(text.as_bytes()).unwrap()).into_owned();
        assert_eq!(facts_of(r#"{"oid":"a","sub":"a","roles":["r"]}"#).traits.caller, CallerKind::Unknown);
        assert_eq!(facts_of(r#"{"oid":"a","sub":"a","scp":"x"}"#).traits.caller, CallerKind::Delegated);
        assert_eq!(facts_of(r#"{"idtyp":"app","scp":"x"}"#).traits.caller, CallerKind::AppOnly);
        assert_eq!(facts_of(r#"{"idp":"google.com"}"#).traits.guest, None);
        assert_eq!(facts_of(r#"{"sub":"a"}"#).traits.guest, None);
        assert_eq!(facts_of(r#"{"acct":0,"idp":"google.com"}"#).traits.guest, Some(false));
        assert_eq!(facts_of(r#"{"acct":1}"#).traits.guest, Some(true));
    }
}
