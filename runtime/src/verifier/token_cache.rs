//! Tokens that were verified before, so that the same one need not be verified again.
//!
//! 1. Only an [`AccessToken`](crate::AccessToken) can enter, and there is none without a verified signature: who has no
//!    token of the issuer can neither fill the cache nor push anything out of it.
//! 2. A token is found by the last bytes of its signature, which are as good as random, mixed with a seed of this process;
//!    then it is compared whole. No collision authenticates.
//! 3. Finding one says that it was verified. Whether that still holds is asked with every hit: see
//!    [`Verifier::recall`](super::Verifier).
//! 4. Reading takes no lock and allocates nothing. Readers share one mark per entry, which is written once, and the count of
//!    an entry's owners.
//!
//! Entries stand in sets of eight, of which one is given up when all are taken: first one that has expired, else one
//! that was not used since the last search (the second-chance rule). Beyond the bound of bytes a search goes on
//! from set to set, and gives up whichever of the two it meets; after a long row
//! of others, the next one.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use arc_swap::{ArcSwapOption, Guard};

use crate::access_token::Verified;

/// Verified tokens, up to a number of bytes.
pub(super) struct TokenCache {
    /// As many as a power of two.
    sets: Box<[Set]>,
    seed: u64,
    max_bytes: usize,
    /// All memory of the entries.
    bytes: AtomicUsize,
    /// Where the search for entries to give up goes on.
    hand: AtomicUsize,
}

const WAYS: usize = 8;

/// Eight entries. What a search reads first stands together, in one line of the processor's cache.
#[derive(Default)]
#[repr(align(64))]
struct Set {
    /// A part of the hash of each entry, so that a search follows no pointer in vain.
    tags: [AtomicU32; WAYS],
    /// Whether the entry was found since it was last considered for giving up.
    used: [AtomicBool; WAYS],
    tokens: [ArcSwapOption<Verified>; WAYS],
}

/// Where a token belongs.
#[derive(Clone, Copy)]
struct Place {
    set: usize,
    tag: u32,
}

/// An entry that was found, while it is looked at.
pub(super) struct Found<'s> {
    entry: Guard<Option<Arc<Verified>>>,
    way: Way<'s>,
}

impl TokenCache {
    /// About 10,000 tokens of 1.9 KB with what they state.
    pub(super) const DEFAULT_BYTES: usize = 32 * 1024 * 1024;

    /// The memory that one entry takes at least. Most take twice as much, so that half of the places stay empty and hardly a
    /// set is ever full.
    const EXPECTED_BYTES: usize = 1024;

    /// A cache of so many bytes; none for 0.
    pub(super) fn new(max_bytes: usize) -> Option<Self> {
        if max_bytes == 0 {
            return None;
        }
        Some(Self {
            sets: (0..sets_for(max_bytes)).map(|_| Set::default()).collect(),
            seed: RandomState::new().hash_one(()),
            max_bytes,
            bytes: AtomicUsize::new(0),
            hand: AtomicUsize::new(0),
        })
    }

