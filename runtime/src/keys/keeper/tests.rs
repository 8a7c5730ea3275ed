use std::sync::{Condvar, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::super::fetch::{BoxFuture, FetchError, Fetched, Validator};
use super::super::scripted::{
    Calls, ISSUER, JWKS_URI, METADATA_URL, any_key, config, key_set, metadata, named, origin, script, wanted,
};
use super::super::snapshot::MAX_LATENESS;
use super::super::{Health, IssuerHealth, KeySourceConfig, Lookup};
use super::*;
use crate::clock::ManualClock;

struct Bench {
    keeper: Keeper,
    keys: Keys,
    calls: Calls,
    clock: ManualClock,
}

fn start() -> Bench {
    let (transport, calls) = script();
    let clock = ManualClock::starting_at(1_700_000_000);
    let (keeper, keys) = Keeper::start(vec![config()], Arc::new(transport), Arc::new(clock.clone())).unwrap();
    let [keys] = <[Keys; 1]>::try_from(keys).unwrap();
    Bench { keeper, keys, calls, clock }
}

async fn start_with(kids: &[&str]) -> Bench {
    let mut bench = start();
    bench.calls.serve(kids).await;
    assert!(bench.loaded().await);
    bench
}

impl Bench {
    /// Waits until the refresh in flight has been taken note of.
    async fn settled(&self) {
        while self.keys.load().in_flight {
            tokio::task::yield_now().await;
        }
    }

    fn loaded(&self) -> impl Future<Output = bool> + Send + use<> {
        self.keys.loaded(&ticking(&self.clock))
    }

    fn finds(&self, kid: &str) -> bool {
        matches!(self.keys.load().find(&named(kid), Now::read(&self.clock)), Lookup::Found(_))
    }
}

fn ticking(clock: &ManualClock) -> Arc<dyn Clock> {
    Arc::new(clock.clone())
}

fn refused(seconds: u64) -> Asked {
    Asked::Refused { retry_after: Duration::from_secs(seconds) }
}

/// Polls on this thread, with no runtime anywhere near.
fn block_on<F: Future>(future: F) -> F::Output {
    #[derive(Default)]
    struct Signal(Mutex<bool>, Condvar);
    impl Wake for Signal {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() = true;
            self.1.notify_one();
        }
    }
    let signal = Arc::new(Signal::default());
    let waker = Waker::from(Arc::clone(&signal));
    let mut future = Box::pin(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let woken = signal.1.wait_while(signal.0.lock().unwrap(), |woken| !*woken);
        *woken.unwrap() = false;
    }
}

/// A handle in a forked child has no thread behind it.
#[tokio::test]
async fn nobody_waits_for_the_keeper_of_another_process() {
    let mut bench = start_with(&["a"]).await;
    bench.keys.keeper.as_mut().unwrap().process ^= 1;
    let mut wait = Box::pin(bench.keys.ask(wanted("b")));
    assert_eq!(futures_util::poll!(&mut wait), Poll::Ready(Asked::REFUSED));
    assert!(bench.finds("a"), "the keys that it inherited serve on, until they are too old");
}

#[test]
fn works_without_any_runtime() {
    let mut bench = start();
    let asked = bench.keys.ask(wanted("a"));
    block_on(bench.calls.serve(&["a"]));
    assert_eq!(block_on(asked), Asked::Arrived);
    assert!(block_on(bench.loaded()));
    assert!(bench.finds("a"));
}

#[tokio::test]
async fn all_sources_are_fetched_at_once() {
    let (transport, mut calls) = script();
    let at = |host: &str| KeySourceConfig { origin: origin(&format!("https://{host}/metadata")), ..config() };
    let clock = ManualClock::starting_at(0);
    let (_keeper, keys) =
        Keeper::start(vec![at("one"), at("two")], Arc::new(transport), Arc::new(clock.clone())).unwrap();
    let one = calls.expect("https://one/metadata").await;
    let two = calls.expect("https://two/metadata").await;
    two.succeed(metadata());
    calls.expect(JWKS_URI).await.succeed(key_set(&["b"]));
    assert!(keys[1].loaded(&ticking(&clock)).await, "the slow source does not hold up the other");
    one.succeed(metadata());
    calls.expect(JWKS_URI).await.succeed(key_set(&["a"]));
    assert!(keys[0].loaded(&ticking(&clock)).await);
    let now = Now { unix: 0, monotonic: Duration::ZERO };
    assert_eq!(keys[0].load().find(&named("b"), now), Lookup::Ask, "each has its own keys");
}

