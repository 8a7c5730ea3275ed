//! The doctor: an explanation judges as a request does, and says what is wrong with each thing wrong.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

use std::time::Duration;

use futures_util::future::join_all;
use requires_auth::doctor::{Diagnosis, Explanation, Finding, Outcome};
use requires_auth::testing::attacks::{self, Attack};
use requires_auth::testing::{Document, Issuer, Lie, ManualClock};
use requires_auth::{Algorithm, Authority, Reason, Settings, Verifier};
use requires_auth_tests::cases::attacks::{LIARS, lies_of};
use requires_auth_tests::wait::within;
use weather::doctor::{Condition, examine};

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

    /// Tokens of the authorities that the corpora are not for, each right, and wrong in one way.
    #[tokio::test]
    async fn other_authorities() {
        let (b2c, external, entra) = (Issuer::b2c(), Issuer::external_id(), Issuer::entra());
        let tenants = entra.tenant_id().to_owned();
        let many = Authority::entra("organizations", entra.client_id()).authority_host(entra.url());
        let many = Verifier::builder(many.allow_tenants([tenants])).and(external.authority()).build().unwrap();
        let strict = entra.authority().allow_clients(["a client"]).refuse_guests();
        let strict = Verifier::builder(strict).build().unwrap();
        for (issuer, verifier) in
            [(&b2c, b2c.verifier()), (&external, external.verifier()), (&entra, many), (&entra, strict)]
        {
            within("the first keys", verifier.ready()).await;
            let token = || issuer.token().user("ada").scope("weather.read");
            for token in [
                token(),
                token().guest(),
                token().client("a client"),
                token().expired(),
                token().id_token(),
                token().audience("api://other"),
                token().tenant("11111111-86f1-41af-91ab-2d7cd011db47"),
                token().claim("tfp", "B2C_1A_StepUp"),
                token().claim("tfp", "B2C_1_Other"),
                token().without_claim("tfp"),
                token().signed_by(&issuer.foreign_key()),
            ] {
                let token = token.sign();
                let verdict = within("a decision", verifier.verify(&token)).await.err().map(|it| it.reason());
                let explanation = within("an explanation", verifier.explain_with_lookup(&token)).await;
                assert_eq!(explanation.reason(), verdict, "{explanation}");
                check_the_text("other", &explanation, &token);
            }
        }
    }

    #[tokio::test]
    async fn published() {
        let liars = (0..LIARS).flat_map(|number| [(Issuer::entra(), number), (Issuer::oidc(), number)]);
        join_all(liars.map(|(issuer, number)| explains_lies(issuer, number))).await;
    }

    async fn explains_lies(issuer: Issuer, number: usize) {
        for attack in lies_of(&issuer, number) {
            issuer.lie(attack.published.unwrap());
            let (verifier, token) = (issuer.verifier(), token_of(&attack).unwrap());
            let verdict = within("a decision", verifier.verify(&token)).await.err();
            let explanation = verifier.explain(&token);
            let verdict = verdict.map(|it| it.reason());
            assert_eq!(explanation.reason(), verdict, "{attack:?}\n{explanation}");
            // Asked first, without any keys.
            let explanation = within("an explanation", issuer.verifier().explain_with_lookup(&token)).await;
            assert_eq!(explanation.reason(), verdict, "{attack:?}\n{explanation}");
            issuer.recover();
        }
    }

    /// A valid token with one byte of it changed, or cut, or doubled, anywhere.
    #[tokio::test]
    async fn damaged() {
        let issuer = Issuer::entra().with_clock(ManualClock::starting_now());
        let verifier = issuer.verifier();
        within("the first keys", verifier.ready()).await;
        let valid = issuer.token().user("ada").scope("weather.read").sign();
        let mut reasons = std::collections::BTreeSet::new();
        for at in 0..valid.len() {
            let (start, end) = valid.split_at(at);
            let replaced = ['A', '.', 'z'].map(|byte| format!("{start}{byte}{}", &end[1..]));
            for token in [start.to_owned(), format!("{start}{}", &end[1..])].into_iter().chain(replaced) {
                let verdict = within("a decision", verifier.verify(&token)).await.err().map(|it| it.reason());
                let explanation = verifier.explain(&token);
                assert_eq!(explanation.reason(), verdict, "{token}\n{explanation}");
                reasons.extend(verdict.map(Reason::code));
            }
        }
        assert!(reasons.len() > 8, "{reasons:?}");
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
            let looked_up = within("an explanation", verifier.explain_with_lookup(&token)).await;
            assert_eq!(looked_up.reason(), verdict, "{name}\n{looked_up}");
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

/// Each thing wrong with the set-up, and what the diagnosis says of it.
mod diagnoses {
    use super::*;

    #[tokio::test]
    async fn a_right_set_up() {
        for issuer in [Issuer::entra(), Issuer::oidc(), Issuer::b2c(), Issuer::external_id()] {
            let diagnosis = issuer.verifier().diagnose().await;
            assert!(diagnosis.is_well(), "{diagnosis}");
            assert!(diagnosis.findings().all(|finding| finding.outcome() == Outcome::Passed), "{diagnosis}");
        }
    }

    /// The portal decides about the version of tokens, so the diagnosis says how, for each.
    #[tokio::test]
    async fn says_what_makes_entra_write_each_version() {
        let issuer = Issuer::entra();
        let diagnosis = issuer.verifier().diagnose().await;
        let [_, v2, v1] = diagnosis.sections() else { panic!("{diagnosis}") };
        assert_eq!(v2.title(), format!("the issuer {}", issuer.issuer()));
        let expects =
            |section: &requires_auth::doctor::Section| section.findings().first().unwrap().sentence().to_owned();
        assert!(expects(v2).contains("requestedAccessTokenVersion (accessTokenAcceptedVersion) is 2"), "{diagnosis}");
        assert!(expects(v1).contains(&format!("api://{}", issuer.client_id())), "{diagnosis}");
        assert!(expects(v1).contains("App ID URI"), "{diagnosis}");
    }

    #[tokio::test]
    async fn a_tenant_that_is_not_there() {
        let issuer = Issuer::entra();
        let other = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        let verifier = of(Authority::entra(other, issuer.client_id()).authority_host(issuer.url()));
        says(&verifier.diagnose().await, "metadata", "status 400", "AzureAd__TenantId");
    }

    #[tokio::test]
    async fn a_user_flow_that_is_not_there() {
        let issuer = Issuer::b2c();
        let authority = Authority::b2c(issuer.tenant_id(), "B2C_1_Nowhere", issuer.client_id());
        says(&of(authority.authority_host(issuer.url())).diagnose().await, "metadata", "status 40", "Run user flow");
    }

    #[tokio::test]
    async fn keys_on_this_machine() {
        let issuer = Issuer::oidc();
        let given = of(Authority::static_keys(issuer.issuer(), issuer.audience(), issuer.published_keys()));
        issuer.go_down();
        assert!(given.diagnose().await.is_well());

        let folder = requires_auth_tests::processes::Folder::new();
        let path = folder.path().join("keys.json");
        std::fs::write(&path, issuer.published_keys()).unwrap();
        let filed = of(Authority::oidc(issuer.issuer(), issuer.audience()).keys_file(&path));
        assert!(filed.diagnose().await.is_well());
        std::fs::write(&path, "gone").unwrap();
        says(&filed.diagnose().await, "keys", "keys.json: the document is not JSON", "JWKS document");
    }

    #[tokio::test]
    async fn an_issuer_that_is_down() {
        let issuer = Issuer::oidc();
        issuer.go_down();
        says(&issuer.verifier().diagnose().await, "metadata", "refused", "Nobody listens");
    }

    #[tokio::test]
    async fn an_issuer_that_fails() {
        let issuer = Issuer::oidc();
        issuer.fail_in(Document::Metadata, 503);
        says(&issuer.verifier().diagnose().await, "metadata", "status 503", "fault");
        issuer.recover();
        issuer.fail_in(Document::Keys, 407);
        says(&issuer.verifier().diagnose().await, "keys", "status 407", "proxy");
    }

    #[tokio::test]
    async fn documents_that_are_none() {
        let issuer = Issuer::oidc();
        for (lie, check, sentence) in [
            (Lie::Html, "metadata", "not JSON"),
            (Lie::NoKeysUri, "metadata", "`jwks_uri` is missing"),
            (Lie::KeysInFile, "metadata", "is not an https URL"),
            (Lie::NoKeysMember, "keys", "array `keys`"),
            (Lie::Oversized, "metadata", "larger than"),
        ] {
            issuer.lie(lie);
            let diagnosis = issuer.verifier().diagnose().await;
            assert!(finding(&diagnosis, check).sentence().contains(sentence), "{lie:?} {diagnosis}");
            assert!(!diagnosis.is_well());
            issuer.recover();
        }
    }

    #[tokio::test]
    async fn a_document_of_another_issuer() {
        let issuer = Issuer::entra();
        issuer.lie(Lie::WrongIssuer);
        let diagnosis = issuer.verifier().diagnose().await;
        says(&diagnosis, "issuer", "the document names https://issuer.invalid", "somebody else answers");
        assert_eq!(finding(&diagnosis, "keys").outcome(), Outcome::Unknown, "its keys are not asked for");
        assert_eq!(issuer.requests().keys, 0);
    }

    #[tokio::test]
    async fn a_slash_at_the_end_of_the_issuer() {
        let issuer = Issuer::oidc();
        let verifier = of(Authority::oidc(format!("{}/", issuer.issuer()), issuer.audience()));
        says(&verifier.diagnose().await, "issuer", &issuer.issuer(), "as the provider writes it");
    }

    #[tokio::test]
    async fn keys_that_cannot_be_used() {
        let issuer = Issuer::oidc();
        issuer.lie(Lie::ShortKeys);
        let diagnosis = issuer.verifier().diagnose().await;
        says(&diagnosis, "keys", "none of the", "RS256");
        assert!(finding(&diagnosis, "other keys").sentence().contains("2048 to 8192 bits"), "{diagnosis}");
        issuer.recover();

        issuer.lie(Lie::MixedKeys);
        let diagnosis = issuer.verifier().diagnose().await;
        assert!(diagnosis.is_well(), "{diagnosis}");
        let others = finding(&diagnosis, "other keys");
        assert_eq!(others.outcome(), Outcome::Warning, "{diagnosis}");
        assert!(others.sentence().contains("\"not-base64url\": a member is not base64url"), "{diagnosis}");
    }

    #[tokio::test]
    async fn an_algorithm_that_the_issuer_does_not_use() {
        let issuer = Issuer::oidc();
        let verifier = of(issuer.authority().algorithms([Algorithm::ES256]));
        let diagnosis = verifier.diagnose().await;
        says(&diagnosis, "keys", "none of the 1 keys", "ES256");
        assert_eq!(finding(&diagnosis, "algorithms").outcome(), Outcome::Warning);
    }

    #[tokio::test]
    async fn a_clock_that_is_off() {
        for (ahead, outcome, words) in [
            (20, Outcome::Passed, "behind"),
            (45, Outcome::Warning, "behind"),
            (300, Outcome::Failed, "behind"),
            (-300, Outcome::Failed, "ahead"),
        ] {
            let issuer = Issuer::entra().with_clock(ManualClock::starting_now());
            issuer.clock_ahead(ahead);
            let diagnosis = issuer.verifier().diagnose().await;
            let clocks: Vec<_> = diagnosis.findings().filter(|finding| finding.check() == "clock").collect();
            let [clock] = clocks[..] else { panic!("once for one host: {diagnosis}") };
            assert_eq!(clock.outcome(), outcome, "{diagnosis}");
            assert!(clock.sentence().contains(words), "{diagnosis}");
        }
    }

    #[tokio::test]
    async fn settings_that_are_mixed_up() {
        let issuer = Issuer::entra();
        let (tenant, client) = (issuer.tenant_id(), issuer.client_id());
        let at_issuer = |authority: Authority| authority.authority_host(issuer.url());
        for (authority, outcome, words) in [
            (Authority::entra(tenant, tenant), Outcome::Failed, "is the tenant's id"),
            (Authority::entra(tenant, "04b07795-8ddb-461a-bbee-02f9e1bf7b46"), Outcome::Failed, "the Azure CLI"),
            (Authority::entra(tenant, client).audience("api://x/.default"), Outcome::Failed, "requests"),
            (Authority::entra(tenant, client).audience(client.to_uppercase()), Outcome::Failed, "upper case"),
            (
                Authority::entra(tenant, client).audience(client).audience("https://a.example/"),
                Outcome::Warning,
                "slash",
            ),
            (Authority::entra(tenant, client).audience("https://a.example"), Outcome::Warning, "client id"),
        ] {
            let diagnosis = of(at_issuer(authority)).diagnose().await;
            let audience = finding(&diagnosis, "audience");
            assert_eq!(audience.outcome(), outcome, "{diagnosis}");
            assert!(audience.sentence().contains(words), "{diagnosis}");
            assert_eq!(diagnosis.is_well(), outcome == Outcome::Warning);
        }
    }

    #[tokio::test]
    async fn what_the_danger_module_was_told() {
        let issuer = Issuer::entra();
        let diagnosis = of(issuer.authority().dangerous().authorize_by_access_list()).diagnose().await;
        assert_eq!(finding(&diagnosis, "permissions").outcome(), Outcome::Warning, "{diagnosis}");
        assert!(diagnosis.is_well());
    }

    /// The keys that serve requests are left as they are, and each document is asked for once more.
    #[tokio::test]
    async fn a_diagnosis_disturbs_nothing() {
        let issuer = Issuer::oidc();
        let (verifier, token) = (issuer.verifier(), issuer.token().sign());
        within("the first keys", verifier.ready()).await;
        let (metadata, keys) = (issuer.requests().metadata, issuer.requests().keys);
        issuer.rotate();
        issuer.withdraw_old_keys();

        assert!(verifier.diagnose().await.is_well());
        assert_eq!((issuer.requests().metadata, issuer.requests().keys), (metadata + 1, keys + 1));
        assert!(verifier.verify(&token).await.is_ok(), "its key was withdrawn, which the next refresh will see");
    }

    /// It needs no runtime of its own, nor any in particular.
    #[test]
    fn a_diagnosis_runs_under_any_executor() {
        let issuer = Issuer::oidc();
        let verifier = issuer.verifier();
        let diagnosis = block_on(verifier.diagnose());
        assert!(diagnosis.is_well(), "{diagnosis}");
    }

    #[tokio::test]
    async fn an_issuer_that_never_answers_does_not_hold_it_up() {
        let issuer = Issuer::oidc();
        issuer.delay(Duration::from_mins(1));
        let diagnosis = tokio::time::timeout(Duration::from_secs(12), issuer.verifier().diagnose()).await.unwrap();
        says(&diagnosis, "metadata", "in time", "firewall");
    }

    fn of(authority: Authority) -> Verifier {
        Verifier::builder(authority).build().unwrap()
    }

    fn finding<'d>(diagnosis: &'d Diagnosis, check: &str) -> &'d Finding {
        diagnosis
            .findings()
            .find(|finding| finding.check() == check)
            .unwrap_or_else(|| panic!("{check} in\n{diagnosis}"))
    }

    fn says(diagnosis: &Diagnosis, check: &str, sentence: &str, fix: &str) {
        let found = finding(diagnosis, check);
        assert_eq!(found.outcome(), Outcome::Failed, "{diagnosis}");
        assert!(found.sentence().contains(sentence), "{diagnosis}");
        assert!(found.fix().unwrap().contains(fix), "{diagnosis}");
        assert!(!diagnosis.is_well());
    }

    /// Polls on this thread, with no runtime anywhere near.
    fn block_on<F: Future>(future: F) -> F::Output {
        struct Unpark(std::thread::Thread);
        impl std::task::Wake for Unpark {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
        let mut future = std::pin::pin!(future);
        loop {
            match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
                std::task::Poll::Ready(output) => return output,
                std::task::Poll::Pending => std::thread::park(),
            }
        }
    }
}

