//! Requests per second and server time per request: the open route, the guarded one, and that without a cache.

use bench_measure::{Row, Timing};
use serde_json::json;

use crate::Failure;
use crate::cores::Cores;
use crate::fixture::{Cache, Fixture};
use crate::framework::{GUARDED, OPEN};
use crate::frameworks::Entry;
use crate::options::Options;
use crate::server::Server;
use crate::wrk::{Count, Load};

/// What one route did in one round.
#[derive(Clone, Copy)]
struct Round {
    count: Count,
    /// Nanoseconds of the server per request. Not a number where the system does not tell.
    cpu: f64,
}

/// Drives all routes in turn, round after round, so that a slow moment of the machine hits each of them.
pub(crate) fn measure(
    framework: &Entry,
    fixture: &Fixture,
    options: &Options,
    emit: &mut impl FnMut(Row),
) -> Result<(), Failure> {
    let cores = Cores::apart();
    let server = |cache| Server::start(framework, fixture, cache, &cores);
    let (warm, cold) = (server(Cache::On)?, server(Cache::Off)?);
    let load = Load {
        before: &cores.client,
        connections: options.connections,
        seconds: options.seconds,
        authorization: &fixture.authorization,
    };
    let routes = [("open", &warm, OPEN), ("guarded", &warm, GUARDED), ("guarded_cold", &cold, GUARDED)];

    Load { seconds: 1, ..load }.drive(warm.address, GUARDED)?;
    let mut rounds: [Vec<Round>; 3] = Default::default();
    for _ in 0..options.rounds {
        for (rounds, (_, server, path)) in rounds.iter_mut().zip(routes) {
            let before = server.cpu();
            let count = load.drive(server.address, path)?;
            let cpu = (server.cpu() - before) / count.requests;
            rounds.push(Round { count, cpu });
        }
    }

    let [open, ..] = &rounds;
    for (rounds, (subject, ..)) in rounds.iter().zip(routes) {
        emit(row(framework.name, subject, rounds, open));
    }
    Ok(())
}

/// `ratio` is that of requests per second, of each route in its best round.
fn row(framework: &str, subject: &str, rounds: &[Round], open: &[Round]) -> Row {
    let all = |figure: fn(&Round) -> f64, rounds: &[Round]| Timing::new(rounds.iter().map(figure).collect());
    let per_second = |rounds| all(|round| round.count.per_second, rounds);
    let cpu = |rounds| all(|round| round.cpu, rounds);
    let mut row =
        Row::new(format!("http_{framework}"), subject).timed(&all(|round| 1e9 / round.count.per_second, rounds));
    row.ratio = Some(thousandths(per_second(rounds).max() / per_second(open).max()));
    let extra = [
        ("ratio_median", json!(thousandths(per_second(rounds).paired_ratio(&per_second(open))))),
        ("requests_per_second", json!(per_second(rounds).median().round())),
        ("requests_per_second_best", json!(per_second(rounds).max().round())),
        ("cpu_ns", json!(cpu(rounds).median().round())),
        ("cpu_ratio", json!(thousandths(cpu(rounds).paired_ratio(&cpu(open))))),
        ("more_cpu_ns", json!((cpu(rounds).median() - cpu(open).median()).round())),
    ];
    row.extra.extend(extra.map(|(name, value)| (name.to_owned(), value)));
    row
}

fn thousandths(ratio: f64) -> f64 {
    (ratio * 1000.0).round() / 1000.0
}
