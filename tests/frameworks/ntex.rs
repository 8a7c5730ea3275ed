//! The driver of ntex.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use futures_util::{StreamExt as _, stream};
use ntex::rt::{self, DefaultRuntime, System};
use ntex::server;
use ntex::service::{fn_factory, fn_service};
use ntex::util::{ByteString, Bytes};
use ntex::web::types::{Json, Path, Query};
use ntex::web::ws::{self, Frame, Message};
use ntex::web::{self, App, HttpRequest, HttpResponse, HttpServer, ServiceConfig};
use requires_auth::{AccessToken, AuthError, Caller, Verifier, requires_auth};
use requires_auth_tests::routes::{self, Period, Report};
use requires_auth_tests::server::Server;
use tokio::sync::oneshot;

#[web::get("/open")]
async fn open() -> &'static str {
    "open"
}

#[requires_auth]
#[web::get("/bare")]
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
#[web::post("/report")]
async fn report(Json(report): Json<Report>) -> Json<Report> {
    Json(report)
}

#[requires_auth(scope = "weather.read")]
#[web::get("/cities/{id}")]
async fn city(id: Path<u32>, Query(period): Query<Period>) -> String {
    routes::forecast(*id, period)
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
#[web::get("/delegated")]
async fn delegated() -> &'static str {
    "delegated"
}

#[requires_auth(not(guest))]
async fn guests() -> &'static str {
    "guests"
}

#[requires_auth(check = routes::is_ada)]
#[web::get("/check")]
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
#[web::get("/stream")]
async fn events() -> HttpResponse {
    let event = Bytes::from(format!("data: {}\n\n", routes::EVENT));
    let events = stream::iter([Ok::<_, Infallible>(event)]).chain(stream::pending());
    HttpResponse::Ok().content_type("text/event-stream").streaming(events)
}

#[requires_auth(scope = "weather.read")]
#[web::get("/ws")]
async fn socket(request: HttpRequest) -> Result<HttpResponse, web::Error> {
    ws::start(request, None::<&str>, fn_factory(async || Ok::<_, web::Error>(fn_service(echo)))).await
}

async fn echo(frame: Frame) -> Result<Option<Message>, io::Error> {
    match frame {
        Frame::Text(text) => Ok(ByteString::try_from(text).ok().map(Message::Text)),
        _ => Ok(None),
    }
}

#[web::get("/below")]
#[requires_auth(scope = "weather.read")]
async fn below() -> &'static str {
    "below"
}

#[web::get("/outcome")]
async fn outcome(token: Result<AccessToken, AuthError>) -> String {
    token.map_or_else(|refusal| refusal.reason().code().to_owned(), |token| routes::subject(&token))
}

fn api(config: &mut ServiceConfig) {
    config
        .service(open)
        .service(bare)
        // A route of GET alone does not serve HEAD.
        .service(web::resource("/read").route(web::get().to(read)).route(web::head().to(read)))
        .service(report)
        .service(city)
        .service(delegated)
        .service(check)
        .service(events)
        .service(socket)
        .route("/both", web::get().to(both))
        .route("/role", web::get().to(role))
        .service(web::resource("/group").route(web::get().to(group)))
        .service(web::resource("/guests").route(web::get().to(guests)))
        .service(web::resource("/context").route(web::get().to(context)))
        .route("/token", web::get().to(token))
        .route("/caller", web::get().to(caller))
        .service(web::resource("/optional").route(web::get().to(optional)))
        .service(below)
        .service(outcome);
}

/// An ntex server on threads of its own.
struct Ntex {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Ntex {
    fn start_with(start: impl FnOnce(TcpListener) -> server::Server + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = thread::spawn(move || {
            System::new("ntex", DefaultRuntime).block_on(async move {
                let server = start(listener);
                let handle = server.clone();
                rt::spawn(async move {
                    drop(stopped.await);
                    handle.stop(true).await;
                });
                server.await.unwrap();
            });
        });
        Self { address, stop, serving }
    }
}

impl Server for Ntex {
    const NAME: &'static str = "ntex";
    // Without TLS one listener speaks one version.
    const SERVES_HTTP_2: bool = false;
    const OPTION_REFUSES_WRONG_TOKENS: bool = false;

