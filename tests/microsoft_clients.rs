//! Tokens that Microsoft's own clients get, against the weather API as its users start it: with `AZURE_TENANT_ID` and
//! `AZURE_CLIENT_ID`, and nothing else, so that it takes its keys from `https://login.microsoftonline.com`.
//!
//! MSAL for Node and for Python have their default settings too. All of it runs in a private network where that host is
//! an authority of ours (`providers/entra`), whose certificate authority is the only one that anybody there trusts.
//! Without Node or Python, openssl and namespaces the tests say so and are skipped.

use requires_auth_tests::entra_tenant::{Client, Tenant, in_private_network};

/// Every case is a named test with each client: `msal_for_node::tokens_are_served` and so on.
macro_rules! with_each_client {
    ($($case:ident $options:tt;)+) => {
        with_each_client! { msal_for_node Client::Node: $($case $options;)+ }
        with_each_client! { msal_for_python Client::Python: $($case $options;)+ }
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
    tokens_are_served [];
    // A new registration has tokens of version 1.0, which other metadata and another issuer belong to.
    tokens_of_version_1_are_served ["--version-1-tokens"];
    missing_scope_is_forbidden_and_named [];
    missing_role_is_forbidden [];
    id_token_for_an_application_that_is_its_own_api_is_refused [];
    tokens_for_microsoft_graph_are_refused [];
    authority_that_nobody_vouches_for_is_not_believed [];
}

async fn tokens_are_served(tenant: Tenant) {
    let api = tenant.api().await;
    let daemon = tenant.daemon_token("daemon", &tenant.scope(".default")).await;
    let answer = api.seattle(&daemon).await;
    assert_eq!(answer.status, 200, "the daemon's app-only token: {answer:?}");

    let user = tenant.user_tokens("desktop", &[&tenant.scope("weather.read")]).await;
    let answer = api.seattle(&user.access).await;
    assert_eq!(answer.status, 200, "the user's delegated token: {answer:?}");

    let answer = api.seattle(&user.id).await;
    assert_eq!(answer.verdict(), (401, Some("id_token")), "the user's ID token, which is for the application");
}

async fn tokens_of_version_1_are_served(tenant: Tenant) {
    tokens_are_served(tenant).await;
}

async fn missing_scope_is_forbidden_and_named(tenant: Tenant) {
    let api = tenant.api().await;
    let user = tenant.user_tokens("desktop", &[&tenant.scope("weather.write")]).await;
    let answer = api.seattle(&user.access).await;
    assert_eq!(answer.verdict(), (403, Some("insufficient_scope")));
    let challenge = answer.challenge.unwrap_or_default();
    assert!(challenge.contains(&format!(r#"scope="{}""#, tenant.scope("weather.read"))), "{challenge}");
    assert_eq!(api.report(&user.access).await.status, 201, "it is good for what it was asked for");

    // What the challenge names is what the client can ask for next.
    let user = tenant.user_tokens("desktop", &[&tenant.scope("weather.read")]).await;
    assert_eq!(api.seattle(&user.access).await.status, 200);
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
    let user = tenant.user_tokens("desktop", &["User.Read"]).await;
    assert_eq!(api.seattle(&user.access).await.verdict(), (401, Some("graph_token")));
    let daemon = tenant.daemon_token("daemon", "https://graph.microsoft.com/.default").await;
    assert_eq!(api.seattle(&daemon).await.verdict(), (401, Some("graph_token")));
}

/// The others would pass too if certificates were not checked.
async fn authority_that_nobody_vouches_for_is_not_believed(tenant: Tenant) {
    let api = tenant.api_that_trusts_another_ca().await;
    let daemon = tenant.daemon_token("daemon", &tenant.scope(".default")).await;
    assert_eq!(api.seattle(&daemon).await.verdict(), (503, Some("keys_unavailable")));
}
