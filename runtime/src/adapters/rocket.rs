//! rocket 0.5.

use std::io::Cursor;
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};

use ::rocket::Catcher;
use ::rocket::fairing::{self, Fairing, Info, Kind};
use ::rocket::http::Status;
use ::rocket::request::{FromRequest, Outcome, Request};
use ::rocket::response::{self, Responder, Response};
use ::rocket::{Build, Ignite, Phase, Rocket, Sentinel};

use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{Authorized, Caller, Remembered, RequestHead, Requires};
use crate::setup::process_wide;
use crate::verifier::Verifier;

// How the verifier reaches a request: `rocket.manage(verifier)`. Where no verifier is in sight, Rocket refuses to launch.

/// The verifier is the one that Rocket manages. A field that is not UTF-8 does not get here: Rocket drops it.
impl RequestHead for Request<'_> {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.headers().get("authorization").map(str::as_bytes)
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.rocket().state()
    }

    fn remembered(&self) -> Option<Remembered> {
        kept(self).verified.get().cloned()
    }
}

impl<R> Sentinel for Authorized<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        lacks_verifier(rocket)
    }
}

impl Sentinel for AccessToken {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        lacks_verifier(rocket)
    }
}

impl Sentinel for Caller {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        lacks_verifier(rocket)
    }
}

/// Asked for each guarded handler, and said once.
fn lacks_verifier(rocket: &Rocket<Ignite>) -> bool {
    static SAID: Once = Once::new();
    const REMEDY: &str = "there is no verifier: call requires_auth::initialize before the launch, or \
        .manage(verifier) on the Rocket";
    warn_without_fairing(rocket);
    let lacks = rocket.state::<Verifier>().is_none() && process_wide().is_none();
    if lacks {
        SAID.call_once(|| crate::log::error!(target: LOG, "{REMEDY}"));
    }
    lacks
}

// How a token is extracted. Each check reads the head before its future exists, so nothing is borrowed while it waits. The
// box round each future is Rocket's own: its trait asks for one.

#[::rocket::async_trait]
impl<'r, R: Requires> FromRequest<'r> for Authorized<R> {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthError> {
        let outcome = Self::of_request(request).await;
        if let Some(found) = outcome.as_ref().ok().and_then(|authorized| authorized.remember(request)) {
            // The first stays. A route that is tried later, for another authority, verifies once more.
            let _ = kept(request).verified.set(found);
        }
        passed(request, outcome, true)
    }
}

#[::rocket::async_trait]
impl<'r> FromRequest<'r> for AccessToken {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthError> {
        passed(request, Self::of_request(request).await, false)
    }
}

#[::rocket::async_trait]
impl<'r> FromRequest<'r> for Caller {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthError> {
        passed(request, Self::of_request(request).await, false)
    }
}

/// What stays with a request. Rocket's cache takes a type once, so what changes has a lock.
#[derive(Default)]
struct Kept {
    verified: OnceLock<Remembered>,
    refused: Mutex<Option<Refused>>,
}

struct Refused {
    refusal: AuthError,
    /// The attribute's refusal ends the request. That of an argument may have become the `None` of an `Option` or the
    /// `Err` of a `Result`.
    by_attribute: bool,
}

impl Kept {
    fn refused(&self) -> MutexGuard<'_, Option<Refused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kept<'a>(request: &'a Request<'_>) -> &'a Kept {
    request.local_cache(Kept::default)
}

/// Leaves a refusal with the request, for the fairing: of a guard that fails, Rocket takes the status alone.
fn passed<T>(request: &Request<'_>, outcome: Result<T, AuthError>, by_attribute: bool) -> Outcome<T, AuthError> {
    match outcome {
        Ok(value) => Outcome::Success(value),
        Err(refusal) => {
            warn_without_fairing(request.rocket());
            let mut refused = kept(request).refused();
            // Whoever asks after the attribute is a catcher.
            if !refused.as_ref().is_some_and(|earlier| earlier.by_attribute) {
                *refused = Some(Refused { refusal: refusal.clone(), by_attribute });
            }
            Outcome::Error((Status::new(refusal.status()), refusal))
        }
    }
}

// How a refusal becomes a response.

impl<'r> Responder<'r, 'static> for AuthError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::new();
        response.set_status(Status::new(self.status()));
        write(&self, &mut response);
        Ok(response)
    }
}

fn write(refusal: &AuthError, response: &mut Response<'_>) {
    for (name, value) in refusal.fields() {
        response.set_raw_header(name, value);
    }
    let problem = refusal.problem().to_json();
    response.set_sized_body(problem.len(), Cursor::new(problem));
}

/// Gives a refused request its whole answer: challenge and problem document. Attach it once to each Rocket. Feature
/// `rocket`.
///
/// Of a guard that fails, Rocket takes the status, and a catcher writes the answer. This fairing completes it:
///
/// 1. Rocket's own error page gives way to the answer that every framework gives.
/// 2. What a catcher of yours answers keeps its body. Where the attribute refused, `WWW-Authenticate` and `Retry-After`
///    are added.
/// 3. An answer with another status than the refusal's, or with a `WWW-Authenticate` of its own, stays as it is.
/// 4. So does what a handler answers that takes `Option<AccessToken>` or `Result<AccessToken, AuthError>`.
///
/// Without it a refusal has the right status and nothing else, and the log says so once.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequiresAuthFairing;

/// Managed where the fairing is attached.
struct Attached;

#[::rocket::async_trait]
impl Fairing for RequiresAuthFairing {
    fn info(&self) -> Info {
        Info { name: "requires-auth", kind: Kind::Ignite | Kind::Response }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        // Rocket takes a type once, and the fairing may be attached twice.
        Ok(if rocket.state::<Attached>().is_some() { rocket } else { rocket.manage(Attached) })
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        // To look for a refusal makes a place for one.
        if response.status().code < 400 {
            return;
        }
        let Some(Refused { refusal, by_attribute }) = kept(request).refused().take() else { return };
        if response.status().code != refusal.status() || response.headers().contains("www-authenticate") {
            return;
        }
        if is_page_of_rocket(request, response).await {
            write(&refusal, response);
        } else if by_attribute {
            for (name, value) in refusal.fields() {
                if !response.headers().contains(name) {
                    response.set_raw_header(name, value);
                }
            }
        }
    }
}

/// Whether nobody but Rocket wrote this answer. Its pages are short, so no stream is read here.
async fn is_page_of_rocket<'r>(request: &'r Request<'_>, response: &mut Response<'r>) -> bool {
    let Ok(mut page) = Catcher::default().handler.handle(response.status(), request).await else { return false };
    let outside = |response: &Response<'_>| (response.body().preset_size(), response.content_type());
    if outside(response) != outside(&page) {
        return false;
    }
    let (Ok(found), Ok(text)) = (response.body_mut().to_bytes().await, page.body_mut().to_bytes().await) else {
        return false;
    };
    let same = found == text;
    response.set_sized_body(found.len(), Cursor::new(found));
    same
}

fn warn_without_fairing<P: Phase>(rocket: &Rocket<P>) {
    static SAID: Once = Once::new();
    const REMEDY: &str = "refusals keep their status and lose challenge and problem document: call \
        .attach(requires_auth::RequiresAuthFairing) on the Rocket";
    if rocket.state::<Attached>().is_none() {
        SAID.call_once(|| crate::log::warn!(target: LOG, "{REMEDY}"));
    }
}

const LOG: &str = "requires_auth";
