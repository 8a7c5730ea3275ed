//! What an issuer publishes: discovery documents and key sets, member by member as the real ones are.

use serde_json::{Map, Value, json};

use super::key::KeyPair;

/// Which kind of issuer it is, and for whom it issues.
#[derive(Debug)]
pub(super) enum Profile {
    Entra { url: String, tenant: String, client: String },
    Oidc { issuer: String, audience: String },
}

/// The version of a token or document of Entra ID. Other issuers have no versions and count as `V2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// A document that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page<'a> {
    pub(super) document: Document,
    pub(super) version: Version,
    /// The tenant as written in the path; empty for a plain OpenID provider.
    pub(super) tenant: &'a str,
}

/// The two documents that a verifier reads.
///
/// ```
/// use requires_auth::testing::{Document, Issuer};
///
/// let issuer = Issuer::entra();
/// issuer.fail_in(Document::Keys, 503); // the discovery document is still served
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The discovery document, also called provider metadata.
    Metadata,
    /// The key set (JWKS).
    Keys,
}

impl Profile {
    /// The issuer as tokens of `tenant` name it.
    pub(super) fn issuer(&self, version: Version, tenant: &str) -> String {
        match (self, version) {
            (Self::Entra { .. }, Version::V1) => format!("https://sts.windows.net/{tenant}/"),
            (Self::Entra { url, .. }, Version::V2) => format!("{url}/{tenant}/v2.0"),
            (Self::Oidc { issuer, .. }, _) => issuer.clone(),
        }
    }

    pub(super) fn url(&self) -> &str {
        match self {
            Self::Entra { url, .. } => url,
            Self::Oidc { issuer, .. } => issuer,
        }
    }

    /// The page at `path`, if there is one.
    pub(super) fn page<'a>(&self, path: &'a str) -> Option<Page<'a>> {
        use Document::{Keys, Metadata};
        use Version::{V1, V2};
        match self {
            Self::Entra { tenant, .. } => {
                let (name, rest) = path.strip_prefix('/')?.split_once('/')?;
                let (document, version) = match rest {
                    ".well-known/openid-configuration" => (Metadata, V1),
                    "v2.0/.well-known/openid-configuration" => (Metadata, V2),
                    "discovery/keys" => (Keys, V1),
                    "discovery/v2.0/keys" => (Keys, V2),
                    _ => return None,
                };
                let known = name == tenant || name == "common" || (name == "organizations" && version == V2);
                known.then_some(Page { document, version, tenant: name })
            }
            Self::Oidc { .. } => {
                let document = match path {
                    // RFC 8414 section 5: an OpenID provider may publish at both places.
                    "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => Metadata,
                    "/keys" => Keys,
                    _ => return None,
                };
                Some(Page { document, version: V2, tenant: "" })
            }
        }
    }

    pub(super) fn cache_control(&self) -> &'static str {
        match self {
            Self::Entra { .. } => "max-age=86400, private",
            Self::Oidc { .. } => "public, max-age=3600",
        }
    }

    pub(super) fn metadata(&self, page: Page<'_>) -> Value {
        match self {
            Self::Entra { url, tenant, .. } => entra_metadata(url, page, &self.issuer_in_document(page, tenant)),
            Self::Oidc { issuer, .. } => json!({
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
            }),
        }
    }

    pub(super) fn keys(&self, version: Version, keys: &[KeyPair]) -> Value {
        let keys: Vec<Value> = keys.iter().map(|key| self.key(version, key)).collect();
        json!({ "keys": keys })
    }

    /// One published key. Entra ID states no `alg`, but whose tokens a key may sign; others do the opposite.
    pub(super) fn key(&self, version: Version, key: &KeyPair) -> Value {
        let mut jwk = key.jwk();
        match self {
            Self::Entra { url, .. } => {
                if let (Some(thumbprint), Some(certificate)) = (key.thumbprint(), key.x5c()) {
                    jwk["x5t"] = json!(thumbprint);
                    jwk["x5c"] = json!([certificate]);
                }
                if version == Version::V2 {
                    jwk["issuer"] = json!(format!("{url}/{{tenantid}}/v2.0"));
                    jwk["cloud_instance_name"] = json!("microsoftonline.com");
                }
            }
            Self::Oidc { .. } => jwk["alg"] = json!(key.algorithm()),
        }
        jwk
    }

    /// The documents of many tenants say `{tenantid}`, braces and all.
    fn issuer_in_document(&self, page: Page<'_>, tenant: &str) -> String {
        let tenant = if page.tenant == tenant { tenant } else { "{tenantid}" };
        self.issuer(page.version, tenant)
    }
}

fn entra_metadata(url: &str, page: Page<'_>, issuer: &str) -> Value {
    let base = format!("{url}/{}", page.tenant);
    let v2 = page.version == Version::V2;
    let oauth2 = format!("{base}/oauth2{}", if v2 { "/v2.0" } else { "" });
    let common = json!({
        "token_endpoint": format!("{oauth2}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery{}/keys", if v2 { "/v2.0" } else { "" }),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "authorization_endpoint": format!("{oauth2}/authorize"),
        "end_session_endpoint": format!("{oauth2}/logout"),
        "tenant_region_scope": if issuer.contains('{') { Value::Null } else { json!("EU") },
        "cloud_instance_name": "microsoftonline.com",
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

fn merged(first: Value, second: Value) -> Value {
    let members = |value| if let Value::Object(members) = value { members } else { Map::new() };
    Value::Object(members(first).into_iter().chain(members(second)).collect())
}
