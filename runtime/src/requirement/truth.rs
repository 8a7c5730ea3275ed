//! Yes, no and unknown (Kleene's strong logic of three values).

use crate::access_token::CallerKind;

/// The answer of a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// The token does not state what is asked.
    Unknown,
}

impl Truth {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

pub(super) fn stated(found: Option<&str>, wanted: &str) -> Truth {
    found.map_or(Truth::Unknown, |found| Truth::of(found == wanted))
}

/// A list that may have been cut says yes, but never no.
pub(super) fn listed<'t>(mut list: impl Iterator<Item = &'t str>, wanted: &str, overage: bool) -> Truth {
    match (list.any(|item| item == wanted), overage) {
        (true, _) => Truth::Yes,
        (false, true) => Truth::Unknown,
        (false, false) => Truth::No,
    }
}

pub(super) fn kind(found: CallerKind, wanted: CallerKind) -> Truth {
    match found {
        CallerKind::Unknown => Truth::Unknown,
        found => Truth::of(found == wanted),
    }
}
