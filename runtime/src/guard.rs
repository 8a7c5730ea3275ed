//! The guard: from a request's head to a decision. Every adapter, the tower layer and [`validate_scope`] end here.
//!
//! 1. The verifier is the application's own, else the process-wide one; without one the answer is 500.
//! 2. The token is taken from the `Authorization` fields, then verified.
//! 3. The requirement is evaluated.
//! 4. Entra ID gives tokens without any permission to every application of the tenant: they are refused unless the
//!    requirement names the client, or the authority was told otherwise in [`danger`](crate::danger).
//! 5. A refusal is logged once, with what the developer needs, and never with the token.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::access_token::AccessToken;
use crate::bearer::BearerToken;
use crate::error::{AuthError, ErrorKind, Reason};
use crate::requirement::{Requirement, Unmet, build, evaluate_scope};
use crate::scope::is_scope_token;
use crate::setup::process_wide;
use crate::verifier::{Verification, Verifier};

/// The head of a request, as far as the guard reads it: what [`validate_scope`] takes.
///
/// The adapters implement it for their frameworks' types: `http::Request` and `http::request::Parts`, which axum and tower
/// use, with the features `axum` and `tower`. Implement it for the request of a framework that has no adapter yet.
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

    /// What an earlier check of this request found.
    #[doc(hidden)]
    fn remembered(&self) -> Option<&Remembered> {
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
pub fn validate_scope<H: RequestHead + ?Sized>(expected: impl Into<Expected>, request: &H) -> Validation {
    Validation::start(expected.into(), None, request)
}

/// What [`validate_scope`] expects: one scope, or a [`requirement!`](crate::requirement!).
///
/// Made by `From`: of `&str` and `&String`, which are one scope (RFC 6749 section 3.3), and of [`Requirement`]. A text is
/// never split: `"weather.read weather.write"` is no scope, and is answered as the server's mistake, 500.
#[derive(Clone, Debug)]
pub struct Expected(Expectation);

#[derive(Clone, Debug)]
enum Expectation {
    Scope(String),
    Requirement(Requirement),
}

impl From<&str> for Expected {
    fn from(scope: &str) -> Self {
        Self(Expectation::Scope(scope.to_owned()))
    }
}

impl From<String> for Expected {
    fn from(scope: String) -> Self {
        Self(Expectation::Scope(scope))
    }
}

impl From<&String> for Expected {
    fn from(scope: &String) -> Self {
        scope.as_str().into()
    }
}

impl From<Requirement> for Expected {
    fn from(requirement: Requirement) -> Self {
        Self(Expectation::Requirement(requirement))
    }
}

/// The check of one request, made by [`validate_scope`]. Resolves to the verified token or the refusal.
#[must_use = "a check that nobody awaits guards nothing"]
pub struct Validation(State);

enum State {
    /// Taken at the first poll. Boxed values: an `AuthError` and an `AccessToken` are a pointer each.
    Decided(Option<Result<AccessToken, AuthError>>),
    /// The keys are being fetched.
    Waiting(Pin<Box<dyn Future<Output = Result<AccessToken, AuthError>> + Send>>, Expected),
}

impl Validation {
    pub(crate) fn start<H: RequestHead + ?Sized>(
        expected: Expected,
        authority: Option<&'static str>,
        head: &H,
    ) -> Self {
        match begin(&expected, authority, head) {
            Ok(Verification::Decided(token)) => Self(State::Decided(Some(expected.decide(token)))),
            Ok(Verification::Waiting(wait)) => Self(State::Waiting(wait, expected)),
            Err(refusal) => Self(State::Decided(Some(expected.decide(Err(refusal))))),
        }
    }
}

/// Steps 1 and 2.
fn begin<H: RequestHead + ?Sized>(
    expected: &Expected,
    authority: Option<&'static str>,
    head: &H,
) -> Result<Verification, AuthError> {
    expected.check_itself()?;
    let verifier = verifier_of(head).ok_or(Reason::NotConfigured)?;
    let token = BearerToken::from_fields(head.authorization_fields(), verifier.max_token_bytes())
        .map_err(|refusal| verifier.describe(refusal, authority))?;
    if let Some(remembered) = head.remembered()
        && let Some(verified) = remembered.recall(verifier, token, authority)
    {
        return Ok(Verification::Decided(Ok(verified)));
    }
    Ok(verifier.begin(token, authority))
}

/// Step 1.
fn verifier_of<H: RequestHead + ?Sized>(head: &H) -> Option<&Verifier> {
    match head.verifier() {
        Some(own) => Some(own),
        None => process_wide(),
    }
}

impl Future for Validation {
    type Output = Result<AccessToken, AuthError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            // Polled again after it was ready, against the contract of `Future`: pending is the answer that grants nothing.
            State::Decided(outcome) => outcome.take().map_or(Poll::Pending, Poll::Ready),
            State::Waiting(wait, expected) => {
                let outcome = ready!(wait.as_mut().poll(context));
                Poll::Ready(expected.decide(outcome))
            }
        }
    }
}

