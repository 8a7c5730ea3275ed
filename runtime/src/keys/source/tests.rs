use super::super::fetch::{FetchError, Validator};
use super::super::refresh::{Reading, RefreshError, Refreshed};
use super::super::scripted::{ISSUER, JWKS_URI, LONG_AGO, config, named, signing_keys};
use super::super::{IssuerHealth, KeyQuery, Lookup};
use super::*;
use crate::discovery::MetadataError;
use crate::jwk::KeySetError;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// A source, a clock and a count of what was fetched.
struct Bench {
    source: Source,
    now: Now,
    loaded: watch::Receiver<bool>,
    /// The refresh that was started last, and how many there were.
    last: Option<Refresh>,
    started: usize,
}

type Answer = oneshot::Receiver<Asked>;

impl Bench {
    /// Before anything happened.
    fn new() -> Self {
        Self::of(config())
    }

    fn beginning_with(initial: InitialKeys) -> Self {
        Self::of(KeySourceConfig { initial: Some(initial), ..config() })
    }

    fn of(config: KeySourceConfig) -> Self {
        let now = Now { unix: 1_700_000_000, monotonic: Duration::from_secs(100) };
        let (sender, loaded) = watch::channel(false);
        let source = Source::new(config, sender, 42, now);
        Self { source, now, loaded, last: None, started: 0 }
    }

    /// After a first, scheduled refresh that brought `kids`.
    fn with_keys(kids: &[&str]) -> Self {
        let mut bench = Self::new();
        bench.tick();
        bench.succeed(kids);
        bench
    }

    fn step(&mut self, event: Event) {
        if let Some(refresh) = self.source.step(event, self.now) {
            self.last = Some(refresh);
            self.started += 1;
        }
    }

    fn tick(&mut self) {
        self.step(Event::Tick);
    }

    /// For a token that was signed long ago.
    fn ask(&mut self, kid: &str) -> Answer {
        self.ask_for(Wanted { kid: Some(kid.into()), signed_by: LONG_AGO, token: 0 })
    }

    fn ask_for(&mut self, wanted: Wanted) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.step(Event::Ask { wanted, reply });
        answer
    }

    /// The refresh in flight brings `kids`.
    fn succeed(&mut self, kids: &[&str]) {
        self.succeed_for(kids, None);
    }

    fn succeed_for(&mut self, kids: &[&str], max_age: Option<Duration>) {
        let content = PublishedKeys { keys: signing_keys(kids), unusable_kids: vec!["not-for-us".into()] };
        self.bring(Reading::New { content, version: Some(version("keys")) }, max_age);
    }

    /// The refresh in flight finds both documents as they were.
    fn find_unchanged(&mut self, max_age: Option<Duration>) {
        self.bring(Reading::Unchanged, max_age);
    }

    fn bring(&mut self, keys: Reading<PublishedKeys>, max_age: Option<Duration>) {
        let refresh = self.last.as_ref().unwrap();
        let metadata = refresh.jwks_uri.is_none().then(|| match refresh.versions.metadata {
            Some(_) => Reading::Unchanged,
            None => Reading::New {
                content: ProviderMetadata {
                    issuer: ISSUER.to_owned(),
                    jwks_uri: JWKS_URI.to_owned(),
                    cloud_instance_name: Some("cloud.example".to_owned()),
                },
                version: Some(version("metadata")),
            },
        });
        let refreshed = Refreshed {
            metadata,
            keys,
            jwks_uri: JWKS_URI.to_owned(),
            max_age,
            is_complete: refresh.jwks_uri.is_none(),
        };
        self.step(Event::Refreshed(Ok(refreshed)));
    }

    /// The refresh in flight finds the issuer down.
    fn fail(&mut self) {
        let error = FetchError::Status(503);
        let from = JWKS_URI.to_owned();
        let reads_metadata = self.reads_metadata();
        self.step(Event::Refreshed(Err(if reads_metadata {
            RefreshError::Metadata { from, error }
        } else {
            RefreshError::Keys { from, error }
        })));
    }

    fn reads_metadata(&self) -> bool {
        self.last.as_ref().is_some_and(|refresh| refresh.jwks_uri.is_none())
    }

    fn advance(&mut self, seconds: u64) {
        self.now.unix += seconds.cast_signed();
        self.now.monotonic += Duration::from_secs(seconds);
    }

    /// Lets time pass, tick by tick, with an issuer that is down.
    fn advance_while_down(&mut self, seconds: u64) {
        let end = self.now.monotonic + Duration::from_secs(seconds);
        while self.source.wake_at() < end {
            let pause = self.source.wake_at().saturating_sub(self.now.monotonic);
            self.now.monotonic += pause;
            self.now.unix = 1_700_000_000 + self.now.monotonic.as_secs().cast_signed() - 100;
            self.tick();
            self.fail();
        }
        self.now.monotonic = end;
        self.now.unix = 1_700_000_000 + end.as_secs().cast_signed() - 100;
    }

    fn until_next_refresh(&self) -> Duration {
        self.source.wake_at().saturating_sub(self.now.monotonic)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.source.published().load_full()
    }

    fn finds(&self, kid: &str) -> bool {
        matches!(self.snapshot().find(&named(kid), self.now), Lookup::Found(_))
    }

    /// A token of this key is verified.
    fn verifies(&self, kid: &str) {
        let snapshot = self.snapshot();
        let Lookup::Found(keys) = snapshot.find(&named(kid), self.now) else { panic!("{kid} is not found") };
        snapshot.note_use(keys.iter().next().unwrap());
    }

    fn assert_finds_nothing(&self, kid: &str, expected: &Lookup<'_>) {
        assert_eq!(self.snapshot().find(&named(kid), self.now), *expected);
    }
}

