//! The attribute on the block, above `#[tonic::async_trait]`, with every form that a service's methods take.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, unused_qualifications)]
#![deny(clippy::pedantic)]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use requires_auth::{AccessToken, AuthError, requires_auth};
use tonic::codegen::{BoxStream, tokio_stream};
use tonic::{Code, Request, Response, Status, Streaming};

/// What the generator makes of a service.
#[tonic::async_trait]
pub trait Weather: Send + Sync + 'static {
    /// A stream that the server sends.
    type WatchStream: tokio_stream::Stream<Item = Result<String, Status>> + Send + 'static;
    /// One message each way.
    async fn read(&self, request: Request<String>) -> Result<Response<String>, Status>;
    /// A method with the name of a keyword.
    async fn r#type(&self, request: Request<()>) -> Result<Response<()>, Status>;
    /// The server streams.
    async fn watch(&self, request: Request<()>) -> Result<Response<Self::WatchStream>, Status>;
    /// The client streams.
    async fn upload(&self, request: Request<Streaming<String>>) -> Result<Response<u64>, Status>;
}

/// The same, with the generator's `use_arc_self`.
#[tonic::async_trait]
pub trait Station: Send + Sync + 'static {
    /// Takes the service by `Arc`.
    async fn measure(self: Arc<Self>, request: Request<()>) -> Result<Response<String>, Status>;
}

/// What a service keeps.
pub trait Store: Clone + Send + Sync + 'static {
    /// The weather of a city.
    ///
    /// # Errors
    ///
    /// None here.
    fn find(&self, city: &str) -> Result<String, AuthError>;
}

/// A store of one city.
#[derive(Clone, Debug)]
pub struct Memory;

impl Store for Memory {
    fn find(&self, city: &str) -> Result<String, AuthError> {
        Ok(format!("sunny in {city}"))
    }
}

/// A service with parameters.
#[derive(Debug)]
pub struct Service<S, const N: usize> {
    store: S,
}

mod scopes {
    pub(crate) const WRITE: &str = "weather.write";
}

#[requires_auth(scope = "weather.read", authority = "staff")]
#[tonic::async_trait]
impl<S, const N: usize> Weather for Service<S, N>
where
    S: Store,
{
    type WatchStream = BoxStream<String>;

    /// As the block says, with a name for the request that is changed, and errors of both kinds.
    async fn read(&self, mut request: Request<String>) -> Result<Response<String>, Status> {
        const LIMIT: usize = 64;
        if request.get_ref().len() > LIMIT {
            return Err(Status::invalid_argument("a long name"));
        }
        request.get_mut().push('!');
        let found = self.store.find(request.get_ref())?;
        Ok(Response::new(found.repeat(N)))
    }

    #[requires_auth(any(scope = scopes::WRITE, app_permission = "Weather.Write.All"))]
    #[cfg(debug_assertions)]
    async fn r#type(&self, _: Request<()>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }

    #[requires_auth]
    #[cfg(not(debug_assertions))]
    async fn r#type(&self, _: Request<()>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }

    #[tracing::instrument(skip_all)]
    #[requires_auth(app_only, role = "Weather.Read.All")]
    async fn watch(&self, request: Request<()>) -> Result<Response<Self::WatchStream>, Status> {
        let caller: Option<&AccessToken> = request.extensions().get();
        let caller = caller.and_then(AccessToken::object_id).map(str::to_owned).ok_or_else(|| Status::internal(""))?;
        Ok(Response::new(Box::pin(tokio_stream::once(Ok(caller)))))
    }

    #[requires_auth(scope = "weather.write", authority = "customers")]
    async fn upload(&self, _request: Request<Streaming<String>>) -> Result<Response<u64>, Status> {
        Ok(Response::new(0))
    }
}

mod my_auth {
    pub(crate) use ::requires_auth::*;
}

/// A module that is named as the framework is.
mod elsewhere {
    use std::sync::Arc;

    mod tonic {}

    #[crate::my_auth::requires_auth(role = "Forecaster", crate = crate::my_auth)]
    #[::tonic::async_trait]
    impl super::Station for super::Service<super::Memory, 2> {
        async fn measure(
            self: Arc<Self>,
            _: ::tonic::Request<()>,
        ) -> Result<::tonic::Response<String>, ::tonic::Status> {
            Ok(::tonic::Response::new(String::new()))
        }
    }
}

fn outcome<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Code {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.map_or_else(|status| status.code(), |_| Code::Ok),
        Poll::Pending => panic!("a check that waits"),
    }
}

fn main() {
    // Called directly, without a layer that verified a token.
    let service = Service::<_, 2> { store: Memory };
    assert_eq!(outcome(service.read(Request::new("Utrecht".to_owned()))), Code::Internal);
    assert_eq!(outcome(service.r#type(Request::new(()))), Code::Internal);
    assert_eq!(outcome(service.watch(Request::new(()))), Code::Internal);
    assert_eq!(outcome(Arc::new(service).measure(Request::new(()))), Code::Internal);
}
