//! Tokens that Microsoft's own clients get, against the weather API as its users start it: with `AZURE_TENANT_ID` and
//! `AZURE_CLIENT_ID`, and nothing else, so that it takes its keys from `https://login.microsoftonline.com`.
//!
//! MSAL for Node and for Python and the Azure SDK for Python have their default settings too. All of it runs in a private
//! network where that host is an authority of ours (`providers/entra`), whose certificate authority is the only one that
//! anybody there trusts. Without Node or Python, openssl and namespaces the tests say so and are skipped.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use requires_auth::oauth_error::NextStep;
use requires_auth_tests::entra_tenant::{Client, Tenant, in_private_network};

/// Every case is a named test with each client: `msal_for_node::tokens_are_served` and so on.
macro_rules! with_each_client {
    (all { $($case:ident $options:tt;)+ } msal { $($of_msal:ident $its_options:tt;)+ }) => {
        with_each_client! { msal_for_node Client::Node: $($case $options;)+ $($of_msal $its_options;)+ }
        with_each_client! { msal_for_python Client::Python: $($case $options;)+ $($of_msal $its_options;)+ }
        with_each_client! { azure_identity_for_python Client::Azure: $($case $options;)+ }
    };
    ($module:ident $client:path: $($case:ident $options:tt;)+) => {
        mod $module {
            use super::*;
            $(
                #[tokio::test]
                async fn $case() {
                    let name = concat!(stringify!($module), "::", stringify!($case));
                    in_private_network(name, $client, &$options, super::$case).await;
                }
            )+
        }
    };
}

with_each_client! {
    all {
        tokens_are_served [];
        // A new registration has tokens of version 1.0, which other metadata and another issuer belong to.
        tokens_of_version_1_are_served ["--version-1-tokens"];
        missing_scope_is_forbidden_and_named [];
        missing_role_is_forbidden [];
        tokens_for_microsoft_graph_are_refused [];
        authority_that_nobody_vouches_for_is_not_believed [];
        token_on_behalf_of_a_user_is_the_users [];
        token_on_behalf_of_a_user_has_the_scopes_it_was_asked_for [];
        verified_token_is_exchanged_for_one_of_the_next_api [];
        exchange_that_takes_the_user_is_read_so ["--conditional-access"];
        exchange_of_a_token_for_another_api_is_refused [];
    }
    // The Azure SDK keeps ID tokens to itself.
    msal {
        id_token_is_refused [];
        id_token_for_an_application_that_is_its_own_api_is_refused [];
    }
}

async fn tokens_are_served(tenant: Tenant) {
    let api = tenant.api().await;
    let daemon = tenant.daemon_token("daemon", &tenant.scope(".default")).await;
    let answer = api.seattle(&daemon).await;
    assert_eq!(answer.status, 200, "the daemon's app-only token: {answer:?}");

    let user = tenant.user_token("desktop", &[&tenant.scope("weather.read")]).await;
    let answer = api.seattle(&user).await;
    assert_eq!(answer.status, 200, "the user's delegated token: {answer:?}");
}

async fn tokens_of_version_1_are_served(tenant: Tenant) {
    tokens_are_served(tenant).await;
}

