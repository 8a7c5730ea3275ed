//! The `error` value: the one member that a program reacts to.

use std::fmt;

use super::{NextStep, Plain};

/// Rows of `Variant "value" NextStep "meaning" "remedy"`: each value is written once.
macro_rules! codes {
    ($($variant:ident $value:literal $step:ident $meaning:literal $remedy:literal)*) => {
        /// The `error` of an OAuth error response.
        ///
        /// The values are those of [RFC 6749] 4.1.2.1 and 5.2, [RFC 8628] 3.5, OpenID Connect Core 3.1.2.6, and the
        /// ones that [Entra] adds. Any other value is [`Other`](Self::Other).
        ///
        /// [RFC 6749]: https://www.rfc-editor.org/rfc/rfc6749
        /// [RFC 8628]: https://www.rfc-editor.org/rfc/rfc8628
        /// [Entra]: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
        ///
        /// # Examples
        ///
        /// ```
        /// use requires_auth::oauth_error::OAuthErrorCode;
        ///
        /// assert_eq!(OAuthErrorCode::from("invalid_grant"), OAuthErrorCode::InvalidGrant);
        /// assert_eq!(OAuthErrorCode::InvalidGrant.as_str(), "invalid_grant");
        /// assert_eq!(OAuthErrorCode::from("new_in_2030").as_str(), "new_in_2030");
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum OAuthErrorCode {
            $(#[doc = concat!("`", $value, "`: ", $meaning)] $variant,)*
            /// A value that is none of the above, as the response has it.
            Other(String),
        }

        impl OAuthErrorCode {
            /// Returns the value as it stands in the response.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Other(value) => value,
                }
            }

            /// Returns what the value means, in one sentence.
            #[must_use]
            pub fn meaning(&self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                    Self::Other(_) => "The authorization server gave an error that no known specification defines.",
                }
            }

            /// Returns who can do what about it, in one sentence.
            #[must_use]
            pub fn remedy(&self) -> &'static str {
                match self {
                    $(Self::$variant => $remedy,)*
                    Self::Other(_) => "Read the description and the error_uri of the response.",
                }
            }

            /// What the value alone asks for, before `suberror` and `claims` are looked at.
            pub(super) fn next_step(&self) -> NextStep {
                match self {
                    $(Self::$variant => NextStep::$step,)*
                    Self::Other(_) => NextStep::Fix,
                }
            }
        }

        impl From<&str> for OAuthErrorCode {
            /// Reads a value. Case matters, as it does in RFC 6749.
            fn from(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }
    };
}

