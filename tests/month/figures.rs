//! What is counted in the month, and how high the documented intervals let it rise.

use std::fs;
use std::ops::Range;

use requires_auth::testing::Requests;

use crate::flights::Flights;
use crate::scenario::Scenario;
use crate::schedule::{DAY, DAYS, HOUR, MINUTE, Schedule};
use crate::table::{Figure, HeldTo};

/// As documented: refreshes are 48 minutes apart at least; tries while they fail 5 minutes, less a tenth, after nine that
/// come sooner; and 15 seconds, less a tenth, once the keys have grown too old.
const BETWEEN_REFRESHES: i64 = 48 * MINUTE;
const BETWEEN_TRIES: i64 = 5 * MINUTE - 30;
const BETWEEN_TRIES_WITHOUT_KEYS: i64 = 13;
const FIRST_TRIES: i64 = 10;
/// For kids that nobody knows.
const BETWEEN_FORCED_REFRESHES: i64 = 30;
const KEYS_SERVE_AT_LEAST: i64 = 22 * HOUR;

/// For tenants that nobody knows: some at once, then one by one.
const TENANTS_AT_ONCE: i64 = 16;
const BETWEEN_TENANTS: i64 = 2;

/// Entra ID's two, of version 1.0 and of version 2.0.
const ISSUERS: i64 = 2;

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) steps: usize,
    pub(crate) good: usize,
    pub(crate) good_refused: usize,
    pub(crate) good_unserved: usize,
    pub(crate) good_too_early: usize,
    pub(crate) withdrawn: usize,
    pub(crate) withdrawn_served: usize,
    pub(crate) withdrawn_past_bound: usize,
    pub(crate) withdrawn_unclear: usize,
    pub(crate) probes: usize,
    pub(crate) invented: usize,
    /// Documents that somebody asked for and that there are not.
    pub(crate) of_nobody: usize,
    pub(crate) longest_wait: i64,
    pub(crate) longest_to_new_key: i64,
    pub(crate) longest_after_withdrawal: i64,
    /// When somebody asked for a key that had to be looked up, as often as a cool-down lets that happen.
    asks: Vec<i64>,
    /// What the issuer had been asked when each day ended.
    days: Vec<Requests>,
    refreshes: usize,
    pub(crate) outage: Span,
    pub(crate) flood: Span,
    memory_before: Option<i64>,
    memory_growth: Option<i64>,
}

/// How far a counter moved between two times.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    first: usize,
    last: usize,
}

impl Span {
    pub(crate) fn pass(&mut self, span: &Range<i64>, at: i64, counter: usize) {
        if at == span.start {
            self.first = counter;
        }
        if at <= span.end {
            self.last = counter;
        }
    }

    fn count(self) -> i64 {
        i64::try_from(self.last - self.first).expect("a count")
    }
}

impl Counts {
    /// Somebody asks for a key that may have to be looked up.
    pub(crate) fn ask(&mut self, now: i64, schedule: &Schedule) {
        let apart = |last: &i64| if schedule.has_fault(*last) { 5 } else { 30 };
        if self.asks.last().is_none_or(|last| now >= last + apart(last)) {
            self.asks.push(now);
        }
    }

    /// So many days have `ended`, with `requests` so far.
    pub(crate) fn days(&mut self, ended: usize, requests: Requests) {
        while self.days.len() < ended {
            self.days.push(requests);
        }
    }

    pub(crate) fn refreshes(&mut self, sources: impl Iterator<Item = Flights>) {
        self.refreshes = sources.map(|flights| flights.started).sum();
    }

    /// Before the first flood and after each.
    pub(crate) fn measure_memory(&mut self) {
        let Some(now) = resident_kib() else { return };
        let before = *self.memory_before.get_or_insert(now);
        self.memory_growth = self.memory_growth.max(Some(now - before));
    }

