//! The `WWW-Authenticate` value of a refusal.
//!
//! It is written so that every client parser that was tried reads the same:
//!
//! 1. `Bearer`, in this case, once.
//! 2. Lower-case names, every value quoted, no spaces round `=`, no name twice.
//! 3. No value needs an escape, and none comes from the token.
//! 4. Free text last.

use std::fmt::Write as _;

use data_encoding::BASE64;

use crate::error::{AuthError, ErrorKind, Reason};

impl AuthError {
    /// The value of the answer's `WWW-Authenticate` field; none for 5xx, where no token would help.
    ///
    /// RFC 6750 section 3, RFC 9728 section 5.1 and, for a claims challenge, Entra ID's
    /// [Claims challenges](https://learn.microsoft.com/entra/identity-platform/claims-challenge).
    #[must_use]
    pub fn www_authenticate(&self) -> Option<String> {
        if matches!(self.kind(), ErrorKind::Unavailable | ErrorKind::NotConfigured) {
            return None;
        }
        let parameters = self.challenge();
        let api = parameters.api.as_deref();
        let mut challenge = Challenge::with_realm(api.map_or("", |api| &api.realm));
        if self.kind() == ErrorKind::InsufficientClaims {
            challenge.add("authorization_uri", api.and_then(|api| api.authorization_uri.as_deref()));
        }
        challenge.add("resource_metadata", api.and_then(|api| api.resource_metadata.as_deref()));
        challenge.add("scope", parameters.scope.as_deref());
        challenge.add("error", self.kind().error_code());
        if self.kind() == ErrorKind::InsufficientClaims {
            challenge.add("claims", parameters.auth_context.as_deref().map(claims_parameter).as_deref());
        }
        challenge.add("error_description", self.description());
        Some(challenge.0)
    }

    /// RFC 6750 section 3.1: a request without authentication gets no error information. Where the status says all
    /// that a client can use, neither does any other.
    fn description(&self) -> Option<&'static str> {
        match self.kind() {
            ErrorKind::MalformedRequest | ErrorKind::InvalidToken | ErrorKind::InsufficientScope => {
                Some(Reason::sentence(self.reason()))
            }
            _ => None,
        }
    }
}

struct Challenge(String);

impl Challenge {
    fn with_realm(realm: &str) -> Self {
        let mut challenge = Self("Bearer".to_owned());
        challenge.push(' ', "realm", realm);
        challenge
    }

    fn add(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.push(',');
            self.push(' ', name, value);
        }
    }

    fn push(&mut self, separator: char, name: &str, value: &str) {
        // Values are fixed sentences, configuration and checked scopes; a byte that would need an escape or end the
        // line is left out rather than escaped (some parsers lose the rest of the field at a backslash).
        let plain =
            value.chars().filter(|character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\'));
        let _ = write!(self.0, "{separator}{name}=\"");
        self.0.extend(plain);
        self.0.push('"');
    }
}

/// The claims request for an authentication context, in standard base64 (Entra ID's samples; base64url breaks clients).
fn claims_parameter(auth_context: &str) -> String {
    let request = format!(r#"{{"access_token":{{"acrs":{{"essential":true,"value":"{auth_context}"}}}}}}"#);
    BASE64.encode(request.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::error::ApiDescription;

    fn challenge(reason: Reason, scope: Option<&str>, auth_context: Option<&str>) -> Option<String> {
        let api = ApiDescription {
            realm: "api-id".into(),
            scope_prefix: "api://api-id/".into(),
            authorization_uri: Some("https://login.example.com/t/oauth2/v2.0/authorize".into()),
            resource_metadata: None,
        };
        AuthError::new(reason)
            .with_api(&Arc::new(api))
            .with_scope(scope.unwrap_or_default())
            .with_auth_context(auth_context)
            .www_authenticate()
    }

    #[test]
    fn each_situation_has_its_challenge() {
        let scope = Some("api://api-id/weather.read");
        let table = [
            (Reason::MissingToken, None, r#"Bearer realm="api-id""#),
            (Reason::MissingToken, scope, r#"Bearer realm="api-id", scope="api://api-id/weather.read""#),
            (
                Reason::MalformedRequest,
                None,
                r#"Bearer realm="api-id", error="invalid_request", error_description="Send exactly one Authorization header: Bearer, a space, one token, nothing else.""#,
            ),
            (
                Reason::Expired,
                None,
                r#"Bearer realm="api-id", error="invalid_token", error_description="The token has expired. Request a new one.""#,
            ),
            (
                Reason::InsufficientScope,
                scope,
                r#"Bearer realm="api-id", scope="api://api-id/weather.read", error="insufficient_scope", error_description="The token lacks a scope that this operation needs. Request a token with it.""#,
            ),
            (Reason::ForbiddenRole, None, r#"Bearer realm="api-id""#),
            (Reason::ForbiddenAuthContext, None, r#"Bearer realm="api-id""#),
        ];
        for (reason, scope, expected) in table {
            assert_eq!(challenge(reason, scope, None).as_deref(), Some(expected));
        }
        for reason in [Reason::KeysUnavailable, Reason::KeyNotLookedUp, Reason::NotConfigured] {
            assert_eq!(challenge(reason, None, None), None);
        }
    }

    #[test]
    fn a_claims_challenge_carries_what_the_client_hands_on() {
        let challenge = challenge(Reason::InsufficientClaims, None, Some("c1")).unwrap();
        assert_eq!(
            challenge,
            "Bearer realm=\"api-id\", authorization_uri=\"https://login.example.com/t/oauth2/v2.0/authorize\", \
             error=\"insufficient_claims\", \
             claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\""
        );
    }

    #[test]
    fn no_value_can_leave_its_quotes() {
        let mut challenge = Challenge::with_realm("a\"b\\c\r\nd\u{e4}");
        challenge.add("scope", Some(""));
        assert_eq!(challenge.0, r#"Bearer realm="abcd""#);
    }
}
