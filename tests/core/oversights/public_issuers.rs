//! All customers of GitHub Actions get genuine tokens for any audience. The issuer's keys are given, so none is asked.

use axum::body::Body;
use axum::routing::get;
use axum::{Extension, Router};
use http::{Request, StatusCode};
use requires_auth::doctor::Outcome;
use requires_auth::testing::{Issuer, Token};
use requires_auth::{AccessToken, Authority, Caller, RequiresAuthLayer, Verifier, requirement, requires_auth};
use requires_auth_tests::log::capture_here;
use tower::ServiceExt as _;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const API: &str = "https://api.example.com";

fn is_ours(token: &AccessToken) -> bool {
    token.subject().is_some_and(|subject| subject.starts_with("repo:octo-org/"))
}

#[requires_auth]
async fn bare() {}

async fn argument(_: AccessToken) {}

async fn caller(_: Caller) {}

#[requires_auth(not(guest))]
async fn negated() {}

#[requires_auth(check = is_ours)]
async fn check() {}

#[requires_auth(check = is_ours)]
async fn check_with_arguments(_: AccessToken, _: Caller) {}

#[requires_auth(any(scope = "weather.read", check = is_ours))]
async fn alternatives() {}

#[requires_auth(any(scope = "weather.read", delegated))]
async fn half_open() {}

#[requires_auth(scope = "weather.read")]
async fn scope() {}

fn authority(issuer: &Issuer) -> Authority {
    Authority::static_keys(GITHUB, API, issuer.published_keys())
}

fn token(issuer: &Issuer, repository: &str) -> Token {
    let subject = format!("repo:{repository}:ref:refs/heads/main");
    issuer.token().issuer(GITHUB).audience(API).claim("sub", subject)
}

fn app() -> Router {
    Router::new()
        .route("/bare", get(bare))
        .route("/argument", get(argument))
        .route("/caller", get(caller))
        .route("/negated", get(negated))
        .route("/check", get(check))
        .route("/check-with-arguments", get(check_with_arguments))
        .route("/alternatives", get(alternatives))
        .route("/half-open", get(half_open))
        .route("/scope", get(scope))
}

/// The status, and the reason of a refusal. Asked twice, as the second time the token is remembered.
async fn ask(app: &Router, path: &str, token: &Token) -> (u16, String) {
    let ask = async || {
        let request = Request::get(path).header("authorization", token.bearer()).body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 4096).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let reason = problem.get("reason").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        assert_eq!(status == StatusCode::OK, reason.is_empty(), "{path}");
        (status.as_u16(), reason)
    };
    let (first, again) = (ask().await, ask().await);
    assert_eq!(first, again, "{path}");
    first
}

fn no_permission() -> (u16, String) {
    (403, "no_permission".to_owned())
}

fn granted() -> (u16, String) {
    (200, String::new())
}

#[tokio::test]
async fn a_public_issuer_wants_a_requirement_that_asks_who_calls() {
    let issuer = Issuer::oidc();
    let verifier = Verifier::builder(authority(&issuer)).build().unwrap();
    let app = app().layer(Extension(verifier));
    let (ours, strangers) = (token(&issuer, "octo-org/weather"), token(&issuer, "mallory/fork"));
    for path in ["/bare", "/argument", "/caller"] {
        assert_eq!(ask(&app, path, &ours).await, no_permission(), "{path}");
        assert_eq!(ask(&app, path, &strangers.clone().scope("weather.read")).await, no_permission(), "{path}");
    }
    // Neither is known of such a token.
    for path in ["/negated", "/half-open"] {
        assert_eq!(ask(&app, path, &strangers).await.0, 403, "{path}");
    }
    for path in ["/check", "/check-with-arguments", "/alternatives"] {
        assert_eq!(ask(&app, path, &ours).await, granted(), "{path}");
        assert_eq!(ask(&app, path, &strangers).await.0, 403, "{path}");
    }
    assert_eq!(ask(&app, "/scope", &ours.clone().scope("weather.read")).await, granted());
    assert_eq!(ask(&app, "/scope", &ours).await.1, "insufficient_scope");
}

