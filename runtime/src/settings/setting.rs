//! A value and where it was found, in the words of that place.

use std::fmt;

use super::schema::{AZURE_AD, Form, Key, SEPARATOR};
use crate::guid;
use crate::setup_error::SetupError;

/// The values of one setting, and the name that the operator knows it by.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) key: Key,
    pub(super) values: Vec<String>,
    pub(super) name: Name,
}

/// `AzureAd.TenantId in settings.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) place: Place,
    pub(super) member: String,
}

/// Where settings are written, each with names of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Argument,
    Flat { file: String },
    Section { section: String, file: String },
    SectionVariable { section: String },
    Variable,
}

impl Setting {
    /// The first value. A text has no other.
    pub(super) fn text(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    pub(super) fn is_on(&self) -> bool {
        self.text() == "true"
    }

    /// The values in the one way of writing that compares: GUIDs, domain names and hosts have no case.
    pub(super) fn compared(&self) -> Vec<String> {
        let has_no_case = matches!(
            self.key,
            Key::TenantId | Key::Domain | Key::UserFlows | Key::AuthorityHost | Key::AllowedTenants | Key::OidcProfile
        );
        let one = |value: &String| match guid::normalized(value) {
            Some(guid) => guid,
            None if self.key == Key::AuthorityHost => value.trim_end_matches('/').to_ascii_lowercase(),
            None if has_no_case => value.to_ascii_lowercase(),
            None => value.clone(),
        };
        let mut values: Vec<_> = self.values.iter().map(one).collect();
        // Of other lists the first may mean more than the rest.
        if matches!(self.key, Key::AllowedTenants | Key::AllowedClients) {
            values.sort_unstable();
        }
        values
    }

    /// Which of the names of a section this is, in the order of the table.
    pub(super) fn position(&self) -> usize {
        let member = self.name.member.split(SEPARATOR).next();
        self.key.row().members.iter().position(|known| Some(*known) == member).unwrap_or_default()
    }

    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        self.compared() == other.compared()
    }

    /// Whether every value of `other` is one of these.
    pub(super) fn has_all_of(&self, other: &Self) -> bool {
        let values = self.compared();
        other.compared().iter().all(|value| values.contains(value))
    }

    /// This setting, after a difference to a weaker one was logged.
    pub(super) fn over(self, weaker: &Self) -> Self {
        if !self.says_the_same_as(weaker) {
            let (used, ignored) = (self.name.to_string(), weaker.name.to_string());
            crate::log::warn!(target: super::LOG, used, ignored, "two settings differ; the first counts");
        }
        self
    }
}

impl Name {
    /// What `key` is called where this name stands.
    pub(super) fn beside(&self, key: Key) -> Self {
        let row = key.row();
        let (mut place, flat) = (self.place.clone(), row.flat.unwrap_or_default());
        let member = match (&place, row.members.first()) {
            (Place::Variable, first) => {
                if let (None, Some(_)) = (row.variable, first) {
                    place = Place::SectionVariable { section: AZURE_AD.to_owned() };
                }
                row.variable.or(first.copied()).unwrap_or(flat)
            }
            (Place::Section { .. } | Place::SectionVariable { .. }, Some(first)) => first,
            _ => row.flat.or(row.members.first().copied()).unwrap_or_default(),
        };
        Self { place, member: member.to_owned() }
    }

    /// The section that the name stands in.
    pub(super) fn section(&self) -> Option<&str> {
        match &self.place {
            Place::Section { section, .. } | Place::SectionVariable { section } => Some(section),
            _ => None,
        }
    }

    pub(super) fn is_plain_variable(&self) -> bool {
        self.place == Place::Variable
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = &self.member;
        match &self.place {
            Place::Argument => write!(f, "the argument {member}"),
            Place::Flat { file } => write!(f, "{member} in {file}"),
            Place::Section { section, file } => write!(f, "{section}.{member} in {file}"),
            Place::SectionVariable { section } => write!(f, "{section}{SEPARATOR}{member}"),
            Place::Variable => f.write_str(member),
        }
    }
}

/// What stands in a file or a variable, before anybody knows whether it fits.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    Nothing,
    Text(String),
    Switch(bool),
    List(Vec<String>),
    Other(&'static str),
}

impl Written {
    /// The setting, or nothing where nothing is written: an empty value is none.
    pub(super) fn setting(self, key: Key, name: Name) -> Result<Option<Setting>, SetupError> {
        let wrong = |what: &str, write: &str| Err(SetupError::invalid(format!("{name} is {what}; write {write}")));
        let form = key.row().form;
        let values = match (form, self) {
            (_, Self::Nothing) => vec![],
            (Form::Text, Self::Text(text)) => vec![text],
            (Form::List, Self::Text(text)) => text.split(',').map(str::to_owned).collect(),
            (Form::List, Self::List(values)) => values,
            (Form::Switch, Self::Switch(on)) => vec![on.to_string()],
            (Form::Switch, Self::Text(text)) => match text.trim().to_ascii_lowercase() {
                word if ["true", "false", ""].contains(&word.as_str()) => vec![word],
                _ => return wrong("neither true nor false", "one of them"),
            },
            (form, written) => return wrong(written.what(), form.example()),
        };
        let values: Vec<_> =
            values.iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
        if values.is_empty() {
            // A variable that was meant to be filled in must not open the door.
            return if key.narrows() { wrong("empty", "a value, or remove it") } else { Ok(None) };
        }
        Ok(Some(Setting { key, values, name }))
    }

    const fn what(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a text",
            Self::Switch(_) => "true or false",
            Self::List(_) => "a list",
            Self::Other(what) => what,
        }
    }
}

impl Form {
    const fn example(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::List => "a list of texts",
            Self::Switch => "true or false",
        }
    }
}
