//! Timing subjects in turn.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How often each subject has its turn.
    pub rounds: usize,
    /// About how long a turn takes; a single operation may take longer.
    pub turn: Duration,
}

/// Does an operation so many times, and says how long that took.
pub type Sampler<'a> = Box<dyn FnMut(u32) -> Duration + 'a>;

/// Nanoseconds of one operation, one value per round.
#[derive(Clone, Debug)]
pub struct Timing {
    rounds: Vec<f64>,
    sorted: Vec<f64>,
}

/// A sampler of `operation` on the calling thread.
pub fn on_this_thread<'a, T>(mut operation: impl FnMut() -> T + 'a) -> Sampler<'a> {
    Box::new(move |times| {
        // Others had their turn in between: what they left in the processor's caches is not what is measured.
        for _ in 0..times.div_ceil(8) {
            black_box(operation());
        }
        let start = Instant::now();
        for _ in 0..times {
            black_box(operation());
        }
        start.elapsed()
    })
}

/// A sampler of `operation`, each of `threads` threads doing all of it at the same time: the mean of the threads' times. The
/// operation is told which thread does it.
///
/// # Panics
///
/// If the operation does.
pub fn on_threads<'a, T>(threads: usize, operation: impl Fn(usize) -> T + Sync + 'a) -> Sampler<'a> {
    Box::new(move |times| {
        let (barrier, operation) = (Barrier::new(threads), &operation);
        let total: Duration = thread::scope(|scope| {
            let barrier = &barrier;
            let running: Vec<_> = (0..threads)
                .map(|index| {
                    scope.spawn(move || {
                        // What a thread does once, such as setting up its locals, is not what is measured.
                        for _ in 0..times.div_ceil(16) {
                            black_box(operation(index));
                        }
                        barrier.wait();
                        let start = Instant::now();
                        for _ in 0..times {
                            black_box(operation(index));
                        }
                        start.elapsed()
                    })
                })
                .collect();
            running.into_iter().map(|thread| thread.join().expect("an operation panicked")).sum()
        });
        total / u32::try_from(threads).expect("few threads")
    })
}

/// Times all subjects, each in turn in every round.
pub fn interleaved(subjects: &mut [Sampler<'_>], plan: Plan) -> Vec<Timing> {
    let times: Vec<_> = subjects.iter_mut().map(|subject| repetitions(subject, plan.turn)).collect();
    let mut rounds = vec![Vec::with_capacity(plan.rounds); subjects.len()];
    for _ in 0..plan.rounds {
        for ((subject, times), rounds) in subjects.iter_mut().zip(&times).zip(&mut rounds) {
            rounds.push(nanoseconds(subject(*times)) / f64::from(*times));
        }
    }
    rounds.into_iter().map(Timing::new).collect()
}

/// How many operations fill a turn. Finding out warms the subject up.
fn repetitions(subject: &mut Sampler<'_>, turn: Duration) -> u32 {
    let mut times = 1_u32;
    loop {
        let took = subject(times);
        if took >= turn / 2 || times >= 1 << 24 {
            let fitting = f64::from(times) * nanoseconds(turn) / nanoseconds(took).max(1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            return fitting.clamp(1.0, f64::from(1 << 24)) as u32;
        }
        times *= 2;
    }
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

impl Timing {
    /// Of the values of all rounds, in order.
    #[must_use]
    pub fn new(rounds: Vec<f64>) -> Self {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        Self { rounds, sorted }
    }

    /// The value that half of the rounds do not exceed.
    #[must_use]
    pub fn median(&self) -> f64 {
        median(&self.sorted)
    }

    /// The quickest round.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.sorted.first().copied().unwrap_or(f64::NAN)
    }

    /// The slowest round.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.sorted.last().copied().unwrap_or(f64::NAN)
    }

    /// What is left of each round after so many nanoseconds, at least none.
    #[must_use]
    pub fn minus(&self, nanoseconds: f64) -> Self {
        Self::new(self.rounds.iter().map(|own| (own - nanoseconds).max(0.0)).collect())
    }

    /// The median of the ratios that the two had in the same rounds: steadier than the ratio of the medians while the
    /// machine's speed changes.
    #[must_use]
    pub fn paired_ratio(&self, floor: &Self) -> f64 {
        let ratios = self.rounds.iter().zip(&floor.rounds).map(|(own, floor)| own / floor).collect();
        Self::new(ratios).median()
    }
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "small whole numbers")]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(Timing::new(vec![9.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(Timing::new(vec![9.0, 1.0, 2.0, 4.0]).median(), 3.0);
        assert!(Timing::new(vec![]).median().is_nan());
    }

    #[test]
    fn the_paired_ratio_is_blind_to_a_machine_that_slows_down() {
        let (own, floor) = (Timing::new(vec![3.0, 30.0, 300.0]), Timing::new(vec![2.0, 20.0, 200.0]));
        assert_eq!(own.paired_ratio(&floor), 1.5);
    }

    #[test]
    fn subjects_take_turns() {
        let order = std::cell::RefCell::new(Vec::new());
        let subject = |name| -> Sampler<'_> {
            let order = &order;
            Box::new(move |_| {
                order.borrow_mut().push(name);
                Duration::from_millis(1)
            })
        };
        let plan = Plan { rounds: 2, turn: Duration::from_millis(1) };
        assert_eq!(interleaved(&mut [subject('a'), subject('b')], plan).len(), 2);
        assert_eq!(*order.borrow(), ['a', 'b', 'a', 'b', 'a', 'b'], "once each to find the number, then the rounds");
    }

    #[test]
    fn all_threads_do_all_operations() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let done = [AtomicU32::new(0), AtomicU32::new(0)];
        on_threads(2, |thread| done[thread].fetch_add(1, Ordering::Relaxed))(100);
        assert!(done.iter().all(|done| done.load(Ordering::Relaxed) >= 100));
    }
}
