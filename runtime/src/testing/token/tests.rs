use serde_json::json;

use super::*;
use crate::crypto::VerifyingKey;
use crate::crypto::key_pair::PublicMembers;
use crate::testing::Issuer;
use crate::testing::identity::guid;

struct Parts {
    header: Value,
    claims: Value,
}

fn decode(part: &str) -> Value {
    let json = BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}

/// Reads a token and verifies its signature with `key`.
fn verified(token: &Token, key: &KeyPair) -> Parts {
    let text = token.sign();
    let (input, signature) = text.rsplit_once('.').expect("a signature");
    let (header, claims) = input.split_once('.').expect("two parts");
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).expect("base64url");
    let header = decode(header);
    let algorithm: Algorithm = serde_json::from_value(header["alg"].clone()).expect("an algorithm");
    let verifying = match key.public() {
        PublicMembers::Rsa { n, e } => VerifyingKey::rsa(algorithm, &n, &e),
        PublicMembers::P256 { x, y } => VerifyingKey::ec(algorithm, &x, &y),
        PublicMembers::Ed25519 { x } => VerifyingKey::ed25519(&x),
    };
    assert!(verifying.expect("a key").verify(input.as_bytes(), &signature).is_ok(), "{header}");
    Parts { header, claims: decode(claims) }
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn manual() -> (Issuer, ManualClock) {
    let clock = ManualClock::starting_at(1_800_000_000);
    (Issuer::entra().with_clock(clock.clone()), clock)
}

#[test]
fn a_v2_token_has_the_claims_of_a_real_one() {
    let (issuer, _) = manual();
    let Parts { header, claims } = verified(&issuer.token().user("ada").scope("weather.read"), &issuer.signing_key());
    assert_eq!(header, json!({ "typ": "JWT", "alg": "RS256", "kid": issuer.signing_key().kid() }));
    let expected = [
        "aio",
        "aud",
        "azp",
        "azpacr",
        "exp",
        "iat",
        "iss",
        "name",
        "nbf",
        "oid",
        "preferred_username",
        "rh",
        "scp",
        "sub",
        "tid",
        "uti",
        "ver",
    ];
    assert_eq!(names(&claims), expected);
    assert_eq!(claims["aud"], issuer.client_id());
    assert_eq!(claims["iss"], issuer.issuer());
    assert_eq!(claims["tid"], issuer.tenant_id());
    assert_eq!(claims["oid"], issuer.object_id("ada"));
    assert_eq!(claims["scp"], "weather.read");
    assert_eq!((claims["ver"].as_str(), claims["azpacr"].as_str()), (Some("2.0"), Some("1")));
    let dates = [&claims["iat"], &claims["nbf"], &claims["exp"]];
    assert_eq!(dates, [1_800_000_000_i64, 1_800_000_000, 1_800_003_600]);
}

#[test]
fn a_v1_token_has_the_claims_of_a_real_one() {
    let (issuer, _) = manual();
    let Parts { header, claims } = verified(&issuer.token().v1(), &issuer.signing_key());
    assert_eq!(header["x5t"], header["kid"]);
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", issuer.tenant_id()));
    assert_eq!(claims["aud"], format!("api://{}", issuer.client_id()));
    assert_eq!((claims["ver"].as_str(), claims["appidacr"].as_str()), (Some("1.0"), Some("1")));
    assert!(claims["appid"].is_string() && claims["unique_name"].is_string() && claims["amr"].is_array());
    assert_eq!(claims["scp"], "access_as_user");
    assert_eq!((claims.get("azp"), claims.get("preferred_username")), (None, None));
}

#[test]
fn an_app_has_roles_and_no_scope() {
    let (issuer, _) = manual();
    let token = issuer.token().app("daemon").role("Weather.Read.All").role("Weather.Write.All");
    let Parts { claims, .. } = verified(&token, &issuer.signing_key());
    assert_eq!(claims["roles"], json!(["Weather.Read.All", "Weather.Write.All"]));
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["oid"], claims["sub"]);
    assert_ne!(claims["azp"], claims["oid"]);
    for absent in ["scp", "name", "preferred_username"] {
        assert_eq!(claims.get(absent), None, "{absent}");
    }
    let v1 = verified(&token.v1(), &issuer.signing_key()).claims;
    assert_eq!(v1["idp"], v1["iss"]);
}

#[test]
fn a_guest_comes_from_another_tenant() {
    let (issuer, _) = manual();
    let Parts { claims, .. } = verified(&issuer.token().user("eve").guest(), &issuer.signing_key());
    assert_eq!(claims["acct"], 1);
    assert!(claims["idp"].as_str().is_some_and(|idp| !idp.contains(issuer.tenant_id())));
    assert_eq!(claims["tid"], issuer.tenant_id());
}

