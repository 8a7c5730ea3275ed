//! Microsoft Entra ID, workforce tenants.
//!
//! Sources: [Access tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens),
//! [Access token claims reference](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference),
//! [National clouds](https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).

use std::sync::Arc;

use super::{Profile, TrustedAuthority, TrustedIssuer, common_facts, owned, scopes_of};
use crate::access_token::{CallerKind, Facts};
use crate::claims::{Claims, Field};
use crate::error::{ApiDescription, AuthError, Reason, quoted};
use crate::guid;
use crate::issuer::check_url;
use crate::scope;
use crate::setup_error::SetupError;

const PUBLIC_CLOUD: &str = "https://login.microsoftonline.com";

#[derive(Clone, Debug)]
pub(super) struct Entra {
    tenant: String,
    client_id: String,
    host: String,
}

impl Entra {
    pub(super) fn new(tenant: String, client_id: String) -> Self {
        Self { tenant, client_id, host: PUBLIC_CLOUD.to_owned() }
    }

    pub(super) fn set_host(&mut self, host: String) {
        self.host = host;
    }

    pub(super) fn resolve(&self, audiences: &[String]) -> Result<TrustedAuthority, SetupError> {
        let tenant = self.checked_tenant()?;
        let client_id = guid::normalized(&self.client_id).ok_or_else(|| {
            SetupError::invalid(format!(
                "the client id {:?} is not a GUID; copy Application (client) ID from the API's app registration",
                self.client_id
            ))
        })?;
        check_url("the authority host", &self.host)?;
        let host = self.host.trim_end_matches('/');

        let api_uri = format!("api://{client_id}");
        let explicit: Vec<Box<str>> = audiences.iter().map(|audience| audience.as_str().into()).collect();
        let audiences_or = |implied: &[&str]| {
            if explicit.is_empty() {
                implied.iter().map(|audience| (*audience).into()).collect()
            } else {
                explicit.clone()
            }
        };

        let v2_issuer: Box<str> = format!("{host}/{tenant}/v2.0").into();
        let v1_issuer: Box<str> = format!("{}/{tenant}/", v1_issuer_host(host)).into();
        let v2 = TrustedIssuer {
            issuer: v2_issuer.clone(),
            metadata_url: format!("{host}/{tenant}/v2.0/.well-known/openid-configuration"),
            audiences: audiences_or(&[&client_id]),
            key_issuers: vec![v2_issuer.clone()],
            tenant: Some(tenant.as_str().into()),
            version: Some("2.0"),
            single_key_without_kid: false,
        };
        let v1 = TrustedIssuer {
            issuer: v1_issuer.clone(),
            metadata_url: format!("{host}/{tenant}/.well-known/openid-configuration"),
            audiences: audiences_or(&[&client_id, &api_uri]),
            // Where v1.0 keys name an issuer at all, it is the v2.0 form of the same tenant.
            key_issuers: vec![v1_issuer, v2_issuer],
            tenant: Some(tenant.as_str().into()),
            version: Some("1.0"),
            single_key_without_kid: false,
        };
        let realm = explicit.first().cloned().unwrap_or_else(|| client_id.as_str().into());
        // Clients request scopes under an App ID URI; a bare client id stands for the default one.
        let app_id_uri = explicit.iter().find(|audience| audience.contains("://")).map_or(&*api_uri, |uri| uri);
        let api = ApiDescription {
            realm,
            scope_prefix: format!("{}/", app_id_uri.trim_end_matches('/')).into(),
            authorization_uri: Some(format!("{host}/{tenant}/oauth2/v2.0/authorize").into()),
            resource_metadata: None,
        };
        Ok(TrustedAuthority {
            name: None,
            profile: Profile::Entra,
            algorithms: Vec::new(),
            wants_permission: true,
            issuers: vec![v2, v1],
            api: Arc::new(api),
        })
    }

