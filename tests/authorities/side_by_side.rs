//! Several authorities in one verifier: tokens find theirs by issuer and user flow, and keys are looked up within it.

use requires_auth::testing::{Issuer, Token};
use requires_auth::{Authority, SetupErrorKind, Verifier, requires_auth};

use super::ask;

#[requires_auth(scope = "weather.read", authority = "customers")]
pub(crate) async fn customers() {}

#[requires_auth(scope = "weather.read", authority = "step-up")]
pub(crate) async fn step_up() {}

fn both(first: Authority, second: Authority) -> Verifier {
    Verifier::builder(first).and(second).build().unwrap()
}

fn of(issuer: &Issuer) -> Token {
    issuer.token().user("ada").scope("weather.read")
}

/// One flow of the two that the issuer has.
fn one_flow(issuer: &Issuer, flow: &str) -> Authority {
    Authority::b2c(issuer.tenant_id(), flow, issuer.client_id()).authority_host(issuer.url())
}

#[tokio::test]
async fn b2c_and_external_id_stand_side_by_side_while_customers_move() {
    let (old, new) = (Issuer::b2c(), Issuer::external_id());
    let verifier = both(old.authority().named("old"), new.authority().named("customers"));
    for issuer in [&old, &new] {
        assert_eq!(ask(verifier.clone(), "/", &of(issuer).sign()).await, "accepted");
        let token = verifier.verify(&of(issuer).sign()).await.unwrap();
        assert_eq!(token.issuer(), issuer.issuer());
    }
    assert_eq!(ask(verifier.clone(), "/customers", &of(&new).sign()).await, "accepted");
    assert_eq!(ask(verifier, "/customers", &of(&old).sign()).await, "401 issuer");
}

#[tokio::test]
async fn neither_speaks_for_the_other() {
    let (old, new) = (Issuer::b2c(), Issuer::external_id());
    let verifier = both(old.authority(), new.authority());
    for (one, other) in [(&old, &new), (&new, &old)] {
        let key = of(one).signed_by(&other.signing_key()).sign();
        assert_eq!(ask(verifier.clone(), "/", &key).await, "401 unknown_key");
        let audience = of(one).audience(other.audience()).sign();
        assert_eq!(ask(verifier.clone(), "/", &audience).await, "401 audience");
        let shape = of(one).issuer(&other.issuer()).signed_by(&other.signing_key()).sign();
        assert_ne!(ask(verifier.clone(), "/", &shape).await, "accepted");
    }
}

#[tokio::test]
async fn one_kid_in_two_authorities_names_two_keys() {
    let (one, other) = (Issuer::b2c(), Issuer::external_id());
    // The other publishes and signs with a key of its own under the name that the first one's key has.
    let namesake = other.foreign_key().with_kid(one.signing_key().kid());
    other.publish_jwk(namesake.jwk());
    let verifier = both(one.authority(), other.authority());
    for (token, expected) in [
        (of(&one), "accepted"),
        (of(&other).signed_by(&namesake), "accepted"),
        (of(&one).signed_by(&namesake), "401 signature"),
        (of(&other).signed_by(&one.signing_key()), "401 signature"),
    ] {
        assert_eq!(ask(verifier.clone(), "/", &token.sign()).await, expected, "{token:?}");
    }
}

/// External ID serves a tenant with keys that Entra ID does not have, and the reverse.
#[tokio::test]
async fn one_tenant_at_entra_id_and_at_external_id_is_two_issuers() {
    let external = Issuer::external_id();
    let (tenant, client) = (external.tenant_id(), external.client_id());
    let entra = Issuer::entra_with(tenant, client);
    for (trusted, other) in [(&external, &entra), (&entra, &external)] {
        let verifier = trusted.verifier();
        assert_eq!(ask(verifier.clone(), "/", &of(trusted).sign()).await, "accepted");
        assert_eq!(ask(verifier.clone(), "/", &of(other).sign()).await, "401 issuer");
        let relabelled = of(other).issuer(&trusted.issuer()).sign();
        assert_eq!(ask(verifier, "/", &relabelled).await, "401 unknown_key");
    }
}

#[tokio::test]
async fn flows_of_one_tenant_may_be_two_authorities() {
    let issuer = Issuer::b2c();
    let [sign_in, step_up] = &issuer.user_flows()[..] else { panic!() };
    // Both have one issuer, and here one key.
    issuer.share_keys(sign_in, step_up);
    let verifier = both(one_flow(&issuer, sign_in), one_flow(&issuer, step_up).named("step-up"));
    let token_of = |flow: &str| issuer.token_of(flow).user("ada").scope("weather.read").sign();
    for flow in [sign_in, step_up] {
        assert_eq!(ask(verifier.clone(), "/", &token_of(flow)).await, "accepted");
    }
    assert_eq!(ask(verifier.clone(), "/step-up", &token_of(step_up)).await, "accepted");
    assert_eq!(ask(verifier, "/step-up", &token_of(sign_in)).await, "401 user_flow");
}

#[tokio::test]
async fn tenants_by_name_are_told_apart_once_their_metadata_is_there() {
    let partner = "fa15d692-e9c7-4460-a743-29f2956fd429";
    let issuer = Issuer::entra();
    issuer.add_tenant_with_own_keys(partner);
    issuer.add_domain(issuer.tenant_id(), "contoso.example");
    issuer.add_domain(partner, "partner.example");
    let verifier =
        both(issuer.authority_of("contoso.example"), issuer.authority_of("partner.example").named("customers"));
    verifier.ready().await;
    let of_partner = issuer.token_of(partner).user("ada").scope("weather.read");
    assert_eq!(ask(verifier.clone(), "/", &of(&issuer).sign()).await, "accepted");
    assert_eq!(ask(verifier.clone(), "/customers", &of_partner.sign()).await, "accepted");
    assert_eq!(ask(verifier.clone(), "/customers", &of(&issuer).sign()).await, "401 issuer");
    let by_the_others_key = of_partner.signed_by(&issuer.signing_key()).sign();
    assert_eq!(ask(verifier, "/", &by_the_others_key).await, "401 unknown_key");
}

#[test]
fn one_issuer_is_not_two_authorities() {
    let issuer = Issuer::b2c();
    let [flow, _] = &issuer.user_flows()[..] else { panic!() };
    let twice = Verifier::builder(one_flow(&issuer, flow)).and(one_flow(&issuer, flow)).build().unwrap_err();
    assert_eq!(twice.kind(), SetupErrorKind::ContradictorySettings);
}
