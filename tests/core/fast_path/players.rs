//! Verifiers that differ in their cache alone, their issuers, and the clock of all.

use std::cell::Cell;
use std::time::Duration;

use requires_auth::testing::{Issuer, ManualClock, Token};
use requires_auth::{Algorithm, Authority, Reason, Verifier};
use requires_auth_reference::keys::Now;
use requires_auth_reference::play::{ASKS, Ask, CACHES, Outcome, Refused, with_cache};
use requires_auth_tests::wait::{until, within};

/// Past the hourly refresh, whatever its jitter.
const PAST_THE_REFRESH: Duration = Duration::from_mins(67);

pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// Verifiers of an issuer like Entra ID, named "staff", and of a plain provider, named "partners".
pub(crate) struct Players {
    pub(crate) staff: Issuer,
    pub(crate) partners: Issuer,
    pub(crate) clock: ManualClock,
    elapsed: Cell<Duration>,
    verifiers: Vec<(&'static str, Verifier)>,
}

impl Players {
    pub(crate) async fn new() -> Self {
        Self::with_staff(Issuer::authority).await
    }

    pub(crate) async fn with_staff(authority: impl Fn(&Issuer) -> Authority) -> Self {
        let clock = ManualClock::starting_at(1_800_000_000);
        let (staff, partners) = (Issuer::entra().with_clock(clock.clone()), Issuer::oidc().with_clock(clock.clone()));
        let verifiers = CACHES.map(|(name, bytes)| {
            let algorithms = [Algorithm::RS256, Algorithm::ES256];
            let builder = Verifier::builder(authority(&staff).algorithms(algorithms).named("staff"));
            let builder = builder.and(partners.authority().algorithms(algorithms).named("partners"));
            (name, with_cache(builder.clock(clock.clone()), bytes).build().unwrap())
        });
        let players = Self { staff, partners, clock, elapsed: Cell::default(), verifiers: verifiers.into() };
        players.all_keys_are_here().await;
        players
    }

    /// A good token that lives long.
    pub(crate) fn token(&self) -> Token {
        self.staff.token().user("ada").scope("weather.read").expires_in(48 * HOUR)
    }

    pub(crate) fn now(&self) -> Now {
        Now { unix: self.clock.unix_now(), elapsed: self.elapsed.get() }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.elapsed.set(self.elapsed.get() + by);
        self.clock.advance(by);
    }

    /// What a request for the scope `weather.read` meets.
    #[track_caller]
    pub(crate) fn read(&self, token: &str) -> impl Future<Output = Result<(), Reason>> {
        self.ask(&ASKS[0], vec![format!("Bearer {token}").into_bytes()])
    }

    /// What a request meets: the same at every verifier, at once and once more.
    pub(crate) async fn ask(&self, ask: &Ask, fields: Vec<Vec<u8>>) -> Result<(), Reason> {
        let mut outcomes = Vec::<Outcome>::new();
        for (_, verifier) in &self.verifiers {
            for _ in 0..2 {
                outcomes.push(within("a decision", ask.of(&fields, verifier)).await);
            }
        }
        for (index, outcome) in outcomes.iter().enumerate() {
            // When to try again depends on when each of them failed to fetch keys.
            let both_wait = [outcome, &outcomes[0]].iter().all(|it| it.as_ref().is_err_and(Refused::is_unavailable));
            let context = || format!("cache {}, {:?}", self.verifiers[index / 2].0, ask.wanted);
            assert!(both_wait || outcome == &outcomes[0], "{}: {outcome:?}, {:?}", context(), outcomes[0]);
        }
        outcomes.remove(0).map(drop).map_err(|refused| refused.reason)
    }

    /// Lets the time for a refresh come, and returns when every verifier has the keys of now.
    pub(crate) async fn refresh(&self) {
        self.advance(PAST_THE_REFRESH);
        self.all_keys_are_here().await;
    }

    /// Lets time pass until an issuer that is back has been asked again.
    pub(crate) async fn recover(&self) {
        within("keys again", async {
            while self.verifiers.iter().any(|(_, verifier)| verifier.health().is_degraded()) {
                self.advance(Duration::from_mins(10));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        self.refresh().await;
    }

    pub(crate) fn generations(&self) -> Vec<u64> {
        let healths = self.verifiers.iter().map(|(_, verifier)| verifier.health());
        healths.flat_map(|health| health.issuers().iter().map(|issuer| issuer.generation).collect::<Vec<_>>()).collect()
    }

    async fn all_keys_are_here(&self) {
        until("the keys of now", || self.has_fetched_now()).await;
    }

    fn has_fetched_now(&self) -> bool {
        self.verifiers.iter().all(|(_, verifier)| {
            verifier.health().issuers().iter().all(|issuer| {
                issuer.age == Some(Duration::ZERO)
                    && issuer.failures == 0
                    && issuer.next_refresh != Some(Duration::ZERO)
            })
        })
    }
}
