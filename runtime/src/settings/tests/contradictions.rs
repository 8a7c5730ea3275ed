//! Contradictions are refused with one sentence that names both settings.

use super::*;

#[track_caller]
fn contradict(settings: Result<Settings, SetupError>, both: &[&str]) {
    let error = settings.and_then(|settings| settings.authority()).unwrap_err();
    assert_eq!(error.kind(), SetupErrorKind::ContradictorySettings, "{error}");
    names(&error, both);
}

#[test]
fn members_of_one_file_that_differ() {
    for (text, both) in [
        (r#"{"tenant_id":"a","AzureAd":{"TenantId":"b"}}"#, ["tenant_id in", "AzureAd.TenantId in"]),
        (r#"{"audience":"a","AzureAd":{"Audience":"b"}}"#, ["audience in", "AzureAd.Audience in"]),
        (r#"{"cloud":"China","AzureAd":{"Instance":"https://x"}}"#, ["cloud in", "AzureAd.Instance in"]),
        (r#"{"AzureAd":{"Cloud":"Public","Instance":"https://x"}}"#, ["AzureAd.Cloud in", "AzureAd.Instance in"]),
        (r#"{"tenant_id":"a","tenant_id":"a"}"#, ["tenant_id in settings.json", "twice"]),
        (r#"{"refuse_guests":true,"AzureAd":{"RefuseGuests":false}}"#, ["refuse_guests in", "AzureAd.RefuseGuests in"]),
    ] {
        contradict(try_file(text), &both);
    }
    names(&try_file(r#"{"AzureAd":{},"AzureAd":{}}"#).unwrap_err(), &["AzureAd", "twice"]);
}

#[test]
fn an_authority_that_differs_from_the_rest() {
    for (url, member, other) in [
        ("https://login.microsoftonline.com/a/v2.0", r#""TenantId":"b""#, "AzureAd.TenantId in"),
        (
            "https://login.microsoftonline.com/a",
            r#""Instance":"https://login.microsoftonline.us""#,
            "AzureAd.Instance in",
        ),
        ("https://login.microsoftonline.com/a", r#""Cloud":"China""#, "AzureAd.Cloud in"),
        (
            "https://c.b2clogin.com/c.onmicrosoft.com/B2C_1_a",
            r#""SignUpSignInPolicyId":"B2C_1_b""#,
            "AzureAd.SignUpSignInPolicyId in",
        ),
        ("https://c.b2clogin.com/c.onmicrosoft.com/B2C_1_a", r#""Domain":"d.onmicrosoft.com""#, "AzureAd.Domain in"),
    ] {
        contradict(
            try_file(&format!(r#"{{"AzureAd":{{"Authority":"{url}",{member},"ClientId":"C"}}}}"#)),
            &["AzureAd.Authority in settings.json", other, "remove one of them"],
        );
    }
    let variables = [("AzureAd__Authority", "https://login.microsoftonline.com/a"), ("AzureAd__TenantId", "b")];
    contradict(try_env(&variables), &["AzureAd__Authority", "AzureAd__TenantId"]);
}

#[test]
fn two_providers() {
    let openid = || env(&[("OIDC_ISSUER", "https://x")]);
    contradict(Ok(openid().over(env(&[("AZURE_TENANT_ID", TENANT)]))), &["AZURE_TENANT_ID", "OIDC_ISSUER", "Entra ID"]);
    contradict(Ok(openid().with_user_flow("B2C_1_a")), &["the argument user_flows", "OIDC_ISSUER", "B2C"]);
    contradict(
        Ok(file(r#"{"AzureAd":{"Instance":"https://x"}}"#).over(openid())),
        &["AzureAd.Instance in", "OIDC_ISSUER"],
    );
    contradict(Ok(openid().with_audience("a")), &["the argument audience", "OIDC_ISSUER"]);
    contradict(
        try_file(r#"{"AzureAd":{"Instance":"https://c.ciamlogin.com","SignUpSignInPolicyId":"B2C_1_a"}}"#),
        &["AzureAd.Instance in", "AzureAd.SignUpSignInPolicyId in", "External ID"],
    );
}

#[test]
fn two_places_of_the_metadata() {
    let text =
        r#"{"oidc_issuer":"https://x","oidc_audience":"a","oidc_metadata_url":"https://y","oidc_oauth_metadata":true}"#;
    contradict(try_file(text), &["oidc_metadata_url in", "oidc_oauth_metadata in"]);
}

#[test]
fn two_sections() {
    let both = r#"{"AzureAd":{"TenantId":"T"},"AzureAdB2C":{"Domain":"contoso"}}"#;
    contradict(try_file(both), &["AzureAd.TenantId in", "AzureAdB2C.Domain in", "Settings::from_section", "Verifier"]);
    contradict(
        Ok(file(r#"{"AzureAd":{"TenantId":"T"}}"#).over(env(&[("AzureAdB2C__TenantId", TENANT)]))),
        &["AzureAd.TenantId in", "AzureAdB2C__TenantId"],
    );
    // A section that says nothing about tokens is none.
    let other = r#"{"AzureAd":{"TenantId":"T","ClientId":"C"},"AzureAdB2C":{"CallbackPath":"/x","Domain":""}}"#;
    describes(&file(other), &Authority::entra(TENANT, CLIENT));
}

#[test]
fn a_list_of_tenants_beside_one_tenant() {
    contradict(
        Ok(arguments().with_allowed_tenants([TENANT])),
        &["the argument allowed_tenants", "the argument tenant_id"],
    );
    contradict(
        try_file(r#"{"AzureAd":{"TenantId":"T","ClientId":"C","AllowedTenants":["T"]}}"#),
        &["AzureAd.AllowedTenants in", "AzureAd.TenantId in", "organizations"],
    );
}

#[test]
fn options_of_another_provider() {
    let b2c = |member: &str| {
        try_file(&format!(
            r#"{{"AzureAdB2C":{{"Domain":"contoso","ClientId":"C","SignUpSignInPolicyId":"B2C_1_a",{member}}}}}"#
        ))
    };
    for (member, name) in [
        (r#""AllowedTenants":["T"]"#, "AzureAdB2C.AllowedTenants in"),
        (r#""RefuseGuests":true"#, "AzureAdB2C.RefuseGuests in"),
        (r#""CustomSigningKeys":true"#, "AzureAdB2C.CustomSigningKeys in"),
        (r#""Cloud":"China""#, "AzureAdB2C.Cloud in"),
        (r#""Instance":"https://login.microsoftonline.com/tfp/""#, "AzureAdB2C.Instance in"),
        (r#""ExternalId":true"#, "AzureAdB2C.ExternalId in"),
    ] {
        contradict(b2c(member), &[name, "AzureAdB2C.SignUpSignInPolicyId in"]);
    }
    let external = arguments().with_authority_host("https://contoso.ciamlogin.com");
    contradict(
        Ok(external.clone().with_refuse_guests()),
        &["the argument refuse_guests", "the argument authority_host"],
    );
    contradict(Ok(external.with_allowed_tenants([TENANT])), &["the argument allowed_tenants", "External ID"]);
    let entra = arguments().with_external_id().with_cloud(Cloud::Public);
    contradict(Ok(entra), &["the argument external_id", "the argument cloud"]);
}

#[test]
fn an_issuer_of_microsoft_is_no_openid_provider_and_the_right_settings_are_named() {
    for (host, setting) in [
        ("login.microsoftonline.com", "AzureAd__TenantId"),
        ("contoso.b2clogin.com", "AzureAdB2C__SignUpSignInPolicyId"),
        ("Contoso.CIAMLOGIN.com.", "AzureAd__Authority"),
    ] {
        let url = format!("https://{host}/{TENANT}/v2.0");
        let issuer = env(&[("OIDC_ISSUER", &url), ("OIDC_AUDIENCE", "api")]);
        names(&error(&issuer), &["OIDC_ISSUER", setting]);
        assert!(issuer.loaded().is_err());
        let text = format!(r#"{{"oidc_issuer":"https://x","oidc_audience":"a","oidc_metadata_url":"{url}"}}"#);
        names(&error(&file(&text)), &["oidc_metadata_url in settings.json", setting]);
    }
}
