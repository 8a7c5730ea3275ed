//! Settings in the environment: those of the sections, `AzureAd__TenantId`, then those of other tools, `AZURE_TENANT_ID`.

use std::collections::BTreeMap;

use super::file::refuse_nearly_member;
use super::near::meant;
use super::schema::{AZURE_AD, ELSEWHERE, Form, Key, SECTIONS, SEPARATOR};
use super::setting::{Name, Place, Setting, Written};
use crate::setup_error::SetupError;

/// What workload identity of Kubernetes sets beside `AZURE_CLIENT_ID`.
pub(super) const POD_IDENTITY: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// The environment: all names, and the value of those that are asked for.
pub(super) struct Environment<'v> {
    pub(super) names: Vec<String>,
    pub(super) value: &'v dyn Fn(&str) -> Option<String>,
}

impl Environment<'_> {
    /// The settings of the sections, and those that others set, which are weaker.
    pub(super) fn settings(&self) -> Result<(Vec<Setting>, Vec<Setting>), SetupError> {
        Ok((self.of_sections()?, self.plain()?))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| is_named(known, name))
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
            let Some(value) = (self.value)(variable) else { continue };
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
                (Some(key), None) => found.extend(self.written(variable).setting(key, name)?),
                (Some(key), Some(number)) => {
                    let number = number.parse().ok().filter(|_| key.row().form == Form::List).ok_or_else(|| {
                        SetupError::invalid(format!("{variable} is not read; write {name}, or {name}__0 for a list"))
                    })?;
                    numbered.entry((section, member)).or_default().push((number, variable));
                }
                (None, None) if is_elsewhere => self.written(variable).refuse_elsewhere(&name)?,
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
            let values = variables.into_iter().filter_map(|(_, variable)| (self.value)(variable)).collect();
            found.extend(Written::List(values).setting(key, name)?);
        }
        // The environment has no order, and messages name what comes first.
        found.sort_by_key(|setting| (setting.name.section() != Some(AZURE_AD), setting.key));
        Ok(found)
    }

    fn written(&self, variable: &str) -> Written {
        (self.value)(variable).map_or(Written::Nothing, Written::Text)
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

/// Windows has variables without case.
fn is_named(name: &str, known: &str) -> bool {
    name == known || cfg!(windows) && name.eq_ignore_ascii_case(known)
}