#[test]
fn an_id_token_has_a_nonce_and_neither_scope_nor_client() {
    let (issuer, _) = manual();
    let Parts { claims, .. } = verified(&issuer.token().scope("weather.read").id_token(), &issuer.signing_key());
    assert!(claims["nonce"].is_string());
    assert_eq!(claims["aud"], issuer.client_id());
    assert_eq!((claims.get("scp"), claims.get("azp"), claims.get("azpacr")), (None, None, None));
    let oidc = Issuer::oidc();
    let Parts { header, claims } = verified(&oidc.token().id_token(), &oidc.signing_key());
    assert_eq!(header["typ"], "JWT");
    assert!(claims["at_hash"].is_string());
    assert_eq!((claims.get("scope"), claims.get("client_id")), (None, None));
}

#[test]
fn a_plain_provider_follows_rfc_9068() {
    let issuer = Issuer::oidc_with_audience("https://weather.example");
    let Parts { header, claims } = verified(&issuer.token().user("ada").scope("a").scope("b c"), &issuer.signing_key());
    assert_eq!(header, json!({ "typ": "at+jwt", "alg": "RS256", "kid": "key-1" }));
    assert_eq!(names(&claims), ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"]);
    assert_eq!(claims["aud"], "https://weather.example");
    assert_eq!((claims["sub"].as_str(), claims["scope"].as_str()), (Some("ada"), Some("a b c")));
    let app = verified(&issuer.token().app("daemon"), &issuer.signing_key()).claims;
    assert_eq!((app["sub"].as_str(), app["client_id"].as_str()), (Some("daemon"), Some("daemon")));
}

#[test]
fn dates_follow_the_clock_and_stay_in_order() {
    let (issuer, clock) = manual();
    let dates = |token: &Token| {
        let claims = verified(token, &issuer.signing_key()).claims;
        let date = |name: &str| claims[name].as_i64().expect(name) - clock.unix_now();
        (date("iat"), date("nbf"), date("exp"))
    };
    let token = issuer.token();
    clock.advance(Duration::from_secs(100));
    assert_eq!(dates(&token), (0, 0, 3600), "dated when signed");
    assert_eq!(dates(&token.clone().expired()), (-7200, -7200, -3600));
    assert_eq!(dates(&token.clone().expires_in(Duration::from_secs(30))), (-3570, -3570, 30));
    assert_eq!(dates(&token.clone().expires_in(Duration::from_secs(100_000))), (0, 0, 100_000));
    assert_eq!(dates(&token.clone().expires_at(clock.unix_now() - 5)), (-3605, -3605, -5));
    assert_eq!(dates(&token.clone().not_before_in(Duration::from_secs(7200))), (0, 7200, 10_800));
}

#[test]
fn a_user_is_the_same_in_every_token_and_tokens_differ() {
    let (issuer, _) = manual();
    let claims = |name: &str| verified(&issuer.token().user(name), &issuer.signing_key()).claims;
    let (one, two, other) = (claims("ada"), claims("ada"), claims("bob"));
    assert_eq!((&one["oid"], &one["sub"]), (&two["oid"], &two["sub"]));
    assert_ne!(one["uti"], two["uti"]);
    assert_ne!(one["oid"], other["oid"]);
    assert_ne!(one["sub"], other["sub"]);
}

#[test]
fn another_tenant_is_named_by_both_claims() {
    let (issuer, _) = manual();
    let tenant = guid("tenant", "another");
    let claims = verified(&issuer.token().tenant(&tenant), &issuer.signing_key()).claims;
    assert_eq!(claims["tid"], tenant);
    assert_eq!(claims["iss"], format!("{}/{tenant}/v2.0", issuer.url()));
    let v1 = verified(&issuer.token().tenant(&tenant).v1(), &issuer.signing_key()).claims;
    assert_eq!(v1["iss"], format!("https://sts.windows.net/{tenant}/"));
}

#[test]
fn lists_are_what_entra_writes() {
    let (issuer, _) = manual();
    let token = issuer.token().group("g1").group("g2").directory_role("r").auth_context("c1").claims_capable();
    let claims = verified(&token, &issuer.signing_key()).claims;
    assert_eq!((&claims["groups"], &claims["wids"]), (&json!(["g1", "g2"]), &json!(["r"])));
    assert_eq!((&claims["acrs"], &claims["xms_cc"]), (&json!(["c1"]), &json!(["cp1"])));
    let overage = verified(&token.groups_overage(), &issuer.signing_key()).claims;
    assert_eq!(overage.get("groups"), None);
    assert_eq!(overage["_claim_names"]["groups"], "src1");
    assert!(overage["_claim_sources"]["src1"]["endpoint"].is_string());
}

#[test]
fn claim_and_header_have_the_last_word_in_any_order() {
    let (issuer, _) = manual();
    let token = issuer.token().claim("aud", ["a", "b"]).header("x5u", "https://x.example").without_claim("tid").v1();
    let Parts { header, claims } = verified(&token.audience("c"), &issuer.signing_key());
    assert_eq!(claims["aud"], json!(["a", "b"]));
    assert_eq!(claims.get("tid"), None);
    assert_eq!(header["x5u"], "https://x.example");
}

#[test]
fn signs_with_other_keys_and_algorithms() {
    let (issuer, _) = manual();
    for key in [issuer.foreign_key(), KeyPair::p256(), KeyPair::ed25519()] {
        let header = verified(&issuer.token().signed_by(&key), &key).header;
        assert_eq!(header["kid"], key.kid());
    }
    let header = verified(&issuer.token().algorithm(Algorithm::PS384), &issuer.signing_key()).header;
    assert_eq!(header["alg"], "PS384");
    let unsigned = issuer.token().unsigned().sign();
    assert!(unsigned.ends_with('.') && unsigned.matches('.').count() == 2);
    let edited = issuer.token().edit_signature(|_| vec![0xFF]).sign();
    assert!(edited.ends_with("._w"), "{edited}");
}

#[test]
fn raw_text_is_sent_as_it_is() {
    let (issuer, _) = manual();
    let token = issuer.token().raw_header("{ }").raw_claims(r#"{"a":1,"a":2}"#).sign();
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(BASE64URL_NOPAD.decode(parts[0].as_bytes()).expect("base64url"), b"{ }");
    assert_eq!(BASE64URL_NOPAD.decode(parts[1].as_bytes()).expect("base64url"), br#"{"a":1,"a":2}"#);
}

#[test]
fn debug_shows_claims_and_no_signature() {
    let (issuer, _) = manual();
    let token = issuer.token().user("ada").raw_claims(r#"{"name":"ada"}"#);
    let signature = token.sign().rsplit_once('.').expect("a signature").1.to_owned();
    let debug = format!("{token:?}");
    assert!(debug.contains("ada") && !debug.contains(&signature[..20]), "{debug}");
}

#[test]
#[should_panic(expected = "only Entra ID issues v1 tokens")]
fn a_plain_provider_has_no_v1_tokens() {
    let _ = Issuer::oidc().token().v1().sign();
}

#[test]
fn a_token_of_b2c_has_the_claims_of_a_real_one() {
    let issuer = Issuer::b2c();
    let token = verified(&issuer.token().user("ada").scope("weather.read"), &issuer.signing_key());
    let expected = ["aud", "azp", "exp", "iat", "iss", "name", "nbf", "nonce", "oid", "scp", "sub", "tfp", "ver"];
    assert_eq!(names(&token.claims), expected);
    assert_eq!((&token.claims["ver"], &token.claims["tfp"]), (&json!("1.0"), &json!("B2C_1_SignUpSignIn")));
    assert_eq!(token.claims["iss"], format!("{}/{}/v2.0/", issuer.url(), issuer.tenant_id()));
    assert_eq!(token.claims["sub"], token.claims["oid"]);

    let issuer = Issuer::b2c().with_user_flow_in_issuer().with_user_flow_in_acr();
    let token = verified(&issuer.token(), &issuer.signing_key());
    assert_eq!((token.claims.get("tfp"), &token.claims["acr"]), (None, &json!("B2C_1_SignUpSignIn")));
    let of_flow = format!("{}/tfp/{}/b2c_1_signupsignin/v2.0/", issuer.url(), issuer.tenant_id());
    assert_eq!(token.claims["iss"], of_flow);

    let id_token = verified(&issuer.token().id_token(), &issuer.signing_key()).claims;
    assert_eq!((id_token.get("scp"), id_token.get("azp")), (None, None));
    assert!(id_token.get("at_hash").is_some());
}

#[test]
fn a_token_of_another_tenant_is_signed_with_its_key() {
    let issuer = Issuer::entra();
    let partner = "fa15d692-e9c7-4460-a743-29f2956fd429";
    issuer.add_tenant_with_own_keys(partner);
    let token = issuer.token_of(partner);
    assert_ne!(token.header_members()["kid"], issuer.signing_key().kid());
    let text = String::from_utf8(token.claims_text()).expect("UTF-8");
    assert_eq!(text.matches(partner).count(), 2, "iss and tid");
}

#[test]
#[should_panic(expected = "only Entra ID issues v1 tokens")]
fn an_external_tenant_has_no_v1_tokens() {
    _ = Issuer::external_id().token().v1().sign();
}
