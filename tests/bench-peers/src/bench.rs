//! Measuring a case: what each subject costs, in turn.

use std::collections::BTreeMap;
use std::time::Duration;

use bench_measure::{Child, Plan, Row, Timing, allocations_of, interleaved, on_this_thread, on_threads};

use crate::cases::{Case, Choice};
use crate::peers::{PEERS, Peer, Setup, Subject, Verdict};
use crate::sample::Sample;
use crate::stream::{Stream, order};
use crate::tokens::{AUDIENCE, Kind, Tokens, issuer};
use crate::version;

/// What all cases are measured with.
pub(crate) struct Bench<'a> {
    pub(crate) tokens: &'a Tokens,
    pub(crate) rounds: usize,
    /// The counts of the run under valgrind, by [`label`].
    pub(crate) instructions: &'a BTreeMap<String, u64>,
    /// Those of the run in single steps.
    pub(crate) native: &'a BTreeMap<String, u64>,
}

/// A subject that is set up and says what it must.
struct Ready {
    peer: &'static Peer,
    subject: Box<dyn Subject>,
}

impl Bench<'_> {
    /// One row of each subject that does what the case asks. Why others have none is told on stderr.
    pub(crate) fn measure(&self, case: &Case) -> Vec<Row> {
        let ready =
            ready(case, self.tokens, |peer, reason| eprintln!("{}: no row of {}: {reason}", case.name, peer.name));
        let given = Given::of(case, self.tokens);
        let streams: Vec<_> = ready.iter().map(|ready| given.stream(case, ready)).collect();
        for ready in &ready {
            given.show_all(case, ready);
        }

        let timings = self.time(case, &ready, &streams, &given);
        let mut rows: Vec<Row> = Vec::new();
        for ((ready, timing), stream) in ready.iter().zip(&timings).zip(&streams) {
            let mut row = self.row(case, ready.peer).timed(timing);
            row.allocations = Some(allocations(stream));
            let floor = rows.first().unwrap_or(&row).clone();
            row.extra.insert("paired_ratio".into(), rounded(timing.paired_ratio(&timings[0])).into());
            rows.push(row.compared_to(&floor));
        }
        compare_to_peers(&mut rows);
        rows
    }

    fn time(&self, case: &Case, ready: &[Ready], streams: &[Stream<'_>], given: &Given) -> Vec<Timing> {
        // Turns are short against the time slices of a busy machine: few of them are interrupted, and the median is of none.
        let plan = |turn| Plan { rounds: self.rounds, turn: Duration::from_micros(turn) };
        if case.threads > 1 {
            let mut samplers: Vec<_> = ready
                .iter()
                .map(|ready| {
                    let (subject, sample) = (&*ready.subject, &given.samples_of(ready.peer)[0]);
                    on_threads(case.threads, move |_| subject.check(sample))
                })
                .collect();
            return interleaved(&mut samplers, plan(1000));
        }
        let nobody = Stream::of_nobody(&given.samples, case.choice, &given.order);
        let mut samplers: Vec<_> = streams.iter().map(|stream| on_this_thread(|| stream.step())).collect();
        match case.choice {
            Choice::One => interleaved(&mut samplers, plan(500)),
            // So that there are tokens enough.
            Choice::New => interleaved(&mut samplers, Plan { rounds: self.rounds.min(151), ..plan(250) }),
            Choice::Uniform | Choice::Zipf => {
                samplers.push(on_this_thread(|| nobody.step()));
                let mut timings = interleaved(&mut samplers, plan(500));
                let receiving = timings.pop().expect("one more than subjects");
                // The floor receives nothing.
                timings.iter_mut().skip(1).for_each(|timing| *timing = timing.minus(receiving.median()));
                timings
            }
        }
    }

    fn row(&self, case: &Case, peer: &Peer) -> Row {
        let mut row = Row::new(case.name, peer.name);
        row.threads = u32::try_from(case.threads).expect("few threads");
        row.note = Some(peer.note.into());
        row.extra.insert("version".into(), version::of(peer.name).into());
        row.instructions = self.instructions.get(&label(case, peer)).copied();
        row.extra.insert("instructions_by".into(), row.instructions.map(|_| "callgrind").into());
        let native = |peer| self.native.get(&label(case, peer)).copied();
        row.extra.insert("instructions_native".into(), native(peer).into());
        #[expect(clippy::cast_precision_loss, reason = "counts of instructions are far below 2^52")]
        let ratio = native(peer).zip(native(&PEERS[0])).map(|(own, floor)| rounded(own as f64 / floor as f64));
        row.extra.insert("instructions_native_ratio".into(), ratio.into());
        row
    }
}

/// The tokens of a case.
struct Given {
    samples: Vec<Sample>,
    floor: Vec<Sample>,
    order: Vec<u32>,
}

