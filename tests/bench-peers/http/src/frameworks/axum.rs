use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::response::Response;
use axum::routing::get;
use requires_auth::requires_auth;

use crate::Failure;
use crate::framework::{ANSWER, Announce, App, Framework, GUARDED, OPEN, block_on_tokio};

async fn open() -> &'static str {
    ANSWER
}

#[requires_auth(scope = "weather.read")]
async fn guarded() -> &'static str {
    ANSWER
}

fn routes() -> Router {
    Router::new().route(OPEN, get(open)).route(GUARDED, get(guarded))
}

pub(crate) enum Axum {}

impl Framework for Axum {
    const NAME: &'static str = "axum";

    fn serve(announce: Announce) -> Result<(), Failure> {
        block_on_tokio(async { Ok(axum::serve(announce.listen_on_tokio()?, routes()).await?) })
    }

    async fn app() -> impl App {
        routes()
    }
}

impl App for Router {
    type Request = Request<Body>;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Self::Request {
        let request = Request::get(path);
        let request = match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        };
        request.body(Body::empty()).expect("a request")
    }

    async fn call(&mut self, request: Self::Request) -> u16 {
        let answer: Result<Response, _> = tower::Service::call(self, request).await;
        answer.map_or_else(|never| match never {}, |answer| answer.status().as_u16())
    }
}
