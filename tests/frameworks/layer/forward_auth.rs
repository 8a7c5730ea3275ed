//! A real nginx that asks a guarded axum application whether a request may see a page (`auth_request`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::any;
use requires_auth_tests::missing::or_skip;
use requires_auth_tests::nginx::Nginx;

use super::*;

/// Content types that mean something to some proxy, server or client.
const CONTENT_TYPES: [&str; 9] = [
    "application/grpc",
    "application/grpc+proto",
    "application/grpc-web",
    "application/grpc-web-text",
    "application/grpcs",
    "APPLICATION/GRPC",
    "application/json",
    "text/html",
    "multipart/form-data; boundary=x",
];

/// Serves an application on a task of the test's runtime.
async fn serve_axum(app: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A page behind nginx, and how often it was seen.
struct Page {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
}

impl Page {
    async fn start() -> Self {
        let seen = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&seen);
        let page = Router::new().fallback(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            async { "the page" }
        });
        Self { address: serve_axum(page).await, seen }
    }

    /// nginx in front of it, asking an application that is guarded by `layer`.
    async fn behind(&self, layer: RequiresAuthLayer) -> Option<Nginx> {
        let api = serve_axum(Router::new().route("/auth", any(|| async {})).layer(layer)).await;
        or_skip(Nginx::asking(api, self.address).await)
    }

    /// Asks for it through nginx.
    async fn status(&self, nginx: &Nginx, request: Request) -> u16 {
        let mut connection = Connection::open(nginx.address()).await;
        connection.ask(&request.field("connection", "close")).await;
        connection.receive_head().await.status
    }

    /// That no content type and no method opens it, for a request with these `Authorization` fields. `status` is what
    /// nginx makes of the refusal.
    async fn stays_closed(&self, nginx: &Nginx, authorization: &[String], status: u16) {
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            for content_type in CONTENT_TYPES {
                let mut request = Request::new(method, "/anything").field("content-type", content_type);
                request = request.field("te", "trailers").field("accept", content_type);
                for value in authorization {
                    request = request.field("authorization", value);
                }
                assert_eq!(self.status(nginx, request).await, status, "{method}, {content_type}, {authorization:?}");
            }
        }
        assert_eq!(self.seen.load(Ordering::SeqCst), 0, "the page was shown: {authorization:?}");
    }
}

#[tokio::test]
async fn nginx_shows_a_page_for_a_good_token_alone() {
    let (issuer, page) = (Issuer::entra(), Page::start().await);
    let layer = RequiresAuthLayer::new(requirement!(scope = "weather.read")).verifier(ready(&issuer).await);
    let Some(nginx) = page.behind(layer).await else { return };

    let good = reader(&issuer);
    let writer = issuer.token().user("ada").scope("weather.write");
    let stranger = good.clone().signed_by(&issuer.foreign_key());
    // nginx knows 2xx, 401 and 403, and makes a 500 of every other status, such as 400.
    let refused = [
        (vec![], 401),
        (vec!["Basic YWRhOmxvdmVsYWNl".to_owned()], 401),
        (vec!["Bearer".to_owned()], 500),
        (vec![format!("{} {}", good.bearer(), good.sign())], 500),
        (vec![good.clone().expired().bearer()], 401),
        (vec![good.clone().audience("api://another").bearer()], 401),
        (vec![good.clone().issuer("https://else.example").bearer()], 401),
        (vec![good.clone().unsigned().bearer()], 401),
        (vec![stranger.bearer()], 401),
        (vec![writer.bearer()], 403),
        (vec![issuer.token().app("daemon").role("weather.read").bearer()], 403),
    ];
    for (authorization, status) in refused {
        page.stays_closed(&nginx, &authorization, status).await;
    }

    let mut connection = Connection::open(nginx.address()).await;
    let answer = connection.exchange(&Request::get("/")).await;
    let scope = requestable(&issuer, "weather.read");
    let challenge = format!("Bearer realm=\"{}\", scope=\"{scope}\"", issuer.audience());
    assert_eq!(answer.challenge(), Some(&*challenge), "nginx hands the challenge on");

    let answer = connection.exchange(&Request::get("/").bearer(&good)).await;
    assert_eq!((answer.status, answer.text()), (200, "the page"));
    for content_type in CONTENT_TYPES {
        let request = Request::post("/").bearer(&good).body(content_type, "");
        assert_eq!(page.status(&nginx, request).await, 200, "{content_type}");
    }
}

#[tokio::test]
async fn nginx_shows_no_page_while_the_api_cannot_decide() {
    let (issuer, page) = (Issuer::entra(), Page::start().await);
    issuer.go_down();
    let layer = || RequiresAuthLayer::new(requirement!(scope = "weather.read"));
    for layer in [layer(), layer().verifier(issuer.verifier())] {
        let Some(nginx) = page.behind(layer).await else { return };
        page.stays_closed(&nginx, &[reader(&issuer).bearer()], 500).await;
    }
}

/// Why the documentation of `grpc` warns: its refusals are a yes to nginx.
#[tokio::test]
async fn a_layer_with_grpc_is_no_door() {
    let (issuer, page) = (Issuer::entra(), Page::start().await);
    let layer = RequiresAuthLayer::authenticate().grpc().verifier(ready(&issuer).await);
    let Some(nginx) = page.behind(layer).await else { return };
    assert_eq!(page.status(&nginx, Request::get("/")).await, 200);
}
