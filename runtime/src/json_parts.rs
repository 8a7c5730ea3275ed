//! How much may be in a JSON text before anybody vouches for it.
//!
//! A reader pays by the member and by the item, not by the byte: 64 KiB of brackets and commas cost more to read than the
//! signature that would refuse them. So they are counted first, which costs little.

use memchr::memchr3_iter;

/// What opens an object or a list, and what parts members and items. Twice as many items as the longest token that is read by
/// default has room for, if each is a GUID, as ids of groups are.
const MOST_PARTS: usize = 2_560;

/// There are too many parts.
#[derive(Debug)]
pub(crate) struct TooManyParts;

/// Counts no further than decides. A text shorter than the limit is not looked at.
pub(crate) fn check_parts(text: &[u8]) -> Result<(), TooManyParts> {
    if text.len() <= MOST_PARTS || memchr3_iter(b'[', b'{', b',', text).nth(MOST_PARTS).is_none() {
        return Ok(());
    }
    Err(TooManyParts)
}

impl std::fmt::Display for TooManyParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more than {MOST_PARTS} members and items")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_commas_count_and_nothing_else() {
        for part in ["[", "{", ","] {
            assert!(check_parts(part.repeat(MOST_PARTS).as_bytes()).is_ok());
            assert!(check_parts(format!("x{}", part.repeat(MOST_PARTS)).as_bytes()).is_ok());
            assert!(check_parts(part.repeat(MOST_PARTS + 1).as_bytes()).is_err());
        }
        assert!(check_parts("]}:\"x ".repeat(10_000).as_bytes()).is_ok());
    }

    #[test]
    fn the_longest_token_may_be_full_of_groups() {
        // base64url of it has 64 KiB.
        const LONGEST: usize = 48 * 1024;
        let group = "\"02223b6b-aad1-42d4-9ec0-1b2bb9194438\",";
        let text = format!("{{\"groups\":[{}]}}", group.repeat(LONGEST / group.len()));
        assert!(check_parts(text.as_bytes()).is_ok());
    }
}
