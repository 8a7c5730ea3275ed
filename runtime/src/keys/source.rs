//! The state of one source, changed by events alone: it reads no clock and does no I/O.
//!
//! At most one refresh is in flight, so an old response cannot overwrite a newer one.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{oneshot, watch};

use super::key_set::{KeySet, MAX_AGE};
use super::own::PublishedKeys;
use super::refresh::{Reading, Refresh, RefreshError, Refreshed, Versions};
use super::snapshot::{AbsentKid, Asked, Due, FetchTime, Lookup, Now, Snapshot, TokenId, WantedKey, whole_seconds};
use super::{InitialKeys, KeyOrigin, KeySourceConfig};
use crate::discovery::ProviderMetadata;
use crate::jwk::SigningKey;
use crate::log;

/// Between scheduled refreshes, at most. An issuer's `max-age` shortens it, never below [`MIN_INTERVAL`], and never
/// lengthens it: what the issuer withdraws must be known within the hour.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
const MIN_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The longest pause between tries, while good keys serve and while there are none.
const MAX_BACKOFF: Duration = Duration::from_secs(5 * 60);
const MAX_BACKOFF_WITHOUT_KEYS: Duration = Duration::from_secs(15);

/// Between forced refreshes, after one that succeeded and one that failed.
const COOL_DOWN: Duration = Duration::from_secs(30);
const COOL_DOWN_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How long a request waits at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many absent kids are remembered, and for how long.
const MAX_ABSENT: usize = 256;
const ABSENT_FOR: Duration = Duration::from_secs(30);

/// How many tokens are remembered with an absent kid.
const MAX_TOKENS: usize = 8;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Event {
    /// A request waits for a kid, or for any keys at all.
    Ask { wanted: Wanted, reply: oneshot::Sender<Asked> },
    /// The refresh in flight has ended.
    Refreshed(Result<Refreshed, RefreshError>),
    /// Time has passed.
    Tick,
}

/// One source, as the keeper sees it.
pub(super) struct Source {
    config: Arc<KeySourceConfig>,
    published: Arc<ArcSwap<Snapshot>>,
    shares_with: Option<Arc<ArcSwap<Snapshot>>>,
    loaded: watch::Sender<bool>,
    jitter: Jitter,
    /// The issuer that the first one named stays the only one that is believed.
    metadata: Option<Arc<ProviderMetadata>>,
    /// The keys could not be had from where the metadata says: ask it again.
    metadata_is_doubtful: bool,
    keys: Option<KeySet>,
    versions: Versions,
    /// When both documents were last read in full, by no "not modified".
    read_in_full: Now,
    max_age: Option<Duration>,
    absent: VecDeque<AbsentKid>,
    unusable: Arc<[Box<str>]>,
    flight: Option<Flight>,
    /// Asked before the refresh in flight was started, so it answers them.
    asked_before: Vec<Waiter>,
    /// Asked during the flight. The issuer may have answered it without knowing their key yet.
    asked_during: Vec<Waiter>,
    forced_again: Duration,
    /// When something last happened, by the monotonic clock.
    alive: Duration,
    next_refresh: Duration,
    failures: u32,
    last_error: Option<Arc<str>>,
}

/// A [`WantedKey`] that is kept.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) kid: Option<Box<str>>,
    pub(super) signed_by: i64,
    pub(super) token: u64,
}

/// The refresh in flight.
#[derive(Clone, Copy, Debug)]
struct Flight {
    purpose: Purpose,
    started: Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// For a request.
    Forced,
    /// At its time.
    Scheduled,
}

#[derive(Debug)]
struct Waiter {
    wanted: Wanted,
    reply: oneshot::Sender<Asked>,
    until: Duration,
}

impl Source {
    /// A source that nothing was fetched from. Its first refresh is due at once, unless its file was read just now.
    pub(super) fn new(mut config: KeySourceConfig, loaded: watch::Sender<bool>, seed: u64, now: Now) -> Self {
        let initial = config.initial.take();
        let snapshot = Snapshot::empty(config.single_key_without_kid);
        let mut source = Self {
            config: Arc::new(config),
            published: Arc::new(ArcSwap::from_pointee(snapshot)),
            shares_with: None,
            loaded,
            jitter: Jitter(seed | 1),
            metadata: None,
            metadata_is_doubtful: false,
            keys: None,
            versions: Versions::default(),
            read_in_full: now,
            max_age: None,
            absent: VecDeque::new(),
            unusable: Arc::default(),
            flight: None,
            asked_before: Vec::new(),
            asked_during: Vec::new(),
            forced_again: Duration::ZERO,
            alive: now.monotonic,
            next_refresh: now.monotonic,
            failures: 0,
            last_error: None,
        };
        if let Some(initial) = initial {
            source.begin_with(initial, now);
        }
        source.publish();
        source
    }

