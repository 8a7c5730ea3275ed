//! The only parser of the `Authorization` field.
//!
//! 1. No field, or another scheme: there is no bearer token.
//! 2. Two fields: malformed, whatever they say (`Authorization` is a singleton, RFC 9110 section 5.3).
//! 3. The scheme is compared without case (RFC 9110 section 11.1) and ends in one or more spaces; a tab is not a space.
//! 4. What follows must be one token of the bytes that RFC 6750 section 2.1 allows. As a token that can be decoded has no
//!    others, they are looked at only where a token is refused.
//! 5. A token over the size limit is refused before any byte of it is decoded.
//!
//! Tokens in the query string, in a form or in cookies are not read (OAuth 2.1 section 5.1.1).

use memchr::memchr;

use crate::base64url;
use crate::error::{AuthError, Reason};

/// The credential as sent, before any byte of it was looked at. Equal to that of a verified token it is that token; else
/// it must be [read](Self::read).
#[derive(Clone, Copy)]
pub(crate) struct Credential<'h>(&'h [u8]);

/// A credential no longer than the limit. Nothing about it is verified, not even its bytes: what decodes has those of a
/// token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct BearerToken<'h>(&'h [u8]);

impl<'h> Credential<'h> {
    /// Finds the credential in the values of all `Authorization` fields of a request.
    pub(crate) fn from_fields(fields: impl IntoIterator<Item = &'h [u8]>) -> Result<Self, AuthError> {
        let mut fields = fields.into_iter();
        let Some(field) = fields.next() else { return Err(Reason::MissingToken.into()) };
        if fields.next().is_some() {
            return Err(malformed("more than one Authorization field"));
        }
        after_scheme(field).map(Self)
    }

    pub(crate) fn as_bytes(self) -> &'h [u8] {
        self.0
    }

    /// Reads the token.
    pub(crate) fn read(self, max_bytes: usize) -> Result<BearerToken<'h>, AuthError> {
        let credential = self.0;
        if credential.is_empty() {
            return Err(malformed("no token after the scheme"));
        }
        if credential.len() > max_bytes {
            return Err(too_large(credential.len(), max_bytes));
        }
        // RFC 7515 section 7.2: a JWS in JSON serialization is a token, of a kind that is never accepted.
        if credential.first() == Some(&b'{') && credential.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(AuthError::new(Reason::Format).with_evidence("the token is a JSON object"));
        }
        Ok(BearerToken(credential))
    }

    /// Refuses bytes that no token has (RFC 6750 section 2.1, b64token). To be asked whenever a token was not verified: it
    /// makes a malformed request of what else would be a malformed token. All bytes of a verified token are base64url.
    pub(crate) fn check_bytes(self) -> Result<(), AuthError> {
        if is_parts_of_base64url(self.0) {
            return Ok(());
        }
        // Without a way out in the middle the compiler checks many bytes at a time.
        let strangers = self.0.iter().fold(0, |so_far, byte| so_far | is_no_token_byte(*byte));
        if strangers == 0 { Ok(()) } else { Err(malformed("bytes that no token has")) }
    }
}

/// What nearly every refused token is: a few parts, all of base64url. Sooner seen than byte by byte.
fn is_parts_of_base64url(mut rest: &[u8]) -> bool {
    const MOST_PARTS: usize = 5;
    for _ in 0..MOST_PARTS {
        let Some(dot) = memchr(b'.', rest) else { return base64url::is_strict(rest) };
        let Some((part, [_, after @ ..])) = rest.split_at_checked(dot) else { return false };
        if !base64url::is_strict(part) {
            return false;
        }
        rest = after;
    }
    false
}

/// 1 for a byte that no token has, else 0. `=` may stand anywhere: a padded part is a malformed token, not a malformed
/// request. In a form that needs no branches.
fn is_no_token_byte(byte: u8) -> u8 {
    let is_letter = u8::from((byte | 0x20).wrapping_sub(b'a') < 26);
    // `-`, `.`, `/` and the digits stand in a row.
    let is_from_hyphen_to_nine = u8::from(byte.wrapping_sub(b'-') <= b'9' - b'-');
    let is = |other| u8::from(byte == other);
    1 ^ (is_letter | is_from_hyphen_to_nine | is(b'_') | is(b'~') | is(b'+') | is(b'='))
}

impl<'h> BearerToken<'h> {
    /// A token that was handed over by itself, not in a header.
    pub(crate) fn from_token(token: &'h [u8], max_bytes: usize) -> Result<Self, AuthError> {
        if token.len() > max_bytes {
            return Err(too_large(token.len(), max_bytes));
        }
        Ok(Self(token))
    }

    pub(crate) fn as_bytes(self) -> &'h [u8] {
        self.0
    }
}

/// A bearer token is a password: its `Debug` says only that there is one.
impl std::fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(redacted)")
    }
}

/// What follows `Bearer` and its spaces.
fn after_scheme(field: &[u8]) -> Result<&[u8], AuthError> {
    const SCHEME: &[u8] = b"bearer";
    // As nearly everybody writes it.
    if let Some(rest) = field.strip_prefix(b"Bearer ") {
        return Ok(trim_spaces(rest));
    }
    // Servers strip the white space round a field value; a value that reaches us otherwise is read the same.
    let field = trim_spaces(field);
    let (scheme, rest) = field.split_at_checked(SCHEME.len()).unwrap_or((field, &[]));
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Reason::MissingToken.into());
    }
    match rest.first() {
        None => Err(malformed("no token after the scheme")),
        Some(b' ') => Ok(trim_spaces(rest)),
        // The scheme is longer than `Bearer`: another scheme.
        Some(byte) if byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte) => {
            Err(Reason::MissingToken.into())
        }
        Some(_) => Err(malformed("no space after the scheme")),
    }
}

