//! What a whole check costs, from the header field to the decision: tokens that repeat, new ones, refused ones.
//!
//!     cargo bench -p requires-auth --bench requests
#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "a benchmark")]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use requires_auth::testing::{Issuer, Token};
use requires_auth::{AccessToken, AuthError, RequestHead, Verifier, validate_scope};

struct Head {
    field: String,
    verifier: Verifier,
}

impl RequestHead for Head {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.field.as_bytes())
    }

    fn verifier(&self) -> Option<&Verifier> {
        Some(&self.verifier)
    }
}

impl Head {
    /// The keys are cached, so the check is ready at its first poll.
    fn check(&self) -> Result<AccessToken, AuthError> {
        match pin!(validate_scope("weather.read", self)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("the check waits"),
        }
    }
}

const CACHE_BYTES: usize = 32 * 1024 * 1024;

struct Bench {
    issuer: Issuer,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new() -> Self {
        Self { issuer: Issuer::entra(), runtime: tokio::runtime::Builder::new_current_thread().build().unwrap() }
    }

    fn verifier(&self, cache_bytes: usize) -> Verifier {
        let verifier = Verifier::builder(self.issuer.authority()).token_cache(cache_bytes).build().unwrap();
        self.runtime.block_on(verifier.ready());
        verifier
    }

    /// About 1.9 KB.
    fn token(&self) -> Token {
        self.issuer.token().user("ada").scope("weather.read").claim("filler", "x".repeat(430))
    }
}

fn granted(criterion: &mut Criterion) {
    let bench = Bench::new();
    let mut group = criterion.benchmark_group("granted");
    for (name, cache_bytes) in [("a token that repeats", CACHE_BYTES), ("a new token", 0)] {
        let head = Head { field: bench.token().bearer(), verifier: bench.verifier(cache_bytes) };
        assert!(head.check().is_ok());
        group.bench_function(name, |bencher| bencher.iter(|| black_box(head.check()).is_ok()));
    }
    for groups in [10, 50, 200] {
        let token = (0..groups)
            .fold(bench.token(), |token, group| token.group(&format!("{group:08}-86f1-41af-91ab-2d7cd011db47")));
        for (name, cache_bytes) in [("repeats, groups", CACHE_BYTES), ("new, groups", 0)] {
            let head = Head { field: token.bearer(), verifier: bench.verifier(cache_bytes) };
            assert!(head.check().is_ok());
            group.bench_function(BenchmarkId::new(name, groups), |bencher| {
                bencher.iter(|| black_box(head.check()).is_ok());
            });
        }
    }
    group.finish();
}

/// What grows with what the issuer publishes and the token states.
fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("growth");
    for keys in [1, 10, 30] {
        let bench = Bench::new();
        (1..keys).for_each(|_| bench.issuer.rotate());
        for (name, cache_bytes) in [("repeats, keys", CACHE_BYTES), ("new, keys", 0)] {
            let head = Head { field: bench.token().bearer(), verifier: bench.verifier(cache_bytes) };
            assert!(head.check().is_ok());
            group.bench_function(BenchmarkId::new(name, keys), |bencher| {
                bencher.iter(|| black_box(head.check()).is_ok());
            });
        }
    }
    let bench = Bench::new();
    for scopes in [1, 10, 100] {
        let list: Vec<_> = (1..scopes).map(|number| format!("scope.number{number}")).collect();
        let field = bench.token().scope(&format!("{} weather.read", list.join(" "))).bearer();
        for (name, cache_bytes) in [("repeats, scopes", CACHE_BYTES), ("new, scopes", 0)] {
            let head = Head { field: field.clone(), verifier: bench.verifier(cache_bytes) };
            assert!(head.check().is_ok());
            group.bench_function(BenchmarkId::new(name, scopes), |bencher| {
                bencher.iter(|| black_box(head.check()).is_ok());
            });
        }
    }
    for tenants in [1, 100] {
        tenants_that_call(&mut group, tenants);
    }
    group.finish();
}

/// Each tenant has called, so that it has keys of its own.
fn tenants_that_call(group: &mut BenchmarkGroup<'_, WallTime>, tenants: usize) {
    let bench = Bench::new();
    let names: Vec<_> = (0..tenants).map(|number| format!("{number:08}-86f1-41af-91ab-2d7cd011db47")).collect();
    for tenant in &names {
        bench.issuer.add_tenant(tenant);
    }
    for (name, cache_bytes) in [("repeats, tenants", CACHE_BYTES), ("new, tenants", 0)] {
        let authority = bench.issuer.authority_of("organizations").allow_tenants(names.clone());
        let verifier = Verifier::builder(authority).token_cache(cache_bytes).build().unwrap();
        bench.runtime.block_on(verifier.ready());
        let head = |tenant: &String| {
            let token = bench.issuer.token_of(tenant).user("ada").scope("weather.read");
            Head { field: token.claim("filler", "x".repeat(430)).bearer(), verifier: verifier.clone() }
        };
        let heads: Vec<_> = names.iter().map(head).collect();
        for head in &heads {
            bench.runtime.block_on(validate_scope("weather.read", head)).unwrap();
        }
        let mut next = heads.iter().cycle();
        group.bench_function(BenchmarkId::new(name, tenants), |bencher| {
            bencher.iter(|| black_box(next.next().unwrap().check()).is_ok());
        });
    }
}

fn refused(criterion: &mut Criterion) {
    let bench = Bench::new();
    let verifier = bench.verifier(CACHE_BYTES);
    let mut group = criterion.benchmark_group("refused");
    // Of the right size still, so that it is refused by the arithmetic and not before.
    let wrong_signature = bench.token().edit_signature(|mut bytes| {
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        bytes
    });
    for (name, field) in [
        ("no token", "Basic dTpw".to_owned()),
        ("expired", bench.token().expired().bearer()),
        ("for another API", bench.token().audience("api://other").bearer()),
        ("of another issuer", bench.token().issuer("https://issuer.example").bearer()),
        ("with a wrong signature", wrong_signature.bearer()),
        ("dots, 64 KiB", format!("Bearer {}", ".".repeat(64 * 1024))),
        ("not base64url, 64 KiB", format!("Bearer {}.a.a", "=".repeat(64 * 1024 - 4))),
        ("too long", format!("Bearer {}", "a".repeat(64 * 1024 + 1))),
    ] {
        let head = Head { field, verifier: verifier.clone() };
        assert!(head.check().is_err(), "{name}");
        group.bench_function(name, |bencher| bencher.iter(|| black_box(head.check()).is_err()));
    }
    group.finish();
}

criterion_group!(benches, granted, growth, refused);
criterion_main!(benches);
