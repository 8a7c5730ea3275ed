//! Identifiers that look random and are the same in every run.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::BASE64URL_NOPAD;

use crate::crypto::key_pair::sha1;

/// The GUID of the thing of this kind and name.
pub(super) fn guid(kind: &str, name: &str) -> String {
    let digest = sha1(format!("{kind}:{name}").as_bytes());
    let mut text = String::with_capacity(36);
    for (i, mut byte) in digest.into_iter().take(16).enumerate() {
        match i {
            // RFC 9562 section 5.5: a name-based GUID.
            6 => byte = byte & 0x0F | 0x50,
            8 => byte = byte & 0x3F | 0x80,
            _ => {}
        }
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}").expect("writing to a String");
    }
    text
}

/// An opaque identifier of 43 characters, as Entra ID makes a `sub` of a user for one API.
pub(super) fn opaque(kind: &str, name: &str) -> String {
    let first = sha1(format!("{kind}:{name}").as_bytes());
    let second = sha1(&first);
    let bytes: Vec<u8> = first.into_iter().chain(second).take(32).collect();
    BASE64URL_NOPAD.encode(&bytes)
}

/// A token id (`uti`, `jti`) that this process has not used before.
pub(super) fn token_id() -> String {
    static TOKENS: AtomicU64 = AtomicU64::new(0);
    let n = TOKENS.fetch_add(1, Ordering::Relaxed);
    let bytes: Vec<u8> = sha1(format!("token:{n}").as_bytes()).into_iter().take(16).collect();
    BASE64URL_NOPAD.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_have_the_form_of_guids_and_depend_on_kind_and_name() {
        let ada = guid("user", "ada");
        let dashes: Vec<usize> = ada.match_indices('-').map(|(i, _)| i).collect();
        assert_eq!((ada.len(), dashes), (36, vec![8, 13, 18, 23]));
        assert!(ada.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f' | '-')), "{ada}");
        assert_eq!(ada, guid("user", "ada"));
        assert_ne!(ada, guid("user", "bob"));
        assert_ne!(ada, guid("app", "ada"));
    }

    #[test]
    fn token_ids_do_not_repeat() {
        assert_ne!(token_id(), token_id());
        assert_eq!(token_id().len(), 22);
    }
}