    fn checked_tenant(&self) -> Result<String, SetupError> {
        if ["common", "organizations", "consumers"].contains(&self.tenant.to_ascii_lowercase().as_str()) {
            return Err(SetupError::invalid(format!(
                "the tenant {:?} stands for any tenant, whose administrators assign roles and groups as they like; \
                 write the Directory (tenant) ID of the tenant whose users call this API",
                self.tenant
            )));
        }
        guid::normalized(&self.tenant).ok_or_else(|| {
            SetupError::invalid(format!(
                "the tenant {:?} is not a GUID; copy Directory (tenant) ID from the app registration's overview page",
                self.tenant
            ))
        })
    }
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

pub(super) fn check(claims: &Claims<'_>, issuer: &TrustedIssuer) -> Result<(), AuthError> {
    // 1. Entra ID defines these claims, so a wrong type means that something else made the token.
    if let Some(name) = claim_of_wrong_type(claims) {
        return Err(AuthError::new(Reason::Claims).with_evidence(format!("the claim {name} has the wrong type")));
    }

    // 2. tid is the tenant of iss, and no second claim pretends to be it.
    let tenant_evidence = || match claims.tid.text() {
        Some(tid) => format!("tid is {}, iss names {}", quoted(tid), issuer.tenant.as_deref().unwrap_or("no tenant")),
        None => "the token has no tid".to_owned(),
    };
    if claims.tid.text() != issuer.tenant.as_deref() {
        return Err(AuthError::new(Reason::Tenant).with_evidence(tenant_evidence()));
    }
    if claims.markers.tid_in_other_case {
        return Err(AuthError::new(Reason::Tenant).with_evidence("a second claim differs from tid only in case"));
    }

    // 3. v1.0 tokens come from the v1.0 issuer, v2.0 tokens from the v2.0 issuer.
    if claims.ver.text() != issuer.version {
        let evidence = match claims.ver.text() {
            Some(ver) => {
                format!("ver is {}, the issuer is that of {}", quoted(ver), issuer.version.unwrap_or_default())
            }
            None => "the token has no ver".to_owned(),
        };
        return Err(AuthError::new(Reason::TokenVersion).with_evidence(evidence));
    }

    // 4. ID tokens: they may have a nonce or a hash, they never have scp, and they name no calling application.
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
    match &claims.idtyp {
        Field::Is(kind) if kind == "app" => return CallerKind::AppOnly,
        Field::Is(kind) if kind == "user" => return CallerKind::Delegated,
        Field::Is(_) | Field::WrongType => return CallerKind::Unknown,
        Field::Absent => {}
    }
    if has_scope {
        return CallerKind::Delegated;
    }
    let object_is_subject = claims.oid.text().is_some() && claims.oid.text() == claims.sub.as_deref();
    if object_is_subject && !claims.markers.agent { CallerKind::AppOnly } else { CallerKind::Unknown }
}

/// `acct` says it: 0 a member, 1 a guest. Without it, an identity provider other than the tenant means a guest; no
/// identity provider at all means the tenant itself
/// ([Optional claims reference](https://learn.microsoft.com/entra/identity-platform/optional-claims-reference)).
fn guest(claims: &Claims<'_>) -> Option<bool> {
    match claims.acct {
        Some("0" | "\"0\"") => return Some(false),
        Some("1" | "\"1\"") => return Some(true),
        Some(_) => return None,
        None => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

    fn resolve(tenant: &str, client: &str, audiences: &[&str]) -> Result<TrustedAuthority, SetupError> {
        let audiences: Vec<_> = audiences.iter().map(|audience| (*audience).to_owned()).collect();
        Entra::new(tenant.to_owned(), client.to_owned()).resolve(&audiences)
    }

    #[test]
    fn derives_both_issuers_and_their_audiences() {
        let trusted = resolve(&TENANT.to_uppercase(), CLIENT, &[]).unwrap();
        let [v2, v1] = &trusted.issuers[..] else { panic!() };
        assert_eq!(&*v2.issuer, format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
        assert_eq!(v2.audiences, [CLIENT.into()]);
        assert_eq!(&*v1.issuer, format!("https://sts.windows.net/{TENANT}/"));
        assert_eq!(v1.audiences, [CLIENT.into(), format!("api://{CLIENT}").into()]);
        assert_eq!(&*trusted.api.scope_prefix, format!("api://{CLIENT}/"));
        assert_eq!(&*trusted.api.realm, CLIENT);
    }

    #[test]
    fn explicit_audiences_replace_the_implied_ones() {
        let trusted = resolve(TENANT, CLIENT, &["https://api.contoso.com/"]).unwrap();
        assert!(trusted.issuers.iter().all(|issuer| issuer.audiences == ["https://api.contoso.com/".into()]));
        assert_eq!(&*trusted.api.scope_prefix, "https://api.contoso.com/");
    }

    #[test]
    fn refuses_what_is_no_single_tenant() {
        for tenant in ["common", "Organizations", "consumers"] {
            assert!(resolve(tenant, CLIENT, &[]).unwrap_err().to_string().contains("any tenant"));
        }
        for (tenant, client) in [("contoso.onmicrosoft.com", CLIENT), ("", CLIENT), (TENANT, "api"), (TENANT, "")] {
            assert!(resolve(tenant, client, &[]).unwrap_err().to_string().contains("GUID"));
        }
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
