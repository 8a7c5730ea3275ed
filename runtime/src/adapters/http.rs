//! What the frameworks on `http` 1.x share: how their request heads and responses are written.

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode, request};

use crate::error::AuthError;
use crate::guard::{Remembered, RequestHead};
use crate::verifier::Verifier;

/// The verifier is the one in the request's extensions.
impl RequestHead for request::Parts {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        fields(&self.headers)
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.extensions.get()
    }

    fn remembered(&self) -> Option<Remembered> {
        self.extensions.get().cloned()
    }
}

/// The verifier is the one in the request's extensions.
impl<B> RequestHead for Request<B> {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        fields(self.headers())
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.extensions().get()
    }

    fn remembered(&self) -> Option<Remembered> {
        self.extensions().get().cloned()
    }
}

/// All `Authorization` fields, as they were sent.
pub(crate) fn fields(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes)
}

/// The answer of a refusal: status, challenge, problem document.
pub(crate) fn response<B: From<String>>(refusal: &AuthError) -> Response<B> {
    let mut response = Response::new(B::from(refusal.problem().to_json()));
    *response.status_mut() = status(refusal);
    add_fields(response.headers_mut(), refusal.fields());
    response
}

/// The status of a refusal.
pub(crate) fn status(refusal: &AuthError) -> StatusCode {
    StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Adds fields whose values are printable ASCII by construction.
pub(crate) fn add_fields(headers: &mut HeaderMap, fields: impl Iterator<Item = (&'static str, String)>) {
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}
