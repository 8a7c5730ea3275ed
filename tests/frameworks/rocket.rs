//! The driver of rocket.
#![expect(clippy::unused_async, reason = "handlers are asynchronous here as in every driver")]

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use requires_auth::testing::{Issuer, Token};
use requires_auth::{AccessToken, AuthError, Caller, RequiresAuthFairing, Verifier, process_wide, requires_auth};
use requires_auth_tests::client::{Answer, exchange};
use requires_auth_tests::routes::{self, Period, Report};
use requires_auth_tests::server::Server;
use requires_auth_tests::{client, expect, log};
use rocket::config::{Config, LogLevel, Shutdown};
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::request::{FromRequest, Outcome};
use rocket::response::Responder;
use rocket::response::content::RawHtml;
use rocket::response::stream::{Event, EventStream};
use rocket::route::{self, BoxFuture, Route};
use rocket::serde::json::Json;
use rocket::{Build, Data, Request, catch, catchers, get, post, routes};
use rocket_ws::{Channel, WebSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

#[get("/open")]
async fn open() -> &'static str {
    "open"
}

#[requires_auth]
#[get("/bare")]
async fn bare() -> &'static str {
    "bare"
}

#[requires_auth(scope = "weather.read")]
#[get("/read")]
async fn read() -> &'static str {
    "read"
}

#[requires_auth(scope = "weather.read", scope = "weather.write")]
#[get("/both")]
async fn both() -> &'static str {
    "both"
}

#[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
#[post("/report", data = "<report>")]
async fn report(report: Json<Report>) -> Json<Report> {
    report
}

#[requires_auth(scope = "weather.read")]
#[get("/cities/<id>?<days>")]
async fn city(id: u32, days: u8) -> String {
    routes::forecast(id, Period { days })
}

#[requires_auth(role = "Forecaster")]
#[get("/role")]
async fn role() -> &'static str {
    "role"
}

#[requires_auth(group = "0f8fad5b-d9cb-469f-a165-70867728950e")]
#[get("/group")]
async fn group() -> &'static str {
    "group"
}

#[requires_auth(delegated)]
#[get("/delegated")]
async fn delegated() -> &'static str {
    "delegated"
}

#[requires_auth(not(guest))]
#[get("/guests")]
async fn guests() -> &'static str {
    "guests"
}

#[requires_auth(check = routes::is_ada)]
#[get("/check")]
async fn check() -> &'static str {
    "check"
}

#[requires_auth(auth_context = "c1")]
#[get("/context")]
async fn context() -> &'static str {
    "context"
}

#[get("/token")]
async fn token(token: AccessToken) -> String {
    routes::subject(&token)
}

#[get("/caller")]
async fn caller(caller: Caller) -> String {
    routes::caller(&caller)
}

#[get("/optional")]
async fn optional(token: Option<AccessToken>) -> String {
    routes::optional(token.as_ref())
}

#[requires_auth(scope = "weather.read")]
#[get("/stream")]
async fn events() -> EventStream![] {
    EventStream! {
        yield Event::data(routes::EVENT);
        std::future::pending::<()>().await;
    }
}

#[requires_auth(scope = "weather.read")]
#[get("/ws")]
async fn socket(socket: WebSocket) -> Channel<'static> {
    socket.channel(|mut socket| {
        Box::pin(async move {
            while let Some(Ok(message)) = socket.next().await {
                if message.is_text() {
                    socket.send(message).await?;
                }
            }
            Ok(())
        })
    })
}

fn api() -> Vec<Route> {
    routes![
        open, bare, read, both, report, city, role, group, delegated, guests, check, context, token, caller, optional,
        events, socket
    ]
}

/// The routes as they are where no Sentinel sees their guards, for instance in what a macro of types makes.
fn unseen(routes: Vec<Route>) -> Vec<Route> {
    fn empty<'r>(request: &'r Request<'_>, _: Data<'r>) -> BoxFuture<'r> {
        Box::pin(async move { route::Outcome::from(request, ()) })
    }
    let unseen = |route: Route| {
        let mut unseen = Route::ranked(route.rank, route.method, route.uri.as_str(), empty);
        unseen.handler = route.handler;
        unseen
    };
    routes.into_iter().map(unseen).collect()
}

/// Nobody but the test stops it, and no test waits long for whoever stays connected.
fn config() -> Config {
    let shutdown = Shutdown {
        ctrlc: false,
        #[cfg(unix)]
        signals: std::collections::HashSet::new(),
        grace: 1,
        mercy: 1,
        ..Shutdown::default()
    };
    Config { port: 0, log_level: LogLevel::Off, shutdown, ..Config::debug_default() }
}

