//! What each step of a verification costs, for one token of Entra ID, about 1.8 KB long, signed with RS256.
//!
//!     cargo bench -p requires-auth --bench steps
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, criterion_group, criterion_main};
use requires_auth::__bench::Steps;
use requires_auth::testing::Issuer;

fn steps(criterion: &mut Criterion) {
    let issuer = Issuer::entra();
    let verifier = issuer.verifier();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(verifier.ready());
    let token = issuer.token().user("ada").scope("weather.read weather.write").role("Forecaster");
    let token = token.claim("filler", "x".repeat(430)).sign();
    let steps = Steps::new(&verifier, &token);
    let claims = steps.claims();

    let mut group = criterion.benchmark_group("step");
    group.bench_function("find the credential", |bencher| bencher.iter(|| steps.find_credential()));
    group.bench_function("read both clocks", |bencher| bencher.iter(|| steps.read_clocks()));
    group.bench_function("find in the cache", |bencher| bencher.iter(|| steps.find_in_cache()));
    group.bench_function("miss in the cache", |bencher| bencher.iter(|| steps.miss_in_cache()));
    group.bench_function("find the dots", |bencher| bencher.iter(|| steps.split()));
    group.bench_function("recognise the header", |bencher| bencher.iter(|| steps.recognise_header()));
    group.bench_function("read a new header", |bencher| bencher.iter(|| steps.read_header()));
    group.bench_function("decode the claims", |bencher| bencher.iter(|| steps.decode_claims()));
    group.bench_function("read the claims", |bencher| bencher.iter(|| steps.read_claims()));
    group.bench_function("check the claims", |bencher| bencher.iter(|| steps.check_claims(&claims)));
    group.bench_function("verify the signature", |bencher| bencher.iter(|| steps.verify_signature()));
    group.bench_function("pack the token", |bencher| bencher.iter(|| steps.pack(&claims)));
    group.bench_function("insert into the cache", |bencher| bencher.iter(|| steps.insert_into_cache()));
    group.bench_function("check the bytes of a refused one", |bencher| bencher.iter(|| steps.check_bytes()));
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
