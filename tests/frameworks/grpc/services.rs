//! The routes of the contract as gRPC services: what tonic's generator would write, in fewer words.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::body::Body;
use tonic::codegen::{BoxFuture, BoxStream};
use tonic::server::{Grpc, NamedService};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

use super::{Report, Text};

/// A trait with the methods of a service, and the server that serves whoever implements it. Each method names what it is
/// to [`Grpc`].
macro_rules! service {
    ($(#[$doc:meta])* $service:ident, $server:ident, $name:literal {
        $($(#[$method_doc:meta])* $kind:ident $path:literal $method:ident($request:ty) -> $response:ty;)+
    }) => {
        $(#[$doc])*
        #[tonic::async_trait]
        pub(crate) trait $service: Send + Sync + 'static {
            $($(#[$method_doc])*
            async fn $method(&self, request: Request<$request>) -> Result<Response<$response>, Status>;)+
        }

        #[doc = concat!("Serves [`", stringify!($service), "`].")]
        pub(crate) struct $server<T>(Arc<T>);

        impl<T: $service> $server<T> {
            /// Serves `service`.
            pub(crate) fn new(service: T) -> Self {
                Self(Arc::new(service))
            }
        }

        impl<T> Clone for $server<T> {
            fn clone(&self) -> Self {
                Self(Arc::clone(&self.0))
            }
        }

        impl<T> fmt::Debug for $server<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($server))
            }
        }

        impl<T> NamedService for $server<T> {
            const NAME: &'static str = $name;
        }

        impl<T: $service> Service<http::Request<Body>> for $server<T> {
            type Response = http::Response<Body>;
            type Error = Infallible;
            type Future = BoxFuture<Self::Response, Infallible>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, call: http::Request<Body>) -> Self::Future {
                let service = Arc::clone(&self.0);
                let path = call.uri().path().rsplit('/').next().unwrap_or_default();
                match path {
                    $($path => Box::pin(async move {
                        let method = service_fn(move |request: Request<$request>| {
                            let service = Arc::clone(&service);
                            async move { service.$method(request).await }
                        });
                        Ok(Grpc::new(ProstCodec::default()).$kind(method, call).await)
                    }),)+
                    _ => Box::pin(async { Ok(Status::unimplemented("").into_http()) }),
                }
            }
        }
    };
}

service! {
    /// The routes that are guarded, with the layer round them.
    Api, ApiServer, "contract.Api" {
        /// `GET /bare`
        unary "Bare" bare(Text) -> Text;
        /// `GET /read`
        unary "Read" read(Text) -> Text;
        /// `GET /both`
        unary "Both" both(Text) -> Text;
        /// `POST /report`
        unary "Report" report(Report) -> Report;
        /// `GET /role`
        unary "Role" role(Text) -> Text;
        /// `GET /group`
        unary "Group" group(Text) -> Text;
        /// `GET /delegated`
        unary "Delegated" delegated(Text) -> Text;
        /// `GET /guests`
        unary "Guests" guests(Text) -> Text;
        /// `GET /check`
        unary "Check" check(Text) -> Text;
        /// `GET /context`
        unary "Context" context(Text) -> Text;
        /// `GET /token`
        unary "Token" token(Text) -> Text;
        /// What `GET /stream` is in gRPC: one message, then none for ever.
        server_streaming "Stream" stream(Text) -> BoxStream<Text>;
        /// Messages that the client sends, until there are no more. Answers how many there were.
        client_streaming "Upload" upload(Streaming<Text>) -> Text;
        /// Wants the authority `customers`.
        unary "Customers" customers(Text) -> Text;
    }
}

service! {
    /// The routes that welcome anonymous callers.
    Callers, CallersServer, "contract.Callers" {
        /// `GET /caller`
        unary "Caller" caller(Text) -> Text;
        /// `GET /optional`
        unary "Optional" optional(Text) -> Text;
    }
}

service! {
    /// The route that nobody guards.
    Open, OpenServer, "contract.Open" {
        /// `GET /open`
        unary "Open" open(Text) -> Text;
    }
}
