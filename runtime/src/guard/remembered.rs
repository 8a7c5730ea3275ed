//! A verified token that stays with its request.

use super::{RequestHead, verifier_of};
use crate::access_token::AccessToken;
use crate::bearer::BearerToken;
use crate::verifier::{Verification, Verifier};

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
    /// What an extractor keeps with the request. Nothing where the verifier remembers the token itself, for whoever asks
    /// for any authority: for those it does not remember what was verified for a named one.
    pub(super) fn unless_cached<H: RequestHead + ?Sized>(
        head: &H,
        token: &AccessToken,
        authority: Option<&'static str>,
    ) -> Option<Self> {
        if authority.is_none() && token.shared().basis().is_cached {
            return None;
        }
        Self::new(head, token, authority)
    }

    /// What a layer keeps with the request, for methods that see no more of it.
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
    pub(super) fn recall(&self, verifier: &Verifier, token: &[u8], authority: Option<&str>) -> Option<AccessToken> {
        let same = self.verifier.is_same(verifier) && self.token.shared().token() == token;
        (same && self.fits(authority)).then(|| self.token.clone())
    }

    /// The same token for an authority that was not asked for before.
    pub(super) fn reverify(&self, authority: Option<&'static str>) -> Verification {
        if self.fits(authority) {
            return Verification::Decided(Ok(self.token.clone()));
        }
        if let Some(verified) = self.verifier.recall(self.token.shared().token(), authority) {
            return Verification::Decided(Ok(verified));
        }
        match BearerToken::from_token(self.token.shared().token(), self.verifier.max_token_bytes()) {
            Ok(token) => self.verifier.begin(token, authority),
            Err(refusal) => Verification::Decided(Err(refusal)),
        }
    }

    /// A token that a named authority issued passes where any authority will do; not the other way round.
    fn fits(&self, authority: Option<&str>) -> bool {
        authority.is_none() || authority == self.authority
    }
}
