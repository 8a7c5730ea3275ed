//! Which authority each form of settings describes.

use jsonwebtoken::Algorithm;

use super::*;
use crate::authority::TokenProfile;

#[test]
fn the_course_file_and_the_azure_ad_section_are_entra_id() {
    let entra = Authority::entra(TENANT, CLIENT);
    for text in [
        r#"{"api_key":"k","action":"x","client_id":"C","tenant_id":"T"}"#,
        r#"{"AzureAd":{"TenantId":"T","ClientId":"C","Scopes":"a","CallbackPath":"/signin-oidc","ClientSecret":"s"}}"#,
        r#"{"AzureAd":{"TenantId":"T","ClientId":"C","AllowWebApiToBeAuthorizedByACL":false,"Audiences":[]}}"#,
        r#"{"tenant_id":"T","client_id":"C","AzureAd":{"TenantId":"T","ClientId":"C"}}"#,
    ] {
        describes(&file(text), &entra);
    }
    describes(
        &file(r#"{"AzureAd":{"Instance":"https://x.example.com/","TenantId":"T","ClientId":"C","Domain":"c.com"}}"#),
        &Authority::entra(TENANT, CLIENT).authority_host("https://x.example.com"),
    );
}

#[test]
fn a_domain_name_stands_for_the_tenant_where_there_is_no_tenant_id() {
    let text = r#"{"AzureAd":{"Domain":"contoso.com","ClientId":"C"}}"#;
    describes(&file(text), &Authority::entra("contoso.com", CLIENT));
    describes(&file(r#"{"tenant_id":"contoso.com","client_id":"C"}"#), &Authority::entra("contoso.com", CLIENT));
}

#[test]
fn audience_and_audiences_are_one_list() {
    for audiences in [
        r#""Audience":"api://a","Audiences":["b","c"]"#,
        r#""Audiences":["b","c"],"Audience":"api://a""#,
        r#""Audiences":"api://a, b,c""#,
    ] {
        let settings = file(&format!(r#"{{"AzureAd":{{"TenantId":"T","ClientId":"C",{audiences}}}}}"#));
        let same = arguments().with_audiences(["api://a", "b", "c"]);
        assert!(settings.mean_the_same(&same), "{audiences}");
    }
    describes(&arguments().with_audiences(["a", "b"]), &Authority::entra(TENANT, CLIENT).audience("a").audience("b"));
}

#[test]
fn every_option_of_entra_id() {
    let expected = Authority::entra("organizations", CLIENT)
        .authority_host("https://login.microsoftonline.us")
        .audience("api://a")
        .allow_tenants([TENANT, OTHER])
        .allow_clients(["x", "y"])
        .refuse_guests()
        .custom_signing_keys();
    let lists = format!(r#"["{TENANT}","{OTHER}"]"#);
    describes(
        &file(&format!(
            r#"{{"tenant_id":"organizations","client_id":"C","cloud":"us_government","audience":"api://a",
            "allowed_tenants":{lists},"allowed_clients":"x,y","refuse_guests":true,"custom_signing_keys":true}}"#
        )),
        &expected,
    );
    describes(
        &file(&format!(
            r#"{{"AzureAd":{{"TenantId":"organizations","ClientId":"C","Cloud":"AzureUsGovernment","Audience":"api://a",
            "AllowedTenants":{lists},"AllowedClients":["x","y"],"RefuseGuests":"True","CustomSigningKeys":true}}}}"#
        )),
        &expected,
    );
    describes(
        &env(&[
            ("AzureAd__TenantId", "organizations"),
            ("AzureAd__ClientId", CLIENT),
            ("AzureAd__Instance", "https://login.microsoftonline.us/"),
            ("AzureAd__Audience", "api://a"),
            ("AzureAd__AllowedTenants__1", OTHER),
            ("AzureAd__AllowedTenants__0", TENANT),
            ("AzureAd__AllowedClients", "x, y"),
            ("AzureAd__RefuseGuests", "true"),
            ("AzureAd__CustomSigningKeys", "TRUE"),
        ]),
        &expected,
    );
    describes(
        &Settings::default()
            .with_tenant_id("organizations")
            .with_client_id(CLIENT)
            .with_cloud(Cloud::UsGovernment)
            .with_audience("api://a")
            .with_allowed_tenants([TENANT, OTHER])
            .with_allowed_clients(["x", "y"])
            .with_refuse_guests()
            .with_custom_signing_keys(),
        &expected,
    );
}