async fn missing_scope_is_forbidden_and_named(tenant: Tenant) {
    let api = tenant.api().await;
    let user = tenant.user_token("desktop", &[&tenant.scope("weather.write")]).await;
    let answer = api.seattle(&user).await;
    assert_eq!(answer.verdict(), (403, Some("insufficient_scope")));
    let challenge = answer.challenge.unwrap_or_default();
    assert!(challenge.contains(&format!(r#"scope="{}""#, tenant.scope("weather.read"))), "{challenge}");
    assert_eq!(api.report(&user).await.status, 201, "it is good for what it was asked for");

    // What the challenge names is what the client can ask for next.
    let user = tenant.user_token("desktop", &[&tenant.scope("weather.read")]).await;
    assert_eq!(api.seattle(&user).await.status, 200);
}

async fn missing_role_is_forbidden(tenant: Tenant) {
    let api = tenant.api().await;
    // Entra ID gives any application of the tenant a token, and no role in it.
    let stranger = tenant.daemon_token("stranger", &tenant.scope(".default")).await;
    assert_eq!(api.seattle(&stranger).await.verdict(), (403, Some("forbidden_role")));

    // An application has no scopes, whatever its roles are.
    let daemon = tenant.daemon_token("daemon", &tenant.scope(".default")).await;
    assert_eq!(api.report(&daemon).await.status, 403);
}

async fn id_token_is_refused(tenant: Tenant) {
    let api = tenant.api().await;
    let user = tenant.user_tokens("desktop", &[&tenant.scope("weather.read")]).await;
    assert_eq!(api.seattle(&user.access).await.status, 200);
    let answer = api.seattle(&user.id).await;
    assert_eq!(answer.verdict(), (401, Some("id_token")), "the user's ID token, which is for the application");
}

async fn id_token_for_an_application_that_is_its_own_api_is_refused(tenant: Tenant) {
    let api = tenant.api().await;
    // One registration for both, as small applications have it: both tokens have the same audience.
    let user = tenant.user_tokens("portal", &[&tenant.scope("weather.read")]).await;
    assert_eq!(api.seattle(&user.access).await.status, 200);
    assert_eq!(api.seattle(&user.id).await.verdict(), (401, Some("id_token")));
}

async fn tokens_for_microsoft_graph_are_refused(tenant: Tenant) {
    let api = tenant.api().await;
    // A scope without a resource is one of Graph's: the mistake that every client makes once.
    let user = tenant.user_token("desktop", &["User.Read"]).await;
    assert_eq!(api.seattle(&user).await.verdict(), (401, Some("graph_token")));
    let daemon = tenant.daemon_token("daemon", "https://graph.microsoft.com/.default").await;
    assert_eq!(api.seattle(&daemon).await.verdict(), (401, Some("graph_token")));
}

/// The others would pass too if certificates were not checked.
async fn authority_that_nobody_vouches_for_is_not_believed(tenant: Tenant) {
    let api = tenant.api_that_trusts_another_ca().await;
    let daemon = tenant.daemon_token("daemon", &tenant.scope(".default")).await;
    assert_eq!(api.seattle(&daemon).await.verdict(), (503, Some("keys_unavailable")));
}

/// An API in front of ours calls it for its user, with a token that it got in exchange for the one it was called with.
async fn token_on_behalf_of_a_user_is_the_users(tenant: Tenant) {
    let (api, verifier) = (tenant.api().await, tenant.verifier());
    let for_the_gateway = tenant.user_token("desktop", &[&tenant.gateway_scope()]).await;
    let answer = api.seattle(&for_the_gateway).await;
    assert_eq!(answer.verdict(), (401, Some("audience")), "the gateway passed on what it was called with");

    let exchanged = tenant.on_behalf_of("gateway", &for_the_gateway, &tenant.scope("weather.read")).await;
    let answer = api.seattle(&exchanged).await;
    assert_eq!(answer.status, 200, "the token that the gateway got for its user: {answer:?}");

    let token = verifier.verify(&exchanged).await.unwrap();
    assert_eq!(token.object_id(), Some(tenant.user()), "the user is who logged in at the desktop");
    assert_eq!(token.client_id(), Some(tenant.client_id("gateway")), "the client is who calls");
}

async fn token_on_behalf_of_a_user_has_the_scopes_it_was_asked_for(tenant: Tenant) {
    let api = tenant.api().await;
    let for_the_gateway = tenant.user_token("desktop", &[&tenant.gateway_scope()]).await;
    let writer = tenant.on_behalf_of("gateway", &for_the_gateway, &tenant.scope("weather.write")).await;
    assert_eq!(api.seattle(&writer).await.verdict(), (403, Some("insufficient_scope")));
    assert_eq!(api.report(&writer).await.status, 201);

    // All that the gateway has consent for.
    let both = tenant.on_behalf_of("gateway", &for_the_gateway, &tenant.scope(".default")).await;
    assert_eq!(api.seattle(&both).await.status, 200);
    assert_eq!(api.report(&both).await.status, 201);

    // For itself it is a daemon that was granted nothing.
    let itself = tenant.daemon_token("gateway", &tenant.scope(".default")).await;
    assert_eq!(api.seattle(&itself).await.verdict(), (403, Some("forbidden_role")));
}

/// Our API is the one in front: what it hands to its own client library is the token that it verified.
async fn verified_token_is_exchanged_for_one_of_the_next_api(tenant: Tenant) {
    let (api, verifier) = (tenant.api().await, tenant.verifier());
    let user = tenant.user_token("desktop", &[&tenant.scope("weather.read")]).await;
    let token = verifier.verify(&user).await.unwrap();
    let assertion = token.assertion();
    let for_graph = tenant.on_behalf_of("portal", assertion.expose(), "https://graph.microsoft.com/User.Read").await;
    assert_eq!(api.seattle(&for_graph).await.verdict(), (401, Some("graph_token")), "it is for Graph alone");
}

/// The next API wants a second factor, and only the client can bring the user back.
async fn exchange_that_takes_the_user_is_read_so(tenant: Tenant) {
    let user = tenant.user_token("desktop", &[&tenant.scope("weather.read")]).await;
    let graph = "https://graph.microsoft.com/User.Read";
    let refusal = tenant.refused_on_behalf_of("portal", &user, graph).await;
    assert_eq!(refusal.next_step(), NextStep::Interact, "{refusal}");
    assert_eq!(refusal.claims(), Some(tenant.policy()), "to be handed on: {refusal}");

    // The same step, for another reason.
    let unheard_of = tenant.refused_on_behalf_of("portal", &user, "https://graph.microsoft.com/Mail.Read").await;
    assert_eq!((unheard_of.next_step(), unheard_of.suberror()), (NextStep::Interact, Some("consent_required")));
}

async fn exchange_of_a_token_for_another_api_is_refused(tenant: Tenant) {
    let for_the_api = tenant.user_token("desktop", &[&tenant.scope("weather.read")]).await;
    let refusal = tenant.refused_on_behalf_of("gateway", &for_the_api, &tenant.scope("weather.read")).await;
    assert_eq!((refusal.next_step(), refusal.codes()), (NextStep::StartOver, &[500_131][..]), "{refusal}");
}
