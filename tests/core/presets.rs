//! Tokens as each provider documents them, and what is almost one, through a whole verifier; and the other ways in which
//! an OpenID provider may differ: its algorithm, and where its metadata is.
//!
//! Each near miss is a good token that is wrong in one way.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use requires_auth::testing::{Issuer, KeyPair, Token, attacks};
use requires_auth::{
    AccessToken, Algorithm, Authority, Reason, RequestHead, Requirement, TokenProfile, Verifier, requirement,
    validate_scope,
};
use requires_auth_tests::wait::within;
use serde_json::json;

/// A provider and an API that trusts it by a profile.
struct Provider {
    issuer: Issuer,
    verifier: Verifier,
}

/// A request with these fields.
struct Head<'a> {
    fields: Vec<Vec<u8>>,
    verifier: &'a Verifier,
}

/// What a token is to a handler: scopes, roles, groups, client.
type Facts<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], Option<&'a str>);

impl Provider {
    fn new(profile: TokenProfile) -> Self {
        Self::of(Issuer::oidc(), profile)
    }

    fn of(issuer: Issuer, profile: TokenProfile) -> Self {
        let verifier = Verifier::builder(issuer.authority().profile(profile)).build().unwrap();
        Self { issuer, verifier }
    }

    async fn verify(&self, token: &Token) -> Result<AccessToken, Reason> {
        within("a verdict", self.verifier.verify(&token.sign())).await.map_err(|refusal| refusal.reason())
    }

    async fn states(&self, token: &Token, (scopes, roles, groups, client): Facts<'_>) {
        let token = self.verify(token).await.unwrap();
        assert_eq!(token.scopes().collect::<Vec<_>>(), scopes);
        assert_eq!(token.roles().collect::<Vec<_>>(), roles);
        assert_eq!(token.groups().collect::<Vec<_>>(), groups);
        assert_eq!(token.client_id(), client);
    }

    async fn grants(&self, token: &Token, requirement: Requirement) -> bool {
        self.lets_in(vec![token.bearer().into_bytes()], requirement).await
    }

    async fn lets_in(&self, fields: Vec<Vec<u8>>, requirement: Requirement) -> bool {
        let head = Head { fields, verifier: &self.verifier };
        within("a decision", validate_scope(requirement, &head)).await.is_ok()
    }

    async fn refuses(&self, misses: Vec<(&str, Token, Reason)>) {
        for (name, token, reason) in misses {
            assert_eq!(self.verify(&token).await.err(), Some(reason), "{name}");
        }
    }

    /// They are genuine, and do not state what the requirement asks for.
    async fn never_grants(&self, requirement: Requirement, misses: Vec<(&str, Token)>) {
        for (name, token) in misses {
            assert!(self.verify(&token).await.is_ok(), "{name} is genuine");
            assert!(!self.grants(&token, requirement).await, "{name}");
        }
    }
}

impl RequestHead for Head<'_> {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(Vec::as_slice)
    }

    fn verifier(&self) -> Option<&Verifier> {
        Some(self.verifier)
    }
}

const READ: Requirement = requirement!(scope = "weather.read");
const FORECASTER: Requirement = requirement!(role = "Forecaster");
const METEOROLOGISTS: Requirement = requirement!(group = "meteorologists");
const USER: Requirement = requirement!(delegated);
const DAEMON: Requirement = requirement!(app_only);

mod rfc9068 {
    use super::*;

    /// RFC 9068 section 2.2.
    fn token(issuer: &Issuer) -> Token {
        let token = issuer.token().user("5ba552d67").claim("client_id", "s6BhdRkqt3").scope("weather.read profile");
        token.role("Forecaster").group("meteorologists").claim("entitlements", ["radar"])
    }

    #[tokio::test]
    async fn its_tokens_are_accepted() {
        let provider = Provider::new(TokenProfile::rfc9068());
        let good = token(&provider.issuer);
        let (scopes, roles, groups) = (&["weather.read", "profile"], &["Forecaster"], &["meteorologists"]);
        provider.states(&good, (scopes, roles, groups, Some("s6BhdRkqt3"))).await;
        provider.states(&good.header("typ", "application/at+JWT"), (scopes, roles, groups, Some("s6BhdRkqt3"))).await;
    }

