//! The compact form: three parts, base64url, JSON.

use data_encoding::BASE64;
use serde_json::json;

use super::Verdict::{Granted, GrantedOrInvalid, InvalidToken};
use super::{List, Target, encode};

pub(super) fn list(list: &mut List, target: &Target<'_>) {
    parts(list, target);
    base64url(list, target);
    header_json(list, target);
    claims_json(list, target);
    duplicates(list, target);
    unusual_and_valid(list, target);
}

fn parts(list: &mut List, target: &Target<'_>) {
    let split = || {
        let token = target.token().sign();
        let parts: Vec<String> = token.split('.').map(Into::into).collect();
        <[String; 3]>::try_from(parts).expect("three parts")
    };
    let [header, claims, signature] = split();
    list.add(
        InvalidToken,
        "a signed token has exactly three parts, none of them empty",
        "RFC 7515 section 7.1; RFC 7519 section 7.2",
        [
            ("header_alone", header.clone()),
            ("two_parts", format!("{header}.{claims}")),
            ("four_parts", format!("{header}.{claims}.{signature}.")),
            ("four_full_parts", format!("{header}.{claims}.{signature}.{signature}")),
            ("dot_before_token", format!(".{header}.{claims}.{signature}")),
            ("double_dot", format!("{header}..{claims}.{signature}")),
            ("empty_header", format!(".{claims}.{signature}")),
            ("empty_claims", format!("{header}..{signature}")),
            ("empty_signature", format!("{header}.{claims}.")),
            ("two_dots_alone", "..".into()),
            ("detached_claims_with_signature_over_nothing", target.token().sign_text(&format!("{header}."))),
            ("parts_in_another_order", format!("{claims}.{header}.{signature}")),
        ],
    );
    list.add(
        InvalidToken,
        "counting the dots must not allocate for each of them",
        "CVE-2025-27144; CVE-2025-30204",
        [
            ("ten_thousand_dots", ".".repeat(10_000)),
            ("token_and_ten_thousand_dots", { format!("{header}.{claims}.{signature}{}", ".".repeat(10_000)) }),
        ],
    );
    let jwe_header = encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    list.add(
        InvalidToken,
        "an encrypted token is not a signed one: whoever has the public key can encrypt",
        "RFC 7516 section 7.1; RFC 8725 section 3.3",
        [
            ("encrypted_token", format!("{jwe_header}.{}.{}.{}.{}", "QUJD", "REVG", encode(&claims), "R0hJ")),
            ("encrypted_token_with_empty_key", {
                format!("{}..AAAA.{}.AAAA", encode(r#"{"alg":"dir","enc":"A128GCM"}"#), encode(&claims))
            }),
            ("encrypted_token_with_costly_password", {
                let header = r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}"#;
                format!("{}.AAAA.AAAA.AAAA.AAAA", encode(header))
            }),
        ],
    );
    list.add(
        InvalidToken,
        "the JSON form of a JWS is not a JWT",
        "RFC 7519 section 1; RFC 7515 section 7.2",
        [
            ("flattened_json_form", {
                json!({ "payload": claims, "protected": header, "signature": signature }).to_string()
            }),
            ("general_json_form", {
                let signatures = [json!({ "protected": header, "signature": signature })];
                json!({ "payload": claims, "signatures": signatures }).to_string()
            }),
        ],
    );
}

fn base64url(list: &mut List, target: &Target<'_>) {
    let token = target.token();
    let (header, claims) = (encode(token.header_text()), encode(token.claims_text()));
    let signed = token.sign();
    // Text of these characters encodes to both of the letters that the two alphabets write differently.
    let both = |length: usize| target.token().claim("both", format!("{}>>>???", "x".repeat(length)));
    let standard = |token: &str| token.replace('-', "+").replace('_', "/");
    let standard_claims = (0..3)
        .map(|length| BASE64.encode(&both(length).claims_text()))
        .map(|text| text.trim_end_matches('=').to_owned())
        .find(|text| text.contains('+') || text.contains('/'))
        .expect("one of three alignments");
    list.add(
        InvalidToken,
        "two texts of one token would have two cache keys and two entries in a deny list; so one text is the only one",
        "RFC 7515 section 2; RFC 4648 section 3",
        [
            ("padding_after_header", token.sign_text(&format!("{header}==.{claims}"))),
            ("padding_after_claims", token.sign_text(&format!("{header}.{claims}="))),
            ("padding_after_signature", format!("{signed}==")),
            ("standard_alphabet_in_claims", token.sign_text(&format!("{header}.{standard_claims}"))),
            ("standard_alphabet_in_signature", {
                let tokens = std::iter::repeat_with(|| target.token().sign());
                let contrasts = |token: &String| token.rsplit('.').next().is_some_and(|part| part.contains(['-', '_']));
                standard(&tokens.into_iter().find(contrasts).expect("a signature with one of two letters"))
            }),
            (
                "part_of_impossible_length",
                token.sign_text(&format!("{header}.{}A", encode(padded(token.claims_text(), 0)))),
            ),
            ("signature_of_impossible_length", signed.get(..signed.len() - 1).expect("ASCII").into()),
            ("trailing_bits_in_signature", with_trailing_bits(&signed)),
            ("trailing_bits_in_header", {
                // Thirteen bytes leave two letters with four spare bits.
                let header = encode(padded(token.header_text(), 1));
                token.sign_text(&format!("{}.{claims}", with_trailing_bits(&header)))
            }),
            ("trailing_bits_in_claims", {
                let claims = encode(padded(token.claims_text(), 1));
                token.sign_text(&format!("{header}.{}", with_trailing_bits(&claims)))
            }),
            ("tilde_in_claims", token.sign_text(&format!("{header}.{claims}~~~~"))),
            ("claims_not_encoded", token.sign_text(&format!("{header}.claims-in-clear"))),
            ("token_encoded_twice", encode(&signed)),
            ("parts_encoded_twice", token.sign_text(&format!("{}.{}", encode(&header), encode(&claims)))),
        ],
    );
}

/// JSON with as many spaces after it as leave `remainder` bytes in the last group of three.
fn padded(mut json: Vec<u8>, remainder: usize) -> Vec<u8> {
    while json.len() % 3 != remainder {
        json.push(b' ');
    }
    json
}

/// The same bytes to a lenient decoder: the lowest bit of the last letter encodes nothing.
fn with_trailing_bits(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = text.split_at(text.len() - 1);
    let index = ALPHABET.iter().position(|letter| last.as_bytes() == [*letter]).expect("base64url");
    format!("{rest}{}", char::from(ALPHABET[index | 1]))
}

fn header_json(list: &mut List, target: &Target<'_>) {
    let valid = String::from_utf8(target.token().header_text()).expect("JSON is UTF-8");
    let header = |text: &str| target.token().raw_header(text);
    list.add(
        InvalidToken,
        "the header is one JSON object in UTF-8",
        "RFC 7515 sections 4 and 5.2; RFC 8259 section 8.1",
        [
            ("header_is_no_json", header("not json")),
            ("header_is_empty_text", header(" ")),
            ("header_is_empty_object", header("{}")),
            ("header_is_array", header(&format!("[{valid}]"))),
            ("header_is_string", header("\"RS256\"")),
            ("header_is_number", header("256")),
            ("header_is_null", header("null")),
            ("header_with_trailing_data", header(&format!("{valid}x"))),
            ("header_twice", header(&format!("{valid}{valid}"))),
            ("header_with_trailing_comma", header(&valid.replace('}', ",}"))),
            ("header_with_comment", header(&valid.replace('{', "{/* */"))),
            ("header_in_single_quotes", header(&valid.replace('"', "'"))),
            ("header_cut_short", header(valid.trim_end_matches('}'))),
            ("header_with_byte_order_mark", header(&format!("\u{FEFF}{valid}"))),
            ("header_with_nul_after_it", header(&format!("{valid}\0"))),
            ("header_in_utf16", {
                let utf16: Vec<u8> = valid.encode_utf16().flat_map(u16::to_be_bytes).collect();
                target.token().header_bytes(&utf16)
            }),
            ("header_not_utf8", target.token().header_bytes(&[valid.as_bytes(), &[0xFF]].concat())),
            ("header_with_latin1_member", {
                let bytes = [&valid.as_bytes()[..valid.len() - 1], b",\"x\":\"\xE9\"}"].concat();
                target.token().header_bytes(&bytes)
            }),
        ],
    );
}

fn claims_json(list: &mut List, target: &Target<'_>) {
    let valid = String::from_utf8(target.token().claims_text()).expect("JSON is UTF-8");
    let claims = |text: &str| target.token().raw_claims(text);
    list.add(
        InvalidToken,
        "the claims are one JSON object in UTF-8, signed or not",
        "RFC 7519 section 7.2; RFC 8259 section 8.1",
        [
            ("claims_are_no_json", claims("not json")),
            ("claims_are_an_empty_object", claims("{}")),
            ("claims_are_an_array", claims(&format!("[{valid}]"))),
            ("claims_are_a_string", claims("\"claims\"")),
            ("claims_are_a_number", claims("7")),
            ("claims_are_null", claims("null")),
            ("claims_with_trailing_data", claims(&format!("{valid}x"))),
            ("claims_twice", claims(&format!("{valid}{valid}"))),
            ("claims_with_trailing_comma", claims(&valid.replacen('}', ",}", 1))),
            ("claims_with_comment", claims(&valid.replacen('{', "{// \n", 1))),
            ("claims_in_single_quotes", claims(&valid.replace('"', "'"))),
            ("claims_cut_short", claims(valid.trim_end_matches('}'))),
            ("claims_with_byte_order_mark", claims(&format!("\u{FEFF}{valid}"))),
            ("claims_in_utf16", {
                let utf16: Vec<u8> = valid.encode_utf16().flat_map(u16::to_be_bytes).collect();
                target.token().claims_bytes(&utf16)
            }),
            ("claims_not_utf8", target.token().claims_bytes(&[valid.as_bytes(), &[0xFF]].concat())),
            ("claim_nan", target.with_raw_claim("\"x\":NaN")),
            ("claim_with_leading_zero", target.with_raw_claim("\"x\":007")),
            ("claim_with_line_break_in_string", target.with_raw_claim("\"x\":\"a\nb\"")),
            ("claim_name_without_quotes", target.with_raw_claim("x:1")),
            ("lone_surrogate_in_scope", {
                let scope = target.scope_claim();
                let token = target.token().without_claim(scope);
                let text = String::from_utf8(token.claims_text()).expect("JSON is UTF-8");
                claims(&format!("{},\"{scope}\":\"weather.read \\ud800\"}}", text.trim_end_matches('}')))
            }),
            ("deep_nesting_in_audience", {
                let depth = 10_000;
                let aud = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
                let text = String::from_utf8(target.token().without_claim("aud").claims_text()).expect("JSON is UTF-8");
                claims(&format!("{},\"aud\":{aud}}}", text.trim_end_matches('}')))
            }),
        ],
    );
    list.add(
        GrantedOrInvalid,
        "what nobody reads may be refused or ignored, and must not exhaust the stack",
        "RFC 8259 section 9; RFC 7519 section 4",
        [
            ("lone_surrogate_in_unused_claim", target.with_raw_claim("\"x\":\"\\ud800\"")),
            ("number_out_of_range_in_unused_claim", target.with_raw_claim("\"x\":1e999")),
            ("deep_nesting_in_unused_claim", {
                target.with_raw_claim(&format!("\"x\":{}{}", "[".repeat(10_000), "]".repeat(10_000)))
            }),
            ("deep_objects_in_unused_claim", {
                target.with_raw_claim(&format!("\"x\":{}1{}", "{\"x\":".repeat(2_000), "}".repeat(2_000)))
            }),
            ("deep_nesting_in_unused_header_member", {
                target.with_raw_header(&format!("\"x\":{}{}", "[".repeat(10_000), "]".repeat(10_000)))
            }),
            ("unused_claim_twice", target.with_raw_claim("\"x\":1,\"x\":2")),
        ],
    );
}

fn duplicates(list: &mut List, target: &Target<'_>) {
    let issuer = target.issuer;
    list.add(
        InvalidToken,
        "of two members with one name, one parser reads the first and another the last",
        "RFC 7515 section 4; RFC 7519 section 4",
        [
            ("alg_twice", target.with_raw_header("\"alg\":\"RS256\"")),
            ("alg_twice_second_none", target.with_raw_header("\"alg\":\"none\"")),
            ("kid_twice", target.with_raw_header("\"kid\":\"another\"")),
            ("typ_twice", target.with_raw_header("\"typ\":\"JWT\"")),
            ("alg_twice_by_escape", target.with_raw_header("\"\\u0061lg\":\"none\"")),
            ("aud_twice", target.with_raw_claim(&format!("\"aud\":\"{}\"", issuer.client_id()))),
            ("aud_twice_second_foreign", target.with_raw_claim("\"aud\":\"another\"")),
            ("aud_twice_by_escape", target.with_raw_claim(&format!("\"\\u0061ud\":\"{}\"", issuer.client_id()))),
            ("iss_twice", target.with_raw_claim(&format!("\"iss\":\"{}\"", issuer.issuer()))),
            ("exp_twice", target.with_raw_claim("\"exp\":9999999999")),
            ("exp_twice_by_escape", target.with_raw_claim("\"ex\\u0070\":9999999999")),
            ("nbf_twice", target.with_raw_claim("\"nbf\":1,\"nbf\":1")),
            ("sub_twice", target.with_raw_claim("\"sub\":\"another\"")),
            ("scopes_twice", target.with_raw_claim(&format!("\"{}\":\"weather.read\"", target.scope_claim()))),
            ("roles_twice", target.with_raw_claim("\"roles\":[\"A\"],\"roles\":[\"B\"]")),
        ],
    );
    if target.is_entra() {
        list.add(
            InvalidToken,
            "of two members with one name, one parser reads the first and another the last",
            "RFC 7519 section 4; Entra: Access tokens in the Microsoft identity platform",
            [
                ("tid_twice", target.with_raw_claim(&format!("\"tid\":\"{}\"", issuer.tenant_id()))),
                ("oid_twice", target.with_raw_claim("\"oid\":\"31537af4-6d77-4bb9-a681-d2394888ea26\"")),
                ("ver_twice", target.with_raw_claim("\"ver\":\"1.0\"")),
                ("azp_twice", target.with_raw_claim("\"azp\":\"31537af4-6d77-4bb9-a681-d2394888ea26\"")),
            ],
        );
    }
}

fn unusual_and_valid(list: &mut List, target: &Target<'_>) {
    let respaced = |text: Vec<u8>| {
        let text = String::from_utf8(text).expect("JSON is UTF-8");
        text.replace(":\"", " :\t\"").replacen('{', "{\r\n  ", 1) + " \n"
    };
    let text = String::from_utf8(target.token().claims_text()).expect("JSON is UTF-8");
    list.add(
        Granted,
        "white space, escapes and the order of members mean nothing in JSON",
        "RFC 8259 sections 2 and 7",
        [
            ("header_with_white_space", target.token().raw_header(&respaced(target.token().header_text()))),
            ("claims_with_white_space", target.token().raw_claims(&respaced(target.token().claims_text()))),
            ("escaped_claim_name", target.token().raw_claims(&text.replace("\"aud\"", "\"\\u0061ud\""))),
            ("escaped_slashes_in_issuer", target.token().raw_claims(&text.replace("//", "\\/\\/"))),
            (
                "escaped_letters_in_scope",
                target.token().raw_claims(&text.replace("weather.read", "weather\\u002eread")),
            ),
        ],
    );
    list.add(
        Granted,
        "claims and members that nobody knows are ignored; new ones appear without notice",
        "RFC 7519 section 4; RFC 7515 section 4; Entra: Access token claims reference",
        [
            ("unknown_claim_null", target.token().claim("x", json!(null))),
            ("unknown_claim_boolean", target.token().claim("x", true)),
            ("unknown_claim_fraction", target.token().claim("x", 1.5e-3)),
            ("unknown_claim_large_number", target.with_raw_claim("\"x\":12345678901234567890123456789")),
            ("unknown_claim_array", target.token().claim("x", json!([1, "a", null, [], {}]))),
            ("unknown_claim_object", target.token().claim("x", json!({ "y": { "z": [1.5, false] } }))),
            ("unknown_claim_with_empty_name", target.token().claim("", 1)),
            ("unknown_claim_outside_ascii", target.token().claim("größe", "ﷺ 😀 \u{202E}")),
            (
                "unknown_claim_like_a_prototype",
                target.with_raw_claim("\"__proto__\":{\"admin\":true},\"constructor\":1"),
            ),
            ("moderate_nesting", target.with_raw_claim(&format!("\"x\":{}{}", "[".repeat(40), "]".repeat(40)))),
            ("two_thousand_claims", {
                let members: Vec<String> = (0..2_000).map(|i| format!("\"x{i}\":1")).collect();
                target.with_raw_claim(&members.join(","))
            }),
            ("unknown_header_member", target.token().header("x", json!({ "y": [1, null] }))),
            ("claim_names_in_another_case", target.token().claim("EXP", 1).claim("Aud", "x").claim("ISS", 7)),
        ],
    );
}
