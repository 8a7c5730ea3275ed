//! What a traced request shows of its token: nothing, where the field is marked as the pages of axum and tower say.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header::AUTHORIZATION};
use axum::routing::get;
use requires_auth_tests::log::{Log, capture_here};
use tower::ServiceExt as _;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::trace::{DefaultMakeSpan, TraceLayer};

use super::*;

/// A handler that logs what it got, as `#[instrument]` makes one do.
async fn weather(headers: HeaderMap) {
    tracing::info!(?headers, "weather");
}

/// What is logged while an application serves a good token and refuses a stale one; and the two tokens.
async fn traced(finish: impl FnOnce(Router) -> Router) -> (&'static Log, [String; 2]) {
    let issuer = Issuer::entra();
    let guard = RequiresAuthLayer::new(requirement!(scope = "weather.read")).verifier(ready(&issuer).await);
    let trace = TraceLayer::new_for_http().make_span_with(DefaultMakeSpan::new().include_headers(true));
    let app = finish(Router::new().route("/", get(weather)).layer(guard).layer(trace));
    let tokens = [reader(&issuer).sign(), reader(&issuer).expired().sign()];
    let (log, _guard) = capture_here();
    for (token, status) in tokens.iter().zip([200, 401]) {
        let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), status);
    }
    (log, tokens)
}

#[tokio::test]
async fn a_traced_request_shows_no_token_that_is_marked_as_sensitive() {
    let (log, tokens) = traced(|app| app.layer(SetSensitiveRequestHeadersLayer::new([AUTHORIZATION]))).await;
    assert_eq!(log.leak(tokens.iter().map(String::as_str)), None);
    // The span of each request, and the line of the handler.
    assert_eq!(log.count("\"authorization\": Sensitive"), 3);
}

/// Why the pages say so.
#[tokio::test]
async fn a_traced_request_shows_a_token_that_is_not_marked() {
    let (log, tokens) = traced(|app| app).await;
    for token in &tokens {
        assert!(log.leak([&**token]).is_some());
    }
}
