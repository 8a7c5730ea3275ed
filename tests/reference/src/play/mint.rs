//! Tokens for the game: good ones, nearly good ones, and whatever a script makes of them.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::alter::Splice;
use super::keyring::{CLIENT, Keyring, OTHER, PARTNER, PARTNER_AUDIENCE, TENANT, USER, V2_TEMPLATE};
use super::object::{CLAIM_NAMES, HEADER_NAMES, Object};
use super::script::Script;

/// A token, and when it expires if it says so.
pub(super) struct Minted {
    pub(super) token: Vec<u8>,
    pub(super) exp: Option<i64>,
}

impl Keyring {
    /// A token of some kind, in one of two changed once or twice before it is signed.
    pub(super) fn mint(&self, script: &mut Script<'_>, now: i64) -> Minted {
        let (claims, is_partner) = claims(script, now);
        let own = if is_partner { &self.partner } else { &self.staff };
        // Not the slow RSA key, as a rule.
        let mut signer = &own[script.below(own.len())];
        if signer.algorithm == Algorithm::RS256 && !script.once_in(4) {
            signer = &own[0];
        }
        let typ = if is_partner { "at+jwt" } else { "JWT" };
        let mut header = Object::of(&json!({ "typ": typ, "alg": signer.algorithm, "kid": signer.jwk["kid"] }));
        let mut claims = Object::of(&claims);
        let mut spoiled = (None, None);
        if script.once_in(2) {
            for _ in 0..=script.below(2) {
                match script.below(10) {
                    0..=2 => header.edit(HEADER_NAMES, script, now),
                    3..=6 => claims.edit(CLAIM_NAMES, script, now),
                    7 => spoiled.0 = Some(Splice::of(script)),
                    8 => spoiled.1 = Some(Splice::of(script)),
                    _ => signer = script.pick(&self.strangers),
                }
            }
        }
        let exp = claims.get("exp").and_then(|exp| exp.parse().ok());
        let text = |object: &Object, splice: Option<Splice>| {
            let text = object.text();
            splice.map_or_else(|| text.clone(), |splice| splice.into_text(&text))
        };
        let token = signer.sign(&text(&header, spoiled.0), &text(&claims, spoiled.1));
        Minted { token: token.into_bytes(), exp }
    }
}

/// The claims of a good token of some kind, and whether the partner issued it.
fn claims(script: &mut Script<'_>, now: i64) -> (Value, bool) {
    let lives = *script.pick(&[3_600, 3_600, 600, 60, 1, 100_000]);
    let mut claims = json!({ "iat": now, "nbf": now, "exp": now + lives, "uti": format!("{:02x}", script.byte()) });
    let kind = script.below(8);
    if kind >= 6 {
        claims["iss"] = json!(PARTNER);
        claims["aud"] = json!(PARTNER_AUDIENCE);
        claims["sub"] = json!("ada");
        claims["client_id"] = json!("weather-client");
        claims["scope"] = json!("weather.list weather.read");
        return (claims, true);
    }
    claims["tid"] = json!(TENANT);
    claims["oid"] = json!(USER);
    claims["sub"] = json!("subject");
    if kind == 0 {
        claims["iss"] = json!(format!("https://sts.windows.net/{TENANT}/"));
        claims["aud"] = json!(format!("api://{CLIENT}"));
        claims["ver"] = json!("1.0");
        claims["appid"] = json!(OTHER);
    } else {
        claims["iss"] = json!(V2_TEMPLATE.replace("{tenantid}", TENANT));
        claims["aud"] = json!(CLIENT);
        claims["ver"] = json!("2.0");
        claims["azp"] = json!(OTHER);
    }
    match kind {
        // An application, which says so or does not.
        1 => {
            claims["idtyp"] = json!("app");
            claims["roles"] = json!(["Weather.Read.All"]);
        }
        2 => claims["sub"] = json!(USER),
        3 => claims["scp"] = json!("weather.list"),
        _ => claims["scp"] = json!("weather.list weather.read"),
    }
    (claims, false)
}
