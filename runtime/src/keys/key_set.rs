//! The keys that serve: those of the last document, and for a while those that it left out.
//!
//! An issuer that stops publishing a key has withdrawn it, or has made a mistake. What tells the two apart is use:
//!
//! 1. A document that lists a key which has verified a token is believed at once, and so is one that replaces keys none
//!    of which ever did. What it leaves out is gone.
//! 2. Else it is adopted by the first token that one of its keys verifies, and 1 hour after it came at the latest. Until
//!    then the keys that it left out, and that have verified a token, are retained: they serve on.
//! 3. No key serves when 24 hours have passed since it was last published to us.
//!
//! Source: [Signing key rollover](https://learn.microsoft.com/entra/identity-platform/signing-key-rollover), which adopts
//! a new set once a request was validated with one of its keys, and gives each key 24 hours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jsonwebtoken::Algorithm;

use super::snapshot::{FetchTime, Now};
use crate::jwk::SigningKey;

/// How long keys serve after they were last fetched.
pub(super) const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long keys are retained at most, after a document left them out.
const MAX_RETENTION: Duration = Duration::from_secs(60 * 60);

/// The keys of one source at one moment.
#[derive(Clone)]
pub(super) struct KeySet {
    listed: SortedKeys,
    uses: Arc<Uses>,
    retained: Option<Retained>,
    /// Counts the contents that a source has had.
    generation: u64,
    /// Tells the sets of one source from those of another, and from those before a restart of the count.
    lineage: u64,
    /// When `listed` was fetched. `None` for a fixed set, which does not age.
    fetched: Option<FetchTime>,
}

/// Says which keys a set had. Two equal stamps mean equal keys, whatever set they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeySetStamp {
    lineage: u64,
    generation: u64,
    retains: bool,
}

/// The keys that may have signed a token. Their algorithm may differ from the token's, for the caller to refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Candidates<'a> {
    listed: &'a [Arc<SigningKey>],
    retained: &'a [Arc<SigningKey>],
}

/// Sorted by `kid`; of one `kid`, in the issuer's order.
#[derive(Clone, PartialEq)]
struct SortedKeys(Arc<[Arc<SigningKey>]>);

/// Which of the listed keys have verified a token. The one thing here that requests change.
struct Uses {
    /// In the order of the keys.
    marks: Box<[AtomicBool]>,
    /// Set with the first mark, and never taken back.
    adopted: AtomicBool,
}

/// Keys that the document left out although they have verified tokens.
#[derive(Clone)]
struct Retained {
    keys: SortedKeys,
    fetched: Option<FetchTime>,
    /// On the monotonic clock, as a clock that is set must not end it.
    until: Duration,
}

impl KeySet {
    /// Keys fetched at a moment, or fixed.
    pub(super) fn new(keys: Vec<Arc<SigningKey>>, fetched: Option<FetchTime>) -> Self {
        let listed = SortedKeys::new(keys);
        let uses = Arc::new(Uses::new(listed.0.iter().map(|_| false), true));
        Self { listed, uses, retained: None, generation: 1, lineage: next_lineage(), fetched }
    }

    /// The set that follows `self`. Shares the keys that both have, and keeps the generation if only the time of
    /// fetching differs.
    pub(super) fn followed_by(&self, keys: Vec<Arc<SigningKey>>, now: Now) -> Self {
        let shared = |key: Arc<SigningKey>| self.listed.equal_of(&key).map_or(key, Arc::clone);
        let listed = SortedKeys::new(keys.into_iter().map(shared).collect());
        if listed == self.listed {
            return self.fetched_again(now);
        }
        let was_used = |key: &Arc<SigningKey>| {
            let retained = self.retained.as_ref().is_some_and(|retained| retained.keys.equal_of(key).is_some());
            retained || self.uses.has(self.listed.position(key))
        };
        let marks: Vec<_> = listed.0.iter().map(was_used).collect();
        let retained = if marks.contains(&true) { None } else { self.retained_beside(&listed, now) };
        let uses = Arc::new(Uses::new(marks.into_iter(), retained.is_none()));
        let (generation, lineage) = (self.generation() + 1, self.lineage);
        Self { listed, uses, retained, generation, lineage, fetched: Some(FetchTime::at(now)) }
    }

