//! Error responses of an authorization server, read strictly and explained.
//!
//! An API meets them when it asks for a token of its own, for example on behalf of its caller; a client meets them at
//! the token endpoint and on its redirect URI. [`OAuthError`] reads both forms: the JSON body of [RFC 6749] 5.2 with the
//! members that Microsoft Entra adds, and the query of [RFC 6749] 4.1.2.1.
//!
//! 1. React to [`OAuthError::next_step`], which looks at `error`, `suberror` and `claims` alone.
//! 2. Show [`OAuthError::meaning`], [`OAuthError::remedy`] and [`OAuthError::explanations`] to developers.
//! 3. Hand [`OAuthError::claims`] on to the client in a claims challenge.
//!
//! `error_description` and the AADSTS numbers are for people. They change without notice and may even disagree with
//! each other, so nothing here reads a decision out of them.
//!
//! Nothing here is used to verify a token.
//!
//! [RFC 6749]: https://www.rfc-editor.org/rfc/rfc6749

#[expect(clippy::unreadable_literal, reason = "an AADSTS number is written the way people search for it")]
mod aadsts;
mod code;
mod parse;

use std::fmt;

pub use self::aadsts::{Explanation, aadsts};
pub use self::code::OAuthErrorCode;
pub use self::parse::InvalidErrorResponse;

/// An error response of an authorization server.
///
/// Read one with [`from_json`](Self::from_json) or [`from_query`](Self::from_query). A member that is absent, null or
/// empty is `None`.
///
/// # Security
///
/// The text is the authorization server's, or of whoever called the redirect URI. `Display` and `Debug` leave out what
/// may name a person or serve a session (`error_description`, `claims`, `state`, `error_uri`), write printable ASCII
/// only, and are bounded in length: both may go to a log. The accessors return the text as it came.
///
/// # Examples
///
/// ```
/// use requires_auth::oauth_error::{NextStep, OAuthError, OAuthErrorCode};
///
/// let body = br#"{"error": "invalid_grant", "suberror": "consent_required", "error_codes": [65001]}"#;
/// let error = OAuthError::from_json(body)?;
///
/// assert_eq!(error.error(), &OAuthErrorCode::InvalidGrant);
/// assert_eq!(error.next_step(), NextStep::Interact);
/// assert_eq!(error.to_string(), "invalid_grant (consent_required) AADSTS65001");
/// # Ok::<(), requires_auth::oauth_error::InvalidErrorResponse>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OAuthError {
    error: OAuthErrorCode,
    description: Option<String>,
    codes: Vec<u32>,
    timestamp: Option<String>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
    error_uri: Option<String>,
    suberror: Option<String>,
    claims: Option<String>,
    state: Option<String>,
}

/// What a program does after an error response.
///
/// See [`OAuthError::next_step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NextStep {
    /// Send the same request again after a delay.
    Retry,
    /// Keep polling the token endpoint at the same interval (device flow).
    KeepPolling,
    /// Keep polling the token endpoint, five seconds slower from now on (device flow, RFC 8628 3.5).
    SlowDown,
    /// Let the user act in a browser, with the `claims` of the error if it has any.
    Interact,
    /// Give up the grant and start a new authorization: the code, token or assertion is of no more use.
    StartOver,
    /// Have a developer or an admin correct the request, the registration or the credential. The same request fails
    /// again.
    Fix,
    /// Tell the user that the access was denied.
    Stop,
}

impl OAuthError {
    /// Returns the `error`: the member to react to.
    #[must_use]
    pub fn error(&self) -> &OAuthErrorCode {
        &self.error
    }

    /// Returns the `error_description`, for a developer to read. It may name users, tenants and apps.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the AADSTS numbers of `error_codes`. The description is not searched for more, and a query has none.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Returns when the error occurred, as `YYYY-MM-DD HH:MM:SSZ` from Entra.
    #[must_use]
    pub fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    /// Returns the id of the failed request, for a support case.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }

