//! What a check costs that has nothing to wait for. In every framework its future is ready at its first poll, and with a
//! token that was verified before, a guarded handler of axum and of actix-web allocates no more than an open one.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

mod allocations;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::grpc::Text;
use crate::grpc::services::{Open, OpenServer};
use http::Request;
use requires_auth::testing::Issuer;
use requires_auth::{
    AccessToken, Caller, Guarded as _, RequiresAuthFairing, RequiresAuthLayer, Verifier, requires_auth,
};
use tower::{Layer as _, Service as _, ServiceExt as _};

/// A verifier that has its keys, and the fields of two good tokens.
struct Site {
    verifier: Verifier,
    /// It was verified before.
    known: String,
    /// Its key is still to be fetched, which takes longer than a test.
    of_new_key: String,
    /// Keeps the issuer up.
    _issuer: Issuer,
}

impl Site {
    async fn start() -> Self {
        let issuer = Issuer::entra();
        let verifier = issuer.verifier();
        let sign = || issuer.token().user("ada").scope("weather.read").sign();
        let known = sign();
        verifier.verify(&known).await.unwrap();
        issuer.rotate();
        issuer.delay(Duration::from_mins(1));
        let [known, of_new_key] = [known, sign()].map(|token| format!("Bearer {token}"));
        Self { verifier, known, of_new_key, _issuer: issuer }
    }

    /// `handler` polls a guarded handler once, for a request with this field, and says its status. That the second token
    /// is waited for shows that the first one could have been.
    fn decides_at_first_poll(&self, mut handler: impl FnMut(&str) -> Poll<u16>) {
        assert_eq!(handler(&self.known), Poll::Ready(200), "a token that was verified before");
        assert_eq!(handler(&self.of_new_key), Poll::Pending, "a token whose key must be fetched");
        assert_eq!(handler(&self.known), Poll::Ready(200), "while a key is fetched");
    }
}

/// Polls once, with nobody to wake.
fn first_poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn get<B: Default>(authorization: &str) -> Request<B> {
    Request::get("/read").header("authorization", authorization).body(B::default()).unwrap()
}

#[tokio::test]
async fn axum() {
    use axum::body::Body;

    #[requires_auth(scope = "weather.read")]
    async fn read(_: AccessToken, _: Caller, _: Option<AccessToken>) {}

    let site = Site::start().await;
    let app =
        axum::Router::new().route("/read", axum::routing::get(read)).layer(axum::Extension(site.verifier.clone()));
    site.decides_at_first_poll(|authorization| {
        first_poll(app.clone().oneshot(get::<Body>(authorization))).map(|answer| answer.unwrap().status().as_u16())
    });
}

#[tokio::test]
async fn actix_web() {
    use actix_web::dev::Service as _;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, HttpResponse, web};

    #[requires_auth(scope = "weather.read")]
    async fn read(_: AccessToken, _: Caller, body: String) -> HttpResponse {
        assert_eq!(body, "{}");
        HttpResponse::Ok().finish()
    }

    let site = Site::start().await;
    let app = init_service(App::new().app_data(site.verifier.clone()).route("/read", web::post().to(read))).await;
    site.decides_at_first_poll(|authorization| {
        let request =
            TestRequest::post().uri("/read").insert_header(("authorization", authorization)).set_payload("{}");
        first_poll(app.call(request.to_request())).map(|answer| answer.unwrap().status().as_u16())
    });
}

#[ntex::test]
async fn ntex() {
    use ntex::web::test::{TestRequest, init_service};
    use ntex::web::{self, App, HttpResponse};

    #[requires_auth(scope = "weather.read")]
    async fn read(_: AccessToken, _: Caller) -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    let site = Site::start().await;
    let app = init_service(App::new().state(site.verifier.clone()).route("/read", web::get().to(read))).await;
    site.decides_at_first_poll(|authorization| {
        let request = TestRequest::get().uri("/read").header("authorization", authorization).to_request();
        first_poll(app.call(request)).map(|answer| answer.unwrap().status().as_u16())
    });
}

