//! The guard: from a request's head to a decision. Every adapter, the tower layer and [`validate_scope`] end here.
//!
//! 1. The verifier is the application's own, else the process-wide one; without one the answer is 500.
//! 2. The token is taken from the `Authorization` fields, then verified, or recognised as one that was verified before.
//! 3. The requirement is evaluated.
//! 4. Entra ID gives tokens without any permission to every application of the tenant: they are refused unless the
//!    requirement names the client. A public issuer gives tokens for any audience to all customers of a service: they are
//!    refused unless the requirement asks who calls. An authority may be told otherwise in [`danger`](crate::danger).
//! 5. A refusal is logged once, with what the developer needs, and never with the token.

mod authorized;
mod expected;
mod method;
mod remembered;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pub use self::authorized::{Authorized, Caller, Requires};
pub use self::expected::Expected;
pub use self::method::{CheckedBefore, authorize_method};
pub use self::remembered::Remembered;
use crate::access_token::AccessToken;
use crate::bearer::Credential;
use crate::error::{AuthError, Reason};
use crate::setup::process_wide;
use crate::verifier::{Verification, Verifier};

/// The head of a request, as far as the guard reads it: what [`validate_scope`] takes.
///
/// The adapters implement it for their frameworks' types: the request of actix-web, ntex, poem and rocket, the pair of
/// request and depot of salvo, and `http::Request` and `http::request::Parts`, which axum and tower use. Implement it for the
/// request of a framework that has no adapter yet.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use requires_auth::{RequestHead, Verifier, validate_scope};
///
/// struct Head {
///     authorization: Vec<String>,
///     verifier: Verifier,
/// }
///
/// impl RequestHead for Head {
///     fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
///         self.authorization.iter().map(String::as_bytes)
///     }
///
///     fn verifier(&self) -> Option<&Verifier> {
///         Some(&self.verifier)
///     }
/// }
///
/// # let issuer = requires_auth::testing::Issuer::entra();
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// let token = issuer.token().user("ada").scope("weather.read");
/// let head = Head { authorization: vec![token.bearer()], verifier: issuer.verifier() };
/// # runtime.block_on(async {
/// assert!(validate_scope("weather.read", &head).await.is_ok());
///
/// let twice = Head { authorization: vec![token.bearer(), token.bearer()], ..head };
/// assert_eq!(validate_scope("weather.read", &twice).await.unwrap_err().status(), 400);
/// # });
/// # }
/// ```
///
/// # Security
///
/// Hand over every `Authorization` field as it was sent. Joining two, or choosing one of them, lets a proxy and this API
/// read different tokens (RFC 9110 section 5.3). Fields of another name, cookies and the query are not credentials.
pub trait RequestHead {
    /// The values of all `Authorization` fields, in order, as bytes.
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]>;

    /// The verifier that is attached to the application, which wins over the process-wide one of
    /// [`initialize`](crate::initialize). `None` if there is none.
    fn verifier(&self) -> Option<&Verifier>;

    /// What an earlier check of this request found. Owned, as some frameworks lend their extensions only for a moment.
    #[doc(hidden)]
    fn remembered(&self) -> Option<Remembered> {
        None
    }
}

/// Checks by hand what the attribute checks: that a request carries a verified access token with what is expected.
///
/// `expected` is one scope, or a [`requirement!`](crate::requirement!). The request's head is read before this returns;
/// the future borrows nothing of it, and is ready at its first poll whenever the issuer's keys are cached.
///
/// ```
/// # #[cfg(all(feature = "testing", feature = "axum"))] {
/// # use requires_auth::{requirement, testing::Issuer, validate_scope};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # let issuer = Issuer::entra();
/// # let token = issuer.token().user("ada").scope("weather.read").bearer();
/// # let (mut request, ()) = axum::http::Request::get("/").header("authorization", token).body(()).unwrap().into_parts();
/// # request.extensions.insert(issuer.verifier());
/// # runtime.block_on(async {
/// let token = validate_scope("weather.read", &request).await?;
/// assert!(token.has_scope("weather.read"));
///
/// let error = validate_scope(requirement!(role = "Forecaster"), &request).await.unwrap_err();
/// assert_eq!(error.status(), 403);
/// # Ok::<(), requires_auth::AuthError>(())
/// # }).unwrap();
/// # }
/// ```
///
/// # Errors
///
/// The refusal to answer with: [`AuthError`] has status, challenge and body. An expected scope that is none (RFC 6749
/// section 3.3) is a mistake of the server: 500.
pub fn validate_scope<'e, H: RequestHead + ?Sized>(expected: impl Into<Expected<'e>>, request: &H) -> Validation {
    Validation::start(expected.into(), None, request)
}