    fn begin_with(&mut self, initial: InitialKeys, now: Now) {
        let InitialKeys { published: PublishedKeys { keys, unusable_kids }, metadata, age } = initial;
        let keys = KeySet::new(keys, Some(FetchTime { seen: now, age }));
        self.loaded.send_replace(keys.serves(now));
        self.keys = Some(keys);
        self.unusable = unusable_kids.into();
        self.metadata = metadata.map(Arc::new);
        if let KeyOrigin::File(_) = self.config.origin {
            self.next_refresh = now.monotonic + self.jitter.before(MIN_INTERVAL);
        }
    }

    /// Uses the keys of another source where they are equal, so that a thousand tenants with the same keys hold them once.
    pub(super) fn sharing(self, with: Arc<ArcSwap<Snapshot>>) -> Self {
        Self { shares_with: Some(with), ..self }
    }

    fn shared(&self, keys: Vec<Arc<SigningKey>>) -> Vec<Arc<SigningKey>> {
        let Some(other) = self.shares_with.as_ref().map(|other| other.load()) else { return keys };
        keys.into_iter().map(|key| other.equal_of(&key).unwrap_or(key)).collect()
    }

    /// Where requests read the keys.
    pub(super) fn published(&self) -> Arc<ArcSwap<Snapshot>> {
        Arc::clone(&self.published)
    }

    pub(super) fn config(&self) -> &KeySourceConfig {
        &self.config
    }

    /// Whether the question for `kid` would start a refresh.
    pub(super) fn would_fetch(&self, wanted: WantedKey<'_>, now: Now) -> bool {
        let snapshot = self.published.load();
        self.flight.is_none() && !snapshot.has(wanted.kid, now) && snapshot.miss(wanted, now) == Lookup::Ask
    }

    /// Goes on after the keeper panicked: whatever was in flight is lost.
    pub(super) fn recover(&mut self, now: Now) -> Option<Refresh> {
        self.step(Event::Refreshed(Err(RefreshError::Panicked)), now)
    }

    /// Whether its first keys are on their way.
    pub(super) fn is_loading(&self) -> bool {
        self.keys.is_none() && self.flight.is_some()
    }

    /// How many requests wait.
    pub(super) fn waiting(&self) -> usize {
        self.asked_before.len() + self.asked_during.len()
    }

    /// Forgets the requests that were dropped. Their wait would end in 5 seconds anyway.
    pub(super) fn forget_dropped(&mut self) {
        for waiters in [&mut self.asked_before, &mut self.asked_during] {
            waiters.retain(|waiter| !waiter.reply.is_closed());
        }
    }

    /// When the next [`Event::Tick`] is due.
    pub(super) fn wake_at(&self) -> Duration {
        let first = |waiters: &[Waiter]| waiters.first().map(|waiter| waiter.until);
        let refresh = if self.flight.is_some() { None } else { Some(self.next_refresh) };
        let settled = self.keys.as_ref().and_then(KeySet::retained_until);
        let due = [refresh, settled, first(&self.asked_before), first(&self.asked_during)];
        due.into_iter().flatten().min().unwrap_or(Duration::MAX)
    }

    /// Takes note of what happened, and returns the refresh to start now, if any.
    pub(super) fn step(&mut self, event: Event, now: Now) -> Option<Refresh> {
        self.alive = now.monotonic;
        self.settle(now);
        match event {
            Event::Ask { wanted, reply } => {
                let waiter = Waiter { wanted, reply, until: now.monotonic + PATIENCE };
                self.admit(waiter, now);
            }
            Event::Refreshed(outcome) => {
                // Its end; a second one, which never comes, would change nothing.
                let flight = self.flight.take()?;
                match outcome {
                    Ok(refreshed) => self.succeed(flight, refreshed, now),
                    Err(error) => self.fail(flight, &error, now),
                }
            }
            Event::Tick => {}
        }
        self.give_up_on_the_late(now);
        if self.flight.is_some() {
            None
        } else if !self.asked_before.is_empty() {
            Some(self.start(Purpose::Forced, now))
        } else if now.monotonic >= self.next_refresh {
            Some(self.start(Purpose::Scheduled, now))
        } else {
            None
        }
    }

