//! The driver of actix-web.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use actix_web::rt::{self, System};
use actix_web::web::{self, Bytes, Json, Path, Query, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, get, post, routes};
use actix_ws::{Message, MessageStream, Session};
use futures_util::{StreamExt as _, stream};
use requires_auth::{AccessToken, AuthError, Caller, Verifier, requires_auth};
use requires_auth_tests::routes::{self, Period, Report};
use requires_auth_tests::server::Server;
use tokio::sync::oneshot;

#[get("/open")]
async fn open() -> &'static str {
    "open"
}

#[requires_auth]
#[get("/bare")]
async fn bare() -> &'static str {
    "bare"
}

// A route of GET alone does not serve HEAD.
#[requires_auth(scope = "weather.read")]
#[routes]
#[get("/read")]
#[head("/read")]
async fn read() -> &'static str {
    "read"
}

#[requires_auth(scope = "weather.read", scope = "weather.write")]
async fn both() -> &'static str {
    "both"
}

#[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
#[post("/report")]
async fn report(Json(report): Json<Report>) -> Json<Report> {
    Json(report)
}

#[requires_auth(scope = "weather.read")]
#[get("/cities/{id}")]
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
#[get("/delegated")]
async fn delegated() -> &'static str {
    "delegated"
}

#[requires_auth(not(guest))]
async fn guests() -> &'static str {
    "guests"
}

#[requires_auth(check = routes::is_ada)]
#[get("/check")]
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
#[get("/stream")]
async fn events() -> HttpResponse {
    let event = Bytes::from(format!("data: {}\n\n", routes::EVENT));
    let events = stream::once(async { Ok::<_, Infallible>(event) }).chain(stream::pending());
    HttpResponse::Ok().content_type("text/event-stream").streaming(events)
}

#[requires_auth(scope = "weather.read")]
#[get("/ws")]
async fn socket(request: HttpRequest, body: web::Payload) -> actix_web::Result<HttpResponse> {
    let (response, session, messages) = actix_ws::handle(&request, body)?;
    rt::spawn(echo(session, messages));
    Ok(response)
}

async fn echo(mut session: Session, mut messages: MessageStream) {
    while let Some(Ok(Message::Text(text))) = messages.next().await {
        if session.text(text).await.is_err() {
            return;
        }
    }
}

#[get("/below")]
#[requires_auth(scope = "weather.read")]
async fn below() -> &'static str {
    "below"
}

#[post("/feedback")]
async fn feedback(token: Option<AccessToken>, body: Json<Report>) -> String {
    format!("{} about {}", routes::optional(token.as_ref()), body.city)
}

#[get("/outcome")]
async fn outcome(token: Result<AccessToken, AuthError>) -> String {
    token.map_or_else(|refusal| refusal.reason().code().to_owned(), |token| routes::subject(&token))
}

fn api(config: &mut ServiceConfig) {
    config
        .service(open)
        .service(bare)
        .service(read)
        .service(report)
        .service(city)
        .service(delegated)
        .service(check)
        .service(events)
        .service(socket)
        .route("/both", web::get().to(both))
        .route("/role", web::get().to(role))
        .service(web::resource("/group").get(group))
        .service(web::resource("/guests").route(web::get().to(guests)))
        .service(web::resource("/context").get(context))
        .route("/token", web::get().to(token))
        .service(web::resource("/caller").get(caller))
        .route("/optional", web::get().to(optional))
        .service(below)
        .service(feedback)
        .service(outcome);
}

/// An actix-web server on threads of its own.
struct ActixWeb {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server for ActixWeb {
    const NAME: &'static str = "actix-web";
    const OPTION_REFUSES_WRONG_TOKENS: bool = false;

    async fn start(verifier: Option<Verifier>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = thread::spawn(move || System::new().block_on(serve(listener, verifier, stopped)));
        Self { address, stop, serving }
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::task::spawn_blocking(|| self.serving.join().unwrap()).await.unwrap();
    }
}

async fn serve(listener: TcpListener, verifier: Option<Verifier>, stopped: oneshot::Receiver<()>) {
    let app = move || {
        App::new().configure(api).configure(|config| {
            if let Some(verifier) = verifier.clone() {
                config.app_data(verifier);
            }
        })
    };
    HttpServer::new(app)
        .workers(2)
        // A client that hung up is waited for otherwise: it may have closed its half of the connection alone.
        .h1_allow_half_closed(false)
        .shutdown_signal(async { drop(stopped.await) })
        .listen_auto_h2c(listener)
        .unwrap()
        .run()
        .await
        .unwrap();
}

requires_auth_tests::mount!(ActixWeb);

mod only_here {
    //! What no other framework does as this one does it.

