//! The JOSE header (RFC 7515 section 4).

use jsonwebtoken::Algorithm;
use requires_auth::Reason;

use crate::json::{Malformed, Members};

const MOST_MEMBERS: usize = 32;

/// What a header says, once nothing in it forbids the token.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    pub(crate) x5t: Option<String>,
}

impl Header {
    pub(crate) fn read(text: &[u8]) -> Result<Self, Reason> {
        let malformed = |_: Malformed| Reason::Header;
        let members = Members::read(text).map_err(malformed)?;
        let is_twice = |(name, _): &(String, _)| members.count(name) > 1;
        if members.0.iter().any(is_twice) || members.0.len() > MOST_MEMBERS {
            return Err(Reason::Header);
        }
        let text = |name| members.text(name).map_err(malformed);
        let (alg, kid, typ, cty, x5t) = (text("alg")?, text("kid")?, text("typ")?, text("cty")?, text("x5t")?);

        // No extension is understood, nested tokens are not read.
        if members.has("crit") || members.has("b64") || cty.is_some_and(|cty| is_media_type(&cty, "jwt")) {
            return Err(Reason::Header);
        }
        if typ.is_some_and(|typ| !is_media_type(&typ, "jwt") && !is_media_type(&typ, "at+jwt")) {
            return Err(Reason::TokenType);
        }
        let algorithm = match alg.ok_or(Reason::Header)?.as_str() {
            // RFC 9864.
            "Ed25519" => Algorithm::EdDSA,
            alg => alg.parse().map_err(|_| Reason::Algorithm)?,
        };
        if [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512].contains(&algorithm) {
            return Err(Reason::Algorithm);
        }
        if members.has("nonce") {
            return Err(Reason::GraphToken);
        }
        Ok(Self { algorithm, kid, x5t })
    }
}

/// RFC 7515 section 4.1.9.
fn is_media_type(value: &str, subtype: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value.strip_prefix("application/").unwrap_or(&value) == subtype
}