    /// Returns the id that the requests of one sign-in share, for a support case.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref()
    }

    /// Returns the address of a page about the error, for a developer.
    #[must_use]
    pub fn error_uri(&self) -> Option<&str> {
        self.error_uri.as_deref()
    }

    /// Returns the `suberror`, such as `basic_action` or `consent_required`.
    #[must_use]
    pub fn suberror(&self) -> Option<&str> {
        self.suberror.as_deref()
    }

    /// Returns the claims that the next token must have, as the text of a JSON object.
    ///
    /// An API that met the error on behalf of its caller hands the text on in a claims challenge, base64-encoded; a
    /// client sends it as the `claims` of its next authorization request.
    #[must_use]
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// Returns the `state` of a redirect. Compare it with the one that was sent before anything else is believed.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Returns what the `error` means, in one sentence.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        self.error.meaning()
    }

    /// Returns who can do what about the `error`, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.error.remedy()
    }

    /// Returns what is known about the AADSTS numbers, for a developer. Unknown numbers are left out.
    pub fn explanations(&self) -> impl Iterator<Item = Explanation> + '_ {
        self.codes.iter().filter_map(|code| aadsts(*code))
    }

    /// Returns what to do next.
    ///
    /// `claims`, or a `suberror` that only the user can resolve, makes it [`NextStep::Interact`], except where the
    /// server asks for patience. Otherwise the `error` decides.
    ///
    /// # Examples
    ///
    /// ```
    /// use requires_auth::oauth_error::{NextStep, OAuthError};
    ///
    /// let busy = OAuthError::from_json(br#"{"error": "temporarily_unavailable"}"#)?;
    /// assert_eq!(busy.next_step(), NextStep::Retry);
    /// assert!(busy.is_transient());
    ///
    /// let expired = OAuthError::from_json(br#"{"error": "invalid_grant"}"#)?;
    /// assert_eq!(expired.next_step(), NextStep::StartOver);
    /// # Ok::<(), requires_auth::oauth_error::InvalidErrorResponse>(())
    /// ```
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        let step = self.error.next_step();
        let patience = matches!(step, NextStep::Retry | NextStep::KeepPolling | NextStep::SlowDown);
        let user_resolves = self.suberror().is_some_and(|suberror| INTERACTIVE_SUBERRORS.contains(&suberror));
        if !patience && (self.claims.is_some() || user_resolves) { NextStep::Interact } else { step }
    }

    /// Returns whether only the user can resolve the error, in a browser.
    #[must_use]
    pub fn needs_interaction(&self) -> bool {
        self.next_step() == NextStep::Interact
    }

    /// Returns whether the same request may succeed later.
    ///
    /// A status of 429 or 5xx says the same, whatever the body holds; the status is not part of this type.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.next_step() == NextStep::Retry
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        if let Some(suberror) = self.suberror() {
            write!(f, " ({})", Plain(suberror))?;
        }
        for code in self.codes.iter().take(MAX_CODES_SHOWN) {
            write!(f, " AADSTS{code}")?;
        }
        for (label, id) in [("trace", self.trace_id()), ("correlation", self.correlation_id())] {
            if let Some(id) = id {
                write!(f, ", {label} id {}", Plain(id))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OAuthError").field(&format_args!("{self}")).finish()
    }
}

impl std::error::Error for OAuthError {}

/// Text of a response, as a log line may hold it: the characters that RFC 6749 allows in `error`, and not many.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(MAX_SHOWN) {
            let plain = u8::try_from(character).is_ok_and(parse::is_error_byte);
            fmt::Write::write_char(f, if plain { character } else { '?' })?;
        }
        if characters.next().is_some() { f.write_str("...") } else { Ok(()) }
    }
}

/// The `suberror` values that the user resolves in a browser, if only by reading why not.
///
/// The others that are known (`bad_token`, `token_expired`, `client_mismatch`, `protection_policy_required`,
/// `device_authentication_failed`) add nothing that the `error` does not ask for.
const INTERACTIVE_SUBERRORS: [&str; 5] =
    ["additional_action", "basic_action", "consent_required", "message_only", "user_password_expired"];

/// Characters of one value in a log line. A GUID has 36.
const MAX_SHOWN: usize = 64;

