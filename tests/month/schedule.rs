//! What goes wrong in a month, and when: the same in every run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use requires_auth::testing::{Document, Lie};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const DAYS: i64 = 30;

/// Between steps while nothing happens, round faults, and where every fetch is to be seen.
pub(crate) const STEP: i64 = 15 * MINUTE;
const STEP_AT_FAULTS: i64 = MINUTE;
const FINE_STEP: i64 = 5;

/// How long a flood goes on.
const FLOOD: i64 = 10 * MINUTE;

/// What is wrong with the issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Down,
    /// Down for a minute, up for a minute.
    Flapping,
    Status(u16),
    StatusOf(Document, u16),
    Lie(Lie),
    /// An answer that never ends.
    Slow,
}

/// What happens at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Begin(Fault),
    End,
    /// A new key stands beside the old ones. No token of it is sent yet.
    Publish,
    /// Tokens of the new key are sent beside those of the old one.
    Use,
    /// The old key is not published any more.
    Withdraw,
    /// A new key takes the old one's place at once and signs from now on.
    Replace,
    /// Nobody sends tokens of a key that is published; somebody sends those of withdrawn keys.
    Quiet(bool),
}

/// Day, hour, minutes, fault.
const FAULTS: [(i64, i64, i64, Fault); 24] = [
    (1, 3, 1, Fault::Down),
    (1, 14, 10, Fault::Down),
    (2, 9, 60, Fault::Down),
    (3, 0, 6 * 60, Fault::Down),
    (4, 12, 30, Fault::Lie(Lie::Garbage)),
    (5, 2, 120, Fault::Status(503)),
    (6, 20, 10, Fault::Lie(Lie::Oversized)),
    (7, 10, 60, Fault::Slow),
    (9, 1, 23 * 60, Fault::Down),
    (11, 5, 6 * 60, Fault::Lie(Lie::WrongIssuer)),
    (12, 16, 60, Fault::Down),
    (13, 8, 120, Fault::StatusOf(Document::Metadata, 500)),
    (13, 18, 120, Fault::StatusOf(Document::Keys, 500)),
    (14, 11, 60, Fault::Flapping),
    (15, 9, 6 * 60, Fault::Down),
    (17, 13, 60, Fault::Down),
    (18, 6, 10, Fault::Slow),
    (20, 2, 23 * 60, Fault::Down),
    (22, 15, 10, Fault::Status(429)),
    (22, 20, 1, Fault::Lie(Lie::Html)),
    (23, 4, 60, Fault::Lie(Lie::EmptyKeys)),
    (25, 7, 10, Fault::Down),
    (25, 19, 1, Fault::Down),
    // Longer than keys may serve.
    (27, 1, 27 * 60, Fault::Down),
];

const WATCHED_OUTAGE: (i64, i64) = (2, 9);

/// Day and hour of the rollovers that were planned: a key is published, used and, with the old one withdrawn, alone.
const ROLLOVERS: [[(i64, i64); 3]; 3] =
    [[(2, 12), (3, 12), (4, 6)], [(12, 2), (12, 3), (12, 5)], [(14, 2), (15, 1), (15, 12)]];

/// Day, hour, minute and second of the rollovers that were not.
const EMERGENCIES: [(i64, i64, i64, i64); 7] = [
    (6, 5, 0, 0),
    // While the issuer is down; while it never ends its answer; in the cool-down of a flood; unseen for two hours; early
    // in the longest outage.
    (12, 16, 30, 0),
    (18, 6, 4, 0),
    (19, 12, 2, 10),
    (21, 12, 0, 0),
    (24, 3, 0, 0),
    (27, 3, 0, 0),
];

const QUIET: (i64, i64, i64) = (21, 12, 2 * 60);

/// Day, hour and minute of the floods: on a calm day, while the issuer is down, with a rollover that was not planned.
const FLOODS: [(i64, i64, i64); 3] = [(8, 12, 0), (17, 13, 30), (19, 12, 0)];

/// The plan of the month, in seconds since its start.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) events: BTreeMap<i64, Vec<Event>>,
    pub(crate) instants: BTreeSet<i64>,
    pub(crate) faults: Vec<Range<i64>>,
    pub(crate) floods: Vec<Range<i64>>,
    /// An hour without an issuer, and the last flood, in which what is fetched is counted apart.
    pub(crate) watched_outage: Option<Range<i64>>,
    pub(crate) watched_flood: Range<i64>,
}

