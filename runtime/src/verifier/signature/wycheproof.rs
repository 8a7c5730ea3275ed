//! The JOSE vectors of Project Wycheproof, through the way of a real token.
//!
//! Nothing here is a second implementation: a vector's token is split, its header read, its key parsed as a published
//! key set and found by `kid`, and its signature verified by the functions that requests go through. Only the claims
//! are left out, since the payloads are not claims.
//!
//! The verdict must be the file's. Where it is not, [`DIFFERENT`] says why, and an entry that is not needed fails.

use std::collections::BTreeSet;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use wycheproof_ng_kdf_jose::json_web::{Test, TestName, TestSet};

use super::*;
use crate::bearer::BearerToken;
use crate::jwk::parse_key_set;
use crate::keys::{KeyQuery, Keys, Lookup, Now, TokenId};

/// All that the library can verify: what an authority allows is not in question here.
const ALL: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

const OTHER_ALGORITHM: &str = "the header says PS384, the key's own alg is PS256, and a key has one algorithm";
const UNREGISTERED: &str =
    "the key's alg is ES521, which no registry has; the header says ES512, which is not supported";
const ROCA: &str =
    "a key with the ROCA weakness: nothing but its own fingerprint tells, and no issuer has had one since 2017";

const EMPTY: &str = "an empty payload holds no claims, so it is refused before its signature, which is right";

/// Vectors whose verdict is not the file's, and why that is right.
const DIFFERENT: [(TestName, usize, &str); 12] = [
    (TestName::JsonWebSignature, 259, EMPTY),
    (TestName::JsonWebSignature, 264, EMPTY),
    (TestName::JsonWebSignature, 268, EMPTY),
    (TestName::JsonWebSignature, 272, EMPTY),
    (TestName::JsonWebSignature, 320, EMPTY),
    (TestName::JsonWebSignature, 325, EMPTY),
    (TestName::JsonWebSignature, 346, OTHER_ALGORITHM),
    (TestName::JsonWebSignature, 347, UNREGISTERED),
    (TestName::JsonWebSignature, 350, OTHER_ALGORITHM),
    (TestName::JsonWebSignature, 351, UNREGISTERED),
    (TestName::JsonWebKey, 7, ROCA),
    (TestName::JsonWebCrypto, 46, ROCA),
];

/// The same for the vectors of [`one_token_has_one_text`].
const DECODED_DIFFERENTLY: [(usize, &str); 4] = [
    (367, "meant to have wrong padding, which the file has lost: the text is that of 357, which is valid"),
    (370, "meant to have wrong padding, which the file has lost: the text is that of 357, which is valid"),
    (372, "has a `?` in a part: only the base64url alphabet may stand there (RFC 7515 section 2)"),
    (373, "has a `?` in a part: only the base64url alphabet may stand there (RFC 7515 section 2)"),
];

/// What became of the vectors of one file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    /// Valid, and verified.
    verified: usize,
    /// Invalid, and refused.
    refused: usize,
    /// Valid, and refused because a shared secret is no signature.
    refused_by_policy: usize,
    /// Named in [`DIFFERENT`].
    different: usize,
    /// Encrypted, and refused whatever the file says.
    encrypted: usize,
}

/// The way of a token from its text to the proof of its signature, or why it went no further.
fn verify(token: &str, keys: &Value) -> Result<SignatureValid, String> {
    let said = |error: AuthError| error.reason().code().to_owned();
    let bearer = BearerToken::from_token(token.as_bytes(), 64 * 1024).map_err(said)?;
    let token = CompactToken::split(bearer).map_err(said)?;
    let header = token.decode_header().map_err(said)?;
    let header = UnverifiedHeader::parse(&header).map_err(said)?;
    token.decode_payload().map_err(said)?;

    let published = if keys["keys"].is_array() { keys.clone() } else { json!({ "keys": [keys] }) };
    let keys = parse_key_set(published.to_string().as_bytes(), &ALL).map_err(|error| error.to_string())?;
    let snapshot = Keys::fixed(keys, true);
    let snapshot = snapshot.load();
    let (kid, x5t) = (header.kid.as_deref(), header.x5t.as_deref());
    let query = KeyQuery { kid, x5t, algorithm: header.algorithm, signed_by: i64::MAX, token: TokenId::Text(b"") };
    let Lookup::Found(candidates) = snapshot.find(&query, Now { unix: 0, monotonic: Duration::ZERO }) else {
        return Err("no key has this name".to_owned());
    };
    super::verify(token, &header, candidates, |_| Ok(())).map(|(_, proof)| proof).map_err(said)
}

fn load(file: TestName) -> TestSet {
    TestSet::load(file).expect("the file has the form that its package knows")
}

