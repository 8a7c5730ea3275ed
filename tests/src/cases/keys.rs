//! The issuer's keys, as requests meet them: there, not yet there, changing, not to be had.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use futures_util::future::join_all;
use requires_auth::testing::Issuer;

use super::Api;
use crate::client::{Request, Wire as _};
use crate::expect;
use crate::server::Server;
use crate::wait::{until, within};

/// Longer than any cool-down between forced refreshes.
const COOL_DOWN: Duration = Duration::from_secs(31);

/// Down from the start: 503 and when to come back, never 401. Up later: 200, without a restart.
pub async fn starts_while_the_issuer_is_down<S: Server>() {
    let issuer = Issuer::entra();
    issuer.go_down();
    let api = Api::<S>::waiting_for_keys(issuer).await;
    // The first may have joined the fetch of the start; the next is sure to have forced one of its own, or to meet its
    // cool-down of 5 seconds.
    assert_eq!(api.get_with("/read", &api.reader()).await.status, 503);
    for _ in 0..3 {
        expect::unavailable(&api.get_with("/read", &api.reader()).await, "keys_unavailable", "5");
    }
    // What can be refused without keys is.
    api.missing_token(&api.get("/read").await, Some(&api.requestable("weather.read")));
    expect::invalid_token(&api.get_with("/read", &api.reader().expired()).await, &api.issuer, "expired");

    api.issuer.come_up();
    api.clock.advance(Duration::from_secs(20));
    within("keys after the outage", api.verifier.ready()).await;
    expect::granted(&api.get_with("/read", &api.reader()).await, "read");
}

/// Down later: the last good keys serve.
pub async fn serves_while_the_issuer_is_down<S: Server>() {
    let api = Api::<S>::entra().await;
    api.issuer.go_down();
    for hours in [0, 1, 10] {
        api.clock.advance(Duration::from_secs(hours * 3600));
        expect::granted(&api.get_with("/read", &api.reader()).await, "read");
    }
}

/// New keys under load: who brings a token of the new key at once is served, as are those with older ones.
pub async fn rolls_keys_over_under_load<S: Server>() {
    const CONNECTIONS: usize = 8;
    const PHASE: usize = 2_000;
    let api = Api::<S>::entra().await;
    let bearers = Arc::new(RwLock::new(vec![api.reader().bearer()]));
    let (sent, address) = (Arc::new(AtomicUsize::new(0)), api.server.address());
    let started = Instant::now();
    let workers = (0..CONNECTIONS).map(|_| {
        let (bearers, sent) = (Arc::clone(&bearers), Arc::clone(&sent));
        tokio::spawn(async move {
            let mut connection = S::connect(address).await;
            loop {
                let number = sent.fetch_add(1, Ordering::SeqCst);
                if number >= 3 * PHASE {
                    return;
                }
                let bearer = {
                    let bearers = bearers.read().unwrap();
                    // Every other request brings the newest.
                    let index = if number % 2 == 0 { bearers.len() - 1 } else { number / 2 % bearers.len() };
                    bearers[index].clone()
                };
                let answer = connection.exchange(&Request::get("/read").field("authorization", bearer)).await;
                assert_eq!((number, answer.status, answer.text()), (number, 200, "read"));
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    for rotation in 1..=2 {
        until("load", || sent.load(Ordering::SeqCst) >= rotation * PHASE).await;
        api.clock.advance(COOL_DOWN);
        api.issuer.rotate();
        bearers.write().unwrap().push(api.reader().bearer());
    }
    for worker in within("the load", join_all(workers)).await {
        worker.expect("no request was refused");
    }
    let took = started.elapsed();
    println!("{}: {} requests in {took:?}, two rotations", S::NAME, 3 * PHASE);
}

/// A thousand first requests wait for one fetch.
pub async fn fetches_keys_once_for_all_first_requests<S: Server>() {
    const REQUESTS: usize = 1_000;
    let issuer = Issuer::entra();
    issuer.delay(Duration::from_millis(300));
    let api = Api::<S>::waiting_for_keys(issuer).await;
    let bearer = api.reader().bearer();
    let request = Request::get("/read").field("authorization", bearer);
    let answers = join_all((0..REQUESTS).map(|_| api.send(&request))).await;
    for answer in &answers {
        expect::granted(answer, "read");
    }
    let requests = api.issuer.requests();
    assert_eq!((requests.metadata_v2, requests.keys_v2), (1, 1));
}

/// Ten thousand tokens with invented key names cost the issuer one fetch per cool-down, and no good token its service.
pub async fn fetches_once_per_cool_down_for_invented_keys<S: Server>() {
    const COOL_DOWNS: usize = 4;
    const TOKENS: usize = 2_500;
    const CONNECTIONS: usize = 4;
    let api = Api::<S>::entra().await;
    let token = api.reader().sign();
    let (_, rest) = token.split_once('.').unwrap();
    let before = api.issuer.requests();
    for round in 1..=COOL_DOWNS {
        let flood = (0..CONNECTIONS).map(|connection| {
            let (api, rest) = (&api, rest);
            async move {
                let mut wire = api.connect().await;
                for number in 0..TOKENS / CONNECTIONS {
                    let header = format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{round}-{connection}-{number}"}}"#);
                    let bearer = format!("Bearer {}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes()));
                    let answer = wire.exchange(&Request::get("/read").field("authorization", bearer)).await;
                    match answer.status {
                        401 => expect::invalid_token(&answer, &api.issuer, "unknown_key"),
                        // Time stands still, so the cool-down is always as far from its end.
                        _ => expect::unavailable(&answer, "key_not_looked_up", "30"),
                    }
                }
            }
        });
        join_all(flood).await;
        expect::granted(&api.get_with("/read", &api.reader()).await, "read");
        let fetched = api.issuer.requests().keys_v2 - before.keys_v2;
        assert_eq!(fetched, round, "one fetch per cool-down");
        api.clock.advance(COOL_DOWN);
    }
    assert_eq!(api.issuer.requests().metadata, before.metadata, "keys alone are looked up");
}

/// Clients that hang up while keys are fetched take nothing with them.
pub async fn forgets_clients_that_hang_up<S: Server>() {
    let api = Api::<S>::entra().await;
    let older = api.reader();
    api.issuer.rotate();
    // Longer than the fetch may take: who waits for it waits for seconds.
    api.issuer.delay(Duration::from_mins(1));
    let before = api.issuer.requests().keys_v2;
    let request = Request::get("/read").bearer(&api.reader());
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut connection = api.connect().await;
        connection.ask(&request).await;
        clients.push(connection);
    }
    until("the fetch for them", || api.issuer.requests().keys_v2 > before).await;
    drop(clients);
    api.issuer.recover();
    // Who needs no fetch does not wait behind those who are gone.
    expect::granted(&api.get_with("/read", &older).await, "read");

    // Nothing waits any more: the server can end long before the fetch, which has 5 seconds.
    let (started, address) = (Instant::now(), api.server.address());
    within("the end of all requests", api.server.stop()).await;
    let took = started.elapsed();
    let kept = S::DROPS_ABANDONED_REQUESTS && took >= Duration::from_secs(4);
    assert!(!kept, "requests of clients that are gone were kept for {took:?}");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());

    // The same verifier serves the next application.
    let server = S::start(Some(api.verifier.clone())).await;
    until("the end of the fetch", || {
        api.clock.advance(COOL_DOWN);
        api.issuer.requests().keys_v2 > before + 1
    })
    .await;
    let token = api.issuer.token().user("ada").scope("weather.read");
    let answer = server.exchange(&Request::get("/read").bearer(&token)).await;
    expect::granted(&answer, "read");
}
