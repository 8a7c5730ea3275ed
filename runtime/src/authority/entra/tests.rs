use super::*;
use crate::access_token::{CallerKind, Facts};
use crate::claims::Claims;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

fn entra(tenant: &str) -> Authority {
    Authority::entra(tenant, CLIENT)
}

fn issuers(authority: &Authority) -> Vec<String> {
    authority.resolve().unwrap().issuers.iter().map(|issuer| issuer.issuer.text()).collect()
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
fn derives_both_issuers_and_their_audiences() {
    let trusted = entra(&TENANT.to_uppercase()).resolve().unwrap();
    let [v2, v1] = &trusted.issuers[..] else { panic!() };
    assert_eq!(v2.issuer.text(), format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
    assert_eq!(v2.audiences, [CLIENT.into()]);
    assert_eq!(v1.issuer.text(), format!("https://sts.windows.net/{TENANT}/"));
    assert_eq!(v1.audiences, [CLIENT.into(), format!("api://{CLIENT}").into()]);
    assert_eq!(&*trusted.api.scope_prefix, format!("api://{CLIENT}/"));
    assert_eq!(&*trusted.api.realm, CLIENT);
}

#[test]
fn explicit_audiences_replace_the_implied_ones() {
    let trusted = entra(TENANT).audience("https://api.contoso.com/").resolve().unwrap();
    assert!(trusted.issuers.iter().all(|issuer| issuer.audiences == ["https://api.contoso.com/".into()]));
    assert_eq!(&*trusted.api.scope_prefix, "https://api.contoso.com/");
}

#[test]
fn each_cloud_has_its_hosts_and_an_alias_stands_for_its_cloud() {
    for (host, v2, v1) in [
        (Cloud::Public.authority_host(), "https://login.microsoftonline.com", "https://sts.windows.net"),
        ("https://login.windows.net", "https://login.microsoftonline.com", "https://sts.windows.net"),
        (Cloud::UsGovernment.authority_host(), "https://login.microsoftonline.us", "https://sts.windows.net"),
        (Cloud::China.authority_host(), "https://login.partner.microsoftonline.cn", "https://sts.chinacloudapi.cn"),
        ("https://login.chinacloudapi.cn/", "https://login.partner.microsoftonline.cn", "https://sts.chinacloudapi.cn"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9", "https://sts.windows.net"),
    ] {
        let authority = entra(TENANT).authority_host(host);
        assert_eq!(issuers(&authority), [format!("{v2}/{TENANT}/v2.0"), format!("{v1}/{TENANT}/")], "{host}");
        let [of_v2, _] = &metadata(&authority)[..] else { panic!() };
        assert!(of_v2.starts_with(host.trim_end_matches('/')), "{of_v2}");
    }
}

#[test]
fn keys_of_an_application_are_asked_for_by_its_id() {
    let urls = metadata(&entra(TENANT).custom_signing_keys());
    assert!(urls.iter().all(|url| url.ends_with(&format!("/openid-configuration?appid={CLIENT}"))), "{urls:?}");
}

#[test]
fn a_domain_name_is_a_tenant_whose_id_is_learned() {
    let trusted = entra("Contoso.onmicrosoft.com").resolve().unwrap();
    assert!(trusted.issuers.iter().all(|issuer| matches!(issuer.issuer, IssuerRule::Learned(_))));
    let urls = metadata(&entra("Contoso.onmicrosoft.com"));
    assert!(urls.iter().all(|url| url.contains("/contoso.onmicrosoft.com/")), "{urls:?}");
}

#[test]
fn refuses_what_is_no_tenant_and_no_client() {
    for tenant in ["", "contoso", "a b.com", "-a.com", "a..com", "https://contoso.com", "contoso.com/x"] {
        assert!(refusal(&entra(tenant)).contains("GUID"), "{tenant}");
    }
    for client in ["api", ""] {
        assert!(refusal(&Authority::entra(TENANT, client)).contains("GUID"), "{client}");
    }
}

#[test]
fn many_tenants_need_a_policy_and_the_error_says_what_to_write() {
    for tenant in ["common", "Organizations", "consumers"] {
        let message = refusal(&entra(tenant));
        assert!(message.contains("any tenant") && message.contains(".allow_tenants(["), "{message}");
        assert!(entra(tenant).allow_tenants([TENANT]).resolve().is_ok());
        assert!(entra(tenant).allow_tenants_if(|_| true).resolve().is_ok());
        assert!(refusal(&entra(tenant).allow_tenants([""; 0])).contains("nobody"));
        assert!(refusal(&entra(tenant).allow_tenants(["contoso.com"])).contains("not a GUID"));
    }
    assert!(refusal(&entra(TENANT).allow_tenants([TENANT])).contains("organizations"));
}

#[test]
fn personal_accounts_have_one_issuer_of_their_own() {
    let personal = format!("https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0");
    assert_eq!(issuers(&entra("consumers").allow_tenants([PERSONAL_ACCOUNTS])), std::slice::from_ref(&personal));
    assert_eq!(issuers(&entra(PERSONAL_ACCOUNTS)), std::slice::from_ref(&personal));
    assert_eq!(
        issuers(&entra("common").allow_tenants([TENANT])),
        [
            personal,
            "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
            "https://sts.windows.net/{tenantid}/".to_owned()
        ]
    );
}

#[test]
fn personal_accounts_are_no_organization() {
    let personal = format!("https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0");
    let takes = |authority: &Authority| authority.resolve().unwrap().issuers.iter().any(|it| it.fits(&personal));
    assert!(!takes(&entra("organizations").dangerous().any_tenant()));
    assert!(takes(&entra("common").dangerous().any_tenant()) && takes(&entra("consumers").dangerous().any_tenant()));
    assert!(refusal(&entra("organizations").allow_tenants([PERSONAL_ACCOUNTS])).contains("common"));
}

fn facts_of(text: &str) -> Facts<'static> {
    facts(&Claims::parse(text.as_bytes()).unwrap()).into_owned()
}

#[test]
fn kind_of_caller() {
    let table = [
        (r#"{"idtyp":"app","scp":"x"}"#, CallerKind::AppOnly),
        (r#"{"idtyp":"user"}"#, CallerKind::Delegated),
        (r#"{"idtyp":"device","oid":"a","sub":"a"}"#, CallerKind::Unknown),
        (r#"{"scp":"x"}"#, CallerKind::Delegated),
        (r#"{"oid":"a","sub":"a","roles":["r"]}"#, CallerKind::AppOnly),
        (r#"{"oid":"a","sub":"b","roles":["r"]}"#, CallerKind::Unknown),
        (r#"{"oid":"a","sub":"a","xms_act_fct":"3 9 11"}"#, CallerKind::Unknown),
        (r#"{"scp":"/","oid":"a","sub":"b"}"#, CallerKind::Unknown),
        (r#"{"sub":"a"}"#, CallerKind::Unknown),
    ];
    for (claims, kind) in table {
        assert_eq!(facts_of(claims).traits.caller, kind, "{claims}");
    }
}

#[test]
fn agents_are_told_by_the_facets_of_who_acts() {
    for (claims, agent) in [
        (r#"{"xms_act_fct":"3 9 11","xms_sub_fct":"9 3 11","idtyp":"app"}"#, true),
        (r#"{"xms_act_fct":"11"}"#, true),
        (r#"{"xms_act_fct":"3 9","xms_sub_fct":"11"}"#, false),
        (r#"{"xms_act_fct":"111 1 1"}"#, false),
        (r#"{"sub":"a"}"#, false),
    ] {
        assert_eq!(facts_of(claims).traits.agent, agent, "{claims}");
    }
}

#[test]
fn guests() {
    let home = r#""tid":"72f988bf-86f1-41af-91ab-2d7cd011db47""#;
    let table = [
        (r#""acct":1"#, Some(true)),
        (r#""acct":"1""#, Some(true)),
        (r#""acct":0,"idp":"live.com""#, Some(false)),
        (r#""acct":2"#, None),
        (r#""acct":null"#, None),
        (r#""idp":"live.com""#, Some(true)),
        (r#""idp":"https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, Some(false)),
        (r#""idp":"https://sts.windows.net/11111111-86f1-41af-91ab-2d7cd011db47/""#, Some(true)),
        (r#""idp":"https://sts.chinacloudapi.cn/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, Some(false)),
        (r#""idp":"https://partner.example/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, None),
        (r#""idp":"https://sts.windows.net.partner.example/72f988bf-86f1-41af-91ab-2d7cd011db47/""#, None),
        (r#""idp":"72f988bf-86f1-41af-91ab-2d7cd011db47""#, None),
        (r#""sub":"x""#, Some(false)),
    ];
    for (claim, guest) in table {
        assert_eq!(facts_of(&format!("{{{home},{claim}}}")).traits.guest, guest, "{claim}");
    }
}