    /// The token with exactly this text, if it was verified for this authority.
    pub(super) fn find(&self, token: &[u8], authority: Option<&str>) -> Option<Found<'_>> {
        let place = self.place(token, authority)?;
        let set = self.sets.get(place.set)?;
        set.ways().filter(|way| way.tag.load(Ordering::Relaxed) == place.tag).find_map(|way| {
            let entry = way.token.load();
            let is_it = entry.as_deref().is_some_and(|entry| is_entry_of(entry, token, authority));
            is_it.then_some(Found { entry, way })
        })
    }

    /// Whether it surely takes this token, whatever the token states.
    pub(super) fn has_room_for(&self, token: &[u8]) -> bool {
        // Its texts are three quarters as long as itself, and for each there is a span of eight bytes; an empty text takes
        // three bytes of JSON, which are four of the token.
        size_of::<Verified>() + 4 * token.len() < self.max_bytes
    }

    /// Takes a token that was verified at this second. One that is alone larger than the cache is left out.
    pub(super) fn insert(&self, verified: &Arc<Verified>, now: i64) {
        let bytes = verified.bytes();
        let (token, authority) = (verified.token(), verified.basis().authority);
        let Some(place) = self.place(token, authority).filter(|_| bytes <= self.max_bytes) else { return };
        let Some(way) = self.sets.get(place.set).and_then(|set| set.way_for(verified, place.tag, now)) else { return };
        way.tag.store(place.tag, Ordering::Relaxed);
        // Else the search below might find no other to give up.
        way.used.store(true, Ordering::Relaxed);
        // Counted before it can be seen: who takes it away at once counts down from no less than what is there.
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let old = way.token.swap(Some(Arc::clone(verified)));
        self.forget(old);
        self.shrink(now);
    }

    /// Gives up entries until the rest fit: those that have expired, and those that were not used since it came by last.
    /// Where a long row of them is in use, one of these, since a request waits for it.
    fn shrink(&self, now: i64) {
        const LONG_ROW: usize = 32;
        // Once round, and some more for those that others put in meanwhile.
        let (mut left, mut in_use) = (2 * WAYS * self.sets.len(), 0);
        while self.bytes.load(Ordering::Relaxed) > self.max_bytes && left > 0 {
            left -= 1;
            let hand = self.hand.fetch_add(1, Ordering::Relaxed);
            let set = self.sets.get(hand / WAYS % self.sets.len());
            let Some(way) = set.and_then(|set| set.way(hand % WAYS)) else { continue };
            // To take from an empty place costs as much as from one that is not.
            let Some(end) = way.token.load().as_deref().map(|entry| entry.basis().current.end) else { continue };
            if now >= end || !way.used.swap(false, Ordering::Relaxed) || in_use == LONG_ROW {
                self.forget(way.token.swap(None));
                in_use = 0;
            } else {
                in_use += 1;
            }
        }
    }

    fn forget(&self, old: Option<Arc<Verified>>) {
        if let Some(old) = old {
            self.bytes.fetch_sub(old.bytes(), Ordering::Relaxed);
        }
    }

    fn place(&self, token: &[u8], authority: Option<&str>) -> Option<Place> {
        /// The fractional part of the golden ratio: spreads every bit over those above it.
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let tail = u64::from_le_bytes(*token.last_chunk()?);
        let mut hash = (tail ^ self.seed).wrapping_mul(SPREAD);
        for byte in authority.unwrap_or_default().bytes() {
            hash = (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(SPREAD);
        }
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(SPREAD);
        let [a, b, c, d, set @ ..] = hash.to_le_bytes();
        let set = u32::from_le_bytes(set) as usize & (self.sets.len() - 1);
        // 0 is the tag of an empty place.
        Some(Place { set, tag: u32::from_le_bytes([a, b, c, d]) | 1 })
    }
}

fn sets_for(max_bytes: usize) -> usize {
    /// A table of 32 MiB, for 2 GiB of tokens. Whoever sets no bound in earnest gets no table without end.
    const MOST: usize = 1 << 18;
    max_bytes.div_ceil(TokenCache::EXPECTED_BYTES * WAYS).min(MOST).next_power_of_two()
}

fn is_entry_of(entry: &Verified, token: &[u8], authority: Option<&str>) -> bool {
    entry.token() == token && entry.basis().authority == authority
}

/// One of the eight places of a set.
#[derive(Clone, Copy)]
struct Way<'s> {
    tag: &'s AtomicU32,
    used: &'s AtomicBool,
    token: &'s ArcSwapOption<Verified>,
}

impl Set {
    fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        let ways = self.tags.iter().zip(&self.used).zip(&self.tokens);
        ways.map(|((tag, used), token)| Way { tag, used, token })
    }

    fn way(&self, number: usize) -> Option<Way<'_>> {
        self.ways().nth(number)
    }

    /// Where a token goes: in the place of itself, in an empty one, in that of one that has expired, else of the first
    /// that was not used lately.
    fn way_for(&self, verified: &Verified, tag: u32, now: i64) -> Option<Way<'_>> {
        let (token, authority) = (verified.token(), verified.basis().authority);
        let mut free = None;
        for way in self.ways() {
            let entry = way.token.load();
            match entry.as_deref() {
                Some(entry) if way.tag.load(Ordering::Relaxed) == tag && is_entry_of(entry, token, authority) => {
                    return Some(way);
                }
                Some(entry) if now < entry.basis().current.end => {}
                _ => free = free.or(Some(way)),
            }
        }
        free.or_else(|| {
            // The tag is as good as random, so that not always the same place is the first.
            let start = tag as usize >> 1;
            let from_there = || (start..start + WAYS).filter_map(|number| self.way(number % WAYS));
            let unused = from_there().find(|way| !way.used.swap(false, Ordering::Relaxed));
            unused.or_else(|| from_there().next())
        })
    }
}

impl Found<'_> {
    pub(super) fn verified(&self) -> Option<&Arc<Verified>> {
        self.entry.as_ref()
    }

    /// Takes note that it is still good, so that it keeps its place. Written once, so that the workers' processors can share
    /// the line.
    pub(super) fn note_use(&self) {
        let used = self.way.used;
        if !used.load(Ordering::Relaxed) {
            used.store(true, Ordering::Relaxed);
        }
    }
}

/// Shows no token.
impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes.load(Ordering::Relaxed);
        f.debug_struct("TokenCache").field("bytes", &bytes).field("max_bytes", &self.max_bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
