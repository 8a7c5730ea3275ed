//! Azure AD B2C: one tenant with one or several user flows, each with metadata and keys of its own.
//!
//! Sources: [Tokens overview](https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview),
//! [OpenID Connect](https://learn.microsoft.com/azure/active-directory-b2c/openid-connect),
//! [Custom domains](https://learn.microsoft.com/azure/active-directory-b2c/custom-domain).

use std::borrow::Cow;
use std::sync::Arc;

use super::customer_tenant::{CustomerTenant, Host};
use super::entra::{checked_client_id, origin, stated_kind};
use super::profile::{Profile, common_facts, common_traits, scopes_of};
use super::{Admission, Authority, IssuerRule, TrustedAuthority, TrustedIssuer};
use crate::access_token::{CallerKind, Facts, Minimum, Traits};
use crate::checks::{Check, Outcomes};
use crate::claims::{Claims, Field};
use crate::error::{ApiDescription, AuthError, Reason, quoted};
use crate::scope;
use crate::setup_error::SetupError;
use crate::tenant::TenantTemplate;

/// Where B2C serves tenants that have no domain of their own.
const DOMAIN: &str = "b2clogin.com";
/// The issuer of policies that were made to write it as B2C did at first. Entra ID's own has no slash at its end.
const LEGACY_ISSUER: &str = "https://login.microsoftonline.com/{tenantid}/v2.0/";

#[derive(Clone, Debug)]
pub(super) struct B2c {
    tenant: String,
    user_flow: String,
    client_id: String,
}

impl B2c {
    pub(super) fn new(tenant: String, user_flow: String, client_id: String) -> Self {
        Self { tenant, user_flow, client_id }
    }

    pub(super) fn resolve(&self, authority: &Authority) -> Result<TrustedAuthority, SetupError> {
        authority.refuse_entra_options("Azure AD B2C")?;
        let tenant = CustomerTenant::parse(&self.tenant)?;
        let client_id = checked_client_id(&self.client_id)?;
        let host = tenant.host(authority, tenant.name.as_deref(), DOMAIN)?;
        let flows = self.flows(authority)?;

        let explicit = authority.explicit_audiences();
        // The registration gives scopes the prefix of the App ID URI, which holds the initial domain unless it is changed.
        let app_id_uri = explicit.iter().find(|audience| audience.contains("://")).map(ToString::to_string);
        let initial = || Some(format!("https://{}.onmicrosoft.com/{client_id}", name_of(&tenant, &host)?));
        let scope_prefix = app_id_uri.or_else(initial).map(|uri| format!("{}/", uri.trim_end_matches('/')));
        let api = ApiDescription {
            realm: explicit.first().cloned().unwrap_or_else(|| client_id.as_str().into()),
            scope_prefix: scope_prefix.unwrap_or_default().into(),
            // B2C takes no claims challenge.
            authorization_uri: None,
            resource_metadata: None,
        };
        let audiences = if explicit.is_empty() { vec![client_id.into()] } else { explicit };
        Ok(TrustedAuthority {
            name: None,
            profile: Profile::B2c,
            algorithms: Vec::new(),
            minimum: Minimum::Permission,
            admission: Admission::default(),
            issuers: flows.into_iter().map(|flow| of_flow(flow, &tenant, &host, &audiences)).collect(),
            api: Arc::new(api),
        })
    }

    /// The user flows as they were written, each once.
    fn flows<'a>(&'a self, authority: &'a Authority) -> Result<Vec<&'a str>, SetupError> {
        let mut flows: Vec<&str> = Vec::new();
        for flow in std::iter::once(&self.user_flow).chain(&authority.user_flows) {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            let prefix = flow.get(..6).unwrap_or_default();
            if !prefix.eq_ignore_ascii_case("B2C_1_") && !prefix.eq_ignore_ascii_case("B2C_1A")
                || !flow.bytes().all(fits)
            {
                return Err(SetupError::invalid(format!(
                    "the user flow {flow:?} is none of Azure AD B2C; copy its full name, which begins with B2C_1_, or with \
                     B2C_1A_ for a custom policy"
                )));
            }
            if !flows.iter().any(|other| other.eq_ignore_ascii_case(flow)) {
                flows.push(flow);
            }
        }
        Ok(flows)
    }
}

