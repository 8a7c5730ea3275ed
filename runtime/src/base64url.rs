//! Strict base64url, as JOSE writes it.
//!
//! No padding, no white space, no other alphabet (RFC 7515 section 2), no unused bits set (RFC 4648 section 3.5), so that
//! one token has exactly one text.

use std::fmt;

use base64_simd::URL_SAFE_NO_PAD;

/// The text is not strict base64url.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotBase64url;

/// Decodes a text.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, NotBase64url> {
    URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| NotBase64url)
}

/// Decodes a text and appends it.
pub(crate) fn decode_into(text: &[u8], buffer: &mut Vec<u8>) -> Result<(), NotBase64url> {
    URL_SAFE_NO_PAD.decode_append(text, buffer).map_err(|_| NotBase64url)
}

/// Whether a text can be decoded.
pub(crate) fn is_strict(text: &[u8]) -> bool {
    URL_SAFE_NO_PAD.check(text).is_ok()
}

impl fmt::Display for NotBase64url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not base64url")
    }
}

impl std::error::Error for NotBase64url {}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use proptest::prelude::*;

    use super::*;

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
            assert_eq!(decode(part.as_bytes()).ok(), reference(&part), "{part:?}");
        }
    }

    /// The decoder takes many characters at a time; one that is wrong must not hide among them.
    #[test]
    fn one_wrong_character_is_found_wherever_it_stands() {
        for length in [16, 31, 32, 63, 64, 65, 96, 127, 128, 129, 256, 342] {
            // One character too many for whole bytes is refused, whatever it is.
            let good = "A".repeat(if length % 4 == 1 { length - 1 } else { length });
            assert!(decode(good.as_bytes()).is_ok(), "{length}");
            for position in 0..good.len() {
                for wrong in 0..=u8::MAX {
                    let is_right = wrong.is_ascii_alphanumeric() || wrong == b'-' || wrong == b'_';
                    let mut bytes = good.clone().into_bytes();
                    bytes[position] = wrong;
                    let has_unused_bits = position + 1 == good.len() && good.len() % 4 != 0;
                    if !has_unused_bits {
                        assert_eq!(decode(&bytes).is_ok(), is_right, "{wrong} at {position} of {length}");
                    } else if !is_right {
                        assert!(decode(&bytes).is_err(), "{wrong} at {position} of {length}");
                    }
                }
            }
        }
    }

    proptest! {
        /// One token has one text: whatever decodes encodes back to itself.
        #[test]
        fn decoding_is_reversible(part in "[A-Za-z0-9_=+/ -]{0,40}") {
            if let Ok(bytes) = decode(part.as_bytes()) {
                prop_assert_eq!(BASE64URL_NOPAD.encode(&bytes), part);
            }
        }

        #[test]
        fn parts_decode_as_the_reference_does(
            part in prop_oneof!["[A-Za-z0-9_-]{0,80}", "[A-Za-z0-9_-]{0,400}", "[A-Za-z0-9_=+/ -]{0,12}", ".{0,8}"],
        ) {
            prop_assert_eq!(decode(part.as_bytes()).ok(), reference(&part));
        }

        #[test]
        fn any_bytes_decode_as_another_decoder_says(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(decode(&bytes).ok(), BASE64URL_NOPAD.decode(&bytes).ok());
        }

        #[test]
        fn what_is_strict_decodes_and_the_rest_does_not(
            part in prop_oneof!["[A-Za-z0-9_-]{0,80}", "[A-Za-z0-9_-]{0,400}", "[A-Za-z0-9_=+/. -]{0,12}", ".{0,8}"],
        ) {
            prop_assert_eq!(is_strict(part.as_bytes()), decode(part.as_bytes()).is_ok());
        }

        #[test]
        fn appending_is_decoding(part in "[A-Za-z0-9_-]{0,80}", before in proptest::collection::vec(any::<u8>(), 0..9)) {
            let mut buffer = before.clone();
            let appended = decode_into(part.as_bytes(), &mut buffer);
            prop_assert_eq!(appended.is_ok(), decode(part.as_bytes()).is_ok());
            if let Ok(bytes) = decode(part.as_bytes()) {
                prop_assert_eq!(buffer, [before, bytes].concat());
            }
        }
    }
}
