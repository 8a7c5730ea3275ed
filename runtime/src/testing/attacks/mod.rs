//! Tokens and requests that somebody will send, and what each must be answered with.
//!
//! The corpus is for a route that needs the scope `weather.read` and nothing else, at an API with one issuer and
//! default settings. Each entry differs from a valid request in one way, so that the reason for the answer is certain.
//! A guard that grants what it should refuse is broken; one that refuses what it should grant is broken too, and the
//! corpus has such entries as well.
//!
//! ```
//! use requires_auth::testing::{Issuer, attacks};
//!
//! let issuer = Issuer::entra();
//! for attack in attacks::all(&issuer) {
//!     // Send a request with `attack.authorization` as its `Authorization` fields to the guarded route, then
//!     // `assert!(attack.expected.allows(status, challenge), "{attack:?}: {}", attack.why);`
//! #   assert!(!attack.why.is_empty());
//! }
//! ```
//!
//! Some entries name addresses on the issuer's own server. Nobody is to ask there: after all of them,
//! `issuer.requests().other` is still zero.
//!
//! The corpora are signed when they are called for: run them at once, or under a
//! [`ManualClock`](super::ManualClock), which also adds entries on the second where a token ends.

#![allow(clippy::too_many_lines, reason = "a function here is a table")]

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use super::issuer::Issuer;
use super::lie::Lie;
use super::token::Token;

mod algorithm;
mod carriage;
mod format;
mod header;
mod identity;
mod kind;
mod permission;
mod published;
mod time;

/// One hostile, malformed or merely unusual request.
#[derive(Clone)]
#[non_exhaustive]
pub struct Attack {
    /// What is sent, as a rule would name it: `unsigned_token_with_alg_none`.
    pub name: &'static str,
    /// Why the answer is what it is.
    pub why: &'static str,
    /// Who says so.
    pub source: &'static str,
    /// What the issuer must be told to publish, with [`Issuer::lie`], before the verifier starts. Always `None` in
    /// [`all`] and [`oidc`], always something in [`published`].
    pub published: Option<Lie>,
    /// The values of the `Authorization` fields, one for each field.
    pub authorization: Vec<Vec<u8>>,
    /// What a route that needs the scope `weather.read` must answer.
    pub expected: Verdict,
}

/// What an [`Attack`] must be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The handler runs.
    Granted,
    /// 401 without an error code: there is no bearer token (RFC 6750 section 3.1).
    MissingToken,
    /// 400 with `invalid_request`.
    MalformedRequest,
    /// 401 with `invalid_token`.
    InvalidToken,
    /// 403, with or without an error code.
    Forbidden,
    /// 403 with `insufficient_scope`.
    InsufficientScope,
    /// 401 with `invalid_token` once the key was looked up and is not there, 503 while it could not be looked up.
    KeyNotLookedUp,
    /// 503: there is no key to check any token with.
    KeysUnavailable,
    /// 400, 401, 413 or 431: the server or the guard refuses, whoever comes first.
    TooLarge,
    /// [`InvalidToken`](Self::InvalidToken) or [`Forbidden`](Self::Forbidden).
    Refused,
    /// [`Granted`](Self::Granted) or [`InvalidToken`](Self::InvalidToken): a guard may be strict about something that
    /// decides nothing.
    GrantedOrInvalid,
    /// [`Granted`](Self::Granted) or [`KeysUnavailable`](Self::KeysUnavailable): a guard may be strict about the
    /// document.
    GrantedOrUnavailable,
    /// Any answer of a guard that has not crashed.
    Unspecified,
}

impl Verdict {
    /// Whether an answer with this status, and this `WWW-Authenticate` field if any, is the right one.
    ///
    /// ```
    /// use requires_auth::testing::attacks::Verdict;
    ///
    /// assert!(Verdict::InvalidToken.allows(401, Some(r#"Bearer realm="api", error="invalid_token""#)));
    /// assert!(!Verdict::InvalidToken.allows(401, Some(r#"Bearer realm="api""#)));
    /// assert!(!Verdict::InvalidToken.allows(200, None));
    /// ```
    #[must_use]
    pub fn allows(self, status: u16, challenge: Option<&str>) -> bool {
        let any = |verdicts: &[Self]| verdicts.iter().any(|verdict| verdict.allows(status, challenge));
        let error = challenge.and_then(error_code);
        match self {
            Self::Granted => (200..300).contains(&status),
            Self::MissingToken => status == 401 && challenge.is_some() && error.is_none(),
            Self::MalformedRequest => status == 400 && error == Some("invalid_request"),
            Self::InvalidToken => status == 401 && error == Some("invalid_token"),
            Self::Forbidden => status == 403,
            Self::InsufficientScope => status == 403 && error == Some("insufficient_scope"),
            Self::KeyNotLookedUp => any(&[Self::InvalidToken, Self::KeysUnavailable]),
            Self::KeysUnavailable => status == 503,
            Self::TooLarge => matches!(status, 400 | 401 | 413 | 431),
            Self::Refused => any(&[Self::InvalidToken, Self::Forbidden]),
            Self::GrantedOrInvalid => any(&[Self::Granted, Self::InvalidToken]),
            Self::GrantedOrUnavailable => any(&[Self::Granted, Self::KeysUnavailable]),
            Self::Unspecified => any(&[Self::Granted, Self::InvalidToken, Self::Forbidden, Self::KeysUnavailable]),
        }
    }

