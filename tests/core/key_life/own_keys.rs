//! Keys that are given, or in a file of this machine.

use super::*;

const LATER: Duration = Duration::from_mins(6);

/// An issuer that nobody can reach, a verifier with its keys in a file, and their clock.
fn with_file(name: &str) -> (Issuer, Verifier, ManualClock, KeyFile) {
    let clock = ManualClock::starting_now();
    let issuer = Issuer::entra().with_clock(clock.clone());
    issuer.go_down();
    let file = KeyFile::new(name, &issuer.published_keys());
    let verifier = Verifier::builder(issuer.authority().keys_file(&file.0)).clock(clock.clone()).build().unwrap();
    (issuer, verifier, clock, file)
}

#[tokio::test]
async fn given_keys_verify_and_nothing_is_fetched() {
    for issuer in [Issuer::entra(), Issuer::oidc()] {
        let clock = ManualClock::starting_now();
        let issuer = issuer.with_clock(clock.clone());
        let verifier =
            Verifier::builder(issuer.authority().keys(issuer.published_keys())).clock(clock.clone()).build().unwrap();
        assert!(futures_util::poll!(Box::pin(verifier.ready())).is_ready());
        assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
        clock.advance(30 * 24 * HOUR);
        assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()), "they never age");
        issuer.rotate();
        assert_eq!(ask(&verifier, &token(&issuer)).await, Err(Reason::UnknownKey), "what is not given is unknown");
        assert_eq!(issuer.requests().total, 0);
    }
}

#[tokio::test]
async fn a_provider_of_static_keys_is_a_plain_one() {
    let issuer = Issuer::oidc();
    let authority = Authority::static_keys(issuer.issuer(), issuer.audience(), issuer.published_keys());
    let verifier = Verifier::builder(authority).build().unwrap();
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
    assert_eq!(ask(&verifier, &token(&issuer).audience("other")).await, Err(Reason::Audience));
    assert_eq!(issuer.requests().total, 0);
}

#[tokio::test]
async fn keys_of_a_file_are_there_when_the_verifier_is_built() {
    let (issuer, verifier, ..) = with_file("built");
    assert!(futures_util::poll!(Box::pin(verifier.ready())).is_ready());
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
    assert_eq!(ask(&verifier, &token(&issuer).v1()).await, Ok(()), "of both versions");
}

#[tokio::test]
async fn a_new_key_in_the_file_is_found_by_the_first_token_that_needs_it() {
    let (issuer, verifier, clock, file) = with_file("unknown");
    issuer.rotate();
    assert_eq!(ask(&verifier, &token(&issuer)).await, Err(Reason::UnknownKey));
    clock.advance(COOL_DOWN);
    file.replace(&issuer.published_keys());
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
}

#[tokio::test]
async fn a_key_that_is_taken_out_of_the_file_is_gone_within_minutes() {
    let (issuer, verifier, clock, file) = with_file("taken");
    let old = token(&issuer).expires_in(10 * HOUR);
    assert_eq!(ask(&verifier, &old).await, Ok(()));
    issuer.rotate();
    file.replace(&issuer.published_keys());
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
    issuer.withdraw_old_keys();
    file.replace(&issuer.published_keys());
    clock.advance(LATER);
    // The file is read on another thread.
    within("the end of the old key", async {
        while ask(&verifier, &old).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
}

#[tokio::test]
async fn the_last_good_keys_serve_while_the_file_cannot_be_used() {
    let (issuer, verifier, clock, file) = with_file("unusable");
    let stranger = || token(&issuer).header("kid", "nobody's");
    for content in ["", "<html>", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AQ"}]}"#] {
        file.replace(content);
        // Reading it was in vain, so nobody can tell whether such a key is there.
        assert_eq!(ask(&verifier, &stranger()).await, Err(Reason::KeyNotLookedUp), "{content}");
        assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()), "{content}");
        clock.advance(COOL_DOWN);
    }
    fs::remove_file(&file.0).unwrap();
    assert_eq!(ask(&verifier, &stranger()).await, Err(Reason::KeyNotLookedUp));
    clock.advance(23 * HOUR);
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
    clock.advance(HOUR);
    assert_eq!(ask(&verifier, &token(&issuer)).await, Err(Reason::KeysUnavailable), "a day is the bound, as elsewhere");
    fs::write(&file.0, issuer.published_keys()).unwrap();
    clock.advance(COOL_DOWN);
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
}