impl fmt::Debug for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validation").finish_non_exhaustive()
    }
}

impl Expected {
    /// The attribute checks its scopes at compile time; one that is known only at run time is checked here.
    fn check_itself(&self) -> Result<(), AuthError> {
        match &self.0 {
            Expectation::Scope(scope) if !is_scope_token(scope) => Err(AuthError::new(Reason::NotConfigured)
                .with_evidence(format!(
                    "the expected scope {scope:?} is not one scope: no spaces, quotes or backslashes"
                ))),
            _ => Ok(()),
        }
    }

    /// Steps 3 to 5.
    fn decide(&self, outcome: Result<AccessToken, AuthError>) -> Result<AccessToken, AuthError> {
        let decision = match outcome {
            Ok(token) => self.evaluate(&token).map(|()| token),
            Err(refusal) if refusal.kind() == ErrorKind::MissingToken => Err(self.with_scopes_to_request(refusal)),
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = &decision {
            log(refusal);
        }
        decision
    }

    fn evaluate(&self, token: &AccessToken) -> Result<(), AuthError> {
        let (outcome, names_client) = match &self.0 {
            Expectation::Scope(scope) => (evaluate_scope(scope, token), false),
            Expectation::Requirement(requirement) => (requirement.evaluate(token), requirement.names_client()),
        };
        let lacks_permission = || token.scopes().next().is_none() && token.roles().next().is_none();
        match outcome {
            Err(unmet) => Err(self.refusal(&unmet, token)),
            Ok(()) if token.grantor().wants_permission && !names_client && lacks_permission() => {
                let unmet = Unmet { reason: Reason::NoPermission, auth_context: None, scopes: Vec::new() };
                Err(self.refusal(&unmet, token))
            }
            Ok(()) => Ok(()),
        }
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
            Expectation::Scope(scope) => vec![api.requestable(scope)],
            Expectation::Requirement(requirement) => {
                requirement.scopes_to_request().into_iter().map(|scope| api.requestable(scope)).collect()
            }
        };
        refusal.with_scope(&scopes.join(" "))
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Expectation::Scope(scope) => write!(f, "scope = {scope:?}"),
            Expectation::Requirement(requirement) => write!(f, "{requirement:?}"),
        }
    }
}

/// What the attribute writes for a handler: its requirement, as data.
#[doc(hidden)]
pub trait Requires: 'static {
    /// What the token must carry.
    const REQUIREMENT: Requirement;
    /// The authority that must have issued it, where a verifier has several.
    const AUTHORITY: Option<&'static str> = None;
}

/// Proof that a request was checked against the requirement of `R`. Only the guard makes one.
#[doc(hidden)]
pub struct Authorized<R> {
    token: AccessToken,
    requirement: PhantomData<fn() -> R>,
}

impl<R: Requires> Authorized<R> {
    /// Checks a request's head, as an extractor does. The future borrows nothing of it.
    ///
    /// # Errors
    ///
    /// The refusal to answer with.
    pub fn of_request<H: RequestHead + ?Sized>(
        head: &H,
    ) -> impl Future<Output = Result<Self, AuthError>> + Send + use<R, H> {
        let validation = Validation::start(R::REQUIREMENT.into(), R::AUTHORITY, head);
        async move { Ok(Self { token: validation.await?, requirement: PhantomData }) }
    }

