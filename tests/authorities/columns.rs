//! The authorities: how an API is configured, and the issuer whose tokens it gets.

use data_encoding::BASE64URL_NOPAD;
use requires_auth::testing::{Issuer, KeyPair, Token};
use requires_auth::{Authority, PERSONAL_ACCOUNTS};
use serde_json::Value;

/// A tenant that no authority admits, unless it admits all.
pub(crate) const STRANGER: &str = "31537af4-6d77-4bb9-a681-d2394888ea26";
/// A name of the issuer's own tenant.
const DOMAIN: &str = "contoso.onmicrosoft.com";

/// Who issues the tokens of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Entra,
    ExternalId,
    B2c,
    Oidc,
}

impl Provider {
    pub(crate) const ALL: &[Self] = &[Self::Entra, Self::ExternalId, Self::B2c, Self::Oidc];
}

/// An authority, and where its tokens come from.
pub(crate) struct Column {
    pub(crate) provider: Provider,
    pub(crate) authority: Authority,
    issuer: Issuer,
    /// The tenant or user flow of genuine tokens, where it is not the issuer's own or first.
    whose: Option<String>,
    version_1: bool,
}

impl Column {
    fn of(provider: Provider, issuer: Issuer) -> Self {
        let authority = issuer.authority();
        Self { provider, authority, issuer, whose: None, version_1: false }
    }

    /// The tenant is configured by this name instead of its id.
    fn named(self, tenant: &str) -> Self {
        Self { authority: self.issuer.authority_of(tenant), ..self }
    }

    /// The issuer, to change what it serves. The cells of a column share an issuer, so this wants it to be the cell's own.
    pub(crate) fn change(&mut self) -> &Issuer {
        &self.issuer
    }

    /// A genuine token without a user and without permissions.
    pub(crate) fn token(&self) -> Token {
        let token = self.whose.as_ref().map_or_else(|| self.issuer.token(), |whose| self.issuer.token_of(whose));
        if self.version_1 { token.v1() } else { token }
    }

    /// A token of another tenant or user flow, with the keys that the issuer has for it.
    pub(crate) fn token_of(&self, tenant_or_flow: &str) -> Token {
        self.issuer.token_of(tenant_or_flow)
    }

    /// A token of the issuer's first tenant, even where personal accounts are the genuine ones.
    pub(crate) fn token_of_work(&self) -> Token {
        self.issuer.token()
    }

