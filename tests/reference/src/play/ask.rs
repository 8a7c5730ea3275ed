//! The ways in which a handler asks the library, and all that an answer says.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use requires_auth::__private::{Authorized, Requirement, Requires, requirement};
use requires_auth::{AccessToken, AuthError, ErrorKind, Reason, RequestHead, Verifier, validate_scope};
use serde_json::Value;

use crate::Wanted;

/// One way to ask.
#[derive(Debug)]
pub struct Ask {
    /// What it asks for.
    pub wanted: Wanted<'static>,
    how: How,
}

#[derive(Debug)]
enum How {
    Scope(&'static str),
    AnyToken,
    /// As the attribute does.
    ReadOfStaff,
    ReadOfPartners,
    ReadOfNobody,
}

/// What was decided.
pub type Outcome = Result<Granted, Refused>;

/// All that a handler can see of a token.
#[derive(Debug, PartialEq)]
pub struct Granted {
    texts: [Option<String>; 6],
    lists: [Vec<String>; 3],
    is_app_only: bool,
    is_guest: Option<bool>,
    expires_at: std::time::SystemTime,
    claims: Value,
    assertion: String,
}

/// All that a client or a log can see of a refusal.
#[derive(Debug, PartialEq)]
pub struct Refused {
    /// The reason.
    pub reason: Reason,
    retry_after: Option<u64>,
    challenge: Option<String>,
    remedy: String,
}

const fn ask(authority: Option<&'static str>, scope: Option<&'static str>, how: How) -> Ask {
    Ask { wanted: Wanted { authority, scope }, how }
}

/// The ways to ask. The first is the most common one.
pub const ASKS: [Ask; 7] = [
    ask(None, Some(READ), How::Scope(READ)),
    ask(None, Some("weather.write"), How::Scope("weather.write")),
    ask(None, Some("two words"), How::Scope("two words")),
    ask(None, None, How::AnyToken),
    ask(Some("staff"), Some(READ), How::ReadOfStaff),
    ask(Some("partners"), Some(READ), How::ReadOfPartners),
    ask(Some("nobody"), Some(READ), How::ReadOfNobody),
];

const READ: &str = "weather.read";

macro_rules! read_of {
    ($($name:ident = $authority:literal,)+) => {
        $(
            struct $name;

            impl Requires for $name {
                const REQUIREMENT: Requirement = requirement::scope(READ);
                const AUTHORITY: Option<&'static str> = Some($authority);
            }
        )+
    };
}

read_of! {
    Staff = "staff",
    Partners = "partners",
    Nobody = "nobody",
}

impl Ask {
    /// Asks.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn of(&self, fields: &[Vec<u8>], verifier: &Verifier) -> impl Future<Output = Outcome> + use<> {
        let head = Head { fields: fields.to_vec(), verifier: verifier.clone() };
        let decision: Pin<Box<dyn Future<Output = Result<AccessToken, AuthError>>>> = match self.how {
            How::Scope(scope) => Box::pin(validate_scope(scope, &head)),
            How::AnyToken => Box::pin(AccessToken::of_request(&head)),
            How::ReadOfStaff => Box::pin(authorized::<Staff>(&head)),
            How::ReadOfPartners => Box::pin(authorized::<Partners>(&head)),
            How::ReadOfNobody => Box::pin(authorized::<Nobody>(&head)),
        };
        async move { decision.await.map(|token| Granted::of(&token)).map_err(|refusal| Refused::of(&refusal)) }
    }
}

fn authorized<R: Requires>(head: &Head) -> impl Future<Output = Result<AccessToken, AuthError>> + use<R> {
    let authorized = Authorized::<R>::of_request(head);
    async move { authorized.await.map(|authorized| authorized.token().clone()) }
}

/// Owned, as the types of some futures here name it.
struct Head {
    fields: Vec<Vec<u8>>,
    verifier: Verifier,
}

impl RequestHead for Head {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(Vec::as_slice)
    }

    fn verifier(&self) -> Option<&Verifier> {
        Some(&self.verifier)
    }
}

impl Granted {
    fn of(token: &AccessToken) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            texts: [
                text(Some(token.issuer())),
                text(token.subject()),
                text(token.object_id()),
                text(token.tenant_id()),
                text(token.client_id()),
                text(token.authority()),
            ],
            lists: [
                token.scopes().map(str::to_owned).collect(),
                token.roles().map(str::to_owned).collect(),
                token.groups().map(str::to_owned).collect(),
            ],
            is_app_only: token.is_app_only(),
            is_guest: token.is_guest(),
            expires_at: token.expires_at(),
            // What `serde_json` has no value for, nobody can ask for.
            claims: token.claims().unwrap_or_default(),
            assertion: token.assertion().expose().to_owned(),
        }
    }
}

impl Refused {
    /// Whether keys are missing to tell.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.reason.kind() == ErrorKind::Unavailable
    }

    fn of(refusal: &AuthError) -> Self {
        Self {
            reason: refusal.reason(),
            retry_after: refusal.retry_after(),
            challenge: refusal.www_authenticate(),
            remedy: refusal.remedy(),
        }
    }
}

/// The outcome of a future that waits for nothing.
///
/// # Panics
///
/// When it waits.
pub fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("waits, although the keys are there"),
    }
}