    /// The keys that serve on beside a new document none of whose keys has verified a token.
    fn retained_beside(&self, next: &SortedKeys, now: Now) -> Option<Retained> {
        let proved = |key: &&Arc<SigningKey>| self.uses.has(self.listed.position(key)) && next.equal_of(key).is_none();
        let left_out: Vec<_> = self.listed.0.iter().filter(proved).cloned().collect();
        if left_out.is_empty() {
            // Of this set, too, no key has verified a token: what it left out itself is still unreplaced.
            return self.retained(now).cloned();
        }
        let until = now.monotonic + MAX_RETENTION;
        Some(Retained { keys: SortedKeys(left_out.into()), fetched: self.fetched, until })
    }

    /// The same set, as the issuer has just said.
    pub(super) fn fetched_again(&self, now: Now) -> Self {
        Self { fetched: Some(FetchTime::at(now)), ..self.clone() }
    }

    /// The set without retained keys, if they do not serve any more.
    pub(super) fn settled(&self, now: Now) -> Option<Self> {
        let is_over = self.retained.is_some() && self.retained(now).is_none();
        // At least one more than while they served, in whatever way that has ended.
        let generation = self.generation + 1;
        is_over.then(|| Self { retained: None, generation, ..self.clone() })
    }

    /// Until when keys are retained at most, on the monotonic clock.
    pub(super) fn retained_until(&self) -> Option<Duration> {
        self.retained.as_ref().map(|retained| retained.until)
    }

    /// Takes note that `key`, which is one of the candidates, has verified a token. Where that is known already, one
    /// relaxed load; never a lock.
    pub(super) fn note_use(&self, key: &SigningKey) {
        let position = self.listed.0.iter().position(|listed| std::ptr::eq(Arc::as_ptr(listed), key));
        self.uses.note(position);
    }

    /// The keys of this name.
    pub(super) fn named(&self, kid: &str, now: Now) -> Candidates<'_> {
        self.candidates(now, |keys| keys.named(kid))
    }

    /// The key with this thumbprint; of several, the one that fits the algorithm.
    pub(super) fn with_thumbprint(&self, x5t: &str, algorithm: Algorithm, now: Now) -> Candidates<'_> {
        self.candidates(now, |keys| keys.with_thumbprint(x5t, algorithm))
    }

    /// The key that fits the algorithm, where only one does.
    pub(super) fn only_fitting(&self, algorithm: Algorithm, now: Now) -> Candidates<'_> {
        self.candidates(now, |keys| keys.only_fitting(algorithm))
    }

    fn candidates<'a>(&'a self, now: Now, choose: impl Fn(&'a SortedKeys) -> &'a [Arc<SigningKey>]) -> Candidates<'a> {
        let retained = self.retained(now).map_or(&[][..], |retained| choose(&retained.keys));
        Candidates { listed: choose(&self.listed), retained }
    }

    fn retained(&self, now: Now) -> Option<&Retained> {
        let retained = self.retained.as_ref()?;
        let is_young = retained.fetched.is_none_or(|fetched| fetched.age(now) < MAX_AGE);
        (!self.uses.is_adopted() && now.monotonic < retained.until && is_young).then_some(retained)
    }

    /// Whether the set may still be used.
    pub(super) fn serves(&self, now: Now) -> bool {
        self.fetched.is_none_or(|fetched| fetched.age(now) < MAX_AGE)
    }

    /// The names of keys that this set lists and `next` does not.
    pub(super) fn kids_missing_in(&self, next: &Self) -> Vec<Box<str>> {
        let kids = self.listed.0.iter().filter_map(|key| key.kid.as_deref());
        kids.filter(|kid| next.listed.named(kid).is_empty()).map(Box::from).collect()
    }

    /// Grows when a key comes or goes, and only then.
    pub(super) fn generation(&self) -> u64 {
        self.generation + u64::from(self.retained.is_some() && self.uses.is_adopted())
    }

    /// Which keys serve now. Unlike [`generation`](Self::generation), it tells when keys are retained no longer.
    pub(super) fn stamp(&self, now: Now) -> KeySetStamp {
        let retains = self.retained(now).is_some();
        KeySetStamp { lineage: self.lineage, generation: self.generation, retains }
    }

    /// The same keys, of another issuer than before.
    pub(super) fn of_other_issuer(self) -> Self {
        Self { lineage: next_lineage(), ..self }
    }

    /// The listed key that equals `key`.
    pub(super) fn equal_of(&self, key: &SigningKey) -> Option<&Arc<SigningKey>> {
        self.listed.equal_of(key)
    }

    /// How long ago the keys were fetched. `None` for a fixed set.
    pub(super) fn age(&self, now: Now) -> Option<Duration> {
        self.fetched.map(|fetched| fetched.age(now))
    }

    /// The keys that the last document lists.
    pub(super) fn listed(&self) -> impl Iterator<Item = &SigningKey> {
        self.listed.0.iter().map(|key| &**key)
    }

    /// How many keys serve that the last document left out.
    pub(super) fn retained_len(&self, now: Now) -> usize {
        self.retained(now).map_or(0, |retained| retained.keys.0.len())
    }

    /// How many keys the last document lists.
    pub(super) fn len(&self) -> usize {
        self.listed.0.len()
    }
}