impl Schedule {
    /// The month of `seed`, which moves what is in one hour of one day, all by the same seconds, so that it meets another
    /// moment of the hour between refreshes.
    pub(crate) fn of(seed: u64) -> Self {
        let mut schedule = Self {
            events: BTreeMap::new(),
            instants: BTreeSet::new(),
            faults: Vec::new(),
            floods: Vec::new(),
            watched_outage: None,
            watched_flood: 0..0,
        };
        let at = |day: i64, hour: i64, minute: i64| day * DAY + hour * HOUR + minute * MINUTE + shift(seed, day);
        schedule.step(0..DAYS * DAY, STEP);
        for (day, hour, minutes, fault) in FAULTS {
            let (begin, end) = (at(day, hour, 0), at(day, hour, minutes));
            schedule.plan(begin, Event::Begin(fault));
            if let Fault::Flapping = fault {
                for minute in 1..minutes {
                    let event = if minute % 2 == 0 { Event::Begin(Fault::Down) } else { Event::End };
                    schedule.plan(at(day, hour, minute), event);
                }
            }
            schedule.plan(end, Event::End);
            schedule.step(begin - 5 * MINUTE..end.min(begin + HOUR), STEP_AT_FAULTS);
            schedule.step(end - 15 * MINUTE..end + 15 * MINUTE, STEP_AT_FAULTS);
            schedule.faults.push(begin..end);
            if (day, hour) == WATCHED_OUTAGE {
                schedule.step(begin..end, FINE_STEP);
                schedule.watched_outage = Some(begin..end);
            }
        }
        for [publish, r#use, withdraw] in ROLLOVERS {
            schedule.plan(at(publish.0, publish.1, 0), Event::Publish);
            schedule.plan(at(r#use.0, r#use.1, 0), Event::Use);
            schedule.plan(at(withdraw.0, withdraw.1, 0), Event::Withdraw);
        }
        for (day, hour, minute, second) in EMERGENCIES {
            schedule.plan(at(day, hour, minute) + second, Event::Replace);
        }
        let (day, hour, minutes) = QUIET;
        schedule.plan(at(day, hour, 0), Event::Quiet(true));
        schedule.plan(at(day, hour, minutes), Event::Quiet(false));
        for (day, hour, minute) in FLOODS {
            let begin = at(day, hour, minute);
            schedule.step(begin..begin + FLOOD, FINE_STEP);
            schedule.floods.push(begin..begin + FLOOD);
        }
        schedule.watched_flood = schedule.floods[FLOODS.len() - 1].clone();
        schedule
    }

    /// What is left of the month from the beginning of this day.
    pub(crate) fn from(self, day: i64) -> Self {
        let begin = day * DAY;
        let is_left = |range: &Range<i64>| range.start >= begin;
        Self {
            events: self.events.into_iter().filter(|(at, _)| *at >= begin).collect(),
            instants: self.instants.into_iter().filter(|at| *at >= begin).collect(),
            faults: self.faults.into_iter().filter(is_left).collect(),
            floods: self.floods.into_iter().filter(is_left).collect(),
            watched_outage: self.watched_outage.filter(is_left),
            watched_flood: self.watched_flood,
        }
    }

    pub(crate) fn flood_at(&self, at: i64) -> Option<&Range<i64>> {
        self.floods.iter().find(|flood| flood.contains(&at))
    }

    pub(crate) fn has_fault(&self, at: i64) -> bool {
        self.faults.iter().any(|fault| fault.contains(&at))
    }

    /// Whether keys may have grown too old by `at`.
    pub(crate) fn has_long_fault(&self, at: i64) -> bool {
        self.faults.iter().any(|fault| fault.contains(&at) && at - fault.start >= 22 * HOUR)
    }

    fn plan(&mut self, at: i64, event: Event) {
        self.events.entry(at).or_default().push(event);
        self.instants.insert(at);
    }

    fn step(&mut self, range: Range<i64>, by: i64) {
        let by = usize::try_from(by).expect("a positive step");
        self.instants.extend(range.step_by(by).filter(|at| *at < DAYS * DAY));
    }
}

/// A number of seconds under an hour that follows from seed and day (SplitMix64).
fn shift(seed: u64, day: i64) -> i64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(day.unsigned_abs() + 1));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    i64::try_from((bits ^ (bits >> 31)) % 3_600).expect("under an hour")
}
