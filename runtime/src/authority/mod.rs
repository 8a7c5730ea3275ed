//! Authorities: whose tokens are trusted, and how each kind of authority writes them.

mod b2c;
mod cloud;
mod customer_tenant;
mod entra;
mod external_id;
mod oidc;
mod own_keys;
mod product;
mod profile;
mod public_issuer;
mod token_profile;
mod trusted;

use std::fmt;
use std::sync::Arc;

use jsonwebtoken::Algorithm;

pub use self::cloud::Cloud;
pub(crate) use self::cloud::issuer_host;
pub(crate) use self::product::{Product, refuse_microsoft};
pub(crate) use self::profile::Profile;
pub(crate) use self::public_issuer::service_of;
pub use self::token_profile::{ScopeForm, TokenProfile};
pub(crate) use self::trusted::{Admission, IssuerRule, TenantPolicy, TrustedAuthority, TrustedIssuer};
use crate::access_token::Minimum;
use crate::guid;
use crate::keys::KeyOrigin;
use crate::setup_error::SetupError;

/// Whose tokens an API trusts: an issuer, the audience that names this API, and how the issuer writes its tokens.
///
/// ```
/// use requires_auth::Authority;
///
/// let entra = Authority::entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
/// let other = Authority::oidc("https://issuer.example.com", "https://api.example.com").named("partners");
/// ```
///
/// Nothing is checked before [`VerifierBuilder::build`](crate::VerifierBuilder::build), which names what is wrong.
#[derive(Clone, Debug)]
#[must_use]
pub struct Authority {
    name: Option<String>,
    provider: Provider,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    host: Option<String>,
    custom_signing_keys: bool,
    /// Keys that are not fetched from the issuer; one of them at most.
    own_keys: Vec<KeyOrigin>,
    user_flows: Vec<String>,
    openid: oidc::Options,
    pub(crate) tenants: Option<TenantChoice>,
    clients: Option<Vec<String>>,
    refuses_guests: bool,
    pub(crate) authorize_by_access_list: bool,
}

/// Which tenants the user said may call, not checked yet.
#[derive(Clone)]
pub(crate) enum TenantChoice {
    Listed(Vec<String>),
    If(Arc<dyn Fn(&str) -> bool + Send + Sync>),
    Any,
}

#[derive(Clone, Debug)]
enum Provider {
    Entra(entra::Entra),
    B2c(b2c::B2c),
    ExternalId(external_id::ExternalId),
    Oidc(oidc::Oidc),
}

impl Authority {
    /// Microsoft Entra ID: access tokens of version 1.0 and 2.0 for the API that is registered as `client_id`.
    ///
    /// `tenant` and `client_id` are GUIDs, shown on the app registration's overview page as Directory (tenant) ID and
    /// Application (client) ID. Tokens of version 2.0 must have the client id as audience, tokens of version 1.0 the
    /// client id or `api://{client_id}`; [`audience`](Self::audience) replaces both.
    /// Source: [Access tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens).
    ///
    /// Beside its id, `tenant` may be
    ///
    /// - one of its domain names, such as `contoso.onmicrosoft.com`: its metadata then tells the id, once per process;
    /// - `organizations` (all tenants), `consumers` (personal Microsoft accounts) or `common` (both), together with
    ///   [`allow_tenants`](Self::allow_tenants) or [`allow_tenants_if`](Self::allow_tenants_if), which say whose users and
    ///   daemons may call.
    pub fn entra(tenant: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(Provider::Entra(entra::Entra::new(tenant.into(), client_id.into())))
    }

    /// Azure AD B2C: access tokens of one user flow or custom policy, for the API that is registered as `client_id`.
    /// [`user_flow`](Self::user_flow) adds more flows.
    ///
    /// `tenant` is its name (`contoso`), its initial domain (`contoso.onmicrosoft.com`), or its GUID; beside a GUID,
    /// [`authority_host`](Self::authority_host) says where it is found. Without it that is
    /// `https://contoso.b2clogin.com`; write it for a custom domain, such as `https://login.contoso.com`.
    ///
    /// ```
    /// use requires_auth::Authority;
    ///
    /// let client_id = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
    /// let customers = Authority::b2c("contoso", "B2C_1_SignUpSignIn", client_id).user_flow("B2C_1A_StepUp");
    /// ```
    ///
    /// In the portal:
    ///
    /// 1. Azure AD B2C, App registrations, the API: Application (client) ID is `client_id`, and the audience.
    /// 2. Expose an API: its scopes; then API permissions of the client, with admin consent.
    /// 3. User flows (or Identity Experience Framework): the name of each flow that may call, `B2C_1_` included.
    /// 4. The flow's Properties, Token compatibility settings: either form of the issuer, and either claim for the flow
    ///    (`tfp` or `acr`), will do.
    ///
    /// The metadata of the flow tells which of the documented issuers its tokens have, and the tenant's id. A token must
    /// name the flow whose keys verify it, in `tfp` or `acr`, else it is refused with `user_flow`: a flow that asks for
    /// less of its users must not stand in for one that asks for more. Whether a user or an application calls is known by
    /// `idtyp` alone. Azure AD B2C is closed to new customers since 2025-05-01; its successor is
    /// [`external_id`](Self::external_id).
    /// Sources: [Tokens overview](https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview),
    /// [Request an access token](https://learn.microsoft.com/azure/active-directory-b2c/access-tokens).
    pub fn b2c(tenant: impl Into<String>, user_flow: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(Provider::B2c(b2c::B2c::new(tenant.into(), user_flow.into(), client_id.into())))
    }

