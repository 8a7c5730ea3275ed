//! Everything that this process logs, at every level, to be searched for what must not be there.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber, subscriber};

/// What was logged since [`capture`] was first called: each line once, and how often. HTTP/2 logs millions that are equal.
#[derive(Debug)]
pub struct Log(Mutex<HashMap<String, usize>>);

/// Starts to keep what is logged, on all threads. Called again it returns the same log.
pub fn capture() -> &'static Log {
    static LOG: OnceLock<&'static Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log: &'static Log = Box::leak(Box::new(Log(Mutex::default())));
        subscriber::set_global_default(log).expect("no other subscriber in this process");
        log
    })
}

/// Starts to keep what this thread logs, until the guard is dropped.
#[must_use]
pub fn capture_here() -> (&'static Log, DefaultGuard) {
    let log: &'static Log = Box::leak(Box::new(Log(Mutex::default())));
    (log, subscriber::set_default(log))
}

impl Log {
    /// The first of `secrets` that was logged.
    #[must_use]
    pub fn leak<'s>(&self, secrets: impl IntoIterator<Item = &'s str>) -> Option<&'s str> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.into_iter().find(|secret| lines.keys().any(|line| line.contains(secret)))
    }

    /// How many lines with `needle` were logged.
    #[must_use]
    pub fn count(&self, needle: &str) -> usize {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|(line, _)| line.contains(needle)).map(|(_, times)| times).sum()
    }

    fn keep(&self, metadata: &Metadata<'_>, fields: impl FnOnce(&mut Fields<'_>)) {
        let mut line = metadata.target().to_owned();
        fields(&mut Fields(&mut line));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(line).or_default() += 1;
    }
}

/// Takes everything, whatever its level.
impl Subscriber for &'static Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.keep(span.metadata(), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.keep(event.metadata(), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields<'t>(&'t mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        use fmt::Write as _;
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
