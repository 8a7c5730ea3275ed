//! The driver of axum.
#![allow(clippy::unwrap_used, reason = "a driver that cannot start must fail the test at once")]

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use futures_util::{Stream, StreamExt as _, stream};
use requires_auth::{AccessToken, Caller, Verifier, requires_auth};
use requires_auth_tests::routes::{self, Period, Report};
use requires_auth_tests::server::Server;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

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
async fn report(Json(report): Json<Report>) -> Json<Report> {
    Json(report)
}

#[requires_auth(scope = "weather.read")]
async fn city(Path(id): Path<u32>, Query(period): Query<Period>) -> String {
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
async fn events() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(stream::once(async { Ok(Event::default().data(routes::EVENT)) }).chain(stream::pending()))
}

#[requires_auth(scope = "weather.read")]
async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}

fn api() -> Router {
    Router::new()
        .route("/open", get(open))
        .route("/bare", get(bare))
        .route("/read", get(read))
        .route("/both", get(both))
        .route("/report", post(report))
        .route("/cities/{id}", get(city))
        .route("/role", get(role))
        .route("/group", get(group))
        .route("/delegated", get(delegated))
        .route("/guests", get(guests))
        .route("/check", get(check))
        .route("/context", get(context))
        .route("/token", get(token))
        .route("/caller", get(caller))
        .route("/optional", get(optional))
        .route("/stream", get(events))
        .route("/ws", get(socket))
}

/// An axum server on a task of the test's runtime.
struct Axum {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server for Axum {
    const NAME: &'static str = "axum";
    const OPTION_REFUSES_WRONG_TOKENS: bool = true;

    async fn start(verifier: Option<Verifier>) -> Self {
        let api = match verifier {
            Some(verifier) => api().layer(Extension(verifier)),
            None => api(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            axum::serve(listener, api).with_graceful_shutdown(stopped).await.unwrap();
        });
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

requires_auth_tests::mount!(Axum);
