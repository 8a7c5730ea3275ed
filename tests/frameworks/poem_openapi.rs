//! The driver of poem-openapi: the methods of an API description. What one cannot express is poem's own.
#![expect(clippy::unused_async, reason = "handlers are async, whether or not they wait for something")]

use std::net::SocketAddr;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use poem::{EndpointExt as _, Route, get};
use poem_openapi::auth::Bearer;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{EventStream, Json, PlainText};
use poem_openapi::{ApiResponse, Object, OpenApi, OpenApiService, SecurityScheme};
use requires_auth::testing::Issuer;
use requires_auth::{AccessToken, AuthError, Caller, Verifier, requires_auth};
use requires_auth_tests::client::{Request, exchange};
use requires_auth_tests::expect;
use requires_auth_tests::routes::{self, Period};
use requires_auth_tests::server::Server;
use serde_json::Value;

use super::poem::{Serving, socket};

type Text = PlainText<&'static str>;

/// [`routes::Report`] with a schema.
#[derive(Object)]
struct Report {
    city: String,
    degrees: i32,
}

struct Open;

#[OpenApi]
impl Open {
    #[oai(path = "/open", method = "get")]
    async fn open(&self) -> Text {
        PlainText("open")
    }

    #[oai(path = "/token", method = "get")]
    async fn token(&self, token: AccessToken) -> PlainText<String> {
        PlainText(routes::subject(&token))
    }

    #[oai(path = "/caller", method = "get")]
    async fn caller(&self, caller: Caller) -> PlainText<String> {
        PlainText(routes::caller(&caller))
    }

    #[oai(path = "/optional", method = "get")]
    async fn optional(&self, token: Option<AccessToken>) -> PlainText<String> {
        PlainText(routes::optional(token.as_ref()))
    }
}

struct Guarded;

#[requires_auth(scope = "weather.read")]
#[OpenApi]
impl Guarded {
    #[requires_auth]
    #[oai(path = "/bare", method = "get")]
    async fn bare(&self) -> Text {
        PlainText("bare")
    }

    #[oai(path = "/read", method = "get")]
    async fn read(&self) -> Text {
        PlainText("read")
    }

    #[requires_auth(scope = "weather.read", scope = "weather.write")]
    #[oai(path = "/both", method = "get")]
    async fn both(&self) -> Text {
        PlainText("both")
    }

    #[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
    #[oai(path = "/report", method = "post")]
    async fn report(&self, report: Json<Report>) -> Json<Report> {
        report
    }

    #[oai(path = "/cities/:id", method = "get")]
    async fn city(&self, id: Path<u32>, days: Query<u8>) -> PlainText<String> {
        PlainText(routes::forecast(id.0, Period { days: days.0 }))
    }

    #[requires_auth(role = "Forecaster")]
    #[oai(path = "/role", method = "get")]
    async fn role(&self) -> Text {
        PlainText("role")
    }

    #[requires_auth(group = "0f8fad5b-d9cb-469f-a165-70867728950e")]
    #[oai(path = "/group", method = "get")]
    async fn group(&self) -> Text {
        PlainText("group")
    }

    #[requires_auth(delegated)]
    #[oai(path = "/delegated", method = "get")]
    async fn delegated(&self) -> Text {
        PlainText("delegated")
    }

    #[requires_auth(not(guest))]
    #[oai(path = "/guests", method = "get")]
    async fn guests(&self) -> Text {
        PlainText("guests")
    }

    #[requires_auth(check = routes::is_ada)]
    #[oai(path = "/check", method = "get")]
    async fn check(&self) -> Text {
        PlainText("check")
    }

    #[requires_auth(auth_context = "c1")]
    #[oai(path = "/context", method = "get")]
    async fn context(&self) -> Text {
        PlainText("context")
    }

    #[oai(path = "/stream", method = "get")]
    async fn events(&self) -> EventStream<BoxStream<'static, String>> {
        EventStream::new(stream::once(async { routes::EVENT.to_owned() }).chain(stream::pending()).boxed())
    }
}

fn api() -> OpenApiService<(Open, Guarded), ()> {
    OpenApiService::new((Open, Guarded), "weather", "1")
}

