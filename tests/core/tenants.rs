//! An API of many tenants: whose keys verify a token, and what it costs to invent tenants.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use std::time::{Duration, Instant};

use requires_auth::testing::{Issuer, ManualClock};
use requires_auth::{Authority, Reason, Verifier};

const KNOWN: &str = "11111111-86f1-41af-91ab-2d7cd011db47";
const OTHER: &str = "22222222-86f1-41af-91ab-2d7cd011db47";
const STRANGER: &str = "33333333-86f1-41af-91ab-2d7cd011db47";

const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
const ANOTHER_CLIENT: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

struct Bench {
    issuer: Issuer,
    clock: ManualClock,
    verifier: Verifier,
}

/// An API of `organizations`, on a clock of the test, whose shared keys are there.
async fn bench(admits: impl FnOnce(Authority) -> Authority) -> Bench {
    let clock = ManualClock::starting_now();
    let issuer = Issuer::entra().with_clock(clock.clone());
    for tenant in [KNOWN, OTHER] {
        issuer.add_tenant(tenant);
    }
    let authority = admits(issuer.authority_of("organizations"));
    let verifier = Verifier::builder(authority).clock(clock.clone()).build().unwrap();
    verifier.ready().await;
    Bench { issuer, clock, verifier }
}

async fn any_tenant() -> Bench {
    bench(|authority| authority.dangerous().any_tenant()).await
}

impl Bench {
    async fn verdict(&self, token: &str) -> Result<(), Reason> {
        self.verifier.verify(token).await.map(|_| ()).map_err(|refusal| refusal.reason())
    }

