//! Why a requirement is not met: worded from what the token states and what the checks said. Nothing here can ask a
//! check.

use std::borrow::Cow;

use super::check::Answers;
use super::{Node, Requirement, lacking_scope};
use crate::access_token::{AccessToken, CallerKind};
use crate::error::Reason;

/// Why a requirement is not met, and what would help.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    pub(crate) reason: Reason,
    /// The authentication context to ask for.
    pub(crate) auth_context: Option<&'static str>,
    /// All scopes that this operation needs of this caller.
    pub(crate) scopes: Vec<Cow<'static, str>>,
}

impl Unmet {
    /// Of a requirement that does not hold.
    pub(super) fn of(requirement: &Requirement, token: &AccessToken, answers: &Answers<'_>) -> Self {
        let refused = Refused { token, answers };
        // A requirement that does not hold has a reason, unless it has no parts, and no builder makes that.
        let (reason, auth_context) = refused.why(requirement).unwrap_or((Reason::ForbiddenCaller, None));
        let mut scopes = Vec::new();
        if reason == Reason::InsufficientScope {
            requirement.collect_scopes(&|parts| refused.alternative(parts), &mut scopes);
        }
        let scopes = scopes.into_iter().map(Cow::Borrowed).collect();
        Self { reason, auth_context, scopes }
    }
}

struct Refused<'a> {
    token: &'a AccessToken,
    answers: &'a Answers<'a>,
}

impl Refused<'_> {
    /// Why the requirement certainly does not hold. `None` if it holds, and if that depends on a check that was not asked:
    /// then something else refuses, and it is the reason.
    ///
    /// In a conjunction the part that is hardest to cure decides, since curing the others would not help; among
    /// alternatives the one that is easiest to cure, the first of equals.
    fn why(&self, requirement: &Requirement) -> Option<(Reason, Option<&'static str>)> {
        match &requirement.0 {
            Node::Check(check) => (self.answers.given(check) == Some(false)).then_some((Reason::ForbiddenCheck, None)),
            Node::All(parts) => {
                // A check that stands in a conjunction is its reason only where everything else is met.
                let is_check = |part: &&Requirement| matches!(part.0, Node::Check(_));
                // `max_by_key` returns the last of equals; the first written is the one to name.
                let others = parts.iter().rev().filter(|part| !is_check(part)).filter_map(|part| self.why(part));
                let hardest = others.max_by_key(|(reason, _)| Hardness::of(*reason));
                hardest.or_else(|| parts.iter().filter(is_check).find_map(|part| self.why(part)))
            }
            Node::Any(parts) => {
                // If one of them holds or may hold, the choice is not what refuses.
                let all: Option<Vec<_>> = parts.iter().map(|part| self.why(part)).collect();
                all?.into_iter().min_by_key(|(reason, _)| Hardness::of(*reason))
            }
            _ if self.holds(requirement) => None,
            _ => Some(self.own_reason(requirement)),
        }
    }

    /// The alternative whose scopes the caller should have: the one that it meets, else the one that is easiest to cure. A
    /// check that was not asked makes none.
    fn alternative(&self, parts: &'static [Requirement]) -> Option<&'static Requirement> {
        let ease = |part: &&Requirement| {
            let why = self.why(part);
            (why.is_none(), why.map(|(reason, _)| Hardness::of(reason)))
        };
        parts.iter().find(|part| self.holds(part)).or_else(|| parts.iter().min_by_key(ease))
    }

    /// A check that was not asked does not hold.
    fn holds(&self, requirement: &Requirement) -> bool {
        requirement.holds(self.token, &mut |check| self.answers.given(check) == Some(true))
    }

    fn own_reason(&self, requirement: &Requirement) -> (Reason, Option<&'static str>) {
        let token = self.token;
        let app_only = token.is_app_only();
        let delegated = token.traits().caller == CallerKind::Delegated;
        let reason = match requirement.0 {
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
            Node::Check(_) => Reason::ForbiddenCheck,
            Node::Not(part) => return self.own_reason(part),
            Node::Delegated | Node::AppOnly | Node::AnyToken | Node::All(_) | Node::Any(_) => Reason::ForbiddenCaller,
        };
        (reason, None)
    }
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
