//! The keys of one source at one moment, and what they say about a token's key.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jsonwebtoken::Algorithm;

use super::key_set::{Candidates, KeySet, KeySetStamp};
use crate::clock::Clock;
use crate::discovery::ProviderMetadata;
use crate::jwk::SigningKey;

/// No issuer names its keys at such length; a longer `kid` is not looked up.
pub(super) const MAX_KID_BYTES: usize = 256;

/// Everything a request needs to know about one source. Never changes; the keeper publishes a new one.
pub(crate) struct Snapshot {
    pub(super) keys: Option<KeySet>,
    pub(super) single_key_without_kid: bool,
    pub(super) absent: Arc<[AbsentKid]>,
    /// Published with the keys, and of no use here.
    pub(super) unusable: Arc<[Box<str>]>,
    /// When the next forced refresh may start, on the monotonic clock. `None` if nothing is ever fetched.
    pub(super) forced_again: Option<Duration>,
    /// Whether a fetch is in flight, which a request can join.
    pub(super) in_flight: bool,
    /// When the keeper next has something to say, on the monotonic clock. `None` if nothing is ever fetched.
    pub(super) due: Option<Due>,
    /// From here on, on the monotonic clock, the keeper is too late for its keys to be used.
    pub(super) overdue_at: Duration,
    /// How many refreshes failed since one succeeded.
    pub(super) failures: u32,
    pub(super) last_error: Option<Arc<str>>,
    pub(super) metadata: Option<Arc<ProviderMetadata>>,
}

/// What the keeper is expected to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// To start a refresh.
    RefreshAt(Duration),
    /// To end the one that started then.
    EndOfRefresh { started: Duration },
}

/// How late the keeper may be. Keys that it should have refreshed before that verify nothing any more: it is dead or
/// starved, and would not hear that one of them was withdrawn.
pub(super) const MAX_LATENESS: Duration = Duration::from_secs(15 * 60);

/// When a refresh is given up. It reads two documents, each within 5 seconds, or a file.
pub(super) const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// A `kid` that was looked up and was not there.
#[derive(Clone)]
pub(super) struct AbsentKid {
    pub(super) kid: Arc<str>,
    /// The second of the wall clock in which the look-up began. The issuer may have published the key since.
    pub(super) looked_up: i64,
    /// Tokens that were here when it began.
    pub(super) tokens: Arc<[u64]>,
    /// On the monotonic clock. A key with this name may be published later.
    pub(super) until: Duration,
}

/// One moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) unix: i64,
    pub(crate) monotonic: Duration,
}

/// When keys were fetched: by this process, or by another one that handed them over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FetchTime {
    pub(super) seen: Now,
    /// How old they were when this process first saw them.
    pub(super) age: Duration,
}

/// What a token's JOSE header says about its key, unverified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyQuery<'a> {
    pub(crate) kid: Option<&'a str>,
    pub(crate) x5t: Option<&'a str>,
    pub(crate) algorithm: Algorithm,
    /// The last second in which the token can have been signed, by the issuer's clock. Unverified, as the rest.
    pub(crate) signed_by: i64,
    pub(crate) token: TokenId<'a>,
}

impl<'a> KeyQuery<'a> {
    /// What is asked for where no set has the key.
    pub(crate) fn wanted(&self) -> WantedKey<'a> {
        WantedKey { kid: self.kid, signed_by: self.signed_by, token: self.token }
    }

    /// Whether a key could be found by asking: a token without `kid`, or with one that no key has, gains nothing by it.
    pub(crate) fn can_be_looked_up(&self) -> bool {
        self.kid.is_some_and(|kid| kid.len() <= MAX_KID_BYTES)
    }
}

/// A key that a request waits for: of this name, or any key at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantedKey<'a> {
    pub(crate) kid: Option<&'a str>,
    /// See [`KeyQuery::signed_by`].
    pub(crate) signed_by: i64,
    pub(crate) token: TokenId<'a>,
}

/// The keys that may have signed a token, or why there are none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lookup<'a> {
    /// Looked up and not there: the token is wrong.
    Absent,
    /// Ask the keeper, wait, and look again with [`Snapshot::find_after`].
    Ask,
    /// At least one. Whichever verifies the token is told to [`Snapshot::note_use`].
    Found(Candidates<'a>),
    /// Not in the set, and it could not be looked up yet.
    NotYet { retry_after: Duration },
    /// There are no keys to check anything with.
    Unavailable { retry_after: Duration },
}

