//! A refusal is made of what the program said and of the `Authorization` fields. Nothing else that a caller sends changes it.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use requires_auth::Reason;
use requires_auth::testing::{ManualClock, attacks};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::*;

/// The `Authorization` fields of a request that `layer` refuses for `reason`.
struct Refused {
    reason: String,
    layer: RequiresAuthLayer,
    authorization: Vec<Vec<u8>>,
}

/// What is the caller's to choose beside them.
#[derive(Clone, Debug)]
struct Rest {
    method: Method,
    target: &'static str,
    version: Version,
    fields: Vec<(HeaderName, HeaderValue)>,
}

type Whole = (StatusCode, HeaderMap, Bytes);

/// The answer to a request, unless the service behind the layer was reached.
async fn answer(layer: &RequiresAuthLayer, authorization: &[Vec<u8>], rest: &Rest) -> Option<Whole> {
    let open = service_fn(async |_: http::Request<()>| {
        Ok::<_, Infallible>(http::Response::builder().header("x-reached", "").body(Full::<Bytes>::default()).unwrap())
    });
    let mut request = http::Request::new(());
    *request.method_mut() = rest.method.clone();
    *request.uri_mut() = rest.target.parse().unwrap();
    *request.version_mut() = rest.version;
    request.headers_mut().extend(rest.fields.iter().cloned());
    for value in authorization {
        request.headers_mut().append("authorization", HeaderValue::from_bytes(value).unwrap());
    }
    let (head, body) = layer.layer(open).oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (!head.headers.contains_key("x-reached")).then_some((head.status, head.headers, body))
}

fn refuse(_: &AccessToken) -> bool {
    false
}

fn bare() -> Rest {
    Rest { method: Method::GET, target: "/", version: Version::HTTP_11, fields: Vec::new() }
}

/// All hostile requests of the corpus, and the states of a server in which it lets no request in; with the issuers, which
/// must live as long.
async fn refused() -> (Vec<Refused>, [Issuer; 2]) {
    // On this clock neither a looked-up key nor the time to come back changes between two requests.
    let clock = ManualClock::starting_now();
    let [issuer, down] = [(); 2].map(|()| Issuer::entra().with_clock(clock.clone()));
    down.go_down();
    let [verifier, without_keys] =
        [&issuer, &down].map(|it| Verifier::builder(it.authority()).clock(clock.clone()).build().unwrap());
    within("the first keys", verifier.ready()).await;
    let guard = |requirement| RequiresAuthLayer::new(requirement).verifier(verifier.clone());
    let with = |token: Token| vec![token.bearer().into_bytes()];

    let layer = guard(requirement!(scope = "weather.read"));
    // A server of HTTP hands on no field with other bytes.
    let is_field = |value: &Vec<u8>| HeaderValue::from_bytes(value).is_ok();
    let corpus = attacks::all(&issuer).into_iter().filter(|attack| attack.authorization.iter().all(is_field));
    let corpus = corpus.map(|attack| (layer.clone(), attack.authorization));
    let not_set_up = || RequiresAuthLayer::new(requirement!(scope = "weather.read"));
    let ask_ada = [
        requirement!(role = "Administrator"),
        requirement!(group = "6e74172b-be56-4843-9ff4-e66a39bb12e3"),
        requirement!(directory_role = "6e74172b-be56-4843-9ff4-e66a39bb12e3"),
        requirement!(all(delegated, tenant = "6e74172b-be56-4843-9ff4-e66a39bb12e3")),
        requirement!(all(scope = "weather.read", client = "6e74172b-be56-4843-9ff4-e66a39bb12e3")),
        requirement!(all(delegated, guest)),
        requirement!(all(delegated, check = refuse)),
        requirement!(auth_context = "c1"),
    ];
    let of_ada = ask_ada.map(|requirement| (guard(requirement), with(reader(&issuer))));
    let group = requirement!(group = "6e74172b-be56-4843-9ff4-e66a39bb12e3");
    let wids = requirement!(directory_role = "6e74172b-be56-4843-9ff4-e66a39bb12e3");
    let tried = corpus.chain(of_ada).chain([
        (guard(group), with(reader(&issuer).groups_overage())),
        (guard(wids), with(reader(&issuer).claim("_claim_names", json!({ "wids": "src1" })))),
        (guard(requirement!(app_only)), with(issuer.token().app("daemon"))),
        (guard(requirement!(auth_context = "c1")), with(reader(&issuer).claims_capable())),
        (not_set_up(), with(reader(&issuer))),
        (not_set_up(), Vec::new()),
        (not_set_up().verifier(without_keys), with(reader(&down))),
    ]);
    let mut refused = Vec::new();
    for (layer, authorization) in tried {
        // A key that is not published is looked up for the first request, and known to be none for the second.
        answer(&layer, &authorization, &bare()).await;
        if let Some((_, _, problem)) = answer(&layer, &authorization, &bare()).await {
            let problem: Value = serde_json::from_slice(&problem).unwrap();
            let reason = problem["reason"].as_str().unwrap().to_owned();
            refused.push(Refused { reason, layer, authorization });
        }
    }
    (refused, [issuer, down])
}

