//! From the fields of a request to the three parts of a token (RFC 6750 section 2.1, RFC 7515 section 7.1).

use data_encoding::BASE64URL_NOPAD;
use requires_auth::Reason;

pub(crate) fn token(fields: &[Vec<u8>], max_bytes: usize) -> Result<String, Reason> {
    let field = match fields {
        [] => return Err(Reason::MissingToken),
        [field] => trim(field),
        _ => return Err(Reason::MalformedRequest),
    };
    let Some((scheme, rest)) = field.split_at_checked("Bearer".len()) else { return Err(Reason::MissingToken) };
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Err(Reason::MissingToken);
    }
    match rest.first() {
        Some(b' ') => {}
        // RFC 9110 section 5.6.2: the name of another scheme goes on.
        Some(byte) if byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte) => {
            return Err(Reason::MissingToken);
        }
        _ => return Err(Reason::MalformedRequest),
    }
    let credential = trim(rest);
    if credential.len() > max_bytes {
        return Err(Reason::TooLarge);
    }
    // A JWS in JSON serialization is a token, of a kind that is never accepted.
    if credential.starts_with(b"{") && credential.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Err(Reason::Format);
    }
    if !credential.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte)) {
        return Err(Reason::MalformedRequest);
    }
    Ok(String::from_utf8(credential.to_vec()).expect("it is ASCII"))
}

pub(crate) fn split(token: &str) -> Result<[&str; 3], Reason> {
    match token.split('.').collect::<Vec<_>>()[..] {
        ["", _, _] | [_, "", _] | [_, _, ""] => Err(Reason::Format),
        [header, payload, signature] => Ok([header, payload, signature]),
        // RFC 7516 section 7.1.
        [_, _, _, _, _] => Err(Reason::Encrypted),
        _ => Err(Reason::Format),
    }
}

/// Strict: no padding, no unused bits.
pub(crate) fn decode(part: &str) -> Result<Vec<u8>, Reason> {
    BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Reason::Format)
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = bytes {
        bytes = rest;
    }
    bytes
}
