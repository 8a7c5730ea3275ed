//! What must be shown once by name. Each request is made twice of each verifier, so that the second one of a good token
//! meets whatever the first one left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use axum::{Extension, Router};
use data_encoding::BASE64URL_NOPAD;
use futures_util::poll;
use requires_auth::__private::{Authorized, CheckedBefore, Remembered, Requirement, Requires, authorize_method};
use requires_auth::testing::{Issuer, KeyPair, Lie, ManualClock};
use requires_auth::{AccessToken, Reason, Verifier, requirement, requires_auth};
use requires_auth_reference::play::{ASKS, CACHES, with_cache};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::players::{HOUR, Players};

const SECOND: Duration = Duration::from_secs(1);

/// The default of the verifier.
const LEEWAY: Duration = Duration::from_mins(1);

fn bearer(token: &str) -> Vec<u8> {
    format!("Bearer {token}").into_bytes()
}

/// A token whose header was changed after it was signed.
fn with_header(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", BASE64URL_NOPAD.encode(header.to_string().as_bytes()))
}

// -- Time

#[tokio::test]
async fn a_token_expires_between_two_requests() {
    let players = Players::new().await;
    for token in [players.token(), players.token().v1(), players.partners.token().scope("weather.read")] {
        let token = token.expires_in(LEEWAY).sign();
        assert_eq!(players.read(&token).await, Ok(()));
        players.advance(LEEWAY + Duration::from_secs(59));
        assert_eq!(players.read(&token).await, Ok(()), "in its last second");
        players.advance(SECOND);
        assert_eq!(players.read(&token).await, Err(Reason::Expired));
        players.clock.shift_wall_clock(-1);
        assert_eq!(players.read(&token).await, Ok(()), "the clock was fast");
    }
}

#[tokio::test]
async fn the_clock_is_set_back_before_a_token_begins() {
    let players = Players::new().await;
    let without_nbf = players.partners.token().scope("weather.read").without_claim("nbf");
    for (token, reason) in [(players.token(), Reason::NotYetValid), (without_nbf, Reason::IssuedInFuture)] {
        let token = token.sign();
        assert_eq!(players.read(&token).await, Ok(()));
        players.clock.shift_wall_clock(-60);
        assert_eq!(players.read(&token).await, Ok(()));
        players.clock.shift_wall_clock(-1);
        assert_eq!(players.read(&token).await, Err(reason));
        players.clock.shift_wall_clock(61);
        assert_eq!(players.read(&token).await, Ok(()));
    }
}

#[tokio::test]
async fn a_token_that_was_refused_for_the_time_is_good_when_its_time_comes() {
    let players = Players::new().await;
    let token = players.token().not_before_in(Duration::from_mins(10)).sign();
    assert_eq!(players.read(&token).await, Err(Reason::NotYetValid));
    players.advance(Duration::from_mins(10));
    assert_eq!(players.read(&token).await, Ok(()));
}

// -- Keys

#[tokio::test]
async fn a_key_is_withdrawn_and_the_new_one_verifies_a_token() {
    let players = Players::new().await;
    let (old, old_v1) = (players.token().sign(), players.token().v1().sign());
    assert_eq!((players.read(&old).await, players.read(&old_v1).await), (Ok(()), Ok(())));
    players.staff.rotate_to(&KeyPair::p256());
    players.staff.withdraw_old_keys();
    players.refresh().await;
    assert_eq!(players.read(&old).await, Ok(()), "nothing tells a withdrawal from a mistake yet");
    assert_eq!(players.read(&players.token().sign()).await, Ok(()));
    assert_eq!(players.read(&old).await, Err(Reason::UnknownKey));
    // Each version has its own keys.
    assert_eq!(players.read(&old_v1).await, Ok(()));
    assert_eq!(players.read(&players.token().v1().sign()).await, Ok(()));
    assert_eq!(players.read(&old_v1).await, Err(Reason::UnknownKey));
}

#[tokio::test]
async fn a_withdrawn_key_ends_an_hour_after_the_refresh() {
    let players = Players::new().await;
    let old = players.token().sign();
    assert_eq!(players.read(&old).await, Ok(()));
    players.staff.rotate_to(&KeyPair::p256());
    players.staff.withdraw_old_keys();
    players.refresh().await;
    players.advance(Duration::from_secs(3_599));
    assert_eq!(players.read(&old).await, Ok(()));
    players.advance(SECOND);
    assert_eq!(players.read(&old).await, Err(Reason::UnknownKey));
}

