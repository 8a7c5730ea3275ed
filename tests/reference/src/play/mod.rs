//! A game: requests in an order that a script chooses, to verifiers that differ in their cache alone and to the
//! [`Reference`]. All must say the same of each request, whatever came before it.
//!
//! The script is bytes, of a fuzzer or of a generator. Equal scripts play equal games, but for the keys and the
//! signatures, which are fresh in each process. Keys are given and never change here; `tests/fast_path/key_life.rs` plays
//! with keys that do.

mod alter;
mod ask;
mod keyring;
mod mint;
mod object;
mod script;

use std::collections::BTreeMap;
use std::time::Duration;

use requires_auth::testing::ManualClock;
use requires_auth::{Authority, Reason, Verifier, VerifierBuilder};

pub use self::ask::{ASKS, Ask, Granted, Outcome, Refused, at_once};
use self::keyring::{ALGORITHMS, CLIENT, Keyring, PARTNER, PARTNER_AUDIENCE, TENANT};
pub use self::script::Script;
use crate::keys::Now;
use crate::{LEEWAY, Reference};

const START: i64 = 1_800_000_000;
/// Tokens that can be sent again.
const REMEMBERED: usize = 24;
/// So that a game ends, however long its script is.
const MOST_MOVES: usize = 4_096;

/// The caches that must make no difference, by name.
pub const CACHES: [(&str, Option<usize>); 3] =
    [("default", None), ("of a few tokens", Some(8 * 1024)), ("none", Some(0))];

/// A builder with a cache of this many bytes.
pub fn with_cache(builder: VerifierBuilder, bytes: Option<usize>) -> VerifierBuilder {
    match bytes {
        Some(bytes) => builder.token_cache(bytes),
        None => builder,
    }
}

/// What happened in one game.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many requests were granted.
    pub granted: usize,
    /// How many requests were refused, by reason.
    pub refused: BTreeMap<&'static str, usize>,
    /// How many requests were granted that had the token of an earlier one.
    pub granted_again: usize,
}