#[test]
fn a_switch_that_is_off_is_as_good_as_none() {
    let text = r#"{"tenant_id":"T","client_id":"C","refuse_guests":false,"custom_signing_keys":"false"}"#;
    describes(&file(text), &Authority::entra(TENANT, CLIENT));
    let text = r#"{"oidc_issuer":"https://x","oidc_audience":"a","refuse_guests":false}"#;
    describes(&file(text), &Authority::oidc("https://x", "a"));
}

#[test]
fn an_authority_of_entra_id_is_host_and_tenant() {
    for authority in ["https://login.microsoftonline.us/T", "https://login.microsoftonline.us/T/v2.0/"] {
        let authority = authority.replace('T', TENANT);
        let expected = Authority::entra(TENANT, CLIENT).authority_host("https://login.microsoftonline.us");
        describes(&file(&format!(r#"{{"AzureAd":{{"Authority":"{authority}","ClientId":"C"}}}}"#)), &expected);
        describes(&Settings::default().with_authority(&authority).with_client_id(CLIENT), &expected);
        describes(&env(&[("AzureAd__Authority", &authority), ("AzureAd__ClientId", CLIENT)]), &expected);
        // What it says may be said again.
        let again = format!(
            r#"{{"AzureAd":{{"Authority":"{authority}","Instance":"https://login.microsoftonline.us/","TenantId":"T",
            "ClientId":"C"}}}}"#
        );
        describes(&file(&again), &expected);
    }
}

