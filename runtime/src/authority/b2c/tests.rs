use super::*;
use crate::checks::FirstRefusal;
use crate::keys::KeyOrigin;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER: &str = "11111111-86f1-41af-91ab-2d7cd011db47";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
const FLOW: &str = "B2C_1_SignUpSignIn";

fn b2c(tenant: &str) -> Authority {
    Authority::b2c(tenant, FLOW, CLIENT)
}

fn issuer(authority: &Authority) -> TrustedIssuer {
    authority.resolve().unwrap().issuers.into_iter().next().unwrap()
}

fn metadata(authority: &Authority) -> Vec<String> {
    let url = |issuer: &TrustedIssuer| match &issuer.keys {
        KeyOrigin::Metadata { url, .. } => url.clone(),
        own => panic!("{own:?}"),
    };
    authority.resolve().unwrap().issuers.iter().map(url).collect()
}

fn refusal(authority: &Authority) -> String {
    authority.resolve().unwrap_err().to_string()
}

#[test]
fn each_flow_has_its_metadata_at_the_tenants_host() {
    let two_flows = b2c("Contoso").user_flow("B2C_1A_Stricter").user_flow("b2c_1_signupsignin");
    assert_eq!(
        metadata(&two_flows),
        [FLOW, "B2C_1A_Stricter"].map(|flow| format!(
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/{flow}/v2.0/.well-known/openid-configuration"
        ))
    );
    let by_id = b2c(TENANT).authority_host("https://login.contoso.com/");
    let of_flow = format!("https://login.contoso.com/{TENANT}/{FLOW}/v2.0/.well-known/openid-configuration");
    assert_eq!(metadata(&by_id), [of_flow]);
}

#[test]
fn the_metadata_may_name_each_documented_issuer_and_no_other() {
    let named = issuer(&b2c("contoso.onmicrosoft.com"));
    let custom = issuer(&b2c("contoso").authority_host("https://login.contoso.com"));
    let by_id = issuer(&b2c(TENANT).authority_host("https://contoso.b2clogin.com"));
    for (iss, of_named, of_custom) in [
        (format!("https://contoso.b2clogin.com/{TENANT}/v2.0/"), true, true),
        (format!("https://contoso.b2clogin.com/tfp/{TENANT}/b2c_1_signupsignin/v2.0/"), true, true),
        (format!("https://login.microsoftonline.com/{TENANT}/v2.0/"), true, true),
        (format!("https://login.contoso.com/{TENANT}/v2.0/"), false, true),
        (format!("https://login.contoso.com/tfp/{TENANT}/b2c_1_signupsignin/v2.0/"), false, true),
        (format!("https://login.microsoftonline.com/{TENANT}/v2.0"), false, false),
        (format!("https://contoso.b2clogin.com/{TENANT}/v2.0"), false, false),
        (format!("http://contoso.b2clogin.com/{TENANT}/v2.0/"), false, false),
        (format!("https://fabrikam.b2clogin.com/{TENANT}/v2.0/"), false, false),
        (format!("https://contoso.b2clogin.com/tfp/{TENANT}/b2c_1_other/v2.0/"), false, false),
        (format!("https://contoso.b2clogin.com/tfp/{TENANT}/B2C_1_SignUpSignIn/v2.0/"), false, false),
        ("https://contoso.b2clogin.com/contoso.onmicrosoft.com/v2.0/".to_owned(), false, false),
        ("https://contoso.b2clogin.com/{tenantid}/v2.0/".to_owned(), false, false),
    ] {
        assert_eq!(named.fits(&iss), of_named, "{iss}");
        assert_eq!(custom.fits(&iss), of_custom, "{iss}");
        assert_eq!(by_id.fits(&iss), of_named, "{iss}");
    }
    assert!(named.fits(&format!("https://contoso.b2clogin.com/{OTHER}/v2.0/")), "the metadata tells the tenant");
    assert!(!by_id.fits(&format!("https://contoso.b2clogin.com/{OTHER}/v2.0/")), "the tenant is configured");
}