    #[tokio::test]
    async fn near_misses_are_refused() {
        let provider = Provider::new(TokenProfile::rfc9068());
        let good = || token(&provider.issuer);
        provider
            .refuses(vec![
                ("typ is JWT", good().header("typ", "JWT"), Reason::TokenType),
                ("typ is absent", good().without_header("typ"), Reason::TokenType),
                ("typ is that of an ID token", good().header("typ", "id_token+jwt"), Reason::TokenType),
                ("no iss", good().without_claim("iss"), Reason::Issuer),
                ("no exp", good().without_claim("exp"), Reason::Claims),
                ("no aud", good().without_claim("aud"), Reason::Audience),
                (
                    "the client is no audience",
                    good().without_claim("aud").claim("client_id", "https://api.example.com"),
                    Reason::Audience,
                ),
                ("no sub", good().without_claim("sub"), Reason::Claims),
                ("no client_id", good().without_claim("client_id"), Reason::Claims),
                (
                    "azp in place of client_id",
                    good().without_claim("client_id").claim("azp", "s6BhdRkqt3"),
                    Reason::Claims,
                ),
                ("no iat", good().without_claim("iat"), Reason::Claims),
                ("no jti", good().without_claim("jti"), Reason::Claims),
                ("jti is a number", good().claim("jti", 7), Reason::Claims),
                ("scope is an array", good().claim("scope", ["weather.read"]), Reason::Claims),
                ("roles is a string", good().claim("roles", "Forecaster"), Reason::Claims),
                ("roles has objects", good().claim("roles", [json!({ "value": "Forecaster" })]), Reason::Claims),
                ("an ID token", provider.issuer.token().id_token(), Reason::TokenType),
                ("an ID token under the header of an access token", good().claim("nonce", "n"), Reason::IdToken),
            ])
            .await;
    }

    #[tokio::test]
    async fn other_claims_grant_nothing() {
        let provider = Provider::new(TokenProfile::rfc9068());
        let good = || token(&provider.issuer);
        let scp = good().without_claim("scope").claim("scp", "weather.read");
        let both = good().claim("scope", "profile").claim("scp", ["weather.read"]);
        provider.never_grants(READ, vec![("scp in place of scope", scp), ("scp beside scope", both)]).await;
        let nested = good().without_claim("roles").claim("realm_access", json!({ "roles": ["Forecaster"] }));
        provider.never_grants(FORECASTER, vec![("roles elsewhere", nested)]).await;
        // RFC 9068 section 5: sub and client_id may collide.
        let own = good().claim("sub", "s6BhdRkqt3");
        provider.never_grants(DAEMON, vec![("the client as subject", own.clone())]).await;
        provider.never_grants(USER, vec![("a user", good()), ("the client as subject", own)]).await;
    }
}

mod auth0 {
    use super::*;

    const CLIENT: &str = "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja";

    /// Access Token Profiles, "Auth0 profile sample token", of an API with RBAC.
    fn token(issuer: &Issuer) -> Token {
        let token = issuer.token().user("auth0|123456").without_claim("client_id").without_claim("jti");
        let audiences = ["https://api.example.com", "https://my-domain.auth0.com/userinfo"];
        let token = token.header("typ", "JWT").claim("azp", CLIENT).claim("aud", audiences);
        token.claim("scope", "openid profile weather.read").claim("permissions", ["Forecaster"])
    }

    /// The same of the RFC 9068 profile.
    fn rfc9068(issuer: &Issuer) -> Token {
        token(issuer)
            .header("typ", "at+jwt")
            .without_claim("azp")
            .claim("client_id", CLIENT)
            .claim("jti", "73WakrfVbNJB")
    }