    /// Microsoft Entra External ID, once called CIAM: access tokens of an external tenant, whose customers sign in at
    /// `ciamlogin.com`, for the API that is registered as `client_id`.
    ///
    /// `tenant` is its name (`contoso`), its initial domain (`contoso.onmicrosoft.com`), or its GUID. Metadata is read at
    /// `https://contoso.ciamlogin.com`, or at the GUID's own host; for a custom URL domain write
    /// [`authority_host`](Self::authority_host).
    ///
    /// ```
    /// use requires_auth::Authority;
    ///
    /// let customers = Authority::external_id("contoso", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
    /// ```
    ///
    /// In the portal:
    ///
    /// 1. Entra ID of the external tenant, App registrations, the API: Application (client) ID is `client_id`.
    /// 2. Its Manifest: `requestedAccessTokenVersion` (`accessTokenAcceptedVersion`) is 2. Tokens of version 1.0 are
    ///    refused.
    /// 3. Expose an API: its scopes; then API permissions of the client, with admin consent.
    /// 4. User flows, Applications: the client is in the list of one.
    ///
    /// The issuer is always `https://{id}.ciamlogin.com/{id}/v2.0` with the tenant's id, whatever the authority is called,
    /// and its keys are not all served at `login.microsoftonline.com`: so it is no tenant for
    /// [`entra`](Self::entra), nor a workforce tenant one for this. Who is a guest is known by `acct` alone. On a loopback
    /// host, for tests, the issuer is `{host}/{id}/v2.0`.
    /// Sources: [External tenants](https://learn.microsoft.com/entra/external-id/customers/overview-customers-ciam),
    /// [Custom URL domains](https://learn.microsoft.com/entra/external-id/customers/concept-custom-url-domain).
    pub fn external_id(tenant: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(Provider::ExternalId(external_id::ExternalId::new(tenant.into(), client_id.into())))
    }

    /// Any OpenID provider that signs its access tokens as JWTs (RFC 9068 or the like): scopes are read from `scope`,
    /// roles from `roles`, the client from `client_id` or `azp`. [`profile`](Self::profile) says otherwise for Auth0, Okta,
    /// Keycloak, Amazon Cognito and others.
    ///
    /// The issuer is compared exactly, with or without a slash at its end as the provider writes it. Its metadata is
    /// read from `{issuer}/.well-known/openid-configuration`, unless [`oauth_metadata`](Self::oauth_metadata) or
    /// [`metadata_url`](Self::metadata_url) says where else.
    /// Source: OpenID Connect Discovery section 4.
    pub fn oidc(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self::new(Provider::Oidc(oidc::Oidc::new(issuer.into()))).audience(audience)
    }

    fn new(provider: Provider) -> Self {
        Self {
            name: None,
            provider,
            audiences: Vec::new(),
            algorithms: Vec::new(),
            host: None,
            custom_signing_keys: false,
            own_keys: Vec::new(),
            user_flows: Vec::new(),
            openid: oidc::Options::default(),
            tenants: None,
            clients: None,
            refuses_guests: false,
            authorize_by_access_list: false,
        }
    }

    /// The name by which `#[requires_auth(authority = "...")]` asks for this authority, where a verifier has several.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// An audience that names this API. May be called several times; audiences are compared exactly. Replaces the
    /// audiences that Entra ID's client id implies.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// The algorithms that the issuer signs with. Default: RS256 alone, which is what Entra ID uses.
    ///
    /// Every key is bound to exactly one of them: its own `alg`, else the first that fits the key. `HS256` and its
    /// kind are refused when the verifier is built: a shared secret is no signature.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// How the provider writes its access tokens: which claims hold the scopes, roles, groups and client. For
    /// [`oidc`](Self::oidc) alone.
    ///
    /// ```
    /// use requires_auth::{Authority, TokenProfile};
    ///
    /// let authority = Authority::oidc("https://example.eu.auth0.com/", "https://api.example.com")
    ///     .profile(TokenProfile::auth0());
    /// ```
    pub fn profile(mut self, profile: TokenProfile) -> Self {
        self.openid.profile = Some(profile);
        self
    }