fn trim_spaces(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = bytes {
        bytes = rest;
    }
    bytes
}

fn malformed(evidence: &str) -> AuthError {
    AuthError::new(Reason::MalformedRequest).with_evidence(evidence)
}

fn too_large(found: usize, max_bytes: usize) -> AuthError {
    AuthError::new(Reason::TooLarge).with_evidence(format!("{found} bytes, the limit is {max_bytes}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse<'h>(fields: &[&'h [u8]]) -> Result<&'h [u8], Reason> {
        let parsed = Credential::from_fields(fields.iter().copied()).and_then(|credential| {
            let token = credential.read(64)?;
            credential.check_bytes().map(|()| token)
        });
        parsed.map(BearerToken::as_bytes).map_err(|error| error.reason())
    }

    #[test]
    fn reads_one_token_whatever_the_case_of_the_scheme() {
        for field in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer   a.b.c", "Bearer a.b.c "] {
            assert_eq!(parse(&[field.as_bytes()]), Ok(&b"a.b.c"[..]), "{field}");
        }
        assert_eq!(parse(&[b"Bearer aZ09-._~+/=="]), Ok(&b"aZ09-._~+/=="[..]));
    }

    #[test]
    fn the_bytes_of_a_token_are_those_of_rfc_6750() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
            assert_eq!(is_no_token_byte(byte) == 0, expected, "{byte}");
            for position in [0, 1, 127, 128, 129, 199] {
                let mut bytes = [b'a'; 200];
                bytes[position] = byte;
                assert_eq!(Credential(&bytes).check_bytes().is_ok(), expected, "{byte} at {position}");
            }
        }
    }

    #[test]
    fn a_stranger_is_found_in_every_part() {
        for parts in 1..=7 {
            let good = vec!["aZ09-_aa"; parts].join(".");
            assert!(Credential(good.as_bytes()).check_bytes().is_ok(), "{good}");
            for position in 0..good.len() {
                let mut bytes = good.clone().into_bytes();
                bytes[position] = b',';
                assert!(Credential(&bytes).check_bytes().is_err(), "{good} at {position}");
            }
        }
        for odd in ["", ".", "..", "......", "a", "a.b.c", "a=.b.c", "a..b", ".a.", "~.+./"] {
            assert!(Credential(odd.as_bytes()).check_bytes().is_ok(), "{odd:?}");
        }
    }

    #[test]
    fn no_bearer_token_is_no_error() {
        for fields in [&[][..], &[&b"Basic dTpw"[..]], &[b"DPoP a.b.c"], &[b"Bearer2 a.b.c"], &[b""], &[b"Bear"]] {
            assert_eq!(parse(fields), Err(Reason::MissingToken), "{fields:?}");
        }
    }

    #[test]
    fn malformed_fields_are_malformed_requests() {
        let fields: &[&[&[u8]]] = &[
            &[b"Bearer"],
            &[b"Bearer "],
            &[b"Bearer\ta.b.c"],
            &[b"Bearer,a.b.c"],
            &[b"Bearer \ta.b.c"],
            &[b"Bearer a.b.c a.b.c"],
            &[b"Bearer a.b.c,d.e.f"],
            &[b"Bearer a.b.c, Basic dTpw"],
            &[b"Bearer \"a.b.c\""],
            &[b"Bearer a.b.\xff"],
            &[b"Bearer a.b.\xc3\xa9"],
            &[b"Bearer a.b\0c"],
            &[b"Bearer a.b.c", b"Bearer a.b.c"],
            &[b"Bearer a.b.c", b"Basic dTpw"],
            &[b"Basic dTpw", b"Bearer a.b.c"],
        ];
        for fields in fields {
            assert_eq!(parse(fields), Err(Reason::MalformedRequest), "{fields:?}");
        }
    }

    #[test]
    fn the_limit_counts_the_token_alone() {
        let field = format!("Bearer {}", "a".repeat(64));
        assert!(parse(&[field.as_bytes()]).is_ok());
        let field = format!("Bearer {}", "a".repeat(65));
        assert_eq!(parse(&[field.as_bytes()]), Err(Reason::TooLarge));
    }

    #[test]
    fn json_serialization_is_a_token_of_the_wrong_format() {
        assert_eq!(parse(&[br#"Bearer {"payload":"e30"}"#]), Err(Reason::Format));
    }

    #[test]
    fn the_limit_holds_for_a_token_by_itself() {
        assert!(BearerToken::from_token(&[b'a'; 64], 64).is_ok());
        for length in [65, 66, 1_000] {
            let refusal = BearerToken::from_token(&vec![b'a'; length], 64).unwrap_err();
            assert_eq!(refusal.reason(), Reason::TooLarge, "{length}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let token = BearerToken::from_token(b"secret", 64).unwrap();
        assert_eq!(format!("{token:?}"), "BearerToken(redacted)");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(field in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(token) = parse(&[&field]) {
                prop_assert!(token.iter().all(u8::is_ascii_graphic));
                prop_assert!(!token.is_empty());
            }
        }
    }
}
