use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Claims<'_>, MalformedClaims> {
    Claims::parse(text.as_bytes())
}

#[test]
fn reads_registered_claims() {
    let claims = parse(r#" {"iss":"i","aud":"a","exp":1893456000.5,"nbf":-3,"sub":"\u0073"} "#).unwrap();
    assert_eq!(claims.iss.as_deref(), Some("i"));
    assert_eq!(claims.aud, Some(Audiences::One("a".into())));
    assert_eq!((claims.exp, claims.nbf, claims.iat), (Some(1_893_456_000), Some(-3), None));
    assert_eq!(claims.sub.as_deref(), Some("s"), "escapes are legal");
}

#[test]
fn borrows_what_has_no_escapes() {
    let claims = parse(r#"{"iss":"i","scp":"a b","roles":["r"]}"#).unwrap();
    assert!(matches!(claims.iss, Some(Cow::Borrowed("i"))));
    assert!(matches!(claims.scp, Field::Is(Cow::Borrowed("a b"))));
    assert!(matches!(claims.roles.value().unwrap().0[..], [Cow::Borrowed("r")]));
}

#[test]
fn every_used_claim_may_stand_once() {
    for name in Name::USED {
        let twice = format!(r#"{{"{name}":0,"{name}":0}}"#);
        assert!(parse(&twice).is_err(), "{name}");
        let first = name.as_bytes()[0];
        let escaped = format!(r#"{{"{name}":"x","\u{first:04x}{}":"x"}}"#, &name[1..]);
        assert!(parse(&escaped).is_err(), "{escaped}");
    }
    assert!(parse(r#"{"unused":1,"unused":2}"#).is_ok());
}

#[test]
fn registered_claims_of_a_wrong_type_refuse_the_token() {
    for name in ["exp", "nbf", "iat"] {
        for value in [r#""9999999999""#, "true", "null", "[]", "{}", "1e300", "1e16", "-1e300"] {
            assert!(parse(&format!(r#"{{"{name}":{value}}}"#)).is_err(), "{name} {value}");
        }
    }
    for name in ["iss", "sub", "azp", "appid", "client_id"] {
        for value in ["7", "true", "null", r#"["x"]"#, "{}"] {
            assert!(parse(&format!(r#"{{"{name}":{value}}}"#)).is_err(), "{name} {value}");
        }
    }
    for value in ["7", "null", "{}", "true", r#"["a",7]"#, r#"[["a"]]"#, "[null]"] {
        assert!(parse(&format!(r#"{{"aud":{value}}}"#)).is_err(), "aud {value}");
    }
    assert_eq!(parse(r#"{"aud":[]}"#).unwrap().aud, Some(Audiences::Several(vec![])));
}

#[test]
fn an_issuers_own_claims_of_a_wrong_type_are_marked() {
    for value in ["7", "7.5", "-7", "true", "null", r#"["x",7]"#, r#"{"a":[{}]}"#, r#"[["x"]]"#] {
        let text = format!(r#"{{"scp":{value},"roles":{value},"tid":{value}}}"#);
        let claims = parse(&text).unwrap();
        assert!(claims.scp.is_wrong() && claims.roles.is_wrong() && claims.tid.is_wrong(), "{value}");
    }
    assert!(parse(r#"{"scp":["weather.read"]}"#).unwrap().scp.is_wrong());
    assert!(parse(r#"{"roles":"Admin"}"#).unwrap().roles.is_wrong());
}

#[test]
fn overage_is_seen_in_each_of_its_forms() {
    for text in [
        r#"{"_claim_names":{"groups":"src1"},"_claim_sources":{"src1":{"endpoint":"https://graph.windows.net/x"}}}"#,
        r#"{"hasgroups":true}"#,
        r#"{"groups":"src1"}"#,
    ] {
        assert!(parse(text).unwrap().overage.groups, "{text}");
    }
    assert!(parse(r#"{"_claim_names":{"wids":"src1"}}"#).unwrap().overage.directory_roles);
    assert!(!parse(r#"{"groups":["g"],"hasgroups":false}"#).unwrap().overage.groups);
}

#[test]
fn tid_in_another_case_is_seen() {
    for name in ["TID", "Tid", "tID"] {
        assert!(parse(&format!(r#"{{"tid":"a","{name}":"b"}}"#)).unwrap().markers.tid_in_other_case);
    }
}

#[test]
fn only_one_object_in_utf_8_is_a_set_of_claims() {
    for text in
        ["", "[]", "null", "\"x\"", "1", "{", "{}{}", "{} x", "{'a':1}", r#"{"a":1,}"#, "{\"a\":NaN}", "\u{feff}{}"]
    {
        assert!(parse(text).is_err(), "{text}");
    }
    assert!(Claims::parse(b"{\"a\":\"\xff\"}").is_err());
    assert!(parse(r#"{"sub":"\ud800"}"#).is_err(), "a lone surrogate in a used claim");
}

#[test]
fn depth_and_width_of_ignored_claims_harm_nothing() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(1_000), "]".repeat(1_000));
    assert!(parse(&deep).is_ok());
    let too_deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert!(parse(&too_deep).is_err());
    let deep_and_used = format!(r#"{{"roles":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert!(parse(&deep_and_used).is_err());
    let wide = |members| (0..members).map(|n| format!(r#""c{n}":0"#)).collect::<Vec<_>>().join(",");
    assert!(parse(&format!(r#"{{{},"sub":"x"}}"#, wide(2_559))).is_ok());
    assert!(parse(&format!(r#"{{{},"sub":"x"}}"#, wide(2_560))).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Claims::parse(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in r#"\{("(aud|exp|tid|scp|roles|x)":("[a-z\\u0]*"|[0-9.e]*|\[\]|\{\}),?)*\}"#) {
        let _ = Claims::parse(text.as_bytes());
    }
}
