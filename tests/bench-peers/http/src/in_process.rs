//! Handlers called without a socket, in a child for each framework and each state of the cache.
//!
//! A request is made before the clock starts, and answered by polling its future: no runtime, no connection and no other
//! task is in what is measured.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bench_measure::{Child, Plan, Row, Sampler, allocations_of, callgrind, interleaved, stepping};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cores::Cores;
use crate::fixture::{Cache, Fixture};
use crate::framework::{App, EXPECTED, Framework, GUARDED, OPEN};
use crate::frameworks::Entry;
use crate::options::Options;
use crate::{Failure, child, say};

/// The work of a child that calls handlers.
pub(crate) const WORK: &str = "call";

/// How many requests are made at a time. Few, as a server has few in the caches of its core.
const BATCH: u32 = 16;
/// How many turns each route has.
const ROUNDS: u32 = 100;
/// How many calls are made before some are counted.
const WARM_UP: u32 = 16;
/// More would take too long.
const MOST_STEPS: u64 = 1_000_000;
/// How often a call may be polled. A guard that has its keys is ready at once.
const MOST_POLLS: u32 = 64;

/// What the child is told.
#[derive(Serialize, Deserialize)]
pub(crate) struct Task {
    fixture: Fixture,
    cache: Cache,
    calls_for: Duration,
}

/// Measures one framework: with the cache, then without.
pub(crate) fn measure(
    framework: &Entry,
    fixture: &Fixture,
    options: &Options,
    emit: &mut impl FnMut(Row),
) -> Result<(), Failure> {
    let case = format!("handler_{}", framework.name);
    let cores = Cores::apart();
    for (cache, subject) in [(Cache::On, "guarded"), (Cache::Off, "guarded_cold")] {
        let task = Task { fixture: fixture.clone(), cache, calls_for: options.calls_for / 2 };
        let arguments = child::arguments(WORK, framework.name, &task)?;
        let output = child::start(&cores.client, &arguments)?.wait_with_output()?;
        let [mut open, mut guarded]: [Row; 2] =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("{case}: {}, {error}", output.status))?;
        subject.clone_into(&mut guarded.subject);
        let mut native = [None; 2];
        if options.instructions {
            let counted = |way, counts| of_routes(&format!("{case}, {subject}: no instructions by {way}"), counts);
            [open.instructions, guarded.instructions] = counted("valgrind", callgrind::run(&arguments));
            native = counted("single steps", stepping::run(&arguments, MOST_STEPS));
        }
        let [of_open, of_guarded] = native;
        let more = [
            ("more_instructions", difference(guarded.instructions, open.instructions).into()),
            ("more_allocations", difference(guarded.allocations, open.allocations).into()),
            ("more_instructions_native", difference(of_guarded, of_open).into()),
            ("instructions_native", of_guarded.into()),
        ];
        open.extra.insert("instructions_native".into(), of_open.into());
        let guarded = Row { ratio: guarded.ratio, ..guarded.clone().compared_to(&open) };
        if cache == Cache::On {
            emit(open.clone().compared_to(&open));
        }
        let extra = more.map(|(name, value): (_, Value)| (name.to_owned(), value));
        emit(Row { extra: guarded.extra.into_iter().chain(extra).collect(), ..guarded });
    }
    Ok(())
}

/// What was counted of the open route and of the guarded one. Why there is nothing is said.
fn of_routes(nothing: &str, counts: Result<BTreeMap<String, u64>, String>) -> [Option<u64>; 2] {
    let counts = counts.unwrap_or_else(|reason| {
        say(&format!("{nothing}, {reason}"));
        BTreeMap::new()
    });
    [OPEN, GUARDED].map(|path| counts.get(path).copied())
}

fn difference(more: Option<u64>, less: Option<u64>) -> Option<i64> {
    Some(more?.cast_signed() - less?.cast_signed())
}

