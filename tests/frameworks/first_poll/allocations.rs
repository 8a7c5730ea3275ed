//! What a guarded handler allocates, and the same handler without the guard, for the same request.

use std::future::Future;
use std::task::Poll;

use allocation_counter::measure;
use requires_auth::{AccessToken, Caller, requires_auth};
use tower::Service as _;

use super::{Site, first_poll, get};

/// How often memory is asked for while a handler answers with 200.
fn count<F: Future>(call: impl FnOnce() -> F, status: impl FnOnce(F::Output) -> u16) -> u64 {
    let mut answer = Poll::Pending;
    let allocations = measure(|| answer = first_poll(call())).count_total;
    assert_eq!(answer.map(status), Poll::Ready(200));
    allocations
}

/// `counted` counts for one path. The first requests fill what a framework or the verifier keeps.
fn guarded_costs_no_more(guarded: &str, open: &str, mut counted: impl FnMut(&str) -> u64) {
    for path in [guarded, open] {
        counted(path);
    }
    let (guarded, open) = (counted(guarded), counted(open));
    assert!(open > 0, "the counter counts nothing");
    assert!(guarded <= open, "{guarded} allocations, {open} without the guard");
}

#[tokio::test]
async fn axum() {
    #[requires_auth(scope = "weather.read")]
    async fn read(_: AccessToken, _: Caller) {}
    async fn open() {}

    let site = Site::start().await;
    let routes = axum::Router::new().route("/read", axum::routing::get(read)).route("/open", axum::routing::get(open));
    let mut app = routes.layer(axum::Extension(site.verifier.clone()));
    guarded_costs_no_more("/read", "/open", |path| {
        let mut request = get::<axum::body::Body>(&site.known);
        *request.uri_mut() = path.parse().unwrap();
        count(|| app.call(request), |answer| answer.unwrap().status().as_u16())
    });
}

/// With a body and without one.
#[tokio::test]
async fn actix_web() {
    use actix_web::dev::Service as _;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::web::{self, Payload};
    use actix_web::{App, HttpResponse};

    #[requires_auth(scope = "weather.read")]
    async fn read(_: AccessToken, _: Caller) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    async fn open() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    #[requires_auth(scope = "weather.read")]
    async fn take(_: Payload) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    async fn open_take(_: Payload) -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    let site = Site::start().await;
    let app = App::new()
        .app_data(site.verifier.clone())
        .service(web::resource("/read").get(read).post(take))
        .service(web::resource("/open").get(open).post(open_take));
    let app = init_service(app).await;
    let without_body: fn() -> TestRequest = TestRequest::get;
    let with_body = || TestRequest::post().set_payload("{}");
    for request in [without_body, with_body] {
        guarded_costs_no_more("/read", "/open", |path| {
            let request = request().uri(path).insert_header(("authorization", &*site.known)).to_request();
            count(|| app.call(request), |answer| answer.unwrap().status().as_u16())
        });
    }
}