#[tokio::test]
async fn refreshes_when_the_hour_has_passed() {
    let mut bench = start_with(&["old"]).await;
    bench.clock.advance(Duration::from_secs(67 * 60));
    bench.calls.serve(&["new"]).await;
    assert_eq!(bench.keys.ask(wanted("new")).await, Asked::Arrived);
    assert!(bench.finds("new") && !bench.finds("old"));
}

#[tokio::test]
async fn a_thousand_concurrent_requests_cause_one_fetch() {
    let mut bench = start_with(&["old"]).await;
    let tasks: Vec<_> = (0..1_000).map(|_| tokio::spawn(bench.keys.ask(wanted("new")))).collect();
    bench.calls.expect(JWKS_URI).await.succeed(key_set(&["old", "new"]));
    for task in tasks {
        assert_eq!(task.await.unwrap(), Asked::Arrived);
    }
    assert!(bench.finds("new") && bench.calls.none_waits());
}

/// No lock is held while a fetch is under way: those who have keys are answered by one poll on this thread.
#[tokio::test]
async fn a_fetch_that_hangs_holds_up_nobody_who_has_keys() {
    let mut bench = start_with(&["a"]).await;
    let waiting = bench.keys.ask(wanted("new"));
    let hanging = bench.calls.expect(JWKS_URI).await;
    for _ in 0..1_000 {
        let snapshot = bench.keys.load();
        let Lookup::Found(keys) = snapshot.find(&named("a"), Now::read(&bench.clock)) else { panic!() };
        snapshot.note_use(keys.iter().next().unwrap());
    }
    assert_eq!(futures_util::poll!(Box::pin(bench.loaded())), Poll::Ready(true));
    hanging.succeed(key_set(&["a", "new"]));
    assert_eq!(waiting.await, Asked::Arrived);
}

#[tokio::test]
async fn a_waiter_is_timed_out_by_the_keeper() {
    let mut bench = start_with(&["a"]).await;
    let asked = bench.keys.ask(wanted("new"));
    let slow = bench.calls.expect(JWKS_URI).await;
    bench.clock.advance(Duration::from_secs(5));
    assert_eq!(asked.await, refused(1));
    assert!(bench.finds("a"));
    let again = bench.keys.ask(wanted("new"));
    slow.succeed(key_set(&["a", "new"]));
    assert_eq!(again.await, Asked::Arrived);
}

#[tokio::test]
async fn bad_documents_keep_the_old_keys() {
    let other_issuer = br#"{"issuer":"https://evil.example","jwks_uri":"https://evil.example/keys"}"#.to_vec();
    let mut bench = start_with(&["a"]).await;
    let hour = Duration::from_secs(67 * 60);
    for body in [b"<html>".to_vec(), Vec::new(), b"{\"keys\":[]}".to_vec(), b"{\"keys\":[null]}".to_vec()] {
        bench.clock.advance(hour);
        bench.calls.expect(METADATA_URL).await.succeed(metadata());
        bench.calls.expect(JWKS_URI).await.succeed(body);
        bench.settled().await;
        assert!(bench.finds("a") && bench.keys.load().last_error().is_some());
    }
    for body in [other_issuer, b"null".to_vec(), Vec::new()] {
        bench.clock.advance(hour);
        bench.calls.expect(METADATA_URL).await.succeed(body);
        bench.settled().await;
        assert!(bench.finds("a"));
    }
    for error in [FetchError::Status(503), FetchError::TooLarge] {
        bench.clock.advance(hour);
        bench.calls.expect(METADATA_URL).await.fail(error);
        bench.settled().await;
        assert!(bench.finds("a"));
    }
    bench.clock.advance(hour);
    bench.calls.serve(&["b"]).await;
    bench.settled().await;
    assert!(bench.finds("b") && !bench.finds("a"));
    assert_eq!(bench.keys.load().last_error(), None);
}