    /// Waits until the tenant's own documents were asked for. The verifier asks in the background, by itself.
    async fn asked_for(&self, tenant: &str) {
        let patience = Instant::now() + Duration::from_secs(30);
        while self.issuer.requests_of(tenant).keys == 0 {
            assert!(Instant::now() < patience, "nobody asks for the keys of {tenant}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Gives the tenant its own set, by a token, and waits until that set decides about an unknown key.
    async fn settle(&self, tenant: &str) {
        assert_eq!(self.verdict(&self.issuer.token_of(tenant).sign()).await, Ok(()));
        self.asked_for(tenant).await;
    }
}

#[tokio::test]
async fn the_first_token_of_a_tenant_is_verified_without_a_fetch_of_its_own() {
    let bench = any_tenant().await;
    let before = bench.issuer.requests();
    assert_eq!(bench.verdict(&bench.issuer.token_of(KNOWN).sign()).await, Ok(()));
    assert!(before.keys >= 1, "the shared set was there");
    bench.asked_for(KNOWN).await;
    assert_eq!(bench.issuer.requests_of(OTHER).keys, 0, "who does not call has no set");
}

#[tokio::test]
async fn tokens_of_both_versions_are_verified_each_with_its_own_keys() {
    let bench = any_tenant().await;
    assert_eq!(bench.verdict(&bench.issuer.token_of(KNOWN).sign()).await, Ok(()));
    assert_eq!(bench.verdict(&bench.issuer.token_of(KNOWN).v1().sign()).await, Ok(()));
}

#[tokio::test]
async fn inventing_tenants_with_a_published_key_costs_no_fetch() {
    let bench = any_tenant().await;
    let before = bench.issuer.requests_of("organizations");
    for tenant in invented(500) {
        let forged = bench.issuer.token().tenant(&tenant).signed_by(&bench.issuer.foreign_key());
        let forged = forged.header("kid", bench.issuer.signing_key().kid()).sign();
        assert_eq!(bench.verdict(&forged).await, Err(Reason::Signature));
    }
    assert_eq!(bench.issuer.requests_of("organizations"), before);
    assert!(invented(500).all(|tenant| bench.issuer.requests_of(&tenant).metadata == 0));
}

#[tokio::test]
async fn inventing_tenants_and_keys_costs_a_bounded_number_of_fetches_and_leaves_callers_alone() {
    let bench = any_tenant().await;
    bench.settle(KNOWN).await;
    bench.issuer.reset_requests();
    let forged = bench.issuer.token().signed_by(&bench.issuer.foreign_key());
    for tenant in invented(2_000) {
        let refusal = bench.verdict(&forged.clone().tenant(&tenant).sign()).await.unwrap_err();
        assert!(matches!(refusal, Reason::UnknownKey | Reason::KeyNotLookedUp), "{refusal:?}");
    }
    let asked = bench.issuer.requests();
    // One refresh of the shared set, and sixteen look-ups, each answered by 400 at its metadata.
    assert!(asked.metadata <= 1 && asked.keys <= 2, "{asked:?}");
    let asked_of: usize = invented(2_000).map(|tenant| bench.issuer.requests_of(&tenant).metadata).sum();
    assert_eq!(asked_of, 16);
    for tenant in [KNOWN, OTHER] {
        assert_eq!(bench.verdict(&bench.issuer.token_of(tenant).sign()).await, Ok(()), "{tenant}");
    }
    bench.clock.advance(Duration::from_mins(1));
    for tenant in invented(500) {
        let _ = bench.verdict(&forged.clone().tenant(&tenant).sign()).await;
    }
    let asked_of: usize = invented(2_000).map(|tenant| bench.issuer.requests_of(&tenant).metadata).sum();
    assert!(asked_of <= 32, "{asked_of} look-ups, a minute later");
}

#[tokio::test]
async fn nothing_is_looked_up_for_a_tenant_that_may_not_call() {
    let bench = bench(|authority| authority.allow_tenants([KNOWN])).await;
    let genuine = bench.issuer.token_of(OTHER).sign();
    assert_eq!(bench.verdict(&genuine).await, Err(Reason::ForbiddenTenant));
    let forged = bench.issuer.token().tenant(OTHER).signed_by(&bench.issuer.foreign_key()).sign();
    assert_eq!(bench.verdict(&forged).await, Err(Reason::UnknownKey));
    assert_eq!(bench.verdict(&bench.issuer.token_of(KNOWN).sign()).await, Ok(()));
    bench.asked_for(KNOWN).await;
    assert_eq!(bench.issuer.requests_of(OTHER).metadata, 0);
}

#[tokio::test]
async fn a_function_decides_which_tenants_may_call() {
    let bench = bench(|authority| authority.allow_tenants_if(|tenant| tenant == KNOWN)).await;
    assert_eq!(bench.verdict(&bench.issuer.token_of(KNOWN).sign()).await, Ok(()));
    assert_eq!(bench.verdict(&bench.issuer.token_of(OTHER).sign()).await, Err(Reason::ForbiddenTenant));
}

#[tokio::test]
async fn a_key_that_one_tenant_alone_has_is_found_there_and_signs_for_no_other() {
    let bench = any_tenant().await;
    bench.issuer.add_tenant_with_own_keys(STRANGER);
    let own = bench.issuer.token_of(STRANGER);
    assert_eq!(bench.verdict(&own.sign()).await, Ok(()), "its first token, with a key that no other document has");
    assert_eq!(bench.issuer.requests_of(STRANGER).keys, 1);

    bench.settle(KNOWN).await;
    for tenant in [KNOWN, OTHER] {
        let stolen = own.clone().tenant(tenant).sign();
        let refusal = bench.verdict(&stolen).await.unwrap_err();
        assert!(matches!(refusal, Reason::UnknownKey | Reason::KeyNotLookedUp), "{tenant}: {refusal:?}");
    }
}

#[tokio::test]
async fn a_key_of_one_tenant_that_could_not_be_looked_up_is_not_called_wrong() {
    let bench = any_tenant().await;
    // The issuer answers 400 for a tenant that it does not have yet.
    let early = bench.issuer.token().tenant(STRANGER).signed_by(&bench.issuer.foreign_key()).sign();
    // The shared set is asked, and says that it does not have the key; the second time it remembers.
    for _ in 0..2 {
        assert_eq!(bench.verdict(&early).await, Err(Reason::KeyNotLookedUp));
    }
    assert_eq!(bench.issuer.requests_of(STRANGER).metadata, 2);
}

#[tokio::test]
async fn a_tenants_own_set_decides_alone() {
    let bench = any_tenant().await;
    bench.issuer.add_tenant_with_own_keys(STRANGER);
    assert_eq!(bench.verdict(&bench.issuer.token_of(STRANGER).sign()).await, Ok(()));
    // Past the cool-down of the look-up that brought the set.
    bench.clock.advance(Duration::from_secs(31));
    // What all tenants share has this key, and the tenant's own document does not.
    let shared = bench.issuer.token().tenant(STRANGER).sign();
    assert_eq!(bench.verdict(&shared).await, Err(Reason::UnknownKey));
    assert_eq!(bench.verdict(&bench.issuer.token_of(KNOWN).sign()).await, Ok(()), "it is good for the others");
}

#[tokio::test]
async fn tenants_are_served_while_their_own_documents_are_down() {
    let bench = any_tenant().await;
    bench.issuer.go_down();
    for tenant in [KNOWN, OTHER, STRANGER] {
        let token = bench.issuer.token().tenant(tenant).sign();
        assert_eq!(bench.verdict(&token).await, Ok(()), "{tenant}");
    }
}

#[tokio::test]
async fn every_tenant_follows_a_rollover_with_its_first_new_token() {
    let bench = any_tenant().await;
    bench.settle(KNOWN).await;
    bench.issuer.rotate();
    for tenant in [KNOWN, OTHER] {
        assert_eq!(bench.verdict(&bench.issuer.token_of(tenant).sign()).await, Ok(()), "{tenant}");
    }
}

#[tokio::test]
async fn a_flood_for_one_tenant_does_not_keep_another_from_its_new_key() {
    let bench = any_tenant().await;
    for tenant in [KNOWN, OTHER] {
        bench.settle(tenant).await;
    }
    let forged = bench.issuer.token_of(KNOWN).signed_by(&bench.issuer.foreign_key());
    for number in 0..500 {
        let _ = bench.verdict(&forged.clone().header("kid", format!("invented-{number}")).sign()).await;
    }
    bench.issuer.add_tenant_with_own_keys(OTHER);
    // The shared set has just been asked, so that this one's own must be.
    bench.clock.advance(Duration::from_secs(31));
    assert_eq!(bench.verdict(&bench.issuer.token_of(OTHER).sign()).await, Ok(()));
}

#[tokio::test]
async fn a_flood_of_invented_tenants_does_not_delay_a_known_ones_key() {
    let bench = any_tenant().await;
    bench.settle(KNOWN).await;
    let forged = bench.issuer.token().signed_by(&bench.issuer.foreign_key());
    for tenant in invented(100) {
        let _ = bench.verdict(&forged.clone().tenant(&tenant).sign()).await;
    }
    bench.issuer.add_tenant_with_own_keys(KNOWN);
    assert_eq!(bench.verdict(&bench.issuer.token_of(KNOWN).sign()).await, Ok(()));
}

#[tokio::test]
async fn tokens_whose_key_nobody_could_find_use_up_no_look_ups() {
    let bench = any_tenant().await;
    let forged = bench.issuer.token().signed_by(&bench.issuer.foreign_key()).header("kid", "k".repeat(300));
    for tenant in invented(100) {
        assert_eq!(bench.verdict(&forged.clone().tenant(&tenant).sign()).await, Err(Reason::UnknownKey));
    }
    bench.issuer.add_tenant_with_own_keys(STRANGER);
    assert_eq!(bench.verdict(&bench.issuer.token_of(STRANGER).sign()).await, Ok(()));
}

#[tokio::test]
async fn a_tenant_with_an_authority_of_its_own_goes_by_that_in_either_order() {
    let issuer = Issuer::entra();
    let own = || issuer.authority().named("own");
    let many = || issuer.authority_of("organizations").allow_tenants([KNOWN]).named("many");
    for builder in [Verifier::builder(own()).and(many()), Verifier::builder(many()).and(own())] {
        let verifier = builder.build().unwrap();
        let token = verifier.verify(&issuer.token().sign()).await.unwrap();
        assert_eq!(token.authority(), Some("own"));
    }
}

#[tokio::test]
async fn personal_accounts_are_verified_with_keys_of_their_own() {
    let issuer = Issuer::entra();
    issuer.add_tenant(requires_auth::PERSONAL_ACCOUNTS);
    let verifier = Verifier::builder(issuer.authority_of("common").allow_tenants_if(|_| true)).build().unwrap();
    verifier.ready().await;
    let personal = issuer.token_of(requires_auth::PERSONAL_ACCOUNTS);
    assert!(verifier.verify(&personal.sign()).await.is_ok());
    let of_an_organization = personal.clone().tenant(issuer.tenant_id()).sign();
    assert!(verifier.verify(&of_an_organization).await.is_err(), "their key signs for nobody else");
}

/// The issuers of version 1.0 have one host, so that a tenant's name may stand for any of them until its metadata tells.
#[tokio::test]
async fn a_tenant_whose_name_leads_nowhere_does_not_keep_the_tokens_of_another_out() {
    let issuer = Issuer::entra();
    issuer.add_domain(issuer.tenant_id(), "contoso.example");
    let named = |domain: &str| issuer.authority_of(domain).named(domain);
    let verifier = Verifier::builder(named("gone.example")).and(named("contoso.example")).build().unwrap();
    let patience = Instant::now() + Duration::from_secs(30);
    let is_loaded =
        |verifier: &Verifier| verifier.health().issuers().iter().filter(|issuer| issuer.keys > 0).count() == 2;
    while !is_loaded(&verifier) {
        assert!(Instant::now() < patience, "the keys of contoso.example do not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for token in [issuer.token(), issuer.token().v1()] {
        let outcome = verifier.verify(&token.sign()).await;
        assert_eq!(outcome.map(|_| ()).map_err(|refusal| refusal.reason()), Ok(()));
    }
}

#[tokio::test]
async fn what_one_tenant_does_not_have_is_still_asked_of_the_one_that_issued_the_token() {
    for client in [CLIENT, ANOTHER_CLIENT] {
        asked_of_the_one_that_issued_it(client).await;
    }
}

/// Where both know the API by the same client id, the keys alone tell whose token it is; else its audience does.
async fn asked_of_the_one_that_issued_it(client: &str) {
    let (first, second) = (Issuer::entra_with(KNOWN, CLIENT), Issuer::entra_with(OTHER, client));
    first.add_domain(first.tenant_id(), "contoso.example");
    second.add_domain(OTHER, "partner.example");
    second.delay(Duration::from_millis(500));
    let authorities = (first.authority_of("contoso.example"), second.authority_of("partner.example"));
    let verifier = Verifier::builder(authorities.0).and(authorities.1).build().unwrap();
    let outcome = verifier.verify(&second.token().v1().sign()).await;
    assert_eq!(outcome.map(|_| ()).map_err(|refusal| refusal.reason()), Ok(()), "{client}");
}

/// Tenants that nobody has.
fn invented(number: usize) -> impl Iterator<Item = String> {
    (0..number).map(|number| format!("{number:08x}-0000-4000-8000-000000000000"))
}
