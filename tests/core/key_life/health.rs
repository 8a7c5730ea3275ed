//! What probes and operators see.

use requires_auth::Health;

use super::*;

/// An issuer, a verifier with its keys, and their clock.
async fn site() -> (Issuer, Verifier, ManualClock) {
    let clock = ManualClock::starting_now();
    let issuer = Issuer::entra().with_clock(clock.clone());
    let verifier = issuer.verifier();
    healthy(&verifier).await;
    (issuer, verifier, clock)
}

async fn healthy(verifier: &Verifier) {
    within("healthy keys", async {
        while verifier.health().is_degraded() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn health_says_how_old_keys_are_and_when_they_are_refreshed() {
    let (issuer, verifier, clock) = site().await;
    clock.advance(10 * Duration::from_mins(1));
    let health = verifier.health();
    assert!(health.is_ready() && !health.is_degraded());
    let [v2, v1] = health.issuers() else { panic!("{health}") };
    assert_eq!(v2.issuer, format!("{}/{}/v2.0", issuer.url(), issuer.tenant_id()));
    assert!(v2.required && !v1.required);
    for set in [v2, v1] {
        assert_eq!((set.ready, set.keys, set.failures, set.generation), (true, 1, 0, 1));
        assert_eq!(set.age, Some(Duration::from_mins(10)));
        let due = set.next_refresh.unwrap();
        assert!(due >= Duration::from_mins(37) && due <= Duration::from_mins(50), "{due:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_degrades_and_takes_readiness_after_a_day() {
    let (issuer, verifier, clock) = site().await;
    issuer.go_down();
    clock.advance(HOUR);
    until("a failure", || verifier.health().issuers()[0].failures > 0).await;
    let health = verifier.health();
    assert!(health.is_ready() && health.is_degraded(), "{health}");
    let error = health.issuers()[0].last_error.as_deref().unwrap();
    assert!(error.contains("no provider metadata from http://127.0.0.1"), "{error}");

    clock.advance(23 * HOUR);
    assert!(!verifier.health().is_ready());
    issuer.come_up();
    within("recovery", async {
        while verifier.health().is_degraded() {
            clock.advance(Duration::from_mins(1));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(verifier.health().is_ready());
}

#[tokio::test]
async fn health_of_given_keys_is_good_and_has_no_times() {
    let issuer = Issuer::oidc();
    let authority = Authority::static_keys(issuer.issuer(), issuer.audience(), issuer.published_keys());
    let verifier = Verifier::builder(authority.named("gateway")).build().unwrap();
    let health: Health = verifier.health();
    let [only] = health.issuers() else { panic!("{health}") };
    assert!(health.is_ready() && !health.is_degraded());
    assert_eq!((only.age, only.next_refresh, only.authority.as_deref()), (None, None, Some("gateway")));
}

#[tokio::test]
async fn before_the_first_keys_nothing_is_ready() {
    let issuer = Issuer::oidc();
    issuer.go_down();
    let verifier = issuer.verifier();
    let health = verifier.health();
    assert!(!health.is_ready() && health.is_degraded());
    assert!(health.to_string().contains("no keys yet"), "{health}");
}
