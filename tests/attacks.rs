//! The corpus of hostile requests, against the verifier and end to end over every framework, with everything that is
//! logged meanwhile searched for tokens.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

use std::collections::BTreeSet;

use requires_auth::testing::attacks::{self, Attack, Verdict};
use requires_auth::testing::{Issuer, ManualClock};
use requires_auth::{RequestHead, Verifier, validate_scope};
use requires_auth_tests::client::{Answer, Request};
use requires_auth_tests::log::{self, Log};
use requires_auth_tests::server::Server;
use requires_auth_tests::wait::within;

macro_rules! mount {
    ($server:ty $(, gRPC)?) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn entra() {
            let issuer = requires_auth::testing::Issuer::entra();
            crate::over_the_wire::<$server>(&issuer, &requires_auth::testing::attacks::all(&issuer)).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn entra_while_time_stands_still() {
            let issuer = crate::at_a_fixed_time();
            crate::over_the_wire::<$server>(&issuer, &requires_auth::testing::attacks::all(&issuer)).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn plain_provider() {
            let issuer = requires_auth::testing::Issuer::oidc();
            crate::over_the_wire::<$server>(&issuer, &requires_auth::testing::attacks::oidc(&issuer)).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn published() {
            crate::published_over_the_wire::<$server>().await;
        }
    };
}

mod frameworks;

#[tokio::test]
async fn entra() {
    let issuer = Issuer::entra();
    against_the_verifier(&issuer, &attacks::all(&issuer)).await;
}

#[tokio::test]
async fn entra_while_time_stands_still() {
    let issuer = at_a_fixed_time();
    against_the_verifier(&issuer, &attacks::all(&issuer)).await;
}

#[tokio::test]
async fn plain_provider() {
    let issuer = Issuer::oidc();
    against_the_verifier(&issuer, &attacks::oidc(&issuer)).await;
}

#[tokio::test]
async fn published() {
    for issuer in [Issuer::entra(), Issuer::oidc()] {
        let mut report = Report::of("published, verifier");
        for attack in attacks::published(&issuer) {
            issuer.lie(attack.published.unwrap());
            let head = Head { fields: attack.authorization.clone(), verifier: issuer.verifier() };
            report.judge(&attack, &head.decide().await);
            issuer.recover();
        }
        report.close(&issuer);
    }
}

/// The log is searched for what was sent; this is what would be found.
#[test]
fn a_logged_token_would_be_found() {
    let log = log::capture();
    // Not a real token: its header would be that of others.
    let field = "Bearer a-header-that-no-issuer-makes.claims-that-no-issuer-makes.a-signature-of-nobody-at-all";
    assert_eq!(log.leak(secrets_of(field)), None);
    let (_, claims_and_signature) = field.split_once('.').unwrap();
    tracing::trace!(target: "leak", "a careless line about {claims_and_signature}");
    assert_eq!(log.leak(secrets_of(field)), Some("claims-that-no-issuer-makes"));
}

fn at_a_fixed_time() -> Issuer {
    Issuer::entra().with_clock(ManualClock::starting_now())
}

/// A head that also carries what HTTP cannot.
struct Head {
    fields: Vec<Vec<u8>>,
    verifier: Verifier,
}

impl RequestHead for Head {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(Vec::as_slice)
    }

    fn verifier(&self) -> Option<&Verifier> {
        Some(&self.verifier)
    }
}

impl Head {
    /// The decision in the shape of an answer.
    async fn decide(&self) -> Answer {
        let Err(refusal) = within("a decision", validate_scope("weather.read", self)).await else {
            return Answer { status: 200, ..Answer::default() };
        };
        let challenge = refusal.www_authenticate().map(|value| ("www-authenticate".to_owned(), value.into_bytes()));
        let body = format!("{refusal} {refusal:?} {}", refusal.problem().to_json());
        Answer { status: refusal.status(), fields: challenge.into_iter().collect(), body: body.into_bytes() }
    }
}

async fn against_the_verifier(issuer: &Issuer, corpus: &[Attack]) {
    let mut report = Report::of("verifier");
    let verifier = issuer.verifier();
    within("the first keys", verifier.ready()).await;
    for attack in corpus {
        let head = Head { fields: attack.authorization.clone(), verifier: verifier.clone() };
        report.judge(attack, &head.decide().await);
    }
    report.close(issuer);
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
    report.close(issuer);
}

async fn published_over_the_wire<S: Server>() {
    for issuer in [Issuer::entra(), Issuer::oidc()] {
        let mut report = Report::of(S::NAME);
        for attack in attacks::published(&issuer) {
            issuer.lie(attack.published.unwrap());
            let server = S::start(Some(issuer.verifier())).await;
            report.judge(&attack, &send(&server, &attack).await);
            issuer.recover();
        }
        report.close(&issuer);
    }
}

async fn send<S: Server>(server: &S, attack: &Attack) -> Answer {
    let add = |request: Request, value: &Vec<u8>| request.field("authorization", value);
    let request = attack.authorization.iter().fold(Request::get("/read"), add);
    server.exchange(&request).await
}

/// What came of a corpus.
struct Report {
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
    fn of(run: &str) -> Self {
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

    fn judge(&mut self, attack: &Attack, answer: &Answer) {
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

    fn close(self, issuer: &Issuer) {
        let Self { run, judged, granted, refused_by_the_guard, disagreements, .. } = &self;
        let logged = self.log.count("refused: ") - self.refusals_logged_before;
        println!("{run}: {judged} sent, {granted} granted, {refused_by_the_guard} refused by the guard");
        assert!(disagreements.is_empty(), "{run}\n{}", disagreements.join("\n"));
        assert_eq!(issuer.requests().other, 0, "nobody follows an address out of a token");
        assert!(*judged > 20 && *granted > 0, "a corpus of its own size, with entries to grant");
        assert!(logged >= *refused_by_the_guard, "refusals are logged, so the log is worth searching");
        let leaked = self.log.leak(self.secrets.iter().map(String::as_str));
        assert_eq!(leaked, None, "no part of a token is logged");
    }
}

/// The parts of the token in a field. Short ones are no secrets: they occur everywhere.
fn secrets_of(field: &str) -> impl Iterator<Item = &str> {
    let words = field.split([' ', ',', '\t']).filter(|word| word.contains('.'));
    words.flat_map(|word| word.split('.')).filter(|part| part.len() >= 24)
}