#[tokio::test]
async fn documents_that_have_not_changed_are_not_sent_again() {
    let mut bench = start();
    bench.calls.expect(METADATA_URL).await.succeed_as(metadata(), Some("\"m1\""));
    bench.calls.expect(JWKS_URI).await.succeed_as(key_set(&["a"]), Some("\"k1\""));
    assert!(bench.loaded().await);
    let known = |tag: &str| Some(Validator::EntityTag(tag.into()));
    let generation = bench.keys.load().generation();
    for _ in 0..3 {
        bench.clock.advance(Duration::from_secs(67 * 60));
        let call = bench.calls.expect(METADATA_URL).await;
        assert_eq!(call.known, known("\"m1\""));
        call.not_modified();
        let call = bench.calls.expect(JWKS_URI).await;
        assert_eq!(call.known, known("\"k1\""));
        call.not_modified();
        bench.settled().await;
        assert!(bench.finds("a"));
        assert_eq!(bench.keys.load().generation(), generation);
    }
    // The keys move: what was known of the old place says nothing of the new one.
    let moved = format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"https://login.example/moved"}}"#);
    bench.clock.advance(Duration::from_secs(67 * 60));
    bench.calls.expect(METADATA_URL).await.succeed_as(moved.into_bytes(), Some("\"m2\""));
    let call = bench.calls.expect("https://login.example/moved").await;
    assert_eq!(call.known, None);
    call.succeed(key_set(&["b"]));
    bench.settled().await;
    assert!(bench.finds("b"));
}

#[tokio::test]
async fn a_panic_costs_one_refresh() {
    let (transport, _calls) = script();
    let clock = ManualClock::starting_at(0);
    let panics = KeySourceConfig { origin: origin("https://panic.example"), ..config() };
    let (_keeper, keys) = Keeper::start(vec![panics], Arc::new(transport), Arc::new(clock)).unwrap();
    let asked = keys[0].ask(any_key()).await;
    assert!(matches!(asked, Asked::Refused { .. }), "{asked:?}");
    assert!(keys[0].load().last_error().unwrap().contains("panicked"));
}

#[tokio::test]
async fn a_dropped_keeper_ends_its_thread_and_its_fetch() {
    let Bench { keeper, keys, mut calls, clock } = start();
    let in_flight = calls.expect(METADATA_URL).await;
    let (asked, loaded) = (keys.ask(wanted("a")), keys.loaded(&ticking(&clock)));
    drop(keeper);
    in_flight.given_up().await;
    calls.ended().await;
    assert_eq!(asked.await, refused(1));
    assert!(!loaded.await);
    assert_eq!(keys.ask(wanted("a")).await, refused(1), "the handle outlives it");
}

#[tokio::test]
async fn keys_stay_readable_without_the_keeper() {
    let Bench { keeper, keys, mut calls, clock } = start_with(&["a"]).await;
    drop(keeper);
    calls.ended().await;
    assert!(matches!(keys.load().find(&named("a"), Now::read(&clock)), Lookup::Found(_)));
    assert!(keys.loaded(&ticking(&clock)).await);
}

#[tokio::test]
async fn more_than_4096_waiters_for_one_source_are_refused_at_once() {
    const MOST: usize = MAX_WAITING / 2;
    let mut bench = start();
    let in_flight = bench.calls.expect(METADATA_URL).await;
    let mut waiting = FuturesUnordered::new();
    for _ in 0..5_000 {
        waiting.push(bench.keys.ask(wanted("a")));
    }
    for _ in 0..(5_000 - MOST) {
        assert_eq!(waiting.next().await, Some(refused(1)));
    }
    in_flight.succeed(metadata());
    bench.calls.expect(JWKS_URI).await.succeed(key_set(&["a"]));
    let rest: Vec<_> = waiting.collect().await;
    assert_eq!(rest.len(), MOST);
    assert!(rest.iter().all(|asked| *asked == Asked::Arrived || *asked == refused(1)));
    assert!(rest.contains(&Asked::Arrived));
}

