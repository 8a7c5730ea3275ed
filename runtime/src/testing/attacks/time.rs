//! Dates. The leeway is 60 seconds.

use std::time::Duration;

use serde_json::{Value, json};

use super::Verdict::{Granted, GrantedOrInvalid, InvalidToken};
use super::{List, Target, spliced};

pub(super) fn list(list: &mut List, target: &Target<'_>) {
    let now = target.token().now();
    let exp = |value: Value| target.token().claim("exp", value);
    let raw_exp = |number: String| {
        let token = target.token().without_claim("exp");
        let claims = spliced(token.claims_text(), &format!("\"exp\":{number}"));
        token.claims_bytes(&claims)
    };
    list.add(
        InvalidToken,
        "an expired token is no token",
        "RFC 7519 section 4.1.4; RFC 9068 section 4",
        [
            ("expired_an_hour_ago", target.token().expired()),
            ("expired_beyond_leeway", target.token().expires_at(now - 61)),
            ("expired_at_the_end_of_leeway", target.token().expires_at(now - 60)),
            ("exp_zero", exp(json!(0))),
            ("exp_one", exp(json!(1))),
            ("exp_negative", exp(json!(-1))),
            ("exp_smallest_integer", exp(json!(i64::MIN))),
            ("exp_hugely_negative_fraction", exp(json!(-1.0e300))),
        ],
    );
    list.add(
        InvalidToken,
        "a token without an end would last for ever",
        "RFC 9068 section 2.2; RFC 8725 section 3.10",
        [
            ("exp_missing", target.token().without_claim("exp")),
            ("exp_in_another_case", target.token().without_claim("exp").claim("Exp", now + 3600)),
        ],
    );
    list.add(
        InvalidToken,
        "a date of another type than number must not count as absent",
        "RFC 7519 section 2 (NumericDate); CVE-2026-25537",
        [
            ("exp_string", exp(json!("9999999999"))),
            ("exp_date_text", exp(json!("2099-01-01T00:00:00Z"))),
            ("exp_boolean", exp(json!(true))),
            ("exp_null", exp(json!(null))),
            ("exp_array", exp(json!([now + 3600]))),
            ("exp_object", exp(json!({ "$gt": 0 }))),
            ("exp_out_of_range", raw_exp("1e999".into())),
            ("nbf_string", target.token().claim("nbf", "0")),
            ("nbf_boolean", target.token().claim("nbf", false)),
            ("nbf_array", target.token().claim("nbf", [0])),
            ("nbf_object", target.token().claim("nbf", json!({}))),
            ("iat_string", target.token().claim("iat", "0")),
            ("iat_array", target.token().claim("iat", [0])),
        ],
    );
    list.add(
        Granted,
        "a date may have a fraction",
        "RFC 7519 section 2 (NumericDate)",
        [
            ("exp_fraction", raw_exp(format!("{}.5", now + 3600))),
            ("exp_with_exponent", raw_exp(format!("{:e}", now + 3600))),
            ("nbf_fraction", target.token().claim("nbf", 0.5)),
            ("iat_fraction", target.token().claim("iat", 0.5)),
        ],
    );
    list.add(
        Granted,
        "clocks differ a little, and a token may live for a day",
        "RFC 7519 sections 4.1.4 and 4.1.5; Entra: Continuous access evaluation",
        [
            ("expired_within_leeway", target.token().expires_at(now - 5)),
            ("expires_soon", target.token().expires_in(Duration::from_secs(60))),
            ("not_valid_yet_within_leeway", target.token().not_before_in(Duration::from_secs(30))),
            ("issued_in_the_future_within_leeway", target.token().claim("iat", now + 30)),
            ("lives_for_twenty_eight_hours", target.token().expires_in(Duration::from_secs(28 * 3600))),
        ],
    );
    list.add(
        InvalidToken,
        "a token from the future was made with another clock, or by somebody else",
        "RFC 7519 sections 4.1.5 and 4.1.6",
        [
            ("not_valid_for_an_hour", target.token().not_before_in(Duration::from_secs(3600))),
            ("not_valid_for_ten_minutes", target.token().not_before_in(Duration::from_secs(600))),
            ("not_valid_in_this_century", target.token().claim("nbf", 9_999_999_999_u64)),
            ("issued_in_ten_minutes", target.token().claim("iat", now + 600)),
            ("issued_in_the_next_century", target.token().claim("iat", 9_999_999_999_u64)),
        ],
    );
    list.add(
        GrantedOrInvalid,
        "a limit on the life of tokens, and dates that need not be there, are a matter of policy",
        "RFC 7519 sections 4.1.4 to 4.1.6; RFC 8725 section 3.10",
        [
            ("exp_in_milliseconds", exp(json!((now + 3600) * 1000))),
            ("exp_largest_integer", exp(json!(i64::MAX))),
            ("exp_beyond_integers", exp(json!(u64::MAX))),
            ("nbf_null", target.token().claim("nbf", json!(null))),
            ("iat_missing", target.token().without_claim("iat")),
            ("iat_null", target.token().claim("iat", json!(null))),
            ("iat_zero", target.token().claim("iat", 0)),
            ("nbf_negative", target.token().claim("nbf", -1)),
        ],
    );
    if target.is_entra() {
        list.add(
            GrantedOrInvalid,
            "Entra ID always says from when a token is valid, and RFC 7519 does not ask for it",
            "RFC 7519 section 4.1.5; Entra: Access token claims reference (nbf)",
            [("nbf_missing", target.token().without_claim("nbf"))],
        );
    }
    if target.issuer.has_manual_clock() {
        list.add(
            Granted,
            "the last second of leeway",
            "RFC 7519 sections 4.1.4 and 4.1.5",
            [
                ("expired_in_the_last_second_of_leeway", target.token().expires_at(now - 59)),
                ("not_valid_yet_in_the_first_second_of_leeway", {
                    target.token().not_before_in(Duration::from_secs(60))
                }),
            ],
        );
        list.add(
            InvalidToken,
            "one second before leeway begins",
            "RFC 7519 section 4.1.5",
            [("not_valid_yet_one_second_too_early", target.token().not_before_in(Duration::from_secs(61)))],
        );
    }
}
