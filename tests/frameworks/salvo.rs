//! The driver of salvo.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use requires_auth::{AccessToken, Caller, Verifier, requires_auth};
use requires_auth_tests::routes::{self, Period, Report};
use requires_auth_tests::server::Server;
use salvo::affix_state;
use salvo::conn::tcp::TcpAcceptor;
use salvo::craft::craft;
use salvo::extract::{JsonBody, PathParam};
use salvo::http::ParseError;
use salvo::prelude::{Json, Request, Response, Router, Service, StatusError, Writer, handler};
use salvo::sse::{self, SseEvent};
use salvo::websocket::{WebSocket, WebSocketUpgrade};
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
async fn report(body: JsonBody<Report>) -> Json<Report> {
    Json(body.into_inner())
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn city(id: PathParam<u32>, request: &mut Request) -> Result<String, ParseError> {
    let period: Period = request.parse_queries()?;
    Ok(routes::forecast(id.into_inner(), period))
}

/// Methods are handlers with `#[craft]`, whatever they take for `self`.
#[expect(unreachable_pub, reason = "what `#[craft]` writes is public, and names this")]
#[derive(Clone, Debug)]
pub struct Members;

#[requires_auth(not(guest))]
#[craft]
impl Members {
    #[requires_auth(role = "Forecaster")]
    #[craft(handler)]
    fn role(&self) -> &'static str {
        "role"
    }

    #[requires_auth(group = "0f8fad5b-d9cb-469f-a165-70867728950e")]
    #[craft(handler)]
    async fn group(self: Arc<Self>) -> &'static str {
        "group"
    }

    #[requires_auth(delegated)]
    #[craft(handler)]
    fn delegated() -> &'static str {
        "delegated"
    }

    #[craft(handler)]
    async fn guests(&self) -> &'static str {
        "guests"
    }
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
async fn token(verified: AccessToken) -> String {
    routes::subject(&verified)
}

#[handler]
async fn caller(whoever: Caller) -> String {
    routes::caller(&whoever)
}

