//! Tokens that wait for their key, and what is asked meanwhile.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;

use super::compact::CompactToken;
use super::key_choice::{Progress, Whom};
use super::{Stop, Verifier};
use crate::access_token::AccessToken;
use crate::bearer::BearerToken;
use crate::error::{AuthError, Reason};
use crate::keys::{Asked, Keys, Now, TokenId, WantedKey};

/// The state of a verification after all that can be done without waiting.
pub(crate) enum Verification {
    Decided(Result<AccessToken, AuthError>),
    /// The keys are being fetched; the future owns what it needs.
    Waiting(Pin<Box<dyn Future<Output = Result<AccessToken, AuthError>> + Send>>),
}

/// A key that is asked for.
pub(super) struct Question {
    pub(super) route: usize,
    pub(super) whom: Whom,
    pub(super) tenant: Option<Box<str>>,
    pub(super) kid: Option<Box<str>>,
    pub(super) signed_by: i64,
}

/// What came of a question.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) route: usize,
    pub(super) progress: Progress,
}

impl Question {
    pub(super) fn answered(&self, asked: Asked) -> Told {
        Told { route: self.route, progress: self.whom.answered(asked) }
    }
}

impl Told {
    /// What it tells the issuer of `route`: that another one does not have a key says nothing.
    pub(super) fn to(self, route: usize) -> Progress {
        if self.route == route { self.progress } else { Progress::Fresh }
    }
}

impl Verifier {
    /// Verifies as far as the cached keys reach. `authority` must have issued the token, if it is given.
    pub(crate) fn begin(&self, token: BearerToken<'_>, authority: Option<&'static str>) -> Verification {
        let question = match self.attempt(token, authority, None) {
            Ok(verified) => return Verification::Decided(Ok(verified)),
            Err(Stop::Refused(refusal)) => return Verification::Decided(Err(self.describe(refusal, authority))),
            Err(Stop::AskForKey(question)) => question,
        };
        // What can never be a signature asks nobody for a key.
        if let Err(refusal) = CompactToken::split(token).and_then(|token| token.decode_signature()) {
            return Verification::Decided(Err(self.describe(refusal, authority)));
        }
        let Some(waiting) = WaitingToken::admit(self, token) else {
            let has_keys = self.keys_of(&question).is_some_and(|keys| keys.load().has_keys(Now::read(&*self.0.clock)));
            let reason = if has_keys { Reason::KeyNotLookedUp } else { Reason::KeysUnavailable };
            return Verification::Decided(Err(self.describe(reason.into(), authority)));
        };
        let asked = self.ask(&question, token.as_bytes());
        Verification::Waiting(Box::pin(async move {
            let verifier = &waiting.verifier;
            let mut told = question.answered(asked.await);
            // A token of one of many tenants may ask twice: for what they share, and for what is the tenant's own. Before
            // that, metadata may have told that the token is not of the authority that was asked first.
            for _ in 0..3 {
                let token = BearerToken::from_token(&waiting.token, verifier.max_token_bytes())?;
                match verifier.attempt(token, authority, Some(told)) {
                    Ok(token) => return Ok(token),
                    Err(Stop::Refused(refusal)) => return Err(verifier.describe(refusal, authority)),
                    Err(Stop::AskForKey(question)) => {
                        told = question.answered(verifier.ask(&question, &waiting.token).await);
                    }
                }
            }
            Err(verifier.describe(Reason::KeyNotLookedUp.into(), authority))
        }))
    }

    fn keys_of(&self, question: &Question) -> Option<&Keys> {
        self.0.routes.get(question.route).map(|route| &route.keys)
    }

    /// Asks for a key. The request is made here, not at the first poll.
    pub(super) fn ask(&self, question: &Question, token: &[u8]) -> Pin<Box<dyn Future<Output = Asked> + Send>> {
        let (kid, signed_by) = (question.kid.as_deref(), question.signed_by);
        let wanted = WantedKey { kid, signed_by, token: TokenId::Text(token) };
        match (self.keys_of(question), question.whom, question.tenant.as_deref()) {
            (Some(keys), Whom::Tenant { vouched }, Some(tenant)) => {
                Box::pin(keys.ask_for_tenant(tenant, wanted, vouched))
            }
            (Some(keys), _, _) => Box::pin(keys.ask(wanted)),
            (None, _, _) => Box::pin(std::future::ready(Asked::REFUSED)),
        }
    }
}

/// A token that waits for keys. Counted by its bytes, so that large ones cannot fill the memory while an issuer is slow.
struct WaitingToken {
    verifier: Verifier,
    token: Box<[u8]>,
}

impl WaitingToken {
    /// All tokens that wait at one time: tens of thousands of common size.
    const MOST_BYTES: usize = 32 * 1024 * 1024;

    /// The part of the bytes still free that one token may take. So a flood of large tokens ends where there is still
    /// room for those of common size: at 64 KiB each it leaves 1 MiB.
    const SHARE: usize = 16;

    fn admit(verifier: &Verifier, token: BearerToken<'_>) -> Option<Self> {
        let bytes = token.as_bytes().len();
        let waiting = &verifier.0.waiting_bytes;
        let before = waiting.fetch_add(bytes, Ordering::Relaxed);
        if bytes > Self::MOST_BYTES.saturating_sub(before) / Self::SHARE {
            waiting.fetch_sub(bytes, Ordering::Relaxed);
            return None;
        }
        Some(Self { verifier: verifier.clone(), token: token.as_bytes().into() })
    }
}

impl Drop for WaitingToken {
    fn drop(&mut self) {
        self.verifier.0.waiting_bytes.fetch_sub(self.token.len(), Ordering::Relaxed);
    }
}
