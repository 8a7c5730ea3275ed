//! Arguments that take the token, with and without the attribute.

use super::Api;
use crate::expect;
use crate::server::Server;

/// An argument `AccessToken` guards like the bare attribute.
pub async fn hands_over_the_token_or_refuses<S: Server>() {
    let api = Api::<S>::entra().await;
    expect::granted(&api.get_with("/token", &api.reader()).await, &api.issuer.object_id("ada"));
    api.missing_token(&api.get("/token").await, None);
    expect::invalid_token(&api.get_with("/token", &api.reader().expired()).await, &api.issuer, "expired");
    let powerless = api.issuer.token().app("daemon");
    expect::forbidden(&api.get_with("/token", &powerless).await, &api.issuer, "no_permission");
}

/// `Caller` welcomes who sends no token, and refuses one that is wrong.
pub async fn welcomes_anonymous_callers_but_no_wrong_tokens<S: Server>() {
    let api = Api::<S>::entra().await;
    expect::granted(&api.get("/caller").await, "anonymous");
    expect::granted(&api.get_with("/caller", &api.reader()).await, &api.issuer.object_id("ada"));
    expect::invalid_token(&api.get_with("/caller", &api.reader().expired()).await, &api.issuer, "expired");
    let malformed = crate::client::Request::get("/caller").field("authorization", "Bearer");
    expect::malformed_request(&api.send(&malformed).await, &api.issuer);
}

/// `Option<AccessToken>` does the same where the framework lets it, and never hands over a token that is wrong.
pub async fn never_takes_a_wrong_token_for_an_optional_one<S: Server>() {
    let api = Api::<S>::entra().await;
    expect::granted(&api.get("/optional").await, "none");
    expect::granted(&api.get_with("/optional", &api.reader()).await, &api.issuer.object_id("ada"));
    let answer = api.get_with("/optional", &api.reader().expired()).await;
    if S::OPTION_REFUSES_WRONG_TOKENS {
        expect::invalid_token(&answer, &api.issuer, "expired");
    } else {
        expect::granted(&answer, "none");
    }
}

/// Each request is decided by its own token, whoever called before on the same connection.
pub async fn never_mixes_callers_up<S: Server>() {
    let api = Api::<S>::entra().await;
    let callers = ["ada", "bob", "cleo", "dan"];
    let calls = (0..40).map(|number| {
        let (name, api) = (callers[number % callers.len()], &api);
        async move {
            let token = api.issuer.token().user(name).scope("weather.read");
            (api.get_with("/token", &token).await, api.issuer.object_id(name))
        }
    });
    for (answer, object_id) in futures_util::future::join_all(calls).await {
        expect::granted(&answer, &object_id);
    }
}
