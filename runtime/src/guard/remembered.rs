//! A verified token that stays with its request.

use super::{RequestHead, verifier_of};
use crate::access_token::AccessToken;
use crate::bearer::BearerToken;
use crate::verifier::Verifier;

/// A token that this request carries and that this verifier verified, so that a second extractor of the same handler
/// need not verify it again.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Remembered {
    verifier: Verifier,
    token: AccessToken,
    authority: Option<&'static str>,
}

impl Remembered {
    /// What to keep with the request after `token` was verified for it.
    #[must_use]
    pub fn new<H: RequestHead + ?Sized>(
        head: &H,
        token: &AccessToken,
        authority: Option<&'static str>,
    ) -> Option<Self> {
        let verifier = verifier_of(head)?.clone();
        Some(Self { verifier, token: token.clone(), authority })
    }

    /// The verified token, if the same verifier is now asked for the same text.
    pub(super) fn recall(
        &self,
        verifier: &Verifier,
        token: BearerToken<'_>,
        authority: Option<&str>,
    ) -> Option<AccessToken> {
        // A token that a named authority issued passes where any authority will do; not the other way round.
        let authority_fits = authority.is_none() || authority == self.authority;
        let same = self.verifier.is_same(verifier) && self.token.assertion().expose() == token.as_str();
        (same && authority_fits).then(|| self.token.clone())
    }
}