    /// Of an application on its own: `sub` is a "Client ID with suffix".
    fn daemon(issuer: &Issuer) -> Token {
        token(issuer).claim("sub", format!("{CLIENT}@clients"))
    }

    #[tokio::test]
    async fn its_tokens_are_accepted() {
        let provider = Provider::new(TokenProfile::auth0());
        let facts: Facts<'_> = (&["openid", "profile", "weather.read"], &["Forecaster"], &[], Some(CLIENT));
        for token in [token(&provider.issuer), rfc9068(&provider.issuer)] {
            provider.states(&token, facts).await;
            assert!(
                provider.grants(&token, requirement!(scope = "weather.read", role = "Forecaster", delegated)).await
            );
            assert!(!provider.grants(&token, requirement!(app_permission = "Forecaster")).await);
        }
        let daemon = daemon(&provider.issuer);
        provider.states(&daemon, facts).await;
        assert!(provider.grants(&daemon, requirement!(scope = "weather.read", app_only)).await);
        assert!(provider.grants(&daemon, requirement!(app_permission = "Forecaster")).await);
    }

    #[tokio::test]
    async fn near_misses_are_refused() {
        let provider = Provider::new(TokenProfile::auth0());
        let good = || token(&provider.issuer);
        let id_token = || good().without_claim("azp").without_claim("scope").without_claim("permissions");
        provider
            .refuses(vec![
                ("scope is an array", good().claim("scope", ["weather.read"]), Reason::Claims),
                ("permissions is a string", good().claim("permissions", "Forecaster"), Reason::Claims),
                ("permissions has a number", good().claim("permissions", json!(["Forecaster", 1])), Reason::Claims),
                ("permissions is null", good().claim("permissions", json!(null)), Reason::Claims),
                ("no aud", good().without_claim("aud"), Reason::Audience),
                (
                    "the audience of userinfo alone",
                    good().claim("aud", "https://my-domain.auth0.com/userinfo"),
                    Reason::Audience,
                ),
                (
                    "the issuer has a slash more",
                    good().issuer(&format!("{}/", provider.issuer.issuer())),
                    Reason::Issuer,
                ),
                ("no client", good().without_claim("azp"), Reason::Claims),
                ("two clients", good().claim("client_id", "another"), Reason::Claims),
                ("no sub", good().without_claim("sub"), Reason::Claims),
                ("no iat", good().without_claim("iat"), Reason::Claims),
                ("its ID token", id_token().claim("aud", CLIENT).claim("nonce", "n"), Reason::IdToken),
                ("its ID token without a nonce", id_token().claim("aud", CLIENT), Reason::Audience),
                ("its ID token for a client named like the API", id_token(), Reason::Claims),
            ])
            .await;
    }

    #[tokio::test]
    async fn other_claims_grant_nothing() {
        let provider = Provider::new(TokenProfile::auth0());
        let good = || token(&provider.issuer);
        let scp = good().claim("scope", "openid").claim("scp", ["weather.read"]);
        let permission = good().claim("scope", "openid").claim("permissions", ["weather.read"]);
        provider.never_grants(READ, vec![("scp beside scope", scp), ("a permission is no scope", permission)]).await;
        let roles = good().claim("permissions", ["x"]).role("Forecaster");
        let scope = good().claim("permissions", ["x"]).claim("scope", "Forecaster");
        let own = good().claim("permissions", ["x"]).claim("https://example.com/roles", ["Forecaster"]);
        let elsewhere = vec![("roles", roles), ("a scope is no role", scope), ("a claim of one's own", own)];
        provider.never_grants(FORECASTER, elsewhere).await;
        provider.never_grants(METEOROLOGISTS, vec![("groups", good().group("meteorologists"))]).await;

        let user = good().claim("sub", "auth0|x@clients");
        let another = good().claim("sub", "another@clients");
        let grant = good().claim("gty", "client-credentials");
        let no_daemons = vec![("a user named like one", user), ("another's name", another), ("a grant", grant)];
        provider.never_grants(DAEMON, no_daemons).await;
        provider.never_grants(USER, vec![("a daemon", daemon(&provider.issuer))]).await;
    }