#[tokio::test]
async fn a_key_is_replaced_under_its_name() {
    let players = Players::new().await;
    let old = players.token().sign();
    assert_eq!(players.read(&old).await, Ok(()));
    let name = players.staff.signing_key();
    // The issuer takes a key for published whose name is.
    for key in [KeyPair::p256(), KeyPair::p256().with_kid(name.kid())] {
        players.staff.rotate_to(&key);
        players.staff.withdraw_old_keys();
    }
    players.refresh().await;
    assert_eq!(players.read(&old).await, Ok(()));
    assert_eq!(players.read(&players.token().sign()).await, Ok(()));
    assert_eq!(players.read(&old).await, Err(Reason::Algorithm));
}

#[tokio::test]
async fn a_key_is_published_for_another_tenant_alone() {
    let players = Players::new().await;
    let token = players.token().sign();
    assert_eq!(players.read(&token).await, Ok(()));
    players.staff.lie(Lie::KeysOfAnotherTenant);
    players.refresh().await;
    assert_eq!(players.read(&token).await, Ok(()), "the key as it was is retained");
    players.advance(HOUR);
    assert_eq!(players.read(&token).await, Err(Reason::KeyIssuer));
}

#[tokio::test]
async fn a_refresh_that_brings_nothing_new_changes_nothing() {
    let players = Players::new().await;
    let token = players.token().sign();
    let generations = players.generations();
    for _ in 0..3 {
        assert_eq!(players.read(&token).await, Ok(()));
        players.refresh().await;
    }
    assert_eq!(players.read(&token).await, Ok(()));
    assert_eq!(players.generations(), generations);
    players.staff.rotate_to(&KeyPair::p256());
    players.refresh().await;
    assert_eq!(players.read(&token).await, Ok(()), "a key that came beside its own");
    assert_ne!(players.generations(), generations);
}

#[tokio::test]
async fn keys_grow_too_old_while_a_token_is_valid() {
    let players = Players::new().await;
    let token = players.token().sign();
    assert_eq!(players.read(&token).await, Ok(()));
    players.staff.go_down();
    players.advance(Duration::from_secs(24 * 3_600 - 1));
    assert_eq!(players.read(&token).await, Ok(()));
    players.advance(SECOND);
    assert_eq!(players.read(&token).await, Err(Reason::KeysUnavailable));
    players.staff.come_up();
    players.recover().await;
    assert_eq!(players.read(&token).await, Ok(()));
}

#[tokio::test]
async fn a_token_that_waited_for_its_key_is_as_good_as_any() {
    let players = Players::new().await;
    assert_eq!(players.read(&players.token().sign()).await, Ok(()));
    players.staff.rotate_to(&KeyPair::p256());
    let token = players.token().sign();
    for _ in 0..3 {
        assert_eq!(players.read(&token).await, Ok(()));
    }
}

// -- Texts that resemble one that was verified

