//! Settings in the environment: those of the sections, `AzureAd__TenantId`, then those of other tools, `AZURE_TENANT_ID`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::file::refuse_nearly_member;
use super::near::meant;
use super::schema::{AZURE_AD, ELSEWHERE, Form, Key, SECTIONS, SEPARATOR};
use super::setting::{Name, Place, Setting, Written};
use crate::setup_error::SetupError;

/// What workload identity of Kubernetes sets beside `AZURE_CLIENT_ID`.
pub(super) const POD_IDENTITY: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// What the names of settings begin with, in whatever case. Variables of other programs begin like that too, and are left
/// alone if they can be read.
pub(super) const PREFIXES: [&str; 3] = [AZURE_AD, "AZURE_", "OIDC_"];

/// The environment: all names, and the value of those that are asked for.
pub(super) struct Environment<'v> {
    names: Vec<String>,
    lookup: &'v dyn Fn(&str) -> Option<OsString>,
}

impl<'v> Environment<'v> {
    /// Refuses a name that looks like one of a setting and is not: a restriction that it holds would be lost.
    pub(super) fn new(
        names: impl IntoIterator<Item = OsString>,
        lookup: &'v dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SetupError> {
        let mut readable = Vec::new();
        for name in names {
            if is_misread(&name) {
                // A byte that cannot be read cannot be seen either.
                let name = name.as_encoded_bytes().escape_ascii();
                return Err(SetupError::invalid(format!(
                    "the environment has \"{name}\", which looks like the name of a setting and is not read: write it in \
                     letters, digits and underscores, or unset it"
                )));
            }
            readable.extend(name.into_string().ok());
        }
        Ok(Self { names: readable, lookup })
    }

    /// The settings of the sections, and those that others set, which are weaker.
    pub(super) fn settings(&self) -> Result<(Vec<Setting>, Vec<Setting>), SetupError> {
        Ok((self.of_sections()?, self.plain()?))
    }

    /// Whether the variable is set, to anything that can be read.
    pub(super) fn has(&self, name: &str) -> Result<bool, SetupError> {
        let is_there = self.names.iter().any(|known| is_named(known, name));
        Ok(is_there && self.value(name)?.is_some())
    }

    /// The value of a variable. One that is not UTF-8 is an error and not the same as none. The value may be a secret that
    /// was put into the wrong variable, so it is not repeated.
    fn value(&self, variable: &str) -> Result<Option<String>, SetupError> {
        let Some(value) = (self.lookup)(variable) else { return Ok(None) };
        value.into_string().map(Some).map_err(|_| {
            SetupError::invalid(format!("{variable} is set to something that is not UTF-8; set it anew, or unset it"))
        })
    }

    fn plain(&self) -> Result<Vec<Setting>, SetupError> {
        // AZURE_ is the name of too many other things to ask what was meant.
        let ours = Key::ALL.into_iter().filter_map(|key| key.row().variable).filter(|name| name.starts_with("OIDC_"));
        for name in self.names.iter().filter(|name| name.starts_with("OIDC_")) {
            if let Some(meant) = meant(name, ours.clone()) {
                return Err(SetupError::invalid(format!("{name} is not read; write {meant}, or unset it")));
            }
        }
        let mut found = Vec::new();
        for key in Key::ALL {
            let Some(variable) = key.row().variable else { continue };
            let Some(value) = self.value(variable)? else { continue };
            let name = Name { place: Place::Variable, member: variable.to_owned() };
            found.extend(Written::Text(value).setting(key, name)?);
        }
        Ok(found)
    }

