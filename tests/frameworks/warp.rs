//! The driver of warp.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{SinkExt as _, StreamExt as _, stream};
use requires_auth::{AccessToken, Caller, Guarded, Verifier, requires_auth};
use requires_auth_tests::routes::{self, Period, Report};
use requires_auth_tests::server::Server;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::sse::Event;
use warp::ws::{WebSocket, Ws};
use warp::{Filter, Reply};

async fn open() -> &'static str {
    "open"
}

#[requires_auth]
async fn bare() -> &'static str {
    "bare"
}

#[requires_auth(scope = "weather.read")]
async fn read() -> &'static str {
    "read"
}

#[requires_auth(scope = "weather.read", scope = "weather.write")]
async fn both() -> &'static str {
    "both"
}

#[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
async fn report(report: Report) -> impl Reply {
    warp::reply::json(&report)
}

#[requires_auth(scope = "weather.read")]
async fn city(id: u32, period: Period) -> String {
    routes::forecast(id, period)
}

#[requires_auth(role = "Forecaster")]
async fn role() -> &'static str {
    "role"
}

#[requires_auth(group = "0f8fad5b-d9cb-469f-a165-70867728950e")]
async fn group() -> &'static str {
    "group"
}

#[requires_auth(delegated)]
async fn delegated() -> &'static str {
    "delegated"
}

#[requires_auth(not(guest))]
async fn guests() -> &'static str {
    "guests"
}

#[requires_auth(check = routes::is_ada)]
async fn check() -> &'static str {
    "check"
}

#[requires_auth(auth_context = "c1")]
async fn context() -> &'static str {
    "context"
}

async fn token(token: AccessToken) -> String {
    routes::subject(&token)
}

async fn caller(caller: Caller) -> String {
    routes::caller(&caller)
}

async fn optional(token: Option<AccessToken>) -> String {
    routes::optional(token.as_ref())
}

#[requires_auth(scope = "weather.read")]
async fn events() -> impl Reply {
    let event = async { Ok::<_, Infallible>(Event::default().data(routes::EVENT)) };
    warp::sse::reply(stream::once(event).chain(stream::pending()))
}

#[requires_auth(scope = "weather.read")]
async fn socket(upgrade: Ws) -> impl Reply {
    upgrade.on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.next().await {
        if !message.is_text() || socket.send(message).await.is_err() {
            return;
        }
    }
}

fn api(verifier: Option<&Verifier>) -> BoxedFilter<(Response,)> {
    let own = || verifier.cloned();
    let routes = [
        warp::path!("open").and(warp::get()).then(open).map(Reply::into_response).boxed(),
        warp::path!("bare").and(warp::get()).guarded_by(own(), |route| route.then(bare)),
        warp::path!("read").and(warp::get()).guarded_by(own(), |route| route.then(read)),
        warp::path!("both").and(warp::get()).guarded_by(own(), |route| route.then(both)),
        warp::path!("report").and(warp::post()).guarded_by(own(), |route| route.and(warp::body::json()).then(report)),
        warp::path!("cities" / u32).and(warp::get()).guarded_by(own(), |route| route.and(warp::query()).then(city)),
        warp::path!("role").and(warp::get()).guarded_by(own(), |route| route.then(role)),
        warp::path!("group").and(warp::get()).guarded_by(own(), |route| route.then(group)),
        warp::path!("delegated").and(warp::get()).guarded_by(own(), |route| route.then(delegated)),
        warp::path!("guests").and(warp::get()).guarded_by(own(), |route| route.then(guests)),
        warp::path!("check").and(warp::get()).guarded_by(own(), |route| route.then(check)),
        warp::path!("context").and(warp::get()).guarded_by(own(), |route| route.then(context)),
        warp::path!("token").and(warp::get()).guarded_by(own(), |route| route.then(token)),
        warp::path!("caller").and(warp::get()).guarded_by(own(), |route| route.then(caller)),
        warp::path!("optional").and(warp::get()).guarded_by(own(), |route| route.then(optional)),
        warp::path!("stream").and(warp::get()).guarded_by(own(), |route| route.then(events)),
        warp::path!("ws").and(warp::get()).guarded_by(own(), |route| route.and(warp::ws()).then(socket)),
    ];
    routes.into_iter().reduce(|api, route| api.or(route).unify().boxed()).unwrap()
}

/// A warp server on a task of the test's runtime.
struct Warp {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server for Warp {
    const NAME: &'static str = "warp";
    const SERVES_HEAD: bool = false;
    const KNOWS_PATHS_BY_SHAPE: bool = false;
    const TELLS_TRAILING_SLASHES_APART: bool = false;
    const OPTION_REFUSES_WRONG_TOKENS: bool = true;

