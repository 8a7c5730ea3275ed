//! What is answered to whom: status, fields and body, byte for byte.

use requires_auth::testing::{Issuer, Token};
use requires_auth::{Authority, Verifier};

use super::Api;
use crate::client::Request;
use crate::routes::GROUP;
use crate::server::Server;
use crate::{expect, wait};

/// What `/report` takes.
const REPORT: &str = r#"{"city":"Portland","degrees":7}"#;

/// What the requirement asks for is granted, to users and to applications.
pub async fn grants_who_meets_the_requirement<S: Server>() {
    let api = Api::<S>::entra().await;
    let (user, app) = (|| api.issuer.token().user("ada"), || api.issuer.token().app("daemon"));
    let table: [(&str, Token); 13] = [
        ("/bare", user().scope("anything")),
        ("/bare", app().role("Anything")),
        ("/read", user().scope("weather.read")),
        ("/read", user().scope("weather.write weather.read")),
        ("/read", user().scope("weather.read").v1()),
        ("/both", user().scope("weather.read weather.write")),
        ("/role", user().role("Forecaster")),
        ("/role", app().role("Forecaster")),
        ("/group", user().group(GROUP)),
        ("/delegated", user()),
        ("/guests", user().claim("acct", 0)),
        ("/check", user().claim("nickname", "ada")),
        ("/context", user().auth_context("c1")),
    ];
    for (target, token) in table {
        expect::granted(&api.get_with(target, &token).await, &target[1..]);
    }
    expect::granted(&api.get("/open").await, "open");
}

/// Either alternative of `any` opens the door, and the body arrives as it was sent.
pub async fn grants_either_alternative_with_its_body<S: Server>() {
    let api = Api::<S>::entra().await;
    let user = api.issuer.token().user("ada").scope("weather.write");
    let app = api.issuer.token().app("daemon").role("Weather.Write.All");
    for token in [user, app] {
        expect::granted(&api.send(&Request::post("/report").bearer(&token).json(REPORT)).await, REPORT);
    }
}

/// Without a token: 401 without an error code, and the scope to ask for where there is one.
pub async fn asks_for_a_token<S: Server>() {
    let api = Api::<S>::entra().await;
    let (read, write) = (api.requestable("weather.read"), api.requestable("weather.write"));
    let both = format!("{read} {write}");
    let table = [
        ("/bare", None),
        ("/read", Some(&read)),
        ("/both", Some(&both)),
        ("/role", None),
        ("/guests", None),
        ("/context", None),
        ("/token", None),
    ];
    for (target, scope) in table {
        api.missing_token(&api.get(target).await, scope.map(String::as_str));
    }
    // Of alternatives, the first that a client can request.
    let report = api.send(&Request::post("/report").json(REPORT)).await;
    api.missing_token(&report, Some(&write));
}

/// Whatever is wrong with a token: 401 `invalid_token`, and the reason.
pub async fn refuses_a_wrong_token_with_its_reason<S: Server>() {
    let api = Api::<S>::entra().await;
    let token = || api.reader();
    let flipped = |mut signature: Vec<u8>| {
        signature[0] ^= 1;
        signature
    };
    let elsewhere = "31537af4-6d77-4bb9-a681-d2394888ea26";
    let table: [(&str, Token); 19] = [
        ("header", token().header("crit", ["b64"]).header("b64", false)),
        ("token_type", token().header("typ", "dpop+jwt")),
        ("algorithm", token().header("alg", "none")),
        ("algorithm", token().header("alg", "HS256")),
        ("graph_token", token().header("nonce", "of Microsoft Graph")),
        ("unknown_key", token().signed_by(&api.issuer.foreign_key())),
        ("signature", token().edit_signature(flipped)),
        ("signature", token().signed_by(&api.issuer.foreign_key()).header("kid", api.issuer.signing_key().kid())),
        ("claims", token().claim("tid", 7)),
        ("issuer", token().issuer("https://login.example.com")),
        ("audience", token().audience(elsewhere)),
        ("expired", token().expired()),
        ("not_yet_valid", token().not_before_in(std::time::Duration::from_hours(1))),
        ("issued_in_future", token().claim("iat", api.clock.unix_now() + 3600)),
        ("tenant", token().claim("tid", elsewhere)),
        ("issuer", token().tenant(elsewhere)),
        ("token_version", token().claim("ver", "1.0")),
        ("id_token", token().id_token()),
        ("sender_constrained", token().claim("cnf", serde_json::json!({ "jkt": "thumbprint" }))),
    ];
    for (reason, token) in table {
        expect::invalid_token(&api.get_with("/read", &token).await, &api.issuer, reason);
    }
    for (reason, text) in [("format", "0.AAAA-opaque"), ("encrypted", "e30.e30.e30.e30.e30")] {
        let request = Request::get("/read").field("authorization", format!("Bearer {text}"));
        expect::invalid_token(&api.send(&request).await, &api.issuer, reason);
    }
}

