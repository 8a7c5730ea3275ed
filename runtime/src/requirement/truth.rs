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

    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    /// No if any part is no, else unknown if any is; an empty list, which cannot be built, is no.
    pub(super) fn all(parts: impl Iterator<Item = Self>) -> Self {
        parts.reduce(Self::and).unwrap_or(Self::No)
    }

    /// Yes if any part is yes, else unknown if any is; an empty list is no.
    pub(super) fn any(parts: impl Iterator<Item = Self>) -> Self {
        parts.reduce(|left, right| left.not().and(right.not()).not()).unwrap_or(Self::No)
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }
}

pub(super) fn stated(found: Option<&str>, wanted: &str) -> Truth {
    found.map_or(Truth::Unknown, |found| Truth::of(found == wanted))
}

/// A list that may have been cut says yes, but never no.
pub(super) fn listed(list: &[Box<str>], wanted: &str, overage: bool) -> Truth {
    match (list.iter().any(|item| **item == *wanted), overage) {
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
