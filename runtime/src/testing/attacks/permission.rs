//! What it allows. The route needs the scope `weather.read`.

use serde_json::{Value, json};

use super::Verdict::{Forbidden, Granted, GrantedOrInvalid, InsufficientScope, Refused};
use super::{List, Target};

/// Applies to every issuer.
pub(super) fn list(list: &mut List, target: &Target<'_>) {
    let scopes = |scopes: &str| target.with_scopes(scopes);
    list.add(
        InsufficientScope,
        "a scope is one word, compared from the first character to the last and with case",
        "RFC 6749 section 3.3; RFC 6750 section 3.1",
        [
            ("scope_that_continues_ours", scopes("weather.readwrite")),
            ("scope_that_extends_ours", scopes("weather.read.all")),
            ("scope_that_ends_like_ours", scopes("xweather.read")),
            ("scope_cut_short", scopes("weather.rea")),
            ("scope_in_another_case", scopes("Weather.Read")),
            ("scope_in_upper_case", scopes("WEATHER.READ")),
            ("scope_with_another_letter_for_the_dot", scopes("weatherXread")),
            ("scope_wildcard", scopes("weather.*")),
            ("scope_wildcard_alone", scopes("*")),
            ("scope_default", scopes(".default")),
            ("scope_of_another_kind", scopes("weather.write")),
            ("scope_of_sign_in", scopes("openid profile email offline_access")),
            ("scope_with_namespace", scopes(&format!("api://{}/weather.read", target.issuer.client_id()))),
            ("scope_in_quotes", scopes("\"weather.read\"")),
            ("scope_percent_encoded", scopes("weather%2Eread")),
            ("scope_with_nul_after_it", scopes("weather.read\0")),
            ("scope_with_nul_inside", scopes("weather.read\0.all")),
            ("scope_with_letter_that_looks_alike", scopes("wеather.read")),
            ("scope_in_full_width", scopes("ｗｅａｔｈｅｒ．ｒｅａｄ")),
            ("scope_with_invisible_letter", scopes("weather.read\u{200B}")),
            ("scope_in_two_words", scopes("weather .read")),
            ("scope_negated", scopes("-weather.read")),
        ],
    );
    list.add(
        InsufficientScope,
        "scopes are separated by U+0020 and by nothing else",
        "RFC 6749 section 3.3",
        [
            ("scopes_with_tab", scopes("profile\tweather.read")),
            ("scopes_with_line_break", scopes("profile\nweather.read")),
            ("scopes_with_no_break_space", scopes("profile\u{A0}weather.read")),
            ("scopes_with_comma", scopes("profile,weather.read")),
            ("scopes_with_semicolon", scopes("profile;weather.read")),
            ("scopes_with_plus_sign", scopes("profile+weather.read")),
            ("scopes_as_json_text", scopes("[\"weather.read\"]")),
        ],
    );
    list.add(
        Granted,
        "ours is among them, wherever it stands",
        "RFC 6749 section 3.3",
        [
            ("scope_alone", scopes("weather.read")),
            ("scope_first_of_many", scopes("weather.read profile email")),
            ("scope_last_of_many", scopes("profile email weather.read")),
            ("scope_amid_many", scopes("a weather.read b")),
            ("scope_twice", scopes("weather.read weather.read")),
            ("scopes_with_doubled_spaces", scopes("a  weather.read   b")),
            ("scopes_with_spaces_around", scopes("  weather.read  ")),
            ("scopes_by_the_thousand", {
                let others: Vec<String> = (0..2_500).map(|i| format!("s{i}")).collect();
                scopes(&format!("{} weather.read", others.join(" ")))
            }),
        ],
    );
    list.add(
        Forbidden,
        "no scope is no permission, whatever roles there are",
        "RFC 6750 section 3.1; Entra: Protected web API: verify scopes and app roles",
        [
            ("scopes_missing", target.token().without_claim(target.scope_claim())),
            ("scopes_empty", scopes("")),
            ("scopes_of_spaces", scopes("   ")),
            ("scopes_missing_beside_role", target.token().without_claim(target.scope_claim()).role("weather.read")),
            ("role_named_like_the_scope", scopes("profile").role("weather.read")),
            (
                "role_of_administrator",
                scopes("profile").role("Admin").directory_role("62e90394-69f5-4237-9190-012177145e10"),
            ),
            ("scopes_under_another_spelling", {
                let claim = target.scope_claim();
                target.token().without_claim(claim).claim(&claim.to_uppercase(), "weather.read")
            }),
        ],
    );
    let value = |value: Value| target.with_scopes(value);
    list.add(
        Refused,
        "scopes are one string",
        "RFC 8693 section 4.2; Entra: Access token claims reference (scp)",
        [
            ("scopes_true", value(json!(true))),
            ("scopes_number", value(json!(1))),
            ("scopes_null", value(json!(null))),
            ("scopes_object", value(json!({ "weather.read": true }))),
            ("scopes_array_of_others", value(json!(["weather.write"]))),
        ],
    );
    // Some providers write an array, and an API may be made to read it; Entra ID never does.
    let array = if target.is_entra() { Refused } else { GrantedOrInvalid };
    list.add(
        array,
        "scopes are one string",
        "RFC 8693 section 4.2; Entra: Access token claims reference (scp)",
        [("scopes_array", value(json!(["weather.read"])))],
    );
    list.add(
        GrantedOrInvalid,
        "a claim that this route does not ask about may be refused for its type",
        "Entra: Access token claims reference (roles, groups)",
        [
            ("roles_as_text", target.token().claim("roles", "Admin")),
            ("roles_with_number", target.token().claim("roles", json!([1]))),
            ("roles_null", target.token().claim("roles", json!(null))),
            ("groups_as_text", target.token().claim("groups", "src1")),
        ],
    );
}

pub(super) fn entra(list: &mut List, target: &Target<'_>) {
    let scopes = |scopes: &str| target.with_scopes(scopes);
    list.add(
        Forbidden,
        "Entra ID writes scopes in `scp` and nowhere else",
        "Entra: Access token claims reference (scp)",
        [
            ("scopes_in_scope_claim", target.token().without_claim("scp").claim("scope", "weather.read")),
            ("scopes_in_scope_claim_beside_others", scopes("profile").claim("scope", "weather.read")),
            ("scopes_in_scopes_claim", scopes("profile").claim("scopes", "weather.read")),
            ("scopes_in_long_claim", {
                let claim = "http://schemas.microsoft.com/identity/claims/scope";
                target.token().without_claim("scp").claim(claim, "weather.read")
            }),
            ("scopes_slash", scopes("/")),
        ],
    );
    list.add(
        Granted,
        "groups, roles and other claims neither give a scope nor take it away",
        "Entra: Access token claims reference (groups, roles)",
        [
            ("role_beside_scope", target.token().role("Reader")),
            ("scope_claim_beside_scp", target.token().claim("scope", "profile")),
            ("groups", target.token().group("a0e7b6f1-6ad5-4b6e-8e80-1d6a2e4b1d2c")),
            ("groups_overage", target.token().groups_overage()),
            ("groups_overage_that_points_elsewhere", {
                // If anybody asks there, the issuer counts it.
                let endpoint = format!("{}/elsewhere/groups", target.issuer.url());
                let sources = json!({ "src1": { "endpoint": endpoint } });
                target.token().claim("_claim_names", json!({ "groups": "src1" })).claim("_claim_sources", sources)
            }),
            ("groups_overage_of_implicit_flow", target.token().claim("hasgroups", true)),
            (
                "names_that_change",
                target.token().claim("preferred_username", "root@attacker.example").claim("upn", "x"),
            ),
        ],
    );
}
