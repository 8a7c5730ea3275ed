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
fn what_is_replaced_by_a_link_stays_replaced() {
    let claims = parse(r#"{"groups":"src1","wids":"src2","_claim_names":{},"hasgroups":false}"#).unwrap();
    assert_eq!(claims.overage, Overage { groups: true, directory_roles: true });
    assert_eq!(claims.groups, Field::Absent);
    let claims = parse(r#"{"_claim_names":{"groups":"a","wids":"b","other":"c"},"groups":[],"wids":[]}"#).unwrap();
    assert_eq!(claims.overage, Overage { groups: true, directory_roles: true });
    let claims = parse(r#"{"_claim_names":{"other":"c"},"wids":["w"]}"#).unwrap();
    assert_eq!(claims.overage, Overage::default());
    assert_eq!(claims.wids.items().collect::<Vec<_>>(), ["w"]);
}

#[test]
fn each_marker_is_seen_whatever_its_value() {
    let none = Markers::default();
    let id_token = Markers { id_token: true, ..none };
    let table = [
        ("nonce", id_token),
        ("at_hash", Markers { id_token_hash: true, ..id_token }),
        ("c_hash", Markers { id_token_hash: true, ..id_token }),
        ("s_hash", Markers { id_token_hash: true, ..id_token }),
        ("cnf", Markers { confirmation: true, ..none }),
        ("events", Markers { events: true, ..none }),
        ("xms_act_fct", Markers { facets: true, ..none }),
        ("xms_sub_fct", Markers { facets: true, ..none }),
        ("other", none),
    ];
    for (name, expected) in table {
        for value in ["null", "false", "\"\"", "{}"] {
            assert_eq!(parse(&format!(r#"{{"{name}":{value}}}"#)).unwrap().markers, expected, "{name}: {value}");
        }
    }
    let both = parse(r#"{"xms_act_fct":"1","xms_sub_fct":"1","at_hash":"x","nonce":"x"}"#).unwrap();
    assert_eq!(both.markers, Markers { facets: true, id_token: true, id_token_hash: true, ..none });
}

/// A claim under the name of another would be a claim that is not checked.
#[test]
fn each_claim_is_read_under_its_own_name() {
    let claims = parse(
        r#"{"iss":"1","sub":"2","azp":"3","appid":"4","client_id":"5","exp":6,"nbf":7,"iat":8,"tid":"9","oid":"10",
            "ver":"11","idtyp":"12","idp":"13","acct":0,"scp":"14","scope":"15","roles":["16"],"groups":["17"],
            "wids":["18"],"acrs":["19"],"xms_cc":["20"],"tfp":"21","acr":"22","uti":"23","jti":"24","token_use":"25",
            "typ":"26","xms_act_fct":"27","aud":["28","29"]}"#,
    )
    .unwrap();
    let registered = [&claims.iss, &claims.sub, &claims.azp, &claims.appid, &claims.client_id];
    assert_eq!(registered.map(|claim| claim.as_deref().unwrap()), ["1", "2", "3", "4", "5"]);
    assert_eq!([claims.exp, claims.nbf, claims.iat], [Some(6), Some(7), Some(8)]);
    let texts = [&claims.tid, &claims.oid, &claims.ver, &claims.idtyp, &claims.idp, &claims.scp, &claims.scope];
    assert_eq!(texts.map(|claim| claim.text().unwrap()), ["9", "10", "11", "12", "13", "14", "15"]);
    assert_eq!(claims.acct, Some("0"));
    let lists = [&claims.roles, &claims.groups, &claims.wids, &claims.acrs, &claims.xms_cc];
    assert_eq!(lists.map(|claim| claim.items().collect::<String>()), ["16", "17", "18", "19", "20"]);
    let texts = [&claims.tfp, &claims.acr, &claims.uti, &claims.jti, &claims.token_use, &claims.typ];
    assert_eq!(texts.map(|claim| claim.text().unwrap()), ["21", "22", "23", "24", "25", "26"]);
    assert_eq!(claims.xms_act_fct.text(), Some("27"));
    assert_eq!(claims.aud.as_ref().unwrap().as_slice(), ["28", "29"]);
    assert_eq!(parse(r#"{"aud":"\u0061"}"#).unwrap().aud.unwrap().as_slice(), ["a"]);
}

#[test]
fn a_malformed_claim_is_told_with_what_it_should_be() {
    for (text, expected) in [
        (r#"{"iss":7}"#, "a string"),
        (r#"{"aud":7}"#, "an audience or a list of audiences"),
        (r#"{"_claim_names":7}"#, "an object of claim names"),
        ("[]", "a JSON object of claims"),
        (r#"{"exp":1e300}"#, "a date out of range"),
        (r#"{"tid":"a","tid":"a"}"#, "the claim tid stands twice"),
    ] {
        let MalformedClaims(message) = parse(text).unwrap_err();
        assert!(message.contains(expected), "{text}: {message}");
    }
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