    #[tokio::test]
    async fn at_jwt_and_roles_of_ones_own_can_be_asked_for() {
        let profile = TokenProfile::auth0().at_jwt().roles(["https://example.com/roles"]);
        let provider = Provider::new(profile);
        let roles = |token: Token| token.claim("https://example.com/roles", ["Forecaster"]).claim("permissions", ["x"]);
        assert!(provider.grants(&roles(rfc9068(&provider.issuer)), FORECASTER).await);
        provider.refuses(vec![("the Auth0 profile", roles(token(&provider.issuer)), Reason::TokenType)]).await;
    }
}

mod okta {
    use super::*;

    const CLIENT: &str = "nmdP1fcyvdVO11AL7ECm";

    /// OpenID Connect & OAuth 2.0 API, "Access token payload", with a groups and a roles claim.
    fn token(issuer: &Issuer) -> Token {
        let token = issuer.token().user("00ujmkLgagxeRrAg20g3").without_header("typ").without_claim("client_id");
        let token =
            token.without_claim("scope").claim("ver", 1).claim("cid", CLIENT).claim("uid", "00ujmkLgagxeRrAg20g3");
        token.claim("scp", ["openid", "weather.read"]).role("Forecaster").group("meteorologists")
    }

    /// "It isn't included in the access token if there is no user bound to it."
    fn daemon(issuer: &Issuer) -> Token {
        token(issuer).without_claim("uid").without_claim("groups").claim("sub", CLIENT)
    }

    #[tokio::test]
    async fn its_tokens_are_accepted() {
        let provider = Provider::new(TokenProfile::okta());
        let (user, daemon) = (token(&provider.issuer), daemon(&provider.issuer));
        let (scopes, roles) = (&["openid", "weather.read"], &["Forecaster"]);
        provider.states(&user, (scopes, roles, &["meteorologists"], Some(CLIENT))).await;
        provider.states(&daemon, (scopes, roles, &[], Some(CLIENT))).await;
        assert!(provider.grants(&user, requirement!(scope = "weather.read", delegated)).await);
        assert!(provider.grants(&daemon, requirement!(scope = "weather.read", app_only)).await);
        provider.never_grants(DAEMON, vec![("a user", user)]).await;
        provider.never_grants(USER, vec![("a daemon", daemon)]).await;
    }

    #[tokio::test]
    async fn near_misses_are_refused() {
        let provider = Provider::new(TokenProfile::okta());
        let good = || token(&provider.issuer);
        let id_token = || good().without_claim("cid").without_claim("scp").without_claim("uid");
        provider
            .refuses(vec![
                ("scp is a string", good().claim("scp", "weather.read"), Reason::Claims),
                ("scp is nested", good().claim("scp", json!([["weather.read"]])), Reason::Claims),
                ("scp is an object", good().claim("scp", json!({ "weather.read": true })), Reason::Claims),
                ("groups is a string", good().claim("groups", "meteorologists"), Reason::Claims),
                ("uid is a number", good().claim("uid", 7), Reason::Claims),
                ("no cid", good().without_claim("cid"), Reason::Claims),
                ("client_id in place of cid", good().without_claim("cid").claim("client_id", CLIENT), Reason::Claims),
                ("no sub", good().without_claim("sub"), Reason::Claims),
                ("no iat", good().without_claim("iat"), Reason::Claims),
                ("no jti", good().without_claim("jti"), Reason::Claims),
                ("no aud", good().without_claim("aud"), Reason::Audience),
                ("the client is no audience", good().claim("aud", CLIENT), Reason::Audience),
                ("its ID token", id_token().claim("at_hash", "cpqKfdQA5eH891Ff5oJr_Q"), Reason::IdToken),
                ("its ID token without a hash", id_token(), Reason::Claims),
            ])
            .await;
    }