    async fn start(verifier: Option<Verifier>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let serving = tokio::spawn(warp::serve(api(verifier.as_ref())).incoming(listener).graceful(stopped).run());
        Self { address, stop, serving }
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

requires_auth_tests::mount!(Warp);

/// What warp alone does: it tries one route after the other.
mod routes_in_a_row {
    use requires_auth::testing::{Issuer, Token};
    use requires_auth::{AuthError, RequiresAuthLayer, requirement};
    use tower::{Layer as _, ServiceExt as _};
    use warp::http::{Request, StatusCode};
    use warp::test::RequestBuilder;

    use super::*;

    fn reader(issuer: &Issuer) -> Token {
        issuer.token().user("ada").scope("weather.read")
    }

    fn get(path: &str, token: Option<&Token>) -> RequestBuilder {
        let request = warp::test::request().path(path);
        match token {
            Some(token) => request.header("authorization", token.bearer()),
            None => request,
        }
    }

    #[tokio::test]
    async fn a_refusal_is_no_rejection_that_a_later_route_could_take() {
        let issuer = Issuer::entra();
        let app = api(Some(&issuer.verifier())).or(warp::any().map(|| "of another route"));
        for (path, token) in [("/read", None), ("/role", Some(reader(&issuer))), ("/token", None)] {
            let answer = get(path, token.as_ref()).reply(&app).await;
            assert_ne!(answer.body(), "of another route", "{path}");
        }
        for (method, path) in [("GET", "/reads"), ("GET", "/"), ("DELETE", "/read")] {
            let answer = warp::test::request().method(method).path(path).reply(&app).await;
            assert_eq!((answer.status(), &answer.body()[..]), (StatusCode::OK, &b"of another route"[..]), "{path}");
        }
    }

    #[tokio::test]
    async fn a_rejection_behind_the_guard_stays_a_rejection() {
        let issuer = Issuer::entra();
        let app = api(Some(&issuer.verifier())).or(warp::any().map(|| "of another route"));
        let request = get("/report", Some(&issuer.token().user("ada").scope("weather.write"))).method("POST").body("{");
        assert_eq!(request.reply(&app).await.body(), "of another route");
    }

    #[tokio::test]
    async fn a_refusal_carries_the_fields_of_cors() {
        let cors = warp::cors().allow_origin("https://app.example.com").allow_header("authorization");
        let app = api(Some(&Issuer::entra().verifier())).with(cors.allow_method("GET"));
        let request = || get("/read", None).header("origin", "https://app.example.com");
        let preflight = request().method("OPTIONS").header("access-control-request-method", "GET");
        let preflight = preflight.header("access-control-request-headers", "authorization").reply(&app).await;
        let refused = request().reply(&app).await;
        assert_eq!((preflight.status(), refused.status()), (StatusCode::OK, StatusCode::UNAUTHORIZED));
        assert!(refused.headers().contains_key("access-control-allow-origin"));
    }

    #[tokio::test]
    async fn the_first_route_of_a_path_and_a_method_decides() {
        let issuer = Issuer::entra();
        let path = || warp::path!("read").and(warp::get());
        let role = path().guarded_by(issuer.verifier(), |route| route.then(role));
        let app = role.or(path().guarded_by(issuer.verifier(), |route| route.then(read)));
        let answer = get("/read", Some(&reader(&issuer))).reply(&app).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn the_verifier_of_the_request_serves_unless_the_route_has_its_own() {
        let (first, second) = (Issuer::entra(), Issuer::entra());
        for (own, trusted) in [(None, &first), (Some(second.verifier()), &second)] {
            let app = api(own.as_ref());
            for issuer in [&first, &second] {
                let request = get("/read", Some(&reader(issuer))).extension(first.verifier());
                let granted = request.reply(&app).await.status() == StatusCode::OK;
                assert_eq!(granted, std::ptr::eq(issuer, trusted));
            }
        }
    }

    #[tokio::test]
    async fn a_layer_round_the_service_hands_on_its_verifier_and_its_token() {
        let issuer = Issuer::entra();
        let layer = RequiresAuthLayer::new(requirement!(delegated)).verifier(issuer.verifier());
        let service = layer.layer(warp::service(api(None)));
        let status = async |path: &str, token: Option<&Token>| {
            let request = Request::get(path);
            let request = match token {
                Some(token) => request.header("authorization", token.bearer()),
                None => request,
            };
            service.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap().status().as_u16()
        };
        let token = reader(&issuer);
        assert_eq!(status("/open", None).await, 401);
        assert_eq!(status("/open", Some(&token)).await, 200);
        assert_eq!(status("/read", Some(&token)).await, 200);
        assert_eq!(status("/role", Some(&token)).await, 403);
    }

    #[requires_auth(scope = "weather.read")]
    #[expect(clippy::many_single_char_names, reason = "they are counted, not read")]
    async fn eight(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, token: AccessToken) -> String {
        format!("{:?} {}", [a, b, c, d, e, f, g, h], routes::subject(&token))
    }

    #[tokio::test]
    async fn the_arguments_of_the_path_come_in_their_order() {
        let issuer = Issuer::entra();
        let path = warp::path!(u8 / u8 / u8 / u8 / u8 / u8 / u8 / u8).and(warp::get());
        let app = path.guarded_by(issuer.verifier(), |route| route.and_token().then(eight));
        let answer = get("/1/2/3/4/5/6/7/8", Some(&reader(&issuer))).reply(&app).await;
        assert_eq!(answer.body(), &format!("[1, 2, 3, 4, 5, 6, 7, 8] {}", issuer.object_id("ada")));
    }

    #[tokio::test]
    async fn a_handler_may_return_a_refusal() {
        let verifier = Issuer::entra().verifier();
        let app = warp::path!("by" / "hand").then(move || {
            let verifier = verifier.clone();
            async move { verifier.verify("").await.map(|token| routes::subject(&token)) as Result<String, AuthError> }
        });
        let answer = get("/by/hand", None).reply(&app).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(answer.headers().contains_key("www-authenticate"));
    }
}
