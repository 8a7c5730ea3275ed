//! A second opinion: `jsonwebtoken`, which shares no line with the way of a request, judges the same tokens.
//!
//! 1. What it signs, this library verifies, with every algorithm.
//! 2. Of thousands of mutated tokens, most of them signed again by the issuer's key so that the signature decides
//!    nothing, whatever this library accepts `jsonwebtoken` accepts too, but for [`LAXER`]; and whatever `jsonwebtoken`
//!    accepts and this library refuses, it refuses for a rule of [`STRICTER`]. An entry that no token needs fails.
//!
//! Both read the system's clock; no mutation lies so near to the edge of a time window that a second decides.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of a test fail it where they stand"
)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use axum::routing::get;
use axum::{Json, Router};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use requires_auth::testing::{Issuer, KeyPair};
use requires_auth::{Authority, Reason, Verifier};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

/// A rule of this library that `jsonwebtoken` does not have.
type Stricter = (Reason, &'static str, fn(&Look) -> bool);

const STRICTER: &[Stricter] = &[
    (Reason::Header, "crit: no extension is understood (RFC 7515 section 4.1.11)", |look| look.has_header("crit")),
    (Reason::Header, "b64: not with JWTs (RFC 7797 section 7)", |look| look.has_header("b64")),
    (Reason::Header, "cty JWT: nested", |look| look.header["cty"].as_str().is_some_and(|cty| cty.contains("JWT"))),
    (Reason::Header, "null is not a string", |look| {
        ["kid", "typ", "cty", "x5t"].iter().any(|name| look.has_header(name) && look.header[*name].is_null())
    }),
    (Reason::Header, "no member twice, also an unknown one (RFC 7515 section 4)", |look| look.header_names.repeat()),
    (Reason::Header, "at most 32 members", |look| look.header_names.0.len() > 32),
    (Reason::TokenType, "typ of another kind of token (RFC 8725 section 3.11)", |look| {
        !["JWT", "at+jwt"].iter().any(|typ| look.header["typ"] == *typ)
    }),
    (Reason::TokenType, "events: a logout token or a security event", |look| look.has("events")),
    (Reason::GraphToken, "a nonce in the header: for Microsoft Graph", |look| look.has_header("nonce")),
    (Reason::Claims, "the claims are an object, not a list of values by position", |look| look.claims.is_array()),
    (Reason::Claims, "UTF-8 also where nobody reads (RFC 8725 section 3.7)", |look| !look.claims_are_utf_8),
    (Reason::Claims, "no claim that is read twice (RFC 7519 section 4)", |look| look.claim_names.repeat()),
    (Reason::Claims, "a claim that a check or an accessor uses has its type", Look::has_claim_of_wrong_type),
    (Reason::Claims, "a claim that is used has a value: no number beyond all bounds, no half of a character", |look| {
        look.claims.is_null() && !look.claim_names.0.is_empty()
    }),
    (Reason::Claims, "nbf after exp: never valid", |look| look.number("nbf") > look.number("exp")),
    (Reason::Audience, "each version of Entra ID's tokens has its own audiences", |look| {
        look.claims["aud"].to_string().contains("api://") && look.claims["iss"].to_string().contains("/v2.0")
    }),
    (Reason::IssuedInFuture, "iat in the future", |look| look.number("iat") > look.number("nbf").max(0.0)),
    (Reason::Tenant, "tid is the tenant of iss, and no other claim resembles it", |look| {
        look.claims["tid"] != look.tenant || look.has("TID")
    }),
    (Reason::TokenVersion, "ver is the version of iss", |look| {
        let version = if look.claims["iss"].to_string().contains("/v2.0") { "2.0" } else { "1.0" };
        look.claims["ver"] != version
    }),
    (Reason::IdToken, "nonce, at_hash, c_hash: an ID token", |look| {
        ["nonce", "at_hash", "c_hash"].iter().any(|name| look.has(name))
    }),
    (Reason::IdToken, "neither scp nor a client: an ID token of Entra ID", |look| {
        let scopes = look.claims["scp"].as_str().unwrap_or_default();
        scopes.trim().trim_matches('/').is_empty() && !(look.has("azp") && look.has("appid"))
    }),
    (Reason::SenderConstrained, "cnf: not for bearers (RFC 7800 section 3.1)", |look| look.has("cnf")),
];

/// What `jsonwebtoken` refuses and this library does not.
type Laxer = (&'static str, fn(&Look) -> bool);

const LAXER: &[Laxer] = &[
    ("a header member that is ignored, because a token cannot bring its key along, may be anything", |look| {
        ["jwk", "jku", "x5u", "x5c", "x5t#S256", "enc", "zip", "url"].iter().any(|name| look.has_header(name))
    }),
    ("a value of an ignored header member need only be well-formed", |look| {
        look.header.is_null() && !look.header_names.0.is_empty()
    }),
    ("a date before 1970 is a number (RFC 7519 section 2)", |look| look.number("nbf") < 0.0),
];

/// What a token says, however wrong it is.
#[derive(Debug)]
struct Look {
    tenant: Value,
    header: Value,
    header_names: Names,
    claims: Value,
    claim_names: Names,
    claims_are_utf_8: bool,
}

impl Look {
    fn at(token: &str, tenant: Value) -> Self {
        let mut parts = token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap_or_default());
        let (header, claims) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let value = |bytes: &[u8]| serde_json::from_str(&String::from_utf8_lossy(bytes)).unwrap_or_default();
        let names = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
        Self {
            tenant,
            header: value(&header),
            header_names: names(&header),
            claims: value(&claims),
            claim_names: names(&claims),
            claims_are_utf_8: str::from_utf8(&claims).is_ok(),
        }
    }

    fn has(&self, claim: &str) -> bool {
        self.claims.get(claim).is_some()
    }

    fn has_header(&self, member: &str) -> bool {
        self.header.get(member).is_some()
    }

    fn number(&self, claim: &str) -> f64 {
        self.claims[claim].as_f64().unwrap_or_default()
    }

    fn has_claim_of_wrong_type(&self) -> bool {
        let strings =
            ["iss", "sub", "azp", "appid", "client_id", "tid", "oid", "ver", "idtyp", "idp", "scp", "scope", "uti"];
        let lists = ["roles", "acrs", "xms_cc"];
        let is_list = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
        let wrong = |names: &[&str], is_right: &dyn Fn(&Value) -> bool| {
            names.iter().any(|name| self.claims.get(name).is_some_and(|value| !is_right(value)))
        };
        wrong(&strings, &Value::is_string)
            || wrong(&lists, &is_list)
            || wrong(&["groups", "wids"], &|value| value.is_string() || is_list(value))
            || wrong(&["exp", "nbf", "iat"], &|value| value.as_f64().is_some_and(|number| number.abs() < 9e15))
            || wrong(&["_claim_names"], &Value::is_object)
    }
}

/// The member names of an object, as often as they stand there.
#[derive(Debug, Default)]
struct Names(Vec<String>);

impl Names {
    fn repeat(&self) -> bool {
        self.0.iter().collect::<BTreeSet<_>>().len() < self.0.len()
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;
        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(NamesVisitor)
    }
}

/// One issuer, and both who judge its tokens.
struct Court {
    issuer: Issuer,
    verifier: Verifier,
    runtime: Runtime,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    kid: String,
    tenant: Value,
    tally: RefCell<Tally>,
}

#[derive(Default)]
struct Tally {
    judged: usize,
    both_accept: usize,
    both_refuse: usize,
    stricter: BTreeMap<&'static str, usize>,
    laxer: BTreeMap<&'static str, usize>,
    /// What no rule explains.
    unexplained: Vec<String>,
}

impl Court {
    fn entra() -> Self {
        let issuer = Issuer::entra();
        let (tenant, client) = (issuer.tenant_id().to_owned(), issuer.client_id().to_owned());
        let issuers = [issuer.issuer(), format!("https://sts.windows.net/{tenant}/")];
        Self::of(issuer, &issuers, &[client.clone(), format!("api://{client}")], json!(tenant))
    }

    fn oidc() -> Self {
        let issuer = Issuer::oidc();
        let (name, audience) = (issuer.issuer(), issuer.audience().to_owned());
        Self::of(issuer, &[name], &[audience], Value::Null)
    }

    fn of(issuer: Issuer, issuers: &[String], audiences: &[String], tenant: Value) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let verifier = issuer.verifier();
        runtime.block_on(verifier.ready());
        let key = issuer.signing_key();
        let text = |name: &str| key.jwk()[name].as_str().unwrap().to_owned();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(issuers);
        validation.set_audience(audiences);
        // nbf is optional by RFC 7519 section 4.1.5, and validated where it stands.
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        validation.validate_nbf = true;
        Self {
            verifier,
            runtime,
            signing: rsa_encoding_key(&key),
            verifying: DecodingKey::from_rsa_components(&text("n"), &text("e")).unwrap(),
            validation,
            kid: key.kid().to_owned(),
            tenant,
            tally: RefCell::default(),
            issuer,
        }
    }

    fn ours(&self, token: &str) -> Result<(), Reason> {
        let verdict = self.runtime.block_on(self.verifier.verify(token));
        verdict.map(|_| ()).map_err(|refusal| refusal.reason())
    }

    /// As a careful user of `jsonwebtoken` writes it: the key is found by name, then everything is validated.
    fn theirs(&self, token: &str) -> Result<(), String> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| error.to_string())?;
        let is_named = match (header.kid, header.x5t) {
            (Some(kid), _) => kid == self.kid,
            // Entra ID gives a key the thumbprint of its certificate as kid.
            (None, Some(thumbprint)) => thumbprint == self.kid,
            // A plain provider with one key need not name it.
            (None, None) => self.tenant.is_null(),
        };
        if !is_named {
            return Err("unknown key".to_owned());
        }
        jsonwebtoken::decode::<IgnoredAny>(token, &self.verifying, &self.validation)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    fn sign(&self, header: &[u8], claims: &[u8]) -> String {
        let text = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &self.signing, Algorithm::RS256).unwrap();
        format!("{text}.{signature}")
    }

    fn judge(&self, token: &str) {
        let (ours, theirs) = (self.ours(token), self.theirs(token));
        let look = || Look::at(token, self.tenant.clone());
        let mut tally = self.tally.borrow_mut();
        tally.judged += 1;
        match (&ours, &theirs) {
            (Ok(()), Ok(())) => tally.both_accept += 1,
            (Err(_), Err(_)) => tally.both_refuse += 1,
            (Ok(()), Err(error)) => {
                let look = look();
                let rule = LAXER.iter().find(|(_, applies)| applies(&look));
                match rule {
                    Some((why, _)) => *tally.laxer.entry(why).or_default() += 1,
                    None => tally.unexplained.push(format!("accepted, but jsonwebtoken says {error}: {look:?}")),
                }
            }
            (Err(reason), Ok(())) => {
                let look = look();
                let rule = STRICTER.iter().find(|(of, _, applies)| of == reason && applies(&look));
                match rule {
                    Some((_, why, _)) => *tally.stricter.entry(why).or_default() += 1,
                    None => tally.unexplained.push(format!("{reason:?}, but jsonwebtoken accepts: {look:?}")),
                }
            }
        }
    }

    /// Valid tokens of each kind, as header and claims.
    fn seeds(&self) -> Vec<[Map<String, Value>; 2]> {
        let token = || self.issuer.token();
        let mut tokens = vec![
            token().user("ada").scope("weather.read").role("Forecaster").group(GROUP).auth_context("c1"),
            token().app("daemon").role("Weather.Read.All"),
        ];
        if !self.tenant.is_null() {
            tokens.push(token().v1().user("ada").scope("weather.read").claims_capable());
        }
        let object = |part: &str| match serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()) {
            Ok(Value::Object(members)) => members,
            other => panic!("{other:?}"),
        };
        let halves = |token: String| {
            let mut parts = token.split('.');
            [object(parts.next().unwrap()), object(parts.next().unwrap())]
        };
        tokens.into_iter().map(|token| halves(token.sign())).collect()
    }

    fn sign_objects(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
        self.sign(&text_of(header), &text_of(claims))
    }
}

