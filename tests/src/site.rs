//! An issuer, a verifier and their clock, for tests that need no framework.

use std::time::Duration;

use requires_auth::testing::{Issuer, ManualClock, Token};
use requires_auth::{AuthError, Reason, Verifier};

use crate::wait::{until, within};

/// Past the hourly refresh, whatever its jitter.
const PAST_THE_REFRESH: Duration = Duration::from_mins(67);

/// Longer than any cool-down between forced refreshes.
pub const COOL_DOWN: Duration = Duration::from_secs(31);

/// An issuer like Entra ID, a verifier of its tokens, and the clock of both.
#[derive(Clone, Debug)]
pub struct Site {
    /// Who signs.
    pub issuer: Issuer,
    /// Stands still until it is moved.
    pub clock: ManualClock,
    /// Who checks.
    pub verifier: Verifier,
}

impl Site {
    /// Does not wait for keys.
    #[must_use]
    pub fn start(issuer: Issuer) -> Self {
        let clock = ManualClock::starting_now();
        let issuer = issuer.with_clock(clock.clone());
        let verifier = issuer.verifier();
        Self { issuer, clock, verifier }
    }

    /// Waits for the first keys.
    pub async fn with_keys() -> Self {
        let site = Self::start(Issuer::entra());
        within("the first keys", site.verifier.ready()).await;
        site
    }

    /// A good token.
    pub fn token(&self) -> Token {
        self.issuer.token().user("ada").scope("weather.read")
    }

    /// What this token meets.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub async fn ask_with(&self, token: &Token) -> Result<(), AuthError> {
        within("a decision", self.verifier.verify(&token.sign())).await.map(drop)
    }

    /// What a good token that is signed now meets.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub async fn ask(&self) -> Result<(), AuthError> {
        self.ask_with(&self.token()).await
    }

    /// Lets the time for a refresh come, and returns when it has ended.
    pub async fn refresh(&self) {
        let before = self.issuer.requests().metadata_v2;
        self.clock.advance(PAST_THE_REFRESH);
        until("the hourly refresh", || self.issuer.requests().metadata_v2 > before).await;
        // Its end is not announced, but who asks for a key that nobody knows waits for it.
        let stranger = self.token().header("kid", "nobody's");
        assert!(self.ask_with(&stranger).await.is_err());
        // That took the one forced refresh of a cool-down, which the test may need itself.
        self.clock.advance(COOL_DOWN);
    }

    /// Lets time pass until a good token is good again.
    pub async fn recovers(&self) {
        within("an issuer that tells the truth again", async {
            while self.ask().await.is_err() {
                self.clock.advance(Duration::from_mins(10));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
}

/// Refused, for this reason.
#[track_caller]
pub fn refused(reason: Reason, outcome: Result<(), AuthError>) {
    assert_eq!(outcome.unwrap_err().reason(), reason);
}