/// What the doctor of the examples prints and returns, for each thing wrong with a token.
mod examines {
    use super::*;

    #[tokio::test]
    async fn a_good_token_of_either_version() {
        let issuer = Issuer::entra();
        let token = issuer.token().user("ada").scope("weather.read");
        for token in [token.bearer(), token.v1().sign()] {
            let (condition, page) = doctor(&issuer, Some(&token)).await;
            assert_eq!(condition, Condition::Well, "{page}");
            assert!(page.contains("scopes \"weather.read\"") && page.ends_with("each handler decides.\n"), "{page}");
        }
    }

    #[tokio::test]
    async fn each_thing_wrong_with_a_token() {
        let issuer = Issuer::entra();
        let (tenant, client) = ("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
        let token = || issuer.token().user("ada").scope("weather.read");
        let ours = issuer.client_id();
        let graph = token().audience("https://graph.microsoft.com");
        for (token, reason, words) in [
            (token().expired(), Reason::Expired, "renew"),
            (token().not_before_in(Duration::from_mins(10)), Reason::NotYetValid, "clock is slow"),
            (token().id_token(), Reason::IdToken, "access_token, not id_token"),
            (token().tenant(tenant), Reason::Issuer, "The token is of the tenant 72f988bf"),
            (token().issuer("https://sts.windows.net/common/"), Reason::Issuer, "is trusted"),
            (token().audience(client), Reason::Audience, "If 6e74172b"),
            (token().audience(&format!("{ours}/")), Reason::Audience, "differs by a slash"),
            (token().v1().audience("https://contoso.com/api"), Reason::Audience, "requestedAccessTokenVersion to 2"),
            (graph.clone(), Reason::Audience, "Microsoft Graph"),
            (graph.header("nonce", "AQAB"), Reason::GraphToken, "User.Read"),
            (token().claim("ver", "1.0"), Reason::TokenVersion, "one version"),
            (token().claim("tid", tenant), Reason::Tenant, "tid must be"),
            (token().claim("cnf", "x"), Reason::SenderConstrained, "DPoP"),
            (token().header("typ", "logout+jwt"), Reason::TokenType, "typ is"),
            (token().signed_by(&issuer.foreign_key()), Reason::UnknownKey, "custom_signing_keys"),
            (
                token().edit_signature(|mut bytes| {
                    bytes.reverse();
                    bytes
                }),
                Reason::Signature,
                "copied whole",
            ),
        ] {
            let token = token.sign();
            let (condition, page) = doctor(&issuer, Some(&token)).await;
            assert_eq!(condition, Condition::Ill, "{page}");
            let end = format!("is answered with 401, {}.\n", reason.code());
            assert!(page.ends_with(&end), "{page}");
            assert!(words.split(' ').all(|word| page.contains(word)), "{words} in {page}");
            let signature = token.rsplit('.').next().unwrap();
            assert!(!page.contains(&signature[..24]), "{page}");
        }
    }

    #[tokio::test]
    async fn text_that_is_no_token() {
        let issuer = Issuer::entra();
        let token = issuer.token().sign();
        for (text, words) in [
            ("0.AXoAj4hWb9dX5E".to_owned(), "a refresh token"),
            (format!("{{\"access_token\":\"{token}\"}}"), "take the value of access_token"),
            (token.replacen('.', ".\n", 1), "white space"),
            (format!("{token}.AA.AA"), "switch token encryption off"),
        ] {
            let (condition, page) = doctor(&issuer, Some(&text)).await;
            assert_eq!(condition, Condition::Ill, "{page}");
            let in_one_line = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(in_one_line.to_lowercase().contains(words), "{words} in {page}");
        }
    }

    #[tokio::test]
    async fn a_token_while_the_issuer_is_down() {
        let issuer = Issuer::entra();
        let token = issuer.token().audience("api://other").sign();
        issuer.go_down();
        let (condition, page) = doctor(&issuer, Some(&token)).await;
        assert_eq!(condition, Condition::Ill);
        assert!(page.contains("no keys are cached") && page.contains("401, audience"), "{page}");
    }

    #[tokio::test]
    async fn the_set_up_alone() {
        let issuer = Issuer::entra();
        assert_eq!(doctor(&issuer, None).await.0, Condition::Well);
        issuer.clock_ahead(600);
        let (condition, page) = doctor(&issuer, None).await;
        assert_eq!(condition, Condition::Ill);
        assert!(page.contains("600 s behind") && !page.contains("the token"), "{page}");
    }

    #[tokio::test]
    async fn nothing_without_settings() {
        let mut page = Vec::new();
        let condition = examine(Ok(Settings::default()), || None, &mut page, false).await;
        assert_eq!((condition, page.len()), (Condition::Unknown, 0));
    }

    #[tokio::test]
    async fn in_colour_where_it_is_asked_for() {
        let issuer = Issuer::entra();
        let token = issuer.token().expired().sign();
        let mut page = Vec::new();
        examine(Ok(settings(&issuer)), || Some(token), &mut page, true).await;
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("\x1b[32mok\x1b[0m") && page.contains("\x1b[1;31mWRONG\x1b[0m"), "{page}");
    }

