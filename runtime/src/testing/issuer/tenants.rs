//! Other tenants, user flows and keys of one issuer.

use serde_json::Value;

use super::Issuer;
use crate::authority::Authority;
use crate::tenant::PERSONAL_ACCOUNTS;
use crate::testing::key_set::{KeySet, Whose};
use crate::testing::profile::Kind;
use crate::testing::requests::Requests;
use crate::testing::token::Token;

/// Other tenants, user flows and keys.
impl Issuer {
    /// Serves documents of another tenant, by its id, with the keys that all tenants share.
    ///
    /// Personal accounts, whose tenant is [`PERSONAL_ACCOUNTS`], get what the real ones have: keys of their own that name
    /// this tenant, at `consumers` and among those of `common`, and no documents of version 1.0.
    ///
    /// ```
    /// use requires_auth::{Verifier, testing::Issuer};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    ///
    /// let partner = "fa15d692-e9c7-4460-a743-29f2956fd429";
    /// let issuer = Issuer::entra();
    /// issuer.add_tenant(partner);
    ///
    /// let authority = issuer.authority_of("organizations").allow_tenants([partner]);
    /// let verifier = Verifier::builder(authority).build()?;
    /// assert!(verifier.verify(&issuer.token_of(partner).sign()).await.is_ok());
    /// assert_eq!(verifier.verify(&issuer.token().sign()).await.unwrap_err().reason().code(), "forbidden_tenant");
    /// # Ok::<(), requires_auth::SetupError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// On an issuer that is not like Entra ID.
    pub fn add_tenant(&self, id: &str) {
        assert!(self.is_entra(), "Entra ID alone has many tenants");
        let id = id.to_lowercase();
        if id == PERSONAL_ACCOUNTS {
            self.give_own_keys(&id);
        }
        let mut state = self.state();
        if id != self.site.profile.tenant && !state.directory.tenants.contains(&id) {
            state.directory.tenants.push(id);
        }
    }

    /// Serves documents of another tenant, with keys that no other document has.
    ///
    /// # Panics
    ///
    /// On an issuer that is not like Entra ID.
    pub fn add_tenant_with_own_keys(&self, id: &str) {
        self.add_tenant(id);
        self.give_own_keys(&id.to_lowercase());
    }

    /// Serves the documents of a tenant at a domain name, too.
    pub fn add_domain(&self, tenant: &str, name: &str) {
        self.state().directory.domains.push((name.to_lowercase(), tenant.to_lowercase()));
    }

    /// Gives the API signing keys of its own: they sign from now on, and are served to those who ask with its `appid`.
    #[must_use]
    pub fn with_custom_signing_keys(self) -> Self {
        let kind = self.site.kind();
        let mut state = self.state();
        state.directory.custom_signing_keys = true;
        state.key_sets.push(KeySet::new(Whose::Application, kind));
        drop(state);
        self
    }

    /// Lets the issuer of Azure AD B2C name the user flow, as its token compatibility settings can: `/tfp/` is in it.
    #[must_use]
    pub fn with_user_flow_in_issuer(self) -> Self {
        self.state().directory.flow_style.in_issuer = true;
        self
    }

    /// Lets tokens of Azure AD B2C name their user flow in `acr`, as its token compatibility settings can, and not in `tfp`.
    #[must_use]
    pub fn with_user_flow_in_acr(self) -> Self {
        self.state().directory.flow_style.claim = "acr";
        self
    }

    /// The names of its user flows; [`token`](Self::token) is one of the first.
    #[must_use]
    pub fn user_flows(&self) -> Vec<String> {
        self.state().directory.flows.clone()
    }

    /// A valid access token of some user of this tenant, or by this user flow, signed with the key that signs for it.
    ///
    /// # Panics
    ///
    /// When the issuer has no such tenant or flow.
    pub fn token_of(&self, tenant_or_flow: &str) -> Token {
        let whose = self.keys_of(tenant_or_flow);
        let (key, clock, flow) = {
            let state = self.state();
            let key = state.key_set(&whose).signing.clone();
            (key, state.clock.clone(), state.directory.flow(tenant_or_flow))
        };
        let is_flow = flow.is_some();
        let token = Token::new(self.site.profile.clone(), key, clock, flow);
        if is_flow { token } else { token.tenant(&tenant_or_flow.to_lowercase()) }
    }

