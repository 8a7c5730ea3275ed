//! What a request must carry, and the decision: steps 3 to 5 of the guard.

use std::borrow::Cow;
use std::fmt;

use crate::access_token::{AccessToken, Minimum};
use crate::error::{AuthError, ErrorKind, Reason};
use crate::requirement::{Requirement, Unmet, evaluate_scope};
use crate::scope::is_scope_token;

/// What [`validate_scope`](crate::validate_scope) expects: one scope, or a [`requirement!`](crate::requirement!).
///
/// Made by `From`: of `&str`, `String` and `&String`, which are one scope (RFC 6749 section 3.3), and of [`Requirement`]. A
/// text is never split: `"weather.read weather.write"` is no scope, and is answered as the server's mistake, 500.
#[derive(Clone, Debug)]
pub struct Expected<'e>(Expectation<'e>);

#[derive(Clone, Debug)]
enum Expectation<'e> {
    /// That the token is genuine, and nothing else: something behind this check asks for more.
    #[cfg_attr(not(feature = "tower"), expect(dead_code, reason = "only a layer stands before another check"))]
    Verified,
    Scope(Cow<'e, str>),
    Requirement(Requirement),
}

impl<'e> From<&'e str> for Expected<'e> {
    fn from(scope: &'e str) -> Self {
        Self(Expectation::Scope(Cow::Borrowed(scope)))
    }
}

impl From<String> for Expected<'_> {
    fn from(scope: String) -> Self {
        Self(Expectation::Scope(Cow::Owned(scope)))
    }
}

impl<'e> From<&'e String> for Expected<'e> {
    fn from(scope: &'e String) -> Self {
        scope.as_str().into()
    }
}

impl From<Requirement> for Expected<'_> {
    fn from(requirement: Requirement) -> Self {
        Self(Expectation::Requirement(requirement))
    }
}

impl Expected<'_> {
    /// Asks for no permission, since the attribute behind this check does.
    #[cfg(feature = "tower")]
    pub(crate) const VERIFIED: Expected<'static> = Expected(Expectation::Verified);

    /// The same, for a check that has to wait.
    pub(super) fn into_owned(self) -> Expected<'static> {
        Expected(match self.0 {
            Expectation::Verified => Expectation::Verified,
            Expectation::Scope(scope) => Expectation::Scope(Cow::Owned(scope.into_owned())),
            Expectation::Requirement(requirement) => Expectation::Requirement(requirement),
        })
    }

    /// The attribute checks its scopes at compile time; one that is known only at run time is checked here.
    fn check_itself(&self, held_by: Option<&AccessToken>) -> Result<(), AuthError> {
        match &self.0 {
            // It equals one of the token's, and those are looked at once and not with every request.
            Expectation::Scope(_) if held_by.is_some_and(AccessToken::scopes_are_words) => Ok(()),
            Expectation::Scope(scope) if !is_scope_token(scope) => Err(AuthError::new(Reason::NotConfigured)
                .with_evidence(format!(
                    "the expected scope {scope:?} is not one scope: no spaces, quotes or backslashes"
                ))),
            _ => Ok(()),
        }
    }

    /// Steps 3 to 5.
    pub(super) fn decide(&self, outcome: Result<AccessToken, AuthError>) -> Result<AccessToken, AuthError> {
        let decision = match outcome {
            Ok(token) => self.evaluate(&token).map(|()| match token.grantor().minimum {
                Minimum::Selection => self.admit(token),
                Minimum::Genuine | Minimum::Permission => token,
            }),
            Err(refusal) if refusal.kind() == ErrorKind::MissingToken => Err(self.with_scopes_to_request(refusal)),
            Err(refusal) => Err(refusal),
        };
        // A mistake of the server outranks whatever is wrong with the token.
        let decision = self.check_itself(decision.as_ref().ok()).and(decision);
        if let Err(refusal) = &decision {
            log(refusal);
        }
        decision
    }

    fn evaluate(&self, token: &AccessToken) -> Result<(), AuthError> {
        let outcome = match &self.0 {
            Expectation::Verified => return Ok(()),
            Expectation::Scope(scope) => evaluate_scope(scope, token),
            Expectation::Requirement(requirement) => requirement.evaluate(token),
        };
        match outcome {
            Err(unmet) => Err(self.refusal(&unmet, token)),
            Ok(()) if !self.reaches_minimum(token) => {
                let unmet = Unmet { reason: Reason::NoPermission, auth_context: None, scopes: Vec::new() };
                Err(self.refusal(&unmet, token))
            }
            Ok(()) => Ok(()),
        }
    }

    /// Whether a token that meets the requirement has what its authority wants of every token that is let in.
    fn reaches_minimum(&self, token: &AccessToken) -> bool {
        match token.grantor().minimum {
            Minimum::Genuine => true,
            Minimum::Permission => self.asks(Requirement::names_client) || token.has_any_permission(),
            // An argument of a handler asks for nothing by itself. The handler's attribute has asked before.
            Minimum::Selection => token.is_admitted() || self.selects_caller(),
        }
    }

    /// Notes for the arguments of the handler that this request met a requirement that asks who calls.
    #[cold]
    fn admit(&self, token: AccessToken) -> AccessToken {
        if self.selects_caller() { token.into_admitted() } else { token }
    }

    fn selects_caller(&self) -> bool {
        matches!(self.0, Expectation::Scope(_)) || self.asks(Requirement::selects_caller)
    }

    fn asks(&self, question: fn(&Requirement) -> bool) -> bool {
        matches!(&self.0, Expectation::Requirement(requirement) if question(requirement))
    }

    fn refusal(&self, unmet: &Unmet, token: &AccessToken) -> AuthError {
        let api = &token.grantor().api;
        let scopes: Vec<_> = unmet.scopes.iter().map(|scope| api.requestable(scope)).collect();
        let held = |items: Vec<&str>| items.join(" ");
        let evidence = format!(
            "needs {self}; token {:?} of client {:?} has scopes [{}] and roles [{}]",
            token.token_id().unwrap_or_default(),
            token.client_id().unwrap_or_default(),
            held(token.scopes().collect()).escape_debug(),
            held(token.roles().collect()).escape_debug(),
        );
        AuthError::new(unmet.reason)
            .with_evidence(evidence)
            .with_api(api)
            .with_scope(&scopes.join(" "))
            .with_auth_context(unmet.auth_context)
    }

    fn with_scopes_to_request(&self, refusal: AuthError) -> AuthError {
        let Some(api) = refusal.api().cloned() else { return refusal };
        let scopes: Vec<_> = match &self.0 {
            Expectation::Verified => Vec::new(),
            Expectation::Scope(scope) => vec![api.requestable(scope)],
            Expectation::Requirement(requirement) => {
                requirement.scopes_to_request().into_iter().map(|scope| api.requestable(scope)).collect()
            }
        };
        refusal.with_scope(&scopes.join(" "))
    }
}

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Expectation::Verified => f.write_str("a verified token"),
            Expectation::Scope(scope) => write!(f, "scope = {scope:?}"),
            Expectation::Requirement(requirement) => write!(f, "{requirement:?}"),
        }
    }
}