/// A Rocket on a task of the test's runtime.
struct Rocket {
    address: SocketAddr,
    stop: Stop,
    serving: JoinHandle<()>,
}

/// Stops the Rocket when it is dropped.
struct Stop(rocket::Shutdown);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.clone().notify();
    }
}

impl Server for Rocket {
    const NAME: &'static str = "rocket";
    const OPTION_REFUSES_WRONG_TOKENS: bool = false;
    const TELLS_TRAILING_SLASHES_APART: bool = false;
    // A form may begin with another method: `_method=delete`.
    const BODY_BYTES_BEFORE_THE_GUARD: usize = "_method=delete".len();
    const DROPS_FIELDS_THAT_ARE_NOT_UTF_8: bool = true;
    const DROPS_ABANDONED_REQUESTS: bool = false;

    async fn start(verifier: Option<Verifier>) -> Self {
        let (lifted_off, address) = oneshot::channel();
        let rocket =
            rocket::custom(config()).attach(RequiresAuthFairing).attach(AdHoc::on_liftoff("address", |rocket| {
                let config = rocket.config();
                lifted_off.send(SocketAddr::new(config.address, config.port)).unwrap();
                Box::pin(async {})
            }));
        let rocket = match verifier {
            Some(verifier) => rocket.manage(verifier).mount("/", api()),
            None if process_wide().is_some() => rocket.mount("/", api()),
            None => rocket.mount("/", unseen(api())),
        };
        let rocket = rocket.ignite().await.unwrap();
        let stop = Stop(rocket.shutdown());
        let serving = tokio::spawn(async move {
            if let Err(error) = rocket.launch().await {
                // Whoever still waits for a key when time is up.
                assert!(matches!(error.kind(), ErrorKind::Shutdown(..)), "{error}");
            }
        });
        Self { address: address.await.unwrap(), stop, serving }
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    async fn stop(self) {
        drop(self.stop);
        self.serving.await.unwrap();
    }
}

requires_auth_tests::mount!(Rocket);

// What Rocket does beside the contract.

/// An answer to a GET request that no wire carried. Its body is empty where Rocket's own page is, which is not ours.
async fn ask(rocket: rocket::Rocket<Build>, path: &str, token: Option<&Token>) -> Answer {
    let client = Client::untracked(rocket).await.unwrap();
    let mut request = client.get(path.to_owned());
    if let Some(token) = token {
        request.add_header(Header::new("authorization", token.bearer()));
    }
    let response = request.dispatch().await;
    let field = |field: Header<'_>| (field.name().as_str().to_lowercase(), field.value().as_bytes().to_vec());
    let (status, fields) = (response.status().code, response.headers().iter().map(field).collect());
    let body = response.into_bytes().await.unwrap();
    let page = body.starts_with(b"<!DOCTYPE html>");
    Answer { status, fields, body: if page { Vec::new() } else { body } }
}

async fn trusting(issuer: &Issuer) -> rocket::Rocket<Build> {
    let verifier = issuer.verifier();
    verifier.ready().await;
    rocket::custom(config()).attach(RequiresAuthFairing).manage(verifier)
}

#[get("/result")]
async fn result(caller: Result<Caller, AuthError>) -> String {
    caller.map_or_else(|refusal| refusal.to_string(), |caller| routes::caller(&caller))
}

#[tokio::test]
async fn refuses_to_launch_without_a_verifier() {
    let (log, _until_the_end) = log::capture_here();
    for route in [routes![bare], routes![token], routes![caller], routes![optional], routes![result]] {
        let rocket = rocket::custom(config()).attach(RequiresAuthFairing).mount("/", route.clone());
        let error = rocket.ignite().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::SentinelAborts(guards) if guards.len() == 1), "{error}");
        trusting(&Issuer::entra()).await.mount("/", route).ignite().await.unwrap();
    }
    rocket::custom(config()).mount("/", routes![open]).ignite().await.unwrap();
    assert_eq!((log.count("requires_auth::initialize"), log.count(".manage(verifier)")), (1, 1));
}

