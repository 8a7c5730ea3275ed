//! Requirements: what a token must carry, as data, and the one function that evaluates them, `Requirement::holds`.
//!
//! Each predicate is yes, no or unknown. Unknown never grants, nor does its `not`: a fact that the token does not state
//! opens no door. `not` takes only the kind of caller, the client and the tenant (the attribute refuses the rest), so
//! that lacking a permission never grants either.

#[doc(hidden)]
pub mod build;
mod check;
mod truth;
mod unmet;

use std::borrow::Cow;
use std::fmt;

use self::check::{Answers, Check};
use self::truth::{Truth, kind, listed, stated};
pub(crate) use self::unmet::Unmet;
use crate::access_token::{AccessToken, CallerKind};
use crate::error::Reason;

/// What a token must carry. Written with [`requires_auth`](macro@crate::requires_auth) or
/// [`requirement!`](crate::requirement!); a built one cannot be ill-formed.
///
/// It is data and cheap to copy. `Debug` prints it in the attribute's grammar, as the log does.
///
/// ```
/// use requires_auth::{Requirement, requirement};
///
/// const READ: Requirement = requirement!(any(scope = "weather.read", app_permission = "Weather.Read.All"));
/// assert_eq!(format!("{READ:?}"), r#"any(scope = "weather.read", app_permission = "Weather.Read.All")"#);
/// ```
///
/// Each predicate is yes, no or unknown: the token states it, states otherwise, or says nothing. Unknown never grants, nor
/// does its `not`.
#[derive(Clone, Copy)]
pub struct Requirement(Node);