fn next_lineage() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl SortedKeys {
    fn new(mut keys: Vec<Arc<SigningKey>>) -> Self {
        // Stable, so that the issuer's order decides between two keys of one name.
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        keys.dedup();
        Self(keys.into())
    }

    fn named(&self, kid: &str) -> &[Arc<SigningKey>] {
        self.of_name(Some(kid))
    }

    fn of_name(&self, kid: Option<&str>) -> &[Arc<SigningKey>] {
        let start = self.0.partition_point(|key| key.kid.as_deref() < kid);
        let end = self.0.partition_point(|key| key.kid.as_deref() <= kid);
        self.0.get(start..end).unwrap_or_default()
    }

    fn equal_of(&self, key: &SigningKey) -> Option<&Arc<SigningKey>> {
        self.of_name(key.kid.as_deref()).iter().find(|other| ***other == *key)
    }

    fn position(&self, key: &SigningKey) -> Option<usize> {
        self.0.iter().position(|other| **other == *key)
    }

    fn with_thumbprint(&self, x5t: &str, algorithm: Algorithm) -> &[Arc<SigningKey>] {
        let named = || self.0.iter().filter(|key| key.x5t.as_deref() == Some(x5t));
        let fitting = named().find(|key| key.key.algorithm() == algorithm);
        fitting.or_else(|| named().next()).map_or(&[], std::slice::from_ref)
    }

    fn only_fitting(&self, algorithm: Algorithm) -> &[Arc<SigningKey>] {
        let mut fitting = self.0.iter().filter(|key| key.key.algorithm() == algorithm);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => std::slice::from_ref(only),
            _ => &[],
        }
    }
}

impl Uses {
    fn new(marks: impl Iterator<Item = bool>, adopted: bool) -> Self {
        Self { marks: marks.map(AtomicBool::new).collect(), adopted: AtomicBool::new(adopted) }
    }

    fn has(&self, position: Option<usize>) -> bool {
        position.and_then(|at| self.marks.get(at)).is_some_and(|mark| mark.load(Ordering::Relaxed))
    }

    /// Nothing else is read by whoever sees a mark, so that no order need be kept.
    fn note(&self, position: Option<usize>) {
        if let Some(mark) = position.and_then(|at| self.marks.get(at))
            && !mark.load(Ordering::Relaxed)
        {
            mark.store(true, Ordering::Relaxed);
            self.adopted.store(true, Ordering::Relaxed);
        }
    }

    fn is_adopted(&self) -> bool {
        self.adopted.load(Ordering::Relaxed)
    }
}

impl<'a> Candidates<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.listed.is_empty() && self.retained.is_empty()
    }

    /// Those of the last document first.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a SigningKey> {
        self.listed.iter().chain(self.retained).map(|key| &**key)
    }
}

#[cfg(test)]
mod tests;