    /// The token that met the requirement.
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }
}

/// Shows no claims: frameworks and `#[instrument]` print arguments.
impl<R> fmt::Debug for Authorized<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorized")
    }
}

impl AccessToken {
    /// Checks a request's head for any access token, as the bare attribute does: by hand, where there is no extractor.
    ///
    /// # Errors
    ///
    /// The refusal to answer with.
    pub fn of_request<H: RequestHead + ?Sized>(head: &H) -> Validation {
        Validation::start(build::any_token().into(), None, head)
    }
}

/// Who calls, where anonymous callers are welcome. As an extractor: no token is [`Anonymous`](Caller::Anonymous), a
/// token that is wrong is still refused.
///
/// Otherwise a client whose token has expired would be served as a stranger, and never learn that it must renew it. No
/// requirement is evaluated beyond that of the bare attribute: ask [`AccessToken`] what it holds.
///
/// ```
/// use requires_auth::Caller;
///
/// async fn reports(caller: Caller) -> String {
///     match caller {
///         Caller::Anonymous => "public reports".to_owned(),
///         Caller::Authenticated(token) => format!("the reports of {:?}", token.object_id()),
///     }
/// }
/// # let _ = reports;
/// ```
#[derive(Clone, Debug)]
pub enum Caller {
    /// The request carries no bearer token.
    Anonymous,
    /// The request carries this verified token.
    Authenticated(AccessToken),
}

impl Caller {
    /// Checks a request's head by hand, where there is no extractor; only a token that is there can be refused.
    ///
    /// # Errors
    ///
    /// The refusal to answer a wrong token with.
    pub fn of_request<H: RequestHead + ?Sized>(
        head: &H,
    ) -> impl Future<Output = Result<Self, AuthError>> + Send + use<H> {
        let validation = AccessToken::of_request(head);
        async move {
            match validation.await {
                Ok(token) => Ok(Self::Authenticated(token)),
                Err(refusal) if refusal.kind() == ErrorKind::MissingToken => Ok(Self::Anonymous),
                Err(refusal) => Err(refusal),
            }
        }
    }

    /// The verified token, if there is one.
    #[must_use]
    pub fn token(&self) -> Option<&AccessToken> {
        match self {
            Self::Anonymous => None,
            Self::Authenticated(token) => Some(token),
        }
    }
}

/// A token that this request carries and that this verifier verified, so that a second extractor of the same handler
/// need not verify it again.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Remembered {
    verifier: Verifier,
    token: AccessToken,
    authority: Option<&'static str>,
}

impl Remembered {
    /// What to keep with the request after `token` was verified for it.
    #[must_use]
    pub fn new<H: RequestHead + ?Sized>(
        head: &H,
        token: &AccessToken,
        authority: Option<&'static str>,
    ) -> Option<Self> {
        let verifier = verifier_of(head)?.clone();
        Some(Self { verifier, token: token.clone(), authority })
    }

    /// The verified token, if the same verifier is now asked for the same text.
    fn recall(&self, verifier: &Verifier, token: BearerToken<'_>, authority: Option<&str>) -> Option<AccessToken> {
        // A token that a named authority issued passes where any authority will do; not the other way round.
        let authority_fits = authority.is_none() || authority == self.authority;
        let same = self.verifier.is_same(verifier) && self.token.assertion().expose() == token.as_str();
        (same && authority_fits).then(|| self.token.clone())
    }
}

/// One line per refusal. A request without a token, the most common one, stays below the usual level; that keys are
/// missing is the keeper's to warn of, once and not for every request.
fn log(refusal: &AuthError) {
    let (reason, status, remedy) = (refusal.reason().code(), refusal.status(), || refusal.remedy());
    match refusal.kind() {
        ErrorKind::NotConfigured => tracing::error!(target: LOG, reason, status, "refused: {}", remedy()),
        ErrorKind::Unavailable => tracing::info!(target: LOG, reason, status, "refused: {}", remedy()),
        ErrorKind::MissingToken => tracing::debug!(target: LOG, reason, status, "refused: {}", remedy()),
        _ => tracing::info!(target: LOG, reason, status, "refused: {}", remedy()),
    }
}

const LOG: &str = "requires_auth";
