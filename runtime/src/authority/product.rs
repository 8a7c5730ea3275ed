//! Microsoft's products that issue tokens, known by the hosts of their issuers.
//!
//! Sources: [b2clogin.com](https://learn.microsoft.com/azure/active-directory-b2c/b2clogin),
//! [Custom URL domains](https://learn.microsoft.com/entra/external-id/customers/concept-custom-url-domain). The domains of
//! B2C in other clouds are those that Microsoft's own libraries (MSAL) know.

use url::Url;

use super::cloud::issuer_host;
use crate::setup_error::SetupError;

/// The domains below which tenants of Azure AD B2C have a host.
const B2C_DOMAINS: [&str; 4] = [".b2clogin.com", ".b2clogin.cn", ".b2clogin.us", ".b2clogin.de"];
/// The domain below which tenants of External ID have a host.
const EXTERNAL_ID_DOMAINS: [&str; 1] = [".ciamlogin.com"];

/// A product of Microsoft that issues tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Product {
    Entra,
    B2c,
    ExternalId,
}

impl Product {
    /// The product that serves this host. A tenant's custom domain does not tell.
    pub(crate) fn of_host(host: &str) -> Option<Self> {
        // A dot at the end makes a name absolute, and it stays the same name (RFC 1034 section 3.1).
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_below = |domains: &[&str]| domains.iter().any(|domain| host.ends_with(domain));
        match issuer_host(&host) {
            Some(_) => Some(Self::Entra),
            None if is_below(&B2C_DOMAINS) => Some(Self::B2c),
            None if is_below(&EXTERNAL_ID_DOMAINS) => Some(Self::ExternalId),
            None => None,
        }
    }

    /// The name of a tenant, as the host of this product has it.
    pub(crate) fn tenant_in_host(self, host: &str) -> Option<&str> {
        let domains: &[&str] = match self {
            Self::Entra => &[],
            Self::B2c => &B2C_DOMAINS,
            Self::ExternalId => &EXTERNAL_ID_DOMAINS,
        };
        domains.iter().find_map(|domain| host.strip_suffix(domain))
    }

    fn of_url(url: &Url) -> Option<Self> {
        let product = Self::of_host(url.host_str()?)?;
        // User flows were served by Entra ID's own host before they had one.
        let is_flow = url.path().trim_start_matches('/').starts_with("tfp/");
        Some(if is_flow { Self::B2c } else { product })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Entra => "Entra ID",
            Self::B2c => "Azure AD B2C",
            Self::ExternalId => "Entra External ID",
        }
    }

    pub(crate) fn constructor(self) -> &'static str {
        match self {
            Self::Entra => "Authority::entra(tenant, client id)",
            Self::B2c => "Authority::b2c(tenant, user flow, client id)",
            Self::ExternalId => "Authority::external_id(tenant, client id)",
        }
    }

    /// What to set instead, where the authority comes from settings.
    fn settings(self) -> &'static str {
        match self {
            Self::Entra => "AzureAd__TenantId and AzureAd__ClientId (tenant_id and client_id in settings.json)",
            Self::B2c => {
                "AzureAdB2C__Domain, AzureAdB2C__SignUpSignInPolicyId and AzureAdB2C__ClientId (authority, user_flows and \
                 client_id in settings.json)"
            }
            Self::ExternalId => "AzureAd__Authority and AzureAd__ClientId (authority and client_id in settings.json)",
        }
    }
}

/// Refuses a URL of Microsoft's where a plain OpenID provider is configured: its tokens would lose the checks of tenant,
/// version, user flow and permission. `what` is the name that the developer or the operator knows the URL by.
pub(crate) fn refuse_microsoft(what: &str, text: &str) -> Result<(), SetupError> {
    // An issuer whose keys are given need be no URL; without a scheme its host is still a host.
    let url = Url::parse(text).ok().filter(Url::has_host).or_else(|| Url::parse(&format!("https://{text}")).ok());
    match url.as_ref().and_then(Product::of_url) {
        Some(product) => Err(SetupError::invalid(format!(
            "{what} {text:?} is of {}, whose tokens need checks that other providers' do not; use {}, or set {}",
            product.name(),
            product.constructor(),
            product.settings()
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_microsoft_is_known_however_it_is_written() {
        for (host, expected) in [
            ("login.microsoftonline.com", Some(Product::Entra)),
            ("STS.windows.net", Some(Product::Entra)),
            ("login.microsoftonline.us.", Some(Product::Entra)),
            ("contoso.b2clogin.com", Some(Product::B2c)),
            ("contoso.B2CLOGIN.cn.", Some(Product::B2c)),
            ("contoso.b2clogin.us", Some(Product::B2c)),
            ("72f988bf-86f1-41af-91ab-2d7cd011db47.ciamlogin.com", Some(Product::ExternalId)),
            ("ciamlogin.com", None),
            ("contoso-ciamlogin.com", None),
            ("contoso.ciamlogin.com.example.com", None),
            ("login.contoso.com", None),
        ] {
            assert_eq!(Product::of_host(host), expected, "{host}");
        }
    }

    #[test]
    fn the_name_of_a_tenant_stands_before_the_domain() {
        assert_eq!(Product::B2c.tenant_in_host("contoso.b2clogin.cn"), Some("contoso"));
        assert_eq!(Product::ExternalId.tenant_in_host("contoso.ciamlogin.com"), Some("contoso"));
        assert_eq!(Product::ExternalId.tenant_in_host("contoso.b2clogin.com"), None);
        assert_eq!(Product::Entra.tenant_in_host("login.microsoftonline.com"), None);
    }

    #[test]
    fn each_product_names_its_constructor_and_its_settings() {
        let refusal = |text: &str| refuse_microsoft("OIDC_ISSUER", text).unwrap_err().to_string();
        for (text, constructor, setting) in [
            ("https://login.microsoftonline.com/x/v2.0", "Authority::entra", "AzureAd__TenantId"),
            ("https://login.microsoftonline.com/tfp/x/b2c_1_a/v2.0/", "Authority::b2c", "AzureAdB2C__Domain"),
            ("https://contoso.b2clogin.com/x/v2.0/", "Authority::b2c", "AzureAdB2C__Domain"),
            ("https://contoso.ciamlogin.com/x/v2.0", "Authority::external_id", "AzureAd__Authority"),
        ] {
            let message = refusal(text);
            for words in ["OIDC_ISSUER", text, constructor, setting] {
                assert!(message.contains(words), "{words}: {message}");
            }
        }
    }
}