    #[tokio::test]
    async fn other_claims_grant_nothing() {
        let provider = Provider::new(TokenProfile::okta());
        let good = || token(&provider.issuer);
        let scope = good().without_claim("scp").claim("scope", "weather.read");
        let both = good().claim("scp", ["openid"]).claim("scope", "weather.read");
        let words = good().claim("scp", ["openid weather.read"]);
        let elsewhere = vec![("scope in place of scp", scope), ("scope beside scp", both), ("words in an item", words)];
        provider.never_grants(READ, elsewhere).await;
    }
}

mod keycloak {
    use super::*;

    const API: &str = "https://api.example.com";

    /// "Role mappings in the token", with the mappers of the client scope `roles` and a Group Membership mapper.
    fn token(issuer: &Issuer) -> Token {
        let token = issuer.token().user("f3c1").header("typ", "JWT").without_claim("client_id").claim("typ", "Bearer");
        let token = token.claim("azp", "frontend-client").claim("aud", [API, "account"]);
        let token = token.claim("scope", "profile weather.read").claim("groups", ["/meteorologists", "meteorologists"]);
        token.claim("realm_access", json!({ "roles": ["offline_access", "Realm"] })).claim(
            "resource_access",
            json!({ API: { "roles": ["Forecaster"] }, "account": { "roles": ["manage-account"] } }),
        )
    }

    #[tokio::test]
    async fn its_tokens_are_accepted() {
        let provider = Provider::new(TokenProfile::keycloak(API));
        let good = token(&provider.issuer);
        let groups = &["/meteorologists", "meteorologists"];
        let client = Some("frontend-client");
        provider.states(&good, (&["profile", "weather.read"], &["Forecaster"], groups, client)).await;
        // A service account's token says the same, and more that any token may say.
        let service = good.clone().claim("client_id", "frontend-client").claim("clientHost", "192.0.2.7");
        assert!(provider.grants(&service, requirement!(scope = "weather.read", role = "Forecaster")).await);
        provider.never_grants(DAEMON, vec![("a service account", service.clone()), ("a user", good.clone())]).await;
        provider.never_grants(USER, vec![("a service account", service), ("a user", good)]).await;
    }

    #[tokio::test]
    async fn near_misses_are_refused() {
        let provider = Provider::new(TokenProfile::keycloak(API));
        let good = || token(&provider.issuer);
        let roles = |roles: serde_json::Value| good().claim("resource_access", roles);
        provider
            .refuses(vec![
                ("its ID token", good().claim("typ", "ID"), Reason::IdToken),
                ("its refresh token", good().claim("typ", "Refresh"), Reason::TokenType),
                ("its offline token", good().claim("typ", "Offline"), Reason::TokenType),
                ("its logout token", good().claim("typ", "Logout"), Reason::TokenType),
                ("a kind that nobody knows", good().claim("typ", "bearer"), Reason::TokenType),
                ("a kind of the wrong type", good().claim("typ", ["Bearer"]), Reason::Claims),
                ("no kind", good().without_claim("typ"), Reason::TokenType),
                ("the audience is account", good().claim("aud", "account"), Reason::Audience),
                ("no aud", good().without_claim("aud"), Reason::Audience),
                ("no azp", good().without_claim("azp"), Reason::Claims),
                ("no jti", good().without_claim("jti"), Reason::Claims),
                ("no iat", good().without_claim("iat"), Reason::Claims),
                ("scope is an array", good().claim("scope", ["weather.read"]), Reason::Claims),
                ("resource_access is an array", roles(json!([API])), Reason::Claims),
                ("resource_access is a string", roles(json!(API)), Reason::Claims),
                ("the client has a list", roles(json!({ API: ["Forecaster"] })), Reason::Claims),
                ("roles is a string", roles(json!({ API: { "roles": "Forecaster" } })), Reason::Claims),
                ("roles has objects", roles(json!({ API: { "roles": [{ "name": "Forecaster" }] } })), Reason::Claims),
            ])
            .await;
    }