/// What a caller may send: above all what somebody could read as another protocol, another route or another credential.
fn rest() -> impl Strategy<Value = Rest> {
    let methods = select(&["GET", "POST", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PRI", "QUERY"][..]);
    let method = prop_oneof![methods.prop_map(str::to_owned), "[A-Z!#$%&'*+.^_|~-]{1,12}"];
    let target =
        select(&["/", "/contract.Open/Open", "/grpc.health.v1.Health/Check", "*", "http://else.example/?x=1"][..]);
    let versions = [Version::HTTP_09, Version::HTTP_10, Version::HTTP_11, Version::HTTP_2, Version::HTTP_3];
    let names = [
        "content-type",
        "content-type",
        "content-type",
        "te",
        "accept",
        "accept-encoding",
        "upgrade",
        "connection",
        "origin",
        "access-control-request-method",
        "access-control-request-headers",
        "sec-fetch-mode",
        "expect",
        "grpc-timeout",
        "grpc-encoding",
        "grpc-status",
        "x-grpc-web",
        "cookie",
        "proxy-authorization",
        "x-authorization",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-forwarded-uri",
        "x-forwarded-method",
        "x-original-uri",
        "x-original-method",
        "x-http-method-override",
        "forwarded",
        "user-agent",
        "host",
        "content-length",
        "transfer-encoding",
    ];
    let values = [
        "application/grpc",
        "application/grpc+proto",
        "application/grpc-web",
        "application/grpc-web-text",
        "application/grpcs",
        "APPLICATION/GRPC",
        "application/json",
        "application/problem+json",
        "text/html",
        "trailers",
        "websocket",
        "h2c",
        "*/*",
        "gzip",
        "0",
        "GET",
        "OPTIONS",
        "authorization",
        "https://else.example",
    ];
    let value = prop_oneof![
        4 => select(values.to_vec()).prop_map(HeaderValue::from_static),
        1 => vec(prop_oneof![0x20..=0x7e_u8, 0x80..=0xff_u8], 0..40).prop_map(|it| HeaderValue::from_bytes(&it).unwrap()),
    ];
    let field = (select(names.to_vec()).prop_map(HeaderName::from_static), value);
    (method, target, select(versions.to_vec()), vec(field, 0..8)).prop_map(|(method, target, version, fields)| Rest {
        method: method.parse().unwrap(),
        target,
        version,
        fields,
    })
}

/// Without `.grpc()` and with it, whatever else is sent.
#[test]
fn nothing_but_authorization_changes_a_refusal() {
    let runtime = Runtime::new().unwrap();
    let (refused, _issuers) = runtime.block_on(refused());
    let ask = |layer: &RequiresAuthLayer, refused: &Refused, rest: &Rest| {
        runtime.block_on(answer(layer, &refused.authorization, rest)).expect("a refusal")
    };
    let config = ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&(rest(), any::<Index>()), |(rest, which)| {
        let refused = which.get(&refused);
        let http = ask(&refused.layer, refused, &rest);
        prop_assert!(http.0.as_u16() >= 400, "{} is answered with {}", refused.reason, http.0);
        prop_assert_eq!(http, ask(&refused.layer, refused, &bare()));

        let layer = refused.layer.clone().grpc();
        let grpc = ask(&layer, refused, &rest);
        prop_assert_eq!(grpc.0, 200);
        prop_assert_eq!(&grpc.1["auth-error-reason"], &*refused.reason);
        prop_assert!(!["", "0"].contains(&grpc.1["grpc-status"].to_str().unwrap()), "{}", refused.reason);
        prop_assert_eq!(grpc, ask(&layer, refused, &bare()));
        Ok(())
    });
    outcome.unwrap();
}

/// But for what user flows and a wrong set of keys are refused for, which wants issuers of their own.
#[tokio::test]
async fn the_refusals_that_are_tried_have_every_reason() {
    let (refused, _issuers) = refused().await;
    let tried: BTreeSet<_> = refused.iter().map(|refused| &*refused.reason).collect();
    let missing: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).filter(|it| !tried.contains(it)).collect();
    assert_eq!(missing, ["user_flow", "key_issuer"]);
}