#[tokio::test]
async fn says_once_that_the_fairing_is_missing() {
    let (log, _until_the_end) = log::capture_here();
    for path in ["/read", "/both"] {
        let rocket = rocket::custom(config()).manage(Issuer::entra().verifier()).mount("/", api());
        let answer = ask(rocket, path, None).await;
        assert_eq!((answer.status, answer.challenge(), answer.text()), (401, None, ""));
    }
    // A handler that hands the refusal on needs none.
    let issuer = Issuer::entra();
    let rocket = rocket::custom(config()).manage(issuer.verifier()).mount("/", routes![handed_on]);
    expect::missing_token(&ask(rocket, "/handed_on", None).await, &issuer, None);
    assert_eq!(log.count(".attach(requires_auth::RequiresAuthFairing)"), 1);
}

#[get("/own")]
async fn own(token: Option<AccessToken>) -> (Status, &'static str) {
    (if token.is_some() { Status::Ok } else { Status::Unauthorized }, "own")
}

#[get("/own_of_error")]
async fn own_of_error(token: Result<AccessToken, AuthError>) -> Result<String, (Status, &'static str)> {
    token.map(|token| routes::subject(&token)).map_err(|refusal| (Status::new(refusal.status()), "own"))
}

#[get("/other_status")]
async fn other_status(token: Option<AccessToken>) -> Status {
    if token.is_some() { Status::Ok } else { Status::NotFound }
}

#[tokio::test]
async fn leaves_alone_what_a_handler_answers() {
    let issuer = Issuer::entra();
    let wrong = issuer.token().user("ada").scope("weather.read").expired();
    for token in [None, Some(&wrong)] {
        for (path, status, body) in [
            ("/own", 401, "own"),
            ("/own_of_error", 401, "own"),
            ("/other_status", 404, ""),
            ("/optional", 200, "none"),
        ] {
            let rocket = trusting(&issuer).await.mount("/", routes![own, own_of_error, other_status, optional]);
            let answer = ask(rocket, path, token).await;
            assert_eq!((answer.status, answer.challenge(), answer.text()), (status, None, body), "{path}");
        }
    }
}

#[get("/left_to_rocket")]
async fn left_to_rocket(token: Option<AccessToken>) -> Status {
    if token.is_some() { Status::Ok } else { Status::Unauthorized }
}

#[get("/handed_on")]
async fn handed_on(token: Result<AccessToken, AuthError>) -> Result<String, AuthError> {
    token.map(|token| routes::subject(&token))
}

#[tokio::test]
async fn completes_what_a_handler_leaves_to_rocket() {
    let issuer = Issuer::entra();
    for path in ["/left_to_rocket", "/handed_on"] {
        let rocket = trusting(&issuer).await.mount("/", routes![left_to_rocket, handed_on]);
        expect::missing_token(&ask(rocket, path, None).await, &issuer, None);
    }
}

#[get("/unauthorized")]
async fn unauthorized() -> Status {
    Status::Unauthorized
}

#[get("/as_long")]
async fn as_long(_token: Option<AccessToken>) -> (Status, RawHtml<String>) {
    let client = Client::untracked(rocket::custom(config()).mount("/", routes![unauthorized])).await.unwrap();
    let page = client.get("/unauthorized").dispatch().await.into_string().await.unwrap();
    (Status::Unauthorized, RawHtml(page.to_uppercase()))
}

#[tokio::test]
async fn takes_no_other_page_for_that_of_rocket() {
    let issuer = Issuer::entra();
    let answer = ask(trusting(&issuer).await.mount("/", routes![as_long]), "/as_long", None).await;
    assert_eq!((answer.status, answer.challenge(), answer.text().contains("<HTML")), (401, None, true));

    let own = AdHoc::on_response("own challenge", |_, response| {
        Box::pin(async move { _ = response.set_raw_header("WWW-Authenticate", "Bearer realm=\"own\"") })
    });
    let rocket = rocket::custom(config()).attach(own).attach(RequiresAuthFairing).manage(issuer.verifier());
    let answer = ask(rocket.mount("/", api()), "/read", None).await;
    assert_eq!((answer.status, answer.challenge(), answer.text()), (401, Some("Bearer realm=\"own\""), ""));
}

#[catch(401)]
fn own_page() -> &'static str {
    "own page"
}

#[derive(Responder)]
#[response(status = 403)]
struct OwnChallenge(&'static str, Header<'static>);

#[catch(403)]
fn own_challenge() -> OwnChallenge {
    OwnChallenge("own challenge", Header::new("WWW-Authenticate", "Bearer realm=\"own\""))
}