/// Where one alternative does not ask who calls, the requirement does not either, whichever of them is met.
#[tokio::test]
async fn every_way_to_meet_the_requirement_must_ask() {
    let issuer = Issuer::oidc();
    let verifier = Verifier::builder(authority(&issuer)).build().unwrap();
    let app = app().layer(Extension(verifier));
    let reader = token(&issuer, "octo-org/weather").scope("weather.read");
    assert_eq!(ask(&app, "/half-open", &reader).await, no_permission());
}

#[tokio::test]
async fn a_layer_that_asks_who_calls_has_asked_for_the_handlers_behind_it() {
    let issuer = Issuer::oidc();
    let verifier = || Verifier::builder(authority(&issuer)).build().unwrap();
    let ours = token(&issuer, "octo-org/weather");
    let asking = app().layer(RequiresAuthLayer::new(requirement!(check = is_ours)).verifier(verifier()));
    assert_eq!(ask(&asking, "/argument", &ours).await, granted());
    let verifying = app().layer(RequiresAuthLayer::authenticate().verifier(verifier()));
    for path in ["/argument", "/bare", "/caller"] {
        assert_eq!(ask(&verifying, path, &ours).await, no_permission(), "{path}");
    }
}

#[tokio::test]
async fn a_list_of_clients_and_the_danger_module_say_it_for_all_handlers() {
    let issuer = Issuer::oidc();
    let listed = authority(&issuer).allow_clients(["weather-ci"]);
    let app_of = |authority| app().layer(Extension(Verifier::builder(authority).build().unwrap()));
    let stranger = token(&issuer, "mallory/fork");
    let client = stranger.clone().claim("client_id", "weather-ci");
    let other = stranger.clone().claim("client_id", "mallory");
    assert_eq!(ask(&app_of(listed.clone()), "/bare", &client).await, granted());
    assert_eq!(ask(&app_of(listed), "/bare", &other).await.1, "forbidden_client");
    let dangerous = authority(&issuer).dangerous().authorize_by_access_list();
    assert_eq!(ask(&app_of(dangerous), "/bare", &stranger).await, granted());
}

#[tokio::test]
async fn an_issuer_of_one_customer_wants_no_more_than_before() {
    let issuer = Issuer::oidc();
    let own = "https://gitlab.example.com";
    let authority = Authority::static_keys(own, API, issuer.published_keys());
    let app = app().layer(Extension(Verifier::builder(authority).build().unwrap()));
    assert_eq!(ask(&app, "/bare", &token(&issuer, "octo-org/weather").issuer(own)).await, granted());
}

#[tokio::test]
async fn the_doctor_says_that_the_issuer_is_public() {
    let issuer = Issuer::oidc();
    for (authority, expected) in [
        (authority(&issuer), Some(Outcome::Passed)),
        (authority(&issuer).dangerous().authorize_by_access_list(), Some(Outcome::Warning)),
        (authority(&issuer).allow_clients(["weather-ci"]), None),
    ] {
        let diagnosis = Verifier::builder(authority).build().unwrap().diagnose().await;
        let found = diagnosis.findings().find(|finding| finding.check() == "permissions");
        assert_eq!(found.map(requires_auth::doctor::Finding::outcome), expected, "{diagnosis}");
        assert!(found.is_none_or(|finding| finding.sentence().contains("GitHub Actions")), "{diagnosis}");
    }
}

#[test]
fn the_log_at_start_up_says_that_the_issuer_is_public() {
    let buildkite = "https://agent.buildkite.com";
    let issuer = Issuer::oidc();
    let authority = || Authority::static_keys(buildkite, API, issuer.published_keys());
    let (log, _until_the_end) = capture_here();
    let lines = || {
        let with = |words: &str| log.count(&format!("{words} let them in issuer={buildkite:?}"));
        (with("a permission, a client or a check"), with("requirements that ask for nothing"))
    };
    for (authority, expected) in [
        (authority(), (1, 0)),
        (authority().dangerous().authorize_by_access_list(), (1, 1)),
        (authority().allow_clients(["weather-ci"]), (1, 1)),
    ] {
        Verifier::builder(authority).build().unwrap();
        assert_eq!(lines(), expected);
    }
}
