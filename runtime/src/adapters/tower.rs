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
/// 3. What may not pass is answered at once: status, challenge, problem document. The inner service sees nothing of it, and
///    its body is not read.
///
/// Both depend on what the program says and on the `Authorization` fields, and on nothing else that a request brings: a
/// caller cannot choose the form of a refusal by a method, a version or another field. Services that speak gRPC want
/// another form, so the program says that they do: [`grpc`](Self::grpc).
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
    refusals: Form,
}

/// The form of every refusal of a layer. The program chooses it: as nginx reads it in `auth_request`, and as other proxies do,
/// a gRPC answer opens the page, since its HTTP status is 200.
#[derive(Clone, Copy, Debug)]
enum Form {
    Http,
    Grpc,
}

impl RequiresAuthLayer {
    /// Guards with the verifier that the request's extensions carry, else with the process-wide one of
    /// [`initialize`](crate::initialize). Without either the answer is 500.
    #[must_use]
    pub fn new(requirement: Requirement) -> Self {
        Self::of(requirement.into())
    }

    /// Verifies the token and asks for no permission: for services whose every method carries the attribute, as those of
    /// tonic do. A method without it is then open to every caller that has any token for this API, so write the attribute
    /// on the `impl` block too.
    ///
    /// Round a service of tonic, say [`grpc`](Self::grpc) as well.
    #[must_use]
    pub fn authenticate() -> Self {
        Self::of(Expected::VERIFIED)
    }

    fn of(expected: Expected<'static>) -> Self {
        Self { expected, authority: None, verifier: None, refusals: Form::Http }
    }

    /// Says that the services behind the layer speak gRPC: every refusal is a gRPC answer, as every gRPC client wants it.
    /// Default: every refusal is an HTTP answer.
    ///
    /// That answer is "Trailers-Only": HTTP status 200 with `grpc-status` and `grpc-message`, the challenge in
    /// `www-authenticate`, the [code of the reason](crate::Reason::code) in `auth-error-reason`, and no body. It is the
    /// answer to every refused request, whatever its content type.
    ///
    /// ```
    /// # #[cfg(all(feature = "tower", feature = "testing"))] {
    /// # use std::convert::Infallible;
    /// # use bytes::Bytes;
    /// # use http::{Request, Response};
    /// # use http_body_util::Full;
    /// # use tower::{ServiceExt as _, service_fn};
    /// use requires_auth::RequiresAuthLayer;
    /// use tower::Layer as _;
    ///
    /// # async fn greeter(_: Request<String>) -> Result<Response<Full<Bytes>>, Infallible> { Ok(Response::default()) }
    /// # let service = service_fn(greeter);
    /// # let issuer = requires_auth::testing::Issuer::entra();
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let guarded = RequiresAuthLayer::authenticate().grpc().verifier(issuer.verifier()).layer(service);
    ///
    /// let answer = guarded.oneshot(Request::new(String::new())).await.unwrap();
    /// assert_eq!(answer.status(), 200);
    /// assert_eq!(answer.headers()["grpc-status"], "16"); // UNAUTHENTICATED
    /// # });
    /// # }
    /// ```
    ///
    /// # Security
    ///
    /// A proxy that asks a service whether a request may pass reads the HTTP status alone: nginx's `auth_request`, the
    /// forward authentication of Traefik and Caddy, the external authorization of Envoy over HTTP. To it each refusal of a
    /// layer with `.grpc()` is a yes. Let such a proxy ask a layer without it.
    #[must_use]
    pub fn grpc(mut self) -> Self {
        self.refusals = Form::Grpc;
        self
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
        // With the keys at hand the decision is there, and nothing need wake this up again.
        let decision = Pin::new(&mut validation).poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(Ok(token)) = decision {
            keep(&mut request, token, authority);
            return Answering::Inside { answer: self.inner.call(request) };
        }
        // A clone has reserved nothing, and what the service itself reserved goes with it. Otherwise tokens that no key
        // fits would occupy a limited service for as long as their keys are looked up.
        self.inner = self.inner.clone();
        let form = self.layer.refusals;
        if let Poll::Ready(Err(refusal)) = decision {
            return Answering::Outside {
                answer: Box::pin(async move { Ok(form.answer(&refusal).map(Either::Right)) }),
            };
        }
        let mut inner = self.inner.clone();
        let waiting = async move {
            match validation.await {
                Ok(token) => {
                    keep(&mut request, token, authority);
                    poll_fn(|context| inner.poll_ready(context)).await?;
                    Ok(inner.call(request).await?.map(Either::Left))
                }
                Err(refusal) => Ok(form.answer(&refusal).map(Either::Right)),
            }
        };
        Answering::Outside { answer: Box::pin(waiting) }
    }
}

impl Form {
    /// Nothing of the request is asked for: a caller must not choose how a refusal reads.
    fn answer(self, refusal: &AuthError) -> Response<Full<Bytes>> {
        match self {
            Self::Http => response(refusal),
            Self::Grpc => grpc::response(refusal),
        }
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
