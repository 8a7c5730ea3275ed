//! From settings to the authority that they describe.

use jsonwebtoken::Algorithm;

use super::provider::{Described, host_name};
use super::schema::{Key, Provider};
use super::setting::{Place, Setting};
use super::{LOG, is_host_of_cloud};
use crate::authority::{Authority, Product, TokenProfile, refuse_microsoft};
use crate::guid;
use crate::issuer::check_url;
use crate::setup_error::{SetupError, SetupErrorKind};

impl<'s> Described<'s> {
    pub(super) fn authority(&self) -> Result<Authority, SetupError> {
        let authority = match self.provider {
            Provider::Entra => self.entra()?,
            Provider::ExternalId => self.external_id()?,
            Provider::B2c => self.b2c()?,
            Provider::Oidc => self.oidc()?,
        };
        let authority = self.values(Key::Audiences).fold(authority, Authority::audience);
        let authority = match self.get(Key::AllowedClients) {
            Some(clients) => authority.allow_clients(&clients.values),
            None => authority,
        };
        Ok(match self.get(Key::KeysFile) {
            Some(path) => authority.keys_file(path.text()),
            None => authority,
        })
    }

    fn entra(&self) -> Result<Authority, SetupError> {
        let tenant = self.get(Key::TenantId).or_else(|| self.get(Key::Domain));
        let tenant = tenant.ok_or_else(|| self.missing(Key::TenantId))?;
        let mut authority = Authority::entra(tenant.text(), self.client_id()?);
        if let Some(host) = self.host()? {
            authority = authority.authority_host(host);
        }
        match (stands_for_many(tenant), self.get(Key::AllowedTenants)) {
            (true, None) => return Err(which_tenants(tenant)),
            (false, Some(allowed)) => {
                return Err(SetupError::contradictory(format!(
                    "{} is a list of tenants, and {} is one tenant; remove the list, or write \"organizations\" for the \
                     tenant",
                    allowed.name, tenant.name
                )));
            }
            (true, Some(allowed)) => {
                if let Some(wrong) = allowed.values.iter().find(|id| guid::normalized(id).is_none()) {
                    return Err(SetupError::invalid(format!(
                        "{} has {wrong:?}, which is not a GUID; write the Directory (tenant) ID",
                        allowed.name
                    )));
                }
                authority = authority.allow_tenants(&allowed.values);
            }
            (false, None) => {}
        }
        if self.is_on(Key::RefuseGuests) {
            authority = authority.refuse_guests();
        }
        Ok(if self.is_on(Key::CustomSigningKeys) { authority.custom_signing_keys() } else { authority })
    }

    fn external_id(&self) -> Result<Authority, SetupError> {
        let host = self.host()?;
        let tenant = self.tenant_or_name_in_host([Key::TenantId, Key::Domain], Product::ExternalId)?;
        let mut authority = Authority::external_id(tenant, self.client_id()?);
        if let Some(host) = host {
            authority = authority.authority_host(host);
        }
        Ok(if self.is_on(Key::CustomSigningKeys) { authority.custom_signing_keys() } else { authority })
    }

    fn b2c(&self) -> Result<Authority, SetupError> {
        let mut flows = self.values(Key::UserFlows);
        let first = flows.next().ok_or_else(|| self.missing(Key::UserFlows))?;
        let host = self.host()?;
        // As Microsoft.Identity.Web does: the domain name stands in the URLs where there is one. Arguments know no domain.
        let is_argument = self.get(Key::TenantId).is_some_and(|tenant| tenant.name.place == Place::Argument);
        let keys = if is_argument { [Key::TenantId, Key::Domain] } else { [Key::Domain, Key::TenantId] };
        let tenant = self.tenant_or_name_in_host(keys, Product::B2c)?;
        if let (None, Some(setting)) = (&host, self.get(Key::TenantId))
            && setting.text() == tenant
            && guid::normalized(&tenant).is_some()
        {
            return Err(SetupError::new(
                SetupErrorKind::IncompleteSettings,
                format!(
                    "{} is a GUID, which does not tell where the tenant signs its users in; write its initial domain, such \
                     as contoso.onmicrosoft.com, or set {} too",
                    setting.name,
                    setting.name.beside(Key::AuthorityHost)
                ),
            ));
        }
        let authority = flows.fold(Authority::b2c(tenant, first, self.client_id()?), Authority::user_flow);
        Ok(match host {
            Some(host) => authority.authority_host(host),
            None => authority,
        })
    }

