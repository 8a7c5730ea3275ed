//! The corpus of hostile requests against the verifier. Over sockets it is part of what every framework mounts.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use std::future::Future;

use futures_util::future::join_all;
use requires_auth::testing::Issuer;
use requires_auth::testing::attacks::{self, Attack};
use requires_auth::{RequestHead, Verifier, validate_scope};
use requires_auth_tests::alone::alone;
use requires_auth_tests::cases::attacks::{LIARS, Report, at_a_fixed_time, lies_of, secrets_of};
use requires_auth_tests::client::Answer;
use requires_auth_tests::log;
use requires_auth_tests::wait::within;

/// Runs `case` of the test with this name in a process of its own, since all that is logged there is kept.
async fn apart(test: &str, case: impl Future<Output = ()>) {
    alone(&format!("{}::{test}", module_path!()), case).await;
}

#[tokio::test]
async fn entra() {
    let issuer = Issuer::entra();
    apart("entra", against_the_verifier(&issuer, &attacks::all(&issuer))).await;
}

#[tokio::test]
async fn entra_while_time_stands_still() {
    let issuer = at_a_fixed_time();
    apart("entra_while_time_stands_still", against_the_verifier(&issuer, &attacks::all(&issuer))).await;
}

#[tokio::test]
async fn plain_provider() {
    let issuer = Issuer::oidc();
    apart("plain_provider", against_the_verifier(&issuer, &attacks::oidc(&issuer))).await;
}

#[tokio::test]
async fn published() {
    apart("published", async {
        for liar in [Issuer::entra, Issuer::oidc] {
            let mut report = Report::of("published, verifier");
            let (mut told, all) = (0, attacks::published(&liar()).len());
            for (issuer, answers) in join_all((0..LIARS).map(|number| lie(liar(), number))).await {
                told += answers.len();
                for (attack, answer) in &answers {
                    report.judge(attack, answer);
                }
                report.followed_nothing(&issuer);
            }
            assert_eq!(told, all, "every lie is told");
            report.close_corpus();
        }
    })
    .await;
}

/// Tells its lies to a verifier each.
async fn lie(issuer: Issuer, number: usize) -> (Issuer, Vec<(Attack, Answer)>) {
    let mut answers = Vec::new();
    for attack in lies_of(&issuer, number) {
        issuer.lie(attack.published.unwrap());
        let head = Head { fields: attack.authorization.clone(), verifier: issuer.verifier() };
        let answer = head.decide().await;
        answers.push((attack, answer));
        issuer.recover();
    }
    (issuer, answers)
}

/// The log is searched for what was sent; this is what would be found.
#[tokio::test]
async fn a_logged_token_would_be_found() {
    apart("a_logged_token_would_be_found", async {
        let log = log::capture();
        // Not a real token: its header would be that of others.
        let field = "Bearer a-header-that-no-issuer-makes.claims-that-no-issuer-makes.a-signature-of-nobody-at-all";
        assert_eq!(log.leak(secrets_of(field)), None);
        let (_, claims_and_signature) = field.split_once('.').unwrap();
        tracing::trace!(target: "leak", "a careless line about {claims_and_signature}");
        assert_eq!(log.leak(secrets_of(field)), Some("claims-that-no-issuer-makes"));
    })
    .await;
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
    report.followed_nothing(issuer);
    report.close_corpus();
}