/// The token of a vector in its text, and whether it is encrypted. The JSON serialization is sent as it is.
fn text(test: &Test) -> (String, bool) {
    let written = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (&test.jws, &test.jwe) {
        (Some(jws), None) => (written(jws), false),
        (None, Some(jwe)) => (written(jwe), true),
        _ => panic!("{}: neither a JWS nor a JWE", test.tc_id),
    }
}

fn is_shared_secret(keys: &Value) -> bool {
    let of_set = keys["keys"].as_array().is_some_and(|keys| keys.iter().all(is_shared_secret));
    of_set || keys["kty"] == "oct"
}

fn run(file: TestName) -> Counts {
    let mut counts = Counts::default();
    let mut different: BTreeSet<usize> =
        DIFFERENT.into_iter().filter(|entry| entry.0 == file).map(|(_, id, _)| id).collect();
    // All that is wrong is reported at once.
    let mut wrong = Vec::new();
    for group in load(file).test_groups {
        let keys = group.public_key.as_ref().or(group.private_key.as_ref()).expect("a key");
        for test in &group.tests {
            let (token, encrypted) = text(test);
            let verdict = verify(&token, keys);
            let valid = !test.result.must_fail();
            let says = format!("{file:?} {} ({}): {verdict:?}", test.tc_id, test.comment);
            let (expected, count) = if encrypted {
                (false, &mut counts.encrypted)
            } else if different.remove(&test.tc_id) {
                (!valid, &mut counts.different)
            } else if is_shared_secret(keys) && valid {
                (false, &mut counts.refused_by_policy)
            } else {
                (valid, if valid { &mut counts.verified } else { &mut counts.refused })
            };
            *count += 1;
            if verdict.is_ok() != expected {
                wrong.push(says);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(different.is_empty(), "{file:?} has no vectors {different:?}");
    println!("{file:?}: {counts:?}");
    counts
}

#[test]
fn signatures() {
    let counts = run(TestName::JsonWebSignature);
    assert_eq!(counts, Counts { verified: 26, refused: 355, refused_by_policy: 10, different: 10, encrypted: 0 });
}

#[test]
fn keys() {
    let counts = run(TestName::JsonWebKey);
    assert_eq!(counts, Counts { verified: 1, refused: 20, refused_by_policy: 4, different: 1, encrypted: 0 });
}

#[test]
fn signed_and_encrypted() {
    let counts = run(TestName::JsonWebCrypto);
    assert_eq!(counts, Counts { verified: 2, refused: 44, refused_by_policy: 2, different: 1, encrypted: 34 });
}

#[test]
fn encrypted() {
    let counts = run(TestName::JsonWebEncryption);
    assert_eq!(counts, Counts { encrypted: 139, ..Counts::default() });
}

/// The vectors about base64 have a shared secret, which no verdict above gets past. Most of the invalid ones carry the
/// right MAC of the very text that is sent, so that nothing but the decoder can refuse them.
#[test]
fn one_token_has_one_text() {
    let mut wrong = Vec::new();
    let (mut decoded, mut refused) = (0, 0);
    let groups = load(TestName::JsonWebSignature).test_groups;
    let group = groups.iter().find(|group| group.group_comment == "base64").expect("vectors about base64");
    let key = group.private_key.as_ref().and_then(|key| key["k"].as_str()).expect("a shared secret");
    let key = data_encoding::BASE64URL_NOPAD.decode(key.as_bytes()).expect("base64url");
    assert!(DECODED_DIFFERENTLY.iter().all(|(id, _)| group.tests.iter().any(|test| test.tc_id == *id)));
    for test in &group.tests {
        let (text, _) = text(test);
        let authentic = || {
            let token = CompactToken::split(BearerToken::from_token(text.as_bytes(), 64 * 1024)?)?;
            UnverifiedHeader::parse(&token.decode_header()?)
                .map(|_| ())
                // A shared secret is refused as an algorithm, once the header has been read.
                .or_else(|error| if error.reason() == Reason::Algorithm { Ok(()) } else { Err(error) })?;
            token.decode_payload()?;
            let mac = crate::crypto::key_pair::hmac_sha256(&key, token.signed_text);
            Ok::<_, AuthError>(*token.decode_signature()? == *mac)
        };
        let authentic = authentic().unwrap_or(false);
        let different = DECODED_DIFFERENTLY.iter().any(|(id, _)| *id == test.tc_id);
        if authentic == (test.result.must_fail() ^ !different) {
            if authentic { decoded += 1 } else { refused += 1 }
        } else {
            wrong.push((test.tc_id, &test.comment, authentic));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((decoded, refused), (7, 14));
}
