//! Tokens for the game: good ones, nearly good ones, and whatever a script makes of them.

use std::sync::{Arc, OnceLock};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use requires_auth::testing::KeyPair;
use serde_json::{Value, json};

use super::script::Script;
use crate::keys::{Key, Keys};
use crate::{Issuer, Profile, Reference};

pub(super) const TENANT: &str = "11111111-1111-4111-8111-111111111111";
pub(super) const CLIENT: &str = "22222222-2222-4222-8222-222222222222";
const USER: &str = "33333333-3333-4333-8333-333333333333";
const OTHER: &str = "44444444-4444-4444-8444-444444444444";
pub(super) const PARTNER: &str = "https://id.partner.example";
pub(super) const PARTNER_AUDIENCE: &str = "https://api.example.com";
const V2_TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

/// The keys of this process: making them takes long, so that all games share them.
pub(super) struct Keyring {
    staff: Vec<Signer>,
    partner: Vec<Signer>,
    /// Published nowhere, under names that are.
    strangers: Vec<Signer>,
}

struct Signer {
    signing: EncodingKey,
    algorithm: Algorithm,
    jwk: Value,
}

/// A token, and when it expires if it says so.
pub(super) struct Minted {
    pub(super) token: Vec<u8>,
    pub(super) exp: Option<i64>,
}

/// A JSON object as text, member by member, so that it can be wrong in any way.
#[derive(Clone)]
struct Object(Vec<(String, String)>);

impl Keyring {
    pub(super) fn get() -> &'static Self {
        static KEYRING: OnceLock<Keyring> = OnceLock::new();
        KEYRING.get_or_init(|| {
            let of = |key: &KeyPair, members: &[(&str, Value)]| Signer::of(key, members);
            let (rsa, twin) = (KeyPair::rsa(), KeyPair::p256());
            Self {
                staff: vec![
                    of(&KeyPair::p256().with_kid("staff-1"), &[("issuer", json!(V2_TEMPLATE))]),
                    of(&KeyPair::ed25519().with_kid("staff-2"), &[]),
                    of(&rsa.with_kid("staff-3"), &[("x5t", json!("thumbprint"))]),
                    of(&twin.with_kid("twins"), &[]),
                    of(&KeyPair::p256().with_kid("twins"), &[("issuer", json!(V2_TEMPLATE))]),
                    of(
                        &KeyPair::p256().with_kid("elsewhere"),
                        &[("issuer", json!(V2_TEMPLATE.replace("{tenantid}", OTHER)))],
                    ),
                ],
                partner: vec![
                    of(&KeyPair::p256().with_kid("partner-1"), &[("alg", json!("ES256"))]),
                    of(&KeyPair::ed25519().with_kid("partner-2"), &[("x5t", json!("thumbprint"))]),
                ],
                strangers: vec![
                    of(&KeyPair::p256().with_kid("staff-1"), &[]),
                    of(&KeyPair::ed25519().with_kid("partner-2"), &[]),
                    of(&KeyPair::ed25519().with_kid("unknown"), &[]),
                ],
            }
        })
    }

    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]
    }

    pub(super) fn staff_jwks(&self) -> String {
        jwks(&self.staff)
    }

    pub(super) fn partner_jwks(&self) -> String {
        jwks(&self.partner)
    }

    pub(super) fn reference(&self) -> Reference {
        let keys = |signers: &[Signer]| Keys::given(signers.iter().map(Signer::key).collect());
        let v2_issuer = V2_TEMPLATE.replace("{tenantid}", TENANT);
        let staff = |version, name: &str, audiences: &[String]| Issuer {
            authority: Some("staff".to_owned()),
            name: name.to_owned(),
            audiences: audiences.to_vec(),
            algorithms: self.algorithms(),
            profile: Profile::Entra { tenant: TENANT.to_owned(), version, v2_issuer: v2_issuer.clone() },
            keys: keys(&self.staff),
        };
        let v1_issuer = format!("https://sts.windows.net/{TENANT}/");
        let (id, uri) = (CLIENT.to_owned(), format!("api://{CLIENT}"));
        let partner = Issuer {
            authority: Some("partners".to_owned()),
            name: PARTNER.to_owned(),
            audiences: vec![PARTNER_AUDIENCE.to_owned()],
            algorithms: self.algorithms(),
            profile: Profile::Oidc,
            keys: keys(&self.partner),
        };
        Reference {
            issuers: vec![
                staff("2.0", &v2_issuer, std::slice::from_ref(&id)),
                staff("1.0", &v1_issuer, &[id, uri]),
                partner,
            ],
        }
    }

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
                    0..=2 => header.edit(&HEADER_NAMES, script, now),
                    3..=6 => claims.edit(&CLAIM_NAMES, script, now),
                    7 => spoiled.0 = Some(Splice::of(script)),
                    8 => spoiled.1 = Some(Splice::of(script)),
                    _ => signer = script.pick(&self.strangers),
                }
            }
        }
        let exp = claims.0.iter().find(|(name, _)| name == "exp").and_then(|(_, exp)| exp.parse().ok());
        let text = |object: &Object, splice: Option<Splice>| {
            let text = object.text();
            splice.map_or_else(|| text.clone(), |splice| splice.into_text(&text))
        };
        let token = signer.sign(&text(&header, spoiled.0), &text(&claims, spoiled.1));
        Minted { token: token.into_bytes(), exp }
    }
}

