//! The corpus of hostile requests over the sockets of a framework, and what is made of the answers: everything that is
//! logged meanwhile is searched for tokens, so each run has a process of its own.

use std::collections::BTreeSet;

use requires_auth::testing::attacks::{self, Attack, Verdict};
use requires_auth::testing::{Issuer, ManualClock};

use crate::client::{Answer, Request};
use crate::log::{self, Log};
use crate::server::Server;
use crate::wait::within;

/// The corpus for a tenant of Entra ID.
pub async fn entra<S: Server>() {
    let issuer = Issuer::entra();
    over_the_wire::<S>(&issuer, &attacks::all(&issuer)).await;
}

/// The same with the entries on the second where a token ends.
pub async fn entra_while_time_stands_still<S: Server>() {
    let issuer = at_a_fixed_time();
    over_the_wire::<S>(&issuer, &attacks::all(&issuer)).await;
}

/// The corpus for a plain OpenID provider.
pub async fn plain_provider<S: Server>() {
    let issuer = Issuer::oidc();
    over_the_wire::<S>(&issuer, &attacks::oidc(&issuer)).await;
}

/// A lie of the issuer for each status that lies lead to. What lies do to a verdict is no matter of the framework: the
/// verifier meets all of them without one.
pub async fn published<S: Server>() {
    let issuer = Issuer::entra();
    let mut report = Report::of(S::NAME);
    for expected in [Verdict::InvalidToken, Verdict::KeysUnavailable] {
        let lies = attacks::published(&issuer);
        let attack = lies.into_iter().find(|attack| attack.expected == expected).expect("a lie for this status");
        issuer.lie(attack.published.expect("something to publish"));
        let server = S::start(Some(issuer.verifier())).await;
        report.judge(&attack, &send(&server, &attack).await);
        issuer.recover();
    }
    report.followed_nothing(&issuer);
    report.close();
}

/// How many issuers lie side by side. A verifier waits for what a lie keeps from it, and these waits overlap.
pub const LIARS: usize = 8;

/// What `issuer` publishes as one of [`LIARS`]: together they tell every lie once.
///
/// # Panics
///
/// There are fewer liars.
pub fn lies_of(issuer: &Issuer, liar: usize) -> impl Iterator<Item = Attack> {
    assert!(liar < LIARS);
    attacks::published(issuer).into_iter().skip(liar).step_by(LIARS)
}

/// Like Entra ID, and no token of it ends while a test runs.
#[must_use]
pub fn at_a_fixed_time() -> Issuer {
    Issuer::entra().with_clock(ManualClock::starting_now())
}

async fn over_the_wire<S: Server>(issuer: &Issuer, corpus: &[Attack]) {
    let mut report = Report::of(S::NAME);
    let verifier = issuer.verifier();
    within("the first keys", verifier.ready()).await;
    let server = S::start(Some(verifier)).await;
    for attack in corpus.iter().filter(|attack| attack.fits_in_fields()) {
        let mut attack = attack.clone();
        let reaches_the_guard = |value: &Vec<u8>| !S::DROPS_FIELDS_THAT_ARE_NOT_UTF_8 || str::from_utf8(value).is_ok();
        if !attack.authorization.iter().any(reaches_the_guard) {
            attack.expected = Verdict::MissingToken;
        }
        report.judge(&attack, &send(&server, &attack).await);
    }
    report.followed_nothing(issuer);
    report.close_corpus();
}

async fn send<S: Server>(server: &S, attack: &Attack) -> Answer {
    let add = |request: Request, value: &Vec<u8>| request.field("authorization", value);
    let request = attack.authorization.iter().fold(Request::get("/read"), add);
    server.exchange(&request).await
}

/// What came of a corpus.
#[derive(Debug)]
pub struct Report {
    run: String,
    log: &'static Log,
    refusals_logged_before: usize,
    judged: usize,
    granted: usize,
    refused_by_the_guard: usize,
    secrets: BTreeSet<String>,
    disagreements: Vec<String>,
}

impl Report {
    /// Begins to search the log.
    #[must_use]
    pub fn of(run: &str) -> Self {
        let log = log::capture();
        Self {
            run: run.to_owned(),
            log,
            refusals_logged_before: log.count("refused: "),
            judged: 0,
            granted: 0,
            refused_by_the_guard: 0,
            secrets: BTreeSet::new(),
            disagreements: Vec::new(),
        }
    }

    /// Holds an answer to what is expected.
    pub fn judge(&mut self, attack: &Attack, answer: &Answer) {
        let Attack { name, why, source, expected, .. } = attack;
        self.judged += 1;
        self.granted += usize::from(answer.status == 200);
        // The server refuses what is no HTTP, or too much of it, before the guard sees it.
        self.refused_by_the_guard += usize::from(answer.gives_a_reason());
        let (status, challenge) = (answer.status, answer.challenge());
        if status == 500 || !expected.allows(status, challenge) {
            self.disagreements.push(format!(
                "{name}: expected {expected:?}, got {status} {}\n    {why} ({source})",
                challenge.unwrap_or_default()
            ));
        }
        let said = format!("{:?} {}", answer.fields, answer.text());
        for value in &attack.authorization {
            for secret in secrets_of(&String::from_utf8_lossy(value)) {
                if said.contains(secret) {
                    self.disagreements.push(format!("{name}: the answer repeats what was sent: {said}"));
                }
                self.secrets.insert(secret.to_owned());
            }
        }
    }

    /// Holds `issuer` to what was asked of it.
    ///
    /// # Panics
    ///
    /// An address out of a token was asked.
    pub fn followed_nothing(&self, issuer: &Issuer) {
        assert_eq!(issuer.requests().other, 0, "{}: no address in a token is followed", self.run);
    }

    /// Ends a run of a whole corpus.
    ///
    /// # Panics
    ///
    /// As [`close`](Self::close) does, or there was no corpus.
    pub fn close_corpus(self) {
        assert!(self.judged > 20 && self.granted > 0, "a corpus of its own size, with entries to grant");
        self.close();
    }

    /// Ends a run.
    ///
    /// # Panics
    ///
    /// An answer was another than expected, or a token was repeated in an answer or in the log.
    pub fn close(self) {
        let Self { run, judged, granted, refused_by_the_guard, disagreements, .. } = &self;
        let logged = self.log.count("refused: ") - self.refusals_logged_before;
        println!("{run}: {judged} sent, {granted} granted, {refused_by_the_guard} refused by the guard");
        assert!(disagreements.is_empty(), "{run}\n{}", disagreements.join("\n"));
        assert!(logged >= *refused_by_the_guard, "refusals are logged, so the log is worth searching");
        let leaked = self.log.leak(self.secrets.iter().map(String::as_str));
        assert_eq!(leaked, None, "no part of a token is logged");
    }
}

/// The parts of the token in a field. Short ones are no secrets: they occur everywhere.
pub fn secrets_of(field: &str) -> impl Iterator<Item = &str> {
    let words = field.split([' ', ',', '\t']).filter(|word| word.contains('.'));
    words.flat_map(|word| word.split('.')).filter(|part| part.len() >= 24)
}
