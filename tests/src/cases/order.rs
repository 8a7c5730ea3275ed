//! The check comes first: before the body is read, before any other argument is parsed.

use super::Api;
use crate::client::{Answer, Connection, Request, Wire as _};
use crate::expect;
use crate::server::Server;

/// A body that never ends is not waited for.
pub async fn refuses_before_a_body_that_never_ends<S: Server>() {
    let api = Api::<S>::entra().await;
    let scope = api.requestable("weather.write");
    let post = || Request::post("/report");
    let first = format!("{{\"city\":\"{}", "x".repeat(S::BODY_BYTES_BEFORE_THE_GUARD));
    let endless = |request: Request| [request.clone().endless_body(&first), request.endless_chunks(&first)];
    for request in endless(post()) {
        api.missing_token(&api.send(&request).await, Some(&scope));
    }
    let stale = api.issuer.token().user("ada").scope("weather.write").expired();
    for request in endless(post().bearer(&stale)) {
        expect::invalid_token(&api.send(&request).await, &api.issuer, "expired");
    }
    if !S::AUTHORIZES_BEFORE_THE_BODY {
        return;
    }
    for request in endless(post().bearer(&api.reader())) {
        expect::insufficient_scope(&api.send(&request).await, &api.issuer, &scope);
    }
}

/// A body that does not parse says nothing to whoever may not send one.
pub async fn refuses_before_a_body_that_does_not_parse<S: Server>() {
    let api = Api::<S>::entra().await;
    let scope = api.requestable("weather.write");
    let bodies = [
        ("application/json", "{\"city\":"),
        ("application/json", "{\"city\":\"Portland\"}"),
        ("application/json", "[]"),
        ("application/json", ""),
        ("text/plain", "Portland"),
    ];
    for (content_type, body) in bodies {
        let request = Request::post("/report").body(content_type, body);
        api.missing_token(&api.send(&request).await, Some(&scope));
        if S::AUTHORIZES_BEFORE_THE_BODY {
            let answer = api.send(&request.clone().bearer(&api.reader())).await;
            expect::insufficient_scope(&answer, &api.issuer, &scope);
        }
        let request = request.bearer(&api.issuer.token().user("ada").scope("weather.write"));
        is_a_mistake_of_the_client(&api.send(&request).await);
    }
}

/// Nor do arguments in path and query.
pub async fn refuses_before_arguments_that_do_not_parse<S: Server>() {
    let api = Api::<S>::entra().await;
    let scope = api.requestable("weather.read");
    let of_another_type = ["/cities/portland?days=3", "/cities/-1?days=3&days=4"];
    for target in of_another_type.into_iter().chain(["/cities/7?days=many", "/cities/7"]) {
        let refused = api.get(target).await;
        if S::KNOWS_PATHS_BY_SHAPE || !of_another_type.contains(&target) {
            api.missing_token(&refused, Some(&scope));
        } else {
            assert_eq!((refused.status, refused.challenge()), (404, None), "{target}");
        }
        is_a_mistake_of_the_client(&api.get_with(target, &api.reader()).await);
    }
    let answer = api.get_with("/cities/7?days=3", &api.reader()).await;
    expect::granted(&answer, "city 7 for 3 days");
}

/// A body that was refused unread is not taken for the next request on its connection.
pub async fn never_takes_an_unread_body_for_a_request<S: Server>() {
    let api = Api::<S>::entra().await;
    let smuggled = String::from_utf8(Request::get("/caller").bytes()).unwrap();
    let mut connection = Connection::open(api.server.address()).await;
    let refused = connection.exchange(&Request::post("/report").body("text/plain", &smuggled)).await;
    api.missing_token(&refused, Some(&api.requestable("weather.write")));
    connection.send(&Request::get("/open").field("connection", "close").bytes()).await;
    let rest = String::from_utf8(connection.take_rest().await).unwrap();
    assert!(!rest.contains("anonymous"), "{rest}");
    assert!(rest.is_empty() || rest.ends_with("open") && rest.matches("HTTP/1.1").count() == 1, "{rest}");
}

/// What the framework says once the guard let the request through.
#[track_caller]
fn is_a_mistake_of_the_client(answer: &Answer) {
    // A message that cannot be decoded is INTERNAL in gRPC, whoever is to blame.
    let statuses: &[u16] = if answer.is_grpc() { &[500] } else { &[400, 404, 415, 422] };
    assert!(statuses.contains(&answer.status), "{}", answer.status);
    assert!(!answer.gives_a_reason() && answer.challenge().is_none(), "{answer:?}");
}
