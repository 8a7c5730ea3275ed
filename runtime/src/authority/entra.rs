//! Microsoft Entra ID, workforce tenants.
//!
//! Sources: [Access tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens),
//! [Access token claims reference](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference),
//! [National clouds](https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).

mod tokens;

use std::sync::Arc;

pub(super) use self::tokens::{check, facts, stated_guest, stated_kind};
use super::cloud::{Cloud, issuer_host};
use super::profile::Profile;
use super::{Admission, Authority, IssuerRule, TenantChoice, TenantPolicy, TrustedAuthority, TrustedIssuer};
use crate::access_token::Minimum;
use crate::discovery::ExpectedIssuer;
use crate::error::ApiDescription;
use crate::guid;
use crate::issuer::check_url;
use crate::keys::KeyOrigin;
use crate::setup_error::SetupError;
use crate::tenant::{PERSONAL_ACCOUNTS, TenantTemplate};

#[derive(Clone, Debug)]
pub(super) struct Entra {
    tenant: String,
    client_id: String,
}

/// Whose tokens, as the tenant is written into Entra ID's URLs.
enum Tenant {
    Id(String),
    /// A domain name of the tenant, whose id its metadata tells.
    Domain(String),
    Consumers,
    Organizations,
    Common,
}

/// The URLs and names of one authority, from which its issuers are made.
struct Site<'a> {
    /// Where metadata is fetched.
    host: &'a str,
    v2_issuer: TenantTemplate,
    v1_issuer: TenantTemplate,
    v2_audiences: Vec<Box<str>>,
    v1_audiences: Vec<Box<str>>,
    /// What is added to metadata URLs.
    query: String,
}

impl Entra {
    pub(super) fn new(tenant: String, client_id: String) -> Self {
        Self { tenant, client_id }
    }

    pub(super) fn resolve(&self, authority: &Authority) -> Result<TrustedAuthority, SetupError> {
        let tenant = Tenant::parse(&self.tenant)?;
        let client_id = checked_client_id(&self.client_id)?;
        let host = authority.host.as_deref().unwrap_or(Cloud::Public.authority_host());
        let url = check_url("the authority host", host)?;
        let host = host.trim_end_matches('/');
        let host_of_issuer = url.host_str().and_then(issuer_host).map(|host| format!("https://{host}"));
        let host_of_issuer = host_of_issuer.as_deref().unwrap_or(host);

        let api_uri = format!("api://{client_id}");
        let explicit = authority.explicit_audiences();
        let audiences_or = |implied: &[&str]| {
            if explicit.is_empty() { implied.iter().map(|it| (*it).into()).collect() } else { explicit.clone() }
        };
        let site = Site {
            host,
            v2_issuer: TenantTemplate::new(&format!("{host_of_issuer}/{{tenantid}}/v2.0")),
            v1_issuer: TenantTemplate::new(&format!("{}/{{tenantid}}/", v1_issuer_host(host_of_issuer))),
            v2_audiences: audiences_or(&[&client_id]),
            v1_audiences: audiences_or(&[&client_id, &api_uri]),
            query: if authority.custom_signing_keys { format!("?appid={client_id}") } else { String::new() },
        };

        let realm = explicit.first().cloned().unwrap_or_else(|| client_id.as_str().into());
        // Clients request scopes under an App ID URI; a bare client id stands for the default one.
        let app_id_uri = explicit.iter().find(|audience| audience.contains("://")).map_or(&*api_uri, |uri| uri);
        let api = ApiDescription {
            realm,
            scope_prefix: format!("{}/", app_id_uri.trim_end_matches('/')).into(),
            authorization_uri: Some(format!("{host}/{}/oauth2/v2.0/authorize", tenant.in_urls()).into()),
            resource_metadata: None,
        };
        Ok(TrustedAuthority {
            name: None,
            profile: Profile::Entra,
            algorithms: Vec::new(),
            minimum: Minimum::Permission,
            admission: Admission {
                tenants: tenant.policy(&self.tenant, authority.tenants.as_ref())?,
                ..Admission::default()
            },
            issuers: site.issuers(&tenant),
            api: Arc::new(api),
        })
    }
}

