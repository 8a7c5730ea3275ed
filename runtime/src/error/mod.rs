//! Why a request was refused: one table of reasons, and the error that carries one.
//!
//! A client sees the status, the reason's code and its sentence, all of them fixed texts. What was found in the token
//! and what was expected instead is evidence for the developer: it goes to the log and to [`AuthError::remedy`], never
//! into an answer.

mod reason;

use std::fmt;
use std::sync::Arc;

pub use self::reason::Reason;

/// A refusal: why, and what the answer tells the client.
///
/// `Display` is safe to show to clients. [`remedy`](AuthError::remedy) is for the developer's log. With the
/// feature of a framework it is a response or an error of that framework, so a handler may return it. Elsewhere an answer is
/// made of [`status`](AuthError::status), [`fields`](AuthError::fields) and [`problem`](AuthError::problem).
///
/// ```
/// # #[cfg(feature = "testing")] {
/// # use requires_auth::{Reason, testing::Issuer};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # let issuer = Issuer::entra();
/// let foreign = issuer.token().audience("https://graph.microsoft.com").sign();
/// let refusal = runtime.block_on(issuer.verifier().verify(&foreign)).unwrap_err();
///
/// assert_eq!((refusal.status(), refusal.reason()), (401, Reason::Audience));
/// assert!(refusal.www_authenticate().unwrap().contains(r#"error="invalid_token""#));
/// assert!(!refusal.to_string().contains("graph"), "what the client sees quotes nothing of the token");
/// assert!(refusal.remedy().contains("https://graph.microsoft.com"), "what the log sees does");
/// # }
/// ```
#[derive(Clone)]
pub struct AuthError(Box<Refused>);

#[derive(Clone)]
struct Refused {
    reason: Reason,
    evidence: Option<Box<str>>,
    retry_after: Option<u64>,
    challenge: ChallengeParameters,
}

/// What a challenge says beside the reason. Filled in by the guard, which knows the API and the requirement.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChallengeParameters {
    pub(crate) api: Option<Arc<ApiDescription>>,
    /// Space-separated scopes in the form in which a client can request them.
    pub(crate) scope: Option<Box<str>>,
    /// The authentication context that a claims challenge asks for.
    pub(crate) auth_context: Option<Box<str>>,
}

/// The API as its challenges describe it.
#[derive(Debug)]
pub(crate) struct ApiDescription {
    /// The API's audience.
    pub(crate) realm: Box<str>,
    /// What stands before a scope's short name when a client requests it: `api://{client id}/` for Entra ID.
    pub(crate) scope_prefix: Box<str>,
    /// Where a client signs a user in again for a claims challenge.
    pub(crate) authorization_uri: Option<Box<str>>,
    /// The URL of the RFC 9728 document.
    pub(crate) resource_metadata: Option<Box<str>>,
}

impl ApiDescription {
    /// A scope in the form in which a client requests it. A scope that is a URI already is left as it is.
    pub(crate) fn requestable(&self, scope: &str) -> String {
        if scope.contains("://") { scope.to_owned() } else { format!("{}{scope}", self.scope_prefix) }
    }
}

/// What kind of refusal it is; decides the status and the error code of the answer.
///
/// Statuses and codes are those of RFC 6750 section 3.1. What that RFC has no code for is a plain 403; a fault of the
/// server or of its issuer is never a 401, since a client would throw a good token away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No bearer token was sent: 401 without an error code (RFC 6750 section 3.1).
    MissingToken,
    /// The `Authorization` field is malformed: 400 `invalid_request`.
    MalformedRequest,
    /// The token is not genuine, not current or not for this API: 401 `invalid_token`.
    InvalidToken,
    /// The token is genuine but lacks a scope: 403 `insufficient_scope`.
    InsufficientScope,
    /// The token is genuine but its holder may not do this, and no scope would help: 403.
    Forbidden,
    /// Entra ID must sign the caller in again, more strongly: 401 `insufficient_claims`.
    InsufficientClaims,
    /// The issuer's keys are not there to check with: 503 with `Retry-After`.
    Unavailable,
    /// The server was not set up: 500.
    NotConfigured,
}

impl ErrorKind {
    /// The HTTP status of the answer.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedRequest => 400,
            Self::MissingToken | Self::InvalidToken | Self::InsufficientClaims => 401,
            Self::InsufficientScope | Self::Forbidden => 403,
            Self::NotConfigured => 500,
            Self::Unavailable => 503,
        }
    }

    /// The `error` code of RFC 6750 section 3.1, or Entra ID's `insufficient_claims`.
    #[must_use]
    pub const fn error_code(self) -> Option<&'static str> {
        match self {
            Self::MalformedRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::InsufficientClaims => Some("insufficient_claims"),
            Self::MissingToken | Self::Forbidden | Self::Unavailable | Self::NotConfigured => None,
        }
    }
}

