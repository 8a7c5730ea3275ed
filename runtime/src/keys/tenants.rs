//! Keys by tenant: a set that all tenants share, and one of its own for every tenant that calls.
//!
//! Entra ID publishes the same keys for all tenants today, and asks to be read per tenant, since that may change
//! ([Signing key rollover](https://learn.microsoft.com/entra/identity-platform/signing-key-rollover)). Whoever sends a
//! token chooses its tenant, so nothing here is made for a tenant that a token only claims to come from:
//!
//! 1. A tenant's first token is verified with the shared set, which costs no fetch.
//! 2. Once it is verified, the tenant gets a set of its own, which decides alone from then on.
//! 3. A key that neither set has is looked up for that tenant alone, within an [`Allowance`]. Each tenant of which a token
//!    was verified has one of its own; all others share one. So a flood uses up what is left to its own tenant.
//! 4. At most [`MOST_TENANTS`] sets are kept, and only those in use. Of tenants whose set went, [`MOST_FORMER`] keep their
//!    allowance.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::{Keys, Now};

/// How many tenants have a set of their own. Others are served from the shared one.
pub(super) const MOST_TENANTS: usize = 1000;

/// How many tenants without a set are known to have had a verified token. About 100 bytes each.
pub(super) const MOST_FORMER: usize = 4096;

/// A set that no token was verified with for so long goes, as its tenant does not call any more.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// So long a set must have been idle to make room for another tenant.
const IDLE_ENOUGH: Duration = Duration::from_secs(10 * 60);

/// A set that was looked up for a token stays so long without a verified one.
const PROBATION: Duration = Duration::from_secs(60);

/// How many sets are fetched for the first time at once.
pub(super) const MOST_LOADING: usize = 8;

/// The sets of tenants, as requests see them.
pub(crate) struct TenantSets {
    published: ArcSwap<Published>,
    /// When a token that was sent again last asked for a set, in seconds of the monotonic clock plus one; 0 for never.
    asked: AtomicU64,
}

#[derive(Default)]
struct Published {
    sets: HashMap<Box<str>, Arc<TenantSet>>,
    /// There is no room, and nothing idle enough to make some.
    is_full: bool,
}

/// The keys of one tenant.
pub(crate) struct TenantSet {
    pub(crate) keys: Keys,
    /// When a token was last verified, in seconds of the monotonic clock plus one; 0 for never.
    used: AtomicU64,
}

/// The sets of tenants, as the keeper sees them.
pub(super) struct Tenancy {
    sets: Arc<TenantSets>,
    members: HashMap<Box<str>, Member>,
    /// Tenants that are no members any more.
    former: HashMap<Box<str>, Allowance>,
    /// Their names, the one that went first in front. A name may stand here that is a member again.
    former_in_order: VecDeque<Box<str>>,
    for_unknown: Allowance,
}

struct Member {
    source: u64,
    set: Arc<TenantSet>,
    since: Duration,
    allowance: Allowance,
}

/// How many look-ups may be made for tokens that nothing vouches for: some at once, then one every
/// [`PERIOD`](Self::PERIOD).
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    left: u32,
    counted: Duration,
}

impl TenantSets {
    pub(super) fn new() -> Self {
        Self { published: ArcSwap::from_pointee(Published::default()), asked: AtomicU64::new(0) }
    }

    /// The tenant's own set. Takes no lock.
    pub(crate) fn of(&self, tenant: &str) -> Option<Arc<TenantSet>> {
        self.published.load().sets.get(tenant).cloned()
    }

    /// Takes note that a token of `tenant` was verified. Returns whether the tenant should get a set of its own.
    pub(super) fn note_verified(&self, tenant: &str, now: Now) -> bool {
        let published = self.published.load();
        match published.sets.get(tenant) {
            Some(set) => {
                set.note_used(now);
                false
            }
            None => !published.is_full,
        }
    }

    /// The same for a token that is sent again, which may be a million times a second. All of them together ask once a
    /// second, so that the keeper can still hear who waits for a key.
    pub(super) fn note_recalled(&self, tenant: &str, now: Now) -> bool {
        let second = now.monotonic.as_secs() + 1;
        let has_asked = || self.asked.load(Ordering::Relaxed) == second;
        self.note_verified(tenant, now) && !has_asked() && self.asked.swap(second, Ordering::Relaxed) != second
    }
}

impl TenantSet {
    fn note_used(&self, now: Now) {
        let seconds = now.monotonic.as_secs() + 1;
        // Written once a minute at most, so that the workers' caches can share it.
        if self.used.load(Ordering::Relaxed) + 60 <= seconds || self.is_unproven() {
            self.used.store(seconds, Ordering::Relaxed);
        }
    }

    /// No token was verified with it yet.
    fn is_unproven(&self) -> bool {
        self.used.load(Ordering::Relaxed) == 0
    }

    fn idle(&self, now: Duration) -> Duration {
        let used = self.used.load(Ordering::Relaxed).saturating_sub(1);
        now.saturating_sub(Duration::from_secs(used))
    }
}

