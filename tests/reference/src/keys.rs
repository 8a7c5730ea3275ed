//! The keys of an issuer, and how long each of them serves.
//!
//! 1. A document that lists a key which has verified a token is believed at once, and so is one that replaces keys none
//!    of which ever did.
//! 2. Else the keys that it leaves out and that have verified a token serve on: until a listed one verifies a token, for
//!    an hour at most.
//! 3. No key serves when 24 hours have passed since it was last published.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use requires_auth::Reason;
use serde_json::Value;

use crate::header::Header;
use crate::profile::Profile;

const MAX_AGE: Duration = Duration::from_hours(24);
const MAX_RETENTION: Duration = Duration::from_hours(1);

/// A moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Seconds since 1970, as tokens count them. Can be set.
    pub unix: i64,
    /// Since some start. Cannot be set.
    pub elapsed: Duration,
}

/// A public key.
#[derive(Debug)]
pub struct Key {
    pub(crate) algorithm: Algorithm,
    kid: Option<String>,
    x5t: Option<String>,
    issuer: Option<String>,
    verifying: DecodingKey,
    jwk: Value,
}

/// The keys of one issuer.
#[derive(Clone, Debug)]
pub struct Keys {
    listed: Vec<Arc<Key>>,
    /// Of those listed.
    have_verified: Vec<Arc<Key>>,
    retained: Option<Retained>,
    /// `None` for keys that were given.
    fetched: Option<Now>,
}

#[derive(Clone, Debug)]
struct Retained {
    keys: Vec<Arc<Key>>,
    fetched: Option<Now>,
    until: Duration,
}

impl Key {
    /// The key of a JWK, for this algorithm.
    #[must_use]
    pub fn of(jwk: &Value, algorithm: Algorithm) -> Arc<Self> {
        let text = |name: &str| jwk[name].as_str().map(str::to_owned);
        let parsed: Jwk = serde_json::from_value(jwk.clone()).expect("a JWK");
        Arc::new(Self {
            algorithm,
            kid: text("kid"),
            x5t: text("x5t"),
            issuer: text("issuer"),
            verifying: DecodingKey::from_jwk(&parsed).expect("a public key"),
            jwk: jwk.clone(),
        })
    }

    pub(crate) fn has_signed(&self, text: &str, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, text.as_bytes(), &self.verifying, self.algorithm).unwrap_or(false)
    }

    /// A key names the issuer that it is for, if it names one.
    pub(crate) fn may_sign_for(&self, profile: &Profile, iss: &str) -> bool {
        self.issuer.as_deref().is_none_or(|of_key| profile.takes_keys_of(of_key, iss))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        (self.algorithm, &self.jwk) == (other.algorithm, &other.jwk)
    }
}

impl Keys {
    /// Keys that never change.
    #[must_use]
    pub fn given(keys: Vec<Arc<Key>>) -> Self {
        Self { listed: keys, have_verified: Vec::new(), retained: None, fetched: None }
    }

    /// Keys that were fetched now.
    #[must_use]
    pub fn fetched(keys: Vec<Arc<Key>>, now: Now) -> Self {
        Self { fetched: Some(now), ..Self::given(keys) }
    }

    /// The issuer publishes these now, and they were fetched.
    pub fn refresh(&mut self, keys: Vec<Arc<Key>>, now: Now) {
        let fetched_before = self.fetched.replace(now);
        if keys == self.listed {
            return;
        }
        let retained = self.retained(now).cloned();
        let was_retained = |key: &Arc<Key>| self.retained.as_ref().is_some_and(|retained| retained.keys.contains(key));
        let proved: Vec<_> =
            keys.iter().filter(|key| self.have_verified.contains(key) || was_retained(key)).cloned().collect();
        let left_out: Vec<_> = self.have_verified.iter().filter(|key| !keys.contains(key)).cloned().collect();
        self.retained = if !proved.is_empty() {
            None
        } else if left_out.is_empty() {
            retained
        } else {
            Some(Retained { keys: left_out, fetched: fetched_before, until: now.elapsed + MAX_RETENTION })
        };
        self.listed = keys;
        self.have_verified = proved;
    }

    /// The keys that the header names.
    pub(crate) fn candidates(&self, header: &Header, needs_kid: bool, now: Now) -> Result<Vec<Arc<Key>>, Reason> {
        if self.fetched.is_some_and(|fetched| now.since(fetched) >= MAX_AGE) {
            return Err(Reason::KeysUnavailable);
        }
        let fits = |key: &&Arc<Key>| key.algorithm == header.algorithm;
        let among = |keys: &[Arc<Key>]| -> Vec<Arc<Key>> {
            match (&header.kid, &header.x5t) {
                // A kid decides alone.
                (Some(_), _) => keys.iter().filter(|key| key.kid == header.kid).cloned().collect(),
                (None, Some(_)) => {
                    let named: Vec<_> = keys.iter().filter(|key| key.x5t == header.x5t).collect();
                    named.iter().copied().find(fits).or(named.first().copied()).cloned().into_iter().collect()
                }
                (None, None) if needs_kid => Vec::new(),
                (None, None) => match keys.iter().filter(fits).collect::<Vec<_>>()[..] {
                    [only] => vec![Arc::clone(only)],
                    _ => Vec::new(),
                },
            }
        };
        let retained = self.retained(now).map_or(&[][..], |retained| &retained.keys);
        let named = [among(&self.listed), among(retained)].concat();
        if named.is_empty() { Err(Reason::UnknownKey) } else { Ok(named) }
    }

    /// This key has verified a token.
    pub(crate) fn note_use(&mut self, key: &Arc<Key>) {
        if self.listed.contains(key) && !self.have_verified.contains(key) {
            self.have_verified.push(Arc::clone(key));
            self.retained = None;
        }
    }

    fn retained(&self, now: Now) -> Option<&Retained> {
        let is_young = |fetched: Now| now.since(fetched) < MAX_AGE;
        self.retained.as_ref().filter(|it| now.elapsed < it.until && it.fetched.is_none_or(is_young))
    }
}

impl Now {
    /// The longer of what the two clocks say.
    fn since(self, then: Self) -> Duration {
        let wall = u64::try_from(self.unix - then.unix).unwrap_or(0);
        Duration::from_secs(wall).max(self.elapsed.saturating_sub(then.elapsed))
    }
}
