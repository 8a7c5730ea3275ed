//! What Microsoft's own resource server does, point by point, and what this library does in its place: ASP.NET Core's
//! JwtBearer with Microsoft.Identity.Web and IdentityModel 8.17, as it was seen to answer.
//!
//! One test per point. Where this library does the same, the test's comment says "The same."; where it differs, one
//! sentence says why its way is better. The page `_documentation/microsoft.md` has both ways side by side.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Extension, Router};
use requires_auth::testing::{Issuer, ManualClock, Token, attacks};
use requires_auth::{Reason, Verifier, requires_auth};
use requires_auth_tests::client::{Answer, Request, exchange};
use requires_auth_tests::site::Site;
use requires_auth_tests::wait::within;
use tokio::net::TcpListener;

mod answers;
mod claims;
mod form;
mod keys;
mod permission;

const RESOURCE: &str = "https://api.example.com/weather";

#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
async fn weather() -> &'static str {
    "sunny"
}

#[requires_auth]
async fn anybody() -> &'static str {
    "hello"
}

/// An API on axum, reached over real HTTP: the policy that Microsoft's server was tried with, one scope or one app role.
struct Api {
    issuer: Issuer,
    clock: ManualClock,
    address: SocketAddr,
}

impl Api {
    /// Has its keys.
    async fn start() -> Self {
        let (api, verifier) = Self::without_waiting(Issuer::entra()).await;
        within("the first keys", verifier.ready()).await;
        api
    }

    async fn without_waiting(issuer: Issuer) -> (Self, Verifier) {
        let clock = ManualClock::starting_now();
        let issuer = issuer.with_clock(clock.clone());
        let verifier =
            Verifier::builder(issuer.authority()).resource(RESOURCE).clock(clock.clone()).build().expect("settings");
        let scope = format!("api://{}/weather.read", issuer.client_id());
        let metadata = verifier.resource_metadata().expect("the resource is set").scopes([scope]);
        let document = ([(CONTENT_TYPE, "application/json")], metadata.to_json());
        let app = Router::new()
            .route("/weather", get(weather))
            .route("/anybody", get(anybody))
            .route(&metadata.path(), get(|| async { document }))
            .layer(Extension(verifier.clone()));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (Self { issuer, clock, address }, verifier)
    }

    fn user(&self) -> Token {
        self.issuer.token().user("ada").scope("weather.read")
    }

    async fn send(&self, request: Request) -> Answer {
        within("an answer", exchange(self.address, &request)).await
    }

    async fn weather(&self, token: &Token) -> Answer {
        self.send(Request::get("/weather").bearer(token)).await
    }

    async fn weather_with(&self, authorization: &str) -> Answer {
        self.send(Request::get("/weather").field("authorization", authorization)).await
    }

    async fn anybody(&self, token: &Token) -> Answer {
        self.send(Request::get("/anybody").bearer(token)).await
    }
}

/// Why `token` is refused, if it is.
async fn reason(site: &Site, token: &Token) -> Option<Reason> {
    reason_of(site, &token.sign()).await
}

async fn reason_of(site: &Site, token: &str) -> Option<Reason> {
    within("a decision", site.verifier.verify(token)).await.err().map(|refusal| refusal.reason())
}

/// The token of the corpus that goes by `name`.
fn attack(site: &Site, name: &str) -> String {
    let corpus = attacks::all(&site.issuer);
    let attack = corpus.iter().find(|attack| attack.name == name).unwrap_or_else(|| panic!("no attack is {name}"));
    let field = std::str::from_utf8(&attack.authorization[0]).unwrap();
    field.strip_prefix("Bearer ").unwrap().to_owned()
}

/// The page and the tests speak of the same points.
#[test]
fn the_page_names_every_test_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../runtime/src/_documentation/microsoft.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| point"));
    let named: Vec<_> =
        rows.map(|row| row.trim_end_matches(" |").rsplit(" | ").next().unwrap().trim_matches('`')).collect();
    let unique: BTreeSet<_> = named.iter().copied().collect();
    assert_eq!(named.len(), unique.len(), "a test stands in two rows");

    let mut sources = String::new();
    for file in fs::read_dir(root.join("core/microsoft_server")).unwrap() {
        sources.push_str(&fs::read_to_string(file.unwrap().path()).unwrap());
    }
    let tests = sources.split("#[tokio::test]\nasync fn ").chain(sources.split("#[test]\nfn ")).filter_map(|text| {
        let (name, _) = text.split_once("()")?;
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some(name)
    });
    let tests: BTreeSet<_> = tests.collect();
    assert!(tests.len() > 40, "only {} tests were found: the reader is broken", tests.len());
    let missing: Vec<_> = tests.symmetric_difference(&unique).collect();
    assert!(missing.is_empty(), "only the page or only the tests have {missing:?}");
}
