use proptest::prelude::*;

use super::*;

fn read<'p>(profile: &TokenProfile, payload: &'p str) -> Result<Reading<'p>, Reason> {
    let claims = Claims::parse(payload.as_bytes()).unwrap();
    let reader = TokenReader::new(profile).unwrap();
    reader.read(&claims, payload.as_bytes()).map_err(|error| error.reason())
}

fn names<'t>(list: &'t [Cow<'_, str>]) -> Vec<&'t str> {
    list.iter().map(|name| &**name).collect()
}

#[test]
fn names_that_cannot_be_right_are_refused_with_the_setting() {
    let base = TokenProfile::new;
    let deep: Vec<String> = (0..9).map(|level| level.to_string()).collect();
    let many: Vec<String> = (0..40).map(|claim| format!("claim-{claim}")).collect();
    for (profile, words) in [
        (base().scopes([""], ScopeForm::Words), "the scopes"),
        (base().roles(Vec::<String>::new()), "the roles"),
        (base().groups(["a", "", "b"]), "the groups"),
        (base().client([""]), "the client"),
        (base().user(""), "the kind of caller"),
        (base().kind("", "access"), "the kind of token"),
        (base().kind("token_use", ""), "token_use"),
        (base().app_only_where("gty", ""), "gty"),
        (base().require([""]), "what must be there"),
        (base().roles(deep), "9 levels"),
        (base().require(many), "45 claims"),
        (base().roles(["aud"]), "RFC 7519"),
        (base().user("sub"), "RFC 7519"),
        (TokenProfile::keycloak(""), "the roles"),
    ] {
        let error = TokenReader::new(&profile).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn a_claim_answers_one_question() {
    let base = TokenProfile::new;
    for (profile, first, second) in [
        (base().roles(["scope"]), "the scopes", "the roles"),
        (base().groups(["roles"]), "the roles", "the groups"),
        (base().roles(["access"]).groups(["access", "groups"]), "the roles", "the groups"),
        (base().client(["azp", "azp"]), "the client", "the client"),
        (base().kind("typ", "a").kind("typ", "b"), "the kind of token", "the kind of token"),
        (base().user("azp"), "the client", "the kind of caller"),
    ] {
        let error = TokenReader::new(&profile).unwrap_err().to_string();
        assert!(error.contains(first) && error.contains(second), "{error}");
    }
    // That it must be there is no second question.
    assert!(TokenReader::new(&base().require(["scope", "client_id", "sub"])).is_ok());
    assert!(TokenReader::new(&base().roles(["access", "roles"]).groups(["access", "groups"])).is_ok());
}

#[test]
fn scopes_have_the_form_of_the_profile_and_no_other() {
    let with = |form, value: &str| {
        let profile = TokenProfile::new().scopes(["scp"], form);
        read(&profile, &format!(r#"{{"scp":{value},"scope":"never read"}}"#))
            .map(|reading| names(&reading.scopes).join("|"))
    };
    for (form, value, expected) in [
        (ScopeForm::Words, r#""a  b ""#, Ok("a|b")),
        (ScopeForm::Words, r#"["a","b"]"#, Err(Reason::Claims)),
        (ScopeForm::Array, r#"["a","b"]"#, Ok("a|b")),
        (ScopeForm::Array, r#"["a b"]"#, Ok("a b")),
        (ScopeForm::Array, "[]", Ok("")),
        (ScopeForm::Array, r#""a b""#, Err(Reason::Claims)),
        (ScopeForm::Array, r#"["a",7]"#, Err(Reason::Claims)),
        (ScopeForm::Array, r#"["a",["b"]]"#, Err(Reason::Claims)),
        (ScopeForm::WordsOrArray, r#""a b""#, Ok("a|b")),
        (ScopeForm::WordsOrArray, r#"["a","b"]"#, Ok("a|b")),
        (ScopeForm::WordsOrArray, "7", Err(Reason::Claims)),
        (ScopeForm::WordsOrArray, r#"{"a":true}"#, Err(Reason::Claims)),
        (ScopeForm::WordsOrArray, "null", Err(Reason::Claims)),
    ] {
        assert_eq!(with(form, value), expected.map(str::to_owned), "{form:?} {value}");
    }
}

#[test]
fn a_path_leads_through_objects_and_dots_mean_nothing() {
    let profile = TokenProfile::new().roles(["resource_access", "my.api", "roles"]).groups(["a", "b"]);
    let payload = r#"{"resource_access":{"other":{"roles":["x"]},"my.api":{"verify_caller":true,"roles":["r"]}},
        "a":{"c":1,"b":["g"]},"my.api":["y"],"roles":["z"],"groups":["z"]}"#;
    let reading = read(&profile, payload).unwrap();
    assert_eq!((names(&reading.roles), names(&reading.groups)), (vec!["r"], vec!["g"]));

    for (payload, expected) in [
        ("{}", Ok(0)),
        (r#"{"resource_access":{}}"#, Ok(0)),
        (r#"{"resource_access":{"my.api":{}}}"#, Ok(0)),
        (r#"{"resource_access":{"my":{"api":{"roles":["r"]}}}}"#, Ok(0)),
        (r#"{"resource_access.my.api.roles":["r"]}"#, Ok(0)),
        (r#"{"resource_access":["my.api"]}"#, Err(Reason::Claims)),
        (r#"{"resource_access":"my.api"}"#, Err(Reason::Claims)),
        (r#"{"resource_access":null}"#, Err(Reason::Claims)),
        (r#"{"resource_access":{"my.api":["r"]}}"#, Err(Reason::Claims)),
        (r#"{"resource_access":{"my.api":{"roles":"r"}}}"#, Err(Reason::Claims)),
        (r#"{"resource_access":{"my.api":{"roles":{"r":true}}}}"#, Err(Reason::Claims)),
    ] {
        assert_eq!(read(&profile, payload).map(|reading| reading.roles.len()), expected, "{payload}");
    }
}

#[test]
fn each_member_on_the_way_stands_at_most_once() {
    let profile = TokenProfile::new().roles(["access", "api", "roles"]);
    for payload in [
        r#"{"access":{},"access":{}}"#,
        r#"{"access":{"api":{"roles":["a"]}},"\u0061ccess":{"api":{"roles":["b"]}}}"#,
        r#"{"access":{"api":{},"api":{}}}"#,
        r#"{"access":{"api":{"roles":["a"],"roles":["b"]}}}"#,
        r#"{"access":{"api":{"roles":["a"],"role\u0073":["b"]}}}"#,
    ] {
        assert_eq!(read(&profile, payload).unwrap_err(), Reason::Claims, "{payload}");
    }
    // What is not asked for may be anything.
    let others = r#"{"x":1,"x":2,"access":{"y":{"roles":[1]},"y":[],"api":{"z":{},"z":[],"roles":["a"]}}}"#;
    assert_eq!(names(&read(&profile, others).unwrap().roles), ["a"]);
}

#[test]
fn the_first_of_several_clients_counts_and_two_must_agree() {
    let profile = TokenProfile::new().client(["first", "second"]);
    for (payload, expected) in [
        (r#"{"first":"a"}"#, Ok(Some("a"))),
        (r#"{"second":"b"}"#, Ok(Some("b"))),
        (r#"{"second":"a","first":"a"}"#, Ok(Some("a"))),
        (r#"{"second":"b","first":"a"}"#, Err(Reason::Claims)),
        (r#"{"first":7}"#, Err(Reason::Claims)),
        (r#"{"azp":"c"}"#, Ok(None)),
        (r#"{"first":"","second":"b"}"#, Ok(Some("b"))),
    ] {
        let client = read(&profile, payload).map(|reading| reading.client_id);
        assert_eq!(client.as_ref().map(|client| client.as_deref()), expected.as_ref().map(|it| *it), "{payload}");
    }
}

#[test]
fn who_calls_is_known_where_the_profile_tells_and_the_token_fits() {
    use CallerKind::{AppOnly, Delegated, Unknown};
    let by_user = TokenProfile::new().user("uid");
    let by_value = TokenProfile::new().app_only_where("gty", "client-credentials");
    let by_subject = TokenProfile { caller: CallerRule::AppOnlySubject("@clients"), ..TokenProfile::new() };
    for (profile, payload, expected) in [
        (&by_user, r#"{"uid":"u"}"#, Delegated),
        (&by_user, "{}", AppOnly),
        (&by_user, r#"{"uid":""}"#, Unknown),
        (&by_value, r#"{"gty":"client-credentials"}"#, AppOnly),
        (&by_value, r#"{"gty":"Client-Credentials"}"#, Unknown),
        (&by_value, r#"{"gty":"password"}"#, Unknown),
        (&by_value, "{}", Unknown),
        (&by_subject, r#"{"sub":"a@clients","azp":"a"}"#, AppOnly),
        (&by_subject, r#"{"sub":"b@clients","azp":"a"}"#, Unknown),
        (&by_subject, r#"{"sub":"a@clients"}"#, Unknown),
        (&by_subject, r#"{"sub":"@clients","azp":""}"#, Unknown),
        (&by_subject, r#"{"sub":"auth0|1","azp":"a"}"#, Delegated),
        (&by_subject, r#"{"sub":"","azp":"a"}"#, Unknown),
        (&by_subject, "{}", Unknown),
        (&TokenProfile::new(), r#"{"sub":"a","client_id":"a"}"#, Unknown),
    ] {
        assert_eq!(read(profile, payload).unwrap().caller, expected, "{payload}");
    }
}

#[test]
fn what_is_demanded_must_say_something() {
    let profile = TokenProfile::new().kind("use", "access").require(["sub", "iat", "jti", "custom"]);
    let full = r#""use":"access","sub":"s","iat":1,"jti":"j","custom":{"any":1}"#;
    assert!(read(&profile, &format!("{{{full}}}")).is_ok());
    for (part, instead, expected) in [
        (r#""sub":"s","#, "", Reason::Claims),
        (r#""sub":"s","#, r#""sub":"","#, Reason::Claims),
        (r#""iat":1,"#, "", Reason::Claims),
        (r#""jti":"j","#, "", Reason::Claims),
        (r#""jti":"j","#, r#""jti":7,"#, Reason::Claims),
        (r#","custom":{"any":1}"#, "", Reason::Claims),
        (r#"{"any":1}"#, "null", Reason::Claims),
        (r#"{"any":1}"#, r#""""#, Reason::Claims),
        (r#"{"any":1}"#, "[]", Reason::Claims),
        (r#""use":"access","#, "", Reason::TokenType),
        (r#""use":"access","#, r#""use":"refresh","#, Reason::TokenType),
        (r#""use":"access","#, r#""use":["access"],"#, Reason::Claims),
    ] {
        assert!(full.contains(part));
        let payload = format!("{{{}}}", full.replace(part, instead));
        assert_eq!(read(&profile, &payload).unwrap_err(), expected, "{payload}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let reader = TokenReader::new(&TokenProfile::keycloak("api")).unwrap();
        prop_assert!(reader.read(&Claims::default(), &bytes).is_err());
    }
}
