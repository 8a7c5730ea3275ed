//! How an issuer writes its tokens: what is never in an access token of it, and what a token allows.

use requires_auth::Reason;

use crate::claims::Claims;
use crate::json::Loose;

/// How an issuer writes its tokens.
#[derive(Clone, Debug)]
pub enum Profile {
    /// One tenant of Entra ID.
    Entra {
        /// What `tid` must be.
        tenant: String,
        /// What `ver` must be.
        version: &'static str,
        /// The issuer of version 2.0, which keys may name.
        v2_issuer: String,
    },
    /// A plain OpenID provider.
    Oidc,
}

impl Profile {
    /// Refuses what is never in an access token of this issuer.
    pub(crate) fn check(&self, claims: &Claims) -> Result<(), Reason> {
        if claims.has("events") {
            return Err(Reason::TokenType);
        }
        if claims.has("cnf") {
            return Err(Reason::SenderConstrained);
        }
        let is_id_token = ["nonce", "at_hash", "c_hash", "s_hash"].iter().any(|name| claims.has(name));
        match self {
            Self::Entra { tenant, version, .. } => {
                if has_wrong_type(claims) {
                    return Err(Reason::Claims);
                }
                if claims.text("tid").as_ref() != Some(tenant) || claims.has_in_other_case("tid") {
                    return Err(Reason::Tenant);
                }
                if claims.text("ver").as_deref() != Some(version) {
                    return Err(Reason::TokenVersion);
                }
                let client = if *version == "1.0" { &claims.appid } else { &claims.azp };
                if is_id_token || (claims.scopes("scp").is_empty() && client.is_none()) {
                    return Err(Reason::IdToken);
                }
            }
            Self::Oidc => {
                let (token_use, typ) = (claims.text("token_use"), claims.text("typ"));
                if is_id_token || token_use.as_deref() == Some("id") || typ.as_deref() == Some("ID") {
                    return Err(Reason::IdToken);
                }
                if matches!(typ.as_deref(), Some("Refresh" | "Offline" | "Logout")) {
                    return Err(Reason::TokenType);
                }
                if claims.get("scope").is_some_and(|scope| !matches!(scope, Loose::Text(_))) {
                    return Err(Reason::Claims);
                }
            }
        }
        Ok(())
    }

    /// Whether a token without `kid` and `x5t` names no key.
    pub(crate) fn needs_kid(&self) -> bool {
        matches!(self, Self::Entra { .. })
    }

    /// Whether a key that names `of_key` as its issuer may sign for `iss`.
    pub(crate) fn takes_keys_of(&self, of_key: &str, iss: &str) -> bool {
        match self {
            Self::Entra { tenant, v2_issuer, .. } => {
                let of_key = of_key.replace("{tenantid}", tenant);
                of_key == iss || of_key == *v2_issuer
            }
            Self::Oidc => of_key == iss,
        }
    }

    /// Whether the token holds the scope, or any permission at all if none is wanted.
    pub(crate) fn decide(&self, claims: &Claims, wanted: Option<&str>) -> Result<(), Reason> {
        let scopes = claims.scopes(if self.is_entra() { "scp" } else { "scope" });
        match wanted {
            // An application on its own has no delegated permission, whatever it writes.
            Some(_) if self.is_application(claims, &scopes) => Err(Reason::ForbiddenCaller),
            Some(wanted) if scopes.iter().any(|scope| scope == wanted) => Ok(()),
            Some(_) => Err(Reason::InsufficientScope),
            None if self.is_entra() && scopes.is_empty() && claims.list("roles").is_empty() => {
                Err(Reason::NoPermission)
            }
            None => Ok(()),
        }
    }

    fn is_application(&self, claims: &Claims, scopes: &[String]) -> bool {
        if !self.is_entra() {
            return false;
        }
        if claims.has("idtyp") {
            return claims.text("idtyp").as_deref() == Some("app");
        }
        let oid = claims.text("oid");
        let is_agent = claims.has("xms_act_fct") || claims.has("xms_sub_fct");
        scopes.is_empty() && oid.is_some() && oid == claims.sub && !is_agent
    }

    fn is_entra(&self) -> bool {
        matches!(self, Self::Entra { .. })
    }
}

/// Entra ID defines these claims.
fn has_wrong_type(claims: &Claims) -> bool {
    let is = |name: &str, fits: fn(&Loose) -> bool| claims.get(name).as_ref().is_none_or(fits);
    let texts = ["tid", "oid", "ver", "idtyp", "idp", "scp", "uti"];
    let lists = ["roles", "acrs", "xms_cc"];
    // A list that is too long has a string in its place.
    let replaceable = ["groups", "wids"];
    !(texts.iter().all(|name| is(name, |value| matches!(value, Loose::Text(_))))
        && lists.iter().all(|name| is(name, |value| matches!(value, Loose::List(_))))
        && replaceable.iter().all(|name| is(name, |value| !matches!(value, Loose::Other))))
}
