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
    per_second: f64,
    /// Nanoseconds of the server per request. Not a number where the system does not tell.
    cpu: f64,
}

/// What one route did in a round so far.
#[derive(Clone, Copy, Default)]
struct Sum {
    requests: f64,
    per_second: f64,
    cpu: f64,
    turns: f64,
}

impl Sum {
    fn add(&mut self, count: Count, cpu: f64) {
        self.requests += count.requests;
        self.per_second += count.per_second;
        self.cpu += cpu;
        self.turns += 1.0;
    }

    fn round(self) -> Round {
        Round { per_second: self.per_second / self.turns, cpu: self.cpu / self.requests }
    }
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
        seconds: 1,
        authorization: &fixture.authorization,
    };
    let routes = [("open", &warm, OPEN), ("guarded", &warm, GUARDED), ("guarded_cold", &cold, GUARDED)];

    load.drive(warm.address, GUARDED)?;
    let mut rounds: [Vec<Round>; 3] = Default::default();
    for _ in 0..options.rounds {
        let mut round = [Sum::default(); 3];
        // A second each, to and fro: what the machine does meanwhile hits all of them alike.
        for second in 0..options.seconds {
            let mut turns = [0, 1, 2];
            if second % 2 == 1 {
                turns.reverse();
            }
            for turn in turns {
                let (_, server, path) = routes[turn];
                let before = server.cpu();
                let count = load.drive(server.address, path)?;
                round[turn].add(count, server.cpu() - before);
            }
        }
        for (rounds, sum) in rounds.iter_mut().zip(round) {
            rounds.push(sum.round());
        }
    }

    let [open, ..] = &rounds;
    for (rounds, (subject, ..)) in rounds.iter().zip(routes) {
        emit(row(framework.name, subject, rounds, open));
    }
    Ok(())
}

/// `ratio` is that of requests per second to those of the open route in the same round, in the best of the rounds.
fn row(framework: &str, subject: &str, rounds: &[Round], open: &[Round]) -> Row {
    let all = |figure: fn(&Round) -> f64, rounds: &[Round]| Timing::new(rounds.iter().map(figure).collect());
    let per_second = |rounds| all(|round| round.per_second, rounds);
    let cpu = |rounds| all(|round| round.cpu, rounds);
    let mut row = Row::new(format!("http_{framework}"), subject).timed(&all(|round| 1e9 / round.per_second, rounds));
    let ratios = rounds.iter().zip(open).map(|(own, open)| own.per_second / open.per_second);
    row.ratio = Some(thousandths(Timing::new(ratios.collect()).max()));
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
