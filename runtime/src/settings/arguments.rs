//! Settings as arguments, which beat what was found.

use jsonwebtoken::Algorithm;

use super::Settings;
use super::schema::Key;
use super::setting::{Name, Place, Setting};
use crate::authority::Cloud;

impl Settings {
    /// Sets the tenant, over what was found: its id, a domain name of it, or `organizations` and the like.
    #[must_use]
    pub fn with_tenant_id(self, tenant_id: impl Into<String>) -> Self {
        self.with(Key::TenantId, [tenant_id])
    }

    /// Sets the client id, over what was found.
    #[must_use]
    pub fn with_client_id(self, client_id: impl Into<String>) -> Self {
        self.with(Key::ClientId, [client_id])
    }

    /// Sets host, tenant and perhaps user flow, over what was found: `https://login.microsoftonline.com/{tenant}/v2.0`,
    /// `https://contoso.ciamlogin.com/`, `https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_SignUpSignIn`.
    #[must_use]
    pub fn with_authority(self, authority: impl Into<String>) -> Self {
        self.with(Key::Authority, [authority])
    }

    /// Sets the authority host, over what was found.
    #[must_use]
    pub fn with_authority_host(self, host: impl Into<String>) -> Self {
        self.with(Key::AuthorityHost, [host])
    }

    /// Sets the authority host to that of a cloud, over what was found.
    #[must_use]
    pub fn with_cloud(self, cloud: Cloud) -> Self {
        let setting = Setting { name: argument("cloud"), ..setting(Key::AuthorityHost, [cloud.authority_host()]) };
        self.with_setting(setting)
    }

    /// Sets the user flow, over what was found. The tenant is one of Azure AD B2C then.
    #[must_use]
    pub fn with_user_flow(self, user_flow: impl Into<String>) -> Self {
        self.with(Key::UserFlows, [user_flow])
    }

    /// Sets the user flows, over what was found. The tenant is one of Azure AD B2C then.
    #[must_use]
    pub fn with_user_flows<T: Into<String>>(self, user_flows: impl IntoIterator<Item = T>) -> Self {
        self.with(Key::UserFlows, user_flows)
    }

    /// Says that the tenant is one of External ID, where a custom domain does not show it.
    #[must_use]
    pub fn with_external_id(self) -> Self {
        self.with(Key::ExternalId, ["true"])
    }

    /// Sets the audience, over what was found.
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        self.with(Key::Audiences, [audience])
    }

    /// Sets the audiences, over what was found.
    #[must_use]
    pub fn with_audiences<T: Into<String>>(self, audiences: impl IntoIterator<Item = T>) -> Self {
        self.with(Key::Audiences, audiences)
    }

    /// Sets the tenants whose users and daemons may call, over what was found. For the tenant `organizations` and the
    /// like: see [`Authority::allow_tenants`](crate::Authority::allow_tenants).
    #[must_use]
    pub fn with_allowed_tenants<T: Into<String>>(self, tenants: impl IntoIterator<Item = T>) -> Self {
        self.with(Key::AllowedTenants, tenants)
    }

    /// Sets the applications that may call, over what was found: see
    /// [`Authority::allow_clients`](crate::Authority::allow_clients).
    #[must_use]
    pub fn with_allowed_clients<T: Into<String>>(self, clients: impl IntoIterator<Item = T>) -> Self {
        self.with(Key::AllowedClients, clients)
    }

    /// Refuses guests of the tenant: see [`Authority::refuse_guests`](crate::Authority::refuse_guests).
    #[must_use]
    pub fn with_refuse_guests(self) -> Self {
        self.with(Key::RefuseGuests, ["true"])
    }

    /// Reads signing keys of the application's own: see
    /// [`Authority::custom_signing_keys`](crate::Authority::custom_signing_keys).
    #[must_use]
    pub fn with_custom_signing_keys(self) -> Self {
        self.with(Key::CustomSigningKeys, ["true"])
    }

    /// Sets the file of the keys, which are not fetched then, over what was found: see
    /// [`Authority::keys_file`](crate::Authority::keys_file).
    #[must_use]
    pub fn with_keys_file(self, path: impl Into<String>) -> Self {
        self.with(Key::KeysFile, [path])
    }

    /// Sets the OpenID issuer, over what was found.
    #[must_use]
    pub fn with_oidc_issuer(self, issuer: impl Into<String>) -> Self {
        self.with(Key::OidcIssuer, [issuer])
    }

    /// Sets the audience of the OpenID issuer's tokens, over what was found.
    #[must_use]
    pub fn with_oidc_audience(self, audience: impl Into<String>) -> Self {
        self.with(Key::OidcAudiences, [audience])
    }

    /// Says how the OpenID issuer writes its tokens, over what was found: `rfc9068`, `auth0`, `okta`, `keycloak` or
    /// `cognito`. See [`TokenProfile`](crate::TokenProfile), which also describes others, in code.
    #[must_use]
    pub fn with_oidc_profile(self, profile: impl Into<String>) -> Self {
        self.with(Key::OidcProfile, [profile])
    }

    /// Sets the algorithms that the OpenID issuer signs with, over what was found: see
    /// [`Authority::algorithms`](crate::Authority::algorithms).
    #[must_use]
    pub fn with_oidc_algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.with(Key::OidcAlgorithms, algorithms.into_iter().map(|algorithm| format!("{algorithm:?}")))
    }

    /// Sets where the OpenID issuer's metadata is, over what was found: see
    /// [`Authority::metadata_url`](crate::Authority::metadata_url).
    #[must_use]
    pub fn with_oidc_metadata_url(self, url: impl Into<String>) -> Self {
        self.with(Key::OidcMetadataUrl, [url])
    }

    /// Reads the metadata of an OAuth authorization server: see
    /// [`Authority::oauth_metadata`](crate::Authority::oauth_metadata).
    #[must_use]
    pub fn with_oidc_oauth_metadata(self) -> Self {
        self.with(Key::OidcOauthMetadata, ["true"])
    }

    fn with<T: Into<String>>(self, key: Key, values: impl IntoIterator<Item = T>) -> Self {
        self.with_setting(setting(key, values))
    }

    fn with_setting(self, setting: Setting) -> Self {
        match Self::agreeing(vec![setting]) {
            Ok(argument) => argument.over(self),
            Err(error) => Self { problem: Some((error.kind(), error.to_string())), ..self },
        }
    }
}

fn setting<T: Into<String>>(key: Key, values: impl IntoIterator<Item = T>) -> Setting {
    let name = argument(key.row().flat.unwrap_or_default());
    Setting { key, values: values.into_iter().map(Into::into).collect(), name }
}

fn argument(name: &str) -> Name {
    Name { place: Place::Argument, member: name.to_owned() }
}
