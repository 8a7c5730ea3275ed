//! What the frameworks on `http` 1.x share: how their request heads and responses are written.

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Extensions, HeaderMap, Request, Response, StatusCode, request};

use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{Remembered, RequestHead};
use crate::problem::PROBLEM_JSON;
use crate::verifier::Verifier;

/// The verifier is the one in the request's extensions.
impl RequestHead for request::Parts {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        fields(&self.headers)
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.extensions.get()
    }

    fn remembered(&self) -> Option<&Remembered> {
        self.extensions.get()
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

    fn remembered(&self) -> Option<&Remembered> {
        self.extensions().get()
    }
}

fn fields(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes)
}

/// Keeps the verified token with the request, for the extractors that come after.
pub(crate) fn remember(extensions: &mut Extensions, remembered: Option<Remembered>, token: &AccessToken) {
    if let Some(remembered) = remembered {
        extensions.insert(remembered);
    }
    extensions.insert(token.clone());
}

/// The answer of a refusal: status, challenge, problem document.
pub(crate) fn response<B: From<String>>(refusal: &AuthError) -> Response<B> {
    let mut response = Response::new(B::from(refusal.problem().to_json()));
    *response.status_mut() = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    // A challenge is printable ASCII by construction.
    if let Some(Ok(challenge)) = refusal.www_authenticate().map(HeaderValue::try_from) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = refusal.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}