    /// What a claim of a genuine token says.
    pub(crate) fn claim(&self, name: &str) -> String {
        let jwt = self.token().sign();
        let claims = BASE64URL_NOPAD.decode(jwt.split('.').nth(1).unwrap().as_bytes()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        claims[name].as_str().unwrap_or_default().to_owned()
    }

    /// The tenant of genuine tokens.
    pub(crate) fn tenant(&self) -> &str {
        match &self.whose {
            Some(whose) if whose == PERSONAL_ACCOUNTS => PERSONAL_ACCOUNTS,
            _ => self.issuer.tenant_id(),
        }
    }

    pub(crate) fn work_tenant(&self) -> &str {
        self.issuer.tenant_id()
    }

    pub(crate) fn client_id(&self) -> &str {
        self.issuer.client_id()
    }

    pub(crate) fn url(&self) -> &str {
        self.issuer.url()
    }

    /// A key that the issuer does not publish.
    pub(crate) fn foreign_key(&self) -> KeyPair {
        self.issuer.foreign_key()
    }

    /// The name of the key that signs genuine tokens.
    pub(crate) fn kid(&self) -> String {
        let jwt = self.token().sign();
        let header = BASE64URL_NOPAD.decode(jwt.split('.').next().unwrap().as_bytes()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        header["kid"].as_str().unwrap().to_owned()
    }

    /// The claim that names the user flow.
    pub(crate) fn flow_claim(&self) -> &'static str {
        if self.claim("tfp").is_empty() { "acr" } else { "tfp" }
    }

    /// The user flow that genuine tokens are not of.
    pub(crate) fn other_flow(&self) -> String {
        let flow = self.claim(self.flow_claim());
        self.issuer.user_flows().into_iter().find(|other| *other != flow).unwrap()
    }

    /// Publishes a key beside those that sign.
    pub(crate) fn publish(&mut self, jwk: Value) {
        match &self.whose {
            Some(whose) => self.issuer.publish_jwk_of(whose, jwk),
            None => self.issuer.publish_jwk(jwk),
        }
    }

    /// Both user flows have the keys of the first.
    pub(crate) fn share_keys(&mut self) {
        let [first, second] = &self.issuer.user_flows()[..] else { panic!() };
        self.issuer.share_keys(first, second);
    }
}

fn entra(issuer: Issuer) -> Column {
    Column::of(Provider::Entra, issuer)
}

pub(crate) fn entra_v2() -> Column {
    entra(Issuer::entra())
}

pub(crate) fn entra_v1() -> Column {
    Column { version_1: true, ..entra_v2() }
}

pub(crate) fn entra_by_domain() -> Column {
    let issuer = Issuer::entra();
    issuer.add_domain(issuer.tenant_id(), DOMAIN);
    entra(issuer).named(DOMAIN)
}

pub(crate) fn custom_signing_keys() -> Column {
    entra(Issuer::entra().with_custom_signing_keys())
}

pub(crate) fn us_government() -> Column {
    entra(Issuer::entra_in_cloud("microsoftonline.us"))
}

pub(crate) fn china() -> Column {
    entra(Issuer::entra_in_cloud("partner.microsoftonline.cn"))
}

/// An issuer of many tenants, of which `STRANGER` is one.
fn many(tenant: &str, choose: impl FnOnce(Authority, &Issuer) -> Authority) -> Column {
    let issuer = Issuer::entra();
    issuer.add_tenant(STRANGER);
    let column = entra(issuer).named(tenant);
    let authority = choose(column.authority.clone(), &column.issuer);
    Column { authority, ..column }
}

pub(crate) fn organizations_listed() -> Column {
    many("organizations", |authority, issuer| authority.allow_tenants([issuer.tenant_id()]))
}

pub(crate) fn organizations_if() -> Column {
    many("organizations", |authority, issuer| {
        let customer = issuer.tenant_id().to_owned();
        authority.allow_tenants_if(move |tenant| tenant == customer)
    })
}

pub(crate) fn organizations_any() -> Column {
    many("organizations", |authority, _| authority.dangerous().any_tenant())
}

pub(crate) fn common_listed() -> Column {
    many("common", |authority, issuer| authority.allow_tenants([issuer.tenant_id(), PERSONAL_ACCOUNTS]))
}

pub(crate) fn consumers() -> Column {
    let issuer = Issuer::entra();
    issuer.add_tenant(PERSONAL_ACCOUNTS);
    let authority = issuer.authority_of("consumers").allow_tenants([PERSONAL_ACCOUNTS]);
    Column { authority, whose: Some(PERSONAL_ACCOUNTS.to_owned()), ..entra(issuer) }
}

/// One user flow of the issuer's two.
fn one_flow(issuer: Issuer, tenant: &str) -> Column {
    let authority = Authority::b2c(tenant, &issuer.user_flows()[0], issuer.client_id()).authority_host(issuer.url());
    Column { authority, ..Column::of(Provider::B2c, issuer) }
}

pub(crate) fn b2c() -> Column {
    let issuer = Issuer::b2c();
    let tenant = issuer.tenant_id().to_owned();
    one_flow(issuer, &tenant)
}

pub(crate) fn b2c_tfp() -> Column {
    let issuer = Issuer::b2c().with_user_flow_in_issuer();
    let tenant = issuer.tenant_id().to_owned();
    one_flow(issuer, &tenant)
}

pub(crate) fn b2c_acr() -> Column {
    let issuer = Issuer::b2c().with_user_flow_in_acr();
    let tenant = issuer.tenant_id().to_owned();
    one_flow(issuer, &tenant)
}

/// To the authority, a host that is not the tenant's at `b2clogin.com` is a custom domain, this one too.
pub(crate) fn b2c_custom_domain() -> Column {
    let issuer = Issuer::b2c();
    issuer.add_domain(issuer.tenant_id(), DOMAIN);
    one_flow(issuer, "contoso")
}

/// Both flows; genuine tokens are of the second.
pub(crate) fn b2c_several_flows() -> Column {
    let issuer = Issuer::b2c();
    let second = issuer.user_flows()[1].clone();
    Column { whose: Some(second), ..Column::of(Provider::B2c, issuer) }
}

pub(crate) fn external_id() -> Column {
    Column::of(Provider::ExternalId, Issuer::external_id())
}

pub(crate) fn external_id_by_name() -> Column {
    let issuer = Issuer::external_id();
    issuer.add_domain(issuer.tenant_id(), DOMAIN);
    Column::of(Provider::ExternalId, issuer).named("contoso")
}

pub(crate) fn oidc() -> Column {
    Column::of(Provider::Oidc, Issuer::oidc())
}
