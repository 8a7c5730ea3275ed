//! The background thread that keeps the keys of all sources current.
//!
//! It has a runtime of its own, so it works under any executor, before there is one, and after one has gone.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::future::poll_fn;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::fetch::Transport;
use super::refresh::{Refresh, RefreshError, Refreshed};
use super::snapshot::{Asked, Now};
use super::source::{Event, Source};
use super::{KeeperLink, KeySourceConfig, Keys};
use crate::clock::Clock;

/// How many requests may wait for keys, over all sources.
const MAX_WAITING: usize = 4096;

/// Holds the thread. Dropping it tells the thread to end, and does not wait for that.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The thread sees this side go.
    _running: oneshot::Sender<()>,
}

/// A request's wish to wait.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) source: usize,
    pub(super) kid: Option<Box<str>>,
    pub(super) reply: oneshot::Sender<Asked>,
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
        let mut handles = Vec::with_capacity(sources.len());
        let mut kept = Vec::with_capacity(sources.len());
        for (index, config) in sources.into_iter().enumerate() {
            let (loaded, is_loaded) = watch::channel(false);
            // A fresh hasher is the random number that the standard library has.
            let seed = RandomState::new().build_hasher().finish();
            let source = Source::new(config, loaded, seed, now);
            let link = KeeperLink {
                source: index,
                process: std::process::id(),
                requests: requests.clone(),
                loaded: is_loaded,
            };
            handles.push(Keys { snapshot: source.published(), keeper: Some(link) });
            kept.push(KeptSource { source, task: None });
        }
        let keeping = Keeping { sources: kept, inbox, stopped, transport, clock };
        spawn(keeping).map_err(KeeperStartError)?;
        Ok((Self { _running: running }, handles))
    }
}

/// Runs `keeping` on a thread and a runtime of its own.
fn spawn(keeping: Keeping) -> io::Result<()> {
    let (started, is_started) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new().name("requires-auth-keys".to_owned()).spawn(move || {
        // Built here, because a runtime must not be dropped on a thread of another one, should anything fail.
        let runtime: Runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(started.send(Err(error))),
        };
        drop(started.send(Ok(())));
        runtime.block_on(keeping.run());
        // A name lookup of the operating system can take half a minute, and nobody waits for it any more.
        runtime.shutdown_background();
    })?;
    is_started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread ended at once")))
}

/// What the thread owns.
struct Keeping {
    sources: Vec<KeptSource>,
    inbox: mpsc::Receiver<Request>,
    stopped: oneshot::Receiver<()>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

/// A source and its refresh in flight.
struct KeptSource {
    source: Source,
    /// A task, so that a panic costs one refresh and not the thread.
    task: Option<JoinHandle<Result<Refreshed, RefreshError>>>,
}

/// Why the thread woke up.
enum Woken {
    ByRefresh(usize, Result<Refreshed, RefreshError>),
    ByRequest(Request),
    ByTime,
    ToStop,
}

impl Keeping {
    async fn run(mut self) {
        loop {
            let now = Now::read(&*self.clock);
            for index in 0..self.sources.len() {
                self.step(index, Event::Tick, now);
            }
            let woken = self.wait().await;
            let now = Now::read(&*self.clock);
            match woken {
                Woken::ByRefresh(index, outcome) => self.step(index, Event::Refreshed(outcome), now),
                Woken::ByRequest(Request { source, kid, reply }) => {
                    if self.has_room() {
                        self.step(source, Event::Ask { kid, reply }, now);
                    } else {
                        // A failed send means that the request was dropped.
                        let _ = reply.send(Asked::REFUSED);
                    }
                }
                Woken::ByTime => {}
                Woken::ToStop => return,
            }
        }
    }

    fn step(&mut self, index: usize, event: Event, now: Now) {
        let Some(kept) = self.sources.get_mut(index) else { return };
        if let Some(refresh) = kept.source.step(event, now) {
            let transport = Arc::clone(&self.transport);
            kept.task = Some(tokio::spawn(Refresh::run(refresh, transport)));
        }
    }

    /// Whether one more request may wait.
    fn has_room(&mut self) -> bool {
        let waiting = |sources: &[KeptSource]| sources.iter().map(|kept| kept.source.waiting()).sum::<usize>();
        if waiting(&self.sources) >= MAX_WAITING {
            self.sources.iter_mut().for_each(|kept| kept.source.forget_dropped());
        }
        waiting(&self.sources) < MAX_WAITING
    }

    /// Waits for whatever comes first.
    async fn wait(&mut self) -> Woken {
        let wake_at = self.sources.iter().map(|kept| kept.source.wake_at()).min().unwrap_or(Duration::MAX);
        let mut sleep = self.clock.sleep_until(wake_at);
        poll_fn(|context| {
            if Pin::new(&mut self.stopped).poll(context).is_ready() {
                return Poll::Ready(Woken::ToStop);
            }
            for (index, kept) in self.sources.iter_mut().enumerate() {
                let Some(task) = &mut kept.task else { continue };
                if let Poll::Ready(outcome) = Pin::new(task).poll(context) {
                    kept.task = None;
                    return Poll::Ready(Woken::ByRefresh(index, outcome.unwrap_or(Err(RefreshError::Panicked))));
                }
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