struct Game {
    clock: ManualClock,
    elapsed: Duration,
    verifiers: Vec<(&'static str, Verifier)>,
    reference: Reference,
    keyring: &'static Keyring,
    sent: Vec<Sent>,
    tally: Tally,
}

/// A token that was sent before.
#[derive(Clone)]
struct Sent {
    token: Vec<u8>,
    exp: Option<i64>,
    granted: bool,
}

/// Plays the game of a script.
///
/// # Panics
///
/// When two of the players disagree.
#[must_use]
pub fn play(script: &[u8]) -> Tally {
    let (mut game, mut script) = (Game::new(), Script::new(script));
    for _ in 0..MOST_MOVES {
        if script.is_over() {
            break;
        }
        match script.below(8) {
            0 => game.let_time_pass(&mut script),
            1..=3 => game.send_again(&mut script),
            4 => game.send_altered(&mut script),
            _ => game.send_new(&mut script),
        }
    }
    game.tally
}

impl Game {
    fn new() -> Self {
        let keyring = Keyring::get();
        let clock = ManualClock::starting_at(START);
        let verifiers = CACHES.map(|(name, bytes)| {
            let staff = Authority::entra(TENANT, CLIENT).keys(keyring.staff_jwks()).algorithms(ALGORITHMS);
            let partners = Authority::static_keys(PARTNER, PARTNER_AUDIENCE, keyring.partner_jwks());
            let partners = partners.algorithms(ALGORITHMS).named("partners");
            let builder = Verifier::builder(staff.named("staff")).and(partners).clock(clock.clone());
            (name, with_cache(builder, bytes).build().expect("a verifier of given keys"))
        });
        Self {
            clock,
            elapsed: Duration::ZERO,
            verifiers: verifiers.into(),
            reference: keyring.reference(),
            keyring,
            sent: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn now(&self) -> Now {
        Now { unix: self.clock.unix_now(), elapsed: self.elapsed }
    }

    fn let_time_pass(&mut self, script: &mut Script<'_>) {
        let now = self.clock.unix_now();
        let edge = (!self.sent.is_empty()).then(|| self.sent[script.below(self.sent.len())].exp).flatten();
        match (script.below(4), edge) {
            // To the last second of a token, to the first after it, and back.
            (0 | 1, Some(exp)) => {
                let to = exp.saturating_add(LEEWAY + [-1, 0, 1][script.below(3)]).saturating_sub(now);
                if to.abs() < 100_000 {
                    self.clock.shift_wall_clock(to);
                }
            }
            (2, _) => self.clock.shift_wall_clock([-7_200, -3_700, -121, -61, -1, 59, 3_600][script.below(7)]),
            _ => {
                let by = Duration::from_secs([1, 59, 60, 61, 600, 3_599, 3_660, 90_000][script.below(8)]);
                self.elapsed += by;
                self.clock.advance(by);
            }
        }
    }

    fn send_new(&mut self, script: &mut Script<'_>) {
        let minted = self.keyring.mint(script, self.clock.unix_now());
        self.send(&Sent { token: minted.token, exp: minted.exp, granted: false }, script);
    }

    fn send_again(&mut self, script: &mut Script<'_>) {
        if self.sent.is_empty() {
            return self.send_new(script);
        }
        // Mostly one that was granted: the others are in no cache.
        let granted: Vec<_> = self.sent.iter().filter(|sent| sent.granted).cloned().collect();
        let among = if granted.is_empty() || script.below(4) == 0 { &self.sent } else { &granted };
        let again = among[script.below(among.len())].clone();
        self.send(&again, script);
    }

    /// A token that was sent before, with other bytes somewhere.
    fn send_altered(&mut self, script: &mut Script<'_>) {
        if self.sent.is_empty() {
            return self.send_new(script);
        }
        let sent = &self.sent[script.below(self.sent.len())];
        let other = &self.sent[script.below(self.sent.len())];
        let token = alter::altered(&sent.token, &other.token, script);
        let exp = sent.exp;
        self.send(&Sent { token, exp, granted: false }, script);
    }

    fn send(&mut self, sent: &Sent, script: &mut Script<'_>) {
        // Mostly as the first.
        let ask = &ASKS[script.below(ASKS.len() * 3).saturating_sub(ASKS.len() * 2)];
        let fields = alter::fields(&sent.token, script);
        let expected = self.reference.check(&fields, ask.wanted, self.now());
        let mut first = None;
        for (cache, verifier) in &self.verifiers {
            let outcome = at_once(ask.of(&fields, verifier));
            let reason = outcome.as_ref().map(drop).map_err(|refused| refused.reason);
            let context = || describe(&fields, self.clock.unix_now());
            assert_eq!(reason, expected, "cache {cache}, against the reference, {:?}: {}", ask.wanted, context());
            match &first {
                None => first = Some(outcome),
                Some(first) => assert_eq!(&outcome, first, "cache {cache}, {:?}: {}", ask.wanted, context()),
            }
        }
        self.note(sent, expected);
    }

    fn note(&mut self, sent: &Sent, verdict: Result<(), Reason>) {
        let before = self.sent.iter_mut().find(|before| before.token == sent.token);
        match verdict {
            Ok(()) => {
                self.tally.granted += 1;
                self.tally.granted_again += usize::from(before.as_ref().is_some_and(|before| before.granted));
            }
            Err(reason) => *self.tally.refused.entry(reason.code()).or_default() += 1,
        }
        if let Some(before) = before {
            before.granted |= verdict.is_ok();
            return;
        }
        if self.sent.len() == REMEMBERED {
            self.sent.remove(0);
        }
        self.sent.push(Sent { granted: verdict.is_ok(), ..sent.clone() });
    }
}

impl Tally {
    /// Adds another game.
    pub fn add(&mut self, other: &Self) {
        self.granted += other.granted;
        self.granted_again += other.granted_again;
        for (reason, times) in &other.refused {
            *self.refused.entry(reason).or_default() += times;
        }
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.granted + self.refused.values().sum::<usize>()
    }
}

/// What a request says, as far as it can be read.
fn describe(fields: &[Vec<u8>], now: i64) -> String {
    let show = |field: &Vec<u8>| {
        let text = String::from_utf8_lossy(field);
        let parts = text.split('.').take(2).map(|part| {
            let part = part.rsplit(' ').next().unwrap_or_default();
            let decoded = data_encoding::BASE64URL_NOPAD.decode(part.as_bytes());
            decoded.map_or_else(|_| format!("{part:?}"), |bytes| String::from_utf8_lossy(&bytes).into_owned())
        });
        parts.collect::<Vec<_>>().join(" . ")
    };
    format!("at {now}: {}", fields.iter().map(show).collect::<Vec<_>>().join(" and "))
}
