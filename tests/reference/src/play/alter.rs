//! Tokens and fields that were changed after they were made.

use super::script::Script;

/// Bytes that take the place of others.
pub(super) struct Splice {
    at: usize,
    removed: usize,
    bytes: Vec<u8>,
}

impl Splice {
    pub(super) fn of(script: &mut Script<'_>) -> Self {
        let (at, removed, added) = (script.below(1_024), script.below(3), script.below(5));
        Self { at, removed, bytes: (0..added).map(|_| script.byte()).collect() }
    }

    pub(super) fn into_text(self, text: &[u8]) -> Vec<u8> {
        let start = self.at % (text.len() + 1);
        let end = (start + self.removed).min(text.len());
        [&text[..start], &self.bytes, &text[end..]].concat()
    }
}

/// A token with other bytes somewhere, or with parts of another one.
pub(super) fn altered(token: &[u8], other: &[u8], script: &mut Script<'_>) -> Vec<u8> {
    let parts = |token: &[u8]| -> Vec<Vec<u8>> { token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect() };
    match script.below(6) {
        0 => Splice::of(script).into_text(token),
        // The last byte of a part, where bits may be unused.
        1 => {
            let mut parts = parts(token);
            let part = script.below(parts.len());
            if let Some(last) = parts[part].last_mut() {
                *last = *script.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/.");
            }
            parts.join(&b'.')
        }
        2 => {
            let (mut parts, others) = (parts(token), parts(other));
            let part = script.below(parts.len());
            if let Some(other) = others.get(part) {
                parts[part].clone_from(other);
            }
            parts.join(&b'.')
        }
        3 => token[..token.len().saturating_sub(1 + script.below(80))].to_vec(),
        4 => [token, &b"AAAA"[..=script.below(4)]].concat(),
        // One character within.
        _ => {
            let mut token = token.to_vec();
            let at = script.below(2_048) % token.len().max(1);
            if let Some(byte) = token.get_mut(at) {
                *byte = *script.pick(b"ABab01-_.=");
            }
            token
        }
    }
}

/// The fields of a request with this token: nearly always one, written as it should be.
pub(super) fn fields(token: &[u8], script: &mut Script<'_>) -> Vec<Vec<u8>> {
    let field = |before: &str, after: &str| [before.as_bytes(), token, after.as_bytes()].concat();
    match script.below(96) {
        0 => vec![],
        1 => vec![field("Bearer ", ""), field("Bearer ", "")],
        2 => vec![field("Bearer ", ""), b"Basic eDp5".to_vec()],
        3 => vec![field("bearer ", "")],
        4 => vec![field(" BEARER   ", "  ")],
        5 => vec![field("Bearer ", " ")],
        6 => vec![field("Bearer\t", "")],
        7 => vec![field("Bearer ", " x")],
        8 => vec![field("Bearer", "")],
        9 => vec![field("DPoP ", "")],
        10 => vec![field("Bearer ", "\n")],
        11 => vec![field("Bearer ", "\u{e4}")],
        12 => vec![field("", "")],
        _ => vec![field("Bearer ", "")],
    }
}
