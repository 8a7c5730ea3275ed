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

    /// No if any part is no, else unknown if any is. Parts after the first no are not looked at. An empty list, which
    /// cannot be built, is no.
    pub(super) fn all(parts: impl Iterator<Item = Self>) -> Self {
        let mut outcome = None;
        for part in parts {
            match part {
                Self::No => return Self::No,
                Self::Unknown => outcome = Some(Self::Unknown),
                Self::Yes => outcome = outcome.or(Some(Self::Yes)),
            }
        }
        outcome.unwrap_or(Self::No)
    }

    /// Yes if any part is yes, else unknown if any is. Parts after the first yes are not looked at. An empty list is no.
    pub(super) fn any(parts: impl Iterator<Item = Self>) -> Self {
        let mut outcome = Self::No;
        for part in parts {
            match part {
                Self::Yes => return Self::Yes,
                Self::Unknown => outcome = Self::Unknown,
                Self::No => {}
            }
        }
        outcome
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