impl Tenant {
    fn parse(text: &str) -> Result<Self, SetupError> {
        let lower = text.trim().to_ascii_lowercase();
        match lower.as_str() {
            "common" => return Ok(Self::Common),
            "organizations" => return Ok(Self::Organizations),
            "consumers" => return Ok(Self::Consumers),
            _ => {}
        }
        if guid::is_guid(&lower) {
            return Ok(Self::Id(lower));
        }
        if is_domain_name(&lower) {
            return Ok(Self::Domain(lower));
        }
        Err(SetupError::invalid(format!(
            "the tenant {text:?} is neither a GUID nor a domain name; copy Directory (tenant) ID from the app \
             registration's overview page"
        )))
    }

    /// As it stands in the paths of metadata of version 2.0.
    fn in_urls(&self) -> &str {
        match self {
            Self::Id(text) | Self::Domain(text) => text,
            Self::Consumers => "consumers",
            Self::Organizations => "organizations",
            Self::Common => "common",
        }
    }

    /// Which tenants may call. One tenant needs no policy, any tenant needs one.
    fn policy(&self, written: &str, choice: Option<&TenantChoice>) -> Result<Option<TenantPolicy>, SetupError> {
        match (self, choice) {
            (Self::Id(_) | Self::Domain(_), None) => Ok(None),
            (Self::Id(_) | Self::Domain(_), Some(_)) => Err(SetupError::contradictory(format!(
                "allow_tenants is for many tenants, and the tenant is {written:?}; leave it out, or write \
                 \"organizations\" for the tenant"
            ))),
            (_, None) => Err(SetupError::invalid(format!(
                "the tenant {written:?} stands for any tenant, whose administrators assign roles and groups as they like; \
                 write the Directory (tenant) ID of the one tenant whose users call this API, or add \
                 .allow_tenants([\"tenant id\", ..]) or .allow_tenants_if(|tenant| ..) to Authority::entra({written:?}, ..)"
            ))),
            (_, Some(TenantChoice::If(admits))) => Ok(Some(TenantPolicy::If(Arc::clone(admits)))),
            (_, Some(TenantChoice::Any)) => Ok(Some(TenantPolicy::Any)),
            (_, Some(TenantChoice::Listed(tenants))) => {
                if tenants.is_empty() {
                    return Err(SetupError::invalid(
                        "allow_tenants names no tenant, so nobody could call; write the ids of the tenants that may",
                    ));
                }
                if matches!(self, Self::Organizations) && tenants.iter().any(|tenant| is_personal(tenant)) {
                    return Err(SetupError::contradictory(format!(
                        "allow_tenants has {PERSONAL_ACCOUNTS}, the tenant of personal accounts, and \"organizations\" is for \
                         all others; write \"common\" for the tenant, or leave the id out"
                    )));
                }
                let id = |tenant: &String| {
                    guid::normalized(tenant).map(Into::into).ok_or_else(|| {
                        SetupError::invalid(format!(
                            "allow_tenants has {tenant:?}, which is not a GUID; write the Directory (tenant) ID"
                        ))
                    })
                };
                let listed: Arc<[Box<str>]> = tenants.iter().map(id).collect::<Result<_, _>>()?;
                Ok(Some(TenantPolicy::Listed(listed)))
            }
        }
    }
}