impl AuthError {
    pub(crate) fn new(reason: Reason) -> Self {
        Self(Box::new(Refused { reason, evidence: None, retry_after: None, challenge: ChallengeParameters::default() }))
    }

    /// Adds what was found and what was expected, for the developer. Cut, as parts of it may come from the token.
    pub(crate) fn with_evidence(mut self, evidence: impl Into<String>) -> Self {
        const LONGEST: usize = 400;
        let mut evidence = evidence.into();
        if evidence.len() > LONGEST
            && let Some((end, _)) = evidence.char_indices().nth(LONGEST)
        {
            evidence.truncate(end);
            evidence.push_str("...");
        }
        self.0.evidence = Some(evidence.into());
        self
    }

    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds.max(1));
        self
    }

    /// Names the API that refuses.
    pub(crate) fn with_api(mut self, api: &Arc<ApiDescription>) -> Self {
        self.0.challenge.api = Some(Arc::clone(api));
        self
    }

    /// Names the scopes to request; none if empty.
    pub(crate) fn with_scope(mut self, scope: &str) -> Self {
        self.0.challenge.scope = (!scope.is_empty()).then(|| scope.into());
        self
    }

    /// Names the authentication context to sign in with.
    pub(crate) fn with_auth_context(mut self, auth_context: Option<&str>) -> Self {
        self.0.challenge.auth_context = auth_context.map(Into::into);
        self
    }

    pub(crate) fn challenge(&self) -> &ChallengeParameters {
        &self.0.challenge
    }

    pub(crate) fn api(&self) -> Option<&Arc<ApiDescription>> {
        self.0.challenge.api.as_ref()
    }

    /// The kind of refusal; decides the status.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.reason.kind()
    }

    /// The stable reason.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The HTTP status of the answer: 400, 401, 403, 500 or 503.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind().status()
    }

    /// Seconds after which to try again; always there for 503.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self.kind() {
            ErrorKind::Unavailable => Some(self.0.retry_after.unwrap_or(1)),
            _ => None,
        }
    }

    /// What was found in the token, and what was expected.
    pub(crate) fn evidence(&self) -> Option<&str> {
        self.0.evidence.as_deref()
    }

    /// What a developer should look at, with what was found in the token. May quote claim values: for logs only, never
    /// for an answer.
    #[must_use]
    pub fn remedy(&self) -> String {
        match &self.0.evidence {
            Some(evidence) => format!("{} ({evidence})", self.reason().remedy()),
            None => self.reason().remedy().to_owned(),
        }
    }
}

impl From<Reason> for AuthError {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason().sentence())
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthError").field("status", &self.status()).field("reason", &self.reason().code()).finish()
    }
}

impl std::error::Error for AuthError {}

/// A value of an unverified token as evidence: escaped and cut, so that a log line stays one line.
pub(crate) fn quoted(value: &str) -> String {
    const SHOWN: usize = 120;
    // Most values need neither. A flood of foreign tokens should cost little.
    if value.len() <= SHOWN && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"'\\".contains(&byte)) {
        return ["\"", value, "\""].concat();
    }
    let mut shown: String = value.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if value.chars().nth(SHOWN).is_some() {
        shown.push_str("...");
    }
    format!("\"{shown}\"")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_plain() {
        let codes: HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    /// RFC 6750 section 3: no quotes, no backslashes, printable ASCII; and nothing that a client's regular expression
    /// takes for a parameter.
    #[test]
    fn sentences_fit_a_challenge() {
        for reason in Reason::ALL {
            let sentence = reason.sentence();
            assert!(sentence.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'));
            for parameter in ["scope=", "error=", "resource_metadata=", "claims="] {
                assert!(!sentence.contains(parameter), "{sentence}");
            }
        }
    }

    #[test]
    fn display_and_debug_never_show_evidence() {
        let error = AuthError::new(Reason::Audience).with_evidence("aud is \"secret-value\"");
        assert!(!error.to_string().contains("secret-value"));
        assert!(!format!("{error:?}").contains("secret-value"));
        assert!(error.remedy().contains("secret-value"));
    }

    #[test]
    fn only_unavailability_asks_to_retry_and_never_at_once() {
        assert_eq!(AuthError::new(Reason::KeysUnavailable).with_retry_after(0).retry_after(), Some(1));
        assert_eq!(AuthError::new(Reason::KeysUnavailable).retry_after(), Some(1));
        assert_eq!(AuthError::new(Reason::Expired).with_retry_after(9).retry_after(), None);
    }

    #[test]
    fn evidence_is_cut() {
        let error = AuthError::new(Reason::Claims).with_evidence("\u{e4}".repeat(50_000));
        assert!(error.remedy().chars().count() < 600);
    }

    #[test]
    fn quoted_values_stay_on_one_short_line() {
        assert_eq!(quoted("a\nb\"c"), r#""a\nb\"c""#);
        assert!(quoted(&"x".repeat(10_000)).len() < 140);
    }
}
