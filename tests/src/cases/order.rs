//! The check comes first: before the body is read, before any other argument is parsed.

use super::Api;
use crate::client::{Answer, Connection, Request};
use crate::expect;
use crate::server::Server;

/// A body that never ends is not waited for.
pub async fn refuses_before_a_body_that_never_ends<S: Server>() {
    let api = Api::<S>::entra().await;
    let scope = api.requestable("weather.write");
    let post = || Request::post("/report");
    for request in [post().endless_body(), post().endless_chunks()] {
        expect::missing_token(&api.send(&request).await, &api.issuer, Some(&scope));
    }
    let stale = api.issuer.token().user("ada").scope("weather.write").expired();
    for request in [post().bearer(&stale).endless_body(), post().bearer(&stale).endless_chunks()] {
        expect::invalid_token(&api.send(&request).await, &api.issuer, "expired");
    }
    for request in [post().bearer(&api.reader()).endless_body(), post().bearer(&api.reader()).endless_chunks()] {
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
        expect::missing_token(&api.send(&request).await, &api.issuer, Some(&scope));
        let request = request.bearer(&api.issuer.token().user("ada").scope("weather.write"));
        is_a_mistake_of_the_client(&api.send(&request).await);
    }
}

/// Nor do arguments in path and query.
pub async fn refuses_before_arguments_that_do_not_parse<S: Server>() {
    let api = Api::<S>::entra().await;
    let scope = api.requestable("weather.read");
    for target in ["/cities/portland?days=3", "/cities/7?days=many", "/cities/7", "/cities/-1?days=3&days=4"] {
        expect::missing_token(&api.get(target).await, &api.issuer, Some(&scope));
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
    expect::missing_token(&refused, &api.issuer, Some(&api.requestable("weather.write")));
    connection.send(&Request::get("/open").field("connection", "close").bytes()).await;
    let rest = String::from_utf8(connection.take_rest().await).unwrap();
    assert!(!rest.contains("anonymous"), "{rest}");
    assert!(rest.is_empty() || rest.ends_with("open") && rest.matches("HTTP/1.1").count() == 1, "{rest}");
}

/// What the framework says once the guard let the request through.
#[track_caller]
fn is_a_mistake_of_the_client(answer: &Answer) {
    assert!([400, 404, 415, 422].contains(&answer.status), "{}", answer.status);
    assert_eq!(answer.challenge(), None);
}
