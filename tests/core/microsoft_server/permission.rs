//! What the token allows, at a route that takes the scope `weather.read` or the app role `Weather.Read.All`.

use requires_auth_tests::client::Answer;
use requires_auth_tests::expect;

use super::Api;

#[track_caller]
fn refused(answer: &Answer, status: u16, reason: &str) {
    assert!(answer.text().contains(&format!(r#""reason":"{reason}""#)), "{}", answer.text());
    assert_eq!(answer.status, status);
}

/// The token is genuine, so a client that fetches another on 401 gets the same one again, for ever.
#[tokio::test]
async fn neither_scope_nor_role_is_403() {
    let api = Api::start().await;
    refused(&api.anybody(&api.issuer.token().app("daemon")).await, 403, "no_permission");
    assert_eq!(api.weather(&api.issuer.token().app("daemon")).await.status, 403);
}

/// The same.
#[tokio::test]
async fn a_wrong_scope_or_role_is_403() {
    let api = Api::start().await;
    let user = api.issuer.token().user("ada").scope("weather.write");
    refused(&api.weather(&user).await, 403, "insufficient_scope");
    assert_eq!(api.weather(&api.issuer.token().app("daemon").role("Weather.Write.All")).await.status, 403);
    expect::granted(&api.weather(&api.user()).await, "sunny");
    expect::granted(&api.weather(&api.issuer.token().app("daemon").role("Weather.Read.All")).await, "sunny");
}

/// The same.
#[tokio::test]
async fn scopes_and_roles_are_compared_with_case() {
    let api = Api::start().await;
    let user = api.issuer.token().user("ada").scope("Weather.Read");
    refused(&api.weather(&user).await, 403, "insufficient_scope");
    assert_eq!(api.weather(&api.issuer.token().app("daemon").role("weather.read.all")).await.status, 403);
}

/// Entra ID writes `scp` as one text, so a token with a list was made by something else.
#[tokio::test]
async fn scopes_in_a_list_are_refused() {
    let api = Api::start().await;
    refused(&api.weather(&api.user().claim("scp", ["weather.read"])).await, 401, "claims");
}

/// The same.
#[tokio::test]
async fn scopes_are_separated_by_spaces_alone() {
    let api = Api::start().await;
    for scopes in ["profile\tweather.read", "profile,weather.read"] {
        refused(&api.weather(&api.user().claim("scp", scopes)).await, 403, "insufficient_scope");
    }
    expect::granted(&api.weather(&api.user().claim("scp", "profile weather.read")).await, "sunny");
}

/// A role of a person is not what the client was granted: `app_permission` takes tokens of applications alone, and `role`
/// takes both.
#[tokio::test]
async fn a_users_role_is_no_app_permission() {
    let api = Api::start().await;
    let user = api.issuer.token().user("ada").scope("profile").role("Weather.Read.All");
    assert_eq!(api.weather(&user).await.status, 403);
}