/// As many as are free: a source that is flooded leaves half of the places, two leave a third, and so on.
#[tokio::test]
async fn sources_that_are_flooded_leave_places_to_the_others() {
    const FLOODED: usize = 8;
    let (transport, mut calls) = script();
    let clock = Arc::new(ManualClock::starting_at(1_700_000_000));
    let sources = (0..=FLOODED).map(|at| KeySourceConfig { origin: origin(&format!("https://{at}/")), ..config() });
    let (_keeper, keys) = Keeper::start(sources.collect(), Arc::new(transport), clock).unwrap();
    let (calm, flooded) = keys.split_last().unwrap();
    let mut in_flight = Vec::new();
    for _ in 0..=FLOODED {
        in_flight.push(calls.next().await);
    }
    let inbox = &calm.keeper.as_ref().unwrap().requests;
    let mut flood = Vec::new();
    for at in 0..2 * MAX_WAITING {
        flood.push(flooded[at % FLOODED].ask(wanted("x")));
        while inbox.capacity() < MAX_WAITING / 2 {
            tokio::task::yield_now().await;
        }
    }
    let mut waiting = Box::pin(calm.ask(wanted("a")));
    assert_eq!(flood.pop().unwrap().await, refused(1), "there are more than may wait");
    let calm_call = in_flight.iter().position(|call| call.url == format!("https://{FLOODED}/")).unwrap();
    in_flight.remove(calm_call).succeed(metadata());
    calls.expect(JWKS_URI).await.succeed(key_set(&["a"]));
    assert_eq!((&mut waiting).await, Asked::Arrived);
}

#[tokio::test]
async fn a_fixed_set_needs_no_keeper() {
    let keys = Keys::fixed(super::super::scripted::signing_keys(&["a"]), false);
    let now = Now { unix: 0, monotonic: Duration::ZERO };
    assert!(matches!(keys.load().find(&named("a"), now), Lookup::Found(_)));
    assert_eq!(keys.load().find(&named("b"), now), Lookup::Absent);
    assert!(keys.loaded(&ticking(&ManualClock::starting_at(0))).await);
    let asked = keys.ask(wanted("b")).await;
    assert_eq!(keys.load().find_after(asked, &named("b"), now), Lookup::Absent);
}

mod what_goes_wrong_on_its_thread {
    use std::panic::panic_any;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::clock::Sleep;

    /// Panics when the test says so, on the keeper's thread alone.
    #[derive(Clone, Debug)]
    struct FaultyClock {
        clock: ManualClock,
        is_faulty: Arc<AtomicBool>,
    }

    impl Clock for FaultyClock {
        fn unix_now(&self) -> i64 {
            self.clock.unix_now()
        }

        fn monotonic(&self) -> Duration {
            let is_keeper = std::thread::current().name() == Some("requires-auth-keys");
            if is_keeper && self.is_faulty.swap(false, Ordering::SeqCst) {
                panic_any("as the test asked");
            }
            self.clock.monotonic()
        }

        fn sleep_until(&self, deadline: Duration) -> Sleep {
            self.clock.sleep_until(deadline)
        }
    }

    /// The thread goes on with what it had, and the refresh that was lost counts as failed.
    #[tokio::test]
    async fn a_panic_costs_what_was_in_flight_and_not_the_thread() {
        let (transport, mut calls) = script();
        let clock = ManualClock::starting_at(1_700_000_000);
        let is_faulty = Arc::new(AtomicBool::new(false));
        let faulty = FaultyClock { clock: clock.clone(), is_faulty: Arc::clone(&is_faulty) };
        let (keeper, keys) = Keeper::start(vec![config()], Arc::new(transport), Arc::new(faulty)).unwrap();
        let [keys] = <[Keys; 1]>::try_from(keys).unwrap();
        calls.serve(&["a"]).await;
        let mut bench = Bench { keeper, keys, calls, clock };
        assert!(bench.loaded().await);

        bench.settled().await;
        is_faulty.store(true, Ordering::SeqCst);
        bench.clock.advance(Duration::from_secs(31));
        let lost = bench.keys.ask(wanted("b"));
        while is_faulty.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        assert!(bench.finds("a"), "the last good keys serve meanwhile");
        while !bench.finds("b") {
            match bench.calls.try_next() {
                Some(call) if call.url == METADATA_URL => _ = call.try_succeed(metadata()),
                Some(call) => _ = call.try_succeed(key_set(&["a", "b"])),
                // Past the pause, whenever the thread begins it, and to the next refresh.
                None => bench.clock.advance(PAUSE_AFTER_PANIC),
            }
            tokio::task::yield_now().await;
        }
        assert!(matches!(lost.await, Asked::Arrived | Asked::Refused { .. }));
    }

