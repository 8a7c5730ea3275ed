//! The process-wide verifier. Once set it stays, so these cases have a process of their own.

use std::sync::OnceLock;

use requires_auth::testing::Issuer;
use requires_auth::{SetupErrorKind, initialize_with};

use super::Api;
use crate::client::Request;
use crate::expect;
use crate::server::Server;

/// The issuer that this process trusts.
fn issuer() -> &'static Issuer {
    static ISSUER: OnceLock<Issuer> = OnceLock::new();
    ISSUER.get_or_init(|| {
        let issuer = Issuer::entra();
        initialize_with(issuer.verifier()).expect("the first verifier of this process");
        issuer
    })
}

/// An application without a verifier of its own takes the one of the process.
pub async fn serves_an_application_without_a_verifier<S: Server>() {
    let server = S::start(None).await;
    let token = issuer().token().user("ada").scope("weather.read");
    let answer = server.exchange(&Request::get("/read").bearer(&token)).await;
    expect::granted(&answer, "read");
    let caller = server.exchange(&Request::get("/caller").bearer(&token)).await;
    expect::granted(&caller, &issuer().object_id("ada"));
}

/// The verifier of an application wins, for every way to take the token.
pub async fn gives_way_to_the_verifier_of_an_application<S: Server>() {
    let of_the_process = issuer().token().user("ada").scope("weather.read");
    let api = Api::<S>::entra().await;
    for target in ["/read", "/token", "/caller"] {
        expect::invalid_token(&api.get_with(target, &of_the_process).await, &api.issuer, "issuer");
        assert_eq!(api.get_with(target, &api.reader()).await.status, 200);
    }
}

/// The process does not change its issuer; the same verifier again changes nothing.
pub async fn stays_as_it_was_set<S: Server>() {
    let trusted = issuer();
    assert_eq!(initialize_with(Issuer::entra().verifier()).unwrap_err().kind(), SetupErrorKind::AlreadyInitialized);
    let server = S::start(None).await;
    let token = trusted.token().user("ada").scope("weather.read");
    expect::granted(&server.exchange(&Request::get("/read").bearer(&token)).await, "read");
}
