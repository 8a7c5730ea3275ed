//! salvo 1.

use salvo_core::extract::{Extractible, Metadata};
use salvo_core::http::{ResBody, StatusError};
use salvo_core::{Depot, Request, Response, Scribe};

use super::http::{fields, response};
use crate::access_token::AccessToken;
use crate::error::AuthError;
use crate::guard::{Authorized, Caller, Remembered, RequestHead, Requires};
use crate::verifier::Verifier;

// How the verifier reaches a request: `affix_state::inject(verifier)`, read from the depot.

/// The verifier is the one in the depot, stored by its type.
impl RequestHead for (&Request, &Depot) {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        fields(self.0.headers())
    }

    fn verifier(&self) -> Option<&Verifier> {
        self.1.get_typed().ok()
    }

    fn remembered(&self) -> Option<Remembered> {
        self.0.extensions().get().cloned()
    }
}

// How a token is extracted.

/// What salvo would look up by name for these arguments: nothing.
static NO_FIELDS: Metadata = Metadata::new("");

impl<'ex, R: Requires> Extractible<'ex> for Authorized<R> {
    fn metadata() -> &'static Metadata {
        &NO_FIELDS
    }

    #[expect(refining_impl_trait, reason = "whoever extracts by hand gets the refusal itself")]
    async fn extract(request: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, AuthError> {
        let authorized = Self::of_request(&(&*request, &*depot)).await?;
        if let Some(remembered) = authorized.remember(&(&*request, &*depot)) {
            request.extensions_mut().insert(remembered);
        }
        Ok(authorized)
    }
}

impl<'ex> Extractible<'ex> for AccessToken {
    fn metadata() -> &'static Metadata {
        &NO_FIELDS
    }

    #[expect(refining_impl_trait, reason = "whoever extracts by hand gets the refusal itself")]
    async fn extract(request: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, AuthError> {
        Self::of_request(&(&*request, &*depot)).await
    }
}

impl<'ex> Extractible<'ex> for Caller {
    fn metadata() -> &'static Metadata {
        &NO_FIELDS
    }

    #[expect(refining_impl_trait, reason = "whoever extracts by hand gets the refusal itself")]
    async fn extract(request: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, AuthError> {
        Self::of_request(&(&*request, &*depot)).await
    }
}

// How a refusal becomes a response.

/// Replaces what was written so far, and keeps the fields that middleware added: those of CORS, a request id.
impl Scribe for AuthError {
    fn render(self, res: &mut Response) {
        let (answer, body) = response::<ResBody>(&self).into_parts();
        // salvo's own error takes away what describes the body before it, such as its encoding.
        if let Some(error) = StatusError::from_code(answer.status) {
            res.render(error);
        }
        res.status_code(answer.status).headers_mut().extend(answer.headers);
        res.body(body);
    }
}
