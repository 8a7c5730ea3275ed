//! Reading claims by names that were configured, in one pass over a payload whose signature was verified.
//!
//! 1. Each configured member stands at most once, at every level of its path.
//! 2. Each has the type that the profile gives it, or the token is refused.
//! 3. Nothing else is read: the depth is that of the longest path.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::{CallerRule, Peculiarity, ScopeForm, TokenProfile};
use crate::access_token::CallerKind;
use crate::claims::{Claims, List, Loose, Text};
use crate::error::{AuthError, Reason, quoted};
use crate::scope;
use crate::setup_error::SetupError;

/// Real profiles name up to ten claims; the bound keeps the marks in one word.
const MOST_CLAIMS: usize = 32;
const MOST_SEGMENTS: usize = 8;

/// The claims of RFC 7519 section 4.1, which are checked on their own and mean nothing else.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// A checked profile, ready to read tokens.
#[derive(Debug)]
pub(crate) struct TokenReader {
    /// Demands the header `typ` of RFC 9068.
    pub(crate) at_jwt: bool,
    /// Where there is no `aud`, `client_id` names the audience.
    pub(crate) client_id_is_audience: bool,
    wants_client: bool,
    /// Registered claims that must be there.
    required: Box<[Box<str>]>,
    caller: CallerRule,
    /// Sorted by path, so that those below one member stand together.
    wanted: Box<[Wanted]>,
}

/// A claim that is read.
#[derive(Debug)]
struct Wanted {
    path: Box<[Box<str>]>,
    usage: Usage,
    required: bool,
}

/// What a claim is read for.
#[derive(Debug, PartialEq, Eq)]
enum Usage {
    Scopes(ScopeForm),
    Roles,
    Groups,
    /// With its place among those that name the client.
    Client(usize),
    /// It must say this.
    Kind(Box<str>),
    Caller,
    /// It must be there.
    Presence,
}

/// What a token says in the claims of its profile.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading<'t> {
    pub(crate) scopes: Vec<Cow<'t, str>>,
    pub(crate) roles: Vec<Cow<'t, str>>,
    pub(crate) groups: Vec<Cow<'t, str>>,
    pub(crate) client_id: Option<Cow<'t, str>>,
    pub(crate) caller: CallerKind,
}

impl TokenReader {
    /// Checks a profile.
    pub(crate) fn new(profile: &TokenProfile) -> Result<Self, SetupError> {
        let mut wanted = vec![Wanted::new(&profile.scopes.0, Usage::Scopes(profile.scopes.1))?];
        for (path, usage) in [(&profile.roles, Usage::Roles), (&profile.groups, Usage::Groups)] {
            if let Some(path) = path {
                wanted.push(Wanted::new(path, usage)?);
            }
        }
        for (place, name) in profile.client.iter().enumerate() {
            wanted.push(Wanted::new(std::slice::from_ref(name), Usage::Client(place))?);
        }
        for (name, value) in &profile.kinds {
            wanted.push(Wanted::new(std::slice::from_ref(name), Usage::Kind(checked_value(name, value)?))?);
        }
        match &profile.caller {
            CallerRule::NamesUser(name) => wanted.push(Wanted::new(std::slice::from_ref(name), Usage::Caller)?),
            CallerRule::AppOnlyWhere(name, value) => {
                checked_value(name, value)?;
                wanted.push(Wanted::new(std::slice::from_ref(name), Usage::Caller)?);
            }
            CallerRule::Untold | CallerRule::AppOnlySubject(_) => {}
        }

        let (registered, others): (Vec<&String>, Vec<_>) =
            profile.required.iter().partition(|name| REGISTERED.contains(&name.as_str()));
        for name in others {
            let is_named = |wanted: &&mut Wanted| matches!(&*wanted.path, [only] if **only == **name);
            if let Some(wanted) = wanted.iter_mut().find(is_named) {
                wanted.required = true;
            } else {
                let presence = Wanted::new(std::slice::from_ref(name), Usage::Presence)?;
                wanted.push(Wanted { required: true, ..presence });
            }
        }

        wanted.sort_by(|one, other| one.path.cmp(&other.path));
        refuse_overlap(&wanted)?;
        if wanted.len() > MOST_CLAIMS {
            return Err(SetupError::invalid(format!(
                "the token profile names {} claims, and {MOST_CLAIMS} is the most; leave out what no handler asks for",
                wanted.len()
            )));
        }
        Ok(Self {
            at_jwt: profile.at_jwt,
            client_id_is_audience: profile.peculiarity == Peculiarity::ClientIsAudience,
            wants_client: profile.wants_client,
            required: registered.into_iter().map(|name| name.as_str().into()).collect(),
            caller: profile.caller.clone(),
            wanted: wanted.into(),
        })
    }

