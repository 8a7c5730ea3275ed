//! ntex 3.

use ::ntex::http::header::{AUTHORIZATION, HeaderValue};
use ::ntex::http::{Payload, StatusCode};
use ::ntex::web::{ErrorRenderer, FromRequest, HttpRequest, HttpResponse, WebRequest, WebResponseError};

use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{Authorized, Caller, Remembered, RequestHead, Requires};
use crate::verifier::Verifier;

// How the verifier reaches a request: `state(verifier)`, of the resource, its scopes or the application.

/// The verifier is the one of `state`.
impl RequestHead for HttpRequest {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.headers().get_all(AUTHORIZATION).map(HeaderValue::as_bytes)
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.app_state()
    }

    fn remembered(&self) -> Option<Remembered> {
        self.extensions().get().cloned()
    }
}

/// For middlewares, which see a request before it has arguments.
impl<Err> RequestHead for WebRequest<Err> {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.headers().get_all(AUTHORIZATION).map(HeaderValue::as_bytes)
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.app_state()
    }

    fn remembered(&self) -> Option<Remembered> {
        self.extensions().get().cloned()
    }
}

// How a token is extracted. Arguments are extracted one after the other, so none that comes later reads the body before.

impl<R: Requires, Err> FromRequest<Err> for Authorized<R> {
    type Error = AuthError;

    async fn from_request(request: &HttpRequest, _: &mut Payload) -> Result<Self, AuthError> {
        let authorized = Self::of_request(request).await?;
        if let Some(remembered) = authorized.remember(request) {
            request.extensions_mut().insert(remembered);
        }
        Ok(authorized)
    }
}

impl<Err> FromRequest<Err> for AccessToken {
    type Error = AuthError;

    async fn from_request(request: &HttpRequest, _: &mut Payload) -> Result<Self, AuthError> {
        Self::of_request(request).await
    }
}

impl<Err> FromRequest<Err> for Caller {
    type Error = AuthError;

    async fn from_request(request: &HttpRequest, _: &mut Payload) -> Result<Self, AuthError> {
        Self::of_request(request).await
    }
}

// How a refusal becomes a response.

impl<Err: ErrorRenderer> WebResponseError<Err> for AuthError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(WebResponseError::<Err>::status_code(self));
        for (name, value) in self.fields() {
            response.set_header(name, value);
        }
        response.body(self.problem().to_json())
    }
}