/// What came of asking the keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Looked up and not there.
    Absent,
    /// It is there now.
    Arrived,
    /// It could not be looked up in time, or not now.
    Refused { retry_after: Duration },
}

impl Snapshot {
    /// Before anything was fetched.
    pub(super) fn empty(single_key_without_kid: bool) -> Self {
        Self {
            keys: None,
            single_key_without_kid,
            absent: Arc::default(),
            unusable: Arc::default(),
            forced_again: Some(Duration::ZERO),
            in_flight: false,
            due: None,
            overdue_at: Duration::MAX,
            failures: 0,
            last_error: None,
            metadata: None,
        }
    }

    /// Keys that nobody fetches.
    pub(super) fn fixed(keys: Vec<Arc<SigningKey>>, single_key_without_kid: bool) -> Self {
        let keys = Some(KeySet::new(keys, None));
        Self { keys, forced_again: None, ..Self::empty(single_key_without_kid) }
    }

    /// Finds the keys that a token names. Takes no lock and does not allocate.
    ///
    /// 1. No keys, or only keys older than 24 hours: [`Lookup::Ask`] or [`Lookup::Unavailable`].
    /// 2. A `kid` decides alone; an `x5t` beside it is ignored.
    /// 3. Without `kid`, an `x5t` names the key; of several with that thumbprint, the one that fits the algorithm.
    /// 4. Without either, the only key that fits the algorithm, where the source allows that.
    pub(crate) fn find(&self, query: &KeyQuery<'_>, now: Now) -> Lookup<'_> {
        let keys = match (self.usable(now), query.kid) {
            (None, _) => return self.miss(WantedKey { kid: None, ..query.wanted() }, now),
            (Some(keys), Some(kid)) => keys.named(kid, now),
            (Some(keys), None) => match query.x5t {
                Some(x5t) => keys.with_thumbprint(x5t, query.algorithm, now),
                None if self.single_key_without_kid => keys.only_fitting(query.algorithm, now),
                None => Candidates::default(),
            },
        };
        if keys.is_empty() { self.miss(query.wanted(), now) } else { Lookup::Found(keys) }
    }

    /// Takes note that `key`, one of those found here, has verified a token. A new set of keys is adopted by that.
    pub(crate) fn note_use(&self, key: &SigningKey) {
        if let Some(keys) = &self.keys {
            keys.note_use(key);
        }
    }

    /// [`find`](Self::find), once more and for good: the answer is never [`Lookup::Ask`].
    pub(crate) fn find_after(&self, asked: Asked, query: &KeyQuery<'_>, now: Now) -> Lookup<'_> {
        let retry_after = match (self.find(query, now), asked) {
            (found @ Lookup::Found(_), _) => return found,
            (Lookup::Absent, _) | (_, Asked::Absent) => return Lookup::Absent,
            (_, Asked::Refused { retry_after })
            | (Lookup::NotYet { retry_after } | Lookup::Unavailable { retry_after }, Asked::Arrived) => retry_after,
            // What arrived is gone again: it was replaced in between.
            (Lookup::Ask, Asked::Arrived) => SOON,
        };
        self.could_not_look_up(retry_after, now)
    }

    /// What to answer about a key that is not in the set. It is absent where it was looked up after the token was signed:
    /// the token was here already, or is dated so. An issuer publishes a key before it signs with it, so that a look-up
    /// before that tells nothing.
    pub(super) fn miss(&self, wanted: WantedKey<'_>, now: Now) -> Lookup<'_> {
        if self.usable(now).is_some() {
            let Some(kid) = wanted.kid.filter(|kid| kid.len() <= MAX_KID_BYTES) else { return Lookup::Absent };
            let is_absent = |absent: &AbsentKid| {
                *absent.kid == *kid
                    && now.monotonic < absent.until
                    && (wanted.signed_by < absent.looked_up || absent.tokens.contains(&wanted.token.hash()))
            };
            if self.absent.iter().any(is_absent) {
                return Lookup::Absent;
            }
            if self.unusable.iter().any(|unusable| **unusable == *kid) {
                return Lookup::Absent;
            }
        }
        match self.forced_again {
            // A fixed set knows all the keys there are.
            None => Lookup::Absent,
            Some(_) if self.in_flight => Lookup::Ask,
            Some(again) if now.monotonic >= again => Lookup::Ask,
            Some(again) => self.could_not_look_up(whole_seconds(again.saturating_sub(now.monotonic)), now),
        }
    }

    fn could_not_look_up(&self, retry_after: Duration, now: Now) -> Lookup<'_> {
        if self.has_keys(now) { Lookup::NotYet { retry_after } } else { Lookup::Unavailable { retry_after } }
    }

    /// Whether the question of one who waits for `kid`, or for any keys at all, is settled by this set.
    pub(super) fn has(&self, kid: Option<&str>, now: Now) -> bool {
        self.usable(now).is_some_and(|keys| kid.is_none_or(|kid| !keys.named(kid, now).is_empty()))
    }

    /// The key of the last document that equals `key`.
    pub(super) fn equal_of(&self, key: &SigningKey) -> Option<Arc<SigningKey>> {
        self.keys.as_ref()?.equal_of(key).cloned()
    }

    /// Whether there are keys that may still be used.
    pub(crate) fn has_keys(&self, now: Now) -> bool {
        self.usable(now).is_some()
    }

    /// Which keys serve now; `None` where none may be used. What was verified with keys of an equal stamp would be verified
    /// with these.
    pub(crate) fn stamp(&self, now: Now) -> Option<KeySetStamp> {
        self.usable(now).map(|keys| keys.stamp(now))
    }

    /// Grows when a key comes or goes, and only then; 0 before there were keys.
    pub(crate) fn generation(&self) -> u64 {
        self.keys.as_ref().map_or(0, KeySet::generation)
    }

    /// The issuer that the provider metadata names.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.metadata.as_ref().map(|metadata| &*metadata.issuer)
    }

    /// The cloud that the provider metadata names.
    pub(crate) fn cloud_instance_name(&self) -> Option<&str> {
        self.metadata.as_ref()?.cloud_instance_name.as_deref()
    }

    /// Why the last refresh failed, in a sentence for the operator. `None` while refreshes succeed.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// By how much the keeper is late, where it is later than a refresh can take.
    pub(super) fn lateness(&self, now: Now) -> Option<Duration> {
        let late = now.monotonic.checked_sub(self.due?.at())?;
        (late > LONGEST_REFRESH).then_some(late)
    }

    fn usable(&self, now: Now) -> Option<&KeySet> {
        self.keys.as_ref().filter(|keys| now.monotonic < self.overdue_at && keys.serves(now))
    }
}

impl Due {
    /// When it is to be done at the latest.
    fn at(self) -> Duration {
        match self {
            Self::RefreshAt(at) => at,
            Self::EndOfRefresh { started } => started.saturating_add(LONGEST_REFRESH),
        }
    }