#[test]
fn audiences_and_challenges_name_the_api() {
    let id_prefix = format!("https://contoso.onmicrosoft.com/{CLIENT}/");
    for (authority, audience, prefix) in [
        (b2c("contoso"), CLIENT, &*id_prefix),
        (b2c(TENANT).authority_host("https://contoso.b2clogin.com"), CLIENT, &*id_prefix),
        (b2c(TENANT).authority_host("https://login.contoso.com"), CLIENT, ""),
        (
            b2c("contoso").audience("https://contoso.onmicrosoft.com/weather"),
            "https://contoso.onmicrosoft.com/weather",
            "https://contoso.onmicrosoft.com/weather/",
        ),
    ] {
        let trusted = authority.resolve().unwrap();
        assert_eq!(trusted.issuers[0].audiences, [audience.into()]);
        assert_eq!(&*trusted.api.scope_prefix, prefix);
    }
}

#[test]
fn settings_that_cannot_be_right_name_the_fix() {
    assert!(refusal(&b2c(TENANT)).contains(".authority_host(\"https://contoso.b2clogin.com\")"));
    assert!(refusal(&b2c("customers.contoso.com")).contains("authority_host"));
    assert!(refusal(&b2c("contoso").authority_host("http://contoso.b2clogin.com")).contains("https://"));
    assert!(refusal(&b2c("contoso").cloud(crate::Cloud::UsGovernment)).contains("b2clogin.com"));
    assert!(refusal(&Authority::b2c("contoso", FLOW, "weather-api")).contains("client id"));
    for flow in ["", "SignUpSignIn", "B2C_1_a b", "B2C_1_a/../B2C_1_b", "B2C_1_ä"] {
        assert!(refusal(&b2c("contoso").user_flow(flow)).contains("B2C_1_"), "{flow}");
    }
    assert!(refusal(&b2c("contoso").allow_tenants([TENANT])).contains("allow_tenants"));
    assert!(refusal(&b2c("contoso").dangerous().any_tenant()).contains("allow_tenants"));
    assert!(refusal(&b2c("contoso").custom_signing_keys()).contains("custom_signing_keys"));
    assert!(refusal(&b2c("contoso").refuse_guests()).contains("refuse_guests"));
    assert!(refusal(&Authority::entra(TENANT, CLIENT).user_flow(FLOW)).contains("user_flow"));
}