    /// Lets go of the keys that were retained until the last document proved itself.
    fn settle(&mut self, now: Now) {
        if let Some(settled) = self.keys.as_ref().and_then(|keys| keys.settled(now)) {
            self.keys = Some(settled);
            self.publish();
            log::info!(target: LOG, source = self.config.name, "the signing keys that the issuer left out are gone");
        }
    }

    /// Answers `waiter` from what is known, or lets it wait: for a new refresh, which the caller starts, or for the one
    /// in flight.
    fn admit(&mut self, waiter: Waiter, now: Now) {
        let snapshot = self.published.load();
        let wanted = waiter.wanted.borrowed();
        if snapshot.has(wanted.kid, now) {
            return waiter.answer(Asked::Arrived);
        }
        match snapshot.miss(wanted, now) {
            Lookup::Ask if self.flight.is_some() => self.asked_during.push(waiter),
            Lookup::Ask => self.asked_before.push(waiter),
            Lookup::NotYet { retry_after } | Lookup::Unavailable { retry_after } => {
                waiter.answer(Asked::Refused { retry_after });
            }
            Lookup::Absent | Lookup::Found(_) => waiter.answer(Asked::Absent),
        }
    }

    fn start(&mut self, purpose: Purpose, now: Now) -> Refresh {
        // A scheduled refresh reads the metadata again, as the place of the keys may change. A forced one is for the
        // keys alone, unless that place is unknown or did not serve.
        let known = self.metadata.as_ref().filter(|_| !self.metadata_is_doubtful);
        let jwks_uri = match purpose {
            Purpose::Forced => known.map(|metadata| metadata.jwks_uri.clone()),
            Purpose::Scheduled => None,
        };
        // Where somebody waits for a key, and once a day, a server's word that nothing was modified is not enough: a
        // server that always says so would hide a new key, and keep a withdrawn one for ever.
        let versions = match purpose {
            Purpose::Scheduled if !self.metadata_is_doubtful && now.since(self.read_in_full) < MAX_AGE => {
                self.versions.clone()
            }
            _ => Versions::default(),
        };
        self.flight = Some(Flight { purpose, started: now });
        self.publish();
        log::debug!(target: LOG, source = self.config.name, flight = ?purpose, "refreshing signing keys");
        Refresh { config: Arc::clone(&self.config), jwks_uri, metadata: self.metadata.clone(), versions }
    }

