//! The issuer's keys, and when a token of one has to be served or refused.

use std::time::Duration;

use requires_auth::testing::{Issuer, KeyPair};

use crate::flights::{End, Flights};
use crate::schedule::{DAY, HOUR, STEP};
use crate::world::{VERSIONS, World};

/// Keys serve so long after they were last fetched.
const KEYS_SERVE: i64 = DAY;
/// A withdrawn key serves so long after the first refresh without it, while nobody sends a token of another.
const UNSEEN: i64 = HOUR;
/// Forced refreshes are so far apart, after one that succeeded and one that failed.
const COOL_DOWN: i64 = 30;
const COOL_DOWN_AFTER_FAILURE: i64 = 5;

/// A key, from the day on which it is published.
pub(crate) struct Key {
    pub(crate) pair: KeyPair,
    pub(crate) published: Moment,
    pub(crate) used: bool,
    pub(crate) withdrawn: Option<Moment>,
    /// When its tokens were last sent after that.
    pub(crate) tried: i64,
    tokens: [Option<Signed>; VERSIONS],
    /// When a token of it was last served, by version.
    pub(crate) served: [Option<i64>; VERSIONS],
    /// Since when another key's token was served after a refresh without this one.
    pub(crate) superseded: [Option<i64>; VERSIONS],
}

struct Signed {
    text: String,
    at: i64,
}

/// A time, and how many refreshes had started by then.
#[derive(Clone)]
pub(crate) struct Moment {
    pub(crate) at: i64,
    pub(crate) started: Vec<usize>,
    /// Of the sets that are asked first, which serve where a tenant's own has grown too old.
    pub(crate) started_first: Vec<usize>,
}

impl Key {
    pub(crate) fn new(pair: KeyPair, published: Moment) -> Self {
        Self {
            pair,
            published,
            used: false,
            withdrawn: None,
            tried: 0,
            tokens: [None, None],
            served: [None; VERSIONS],
            superseded: [None; VERSIONS],
        }
    }

    /// A token that lives for a day, as those under continuous access evaluation do, and is signed anew before it expires.
    pub(crate) fn token(&mut self, issuer: &Issuer, version: usize, now: i64) -> String {
        if self.tokens[version].as_ref().is_none_or(|token| now - token.at >= 23 * HOUR) {
            let token = issuer.token().user("ada").scope("weather.read").signed_by(&self.pair);
            let token = token.expires_in(Duration::from_hours(24));
            let text = if version == 0 { token.sign() } else { token.v1().sign() };
            self.tokens[version] = Some(Signed { text, at: now });
        }
        self.tokens[version].as_ref().map(|token| token.text.clone()).unwrap_or_default()
    }
}

impl World {
    /// Whether a good token of `key` has to be served: its key was fetched in the last 24 hours, or can be fetched now.
    pub(crate) fn is_obtainable(&self, key: &Key, version: usize) -> bool {
        let cools = |flights: Flights| {
            let after = |end: End| if end.succeeded { COOL_DOWN } else { COOL_DOWN_AFTER_FAILURE };
            flights.last_forced.is_some_and(|end| self.now() < end.at - self.started + after(end))
        };
        let is_asked = || !cools(self.flights_asked_first(version)) && !cools(self.flights(version));
        self.is_held(key, version) || (self.fault.is_none() && is_asked())
    }

    fn is_held(&self, key: &Key, version: usize) -> bool {
        self.fetched(key, version).is_some_and(|at| self.now() - at < KEYS_SERVE)
    }

    /// When a refresh last brought `key`: one that started while it was published.
    fn fetched(&self, key: &Key, version: usize) -> Option<i64> {
        self.fetched_in(&self.flights(version), key, |moment| moment.started[version])
    }

    fn fetched_in(&self, flights: &Flights, key: &Key, started: impl Fn(&Moment) -> usize) -> Option<i64> {
        let withdrawn = key.withdrawn.as_ref().map_or(usize::MAX, &started);
        let with_it = |(number, _): &&(usize, i64)| *number > started(&key.published) && *number <= withdrawn;
        flights.successes.iter().rev().find(with_it).map(|(_, at)| at - self.started)
    }

    /// When a refresh first came without `key`, which was withdrawn.
    pub(crate) fn gone(&self, key: &Key, version: usize) -> Option<i64> {
        let withdrawn = key.withdrawn.as_ref()?.started[version];
        let flights = self.flights(version);
        flights.successes.iter().find(|(number, _)| *number > withdrawn).map(|(_, at)| at - self.started)
    }

    /// Until when a token of `key`, which was withdrawn, may be served: 24 hours after the key was last fetched; an hour
    /// after the first refresh without it; one step after that if a token of another key was served.
    pub(crate) fn bound(&self, key: &Key, version: usize) -> i64 {
        let flights_first = self.flights_asked_first(version);
        let fetched_first = self.fetched_in(&flights_first, key, |moment| moment.started_first[version]);
        let bounds = [
            self.fetched(key, version).max(fetched_first).map(|at| at + KEYS_SERVE),
            self.gone(key, version).map(|at| at + UNSEEN),
            key.superseded[version].map(|at| at + STEP),
        ];
        bounds.into_iter().flatten().min().unwrap_or(0)
    }

    /// Notes for which withdrawn keys a successor was served after a refresh without them.
    pub(crate) fn supersede(&self, keys: &mut [Key]) {
        let now = self.now();
        for version in 0..VERSIONS {
            let is_served = |key: &Key| key.withdrawn.is_none() && key.served[version] == Some(now);
            let successor = keys.iter().any(is_served);
            for key in keys.iter_mut().filter(|key| key.withdrawn.is_some()) {
                if successor && self.gone(key, version).is_some() {
                    key.superseded[version].get_or_insert(now);
                }
            }
        }
    }
}