#[derive(Clone, Copy)]
enum Node {
    AnyToken,
    Scope(&'static str),
    Role(&'static str),
    AppPermission(&'static str),
    Group(&'static str),
    DirectoryRole(&'static str),
    Client(&'static str),
    Tenant(&'static str),
    AuthContext(&'static str),
    Delegated,
    AppOnly,
    Guest,
    Check(Check),
    All(&'static [Requirement]),
    Any(&'static [Requirement]),
    Not(&'static Requirement),
}

impl Requirement {
    /// Evaluates the requirement against a verified token, once. A refusal is worded from what was found on the way.
    pub(crate) fn evaluate(&self, token: &AccessToken) -> Result<(), Unmet> {
        let mut answers = Answers::none();
        if answers.decide(self, token) { Ok(()) } else { Err(Unmet::of(self, token, &answers)) }
    }

    /// The scopes that a client without a token should ask for: those of the first alternative that has any.
    pub(crate) fn scopes_to_request(&self) -> Vec<&'static str> {
        let mut scopes = Vec::new();
        self.collect_scopes(&|parts| parts.iter().find(|part| !part.scopes_to_request().is_empty()), &mut scopes);
        scopes
    }

    /// Whether every way to meet the requirement names the calling application. The attribute lets `client` stand only
    /// beside something that makes it an identity.
    pub(crate) fn names_client(&self) -> bool {
        match self.0 {
            Node::Client(_) => true,
            Node::All(parts) => parts.iter().any(Self::names_client),
            Node::Any(parts) => parts.iter().all(Self::names_client),
            _ => false,
        }
    }

    /// Whether every way to meet the requirement asks who calls: for a permission or a group that only the API's owner
    /// grants, for the calling application, or for what a function of the owner's finds in the token.
    pub(crate) fn selects_caller(&self) -> bool {
        match self.0 {
            Node::Scope(_)
            | Node::Role(_)
            | Node::AppPermission(_)
            | Node::Group(_)
            | Node::Client(_)
            | Node::Check(..) => true,
            Node::All(parts) => parts.iter().any(Self::selects_caller),
            Node::Any(parts) => parts.iter().all(Self::selects_caller),
            _ => false,
        }
    }

    /// Of one predicate, what the token says.
    fn truth(&self, token: &AccessToken) -> Truth {
        let traits = token.traits();
        match self.0 {
            Node::AnyToken => Truth::Yes,
            Node::Scope(scope) => Truth::of(holds_scope(token, scope)),
            Node::Role(role) => Truth::of(token.has_role(role)),
            Node::AppPermission(role) => match (token.has_role(role), traits.caller) {
                (true, CallerKind::AppOnly) => Truth::Yes,
                (true, CallerKind::Unknown) => Truth::Unknown,
                _ => Truth::No,
            },
            Node::Group(group) => listed(token.groups(), group, traits.overage.groups),
            Node::DirectoryRole(role) => listed(token.directory_roles(), role, traits.overage.directory_roles),
            Node::Client(client) => stated(token.client_id(), client),
            Node::Tenant(tenant) => stated(token.tenant_id(), tenant),
            Node::AuthContext(context) => Truth::of(token.auth_contexts().any(|held| held == context)),
            Node::Delegated => kind(traits.caller, CallerKind::Delegated),
            Node::AppOnly => kind(traits.caller, CallerKind::AppOnly),
            Node::Guest => traits.guest.map_or(Truth::Unknown, Truth::of),
            // Not one statement of a token; `holds` takes them apart.
            Node::Check(_) | Node::All(_) | Node::Any(_) | Node::Not(_) => Truth::Unknown,
        }
    }

    /// Whether the requirement is met, in the order in which it is written. A conjunction ends at the first part that does
    /// not hold and a choice at the first that does, so a check may rely on what stands before it.
    // Two functions, so that a predicate costs one call, alone and in a list, which is about 20 instructions less for each.
    #[inline]
    fn holds<'r>(&'r self, token: &AccessToken, says: &mut impl FnMut(&'r Check) -> bool) -> bool {
        match &self.0 {
            Node::Check(_) | Node::All(_) | Node::Any(_) => self.parts_hold(token, says),
            // Unknown is not no: what a token does not state opens no door here either.
            Node::Not(part) => part.truth(token) == Truth::No,
            _ => self.truth(token) == Truth::Yes,
        }
    }

    #[inline(never)]
    fn parts_hold<'r>(&'r self, token: &AccessToken, says: &mut impl FnMut(&'r Check) -> bool) -> bool {
        match &self.0 {
            Node::Check(check) => says(check),
            // No builder makes an empty list; one that came about would grant nothing.
            Node::All(parts) => !parts.is_empty() && parts.iter().all(|part| part.holds(token, says)),
            Node::Any(parts) => parts.iter().any(|part| part.holds(token, says)),
            _ => false,
        }
    }

    /// Adds the scopes of this operation: of every part of a conjunction, and of one alternative, which `choose` names.
    fn collect_scopes(
        &self,
        choose: &impl Fn(&'static [Self]) -> Option<&'static Self>,
        scopes: &mut Vec<&'static str>,
    ) {
        match self.0 {
            Node::Scope(scope) if !scopes.contains(&scope) => scopes.push(scope),
            Node::All(parts) => parts.iter().for_each(|part| part.collect_scopes(choose, scopes)),
            Node::Any(parts) => {
                if let Some(part) = choose(parts) {
                    part.collect_scopes(choose, scopes);
                }
            }
            _ => {}
        }
    }
}

/// Evaluates one scope that is known only at run time, as [`Requirement::evaluate`] does a written one.
pub(crate) fn evaluate_scope(scope: &str, token: &AccessToken) -> Result<(), Unmet> {
    if holds_scope(token, scope) {
        return Ok(());
    }
    let reason = lacking_scope(token);
    let needed = (reason == Reason::InsufficientScope).then(|| Cow::Owned(scope.to_owned()));
    Err(Unmet { reason, auth_context: None, scopes: needed.into_iter().collect() })
}

/// A role never satisfies a scope, and an application on its own has no delegated permission.
fn holds_scope(token: &AccessToken, scope: &str) -> bool {
    may_hold_scopes(token) && token.has_scope(scope)
}

/// Where only delegated tokens have scopes, none that it requests would help an application on its own.
fn lacking_scope(token: &AccessToken) -> Reason {
    if may_hold_scopes(token) { Reason::InsufficientScope } else { Reason::ForbiddenCaller }
}

fn may_hold_scopes(token: &AccessToken) -> bool {
    !token.is_app_only() || token.traits().applications_have_scopes
}

/// Prints the requirement in the attribute's grammar.
impl fmt::Debug for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, word: &str, parts: &[Self]| {
            write!(f, "{word}(")?;
            for (position, part) in parts.iter().enumerate() {
                write!(f, "{}{part:?}", if position == 0 { "" } else { ", " })?;
            }
            f.write_str(")")
        };
        match self.0 {
            Node::AnyToken => f.write_str("any token"),
            Node::Scope(value) => write!(f, "scope = {value:?}"),
            Node::Role(value) => write!(f, "role = {value:?}"),
            Node::AppPermission(value) => write!(f, "app_permission = {value:?}"),
            Node::Group(value) => write!(f, "group = {value:?}"),
            Node::DirectoryRole(value) => write!(f, "directory_role = {value:?}"),
            Node::Client(value) => write!(f, "client = {value:?}"),
            Node::Tenant(value) => write!(f, "tenant = {value:?}"),
            Node::AuthContext(value) => write!(f, "auth_context = {value:?}"),
            Node::Delegated => f.write_str("delegated"),
            Node::AppOnly => f.write_str("app_only"),
            Node::Guest => f.write_str("guest"),
            Node::Check(check) => write!(f, "check = {}", check.name()),
            Node::All(parts) => list(f, "all", parts),
            Node::Any(parts) => list(f, "any", parts),
            Node::Not(part) => write!(f, "not({part:?})"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
