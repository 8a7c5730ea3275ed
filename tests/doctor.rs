//! The doctor: an explanation judges as a request does, and says what is wrong with each thing wrong.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use requires_auth::doctor::{Explanation, Outcome};
use requires_auth::testing::attacks::{self, Attack};
use requires_auth::testing::{Issuer, ManualClock, Token};
use requires_auth::{Reason, Verifier};
use requires_auth_tests::wait::within;

/// For every token of the corpora, and for valid ones, the explanation has the reason that the verifier refuses with.
mod explains_what_a_request_meets {
    use super::*;

    #[tokio::test]
    async fn entra() {
        let issuer = Issuer::entra();
        agrees(&issuer, &attacks::all(&issuer)).await;
    }

    #[tokio::test]
    async fn entra_while_time_stands_still() {
        let issuer = Issuer::entra().with_clock(ManualClock::starting_now());
        agrees(&issuer, &attacks::all(&issuer)).await;
    }

    #[tokio::test]
    async fn plain_provider() {
        let issuer = Issuer::oidc();
        agrees(&issuer, &attacks::oidc(&issuer)).await;
    }

    #[tokio::test]
    async fn published() {
        for issuer in [Issuer::entra(), Issuer::oidc()] {
            for attack in attacks::published(&issuer) {
                issuer.lie(attack.published.unwrap());
                let (verifier, token) = (issuer.verifier(), token_of(&attack).unwrap());
                let verdict = within("a decision", verifier.verify(&token)).await.err();
                let explanation = verifier.explain(&token);
                assert_eq!(explanation.reason(), verdict.map(|it| it.reason()), "{attack:?}\n{explanation}");
                issuer.recover();
            }
        }
    }

    async fn agrees(issuer: &Issuer, corpus: &[Attack]) {
        let verifier = issuer.verifier();
        within("the first keys", verifier.ready()).await;
        let (mut explained, mut reasons) = (0, std::collections::BTreeSet::new());
        let valid = [issuer.token(), issuer.token().app("daemon").role("Weather.Read.All")].map(|it| it.sign());
        let named = corpus.iter().filter_map(|attack| Some((attack.name, token_of(attack)?)));
        for (name, token) in valid.into_iter().map(|token| ("valid", token)).chain(named) {
            let verdict = within("a decision", verifier.verify(&token)).await.err().map(|it| it.reason());
            let before = issuer.requests();
            let explanation = verifier.explain(&token);
            assert_eq!(explanation.reason(), verdict, "{name}\n{explanation}");
            assert_eq!(issuer.requests(), before, "an explanation fetches nothing");
            check_the_text(name, &explanation, &token);
            explained += 1;
            reasons.extend(verdict.map(Reason::code));
        }
        assert!(explained > 100 && reasons.len() > 10, "{explained} tokens, {reasons:?}");
    }

    /// The token in a request that has one, as the guard would hand it to the verifier.
    fn token_of(attack: &Attack) -> Option<String> {
        let [field] = &attack.authorization[..] else { return None };
        let token = str::from_utf8(field).ok()?.strip_prefix("Bearer ")?;
        Some(token.to_owned())
    }

    fn check_the_text(name: &str, explanation: &Explanation, token: &str) {
        let text = explanation.to_string();
        let failed = explanation.findings().iter().find(|finding| finding.outcome() == Outcome::Failed);
        assert_eq!(
            failed.is_some(),
            explanation.reason().is_some_and(|it| it.kind().status() != 503),
            "{name}\n{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{name}\n{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{name}\n{text}");
        // What is short occurs everywhere.
        let parts = token.split(['.', ' ']).filter(|part| part.len() >= 24);
        let leaked = parts.filter(|part| text.contains(part.get(..24).unwrap_or(part)));
        assert_eq!(leaked.collect::<Vec<_>>(), [""; 0], "{name}\n{text}");
    }
}
