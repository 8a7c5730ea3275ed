//! What to do about a check that fails, for this token.

use super::seen::Seen;
use crate::authority::Profile;
use crate::claims::Audiences;
use crate::error::{AuthError, Reason};
use crate::guid;
use crate::verifier::Route;
use crate::verifier::issuers::difference_from_rule;

/// One or two sentences. Where nothing special is known, what the log would say.
pub(super) fn about(refusal: &AuthError, seen: &Seen<'_>) -> String {
    let reason = refusal.reason();
    let special = match reason {
        Reason::Format => Some(format(seen.token).to_owned()),
        Reason::Algorithm => algorithm(seen),
        Reason::Issuer => issuer(seen),
        Reason::Audience => audience(seen),
        Reason::GraphToken => Some(for_graph(seen)),
        Reason::IdToken => Some(
            "Of a token response the client must send access_token, not id_token. An access token has scp or roles, and \
             names its client."
                .to_owned(),
        ),
        Reason::SenderConstrained => Some(
            "The client asked for a token that is bound to a key (DPoP, mutual TLS, SHR). Have it ask for a bearer token."
                .to_owned(),
        ),
        Reason::Expired | Reason::NotYetValid | Reason::IssuedInFuture => Some(time(reason).to_owned()),
        Reason::UnknownKey => Some(
            "The key was withdrawn, or the token comes from another environment. If the app registration has signing keys \
             of its own (claims mapping), add .custom_signing_keys() to the authority."
                .to_owned(),
        ),
        Reason::Signature => Some(
            "Was the token copied whole, up to its last character? Else it was changed after it was signed, or somebody \
             else signed it."
                .to_owned(),
        ),
        Reason::TokenVersion => Some(
            "The issuer writes one version, the claim ver another: Entra ID does not. Was the token made by a test?".to_owned(),
        ),
        Reason::ForbiddenTenant => Some("Add the tenant to allow_tenants, if it is a customer.".to_owned()),
        Reason::ForbiddenClient => Some("Add the client's id to allow_clients, if it may call.".to_owned()),
        _ => None,
    };
    special.unwrap_or_else(|| capitalised(reason.remedy()))
}

fn format(token: &str) -> &'static str {
    let starts = |prefix: &str| token.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if token.is_empty() {
        "There is no token."
    } else if starts("bearer ") {
        "Leave out \"Bearer\" and the space: it is not part of the token."
    } else if token.starts_with(['{', '"']) {
        "This is JSON: take the value of access_token out of it."
    } else if token.contains(char::is_whitespace) {
        "There is white space in it: copy the token again, in one line."
    } else if !token.contains('.') || token.starts_with("0.") || token.starts_with("1.") || token.starts_with("M.") {
        "It is no JWT: a refresh token, an authorization code, or an opaque access token, which some providers give where the \
         client names no audience. Send the access token that was requested for this API."
    } else {
        "Was it copied whole, up to its last character? Else the client sent something else than the access token that it got \
         for this API."
    }
}

fn algorithm(seen: &Seen<'_>) -> Option<String> {
    let alg = seen.members.as_ref()?.alg.as_deref()?;
    crate::verifier::header::public_key_algorithm(alg)?;
    Some(format!("If the issuer really signs with {alg}, add .algorithms([Algorithm::{alg}]) to the authority."))
}

fn issuer(seen: &Seen<'_>) -> Option<String> {
    let Some(iss) = seen.claims.as_ref()?.iss.as_deref() else {
        return Some("Tokens of an OpenID provider name their issuer. Somebody else made this one.".to_owned());
    };
    let route = seen.route()?;
    if let Some((difference, expected)) = difference_from_rule(iss, &route.issuer.issuer) {
        return Some(difference.advice(&expected));
    }
    // The form fits. The metadata names another tenant.
    let keys = route.keys.load();
    Some(format!("The configured tenant's own issuer is {}. Have the client sign in there.", keys.issuer()?))
}

fn audience(seen: &Seen<'_>) -> Option<String> {
    let (claims, route) = (seen.claims.as_ref()?, seen.route()?);
    let accepted = &route.issuer.audiences;
    let audiences = claims.aud.as_ref().map(Audiences::as_slice).unwrap_or_default();
    let Some(aud) = audiences.first().map(|audience| &**audience) else {
        return Some("Tokens name the API they are for. Have the client request a scope of this API.".to_owned());
    };
    if is_graph(aud) {
        return Some(for_graph(seen));
    }
    let without_slash = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
    if accepted.iter().any(|accepted| without_slash(accepted) == without_slash(aud)) {
        return Some(format!(
            "It differs by a slash at the end, or by case, alone. Audiences are compared exactly: add .audience({aud:?})."
        ));
    }
    let client = claims.azp.as_deref().or(claims.appid.as_deref());
    let is_v1 = route.issuer.version == Some("1.0") || claims.ver.text() == Some("1.0");
    Some(if aud.ends_with("/.default") {
        "That is what a client requests, not an audience. Was the token made by a test?".to_owned()
    } else if client == Some(aud) {
        format!("The token is for the client itself. {}", request_here(route))
    } else if is_v1 && aud.contains("://") {
        format!(
            "Tokens of version 1.0 have the App ID URI that the client requested. If {aud:?} is one of this API, set \
             requestedAccessTokenVersion to 2 in its manifest, or add .audience({aud:?}). Else {}",
            lower_first(&request_here(route))
        )
    } else if guid::is_guid(aud) {
        format!(
            "The token is for the application {aud}. {} If {aud} is this API, that is the client id to configure \
             ({}).",
            request_here(route),
            if matches!(route.profile, Profile::Oidc(_)) { "OIDC_AUDIENCE" } else { "AzureAd__ClientId" }
        )
    } else {
        format!("{} If {aud:?} is this API, configure it as an audience.", request_here(route))
    })
}

/// What the client should do instead.
fn request_here(route: &Route) -> String {
    let api = &route.grantor.api;
    if api.scope_prefix.is_empty() {
        return format!("Have the client request a token for the audience {}.", api.realm);
    }
    format!("Have the client request a scope of this API: {}...", api.scope_prefix)
}

fn for_graph(seen: &Seen<'_>) -> String {
    let here = seen.route().map_or_else(|| "Have the client request a scope of this API.".to_owned(), request_here);
    format!(
        "The token is for Microsoft Graph, which alone can verify it. That is what a client gets for User.Read, or for no \
         scope but openid and profile. {here}"
    )
}

/// Microsoft Graph, by its URL and by its application id.
fn is_graph(aud: &str) -> bool {
    let host = aud.strip_prefix("https://graph.").map(|rest| rest.trim_end_matches('/'));
    matches!(host, Some("microsoft.com" | "microsoft.us" | "windows.net"))
        || aud == "https://microsoftgraph.chinacloudapi.cn"
        || aud == "00000003-0000-0000-c000-000000000000"
}

fn time(reason: Reason) -> &'static str {
    match reason {
        Reason::Expired => {
            "Have the client renew its token. If fresh tokens are refused, this machine's clock is fast: set it by NTP."
        }
        _ => "This machine's clock is slow: set it by NTP. The diagnosis compares it with the issuer's.",
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).chain(['.']).collect()
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().into_iter().flat_map(char::to_lowercase).chain(characters).collect()
}