    /// Reads a payload of which `claims` are known already, and refuses what the profile does not describe.
    pub(crate) fn read<'t>(&self, claims: &Claims<'_>, payload: &'t [u8]) -> Result<Reading<'t>, AuthError> {
        if let Some(name) = self.required.iter().find(|name| !stands(claims, name)) {
            return Err(refused(format!("the token has no {name}")));
        }
        let found = self.find(payload)?;
        let mut reading = Reading {
            scopes: Vec::new(),
            roles: Vec::new(),
            groups: Vec::new(),
            client_id: None,
            caller: CallerKind::Unknown,
        };
        let mut clients = Vec::new();
        for (wanted, value) in self.wanted.iter().zip(&found) {
            let value = value.as_ref();
            if wanted.required && value.is_none_or(says_nothing) {
                return Err(refused(format!("the token has no {}", wanted.name())));
            }
            match &wanted.usage {
                Usage::Scopes(_) => reading.scopes = scopes(value),
                Usage::Roles => reading.roles = items(value),
                Usage::Groups => reading.groups = items(value),
                Usage::Client(place) => {
                    clients.extend(text(value).filter(|client| !client.is_empty()).map(|client| (*place, client)));
                }
                Usage::Kind(kind) => check_kind(wanted, text(value), kind)?,
                Usage::Caller => reading.caller = self.caller.of_claim(text(value)),
                Usage::Presence => {}
            }
        }

        let first = clients.iter().min_by_key(|(place, _)| *place).map(|(_, client)| *client);
        if clients.iter().any(|(_, client)| Some(*client) != first) {
            return Err(refused("two claims name different clients".to_owned()));
        }
        if self.wants_client && first.is_none() {
            return Err(refused("no claim names the client".to_owned()));
        }
        reading.client_id = first.map(|client| Cow::Owned(client.to_owned()));
        if let CallerRule::AppOnlySubject(suffix) = &self.caller {
            reading.caller = caller_of_subject(claims.sub.as_deref(), first, suffix);
        }
        Ok(reading)
    }

    /// The value of each wanted claim, in their order.
    fn find<'t>(&self, payload: &'t [u8]) -> Result<Vec<Option<Loose<'t>>>, AuthError> {
        let text = str::from_utf8(payload).map_err(|_| refused("not UTF-8".to_owned()))?;
        let mut found: Vec<_> = self.wanted.iter().map(|_| None).collect();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let level = Level { wanted: &self.wanted, found: &mut found, depth: 0 };
        level
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end())
            .map_err(|error| refused(error.to_string()))?;
        Ok(found)
    }
}

impl Wanted {
    fn new(path: &[String], usage: Usage) -> Result<Self, SetupError> {
        let what = usage.what();
        if path.is_empty() || path.iter().any(String::is_empty) {
            return Err(SetupError::invalid(format!(
                "the token profile has an empty name for the claim of {what}: {path:?}; write the claim's own, such as \
                 [\"scope\"]"
            )));
        }
        if path.len() > MOST_SEGMENTS {
            return Err(SetupError::invalid(format!(
                "the token profile looks for {what} {} levels deep, and {MOST_SEGMENTS} is the most: {path:?}",
                path.len()
            )));
        }
        if let [name] = path
            && REGISTERED.contains(&name.as_str())
        {
            return Err(SetupError::invalid(format!(
                "the token profile takes {what} from {name}, which RFC 7519 gives another meaning; write the claim that \
                 holds them"
            )));
        }
        Ok(Self { path: path.iter().map(|segment| segment.as_str().into()).collect(), usage, required: false })
    }

