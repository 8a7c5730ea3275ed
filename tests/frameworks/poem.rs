//! The driver of poem.
#![expect(clippy::unused_async, reason = "handlers are async, whether or not they wait for something")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _, stream};
use poem::listener::TcpAcceptor;
use poem::middleware::Cors;
use poem::web::sse::{Event, SSE};
use poem::web::websocket::{Message, WebSocket, WebSocketStream};
use poem::web::{Json, Path, Query};
use poem::{Endpoint, EndpointExt as _, IntoResponse, Response, Route, get, handler, post};
use requires_auth::testing::Issuer;
use requires_auth::{AccessToken, AuthError, Caller, Verifier, requires_auth, validate_scope};
use requires_auth_tests::client::{Request, exchange};
use requires_auth_tests::expect;
use requires_auth_tests::routes::{self, Period, Report};
use requires_auth_tests::server::Server;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

#[handler]
async fn open() -> &'static str {
    "open"
}

#[requires_auth]
#[handler]
async fn bare() -> &'static str {
    "bare"
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn read() -> &'static str {
    "read"
}

#[requires_auth(scope = "weather.read", scope = "weather.write")]
#[handler]
async fn both() -> &'static str {
    "both"
}

#[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
#[handler]
async fn report(Json(report): Json<Report>) -> Json<Report> {
    Json(report)
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn city(Path(id): Path<u32>, Query(period): Query<Period>) -> String {
    routes::forecast(id, period)
}

#[requires_auth(role = "Forecaster")]
#[handler]
async fn role() -> &'static str {
    "role"
}

#[requires_auth(group = "0f8fad5b-d9cb-469f-a165-70867728950e")]
#[handler]
async fn group() -> &'static str {
    "group"
}

#[requires_auth(delegated)]
#[handler]
async fn delegated() -> &'static str {
    "delegated"
}

#[requires_auth(not(guest))]
#[handler]
async fn guests() -> &'static str {
    "guests"
}

#[requires_auth(check = routes::is_ada)]
#[handler]
async fn check() -> &'static str {
    "check"
}

#[requires_auth(auth_context = "c1")]
#[handler]
async fn context() -> &'static str {
    "context"
}

#[handler]
async fn token(token: AccessToken) -> String {
    routes::subject(&token)
}

#[handler]
async fn caller(caller: Caller) -> String {
    routes::caller(&caller)
}

#[handler]
async fn optional(sent: Option<AccessToken>) -> String {
    routes::optional(sent.as_ref())
}

#[requires_auth(scope = "weather.read")]
#[handler]
pub(super) async fn events() -> SSE {
    SSE::new(stream::once(async { Event::message(routes::EVENT) }).chain(stream::pending()))
}

#[requires_auth(scope = "weather.read")]
#[handler]
pub(super) async fn socket(socket: WebSocket) -> impl IntoResponse {
    socket.on_upgrade(echo)
}

async fn echo(mut messages: WebSocketStream) {
    while let Some(Ok(Message::Text(text))) = messages.next().await {
        if messages.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}

fn api() -> Route {
    Route::new()
        .at("/open", get(open))
        .at("/bare", get(bare))
        .at("/read", get(read))
        .at("/both", get(both))
        .at("/report", post(report))
        .at("/cities/:id", get(city))
        .at("/role", get(role))
        .at("/group", get(group))
        .at("/delegated", get(delegated))
        .at("/guests", get(guests))
        .at("/check", get(check))
        .at("/context", get(context))
        .at("/token", get(token))
        .at("/caller", get(caller))
        .at("/optional", get(optional))
        .at("/stream", get(events))
        .at("/ws", get(socket))
}

/// A poem server on a task of the test's runtime.
pub(super) struct Serving {
    pub(super) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    pub(super) async fn start(api: impl Endpoint + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let server = poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
            let stopped = async { drop(stopped.await) };
            server.run_with_graceful_shutdown(api, stopped, None).await.unwrap();
        });
        Self { address, stop, task }
    }

    pub(super) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