/// AADSTS numbers in a log line. Entra sends one or two.
const MAX_CODES_SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> OAuthError {
        OAuthError::from_json(body.as_bytes()).unwrap()
    }

    #[test]
    fn suberror_and_claims_ask_for_the_user() {
        let cases = [
            (r#"{"error": "invalid_grant"}"#, NextStep::StartOver),
            (r#"{"error": "invalid_grant", "suberror": "basic_action"}"#, NextStep::Interact),
            (r#"{"error": "invalid_grant", "suberror": "additional_action"}"#, NextStep::Interact),
            (r#"{"error": "invalid_grant", "suberror": "message_only"}"#, NextStep::Interact),
            (r#"{"error": "invalid_grant", "suberror": "consent_required"}"#, NextStep::Interact),
            (r#"{"error": "invalid_grant", "suberror": "user_password_expired"}"#, NextStep::Interact),
            (r#"{"error": "invalid_grant", "suberror": "bad_token"}"#, NextStep::StartOver),
            (r#"{"error": "invalid_grant", "suberror": "new_in_2030"}"#, NextStep::StartOver),
            (r#"{"error": "invalid_grant", "claims": "{}"}"#, NextStep::Interact),
            (r#"{"error": "unheard_of", "claims": "{}"}"#, NextStep::Interact),
            // The server's call for patience stands: a sign-in would meet the same busy server.
            (r#"{"error": "temporarily_unavailable", "claims": "{}"}"#, NextStep::Retry),
            (r#"{"error": "slow_down", "suberror": "basic_action"}"#, NextStep::SlowDown),
        ];
        for (body, step) in cases {
            let error = parsed(body);
            assert_eq!(error.next_step(), step, "{body}");
            assert_eq!(error.needs_interaction(), step == NextStep::Interact, "{body}");
            assert_eq!(error.is_transient(), step == NextStep::Retry, "{body}");
        }
    }

    #[test]
    fn numbers_and_description_decide_nothing() {
        let plain = parsed(r#"{"error": "invalid_grant"}"#);
        let told = parsed(
            r#"{"error": "invalid_grant", "error_codes": [50033, 50076], "error_description": "AADSTS50076: temporarily_unavailable"}"#,
        );
        assert_eq!(told.next_step(), plain.next_step());
    }

    #[test]
    fn known_numbers_are_explained_and_unknown_ones_left_out() {
        let error = parsed(r#"{"error": "invalid_grant", "error_codes": [1, 65001, 4000000000]}"#);
        assert_eq!(error.codes(), [1, 65001, 4_000_000_000]);
        assert_eq!(error.explanations().map(|row| row.code).collect::<Vec<_>>(), [65001]);
    }

    #[test]
    fn display_and_debug_are_safe_for_logs() {
        let error = parsed(
            r#"{"error": "invalid_grant", "suberror": "a\r\nERROR forged\u001b[2J\"é", "error_codes": [50034],
                "trace_id": "00000000-0000-0000-0000-000000000001", "correlation_id": "c",
                "error_description": "user alice@contoso.com", "error_uri": "https://uri", "claims": "{\"k\":1}"}"#,
        );
        assert_eq!(
            error.to_string(),
            "invalid_grant (a??ERROR forged?[2J??) AADSTS50034, \
             trace id 00000000-0000-0000-0000-000000000001, correlation id c"
        );
        assert_eq!(format!("{error:?}"), format!("OAuthError({error})"));
    }

    #[test]
    fn display_is_bounded() {
        let long = "x".repeat(10_000);
        let codes = vec!["65001"; 5_000].join(",");
        let error = parsed(&format!(
            r#"{{"error": "{long}", "suberror": "{long}", "trace_id": "{long}", "error_codes": [{codes}]}}"#
        ));
        assert_eq!(error.codes().len(), 5_000);
        assert!(error.to_string().len() < 400, "{error}");
        assert!(error.to_string().starts_with(&format!("{}... (x", "x".repeat(64))));
    }

    #[test]
    fn state_is_not_printed() {
        let error = OAuthError::from_query("error=access_denied&state=s3cret").unwrap();
        assert_eq!(error.state(), Some("s3cret"));
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}
