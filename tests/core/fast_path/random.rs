//! Games that a generator writes.

use std::time::Instant;

use requires_auth_reference::play::{Tally, play};

/// Numbers that look random and are the same in every run (xorshift64*).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn byte(&mut self) -> u8 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8
    }
}

#[test]
fn what_came_before_changes_no_verdict() {
    let (mut dice, mut tally, started) = (Dice(0x5eed), Tally::default(), Instant::now());
    for _ in 0..15 {
        let script: Vec<u8> = (0..4_000).map(|_| dice.byte()).collect();
        tally.add(&play(&script));
    }
    println!("{} requests in {:?}: {tally:#?}", tally.requests(), started.elapsed());
    // The games reach what they are for.
    assert!(tally.requests() > 5_000 && tally.granted_again > 500 && tally.refused.len() > 20, "{tally:#?}");
}
