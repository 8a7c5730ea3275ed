//! How a token travels: fields, methods, connections, versions of HTTP.

use requires_auth::testing::Token;

use super::Api;
use crate::challenge::Challenge;
use crate::client::{Connection, Request};
use crate::server::Server;
use crate::{expect, wait};

/// Two fields are two credentials, also if they are equal.
pub async fn refuses_a_second_authorization_header<S: Server>() {
    let api = Api::<S>::entra().await;
    let (once, other) = (api.reader().bearer(), api.reader().bearer());
    let pairs = [[&*once, &*once], [&*once, &*other], ["Basic dTpw", &*once], [&*once, "Basic dTpw"], ["", &*once]];
    for [first, second] in pairs {
        let request = Request::get("/read").field("authorization", first).field("Authorization", second);
        expect::malformed_request(&api.send(&request).await, &api.issuer);
    }
}

/// One field with something that is not one token.
pub async fn refuses_a_malformed_authorization_header<S: Server>() {
    let api = Api::<S>::entra().await;
    let token = api.reader().sign();
    let values = [
        "Bearer".to_owned(),
        format!("Bearer\t{token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}, Basic dTpw"),
        format!("Bearer \"{token}\""),
        format!("Bearer {token}\u{e9}"),
    ];
    for value in values {
        let request = Request::get("/read").field("authorization", value);
        expect::malformed_request(&api.send(&request).await, &api.issuer);
    }
}

/// Another scheme, or a token in another place, is no token.
pub async fn reads_the_authorization_header_alone<S: Server>() {
    let api = Api::<S>::entra().await;
    let scope = api.requestable("weather.read");
    let token = api.reader().sign();
    let bearer = format!("Bearer {token}");
    let requests = [
        Request::get("/read").field("authorization", "Basic dXNlcjpwYXNzd29yZA=="),
        Request::get("/read").field("proxy-authorization", &bearer),
        Request::get("/read").field("x-forwarded-authorization", &bearer),
        Request::get("/read").field("x-ms-token-aad-access-token", &token),
        Request::get("/read").field("cookie", format!("access_token={token}")),
        Request::get(&format!("/read?access_token={token}")),
    ];
    for request in requests {
        api.missing_token(&api.send(&request).await, Some(&scope));
    }
}

/// No other field chooses the status or the form of a refusal.
pub async fn answers_whatever_else_is_sent<S: Server>() {
    let api = Api::<S>::entra().await;
    let others = [
        ("content-type", "application/grpc"),
        ("content-type", "application/grpc-web+proto"),
        ("content-type", "text/html"),
        ("accept", "text/html"),
        ("accept", "application/json"),
        ("accept", "application/grpc"),
        ("accept-encoding", "gzip, br"),
        ("origin", "https://app.example.com"),
        ("sec-fetch-mode", "navigate"),
        ("x-requested-with", "XMLHttpRequest"),
        ("x-forwarded-proto", "https"),
        ("x-original-method", "OPTIONS"),
        ("x-http-method-override", "OPTIONS"),
        ("cookie", "session=1"),
    ];
    let writer = api.issuer.token().user("ada").scope("weather.write");
    let refused = [
        Request::get("/read"),
        Request::get("/read").field("authorization", "Bearer"),
        Request::get("/read").bearer(&api.reader().expired()),
        Request::get("/read").bearer(&writer),
    ];
    let ask = async |request: &Request| {
        let mut answer = api.send(request).await;
        answer.fields.retain(|(name, _)| name != "date");
        // ntex writes them in any order.
        answer.fields.sort();
        answer
    };
    for request in refused {
        let alone = ask(&request).await;
        assert!(alone.gives_a_reason(), "{}", alone.status);
        for (name, value) in others {
            assert_eq!(ask(&request.clone().field(name, value)).await, alone, "{name}: {value}");
        }
    }
}

/// The scheme is compared without case, and spaces may follow it (RFC 9110 sections 11.1 and 11.4).
pub async fn takes_every_spelling_of_bearer<S: Server>() {
    let api = Api::<S>::entra().await;
    let token = api.reader().sign();
    for spelling in ["Bearer ", "bearer ", "BEARER ", "Bearer   "] {
        let request = Request::get("/read").field("aUtHoRiZaTiOn", format!("{spelling}{token}"));
        expect::granted(&api.send(&request).await, "read");
    }
}

