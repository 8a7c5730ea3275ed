use serde_json::{Value, json};

use super::*;

/// The sample of Entra's documentation: every member that a body can have.
fn sample() -> Value {
    json!({
        "error": "interaction_required",
        "error_description": "AADSTS50079: Due to a configuration change made by your administrator, you must enroll in \
            multifactor authentication to access 'aaaa'.\r\nTrace ID: b72a68c3-0926-4b8e-bc35-3150069c2800\r\n\
            Correlation ID: 73d656cf-54b1-4eb2-b429-26d8165a52d7\r\nTimestamp: 2017-05-01 22:43:20Z",
        "error_codes": [50079],
        "timestamp": "2017-05-01 22:43:20Z",
        "trace_id": "b72a68c3-0926-4b8e-bc35-3150069c2800",
        "correlation_id": "73d656cf-54b1-4eb2-b429-26d8165a52d7",
        "error_uri": "https://login.microsoftonline.com/error?code=50079",
        "suberror": "basic_action",
        "claims": "{\"access_token\":{\"polids\":{\"essential\":true,\"values\":[\"9ab03e19-ed42-4168-b6b7-7001fb3e933a\"]}}}",
    })
}

fn with(member: &str, value: Value) -> Result<OAuthError, InvalidErrorResponse> {
    let mut body = sample();
    body[member] = value;
    OAuthError::from_json(body.to_string().as_bytes())
}

#[test]
fn sample_is_read_whole() {
    let sample = sample();
    let error = OAuthError::from_json(sample.to_string().as_bytes()).unwrap();
    assert_eq!(error.error(), &OAuthErrorCode::InteractionRequired);
    assert_eq!(error.codes(), [50079]);
    let texts = [
        ("error_description", error.description()),
        ("timestamp", error.timestamp()),
        ("trace_id", error.trace_id()),
        ("correlation_id", error.correlation_id()),
        ("error_uri", error.error_uri()),
        ("suberror", error.suberror()),
        ("claims", error.claims()),
    ];
    for (member, text) in texts {
        assert_eq!(text, sample[member].as_str(), "{member}");
    }
    assert_eq!(error.state(), None);
    assert!(error.needs_interaction());
}