    /// Reads the metadata of an OAuth authorization server (RFC 8414) instead of OpenID Connect's:
    /// `https://id.example.com/.well-known/oauth-authorization-server/tenant` for the issuer
    /// `https://id.example.com/tenant`. For [`oidc`](Self::oidc) alone.
    ///
    /// The path of the issuer, without a slash at its end, goes behind the well-known one (section 3.1). The document must
    /// name the issuer exactly (section 3.3).
    pub fn oauth_metadata(mut self) -> Self {
        self.openid.oauth_metadata = true;
        self
    }

    /// Reads the metadata from this URL, for a provider that publishes it elsewhere. https, or http on this machine; it may
    /// have a query. For [`oidc`](Self::oidc) alone.
    ///
    /// The document must name the issuer exactly, wherever it is read. Source: RFC 8414 section 3.3.
    pub fn metadata_url(mut self, url: impl Into<String>) -> Self {
        self.openid.metadata_url = Some(url.into());
        self
    }

    /// The cloud that the tenant lives in. Default: [`Cloud::Public`]. For Entra ID alone.
    pub fn cloud(self, cloud: Cloud) -> Self {
        self.authority_host(cloud.authority_host())
    }

    /// Where the tenant signs people in, such as `https://login.microsoftonline.us`, a custom domain or a local Entra ID.
    /// Default: that of the public cloud; of Azure AD B2C and External ID, the host of the tenant's name. An alias, such
    /// as `https://login.windows.net`, stands for the cloud it belongs to.
    pub fn authority_host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Another user flow or custom policy whose tokens are accepted, by its full name (`B2C_1_..`, `B2C_1A_..`). May be
    /// called several times. For Azure AD B2C alone.
    pub fn user_flow(mut self, name: impl Into<String>) -> Self {
        self.user_flows.push(name.into());
        self
    }

    /// Reads the keys of an application with signing keys of its own, as claims mapping and custom claims providers
    /// demand: `?appid={client_id}` is added to the metadata's URL. For Entra ID and External ID alone.
    ///
    /// Source: [Access tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens), "Validate the
    /// signature". Such keys sign for this application and no other.
    pub fn custom_signing_keys(mut self) -> Self {
        self.custom_signing_keys = true;
        self
    }

    /// The tenants whose users and daemons may call, by their ids; others get 403 `forbidden_tenant`. For Entra ID with
    /// `common`, `organizations` or `consumers`.
    ///
    /// ```
    /// use requires_auth::Authority;
    ///
    /// let authority = Authority::entra("organizations", "6e74172b-be56-4843-9ff4-e66a39bb12e3")
    ///     .allow_tenants(["72f988bf-86f1-41af-91ab-2d7cd011db47", "fa15d692-e9c7-4460-a743-29f2956fd429"]);
    /// ```
    ///
    /// # Security
    ///
    /// An administrator of each of them assigns roles and groups in his own tenant. Keep the tenants' data apart by
    /// [`AccessToken::tenant_id`](crate::AccessToken::tenant_id).
    pub fn allow_tenants<T: Into<String>>(mut self, tenants: impl IntoIterator<Item = T>) -> Self {
        self.tenants = Some(TenantChoice::Listed(tenants.into_iter().map(Into::into).collect()));
        self
    }

    /// Asks a function of yours whether a tenant may call, for instance whether it is a customer. For Entra ID with
    /// `common`, `organizations` or `consumers`.
    ///
    /// It gets the tenant's id, in lower case. It is asked with every token, and must answer at once: let it look into a
    /// set in memory. It may also be asked about an id that nobody has verified yet.
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use std::sync::{Arc, RwLock};
    /// use requires_auth::Authority;
    ///
    /// let customers = Arc::new(RwLock::new(HashSet::from(["72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned()])));
    /// let authority = Authority::entra("organizations", "6e74172b-be56-4843-9ff4-e66a39bb12e3")
    ///     .allow_tenants_if(move |tenant| customers.read().is_ok_and(|customers| customers.contains(tenant)));
    /// ```
    pub fn allow_tenants_if(mut self, admits: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.tenants = Some(TenantChoice::If(Arc::new(admits)));
        self
    }

    /// The applications that may call, by their client ids (`azp`, `appid` or `client_id`); others get 403
    /// `forbidden_client`. Default: all that the issuer gives tokens for this API.
    ///
    /// # Security
    ///
    /// It narrows who may call, and identifies nobody: another application can get a delegated token with this client's
    /// id where the client is public. Ask for a scope or a role beside it.
    pub fn allow_clients<T: Into<String>>(mut self, clients: impl IntoIterator<Item = T>) -> Self {
        self.clients = Some(clients.into_iter().map(Into::into).collect());
        self
    }