    /// Prints without colours, as into a pipe.
    async fn doctor(issuer: &Issuer, token: Option<&str>) -> (Condition, String) {
        let mut page = Vec::new();
        let condition = examine(Ok(settings(issuer)), || token.map(str::to_owned), &mut page, false).await;
        let page = String::from_utf8(page).unwrap();
        assert!(!page.contains('\x1b'));
        assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
        (condition, page)
    }

    fn settings(issuer: &Issuer) -> Settings {
        let settings = Settings::default().with_tenant_id(issuer.tenant_id()).with_client_id(issuer.client_id());
        settings.with_authority_host(issuer.url())
    }
}

/// The page of the documentation shows what is printed.
mod documents {
    use super::*;

    const PAGE: &str = include_str!("../../runtime/src/_documentation/doctor.md");
    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

    #[tokio::test]
    async fn a_good_run() {
        let issuer = issuer();
        let token = issuer.token().user("ada").scope("weather.read").sign();
        is_shown(&issuer, &token).await;
    }

    #[tokio::test]
    async fn a_bad_run() {
        let issuer = issuer();
        issuer.clock_ahead(-240);
        let token = issuer.token().v1().user("ada").scope("weather.read").audience("https://contoso.com/weather");
        is_shown(&issuer, &token.sign()).await;
    }

    fn issuer() -> Issuer {
        Issuer::entra_with(TENANT, CLIENT).with_clock(ManualClock::starting_at(1_800_000_000))
    }

    async fn is_shown(issuer: &Issuer, token: &str) {
        let verifier = issuer.verifier();
        let diagnosis = verifier.diagnose().await;
        let page = format!("{diagnosis}\n{}", verifier.explain_with_lookup(token).await);
        // What differs from run to run, in as many letters.
        let port = issuer.url().rsplit(':').next().unwrap();
        assert_eq!(port.len(), 5, "a free port has five digits");
        let shown = page.replace(port, "40404").replace(issuer.signing_key().kid(), "JYhAcTPMZ_LX6DBlOWQ7Hn0NeXE");
        assert!(PAGE.contains(&format!("```text\n{shown}```")), "doctor.md must show\n{shown}");
    }
}
