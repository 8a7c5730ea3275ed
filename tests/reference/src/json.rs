//! JSON as far as the rules speak of it: the members of an object in the order in which they stand.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep `serde_json` reads.
const DEPTH: usize = 128;

/// The members of an object, as often as they stand there. Values need only be well-formed.
#[derive(Debug, Default)]
pub(crate) struct Members(pub(crate) Vec<(String, Box<RawValue>)>);

/// A value, of which strings and lists of strings are kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loose {
    Text(String),
    List(Vec<String>),
    Other,
}

/// Not what it must be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Malformed;

impl From<serde_json::Error> for Malformed {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

impl Members {
    /// The object that is all of this text.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Malformed> {
        Ok(serde_json::from_str(str::from_utf8(text).map_err(|_| Malformed)?)?)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.get())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// How often a name stands there.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(found, _)| found == name).count()
    }

    /// A member that must be a string, if it is there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Malformed> {
        Ok(self.get(name).map(serde_json::from_str).transpose()?)
    }

    /// A member that may be anything.
    pub(crate) fn loose(&self, name: &str) -> Result<Option<Loose>, Malformed> {
        self.get(name).map(|value| Loose::read(value, 1)).transpose()
    }
}

impl Loose {
    /// Reads a value that has `depth` others round it.
    fn read(text: &str, depth: usize) -> Result<Self, Malformed> {
        let nests = text.starts_with(['[', '{']);
        if nests && depth + 1 >= DEPTH {
            return Err(Malformed);
        }
        if text.starts_with('[') {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text)?;
            let items: Vec<_> = items.iter().map(|item| Self::read(item.get(), depth + 1)).collect::<Result<_, _>>()?;
            let texts: Option<Vec<_>> = items.into_iter().map(Self::into_text).collect();
            return Ok(texts.map_or(Self::Other, Self::List));
        }
        if text.starts_with('{') {
            // Its names are read, and what they stand for is nobody's business.
            return Members::read(text.as_bytes()).map(|_| Self::Other);
        }
        Ok(match serde_json::from_str(text)? {
            serde_json::Value::String(text) => Self::Text(text),
            _ => Self::Other,
        })
    }

    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some(member) = map.next_entry()? {
                    members.0.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}
