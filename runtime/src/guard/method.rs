//! Methods whose arguments a trait fixes: there a layer reads the request's head, and the method asks what it found.

use super::{Authorized, Expected, Remembered, Requires};
use crate::error::{AuthError, Reason};
use crate::verifier::Verification;

/// A request as a method of a trait takes it, behind a layer that verified its token.
///
/// Its own fields count for nothing: by now, those that came after the body may be among them.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "no layer verifies a `{Self}` before this method sees it",
    label = "the attribute on a trait's methods guards the requests of tonic and of tower services",
    note = "elsewhere, write the attribute on a free function or on an `impl` block without a trait"
)]
pub trait CheckedBefore {
    /// What the layer found.
    fn remembered(&self) -> Option<Remembered>;
}

impl<T: CheckedBefore + ?Sized> CheckedBefore for &T {
    fn remembered(&self) -> Option<Remembered> {
        T::remembered(self)
    }
}

impl<T: CheckedBefore + ?Sized> CheckedBefore for &mut T {
    fn remembered(&self) -> Option<Remembered> {
        T::remembered(self)
    }
}

/// Evaluates the requirement of a method on what the layer found.
///
/// # Errors
///
/// The refusal to answer with. Without a layer that is 500, as without a verifier.
#[doc(hidden)]
pub fn authorize_method<R: Requires>(request: &impl CheckedBefore) -> Result<Authorized<R>, AuthError> {
    let outcome = match request.remembered() {
        Some(found) => match found.reverify(R::AUTHORITY) {
            Verification::Decided(outcome) => outcome,
            // The key that verified it a moment ago is gone.
            Verification::Waiting(_) => Err(Reason::KeyNotLookedUp.into()),
        },
        None => Err(AuthError::new(Reason::NotConfigured).with_evidence(
            "no layer verified the request of this method: put RequiresAuthLayer::authenticate() round its service, \
             with .grpc() if it speaks gRPC",
        )),
    };
    Expected::from(R::REQUIREMENT).decide(outcome).map(Authorized::new)
}