    /// Refuses guests of the tenant with 403 `forbidden_guest`, as `not(guest)` does for one handler. For Entra ID alone.
    ///
    /// Who is neither known as a guest nor as a member is refused as well. Whether a token tells is the matter of its
    /// optional claim `acct`, and of `idp` where that is absent
    /// ([Optional claims](https://learn.microsoft.com/entra/identity-platform/optional-claims-reference)).
    pub fn refuse_guests(mut self) -> Self {
        self.refuses_guests = true;
        self
    }

    /// Checks the configuration and derives all that the verifier compares tokens with.
    pub(crate) fn resolve(&self) -> Result<TrustedAuthority, SetupError> {
        let algorithms = self.checked_algorithms()?;
        if let Some(empty) = self.audiences.iter().find(|audience| audience.trim().is_empty()) {
            return Err(SetupError::invalid(format!(
                "an audience is empty ({empty:?}); write the audience that the issuer puts into tokens for this API"
            )));
        }
        if !self.user_flows.is_empty() && !matches!(self.provider, Provider::B2c(_)) {
            return Err(SetupError::invalid("user_flow is for Azure AD B2C; leave it out, or use Authority::b2c"));
        }
        if !matches!(self.provider, Provider::Oidc(_)) {
            self.openid.refuse()?;
        }
        let mut trusted = match &self.provider {
            Provider::Entra(entra) => entra.resolve(self)?,
            Provider::B2c(b2c) => b2c.resolve(self)?,
            Provider::ExternalId(external_id) => external_id.resolve(self)?,
            Provider::Oidc(oidc) => oidc.resolve(self)?,
        };
        trusted.name = self.name.as_deref().map(Into::into);
        if self.authorize_by_access_list {
            trusted.minimum = Minimum::Genuine;
        }
        trusted.algorithms = algorithms;
        self.use_own_keys(&mut trusted)?;
        trusted.admission.clients = self.checked_clients()?;
        trusted.admission.refuses_guests = self.refuses_guests;
        Ok(trusted)
    }

    /// The audiences as they were written. Empty where the provider implies them.
    fn explicit_audiences(&self) -> Vec<Box<str>> {
        self.audiences.iter().map(|audience| audience.as_str().into()).collect()
    }

    /// Refuses options that only Entra ID's workforce tenants have.
    fn refuse_entra_options(&self, whose: &str) -> Result<(), SetupError> {
        self.refuse_tenants_and_guests(whose)?;
        misplaced(self.custom_signing_keys, "custom_signing_keys", whose)
    }

    /// Refuses options that make sense only where employees sign in.
    fn refuse_tenants_and_guests(&self, whose: &str) -> Result<(), SetupError> {
        misplaced(self.tenants.is_some(), "allow_tenants", whose)?;
        misplaced(self.refuses_guests, "refuse_guests", whose)
    }

    fn checked_clients(&self) -> Result<Option<Box<[Box<str>]>>, SetupError> {
        let Some(clients) = &self.clients else { return Ok(None) };
        if clients.is_empty() || clients.iter().any(|client| client.trim().is_empty()) {
            return Err(SetupError::invalid(
                "allow_clients names no client, or an empty one, so nobody could call; write the client ids, or leave it out",
            ));
        }
        // Microsoft's ids are GUIDs in lower case; what other providers' look like is their own affair.
        let is_guid = !matches!(self.provider, Provider::Oidc(_));
        let normalized = |client: &String| guid::normalized(client).filter(|_| is_guid);
        let client = |client: &String| normalized(client).unwrap_or_else(|| client.clone()).into();
        Ok(Some(clients.iter().map(client).collect()))
    }

    fn checked_algorithms(&self) -> Result<Vec<Algorithm>, SetupError> {
        let hmac = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
        if self.algorithms.iter().any(|algorithm| hmac.contains(algorithm)) {
            return Err(SetupError::invalid(
                "HMAC algorithms (HS256, HS384, HS512) are not signatures: whoever can check a token could make one; \
                 name the algorithm of the issuer's public keys, such as RS256",
            ));
        }
        Ok(if self.algorithms.is_empty() { vec![Algorithm::RS256] } else { self.algorithms.clone() })
    }
}

fn misplaced(is_set: bool, option: &str, whose: &str) -> Result<(), SetupError> {
    if is_set {
        return Err(SetupError::invalid(format!("{option} is for Entra ID, not for {whose}; leave it out")));
    }
    Ok(())
}

impl fmt::Debug for TenantChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(tenants) => f.debug_tuple("Listed").field(tenants).finish(),
            Self::If(_) => f.write_str("If"),
            Self::Any => f.write_str("Any"),
        }
    }
}
