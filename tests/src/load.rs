//! An API in this process, on a clock that the test drives, and requests to it without end.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Extension, Router};
use requires_auth::testing::ManualClock;
use requires_auth::{Authority, Verifier, requires_auth};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{Answer, Connection, Request, Wire as _, exchange};
use crate::provider::Provider;
use crate::wait::{until, within};

/// How many connections ask at once, and how often each is served before the load is said to go on.
const CONNECTIONS: usize = 16;
const TIMES: usize = 20;

/// An API of one route, which takes `weather.read`.
#[derive(Debug)]
pub struct Api {
    address: SocketAddr,
    /// Stands still until it is moved.
    pub clock: ManualClock,
    serving: JoinHandle<()>,
}

#[requires_auth(scope = "weather.read")]
async fn weather() -> &'static str {
    "fair"
}

impl Api {
    /// Starts it, and waits for the keys of `provider`.
    ///
    /// # Panics
    ///
    /// There is no verifier of this issuer, or no port.
    pub async fn trusting(provider: &impl Provider) -> Self {
        let clock = ManualClock::starting_now();
        let authority = Authority::oidc(provider.issuer(), provider.audience());
        let verifier = Verifier::builder(authority).clock(clock.clone()).build().expect("a verifier");
        within("the first keys", verifier.ready()).await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new().route("/weather", get(weather)).layer(Extension(verifier));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { address, clock, serving }
    }

    /// What one request with `token` meets, on a connection of its own.
    pub async fn ask(&self, token: &str) -> Answer {
        exchange(self.address, &request(token)).await
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Status and body of a refusal.
type Refusal = (u16, String);

/// Requests with good tokens, one after the other on each of several connections. Each must be served.
#[derive(Debug)]
pub struct Load {
    /// What the requests carry, in turn. The connections end with it.
    tokens: watch::Sender<Arc<[String]>>,
    /// By connection.
    served: Arc<[AtomicUsize]>,
    refused: Arc<Mutex<Option<Refusal>>>,
    connections: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts with one token, and returns when it is served on every connection.
    pub async fn start(api: &Api, token: &str) -> Self {
        let (tokens, carried) = watch::channel(Arc::from([token.to_owned()]));
        let served: Arc<[_]> = (0..CONNECTIONS).map(|_| AtomicUsize::default()).collect();
        let refused = Arc::default();
        let connection = |index| {
            let (carried, served, refused) = (carried.clone(), Arc::clone(&served), Arc::clone(&refused));
            tokio::spawn(ask_again_and_again(api.address, index, carried, served, refused))
        };
        let connections = (0..CONNECTIONS).map(connection).collect();
        let load = Self { tokens, served, refused, connections };
        load.goes_on().await;
        load
    }

    /// Lets requests carry these tokens from now on, and returns when they have been served on every connection.
    pub async fn carry(&self, tokens: &[&String]) {
        self.tokens.send_replace(tokens.iter().map(|token| (*token).clone()).collect());
        self.goes_on().await;
    }

    /// Returns when every connection has been served for a while more. What was under way before has ended then.
    ///
    /// # Panics
    ///
    /// A request was refused.
    pub async fn goes_on(&self) {
        let so_far: Vec<_> = self.served.iter().map(|served| served.load(Ordering::Relaxed)).collect();
        let more = |(served, before): (&AtomicUsize, &usize)| served.load(Ordering::Relaxed) >= before + TIMES;
        let went_on = || self.served.iter().zip(&so_far).all(more);
        until("requests are served", || went_on() || self.refusal().is_some()).await;
        assert_eq!(self.refusal(), None, "a good token was refused");
    }

    /// Lets it go on for a last while, and ends it.
    ///
    /// # Panics
    ///
    /// A request was refused.
    pub async fn end(self) {
        self.goes_on().await;
        let Self { tokens, connections, refused, .. } = self;
        drop(tokens);
        for connection in connections {
            within("the last answer", connection).await.expect("no panic");
        }
        assert_eq!(*refused.lock().expect("no panic"), None, "a good token was refused");
    }

    fn refusal(&self) -> Option<Refusal> {
        self.refused.lock().expect("no panic").clone()
    }
}

async fn ask_again_and_again(
    address: SocketAddr,
    index: usize,
    carried: watch::Receiver<Arc<[String]>>,
    served: Arc<[AtomicUsize]>,
    refused: Arc<Mutex<Option<Refusal>>>,
) {
    let mut connection = Connection::open(address).await;
    // The connections do not carry the same token at the same time.
    let mut turn = index;
    while carried.has_changed().is_ok() {
        let tokens = Arc::clone(&carried.borrow());
        let answer = connection.exchange(&request(&tokens[turn % tokens.len()])).await;
        if answer.status != 200 {
            *refused.lock().expect("no panic") = Some((answer.status, answer.text().to_owned()));
            return;
        }
        served[index].fetch_add(1, Ordering::Relaxed);
        turn += 1;
    }
}

fn request(token: &str) -> Request {
    Request::get("/weather").field("authorization", format!("Bearer {token}"))
}