/// Requests that are sent at once on one connection are decided one by one: no decision outlives its request.
pub async fn decides_pipelined_requests_one_by_one<S: Server>() {
    let api = Api::<S>::entra().await;
    let (good, bad) = (api.reader(), api.reader().expired());
    let requests = [
        Request::get("/read").bearer(&good),
        Request::get("/read"),
        Request::get("/read").bearer(&bad),
        Request::get("/read").bearer(&good),
        Request::get("/read").field("authorization", "Bearer"),
    ];
    let mut connection = Connection::open(api.server.address()).await;
    let sent: Vec<u8> = requests.iter().flat_map(Request::bytes).collect();
    connection.send(&sent).await;
    expect::granted(&connection.receive().await, "read");
    api.missing_token(&connection.receive().await, Some(&api.requestable("weather.read")));
    expect::invalid_token(&connection.receive().await, &api.issuer, "expired");
    expect::granted(&connection.receive().await, "read");
    expect::malformed_request(&connection.receive().await, &api.issuer);
}

/// HEAD is guarded as GET is, and answered without a body.
pub async fn guards_head_as_get<S: Server>() {
    let api = Api::<S>::entra().await;
    let ask = async |token: Option<&Token>| {
        let request = Request::new("HEAD", "/read");
        let mut connection = Connection::open(api.server.address()).await;
        connection.send(&token.map_or(request.clone(), |token| request.clone().bearer(token)).bytes()).await;
        connection.receive_head().await
    };
    let (refused, granted) = (ask(None).await, ask(Some(&api.reader())).await);
    if S::SERVES_HEAD {
        assert_eq!((refused.status, granted.status), (401, 200));
        assert_eq!(refused.challenge(), api.get("/read").await.challenge());
    } else {
        assert!([404, 405].contains(&refused.status), "{}", refused.status);
        assert_eq!(granted.status, refused.status);
    }
}

/// A preflight carries no token and is not for the guard: whether it is answered is up to the CORS layer.
pub async fn leaves_options_alone<S: Server>() {
    let api = Api::<S>::entra().await;
    let preflight = Request::new("OPTIONS", "/read")
        .field("origin", "https://app.example.com")
        .field("access-control-request-method", "GET")
        .field("access-control-request-headers", "authorization");
    let answer = api.send(&preflight).await;
    assert!([200, 204, 404, 405].contains(&answer.status), "{}", answer.status);
    assert_eq!(answer.challenge(), None);
    assert_ne!(answer.text(), "read");
}

/// A path or a method that is not served is no secret, and the guard is not asked.
pub async fn leaves_unknown_paths_and_methods_alone<S: Server>() {
    let api = Api::<S>::entra().await;
    let mut unknown = vec!["/", "/reads", "/read/more"];
    if S::TELLS_TRAILING_SLASHES_APART {
        unknown.push("/read/");
    } else {
        expect::missing_token(&api.get("/read/").await, &api.issuer, Some(&api.requestable("weather.read")));
    }
    for target in unknown {
        for answer in [api.get(target).await, api.get_with(target, &api.reader()).await] {
            assert_eq!((answer.status, answer.challenge()), (404, None), "{target}");
        }
    }
    let answer = api.send(&Request::new("DELETE", "/read")).await;
    assert!([404, 405].contains(&answer.status), "{}", answer.status);
    assert_eq!(answer.challenge(), None);
}

/// HTTP/2: many requests at once on one connection, each decided for itself.
pub async fn guards_http_2<S: Server>() {
    if !S::SERVES_HTTP_2 {
        return;
    }
    let api = Api::<S>::entra().await;
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().expect("a client");
    let url = format!("http://{}/read", api.server.address());
    let (good, bad) = (api.reader().bearer(), api.reader().expired().bearer());
    let requests = (0..60).map(|number| {
        let request = client.get(&url);
        let (request, expected) = match number % 4 {
            0 => (request.header("authorization", &good), 200),
            1 => (request, 401),
            2 => (request.header("authorization", &bad), 401),
            _ => (request.header("authorization", &good).header("authorization", &good), 400),
        };
        async move { (request.send().await.expect("an answer"), expected) }
    });
    for (answer, expected) in wait::within("answers", futures_util::future::join_all(requests)).await {
        assert_eq!((answer.version(), answer.status().as_u16()), (reqwest::Version::HTTP_2, expected));
        let challenges: Vec<_> = answer.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(challenges.len(), usize::from(expected != 200));
        for challenge in challenges {
            Challenge::parse(challenge.as_bytes()).unwrap();
        }
    }
}
