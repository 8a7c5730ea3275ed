//! When, from whom, for whom.

use std::time::Duration;

use requires_auth::{Authority, Reason, Verifier};
use requires_auth_tests::site::Site;
use serde_json::{Value, json};

use super::reason;

/// A stolen token outlives its `exp` by one minute and not by five, and machines have NTP: RFC 7519 section 4.1.4 allows
/// "a few minutes" to who needs them, and so does `VerifierBuilder::leeway`.
#[tokio::test]
async fn clocks_differ_by_60_seconds_and_not_by_300() {
    let site = Site::with_keys().await;
    let now = site.clock.unix_now();
    for (ago, expected) in [(59, None), (60, Some(Reason::Expired)), (280, Some(Reason::Expired))] {
        assert_eq!(reason(&site, &site.token().expires_at(now - ago)).await, expected, "expired {ago} s ago");
    }
    for (ahead, expected) in [(60, None), (61, Some(Reason::NotYetValid)), (280, Some(Reason::NotYetValid))] {
        let token = site.token().not_before_in(Duration::from_secs(ahead));
        assert_eq!(reason(&site, &token).await, expected, "valid in {ahead} s");
    }
}

/// The same.
#[tokio::test]
async fn nbf_and_iat_may_be_missing() {
    let site = Site::with_keys().await;
    assert_eq!(reason(&site, &site.token().without_claim("nbf").without_claim("iat")).await, None);
}

/// No honest issuer writes the future, so such a token was forged or a clock is wrong, and either should be seen.
#[tokio::test]
async fn an_iat_in_the_future_is_refused() {
    let site = Site::with_keys().await;
    let token = site.token().claim("iat", site.clock.unix_now() + 600);
    assert_eq!(reason(&site, &token).await, Some(Reason::IssuedInFuture));
}

/// The same.
#[tokio::test]
async fn nbf_after_exp_is_refused() {
    let site = Site::with_keys().await;
    let now = site.clock.unix_now();
    let token = site.token().claim("nbf", now + 20).claim("exp", now + 10);
    assert_eq!(reason(&site, &token).await, Some(Reason::Claims));
}

/// The same.
#[tokio::test]
async fn exp_is_required() {
    let site = Site::with_keys().await;
    assert_eq!(reason(&site, &site.token().without_claim("exp")).await, Some(Reason::Claims));
}

/// A date is a number (RFC 7519 section 2), and a text that two parsers read differently is two dates.
#[tokio::test]
async fn dates_as_text_are_refused() {
    let site = Site::with_keys().await;
    let now = site.clock.unix_now();
    for token in
        [site.token().claim("exp", (now + 600).to_string()), site.token().claim("nbf", (now - 600).to_string())]
    {
        assert_eq!(reason(&site, &token).await, Some(Reason::Claims), "{token:?}");
    }
}

/// The same.
#[tokio::test]
async fn dates_that_are_none_are_refused() {
    let site = Site::with_keys().await;
    for date in [json!(1e19), Value::Null, json!(true)] {
        assert_eq!(reason(&site, &site.token().claim("exp", &date)).await, Some(Reason::Claims), "{date}");
    }
}

/// A version 1.0 token is checked with the metadata, keys and audiences of version 1.0, which only fits if `ver` and `iss`
/// are one version's.
#[tokio::test]
async fn ver_and_issuer_are_of_one_version() {
    let site = Site::with_keys().await;
    let version_1 = format!("https://sts.windows.net/{}/", site.issuer.tenant_id());
    let accepted = [site.token(), site.token().v1()];
    let mixed = [site.token().issuer(&version_1).claim("appid", "x"), site.token().v1().issuer(&site.issuer.issuer())];
    for token in accepted {
        assert_eq!(reason(&site, &token).await, None, "{token:?}");
    }
    for token in mixed {
        assert_eq!(reason(&site, &token).await, Some(Reason::TokenVersion), "{token:?}");
    }
}