#[tokio::test]
async fn only_the_whole_text_is_the_token() {
    let players = Players::new().await;
    let token = players.token().sign();
    assert_eq!(players.read(&token).await, Ok(()));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let other = players.token().scope("weather.write").role("Administrator").sign();
    let other_payload = other.split('.').nth(1).unwrap();
    let swapped_last = |text: &str| {
        let (rest, last) = text.split_at(text.len() - 1);
        format!("{rest}{}", if last == "A" { "B" } else { "A" })
    };
    let claims = String::from_utf8(BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap();
    let last_byte = BASE64URL_NOPAD.encode(format!("{} ", &claims[..claims.len()]).as_bytes());
    let first_byte = BASE64URL_NOPAD.encode(format!(" {claims}").as_bytes());

    let forged = |payload: &str| format!("{header}.{payload}.{signature}");
    for payload in [other_payload, &last_byte, &first_byte] {
        assert_eq!(players.read(&forged(payload)).await, Err(Reason::Signature), "the same tail, another payload");
    }
    let unused_bits = forged(&swapped_last(payload));
    assert!(
        [Err(Reason::Format), Err(Reason::Claims)].contains(&players.read(&unused_bits).await),
        "its last character"
    );
    for (text, reason) in [
        (token[..token.len() - 1].to_owned(), Reason::Format),
        (token[..token.len() - 4].to_owned(), Reason::Signature),
        (format!("{signed}."), Reason::Format),
        (signed.to_owned(), Reason::Format),
        (format!("{token}A"), Reason::Signature),
        (format!("{token}AAAA"), Reason::Signature),
        (format!("{token}="), Reason::Format),
        (format!("{token}."), Reason::Format),
        (format!("{token}.A"), Reason::Format),
        (format!("{token}.A.A"), Reason::Encrypted),
        (token[1..].to_owned(), Reason::Header),
        (format!("A{token}"), Reason::Header),
        (with_header(&token, |header| header["alg"] = json!("none")), Reason::Algorithm),
        (with_header(&token, |header| header["alg"] = json!("HS256")), Reason::Algorithm),
        (with_header(&token, |header| header["alg"] = json!("ES256")), Reason::Algorithm),
        (with_header(&token, |header| header["kid"] = json!("another")), Reason::UnknownKey),
        (with_header(&token, |header| header["typ"] = json!("logout+jwt")), Reason::TokenType),
        (with_header(&token, |header| header["typ"] = json!("at+jwt")), Reason::Signature),
        (with_header(&token, |header| header["crit"] = json!(["exp"])), Reason::Header),
        (with_header(&token, |header| header["x"] = json!(1)), Reason::Signature),
    ] {
        let verdict = players.read(&text).await;
        // 342 characters of signature: one more or less leaves bits over, which is told first.
        let is_near = reason == Reason::Signature && verdict == Err(Reason::Format);
        let is_shifted = reason == Reason::Header && verdict == Err(Reason::Format);
        assert!(verdict == Err(reason) || is_near || is_shifted, "{verdict:?} instead of {reason:?}");
        assert_eq!(players.read(&token).await, Ok(()), "the token itself");
    }
}

#[tokio::test]
async fn a_field_is_read_before_a_token_is_recognised() {
    let players = Players::new().await;
    let token = players.token().sign();
    assert_eq!(players.read(&token).await, Ok(()));
    let field = |text: &str| vec![text.replace('*', &token).into_bytes()];
    for (fields, verdict) in [
        (vec![bearer(&token), bearer(&token)], Err(Reason::MalformedRequest)),
        (vec![bearer(&token), b"Basic eDp5".to_vec()], Err(Reason::MalformedRequest)),
        (vec![b"Basic eDp5".to_vec(), bearer(&token)], Err(Reason::MalformedRequest)),
        (vec![], Err(Reason::MissingToken)),
        (field("Bearer *  "), Ok(())),
        (field("bEARER   *"), Ok(())),
        (field(" Bearer *"), Ok(())),
        (field("Bearer *\t"), Err(Reason::MalformedRequest)),
        (field("Bearer *,"), Err(Reason::MalformedRequest)),
        (field("Bearer * x"), Err(Reason::MalformedRequest)),
        (field("Bearer\t*"), Err(Reason::MalformedRequest)),
        (field("DPoP *"), Err(Reason::MissingToken)),
        (field("Bearers *"), Err(Reason::MissingToken)),
        (field("*"), Err(Reason::MissingToken)),
    ] {
        assert_eq!(players.ask(&ASKS[0], fields.clone()).await, verdict, "field {}", fields.len());
    }
}

// -- Who asks, and for what

#[tokio::test]
async fn another_scope_is_decided_for_itself() {
    let players = Players::new().await;
    let token = players.token().sign();
    let ask = async |scope: &str| {
        let ask = ASKS.iter().find(|ask| ask.wanted.scope == Some(scope)).unwrap();
        players.ask(ask, vec![bearer(&token)]).await
    };
    for _ in 0..2 {
        assert_eq!(ask("weather.read").await, Ok(()));
        assert_eq!(ask("weather.write").await, Err(Reason::InsufficientScope));
        assert_eq!(ask("two words").await, Err(Reason::NotConfigured));
    }
}

#[tokio::test]
async fn another_authority_is_decided_for_itself() {
    let players = Players::new().await;
    let (of_staff, of_partner) = (players.token().sign(), players.partners.token().scope("weather.read").sign());
    let ask = async |token: &str, authority: Option<&str>| {
        let ask = ASKS.iter().find(|ask| ask.wanted.authority == authority).unwrap();
        players.ask(ask, vec![bearer(token)]).await
    };
    for _ in 0..2 {
        for (token, own, other) in [(&of_staff, "staff", "partners"), (&of_partner, "partners", "staff")] {
            assert_eq!(ask(token, None).await, Ok(()));
            assert_eq!(ask(token, Some(other)).await, Err(Reason::Issuer));
            assert_eq!(ask(token, Some(own)).await, Ok(()));
            assert_eq!(ask(token, Some("nobody")).await, Err(Reason::NotConfigured));
        }
    }
}

#[tokio::test]
async fn the_list_of_tenants_is_asked_each_time() {
    let (admits, calls) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let players = Players::with_staff(|issuer| {
        let (admits, calls) = (Arc::clone(&admits), Arc::clone(&calls));
        issuer.authority_of("organizations").allow_tenants_if(move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            admits.load(Ordering::Relaxed)
        })
    })
    .await;
    let token = players.token().sign();
    for (answer, verdict) in [(true, Ok(())), (false, Err(Reason::ForbiddenTenant)), (true, Ok(()))] {
        admits.store(answer, Ordering::Relaxed);
        for _ in 0..3 {
            let before = calls.load(Ordering::Relaxed);
            assert_eq!(players.read(&token).await, verdict);
            assert!(calls.load(Ordering::Relaxed) >= before + 2 * CACHES.len());
        }
    }
}