impl Given {
    fn of(case: &Case, tokens: &Tokens) -> Self {
        let samples = |kind: Kind| tokens.of(kind).iter().map(|token| Sample::new(token)).collect::<Vec<_>>();
        let (samples, floor) = (samples(case.kind), samples(case.floor_kind()));
        let order = order(case.choice, samples.len());
        Self { samples, floor, order }
    }

    fn samples_of(&self, peer: &Peer) -> &[Sample] {
        if is_floor(peer) { &self.floor } else { &self.samples }
    }

    fn stream<'a>(&'a self, case: &Case, ready: &'a Ready) -> Stream<'a> {
        let choice = if is_floor(ready.peer) { Choice::One } else { case.choice };
        Stream::new(&*ready.subject, self.samples_of(ready.peer), choice, &self.order)
    }

    /// Shows every token once to who may remember it. Who is to refuse one has seen a valid one before, as in a service.
    fn show_all(&self, case: &Case, ready: &Ready) {
        if case.expected == Verdict::Refused && !is_floor(ready.peer) {
            assert_eq!(ready.subject.check(&self.floor[0]), Verdict::Accepted, "{} of a valid token", ready.peer.name);
        }
        if matches!(case.choice, Choice::Uniform | Choice::Zipf) && ready.peer.name.starts_with("requires-auth") {
            self.samples.iter().for_each(|sample| assert_eq!(ready.subject.check(sample), case.expected));
        }
    }
}

/// The subjects of a case; `leave_out` is told why the others are none.
fn ready(case: &Case, tokens: &Tokens, leave_out: impl Fn(&Peer, &str)) -> Vec<Ready> {
    let algorithm = case.algorithm();
    let (issuer, key_set) = (issuer(algorithm), tokens.key_set(algorithm));
    let setup =
        Setup { algorithm, issuer: &issuer, audience: AUDIENCE, key_set, kid: crate::tokens::KID, memory: case.memory };
    let mut all = Vec::new();
    for peer in &PEERS {
        let (kind, expected) =
            if is_floor(peer) { (case.floor_kind(), Verdict::Accepted) } else { (case.kind, case.expected) };
        match (peer.set_up)(&setup) {
            Err(reason) => leave_out(peer, &reason),
            Ok(subject) => match subject.check(&Sample::new(&tokens.of(kind)[0])) {
                verdict if verdict == expected => all.push(Ready { peer, subject }),
                Verdict::Accepted => leave_out(peer, "it accepts the token"),
                Verdict::Refused => leave_out(peer, "it refuses the token"),
                Verdict::Waits => leave_out(peer, "it waits for keys"),
            },
        }
    }
    all
}

/// Counts the instructions of a case, in a second run. In single steps: only those of whom it matters most, and of tokens of
/// common size, since each takes seconds.
pub(crate) fn count(case: &Case, tokens: &Tokens, child: &Child) {
    let is_long = matches!(case.kind, Kind::Long(_) | Kind::Hostile(..));
    if case.threads > 1 || (child.is_stepped() && is_long) {
        return;
    }
    let given = Given::of(case, tokens);
    let matters = |peer: &Peer| {
        is_floor(peer)
            || peer.name.starts_with("requires-auth")
            || (peer.name == "jsonwebtoken" && case.name == "cold_rs256")
    };
    for ready in ready(case, tokens, |_, _| ()) {
        if child.is_stepped() && !matters(ready.peer) {
            continue;
        }
        given.show_all(case, &ready);
        let stream = given.stream(case, &ready);
        child.count(&label(case, ready.peer), 2, || stream.step());
    }
}

/// Writes into the rows of this library how many times as long the fastest peer takes.
fn compare_to_peers(rows: &mut [Row]) {
    let is_own = |row: &Row| row.subject.starts_with("requires-auth");
    let peers = rows.iter().skip(1).filter(|row| !is_own(row));
    let times = peers.filter_map(|row| Some((row.subject.clone(), row.ns?)));
    let Some((fastest, ns)) = times.min_by(|(_, one), (_, other)| one.total_cmp(other)) else { return };
    for row in rows.iter_mut().filter(|row| is_own(row)) {
        row.extra.insert("fastest_peer".into(), fastest.clone().into());
        row.extra.insert("times_faster".into(), row.ns.map(|own| rounded(ns / own)).into());
    }
}

fn rounded(ratio: f64) -> f64 {
    (ratio * 10_000.0).round() / 10_000.0
}

fn label(case: &Case, peer: &Peer) -> String {
    format!("{} {}", case.name, peer.name)
}

fn is_floor(peer: &Peer) -> bool {
    peer.name == PEERS[0].name
}

/// Of one operation, on average.
fn allocations(stream: &Stream<'_>) -> u64 {
    const TIMES: u64 = 8;
    stream.step();
    let all = allocations_of(|| {
        for _ in 0..TIMES {
            std::hint::black_box(stream.step());
        }
    });
    all.div_ceil(TIMES)
}
