//! Microsoft Entra ID, workforce tenants.
//!
//! Sources: [Access tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens),
//! [Access token claims reference](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference),
//! [National clouds](https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).

use std::sync::Arc;

use super::cloud::{Cloud, issuer_host};
use super::profile::{Profile, common_facts, owned, scopes_of};
use super::{Admission, Authority, IssuerRule, TenantChoice, TenantPolicy, TrustedAuthority, TrustedIssuer};
use crate::access_token::{CallerKind, Facts};
use crate::checks::{Check, Outcomes};
use crate::claims::{Claims, Field};
use crate::discovery::ExpectedIssuer;
use crate::error::{ApiDescription, AuthError, Reason, quoted};
use crate::guid;
use crate::issuer::check_url;
use crate::keys::KeyOrigin;
use crate::scope;
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
            wants_permission: true,
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

pub(super) fn check(
    claims: &Claims<'_>,
    issuer: &TrustedIssuer,
    outcomes: &mut impl Outcomes,
) -> Result<(), AuthError> {
    outcomes.add(Check::Claims, types(claims))?;
    outcomes.add(Check::Tenant, tenant(claims, issuer))?;
    outcomes.add(Check::Version, version(claims, issuer))?;
    outcomes.add(Check::Kind, no_id_token(claims))
}

/// Entra ID defines these claims, so a wrong type means that something else made the token.
fn types(claims: &Claims<'_>) -> Result<(), AuthError> {
    if let Some(name) = claim_of_wrong_type(claims) {
        return Err(AuthError::new(Reason::Claims).with_evidence(format!("the claim {name} has the wrong type")));
    }
    Ok(())
}

/// tid is the tenant of iss, and no second claim pretends to be it.
fn tenant(claims: &Claims<'_>, issuer: &TrustedIssuer) -> Result<(), AuthError> {
    let tenant = issuer.tenant_of(claims.iss.as_deref().unwrap_or_default());
    let tenant_evidence = || match claims.tid.text() {
        Some(tid) => format!("tid is {}, iss names {}", quoted(tid), tenant.unwrap_or("no tenant")),
        None => "the token has no tid".to_owned(),
    };
    if claims.tid.text().is_none() || claims.tid.text() != tenant {
        return Err(AuthError::new(Reason::Tenant).with_evidence(tenant_evidence()));
    }
    if claims.markers.tid_in_other_case {
        return Err(AuthError::new(Reason::Tenant).with_evidence("a second claim differs from tid only in case"));
    }
    Ok(())
}

/// v1.0 tokens come from the v1.0 issuer, v2.0 tokens from the v2.0 issuer.
fn version(claims: &Claims<'_>, issuer: &TrustedIssuer) -> Result<(), AuthError> {
    if claims.ver.text() != issuer.version {
        let evidence = match claims.ver.text() {
            Some(ver) => {
                format!("ver is {}, the issuer is that of {}", quoted(ver), issuer.version.unwrap_or_default())
            }
            None => "the token has no ver".to_owned(),
        };
        return Err(AuthError::new(Reason::TokenVersion).with_evidence(evidence));
    }
    Ok(())
}

/// ID tokens may have a nonce or a hash, they never have scp, and they name no calling application.
fn no_id_token(claims: &Claims<'_>) -> Result<(), AuthError> {
    if claims.markers.id_token {
        return Err(AuthError::new(Reason::IdToken).with_evidence("the token has nonce, at_hash, c_hash or s_hash"));
    }
    // Asked before the signature: the list is walked no further than its first word, and not copied.
    let has_scope = claims.scp.text().is_some_and(|list| scope::words(list).next().is_some());
    if !has_scope && client_of(claims).is_none() {
        return Err(AuthError::new(Reason::IdToken).with_evidence("the token has neither scp nor azp or appid"));
    }
    Ok(())
}

