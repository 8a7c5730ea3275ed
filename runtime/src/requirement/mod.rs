//! Requirements: what a token must carry, as data, and the one function that evaluates them.
//!
//! Each predicate is yes, no or unknown. Unknown never grants, nor does its `not`: a fact that the token does not state
//! opens no door. `not` takes only the kind of caller, the client and the tenant (the attribute refuses the rest), so
//! that lacking a permission never grants either.

#[doc(hidden)]
pub mod build;
mod truth;

use std::borrow::Cow;
use std::fmt;

use self::truth::{Truth, kind, listed, stated};
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
    Check(&'static str, fn(&AccessToken) -> bool),
    All(&'static [Requirement]),
    Any(&'static [Requirement]),
    Not(&'static Requirement),
}

/// Why a requirement is not met, and what would help.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    pub(crate) reason: Reason,
    /// The authentication context to ask for.
    pub(crate) auth_context: Option<&'static str>,
    /// All scopes that this operation needs of this caller.
    pub(crate) scopes: Vec<Cow<'static, str>>,
}

impl Requirement {
    /// Evaluates the requirement against a verified token.
    pub(crate) fn evaluate(&self, token: &AccessToken) -> Result<(), Unmet> {
        if self.truth(token) == Truth::Yes {
            return Ok(());
        }
        let (reason, auth_context) = self.why_unmet(token);
        let mut scopes = Vec::new();
        if reason == Reason::InsufficientScope {
            self.collect_scopes(Some(token), &mut scopes);
        }
        let scopes = scopes.into_iter().map(Cow::Borrowed).collect();
        Err(Unmet { reason, auth_context, scopes })
    }

    /// The scopes that a client without a token should ask for: those of the first alternative that has any.
    pub(crate) fn scopes_to_request(&self) -> Vec<&'static str> {
        let mut scopes = Vec::new();
        self.collect_scopes(None, &mut scopes);
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
            Node::Check(_, function) => Truth::of(function(token)),
            Node::All(parts) => Truth::all(parts.iter().map(|part| part.truth(token))),
            Node::Any(parts) => Truth::any(parts.iter().map(|part| part.truth(token))),
            Node::Not(part) => part.truth(token).not(),
        }
    }

    /// The reason of an unmet requirement. In a conjunction the part that is hardest to cure decides, since curing the
    /// others would not help; among alternatives the one that is easiest to cure, the first of equals.
    fn why_unmet(&self, token: &AccessToken) -> (Reason, Option<&'static str>) {
        let why = |part: &Requirement| part.why_unmet(token);
        match self.0 {
            Node::All(parts) => {
                // A check is not asked again: it is the reason where everything else is met.
                let stated =
                    |part: &&Requirement| !matches!(part.0, Node::Check(..)) && part.truth(token) != Truth::Yes;
                // `max_by_key` returns the last of equals; the first written is the one to name.
                let hardest =
                    parts.iter().rev().filter(stated).map(why).max_by_key(|(reason, _)| Hardness::of(*reason));
                hardest.or(Some((Reason::ForbiddenCheck, None)))
            }
            // None of them is met.
            Node::Any(parts) => parts.iter().map(why).min_by_key(|(reason, _)| Hardness::of(*reason)),
            _ => None,
        }
        .unwrap_or_else(|| self.own_reason(token))
    }

    fn own_reason(&self, token: &AccessToken) -> (Reason, Option<&'static str>) {
        let app_only = token.is_app_only();
        let delegated = token.traits().caller == CallerKind::Delegated;
        let reason = match self.0 {
            Node::Scope(_) => lacking_scope(token),
            Node::AppPermission(_) if delegated => Reason::ForbiddenCaller,
            // The role is there, but nothing says that the token is app-only.
            Node::AppPermission(role) if !app_only && token.has_role(role) => Reason::ForbiddenCaller,
            Node::Role(_) | Node::AppPermission(_) => Reason::ForbiddenRole,
            Node::Group(_) if token.has_groups_overage() => Reason::GroupsOverage,
            Node::Group(_) => Reason::ForbiddenGroup,
            Node::DirectoryRole(_) if token.traits().overage.directory_roles => Reason::DirectoryRolesOverage,
            Node::DirectoryRole(_) => Reason::ForbiddenDirectoryRole,
            Node::Client(_) => Reason::ForbiddenClient,
            Node::Tenant(_) => Reason::ForbiddenTenant,
            Node::AuthContext(context) if token.traits().claims_capable => {
                return (Reason::InsufficientClaims, Some(context));
            }
            Node::AuthContext(_) => Reason::ForbiddenAuthContext,
            Node::Guest => Reason::ForbiddenGuest,
            Node::Check(..) => Reason::ForbiddenCheck,
            Node::Not(part) => return part.own_reason(token),
            Node::Delegated | Node::AppOnly | Node::AnyToken | Node::All(_) | Node::Any(_) => Reason::ForbiddenCaller,
        };
        (reason, None)
    }

    /// Adds the scopes of this operation: of every part of a conjunction, and of one alternative. That is the one that
    /// the caller meets, else the one that is easiest to cure for this caller; without a caller, the first with scopes.
    fn collect_scopes(&self, token: Option<&AccessToken>, scopes: &mut Vec<&'static str>) {
        match self.0 {
            Node::Scope(scope) if !scopes.contains(&scope) => scopes.push(scope),
            Node::All(parts) => parts.iter().for_each(|part| part.collect_scopes(token, scopes)),
            Node::Any(parts) => {
                let chosen = match token {
                    Some(token) => parts
                        .iter()
                        .find(|part| part.truth(token) == Truth::Yes)
                        .or_else(|| parts.iter().min_by_key(|part| Hardness::of(part.why_unmet(token).0))),
                    None => parts.iter().find(|part| !part.scopes_to_request().is_empty()),
                };
                if let Some(part) = chosen {
                    part.collect_scopes(token, scopes);
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

/// How hard it is for a caller to cure a refusal; in this order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Hardness {
    SignInAgain,
    RequestScope,
    BeAssigned,
    BeSomebodyElse,
}

impl Hardness {
    fn of(reason: Reason) -> Self {
        match reason {
            Reason::InsufficientClaims => Self::SignInAgain,
            Reason::InsufficientScope => Self::RequestScope,
            Reason::ForbiddenRole
            | Reason::ForbiddenGroup
            | Reason::GroupsOverage
            | Reason::DirectoryRolesOverage
            | Reason::ForbiddenDirectoryRole
            | Reason::ForbiddenAuthContext => Self::BeAssigned,
            _ => Self::BeSomebodyElse,
        }
    }
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
            Node::Check(name, _) => write!(f, "check = {name}"),
            Node::All(parts) => list(f, "all", parts),
            Node::Any(parts) => list(f, "any", parts),
            Node::Not(part) => write!(f, "not({part:?})"),
        }
    }
}

#[cfg(test)]
mod tests;
