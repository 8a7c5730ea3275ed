//! Settings that pass every check at start-up, and still are most likely wrong.

use crate::access_token::Minimum;
use crate::authority::{IssuerRule, Profile, TenantPolicy, service_of};
use crate::doctor::{Finding, Outcome};
use crate::guid;
use crate::verifier::Route;

/// The client ids of Microsoft's own tools, which are no API of anybody's.
const TOOLS: [(&str, &str); 3] = [
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "the Azure CLI"),
    ("1950a258-227b-4e31-a9cf-717495945fc2", "Azure PowerShell"),
    ("00000003-0000-0000-c000-000000000000", "Microsoft Graph"),
];

pub(super) fn findings(routes: &[Route], leeway: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |finding: Finding| {
        // Both versions of a tenant have mostly the same.
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    for route in routes {
        for audience in &route.issuer.audiences {
            if let Some(finding) = suspicious(audience, route) {
                add(finding);
            }
        }
        if let Some(finding) = without_client_id(route) {
            add(finding);
        }
        if let Some(finding) = public_issuer(route) {
            add(finding);
        }
        for finding in loosened(route) {
            add(finding);
        }
    }
    if findings.is_empty() {
        findings.push(Finding::new("audience", Outcome::Passed, "every audience looks like one"));
    }
    let sentence = format!("clocks may differ by {leeway} s");
    findings.push(Finding::new("leeway", Outcome::Passed, sentence));
    findings
}

fn suspicious(audience: &str, route: &Route) -> Option<Finding> {
    let tenant = match &route.issuer.issuer {
        IssuerRule::Exact { tenant, .. } => tenant.as_deref(),
        _ => None,
    };
    let wrong = |sentence: String, fix: &str| Some(Finding::new("audience", Outcome::Failed, sentence).with_fix(fix));
    let odd = |sentence: String, fix: &str| Some(Finding::new("audience", Outcome::Warning, sentence).with_fix(fix));
    if tenant == Some(audience) {
        return wrong(
            format!("{audience} is the tenant's id, and the client id"),
            "Set the client id (AzureAd__ClientId) to Application (client) ID on the app registration's overview page.",
        );
    }
    if let Some((_, tool)) = TOOLS.iter().find(|(id, _)| *id == audience) {
        return wrong(
            format!("{audience} is {tool}"),
            "The client id is that of this API's own app registration, not of whoever calls it.",
        );
    }
    if audience.ends_with("/.default") || audience.contains(char::is_whitespace) {
        return wrong(
            format!("{audience:?} is what a client requests, not an audience"),
            "Leave out what stands behind the App ID URI.",
        );
    }
    if guid::normalized(audience).is_some_and(|id| id != audience) {
        return wrong(
            format!("{audience:?} is a GUID in upper case or with spaces, which no token has"),
            "Write it in lower case. Audiences are compared exactly.",
        );
    }
    if audience.ends_with('/') && audience.contains("://") {
        return odd(
            format!("{audience:?} has a slash at its end"),
            "Audiences are compared exactly. Look at aud of a token whether it has the slash.",
        );
    }
    None
}

/// Tokens of version 2.0 have the client id as audience, whatever the App ID URI is
/// ([Access token claims](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference)).
fn without_client_id(route: &Route) -> Option<Finding> {
    let is_v2 = matches!(route.profile, Profile::Entra | Profile::ExternalId) && route.issuer.version == Some("2.0");
    let has_id = route.issuer.audiences.iter().any(|audience| guid::is_guid(audience));
    (is_v2 && !has_id).then(|| {
        let sentence = "no audience is a client id, which is what aud says in every token of version 2.0";
        Finding::new("audience", Outcome::Warning, sentence)
            .with_fix("Add .audience(client id) beside the others, or leave all of them out.")
    })
}

/// An issuer whose tokens for this API say nothing about their caller.
fn public_issuer(route: &Route) -> Option<Finding> {
    let service = service_of(&route.issuer.issuer.text()).filter(|_| route.admission.clients.is_none())?;
    let sentence = |rest: &str| format!("all customers of {service} get tokens for this API; {rest}");
    Some(match route.grantor.minimum {
        Minimum::Genuine => {
            let finding = sentence("requirements that ask for nothing let them in (danger)");
            Finding::new("permissions", Outcome::Warning, finding)
                .with_fix("Every handler must decide by its own list of clients or subjects.")
        }
        Minimum::Permission | Minimum::Selection => {
            let finding = sentence("only requirements that ask for a permission, a client or a check let them in");
            Finding::new("permissions", Outcome::Passed, finding)
        }
    })
}

/// What the danger module was told.
fn loosened(route: &Route) -> Vec<Finding> {
    let mut findings = Vec::new();
    if matches!(route.admission.tenants, Some(TenantPolicy::Any)) {
        let sentence = "users and applications of every tenant may call (danger)";
        findings.push(
            Finding::new("tenants", Outcome::Warning, sentence)
                .with_fix("Decide by tid with oid or sub; or name the customers with allow_tenants_if."),
        );
    }
    if !matches!(route.profile, Profile::Oidc(_)) && route.grantor.minimum == Minimum::Genuine {
        let sentence = "tokens with neither scope nor role are let in (danger)";
        findings.push(
            Finding::new("permissions", Outcome::Warning, sentence)
                .with_fix("Every handler must decide by its own list of clients or subjects."),
        );
    }
    findings
}
