use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use requires_auth::{RequiresAuthLayer, requires_auth};
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::codegen::http::{Request as Call, Response as Answer, header};
use tonic::server::{Grpc, NamedService};
use tonic::service::{LayerExt as _, Routes};
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

use crate::Failure;
use crate::framework::{ANSWER, Announce, App, Framework, GUARDED};

/// What tonic's generator would write of a service with one method, in fewer words.
#[tonic::async_trait]
trait Weather: Send + Sync + 'static {
    async fn weather(&self, request: Request<()>) -> Result<Response<String>, Status>;
}

struct Open;

#[tonic::async_trait]
impl Weather for Open {
    async fn weather(&self, _: Request<()>) -> Result<Response<String>, Status> {
        Ok(Response::new(ANSWER.to_owned()))
    }
}

struct Guarded;

#[requires_auth(scope = "weather.read")]
#[tonic::async_trait]
impl Weather for Guarded {
    async fn weather(&self, _: Request<()>) -> Result<Response<String>, Status> {
        Ok(Response::new(ANSWER.to_owned()))
    }
}

struct WeatherServer<T>(Arc<T>);

impl<T> Clone for WeatherServer<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> NamedService for WeatherServer<T> {
    const NAME: &'static str = "bench.Weather";
}

impl<T: Weather> Service<Call<Body>> for WeatherServer<T> {
    type Response = Answer<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call<Body>) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move {
            let method = service_fn(move |request: Request<()>| {
                let service = Arc::clone(&service);
                async move { service.weather(request).await }
            });
            Ok(Grpc::new(ProstCodec::default()).unary(method, call).await)
        })
    }
}

pub(crate) enum Tonic {}

impl Framework for Tonic {
    const NAME: &'static str = "tonic";
    const NOT_BY_WRK: Option<&'static str> = Some("gRPC needs HTTP/2, which wrk does not speak");

    fn serve(_: Announce) -> Result<(), Failure> {
        Err("tonic is called in process only".into())
    }

    async fn app() -> impl App {
        let guard = RequiresAuthLayer::authenticate().grpc();
        Services {
            open: Routes::new(WeatherServer(Arc::new(Open))).prepare(),
            guarded: Routes::new(guard.named_layer(WeatherServer(Arc::new(Guarded)))).prepare(),
        }
    }
}

/// The same service twice: one method has one path.
struct Services {
    open: Routes,
    guarded: Routes,
}

struct Unary {
    guarded: bool,
    call: Call<Body>,
}

impl App for Services {
    type Request = Unary;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Unary {
        let call = Call::post("/bench.Weather/Weather").header(header::CONTENT_TYPE, "application/grpc");
        let call = match authorization {
            Some(authorization) => call.header(header::AUTHORIZATION, authorization),
            None => call,
        };
        // A message of no bytes: not compressed, its length.
        let message = Body::new(Full::new(Bytes::from_static(&[0; 5])));
        Unary { guarded: path == GUARDED, call: call.body(message).expect("a call") }
    }

    async fn call(&mut self, Unary { guarded, call }: Unary) -> u16 {
        let service = if guarded { &mut self.guarded } else { &mut self.open };
        let answer: Answer<Body> = service.call(call).await.unwrap_or_else(|never| match never {});
        match Status::from_header_map(answer.headers()).map(|status| status.code()) {
            None | Some(Code::Ok) => answer.status().as_u16(),
            Some(Code::Unauthenticated) => 401,
            Some(_) => 500,
        }
    }
}