    pub(crate) fn table(&self, schedule: &Schedule, scenario: Scenario) -> Vec<Figure> {
        let figure = |name, seen, held_to| Figure { name, seen, held_to };
        let count = |count: usize| i64::try_from(count).expect("a count");
        let same = |name, seen| figure(name, count(seen), HeldTo::ThePage);
        let varies = |name, seen| figure(name, count(seen), HeldTo::Nothing);
        let never = |name, seen| figure(name, count(seen), HeldTo::Exactly(0));
        let at_most = |name, seen, most| figure(name, seen, HeldTo::AtMost(most));

        let (metadata, keys) = (self.by_day(|requests| requests.metadata), self.by_day(|requests| requests.keys));
        let ceilings: Vec<_> =
            (0..DAYS).map(|day| self.ceiling(day * DAY..(day + 1) * DAY, schedule, scenario.sets)).collect();
        let is_over = |(day, ceiling): &(usize, &i64)| metadata[*day] > **ceiling || keys[*day] > **ceiling;
        let over: Vec<_> = ceilings.iter().enumerate().filter(is_over).collect();
        for (day, ceiling) in &over {
            println!(
                "on day {day} {} metadata and {} key sets were fetched, and {ceiling} allowed",
                metadata[*day], keys[*day]
            );
        }
        let days_over = over.len();
        assert!(
            self.withdrawn_unclear * 4 < self.withdrawn,
            "{} of {} tell nothing",
            self.withdrawn_unclear,
            self.withdrawn
        );
        let calm = |day: &usize| ceilings[*day] == scenario.sets * (DAY / BETWEEN_REFRESHES + 1);
        let days: Vec<usize> = (0..ceilings.len()).collect();
        let on_calm_days =
            |of: &[i64]| days.iter().filter(|day| calm(day)).map(|day| of[*day]).max().expect("a calm day");
        let calm_ceiling = scenario.sets * (DAY / BETWEEN_REFRESHES + 1);
        let month = self.ceiling(scenario.first_day * DAY..DAYS * DAY, schedule, scenario.sets);
        let busiest = *ceilings.iter().max().expect("days");

        let outage = ISSUERS * (FIRST_TRIES + HOUR / BETWEEN_TRIES + 1);
        // One more may be on schedule.
        let flood = scenario.sets / ISSUERS * (10 * MINUTE / BETWEEN_FORCED_REFRESHES + 2);
        let floods = i64::try_from(schedule.floods.len()).expect("a count");
        let of_nobody =
            if scenario.invents_tenants { floods * (TENANTS_AT_ONCE + 10 * MINUTE / BETWEEN_TENANTS + 1) } else { 0 };

        let mut table = vec![
            same("steps of time", self.steps),
            same("good tokens sent", self.good),
            never("of them refused", self.good_refused),
            never("of them answered 503 though their key could be had", self.good_unserved),
            varies("of them answered 503 as their key could not be had", self.good_too_early),
            same("tokens of withdrawn keys sent", self.withdrawn),
            varies("of them served", self.withdrawn_served),
            never("of them served past the bound", self.withdrawn_past_bound),
            same("invented tokens sent", self.invented),
            at_most("refreshes begun, both versions", count(self.refreshes), month),
            at_most("metadata documents fetched, both versions", metadata.iter().sum(), month),
            at_most("key sets fetched, both versions", keys.iter().sum(), month),
            never("days on which more of either were fetched than its faults allow", days_over),
            at_most("metadata documents fetched on a calm day", on_calm_days(&metadata), calm_ceiling),
            at_most("key sets fetched on a calm day", on_calm_days(&keys), calm_ceiling),
            at_most("key sets fetched on the busiest day", *keys.iter().max().expect("days"), busiest),
            at_most("key sets fetched in a flood of ten minutes, the version it names", self.flood.count(), flood),
            at_most("documents asked for that there are not", count(self.of_nobody), of_nobody),
            at_most("longest wait of a request, s", self.longest_wait, scenario.patience),
            at_most("longest time until a new key serves while the issuer is up, s", self.longest_to_new_key, 30),
            at_most(
                "longest time that a withdrawn key serves after a refresh without it, s",
                self.longest_after_withdrawal,
                HOUR,
            ),
        ];
        if schedule.watched_outage.is_some() {
            table.push(at_most("refreshes begun in an outage of an hour, both versions", self.outage.count(), outage));
        }
        if let Some(growth) = self.memory_growth {
            table.push(at_most("memory that the floods take, KiB", growth, 16 * 1024));
        }
        table
    }

    fn by_day(&self, of: impl Fn(&Requests) -> usize) -> Vec<i64> {
        let mut before = 0;
        let daily = self.days.iter().map(|requests| {
            let until = i64::try_from(of(requests)).expect("a count");
            until - std::mem::replace(&mut before, until)
        });
        daily.collect()
    }

    /// The most refreshes that both issuers may see in `range`, by the documented intervals: those on schedule, those that
    /// are tried while they fail, those that somebody asked for.
    fn ceiling(&self, range: Range<i64>, schedule: &Schedule, sets: i64) -> i64 {
        let overlap = |a: &Range<i64>| (a.end.min(range.end) - a.start.max(range.start)).max(0);
        let on_schedule = (range.end - range.start) / BETWEEN_REFRESHES + 1;
        let failing: i64 = schedule
            .faults
            .iter()
            .filter(|fault| overlap(fault) > 0)
            .map(|fault| {
                let without_keys = overlap(&(fault.start + KEYS_SERVE_AT_LEAST..fault.end));
                FIRST_TRIES + overlap(fault) / BETWEEN_TRIES + without_keys / BETWEEN_TRIES_WITHOUT_KEYS
            })
            .sum();
        let asked_for = self.asks.iter().filter(|at| range.contains(*at)).count();
        sets * (on_schedule + failing + i64::try_from(asked_for).expect("a count"))
    }
}

/// The memory of this process, where the system tells.
fn resident_kib() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
}
