//! Every form of a handler that warp takes, above the attributes of others.
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    private_interfaces,
    private_bounds,
    dead_code,
    unused,
    clippy::pedantic
)]
#![deny(missing_debug_implementations, unnameable_types, unused_qualifications)]

use std::convert::Infallible;
use std::fmt::Display;

use requires_auth::{
    AccessToken, AuthError, Authority, Caller, Guarded, Reason, Verifier, requires_auth, validate_scope,
};
use warp::http::{HeaderMap, StatusCode};
use warp::{Filter, Rejection, Reply};

#[requires_auth(scope = "weather.read")]
async fn nothing() -> impl Reply {
    StatusCode::NO_CONTENT
}

#[requires_auth(scope = "weather.read")]
fn not_async(city: String) -> String {
    city
}

#[requires_auth(scope = "weather.write")]
async fn with_the_token(city: String, token: AccessToken, text: String) -> Result<String, AuthError> {
    token.has_scope("weather.write.all").then_some(city + &text).ok_or(AuthError::from(Reason::ForbiddenCheck))
}

async fn by_hand(fields: HeaderMap) -> Result<String, AuthError> {
    let token = validate_scope("weather.read", &fields).await?;
    Ok(format!("{token:?}"))
}

#[requires_auth(not(guest))]
async fn rejecting(city: String) -> Result<impl Reply, Rejection> {
    if city.is_empty() { Err(warp::reject()) } else { Ok(city) }
}

#[requires_auth]
async fn infallible() -> Result<&'static str, Infallible> {
    Ok("sunny")
}

trait Store: Clone + Send + Sync + 'static {
    fn read(&self) -> String;
}

#[derive(Clone)]
struct Memory;

impl Store for Memory {
    fn read(&self) -> String {
        "sunny".to_owned()
    }
}

#[requires_auth(scope = "weather.read")]
async fn generic<S, T, const N: usize>(city: T, store: S) -> impl Reply
where
    S: Store,
    T: Display + Send,
{
    format!("{city}: {}", store.read().repeat(N))
}

#[requires_auth(scope = "weather.read")]
fn lent<'a>(first: &'a str, other: &'a str) -> impl Reply + use<'a> {
    if first.is_empty() { other.to_owned() } else { first.to_owned() }
}

#[requires_auth(scope = "weather.read")]
async fn r#async(r#type: String) -> String {
    r#type
}

#[cfg(debug_assertions)]
#[requires_auth(scope = "weather.read")]
async fn twin() -> &'static str {
    "debug"
}

#[cfg(not(debug_assertions))]
#[requires_auth(scope = "weather.write")]
async fn twin() -> &'static str {
    "release"
}

#[requires_auth(scope = "weather.read")]
#[tracing::instrument]
async fn instrumented(city: String) -> String {
    city
}

#[requires_auth(scope = "weather.read")]
#[utoipa::path(get, path = "/described/{city}", responses((status = 200)))]
async fn described(city: String) -> String {
    city
}

/// Below, it guards as well.
#[tracing::instrument]
#[utoipa::path(get, path = "/below/{city}", responses((status = 200)))]
#[requires_auth(scope = "weather.read")]
async fn below(city: String) -> String {
    city
}

#[requires_auth(scope = "weather.read", authority = "staff")]
async fn many(_: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8) -> &'static str {
    "as many arguments as clippy allows"
}

async fn of_anybody(caller: Caller, city: String) -> String {
    format!("{city} for {:?}", caller.token())
}

async fn of_some(token: Option<AccessToken>) -> String {
    format!("{token:?}")
}

async fn of_one(token: AccessToken) -> String {
    format!("{token:?}")
}

/// All of them.
pub fn api(verifier: Verifier) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let get = |path: &'static str| warp::path(path).and(warp::path::end()).and(warp::get());
    let city = |path: &'static str| warp::path(path).and(warp::path::param()).and(warp::path::end()).and(warp::get());
    let (memory, text) = (warp::any().map(|| Memory), warp::any().map(|| "lent"));

    #[requires_auth(role = "Forecaster")]
    async fn local(_: warp::filters::path::Tail) -> &'static str {
        "local"
    }

    let plain = get("nothing")
        .guarded(|route| route.then(nothing))
        .or(city("not_async").guarded(|route| route.map(not_async)))
        .or(city("rejecting").guarded(|route| route.and_then(rejecting)))
        .or(get("infallible").guarded(|route| route.then(infallible)))
        .or(city("async").guarded(|route| route.then(r#async)))
        .or(get("twin").guarded(|route| route.then(twin)))
        .or(city("instrumented").guarded(|route| route.then(instrumented)))
        .or(city("described").guarded(|route| route.then(described)))
        .or(city("below").guarded(|route| route.then(below)))
        .or(warp::path("local").and(warp::path::tail()).guarded(|route| route.then(local)))
        .boxed();
    let with_more = city("with_the_token")
        .guarded_by(verifier.clone(), |route| route.and_token().and(warp::body::json()).then(with_the_token))
        .or(city("generic").guarded_by(verifier, |route| route.and(memory).then(generic::<_, String, 2>)))
        .or(get("lent").guarded(|route| route.and(text).and(text).map(lent)))
        .or(warp::path!(u8 / u8 / u8 / u8 / u8 / u8 / u8).and(warp::get()).guarded(|route| route.then(many)));
    let without_the_attribute = city("anybody")
        .guarded(|route| route.then(of_anybody))
        .or(get("some").guarded_by(None, |route| route.then(of_some)))
        .or(get("one").guarded(|route| route.then(of_one)))
        .or(get("closure").guarded(|route| route.map(|caller: Caller| format!("{caller:?}"))))
        .or(get("by_hand").and(warp::header::headers_cloned()).then(by_hand));
    plain.or(with_more).or(without_the_attribute).with(warp::cors().allow_any_origin()).with(warp::log("api"))
}

fn main() {
    fn assert_send_and_sync<F: Send + Sync + 'static>(_: F) {}
    let verifier = Verifier::builder(Authority::oidc("https://localhost", "api")).build();
    if let Ok(verifier) = verifier {
        let _ = warp::service(api(verifier.clone()));
        assert_send_and_sync(api(verifier));
    }
}