/// The name of the tenant: as configured, or as the host has it.
fn name_of<'a>(tenant: &'a CustomerTenant, host: &'a Host) -> Option<&'a str> {
    let in_host = || host.url.host_str()?.strip_suffix(DOMAIN)?.strip_suffix('.');
    tenant.name.as_deref().or_else(in_host)
}

fn of_flow(flow: &str, tenant: &CustomerTenant, host: &Host, audiences: &[Box<str>]) -> TrustedIssuer {
    let lower = flow.to_ascii_lowercase();
    let mut hosts = vec![host.text.clone()];
    // A policy behind a custom domain may still name the tenant's first host.
    if let Some(name) = name_of(tenant, host) {
        hosts.push(format!("https://{name}.{DOMAIN}"));
    }
    hosts.dedup();
    let forms = hosts
        .iter()
        .flat_map(|host| [format!("{host}/{{tenantid}}/v2.0/"), format!("{host}/tfp/{{tenantid}}/{lower}/v2.0/")]);
    let template = |form: String| match &tenant.id {
        Some(id) => TenantTemplate::new(&form).of_tenant(id),
        None => TenantTemplate::new(&form),
    };
    let issuers: Vec<_> = forms.chain([LEGACY_ISSUER.to_owned()]).map(template).collect();
    let rule = IssuerRule::Learned(issuers.clone());
    TrustedIssuer {
        keys: origin(format!("{}/{}/{flow}/v2.0/.well-known/openid-configuration", host.text, tenant.in_urls), &rule),
        issuer: rule,
        metadata_of_tenant: None,
        audiences: audiences.to_vec(),
        // B2C's keys name no issuer. If one ever does, it must be one of these.
        key_issuers: issuers,
        version: None,
        user_flow: Some(lower.into()),
        single_key_without_kid: false,
    }
}

/// The user flow that the token says it comes from: `tfp`, or `acr` where the policy is set to write that.
pub(super) fn flow_of<'c>(claims: &'c Claims<'_>) -> Option<&'c str> {
    claims.tfp.text().or_else(|| claims.acr.text())
}

/// Nothing depends on `ver`, so it is not read: B2C has one issuer for a flow and one audience, and writes "1.0" though
/// its endpoint is v2.0.
pub(super) fn check(
    claims: &Claims<'_>,
    issuer: &TrustedIssuer,
    outcomes: &mut impl Outcomes,
) -> Result<(), AuthError> {
    outcomes.add(Check::Claims, types(claims))?;
    outcomes.add(Check::UserFlow, flow(claims, issuer))?;
    outcomes.add(Check::Tenant, tenant(claims, issuer))?;
    outcomes.add(Check::Kind, no_id_token(claims))
}

/// B2C or the app registration defines these claims, so a wrong type means that something else made the token.
fn types(claims: &Claims<'_>) -> Result<(), AuthError> {
    if let Some(name) = claim_of_wrong_type(claims) {
        return Err(AuthError::new(Reason::Claims).with_evidence(format!("the claim {name} has the wrong type")));
    }
    Ok(())
}

/// tid, which a policy may leave out, is the tenant of iss, and no second claim pretends to be it.
fn tenant(claims: &Claims<'_>, issuer: &TrustedIssuer) -> Result<(), AuthError> {
    let tenant = issuer.tenant_of(claims.iss.as_deref().unwrap_or_default());
    if let Some(tid) = claims.tid.text()
        && tenant != Some(tid)
    {
        let evidence = format!("tid is {}, iss names {}", quoted(tid), tenant.unwrap_or("no tenant"));
        return Err(AuthError::new(Reason::Tenant).with_evidence(evidence));
    }
    if claims.markers.tid_in_other_case {
        return Err(AuthError::new(Reason::Tenant).with_evidence("a second claim differs from tid only in case"));
    }
    Ok(())
}

