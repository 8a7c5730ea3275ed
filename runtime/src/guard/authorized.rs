//! What a handler's arguments are made of: the proof of the attribute, any token, any caller.

use std::fmt;
use std::marker::PhantomData;

use super::{Remembered, RequestHead, Validation};
use crate::access_token::AccessToken;
use crate::error::{AuthError, ErrorKind};
use crate::requirement::{Requirement, build};

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
    pub fn of_request<H: RequestHead + ?Sized>(head: &H) -> Validation<Self> {
        Validation::start(R::REQUIREMENT.into(), R::AUTHORITY, head).of(Self::of_outcome)
    }

    /// The same, if the verifier remembers the request's token; undecided until it is polled.
    #[cfg(feature = "actix-web")]
    pub(crate) fn recall<H: RequestHead + ?Sized>(head: &H) -> Option<Validation<Self>> {
        Some(Validation::recall(R::REQUIREMENT.into(), R::AUTHORITY, head)?.of(Self::of_outcome))
    }

    fn of_outcome(outcome: Result<AccessToken, AuthError>) -> Result<Self, AuthError> {
        outcome.map(Self::new)
    }

    /// Only the guard makes one, after its decision.
    pub(super) fn new(token: AccessToken) -> Self {
        Self { token, requirement: PhantomData }
    }

    /// What an adapter keeps with the request, so that the extractors that come after need not verify the token again.
    /// Nothing where the verifier remembers the token itself, and no authority is named.
    #[must_use]
    pub fn remember<H: RequestHead + ?Sized>(&self, head: &H) -> Option<Remembered> {
        Remembered::unless_cached(head, &self.token, R::AUTHORITY)
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

    /// The same, if the verifier remembers the request's token; undecided until it is polled.
    #[cfg(feature = "actix-web")]
    pub(crate) fn recall<H: RequestHead + ?Sized>(head: &H) -> Option<Validation> {
        Validation::recall(build::any_token().into(), None, head)
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
    pub fn of_request<H: RequestHead + ?Sized>(head: &H) -> Validation<Self> {
        AccessToken::of_request(head).of(Self::of_outcome)
    }

    /// The same, if the verifier remembers the request's token; undecided until it is polled.
    #[cfg(feature = "actix-web")]
    pub(crate) fn recall<H: RequestHead + ?Sized>(head: &H) -> Option<Validation<Self>> {
        Some(AccessToken::recall(head)?.of(Self::of_outcome))
    }

    fn of_outcome(outcome: Result<AccessToken, AuthError>) -> Result<Self, AuthError> {
        match outcome {
            Ok(token) => Ok(Self::Authenticated(token)),
            Err(refusal) if refusal.kind() == ErrorKind::MissingToken => Ok(Self::Anonymous),
            Err(refusal) => Err(refusal),
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
