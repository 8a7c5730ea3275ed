//! What an API does while its issuer lies, is slow, is gone or changes its mind, and while clocks jump. Time is a clock
//! that the test drives; the issuer is real HTTP on loopback.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use requires_auth::testing::{Issuer, Token};
use requires_auth::{Authority, Reason, Verifier, validate_scope};
use requires_auth_tests::panicking_log::PanickingLog;
use requires_auth_tests::site::{COOL_DOWN, Site, refused};
use requires_auth_tests::wait::{until, within};

mod lies;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_slow_issuer_is_waited_for_within_bounds() {
    let issuer = Issuer::entra();
    issuer.delay(HOUR);
    let site = Site::start(issuer);
    until("the fetch of the start", || site.issuer.requests().metadata_v2 == 1).await;
    let (started, jwt) = (Instant::now(), site.token().sign());
    let mut asking = Box::pin(site.verifier.verify(&jwt));
    let mut waited = Duration::ZERO;
    let outcome = within("the end of the wait", async {
        loop {
            match futures_util::poll!(&mut asking) {
                std::task::Poll::Ready(outcome) => return outcome,
                std::task::Poll::Pending => site.clock.advance(Duration::from_secs(1)),
            }
            waited += Duration::from_secs(1);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    refused(Reason::KeysUnavailable, outcome.map(drop));
    assert!(waited >= Duration::from_secs(5), "gave up after {waited:?}");
    // By the clock that the test drives, not because the fetch had failed meanwhile.
    assert!(started.elapsed() < Duration::from_secs(4) && site.issuer.requests().metadata_v2 == 1);

    site.issuer.recover();
    site.recovers().await;
}

/// A full disk must not turn a refusal into a broken connection.
#[tokio::test]
async fn a_refusal_whose_line_cannot_be_written_is_answered() {
    let site = Site::with_keys().await;
    let head = |token: Option<Token>| {
        let request = http::Request::get("/").extension(site.verifier.clone());
        match token {
            Some(token) => request.header("authorization", token.bearer()).body(()).unwrap(),
            None => request.body(()).unwrap(),
        }
    };
    for (expected, token) in [
        (Some(Reason::MissingToken), None),
        (Some(Reason::Expired), Some(site.token().expired())),
        (Some(Reason::InsufficientScope), Some(site.issuer.token().user("ada").scope("other"))),
        (None, Some(site.token())),
    ] {
        let outcome = tracing::subscriber::with_default(PanickingLog, || {
            validate_scope("weather.read", &head(token)).now_or_never().expect("the keys are here")
        });
        assert_eq!(outcome.err().map(|refusal| refusal.reason()), expected);
    }
}

/// A probe that says ready sends requests here, and those bring tokens of version 2.0.
#[tokio::test]
async fn keys_of_version_1_alone_are_not_ready() {
    let issuer = Issuer::entra();
    // Under this name of the same server, the metadata of version 2.0 is another issuer's. The issuer of version 1.0 has
    // one name under every host.
    let host = issuer.url().replace("127.0.0.1", "localhost");
    let authority = Authority::entra(issuer.tenant_id(), issuer.client_id()).authority_host(host);
    let verifier = Verifier::builder(authority).build().unwrap();
    let version_1 = issuer.token().user("ada").scope("weather.read").v1().sign();
    within("the keys of version 1.0", verifier.verify(&version_1)).await.unwrap();
    assert!(futures_util::poll!(Box::pin(verifier.ready())).is_pending());
}

#[tokio::test]
async fn an_issuer_that_is_a_little_slow_costs_a_wait_and_no_refusal() {
    let issuer = Issuer::entra();
    issuer.delay(Duration::from_millis(300));
    let site = Site::start(issuer);
    site.ask().await.unwrap();
}

#[tokio::test]
async fn a_failing_issuer_leaves_the_old_keys() {
    for status in [204, 301, 400, 404, 429, 500, 503] {
        let site = Site::with_keys().await;
        site.issuer.fail_with(status);
        site.refresh().await;
        site.ask().await.unwrap();
    }
}

#[tokio::test]
async fn documents_that_have_not_changed_are_not_sent_again() {
    let site = Site::with_keys().await;
    assert_eq!(site.issuer.requests().not_modified, 0);
    for hours in 1..=3 {
        site.refresh().await;
        // Metadata and keys of version 2.0; those of version 1.0 have their own time.
        assert!(site.issuer.requests().not_modified >= 2 * hours);
        site.ask().await.unwrap();
    }
    site.issuer.rotate();
    site.ask().await.unwrap();
}

/// A withdrawal and a mistake look alike until somebody uses a new key.
#[tokio::test]
async fn a_withdrawn_key_is_refused_once_a_new_one_has_verified_a_token() {
    let site = Site::with_keys().await;
    let old = site.token().expires_in(10 * HOUR);
    site.ask_with(&old).await.unwrap();
    site.issuer.rotate();
    site.issuer.withdraw_old_keys();
    site.refresh().await;
    site.ask_with(&old).await.unwrap();
    site.ask().await.unwrap();
    refused(Reason::UnknownKey, site.ask_with(&old).await);
    site.ask().await.unwrap();
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_an_hour_after_the_refresh_that_missed_it() {
    let site = Site::with_keys().await;
    let old = site.token().expires_in(10 * HOUR);
    site.ask_with(&old).await.unwrap();
    site.issuer.rotate();
    site.issuer.withdraw_old_keys();
    site.refresh().await;
    site.ask_with(&old).await.unwrap();
    site.clock.advance(HOUR);
    refused(Reason::UnknownKey, site.ask_with(&old).await);
}

#[tokio::test]
async fn a_withdrawn_key_that_never_verified_a_token_is_refused_after_the_next_refresh() {
    let site = Site::with_keys().await;
    let old = site.token().expires_in(10 * HOUR);
    site.issuer.rotate();
    site.issuer.withdraw_old_keys();
    site.refresh().await;
    refused(Reason::UnknownKey, site.ask_with(&old).await);
    site.ask().await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_not_published_yet_is_looked_up_once_and_later_found() {
    let site = Site::with_keys().await;
    let before = site.issuer.requests().keys_v2;
    site.issuer.rotate_unpublished();
    let jwt = site.token().sign();
    for _ in 0..5 {
        refused(Reason::UnknownKey, site.verifier.verify(&jwt).await.map(drop));
    }
    assert_eq!(site.issuer.requests().keys_v2, before + 1);
    site.issuer.publish();
    // A token that was not here then may be signed with a key that was published since. It is looked up once the cool-down
    // has passed, so that a caller cannot make us ask again and again.
    refused(Reason::KeyNotLookedUp, site.ask_with(&site.token().user("grace")).await);
    site.clock.advance(COOL_DOWN);
    site.ask().await.unwrap();
    assert_eq!(site.issuer.requests().keys_v2, before + 2);
}

/// Also right after the answer, when the keeper may still be busy with those who asked with them.
#[tokio::test]
async fn the_answer_about_an_unknown_key_stays_the_same() {
    let site = Site::with_keys().await;
    for round in 0..50 {
        let stranger = site.token().header("kid", format!("unknown-{round}")).sign();
        for _ in 0..3 {
            refused(Reason::UnknownKey, site.verifier.verify(&stranger).await.map(drop));
        }
        site.clock.advance(COOL_DOWN);
    }
}

#[tokio::test]
async fn keys_past_a_day_are_refused_until_the_issuer_is_back() {
    let site = Site::with_keys().await;
    site.issuer.go_down();
    site.clock.advance(23 * HOUR + 59 * MINUTE);
    site.ask().await.unwrap();
    site.clock.advance(MINUTE);
    refused(Reason::KeysUnavailable, site.ask().await);
    assert!(futures_util::poll!(Box::pin(site.verifier.ready())).is_pending(), "a probe says so too");
    // A wrong token is still wrong.
    refused(Reason::Expired, site.ask_with(&site.token().expired()).await);
    site.issuer.come_up();
    site.recovers().await;
    within("the probe", site.verifier.ready()).await;
}

#[tokio::test]
async fn who_slept_past_a_day_waits_for_one_refresh() {
    let site = Site::with_keys().await;
    site.clock.advance(30 * HOUR);
    site.ask().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_jumps_moves_tokens_and_not_keys() {
    let site = Site::with_keys().await;
    let hours = |hours: i64| site.clock.shift_wall_clock(hours * 3600);
    let now = site.token();
    let jwt = now.sign();
    let decide = async || within("a decision", site.verifier.verify(&jwt)).await.map(drop);

    hours(2);
    refused(Reason::Expired, decide().await);
    hours(-4);
    refused(Reason::NotYetValid, decide().await);
    hours(2);
    decide().await.unwrap();
    // Back before the keys were fetched: they are not from the future, they are new.
    hours(-24 * 365);
    site.ask().await.unwrap();
    hours(24 * 365);
    decide().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_jumps_past_a_day_costs_one_refresh_at_most() {
    let site = Site::with_keys().await;
    let before = site.issuer.requests().keys_v2;
    for _ in 0..10 {
        site.clock.shift_wall_clock(25 * 3600);
        let _either = site.ask().await;
        site.clock.shift_wall_clock(-25 * 3600);
        site.ask().await.unwrap();
    }
    let fetched = site.issuer.requests().keys_v2 - before;
    assert!(fetched <= 1, "{fetched} fetches for one cool-down");
}

/// The contract has this for each framework over sockets; here are ten times as many requests as fit on sockets.
/// 32 MiB of tokens may wait: tens of thousands of common size, a few hundred of the largest.
#[tokio::test]
async fn large_tokens_that_wait_are_bounded_by_their_bytes() {
    let issuer = Issuer::entra();
    // Longer than it takes to read them all.
    issuer.delay(Duration::from_secs(3));
    let site = Site::start(issuer);
    let jwt = site.token().claim("padding", "x".repeat(45_000)).sign();
    let outcomes = join_all((0..600).map(|_| site.verifier.verify(&jwt))).await;
    let served = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    // Each may take a sixteenth of what is free.
    assert_eq!(served, (32 * 1024 * 1024 - 15 * jwt.len()) / jwt.len());
    for refusal in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(refusal.reason(), Reason::KeysUnavailable);
    }
    // Those that waited have given their bytes back.
    site.ask_with(&site.token().claim("padding", "x".repeat(45_000))).await.unwrap();
}

#[tokio::test]
async fn more_first_requests_than_may_wait_are_told_to_come_back() {
    let issuer = Issuer::entra();
    issuer.delay(Duration::from_millis(500));
    let site = Site::start(issuer);
    let jwt = site.token().sign();
    let outcomes = join_all((0..10_000).map(|_| site.verifier.verify(&jwt))).await;
    let served = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(served >= 1_000, "only {served} of 10,000 were served");
    for refusal in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::KeysUnavailable, Some(1)));
    }
    assert_eq!(site.issuer.requests().keys_v2, 1);
    site.ask().await.unwrap();
}