    fn succeed(&mut self, flight: Flight, refreshed: Refreshed, now: Now) {
        let Refreshed { metadata, keys, jwks_uri, max_age, is_complete } = refreshed;
        if matches!((&metadata, &keys), (Some(Reading::New { .. }), Reading::New { .. })) {
            self.read_in_full = now;
        }
        let keys = match keys {
            Reading::New { content: PublishedKeys { keys, unusable_kids }, version } => {
                self.unusable = unusable_kids.into();
                self.versions.keys = version.map(|version| (jwks_uri, version));
                self.max_age = max_age;
                let keys = self.shared(keys);
                match &self.keys {
                    Some(old) => old.followed_by(keys, now),
                    None => KeySet::new(keys, Some(FetchTime::at(now))),
                }
            }
            Reading::Unchanged => {
                // RFC 9111 section 4.3.4: what the answer leaves out stays as it was.
                self.max_age = max_age.or(self.max_age);
                match &self.keys {
                    Some(same) => same.fetched_again(now),
                    // Nobody asked with the version of nothing.
                    None => return self.fail(flight, &RefreshError::Panicked, now),
                }
            }
        };
        let count = keys.len();
        let (is_first, is_recovery) = (self.keys.is_none(), self.failures > 0 && is_complete);
        let begins_to_retain =
            keys.retained_until().is_some() && self.keys.as_ref().is_some_and(|old| old.retained_until().is_none());
        // A key that was there and is not any more was looked up just now. As long as it is retained it is found before
        // anybody asks whether it is absent.
        let withdrawn = self.keys.as_ref().map(|old| old.kids_missing_in(&keys)).unwrap_or_default();
        for kid in &withdrawn {
            self.remember_absent(kid, None, flight.started, now);
        }
        // The metadata says for which issuer and cloud these keys may sign.
        let is_other_issuer =
            matches!(&metadata, Some(Reading::New { content, .. }) if self.names_other_issuer(content));
        self.keys = Some(if is_other_issuer { keys.of_other_issuer() } else { keys });
        if flight.purpose == Purpose::Forced {
            self.forced_again = now.monotonic + COOL_DOWN;
        }
        // Keys alone do not put the schedule off, else a flood of unknown kids would keep the metadata from being read.
        if let Some(Reading::New { content, version }) = metadata {
            self.metadata = Some(Arc::new(content));
            self.versions.metadata = version;
        }
        if is_complete {
            self.metadata_is_doubtful = false;
            self.failures = 0;
            self.last_error = None;
            let interval = self.max_age.unwrap_or(INTERVAL).clamp(MIN_INTERVAL, INTERVAL);
            self.next_refresh = now.monotonic + self.jitter.before(interval);
        }
        self.publish();

        // Who asked before the refresh began has been served by it: what is not there is known to be absent. That is
        // published before anyone is answered, so that whoever asks again at once gets the same answer.
        let snapshot = self.published.load_full();
        let served = mem::take(&mut self.asked_before);
        let arrived = |waiter: &Waiter| snapshot.has(waiter.wanted.kid.as_deref(), now);
        for Waiter { wanted, .. } in served.iter().filter(|waiter| !arrived(waiter)) {
            if let Some(kid) = &wanted.kid {
                self.remember_absent(kid, Some(wanted.token), flight.started, now);
            }
        }
        self.publish();
        self.loaded.send_replace(true);
        for waiter in served {
            let asked = if arrived(&waiter) { Asked::Arrived } else { Asked::Absent };
            waiter.answer(asked);
        }
        // Who asked meanwhile may need another.
        for waiter in mem::take(&mut self.asked_during) {
            self.admit(waiter, now);
        }

        let source = self.config.name.as_str();
        if is_first {
            log::info!(target: LOG, source, keys = count, "signing keys loaded");
        } else if is_recovery {
            log::info!(target: LOG, source, keys = count, "signing keys refreshed again after failures");
        } else {
            log::debug!(target: LOG, source, keys = count, "signing keys refreshed");
        }
        if begins_to_retain {
            log::info!(
                target: LOG, source,
                "the issuer left out signing keys that tokens are signed with; they serve until a key of the new \
                 document has verified a token, for an hour at most"
            );
        }
    }

    fn fail(&mut self, flight: Flight, error: &RefreshError, now: Now) {
        // The published set may be overdue, which ends here.
        let serving = self.keys.as_ref().is_some_and(|keys| keys.serves(now));
        let is_first = self.failures == 0;
        self.failures = self.failures.saturating_add(1);
        self.last_error = Some(error.to_string().into());
        self.metadata_is_doubtful |= error.is_about_keys();
        if error.is_about_content() {
            self.versions = Versions::default();
        }
        // A tenant without a set of its own is served from the one that all share.
        let is_stood_in_for = || self.shares_with.as_ref().is_some_and(|shared| shared.load().has_keys(now));
        let longest = if serving || is_stood_in_for() { MAX_BACKOFF } else { MAX_BACKOFF_WITHOUT_KEYS };
        let doubled = Duration::from_secs(1 << (self.failures - 1).min(16));
        let again = now.monotonic + self.jitter.around(doubled.min(longest));
        match flight.purpose {
            Purpose::Forced => {
                self.forced_again = now.monotonic + COOL_DOWN_AFTER_FAILURE;
                // One that was due meanwhile would fail too.
                let is_due = self.next_refresh <= now.monotonic;
                self.next_refresh = if is_due { again } else { self.next_refresh.min(again) };
            }
            Purpose::Scheduled => self.next_refresh = again,
        }
        self.publish();
        // Keys that are too old to serve are none.
        self.loaded.send_replace(serving);

        // Another try at once would fail too, so nobody waits for it.
        let retry_after = whole_seconds(self.forced_again.saturating_sub(now.monotonic));
        for waiter in mem::take(&mut self.asked_before).into_iter().chain(mem::take(&mut self.asked_during)) {
            waiter.answer(Asked::Refused { retry_after });
        }

        let source = self.config.name.as_str();
        if !is_first {
            log::debug!(target: LOG, source, %error, "signing keys still not refreshed");
        } else if serving {
            log::warn!(target: LOG, source, %error, "signing keys not refreshed; the last good ones serve for 24 hours");
        } else {
            log::warn!(target: LOG, source, %error, "no signing keys; tokens cannot be checked until they load");
        }
    }

