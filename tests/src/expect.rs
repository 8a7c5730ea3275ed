//! What an answer must be, byte for byte.
//!
//! The sentences are written out here once more: they are part of what clients rely on, so a change must be meant.

use requires_auth::testing::Issuer;

use crate::client::Answer;

/// The handler ran and answered this.
#[track_caller]
pub fn granted(answer: &Answer, body: &str) {
    assert_eq!((answer.status, answer.text()), (200, body), "{:?}", answer.challenge());
    assert_eq!(answer.challenge(), None);
}

/// 401: no bearer token. `scope` is what to request, as it stands in the challenge.
#[track_caller]
pub fn missing_token(answer: &Answer, issuer: &Issuer, scope: Option<&str>) {
    let scope = scope.map(|scope| format!(", scope=\"{scope}\"")).unwrap_or_default();
    let challenge = format!("Bearer realm=\"{}\"{scope}", issuer.audience());
    refusal(answer, 401, "missing_token", Some(&challenge), None);
}

/// 400: one field, one scheme, one token.
#[track_caller]
pub fn malformed_request(answer: &Answer, issuer: &Issuer) {
    let reason = "malformed_request";
    refusal(answer, 400, reason, Some(&with_error(issuer, "", "invalid_request", reason)), None);
}

/// 401: something is wrong with the token.
#[track_caller]
pub fn invalid_token(answer: &Answer, issuer: &Issuer, reason: &str) {
    refusal(answer, 401, reason, Some(&with_error(issuer, "", "invalid_token", reason)), None);
}

/// 403: a genuine token without a scope. `scope` is all that the operation needs, as it stands in the challenge.
#[track_caller]
pub fn insufficient_scope(answer: &Answer, issuer: &Issuer, scope: &str) {
    let (reason, scope) = ("insufficient_scope", format!(", scope=\"{scope}\""));
    refusal(answer, 403, reason, Some(&with_error(issuer, &scope, reason, reason)), None);
}

/// 403: a genuine token whose holder may not do this.
#[track_caller]
pub fn forbidden(answer: &Answer, issuer: &Issuer, reason: &str) {
    refusal(answer, 403, reason, Some(&format!("Bearer realm=\"{}\"", issuer.audience())), None);
}

/// 401: sign in again with this authentication context.
#[track_caller]
pub fn insufficient_claims(answer: &Answer, issuer: &Issuer, context: &str) {
    let claims = format!(r#"{{"access_token":{{"acrs":{{"essential":true,"value":"{context}"}}}}}}"#);
    let challenge = format!(
        "Bearer realm=\"{}\", authorization_uri=\"{}/{}/oauth2/v2.0/authorize\", error=\"insufficient_claims\", claims=\"{}\"",
        issuer.audience(),
        issuer.url(),
        issuer.tenant_id(),
        data_encoding::BASE64.encode(claims.as_bytes()),
    );
    refusal(answer, 401, "insufficient_claims", Some(&challenge), None);
}

/// 503: the keys are not there to tell, or this one was not looked up yet.
#[track_caller]
pub fn unavailable(answer: &Answer, reason: &str, retry_after: &str) {
    refusal(answer, 503, reason, None, Some(retry_after));
}

/// 500: nobody set the server up.
#[track_caller]
pub fn not_configured(answer: &Answer) {
    refusal(answer, 500, "not_configured", None, None);
}

fn with_error(issuer: &Issuer, scope: &str, error: &str, reason: &str) -> String {
    let (realm, sentence) = (issuer.audience(), sentence(reason));
    format!("Bearer realm=\"{realm}\"{scope}, error=\"{error}\", error_description=\"{sentence}\"")
}

/// The whole answer: status, challenge, type, time to come back, body; of a gRPC call, code, message and reason instead.
#[track_caller]
fn refusal(answer: &Answer, status: u16, reason: &str, challenge: Option<&str>, retry_after: Option<&str>) {
    if answer.is_grpc() {
        let fields =
            ["content-type", "grpc-status", "grpc-message", "auth-error-reason"].map(|name| answer.value(name));
        assert_eq!(fields, ["application/grpc", code(status), sentence(reason), reason].map(Some));
        assert_eq!(answer.text(), "");
    } else {
        assert_eq!(answer.text(), body(status, reason));
        assert_eq!(answer.value("content-type"), Some("application/problem+json"));
    }
    assert_eq!(answer.status, status);
    assert_eq!(answer.challenge(), challenge);
    assert_eq!(answer.value("retry-after"), retry_after);
}

/// The code of gRPC: INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, INTERNAL, UNAVAILABLE.
fn code(status: u16) -> &'static str {
    match status {
        400 => "3",
        401 => "16",
        403 => "7",
        500 => "13",
        503 => "14",
        _ => panic!("a guard does not answer {status}"),
    }
}

