//! How much may be in a JSON text before anybody vouches for it.
//!
//! A reader pays by the member and by the item, not by the byte: 64 KiB of brackets and commas cost more to read than the
//! signature that would refuse them. So they are counted first, which costs little.

/// What opens an object or a list, and what parts members and items. Twice as many items as the longest token that is read by
/// default has room for, if each is a GUID, as ids of groups are.
const MOST_PARTS: usize = 2_560;

/// There are too many parts.
#[derive(Debug)]
pub(crate) struct TooManyParts;

/// A text shorter than the limit is not looked at.
pub(crate) fn check_parts(text: &[u8]) -> Result<(), TooManyParts> {
    if text.len() <= MOST_PARTS || count(text) <= MOST_PARTS { Ok(()) } else { Err(TooManyParts) }
}

/// Counts in bytes, of which the processor adds many at a time.
fn count(text: &[u8]) -> usize {
    const MOST_IN_A_BYTE: usize = 255;
    let is_part = |byte: u8| u8::from(byte == b',') + u8::from(byte == b'[') + u8::from(byte == b'{');
    let counts = text.chunks(MOST_IN_A_BYTE).map(|chunk| chunk.iter().fold(0, |sum: u8, byte| sum + is_part(*byte)));
    counts.map(usize::from).sum()
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
        for length in [254, 255, 256, 510, 511, 10_000] {
            assert_eq!(count("[".repeat(length).as_bytes()), length);
            assert_eq!(count(format!("{},", "x".repeat(length)).as_bytes()), 1);
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