#[test]
fn hosts_of_ciamlogin_are_external_id() {
    let host = "https://contoso.ciamlogin.com";
    let by_id = Authority::external_id(TENANT, CLIENT).authority_host(host);
    let by_name = Authority::external_id("contoso", CLIENT).authority_host(host);
    let by_domain = Authority::external_id("contoso.onmicrosoft.com", CLIENT).authority_host(host);
    for (members, expected) in [
        (r#""Instance":"https://contoso.ciamlogin.com/","TenantId":"T""#, &by_id),
        (r#""Instance":"https://contoso.ciamlogin.com/""#, &by_name),
        (r#""Authority":"https://contoso.ciamlogin.com/""#, &by_name),
        (r#""Authority":"https://contoso.ciamlogin.com/contoso.onmicrosoft.com""#, &by_domain),
        (r#""Authority":"https://contoso.ciamlogin.com","Domain":"contoso.onmicrosoft.com""#, &by_domain),
    ] {
        describes(&file(&format!(r#"{{"AzureAd":{{{members},"ClientId":"C","Scopes":{{}}}}}}"#)), expected);
    }
    describes(&arguments().with_authority_host(host), &by_id);
}

#[test]
fn a_custom_domain_is_external_id_where_that_is_said() {
    let expected = Authority::external_id(TENANT, CLIENT).authority_host("https://login.contoso.com");
    describes(
        &file(
            r#"{"AzureAd":{"Instance":"https://login.contoso.com/","TenantId":"T","ClientId":"C","ExternalId":true}}"#,
        ),
        &expected,
    );
    describes(&arguments().with_authority_host("https://login.contoso.com").with_external_id(), &expected);
}

#[test]
fn the_azure_ad_b2c_section_is_b2c() {
    let section = |members: &str| file(&format!(r#"{{"AzureAdB2C":{{{members},"ClientId":"C"}}}}"#));
    let domain = || Authority::b2c("contoso.onmicrosoft.com", "B2C_1_susi", CLIENT);
    let b2clogin = "https://contoso.b2clogin.com";
    for (members, expected) in [
        (r#""Domain":"contoso.onmicrosoft.com","SignUpSignInPolicyId":"B2C_1_susi""#, domain()),
        (
            r#""Instance":"https://contoso.b2clogin.com/tfp/","Domain":"contoso.onmicrosoft.com","TenantId":"T",
            "SignUpSignInPolicyId":"B2C_1_susi","ResetPasswordPolicyId":"B2C_1_reset",
            "EditProfilePolicyId":"B2C_1_edit","SignedOutCallbackPath":"/signout/B2C_1_susi""#,
            domain().authority_host(b2clogin),
        ),
        (
            r#""Instance":"https://login.contoso.com","Domain":"contoso.onmicrosoft.com",
            "SignUpSignInPolicyId":"B2C_1_susi","UserFlows":["B2C_1A_StepUp"]"#,
            domain().authority_host("https://login.contoso.com").user_flow("B2C_1A_StepUp"),
        ),
        (
            r#""Authority":"https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1_susi/v2.0",
            "Domain":"contoso.onmicrosoft.com","SignUpSignInPolicyId":"b2c_1_SUSI""#,
            Authority::b2c("contoso.onmicrosoft.com", "b2c_1_SUSI", CLIENT).authority_host(b2clogin),
        ),
        (
            r#""Instance":"https://contoso.b2clogin.com","TenantId":"T","SignUpSignInPolicyId":"B2C_1_susi""#,
            Authority::b2c(TENANT, "B2C_1_susi", CLIENT).authority_host(b2clogin),
        ),
        (
            r#""Instance":"https://contoso.b2clogin.com","SignUpSignInPolicyId":"B2C_1_susi""#,
            Authority::b2c("contoso", "B2C_1_susi", CLIENT).authority_host(b2clogin),
        ),
    ] {
        describes(&section(members), &expected);
    }
}

#[test]
fn a_user_flow_makes_a_tenant_of_b2c_wherever_it_is_written() {
    let expected = Authority::b2c("contoso", "B2C_1_susi", CLIENT);
    describes(&file(r#"{"tenant_id":"contoso","client_id":"C","user_flows":"B2C_1_susi"}"#), &expected);
    describes(
        &file(r#"{"AzureAd":{"TenantId":"contoso","ClientId":"C","SignUpSignInPolicyId":"B2C_1_susi"}}"#),
        &expected,
    );
    describes(
        &Settings::default().with_tenant_id("contoso").with_client_id(CLIENT).with_user_flow("B2C_1_susi"),
        &expected,
    );
    describes(
        &env(&[
            ("AzureAdB2C__Domain", "contoso"),
            ("AzureAdB2C__ClientId", CLIENT),
            ("AzureAdB2C__SignUpSignInPolicyId", "B2C_1_susi"),
            ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"),
        ]),
        &expected,
    );
}

#[test]
fn an_openid_issuer_and_its_audiences() {
    describes(
        &file(r#"{"oidc_issuer":"https://x.example.com/","oidc_audience":["a","b"],"allowed_clients":["c"]}"#),
        &Authority::oidc("https://x.example.com/", "a").audience("b").allow_clients(["c"]),
    );
    describes(
        &env(&[("OIDC_ISSUER", "https://x"), ("OIDC_AUDIENCE", "a"), ("OIDC_ALLOWED_CLIENTS", "c,d")]),
        &Authority::oidc("https://x", "a").allow_clients(["c", "d"]),
    );
    describes(
        &Settings::default().with_oidc_issuer("https://x").with_oidc_audience("a"),
        &Authority::oidc("https://x", "a"),
    );
}

#[test]
fn every_option_of_an_openid_provider() {
    let expected = Authority::oidc("https://x/oauth2/default", "a")
        .profile(TokenProfile::okta())
        .algorithms([Algorithm::ES256, Algorithm::EdDSA])
        .metadata_url("https://y/metadata")
        .keys_file("keys.json");
    describes(
        &file(
            r#"{"oidc_issuer":"https://x/oauth2/default","oidc_audience":"a","oidc_profile":"okta",
            "oidc_algorithms":["ES256","EdDSA"],"oidc_metadata_url":"https://y/metadata","keys_file":"keys.json"}"#,
        ),
        &expected,
    );
    describes(
        &env(&[
            ("OIDC_ISSUER", "https://x/oauth2/default"),
            ("OIDC_AUDIENCE", "a"),
            ("OIDC_PROFILE", "Okta"),
            ("OIDC_ALGORITHMS", "ES256, EdDSA"),
            ("OIDC_METADATA_URL", "https://y/metadata"),
            ("OIDC_KEYS_FILE", "keys.json"),
        ]),
        &expected,
    );
    let issuer = Settings::default().with_oidc_issuer("https://x/oauth2/default").with_oidc_audience("a");
    describes(
        &issuer
            .clone()
            .with_oidc_profile("okta")
            .with_oidc_algorithms([Algorithm::ES256, Algorithm::EdDSA])
            .with_oidc_metadata_url("https://y/metadata")
            .with_keys_file("keys.json"),
        &expected,
    );
    let oauth = Authority::oidc("https://x/oauth2/default", "a").oauth_metadata();
    describes(&issuer.clone().with_oidc_oauth_metadata(), &oauth);
    describes(&issuer.over(env(&[("OIDC_OAUTH_METADATA", "true")])), &oauth);
}

#[test]
fn every_profile_by_its_name() {
    let with = |profile: &str| {
        Settings::default().with_oidc_issuer("https://x/y").with_oidc_audience("api").with_oidc_profile(profile)
    };
    for (name, profile) in [
        ("rfc9068", TokenProfile::rfc9068()),
        ("auth0", TokenProfile::auth0()),
        ("okta", TokenProfile::okta()),
        ("keycloak", TokenProfile::keycloak("api")),
        ("cognito", TokenProfile::cognito()),
    ] {
        describes(&with(name), &Authority::oidc("https://x/y", "api").profile(profile));
    }
    names(&error(&with("ping")), &["the argument oidc_profile", "keycloak", "Authority::profile"]);
}

#[test]
fn keys_in_a_file_are_for_authorities_that_need_no_metadata() {
    describes(&arguments().with_keys_file("keys.json"), &Authority::entra(TENANT, CLIENT).keys_file("keys.json"));
    describes(
        &env(&[("AzureAd__TenantId", TENANT), ("AzureAd__ClientId", CLIENT), ("AzureAd__KeysFile", "keys.json")]),
        &Authority::entra(TENANT, CLIENT).keys_file("keys.json"),
    );
    names(
        &error(&arguments().with_user_flow("B2C_1_a").with_keys_file("keys.json")),
        &["the argument keys_file", "the argument user_flows"],
    );
    names(&error(&env(&[("OIDC_KEYS_FILE", "keys.json")])), &["OIDC_KEYS_FILE is set, but no issuer"]);
}

#[test]
fn each_section_of_a_file_can_be_read_alone() {
    let text = filled(
        r#"{"AzureAd":{"TenantId":"T","ClientId":"C"},"client_id":"x",
        "Customers":{"Authority":"https://contoso.ciamlogin.com/","ClientId":"C","CallbackPath":"/x"}}"#,
    );
    let section = |name| Settings::agreeing(file::read(&text, "appsettings.json", Some(name))?);
    describes(&section("AzureAd").unwrap(), &Authority::entra(TENANT, CLIENT));
    describes(
        &section("Customers").unwrap(),
        &Authority::external_id("contoso", CLIENT).authority_host("https://contoso.ciamlogin.com"),
    );
    names(&section("AzureAdB2C").unwrap_err(), &["appsettings.json", "no section AzureAdB2C"]);
}
