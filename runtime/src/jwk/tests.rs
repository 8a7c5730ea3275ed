use serde_json::{Value, json};

use super::*;
use crate::crypto::key_pair::{KeyPair, PublicMembers};

/// The public half of `pair` as a JWK with `kid`.
pub(crate) fn published(pair: &KeyPair, kid: &str) -> Value {
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    match pair.public() {
        PublicMembers::Rsa { n, e } => json!({"kty": "RSA", "kid": kid, "n": text(&n), "e": text(&e)}),
        PublicMembers::P256 { x, y } => json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": text(&x), "y": text(&y)}),
        PublicMembers::Ed25519 { x } => json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(&x)}),
    }
}

/// A JWKS document.
pub(crate) fn document(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

const ALL: [Algorithm; 5] = [Algorithm::PS256, Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

fn parse_one(jwk: &Value, allowed: &[Algorithm]) -> Result<SigningKey, Ignored> {
    parse_key(&serde_json::value::to_raw_value(jwk).unwrap(), allowed)
}

fn with(jwk: &Value, members: &Value) -> Value {
    let mut jwk = jwk.clone();
    for (name, value) in members.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

#[test]
fn reads_a_key_as_entra_publishes_it() {
    let pair = KeyPair::rsa();
    let jwk = with(
        &published(&pair, "JYhAcTPMZ_LX6DBlOWQ7Hn0NeXE"),
        &json!({
            "use": "sig",
            "x5t": "JYhAcTPMZ_LX6DBlOWQ7Hn0NeXE",
            "x5c": ["MIIC"],
            "cloud_instance_name": "microsoftonline.com",
            "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
        }),
    );
    let keys = parse_key_set(&document(&[jwk]), &[Algorithm::RS256]).unwrap();
    let [key] = &keys[..] else { panic!("one key") };
    assert_eq!(key.key.algorithm(), Algorithm::RS256);
    assert_eq!(key.kid.as_deref(), Some("JYhAcTPMZ_LX6DBlOWQ7Hn0NeXE"));
    assert_eq!(key.x5t, key.kid);
    assert_eq!(key.issuer.as_deref(), Some("https://login.microsoftonline.com/{tenantid}/v2.0"));
    assert_eq!(key.cloud_instance_name.as_deref(), Some("microsoftonline.com"));
    assert!(key.key.verify(b"text", &pair.sign(Algorithm::RS256, b"text")).is_ok());
}

#[test]
fn each_key_gets_exactly_one_algorithm() {
    let (rsa, p256, ed25519) = (KeyPair::rsa(), KeyPair::p256(), KeyPair::ed25519());
    let (rsa, p256, ed25519) = (published(&rsa, "a"), published(&p256, "b"), published(&ed25519, "c"));
    let stated = |jwk: &Value, alg: &str| with(jwk, &json!({ "alg": alg }));
    let cases: [(Value, &[Algorithm], Option<Algorithm>); 17] = [
        (rsa.clone(), &ALL, Some(Algorithm::RS256)),
        (rsa.clone(), &[Algorithm::PS384, Algorithm::RS512], Some(Algorithm::PS384)),
        (rsa.clone(), &[Algorithm::ES256], None),
        (rsa.clone(), &[], None),
        (rsa.clone(), &[Algorithm::HS256], None),
        (stated(&rsa, "PS256"), &ALL, Some(Algorithm::PS256)),
        (stated(&rsa, "RS512"), &ALL, None),
        (stated(&rsa, "ES256"), &ALL, None),
        (stated(&rsa, "RSA-OAEP"), &ALL, None),
        (stated(&rsa, "HS256"), &[Algorithm::HS256], None),
        (stated(&rsa, "none"), &ALL, None),
        (p256.clone(), &ALL, Some(Algorithm::ES256)),
        (stated(&p256, "ES384"), &ALL, None),
        (with(&p256, &json!({"crv": "P-384"})), &ALL, None),
        (ed25519.clone(), &ALL, Some(Algorithm::EdDSA)),
        (stated(&ed25519, "EdDSA"), &ALL, Some(Algorithm::EdDSA)),
        (stated(&ed25519, "Ed25519"), &ALL, Some(Algorithm::EdDSA)),
    ];
    for (jwk, allowed, expected) in cases {
        let algorithm = parse_one(&jwk, allowed).ok().map(|key| key.key.algorithm());
        assert_eq!(algorithm, expected, "{} with {allowed:?}", jwk["alg"]);
    }
}

#[test]
fn a_p384_key_verifies_es384() {
    // Any point on the curve is a public key; this is its base point (SEC 2 section 2.5.1).
    let x = "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7";
    let y = "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f";
    let text = |hex: &str| BASE64URL_NOPAD.encode(&data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap());
    let jwk = json!({"kty": "EC", "crv": "P-384", "x": text(x), "y": text(y)});
    assert_eq!(parse_one(&jwk, &ALL).unwrap().key.algorithm(), Algorithm::ES384);
}

#[test]
fn a_bad_key_costs_that_key_alone() {
    let pair = KeyPair::p256();
    let good = published(&pair, "good");
    let x = good["x"].as_str().unwrap();
    let bad = |members: Value| with(&good, &members);
    let cases = [
        ("null", Value::Null),
        ("a number", json!(5)),
        ("a list", json!(["EC", "P-256"])),
        ("an empty object", json!({})),
        ("numeric kid", bad(json!({"kid": 5}))),
        ("numeric issuer", bad(json!({"issuer": 5}))),
        ("bad x5c", bad(json!({"x5c": "MIIC"}))),
        ("unknown kty", bad(json!({"kty": "LWE"}))),
        ("kty in another case", bad(json!({"kty": "ec"}))),
        ("null kty", bad(json!({"kty": null}))),
        ("missing coordinate", json!({"kty": "EC", "crv": "P-256", "kid": "good", "x": x})),
        ("shared secret", json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"})),
        ("for encryption", bad(json!({"use": "enc"}))),
        ("use in another case", bad(json!({"use": "SIG"}))),
        ("key_ops without verify", bad(json!({"key_ops": ["encrypt"]}))),
        ("key_ops with nothing", bad(json!({"key_ops": []}))),
        ("contradictory use and key_ops", bad(json!({"use": "sig", "key_ops": ["verify", "encrypt"]}))),
        ("key_ops of a wrong type", bad(json!({"key_ops": "verify"}))),
        ("alg of a wrong type", bad(json!({"alg": {"ES256": null}}))),
        ("a curve nobody knows", bad(json!({"crv": "secp256k1"}))),
        ("a curve of another key type", bad(json!({"crv": "Ed25519"}))),
        ("padding", bad(json!({"x": format!("{x}=")}))),
        ("white space", bad(json!({"x": format!("{x} ")}))),
        ("standard base64", bad(json!({"x": "+/".repeat(21) + "8"}))),
        ("trailing bits", bad(json!({"x": x[..42].to_owned() + "B"}))),
        ("short coordinate", bad(json!({"x": &x[..40]}))),
        ("off the curve", bad(json!({"x": "A".repeat(43)}))),
        ("private half", bad(json!({"d": "AQAB"}))),
        ("weak RSA", json!({"kty": "RSA", "kid": "weak", "n": "x".repeat(170), "e": "AQAB"})),
        ("RSA exponent 1", json!({"kty": "RSA", "kid": "one", "n": "x".repeat(342), "e": "AQ"})),
    ];
    for (what, jwk) in cases {
        assert!(parse_one(&jwk, &ALL).is_err(), "{what}");
        let keys = parse_key_set(&document(&[jwk, good.clone()]), &ALL).expect(what);
        assert_eq!(keys.len(), 1, "{what}");
    }
}

#[test]
fn duplicate_members_cost_the_key() {
    let text = published(&KeyPair::p256(), "good").to_string();
    for twice in [r#""kid":"other","#, r#""\u006bid":"other","#, r#""unknown":1,"unknown":1,"#] {
        let jwk = text.replacen('{', &format!("{{{twice}"), 1);
        let document = format!(r#"{{"keys":[{jwk},{text}]}}"#);
        assert_eq!(parse_key_set(document.as_bytes(), &ALL).unwrap().len(), 1, "{twice}");
    }
}

#[test]
fn harmless_members_cost_nothing() {
    let good = published(&KeyPair::p256(), "good");
    for members in [
        json!({"use": null, "alg": null, "x5t": null}),
        json!({"use": "sig", "key_ops": ["verify"]}),
        json!({"key_ops": ["sign", "verify"]}),
        json!({"nbf": 1_700_000_000, "x5t#S256": "AAAA", "x5u": "https://evil.example", "other": {"a": [1]}}),
    ] {
        assert!(parse_one(&with(&good, &members), &ALL).is_ok(), "{members}");
    }
}

#[test]
fn two_keys_of_one_kid_are_both_kept() {
    let keys = [published(&KeyPair::p256(), "same"), published(&KeyPair::p256(), "same")];
    assert_eq!(parse_key_set(&document(&keys), &ALL).unwrap().len(), 2);
}

#[test]
fn a_document_without_usable_keys_is_refused() {
    let cases = [
        (&b""[..], KeySetError::Syntax),
        (b"<html>", KeySetError::Syntax),
        (b"{\"keys\":[}", KeySetError::Syntax),
        (b"{\"keys\":[]} {}", KeySetError::Syntax),
        (b"\xEF\xBB\xBF{\"keys\":[]}", KeySetError::Syntax),
        (b"{\"keys\":[\"\xFF\"]}", KeySetError::Syntax),
        (b"{}", KeySetError::NoKeyArray),
        (b"[[]]", KeySetError::NoKeyArray),
        (b"{\"keys\":null}", KeySetError::NoKeyArray),
        (b"{\"keys\":{}}", KeySetError::NoKeyArray),
        (b"{\"keys\":[],\"keys\":[]}", KeySetError::NoKeyArray),
        (b"{\"keys\":[]}", KeySetError::NoUsableKey { ignored: 0, first: None }),
        (
            b"{\"keys\":[null,1]}",
            KeySetError::NoUsableKey { ignored: 2, first: Some("it is not an object whose members each stand once") },
        ),
    ];
    for (document, expected) in cases {
        let error = parse_key_set(document, &ALL).unwrap_err();
        assert_eq!(error, expected, "{}", String::from_utf8_lossy(document));
    }
}

#[test]
fn more_than_256_keys_are_refused() {
    let good = published(&KeyPair::p256(), "good");
    assert_eq!(parse_key_set(&document(&vec![good.clone(); 256]), &ALL).unwrap().len(), 256);
    assert_eq!(parse_key_set(&document(&vec![good; 257]), &ALL).unwrap_err(), KeySetError::TooManyKeys(257));
}

#[test]
fn deep_nesting_is_refused_without_exhausting_the_stack() {
    let good = published(&KeyPair::p256(), "good").to_string();
    let deep = format!(r#"{{"keys":[{}{},{good}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse_key_set(deep.as_bytes(), &ALL).unwrap().len(), 1);
    let member = format!(r#"{{"keys":[{{"kty":"EC","a":{}1{}}},{good}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse_key_set(member.as_bytes(), &ALL).unwrap().len(), 1);
}

#[test]
fn the_same_key_fetched_again_is_equal() {
    let (one, other) = (published(&KeyPair::p256(), "a"), published(&KeyPair::p256(), "a"));
    let parse = |jwk: &Value| parse_one(jwk, &ALL).unwrap();
    assert!(parse(&one) == parse(&one));
    assert!(parse(&one) != parse(&other));
    assert!(parse(&one) != parse(&with(&one, &json!({"issuer": "https://other.example"}))));
}

#[test]
fn text_for_the_log_is_escaped_and_cut() {
    assert_eq!(for_log("plain-kid_1"), "plain-kid_1");
    assert_eq!(for_log("a\nb\u{1b}[31m\u{202e}"), "a\\nb\\u{1b}[31m\\u{202e}");
    assert_eq!(for_log(&"k".repeat(65)), "k".repeat(64) + "…");
}

#[test]
fn keys_that_are_not_for_us_are_known_by_name() {
    let (rsa, p256) = (published(&KeyPair::rsa(), "a"), published(&KeyPair::p256(), "b"));
    let for_encryption = with(&published(&KeyPair::rsa(), "c"), &json!({"use": "enc"}));
    let shared_name = with(&published(&KeyPair::rsa(), "a"), &json!({"use": "enc"}));
    let document = document(&[rsa, p256, for_encryption, shared_name, json!({"kty": "oct", "k": "AA"}), json!(null)]);
    let usable = parse_key_set(&document, &[Algorithm::RS256]).unwrap();
    assert_eq!(unusable_kids(&document, &usable), ["b".into(), "c".into()]);
}

#[test]
fn keys_of_our_own_are_public_or_the_document_is_refused() {
    let public = published(&KeyPair::p256(), "public");
    let own = |key: Value| parse_own_key_set(&document(&[public.clone(), key]), &ALL);
    assert_eq!(own(published(&KeyPair::ed25519(), "other")).unwrap().len(), 2);
    assert_eq!(own(json!(null)).unwrap().len(), 1, "a defect costs that key alone");
    for secret in [with(&public, &json!({"d": "AQ", "kid": "mine"})), json!({"kty": "oct", "k": "AQ", "kid": "mine"})] {
        let error = own(secret).unwrap_err();
        assert_eq!(error, KeySetError::PrivateKey { kid: Some("mine".to_owned()) });
        assert!(error.to_string().contains("mine") && !error.to_string().contains("AQ"), "{error}");
    }
}

#[test]
fn a_document_without_a_usable_key_says_what_is_wrong_with_the_first() {
    let rs256 = published(&KeyPair::rsa(), "a");
    let error = |keys: &[Value]| parse_key_set(&document(keys), &[Algorithm::ES256]).unwrap_err().to_string();
    assert!(error(std::slice::from_ref(&rs256)).contains("no allowed algorithm"));
    assert!(error(&[rs256.clone(), rs256]).contains("2 keys"));
    assert!(error(&[]).contains("no key"));
}

#[test]
fn a_key_that_is_written_and_read_again_is_the_same() {
    let entra = with(
        &published(&KeyPair::rsa(), "a"),
        &json!({"x5t": "thumb", "issuer": "https://issuer/{tenantid}", "cloud_instance_name": "cloud"}),
    );
    let p384 = json!({
        "kty": "EC", "crv": "P-384", "kid": "c",
        "x": "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
        "y": "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f",
    });
    let mut without_kid = published(&KeyPair::ed25519(), "d");
    without_kid.as_object_mut().unwrap().remove("kid");
    let algorithms = [Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
    for jwk in [entra, published(&KeyPair::p256(), "b"), p384, without_kid] {
        let key = parse_one(&jwk, &algorithms).unwrap();
        let written = serde_json::to_value(key.to_jwk()).unwrap();
        let again = parse_one(&written, &ALL).unwrap();
        assert_eq!(again, key, "{written}");
        assert_eq!(again.key.algorithm(), key.key.algorithm());
        assert_eq!(written["alg"], format!("{:?}", key.key.algorithm()));
    }
}
