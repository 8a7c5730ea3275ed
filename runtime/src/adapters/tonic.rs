//! tonic 0.14.
//!
//! The layer authenticates, the attribute authorizes. [`RequiresAuthLayer`](crate::RequiresAuthLayer) goes round a service
//! and verifies the token of each call, before a message of it is read. The attribute of a method then asks whether that
//! token may do this. [`grpc`](crate::RequiresAuthLayer::grpc) makes gRPC answers of the layer's refusals.

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
