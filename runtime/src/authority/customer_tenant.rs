//! The tenants that customers sign in to: how they are written in a configuration, and where they are found.

use url::Url;

use super::Authority;
use super::cloud::issuer_host;
use super::entra::is_domain_name;
use crate::guid;
use crate::issuer::check_url;
use crate::setup_error::SetupError;

/// The domain that every tenant has from its beginning, below its name.
const INITIAL_DOMAIN: &str = ".onmicrosoft.com";

/// A tenant of Azure AD B2C or Entra External ID.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CustomerTenant {
    /// A GUID or a domain name, as URLs have it.
    pub(super) in_urls: String,
    /// The tenant's id, where it is configured; else its metadata tells it.
    pub(super) id: Option<String>,
    /// The first label of the initial domain, where that is configured.
    pub(super) name: Option<String>,
}

/// Where a tenant signs its users in.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) url: Url,
    /// Without a slash at its end.
    pub(super) text: String,
}

impl CustomerTenant {
    /// Reads a name (`contoso`), a domain name or a GUID.
    pub(super) fn parse(text: &str) -> Result<Self, SetupError> {
        let lower = text.trim().to_ascii_lowercase();
        if guid::is_guid(&lower) {
            return Ok(Self { in_urls: lower.clone(), id: Some(lower), name: None });
        }
        if matches!(lower.as_str(), "common" | "organizations" | "consumers") {
            return Err(SetupError::invalid(format!(
                "the tenant {text:?} stands for many tenants, which Entra ID alone has; write the name of the tenant whose \
                 customers sign in, such as \"contoso\""
            )));
        }
        let domain = if lower.contains('.') { lower } else { format!("{lower}{INITIAL_DOMAIN}") };
        if !is_domain_name(&domain) {
            return Err(SetupError::invalid(format!(
                "the tenant {text:?} is neither a name, a domain name nor a GUID; copy the initial domain, such as \
                 contoso.onmicrosoft.com, from the tenant's overview page"
            )));
        }
        let name = domain.strip_suffix(INITIAL_DOMAIN).filter(|name| !name.contains('.')).map(Into::into);
        Ok(Self { in_urls: domain, id: None, name })
    }

    /// The host that `authority` names, else the one of `label` below `domain`, which is where Microsoft serves it.
    pub(super) fn host(&self, authority: &Authority, label: Option<&str>, domain: &str) -> Result<Host, SetupError> {
        let text = match (&authority.host, label) {
            (Some(host), _) => host.trim_end_matches('/').to_owned(),
            (None, Some(label)) => format!("https://{label}.{domain}"),
            (None, None) => {
                return Err(SetupError::invalid(format!(
                    "the tenant {:?} does not tell where it signs its users in; add \
                     .authority_host(\"https://contoso.{domain}\") with its own name or custom domain, or write the \
                     initial domain, contoso.onmicrosoft.com, for the tenant",
                    self.in_urls
                )));
            }
        };
        let url = check_url("the authority host", &text)?;
        if url.host_str().and_then(issuer_host).is_some() {
            return Err(SetupError::invalid(format!(
                "the authority host {text:?} is that of Entra ID's own tenants; this tenant's is such as \
                 https://contoso.{domain}, or a custom domain; .cloud(..) is for Entra ID alone"
            )));
        }
        Ok(Host { url, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    #[test]
    fn a_tenant_is_a_name_a_domain_or_a_guid() {
        let named = |in_urls: &str, name: Option<&str>| CustomerTenant {
            in_urls: in_urls.into(),
            id: None,
            name: name.map(Into::into),
        };
        for (text, expected) in [
            ("contoso", named("contoso.onmicrosoft.com", Some("contoso"))),
            (" Contoso.onmicrosoft.com", named("contoso.onmicrosoft.com", Some("contoso"))),
            ("customers.contoso.com", named("customers.contoso.com", None)),
            ("contoso.partner.onmschina.cn", named("contoso.partner.onmschina.cn", None)),
        ] {
            assert_eq!(CustomerTenant::parse(text).unwrap(), expected, "{text}");
        }
        let by_id = CustomerTenant::parse(&TENANT.to_uppercase()).unwrap();
        assert_eq!((by_id.in_urls.as_str(), by_id.id.as_deref(), by_id.name), (TENANT, Some(TENANT), None));
        for text in ["", "contoso!", "https://contoso.b2clogin.com", "-contoso", "common", "Organizations"] {
            assert!(CustomerTenant::parse(text).is_err(), "{text}");
        }
    }
}
