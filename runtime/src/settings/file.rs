//! The settings file: flat members, the sections of Microsoft.Identity.Web, or both, in JSON with comments.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::LOG;
use super::comments::without_comments;
use super::near::meant;
use super::schema::{ELSEWHERE, Key, SECTIONS};
use super::setting::{Name, Place, Setting, Written};
use crate::setup_error::{SetupError, SetupErrorKind};

/// The settings in `text`, which stands in the file `path`: those of one section, or all.
pub(super) fn read(text: &str, path: &str, section: Option<&str>) -> Result<Vec<Setting>, SetupError> {
    let unreadable = |why: String| SetupError::new(SetupErrorKind::SettingsFile, format!("{path}: {why}"));
    // .NET reads its files with comments, and Visual Studio begins them with a mark of the encoding.
    let text = without_comments(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut json = serde_json::Deserializer::from_str(&text);
    let root = Level::Root { section }.deserialize(&mut json).and_then(|root| json.end().map(|()| root));
    let root = root.map_err(|error| {
        unreadable(if error.is_data() {
            // What stands where an object belongs may be a secret, so it is not repeated.
            format!("an object, {{ .. }}, belongs at line {} column {}", error.line(), error.column())
        } else {
            error.to_string()
        })
    })?;
    if let Some(section) = section
        && root.sections.is_empty()
    {
        return Err(unreadable(format!("there is no section {section}")));
    }

    let file = path.to_owned();
    let mut settings = root.members.settings(&Place::Flat { file: file.clone() })?;
    let mut seen = Vec::new();
    for (section, members) in root.sections {
        if seen.contains(&section) {
            return Err(unreadable(format!("the section {section} is written twice; remove one of them")));
        }
        seen.push(section.clone());
        settings.extend(members.settings(&Place::Section { section, file: file.clone() })?);
    }
    Ok(settings)
}

#[derive(Default)]
struct Root {
    members: Members,
    sections: Vec<(String, Members)>,
}

/// The members of one object. Of those that are no settings the name alone is known: the value may be a secret.
#[derive(Default)]
struct Members {
    settings: Vec<(String, Written)>,
    others: Vec<String>,
}

impl Members {
    fn settings(self, place: &Place) -> Result<Vec<Setting>, SetupError> {
        for other in &self.others {
            check_other(other, place)?;
        }
        let mut found: Vec<Setting> = Vec::new();
        for (member, written) in self.settings {
            let name = Name { place: place.clone(), member };
            if found.iter().any(|setting| setting.name == name) {
                return Err(SetupError::contradictory(format!("{name} is written twice; remove one of them")));
            }
            if let Some(key) = key_of(&name) {
                found.extend(written.setting(key, name)?);
            } else {
                written.refuse_elsewhere(&name)?;
            }
        }
        Ok(found)
    }
}

fn key_of(name: &Name) -> Option<Key> {
    match name.section() {
        Some(_) => Key::of_member(&name.member),
        None => Key::of_flat(&name.member),
    }
}

/// Refuses a member that is nearly a setting, and would be lost.
fn check_other(member: &str, place: &Place) -> Result<(), SetupError> {
    let name = Name { place: place.clone(), member: member.to_owned() };
    if name.section().is_some() {
        return refuse_nearly_member(&name);
    }
    let flat = Key::ALL.into_iter().filter_map(|key| key.row().flat);
    let Some(meant) = meant(member, flat.chain(SECTIONS)) else { return Ok(()) };
    if meant.contains('_') || SECTIONS.contains(&meant) {
        return Err(not_read(&name, meant));
    }
    // A single word may well be a setting of the application itself.
    crate::log::warn!(target: LOG, member, meant, "a member of the settings file is not read; its name is nearly one that is");
    Ok(())
}

/// Refuses a member of a section, or its variable, that is nearly one of ours.
pub(super) fn refuse_nearly_member(name: &Name) -> Result<(), SetupError> {
    match meant(&name.member, Key::members().map(|(_, member)| member)) {
        Some(meant) => Err(not_read(name, meant)),
        None => Ok(()),
    }
}

fn not_read(name: &Name, meant: &str) -> SetupError {
    let meant = Name { place: name.place.clone(), member: meant.to_owned() };
    SetupError::invalid(format!("{name} is not read; write {meant}, or give it another name if it is something else"))
}

/// Which of the file's objects is read.
#[derive(Clone, Copy)]
enum Level<'s> {
    Root { section: Option<&'s str> },
    Section,
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Root;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Root, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Root;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Root, A::Error> {
        let mut root = Root::default();
        while let Some(member) = object.next_key::<String>()? {
            let (is_section, is_setting) = match self {
                Self::Root { section: None } => (SECTIONS.contains(&&*member), Key::of_flat(&member).is_some()),
                Self::Root { section: Some(section) } => (member == section, false),
                Self::Section => (false, Key::of_member(&member).is_some() || elsewhere(&member).is_some()),
            };
            if is_section {
                let section = object.next_value_seed(Self::Section)?;
                root.sections.push((member, section.members));
            } else if is_setting {
                let written = object.next_value()?;
                root.members.settings.push((member, written));
            } else {
                object.next_value::<IgnoredAny>()?;
                root.members.others.push(member);
            }
        }
        Ok(root)
    }
}

/// What to write instead of a member that bears on tokens and is not read.
fn elsewhere(member: &str) -> Option<&'static str> {
    ELSEWHERE.into_iter().find_map(|(name, instead)| (name == member).then_some(instead))
}

impl Written {
    /// Refuses a member that bears on tokens and would do nothing here.
    pub(super) fn refuse_elsewhere(&self, name: &Name) -> Result<(), SetupError> {
        let is_off = match self {
            Self::Nothing | Self::Switch(false) => true,
            Self::Text(text) => ["", "false"].contains(&text.trim().to_ascii_lowercase().as_str()),
            Self::List(values) => values.is_empty(),
            Self::Switch(true) | Self::Other(_) => false,
        };
        match elsewhere(&name.member) {
            Some(instead) if !is_off => Err(SetupError::invalid(format!("{name} is not read: {instead}"))),
            _ => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Written, E> {
        Ok(Written::Nothing)
    }

    fn visit_bool<E: Error>(self, on: bool) -> Result<Written, E> {
        Ok(Written::Switch(on))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Written, E> {
        Ok(Written::Other("a number"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Written, E> {
        Ok(Written::Other("a number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Written, E> {
        Ok(Written::Other("a number"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Written, A::Error> {
        let (mut values, mut all_texts) = (Vec::new(), true);
        while let Some(value) = list.next_element()? {
            match value {
                Written::Text(text) => values.push(text),
                _ => all_texts = false,
            }
        }
        Ok(if all_texts { Written::List(values) } else { Written::Other("a list of something else than texts") })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Written, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Written::Other("an object"))
    }
}