/// The verdict on a token of the default issuer, or of the one that names the flow.
fn verdict(names_flow: bool, members: &str) -> Option<Reason> {
    let of_flow = issuer(&b2c("contoso"));
    let flow = if names_flow { "tfp/" } else { "" };
    let policy = if names_flow { "/b2c_1_signupsignin" } else { "" };
    let iss = format!("https://contoso.b2clogin.com/{flow}{TENANT}{policy}/v2.0/");
    assert!(of_flow.fits(&iss));
    let text = format!(r#"{{"iss":"{iss}",{members}}}"#);
    let claims = Claims::parse(text.as_bytes()).unwrap();
    check(&claims, &of_flow, &mut FirstRefusal).err().map(|error| error.reason())
}

#[test]
fn the_flow_is_the_one_whose_keys_verify() {
    for (flow, default, naming) in [
        (r#""tfp":"B2C_1_SignUpSignIn""#, None, None),
        (r#""tfp":"b2c_1_signupsignin""#, None, None),
        (r#""acr":"b2c_1_signupsignin""#, None, None),
        (r#""tfp":"B2C_1_SignUpSignIn","acr":"b2c_1_signupsignin""#, None, None),
        (r#""name":"x""#, Some(Reason::UserFlow), None),
        (r#""tfp":"B2C_1_Other""#, Some(Reason::UserFlow), Some(Reason::UserFlow)),
        (r#""acr":"B2C_1_Other""#, Some(Reason::UserFlow), Some(Reason::UserFlow)),
        (r#""acr":"1""#, Some(Reason::UserFlow), Some(Reason::UserFlow)),
        (r#""tfp":"""#, Some(Reason::UserFlow), Some(Reason::UserFlow)),
        (r#""tfp":"B2C_1_SignUpSignIn","acr":"B2C_1_Other""#, Some(Reason::UserFlow), Some(Reason::UserFlow)),
        (r#""tfp":"B2C_1_Other","acr":"B2C_1_SignUpSignIn""#, Some(Reason::UserFlow), Some(Reason::UserFlow)),
        (r#""tfp":["B2C_1_SignUpSignIn"]"#, Some(Reason::Claims), Some(Reason::Claims)),
        (r#""tfp":null"#, Some(Reason::Claims), Some(Reason::Claims)),
        (r#""tfp":"B2C_1_SignUpSignIn","acr":1"#, Some(Reason::Claims), Some(Reason::Claims)),
    ] {
        let members = format!(r#"{flow},"scp":"a","azp":"c""#);
        assert_eq!(verdict(false, &members), default, "{flow}");
        assert_eq!(verdict(true, &members), naming, "{flow}");
    }
}

#[test]
fn what_a_token_of_a_flow_must_be() {
    for (members, expected) in [
        (r#""scp":"a","azp":"c""#.to_owned(), None),
        (r#""scp":"a""#.to_owned(), None),
        (r#""roles":["r"],"azp":"c""#.to_owned(), None),
        (r#""scp":"a","azp":"c","nonce":"n","ver":"1.0""#.to_owned(), None),
        (r#""scp":"a","ver":1.0"#.to_owned(), None),
        (r#""scp":"a","ver":"2.0""#.to_owned(), None),
        (format!(r#""scp":"a","tid":"{TENANT}""#), None),
        (format!(r#""scp":"a","tid":"{OTHER}""#), Some(Reason::Tenant)),
        (format!(r#""scp":"a","tid":"{}""#, TENANT.to_uppercase()), Some(Reason::Tenant)),
        (format!(r#""scp":"a","TID":"{TENANT}""#), Some(Reason::Tenant)),
        (r#""nonce":"n""#.to_owned(), Some(Reason::IdToken)),
        (r#""roles":["r"],"nonce":"n""#.to_owned(), Some(Reason::IdToken)),
        (r#""scp":" ","nonce":"n""#.to_owned(), Some(Reason::IdToken)),
        (r#""scp":"a","azp":"c","at_hash":"h""#.to_owned(), Some(Reason::IdToken)),
        (r#""scp":"a","azp":"c","c_hash":"h""#.to_owned(), Some(Reason::IdToken)),
        (r#""scp":["a"]"#.to_owned(), Some(Reason::Claims)),
        (r#""scp":"a","roles":"r""#.to_owned(), Some(Reason::Claims)),
        (r#""scp":"a","tid":7"#.to_owned(), Some(Reason::Claims)),
    ] {
        assert_eq!(verdict(false, &format!(r#""tfp":"{FLOW}",{members}"#)), expected, "{members}");
    }
}

#[test]
fn facts_take_nothing_for_granted() {
    let facts_of = |text: &str| facts(&Claims::parse(text.as_bytes()).unwrap()).into_owned();
    let user = facts_of(r#"{"scp":"a b","azp":"c","oid":"o","sub":"o","acct":0}"#);
    assert_eq!(user.scopes, ["a", "b"]);
    assert_eq!((user.client_id.as_deref(), user.object_id.as_deref()), (Some("c"), Some("o")));
    assert_eq!((user.traits.caller, user.traits.guest), (CallerKind::Unknown, None));
    assert_eq!(facts_of(r#"{"oid":"a","sub":"a","roles":["r"]}"#).traits.caller, CallerKind::Unknown);
    assert_eq!(facts_of(r#"{"idtyp":"app"}"#).traits.caller, CallerKind::AppOnly);
    assert_eq!(facts_of(r#"{"idtyp":"user"}"#).traits.caller, CallerKind::Delegated);
}
