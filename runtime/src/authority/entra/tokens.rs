//! How Entra ID writes its access tokens: what is never in one, and what the claims mean.

use super::V1_ISSUER_HOSTS;
use crate::access_token::{CallerKind, Facts, Traits};
use crate::authority::TrustedIssuer;
use crate::authority::profile::{common_facts, common_traits, items, scopes_of};
use crate::checks::{Check, Outcomes};
use crate::claims::{Claims, Field};
use crate::error::{AuthError, Reason, quoted};
use crate::scope;

pub(in crate::authority) fn check(
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
    let has_scope = || claims.scp.text().is_some_and(|list| scope::words(list).next().is_some());
    if client_of(claims).is_none() && !has_scope() {
        return Err(AuthError::new(Reason::IdToken).with_evidence("the token has neither scp nor azp or appid"));
    }
    Ok(())
}

fn claim_of_wrong_type(claims: &Claims<'_>) -> Option<&'static str> {
    let texts = [
        ("tid", &claims.tid),
        ("oid", &claims.oid),
        ("ver", &claims.ver),
        ("idtyp", &claims.idtyp),
        ("idp", &claims.idp),
        ("scp", &claims.scp),
        ("uti", &claims.uti),
    ];
    let lists = [
        ("roles", &claims.roles),
        ("groups", &claims.groups),
        ("wids", &claims.wids),
        ("acrs", &claims.acrs),
        ("xms_cc", &claims.xms_cc),
    ];
    let text = texts.iter().find(|(_, field)| field.is_wrong()).map(|(name, _)| *name);
    text.or_else(|| lists.iter().find(|(_, field)| field.is_wrong()).map(|(name, _)| *name))
}

pub(in crate::authority) fn facts<'c>(claims: &'c Claims<'_>) -> Facts<'c> {
    let scopes = scopes_of(claims.scp.text());
    let caller = caller_kind(claims, !scopes.is_empty());
    Facts {
        object_id: claims.oid.text().map(Into::into),
        tenant_id: claims.tid.text().map(Into::into),
        client_id: client_of(claims).map(Into::into),
        token_id: claims.uti.text().map(Into::into),
        scopes,
        directory_roles: items(&claims.wids),
        auth_contexts: items(&claims.acrs),
        traits: Traits {
            caller,
            guest: guest(claims),
            agent: is_agent(claims),
            claims_capable: claims.xms_cc.items().any(|capability| capability.eq_ignore_ascii_case("cp1")),
            ..common_traits(claims)
        },
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
pub(in crate::authority) fn stated_kind(claims: &Claims<'_>) -> Option<CallerKind> {
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
pub(in crate::authority) fn stated_guest(claims: &Claims<'_>) -> Option<bool> {
    match claims.acct {
        Some("0" | "\"0\"") => Some(false),
        Some("1" | "\"1\"") => Some(true),
        _ => None,
    }
}