/// The same, and `token_version` says what is missing where IDX10208 speaks of audiences.
#[tokio::test]
async fn ver_is_required() {
    let site = Site::with_keys().await;
    assert_eq!(reason(&site, &site.token().without_claim("ver")).await, Some(Reason::TokenVersion));
}

/// The same.
#[tokio::test]
async fn version_2_takes_the_client_id_alone() {
    let site = Site::with_keys().await;
    assert_eq!(reason(&site, &site.token().audience(site.issuer.client_id())).await, None);
    let uri = format!("api://{}", site.issuer.client_id());
    assert_eq!(reason(&site, &site.token().audience(&uri)).await, Some(Reason::Audience));
}

/// Entra ID itself writes the client id into version 1.0 tokens of an API that asks for it (`use_guid`), and it names no
/// other API.
#[tokio::test]
async fn version_1_takes_the_client_id_too() {
    let site = Site::with_keys().await;
    let uri = format!("api://{}", site.issuer.client_id());
    for audience in [&*uri, site.issuer.client_id()] {
        assert_eq!(reason(&site, &site.token().v1().audience(audience)).await, None, "{audience}");
    }
}

/// The same.
#[tokio::test]
async fn one_audience_of_several_is_enough() {
    let site = Site::with_keys().await;
    let with = |audiences: [&str; 2]| site.token().claim("aud", audiences);
    assert_eq!(reason(&site, &with(["another", site.issuer.client_id()])).await, None);
    assert_eq!(reason(&site, &with(["another", "a third"])).await, Some(Reason::Audience));
}

/// An audience is a name and no address: two names that differ are two APIs, as they are to every other check.
#[tokio::test]
async fn a_slash_after_the_audience_is_refused() {
    let site = Site::with_keys().await;
    for token in [
        site.token().audience(&format!("{}/", site.issuer.client_id())),
        site.token().v1().audience(&format!("api://{}/", site.issuer.client_id())),
    ] {
        assert_eq!(reason(&site, &token).await, Some(Reason::Audience), "{token:?}");
    }
}

/// The same.
#[tokio::test]
async fn audiences_are_compared_with_case() {
    let site = Site::with_keys().await;
    let shouted = site.issuer.client_id().to_uppercase();
    assert_ne!(shouted, site.issuer.client_id());
    assert_eq!(reason(&site, &site.token().audience(&shouted)).await, Some(Reason::Audience));
}

/// The same.
#[tokio::test]
async fn tid_is_required() {
    let site = Site::with_keys().await;
    for token in [site.token(), site.token().v1()] {
        assert_eq!(reason(&site, &token.without_claim("tid")).await, Some(Reason::Tenant));
    }
}

/// The same.
#[tokio::test]
async fn tid_is_the_tenant_of_the_issuer() {
    let site = Site::with_keys().await;
    let elsewhere = "31537af4-6d77-4bb9-a681-d2394888ea26";
    assert_eq!(reason(&site, &site.token().claim("tid", elsewhere)).await, Some(Reason::Tenant));
}

/// The same.
#[tokio::test]
async fn issuers_are_compared_with_case_and_slash() {
    let site = Site::with_keys().await;
    let (issuer, tenant) = (site.issuer.issuer(), site.issuer.tenant_id());
    let shouted = issuer.replace(tenant, &tenant.to_uppercase());
    assert_ne!(shouted, issuer);
    for other in [shouted, format!("{issuer}/")] {
        assert_eq!(reason(&site, &site.token().issuer(&other)).await, Some(Reason::Issuer), "{other}");
    }
}

/// Whoever administers a tenant assigns its roles and groups, so an API that takes any tenant must say whom it trusts
/// with that before it starts.
#[tokio::test]
async fn any_tenant_is_refused_at_the_start() {
    let client = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
    for tenant in ["organizations", "common"] {
        let refusal = Verifier::builder(Authority::entra(tenant, client)).build().unwrap_err();
        assert!(refusal.to_string().contains(tenant), "{refusal}");
    }
}
