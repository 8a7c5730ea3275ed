//! Those who call the API: with good tokens, with tokens of withdrawn keys, with invented ones.

use std::mem;
use std::time::Duration;

use futures_util::future::join_all;
use requires_auth::{AuthError, Reason};
use requires_auth_tests::wait::within;

use crate::key::Key;
use crate::schedule::{HOUR, MINUTE, Schedule};
use crate::world::{VERSIONS, World};

/// Invented tokens: at the first moment of a flood, all at once; later, at each moment.
const WAVE: usize = 4_000;
const TRICKLE: usize = 10;

impl World {
    /// Tokens that name keys or tenants nobody has.
    pub(crate) async fn flood(&mut self, begins: bool) {
        let count = if begins { WAVE } else { TRICKLE };
        self.counts.measure_memory();
        let (genuine, first) = (self.issuer.token().sign(), self.counts.invented);
        let invented = |number| (self.scenario.invented)(&genuine, self.issuer.tenant_id(), number);
        let tokens = (first..first + count).map(invented);
        let outcomes = if begins {
            within("a wave", join_all(tokens.map(|token| self.verifier.verify(&token)))).await
        } else {
            let mut outcomes = Vec::with_capacity(count);
            for token in tokens {
                outcomes.push(within("a decision", self.verifier.verify(&token)).await);
            }
            outcomes
        };
        for outcome in outcomes {
            let reason = outcome.expect_err("an invented token").reason();
            let expected = [Reason::UnknownKey, Reason::KeyNotLookedUp, Reason::KeysUnavailable, Reason::Signature];
            assert!(expected.contains(&reason), "{reason:?}");
        }
        self.counts.invented += count;
        self.counts.measure_memory();
    }

    /// Everybody calls the API.
    pub(crate) async fn call(&mut self, schedule: &Schedule, at: i64) {
        let mut keys = mem::take(&mut self.keys);
        let mut asks = schedule.flood_at(at).is_some();
        if !self.quiet {
            for key in keys.iter_mut().filter(|key| key.used && key.withdrawn.is_none()) {
                asks |= key.served.contains(&None) || schedule.has_long_fault(at);
                for version in 0..VERSIONS {
                    self.call_with_a_good_token(key, version).await;
                }
            }
            self.supersede(&mut keys);
        }
        for key in &mut keys {
            let Some(withdrawn) = &key.withdrawn else { continue };
            let since = at - withdrawn.at;
            // Often at first, then once an hour, past the day that a key serves without being fetched.
            let pause = if since < 3 * HOUR { MINUTE } else { HOUR };
            if since < 27 * HOUR && at - key.tried >= pause {
                asks = true;
                key.tried = at;
                for version in 0..VERSIONS {
                    self.call_with_a_withdrawn_key(key, version).await;
                }
            }
        }
        if asks {
            self.counts.ask(at, schedule);
        }
        self.keys = keys;
    }

    async fn call_with_a_good_token(&mut self, key: &mut Key, version: usize) {
        self.counts.good += 1;
        let token = key.token(&self.issuer, version, self.now());
        let (outcome, waited) = self.verify(&token).await;
        self.counts.longest_wait = self.counts.longest_wait.max(waited);
        let now = self.now();
        match outcome {
            Ok(()) => key.served[version] = Some(now),
            Err(refusal) if refusal.status() != 503 => {
                self.counts.good_refused += 1;
                println!("at {now}: a good token met {refusal:?} under {:?}", self.fault);
            }
            Err(refusal) if self.is_obtainable(key, version) => {
                self.counts.good_unserved += 1;
                println!("at {now}: a good token met {refusal:?} under {:?}", self.fault);
            }
            Err(refusal) => {
                self.counts.good_too_early += 1;
                if self.fault.is_none() {
                    let served = self.come_back(&token, &refusal).await;
                    self.counts.longest_to_new_key = self.counts.longest_to_new_key.max(served - now);
                    key.served[version] = Some(served);
                }
            }
        }
    }

    /// Does what `Retry-After` asks for until `token` is served, and returns when that was.
    async fn come_back(&self, token: &str, refusal: &AuthError) -> i64 {
        let mut refusal = refusal.clone();
        loop {
            let seconds = refusal.retry_after().expect("503 says when to come back");
            self.clock.advance(Duration::from_secs(seconds));
            match self.verify(token).await.0 {
                Ok(()) => return self.now(),
                Err(again) => refusal = again,
            }
        }
    }

    async fn call_with_a_withdrawn_key(&mut self, key: &mut Key, version: usize) {
        self.counts.withdrawn += 1;
        // The keeper tells of a refresh before requests see what it brought, on a busy machine long before.
        let gone = self.gone(key, version);
        let is_known = gone.is_none() || self.is_seen_by_requests(version).await;
        let token = key.token(&self.issuer, version, self.now());
        let (outcome, waited) = self.verify(&token).await;
        self.counts.longest_wait = self.counts.longest_wait.max(waited);
        self.counts.withdrawn_unclear += usize::from(!is_known);
        if outcome.is_err() || !is_known {
            return;
        }
        self.counts.withdrawn_served += 1;
        let (now, bound) = (self.now(), self.bound(key, version));
        let after = gone.map_or(0, |gone| now - gone);
        self.counts.longest_after_withdrawal = self.counts.longest_after_withdrawal.max(after);
        if now > bound {
            self.counts.withdrawn_past_bound += 1;
            println!("at {now}: a token of a withdrawn key was served past {bound}");
        }
    }

    /// Whether all that the keeper said so far can be seen by requests: it has since looked up a kid that is new to it.
    async fn is_seen_by_requests(&mut self, version: usize) -> bool {
        let now = self.now();
        if self.probed[version].0 != now {
            self.counts.probes += 1;
            let token = self.issuer.token().header("kid", format!("probe-{}", self.counts.probes));
            let token = if version == 0 { token.sign() } else { token.v1().sign() };
            let refusal = self.verify(&token).await.0.expect_err("an invented key");
            self.probed[version] = (now, refusal.reason() == Reason::UnknownKey);
        }
        self.probed[version].1
    }

    /// What `token` meets, and how long that took by the clock.
    pub(crate) async fn verify(&self, token: &str) -> (Result<(), AuthError>, i64) {
        let before = self.clock.unix_now();
        let mut asking = Box::pin(self.verifier.verify(token));
        let outcome = if self.is_slow() {
            within("the end of the wait", async {
                loop {
                    // Nobody announces that a request waits, so time passes by the second until it has an answer; slowly
                    // when that is due.
                    let is_due = self.clock.unix_now() - before >= 5;
                    let pause = Duration::from_millis(if is_due { 200 } else { 20 });
                    match tokio::time::timeout(pause, &mut asking).await {
                        Ok(outcome) => return outcome,
                        Err(_) => self.clock.advance(Duration::from_secs(1)),
                    }
                }
            })
            .await
        } else {
            within("a decision", asking).await
        };
        (outcome.map(drop), self.clock.unix_now() - before)
    }
}