/// One line per refusal. A request without a token, the most common one, stays below the usual level; that keys are
/// missing is the keeper's to warn of, once and not for every request.
fn log(refusal: &AuthError) {
    let (reason, status, remedy) = (refusal.reason().code(), refusal.status(), || refusal.remedy());
    match refusal.kind() {
        ErrorKind::NotConfigured => crate::log::error!(target: LOG, reason, status, "refused: {}", remedy()),
        ErrorKind::Unavailable => crate::log::info!(target: LOG, reason, status, "refused: {}", remedy()),
        ErrorKind::MissingToken => crate::log::debug!(target: LOG, reason, status, "refused: {}", remedy()),
        _ => crate::log::info!(target: LOG, reason, status, "refused: {}", remedy()),
    }
}

const LOG: &str = "requires_auth";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::build::{
        all, any, any_token, app_only, app_permission, check, client, delegated, directory_role, group, guest, not,
        role, scope, tenant,
    };

    const ID: &str = "11111111-1111-4111-8111-111111111111";

    fn always(_: &AccessToken) -> bool {
        true
    }

    #[test]
    fn a_requirement_asks_who_calls_if_every_way_to_meet_it_does() {
        const ASKING: [Requirement; 6] =
            [scope("a"), role("a"), app_permission("a"), group(ID), client(ID), check("always", always)];
        const OPEN: [Requirement; 7] =
            [any_token(), app_only(), delegated(), guest(), tenant(ID), directory_role(ID), not(&client(ID))];
        const MIXED: [Requirement; 2] = [delegated(), scope("a")];
        const NESTED: [Requirement; 2] = [scope("a"), any(&MIXED)];
        let selects = |requirement: Requirement| Expected::from(requirement).selects_caller();
        assert!(ASKING.into_iter().all(selects) && selects(any(&ASKING)) && selects(all(&ASKING)));
        assert!(!OPEN.into_iter().any(selects) && !selects(all(&OPEN)) && !selects(any(&OPEN)));
        assert!(selects(all(&MIXED)) && !selects(any(&MIXED)));
        assert!(selects(all(&NESTED)) && !selects(any(&NESTED)));
        assert!(Expected::from("a").selects_caller());
    }
}
