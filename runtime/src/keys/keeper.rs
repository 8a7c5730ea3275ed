//! The background thread that keeps the keys of all sources current.
//!
//! It has a runtime of its own, so it works under any executor, before there is one, and after one has gone.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::future::poll_fn;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::{Id, JoinSet};

use super::fetch::Transport;
use super::inspection::Inspection;
use super::refresh::{Refresh, RefreshError, Refreshed};
use super::snapshot::{Asked, LONGEST_REFRESH, Now, WantedKey};
use super::source::{Event, Source, Wanted};
use super::tenants::{Allowance, MOST_LOADING, Tenancy, TenantSets};
use super::{KeeperLink, KeySourceConfig, Keys};
use crate::clock::Clock;
use crate::log;

/// How many requests may wait for keys, over all sources. One source may have half of them.
const MAX_WAITING: usize = 8192;

/// How many looks at a source may be under way.
const MAX_INSPECTIONS: usize = 64;

/// Holds the thread. Dropping it tells the thread to end, and does not wait for that.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The thread sees this side go.
    _running: oneshot::Sender<()>,
}

/// What a request wants of the keeper.
#[derive(Debug)]
pub(super) enum Request {
    /// To wait for a kid of a source, or for any keys.
    Look { source: u64, wanted: Wanted, reply: oneshot::Sender<Asked> },
    /// The same for a tenant, of those that share a source.
    LookForTenant { shared: u64, tenant: Box<str>, wanted: Wanted, vouched: bool, reply: oneshot::Sender<Asked> },
    /// One look at the documents of a source, which changes nothing.
    Inspect { source: u64, reply: oneshot::Sender<Inspection> },
    /// A set of its own for a tenant, a token of which was verified with the shared one.
    Adopt { shared: u64, tenant: Box<str> },
}

/// The operating system did not give us a thread or its event queue.
#[derive(Debug)]
pub(crate) struct KeeperStartError(io::Error);

impl Keeper {
    /// Starts fetching all `sources` and returns a handle for each, in their order. Does not wait for the network.
    pub(crate) fn start(
        sources: Vec<KeySourceConfig>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Vec<Keys>), KeeperStartError> {
        let (running, stopped) = oneshot::channel();
        let (requests, inbox) = mpsc::channel(MAX_WAITING);
        let now = Now::read(&*clock);
        let mut keeping = Keeping {
            sources: BTreeMap::new(),
            ticks: BTreeSet::new(),
            waiting: 0,
            loading: BTreeSet::new(),
            refreshes: JoinSet::new(),
            refreshed: HashMap::new(),
            next_source: 0,
            tenancies: BTreeMap::new(),
            next_tidying: now.monotonic,
            inspections: Arc::new(Semaphore::new(MAX_INSPECTIONS)),
            inbox,
            requests: requests.downgrade(),
            stopped,
            transport,
            clock,
        };
        let handles = sources.into_iter().map(|config| keeping.add(config, None, requests.clone(), now).1).collect();
        spawn(keeping).map_err(KeeperStartError)?;
        Ok((Self { _running: running }, handles))
    }
}

/// Runs `keeping` on a thread and a runtime of its own.
fn spawn(mut keeping: Keeping) -> io::Result<()> {
    let (started, is_started) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new().name("requires-auth-keys".to_owned()).spawn(move || {
        // Built here, because a runtime must not be dropped on a thread of another one, should anything fail.
        let runtime = Builder::new_current_thread().enable_all().on_thread_start(log::mute_this_thread).build();
        let runtime: Runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return drop(started.send(Err(error))),
        };
        drop(started.send(Ok(())));
        keeping.run_on(&runtime);
        // A name lookup of the operating system can take half a minute, and nobody waits for it any more.
        runtime.shutdown_background();
    })?;
    is_started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread ended at once")))
}