/// `Option` of an argument wants `Deserialize`, which a verified token must not have, so this is how it is written here.
#[handler]
async fn optional(whoever: Caller) -> String {
    routes::optional(whoever.token())
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn events(response: &mut Response) {
    let event = async { Ok::<_, Infallible>(SseEvent::default().text(routes::EVENT)) };
    sse::stream(response, stream::once(event).chain(stream::pending()));
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn socket(request: &mut Request, response: &mut Response) -> Result<(), StatusError> {
    WebSocketUpgrade::new().upgrade(request, response, echo).await
}

async fn echo(mut opened: WebSocket) {
    while let Some(Ok(message)) = opened.recv().await {
        if opened.send(message).await.is_err() {
            return;
        }
    }
}

fn api() -> Router {
    Router::new()
        .push(Router::with_path("open").get(open))
        .push(Router::with_path("bare").get(bare))
        .push(Router::with_path("read").get(read))
        .push(Router::with_path("both").get(both))
        .push(Router::with_path("report").post(report))
        .push(Router::with_path("cities/{id}").get(city))
        .push(Router::with_path("role").get(Members.role()))
        .push(Router::with_path("group").get(Arc::new(Members).group()))
        .push(Router::with_path("delegated").get(Members::delegated()))
        .push(Router::with_path("guests").get(Members.guests()))
        .push(Router::with_path("check").get(check))
        .push(Router::with_path("context").get(context))
        .push(Router::with_path("token").get(token))
        .push(Router::with_path("caller").get(caller))
        .push(Router::with_path("optional").get(optional))
        .push(Router::with_path("stream").get(events))
        .push(Router::with_path("ws").get(socket))
}

/// A salvo server on a task of the test's runtime.
struct Salvo {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Salvo {
    async fn serve(api: impl Into<Service> + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = salvo::Server::new(TcpAcceptor::try_from(listener).unwrap());
        let handle = server.handle();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async {
                drop(stopped.await);
                handle.stop_graceful(None);
            };
            let (end, ()) = tokio::join!(server.try_serve(api), stopped);
            end.unwrap();
        });
        Self { address, stop, serving }
    }
}

impl Server for Salvo {
    const NAME: &'static str = "salvo";
    const SERVES_HEAD: bool = false;
    const TELLS_TRAILING_SLASHES_APART: bool = false;
    const OPTION_REFUSES_WRONG_TOKENS: bool = true;

    async fn start(verifier: Option<Verifier>) -> Self {
        Self::serve(match verifier {
            Some(verifier) => api().hoop(affix_state::inject(verifier)),
            None => api(),
        })
        .await
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

requires_auth_tests::mount!(Salvo);

/// What salvo has and no other framework: handlers before handlers, and a refusal that is written into a response which
/// others have written to.
mod chains {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use requires_auth::testing::Issuer;
    use requires_auth::{AuthError, validate_scope};
    use requires_auth_tests::client::{Answer, Request, exchange};
    use requires_auth_tests::expect;
    use salvo::prelude::{Depot, FlowCtrl, Response, Router, Service, StatusCode, Writer, handler};
    use salvo::{affix_state, catcher::Catcher};

    use super::Salvo;

    /// Counts how often it runs.
    #[derive(Clone, Default)]
    struct Witness(Arc<AtomicUsize>);

    #[handler]
    impl Witness {
        fn handle(&self) -> &'static str {
            self.0.fetch_add(1, Ordering::Relaxed);
            "reached"
        }
    }

    impl Witness {
        fn count(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[requires_auth::requires_auth(scope = "weather.read")]
    #[handler]
    async fn readers() {}

    async fn ask(server: &Salvo, request: &Request) -> Answer {
        exchange(server.address, request).await
    }

    fn requestable(issuer: &Issuer) -> String {
        format!("api://{}/weather.read", issuer.client_id())
    }

    #[tokio::test]
    async fn a_guarded_hoop_guards_everything_behind_it() {
        let (issuer, witness) = (Issuer::entra(), Witness::default());
        let inner = Router::with_path("inner").hoop(witness.clone()).get(witness.clone());
        let router = Router::new().hoop(affix_state::inject(issuer.verifier())).hoop(readers).push(inner);
        let server = Salvo::serve(router).await;

        let request = Request::get("/inner");
        expect::missing_token(&ask(&server, &request).await, &issuer, Some(&requestable(&issuer)));
        assert_eq!(witness.count(), 0);
        let token = issuer.token().user("ada").scope("weather.read");
        expect::granted(&ask(&server, &request.bearer(&token)).await, "reachedreached");
        assert_eq!(witness.count(), 2);
    }

    /// On an unknown path salvo runs the hoops of a service all the same, and an error does not stop them there.
    #[tokio::test]
    async fn a_guarded_hoop_of_a_service_does_not_stop_the_next_one_on_an_unknown_path() {
        let (issuer, witness) = (Issuer::entra(), Witness::default());
        let router = Router::with_path("known").get(witness.clone());
        let service = Service::new(router).hoop(affix_state::inject(issuer.verifier())).hoop(readers);
        let server = Salvo::serve(service.hoop(witness.clone())).await;

        assert_eq!(ask(&server, &Request::get("/known")).await.status, 401);
        assert_eq!(witness.count(), 0);
        assert_eq!(ask(&server, &Request::get("/unknown")).await.status, 401);
        assert_eq!(witness.count(), 1);
    }

    #[handler]
    async fn write_before(response: &mut Response) {
        let fields =
            [("x-request-id", "7"), ("content-encoding", "br"), ("content-length", "1"), ("www-authenticate", "Basic")];
        for (name, value) in fields {
            response.add_header(name, value, true).unwrap();
        }
        response.render("an answer of another handler");
    }

    #[handler]
    async fn own_page(response: &mut Response, control: &mut FlowCtrl) {
        response.render("the catcher's page");
        control.skip_rest();
    }

    /// The fields of middleware stay; what was written before goes, and no catcher takes the place of our body.
    #[tokio::test]
    async fn a_refusal_replaces_the_body_and_keeps_the_fields_of_middleware() {
        let (issuer, witness) = (Issuer::entra(), Witness::default());
        let router = Router::with_path("read")
            .hoop(affix_state::inject(issuer.verifier()))
            .hoop(write_before)
            .hoop(readers)
            .get(witness.clone());
        let service = Service::new(router).catcher(Catcher::default().hoop(own_page));
        let server = Salvo::serve(service).await;

        let answer = ask(&server, &Request::get("/read")).await;
        expect::missing_token(&answer, &issuer, Some(&requestable(&issuer)));
        assert_eq!(answer.value("x-request-id"), Some("7"));
        assert_eq!(answer.value("content-encoding"), None);
        assert_eq!(answer.value("content-length"), Some(&*answer.body.len().to_string()));
        assert_eq!(ask(&server, &Request::get("/unknown")).await.text(), "the catcher's page");
        assert_eq!(witness.count(), 0);
    }

    #[handler]
    async fn with_a_question_mark(request: &mut salvo::Request, depot: &mut Depot) -> Result<&'static str, AuthError> {
        let token = validate_scope("weather.read", &(&*request, &*depot)).await?;
        Ok(if token.is_app_only() { "an application" } else { "a user" })
    }

    #[handler]
    async fn rendered(request: &mut salvo::Request, depot: &mut Depot, response: &mut Response) {
        match validate_scope("weather.read", &(&*request, &*depot)).await {
            Ok(_) => response.status_code(StatusCode::NO_CONTENT),
            Err(refusal) => {
                response.render(refusal);
                response
            }
        };
    }

    #[tokio::test]
    async fn a_check_by_hand_answers_as_the_attribute_does() {
        let issuer = Issuer::entra();
        let router = Router::new()
            .hoop(affix_state::inject(issuer.verifier()))
            .push(Router::with_path("question").get(with_a_question_mark))
            .push(Router::with_path("rendered").get(rendered));
        let server = Salvo::serve(router).await;
        let token = issuer.token().user("ada").scope("weather.read");
        for (target, status) in [("/question", 200), ("/rendered", 204)] {
            expect::missing_token(&ask(&server, &Request::get(target)).await, &issuer, Some(&requestable(&issuer)));
            assert_eq!(ask(&server, &Request::get(target).bearer(&token)).await.status, status);
        }
    }
}
