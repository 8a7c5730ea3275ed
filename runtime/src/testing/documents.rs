//! What an issuer publishes: discovery documents and key sets, member by member as the real ones are.

use serde_json::{Map, Value, json};

use super::directory::Page;
use super::key::KeyPair;
use super::profile::{Kind, Profile, Version};

/// The discovery document of a page, which names `issuer`.
pub(super) fn metadata(profile: &Profile, page: &Page<'_>, issuer: &str) -> Value {
    match profile.kind {
        Kind::Entra | Kind::ExternalId => entra_metadata(profile, page, issuer),
        Kind::B2c => b2c_metadata(page, issuer),
        Kind::Oidc => oidc_metadata(issuer),
    }
}

/// One published key. Microsoft states no `alg`, but Entra ID whose tokens a key may sign; others do the opposite.
pub(super) fn key(profile: &Profile, version: Version, tenant: &str, key: &KeyPair) -> Value {
    let mut jwk = key.jwk();
    match profile.kind {
        Kind::Entra | Kind::ExternalId => {
            if let (Some(thumbprint), Some(certificate)) = (key.thumbprint(), key.x5c()) {
                jwk["x5t"] = json!(thumbprint);
                jwk["x5c"] = json!([certificate]);
            }
            if version == Version::V2 {
                jwk["issuer"] = json!(profile.issuer(Version::V2, tenant, None));
                jwk["cloud_instance_name"] = json!(profile.cloud);
            }
        }
        Kind::B2c => jwk["nbf"] = json!(1_493_763_266),
        Kind::Oidc => jwk["alg"] = json!(key.algorithm()),
    }
    jwk
}

pub(super) fn cache_control(kind: Kind) -> &'static str {
    match kind {
        Kind::Oidc => "public, max-age=3600",
        _ => "max-age=86400, private",
    }
}

fn entra_metadata(profile: &Profile, page: &Page<'_>, issuer: &str) -> Value {
    let Page { base, query, .. } = page;
    let v2 = page.version == Version::V2;
    let oauth2 = format!("{base}/oauth2{}", if v2 { "/v2.0" } else { "" });
    let common = json!({
        "token_endpoint": format!("{oauth2}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery{}/keys{query}", if v2 { "/v2.0" } else { "" }),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "authorization_endpoint": format!("{oauth2}/authorize"),
        "end_session_endpoint": format!("{oauth2}/logout"),
        "tenant_region_scope": if issuer.contains('{') { Value::Null } else { json!("EU") },
        "cloud_instance_name": profile.cloud,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    });
    let own = if v2 {
        json!({
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "request_uri_parameter_supported": false,
            "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
            "http_logout_supported": true,
            "frontchannel_logout_supported": true,
            "device_authorization_endpoint": format!("{oauth2}/devicecode"),
            "claims_supported": [
                "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host",
                "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash",
                "c_hash", "email",
            ],
        })
    } else {
        json!({
            "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
            "scopes_supported": ["openid"],
            "microsoft_multi_refresh_token": true,
            "check_session_iframe": format!("{oauth2}/checksession"),
            "userinfo_endpoint": format!("{base}/openid/userinfo"),
        })
    };
    merged(common, own)
}

fn b2c_metadata(page: &Page<'_>, issuer: &str) -> Value {
    let base = &page.base;
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "code id_token", "code token", "code id_token token", "id_token", "id_token token", "token", "token id_token"],
        "scopes_supported": ["openid"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["name", "emails", "idp", "oid", "sub", "tfp", "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"],
    })
}

fn oidc_metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat"],
        "code_challenge_methods_supported": ["S256"],
    })
}

fn merged(first: Value, second: Value) -> Value {
    let members = |value| if let Value::Object(members) = value { members } else { Map::new() };
    Value::Object(members(first).into_iter().chain(members(second)).collect())
}
