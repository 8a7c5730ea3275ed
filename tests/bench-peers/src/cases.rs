//! What is measured.

use crate::algorithm::Algorithm;
use crate::peers::{Memory, Verdict};
use crate::tokens::{Kind, Length, Shape};

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

    const fn hostile(name: &'static str, shape: Shape, length: Length) -> Self {
        Self::refused(name, Kind::Hostile(shape, length))
    }

    const fn on_2_threads(self) -> Self {
        Self { threads: 2, ..self }
    }
}

const RS256: Kind = Kind::Valid(Algorithm::Rs256);

/// All cases, in the order in which they are run.
pub(crate) const CASES: [Case; 36] = [
    Case::cold("cold_rs256", RS256),
    Case::cold("cold_ps256", Kind::Valid(Algorithm::Ps256)),
    Case::cold("cold_es256", Kind::Valid(Algorithm::Es256)),
    Case::cold("cold_eddsa", Kind::Valid(Algorithm::EdDsa)),
    Case::cold("cold_rs256_2_threads", RS256).on_2_threads(),
    Case::cold("cold_rs256_200_groups", Kind::Groups),
    Case::cold("cold_rs256_16k", Kind::Long(Length::Quarter)),
    Case::cold("cold_rs256_64k", Kind::Long(Length::Most)),
    Case::hot("new_each_time", Kind::Many, Choice::New),
    Case::hot("hot_rs256", RS256, Choice::One),
    Case::hot("hot_rs256_2_threads", RS256, Choice::One).on_2_threads(),
    Case::hot("hot_rs256_10k", Kind::Many, Choice::Uniform),
    Case::hot("hot_rs256_10k_zipf", Kind::Many, Choice::Zipf),
    Case::refused("expired", Kind::Expired),
    Case::refused("foreign_audience", Kind::ForeignAudience),
    Case::refused("unknown_kid", Kind::UnknownKid),
    Case::refused("garbage", Kind::Garbage),
    Case::refused("wrong_signature", Kind::WrongSignature),
    Case::hostile("foreign_audience_16k", Shape::ForeignAudience, Length::Quarter),
    Case::hostile("dots_16k", Shape::Dots, Length::Quarter),
    Case::hostile("encrypted_16k", Shape::Encrypted, Length::Quarter),
    Case::hostile("padded_16k", Shape::Padded, Length::Quarter),
    Case::hostile("no_json_16k", Shape::NoJson, Length::Quarter),
    Case::hostile("deep_16k", Shape::Deep, Length::Quarter),
    Case::hostile("members_16k", Shape::Members, Length::Quarter),
    Case::hostile("items_16k", Shape::Items, Length::Quarter),
    Case::hostile("duplicate_16k", Shape::Duplicate, Length::Quarter),
    Case::hostile("foreign_audience_64k", Shape::ForeignAudience, Length::Most),
    Case::hostile("dots_64k", Shape::Dots, Length::Most),
    Case::hostile("encrypted_64k", Shape::Encrypted, Length::Most),
    Case::hostile("padded_64k", Shape::Padded, Length::Most),
    Case::hostile("no_json_64k", Shape::NoJson, Length::Most),
    Case::hostile("deep_64k", Shape::Deep, Length::Most),
    Case::hostile("members_64k", Shape::Members, Length::Most),
    Case::hostile("items_64k", Shape::Items, Length::Most),
    Case::hostile("duplicate_64k", Shape::Duplicate, Length::Most),
];