    /// When the keys are not used any more if it is not done.
    pub(super) fn overdue_at(self) -> Duration {
        self.at().saturating_add(MAX_LATENESS)
    }
}

/// Tells one token from another.
#[derive(Clone, Copy)]
pub(crate) enum TokenId<'a> {
    Text(&'a [u8]),
    Hash(u64),
}

impl TokenId<'_> {
    /// With a seed of this process, so that two tokens of one hash cannot be made.
    pub(super) fn hash(self) -> u64 {
        static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        match self {
            Self::Text(text) => SEED.hash_one(text),
            Self::Hash(hash) => hash,
        }
    }
}

/// Shows nothing of the token.
impl fmt::Debug for TokenId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenId")
    }
}

impl Now {
    pub(crate) fn read(clock: &dyn Clock) -> Self {
        let (unix, monotonic) = clock.both();
        Self { unix, monotonic }
    }

    /// The longer of what the two clocks say: the monotonic one may stand still while the machine sleeps, and the wall
    /// clock may be set back.
    pub(super) fn since(self, then: Self) -> Duration {
        let wall = u64::try_from(self.unix.saturating_sub(then.unix)).unwrap_or(0);
        Duration::from_secs(wall).max(self.monotonic.saturating_sub(then.monotonic))
    }
}

impl FetchTime {
    pub(super) fn at(seen: Now) -> Self {
        Self { seen, age: Duration::ZERO }
    }

    pub(super) fn age(self, now: Now) -> Duration {
        now.since(self.seen).saturating_add(self.age)
    }
}

impl Asked {
    /// Could not be asked; soon it can.
    pub(crate) const REFUSED: Self = Self::Refused { retry_after: SOON };
}

/// When a client may try again, where nothing tells a better time.
const SOON: Duration = Duration::from_secs(1);

/// `duration` in whole seconds, rounded up and at least one, as `Retry-After` counts them.
pub(super) fn whole_seconds(duration: Duration) -> Duration {
    let started = u64::from(duration.subsec_nanos() > 0);
    Duration::from_secs(duration.as_secs().saturating_add(started)).max(SOON)
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("keys", &self.keys.as_ref().map(KeySet::len))
            .field("generation", &self.generation())
            .field("last_error", &self.last_error)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