    #[tokio::test]
    async fn roles_elsewhere_grant_nothing() {
        let provider = Provider::new(TokenProfile::keycloak(API));
        let without = |access: serde_json::Value| token(&provider.issuer).claim("resource_access", access);
        let none = || without(json!({}));
        provider
            .never_grants(
                FORECASTER,
                vec![
                    ("of another client", without(json!({ "other": { "roles": ["Forecaster"] } }))),
                    (
                        "of a client whose name begins so",
                        without(json!({ "https://api": { "example": { "com": { "roles": ["Forecaster"] } } } })),
                    ),
                    ("of the realm", none().claim("realm_access", json!({ "roles": ["Forecaster"] }))),
                    ("at the top", none().role("Forecaster")),
                    ("by a dotted name", none().claim(&format!("resource_access.{API}.roles"), ["Forecaster"])),
                    ("of resource_access itself", without(json!({ "roles": ["Forecaster"] }))),
                    ("too deep", without(json!({ API: { "x": { "roles": ["Forecaster"] } } }))),
                ],
            )
            .await;
        provider.never_grants(requirement!(role = "Realm"), vec![("of the realm", token(&provider.issuer))]).await;
    }

    #[tokio::test]
    async fn realm_roles_take_the_place_of_client_roles_where_the_profile_says_so() {
        let provider = Provider::new(TokenProfile::keycloak(API).roles(["realm_access", "roles"]));
        let good = token(&provider.issuer);
        assert!(provider.grants(&good, requirement!(role = "Realm")).await);
        provider.never_grants(FORECASTER, vec![("of the client", good)]).await;
    }
}

mod cognito {
    use super::*;

    const CLIENT: &str = "57cbishk4j24pabc1234567890";
    const URL: &str = "https://weather.example.com";

    fn provider() -> Provider {
        Provider::of(Issuer::oidc_with_audience(CLIENT), TokenProfile::cognito())
    }

    /// "Understanding the access token".
    fn token(issuer: &Issuer) -> Token {
        let token =
            issuer.token().user("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee").without_header("typ").without_claim("aud");
        let token = token.claim("client_id", CLIENT).claim("token_use", "access").claim("username", "janedoe");
        let token = token.claim("scope", "openid https://weather.example.com/weather.read");
        token.claim("cognito:groups", ["meteorologists"]).claim("version", 2)
    }

    #[tokio::test]
    async fn its_tokens_are_accepted() {
        let provider = provider();
        let scopes = &["openid", "https://weather.example.com/weather.read"];
        provider.states(&token(&provider.issuer), (scopes, &[], &["meteorologists"], Some(CLIENT))).await;
        let undecided = vec![("a user", token(&provider.issuer))];
        provider.never_grants(USER, undecided.clone()).await;
        provider.never_grants(DAEMON, undecided).await;
    }

    #[tokio::test]
    async fn an_audience_of_a_resource_binding_decides() {
        let issuer = Issuer::oidc_with_audience(URL);
        let bound = |token: Token| token.claim("aud", URL).claim("client_id", "another-client");
        let provider = Provider::of(issuer, TokenProfile::cognito());
        assert!(provider.verify(&bound(token(&provider.issuer))).await.is_ok());
        let unbound = token(&provider.issuer).claim("client_id", "another-client");
        provider.refuses(vec![("no aud, another client", unbound, Reason::Audience)]).await;
    }