struct Poem(Serving);

impl Server for Poem {
    const NAME: &'static str = "poem";
    // After the end of a connection poem polls it once more to its end, and with it the request under way.
    const DROPS_ABANDONED_REQUESTS: bool = false;
    const OPTION_REFUSES_WRONG_TOKENS: bool = false;

    async fn start(verifier: Option<Verifier>) -> Self {
        Self(Serving::start(api().data_opt(verifier)).await)
    }

    fn address(&self) -> SocketAddr {
        self.0.address
    }

    async fn stop(self) {
        self.0.stop().await;
    }
}

requires_auth_tests::mount!(Poem);

#[handler]
async fn passed_on(sent: poem::Result<AccessToken>) -> poem::Result<String> {
    Ok(routes::subject(&sent?))
}

#[tokio::test]
async fn a_refusal_stays_whole_in_errors_of_poem() {
    let issuer = Issuer::entra();
    let app = Route::new()
        .at("/passed_on", get(passed_on))
        .at("/caught", get(bare).catch_error(|refusal: AuthError| async { refusal }))
        .at("/bare", get(bare))
        .catch_all_error(|error| async { error.into_response() })
        .data(issuer.verifier());
    let serving = Serving::start(app).await;
    for target in ["/passed_on", "/caught", "/bare"] {
        expect::missing_token(&exchange(serving.address, &Request::get(target)).await, &issuer, None);
    }
}

async fn readers_only(next: Arc<Route>, request: poem::Request) -> poem::Result<Response> {
    validate_scope("weather.read", &request).await?;
    next.call(request).await
}

#[tokio::test]
async fn a_middleware_guards_all_routes_behind_it() {
    let issuer = Issuer::oidc();
    let serving =
        Serving::start(Route::new().at("/open", get(open)).around(readers_only).data(issuer.verifier())).await;
    let [reader, writer] = ["weather.read", "weather.write"].map(|scope| issuer.token().user("ada").scope(scope));
    let request = || Request::get("/open");
    expect::missing_token(&exchange(serving.address, &request()).await, &issuer, Some("weather.read"));
    expect::granted(&exchange(serving.address, &request().bearer(&reader)).await, "open");
    let refused = exchange(serving.address, &request().bearer(&writer)).await;
    expect::insufficient_scope(&refused, &issuer, "weather.read");
}

#[tokio::test]
async fn the_innermost_verifier_wins() {
    let (inner, outer) = (Issuer::entra(), Issuer::oidc());
    let half = Route::new().at("/token", get(token)).data(inner.verifier());
    let app = Route::new().at("/token", get(token)).nest("/half", half).data(outer.verifier());
    let serving = Serving::start(app).await;
    for (target, trusted, other) in [("/half/token", &inner, &outer), ("/token", &outer, &inner)] {
        let of = |issuer: &Issuer| Request::get(target).bearer(&issuer.token().user("ada").scope("weather.read"));
        assert_eq!(exchange(serving.address, &of(trusted)).await.status, 200);
        expect::invalid_token(&exchange(serving.address, &of(other)).await, trusted, "issuer");
    }
}

#[tokio::test]
async fn cors_answers_preflights_and_completes_refusals() {
    let issuer = Issuer::oidc();
    let cors = Cors::new().expose_header("www-authenticate");
    let app = Route::new().at("/open", get(open)).around(readers_only).with(cors).data(issuer.verifier());
    let serving = Serving::start(app).await;
    let of_a_browser = |method| Request::new(method, "/open").field("origin", "https://app.example.com");
    let preflight = of_a_browser("OPTIONS").field("access-control-request-method", "GET");
    let answer = exchange(serving.address, &preflight).await;
    assert_eq!((answer.status, answer.challenge()), (200, None));
    let refused = exchange(serving.address, &of_a_browser("GET")).await;
    expect::missing_token(&refused, &issuer, Some("weather.read"));
    assert_eq!(refused.value("access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(refused.value("access-control-expose-headers"), Some("www-authenticate"));
}