    /// Ends the wait of those who waited long enough. The refresh goes on.
    fn give_up_on_the_late(&mut self, now: Now) {
        for waiters in [&mut self.asked_before, &mut self.asked_during] {
            let late = waiters.iter().take_while(|waiter| waiter.until <= now.monotonic).count();
            for waiter in waiters.drain(..late) {
                waiter.answer(Asked::REFUSED);
            }
        }
    }

    /// `token` was here when the look-up began.
    fn remember_absent(&mut self, kid: &str, token: Option<u64>, looked_up: Now, now: Now) {
        let before = self.absent.iter().find(|absent| *absent.kid == *kid);
        let before = before.map_or(&[][..], |absent| &absent.tokens);
        let tokens = token.into_iter().chain(before.iter().copied()).take(MAX_TOKENS).collect();
        self.absent.retain(|absent| now.monotonic < absent.until && *absent.kid != *kid);
        if self.absent.len() == MAX_ABSENT {
            self.absent.pop_front();
        }
        self.absent.push_back(AbsentKid {
            kid: kid.into(),
            looked_up: looked_up.unix,
            tokens,
            until: now.monotonic + ABSENT_FOR,
        });
        log::debug!(target: LOG, source = self.config.name, kid = crate::jwk::for_log(kid), "no such key");
    }

    /// Whether metadata bind the keys to another issuer or cloud than those before.
    fn names_other_issuer(&self, metadata: &ProviderMetadata) -> bool {
        let identity = |metadata: &ProviderMetadata| (metadata.issuer.clone(), metadata.cloud_instance_name.clone());
        self.metadata.as_deref().map(identity) != Some(identity(metadata))
    }

    fn publish(&self) {
        let due = match self.flight {
            Some(flight) => Due::EndOfRefresh { started: flight.started.monotonic },
            // One that is past begins now.
            None => Due::RefreshAt(self.next_refresh.max(self.alive)),
        };
        self.published.store(Arc::new(Snapshot {
            keys: self.keys.clone(),
            single_key_without_kid: self.config.single_key_without_kid,
            absent: self.absent.iter().cloned().collect(),
            unusable: Arc::clone(&self.unusable),
            forced_again: Some(self.forced_again),
            in_flight: self.flight.is_some(),
            due: Some(due),
            overdue_at: due.overdue_at(),
            failures: self.failures,
            last_error: self.last_error.clone(),
            metadata: self.metadata.clone(),
        }));
    }
}

impl Wanted {
    pub(super) fn borrowed(&self) -> WantedKey<'_> {
        WantedKey { kid: self.kid.as_deref(), signed_by: self.signed_by, token: TokenId::Hash(self.token) }
    }
}

impl Waiter {
    fn answer(self, asked: Asked) {
        // Whoever stopped waiting does not want to know.
        let _ = self.reply.send(asked);
    }
}

/// Spreads refreshes, so that a fleet started together does not fetch together. Need not be unpredictable (xorshift).
#[derive(Debug)]
struct Jitter(u64);

impl Jitter {
    /// `duration`, or up to a fifth less: what the issuer's `Cache-Control` allows is not exceeded.
    fn before(&mut self, duration: Duration) -> Duration {
        self.between(800, duration)
    }

    /// `duration`, a tenth more or less.
    fn around(&mut self, duration: Duration) -> Duration {
        self.between(900, duration)
    }

    /// `duration` times `per_mille` or up to 200 more.
    fn between(&mut self, per_mille: u32, duration: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        duration * (per_mille + u32::try_from(self.0 % 201).unwrap_or_default()) / 1000
    }
}

const LOG: &str = "requires_auth::keys";

#[cfg(test)]
mod tests;