fn claim_of_wrong_type(claims: &Claims<'_>) -> Option<&'static str> {
    let fields = [
        ("tid", claims.tid.is_wrong()),
        ("oid", claims.oid.is_wrong()),
        ("ver", claims.ver.is_wrong()),
        ("idtyp", claims.idtyp.is_wrong()),
        ("idp", claims.idp.is_wrong()),
        ("scp", claims.scp.is_wrong()),
        ("roles", claims.roles.is_wrong()),
        ("groups", claims.groups.is_wrong()),
        ("wids", claims.wids.is_wrong()),
        ("acrs", claims.acrs.is_wrong()),
        ("xms_cc", claims.xms_cc.is_wrong()),
        ("uti", claims.uti.is_wrong()),
    ];
    fields.into_iter().find_map(|(name, wrong)| wrong.then_some(name))
}

pub(super) fn facts(claims: &Claims<'_>) -> Facts {
    let scopes = scopes_of(claims.scp.text());
    let caller = caller_kind(claims, !scopes.is_empty());
    Facts {
        object_id: claims.oid.text().map(Into::into),
        tenant_id: claims.tid.text().map(Into::into),
        client_id: client_of(claims).map(Into::into),
        token_id: claims.uti.text().map(Into::into),
        scopes,
        directory_roles: owned(&claims.wids),
        auth_contexts: owned(&claims.acrs),
        caller,
        guest: guest(claims),
        agent: is_agent(claims),
        claims_capable: claims.xms_cc.items().any(|capability| capability.eq_ignore_ascii_case("cp1")),
        ..common_facts(claims)
    }
}

/// `azp` in v2.0 tokens, `appid` in v1.0 tokens.
fn client_of<'c>(claims: &'c Claims<'_>) -> Option<&'c str> {
    match claims.ver.text() {
        Some("1.0") => claims.appid.as_deref(),
        _ => claims.azp.as_deref(),
    }
}

/// `idtyp` says it; without it, a scope means a user, and an object id that is also the subject means an application
/// ([Verify scopes and app roles](https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles)).
/// Agents break the second rule, so theirs stays unknown.
fn caller_kind(claims: &Claims<'_>, has_scope: bool) -> CallerKind {
    if let Some(kind) = stated_kind(claims) {
        return kind;
    }
    if has_scope {
        return CallerKind::Delegated;
    }
    let object_is_subject = claims.oid.text().is_some() && claims.oid.text() == claims.sub.as_deref();
    if object_is_subject && !claims.markers.facets { CallerKind::AppOnly } else { CallerKind::Unknown }
}

/// What `idtyp` says.
pub(super) fn stated_kind(claims: &Claims<'_>) -> Option<CallerKind> {
    match &claims.idtyp {
        Field::Is(kind) if kind == "app" => Some(CallerKind::AppOnly),
        Field::Is(kind) if kind == "user" => Some(CallerKind::Delegated),
        Field::Is(_) | Field::WrongType => Some(CallerKind::Unknown),
        Field::Absent => None,
    }
}

/// The facets of who acts are a list of numbers, of which 11 is an agent identity; others may come
/// ([Agent token claims](https://learn.microsoft.com/entra/agent-id/agent-token-claims)).
fn is_agent(claims: &Claims<'_>) -> bool {
    claims.xms_act_fct.text().is_some_and(|facets| facets.split(' ').any(|facet| facet == "11"))
}

/// `acct` says it: 0 a member, 1 a guest. Without it, an identity provider other than the tenant means a guest; no
/// identity provider at all means the tenant itself
/// ([Optional claims reference](https://learn.microsoft.com/entra/identity-platform/optional-claims-reference)).
fn guest(claims: &Claims<'_>) -> Option<bool> {
    if claims.acct.is_some() {
        return stated_guest(claims);
    }
    let Some(idp) = claims.idp.text() else { return Some(false) };
    let tid = claims.tid.text()?;
    // Tokens of both versions write the home tenant as the v1.0 issuer, or as their own.
    let is_v1_issuer = |host: &&str| {
        let rest = idp.strip_prefix(host).and_then(|rest| rest.strip_prefix('/'));
        rest.and_then(|rest| rest.strip_suffix('/')) == Some(tid)
    };
    if claims.iss.as_deref() == Some(idp) || V1_ISSUER_HOSTS.iter().any(is_v1_issuer) {
        return Some(false);
    }
    // A federated partner chooses the name of its identity provider, and may put our tenant into it.
    if idp.contains(tid) { None } else { Some(true) }
}

/// What `acct` says.
pub(super) fn stated_guest(claims: &Claims<'_>) -> Option<bool> {
    match claims.acct {
        Some("0" | "\"0\"") => Some(false),
        Some("1" | "\"1\"") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

    fn entra(tenant: &str) -> Authority {
        Authority::entra(tenant, CLIENT)
    }

    fn issuers(authority: &Authority) -> Vec<String> {
        authority.resolve().unwrap().issuers.iter().map(|issuer| issuer.issuer.text()).collect()
    }

    fn metadata(authority: &Authority) -> Vec<String> {
        let url = |issuer: &TrustedIssuer| match &issuer.keys {
            KeyOrigin::Metadata { url, .. } => url.clone(),
            own => panic!("{own:?}"),
        };
        authority.resolve().unwrap().issuers.iter().map(url).collect()
    }

    fn refusal(authority: &Authority) -> String {
        authority.resolve().unwrap_err().to_string()
    }

    #[test]
    fn derives_both_issuers_and_their_audiences() {
        let trusted = entra(&TENANT.to_uppercase()).resolve().unwrap();
        let [v2, v1] = &trusted.issuers[..] else { panic!() };
        assert_eq!(v2.issuer.text(), format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
        assert_eq!(v2.audiences, [CLIENT.into()]);
        assert_eq!(v1.issuer.text(), format!("https://sts.windows.net/{TENANT}/"));
        assert_eq!(v1.audiences, [CLIENT.into(), format!("api://{CLIENT}").into()]);
        assert_eq!(&*trusted.api.scope_prefix, format!("api://{CLIENT}/"));
        assert_eq!(&*trusted.api.realm, CLIENT);
    }

    #[test]
    fn explicit_audiences_replace_the_implied_ones() {
        let trusted = entra(TENANT).audience("https://api.contoso.com/").resolve().unwrap();
        assert!(trusted.issuers.iter().all(|issuer| issuer.audiences == ["https://api.contoso.com/".into()]));
        assert_eq!(&*trusted.api.scope_prefix, "https://api.contoso.com/");
    }

    #[test]
    fn each_cloud_has_its_hosts_and_an_alias_stands_for_its_cloud() {
        for (host, v2, v1) in [
            (Cloud::Public.authority_host(), "https://login.microsoftonline.com", "https://sts.windows.net"),
            ("https://login.windows.net", "https://login.microsoftonline.com", "https://sts.windows.net"),
            (Cloud::UsGovernment.authority_host(), "https://login.microsoftonline.us", "https://sts.windows.net"),
            (Cloud::China.authority_host(), "https://login.partner.microsoftonline.cn", "https://sts.chinacloudapi.cn"),
            (
                "https://login.chinacloudapi.cn/",
                "https://login.partner.microsoftonline.cn",
                "https://sts.chinacloudapi.cn",
            ),
            ("http://127.0.0.1:9", "http://127.0.0.1:9", "https://sts.windows.net"),
        ] {
            let authority = entra(TENANT).authority_host(host);
            assert_eq!(issuers(&authority), [format!("{v2}/{TENANT}/v2.0"), format!("{v1}/{TENANT}/")], "{host}");
            let [of_v2, _] = &metadata(&authority)[..] else { panic!() };
            assert!(of_v2.starts_with(host.trim_end_matches('/')), "{of_v2}");
        }
    }

    #[test]
    fn keys_of_an_application_are_asked_for_by_its_id() {
        let urls = metadata(&entra(TENANT).custom_signing_keys());
        assert!(urls.iter().all(|url| url.ends_with(&format!("/openid-configuration?appid={CLIENT}"))), "{urls:?}");
    }

    #[test]
    fn a_domain_name_is_a_tenant_whose_id_is_learned() {
        let trusted = entra("Contoso.onmicrosoft.com").resolve().unwrap();
        assert!(trusted.issuers.iter().all(|issuer| matches!(issuer.issuer, IssuerRule::Learned(_))));
        let urls = metadata(&entra("Contoso.onmicrosoft.com"));
        assert!(urls.iter().all(|url| url.contains("/contoso.onmicrosoft.com/")), "{urls:?}");
    }

    #[test]
    fn refuses_what_is_no_tenant_and_no_client() {
        for tenant in ["", "contoso", "a b.com", "-a.com", "a..com", "https://contoso.com", "contoso.com/x"] {
            assert!(refusal(&entra(tenant)).contains("GUID"), "{tenant}");
        }
        for client in ["api", ""] {
            assert!(refusal(&Authority::entra(TENANT, client)).contains("GUID"), "{client}");
        }
    }

    #[test]
    fn many_tenants_need_a_policy_and_the_error_says_what_to_write() {
        for tenant in ["common", "Organizations", "consumers"] {
            let message = refusal(&entra(tenant));
            assert!(message.contains("any tenant") && message.contains(".allow_tenants(["), "{message}");
            assert!(entra(tenant).allow_tenants([TENANT]).resolve().is_ok());
            assert!(entra(tenant).allow_tenants_if(|_| true).resolve().is_ok());
            assert!(refusal(&entra(tenant).allow_tenants([""; 0])).contains("nobody"));
            assert!(refusal(&entra(tenant).allow_tenants(["contoso.com"])).contains("not a GUID"));
        }
        assert!(refusal(&entra(TENANT).allow_tenants([TENANT])).contains("organizations"));
    }

    #[test]
    fn personal_accounts_have_one_issuer_of_their_own() {
        let personal = format!("https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0");
        assert_eq!(issuers(&entra("consumers").allow_tenants([PERSONAL_ACCOUNTS])), std::slice::from_ref(&personal));
        assert_eq!(issuers(&entra(PERSONAL_ACCOUNTS)), std::slice::from_ref(&personal));
        assert_eq!(
            issuers(&entra("common").allow_tenants([TENANT])),
            [
                personal,
                "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
                "https://sts.windows.net/{tenantid}/".to_owned()
            ]
        );
    }

    #[test]
    fn personal_accounts_are_no_organization() {
        let personal = format!("https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0");
        let takes = |authority: &Authority| authority.resolve().unwrap().issuers.iter().any(|it| it.fits(&personal));
        assert!(!takes(&entra("organizations").dangerous().any_tenant()));
        assert!(
            takes(&entra("common").dangerous().any_tenant()) && takes(&entra("consumers").dangerous().any_tenant())
        );
        assert!(refusal(&entra("organizations").allow_tenants([PERSONAL_ACCOUNTS])).contains("common"));
    }

    fn facts_of(text: &str) -> Facts {
        facts(&Claims::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn kind_of_caller() {
        let table = [
            (r#"{"idtyp":"app","scp":"x"}"#, CallerKind::AppOnly),
            (r#"{"idtyp":"user"}"#, CallerKind::Delegated),
            (r#"{"idtyp":"device","oid":"a","sub":"a"}"#, CallerKind::Unknown),
            (r#"{"scp":"x"}"#, CallerKind::Delegated),
            (r#"{"oid":"a","sub":"a","roles":["r"]}"#, CallerKind::AppOnly),
            (r#"{"oid":"a","sub":"b","roles":["r"]}"#, CallerKind::Unknown),
            (r#"{"oid":"a","sub":"a","xms_act_fct":"3 9 11"}"#, CallerKind::Unknown),
            (r#"{"scp":"/","oid":"a","sub":"b"}"#, CallerKind::Unknown),
            (r#"{"sub":"a"}"#, CallerKind::Unknown),
        ];
        for (claims, kind) in table {
            assert_eq!(facts_of(claims).caller, kind, "{claims}");
        }
    }

    #[test]
    fn agents_are_told_by_the_facets_of_who_acts() {
        for (claims, agent) in [
            (r#"{"xms_act_fct":"3 9 11","xms_sub_fct":"9 3 11","idtyp":"app"}"#, true),
            (r#"{"xms_act_fct":"11"}"#, true),
            (r#"{"xms_act_fct":"3 9","xms_sub_fct":"11"}"#, false),
            (r#"{"xms_act_fct":"111 1 1"}"#, false),
            (r#"{"sub":"a"}"#, false),
        ] {
            assert_eq!(facts_of(claims).agent, agent, "{claims}");
        }
    }

    #[test]
    fn guests() {
        let home = r#""tid":"72f988bf-86f1-41af-91ab-2d7cd011db47""#;
        let table = [
            (r#""acct":1"#, Some(true)),
            (r#""acct":"1""#, Some(true)),
            (r#""acct":0,"idp":"live.com""#, Some(false)),
            (r#""acct":2"#, None),
            (r#""acct":null"#, None),
            (r#""idp":"live.com""#, Some(true)),
            (r#""idp":"https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, Some(false)),
            (r#""idp":"https://sts.windows.net/11111111-86f1-41af-91ab-2d7cd011db47/""#, Some(true)),
            (r#""idp":"https://sts.chinacloudapi.cn/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, Some(false)),
            (r#""idp":"https://partner.example/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, None),
            (r#""idp":"https://sts.windows.net.partner.example/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, None),
            (r#""idp":"72f988bf-86f1-41af-91ab-2d7cd011db47""#, None),
            (r#""sub":"x""#, Some(false)),
        ];
        for (claim, guest) in table {
            assert_eq!(facts_of(&format!("{{{home},{claim}}}")).guest, guest, "{claim}");
        }
    }
}