fn jwks(signers: &[Signer]) -> String {
    json!({ "keys": signers.iter().map(|signer| &signer.jwk).collect::<Vec<_>>() }).to_string()
}

impl Signer {
    fn of(key: &KeyPair, members: &[(&str, Value)]) -> Self {
        let mut jwk = key.jwk();
        for (name, value) in members {
            jwk[*name] = value.clone();
        }
        let (pkcs8, algorithm) = (key.pkcs8(), key.algorithm());
        let signing = match algorithm {
            Algorithm::EdDSA => EncodingKey::from_ed_der(&pkcs8),
            Algorithm::ES256 => EncodingKey::from_ec_der(&pkcs8),
            // `jsonwebtoken` wants it bare (PKCS #1), which is the last member of the document (RFC 5208): behind version,
            // algorithm, and the lengths of three containers of more than 255 bytes.
            _ => EncodingKey::from_rsa_der(&pkcs8[26..]),
        };
        Self { signing, algorithm, jwk }
    }

    fn key(&self) -> Arc<Key> {
        Key::of(&self.jwk, self.algorithm)
    }

    fn sign(&self, header: &[u8], claims: &[u8]) -> String {
        let text = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &self.signing, self.algorithm);
        format!("{text}.{}", signature.expect("a signature"))
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

const HEADER_NAMES: [&str; 16] = [
    "alg", "kid", "typ", "cty", "crit", "b64", "nonce", "x5t", "x5c", "x5u", "jwk", "jku", "x5t#S256", "enc", "zip",
    "anything",
];

const CLAIM_NAMES: [&str; 42] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "tid",
    "oid",
    "ver",
    "azp",
    "appid",
    "client_id",
    "scp",
    "scope",
    "roles",
    "groups",
    "wids",
    "acrs",
    "xms_cc",
    "idtyp",
    "idp",
    "acct",
    "uti",
    "hasgroups",
    "_claim_names",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "cnf",
    "events",
    "token_use",
    "typ",
    "tfp",
    "acr",
    "xms_act_fct",
    "xms_sub_fct",
    "TID",
    "Tid",
    "\\u0061ud",
    "anything",
];

/// Values of JSON, some of which are none.
const VALUES: [&str; 44] = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1.5",
    "1e15",
    "1e300",
    "1e999",
    "-0",
    "01",
    "\"\"",
    "\"x\"",
    "\"JWT\"",
    "\"at+jwt\"",
    "\"application/AT+JWT\"",
    "\"dpop+jwt\"",
    "\"RS256\"",
    "\"ES256\"",
    "\"EdDSA\"",
    "\"Ed25519\"",
    "\"HS256\"",
    "\"none\"",
    "\"1.0\"",
    "\"2.0\"",
    "\"app\"",
    "\"user\"",
    "\"id\"",
    "\"ID\"",
    "\"Refresh\"",
    "\"/\"",
    "\"weather.read\"",
    "\"weather.read  weather.read\"",
    "\"\\ud800\"",
    "\"weather\\u002eread\"",
    "[]",
    "[\"x\"]",
    "[1]",
    "[[\"x\"]]",
    "{}",
    "{\"groups\":\"src1\"}",
    "{\"\\ud800\":1}",
    "[1e999]",
];

