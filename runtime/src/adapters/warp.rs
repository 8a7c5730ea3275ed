//! warp 0.4.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;

use ::http::HeaderMap;
use ::warp::filters::BoxedFilter;
use ::warp::reject::{Reject, custom};
use ::warp::reply::Response;
use ::warp::{Filter, Rejection, Reply, ext, header};

use super::http::{fields, response};
use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{Authorized, Caller, Remembered, RequestHead, Requires};
use crate::verifier::Verifier;

/// Guards a route of warp: `path.and(method).guarded(|route| ..)`. Feature `warp`.
///
/// 1. What stands before it runs before the check. These are the filters of path and method: an unknown path stays 404,
///    an unknown method 405.
/// 2. What follows `route` in the closure runs behind the check: all other filters, that of the body above all, and the
///    handler.
/// 3. The handler's first argument says what is checked: the hidden one of `#[requires_auth]`, or an [`AccessToken`], a
///    [`Caller`], an `Option<AccessToken>`. The arguments of the path follow it, then those of the closure.
/// 4. A refusal is the answer of this route. It is no [`Rejection`], upon which warp would try the next route.
///
/// ```
/// # #[cfg(feature = "warp")] {
/// use requires_auth::{AccessToken, Guarded, requires_auth};
/// use warp::Filter;
///
/// #[requires_auth(scope = "weather.write")]
/// async fn report(city: String, token: AccessToken, text: String) -> String {
///     format!("{city}: {text}, says {:?}", token.object_id())
/// }
///
/// let report = warp::path!("reports" / String)
///     .and(warp::post())
///     .guarded(|route| route.and_token().and(warp::body::json()).then(report));
/// # let _ = warp::service(report);
/// # }
/// ```
pub trait Guarded: Filter<Error = Rejection> + Clone + Send + Sync + Sized + 'static {
    /// Guards with the verifier that the request's extensions carry, else with the process-wide one of
    /// [`initialize`](crate::initialize). Without either the answer is 500.
    fn guarded<G, U, T>(
        self,
        behind: impl FnOnce(<Self::Extract as Arguments>::Behind<G>) -> U,
    ) -> BoxedFilter<(Response,)>
    where
        Self::Extract: Arguments,
        G: FromRequest,
        U: Filter<Extract = (T,), Error = Rejection> + Clone + Send + Sync + 'static,
        T: Reply + 'static,
    {
        self.guarded_by(None, behind)
    }

    /// Guards with a verifier of the application's own; with `None`, as [`guarded`](Self::guarded) does.
    fn guarded_by<G, U, T>(
        self,
        verifier: impl Into<Option<Verifier>>,
        behind: impl FnOnce(<Self::Extract as Arguments>::Behind<G>) -> U,
    ) -> BoxedFilter<(Response,)>
    where
        Self::Extract: Arguments,
        G: FromRequest,
        U: Filter<Extract = (T,), Error = Rejection> + Clone + Send + Sync + 'static,
        T: Reply + 'static,
    {
        let route = Self::Extract::guard(self, verifier.into());
        behind(route).map(T::into_response).recover(answer).unify().boxed()
    }

    /// Adds the token that met the requirement to the arguments, for a handler with the attribute.
    fn and_token(self) -> <Self::Extract as GuardedArguments>::AndToken
    where
        Self::Extract: GuardedArguments,
    {
        Self::Extract::and_token(self)
    }
}

impl<F: Filter<Error = Rejection> + Clone + Send + Sync + 'static> Guarded for F {}

// How the verifier reaches a request: with the filter, else in the request's extensions, where a tower layer leaves it.

/// What the guard reads of a request.
pub struct Head {
    headers: HeaderMap,
    verifier: Option<Verifier>,
    remembered: Option<Remembered>,
}

/// A filter lends nothing of a request, so the fields are cloned; all of them, as warp picks out no more than one of a
/// name.
fn head(own: Option<Verifier>) -> impl Filter<Extract = (Head,), Error = Infallible> + Clone {
    let parts = header::headers_cloned().and(ext::optional()).and(ext::optional());
    parts.map(move |headers, attached, remembered| Head { headers, verifier: own.clone().or(attached), remembered })
}

/// The fields hold the token.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head").finish_non_exhaustive()
    }
}

impl RequestHead for Head {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        fields(&self.headers)
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.verifier.as_ref()
    }

    fn remembered(&self) -> Option<Remembered> {
        self.remembered.clone()
    }
}

/// For checks by hand, with `warp::header::headers_cloned`. It carries no verifier: the process-wide one checks.
impl RequestHead for HeaderMap {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        fields(self)
    }

    fn verifier(&self) -> Option<&Verifier> {
        None
    }
}

// How a token is extracted. Each check reads the head before its future exists, so nothing is borrowed while it waits.

