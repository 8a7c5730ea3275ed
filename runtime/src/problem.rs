//! The body of a refusal: problem details (RFC 9457).

use serde::Serialize;

use crate::error::AuthError;

/// The media type of [`Problem::to_json`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The problem document of a refusal (RFC 9457). It says nothing about the token that its sender does not know: each text
/// is a fixed sentence, and none quotes a claim.
///
/// Two members are not the RFC's: `error`, the code of RFC 6750 section 3.1, and `reason`, the stable
/// [code](crate::Reason::code).
///
/// ```
/// # #[cfg(feature = "testing")] {
/// # use requires_auth::{ErrorKind, testing::Issuer};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # let issuer = Issuer::entra();
/// # let expired = issuer.token().user("ada").scope("weather.read").expired().sign();
/// # let error = runtime.block_on(issuer.verifier().verify(&expired)).unwrap_err();
/// let problem = error.problem();
/// assert_eq!((problem.status, problem.error, problem.reason), (401, Some("invalid_token"), "expired"));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is (RFC 9457 section 4.2.1).
    #[serde(rename = "type")]
    pub problem_type: &'static str,
    /// The phrase of the status (RFC 9110 section 15).
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What the client should do: the reason's [sentence](crate::Reason::sentence).
    pub detail: &'static str,
    /// The error code of RFC 6750 section 3.1, if the situation has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// The stable reason code.
    pub reason: &'static str,
}

impl Problem {
    /// The document as JSON, to be sent as [`PROBLEM_JSON`].
    #[must_use]
    pub fn to_json(&self) -> String {
        // A struct of strings and a number always serializes.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl AuthError {
    /// The problem document of the answer.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            problem_type: "about:blank",
            title: title(self.status()),
            status: self.status(),
            detail: self.reason().sentence(),
            error: self.kind().error_code(),
            reason: self.reason().code(),
        }
    }
}

/// The phrases of RFC 9110 section 15.
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn a_problem_has_the_members_of_rfc_9457_and_two_of_ours() {
        assert_eq!(
            AuthError::new(Reason::Expired).problem().to_json(),
            r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The token has expired. Request a new one.","error":"invalid_token","reason":"expired"}"#
        );
        assert!(!AuthError::new(Reason::MissingToken).problem().to_json().contains("error"));
    }

    #[test]
    fn every_status_has_its_phrase() {
        for reason in Reason::ALL {
            let problem = AuthError::new(*reason).problem();
            assert_eq!(problem.title == "Internal Server Error", problem.status == 500, "{reason:?}");
        }
    }
}
