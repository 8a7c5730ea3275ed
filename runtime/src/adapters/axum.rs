//! axum 0.8.

use ::axum::body::Body;
use ::axum::extract::{FromRequestParts, OptionalFromRequestParts};
use ::axum::response::{IntoResponse, Response};
use ::http::request::Parts;

use super::http::response;
use crate::access_token::AccessToken;
use crate::error::{AuthError, ErrorKind};
use crate::guard::{Authorized, Caller, Requires};

// How the verifier reaches a request: `axum::Extension(verifier)`, read by `RequestHead for Parts`.

// How a token is extracted. Each check reads the head before its future exists, so nothing is borrowed while it waits.

impl<S: Send + Sync, R: Requires> FromRequestParts<S> for Authorized<R> {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthError> {
        let authorized = Self::of_request(parts).await?;
        if let Some(remembered) = authorized.remember(parts) {
            parts.extensions.insert(remembered);
        }
        Ok(authorized)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AccessToken {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthError> {
        Self::of_request(parts).await
    }
}

/// `None` for a request without a bearer token; a token that is wrong is refused, as with [`Caller`].
impl<S: Send + Sync> OptionalFromRequestParts<S> for AccessToken {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthError> {
        match Self::of_request(parts).await {
            Ok(token) => Ok(Some(token)),
            Err(refusal) if refusal.kind() == ErrorKind::MissingToken => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthError> {
        Self::of_request(parts).await
    }
}

// How a refusal becomes a response.

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        response::<Body>(&self)
    }
}