    /// Those who wait are woken on the keeper's thread, by their executor's code.
    #[tokio::test]
    async fn a_waker_that_panics_costs_the_thread_nothing() {
        struct Panicking;
        impl Wake for Panicking {
            fn wake(self: Arc<Self>) {
                panic_any("as the test asked");
            }
        }
        let mut bench = start();
        let mut waiting = Box::pin(bench.keys.ask(wanted("a")));
        let waker = Waker::from(Arc::new(Panicking));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        bench.calls.serve(&["a"]).await;
        while !bench.finds("a") {
            tokio::task::yield_now().await;
        }
        bench.clock.advance(Duration::from_secs(3_600));
        while !bench.finds("b") {
            match bench.calls.try_next() {
                Some(call) if call.url == METADATA_URL => _ = call.try_succeed(metadata()),
                Some(call) => _ = call.try_succeed(key_set(&["b"])),
                None => bench.clock.advance(PAUSE_AFTER_PANIC),
            }
            tokio::task::yield_now().await;
        }
    }

    /// Does not return from a fetch, as code of others may do that blocks the thread.
    struct Blocking(Mutex<std::sync::mpsc::Receiver<()>>, super::super::super::scripted::Script);

    impl Transport for Blocking {
        fn get(&self, url: &str, known: Option<&Validator>) -> BoxFuture<Result<Fetched, FetchError>> {
            // `Err` where the test has let go of its side.
            let _ = self.0.lock().unwrap().recv();
            self.1.get(url, known)
        }
    }

    #[tokio::test]
    async fn a_keeper_that_is_stuck_is_told_by_health_and_its_keys_serve_for_a_while_only() {
        let (transport, calls) = script();
        let (go, gone) = std::sync::mpsc::channel();
        let clock = ManualClock::starting_at(1_700_000_000);
        let transport = Arc::new(Blocking(Mutex::new(gone), transport));
        let (keeper, keys) = Keeper::start(vec![config()], transport, Arc::new(clock.clone())).unwrap();
        let [keys] = <[Keys; 1]>::try_from(keys).unwrap();
        let mut bench = Bench { keeper, keys, calls, clock };
        for _ in 0..2 {
            go.send(()).unwrap();
        }
        bench.calls.serve(&["a"]).await;
        assert!(bench.loaded().await);
        bench.settled().await;

        let health = |bench: &Bench| {
            let now = Now::read(&bench.clock);
            IssuerHealth::of(&bench.keys.load(), "test".to_owned(), None, true, now)
        };
        let due = health(&bench).next_refresh.unwrap();
        bench.clock.advance(due + Duration::from_secs(1));
        while !bench.keys.load().in_flight {
            tokio::task::yield_now().await;
        }
        assert_eq!((health(&bench).ready, health(&bench).overdue), (true, None), "it may still be fetching");
        // The fetch was given up long ago when it comes back.
        bench.clock.advance(Duration::from_secs(61));
        let late = health(&bench);
        assert!(late.ready && late.overdue.is_some() && Health::new(vec![late]).is_degraded());

        bench.clock.advance(MAX_LATENESS);
        assert!(!health(&bench).ready && !bench.finds("a"));
        let mut ready = Box::pin(bench.loaded());
        assert!(futures_util::poll!(&mut ready).is_pending(), "no probe takes it for ready");
        drop(go);
        while futures_util::poll!(&mut ready).is_pending() {
            match bench.calls.try_next() {
                Some(call) if call.url == METADATA_URL => _ = call.try_succeed(metadata()),
                Some(call) => _ = call.try_succeed(key_set(&["a"])),
                None => bench.clock.advance(Duration::from_secs(1)),
            }
            tokio::task::yield_now().await;
        }
        assert!(bench.finds("a"));
    }
}

mod many_tenants {
    use super::*;
    use crate::discovery::ExpectedIssuer;
    use crate::keys::KeyOrigin;
    use crate::tenant::TenantTemplate;

    const ONE: &str = "11111111-86f1-41af-91ab-2d7cd011db47";
    const TWO: &str = "22222222-86f1-41af-91ab-2d7cd011db47";
    const SHARED: &str = "https://login.example/common/metadata";

    fn shared() -> KeySourceConfig {
        KeySourceConfig {
            origin: KeyOrigin::Metadata {
                url: SHARED.to_owned(),
                issuer: ExpectedIssuer::Exact("https://login.example/{tenantid}".to_owned()),
            },
            tenants: Some(TenantTemplate::new("https://login.example/{tenantid}/metadata")),
            ..config()
        }
    }

