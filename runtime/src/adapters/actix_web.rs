//! actix-web 4.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::actix_web::dev::Payload;
use ::actix_web::error::PayloadError;
use ::actix_web::http::StatusCode;
use ::actix_web::http::header::{AUTHORIZATION, HeaderValue};
use ::actix_web::web::{Bytes, Data};
use ::actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError};
use futures_core::Stream;
use tokio::sync::oneshot;

use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{Authorized, Caller, Remembered, RequestHead, Requires, Validation};
use crate::verifier::Verifier;

// How the verifier reaches a request: `app_data(verifier)`, of the resource, its scopes or the application.

/// The verifier is the one of `app_data`, else the one of `app_data` in `web::Data`.
impl RequestHead for HttpRequest {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.headers().get_all(AUTHORIZATION).map(HeaderValue::as_bytes)
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.app_data().or_else(|| self.app_data().map(Data::<Verifier>::get_ref))
    }

    fn remembered(&self) -> Option<Remembered> {
        self.extensions().get().cloned()
    }
}

// How a token is extracted. A check begins when it is first polled, so those behind a refusal never do.

impl<R: Requires> FromRequest for Authorized<R> {
    type Error = AuthError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Extraction<Self> {
        Extraction::of(request, payload)
    }
}

impl FromRequest for AccessToken {
    type Error = AuthError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Extraction<Self> {
        Extraction::of(request, payload)
    }
}

impl FromRequest for Caller {
    type Error = AuthError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Extraction<Self> {
        Extraction::of(request, payload)
    }
}

/// What a check finds in a request.
pub trait Found: Sized {
    fn check(request: &HttpRequest) -> Validation<Self>;

    /// The check of a token that the verifier remembers.
    fn recall(request: &HttpRequest) -> Option<Validation<Self>>;

    /// What stays with the request, for the extractors that come after.
    fn remember(&self, _: &HttpRequest) -> Option<Remembered> {
        None
    }
}

impl<R: Requires> Found for Authorized<R> {
    fn check(request: &HttpRequest) -> Validation<Self> {
        Self::of_request(request)
    }

    fn recall(request: &HttpRequest) -> Option<Validation<Self>> {
        Self::recall(request)
    }

    fn remember(&self, request: &HttpRequest) -> Option<Remembered> {
        Self::remember(self, request)
    }
}

impl Found for AccessToken {
    fn check(request: &HttpRequest) -> Validation<Self> {
        Self::of_request(request)
    }

    fn recall(request: &HttpRequest) -> Option<Validation<Self>> {
        Self::recall(request)
    }
}

impl Found for Caller {
    fn check(request: &HttpRequest) -> Validation<Self> {
        Self::of_request(request)
    }

    fn recall(request: &HttpRequest) -> Option<Validation<Self>> {
        Self::recall(request)
    }
}

/// A check on its way to the handler.
#[derive(Debug)]
pub struct Extraction<T> {
    request: HttpRequest,
    /// `None` before the first poll, unless the token is known.
    check: Option<Validation<T>>,
    /// Opens the body. Nobody listens any more where nobody wants it.
    over: Option<oneshot::Sender<()>>,
}

impl<T: Found> Extraction<T> {
    /// Shuts the body for as long as the check takes. All arguments are polled together, so while keys are fetched one that
    /// comes later would read it. Whoever goes on after a refusal, as `Option` does, may read it.
    ///
    /// The check of a known token takes no time, so there the body stays as it is.
    fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        let mut extraction = Self { request: request.clone(), check: None, over: None };
        if !matches!(payload, Payload::None) {
            extraction.check = T::recall(request);
            if extraction.check.is_none() {
                let (over, is_over) = oneshot::channel();
                let body = payload.take();
                *payload = Payload::Stream { payload: Box::pin(Shut { until: Some(is_over), body }) };
                extraction.over = Some(over);
            }
        }
        extraction
    }
}

impl<T: Found> Future for Extraction<T> {
    type Output = Result<T, AuthError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { request, check, over } = &mut *self;
        // What an argument before this one was checked for has decided, and was not known when this check was made.
        if request.extensions().contains::<Remembered>() {
            *check = check.take().filter(|check| !check.is_recalled());
        }
        let check = check.get_or_insert_with(|| T::check(request));
        let outcome = ready!(Pin::new(check).poll(context));
        if let Some(remembered) = outcome.as_ref().ok().and_then(|found| found.remember(request)) {
            request.extensions_mut().insert(remembered);
        }
        if let Some(over) = over.take() {
            let _ = over.send(());
        }
        Poll::Ready(outcome)
    }
}

/// A body that begins after a check. Where the check was given up, it breaks off.
struct Shut {
    until: Option<oneshot::Receiver<()>>,
    body: Payload,
}

impl Stream for Shut {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(until) = &mut self.until {
            if ready!(Pin::new(until).poll(context)).is_err() {
                return Poll::Ready(Some(Err(PayloadError::Incomplete(None))));
            }
            self.until = None;
        }
        Pin::new(&mut self.body).poll_next(context)
    }
}

// How a refusal becomes a response.

impl ResponseError for AuthError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for field in self.fields() {
            response.insert_header(field);
        }
        response.body(self.problem().to_json())
    }
}