/// What the thread owns.
struct Keeping {
    /// By number; no number is given twice.
    sources: BTreeMap<u64, KeptSource>,
    /// When each source is to be looked at again. Kept in order, as are the two below it counted, so that what a request
    /// costs does not grow with the number of tenants.
    ticks: BTreeSet<(Duration, u64)>,
    /// How many requests wait, over all sources.
    waiting: usize,
    /// The sources of tenants whose first keys are on their way, each after the one that it shares.
    loading: BTreeSet<(u64, u64)>,
    /// Tasks, so that a panic costs one refresh and not the thread.
    refreshes: JoinSet<Result<Refreshed, RefreshError>>,
    /// Which source each of them is for.
    refreshed: HashMap<Id, u64>,
    next_source: u64,
    /// The tenants that share a source, by that source.
    tenancies: BTreeMap<u64, Tenancy>,
    next_tidying: Duration,
    inspections: Arc<Semaphore>,
    inbox: mpsc::Receiver<Request>,
    /// For the handles of sources to come. Does not keep the inbox open.
    requests: mpsc::WeakSender<Request>,
    stopped: oneshot::Receiver<()>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

/// A source, and what was last noted of it.
struct KeptSource {
    source: Source,
    /// The source that it shares with other tenants, for that of a tenant.
    shared: Option<u64>,
    tick: Duration,
    waiting: usize,
}

/// Why the thread woke up.
enum Woken {
    ByRefresh(u64, Result<Refreshed, RefreshError>),
    ByRequest(Request),
    ByTime,
    ToStop,
}

/// Between looks for tenants that do not call any more.
const TIDYING: Duration = Duration::from_secs(30);

/// Between a panic of the thread and its next try, so that one that comes back at once does not keep a core busy.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(1);

impl Keeping {
    /// Runs until the verifier is gone. A panic costs what was in flight, never the thread: without it no key would be
    /// fetched again, and a withdrawn one would be believed.
    fn run_on(&mut self, runtime: &Runtime) {
        let mut has_panicked = false;
        loop {
            let ended = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async {
                    if has_panicked {
                        self.recover().await;
                    }
                    self.run().await;
                });
            }));
            let Err(payload) = ended else { return };
            log::discard(payload);
            has_panicked = true;
            log::error!(
                target: "requires_auth::keys",
                "the thread that fetches the signing keys panicked and starts again; please report this as a bug of \
                 requires-auth"
            );
        }
    }

    /// Begins anew with the sources as they are. The refreshes in flight are lost, and so counted as failed.
    async fn recover(&mut self) {
        let now = Now::read(&*self.clock);
        self.clock.sleep_until(now.monotonic + PAUSE_AFTER_PANIC).await;
        let now = Now::read(&*self.clock);
        self.refreshes = JoinSet::new();
        self.refreshed.clear();
        let all: Vec<u64> = self.sources.keys().copied().collect();
        for number in all {
            if let Some(refresh) = self.sources.get_mut(&number).and_then(|kept| kept.source.recover(now)) {
                self.start(number, refresh);
            }
            self.note(number);
        }
    }

    async fn run(&mut self) {
        loop {
            let now = Now::read(&*self.clock);
            self.tidy(now);
            let due = self.ticks.range(..=(now.monotonic, u64::MAX));
            let due: Vec<u64> = due.map(|(_, number)| *number).collect();
            for number in due {
                self.step(number, Event::Tick, now);
            }
            let woken = self.wait().await;
            let now = Now::read(&*self.clock);
            match woken {
                Woken::ByRefresh(number, outcome) => {
                    let failed = outcome.is_err();
                    self.step(number, Event::Refreshed(outcome), now);
                    if failed {
                        self.forget_if_unproven(number, now);
                    }
                }
                Woken::ByRequest(request) => self.serve(request, now),
                Woken::ByTime => {}
                Woken::ToStop => return,
            }
        }
    }

    /// Adds a source, whose first refresh is due at once. Returns its number and the handle to its keys.
    fn add(
        &mut self,
        config: KeySourceConfig,
        shared: Option<u64>,
        requests: mpsc::Sender<Request>,
        now: Now,
    ) -> (u64, Keys) {
        let number = self.next_source;
        self.next_source += 1;
        let (loaded, is_loaded) = watch::channel(false);
        let tenants = config.tenants.as_ref().map(|_| Arc::new(TenantSets::new()));
        if let Some(sets) = &tenants {
            self.tenancies.insert(number, Tenancy::new(Arc::clone(sets), now.monotonic));
        }
        // A fresh hasher is the random number that the standard library has.
        let seed = RandomState::new().build_hasher().finish();
        let mut source = Source::new(config, loaded, seed, now);
        if let Some(shared) = shared.and_then(|shared| self.sources.get(&shared)) {
            source = source.sharing(shared.source.published());
        }
        let snapshot = source.published();
        let tick = source.wake_at();
        self.ticks.insert((tick, number));
        self.sources.insert(number, KeptSource { source, shared, tick, waiting: 0 });
        let link = KeeperLink { source: number, process: std::process::id(), requests, loaded: is_loaded };
        (number, Keys { snapshot, keeper: Some(link), tenants })
    }

    fn serve(&mut self, request: Request, now: Now) {
        match request {
            Request::Look { source, wanted, reply } => self.look(source, wanted, reply, now),
            Request::LookForTenant { shared, tenant, wanted, vouched, reply } => {
                let free = vouched || !self.would_fetch(shared, &tenant, wanted.borrowed(), now);
                let allowed = free || self.allows_look_up(shared, &tenant, now);
                let source = if allowed { self.source_for(shared, tenant, false, now) } else { None };
                match source {
                    Some(source) => self.look(source, wanted, reply, now),
                    // A failed send means that the request was dropped.
                    None => drop(reply.send(Asked::Refused { retry_after: Allowance::retry_after() })),
                }
            }
            Request::Inspect { source, reply } => self.inspect(source, reply),
            Request::Adopt { shared, tenant } => {
                if self.loading.range((shared, 0)..=(shared, u64::MAX)).count() < MOST_LOADING {
                    self.source_for(shared, tenant, true, now);
                }
            }
        }
    }

    /// Looks beside all that is kept. Where too many look already the reply is dropped, which says so.
    fn inspect(&self, source: u64, reply: oneshot::Sender<Inspection>) {
        let Some(kept) = self.sources.get(&source) else { return };
        let Ok(permit) = Arc::clone(&self.inspections).try_acquire_owned() else { return };
        let looking =
            Inspection::run(kept.source.config().clone(), Arc::clone(&self.transport), Arc::clone(&self.clock));
        tokio::spawn(async move {
            // A failed send means that nobody waits any more.
            let _ = reply.send(looking.await);
            drop(permit);
        });
    }

    /// Whether the question for a tenant's key would start a fetch, rather than join one or be answered at once.
    fn would_fetch(&self, shared: u64, tenant: &str, wanted: WantedKey<'_>, now: Now) -> bool {
        let source = self.tenancies.get(&shared).and_then(|tenancy| tenancy.source_of(tenant));
        source.and_then(|source| self.sources.get(&source)).is_none_or(|kept| kept.source.would_fetch(wanted, now))
    }

    fn allows_look_up(&mut self, shared: u64, tenant: &str, now: Now) -> bool {
        self.tenancies.get_mut(&shared).is_some_and(|tenancy| tenancy.allows_look_up(tenant, now.monotonic))
    }

    fn look(&mut self, source: u64, wanted: Wanted, reply: oneshot::Sender<Asked>, now: Now) {
        if self.has_room(source) {
            self.step(source, Event::Ask { wanted, reply }, now);
        } else {
            // A failed send means that the request was dropped.
            let _ = reply.send(Asked::REFUSED);
        }
    }

    /// The source of a tenant, of those that share one; a new one where there is room.
    fn source_for(&mut self, shared: u64, tenant: Box<str>, verified: bool, now: Now) -> Option<u64> {
        let tenancy = self.tenancies.get_mut(&shared)?;
        if let Some(source) = tenancy.source_of(&tenant) {
            return Some(source);
        }
        if let Some(evicted) = tenancy.make_room(now.monotonic).ok()? {
            self.remove(evicted);
        }
        let config = self.sources.get(&shared)?.source.config().of_tenant(&tenant)?;
        // Without any handle the keeper is about to end.
        let (number, keys) = self.add(config, Some(shared), self.requests.upgrade()?, now);
        self.tenancies.get_mut(&shared)?.add(tenant, number, keys, verified, now);
        Some(number)
    }

    /// Takes away a tenant's source that failed, and that no verified token vouches for.
    fn forget_if_unproven(&mut self, source: u64, now: Now) {
        let shared = self.sources.get(&source).and_then(|kept| kept.shared);
        let tenancy = shared.and_then(|shared| self.tenancies.get_mut(&shared));
        if let Some(gone) = tenancy.and_then(|tenancy| tenancy.refresh_failed(source, now.monotonic)) {
            self.remove(gone);
        }
    }

    fn tidy(&mut self, now: Now) {
        if now.monotonic < self.next_tidying {
            return;
        }
        self.next_tidying = now.monotonic + TIDYING;
        let gone: Vec<u64> = self.tenancies.values_mut().flat_map(|tenancy| tenancy.tidy(now.monotonic)).collect();
        for gone in gone {
            self.remove(gone);
        }
    }

    fn step(&mut self, number: u64, event: Event, now: Now) {
        let Some(kept) = self.sources.get_mut(&number) else { return };
        if let Some(refresh) = kept.source.step(event, now) {
            self.start(number, refresh);
        }
        self.note(number);
    }

    fn start(&mut self, number: u64, refresh: Refresh) {
        // A request over HTTP has a limit of its own; a file system that hangs has none.
        let refreshing = tokio::time::timeout(LONGEST_REFRESH, refresh.run(Arc::clone(&self.transport)));
        let task = self.refreshes.spawn(async move { refreshing.await.unwrap_or(Err(RefreshError::TimedOut)) });
        self.refreshed.insert(task.id(), number);
    }

    /// Takes note of what has changed with a source.
    fn note(&mut self, number: u64) {
        let Some(kept) = self.sources.get_mut(&number) else { return };
        let (tick, waiting) = (kept.source.wake_at(), kept.source.waiting());
        if tick != kept.tick {
            self.ticks.remove(&(kept.tick, number));
            self.ticks.insert((tick, number));
        }
        self.waiting = self.waiting.saturating_sub(kept.waiting) + waiting;
        (kept.tick, kept.waiting) = (tick, waiting);
        match kept.shared {
            Some(shared) if kept.source.is_loading() => self.loading.insert((shared, number)),
            Some(shared) => self.loading.remove(&(shared, number)),
            None => false,
        };
    }

    /// Lets go of a source. What its refresh in flight brings is for nobody.
    fn remove(&mut self, number: u64) {
        let Some(gone) = self.sources.remove(&number) else { return };
        self.ticks.remove(&(gone.tick, number));
        self.waiting = self.waiting.saturating_sub(gone.waiting);
        if let Some(shared) = gone.shared {
            self.loading.remove(&(shared, number));
        }
    }

    /// Whether one more request may wait for `source`. Each may take as many places as are free, no more: so one that is
    /// flooded leaves half of them to the others, and those that are flooded together leave some.
    fn has_room(&mut self, source: u64) -> bool {
        let is_free = |keeping: &Self| {
            let taken = keeping.sources.get(&source).map_or(0, |kept| kept.waiting);
            taken < MAX_WAITING.saturating_sub(keeping.waiting)
        };
        if !is_free(self) {
            let crowded: Vec<u64> =
                self.sources.iter().filter(|(_, kept)| kept.waiting > 0).map(|(number, _)| *number).collect();
            for number in crowded {
                if let Some(kept) = self.sources.get_mut(&number) {
                    kept.source.forget_dropped();
                }
                self.note(number);
            }
        }
        is_free(self)
    }

    /// Waits for whatever comes first.
    async fn wait(&mut self) -> Woken {
        // Other libraries speak while something is fetched. Muted longer than that, this thread would make each event of
        // the whole process dearer.
        if self.refreshes.is_empty() && self.inspections.available_permits() == MAX_INSPECTIONS {
            log::unmute_this_thread();
        } else {
            log::mute_this_thread();
        }
        // The sources of tenants come after those that they share.
        let has_tenants = self.sources.last_key_value().is_some_and(|(_, last)| last.shared.is_some());
        let tidying = has_tenants.then_some(self.next_tidying);
        let wake_at = self.ticks.first().map(|(tick, _)| *tick).into_iter().chain(tidying).min();
        let wake_at = wake_at.unwrap_or(Duration::MAX);
        let mut sleep = self.clock.sleep_until(wake_at);
        poll_fn(|context| {
            if Pin::new(&mut self.stopped).poll(context).is_ready() {
                return Poll::Ready(Woken::ToStop);
            }
            if let Poll::Ready(Some(ended)) = self.refreshes.poll_join_next_with_id(context) {
                let (id, outcome) = ended.unwrap_or_else(|error| (error.id(), Err(RefreshError::Panicked)));
                return Poll::Ready(match self.refreshed.remove(&id) {
                    Some(number) => Woken::ByRefresh(number, outcome),
                    None => Woken::ByTime,
                });
            }
            // Without any handle nobody can ask; the keeper is then dropped with the verifier.
            if let Poll::Ready(Some(request)) = self.inbox.poll_recv(context) {
                return Poll::Ready(Woken::ByRequest(request));
            }
            sleep.as_mut().poll(context).map(|()| Woken::ByTime)
        })
        .await
    }
}

impl fmt::Display for KeeperStartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the thread that keeps the signing keys could not be started: {}", self.0)
    }
}

impl std::error::Error for KeeperStartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests;