    async fn start(verifier: Option<Verifier>) -> Self {
        Self::start_with(move |listener| {
            let app = async move || App::new().configure(api).configure(|config| attach(config, verifier.as_ref()));
            HttpServer::new(app).workers(2).disable_signals().listen(listener).unwrap().run()
        })
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::task::spawn_blocking(|| self.serving.join().unwrap()).await.unwrap();
    }
}

fn attach(config: &mut ServiceConfig, verifier: Option<&Verifier>) {
    if let Some(verifier) = verifier {
        config.state(verifier.clone());
    }
}

requires_auth_tests::mount!(Ntex);

mod only_here {
    //! What no other framework does as this one does it.

    use std::net::SocketAddr;

    use ntex::http::HttpService;
    use ntex::server::ServerBuilder;
    use ntex::web::test::{TestRequest, call_service, init_service};
    use ntex::web::{self, App};
    use requires_auth::testing::Issuer;
    use requires_auth::{Verifier, requires_auth};
    use requires_auth_tests::client::{Request, exchange};
    use requires_auth_tests::server::Server;
    use requires_auth_tests::wait::within;
    use requires_auth_tests::{cases, expect};

    use super::{Ntex, api, attach};

    async fn ready() -> (Issuer, Ntex) {
        let issuer = Issuer::entra();
        let verifier = issuer.verifier();
        within("the first keys", verifier.ready()).await;
        (issuer, Ntex::start(Some(verifier)).await)
    }

    /// The framework's attribute carries along what stands below it.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn guards_below_the_attribute_of_the_framework() {
        let (issuer, server) = ready().await;
        let request = Request::get("/below");
        let scope = format!("api://{}/weather.read", issuer.client_id());
        expect::missing_token(&exchange(server.address(), &request).await, &issuer, Some(&scope));
        let token = issuer.token().user("ada").scope("weather.read");
        expect::granted(&exchange(server.address(), &request.bearer(&token)).await, "below");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn hands_over_a_refusal_that_the_handler_takes() {
        let (issuer, server) = ready().await;
        let reader = issuer.token().user("ada").scope("weather.read");
        let request = Request::get("/outcome");
        let outcome = async |request: Request| exchange(server.address(), &request).await;
        expect::granted(&outcome(request.clone()).await, "missing_token");
        expect::granted(&outcome(request.clone().bearer(&reader)).await, &issuer.object_id("ada"));
        expect::granted(&outcome(request.bearer(&reader.expired())).await, "expired");
    }

    /// `state` of a resource wins over that of the application.
    #[ntex::test]
    async fn takes_the_verifier_that_is_nearest() {
        #[requires_auth(scope = "weather.read")]
        async fn weather() -> &'static str {
            "sunny"
        }

        let (near, far) = (Issuer::entra(), Issuer::oidc());
        let app = init_service(
            App::new()
                .state(far.verifier())
                .service(web::resource("/far").to(weather))
                .service(web::resource("/near").state(near.verifier()).to(weather)),
        )
        .await;
        let request = |target, issuer: &Issuer| {
            let bearer = issuer.token().user("ada").scope("weather.read").bearer();
            TestRequest::get().uri(target).header("authorization", bearer).to_request()
        };
        for (target, issuer, status) in [("/far", &far, 200), ("/far", &near, 401), ("/near", &near, 200)] {
            assert_eq!(call_service(&app, request(target, issuer)).await.status(), status);
        }
        assert_eq!(call_service(&app, request("/near", &far)).await.status(), 401);
    }

    /// A listener that speaks HTTP/2 and nothing else.
    struct OverHttp2(Ntex);

    impl Server for OverHttp2 {
        const NAME: &'static str = Ntex::NAME;
        const OPTION_REFUSES_WRONG_TOKENS: bool = Ntex::OPTION_REFUSES_WRONG_TOKENS;

        async fn start(verifier: Option<Verifier>) -> Self {
            Self(Ntex::start_with(move |listener| {
                let app = async move |_| {
                    let attach = |config: &mut _| attach(config, verifier.as_ref());
                    HttpService::h2(App::new().configure(api).configure(attach))
                };
                ServerBuilder::new().workers(2).disable_signals().listen("http2", listener, app).unwrap().run()
            }))
        }

        fn address(&self) -> SocketAddr {
            self.0.address()
        }

        async fn stop(self) {
            self.0.stop().await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn guards_http_2_on_a_listener_of_its_own() {
        cases::carriage::guards_http_2::<OverHttp2>().await;
    }
}