#[tokio::test]
async fn what_one_verifier_remembers_is_nothing_to_another() {
    let players = Players::new().await;
    let token = players.token().sign();
    assert_eq!(players.read(&token).await, Ok(()));
    let elsewhere = Issuer::entra();
    for (_, bytes) in CACHES {
        let authority = players.staff.authority().audience("https://another.example.com");
        let of_another_api =
            with_cache(Verifier::builder(authority).clock(players.clock.clone()), bytes).build().unwrap();
        assert_eq!(of_another_api.verify(&token).await.unwrap_err().reason(), Reason::Audience);
        assert_eq!(elsewhere.verifier().verify(&token).await.unwrap_err().reason(), Reason::Issuer);
    }
}

/// A client that calls nothing here.
const STRANGER: &str = "11111111-1111-4111-8111-111111111111";

/// A tenant that is configured by a name goes by that authority as soon as its metadata tells which tenant it is, also
/// where a token of it was verified by another one before.
#[tokio::test]
async fn an_issuer_that_is_learned_later_decides_about_tokens_that_came_before() {
    for (_, bytes) in CACHES {
        let clock = ManualClock::starting_now();
        let issuer = Issuer::entra().with_clock(clock.clone());
        let by_name = issuer.authority_of("contoso.example").allow_clients([STRANGER]);
        let builder = Verifier::builder(by_name).and(issuer.authority()).clock(clock.clone());
        let verifier = with_cache(builder, bytes).build().unwrap();
        let token = issuer.token().user("ada").scope("weather.read").sign();
        // Nobody can tell whose the name is, so the other authority decides.
        for _ in 0..2 {
            assert!(verifier.verify(&token).await.is_ok());
        }

        issuer.add_domain(issuer.tenant_id(), "contoso.example");
        clock.advance(Duration::from_secs(301));
        verifier.ready().await;
        assert_eq!(verifier.verify(&token).await.unwrap_err().reason(), Reason::ForbiddenClient, "{bytes:?}");
    }
}

#[requires_auth(authority = "all")]
async fn whose(token: AccessToken) -> String {
    token.authority().unwrap_or_default().to_owned()
}

#[requires_auth]
async fn anyone() -> &'static str {
    "anyone"
}

/// Any authority will do for the argument, and the one that the attribute names has decided: also where the token was
/// verified by another one before.
#[tokio::test]
async fn an_argument_is_the_token_that_the_attribute_checked() {
    let issuer = Issuer::entra();
    for (_, bytes) in CACHES {
        let all = issuer.authority_of("organizations").allow_tenants([issuer.tenant_id()]).named("all");
        for own in [issuer.authority(), issuer.authority().allow_clients([STRANGER])] {
            let verifier = with_cache(Verifier::builder(all.clone()).and(own.named("own")), bytes).build().unwrap();
            let app = Router::new().route("/", get(whose)).route("/anyone", get(anyone)).layer(Extension(verifier));
            let token = issuer.token().user("ada").scope("weather.read").bearer();
            let get = async |path: &str| {
                let request = Request::get(path).header("authorization", &token).body(Body::empty()).unwrap();
                app.clone().oneshot(request).await.unwrap()
            };
            for _ in 0..2 {
                // Decided by the other authority, whatever it says.
                get("/anyone").await;
                let response = get("/").await;
                assert_eq!(response.status(), 200, "{bytes:?}");
                assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), "all", "{bytes:?}");
            }
        }
    }
}