/// A genuine token that lacks a scope: 403, and all scopes that this operation needs.
pub async fn names_all_scopes_that_are_needed<S: Server>() {
    let api = Api::<S>::entra().await;
    let (read, write) = (api.requestable("weather.read"), api.requestable("weather.write"));
    let table = [
        ("/read", "weather.write", read.clone()),
        ("/read", "Weather.Read", read.clone()),
        ("/read", "weather.read.all", read.clone()),
        ("/both", "weather.read", format!("{read} {write}")),
    ];
    for (target, held, needed) in table {
        let token = api.issuer.token().user("ada").scope(held);
        expect::insufficient_scope(&api.get_with(target, &token).await, &api.issuer, &needed);
    }
    let request = Request::post("/report").bearer(&api.reader()).json(REPORT);
    expect::insufficient_scope(&api.send(&request).await, &api.issuer, &write);
}

/// A genuine token that no scope would help: 403 with the realm alone.
pub async fn forbids_what_no_scope_would_help<S: Server>() {
    let api = Api::<S>::entra().await;
    let (user, app) = (|| api.issuer.token().user("ada"), || api.issuer.token().app("daemon"));
    let table: [(&str, Token, &str); 12] = [
        ("/bare", app(), "no_permission"),
        ("/read", app(), "forbidden_caller"),
        ("/read", app().role("weather.read"), "forbidden_caller"),
        ("/role", user(), "forbidden_role"),
        ("/role", app().role("forecaster"), "forbidden_role"),
        ("/group", user(), "forbidden_group"),
        ("/group", user().groups_overage(), "groups_overage"),
        ("/delegated", app().role("Weather.Write.All"), "forbidden_caller"),
        ("/guests", user().guest(), "forbidden_guest"),
        ("/check", user(), "forbidden_check"),
        ("/context", user(), "forbidden_auth_context"),
        ("/context", user().auth_context("c2"), "forbidden_auth_context"),
    ];
    for (target, token, reason) in table {
        expect::forbidden(&api.get_with(target, &token).await, &api.issuer, reason);
    }
    let request = Request::post("/report").bearer(&app()).json(REPORT);
    expect::forbidden(&api.send(&request).await, &api.issuer, "forbidden_role");
}

/// A missing authentication context: a claims challenge for a client that can take one.
pub async fn challenges_for_an_authentication_context<S: Server>() {
    let api = Api::<S>::entra().await;
    let token = api.issuer.token().user("ada").claims_capable();
    expect::insufficient_claims(&api.get_with("/context", &token).await, &api.issuer, "c1");
    expect::granted(&api.get_with("/context", &token.auth_context("c1")).await, "context");
}

/// Nobody initialised: 500, whatever is sent, and nothing is said about what is missing where.
pub async fn says_nothing_when_it_is_not_set_up<S: Server>() {
    let server = S::start(None).await;
    let token = Issuer::entra().token().user("ada").scope("weather.read");
    let requests = ["/read", "/bare", "/role", "/context", "/token", "/caller"].map(Request::get);
    for request in requests {
        for request in [request.clone(), request.bearer(&token)] {
            expect::not_configured(&server.exchange(&request).await);
        }
    }
    let open = server.exchange(&Request::get("/open")).await;
    expect::granted(&open, "open");
}

/// A plain OpenID provider: scopes as they are, and the audience as realm.
pub async fn answers_for_a_plain_provider<S: Server>() {
    let api = Api::<S>::trusting(Issuer::oidc()).await;
    expect::granted(&api.get_with("/read", &api.reader()).await, "read");
    api.missing_token(&api.get("/read").await, Some("weather.read"));
    let token = api.issuer.token().user("ada").scope("weather.write");
    expect::insufficient_scope(&api.get_with("/read", &token).await, &api.issuer, "weather.read");
    expect::invalid_token(&api.get_with("/read", &token.expired()).await, &api.issuer, "expired");
}

/// A verifier that knows the URL of its API: each challenge leads to the metadata (RFC 9728 section 5.1).
pub async fn leads_to_the_metadata_of_the_resource<S: Server>() {
    let issuer = Issuer::oidc();
    let authority = Authority::oidc(issuer.issuer(), issuer.audience());
    let verifier = Verifier::builder(authority).resource("https://api.example.com/weather").build().expect("settings");
    wait::within("the first keys", verifier.ready()).await;
    let server = S::start(Some(verifier)).await;
    let answer = server.exchange(&Request::get("/read")).await;
    let challenge = "Bearer realm=\"https://api.example.com\", \
        resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/weather\"";
    let scope = if S::CHALLENGES_WITH_THE_SCOPE { ", scope=\"weather.read\"" } else { "" };
    assert_eq!((answer.status, answer.challenge()), (401, Some(&*format!("{challenge}{scope}"))));
}
