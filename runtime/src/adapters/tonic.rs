//! tonic 0.14.
//!
//! The layer authenticates, the attribute authorizes. [`RequiresAuthLayer`](crate::RequiresAuthLayer) goes round a service
//! and verifies the token of each call, before a message of it is read. The attribute of a method then asks whether that
//! token may do this. [`grpc`](crate::RequiresAuthLayer::grpc) makes gRPC answers of the layer's refusals.
//!
//! ```
//! use requires_auth::{RequiresAuthLayer, Verifier, requires_auth};
//! use tonic::service::LayerExt as _;
//! use tonic::transport::{Server, server::Router};
//! use tonic::{Request, Response, Status};
//! # use weather::weather_server::{Weather, WeatherServer};
//! # use weather::{City, Forecast};
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/_documentation/frameworks/tonic_weather.rs"));
//!
//! struct Service;
//!
//! #[requires_auth(scope = "weather.read")]
//! #[tonic::async_trait]
//! impl Weather for Service {
//!     async fn read(&self, request: Request<City>) -> Result<Response<Forecast>, Status> {
//!         Ok(Response::new(Forecast { text: format!("sunny in {}", request.into_inner().name) }))
//!     }
//!
//!     #[requires_auth(scope = "weather.write")]
//!     async fn report(&self, request: Request<Forecast>) -> Result<Response<Forecast>, Status> {
//!         Ok(Response::new(request.into_inner()))
//!     }
//! }
//!
//! fn server(verifier: Verifier) -> Router {
//!     // A verifier of this server's own; without one, the process-wide one of `initialize` is used.
//!     let guard = RequiresAuthLayer::authenticate().grpc().verifier(verifier);
//!     Server::builder().add_service(guard.named_layer(WeatherServer::new(Service)))
//! }
//! # fn main() {}
//! ```

use ::http::HeaderMap;
use ::tonic::metadata::MetadataMap;
use ::tonic::{Code, Request, Status};

use super::grpc;
use super::http::add_fields;
use crate::error::AuthError;
use crate::guard::{CheckedBefore, Remembered};

// How the verifier reaches a request: the layer has it, or puts the one that the request's extensions carry to use.

// How a token is extracted: the layer leaves it in the request's extensions, whence `Request::extensions` hands it out.
//
// `RequestHead` is not for this type. tonic merges the trailers of a unary call into its metadata before the method runs,
// so an `authorization` that came after the message would pass for one of the head.

impl<T> CheckedBefore for Request<T> {
    fn remembered(&self) -> Option<Remembered> {
        self.extensions().get().cloned()
    }
}

// How a refusal becomes a response.

/// Code, sentence, and as metadata the challenge, the time to come back and the reason.
impl From<AuthError> for Status {
    fn from(refusal: AuthError) -> Self {
        let mut fields = HeaderMap::new();
        add_fields(&mut fields, grpc::fields(&refusal));
        let code = Code::from(i32::from(grpc::code(&refusal)));
        Self::with_metadata(code, refusal.reason().sentence(), MetadataMap::from_headers(fields))
    }
}