fn version(name: &str) -> Validator {
    Validator::EntityTag(format!("\"{name}\"").into())
}

fn got(mut answer: Answer) -> Option<Asked> {
    answer.try_recv().ok()
}

fn refused(seconds: u64) -> Asked {
    Asked::Refused { retry_after: Duration::from_secs(seconds) }
}

fn not_yet(seconds: u64) -> Lookup<'static> {
    Lookup::NotYet { retry_after: Duration::from_secs(seconds) }
}

fn unavailable(seconds: u64) -> Lookup<'static> {
    Lookup::Unavailable { retry_after: Duration::from_secs(seconds) }
}

#[test]
fn the_first_refresh_starts_at_once_and_reads_the_metadata() {
    let mut bench = Bench::new();
    bench.tick();
    bench.tick();
    assert_eq!((bench.started, bench.reads_metadata()), (1, true));
    assert!(!*bench.loaded.borrow());
    bench.succeed(&["a"]);
    assert!(*bench.loaded.borrow() && bench.finds("a"));
    assert_eq!(bench.snapshot().cloud_instance_name(), Some("cloud.example"));
    assert_eq!(bench.snapshot().last_error(), None);
}

#[test]
fn requests_before_the_first_keys_wait_for_them_and_share_one_fetch() {
    let mut bench = Bench::new();
    bench.tick();
    bench.assert_finds_nothing("a", &Lookup::Ask);
    let answers: Vec<_> = (0..1_000).map(|_| bench.ask("a")).collect();
    bench.succeed(&["a"]);
    assert!(answers.into_iter().all(|answer| got(answer) == Some(Asked::Arrived)));
    assert_eq!((bench.started, bench.source.waiting()), (1, 0));
}

#[test]
fn a_withdrawn_key_that_nobody_used_is_absent_at_once_although_the_cool_down_runs() {
    let mut bench = Bench::with_keys(&["old"]);
    let _answer = bench.ask("new");
    bench.succeed(&["new"]);
    let snapshot = bench.source.published().load_full();
    assert_eq!(snapshot.find(&named("old"), bench.now), Lookup::Absent);
    assert!(matches!(snapshot.find(&named("other"), bench.now), Lookup::NotYet { .. }));
}

/// The same, where the key is retained until the new one has verified a token.
#[test]
fn a_withdrawn_key_in_use_serves_until_a_new_one_is_used_and_is_then_absent_at_once() {
    let mut bench = Bench::with_keys(&["old"]);
    bench.verifies("old");
    drop(bench.ask("new"));
    bench.succeed(&["new"]);
    assert!(bench.finds("old") && bench.finds("new"), "retained, and not absent");
    assert_eq!(got(bench.ask("old")), Some(Asked::Arrived));
    bench.verifies("new");
    bench.assert_finds_nothing("old", &Lookup::Absent);
    assert_eq!(got(bench.ask("old")), Some(Asked::Absent));
    assert_eq!(bench.started, 2);
}

#[test]
fn a_withdrawn_key_whose_time_is_over_is_looked_up_and_absent() {
    for adopted in [true, false] {
        let mut bench = Bench::with_keys(&["old"]);
        bench.verifies("old");
        bench.advance(50 * MINUTE);
        drop(bench.ask("new"));
        bench.succeed(&["new"]);
        bench.advance(59 * MINUTE);
        bench.tick();
        bench.succeed(&["new"]);
        assert!(bench.finds("old"));
        if adopted {
            bench.verifies("new");
        } else {
            assert_eq!(bench.until_next_refresh(), Duration::from_secs(MINUTE), "the end of the hour");
            bench.advance(MINUTE);
            bench.tick();
        }
        bench.assert_finds_nothing("old", &Lookup::Ask);
        let answer = bench.ask("old");
        bench.succeed(&["new"]);
        assert_eq!(got(answer), Some(Asked::Absent));
        assert_eq!(bench.snapshot().keys.as_ref().unwrap().retained_until(), None, "nothing is kept of it");
    }
}