    fn name(&self) -> String {
        self.path.join(".")
    }
}

impl Usage {
    /// In the words of the profile.
    fn what(&self) -> &'static str {
        match self {
            Self::Scopes(_) => "the scopes",
            Self::Roles => "the roles",
            Self::Groups => "the groups",
            Self::Client(_) => "the client",
            Self::Kind(_) => "the kind of token",
            Self::Caller => "the kind of caller",
            Self::Presence => "what must be there",
        }
    }

    fn takes(&self, value: &Loose<'_>) -> bool {
        let (is_text, is_list) = (matches!(value, Loose::Text(_)), matches!(value, Loose::List(_)));
        match self {
            Self::Scopes(ScopeForm::Words) | Self::Client(_) | Self::Kind(_) | Self::Caller => is_text,
            Self::Scopes(ScopeForm::Array) | Self::Roles | Self::Groups => is_list,
            Self::Scopes(ScopeForm::WordsOrArray) => is_text || is_list,
            Self::Presence => true,
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Scopes(ScopeForm::Words) | Self::Client(_) | Self::Kind(_) | Self::Caller => "a string",
            Self::Scopes(ScopeForm::Array) | Self::Roles | Self::Groups => "an array of strings",
            Self::Scopes(ScopeForm::WordsOrArray) => "a string or an array of strings",
            Self::Presence => "any value",
        }
    }
}

impl CallerRule {
    fn of_claim(&self, said: Option<&str>) -> CallerKind {
        match (self, said) {
            (Self::NamesUser(_), Some(user)) if !user.is_empty() => CallerKind::Delegated,
            (Self::NamesUser(_), None) => CallerKind::AppOnly,
            (Self::AppOnlyWhere(_, value), Some(said)) if said == value => CallerKind::AppOnly,
            _ => CallerKind::Unknown,
        }
    }
}

/// Where the subject of an application is its client id and a suffix. A subject that only looks like one is nobody's.
fn caller_of_subject(subject: Option<&str>, client: Option<&str>, suffix: &str) -> CallerKind {
    match subject.map(|subject| (subject, subject.strip_suffix(suffix))) {
        None | Some(("", _)) => CallerKind::Unknown,
        Some((_, None)) => CallerKind::Delegated,
        Some((_, Some(prefix))) if Some(prefix) == client => CallerKind::AppOnly,
        Some((_, Some(_))) => CallerKind::Unknown,
    }
}

fn check_kind(wanted: &Wanted, said: Option<&str>, kind: &str) -> Result<(), AuthError> {
    if said == Some(kind) {
        return Ok(());
    }
    let said = said.map_or_else(|| "absent".to_owned(), quoted);
    let evidence = format!("the claim {} is {said} where {kind} was expected", wanted.name());
    Err(AuthError::new(Reason::TokenType).with_evidence(evidence))
}

/// Whether a registered claim is there, and says something. A wrong type is none.
fn stands(claims: &Claims<'_>, name: &str) -> bool {
    match name {
        "iss" => claims.iss.is_some(),
        "sub" => claims.sub.as_deref().is_some_and(|subject| !subject.is_empty()),
        "aud" => claims.aud.is_some(),
        "exp" => claims.exp.is_some(),
        "nbf" => claims.nbf.is_some(),
        "iat" => claims.iat.is_some(),
        "jti" => claims.jti.text().is_some_and(|id| !id.is_empty()),
        _ => false,
    }
}