impl Object {
    fn of(value: &Value) -> Self {
        let members = value.as_object().expect("an object");
        Self(members.iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
    }

    fn text(&self) -> Vec<u8> {
        let members: Vec<_> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    }

    /// Sets a member, takes one away, or lets one stand twice.
    fn edit(&mut self, names: &[&str], script: &mut Script<'_>, now: i64) {
        let name = *script.pick(names);
        let old = self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        let value = match (script.below(4), old) {
            (0, _) => (now + *script.pick(&[-3_601, -61, -60, -59, -1, 0, 1, 60, 61, 3_600])).to_string(),
            (1, Some(old)) => near(&old, script),
            _ => match script.below(VALUES.len() + 2) {
                44 => format!("{}{}", "[".repeat(126), "]".repeat(126)),
                45 => format!("{}{}", "[".repeat(127), "]".repeat(127)),
                index => VALUES[index].to_owned(),
            },
        };
        let is_twice = script.once_in(8);
        if !is_twice {
            self.0.retain(|(found, _)| found != name);
        }
        if is_twice || !script.once_in(6) {
            let at = script.below(self.0.len() + 1);
            self.0.insert(at, (name.to_owned(), value));
        }
    }
}

/// Nearly what it was.
fn near(old: &str, script: &mut Script<'_>) -> String {
    let inner = old.trim_matches('"');
    match script.below(8) {
        0 => format!("[{old}]"),
        1 => format!("[\"x\",{old}]"),
        2 => format!("[{old},7]"),
        3 => format!("\"{}\"", inner.to_uppercase()),
        4 => format!("\"{inner} \""),
        5 => format!("\"{}\"", inner.get(1..).unwrap_or_default()),
        6 => format!(" {old}\t"),
        _ => format!("{old}.5"),
    }
}

/// Bytes that take the place of others.
struct Splice {
    at: usize,
    removed: usize,
    bytes: Vec<u8>,
}

impl Splice {
    fn of(script: &mut Script<'_>) -> Self {
        let (at, removed, added) = (script.below(1_024), script.below(3), script.below(5));
        Self { at, removed, bytes: (0..added).map(|_| script.byte()).collect() }
    }

    fn into_text(self, text: &[u8]) -> Vec<u8> {
        let start = self.at % (text.len() + 1);
        let end = (start + self.removed).min(text.len());
        [&text[..start], &self.bytes, &text[end..]].concat()
    }
}

/// A token with other bytes somewhere, or with parts of another one.
pub(super) fn altered(token: &[u8], other: &[u8], script: &mut Script<'_>) -> Vec<u8> {
    let parts = |token: &[u8]| -> Vec<Vec<u8>> { token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect() };
    match script.below(6) {
        0 => Splice::of(script).into_text(token),
        // The last byte of a part, where bits may be unused.
        1 => {
            let mut parts = parts(token);
            let part = script.below(parts.len());
            if let Some(last) = parts[part].last_mut() {
                *last = *script.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/.");
            }
            parts.join(&b'.')
        }
        2 => {
            let (mut parts, others) = (parts(token), parts(other));
            let part = script.below(parts.len());
            if let Some(other) = others.get(part) {
                parts[part].clone_from(other);
            }
            parts.join(&b'.')
        }
        3 => token[..token.len().saturating_sub(1 + script.below(80))].to_vec(),
        4 => [token, &b"AAAA"[..=script.below(4)]].concat(),
        // One character within.
        _ => {
            let mut token = token.to_vec();
            let at = script.below(2_048) % token.len().max(1);
            if let Some(byte) = token.get_mut(at) {
                *byte = *script.pick(b"ABab01-_.=");
            }
            token
        }
    }
}

/// The fields of a request with this token: nearly always one, written as it should be.
pub(super) fn fields(token: &[u8], script: &mut Script<'_>) -> Vec<Vec<u8>> {
    let field = |before: &str, after: &str| [before.as_bytes(), token, after.as_bytes()].concat();
    match script.below(96) {
        0 => vec![],
        1 => vec![field("Bearer ", ""), field("Bearer ", "")],
        2 => vec![field("Bearer ", ""), b"Basic eDp5".to_vec()],
        3 => vec![field("bearer ", "")],
        4 => vec![field(" BEARER   ", "  ")],
        5 => vec![field("Bearer ", " ")],
        6 => vec![field("Bearer\t", "")],
        7 => vec![field("Bearer ", " x")],
        8 => vec![field("Bearer", "")],
        9 => vec![field("DPoP ", "")],
        10 => vec![field("Bearer ", "\n")],
        11 => vec![field("Bearer ", "\u{e4}")],
        12 => vec![field("", "")],
        _ => vec![field("Bearer ", "")],
    }
}
