//! poem 3, and the methods of poem-openapi 5.

use ::http::StatusCode;
use ::poem::error::ResponseError;
use ::poem::{FromRequest, IntoResponse, Request, RequestBody, Response};

use super::http::{fields, response, status};
use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{Authorized, Caller, RequestHead, Requires};
use crate::verifier::Verifier;

// How the verifier reaches a request: `.data(verifier)`, which puts it into the request's extensions.

/// The verifier is the one in the request's extensions.
impl RequestHead for Request {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        fields(self.headers())
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.data()
    }

    // Nothing is remembered: extractors share the request, so what one of them found has no place in it.
}

// How a token is extracted. Each check reads the head before its future exists, so nothing is borrowed while it waits.

impl<'a, R: Requires> FromRequest<'a> for Authorized<R> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> ::poem::Result<Self> {
        Ok(Self::of_request(request).await?)
    }
}

impl<'a> FromRequest<'a> for AccessToken {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> ::poem::Result<Self> {
        Ok(Self::of_request(request).await?)
    }
}

impl<'a> FromRequest<'a> for Caller {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> ::poem::Result<Self> {
        Ok(Self::of_request(request).await?)
    }
}

// How a refusal becomes a response.

/// So `?` turns it into `poem::Error`, which gives the whole answer, and which `catch_error` tells apart.
impl ResponseError for AuthError {
    fn status(&self) -> StatusCode {
        status(self)
    }

    fn as_response(&self) -> Response {
        let (head, body) = response::<String>(self).into_parts();
        let mut answer = Response::builder().status(head.status).body(body);
        *answer.headers_mut() = head.headers;
        answer
    }
}

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        self.as_response()
    }
}