/// The check of one request, made by [`validate_scope`]. Resolves to the verified token, or to what else was asked for, or
/// the refusal.
#[must_use = "a check that nobody awaits guards nothing"]
pub struct Validation<T = AccessToken> {
    state: State,
    found: fn(Result<AccessToken, AuthError>) -> Result<T, AuthError>,
}

enum State {
    /// A token that was verified before. Decided at the first poll, so a check that is given up before logs nothing.
    Recalled(Option<AccessToken>, Expected<'static>),
    /// Taken at the first poll. Boxed values: an `AuthError` and an `AccessToken` are a pointer each.
    Decided(Option<Result<AccessToken, AuthError>>),
    /// The keys are being fetched.
    Waiting(Pin<Box<dyn Future<Output = Result<AccessToken, AuthError>> + Send>>, Expected<'static>),
}

impl Validation {
    pub(crate) fn start<H: RequestHead + ?Sized>(
        expected: Expected<'_>,
        authority: Option<&'static str>,
        head: &H,
    ) -> Self {
        let state = match begin(authority, head) {
            Ok(Verification::Decided(token)) => State::Decided(Some(expected.decide(token))),
            Ok(Verification::Waiting(wait)) => State::Waiting(wait, expected.into_owned()),
            Err(refusal) => State::Decided(Some(expected.decide(Err(refusal)))),
        };
        Self { state, found: |outcome| outcome }
    }

    /// The check of a token that the verifier remembers. Nothing else is looked at, and nothing is decided before the first
    /// poll, which is the last.
    #[cfg_attr(not(feature = "actix-web"), expect(dead_code, reason = "only actix-web looks before it asks"))]
    fn recall<H: RequestHead + ?Sized>(
        expected: Expected<'static>,
        authority: Option<&'static str>,
        head: &H,
    ) -> Option<Self> {
        let credential = Credential::from_fields(head.authorization_fields()).ok()?;
        let token = verifier_of(head)?.recall(credential.as_bytes(), authority)?;
        Some(Self { state: State::Recalled(Some(token), expected), found: |outcome| outcome })
    }

    /// The same check, for what is made of its outcome.
    fn of<T>(self, found: fn(Result<AccessToken, AuthError>) -> Result<T, AuthError>) -> Validation<T> {
        Validation { state: self.state, found }
    }
}

#[cfg(feature = "actix-web")]
impl<T> Validation<T> {
    /// Whether it is the check of a token that the verifier remembers, which is not decided yet.
    pub(crate) fn is_recalled(&self) -> bool {
        matches!(self.state, State::Recalled(..))
    }
}

/// Steps 1 and 2.
fn begin<H: RequestHead + ?Sized>(authority: Option<&'static str>, head: &H) -> Result<Verification, AuthError> {
    let verifier = verifier_of(head).ok_or(Reason::NotConfigured)?;
    let describe = |refusal| verifier.describe(refusal, authority);
    let credential = Credential::from_fields(head.authorization_fields()).map_err(describe)?;
    let of_request = || head.remembered()?.recall(verifier, credential.as_bytes(), authority);
    let of_verifier = || verifier.recall(credential.as_bytes(), authority);
    // What this request was checked for has decided for all that follows. Where that is the token's own affair, it is quicker
    // to ask the verifier.
    let known = if verifier.asks_request_first() {
        of_request().or_else(of_verifier)
    } else {
        of_verifier().or_else(of_request)
    };
    if let Some(token) = known {
        return Ok(Verification::Decided(Ok(token)));
    }
    let token = credential.read(verifier.max_token_bytes()).map_err(describe)?;
    let verification = verifier.begin(token, authority);
    if !matches!(verification, Verification::Decided(Ok(_))) {
        credential.check_bytes().map_err(describe)?;
    }
    Ok(verification)
}

/// Step 1.
fn verifier_of<H: RequestHead + ?Sized>(head: &H) -> Option<&Verifier> {
    match head.verifier() {
        Some(own) => Some(own),
        None => process_wide(),
    }
}

impl<T> Future for Validation<T> {
    type Output = Result<T, AuthError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = match &mut self.state {
            State::Recalled(token, expected) => token.take().map(|token| expected.decide(Ok(token))),
            State::Decided(outcome) => outcome.take(),
            State::Waiting(wait, expected) => Some(expected.decide(ready!(wait.as_mut().poll(context)))),
        };
        // Polled again after it was ready, against the contract of `Future`: pending is the answer that grants nothing.
        outcome.map_or(Poll::Pending, |outcome| Poll::Ready((self.found)(outcome)))
    }
}

impl<T> fmt::Debug for Validation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validation").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