const GROUP: &str = "33333333-3333-4333-8333-333333333333";

fn text_of(object: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec(object).unwrap()
}

/// `jsonwebtoken` wants an RSA key bare (PKCS #1), which is the last member of the PKCS #8 document (RFC 5208).
fn rsa_encoding_key(key: &KeyPair) -> EncodingKey {
    let pkcs8 = key.pkcs8();
    // Version, algorithm, and the lengths of three containers of more than 255 bytes.
    EncodingKey::from_rsa_der(&pkcs8[26..])
}

/// Numbers that look random and are the same in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Values that a member may be replaced with, near to what it was and far from it.
fn values(old: Option<&Value>) -> Vec<Value> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut values = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(1e15),
        json!(1e300),
        json!(now - 30),
        json!(now + 30),
        json!(now - 600),
        json!(now + 600),
        json!(now + 7200),
        json!(""),
        json!("x"),
        json!("JWT"),
        json!("at+jwt"),
        json!("dpop+jwt"),
        json!("0"),
        json!("1.0"),
        json!("app"),
        json!("/"),
        json!([]),
        json!([""]),
        json!(["x"]),
        json!([1]),
        json!([[]]),
        json!({}),
        json!({ "groups": "src1" }),
    ];
    if let Some(old) = old {
        values.extend([json!([old]), json!([old, "x"]), json!([old, 7]), json!({ "x": old }), json!(old.to_string())]);
        if let Some(text) = old.as_str() {
            values.extend([
                json!(text.to_uppercase()),
                json!(format!("{text} ")),
                json!(format!("{text}/")),
                json!(text.get(..text.len().saturating_sub(1))),
                json!(format!("api://{text}")),
            ]);
        }
        if let Some(number) = old.as_i64() {
            values.extend([json!(number + 1), json!(-number), json!(format!("{number}"))]);
            #[expect(clippy::cast_precision_loss, reason = "a date has far fewer bits")]
            values.push(json!(number as f64 + 0.5));
        }
    }
    values
}