#[test]
fn keys_that_an_issuer_leaves_out_by_mistake_serve_until_they_are_back() {
    let mut bench = Bench::with_keys(&["a"]);
    bench.verifies("a");
    for mistake in [&["x"][..], &["y", "z"]] {
        bench.advance(10 * MINUTE);
        drop(bench.ask(mistake[0]));
        bench.succeed(mistake);
        assert!(bench.finds("a"));
    }
    bench.advance(10 * MINUTE);
    drop(bench.ask("w"));
    bench.succeed(&["a"]);
    assert!(bench.finds("a") && !bench.finds("y"));
    bench.advance_while_down(23 * HOUR);
    assert!(bench.finds("a"), "listed again, and good for a day");
}

#[test]
fn a_kid_that_is_published_for_something_else_is_absent_without_a_fetch() {
    let bench = Bench::with_keys(&["a"]);
    let snapshot = bench.source.published().load_full();
    assert_eq!(snapshot.find(&named("not-for-us"), bench.now), Lookup::Absent);
    assert_eq!(bench.started, 1);
}

#[test]
fn an_unknown_kid_is_looked_up_by_one_fetch_of_the_keys_alone() {
    let mut bench = Bench::with_keys(&["old"]);
    bench.advance(10);
    bench.assert_finds_nothing("new", &Lookup::Ask);
    let first = bench.ask("new");
    assert_eq!(bench.last.as_ref().unwrap().jwks_uri.as_deref(), Some(JWKS_URI));
    let others: Vec<_> = (0..999).map(|_| bench.ask("new")).collect();
    bench.succeed(&["old", "new"]);
    assert_eq!(got(first), Some(Asked::Arrived));
    assert!(others.into_iter().all(|answer| got(answer) == Some(Asked::Arrived)));
    assert!(bench.finds("new"));
    assert_eq!(bench.started, 2);
}

#[test]
fn a_kid_that_was_looked_up_and_is_not_there_is_absent() {
    let mut bench = Bench::with_keys(&["a"]);
    let (first, other) = (bench.ask("invented"), bench.ask("invented"));
    bench.succeed(&["a"]);
    assert_eq!(got(first), Some(Asked::Absent));
    assert_eq!(got(other), Some(Asked::Absent), "the same kid, asked during the flight");
    bench.advance(29);
    bench.assert_finds_nothing("invented", &Lookup::Absent);
    assert_eq!(bench.started, 2);
}

#[test]
fn a_kid_asked_for_during_a_flight_was_not_looked_up_by_it() {
    let mut bench = Bench::with_keys(&["a"]);
    let (first, late) = (bench.ask("one"), bench.ask("two"));
    bench.succeed(&["a"]);
    assert_eq!(got(first), Some(Asked::Absent));
    assert_eq!(got(late), Some(refused(30)), "the cool-down of the forced refresh runs");
    bench.assert_finds_nothing("two", &not_yet(30));
}

#[test]
fn a_kid_asked_for_during_a_scheduled_flight_gets_a_forced_one() {
    let mut bench = Bench::with_keys(&["a"]);
    bench.advance(2 * HOUR);
    bench.tick();
    let late = bench.ask("new");
    assert_eq!(bench.started, 2);
    bench.succeed(&["a"]);
    assert_eq!((bench.started, bench.reads_metadata()), (3, false));
    bench.succeed(&["a", "new"]);
    assert_eq!(got(late), Some(Asked::Arrived));
}

#[test]
fn the_first_unknown_kid_after_a_scheduled_refresh_is_always_looked_up() {
    let mut bench = Bench::with_keys(&["a"]);
    let first = bench.ask("new");
    assert_eq!(bench.started, 2);
    bench.succeed(&["a", "new"]);
    assert_eq!(got(first), Some(Asked::Arrived));
}

#[test]
fn a_flood_of_invented_kids_costs_one_fetch_per_cool_down() {
    let mut bench = Bench::with_keys(&["a"]);
    for second in 0..120 {
        for n in 0..100 {
            let answer = bench.ask(&format!("invented-{second}-{n}"));
            if bench.source.flight.is_some() {
                bench.succeed(&["a"]);
            }
            assert!(got(answer).is_some());
        }
        assert!(bench.finds("a"));
        bench.advance(1);
    }
    assert_eq!(bench.started, 1 + 4, "at 0, 30, 60 and 90 seconds");
}

#[test]
fn a_flood_does_not_put_the_scheduled_refresh_off() {
    let mut bench = Bench::with_keys(&["a"]);
    let due = bench.source.wake_at();
    drop(bench.ask("invented"));
    bench.succeed(&["a"]);
    assert_eq!(bench.source.wake_at(), due);
}