impl Site<'_> {
    fn issuers(&self, tenant: &Tenant) -> Vec<TrustedIssuer> {
        let v1_host = &self.v1_issuer;
        match tenant {
            // Personal accounts have no tokens of version 1.0.
            Tenant::Id(id) if id == PERSONAL_ACCOUNTS => vec![self.v2(id, exact(&self.v2_issuer, id))],
            Tenant::Consumers => vec![self.v2("consumers", exact(&self.v2_issuer, PERSONAL_ACCOUNTS))],
            Tenant::Id(id) => vec![self.v2(id, exact(&self.v2_issuer, id)), self.v1(id, exact(v1_host, id))],
            Tenant::Domain(name) => {
                let learned = |template: &TenantTemplate| IssuerRule::Learned(vec![template.clone()]);
                vec![self.v2(name, learned(&self.v2_issuer)), self.v1(name, learned(v1_host))]
            }
            Tenant::Organizations => self.of_organizations(),
            Tenant::Common => {
                // Personal accounts first: their issuer fits the template of all the others too.
                let personal = self.v2("consumers", exact(&self.v2_issuer, PERSONAL_ACCOUNTS));
                std::iter::once(personal).chain(self.of_organizations()).collect()
            }
        }
    }

    fn of_organizations(&self) -> Vec<TrustedIssuer> {
        let any = |template: &TenantTemplate| IssuerRule::AnyTenant(template.clone());
        vec![
            TrustedIssuer {
                metadata_of_tenant: Some(TenantTemplate::new(&self.v2_metadata("{tenantid}"))),
                ..self.v2("organizations", any(&self.v2_issuer))
            },
            TrustedIssuer {
                metadata_of_tenant: Some(TenantTemplate::new(&self.v1_metadata("{tenantid}"))),
                // Version 1.0 has no document for organizations.
                ..self.v1("common", any(&self.v1_issuer))
            },
        ]
    }

    fn v2(&self, in_path: &str, issuer: IssuerRule) -> TrustedIssuer {
        TrustedIssuer {
            keys: origin(self.v2_metadata(in_path), &issuer),
            issuer,
            metadata_of_tenant: None,
            audiences: self.v2_audiences.clone(),
            key_issuers: vec![self.v2_issuer.clone()],
            version: Some("2.0"),
            user_flow: None,
            single_key_without_kid: false,
        }
    }

    fn v1(&self, in_path: &str, issuer: IssuerRule) -> TrustedIssuer {
        TrustedIssuer {
            keys: origin(self.v1_metadata(in_path), &issuer),
            audiences: self.v1_audiences.clone(),
            // Where v1.0 keys name an issuer at all, it is the v2.0 form of the same tenant.
            key_issuers: vec![self.v1_issuer.clone(), self.v2_issuer.clone()],
            version: Some("1.0"),
            ..self.v2(in_path, issuer)
        }
    }

    fn v2_metadata(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0/.well-known/openid-configuration{}", self.host, self.query)
    }

    fn v1_metadata(&self, tenant: &str) -> String {
        format!("{}/{tenant}/.well-known/openid-configuration{}", self.host, self.query)
    }
}

fn is_personal(tenant: &str) -> bool {
    guid::normalized(tenant).as_deref() == Some(PERSONAL_ACCOUNTS)
}

fn exact(template: &TenantTemplate, tenant: &str) -> IssuerRule {
    IssuerRule::Exact { issuer: template.with_tenant(tenant).into(), tenant: Some(tenant.into()) }
}

/// The metadata at `url`, which must name `issuer`. Documents of many tenants write `{tenantid}`, braces and all.
pub(super) fn origin(url: String, issuer: &IssuerRule) -> KeyOrigin {
    let issuer = match issuer {
        IssuerRule::Exact { issuer, .. } => ExpectedIssuer::Exact(issuer.to_string()),
        IssuerRule::Learned(templates) => ExpectedIssuer::OfSomeTenant(templates.clone()),
        IssuerRule::AnyTenant(template) => ExpectedIssuer::Exact(template.text()),
    };
    KeyOrigin::Metadata { url, issuer }
}

pub(super) fn checked_client_id(client_id: &str) -> Result<String, SetupError> {
    guid::normalized(client_id).ok_or_else(|| {
        SetupError::invalid(format!(
            "the client id {client_id:?} is not a GUID; copy Application (client) ID from the API's app registration"
        ))
    })
}

/// Whether `text`, in lower case, has the form of a host name with at least one dot (RFC 1123 section 2.1).
pub(super) fn is_domain_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(fits) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

/// The hosts in the issuers of v1.0 tokens. China has its own; the other clouds share one.
const V1_ISSUER_HOSTS: [&str; 2] = [V1_ISSUER_HOST, V1_ISSUER_HOST_OF_CHINA];
const V1_ISSUER_HOST: &str = "https://sts.windows.net";
const V1_ISSUER_HOST_OF_CHINA: &str = "https://sts.chinacloudapi.cn";

fn v1_issuer_host(host: &str) -> &'static str {
    match host {
        "https://login.partner.microsoftonline.cn" | "https://login.chinacloudapi.cn" => V1_ISSUER_HOST_OF_CHINA,
        _ => V1_ISSUER_HOST,
    }
}

#[cfg(test)]
mod tests;
