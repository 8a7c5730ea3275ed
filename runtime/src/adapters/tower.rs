//! Any tower service.

mod answering;

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use ::http::{Request, Response};
use bytes::Bytes;
use http_body::Body;
use http_body_util::{Either, Full};
use tower_layer::Layer;
use tower_service::Service;

use self::answering::Answering;
use super::grpc;
use super::http::response;
use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{CheckedBefore, Expected, Remembered, RequestHead, Validation};
use crate::requirement::Requirement;
use crate::verifier::Verifier;

// How the verifier reaches a request: the layer puts its own into the request's extensions, if it has one.

/// Lets requests through that meet a requirement, and answers the others: a layer for whole routers, gRPC servers and any
/// service on `http` 1.x. Feature `tower`.
///
/// 1. The layer reads the head of a request. It verifies the token and evaluates one requirement for all routes behind it.
/// 2. What may pass goes on unchanged, with the [`AccessToken`](crate::AccessToken) in its extensions. A handler behind the
///    layer may still carry its own attribute, which then does not verify the token again.
/// 3. What may not pass is answered at once: status, challenge, problem document; a gRPC call, with a gRPC status. The inner
///    service sees nothing of it, and its body is not read.
///
/// A request whose keys must be fetched first waits outside. It holds no place of the inner service meanwhile, so behind the
/// layer a `concurrency_limit` counts requests that have a verified token.
///
/// Guarding by a layer is right where forgetting an attribute must not matter; the attribute is right where a reader
/// should see at the handler what it needs. On axum, `Router::layer` guards the routes that were added before it, and
/// `route_layer` leaves unknown paths 404. A preflight request of a browser carries no token, so a CORS layer goes
/// outside this one, which on axum means after it.
///
/// ```
/// # #[cfg(all(feature = "axum", feature = "tower", feature = "testing"))] {
/// use axum::{Router, routing::get};
/// use requires_auth::{RequiresAuthLayer, requirement};
///
/// # let issuer = requires_auth::testing::Issuer::entra();
/// let admin: Router = Router::new()
///     .route("/admin", get(|| async { "welcome" }))
///     .layer(RequiresAuthLayer::new(requirement!(role = "Administrator")).verifier(issuer.verifier()));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequiresAuthLayer {
    expected: Expected<'static>,
    authority: Option<&'static str>,
    verifier: Option<Verifier>,
}

impl RequiresAuthLayer {
    /// Guards with the verifier that the request's extensions carry, else with the process-wide one of
    /// [`initialize`](crate::initialize). Without either the answer is 500.
    #[must_use]
    pub fn new(requirement: Requirement) -> Self {
        Self { expected: requirement.into(), authority: None, verifier: None }
    }

    /// Verifies the token and asks for no permission: for services whose every method carries the attribute, as those of
    /// tonic do. A method without it is then open to whoever has any token for this API, so write the attribute on the
    /// `impl` block too.
    #[must_use]
    pub fn authenticate() -> Self {
        Self { expected: Expected::VERIFIED, authority: None, verifier: None }
    }

    /// Wants tokens of one authority, where the verifier has several: as `authority = "..."` in the attribute.
    #[must_use]
    pub fn authority(mut self, name: &'static str) -> Self {
        self.authority = Some(name);
        self
    }

    /// Guards with a verifier of its own, which the handlers behind the layer use too.
    #[must_use]
    pub fn verifier(mut self, verifier: Verifier) -> Self {
        self.verifier = Some(verifier);
        self
    }
}

impl<S> Layer<S> for RequiresAuthLayer {
    type Service = RequiresAuth<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequiresAuth { inner, layer: self.clone() }
    }
}

/// The service of [`RequiresAuthLayer`].
#[derive(Clone, Debug)]
pub struct RequiresAuth<S> {
    inner: S,
    layer: RequiresAuthLayer,
}

// How a token is extracted, and how a refusal becomes a response.

impl<S, B, ResponseBody> Service<Request<B>> for RequiresAuth<S>
where
    S: Service<Request<B>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    ResponseBody: Body<Data = Bytes>,
{
    type Response = Response<Either<ResponseBody, Full<Bytes>>>;
    type Error = S::Error;
    type Future = Answering<S::Future, Self::Response, Self::Error>;

    // The inner service's word is passed on, so that what limits or sheds load outside still sees that it is full. What it
    // reserves is used by a request that passes at once, and given back by every other one.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if let Some(verifier) = &self.layer.verifier {
            request.extensions_mut().insert(verifier.clone());
        }
        let authority = self.layer.authority;
        let mut validation = Validation::start(self.layer.expected.clone(), authority, &request);
        let answer: fn(&AuthError) -> Response<Full<Bytes>> =
            if grpc::is_call(&request) { grpc::response } else { response };
        // With the keys at hand the decision is there, and nothing need wake this up again.
        let decision = Pin::new(&mut validation).poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(Ok(token)) = decision {
            keep(&mut request, token, authority);
            return Answering::Inside { answer: self.inner.call(request) };
        }
        // A clone has reserved nothing, and what the service itself reserved goes with it. Otherwise tokens that no key
        // fits would occupy a limited service for as long as their keys are looked up.
        self.inner = self.inner.clone();
        if let Poll::Ready(Err(refusal)) = decision {
            return Answering::Outside { answer: Box::pin(async move { Ok(answer(&refusal).map(Either::Right)) }) };
        }
        let mut inner = self.inner.clone();
        let waiting = async move {
            match validation.await {
                Ok(token) => {
                    keep(&mut request, token, authority);
                    poll_fn(|context| inner.poll_ready(context)).await?;
                    Ok(inner.call(request).await?.map(Either::Left))
                }
                Err(refusal) => Ok(answer(&refusal).map(Either::Right)),
            }
        };
        Answering::Outside { answer: Box::pin(waiting) }
    }
}

/// Leaves the token with the request.
fn keep<B>(request: &mut Request<B>, token: AccessToken, authority: Option<&'static str>) {
    if let Some(remembered) = Remembered::new(request, &token, authority) {
        request.extensions_mut().insert(remembered);
    }
    request.extensions_mut().insert(token);
}

/// For methods that take the whole request: what the layer left in its extensions.
impl<B> CheckedBefore for Request<B> {
    fn remembered(&self) -> Option<Remembered> {
        RequestHead::remembered(self)
    }
}