    fn document(tenant: &str) -> Vec<u8> {
        format!(r#"{{"issuer":"https://login.example/{tenant}","jwks_uri":"{JWKS_URI}"}}"#).into()
    }

    impl Calls {
        async fn serve_tenant(&mut self, tenant: &str, kids: &[&str]) {
            self.expect(&format!("https://login.example/{tenant}/metadata")).await.succeed(document(tenant));
            self.expect(JWKS_URI).await.succeed(key_set(kids));
        }
    }

    async fn start_shared(kids: &[&str]) -> Bench {
        let (transport, mut calls) = script();
        let clock = ManualClock::starting_at(1_700_000_000);
        let (keeper, keys) = Keeper::start(vec![shared()], Arc::new(transport), Arc::new(clock.clone())).unwrap();
        let [keys] = <[Keys; 1]>::try_from(keys).unwrap();
        calls.expect(SHARED).await.succeed(document("{tenantid}"));
        calls.expect(JWKS_URI).await.succeed(key_set(kids));
        assert!(keys.loaded(&ticking(&clock)).await);
        Bench { keeper, keys, calls, clock }
    }

    impl Bench {
        fn now(&self) -> Now {
            Now::read(&self.clock)
        }

        async fn own(&self, tenant: &str) -> Keys {
            loop {
                if let Some(own) = self.keys.tenants().unwrap().of(tenant) {
                    return own.keys.clone();
                }
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_verified_tenant_gets_a_set_of_its_own_once() {
        let mut bench = start_shared(&["a"]).await;
        for _ in 0..10 {
            bench.keys.note_verified(ONE, bench.now());
        }
        bench.calls.serve_tenant(ONE, &["a", "own"]).await;
        let own = bench.own(ONE).await;
        assert!(own.loaded(&ticking(&bench.clock)).await);
        assert!(own.load().has(Some("own"), bench.now()));
        assert!(!bench.keys.load().has(Some("own"), bench.now()), "what the others have is not changed");
        let [theirs, ours] = [bench.keys.load(), own.load()].map(|keys| match keys.find(&named("a"), bench.now()) {
            Lookup::Found(found) => found.iter().next().map(std::ptr::from_ref),
            _ => None,
        });
        assert!(theirs.is_some() && theirs == ours, "a key that both have is held once");
        bench.keys.note_verified(ONE, bench.now());
        assert!(bench.calls.none_waits());
    }

    #[tokio::test]
    async fn a_key_that_only_the_tenant_has_is_looked_up_there() {
        let mut bench = start_shared(&["a"]).await;
        let asked = bench.keys.ask_for_tenant(ONE, wanted("own"), false);
        bench.calls.serve_tenant(ONE, &["own"]).await;
        assert_eq!(asked.await, Asked::Arrived);
        let absent = bench.keys.ask_for_tenant(TWO, wanted("own"), false);
        bench.calls.serve_tenant(TWO, &["a"]).await;
        assert_eq!(absent.await, Asked::Absent, "one tenant's key is not the other's");
    }

    #[tokio::test]
    async fn a_flood_of_invented_tenants_costs_sixteen_fetches_and_then_one_every_two_seconds() {
        let mut bench = start_shared(&["a"]).await;
        let mut asked = FuturesUnordered::new();
        for number in 0..1_000 {
            asked.push(bench.keys.ask_for_tenant(&format!("tenant-{number}"), wanted("x"), false));
        }
        for _ in 0..16 {
            let call = bench.calls.next().await;
            assert!(call.url.starts_with("https://login.example/tenant-"));
            call.fail(FetchError::Status(400));
        }
        while let Some(answer) = asked.next().await {
            assert!(matches!(answer, Asked::Refused { .. }));
        }
        assert!(bench.calls.none_waits());
        assert!(bench.keys.tenants().unwrap().of("tenant-0").is_none(), "what failed is forgotten");
        bench.clock.advance(Duration::from_secs(2));
        let answers: Vec<_> = (0..10).map(|_| bench.keys.ask_for_tenant(TWO, wanted("x"), false)).collect();
        bench.calls.serve_tenant(TWO, &["x"]).await;
        let answers = futures_util::future::join_all(answers).await;
        assert_eq!(answers, [Asked::Arrived; 10], "all join one look-up");
        assert!(bench.finds("a"), "those who are known are served all the while");
    }

    /// Forty tenants with sets of their own; for 39 of them a flood invents kids; the fortieth rotates its key.
    #[tokio::test]
    async fn a_flood_for_known_tenants_costs_another_tenant_nothing() {
        let mut bench = start_shared(&["a"]).await;
        let name = |number: usize| format!("tenant-{number}");
        for number in 0..40 {
            bench.keys.note_verified(&name(number), bench.now());
            bench.calls.serve_tenant(&name(number), &["a"]).await;
            let own = bench.own(&name(number)).await;
            assert!(own.loaded(&ticking(&bench.clock)).await);
        }
        for round in 0..3 {
            bench.clock.advance(Duration::from_secs(31));
            let flood: Vec<_> = (0..39 * 20)
                .map(|at| bench.keys.ask_for_tenant(&name(at % 39), wanted(&format!("{round}-{at}")), false))
                .collect();
            let rotated = bench.keys.ask_for_tenant(&name(39), wanted("new"), false);
            // One look-up for each tenant, the fortieth's among them.
            for _ in 0..40 {
                bench.calls.expect(JWKS_URI).await.succeed(key_set(&["a"]));
            }
            assert_eq!(rotated.await, Asked::Absent, "it was looked up, in vain");
            let answers = futures_util::future::join_all(flood).await;
            assert!(answers.iter().all(|asked| *asked == Asked::Absent || matches!(asked, Asked::Refused { .. })));
            assert!(bench.calls.none_waits());
        }
        bench.clock.advance(Duration::from_secs(31));
        for at in 0..38 * 20 {
            drop(bench.keys.ask_for_tenant(&name(at % 38), wanted(&format!("last-{at}")), false));
        }
        let rotated = bench.keys.ask_for_tenant(&name(39), wanted("new"), false);
        for _ in 0..39 {
            bench.calls.expect(JWKS_URI).await.succeed(key_set(&["a", "new"]));
        }
        assert_eq!(rotated.await, Asked::Arrived);
    }

    #[tokio::test]
    async fn a_tenant_whose_set_is_down_keeps_its_place_and_the_shared_set_serves() {
        let mut bench = start_shared(&["a"]).await;
        bench.keys.note_verified(ONE, bench.now());
        bench.calls.expect(&format!("https://login.example/{ONE}/metadata")).await.fail(FetchError::Status(500));
        let own = bench.own(ONE).await;
        while own.load().last_error().is_none() {
            tokio::task::yield_now().await;
        }
        assert!(!own.load().has_keys(bench.now()));
        assert!(bench.finds("a"));
    }

    #[tokio::test]
    async fn only_eight_sets_are_loaded_at_once() {
        let mut bench = start_shared(&["a"]).await;
        for number in 0..100 {
            bench.keys.note_verified(&format!("tenant-{number}"), bench.now());
        }
        // Requests are served in order: when this one is answered, all the others were seen.
        let asked = bench.keys.ask(wanted("a"));
        assert_eq!(asked.await, Asked::Arrived);
        let mut calls = Vec::new();
        for _ in 0..8 {
            calls.push(bench.calls.next().await);
        }
        assert!(bench.calls.none_waits());
    }
}

/// An issuer that answers at once, and never with keys.
struct Down;

impl Transport for Down {
    fn get(&self, _: &str, _: Option<&Validator>) -> BoxFuture<Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Status(503)) })
    }
}

/// The least of many measurements, so that a busy machine changes nothing; a walk over all sources took 60 times as long.
#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "it measures how long something really takes")]
async fn a_request_costs_the_same_beside_two_thousand_sources() {
    let mut costs = Vec::new();
    for number in [1, 2_000] {
        let at = |number| origin(&format!("https://host-{number}/metadata"));
        let sources = (0..number).map(|number| KeySourceConfig { origin: at(number), ..config() }).collect();
        let clock = Arc::new(ManualClock::starting_at(0));
        let (_keeper, keys) = Keeper::start(sources, Arc::new(Down), clock).unwrap();
        // Each has failed once: the first refreshes of all are no cost of a request.
        while keys.iter().any(|keys| keys.load().last_error().is_none()) {
            tokio::task::yield_now().await;
        }
        let mut least = Duration::MAX;
        for _ in 0..20 {
            let start = Instant::now();
            for _ in 0..50 {
                assert!(matches!(keys[0].ask(wanted("a")).await, Asked::Refused { .. }));
            }
            least = least.min(start.elapsed());
        }
        costs.push(least);
    }
    assert!(costs[1] < costs[0] * 10, "{costs:?}");
}
