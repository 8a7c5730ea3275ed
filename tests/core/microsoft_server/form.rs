//! The text of a token: base64url and JSON.

use data_encoding::BASE64URL_NOPAD;
use requires_auth::Reason;
use requires_auth::testing::Token;
use requires_auth_tests::site::Site;

use super::{attack, reason, reason_of};

/// The claims of `token` as text.
fn text_of(token: &Token) -> String {
    let signed = token.sign();
    let payload = signed.split('.').nth(1).unwrap();
    String::from_utf8(BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

/// `token` with another member at the end of its claims, JSON or not.
fn with_member(token: Token, member: &str) -> Token {
    let text = text_of(&token);
    token.raw_claims(&format!("{},{member}}}", text.strip_suffix('}').unwrap()))
}

/// The same.
#[tokio::test]
async fn bits_left_over_in_the_signature_are_refused() {
    let site = Site::with_keys().await;
    assert_eq!(reason_of(&site, &attack(&site, "trailing_bits_in_signature")).await, Some(Reason::Format));
}

/// One token has one text, or a deny list and a cache that know it by its text miss it (RFC 7515 section 2 has no `=`).
#[tokio::test]
async fn padding_is_refused() {
    let site = Site::with_keys().await;
    for name in ["padding_after_header", "padding_after_claims", "padding_after_signature"] {
        assert_eq!(reason_of(&site, &attack(&site, name)).await, Some(Reason::Format), "{name}");
    }
}

/// Of two members with one name this API would read one and the gateway before it the other (RFC 7519 section 4).
#[tokio::test]
async fn a_name_that_stands_twice_is_refused() {
    let site = Site::with_keys().await;
    let client = site.issuer.client_id();
    for member in
        [format!(r#""aud":"{client}""#), r#""scp":"weather.read""#.to_owned(), r#""exp":9999999999"#.to_owned()]
    {
        assert_eq!(reason(&site, &with_member(site.token(), &member)).await, Some(Reason::Claims), "{member}");
    }
    assert_eq!(reason_of(&site, &attack(&site, "kid_twice")).await, Some(Reason::Header));
}

/// The same.
#[tokio::test]
async fn a_byte_order_mark_is_refused() {
    let site = Site::with_keys().await;
    let text = format!("\u{FEFF}{}", text_of(&site.token()));
    assert_eq!(reason(&site, &site.token().raw_claims(&text)).await, Some(Reason::Claims));
}

/// The same.
#[tokio::test]
async fn nan_is_refused() {
    let site = Site::with_keys().await;
    assert_eq!(reason(&site, &with_member(site.token(), r#""x":NaN"#)).await, Some(Reason::Claims));
    let text = text_of(&site.token().without_claim("exp"));
    let token = with_member(site.token().raw_claims(&text), r#""exp":NaN"#);
    assert_eq!(reason(&site, &token).await, Some(Reason::Claims));
}

/// The same where it is read.
#[tokio::test]
async fn a_lone_surrogate_is_refused() {
    let site = Site::with_keys().await;
    let token = with_member(site.token().without_claim("oid"), r#""oid":"\ud800""#);
    assert_eq!(reason(&site, &token).await, Some(Reason::Claims));
}

/// A claim that is read has the type of that claim, which is flat; one that is not read is skipped without recursion, so
/// that its depth costs nothing and decides nothing.
#[tokio::test]
async fn nesting_is_refused_where_it_is_read() {
    let site = Site::with_keys().await;
    let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let read = with_member(site.token().without_claim("roles"), &format!(r#""roles":{nested}"#));
    assert_eq!(reason(&site, &read).await, Some(Reason::Claims));
    let unread = with_member(site.token(), &format!(r#""x":{nested}"#));
    assert_eq!(reason(&site, &unread).await, None);
}
