use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get;
use axum::{Router, response::Response};
use requires_auth::requires_auth;
use tower::Service as _;

use crate::Failure;
use crate::framework::{ANSWER, Announce, Framework, GUARDED, OPEN, block_on_tokio};

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

pub(crate) struct Axum(Router);

impl Framework for Axum {
    const NAME: &'static str = "axum";

    fn serve(announce: Announce) -> Result<(), Failure> {
        block_on_tokio(async { Ok(axum::serve(announce.listen_on_tokio()?, routes()).await?) })
    }

    type Request = Request<Body>;

    fn block_on<T: 'static>(calls: impl Future<Output = T> + 'static) -> T {
        block_on_tokio(calls)
    }

    async fn start() -> Self {
        Self(routes())
    }

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Self::Request {
        let request = Request::get(path);
        let request = match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        };
        request.body(Body::empty()).expect("a request")
    }

    async fn call(&mut self, request: Self::Request) -> u16 {
        self.0.call(request).await.map_or_else(|never| match never {}, |response: Response| response.status().as_u16())
    }
}
