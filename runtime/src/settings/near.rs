//! Names that are nearly one of ours: `allowed_client`, `RefuseGuest`, `tenantId`.

/// The one of `known` that `name` was probably meant to be. None if it is one of them.
pub(super) fn meant<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> Option<&'k str> {
    if name.len() > LONGEST || known.clone().any(|known| known == name) {
        return None;
    }
    let simple = simplified(name);
    // Short names are near to too many words.
    let near = |known: &&str| {
        let known = simplified(known);
        let allowed = match known.len() {
            0..8 => 0,
            8..12 => 1,
            _ => 2,
        };
        distance(&simple, &known) <= allowed
    };
    known.into_iter().find(near)
}

/// Longer names are nobody's slip of the pen.
const LONGEST: usize = 40;

fn simplified(name: &str) -> Vec<u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect()
}

/// How many letters must be added, dropped or changed (Levenshtein).
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, byte) in left.iter().enumerate() {
        let (mut diagonal, mut before) = (above, above + 1);
        let mut columns = row.iter_mut();
        if let Some(first) = columns.next() {
            *first = before;
        }
        for (other, column) in right.iter().zip(columns) {
            let here = (diagonal + usize::from(byte != other)).min(before + 1).min(*column + 1);
            diagonal = std::mem::replace(column, here);
            before = here;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["allowed_clients", "tenant_id", "cloud", "audience"];

    #[test]
    fn letters_added_dropped_and_changed_are_counted() {
        for (left, right, expected) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("abc", "abc", 0), ("ab", "ba", 2)]
        {
            assert_eq!(distance(left.as_bytes(), right.as_bytes()), expected, "{left} {right}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_known_and_another_word_is_not() {
        for (name, expected) in [
            ("allowed_client", Some("allowed_clients")),
            ("AllowedClients", Some("allowed_clients")),
            ("tenantId", Some("tenant_id")),
            ("audiences", Some("audience")),
            ("Cloud", Some("cloud")),
            ("clouds", None),
            ("tenant_id", None),
            ("tenants", None),
            ("client", None),
            ("api_key", None),
            ("action", None),
            (&"tenant_id".repeat(9), None),
        ] {
            assert_eq!(meant(name, KNOWN.into_iter()), expected, "{name}");
        }
    }
}
