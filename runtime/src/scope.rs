//! Scopes: what a token grants its client, one word each.

/// Whether `scope` is one scope-token of RFC 6749 section 3.3: one or more of `%x21 / %x23-5B / %x5D-7E`.
pub(crate) const fn is_scope_token(scope: &str) -> bool {
    let bytes = scope.as_bytes();
    let mut rest = bytes;
    let mut fits = !bytes.is_empty();
    // Without a branch for each byte, as every request of `validate_scope` comes here.
    while let [byte, tail @ ..] = rest {
        fits &= matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        rest = tail;
    }
    fits
}

/// The words of a space-separated list, as `scp` (Entra ID) and `scope` (RFC 9068) carry them. Only U+0020 separates;
/// empty words are skipped.
pub(crate) fn words(list: &str) -> impl Iterator<Item = &str> {
    // Entra ID writes "/" into the scp of agents that act on their own: no scope at all.
    list.split(' ').filter(|word| !word.is_empty() && *word != "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_tokens_follow_rfc_6749() {
        for scope in ["weather.read", "api://id/weather.read", "!", "a-b_c:d", "~"] {
            assert!(is_scope_token(scope), "{scope}");
        }
        for scope in ["", " ", "a b", "a\"b", "a\\b", "a\tb", "\u{e4}", "a\u{7f}"] {
            assert!(!is_scope_token(scope), "{scope:?}");
        }
    }

    #[test]
    fn words_are_separated_by_spaces_alone() {
        assert_eq!(words("  a  weather.read b ").collect::<Vec<_>>(), ["a", "weather.read", "b"]);
        assert_eq!(words("a,b\tc").collect::<Vec<_>>(), ["a,b\tc"]);
        assert_eq!(words("/").count(), 0);
        assert_eq!(words("").count(), 0);
    }
}