#[tokio::test]
async fn poem() {
    use poem::{Endpoint as _, EndpointExt as _, Request, Route, handler};

    #[requires_auth(scope = "weather.read")]
    #[handler]
    fn read(_token: AccessToken, _caller: Caller) {}

    let site = Site::start().await;
    let app = Route::new().at("/read", poem::get(read)).data(site.verifier.clone());
    site.decides_at_first_poll(|authorization| {
        let request = Request::builder().uri_str("/read").header("authorization", authorization).finish();
        first_poll(app.get_response(request)).map(|answer| answer.status().as_u16())
    });
}

// Rocket makes a macro beside each handler, which wants to be at the top.
#[requires_auth(scope = "weather.read")]
#[rocket::get("/read")]
fn read_on_rocket(_token: AccessToken, _caller: Caller) {}

#[tokio::test]
async fn rocket() {
    use rocket::http::Header;
    use rocket::local::asynchronous::Client;

    let site = Site::start().await;
    let app = rocket::build().manage(site.verifier.clone()).attach(RequiresAuthFairing);
    let client = Client::untracked(app.mount("/", rocket::routes![read_on_rocket])).await.unwrap();
    site.decides_at_first_poll(|authorization| {
        let request = client.get("/read").header(Header::new("authorization", authorization.to_owned()));
        first_poll(request.dispatch()).map(|answer| answer.status().code)
    });
}

#[tokio::test]
async fn salvo() {
    use salvo::{Depot, FlowCtrl, Handler as _, Request, Response, Writer, handler};

    #[requires_auth(scope = "weather.read")]
    #[handler]
    async fn read(_token: AccessToken, _caller: Caller) {}

    let site = Site::start().await;
    site.decides_at_first_poll(|authorization| {
        let (mut request, mut depot, mut response) = (Request::new(), Depot::new(), Response::new());
        depot.insert_typed(site.verifier.clone());
        request.headers_mut().insert("authorization", authorization.parse().unwrap());
        let handled = first_poll(read.handle(&mut request, &mut depot, &mut response, &mut FlowCtrl::default()));
        handled.map(|()| response.status_code.unwrap_or_default().as_u16())
    });
}

#[tokio::test]
async fn tonic() {
    use http_body_util::Full;
    use tonic::body::Body;
    use tonic::{Request, Response, Status};

    struct Service;

    #[requires_auth(scope = "weather.read")]
    #[tonic::async_trait]
    impl Open for Service {
        async fn open(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
            Ok(Response::new(request.into_inner()))
        }
    }

    let site = Site::start().await;
    let layer = RequiresAuthLayer::authenticate().grpc().verifier(site.verifier.clone());
    let mut service = layer.layer(OpenServer::new(Service));
    site.decides_at_first_poll(|authorization| {
        let call = http::Request::post("/contract.Open/Open").header("content-type", "application/grpc");
        let empty_message = Body::new(Full::from(&[0; 5][..]));
        let call = call.header("authorization", authorization).body(empty_message).unwrap();
        first_poll(service.call(call)).map(|answer| {
            assert!(!answer.as_ref().unwrap().headers().contains_key("grpc-status"), "refused");
            answer.unwrap().status().as_u16()
        })
    });
}

#[tokio::test]
async fn tower() {
    async fn read(request: Request<String>) -> Result<http::Response<String>, Infallible> {
        assert!(request.extensions().get::<AccessToken>().is_some());
        Ok(http::Response::default())
    }

    let site = Site::start().await;
    let layer = RequiresAuthLayer::new(requires_auth::requirement!(scope = "weather.read"));
    let mut service = layer.verifier(site.verifier.clone()).layer(tower::service_fn(read));
    site.decides_at_first_poll(|authorization| {
        first_poll(service.call(get(authorization))).map(|answer| answer.unwrap().status().as_u16())
    });
}

#[tokio::test]
async fn warp() {
    use warp::Filter as _;

    #[requires_auth(scope = "weather.read")]
    async fn read(_token: AccessToken) -> &'static str {
        "read"
    }

    let site = Site::start().await;
    let path = warp::path!("read").and(warp::get());
    let app = path.guarded_by(site.verifier.clone(), |route| route.and_token().then(read));
    site.decides_at_first_poll(|authorization| {
        let request = warp::test::request().path("/read").header("authorization", authorization);
        first_poll(request.reply(&app)).map(|answer| answer.status().as_u16())
    });
}