/// ID tokens may have a hash and name no calling application. A nonce says nothing: access tokens have one too.
fn no_id_token(claims: &Claims<'_>) -> Result<(), AuthError> {
    if claims.markers.id_token_hash {
        return Err(AuthError::new(Reason::IdToken).with_evidence("the token has at_hash, c_hash or s_hash"));
    }
    let has_scope = || claims.scp.text().is_some_and(|list| scope::words(list).next().is_some());
    if claims.azp.is_none() && !has_scope() {
        return Err(AuthError::new(Reason::IdToken).with_evidence("the token has neither scp nor azp"));
    }
    Ok(())
}

/// The flow is the one whose keys verify. Several flows may share an issuer, and even keys; what one of them demands of a
/// user, such as a second factor, another may not.
fn flow(claims: &Claims<'_>, issuer: &TrustedIssuer) -> Result<(), AuthError> {
    let expected = issuer.user_flow.as_deref().unwrap_or_default();
    if let (Some(tfp), Some(acr)) = (claims.tfp.text(), claims.acr.text())
        && !tfp.eq_ignore_ascii_case(acr)
    {
        let evidence = format!("tfp is {}, acr is {}", quoted(tfp), quoted(acr));
        return Err(AuthError::new(Reason::UserFlow).with_evidence(evidence));
    }
    match flow_of(claims) {
        Some(named) if named.eq_ignore_ascii_case(expected) => Ok(()),
        Some(named) => {
            let evidence = format!("the token is of the user flow {}, the keys are those of {expected}", quoted(named));
            Err(AuthError::new(Reason::UserFlow).with_evidence(evidence))
        }
        // The issuer itself names the flow where its form has it; it was compared with the metadata's.
        None if issuer_names(claims.iss.as_deref().unwrap_or_default(), expected) => Ok(()),
        None => Err(AuthError::new(Reason::UserFlow).with_evidence("the token has neither tfp nor acr")),
    }
}

/// Whether the issuer, which fits a template, ends as the form with the flow does.
fn issuer_names(iss: &str, flow: &str) -> bool {
    iss.strip_suffix("/v2.0/").and_then(|rest| rest.strip_suffix(flow)).is_some_and(|rest| rest.ends_with('/'))
}

fn claim_of_wrong_type(claims: &Claims<'_>) -> Option<&'static str> {
    let fields = [
        ("tfp", claims.tfp.is_wrong()),
        ("acr", claims.acr.is_wrong()),
        ("tid", claims.tid.is_wrong()),
        ("oid", claims.oid.is_wrong()),
        ("idtyp", claims.idtyp.is_wrong()),
        ("scp", claims.scp.is_wrong()),
        ("roles", claims.roles.is_wrong()),
        ("groups", claims.groups.is_wrong()),
    ];
    fields.into_iter().find_map(|(name, wrong)| wrong.then_some(name))
}

pub(super) fn facts<'c>(claims: &'c Claims<'_>) -> Facts<'c> {
    let text = |field: &'c Field<Cow<'_, str>>| field.text().map(Into::into);
    Facts {
        object_id: text(&claims.oid),
        tenant_id: text(&claims.tid),
        client_id: claims.azp.as_deref().map(Into::into),
        token_id: text(&claims.uti).or_else(|| text(&claims.jti)),
        scopes: scopes_of(claims.scp.text()),
        // That oid and sub are equal says nothing here: sub is the object id of users, too.
        traits: Traits { caller: stated_kind(claims).unwrap_or(CallerKind::Unknown), ..common_traits(claims) },
        ..common_facts(claims)
    }
}

#[cfg(test)]
mod tests;
