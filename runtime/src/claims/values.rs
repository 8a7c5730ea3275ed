//! The types of single claims: borrowed from the token, strict or loose as their issuer demands.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Overage;

/// A claim whose type may not be the expected one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Field<T> {
    /// The token does not state it.
    #[default]
    Absent,
    /// The token states this.
    Is(T),
    /// The claim is there with another type.
    WrongType,
}

/// A list of strings, or the marker string that Entra ID puts in its place when the list is too long.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct List<'t>(pub(crate) Vec<Cow<'t, str>>);

/// Who the token is for: one string or several (RFC 7519 section 4.1.3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Audiences<'t> {
    One(Cow<'t, str>),
    Several(Vec<Cow<'t, str>>),
}

impl<'t> Audiences<'t> {
    pub(crate) fn as_slice(&self) -> &[Cow<'t, str>] {
        match self {
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Several(audiences) => audiences,
        }
    }
}

/// A JSON string, borrowed where it has no escapes. (`Cow`'s own `Deserialize` always copies.)
pub(crate) struct Text<'t>(pub(crate) Cow<'t, str>);

impl<'t> Deserialize<'t> for Text<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'t> Visitor<'t> for TextVisitor {
    type Value = Cow<'t, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Seconds since 1970 (RFC 7519 section 2): a JSON number, whose fraction is dropped.
pub(super) struct NumericDate(pub(super) i64);

impl<'t> Deserialize<'t> for NumericDate {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        /// Beyond this a double no longer counts single seconds.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let seconds = f64::deserialize(deserializer)?;
        if !(-EXACT..=EXACT).contains(&seconds) {
            return Err(D::Error::custom("a date out of range"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "in range, and the fraction is meant to go")]
        Ok(Self(seconds.floor() as i64))
    }
}

impl<'t> Deserialize<'t> for Audiences<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct AudiencesVisitor;

        impl<'t> Visitor<'t> for AudiencesVisitor {
            type Value = Audiences<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an audience or a list of audiences")
            }

            fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
                Ok(Audiences::One(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Audiences::One(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut audiences = Vec::new();
                while let Some(Text(audience)) = items.next_element()? {
                    audiences.push(audience);
                }
                Ok(Audiences::Several(audiences))
            }
        }

        deserializer.deserialize_any(AudiencesVisitor)
    }
}

/// Any JSON value, of which strings and lists of strings are kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Loose<'t> {
    Text(Cow<'t, str>),
    List(List<'t>),
    Null,
    Other,
}

impl<'t> Deserialize<'t> for Loose<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'t> Visitor<'t> for LooseVisitor {
    type Value = Loose<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Some(Vec::new());
        while let Some(item) = items.next_element::<Loose<'t>>()? {
            match (item, &mut list) {
                (Loose::Text(text), Some(list)) => list.push(text),
                _ => list = None,
            }
        }
        Ok(list.map_or(Loose::Other, |list| Loose::List(List(list))))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Null)
    }
}

impl<'t> Deserialize<'t> for Field<Cow<'t, str>> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Loose::deserialize(deserializer)? {
            Loose::Text(text) => Self::Is(text),
            Loose::List(_) | Loose::Null | Loose::Other => Self::WrongType,
        })
    }
}

impl<'t> Deserialize<'t> for Field<List<'t>> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Loose::deserialize(deserializer)? {
            Loose::List(list) => Self::Is(list),
            Loose::Text(_) | Loose::Null | Loose::Other => Self::WrongType,
        })
    }
}

/// A list that Entra ID replaces by a string when it is too long.
pub(super) enum ListOrMarker<'t> {
    List(List<'t>),
    Marker,
    WrongType,
}

impl<'t> Deserialize<'t> for ListOrMarker<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Loose::deserialize(deserializer)? {
            Loose::List(list) => Self::List(list),
            Loose::Text(_) => Self::Marker,
            Loose::Null | Loose::Other => Self::WrongType,
        })
    }
}

/// The claims that `_claim_names` says are to be fetched elsewhere. The link itself is never followed.
pub(super) struct ReplacedClaims(pub(super) Overage);

impl<'t> Deserialize<'t> for ReplacedClaims {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;

        impl<'t> Visitor<'t> for NamesVisitor {
            type Value = ReplacedClaims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of claim names")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut replaced = Overage::default();
                while let Some(Text(name)) = map.next_key()? {
                    replaced.groups |= name == "groups";
                    replaced.directory_roles |= name == "wids";
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(ReplacedClaims(replaced))
            }
        }

        deserializer.deserialize_map(NamesVisitor)
    }
}

impl<T> Field<T> {
    /// The value, if the token states one of the right type.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::WrongType => None,
        }
    }

    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self, Self::WrongType)
    }
}

impl Field<Cow<'_, str>> {
    /// The text, if the token states one.
    pub(crate) fn text(&self) -> Option<&str> {
        self.value().map(|text| &**text)
    }
}

impl Field<List<'_>> {
    /// The items; none if the token states no list.
    pub(crate) fn items(&self) -> impl Iterator<Item = &str> {
        self.value().into_iter().flat_map(|list| list.0.iter().map(|item| &**item))
    }
}

/// Splits a list from the string that Entra ID writes in its place (`"groups": "src1"`).
pub(super) fn marked_list(value: ListOrMarker<'_>) -> (Field<List<'_>>, bool) {
    match value {
        ListOrMarker::List(list) => (Field::Is(list), false),
        ListOrMarker::Marker => (Field::Absent, true),
        ListOrMarker::WrongType => (Field::WrongType, false),
    }
}