/// The guard itself, of one argument.
fn check<G: FromRequest>(own: Option<Verifier>) -> impl Filter<Extract = (G,), Error = Rejection> + Clone {
    head(own).and_then(|head| {
        let outcome = G::from_request(head);
        async { outcome.await.map_err(|refusal| custom(Refused(refusal))) }
    })
}

/// What a guarded handler may take first.
#[diagnostic::on_unimplemented(
    message = "a guarded handler cannot take `{Self}` first",
    label = "the first argument is what the guard checks",
    note = "write `#[requires_auth]` above the handler, or take `AccessToken`, `Caller` or `Option<AccessToken>` first"
)]
pub trait FromRequest: Sized + Send + 'static {
    fn from_request(head: Head) -> impl Future<Output = Result<Self, AuthError>> + Send;
}

impl<R: Requires> FromRequest for Authorized<R> {
    fn from_request(head: Head) -> impl Future<Output = Result<Self, AuthError>> + Send {
        Self::of_request(&head)
    }
}

impl FromRequest for AccessToken {
    fn from_request(head: Head) -> impl Future<Output = Result<Self, AuthError>> + Send {
        Self::of_request(&head)
    }
}

/// `None` for a request without a bearer token; a token that is wrong is refused, as with [`Caller`].
impl FromRequest for Option<AccessToken> {
    fn from_request(head: Head) -> impl Future<Output = Result<Self, AuthError>> + Send {
        let caller = Caller::of_request(&head);
        async { Ok(caller.await?.token().cloned()) }
    }
}

impl FromRequest for Caller {
    fn from_request(head: Head) -> impl Future<Output = Result<Self, AuthError>> + Send {
        Self::of_request(&head)
    }
}

/// The arguments of a path. warp's own trait for tuples cannot be named, so each arity has its lines.
#[diagnostic::on_unimplemented(message = "a path with more than 8 arguments cannot be guarded")]
pub trait Arguments: Sized {
    /// The filter that has what the guard found in front of them.
    type Behind<G: FromRequest>;

    fn guard<G: FromRequest>(path: impl Guarded<Extract = Self>, verifier: Option<Verifier>) -> Self::Behind<G>;
}

/// The arguments of a route that the attribute guards.
#[diagnostic::on_unimplemented(
    message = "`and_token` has no token to add here",
    note = "it stands behind `guarded`, for a handler with `#[requires_auth]`; others take `AccessToken` first"
)]
pub trait GuardedArguments: Sized {
    /// The filter that has the token behind them.
    type AndToken;

    fn and_token(route: impl Guarded<Extract = Self>) -> Self::AndToken;
}

macro_rules! arities {
    ($($type:ident $argument:ident)*) => {
        impl<$($type: Send + 'static),*> Arguments for ($($type,)*) {
            type Behind<G: FromRequest> = BoxedFilter<(G, $($type),*)>;

            fn guard<G: FromRequest>(
                path: impl Guarded<Extract = Self>,
                verifier: Option<Verifier>,
            ) -> Self::Behind<G> {
                path.and(check(verifier)).map(|$($argument,)* found| (found, $($argument),*)).untuple_one().boxed()
            }
        }

        impl<R: Requires, $($type: Send + 'static),*> GuardedArguments for (Authorized<R>, $($type),*) {
            type AndToken = BoxedFilter<(Authorized<R>, $($type,)* AccessToken)>;

            fn and_token(route: impl Guarded<Extract = Self>) -> Self::AndToken {
                let and_token = |authorized: Authorized<R>, $($argument),*| {
                    let token = authorized.token().clone();
                    (authorized, $($argument,)* token)
                };
                route.map(and_token).untuple_one().boxed()
            }
        }

        arities!(@fewer $($type $argument)*);
    };
    (@fewer) => {};
    (@fewer $type:ident $argument:ident $($rest:tt)*) => { arities!($($rest)*); };
}

arities!(A a B b C c D d E e I i J j K k);

// How a refusal becomes a response: behind the guard it is the answer of its route.

/// A refusal on its way from the guard, past what stands behind it.
#[derive(Debug)]
struct Refused(AuthError);

impl Reject for Refused {}

async fn answer(rejection: Rejection) -> Result<Response, Rejection> {
    match rejection.find() {
        Some(Refused(refusal)) => Ok(response(refusal)),
        None => Err(rejection),
    }
}

/// In `then` and `map`, a handler may return it, or a `Result` with it.
impl Reply for AuthError {
    fn into_response(self) -> Response {
        response(&self)
    }
}

#[cfg(test)]
mod tests {
    use ::http::HeaderValue;

    use super::*;

    #[test]
    fn debug_shows_no_token() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer secret"));
        let head = Head { headers, verifier: None, remembered: None };
        assert!(!format!("{head:?}").contains("secret"));
    }
}
