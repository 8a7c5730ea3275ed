//! The authorities: how an API is configured, and the issuer whose tokens it gets.

use data_encoding::BASE64URL_NOPAD;
use requires_auth::testing::{Issuer, Token};
use requires_auth::{Authority, PERSONAL_ACCOUNTS};
use serde_json::Value;

/// A tenant that no authority admits, unless it admits all.
pub(crate) const STRANGER: &str = "31537af4-6d77-4bb9-a681-d2394888ea26";
/// A name of the issuer's own tenant.
const DOMAIN: &str = "contoso.onmicrosoft.com";

/// An authority, and where its tokens come from.
pub(crate) struct Column {
    pub(crate) issuer: Issuer,
    pub(crate) authority: Authority,
    /// The tenant or user flow of genuine tokens, where it is not the issuer's own or first.
    whose: Option<String>,
    version_1: bool,
}

impl Column {
    fn of(issuer: Issuer) -> Self {
        let authority = issuer.authority();
        Self { issuer, authority, whose: None, version_1: false }
    }

    fn named(issuer: Issuer, tenant: &str, choose: impl FnOnce(Authority, &Issuer) -> Authority) -> Self {
        let authority = choose(issuer.authority_of(tenant), &issuer);
        Self { issuer, authority, whose: None, version_1: false }
    }

    /// A genuine token, of nobody in particular.
    pub(crate) fn token(&self) -> Token {
        let token = self.whose.as_ref().map_or_else(|| self.issuer.token(), |whose| self.issuer.token_of(whose));
        if self.version_1 { token.v1() } else { token }
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
    pub(crate) fn publish(&self, jwk: Value) {
        match &self.whose {
            Some(whose) => self.issuer.publish_jwk_of(whose, jwk),
            None => self.issuer.publish_jwk(jwk),
        }
    }
}

pub(crate) fn entra_v2() -> Column {
    Column::of(Issuer::entra())
}

pub(crate) fn entra_v1() -> Column {
    Column { version_1: true, ..entra_v2() }
}

pub(crate) fn entra_by_domain() -> Column {
    let issuer = Issuer::entra();
    issuer.add_domain(issuer.tenant_id(), DOMAIN);
    Column::named(issuer, DOMAIN, |authority, _| authority)
}

fn many(tenant: &str, choose: impl FnOnce(Authority, &Issuer) -> Authority) -> Column {
    let issuer = Issuer::entra();
    issuer.add_tenant(STRANGER);
    Column::named(issuer, tenant, choose)
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
    let column = Column::named(issuer, "consumers", |authority, _| authority.allow_tenants([PERSONAL_ACCOUNTS]));
    Column { whose: Some(PERSONAL_ACCOUNTS.to_owned()), ..column }
}

pub(crate) fn us_government() -> Column {
    Column::of(Issuer::entra_in_cloud("microsoftonline.us"))
}

pub(crate) fn china() -> Column {
    Column::of(Issuer::entra_in_cloud("partner.microsoftonline.cn"))
}

pub(crate) fn custom_signing_keys() -> Column {
    Column::of(Issuer::entra().with_custom_signing_keys())
}

/// One user flow of the issuer's two.
fn one_flow(issuer: Issuer, tenant: &str) -> Column {
    let authority = Authority::b2c(tenant, &issuer.user_flows()[0], issuer.client_id()).authority_host(issuer.url());
    Column { authority, ..Column::of(issuer) }
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
    Column { whose: Some(second), ..Column::of(issuer) }
}

pub(crate) fn external_id() -> Column {
    Column::of(Issuer::external_id())
}

pub(crate) fn external_id_by_name() -> Column {
    let issuer = Issuer::external_id();
    issuer.add_domain(issuer.tenant_id(), DOMAIN);
    Column::named(issuer, "contoso", |authority, _| authority)
}

pub(crate) fn oidc() -> Column {
    Column::of(Issuer::oidc())
}