struct Method;

impl Requires for Method {
    const REQUIREMENT: Requirement = requirement!(scope = "weather.read");
    const AUTHORITY: Option<&'static str> = Some("own");
}

/// As a layer that asks for any authority leaves it for a method that names one.
struct BehindLayer(Remembered);

impl CheckedBefore for BehindLayer {
    fn remembered(&self) -> Option<Remembered> {
        Some(self.0.clone())
    }
}

#[tokio::test]
async fn a_token_that_is_sent_again_is_not_verified_anew_for_a_method_of_a_trait() {
    let issuer = Issuer::entra();
    let verifier = Verifier::builder(issuer.authority().named("own")).build().unwrap();
    verifier.ready().await;
    let token = issuer.token().user("ada").scope("weather.read").bearer();
    let (mut head, ()) = Request::get("/").header("authorization", token).body(()).unwrap().into_parts();
    head.extensions.insert(verifier);
    let token = AccessToken::of_request(&head).await.unwrap();
    let request = BehindLayer(Remembered::new(&head, &token, None).unwrap());
    // Each token has a text of its own; that of one from the cache is the same.
    let [first, second] = [(), ()].map(|()| authorize_method::<Method>(&request).unwrap());
    let text = |authorized: &Authorized<Method>| authorized.token().assertion().expose().as_ptr();
    assert_eq!(text(&first), text(&second));
}

// -- Hostile tokens

/// Of any length: whoever is refused before the signature has cost no cryptography.
#[tokio::test]
async fn what_its_shape_refuses_needs_no_key_and_asks_nobody() {
    let issuer = Issuer::entra();
    let verifier = issuer.verifier();
    verifier.ready().await;
    let (keyless, before) = (Verifier::builder(issuer.authority()).build().unwrap(), issuer.requests());
    // Nobody can look a key up from here on, and this verifier has none.
    issuer.go_down();
    let token = || issuer.token().user("ada").scope("weather.read").header("kid", "unknown");
    let signed = |claims: &str| token().raw_claims(claims).sign();
    let members: Vec<_> = (0..4_000).map(|number| format!(r#""{number:05}":0"#)).collect();
    let hostile = [
        ("dots", ".".repeat(65_536)),
        ("five parts", ["AAAA"; 5].join(".")),
        ("padded", token().sign().replacen('.', "=.", 2)),
        ("no JSON", signed(&"x".repeat(40_000))),
        ("deep", signed(&format!(r#"{{"deep":{}"#, "[".repeat(40_000)))),
        ("members", signed(&format!("{{{}}}", members.join(",")))),
        ("audiences", signed(&format!(r#"{{"aud":[{}]}}"#, vec![r#""""#; 10_000].join(",")))),
        ("a claim twice", signed(&format!(r#"{{"aud":"a","filler":"{}","aud":"b"}}"#, "x".repeat(40_000)))),
        ("expired", token().expired().sign()),
        ("another API", token().audience("another").sign()),
        ("another issuer", token().issuer("https://issuer.example").sign()),
        ("no base64url behind the last dot", format!("{}!", token().sign())),
    ];
    for (name, token) in hostile {
        for verifier in [&keyless, &verifier] {
            let verdict = std::pin::pin!(verifier.verify(&token));
            let verdict = poll!(verdict);
            assert!(matches!(&verdict, Poll::Ready(Err(refusal)) if refusal.status() == 401), "{name}: {verdict:?}");
        }
    }
    assert_eq!(issuer.requests().keys, before.keys);
}

// -- Many tokens

#[tokio::test]
async fn more_tokens_than_fit_are_all_as_they_were() {
    let players = Players::new().await;
    let key = KeyPair::p256();
    players.staff.rotate_to(&key);
    players.refresh().await;
    let good: Vec<_> = (0..60).map(|n| players.token().user(&format!("user-{n}")).sign()).collect();
    let bad: Vec<_> = (0..20).map(|n| players.token().user(&format!("user-{n}")).audience("another").sign()).collect();
    for _ in 0..3 {
        for token in &good {
            assert_eq!(players.read(token).await, Ok(()));
        }
        for token in &bad {
            assert_eq!(players.read(token).await, Err(Reason::Audience));
        }
    }
}