#[test]
fn after_a_failed_forced_refresh_the_next_waits_5_seconds() {
    let mut bench = Bench::with_keys(&["a"]);
    let first = bench.ask("new");
    bench.fail();
    assert_eq!(got(first), Some(refused(5)));
    bench.assert_finds_nothing("new", &not_yet(5));
    assert!(bench.finds("a"), "the old keys stay");
    bench.advance(4);
    assert_eq!(got(bench.ask("new")), Some(refused(1)));
    bench.advance(1);
    bench.assert_finds_nothing("new", &Lookup::Ask);
}

#[test]
fn metadata_is_read_again_after_failed_keys_and_not_after_failed_metadata() {
    let mut bench = Bench::with_keys(&["a"]);
    drop(bench.ask("one"));
    bench.fail();
    bench.advance(5);
    drop(bench.ask("two"));
    assert!(bench.reads_metadata(), "the keys may have moved");
    bench.succeed(&["a"]);

    let mut bench = Bench::with_keys(&["a"]);
    bench.advance(2 * HOUR);
    bench.tick();
    bench.fail();
    drop(bench.ask("one"));
    assert!(!bench.reads_metadata(), "the known place may still serve");
}

#[test]
fn refreshes_every_hour_or_sooner_as_the_issuer_asks() {
    let cases = [
        (None, HOUR),
        (Some(0), 5 * MINUTE),
        (Some(10 * MINUTE), 10 * MINUTE),
        (Some(24 * HOUR), HOUR),
        (Some(u64::MAX), HOUR),
    ];
    for (max_age, expected) in cases {
        let mut bench = Bench::new();
        bench.tick();
        bench.succeed_for(&["a"], max_age.map(Duration::from_secs));
        let (next, expected) = (bench.until_next_refresh(), Duration::from_secs(expected));
        assert!(next >= expected * 8 / 10 && next <= expected, "{max_age:?}: {next:?}");
        bench.now.monotonic += next;
        bench.tick();
        assert_eq!((bench.started, bench.reads_metadata()), (2, true));
    }
}

#[test]
fn jitter_stays_within_what_the_issuer_allows() {
    let mut jitter = Jitter(7);
    for allowed in [5 * MINUTE, 10 * MINUTE, HOUR].map(Duration::from_secs) {
        let times: Vec<_> = (0..10_000).map(|_| jitter.before(allowed)).collect();
        assert!(times.iter().all(|time| *time <= allowed && *time >= allowed * 8 / 10));
        assert!(times.contains(&allowed) && times.contains(&(allowed * 8 / 10)), "all of the room is used");
    }
}

