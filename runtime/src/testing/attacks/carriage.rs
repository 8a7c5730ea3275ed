//! How the token travels: the `Authorization` field.

use super::Verdict::{Granted, InvalidToken, MalformedRequest, MissingToken, TooLarge};
use super::{List, Sent, Target};

/// The values of the fields as they are sent.
fn fields<const N: usize>(values: [impl Into<Vec<u8>>; N]) -> Sent {
    Sent(values.map(Into::into).into())
}

fn field(value: impl Into<Vec<u8>>) -> Sent {
    fields([value])
}

pub(super) fn list(list: &mut List, target: &Target<'_>) {
    let sign = || target.token().sign();
    let field_of = |before: &str, after: &str| field(format!("{before}{}{after}", sign()));

    list.add(
        MissingToken,
        "a request without a bearer token is told to bring one, and nothing else",
        "RFC 6750 section 3.1",
        [
            ("no_authorization_field", fields([""; 0])),
            ("empty_authorization_field", field("")),
            ("basic_credentials", field("Basic dXNlcjpwYXNzd29yZA==")),
            ("digest_credentials", field("Digest username=\"ada\", realm=\"api\"")),
            ("negotiate_credentials", field("Negotiate YII=")),
            ("token_under_dpop_scheme", field_of("DPoP ", "")),
            ("token_under_token_scheme", field_of("Token ", "")),
            ("token_under_jwt_scheme", field_of("JWT ", "")),
            ("token_under_basic_scheme", field_of("Basic ", "")),
            ("token_without_scheme", field_of("", "")),
            ("scheme_glued_to_token", field_of("Bearer", "")),
            ("scheme_that_begins_with_bearer", field_of("Bearers ", "")),
            ("scheme_that_ends_with_bearer", field_of("XBearer ", "")),
            ("scheme_cut_short", field_of("Beare ", "")),
            ("bearer_behind_basic_in_one_field", field_of("Basic dXNlcjpwYXNz, Bearer ", "")),
        ],
    );
    list.add(
        Granted,
        "schemes are compared without case, and one or more spaces follow",
        "RFC 9110 sections 11.1 and 11.4",
        [
            ("lower_case_scheme", field_of("bearer ", "")),
            ("upper_case_scheme", field_of("BEARER ", "")),
            ("mixed_case_scheme", field_of("bEaReR ", "")),
            ("two_spaces_after_scheme", field_of("Bearer  ", "")),
            ("many_spaces_after_scheme", field_of("Bearer                ", "")),
        ],
    );
    list.add(
        Granted,
        "white space around a field value is no part of it",
        "RFC 9110 section 5.5",
        [("space_before_scheme", field_of(" Bearer ", "")), ("space_after_token", field_of("Bearer ", " "))],
    );
    list.add(
        MalformedRequest,
        "a scheme without a token is a request that nobody meant to send",
        "RFC 6750 sections 2.1 and 3.1",
        [
            ("scheme_without_token", field("Bearer")),
            ("scheme_and_space_without_token", field("Bearer ")),
            ("scheme_and_spaces_without_token", field("Bearer    ")),
        ],
    );
    list.add(
        MalformedRequest,
        "only spaces separate scheme and token",
        "RFC 9110 section 11.4",
        [
            ("tab_after_scheme", field_of("Bearer\t", "")),
            ("tab_and_space_after_scheme", field_of("Bearer \t", "")),
            ("colon_after_scheme", field_of("Bearer:", "")),
            ("equals_sign_after_scheme", field_of("Bearer=", "")),
            ("comma_after_scheme", field_of("Bearer,", "")),
            ("no_break_space_after_scheme", field_of("Bearer\u{A0}", "")),
        ],
    );
    list.add(
        MalformedRequest,
        "one request has one credential: taking the first or the last lets two parsers disagree",
        "RFC 9110 sections 5.3 and 11.6.2; RFC 6750 section 3.1",
        [
            ("two_tokens_in_one_field", field(format!("Bearer {} {}", sign(), sign()))),
            ("two_tokens_with_comma", field(format!("Bearer {},{}", sign(), sign()))),
            ("token_then_basic_in_one_field", field_of("Bearer ", ", Basic dXNlcjpwYXNz")),
            ("token_then_bearer_in_one_field", field(format!("Bearer {}, Bearer {}", sign(), sign()))),
            ("scheme_twice", field_of("Bearer Bearer ", "")),
            ("parameter_after_token", field_of("Bearer ", ";q=1")),
            ("same_field_twice", {
                let value = format!("Bearer {}", sign());
                fields([value.clone(), value])
            }),
            ("two_fields_with_different_tokens", fields([format!("Bearer {}", sign()), format!("Bearer {}", sign())])),
            (
                "basic_field_before_bearer_field",
                fields(["Basic dXNlcjpwYXNz".to_owned(), format!("Bearer {}", sign())]),
            ),
            ("bearer_field_before_basic_field", fields([format!("Bearer {}", sign()), "Basic dXNlcjpwYXNz".into()])),
            ("empty_field_before_bearer_field", fields([String::new(), format!("Bearer {}", sign())])),
            ("three_fields", fields([sign(), sign(), sign()].map(|token| format!("Bearer {token}")))),
        ],
    );
    list.add(
        MalformedRequest,
        "these bytes occur in no bearer token",
        "RFC 6750 section 2.1 (b64token)",
        [
            ("token_in_double_quotes", field_of("Bearer \"", "\"")),
            ("token_in_single_quotes", field_of("Bearer '", "'")),
            ("token_in_angle_brackets", field_of("Bearer <", ">")),
            ("token_in_braces", field_of("Bearer ${", "}")),
            ("token_as_parameter", field_of("Bearer token=\"", "\"")),
            ("percent_encoded_dot", field(format!("Bearer {}", sign().replacen('.', "%2E", 1)))),
            ("latin1_byte_in_token", field([format!("Bearer {}", sign()).as_bytes(), &[0xE9]].concat())),
            ("utf8_in_token", field_of("Bearer ", "\u{E9}")),
            ("byte_order_mark_before_token", field_of("Bearer \u{FEFF}", "")),
            ("tab_inside_token", field(format!("Bearer {}", sign().replacen('.', ".\t", 1)))),
            ("space_inside_token", field(format!("Bearer {}", sign().replacen('.', ". ", 1)))),
            ("backslash_after_token", field_of("Bearer ", "\\")),
            ("tab_after_token", field_of("Bearer ", "\t.")),
            ("javascript_object_as_token", field("Bearer [object Object]")),
        ],
    );
    list.add(
        MalformedRequest,
        "control characters split or fold a field; most servers refuse them before the guard does",
        "RFC 9110 section 5.5; RFC 9112 section 5.2",
        [
            ("control_character_nul_in_token", field_of("Bearer ", "\0")),
            ("control_character_line_feed_in_token", field_of("Bearer ", "\n x")),
            ("control_character_carriage_return_in_token", field_of("Bearer ", "\r\nX-Injected: 1")),
            ("control_character_delete_in_token", field_of("Bearer ", "\u{7F}")),
            ("control_character_escape_in_token", field_of("Bearer ", "\u{1B}[2J")),
        ],
    );
    list.add(
        InvalidToken,
        "a well-formed credential that is no signed token",
        "RFC 6750 section 3.1; RFC 7519 section 7.2",
        [
            ("word_null", field("Bearer null")),
            ("word_undefined", field("Bearer undefined")),
            ("one_character", field("Bearer x")),
            ("one_dot", field("Bearer .")),
            ("only_equals_signs", field("Bearer ====")),
            ("session_id", field("Bearer 5f2b9c0e7d1a4e8c9b3f6a2d1c0e8f7a")),
            ("base64_of_user_and_password", field("Bearer dXNlcjpwYXNzd29yZA==")),
        ],
    );
    list.add(
        TooLarge,
        "the size is checked before anything is decoded",
        "RFC 8725 section 3.10; RFC 6585 section 5",
        [
            ("one_megabyte_of_token", field(format!("Bearer {}", "a".repeat(1 << 20)))),
            ("valid_token_of_one_megabyte", { field(target.token().claim("padding", "x".repeat(1 << 20)).bearer()) }),
            ("one_megabyte_of_dots", field(format!("Bearer {}", ".".repeat(1 << 20)))),
        ],
    );
    list.add(
        Granted,
        "tokens with many groups are this long",
        "Entra: Access token claims reference (groups)",
        [("token_of_twenty_kilobytes", field(target.token().claim("padding", "x".repeat(14_000)).bearer()))],
    );
}