    #[tokio::test]
    async fn near_misses_are_refused() {
        let provider = provider();
        let good = || token(&provider.issuer);
        provider
            .refuses(vec![
                ("another app client", good().claim("client_id", "1example23456789"), Reason::Audience),
                ("an app client in other case", good().claim("client_id", CLIENT.to_uppercase()), Reason::Audience),
                ("no client_id", good().without_claim("client_id"), Reason::Audience),
                ("azp in place of client_id", good().without_claim("client_id").claim("azp", CLIENT), Reason::Audience),
                ("bound to another API", good().claim("aud", "https://other.example.com"), Reason::Audience),
                ("bound to nothing", good().claim("aud", json!([])), Reason::Audience),
                ("an empty aud", good().claim("aud", ""), Reason::Audience),
                ("aud is an object", good().claim("aud", json!({})), Reason::Claims),
                ("aud without a client", good().claim("aud", CLIENT).without_claim("client_id"), Reason::Claims),
                ("its ID token", good().claim("token_use", "id").claim("aud", CLIENT), Reason::IdToken),
                ("a kind that nobody knows", good().claim("token_use", "refresh"), Reason::TokenType),
                ("no kind", good().without_claim("token_use"), Reason::TokenType),
                ("scope is an array", good().claim("scope", ["weather.read"]), Reason::Claims),
                ("groups is a string", good().claim("cognito:groups", "meteorologists"), Reason::Claims),
                ("groups is nested", good().claim("cognito:groups", json!([["meteorologists"]])), Reason::Claims),
                ("no iat", good().without_claim("iat"), Reason::Claims),
            ])
            .await;
    }

    #[tokio::test]
    async fn other_claims_grant_nothing() {
        let provider = provider();
        let good = || token(&provider.issuer);
        let groups = good().without_claim("cognito:groups").group("meteorologists");
        let nested = good().without_claim("cognito:groups").claim("cognito", json!({ "groups": ["meteorologists"] }));
        provider.never_grants(METEOROLOGISTS, vec![("groups", groups), ("a path", nested)]).await;
        let roles = good().role("Forecaster").claim("cognito:roles", ["Forecaster"]);
        provider.never_grants(FORECASTER, vec![("roles", roles)]).await;
        provider.never_grants(READ, vec![("a scope without its resource server", good())]).await;
    }

    #[tokio::test]
    async fn no_other_profile_takes_the_client_for_an_audience() {
        for profile in [TokenProfile::new().client(["client_id"]), TokenProfile::new().kind("token_use", "access")] {
            let provider = Provider::of(Issuer::oidc_with_audience(CLIENT), profile);
            provider.refuses(vec![("no aud", token(&provider.issuer), Reason::Audience)]).await;
        }
        let issuer = Issuer::oidc_with_audience(CLIENT);
        let refusal = issuer.verifier().verify(&token(&issuer).sign()).await.unwrap_err();
        assert_eq!(refusal.reason(), Reason::Audience);
    }
}

mod without_a_profile {
    use super::*;

    #[tokio::test]
    async fn a_claim_of_another_type_states_nothing_and_one_that_is_named_refuses() {
        let issuer = Issuer::oidc();
        let token = issuer.token().user("ada").scope("weather.read").claim("roles", "Forecaster");
        assert_eq!(issuer.verifier().verify(&token.sign()).await.unwrap().roles().count(), 0);
        let provider = Provider::of(issuer, TokenProfile::new());
        provider.refuses(vec![("roles is a string", token, Reason::Claims)]).await;
    }

    #[tokio::test]
    async fn typ_may_be_absent() {
        let issuer = Issuer::oidc();
        let token = issuer.token().user("ada").scope("weather.read").without_header("typ");
        assert!(issuer.verifier().verify(&token.sign()).await.is_ok());
    }
}

mod every_profile {
    use super::*;

    /// None of them makes up for what is wrong with a token.
    #[tokio::test]
    async fn lets_no_attack_in() {
        let profiles = [
            TokenProfile::new(),
            TokenProfile::rfc9068(),
            TokenProfile::auth0(),
            TokenProfile::okta(),
            TokenProfile::keycloak("https://api.example.com"),
            TokenProfile::cognito(),
        ];
        let mut let_in = 0;
        for profile in profiles {
            let provider = Provider::new(profile.clone());
            for attack in attacks::oidc(&provider.issuer) {
                let granted = provider.lets_in(attack.authorization.clone(), READ).await;
                assert!(!granted || attack.expected.allows(200, None), "{} with {profile:?}", attack.name);
                let_in += usize::from(granted);
            }
        }
        assert!(let_in > 0, "the corpus has good tokens too");
    }
}

mod algorithms {
    use super::*;