/// In the child: measures, and prints a row of each route. Where instructions are counted, it does that instead.
pub(crate) fn call<F: Framework>(task: Task) -> Result<(), Failure> {
    task.fixture.install(task.cache)?;
    let measure = async move {
        let mut app = F::app().await;
        let authorization = task.fixture.authorization;
        for expected in EXPECTED {
            let request = app.request(expected.path, expected.with_token.then_some(&*authorization));
            expected.check(F::NAME, app.call(request).await)?;
        }
        let mut calls = Calls { name: F::NAME, app, authorization, polls: 0 };
        match Child::here() {
            Some(child) => [OPEN, GUARDED].into_iter().for_each(|path| calls.count(&child, path)),
            None => println!("{}", serde_json::to_string(&calls.rows(task.calls_for))?),
        }
        Ok(())
    };
    // Else tokio now and then makes a task wait that was polled much.
    F::block_on(tokio::task::coop::unconstrained(measure))
}

/// The routes of a framework, and calls to them.
struct Calls<A> {
    name: &'static str,
    app: A,
    authorization: String,
    /// The most that a call took since this was reset.
    polls: u32,
}

impl<A: App> Calls<A> {
    /// What a call to the open route costs, and one to the guarded route.
    fn rows(&mut self, time: Duration) -> [Row; 2] {
        let [open, guarded] = [("open", OPEN), ("guarded", GUARDED)].map(|(subject, path)| self.row(subject, path));
        let calls = RefCell::new(self);
        let sampler = |path| -> Sampler<'_> {
            let calls = &calls;
            Box::new(move |times| calls.borrow_mut().sample(path, times))
        };
        let plan = Plan { rounds: ROUNDS as usize, turn: time / (2 * ROUNDS) };
        let timings = interleaved(&mut [sampler(OPEN), sampler(GUARDED)], plan);
        let ratio = (timings[1].paired_ratio(&timings[0]) * 10_000.0).round() / 10_000.0;
        [open.timed(&timings[0]), Row { ratio: Some(ratio), ..guarded.timed(&timings[1]) }]
    }

    /// What does not vary: how much it allocates, and whether it is ready at once.
    fn row(&mut self, subject: &str, path: &'static str) -> Row {
        self.sample(path, WARM_UP);
        self.polls = 0;
        let counts = self.requests(path, WARM_UP).into_iter().map(|request| allocations_of(|| self.answer(request)));
        // The least: a table that grows for the next thousand calls is not this call's.
        let allocations = counts.min();
        let note = (self.polls > 1).then(|| format!("ready at poll {}", self.polls));
        Row { allocations, note, ..Row::new(format!("handler_{}", self.name), subject) }
    }

    /// Answers so many requests. The time leaves out that of making them.
    fn sample(&mut self, path: &'static str, times: u32) -> Duration {
        let mut elapsed = Duration::ZERO;
        for begin in (0..times).step_by(BATCH as usize) {
            let requests = self.requests(path, BATCH.min(times - begin));
            let start = Instant::now();
            for request in requests {
                self.answer(request);
            }
            elapsed += start.elapsed();
        }
        elapsed
    }

    fn count(&mut self, child: &Child, path: &'static str) {
        let mut requests = self.requests(path, 2 * WARM_UP);
        child.count(path, WARM_UP, || self.answer(requests.pop().expect("as many as are counted")));
    }

    fn requests(&self, path: &'static str, times: u32) -> Vec<A::Request> {
        (0..times).map(|_| self.app.request(path, Some(&self.authorization))).collect()
    }

    /// Polls until there is an answer.
    fn answer(&mut self, request: A::Request) {
        let mut call = pin!(self.app.call(black_box(request)));
        let mut context = Context::from_waker(Waker::noop());
        for poll in 1..=MOST_POLLS {
            if let Poll::Ready(status) = call.as_mut().poll(&mut context) {
                assert_eq!(status, 200, "{}", self.name);
                self.polls = self.polls.max(poll);
                return;
            }
        }
        panic!("{} has no answer after {MOST_POLLS} polls", self.name);
    }
}
