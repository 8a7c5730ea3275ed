//! From bytes to [`OAuthError`]: the JSON body and the redirect's query.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use super::{OAuthError, OAuthErrorCode};

/// Bytes of the longest response that is read. Real ones have about one kilobyte.
const MAX_BYTES: usize = 64 * 1024;

impl OAuthError {
    /// Reads the JSON body of an error response of the token endpoint.
    ///
    /// Only `error` is required; unknown members are ignored. A known member of the wrong type, or one that occurs
    /// twice, is refused. Source: RFC 6749 5.2 and Entra's error reference.
    ///
    /// # Errors
    ///
    /// [`InvalidErrorResponse`] when the body is no such response, for example a proxy's page or a body over 64 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use requires_auth::oauth_error::{InvalidErrorResponse, OAuthError};
    ///
    /// let error = OAuthError::from_json(br#"{"error": "interaction_required", "claims": "{\"access_token\":{}}"}"#)?;
    /// assert!(error.needs_interaction());
    /// assert_eq!(error.claims(), Some(r#"{"access_token":{}}"#));
    ///
    /// assert_eq!(OAuthError::from_json(b"<html>Bad gateway</html>"), Err(InvalidErrorResponse::Malformed));
    /// # Ok::<(), InvalidErrorResponse>(())
    /// ```
    pub fn from_json(body: &[u8]) -> Result<Self, InvalidErrorResponse> {
        if body.len() > MAX_BYTES {
            return Err(InvalidErrorResponse::TooLarge);
        }
        // serde reads a struct from an array as well, member by member. An error response is an object.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(InvalidErrorResponse::Malformed);
        }
        let members = serde_json::from_slice::<Members>(body).map_err(|_| InvalidErrorResponse::Malformed)?;
        Self::from_members(members, None)
    }

    /// Reads the query of a redirect, or the body of a `form_post`, that carries an error.
    ///
    /// A leading `?` is skipped, unknown parameters are ignored, and an empty parameter counts as absent. Source:
    /// RFC 6749 4.1.2.1; Entra may add `suberror`, `claims` and its ids.
    ///
    /// # Errors
    ///
    /// [`InvalidErrorResponse`] when there is no `error`, when a parameter occurs twice, or when the encoding is broken.
    ///
    /// # Examples
    ///
    /// ```
    /// use requires_auth::oauth_error::{NextStep, OAuthError};
    ///
    /// let error = OAuthError::from_query("?error=access_denied&error_description=the+user+canceled&state=12345")?;
    /// assert_eq!(error.next_step(), NextStep::Stop);
    /// assert_eq!(error.description(), Some("the user canceled"));
    /// assert_eq!(error.state(), Some("12345"));
    /// # Ok::<(), requires_auth::oauth_error::InvalidErrorResponse>(())
    /// ```
    pub fn from_query(query: &str) -> Result<Self, InvalidErrorResponse> {
        if query.len() > MAX_BYTES {
            return Err(InvalidErrorResponse::TooLarge);
        }
        let mut members = Members::default();
        let mut state = None;
        for pair in query.strip_prefix('?').unwrap_or(query).split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let member = match &*decode(name)? {
                "error" => &mut members.error,
                "error_description" => &mut members.error_description,
                "error_uri" => &mut members.error_uri,
                "suberror" => &mut members.suberror,
                "claims" => &mut members.claims,
                "timestamp" => &mut members.timestamp,
                "trace_id" => &mut members.trace_id,
                "correlation_id" => &mut members.correlation_id,
                "state" => &mut state,
                _ => continue,
            };
            // RFC 6749 3.1: no parameter occurs twice.
            if member.replace(decode(value)?.into_owned()).is_some() {
                return Err(InvalidErrorResponse::Malformed);
            }
        }
        Self::from_members(members, state)
    }

    fn from_members(members: Members, state: Option<String>) -> Result<Self, InvalidErrorResponse> {
        let error = present(members.error).ok_or(InvalidErrorResponse::NoError)?;
        if !error.bytes().all(is_error_byte) {
            return Err(InvalidErrorResponse::Malformed);
        }
        let claims = present(members.claims);
        if claims.as_deref().is_some_and(|claims| !is_json_object(claims)) {
            return Err(InvalidErrorResponse::InvalidClaims);
        }
        Ok(Self {
            error: OAuthErrorCode::from(&*error),
            description: present(members.error_description),
            codes: members.error_codes.unwrap_or_default(),
            timestamp: present(members.timestamp),
            trace_id: present(members.trace_id),
            correlation_id: present(members.correlation_id),
            error_uri: present(members.error_uri),
            suberror: present(members.suberror),
            claims,
            state: present(state),
        })
    }
}

/// Why bytes are no error response.
///
/// It holds nothing of the bytes, so that it is safe for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidErrorResponse {
    /// The `claims` are not the text of a JSON object.
    InvalidClaims,
    /// Not a JSON object or a query with members of the right type, each once.
    Malformed,
    /// There is no `error`.
    NoError,
    /// Over 64 KiB.
    TooLarge,
}

impl fmt::Display for InvalidErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidClaims => "the claims of the OAuth error response are not a JSON object",
            Self::Malformed => "the response is not an OAuth error response",
            Self::NoError => "the OAuth error response has no error member",
            Self::TooLarge => "the OAuth error response is larger than 64 KiB",
        })
    }
}

impl std::error::Error for InvalidErrorResponse {}

/// The members as they are written.
#[derive(Default, Deserialize)]
struct Members {
    error: Option<String>,
    error_description: Option<String>,
    error_codes: Option<Vec<u32>>,
    timestamp: Option<String>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
    error_uri: Option<String>,
    suberror: Option<String>,
    claims: Option<String>,
}

/// RFC 6749 3.1: a parameter without a value counts as left out.
fn present(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

/// Returns whether RFC 6749 5.2 allows the byte in `error`: printable ASCII but `"` and `\`.
pub(super) fn is_error_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}

/// Reads the text in full: it is handed on, so neither its depth nor a lone surrogate may trip the next reader.
fn is_json_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

/// Decodes `application/x-www-form-urlencoded` text. Unlike a browser it refuses a broken escape and bytes that are not
/// UTF-8, so that no two readers see different text.
fn decode(text: &str) -> Result<Cow<'_, str>, InvalidErrorResponse> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (hex_digit(bytes.next())?, hex_digit(bytes.next())?);
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| InvalidErrorResponse::Malformed)
}

fn hex_digit(byte: Option<u8>) -> Result<u8, InvalidErrorResponse> {
    match byte {
        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
        Some(digit @ b'a'..=b'f') => Ok(digit - b'a' + 10),
        Some(digit @ b'A'..=b'F') => Ok(digit - b'A' + 10),
        _ => Err(InvalidErrorResponse::Malformed),
    }
}

#[cfg(test)]
mod tests;
