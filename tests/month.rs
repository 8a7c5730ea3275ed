//! Thirty days with every fault that an issuer can have, on a clock that the test drives; the issuer is real HTTP on
//! loopback. What is counted is printed as the tables that the page `_documentation/key_life.md` has:
//!
//! ```sh
//! cargo test -p requires-auth-tests --test month -- --nocapture
//! ```
//!
//! A good token is one whose key is published at the time. It has to be served if its key was fetched in the last 24
//! hours, or can be fetched now: the issuer is up and tells the truth, and the cool-down after the last forced refresh is
//! over (30 seconds; 5 after one that failed). Else it may be answered 503, and never anything else.
//!
//! A token of a withdrawn key may be served until one of three times: 24 hours after its key was last fetched; an hour
//! after the first refresh without it; and, after such a refresh, until the step after one in which a token of a key that
//! is published was served.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

use std::fs;
use std::path::Path;
use std::thread;

#[path = "month/callers.rs"]
mod callers;
#[path = "month/figures.rs"]
mod figures;
#[path = "month/flights.rs"]
mod flights;
#[path = "month/log_sink.rs"]
mod log_sink;
#[path = "month/key.rs"]
mod key;
#[path = "month/scenario.rs"]
mod scenario;
#[path = "month/schedule.rs"]
mod schedule;
#[path = "month/table.rs"]
mod table;
#[path = "month/world.rs"]
mod world;

use requires_auth_tests::missing::or_skip;
use tokio::sync::Mutex;

use log_sink::{Lived, LogSink};
use scenario::{MANY_TENANTS, ONE_TENANT, Scenario};
use schedule::Schedule;
use world::World;

/// Moves the faults within their hours.
const SEED: u64 = 4;

#[tokio::test]
async fn an_api_of_one_tenant_lives_through_a_month_of_faults() {
    live(ONE_TENANT).await;
}

/// The second half of it, whose floods invent tenants, too.
#[tokio::test]
async fn an_api_of_many_tenants_lives_through_a_month_of_faults() {
    live(MANY_TENANTS).await;
}

/// Code of others that the log runs, each in a process of its own. Its months go side by side.
#[test]
fn an_api_lives_through_a_month_of_faults_whatever_its_log_does() {
    let sinks = [
        LogSink::PanicsInEveryLine,
        LogSink::PanicsOnce,
        LogSink::PanicsOnItsOwnThread,
        LogSink::BrokenPipe,
        LogSink::FullDisk,
    ];
    thread::scope(|scope| {
        let months = sinks
            .map(|sink| (sink, scope.spawn(move || sink.run("an_api_of_one_tenant_lives_through_a_month_of_faults"))));
        for (sink, month) in months {
            let Some(Lived { succeeded, said, first_errors }) = or_skip(month.join().unwrap()) else { continue };
            // Of a name that no test has, the harness runs nothing and calls that a success.
            let ran = succeeded && said.contains("test result: ok. 1 passed");
            assert!(ran, "{sink:?}:\n{said}{first_errors}");
            let has_panicked = first_errors.contains("as the test asked");
            assert_eq!(has_panicked, format!("{sink:?}").starts_with("Panics"), "{sink:?}");
        }
    });
}

async fn live(scenario: Scenario) {
    /// One month at a time, as the memory is that of the process.
    static LIVING: Mutex<()> = Mutex::const_new(());
    let _alone = LIVING.lock().await;
    let schedule = Schedule::of(SEED).from(scenario.first_day);
    let counts = World::start(scenario).await.live_through(&schedule).await;
    let figures = counts.table(&schedule, scenario);
    println!("{}", table::markdown(scenario.name, &figures));
    table::check(scenario.name, &figures, &page());
}

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/_documentation/key_life.md");
    fs::read_to_string(page).unwrap()
}