    #[tokio::test]
    async fn ps256_is_accepted_where_the_authority_names_it() {
        named(Algorithm::PS256).await;
    }

    #[tokio::test]
    async fn es256_is_accepted_where_the_authority_names_it() {
        named(Algorithm::ES256).await;
    }

    #[tokio::test]
    async fn es384_is_accepted_where_the_authority_names_it() {
        named(Algorithm::ES384).await;
    }

    #[tokio::test]
    async fn eddsa_is_accepted_where_the_authority_names_it() {
        named(Algorithm::EdDSA).await;
    }

    #[tokio::test]
    async fn es512_has_no_name_here() {
        let provider = Provider::new(TokenProfile::rfc9068());
        let token = provider.issuer.token().user("ada").header("alg", "ES512");
        provider.refuses(vec![("ES512", token, Reason::Algorithm)]).await;
    }

    /// With a preset, whose algorithms are those of the authority.
    async fn named(algorithm: Algorithm) {
        let issuer = Issuer::oidc();
        let of_old = issuer.token().user("ada");
        let key = KeyPair::signing_with(algorithm);
        issuer.rotate_to(&key);
        let token = issuer.token().user("ada");
        let authority = || issuer.authority().profile(TokenProfile::rfc9068());

        let named = Verifier::builder(authority().algorithms([algorithm])).build().unwrap();
        assert!(named.verify(&token.sign()).await.is_ok());
        let stranger = KeyPair::signing_with(algorithm).with_kid(key.kid());
        let forged = named.verify(&token.clone().signed_by(&stranger).sign()).await.unwrap_err();
        assert_eq!(forged.reason(), Reason::Signature);
        assert_eq!(named.verify(&of_old.sign()).await.unwrap_err().reason(), Reason::Algorithm, "RS256 was not named");

        let unnamed = Verifier::builder(authority()).build().unwrap();
        assert_eq!(unnamed.verify(&token.sign()).await.unwrap_err().reason(), Reason::Algorithm);
        assert!(unnamed.verify(&of_old.sign()).await.is_ok(), "RS256 alone, preset or not");
    }
}

mod metadata {
    use super::*;

    async fn verdict(authority: Authority, issuer: &Issuer) -> Option<Reason> {
        let verifier = Verifier::builder(authority).build().unwrap();
        let token = issuer.token().user("ada").scope("weather.read").sign();
        within("a verdict", verifier.verify(&token)).await.err().map(|refusal| refusal.reason())
    }

    #[tokio::test]
    async fn that_of_an_oauth_authorization_server_is_read() {
        let issuer = Issuer::oidc();
        assert_eq!(verdict(issuer.authority().oauth_metadata(), &issuer).await, None);
        assert_eq!((issuer.requests().metadata, issuer.requests().other), (1, 0));
    }

    #[tokio::test]
    async fn it_is_read_from_where_the_authority_says() {
        let issuer = Issuer::oidc();
        let url = format!("{}/.well-known/openid-configuration?policy=a", issuer.url());
        assert_eq!(verdict(issuer.authority().metadata_url(url), &issuer).await, None);

        let nowhere = issuer.authority().metadata_url(format!("{}/metadata", issuer.url()));
        assert_eq!(verdict(nowhere, &issuer).await, Some(Reason::KeysUnavailable));
        assert!(issuer.requests().other > 0, "it was looked for");
        assert_eq!(issuer.requests().metadata, 1, "and nowhere else");
    }

    #[tokio::test]
    async fn it_must_name_the_issuer_wherever_it_is() {
        let (issuer, other) = (Issuer::oidc(), Issuer::oidc());
        for path in ["openid-configuration", "oauth-authorization-server"] {
            let foreign = format!("{}/.well-known/{path}", other.url());
            let authority = issuer.authority().metadata_url(foreign);
            assert_eq!(verdict(authority, &issuer).await, Some(Reason::KeysUnavailable));
        }
        assert!(other.requests().metadata >= 2, "both were read");
        assert_eq!(other.requests().keys, 0, "and not believed");
    }
}