    use std::time::Duration;

    use actix_web::body::MessageBody;
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::middleware::{self, Next};
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpMessage as _, web};
    use requires_auth::testing::{Issuer, Token};
    use requires_auth::{AccessToken, Caller, requires_auth};
    use requires_auth_tests::client::{Connection, Request, exchange};
    use requires_auth_tests::server::Server as _;
    use requires_auth_tests::wait::{until, within};
    use requires_auth_tests::{expect, log, routes};

    use super::{ActixWeb, Json};

    const REPORT: &str = r#"{"city":"Portland","degrees":7}"#;

    async fn ready() -> (Issuer, ActixWeb) {
        let issuer = Issuer::entra();
        let verifier = issuer.verifier();
        within("the first keys", verifier.ready()).await;
        (issuer, ActixWeb::start(Some(verifier)).await)
    }

    fn scope(issuer: &Issuer, scope: &str) -> String {
        format!("api://{}/{scope}", issuer.client_id())
    }

    async fn sent(server: &ActixWeb, request: Request) -> Connection {
        let mut connection = Connection::open(server.address()).await;
        connection.send(&request.bytes()).await;
        connection
    }

    /// The framework's attribute carries along what stands below it.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn guards_below_the_attribute_of_the_framework() {
        let (issuer, server) = ready().await;
        let request = Request::get("/below");
        let refused = exchange(server.address(), &request).await;
        expect::missing_token(&refused, &issuer, Some(&scope(&issuer, "weather.read")));
        let token = issuer.token().user("ada").scope("weather.read");
        expect::granted(&exchange(server.address(), &request.bearer(&token)).await, "below");
    }

    /// While a key is fetched, the arguments behind the check are polled too, but there is no body to read.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn reads_no_body_while_keys_are_fetched() {
        let (issuer, server) = ready().await;
        let before = issuer.requests().keys_v2;
        issuer.rotate();
        issuer.delay(Duration::from_millis(500));
        let writer = issuer.token().user("ada").scope("weather.write");
        let post = |token: &Token, body| sent(&server, Request::post("/report").bearer(token).json(body));
        let mut powerless = post(&issuer.token().user("ada").scope("weather.read"), "{\"city\":").await;
        let mut garbled = post(&writer, "{\"city\":").await;
        let mut good = post(&writer, REPORT).await;
        until("the fetch of the new key", || issuer.requests().keys_v2 > before).await;

        expect::insufficient_scope(&powerless.receive().await, &issuer, &scope(&issuer, "weather.write"));
        assert_eq!(garbled.receive().await.status, 400);
        expect::granted(&good.receive().await, REPORT);
    }

    /// What is read from the head alone is not held back: its error comes before the refusal, and the handler does not run.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn parses_the_head_while_keys_are_fetched() {
        let (issuer, server) = ready().await;
        issuer.rotate();
        // Longer than the test takes.
        issuer.delay(Duration::from_mins(1));
        let powerless = issuer.token().user("ada").scope("weather.write");
        for (status, target) in [(404, "/cities/portland?days=3"), (400, "/cities/7?days=many")] {
            let answer = exchange(server.address(), &Request::get(target).bearer(&powerless)).await;
            assert_eq!((answer.status, answer.challenge()), (status, None));
        }
        let powerless = issuer.token().user("ada").scope("weather.read");
        let request = Request::post("/report").bearer(&powerless).body("text/plain", REPORT);
        let answer = exchange(server.address(), &request).await;
        assert_eq!((answer.status, answer.challenge()), (400, None));
    }

    /// The guard's refusal is the answer and the only line in the log: no check behind it begins, and no body is read. That
    /// holds for a token that the verifier has verified before as for others.
    #[tokio::test]
    async fn refuses_once_and_before_the_body() {
        #[requires_auth(scope = "weather.write")]
        async fn take(_: AccessToken, _: Caller, _: Json<routes::Report>) -> &'static str {
            "taken"
        }

        let issuer = Issuer::entra();
        let verifier = issuer.verifier();
        // Without a permission it is good for nothing, and each of the three checks would refuse it.
        let known = issuer.token().app("daemon").sign();
        verifier.verify(&known).await.unwrap();
        let app = init_service(App::new().app_data(verifier).route("/take", web::post().to(take))).await;
        let status = async |token: &str| {
            let request = TestRequest::post().uri("/take").insert_header(("authorization", format!("Bearer {token}")));
            call_service(&app, request.set_payload("{\"city\":").to_request()).await.status().as_u16()
        };
        // A line that another test's thread would be the first to log might never be asked for here.
        status(&known).await;
        let (log, _until_the_end) = log::capture_here();
        assert_eq!((status(&known).await, log.count("refused: ")), (403, 1));
        let expired = issuer.token().user("ada").expired().sign();
        assert_eq!((status(&expired).await, log.count("refused: ")), (401, 2));
    }

    /// Whoever takes a refusal for an answer goes on, with the body.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn goes_on_after_a_refusal_that_the_handler_takes() {
        let (issuer, server) = ready().await;
        let reader = issuer.token().user("ada").scope("weather.read");
        let feedback = Request::post("/feedback");
        let anonymous = exchange(server.address(), &feedback.clone().json(REPORT)).await;
        expect::granted(&anonymous, "none about Portland");
        let known = exchange(server.address(), &feedback.bearer(&reader).json(REPORT)).await;
        expect::granted(&known, &format!("{} about Portland", issuer.object_id("ada")));

        let request = Request::get("/outcome");
        let outcome = async |request: Request| exchange(server.address(), &request).await;
        expect::granted(&outcome(request.clone()).await, "missing_token");
        expect::granted(&outcome(request.clone().bearer(&reader)).await, &issuer.object_id("ada"));
        expect::granted(&outcome(request.bearer(&reader.expired())).await, "expired");
    }

    /// `app_data` of a resource wins over that of the application, and `web::Data` does not hide a verifier.
    #[tokio::test]
    async fn takes_the_verifier_that_is_nearest() {
        #[requires_auth(scope = "weather.read")]
        async fn weather() -> &'static str {
            "sunny"
        }

        let (near, far) = (Issuer::entra(), Issuer::oidc());
        let app = init_service(
            App::new()
                .app_data(far.verifier())
                .service(web::resource("/far").get(weather))
                .service(web::resource("/near").app_data(near.verifier()).get(weather)),
        )
        .await;
        let wrapped = App::new().app_data(web::Data::new(near.verifier())).route("/near", web::get().to(weather));
        let wrapped = init_service(wrapped).await;
        let request = |target, issuer: &Issuer| {
            let bearer = issuer.token().user("ada").scope("weather.read").bearer();
            TestRequest::get().uri(target).insert_header(("authorization", bearer)).to_request()
        };
        for (target, issuer, status) in [("/far", &far, 200), ("/far", &near, 401), ("/near", &near, 200)] {
            assert_eq!(call_service(&app, request(target, issuer)).await.status(), status);
        }
        assert_eq!(call_service(&app, request("/near", &far)).await.status(), 401);
        assert_eq!(call_service(&wrapped, request("/near", &near)).await.status(), 200);
        assert_eq!(call_service(&wrapped, request("/near", &far)).await.status(), 401);
    }

    /// Once the handler ran, a middleware may ask whom it served; the request carries nothing for it.
    #[tokio::test]
    async fn tells_a_middleware_whom_it_served() {
        async fn name_the_caller(
            request: ServiceRequest,
            next: Next<impl MessageBody>,
        ) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
            let mut response = next.call(request).await?;
            assert!(response.request().extensions().get::<AccessToken>().is_none());
            if let Ok(token) = AccessToken::of_request(response.request()).await {
                let caller = routes::subject(&token);
                response.headers_mut().insert("x-caller".parse().unwrap(), caller.parse().unwrap());
            }
            Ok(response)
        }

        let issuer = Issuer::entra();
        let app = App::new().app_data(issuer.verifier()).wrap(middleware::from_fn(name_the_caller));
        let app = init_service(app.service(super::bare)).await;
        let token = issuer.token().user("ada").scope("weather.read");
        let request = TestRequest::get().uri("/bare");
        let response = call_service(&app, request.insert_header(("authorization", token.bearer())).to_request()).await;
        assert_eq!(response.headers().get("x-caller").unwrap(), &*issuer.object_id("ada"));
        let response = call_service(&app, TestRequest::get().uri("/bare").to_request()).await;
        assert_eq!(response.headers().get("x-caller"), None);
    }
}
