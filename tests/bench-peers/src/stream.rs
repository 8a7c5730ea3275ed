//! Which token comes next.

use std::cell::{Cell, RefCell};

use crate::cases::Choice;
use crate::peers::{Subject, Verdict};
use crate::sample::Sample;
use crate::tokens::Random;

/// A subject with the tokens it is given, one after another.
pub(crate) struct Stream<'a> {
    subject: Option<&'a dyn Subject>,
    samples: &'a [Sample],
    choice: Choice,
    order: &'a [u32],
    at: Cell<usize>,
    /// What came from the network just before: a server's copy of a token is always at hand.
    received: RefCell<Vec<u8>>,
}

impl<'a> Stream<'a> {
    /// `order` is that of [`order`].
    pub(crate) fn new(subject: &'a dyn Subject, samples: &'a [Sample], choice: Choice, order: &'a [u32]) -> Self {
        Self { subject: Some(subject), samples, choice, order, at: Cell::new(0), received: RefCell::default() }
    }

    /// Receives as others do, and checks nothing.
    pub(crate) fn of_nobody(samples: &'a [Sample], choice: Choice, order: &'a [u32]) -> Self {
        Self { subject: None, samples, choice, order, at: Cell::new(0), received: RefCell::default() }
    }

    /// Checks the next token.
    pub(crate) fn step(&self) -> Verdict {
        let sample = match self.choice {
            Choice::One => &self.samples[0],
            // The first was used to see what the subject says.
            Choice::New => &self.samples[1 + self.advance()],
            Choice::Uniform | Choice::Zipf => {
                let sample = &self.samples[self.order[self.advance() % self.order.len()] as usize];
                let mut received = self.received.borrow_mut();
                received.clear();
                received.extend_from_slice(sample.field());
                sample
            }
        };
        self.subject.map_or(Verdict::Waits, |subject| subject.check(sample))
    }

    fn advance(&self) -> usize {
        let at = self.at.get();
        self.at.set(at + 1);
        at
    }
}

/// The order in which tokens are used: numbers below `tokens`.
pub(crate) fn order(choice: Choice, tokens: usize) -> Vec<u32> {
    let number = |at: usize| u32::try_from(at).expect("few tokens");
    let mut random = Random::new(42);
    match choice {
        Choice::One | Choice::New => Vec::new(),
        Choice::Uniform => (0..LENGTH).map(|_| number(random.below(tokens))).collect(),
        Choice::Zipf => {
            let mut total = 0.0;
            let upto: Vec<f64> = (1..=number(tokens))
                .map(|rank| {
                    total += 1.0 / f64::from(rank);
                    total
                })
                .collect();
            let mut pick = || {
                let high = u32::try_from(random.next() >> 32).expect("32 bits");
                let point = f64::from(high) / f64::from(u32::MAX) * total;
                number(upto.partition_point(|upto| *upto < point).min(tokens - 1))
            };
            (0..LENGTH).map(|_| pick()).collect()
        }
    }
}

const LENGTH: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_uses_all_and_zipf_some_far_more_than_others() {
        let count = |choice| {
            let mut counts = vec![0_usize; 100];
            order(choice, 100).into_iter().for_each(|at| counts[at as usize] += 1);
            counts
        };
        let uniform = count(Choice::Uniform);
        assert!(uniform.iter().all(|count| (LENGTH / 200..LENGTH / 50).contains(count)));
        let zipf = count(Choice::Zipf);
        assert!(zipf[0] > 40 * zipf[99] && zipf[99] > 0);
    }
}
