//! What the keeper of the keys says it does: each refresh when it starts and when it has ended, by the log that operators
//! read. The test lets no time pass before what is due has been done.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use requires_auth::testing::ManualClock;
use requires_auth_tests::wait::within;
use tokio::sync::watch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::log_sink::LogSink;

/// The refreshes of one issuer's keys.
#[derive(Clone, Debug)]
pub(crate) struct Flights {
    clock: ManualClock,
    /// How many have started.
    pub(crate) started: usize,
    /// The one that has not ended yet.
    flying: Option<Flight>,
    last: Option<End>,
    pub(crate) last_forced: Option<End>,
    /// When each that succeeded had ended, by its number.
    pub(crate) successes: Vec<(usize, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flight {
    Scheduled,
    Forced,
}

/// How a refresh ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) at: i64,
    pub(crate) succeeded: bool,
}

/// All issuers of this process.
#[derive(Debug)]
pub(crate) struct Tower(watch::Sender<BTreeMap<String, Flights>>);

impl Flights {
    /// Whether the keeper must have started another by now: an hour and a tenth after one that succeeded, 5 minutes and a
    /// tenth after one that failed.
    fn is_overdue(&self) -> bool {
        let longest = |end: End| if end.succeeded { 3_960 } else { 330 };
        self.last.is_none_or(|end| self.clock.unix_now() - end.at >= longest(end))
    }

    fn is_settled(&self, slow: bool) -> bool {
        if self.flying.is_some() { slow } else { !self.is_overdue() }
    }
}

impl Tower {
    /// Starts to listen. Called again it returns the same one.
    pub(crate) fn listen() -> &'static Self {
        static TOWER: OnceLock<&'static Tower> = OnceLock::new();
        TOWER.get_or_init(|| {
            let tower: &'static Self = Box::leak(Box::new(Self(watch::Sender::new(BTreeMap::new()))));
            LogSink::install(tower);
            tower
        })
    }

    /// Expects refreshes of `source`, dated by `clock`.
    pub(crate) fn expect(&self, source: &str, clock: &ManualClock) {
        let (clock, successes) = (clock.clone(), Vec::new());
        let flights = Flights { clock, started: 0, flying: None, last: None, last_forced: None, successes };
        self.0.send_modify(|all| _ = all.insert(source.to_owned(), flights));
    }

    pub(crate) fn of(&self, source: &str) -> Flights {
        self.0.borrow().get(source).expect("an expected source").clone()
    }

    /// Returns when all that is due at this time has been done: nothing of `sources` is in flight or overdue. `slow` is
    /// for an issuer that never ends its answer.
    pub(crate) async fn settle(&self, sources: &[String], slow: bool) {
        let settled = |all: &BTreeMap<String, Flights>| sources.iter().all(|source| all[source].is_settled(slow));
        within("the refreshes that are due", self.0.subscribe().wait_for(settled)).await.expect("it is never dropped");
    }
}

impl Subscriber for &'static Tower {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "requires_auth::keys"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        self.0.send_modify(|all| {
            let Some(flights) = all.get_mut(&said.source) else { return };
            if let Some(flight) = said.flight {
                flights.started += 1;
                flights.flying = Some(flight);
            } else if let (Some(succeeded), Some(flight)) = (said.succeeded, flights.flying) {
                let at = flights.clock.unix_now();
                flights.flying = None;
                flights.last = Some(End { at, succeeded });
                if flight == Flight::Forced {
                    flights.last_forced = flights.last;
                }
                if succeeded {
                    flights.successes.push((flights.started, at));
                }
            }
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// One line of the log, known by its fields: a refresh that starts has a `flight`, one that succeeds counts its `keys`, one
/// that fails has an `error`.
#[derive(Default)]
struct Said {
    source: String,
    flight: Option<Flight>,
    succeeded: Option<bool>,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "flight" if format!("{value:?}") == "Forced" => self.flight = Some(Flight::Forced),
            "flight" => self.flight = Some(Flight::Scheduled),
            "keys" => self.succeeded = Some(true),
            "error" => self.succeeded = Some(false),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "source" {
            value.clone_into(&mut self.source);
        }
    }
}