fn says_nothing(value: &Loose<'_>) -> bool {
    match value {
        Loose::Text(text) => text.is_empty(),
        Loose::List(List(items)) => items.is_empty(),
        Loose::Null => true,
        Loose::Other => false,
    }
}

fn text<'v>(value: Option<&'v Loose<'_>>) -> Option<&'v str> {
    match value {
        Some(Loose::Text(text)) => Some(text),
        _ => None,
    }
}

fn items<'t>(value: Option<&Loose<'t>>) -> Vec<Cow<'t, str>> {
    match value {
        Some(Loose::List(List(items))) => items.clone(),
        _ => Vec::new(),
    }
}

/// The words of a string, or the items of an array. An item with a space is one scope, which no requirement can name.
fn scopes<'t>(value: Option<&Loose<'t>>) -> Vec<Cow<'t, str>> {
    match value {
        Some(Loose::Text(Cow::Borrowed(words))) => scope::words(words).map(Into::into).collect(),
        Some(Loose::Text(Cow::Owned(words))) => scope::words(words).map(|word| word.to_owned().into()).collect(),
        list => items(list),
    }
}

fn checked_value(name: &str, value: &str) -> Result<Box<str>, SetupError> {
    if value.is_empty() {
        return Err(SetupError::invalid(format!(
            "the token profile expects an empty value of the claim {name:?}; write the value that the provider documents"
        )));
    }
    Ok(value.into())
}

/// One claim answers one question. Paths are sorted, so one that lies below another follows it.
fn refuse_overlap(wanted: &[Wanted]) -> Result<(), SetupError> {
    let overlapping = wanted.iter().zip(wanted.iter().skip(1)).find(|(one, next)| next.path.starts_with(&one.path));
    match overlapping {
        Some((one, next)) => Err(SetupError::contradictory(format!(
            "the token profile takes {} from {} and {} from {}; a claim answers one question: write another for one of \
             them",
            one.usage.what(),
            one.name(),
            next.usage.what(),
            next.name()
        ))),
        None => Ok(()),
    }
}

fn refused(evidence: String) -> AuthError {
    AuthError::new(Reason::Claims).with_evidence(evidence)
}

/// One object on the way, and what is wanted from below it.
struct Level<'a, 't> {
    /// All of them share the first `depth` segments.
    wanted: &'a [Wanted],
    /// Where their values go.
    found: &'a mut [Option<Loose<'t>>],
    depth: usize,
}

impl<'t> DeserializeSeed<'t> for Level<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Level<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wanted.first().and_then(|wanted| wanted.path.get(..self.depth)) {
            Some(segments @ [_, ..]) => write!(f, "an object in the claim {}", segments.join(".")),
            _ => f.write_str("a JSON object of claims"),
        }
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { wanted, found, depth } = self;
        let mut seen = 0_u32;
        while let Some(Text(name)) = map.next_key()? {
            let is_named = |wanted: &&Wanted| wanted.path.get(depth).is_some_and(|segment| **segment == *name);
            let Some(first) = wanted.iter().position(|wanted| is_named(&wanted)) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let end = first + wanted.iter().skip(first).take_while(is_named).count();
            let mark = 1_u32.checked_shl(u32::try_from(first).unwrap_or(u32::MAX)).unwrap_or(u32::MAX);
            if seen & mark != 0 {
                return Err(A::Error::custom(format_args!("the claim {name} stands twice")));
            }
            seen |= mark;
            match (wanted.get(first..end).unwrap_or_default(), found.get_mut(first..end).unwrap_or_default()) {
                ([only], [slot]) if only.path.len() == depth + 1 => {
                    let value: Loose<'t> = map.next_value()?;
                    if !only.usage.takes(&value) {
                        let (name, expected) = (only.name(), only.usage.type_name());
                        return Err(A::Error::custom(format_args!("the claim {name} is not {expected}")));
                    }
                    *slot = Some(value);
                }
                (wanted, found) => map.next_value_seed(Level { wanted, found, depth: depth + 1 })?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
