//! The compact serialization: three base64url parts (RFC 7515 section 7.1).

use data_encoding::BASE64URL_NOPAD;

use crate::bearer::BearerToken;
use crate::error::{AuthError, Reason};

/// A token split at its two dots. Nothing is decoded yet.
#[derive(Clone, Copy)]
pub(crate) struct CompactToken<'t> {
    /// Header and payload with the dot between them: what the signature covers.
    pub(crate) signed_text: &'t str,
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> CompactToken<'t> {
    /// Splits a token. Looks at no more dots than decide, however many there are.
    pub(crate) fn split(token: BearerToken<'t>) -> Result<Self, AuthError> {
        let text = token.as_str();
        let mut parts = text.splitn(6, '.');
        let found = [parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()];
        match found {
            [Some(header), Some(payload), Some(signature), None, ..] => {
                if header.is_empty() || payload.is_empty() || signature.is_empty() {
                    return Err(malformed("a part is empty"));
                }
                let signed_text = text.get(..header.len() + 1 + payload.len()).unwrap_or_default();
                Ok(Self { signed_text, header, payload, signature })
            }
            // RFC 7516 section 7.1: five parts are a JWE.
            [.., Some(_), None] => Err(AuthError::new(Reason::Encrypted).with_evidence("the token has five parts")),
            _ => Err(malformed("the token does not have three parts")),
        }
    }

    pub(crate) fn decode_header(&self) -> Result<Vec<u8>, AuthError> {
        decode(self.header, "the header")
    }

    pub(crate) fn decode_payload(&self) -> Result<Vec<u8>, AuthError> {
        decode(self.payload, "the payload")
    }

    pub(crate) fn decode_signature(&self) -> Result<Vec<u8>, AuthError> {
        decode(self.signature, "the signature")
    }
}

/// Strict base64url: no padding, no white space, no other alphabet (RFC 7515 section 2), no unused bits set (RFC 4648
/// section 3.5), so that one token has exactly one text.
fn decode(part: &str, name: &str) -> Result<Vec<u8>, AuthError> {
    BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|error| malformed(&format!("{name} is not base64url: {error}")))
}

fn malformed(evidence: &str) -> AuthError {
    AuthError::new(Reason::Format).with_evidence(evidence)
}

/// Shows no token.
impl std::fmt::Debug for CompactToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CompactToken(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Result<(), Reason> {
        let token = BearerToken::from_token(text, usize::MAX).unwrap();
        let token = CompactToken::split(token).map_err(|error| error.reason())?;
        token
            .decode_header()
            .and(token.decode_payload())
            .and(token.decode_signature())
            .map_err(|error| error.reason())?;
        Ok(())
    }

    #[test]
    fn three_strict_base64url_parts() {
        assert_eq!(split("e30.e30.AA"), Ok(()));
        for text in [
            "",
            "e30",
            "e30.e30",
            "e30.e30.AA.AA",
            "e30.e30.AA.AA.AA.AA",
            "..",
            ".e30.AA",
            "e30..AA",
            "e30.e30.",
            "e30=.e30.AA",
            "e30.e30.AA==",
            "e3+.e30.AA",
            "e3/.e30.AA",
            "e30.e30.A",
            "e30.e30.AAAAA",
            "e30.e30.AB",
            "e30. e30.AA",
            "e30.e30.AA\n",
            "{}.e30.AA",
        ] {
            assert_eq!(split(text), Err(Reason::Format), "{text:?}");
        }
    }

    #[test]
    fn five_parts_are_an_encrypted_token() {
        assert_eq!(split("e30.AA.AA.AA.AA"), Err(Reason::Encrypted));
        assert_eq!(split("e30....AA"), Err(Reason::Encrypted));
    }

    #[test]
    fn millions_of_dots_cost_no_more_than_six() {
        assert_eq!(split(&".".repeat(5_000_000)), Err(Reason::Format));
    }

    /// RFC 4648 sections 3.5 and 5, bit by bit.
    fn reference(part: &str) -> Option<Vec<u8>> {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut bits = Vec::new();
        for character in part.chars() {
            let value = ALPHABET.find(character)?;
            bits.extend((0..6).rev().map(|bit| value >> bit & 1));
        }
        let (bytes, unused) = bits.split_at(bits.len() / 8 * 8);
        // Six unused bits are a whole character too many.
        if unused.len() == 6 || unused.contains(&1) {
            return None;
        }
        Some(bytes.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit == 1))).collect())
    }

    /// Every ASCII character, every pair of them, and every triple of those that can matter.
    #[test]
    fn short_parts_decode_as_the_reference_does() {
        let ascii = || (0..128_u8).map(char::from);
        let interesting = || "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n.\0".chars();
        let pairs = ascii().flat_map(|first| ascii().map(move |second| format!("{first}{second}")));
        let triples = interesting().flat_map(|first| {
            interesting().flat_map(move |second| interesting().map(move |third| format!("{first}{second}{third}")))
        });
        for part in ascii().map(String::from).chain(pairs).chain(triples) {
            assert_eq!(decode(&part, "a part").ok(), reference(&part), "{part:?}");
        }
    }

    proptest! {
        /// One token has one text: whatever decodes encodes back to itself.
        #[test]
        fn decoding_is_reversible(part in "[A-Za-z0-9_=+/ -]{0,40}") {
            if let Ok(bytes) = decode(&part, "a part") {
                prop_assert_eq!(BASE64URL_NOPAD.encode(&bytes), part);
            }
        }

        #[test]
        fn parts_decode_as_the_reference_does(part in prop_oneof!["[A-Za-z0-9_-]{0,80}", "[A-Za-z0-9_=+/ -]{0,12}", ".{0,8}"]) {
            prop_assert_eq!(decode(&part, "a part").ok(), reference(&part));
        }
    }
}
