//! The readers of hostile input, for the targets in `tests/fuzz`. Compiled with `--cfg fuzzing` alone.

#![allow(missing_docs, reason = "nobody else uses it")]

use jsonwebtoken::Algorithm;

use crate::bearer::Credential;
use crate::verifier::fuzzed::{CompactToken, UnverifiedHeader};

/// The decoded parts of the token, if every part of the request's field is well-formed.
#[must_use]
pub fn authorization(fields: &[&[u8]]) -> Option<[Vec<u8>; 3]> {
    let credential = Credential::from_fields(fields.iter().copied()).ok()?;
    let token = credential.read(64 * 1024).ok()?;
    credential.check_bytes().ok()?;
    let token = CompactToken::split(token).ok()?;
    let parts = [token.decode_header(), token.decode_payload(), token.decode_signature()];
    let [header, payload, signature] = parts.map(|part| part.ok().map(|part| part.to_vec()));
    Some([header?, payload?, signature?])
}

/// The algorithm and the `kid`.
#[must_use]
pub fn header(text: &[u8]) -> Option<(String, Option<String>)> {
    let header = UnverifiedHeader::parse(text).ok()?;
    Some((format!("{:?}", header.algorithm), header.kid.map(std::borrow::Cow::into_owned)))
}

/// What every token must state.
#[derive(Debug)]
pub struct Claims {
    pub iss: Option<String>,
    pub audiences: Vec<String>,
    pub exp: Option<i64>,
}

#[must_use]
pub fn claims(payload: &[u8]) -> Option<Claims> {
    let claims = crate::claims::Claims::parse(payload).ok()?;
    let audiences = claims.aud.as_ref().map(|audiences| audiences.as_slice().to_vec()).unwrap_or_default();
    Some(Claims {
        iss: claims.iss.map(std::borrow::Cow::into_owned),
        audiences: audiences.into_iter().map(std::borrow::Cow::into_owned).collect(),
        exp: claims.exp,
    })
}

/// The `kid`s of the usable keys.
#[must_use]
pub fn key_set(document: &[u8]) -> Option<Vec<Option<String>>> {
    let allowed = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
    let keys = crate::jwk::parse_key_set(document, &allowed).ok()?;
    Some(keys.iter().map(|key| key.kid.as_deref().map(String::from)).collect())
}