struct PoemOpenApi(Serving);

impl Server for PoemOpenApi {
    const NAME: &'static str = "poem-openapi";
    const DROPS_ABANDONED_REQUESTS: bool = false;
    const OPTION_REFUSES_WRONG_TOKENS: bool = false;

    async fn start(verifier: Option<Verifier>) -> Self {
        let app = Route::new().at("/ws", get(socket)).nest("/", api()).data_opt(verifier);
        Self(Serving::start(app).await)
    }

    fn address(&self) -> SocketAddr {
        self.0.address
    }

    async fn stop(self) {
        self.0.stop().await;
    }
}

requires_auth_tests::mount!(PoemOpenApi);

#[tokio::test]
async fn the_description_says_nothing_of_the_guard() {
    let description: Value = serde_json::from_str(&api().spec()).unwrap();
    let operation = |path: &str, method: &str| description["paths"][path][method].clone();
    let names = |operation: &Value| -> Vec<String> {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
    };
    let (read, city, report) =
        (operation("/read", "get"), operation("/cities/{id}", "get"), operation("/report", "post"));
    assert!(names(&read).is_empty() && read["requestBody"].is_null() && read["security"].is_null(), "{read}");
    assert_eq!(names(&city), ["id", "days"]);
    assert!(names(&report).is_empty() && report["requestBody"].is_object(), "{report}");
    assert!(!description.to_string().to_lowercase().contains("auth"), "{description}");
}

/// Answers that word the mistakes of clients themselves.
#[derive(ApiResponse)]
#[oai(bad_request_handler = "in_own_words")]
enum Answer {
    #[oai(status = 200)]
    Granted(Text),
    #[oai(status = 418)]
    Refused(PlainText<String>),
}

fn in_own_words(error: poem::Error) -> Answer {
    let refusal: AuthError = error.downcast().unwrap();
    Answer::Refused(PlainText(refusal.reason().code().to_owned()))
}

/// What a client must send, for the description alone.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", bearer_format = "JWT")]
struct Described(#[expect(dead_code, reason = "the guard has read it before")] Bearer);

struct Worded;

#[requires_auth(scope = "weather.read")]
#[OpenApi]
impl Worded {
    #[oai(path = "/worded", method = "get")]
    async fn worded(&self) -> Answer {
        Answer::Granted(PlainText("worded"))
    }

    #[oai(path = "/described", method = "get")]
    async fn described(&self, _described: Described) -> Text {
        PlainText("described")
    }
}

fn worded() -> OpenApiService<Worded, ()> {
    OpenApiService::new(Worded, "weather", "1")
}

/// poem-openapi hands every failed extraction to the user's function: what it says is the answer, and the method is not
/// called.
#[tokio::test]
async fn a_bad_request_handler_words_refusals_and_grants_nothing() {
    let issuer = Issuer::entra();
    let serving = Serving::start(Route::new().nest("/", worded()).data(issuer.verifier())).await;
    let request = || Request::get("/worded");
    let refused = exchange(serving.address, &request()).await;
    assert_eq!((refused.status, refused.text(), refused.challenge()), (418, "missing_token", None));
    let reader = issuer.token().user("ada").scope("weather.read");
    expect::granted(&exchange(serving.address, &request().bearer(&reader)).await, "worded");
}

/// A security scheme behind the guard describes it, and finds what the guard let through.
#[tokio::test]
async fn a_security_scheme_describes_the_guard() {
    let description: Value = serde_json::from_str(&worded().spec()).unwrap();
    let security = &description["paths"]["/described"]["get"]["security"];
    assert_eq!(security, &serde_json::json!([{ "Described": [] }]));
    let issuer = Issuer::oidc();
    let serving = Serving::start(Route::new().nest("/", worded()).data(issuer.verifier())).await;
    let request = || Request::get("/described");
    expect::missing_token(&exchange(serving.address, &request()).await, &issuer, Some("weather.read"));
    let token = issuer.token().user("ada").scope("weather.read").sign();
    for spelling in ["Bearer ", "bearer ", "BEARER   "] {
        let request = request().field("authorization", format!("{spelling}{token}"));
        expect::granted(&exchange(serving.address, &request).await, "described");
    }
}