    /// Signs tokens of this tenant or user flow with a new key, which is published beside the old ones.
    ///
    /// # Panics
    ///
    /// When the issuer has no such tenant or flow.
    pub fn rotate_keys_of(&self, tenant_or_flow: &str) {
        let (kind, whose) = (self.site.kind(), self.keys_of(tenant_or_flow));
        let mut state = self.state();
        let set = state.key_set_mut(&whose);
        set.rotate_unpublished(kind);
        set.publish();
    }

    /// Publishes no key of this tenant or user flow any more but the one that signs now.
    ///
    /// # Panics
    ///
    /// When the issuer has no such tenant or flow.
    pub fn withdraw_old_keys_of(&self, tenant_or_flow: &str) {
        let whose = self.keys_of(tenant_or_flow);
        self.state().key_set_mut(&whose).withdraw_old_keys();
    }

    /// Lets this user flow or tenant sign with the keys of another one. User flows of a real Azure AD B2C often do.
    ///
    /// # Panics
    ///
    /// When the issuer has no such tenants or flows.
    pub fn share_keys(&self, from: &str, with: &str) {
        let (from, with) = (self.keys_of(from), self.keys_of(with));
        let mut state = self.state();
        let (signing, published) = {
            let set = state.key_set(&from);
            (set.signing.clone(), set.published.clone())
        };
        let set = state.key_set_mut(&with);
        (set.signing, set.published) = (signing, published);
    }

    /// Publishes a key beside the issuer's own, member by member as it is: one of another cloud, for instance.
    pub fn publish_jwk(&self, jwk: Value) {
        let mut state = self.state();
        let whose = state.default_keys();
        state.key_set_mut(&whose).others.push(jwk);
    }

    /// Publishes a key beside those of this tenant or user flow, member by member as it is.
    ///
    /// # Panics
    ///
    /// When the issuer has no such tenant or flow.
    pub fn publish_jwk_of(&self, tenant_or_flow: &str, jwk: Value) {
        let whose = self.keys_of(tenant_or_flow);
        self.state().key_set_mut(&whose).others.push(jwk);
    }

    /// What it was asked so far for this tenant or user flow, as the path has it. A tenant that it does not have is
    /// answered with 400 and counted here too.
    #[must_use]
    pub fn requests_of(&self, tenant_or_flow: &str) -> Requests {
        self.state().requests_of.get(&tenant_or_flow.to_lowercase()).copied().unwrap_or_default()
    }

    /// The authority with this tenant in the place of its own: `organizations`, a domain name, another id.
    ///
    /// # Panics
    ///
    /// On a plain OpenID provider, which has no tenants.
    pub fn authority_of(&self, tenant: &str) -> Authority {
        let client = self.client_id();
        let authority = match self.site.kind() {
            Kind::Entra => Authority::entra(tenant, client),
            Kind::ExternalId => Authority::external_id(tenant, client),
            Kind::B2c => {
                let flows = self.user_flows();
                let first = Authority::b2c(tenant, &flows[0], client);
                flows[1..].iter().fold(first, Authority::user_flow)
            }
            Kind::Oidc => panic!("a plain OpenID provider has no tenants"),
        };
        let authority = authority.authority_host(self.url());
        if self.state().directory.custom_signing_keys { authority.custom_signing_keys() } else { authority }
    }

    fn give_own_keys(&self, tenant: &str) {
        let kind = self.site.kind();
        let mut state = self.state();
        if !state.directory.with_own_keys.iter().any(|id| id == tenant) {
            state.directory.with_own_keys.push(tenant.to_owned());
            state.key_sets.push(KeySet::new(Whose::Tenant(tenant.to_owned()), kind));
        }
    }

    fn keys_of(&self, tenant_or_flow: &str) -> Whose {
        let state = self.state();
        if let Some(flow) = state.directory.flow(tenant_or_flow) {
            return Whose::Flow(flow.name);
        }
        let id = tenant_or_flow.to_lowercase();
        let is_known =
            self.site.kind() != Kind::B2c && (id == self.site.profile.tenant || state.directory.tenants.contains(&id));
        assert!(is_known, "the issuer has neither a tenant nor a user flow {tenant_or_flow:?}");
        if id == self.site.profile.tenant && state.directory.custom_signing_keys {
            return Whose::Application;
        }
        state.directory.keys_of(&id)
    }
}