/// The problem document (RFC 9457).
fn body(status: u16, reason: &str) -> String {
    let title = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => panic!("a guard does not answer {status}"),
    };
    let error = match (status, reason) {
        (400, _) => r#","error":"invalid_request""#,
        (_, "missing_token") | (500 | 503, _) => "",
        (401, "insufficient_claims") => r#","error":"insufficient_claims""#,
        (401, _) => r#","error":"invalid_token""#,
        (403, "insufficient_scope") => r#","error":"insufficient_scope""#,
        _ => "",
    };
    let sentence = sentence(reason);
    format!(
        r#"{{"type":"about:blank","title":"{title}","status":{status},"detail":"{sentence}"{error},"reason":"{reason}"}}"#
    )
}

fn sentence(reason: &str) -> &'static str {
    let known = SENTENCES.iter().find(|(code, _)| *code == reason);
    known.map_or_else(|| panic!("no sentence for {reason}"), |(_, sentence)| *sentence)
}

/// What clients are told, by reason code.
const SENTENCES: &[(&str, &str)] = &[
    ("missing_token", "Send an access token in the Authorization header: Bearer, a space, the token."),
    ("malformed_request", "Send exactly one Authorization header: Bearer, a space, one token, nothing else."),
    ("format", "The token is not a signed JWT: three base64url parts separated by dots."),
    ("encrypted", "The token is encrypted; this API takes signed tokens."),
    ("header", "The header of the token is malformed or asks for an extension that this API does not have."),
    ("token_type", "The token is of another kind. Send an access token."),
    ("algorithm", "The token is signed with an algorithm that this API does not accept."),
    ("graph_token", "The token was issued for Microsoft Graph. Request a token for this API."),
    ("unknown_key", "The token is signed with a key that its issuer does not publish."),
    ("signature", "The signature of the token is invalid."),
    ("claims", "The claims of the token are malformed."),
    ("issuer", "The token comes from an issuer that this API does not trust."),
    ("audience", "The token is meant for another API. Request a token for this one."),
    ("expired", "The token has expired. Request a new one."),
    ("not_yet_valid", "The token is not valid yet."),
    ("issued_in_future", "The token claims to be issued in the future."),
    ("tenant", "The token does not belong to the tenant that its issuer names."),
    ("token_version", "The version of the token does not fit its issuer."),
    ("id_token", "This is an ID token. Send the access token instead."),
    ("sender_constrained", "The token is bound to a key or certificate and cannot be used as a bearer token."),
    ("insufficient_scope", "The token lacks a scope that this operation needs. Request a token with it."),
    ("no_permission", "The token carries no permission for this API: neither a scope nor a role."),
    ("forbidden_role", "The caller lacks a role that this operation needs."),
    ("forbidden_group", "The caller is not a member of a group that this operation needs."),
    ("groups_overage", "The caller has too many groups for a token, so the membership is not known."),
    (
        "forbidden_caller",
        "This operation is for another kind of caller: a signed-in user, or an application on its own.",
    ),
    ("forbidden_guest", "This operation is not open to this caller's kind of account."),
    ("forbidden_check", "The caller may not do this."),
    ("forbidden_auth_context", "This operation needs a stronger sign-in, which this client cannot be asked for."),
    ("insufficient_claims", "This operation needs a stronger sign-in. Sign in again with the claims of the challenge."),
    ("key_not_looked_up", "The key of this token could not be looked up yet. Try again shortly."),
    ("keys_unavailable", "Tokens cannot be checked at the moment. Try again shortly."),
    ("not_configured", "This server is not set up to check tokens."),
];
