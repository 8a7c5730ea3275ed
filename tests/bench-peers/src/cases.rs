//! What is measured.

use crate::algorithm::Algorithm;
use crate::peers::{Memory, Verdict};
use crate::tokens::Kind;

/// One thing that every subject does, as far as it can.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What a subject must say to be measured: another answer is another thing, and no row.
    pub(crate) expected: Verdict,
    pub(crate) memory: Memory,
    pub(crate) threads: usize,
    pub(crate) choice: Choice,
}

/// Which token comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The same again.
    One,
    /// One never seen before.
    New,
    /// Any of those seen before.
    Uniform,
    /// Any of those seen before, the n-th most popular one with a probability of 1/n.
    Zipf,
}

impl Case {
    /// The algorithm of its tokens, and of its floor.
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.kind {
            Kind::Valid(algorithm) => algorithm,
            _ => Algorithm::Rs256,
        }
    }

    /// The token whose signature is the floor: a valid one, since a refusal needs none.
    pub(crate) fn floor_kind(&self) -> Kind {
        match (self.expected, self.choice) {
            (Verdict::Accepted, Choice::One) => self.kind,
            _ => Kind::Valid(self.algorithm()),
        }
    }

    const fn cold(name: &'static str, kind: Kind) -> Self {
        let (expected, memory) = (Verdict::Accepted, Memory::Off);
        Self { name, kind, expected, memory, threads: 1, choice: Choice::One }
    }

    const fn hot(name: &'static str, kind: Kind, choice: Choice) -> Self {
        Self { memory: Memory::On, choice, ..Self::cold(name, kind) }
    }

    const fn refused(name: &'static str, kind: Kind) -> Self {
        Self { expected: Verdict::Refused, memory: Memory::On, ..Self::cold(name, kind) }
    }

    const fn on_2_threads(self) -> Self {
        Self { threads: 2, ..self }
    }
}

const RS256: Kind = Kind::Valid(Algorithm::Rs256);

/// All cases, in the order in which they are run.
pub(crate) const CASES: [Case; 17] = [
    Case::cold("cold_rs256", RS256),
    Case::cold("cold_ps256", Kind::Valid(Algorithm::Ps256)),
    Case::cold("cold_es256", Kind::Valid(Algorithm::Es256)),
    Case::cold("cold_eddsa", Kind::Valid(Algorithm::EdDsa)),
    Case::cold("cold_rs256_2_threads", RS256).on_2_threads(),
    Case::cold("cold_rs256_200_groups", Kind::Groups),
    Case::hot("hot_rs256", RS256, Choice::One),
    Case::hot("hot_rs256_2_threads", RS256, Choice::One).on_2_threads(),
    Case::hot("hot_rs256_10k", Kind::Many, Choice::Uniform),
    Case::hot("hot_rs256_10k_zipf", Kind::Many, Choice::Zipf),
    Case::hot("new_each_time", Kind::Many, Choice::New),
    Case::refused("expired", Kind::Expired),
    Case::refused("foreign_audience", Kind::ForeignAudience),
    Case::refused("unknown_kid", Kind::UnknownKid),
    Case::refused("garbage", Kind::Garbage),
    Case::refused("maximum_size", Kind::MaximumSize),
    Case::refused("wrong_signature", Kind::WrongSignature),
];