    /// Whether the handler may run.
    #[must_use]
    pub fn allows_access(self) -> bool {
        self.allows(200, None)
    }
}

/// The `error` parameter of a challenge.
fn error_code(challenge: &str) -> Option<&str> {
    let (_, rest) = challenge.split_once("error=\"")?;
    rest.split('"').next()
}

impl Attack {
    /// Whether HTTP can carry it: a field value holds no control character but the tab (RFC 9110 section 5.5). The
    /// others can only be handed to a parser directly.
    #[must_use]
    pub fn fits_in_fields(&self) -> bool {
        self.authorization.iter().flatten().all(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7F))
    }
}

/// Without the tokens, many of which would be good ones elsewhere.
impl fmt::Debug for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attack").field("name", &self.name).field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// Everything that can reach an API of one Entra ID tenant.
///
/// # Panics
///
/// When `issuer` is not like Entra ID.
#[must_use]
pub fn all(issuer: &Issuer) -> Vec<Attack> {
    assert!(issuer.is_entra(), "for one tenant of Entra ID; for a plain OpenID provider there is `attacks::oidc`");
    corpus(issuer)
}

/// Everything that can reach an API behind a plain OpenID provider.
///
/// # Panics
///
/// When `issuer` is not a plain OpenID provider.
#[must_use]
pub fn oidc(issuer: &Issuer) -> Vec<Attack> {
    assert!(issuer.is_oidc(), "for a plain OpenID provider; for Entra ID there is `attacks::all`");
    corpus(issuer)
}

/// What can be wrong with published documents. For each entry, tell the issuer its lie, start a verifier, send the
/// request, and let the issuer [`recover`](Issuer::recover).
///
/// ```
/// use requires_auth::testing::{Issuer, attacks};
///
/// let issuer = Issuer::entra();
/// for attack in attacks::published(&issuer) {
///     issuer.lie(attack.published.unwrap());
///     // Start a verifier and send the request, as above.
///     issuer.recover();
/// }
/// ```
#[must_use]
pub fn published(issuer: &Issuer) -> Vec<Attack> {
    let target = Target { issuer };
    let mut list = List::default();
    published::list(&mut list, &target);
    list.0
}

fn corpus(issuer: &Issuer) -> Vec<Attack> {
    let target = Target { issuer };
    let mut list = List::default();
    carriage::list(&mut list, &target);
    format::list(&mut list, &target);
    algorithm::list(&mut list, &target);
    header::list(&mut list, &target);
    time::list(&mut list, &target);
    if issuer.is_entra() {
        identity::entra(&mut list, &target);
        kind::entra(&mut list, &target);
        permission::entra(&mut list, &target);
    } else {
        identity::oidc(&mut list, &target);
        kind::oidc(&mut list, &target);
    }
    permission::list(&mut list, &target);
    list.0
}

/// What is attacked.
struct Target<'a> {
    issuer: &'a Issuer,
}

impl Target<'_> {
    /// A valid token that the route grants: every entry starts from it.
    fn token(&self) -> Token {
        self.issuer.token().user("ada").scope("weather.read")
    }

    fn is_entra(&self) -> bool {
        self.issuer.is_entra()
    }

    /// The claim that holds scopes.
    fn scope_claim(&self) -> &'static str {
        if self.is_entra() { "scp" } else { "scope" }
    }

    fn with_scopes(&self, value: impl Serialize) -> Token {
        self.token().claim(self.scope_claim(), value)
    }

    /// A valid token with `member` spliced into the claims as it is written.
    fn with_raw_claim(&self, member: &str) -> Token {
        let token = self.token();
        let claims = spliced(token.claims_text(), member);
        token.claims_bytes(&claims)
    }

    /// A valid token with `member` spliced into the header as it is written.
    fn with_raw_header(&self, member: &str) -> Token {
        let token = self.token();
        let header = spliced(token.header_text(), member);
        token.header_bytes(&header)
    }
}

/// `{"a":1}` and `"b":2` make `{"a":1,"b":2}`.
fn spliced(mut object: Vec<u8>, member: &str) -> Vec<u8> {
    object.pop();
    object.push(b',');
    object.extend_from_slice(member.as_bytes());
    object.push(b'}');
    object
}

fn swapped_case(text: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}

/// Without its last character.
fn cut_short(text: &str) -> &str {
    let mut characters = text.chars();
    characters.next_back();
    characters.as_str()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

#[derive(Default)]
struct List(Vec<Attack>);

impl List {
    /// Adds requests that have verdict, reason and source in common.
    fn add<S: Into<Sent>>(
        &mut self,
        expected: Verdict,
        why: &'static str,
        source: &'static str,
        requests: impl IntoIterator<Item = (&'static str, S)>,
    ) {
        self.0.extend(requests.into_iter().map(|(name, sent)| {
            let Sent(authorization) = sent.into();
            Attack { name, why, source, published: None, authorization, expected }
        }));
    }
}

/// The values of the `Authorization` fields of a request.
struct Sent(Vec<Vec<u8>>);

impl From<Token> for Sent {
    fn from(token: Token) -> Self {
        token.sign().into()
    }
}

/// The text of a token.
impl From<String> for Sent {
    fn from(token: String) -> Self {
        Self(vec![format!("Bearer {token}").into_bytes()])
    }
}

#[cfg(test)]
mod tests;