const HEADER_NAMES: [&str; 19] = [
    "alg", "kid", "typ", "cty", "crit", "b64", "nonce", "x5t", "x5c", "x5u", "jwk", "jku", "x5t#S256", "enc", "zip",
    "url", "p2c", "epk", "anything",
];

const CLAIM_NAMES: [&str; 37] = [
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
    "cnf",
    "events",
    "xms_act_fct",
    "xms_sub_fct",
    "TID",
    "azpacr",
    "rh",
    "anything",
];

fn edited_members(court: &Court) {
    for [header, claims] in court.seeds() {
        court.judge(&court.sign_objects(&header, &claims));
        for (names, in_header) in [(&HEADER_NAMES[..], true), (&CLAIM_NAMES[..], false)] {
            for name in names {
                let old = if in_header { header.get(*name) } else { claims.get(*name) };
                for value in values(old).into_iter().map(Some).chain([None]) {
                    let (mut header, mut claims) = (header.clone(), claims.clone());
                    let edited = if in_header { &mut header } else { &mut claims };
                    match value {
                        Some(value) => _ = edited.insert((*name).to_owned(), value),
                        None => _ = edited.remove(*name),
                    }
                    court.judge(&court.sign_objects(&header, &claims));
                }
            }
        }
    }
}

/// What no JSON library writes.
fn written_by_hand(court: &Court) {
    let [header, claims] = court.seeds().swap_remove(0);
    let (header, claims) = (text_of(&header), text_of(&claims));
    let inner = |object: &[u8]| String::from_utf8(object[1..object.len() - 1].to_vec()).unwrap();
    let (header_members, claim_members) = (inner(&header), inner(&claims));
    let many: Vec<String> = (0..40).map(|n| format!(r#""m{n}":0"#)).collect();
    let many = many.join(",");
    let forms = |members: &str, names: &[&str]| {
        let mut forms: Vec<Vec<u8>> = vec![
            format!(" {{\t{members}\r\n}} ").into(),
            format!("\u{feff}{{{members}}}").into(),
            format!("{{{members}}}{{}}").into(),
            format!("{{{members},}}").into(),
            format!("{{{members}").into(),
            format!("[{{{members}}}]").into(),
            format!("{{{members}}}\0").into(),
            format!("/**/{{{members}}}").into(),
            format!("{{{many},{members}}}").into(),
            format!(r#"{{{members},"z":"\ud800"}}"#).into(),
            format!(r#"{{{members},"z":{}{}}}"#, "[".repeat(200), "]".repeat(200)).into(),
            [format!("{{{members},\"z\":\"").as_bytes(), b"\xff\"}"].concat(),
            b"null".to_vec(),
            b"\"x\"".to_vec(),
        ];
        for name in names {
            let first = name.as_bytes()[0];
            for repeated in [format!("\"{name}\""), format!("\"\\u{first:04x}{}\"", &name[1..])] {
                for value in ["null", "\"x\"", "0", "[]"] {
                    forms.push(format!("{{{members},{repeated}:{value}}}").into());
                    forms.push(format!("{{{repeated}:{value},{members}}}").into());
                }
            }
        }
        forms
    };
    for form in forms(&header_members, &["alg", "kid", "typ", "anything"]) {
        court.judge(&court.sign(&form, &claims));
    }
    for twice in ["{\"z\":1,\"z\":1,", "{\"x5t\":\"a\",\"x5t\":\"b\","] {
        court.judge(&court.sign(format!("{twice}{header_members}}}").as_bytes(), &claims));
    }
    for form in forms(&claim_members, &["iss", "aud", "exp", "nbf", "sub", "tid", "scp", "roles", "anything"]) {
        court.judge(&court.sign(&header, &form));
    }
    let value: Value = serde_json::from_slice(&claims).unwrap();
    for (name, text) in [("iat", "1e400"), ("sub", r#""\ud800""#)] {
        let mut others = value.as_object().unwrap().clone();
        others.remove(name);
        let others = String::from_utf8(text_of(&others)).unwrap();
        court.judge(&court.sign(&header, format!(r#"{{"{name}":{text},{}"#, &others[1..]).as_bytes()));
    }
    let by_position = json!([value["exp"], value["iat"], value["sub"], value["iss"], value["aud"]]);
    court.judge(&court.sign(&header, by_position.to_string().as_bytes()));
}

/// Bytes of the JSON changed at random, and signed again.
fn damaged_and_signed(court: &Court, number: usize) {
    const PIECES: [&str; 16] = [
        "\"",
        "\\",
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        "null",
        "0",
        "1e9",
        "-",
        "\\u0000",
        "\"crit\":[],",
        "\"exp\":0,",
        "é",
    ];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let seeds = court.seeds();
    for _ in 0..number {
        let [header, claims] = dice.pick(&seeds);
        let mut texts = [text_of(header), text_of(claims)];
        for _ in 0..=dice.below(2) {
            let text = &mut texts[usize::from(dice.below(3) > 0)];
            let at = dice.below(text.len());
            match dice.below(5) {
                0 => text[at] ^= 1 << dice.below(8),
                1 => _ = text.remove(at),
                2 => {
                    let piece = dice.pick(&PIECES).bytes();
                    text.splice(at..at, piece);
                }
                3 => {
                    let end = (at + dice.below(20)).min(text.len());
                    let copy = text[at..end].to_vec();
                    text.splice(end..end, copy);
                }
                _ => text[at] = b"0123456789abcdefABCDEF-_. "[dice.below(26)],
            }
        }
        let [header, claims] = texts;
        court.judge(&court.sign(&header, &claims));
    }
}

/// Tokens changed in transit: the signature is that of another text.
fn damaged_in_transit(court: &Court, number: usize) {
    const CHARACTERS: &[u8] = b"AZaz09-_+/=.~ ";
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    let tokens: Vec<String> = court.seeds().iter().map(|[header, claims]| court.sign_objects(header, claims)).collect();
    for _ in 0..number {
        let token = dice.pick(&tokens).clone();
        let mut parts: Vec<Vec<u8>> = token.split('.').map(|part| part.as_bytes().to_vec()).collect();
        let at_part = dice.below(parts.len());
        match dice.below(6) {
            // A bit of the decoded part.
            0 => {
                let mut bytes = BASE64URL_NOPAD.decode(&parts[at_part]).unwrap();
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
                parts[at_part] = BASE64URL_NOPAD.encode(&bytes).into_bytes();
            }
            // A bit of its text.
            1 => {
                let at = dice.below(parts[at_part].len());
                parts[at_part][at] ^= 1 << dice.below(7);
            }
            2 => {
                let at = dice.below(parts[at_part].len() + 1);
                parts[at_part].insert(at, *dice.pick(CHARACTERS));
            }
            // The last character, which has bits that no byte needs.
            3 => *parts[at_part].last_mut().unwrap() = *dice.pick(CHARACTERS),
            4 => {
                let other = dice.below(parts.len());
                parts.swap(at_part, other);
            }
            _ => {
                let other = dice.pick(&tokens).split('.').nth(at_part).unwrap();
                parts[at_part] = other.as_bytes().to_vec();
            }
        }
        if let Ok(token) = String::from_utf8(parts.join(&b'.')) {
            court.judge(&token);
        }
    }
}

#[test]
fn whatever_is_accepted_jsonwebtoken_accepts_too() {
    let mut needed = BTreeSet::new();
    for court in [Court::entra(), Court::oidc()] {
        edited_members(&court);
        written_by_hand(&court);
        damaged_and_signed(&court, 3_000);
        damaged_in_transit(&court, 3_000);
        let tally = court.tally.into_inner();
        println!("{} tokens: {} accepted and {} refused by both", tally.judged, tally.both_accept, tally.both_refuse);
        println!("refused here alone: {:#?}", tally.stricter);
        println!("accepted here alone: {:#?}", tally.laxer);
        assert!(tally.unexplained.is_empty(), "{:#?}", tally.unexplained);
        assert!(tally.both_accept > 1_000 && tally.both_refuse > 5_000, "the mutations are lopsided");
        needed.extend(tally.stricter.into_keys().chain(tally.laxer.into_keys()));
    }
    let rules = STRICTER.iter().map(|rule| rule.1).chain(LAXER.iter().map(|rule| rule.0));
    let unused: Vec<_> = rules.filter(|why| !needed.contains(why)).collect();
    assert!(unused.is_empty(), "no token needs these entries: {unused:#?}");
}

/// An issuer that publishes keys of every kind, which the one of the library does not.
#[tokio::test]
async fn what_jsonwebtoken_signs_is_verified() {
    let (rsa, p256, ed25519) = (KeyPair::rsa(), KeyPair::p256(), KeyPair::ed25519());
    let cases = [
        (Algorithm::RS256, &rsa, rsa_encoding_key(&rsa)),
        (Algorithm::RS384, &rsa, rsa_encoding_key(&rsa)),
        (Algorithm::RS512, &rsa, rsa_encoding_key(&rsa)),
        (Algorithm::PS256, &rsa, rsa_encoding_key(&rsa)),
        (Algorithm::PS384, &rsa, rsa_encoding_key(&rsa)),
        (Algorithm::PS512, &rsa, rsa_encoding_key(&rsa)),
        (Algorithm::ES256, &p256, EncodingKey::from_ec_der(&p256.pkcs8())),
        (Algorithm::EdDSA, &ed25519, EncodingKey::from_ed_der(&ed25519.pkcs8())),
    ];
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
    let keys = json!({ "keys": [rsa.jwk(), p256.jwk(), ed25519.jwk()] });
    let pages = Router::new()
        .route("/.well-known/openid-configuration", get(async move || Json(metadata)))
        .route("/keys", get(async move || Json(keys)));
    let server = tokio::spawn(async move { axum::serve(listener, pages).await });

    for (algorithm, key, signing) in &cases {
        let authority = Authority::oidc(&issuer, "api").algorithms([*algorithm]);
        let verifier = Verifier::builder(authority).build().unwrap();
        let mut header = Header::new(*algorithm);
        header.kid = Some(key.kid().to_owned());
        let now = jsonwebtoken::get_current_timestamp();
        let claims = json!({ "iss": issuer, "aud": "api", "sub": "ada", "exp": now + 600, "scope": "weather.read" });
        let token = jsonwebtoken::encode(&header, &claims, signing).unwrap();
        let accepted = verifier.verify(&token).await.unwrap_or_else(|refusal| panic!("{algorithm:?}: {refusal:?}"));
        assert!(accepted.has_scope("weather.read"), "{algorithm:?}");

        // The same key, header and claims under the signature of another token.
        let other = json!({ "iss": issuer, "aud": "api", "sub": "bob", "exp": now + 600, "scope": "weather.read" });
        let other = jsonwebtoken::encode(&header, &other, signing).unwrap();
        let (text, _) = token.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        let refusal = verifier.verify(&format!("{text}.{signature}")).await.unwrap_err();
        assert_eq!(refusal.reason(), Reason::Signature, "{algorithm:?}");
    }
    server.abort();
}