    fn of_sections(&self) -> Result<Vec<Setting>, SetupError> {
        let mut found: Vec<Setting> = Vec::new();
        let mut numbered: BTreeMap<(&str, &str), Vec<(u32, &str)>> = BTreeMap::new();
        for variable in &self.names {
            let Some(Parts { section, member, number }) = parts(variable)? else { continue };
            let name = Name { place: in_section(section), member: member.to_owned() };
            let is_elsewhere = ELSEWHERE.iter().any(|(other, _)| *other == member);
            match (Key::of_member(member), number) {
                (Some(key), None) => found.extend(self.written(variable)?.setting(key, name)?),
                (Some(key), Some(number)) => {
                    let number = number.parse().ok().filter(|_| key.row().form == Form::List).ok_or_else(|| {
                        SetupError::invalid(format!("{variable} is not read; write {name}, or {name}__0 for a list"))
                    })?;
                    numbered.entry((section, member)).or_default().push((number, variable));
                }
                (None, None) if is_elsewhere => self.written(variable)?.refuse_elsewhere(&name)?,
                (None, Some(_)) if is_elsewhere => Written::Other("an object").refuse_elsewhere(&name)?,
                (None, _) => refuse_nearly_member(&name)?,
            }
        }
        for ((section, member), mut variables) in numbered {
            variables.sort_unstable();
            let Some(key) = Key::of_member(member) else { continue };
            let whole = Name { place: in_section(section), member: member.to_owned() };
            let name = Name { place: in_section(section), member: format!("{member}{SEPARATOR}0") };
            if found.iter().any(|setting| setting.name == whole) {
                return Err(SetupError::contradictory(format!(
                    "{whole} and {name} are two ways to write one list; unset one of them"
                )));
            }
            let values = variables.into_iter().map(|(_, variable)| self.value(variable));
            let values = values.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
            found.extend(Written::List(values).setting(key, name)?);
        }
        // The environment has no order, and messages name what comes first.
        found.sort_by_key(|setting| (setting.name.section() != Some(AZURE_AD), setting.key));
        Ok(found)
    }

    fn written(&self, variable: &str) -> Result<Written, SetupError> {
        Ok(self.value(variable)?.map_or(Written::Nothing, Written::Text))
    }
}

/// The name of a section's variable, taken apart.
struct Parts<'v> {
    section: &'static str,
    member: &'v str,
    /// Of a value in a list.
    number: Option<&'v str>,
}

/// Takes a variable apart, if it is one of a section.
fn parts(variable: &str) -> Result<Option<Parts<'_>>, SetupError> {
    let Some((prefix, rest)) = variable.split_once(SEPARATOR) else { return Ok(None) };
    let Some(section) = SECTIONS.into_iter().find(|section| prefix.eq_ignore_ascii_case(section)) else {
        return Ok(None);
    };
    let (member, number) = rest.split_once(SEPARATOR).map_or((rest, None), |(member, number)| (member, Some(number)));
    if !is_named(prefix, section) {
        let known = Key::members().find_map(|(_, known)| member.eq_ignore_ascii_case(known).then_some(known));
        let name = Name { place: in_section(section), member: known.unwrap_or(member).to_owned() };
        return Err(SetupError::invalid(format!("{variable} is not read; write {name}")));
    }
    let known = Key::members().find_map(|(_, known)| is_named(member, known).then_some(known));
    Ok(Some(Parts { section, member: known.unwrap_or(member), number }))
}

fn in_section(section: &str) -> Place {
    Place::SectionVariable { section: section.to_owned() }
}

/// Whether the name would be one of a setting but for bytes that are no text, or for what stands before it, such as the
/// byte order mark of a file of variables.
fn is_misread(name: &OsStr) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = name.as_encoded_bytes();
    if name.to_str().is_some() && bytes.first().is_none_or(is_word) {
        return false;
    }
    let words: Vec<u8> = bytes.iter().copied().filter(is_word).collect();
    let begins_with =
        |prefix: &&str| words.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()));
    PREFIXES.iter().any(begins_with)
}

/// Windows has variables without case.
fn is_named(name: &str, known: &str) -> bool {
    name == known || cfg!(windows) && name.eq_ignore_ascii_case(known)
}