codes! {
    AccessDenied "access_denied" Stop
        "The owner, an admin or a policy denied the access."
        "Tell the user that the app cannot go on without the consent."
    AccountSelectionRequired "account_selection_required" Interact
        "The user must choose which account to use."
        "Send the user through an interactive sign-in, without prompt=none."
    AuthorizationDeclined "authorization_declined" Stop
        "The user declined the device's request."
        "Stop polling, and tell the user."
    AuthorizationPending "authorization_pending" KeepPolling
        "The user has not yet finished the device flow."
        "Keep polling at the given interval."
    BadVerificationCode "bad_verification_code" StartOver
        "The device code is not known."
        "Stop polling, and start the device flow again."
    ConsentRequired "consent_required" Interact
        "Nobody consented to a scope that was asked for."
        "Send the user to the authorization endpoint with this scope, or let an admin consent."
    ExpiredToken "expired_token" StartOver
        "The device code has expired."
        "Stop polling, and start the device flow again."
    InteractionRequired "interaction_required" Interact
        "The user must pass another step, such as a second factor or consent."
        "Repeat the request interactively, without prompt=none, with the claims of this error if it has any."
    InvalidClient "invalid_client" Fix
        "The client did not authenticate."
        "Correct or rotate the client's credential."
    InvalidGrant "invalid_grant" StartOver
        "The code, refresh token, PKCE verifier or assertion is wrong, expired or revoked."
        "Start a new authorization request; for on-behalf-of, let the client get a fresh token."
    InvalidRequest "invalid_request" Fix
        "The request breaks the protocol, for example by a missing parameter."
        "Correct the request; sending it again does not help."
    InvalidResource "invalid_resource" Fix
        "The resource does not exist, or is not installed in the tenant."
        "Correct the resource in the scope, or let an admin install it in the tenant."
    InvalidScope "invalid_scope" Fix
        "A scope is unknown or malformed."
        "Ask for scopes that the resource publishes, in their full form."
    LoginRequired "login_required" Interact
        "A silent request found no signed-in user, or several."
        "Send the user through an interactive sign-in, without prompt=none."
    PermissionDenied "permission_denied" Stop
        "The admin declined to consent."
        "Tell the user that an admin must consent."
    ServerError "server_error" Retry
        "The authorization server met an unexpected fault."
        "Send the request again."
    SlowDown "slow_down" SlowDown
        "The device flow is polled too often."
        "Keep polling, five seconds slower than before."
    TemporarilyUnavailable "temporarily_unavailable" Retry
        "The authorization server is too busy for the moment."
        "Send the request again after a short delay."
    UnauthorizedClient "unauthorized_client" Fix
        "The client is not in the tenant, or may not use this grant."
        "Check the client id and the tenant, and let the user or an admin install the app."
    UnsupportedGrantType "unsupported_grant_type" Fix
        "The endpoint does not support the grant type."
        "Use a grant type that the authorization server lists."
    UnsupportedResponse "unsupported_response" Fix
        "The app may not get an ID token from the authorization endpoint."
        "Use response_type=code, or enable ID tokens in the app registration."
    UnsupportedResponseType "unsupported_response_type" Fix
        "The response type is unknown, or not enabled for the app."
        "Use response_type=code, or enable ID tokens in the app registration."
}

impl fmt::Display for OAuthErrorCode {
    /// Writes the value, without anything that could break a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Plain(self.as_str()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Value, and what it asks for: one row per value of the specifications.
    const VALUES: [(&str, NextStep); 22] = [
        ("access_denied", NextStep::Stop),
        ("account_selection_required", NextStep::Interact),
        ("authorization_declined", NextStep::Stop),
        ("authorization_pending", NextStep::KeepPolling),
        ("bad_verification_code", NextStep::StartOver),
        ("consent_required", NextStep::Interact),
        ("expired_token", NextStep::StartOver),
        ("interaction_required", NextStep::Interact),
        ("invalid_client", NextStep::Fix),
        ("invalid_grant", NextStep::StartOver),
        ("invalid_request", NextStep::Fix),
        ("invalid_resource", NextStep::Fix),
        ("invalid_scope", NextStep::Fix),
        ("login_required", NextStep::Interact),
        ("permission_denied", NextStep::Stop),
        ("server_error", NextStep::Retry),
        ("slow_down", NextStep::SlowDown),
        ("temporarily_unavailable", NextStep::Retry),
        ("unauthorized_client", NextStep::Fix),
        ("unsupported_grant_type", NextStep::Fix),
        ("unsupported_response", NextStep::Fix),
        ("unsupported_response_type", NextStep::Fix),
    ];

    #[test]
    fn every_value_is_known_reads_back_and_asks_for_its_step() {
        for (value, step) in VALUES {
            let code = OAuthErrorCode::from(value);
            assert!(!matches!(code, OAuthErrorCode::Other(_)), "{value}");
            assert_eq!(code.as_str(), value);
            assert_eq!(code.to_string(), value);
            assert_eq!(code.next_step(), step, "{value}");
            assert!(code.meaning().ends_with('.') && code.remedy().ends_with('.'), "{value}");
        }
    }

    #[test]
    fn other_values_are_kept_and_case_matters() {
        for value in ["Invalid_Grant", "new_in_2030", " invalid_grant"] {
            let code = OAuthErrorCode::from(value);
            assert_eq!(code, OAuthErrorCode::Other(value.to_owned()));
            assert_eq!(code.next_step(), NextStep::Fix);
        }
    }
}