#[test]
fn each_member_but_error_may_be_absent_null_or_empty() {
    for member in sample().as_object().unwrap().keys().filter(|member| *member != "error") {
        let mut body = sample();
        body.as_object_mut().unwrap().remove(member);
        let absent = OAuthError::from_json(body.to_string().as_bytes()).unwrap();
        assert_eq!(with(member, Value::Null).as_ref(), Ok(&absent), "{member}");
        let empty = if member == "error_codes" { json!([]) } else { json!("") };
        assert_eq!(with(member, empty), Ok(absent), "{member}");
    }
    assert!(OAuthError::from_json(br#"{"error":"invalid_grant"}"#).is_ok());
}

#[test]
fn each_member_of_the_wrong_type_is_refused() {
    for member in sample().as_object().unwrap().keys() {
        for value in
            [json!(1), json!(true), json!({}), json!(["x"]), json!(-1), json!([1.5]), json!([4_294_967_296_u64])]
        {
            assert_eq!(with(member, value.clone()), Err(InvalidErrorResponse::Malformed), "{member}: {value}");
        }
    }
    assert_eq!(with("error_codes", json!("50079")), Err(InvalidErrorResponse::Malformed));
    assert_eq!(with("error_codes", json!(["50079"])), Err(InvalidErrorResponse::Malformed));
}

#[test]
fn error_is_required_and_of_its_characters() {
    assert_eq!(with("error", Value::Null), Err(InvalidErrorResponse::NoError));
    assert_eq!(with("error", json!("")), Err(InvalidErrorResponse::NoError));
    for error in ["invalid\ngrant", "invalid\"grant", "invalid\\grant", "invalid\u{7f}", "ungültig"] {
        assert_eq!(with("error", json!(error)), Err(InvalidErrorResponse::Malformed), "{error:?}");
    }
}

#[test]
fn unknown_values_and_members_are_tolerated() {
    assert_eq!(with("error", json!("new_in_2030")).unwrap().error(), &OAuthErrorCode::Other("new_in_2030".to_owned()));
    assert_eq!(with("suberror", json!("new_in_2030")).unwrap().suberror(), Some("new_in_2030"));
    assert_eq!(with("error_codes", json!([9_999_999])).unwrap().codes(), [9_999_999]);
    assert_eq!(with("timestamp", json!("yesterday")).unwrap().timestamp(), Some("yesterday"));
    assert!(with("no_such_member", json!({"any": [1, "thing"]})).is_ok());
}

#[test]
fn codes_stand_where_the_description_disagrees() {
    let error = with("error_codes", json!([70000])).unwrap();
    assert!(error.description().is_some_and(|text| text.starts_with("AADSTS50079")));
    assert_eq!(error.codes(), [70000]);
}

#[test]
fn claims_are_the_text_of_a_json_object() {
    for claims in ["{", "[]", "1", "null", "{} {}", "{\"access_token\":}", "{\"a\":\"\\ud800\"}", "not json"] {
        assert_eq!(with("claims", json!(claims)), Err(InvalidErrorResponse::InvalidClaims), "{claims}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(with("claims", json!(deep)), Err(InvalidErrorResponse::InvalidClaims));
    assert_eq!(with("claims", json!(" {\"a\": 1} ")).unwrap().claims(), Some(" {\"a\": 1} "));
}

#[test]
fn garbage_is_refused() {
    let cases: [&[u8]; 12] = [
        b"",
        b"null",
        b"\"invalid_grant\"",
        b"[\"invalid_grant\",null,null,null,null,null,null,null,null]",
        b"<html></html>",
        b"error=invalid_grant",
        b"{\"error\":\"invalid_grant\"",
        b"{\"error\":\"invalid_grant\"} x",
        b"{\"error\":\"invalid_grant\",\"error\":\"server_error\"}",
        b"{\"error\":\"invalid_grant\",}",
        b"\xef\xbb\xbf{\"error\":\"invalid_grant\"}",
        b"{\"error\":\"invalid_\xffgrant\"}",
    ];
    for body in cases {
        let refused = OAuthError::from_json(body);
        assert_eq!(refused, Err(InvalidErrorResponse::Malformed), "{}", String::from_utf8_lossy(body));
    }
    assert_eq!(OAuthError::from_json(b"{}"), Err(InvalidErrorResponse::NoError));
    assert_eq!(OAuthError::from_json(br#"{"access_token":"x"}"#), Err(InvalidErrorResponse::NoError));
}

#[test]
fn more_than_64_kib_is_refused() {
    let mut body = br#"{"error":"invalid_grant"}"#.to_vec();
    body.resize(MAX_BYTES, b' ');
    assert!(OAuthError::from_json(&body).is_ok());
    body.push(b' ');
    assert_eq!(OAuthError::from_json(&body), Err(InvalidErrorResponse::TooLarge));

    let mut query = "error=invalid_grant&pad=".to_owned();
    query.extend(std::iter::repeat_n('x', MAX_BYTES - query.len()));
    assert!(OAuthError::from_query(&query).is_ok());
    query.push('x');
    assert_eq!(OAuthError::from_query(&query), Err(InvalidErrorResponse::TooLarge));
}

#[test]
fn query_is_decoded() {
    let error = OAuthError::from_query(
        "?error=consent_required&error_description=AADSTS65001%3a+No+consent%0D%0ATrace%20ID%3A+1&state=a%2Bb%26c%C3%A9\
         &error_uri=https%3A%2F%2Flogin.microsoftonline.com%2Ferror%3Fcode%3D65001&suberror=consent_required\
         &claims=%7B%7D&trace_id=1&correlation_id=2&timestamp=3&unknown=4&flag",
    )
    .unwrap();
    assert_eq!(error.error(), &OAuthErrorCode::ConsentRequired);
    assert_eq!(error.description(), Some("AADSTS65001: No consent\r\nTrace ID: 1"));
    assert_eq!(error.state(), Some("a+b&cé"));
    assert_eq!(error.error_uri(), Some("https://login.microsoftonline.com/error?code=65001"));
    assert_eq!(error.suberror(), Some("consent_required"));
    assert_eq!(error.claims(), Some("{}"));
    assert_eq!((error.trace_id(), error.correlation_id(), error.timestamp()), (Some("1"), Some("2"), Some("3")));
    assert!(error.codes().is_empty(), "the description is not searched for numbers");
}

#[test]
fn query_without_a_question_mark_or_with_empty_parameters_is_read() {
    for query in ["error=access_denied", "&error=access_denied&", "error=access_denied&state=&error_uri"] {
        let error = OAuthError::from_query(query).unwrap();
        assert_eq!((error.error(), error.state()), (&OAuthErrorCode::AccessDenied, None), "{query}");
    }
}

#[test]
fn bad_queries_are_refused() {
    for query in
        ["", "?", "state=1", "code=1&state=1", "error", "error=", "Error=access_denied", "??error=access_denied"]
    {
        assert_eq!(OAuthError::from_query(query), Err(InvalidErrorResponse::NoError), "{query}");
    }
    for query in [
        "error=access_denied&error=server_error",
        "error=access_denied&%65rror=server_error",
        "error=&error=access_denied",
        "error=access_denied&state=1&state=1",
        "error=a%",
        "error=a%2",
        "error=a%2g",
        "error=a%+2",
        "error=access_denied&state=%ff",
        "error=access_denied&state=%C3",
        "error=access_denied%0aforged",
        "error=access_denied&%zz=1",
    ] {
        assert_eq!(OAuthError::from_query(query), Err(InvalidErrorResponse::Malformed), "{query}");
    }
}