    fn oidc(&self) -> Result<Authority, SetupError> {
        let issuer = self.get(Key::OidcIssuer).ok_or_else(|| self.missing(Key::OidcIssuer))?;
        check_url(&issuer.name.to_string(), issuer.text())?;
        refuse_microsoft(&issuer.name.to_string(), issuer.text())?;
        if let Some(url) = self.get(Key::OidcMetadataUrl) {
            refuse_microsoft(&url.name.to_string(), url.text())?;
        }
        let mut audiences = self.values(Key::OidcAudiences);
        let first = audiences.next().ok_or_else(|| self.missing(Key::OidcAudiences))?;
        let mut authority = audiences.fold(Authority::oidc(issuer.text(), first), Authority::audience);
        if let Some(profile) = self.get(Key::OidcProfile) {
            authority = authority.profile(profile_of(profile, first)?);
        }
        if let Some(algorithms) = self.get(Key::OidcAlgorithms) {
            let algorithms: Result<Vec<_>, _> = algorithms.values.iter().map(|it| algorithm(algorithms, it)).collect();
            authority = authority.algorithms(algorithms?);
        }
        let oauth = self.get(Key::OidcOauthMetadata).filter(|setting| setting.is_on());
        Ok(match (self.get(Key::OidcMetadataUrl), oauth) {
            (Some(url), Some(oauth)) => {
                return Err(SetupError::contradictory(format!(
                    "{} and {} both say where the metadata is; remove one of them",
                    url.name, oauth.name
                )));
            }
            (Some(url), None) => authority.metadata_url(url.text()),
            (None, Some(_)) => authority.oauth_metadata(),
            (None, None) => authority,
        })
    }

    pub(super) fn warn_of_pod_identity(&self) {
        if self.get(Key::ClientId).is_some_and(|client_id| self.settings.is_ambient(client_id)) {
            crate::log::warn!(
                target: LOG,
                "AZURE_CLIENT_ID may be this pod's own identity, set by workload identity, rather than the API's app \
                 registration; set AzureAd__ClientId to say which client id tokens for this API carry"
            );
        }
    }

    fn client_id(&self) -> Result<&'s str, SetupError> {
        let client_id = self.get(Key::ClientId).ok_or_else(|| self.missing(Key::ClientId))?;
        if guid::normalized(client_id.text()).is_none() {
            return Err(SetupError::invalid(format!(
                "{} is {:?}, which is not a GUID; copy Application (client) ID from the API's app registration",
                client_id.name,
                client_id.text()
            )));
        }
        Ok(client_id.text())
    }

    /// The authority host, checked as far as the settings tell.
    fn host(&self) -> Result<Option<&'s str>, SetupError> {
        let Some(host) = self.get(Key::AuthorityHost) else { return Ok(None) };
        check_url(&host.name.to_string(), host.text())?;
        // The form of B2C's URLs that Microsoft.Identity.Web shortens as well.
        let text = host.text().trim_end_matches('/');
        let text = if self.provider == Provider::B2c { text.strip_suffix("/tfp").unwrap_or(text) } else { text };
        if self.provider != Provider::Entra && is_host_of_cloud(text) {
            return Err(SetupError::contradictory(format!(
                "{} is the host of Entra ID's own tenants, and {} makes this {}; write that tenant's own host, or remove \
                 one of them",
                host.name, self.by, self.provider
            )));
        }
        Ok(Some(text))
    }

    /// The tenant of a provider whose hosts begin with the tenant's name.
    fn tenant_or_name_in_host(&self, keys: [Key; 2], product: Product) -> Result<String, SetupError> {
        let configured = keys.into_iter().find_map(|key| self.get(key));
        let host = self.get(Key::AuthorityHost).and_then(host_name);
        let in_host = || host.as_deref().and_then(|host| product.tenant_in_host(host)).map(str::to_owned);
        configured.map(|setting| setting.text().to_owned()).or_else(in_host).ok_or_else(|| {
            let [first, _] = keys;
            self.missing(if self.by.section().is_some() { first } else { Key::TenantId })
        })
    }
}

/// `audience` is what Keycloak's audience resolver writes for an API: the id of its client.
fn profile_of(setting: &Setting, audience: &str) -> Result<TokenProfile, SetupError> {
    Ok(match setting.text().to_ascii_lowercase().as_str() {
        "rfc9068" => TokenProfile::rfc9068(),
        "auth0" => TokenProfile::auth0(),
        "okta" => TokenProfile::okta(),
        "keycloak" => TokenProfile::keycloak(audience),
        "cognito" => TokenProfile::cognito(),
        _ => {
            return Err(SetupError::invalid(format!(
                "{} is {:?}; write rfc9068, auth0, okta, keycloak or cognito, or describe the provider in code with \
                 Authority::profile",
                setting.name,
                setting.text()
            )));
        }
    })
}

fn algorithm(setting: &Setting, text: &str) -> Result<Algorithm, SetupError> {
    let is_shared_secret =
        |algorithm: &Algorithm| matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512);
    text.parse().ok().filter(|algorithm| !is_shared_secret(algorithm)).ok_or_else(|| {
        SetupError::invalid(format!(
            "{} has {text:?}, which no public key signs with; write RS256, PS256, ES256, ES384 or EdDSA, as the issuer's \
             keys do",
            setting.name
        ))
    })
}

fn stands_for_many(tenant: &Setting) -> bool {
    ["common", "organizations", "consumers"].contains(&tenant.text().to_ascii_lowercase().as_str())
}

fn which_tenants(tenant: &Setting) -> SetupError {
    let add = match &tenant.name.place {
        Place::Argument => {
            "add .with_allowed_tenants([\"tenant id\", ..]) to the Settings that initialize_from takes".to_owned()
        }
        _ => format!("set {} to the ids of those that may call", tenant.name.beside(Key::AllowedTenants)),
    };
    SetupError::invalid(format!(
        "{} is {:?}, which stands for any tenant, whose administrators assign roles and groups as they like; write the \
         Directory (tenant) ID of the one tenant whose users call this API, or {add}",
        tenant.name,
        tenant.text()
    ))
}
