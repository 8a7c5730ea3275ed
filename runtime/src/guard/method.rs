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
            "no layer verified the request of this method: put RequiresAuthLayer::authenticate() round its service",
        )),
    };
    Expected::from(R::REQUIREMENT).decide(outcome).map(Authorized::new)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::access_token::AccessToken;
    use crate::guard::RequestHead;
    use crate::requirement::{Requirement, build};
    use crate::testing::Issuer;
    use crate::verifier::Verifier;

    struct Method;

    impl Requires for Method {
        const REQUIREMENT: Requirement = build::any_token();
        const AUTHORITY: Option<&'static str> = Some("own");
    }

    struct Head(String, Verifier);

    impl RequestHead for Head {
        fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
            std::iter::once(self.0.as_bytes())
        }

        fn verifier(&self) -> Option<&Verifier> {
            Some(&self.1)
        }
    }

    struct Request(Remembered);

    impl CheckedBefore for Request {
        fn remembered(&self) -> Option<Remembered> {
            Some(self.0.clone())
        }
    }

    /// A layer that asks for any authority, and a method that names one.
    #[tokio::test]
    async fn a_token_that_is_sent_again_is_not_verified_anew_for_the_method() {
        let issuer = Issuer::entra();
        let verifier = Verifier::builder(issuer.authority().named("own")).build().unwrap();
        verifier.ready().await;
        let head = Head(issuer.token().user("ada").scope("weather.read").bearer(), verifier);
        let token = AccessToken::of_request(&head).await.unwrap();
        let request = Request(Remembered::new(&head, &token, None).unwrap());
        let shared = || Arc::clone(authorize_method::<Method>(&request).unwrap().token().shared());
        assert!(Arc::ptr_eq(&shared(), &shared()));
    }
}