#[catch(default)]
fn disguise() -> (Status, &'static str) {
    (Status::NotFound, "nothing here")
}

#[tokio::test]
async fn adds_the_challenge_to_what_a_catcher_answers() {
    let issuer = Issuer::entra();
    let user = issuer.token().user("ada");
    let ask = async |path, token: Option<&Token>| {
        let catchers = catchers![own_page, own_challenge, disguise];
        ask(trusting(&issuer).await.register("/", catchers).mount("/", api()), path, token).await
    };

    let page = ask("/role", None).await;
    let challenge = format!("Bearer realm=\"{}\"", issuer.audience());
    assert_eq!((page.status, page.challenge(), page.text()), (401, Some(&*challenge), "own page"));
    assert_eq!(page.value("content-type"), Some("text/plain; charset=utf-8"));

    let own = ask("/role", Some(&user)).await;
    assert_eq!((own.status, own.challenge(), own.text()), (403, Some("Bearer realm=\"own\""), "own challenge"));

    let unknown = ask("/nowhere", None).await;
    assert_eq!((unknown.status, unknown.challenge(), unknown.text()), (404, None, "nothing here"));

    // Of an argument alone it cannot be told whether the handler answered.
    let argument = ask("/token", None).await;
    assert_eq!((argument.status, argument.challenge(), argument.text()), (401, None, "own page"));
}

#[catch(401)]
async fn asking(request: &Request<'_>) -> String {
    let asked = request.guard::<AccessToken>().await;
    asked.succeeded().map_or_else(|| "nobody".to_owned(), |token| routes::subject(&token))
}

#[tokio::test]
async fn answers_with_what_the_attribute_found_though_a_catcher_asks_again() {
    let issuer = Issuer::entra();
    let rocket = trusting(&issuer).await.register("/", catchers![asking]).mount("/", api());
    let answer = ask(rocket, "/read", None).await;
    assert_eq!((answer.status, answer.text()), (401, "nobody"));
    assert!(answer.challenge().unwrap().contains("scope="));
}

#[tokio::test]
async fn leaves_alone_a_catcher_that_changes_the_status() {
    let issuer = Issuer::entra();
    let rocket = trusting(&issuer).await.register("/", catchers![disguise]).mount("/", api());
    let answer = ask(rocket, "/read", None).await;
    assert_eq!((answer.status, answer.challenge(), answer.text()), (404, None, "nothing here"));
}

/// Sends the request on to the next route.
struct Forward;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Forward {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Forward(Status::Unauthorized)
    }
}

#[get("/ranked", rank = 1)]
async fn first(_token: Option<AccessToken>, _forward: Forward) {}

#[get("/ranked", rank = 2)]
async fn second() -> &'static str {
    "second"
}

#[requires_auth(scope = "weather.read", authority = "staff")]
#[get("/shared/<_number>", rank = 1)]
async fn of_staff(_number: u8) {}

#[requires_auth(scope = "weather.read", authority = "customers")]
#[get("/shared/<_word>", rank = 2)]
async fn of_customers(_word: &str) {}

#[tokio::test]
async fn answers_for_the_route_that_was_tried_last() {
    let (staff, customers) = (Issuer::entra(), Issuer::oidc());
    let rocket = trusting(&staff).await.mount("/", routes![first, second]);
    expect::granted(&ask(rocket, "/ranked", None).await, "second");

    // What the first route verified is not taken for another authority's token.
    let verifier = Verifier::builder(staff.authority().named("staff")).and(customers.authority().named("customers"));
    let verifier = verifier.build().unwrap();
    verifier.ready().await;
    let rocket = rocket::custom(config()).attach(RequiresAuthFairing).manage(verifier);
    let token = staff.token().user("ada").scope("weather.read");
    let answer = ask(rocket.mount("/", routes![of_staff, of_customers]), "/shared/word", Some(&token)).await;
    assert_eq!((answer.status, answer.text().contains(r#""reason":"issuer""#)), (401, true), "{}", answer.text());
}

/// A test that fails when Rocket learns to hand such fields on: then they are refused as in other frameworks.
#[tokio::test]
async fn never_sees_a_field_that_is_not_utf_8() {
    let issuer = Issuer::entra();
    let server = Rocket::start(Some(issuer.verifier())).await;
    let token = issuer.token().user("ada").scope("weather.read");
    let request = client::Request::get("/read").bearer(&token).field("authorization", b"Bearer \xE9");
    expect::granted(&exchange(server.address(), &request).await, "read");
}