impl Tenancy {
    pub(super) fn new(sets: Arc<TenantSets>, now: Duration) -> Self {
        let (members, former, former_in_order) = (HashMap::new(), HashMap::new(), VecDeque::new());
        Self { sets, members, former, former_in_order, for_unknown: Allowance::new(now) }
    }

    /// The source of this tenant's keys.
    pub(super) fn source_of(&self, tenant: &str) -> Option<u64> {
        self.members.get(tenant).map(|member| member.source)
    }

    /// Whether a key may be looked up for this tenant that nothing vouches for.
    pub(super) fn allows_look_up(&mut self, tenant: &str, now: Duration) -> bool {
        let member = self.members.get_mut(tenant).filter(|member| !member.set.is_unproven());
        let its_own = member.map(|member| &mut member.allowance).or_else(|| self.former.get_mut(tenant));
        its_own.unwrap_or(&mut self.for_unknown).take(now)
    }

    /// Whether there is room for one more, after the set that was idle longest made some. Returns the source that went.
    pub(super) fn make_room(&mut self, now: Duration) -> Result<Option<u64>, Full> {
        if self.members.len() < MOST_TENANTS {
            return Ok(None);
        }
        let longest = self.members.iter().max_by_key(|(_, member)| member.set.idle(now));
        let longest = longest.filter(|(_, member)| member.set.idle(now) >= IDLE_ENOUGH);
        let Some(tenant) = longest.map(|(tenant, _)| tenant.clone()) else {
            self.publish(now);
            return Err(Full);
        };
        Ok(self.members.remove(&tenant).map(|member| {
            self.note_former(tenant, &member);
            member.source
        }))
    }

    /// Keeps the allowance of a tenant that was one of the members.
    fn note_former(&mut self, tenant: Box<str>, member: &Member) {
        if member.set.is_unproven() {
            return;
        }
        if self.former.insert(tenant.clone(), member.allowance).is_none() {
            self.former_in_order.push_back(tenant);
        }
        if self.former_in_order.len() > MOST_FORMER
            && let Some(first) = self.former_in_order.pop_front()
        {
            self.former.remove(&first);
        }
    }

    /// Adds a tenant. `verified` says that a token of it was verified already.
    pub(super) fn add(&mut self, tenant: Box<str>, source: u64, keys: Keys, verified: bool, now: Now) {
        let set = Arc::new(TenantSet { keys, used: AtomicU64::new(0) });
        if verified {
            set.note_used(now);
        }
        let allowance = self.former.get(&tenant).copied().unwrap_or_else(|| Allowance::new(now.monotonic));
        self.members.insert(tenant, Member { source, set, since: now.monotonic, allowance });
        self.publish(now.monotonic);
    }

    /// Takes away the tenant whose refresh failed, if no token vouches for it. Returns its source.
    pub(super) fn refresh_failed(&mut self, source: u64, now: Duration) -> Option<u64> {
        self.remove_if(now, |member| member.source == source && member.set.is_unproven()).pop()
    }

    /// Takes away what nobody uses. Returns the sources.
    pub(super) fn tidy(&mut self, now: Duration) -> Vec<u64> {
        self.remove_if(now, |member| {
            let alone = now.saturating_sub(member.since) >= PROBATION && member.set.is_unproven();
            alone || (!member.set.is_unproven() && member.set.idle(now) >= IDLE)
        })
    }

    fn remove_if(&mut self, now: Duration, is_over: impl Fn(&Member) -> bool) -> Vec<u64> {
        let was_full = self.members.len() >= MOST_TENANTS;
        let gone: Vec<_> = self.members.extract_if(|_, member| is_over(member)).collect();
        let sources = gone.iter().map(|(_, member)| member.source).collect();
        if was_full || !gone.is_empty() {
            self.publish(now);
        }
        for (tenant, member) in gone {
            self.note_former(tenant, &member);
        }
        sources
    }

    fn publish(&self, now: Duration) {
        let sets = self.members.iter().map(|(tenant, member)| (tenant.clone(), Arc::clone(&member.set))).collect();
        let is_full = self.members.len() >= MOST_TENANTS
            && self.members.values().all(|member| member.set.idle(now) < IDLE_ENOUGH);
        self.sets.published.store(Arc::new(Published { sets, is_full }));
    }
}

/// There is no room for another tenant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Allowance {
    const AT_ONCE: u32 = 16;
    const PERIOD: Duration = Duration::from_secs(2);

    fn new(now: Duration) -> Self {
        Self { left: Self::AT_ONCE, counted: now }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let periods = now.saturating_sub(self.counted).as_secs() / Self::PERIOD.as_secs();
        if periods > 0 {
            self.left = self.left.saturating_add(u32::try_from(periods).unwrap_or(u32::MAX)).min(Self::AT_ONCE);
            self.counted = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// When the next one will be there.
    pub(super) const fn retry_after() -> Duration {
        Self::PERIOD
    }
}

#[cfg(test)]
mod tests;