#[test]
fn refresh_times_are_spread() {
    let next = |seed: u64| {
        let mut bench = Bench::new();
        bench.source.jitter = Jitter(seed | 1);
        bench.tick();
        bench.succeed(&["a"]);
        bench.until_next_refresh()
    };
    let distinct: std::collections::HashSet<_> =
        (0..100).map(|seed: u64| next(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
    assert!(distinct.len() > 20, "{}", distinct.len());
}

#[test]
fn tries_again_further_and_further_apart() {
    let expect = |bench: &mut Bench, pauses: &[u64]| {
        for &pause in pauses {
            bench.fail();
            let (next, pause) = (bench.until_next_refresh(), Duration::from_secs(pause));
            assert!(next >= pause * 9 / 10 && next <= pause * 11 / 10, "{next:?} for {pause:?}");
            bench.now.monotonic += next;
            bench.tick();
        }
    };
    let mut without_keys = Bench::new();
    without_keys.tick();
    expect(&mut without_keys, &[1, 2, 4, 8, 15, 15, 15]);
    let mut with_keys = Bench::with_keys(&["a"]);
    with_keys.advance(2 * HOUR);
    with_keys.tick();
    expect(&mut with_keys, &[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    with_keys.succeed(&["a"]);
    assert!(with_keys.until_next_refresh() >= Duration::from_secs(48 * MINUTE), "the schedule is back");
}

/// A thousand tenants that are all served meanwhile would else ask an issuer that is down a hundred times a second.
#[test]
fn a_tenant_that_the_shared_keys_serve_backs_off_as_one_that_has_keys() {
    let (shared, mut tenant) = (Bench::with_keys(&["a"]), Bench::new());
    tenant.source = tenant.source.sharing(shared.source.published());
    tenant.tick();
    for _ in 0..12 {
        tenant.fail();
        tenant.now = Now { monotonic: tenant.source.wake_at(), ..tenant.now };
        tenant.tick();
    }
    tenant.fail();
    let pause = tenant.source.wake_at().saturating_sub(tenant.now.monotonic);
    assert!(pause >= Duration::from_secs(4 * MINUTE), "{pause:?}");
}

/// Who waits is answered by the fetch that fails first. Only the keeper tries again, and only a cool-down apart.
#[test]
fn requests_in_an_outage_cause_one_fetch_per_5_seconds_and_none_waits_for_a_second() {
    let mut bench = Bench::with_keys(&["a"]);
    let before = bench.started;
    for second in 0..600 {
        let answers: Vec<_> = (0..10).map(|n| bench.ask(&format!("new-{second}-{n}"))).collect();
        if bench.source.flight.is_some() {
            bench.fail();
        }
        for answer in answers {
            assert!(matches!(got(answer), Some(Asked::Refused { .. })), "answered after one failure at the latest");
        }
        assert!(bench.finds("a"), "who names a known key notices nothing");
        bench.advance(1);
    }
    let fetches = bench.started - before;
    // Beside 120 for who asks, those of the back-off.
    assert!((110..=130).contains(&fetches), "{fetches} fetches in 10 minutes");
}

#[test]
fn nobody_who_has_keys_starts_a_fetch_in_an_outage() {
    let mut bench = Bench::with_keys(&["a"]);
    bench.advance_while_down(10 * HOUR);
    let (started, due) = (bench.started, bench.source.wake_at());
    assert!(started < 160, "{started} tries in 10 hours");
    for _ in 0..1_000 {
        assert!(bench.finds("a"));
    }
    assert_eq!((bench.started, bench.source.wake_at()), (started, due));
}

#[test]
fn an_issuer_down_at_start_is_unavailable_until_it_is_up() {
    let mut bench = Bench::new();
    bench.tick();
    let joined = bench.ask("a");
    bench.fail();
    assert_eq!(got(joined), Some(refused(1)));
    assert!(bench.snapshot().last_error().unwrap().contains("503"));

    bench.assert_finds_nothing("a", &Lookup::Ask);
    let forced = bench.ask("a");
    bench.fail();
    assert_eq!(got(forced), Some(refused(5)));
    bench.assert_finds_nothing("a", &unavailable(5));
    bench.advance(3);
    bench.assert_finds_nothing("a", &unavailable(2));

    bench.tick();
    bench.assert_finds_nothing("a", &Lookup::Ask);
    let joined = bench.ask("a");
    bench.succeed(&["a"]);
    assert_eq!(got(joined), Some(Asked::Arrived));
    assert!(bench.finds("a"));
    assert_eq!(bench.snapshot().last_error(), None);
}

#[test]
fn the_last_good_keys_serve_for_24_hours() {
    let mut bench = Bench::with_keys(&["a"]);
    bench.advance_while_down(23 * HOUR);
    assert!(bench.finds("a"));
    bench.assert_finds_nothing("new", &Lookup::Ask);
    bench.advance_while_down(HOUR);
    bench.assert_finds_nothing("a", &Lookup::Ask);
    let answer = bench.ask("a");
    bench.fail();
    assert_eq!(got(answer), Some(refused(5)));
    bench.assert_finds_nothing("a", &unavailable(5));
    bench.advance_while_down(MINUTE);
    drop(bench.ask("a"));
    bench.succeed(&["a"]);
    assert!(bench.finds("a"));
}

#[test]
fn a_process_that_slept_past_the_bound_waits_for_one_refresh() {
    let mut bench = Bench::with_keys(&["a"]);
    bench.now.unix += (30 * HOUR).cast_signed();
    bench.assert_finds_nothing("a", &Lookup::Ask);
    let answers: Vec<_> = (0..10).map(|_| bench.ask("a")).collect();
    bench.succeed(&["a"]);
    assert!(answers.into_iter().all(|answer| got(answer) == Some(Asked::Arrived)));
    assert!(bench.finds("a"));
    assert_eq!(bench.started, 2);
}

#[test]
fn a_wall_clock_set_back_changes_nothing() {
    let mut bench = Bench::with_keys(&["a"]);
    bench.now.unix = 0;
    assert!(bench.finds("a"));
    drop(bench.ask("new"));
    bench.succeed(&["a", "new"]);
    assert!(bench.finds("new"));
    bench.now.unix = 1_700_000_000;
    bench.assert_finds_nothing("a", &unavailable(30));
    bench.now.monotonic += Duration::from_secs(30);
    drop(bench.ask("a"));
    bench.succeed(&["a"]);
    assert!(bench.finds("a"), "fetched anew, at the right time");
}

#[test]
fn a_waiter_gives_up_after_5_seconds_while_the_fetch_goes_on() {
    let mut bench = Bench::with_keys(&["a"]);
    let early = bench.ask("new");
    bench.advance(1);
    let mut late = bench.ask("new");
    bench.advance(3);
    bench.tick();
    assert_eq!(bench.source.waiting(), 2);
    assert_eq!(bench.until_next_refresh(), Duration::from_secs(1));
    bench.advance(1);
    bench.tick();
    assert_eq!(got(early), Some(refused(1)));
    assert!(late.try_recv().is_err(), "it came later");
    bench.succeed(&["a", "new"]);
    assert_eq!(got(late), Some(Asked::Arrived));
    assert_eq!(bench.started, 2);
}

#[test]
fn a_dropped_waiter_leaves_nothing_behind() {
    let mut bench = Bench::with_keys(&["a"]);
    drop(bench.ask("new"));
    for _ in 0..100 {
        drop(bench.ask("new"));
    }
    assert_eq!(bench.source.waiting(), 101);
    bench.source.forget_dropped();
    assert_eq!(bench.source.waiting(), 0);
    drop(bench.ask("new"));
    bench.advance(5);
    bench.tick();
    assert_eq!(bench.source.waiting(), 0, "time does the same");
    bench.succeed(&["a", "new"]);
    assert!(bench.finds("new"), "the fetch was not in vain");
}

#[test]
fn the_memory_of_absent_kids_is_bounded_and_forgets_the_oldest() {
    let mut bench = Bench::with_keys(&["a"]);
    bench.advance(2 * HOUR);
    bench.tick();
    let answers: Vec<_> = (0..300).map(|n| bench.ask(&format!("invented-{n}"))).collect();
    bench.succeed(&["a"]);
    bench.succeed(&["a"]);
    assert!(answers.into_iter().all(|answer| got(answer) == Some(Asked::Absent)));
    assert_eq!(bench.snapshot().absent.len(), MAX_ABSENT);
    bench.assert_finds_nothing("invented-43", &not_yet(30));
    bench.assert_finds_nothing("invented-44", &Lookup::Absent);
    bench.assert_finds_nothing("invented-299", &Lookup::Absent);
}

#[test]
fn a_key_published_after_its_kid_was_absent_is_found_30_seconds_later() {
    let mut bench = Bench::with_keys(&["a"]);
    drop(bench.ask("new"));
    bench.succeed(&["a"]);
    bench.assert_finds_nothing("new", &Lookup::Absent);
    bench.advance(30);
    bench.assert_finds_nothing("new", &Lookup::Ask);
    let answer = bench.ask("new");
    bench.succeed(&["a", "new"]);
    assert_eq!(got(answer), Some(Asked::Arrived));
}

#[test]
fn a_key_that_the_issuer_removes_is_gone_after_the_next_refresh() {
    let mut bench = Bench::with_keys(&["a", "b"]);
    let generation = bench.snapshot().generation();
    bench.advance(2 * HOUR);
    bench.tick();
    assert!(bench.finds("b"));
    bench.succeed(&["a"]);
    assert!(bench.finds("a") && !bench.finds("b"));
    assert!(bench.snapshot().generation() > generation);
}

#[test]
fn never_two_refreshes_at_a_time() {
    let mut bench = Bench::with_keys(&["a"]);
    drop(bench.ask("new"));
    bench.advance(3 * HOUR);
    bench.tick();
    drop(bench.ask("other"));
    assert_eq!(bench.started, 2);
    bench.succeed(&["a"]);
    assert_eq!((bench.started, bench.reads_metadata()), (3, true), "the scheduled one was due meanwhile");
    bench.succeed(&["b"]);
    bench.step(Event::Refreshed(Err(RefreshError::Panicked)));
    assert_eq!(bench.snapshot().last_error(), None, "an outcome without a flight changes nothing");
}

#[test]
fn a_scheduled_refresh_names_the_versions_it_knows_and_a_forced_one_does_not() {
    let mut bench = Bench::with_keys(&["a"]);
    let versions = |bench: &Bench| {
        let Versions { metadata, keys } = &bench.last.as_ref().unwrap().versions;
        (metadata.clone(), keys.clone())
    };
    assert_eq!(versions(&bench), (None, None), "nothing was known");
    drop(bench.ask("new"));
    assert_eq!(versions(&bench), (None, None), "a server that is wrong about it must not hide a key");
    bench.succeed(&["a"]);
    bench.advance(2 * HOUR);
    bench.tick();
    assert_eq!(versions(&bench), (Some(version("metadata")), Some((JWKS_URI.to_owned(), version("keys")))));
}

#[test]
fn an_unchanged_document_renews_the_time_and_never_the_generation() {
    let mut bench = Bench::with_keys(&["a"]);
    let generation = bench.snapshot().generation();
    for _ in 0..30 {
        bench.advance(HOUR + 10 * MINUTE);
        bench.tick();
        if bench.last.as_ref().unwrap().versions.keys.is_some() {
            bench.find_unchanged(None);
        } else {
            bench.succeed(&["a"]);
        }
        assert!(bench.finds("a"));
        assert_eq!(bench.snapshot().generation(), generation);
        assert_eq!(bench.snapshot().find(&named("not-for-us"), bench.now), Lookup::Absent);
    }
    bench.advance_while_down(23 * HOUR);
    assert!(bench.finds("a"), "24 hours count from the last answer");
}

#[test]
fn documents_are_read_in_full_once_a_day_whatever_the_server_says() {
    let mut bench = Bench::with_keys(&["a"]);
    let mut in_full = 0;
    for _ in 0..4 * 24 {
        bench.advance(HOUR + 10 * MINUTE);
        bench.tick();
        if bench.last.as_ref().unwrap().versions.keys.is_none() {
            in_full += 1;
            bench.succeed(&["a"]);
        } else {
            bench.find_unchanged(None);
        }
    }
    assert_eq!(in_full, 4, "of {} refreshes over 112 hours", bench.started);
}

#[test]
fn versions_of_refused_documents_and_of_doubtful_ones_are_not_asked_with() {
    let refusals = [
        RefreshError::KeysInvalid { from: JWKS_URI.to_owned(), error: KeySetError::NoKeyArray },
        RefreshError::MetadataInvalid { from: ISSUER.to_owned(), error: MetadataError::Syntax },
        RefreshError::Keys { from: JWKS_URI.to_owned(), error: FetchError::Status(404) },
    ];
    for refusal in refusals {
        let mut bench = Bench::with_keys(&["a"]);
        bench.advance(2 * HOUR);
        bench.tick();
        assert!(bench.last.as_ref().unwrap().versions.keys.is_some());
        bench.step(Event::Refreshed(Err(refusal)));
        bench.advance(MINUTE);
        bench.tick();
        let versions = &bench.last.as_ref().unwrap().versions;
        assert!(versions.metadata.is_none() && versions.keys.is_none());
    }
}

#[test]
fn an_unchanged_document_keeps_its_max_age_unless_the_answer_states_another() {
    let next = |first: Option<u64>, second: Option<u64>| {
        let mut bench = Bench::new();
        bench.tick();
        bench.succeed_for(&["a"], first.map(Duration::from_secs));
        bench.advance(2 * HOUR);
        bench.tick();
        bench.find_unchanged(second.map(Duration::from_secs));
        bench.until_next_refresh().as_secs() / MINUTE
    };
    assert!((8..=10).contains(&next(Some(10 * MINUTE), None)));
    assert!((16..=20).contains(&next(Some(10 * MINUTE), Some(20 * MINUTE))));
    assert!(next(None, None) >= 48);
}

/// The health of the one source.
fn health(bench: &Bench) -> IssuerHealth {
    IssuerHealth::of(&bench.snapshot(), "test".to_owned(), None, true, bench.now)
}

#[test]
fn health_follows_every_step() {
    let mut bench = Bench::new();
    let first = health(&bench);
    assert_eq!((first.ready, first.keys, first.age, first.generation), (false, 0, None, 0));
    assert_eq!(first.next_refresh, Some(Duration::ZERO));
    bench.tick();
    bench.fail();
    let failed = health(&bench);
    assert_eq!((failed.ready, failed.failures), (false, 1));
    assert!(failed.last_error.unwrap().contains("503"));
    bench.advance(2);
    bench.tick();
    assert_eq!(health(&bench).next_refresh, Some(Duration::ZERO), "it is on its way");
    bench.succeed(&["a", "b"]);
    bench.advance(60);
    let good = health(&bench);
    assert_eq!((good.ready, good.keys, good.failures, good.last_error, good.generation), (true, 2, 0, None, 1));
    assert_eq!(good.age, Some(Duration::from_secs(60)));
    assert_eq!(good.next_refresh, Some(bench.until_next_refresh()));

    bench.verifies("a");
    drop(bench.ask("c"));
    bench.succeed(&["c"]);
    let rolling = health(&bench);
    assert_eq!((rolling.keys, rolling.retained_keys, rolling.generation), (1, 1, 2));
    bench.verifies("c");
    assert_eq!((health(&bench).retained_keys, health(&bench).generation), (0, 3));

    bench.advance_while_down(25 * HOUR);
    let old = health(&bench);
    assert!(!old.ready && old.failures > 100 && old.age > Some(MAX_AGE));
}

fn initial(kids: &[&str], age: u64) -> InitialKeys {
    InitialKeys {
        published: PublishedKeys { keys: signing_keys(kids), unusable_kids: Vec::new() },
        metadata: Some(ProviderMetadata {
            issuer: ISSUER.to_owned(),
            jwks_uri: JWKS_URI.to_owned(),
            cloud_instance_name: None,
        }),
        age: Duration::from_secs(age),
    }
}

#[test]
fn preloaded_keys_serve_at_once_and_keep_their_age() {
    let mut bench = Bench::beginning_with(initial(&["a"], 23 * HOUR));
    assert!(*bench.loaded.borrow() && bench.finds("a"));
    bench.tick();
    assert_eq!((bench.started, bench.reads_metadata()), (1, true), "the refresh begins as ever");
    assert!(bench.last.as_ref().unwrap().versions.keys.is_none());
    bench.fail();
    assert!(*bench.loaded.borrow() && bench.finds("a"), "the last good keys, from another process");
    let due = bench.until_next_refresh().as_secs();
    bench.advance_while_down(HOUR - 1);
    assert!(bench.finds("a"));
    bench.advance(1);
    assert!(!bench.finds("a"));
    assert!(due <= 1, "tried again soon, not in an hour");
}

/// An attacker names a kid that is to come, it is published, and a good token of it is sent.
#[test]
fn a_kid_that_was_absent_before_a_token_was_signed_is_looked_up_again_and_never_called_wrong() {
    let mut bench = Bench::new();
    bench.tick();
    bench.succeed(&["a"]);
    let guessed = bench.ask("coming");
    bench.succeed(&["a"]);
    assert_eq!(got(guessed), Some(Asked::Absent));
    bench.advance(3);
    let query = |signed_by| KeyQuery { signed_by, token: TokenId::Hash(1), ..named("coming") };
    let find = |bench: &Bench, signed_by| match bench.snapshot().find(&query(signed_by), bench.now) {
        Lookup::Absent => "401",
        Lookup::NotYet { .. } => "503",
        _ => "ask",
    };
    assert_eq!(find(&bench, LONG_AGO), "401", "a token that was signed before the look-up");
    let very_same = KeyQuery { signed_by: i64::MAX, token: TokenId::Hash(0), ..named("coming") };
    assert_eq!(bench.snapshot().find(&very_same, bench.now), Lookup::Absent, "the token that was looked up for");
    assert_eq!(find(&bench, bench.now.unix), "503", "one that was signed since");
    assert_eq!(find(&bench, i64::MAX), "503", "one that does not say when it was signed");
    bench.advance(27);
    assert_eq!(find(&bench, bench.now.unix), "ask");
    let good = bench.ask_for(Wanted { kid: Some("coming".into()), signed_by: bench.now.unix, token: 1 });
    bench.succeed(&["a", "coming"]);
    assert_eq!(got(good), Some(Asked::Arrived));
}

/// A process that was frozen: the first request has the keys fetched, and the schedule is past due then.
#[test]
fn keys_that_are_overdue_serve_again_once_they_were_fetched_for_a_request() {
    let mut bench = Bench::new();
    bench.tick();
    bench.succeed(&["a"]);
    bench.advance(2 * HOUR);
    bench.assert_finds_nothing("a", &Lookup::Ask);
    let answer = bench.ask("a");
    assert!(!bench.reads_metadata(), "for the keys alone");
    bench.succeed(&["a"]);
    assert_eq!(got(answer), Some(Asked::Arrived));
    assert!(bench.finds("a") && bench.reads_metadata(), "and all of it is read at once");
}

#[test]
fn keys_that_are_overdue_serve_on_where_the_issuer_cannot_be_asked() {
    let mut bench = Bench::new();
    bench.tick();
    bench.succeed(&["a"]);
    bench.advance(2 * HOUR);
    let answer = bench.ask("a");
    bench.fail();
    assert!(matches!(got(answer), Some(Asked::Refused { .. })));
    assert!(bench.finds("a"), "the last good ones, for 24 hours");
}

/// What was asked during a flight is not answered by it.
#[test]
fn a_token_that_was_signed_during_a_look_up_is_not_called_wrong_by_it() {
    let mut bench = Bench::new();
    bench.tick();
    bench.succeed(&["a"]);
    let first = bench.ask("coming");
    bench.advance(2);
    let good = bench.ask_for(Wanted { kid: Some("coming".into()), signed_by: bench.now.unix, token: 1 });
    bench.succeed(&["a"]);
    assert_eq!(got(first), Some(Asked::Absent));
    assert!(matches!(got(good), Some(Asked::Refused { .. })));
}

#[test]
fn an_unknown_kid_beside_preloaded_keys_is_looked_up_where_the_metadata_said() {
    let mut bench = Bench::beginning_with(initial(&["a"], HOUR));
    bench.tick();
    let answer = bench.ask("new");
    bench.fail();
    assert_eq!(got(answer), Some(refused(1)), "the first refresh is shared by all who wait");
    let answer = bench.ask("new");
    assert_eq!(bench.last.as_ref().unwrap().jwks_uri.as_deref(), Some(JWKS_URI));
    bench.succeed(&["a", "new"]);
    assert_eq!(got(answer), Some(Asked::Arrived));
}
