//! The contract: what every framework must do, one function per case, by theme.

use requires_auth::Verifier;
use requires_auth::testing::{Issuer, ManualClock, Token};

use crate::client::{Answer, Request, Wire};
use crate::expect;
use crate::server::Server;

pub mod answers;
pub mod attacks;
pub mod carriage;
pub mod extractors;
pub mod keys;
pub mod lifecycle;
pub mod order;
pub mod process_wide;
pub mod streams;

/// An API and the issuer that it trusts, whose keys are there already.
struct Api<S> {
    issuer: Issuer,
    clock: ManualClock,
    verifier: Verifier,
    server: S,
}

impl<S: Server> Api<S> {
    /// Trusts an issuer like Entra ID.
    async fn entra() -> Self {
        Self::trusting(Issuer::entra()).await
    }

    async fn trusting(issuer: Issuer) -> Self {
        let api = Self::waiting_for_keys(issuer).await;
        crate::wait::within("the first keys", api.verifier.ready()).await;
        api
    }

    /// Does not wait for the issuer's keys.
    async fn waiting_for_keys(issuer: Issuer) -> Self {
        // Time stands still, so that no token ends and no key ages while a slow machine works.
        let clock = ManualClock::starting_now();
        let issuer = issuer.with_clock(clock.clone());
        let verifier = issuer.verifier();
        let server = S::start(Some(verifier.clone())).await;
        Self { issuer, clock, verifier, server }
    }

    async fn connect(&self) -> impl Wire {
        S::connect(self.server.address()).await
    }

    async fn send(&self, request: &Request) -> Answer {
        self.server.exchange(request).await
    }

    /// GET without a token.
    async fn get(&self, target: &str) -> Answer {
        self.send(&Request::get(target)).await
    }

    /// GET with a token.
    async fn get_with(&self, target: &str, token: &Token) -> Answer {
        self.send(&Request::get(target).bearer(token)).await
    }

    /// A token that `/read` grants.
    fn reader(&self) -> Token {
        self.issuer.token().user("ada").scope("weather.read")
    }

    /// 401: no bearer token. `scope` is what to request, where the guard knows it already.
    #[track_caller]
    fn missing_token(&self, answer: &Answer, scope: Option<&str>) {
        expect::missing_token(answer, &self.issuer, scope.filter(|_| S::CHALLENGES_WITH_THE_SCOPE));
    }

    /// A scope as a client requests it.
    fn requestable(&self, scope: &str) -> String {
        format!("api://{}/{scope}", self.issuer.client_id())
    }
}
