//! Half a configuration is told in the words of the half that is there.

use super::*;

#[test]
fn half_a_configuration_names_the_missing_half_in_its_own_words() {
    for (settings, missing) in [
        (env(&[("AZURE_TENANT_ID", TENANT)]), "AZURE_CLIENT_ID"),
        (env(&[("AZURE_CLIENT_ID", CLIENT)]), "AZURE_TENANT_ID"),
        (env(&[("AzureAd__TenantId", TENANT)]), "AzureAd__ClientId"),
        (env(&[("AzureAd__Audience", "x")]), "AzureAd__TenantId"),
        (env(&[("AzureAd__Instance", "https://login.microsoftonline.us")]), "AzureAd__TenantId"),
        (env(&[("AzureAd__Instance", "https://contoso.ciamlogin.com")]), "AzureAd__ClientId"),
        (env(&[("AzureAdB2C__ClientId", CLIENT)]), "AzureAdB2C__SignUpSignInPolicyId"),
        (env(&[("AzureAdB2C__SignUpSignInPolicyId", "B2C_1_a")]), "AzureAdB2C__Domain"),
        (env(&[("OIDC_ISSUER", "https://x")]), "OIDC_AUDIENCE"),
        (env(&[("OIDC_AUDIENCE", "x")]), "OIDC_ISSUER"),
        (file(r#"{"tenant_id":"t"}"#), "client_id in settings.json"),
        (file(r#"{"allowed_tenants":["t"]}"#), "tenant_id in settings.json"),
        (file(r#"{"oidc_issuer":"https://x"}"#), "oidc_audience in settings.json"),
        (file(r#"{"user_flows":"B2C_1_a","client_id":"C"}"#), "tenant_id in settings.json"),
        (file(r#"{"AzureAd":{"ClientId":"C"}}"#), "AzureAd.TenantId in settings.json"),
        (
            file(r#"{"AzureAdB2C":{"Domain":"contoso","ClientId":"C"}}"#),
            "AzureAdB2C.SignUpSignInPolicyId in settings.json",
        ),
        (
            file(
                r#"{"AzureAdB2C":{"Authority":"https://contoso.b2clogin.com/contoso.onmicrosoft.com","ClientId":"C"}}"#,
            ),
            "AzureAdB2C.SignUpSignInPolicyId in settings.json",
        ),
        (
            file(r#"{"AzureAdB2C":{"SignUpSignInPolicyId":"B2C_1_a","Domain":"contoso"}}"#),
            "AzureAdB2C.ClientId in settings.json",
        ),
        (Settings::default().with_client_id(CLIENT), "the argument tenant_id"),
        (Settings::default().with_user_flow("B2C_1_a").with_client_id(CLIENT), "the argument tenant_id"),
        (Settings::default().with_oidc_issuer("https://x"), "the argument oidc_audience"),
    ] {
        let error = error(&settings);
        assert_eq!(error.kind(), SetupErrorKind::IncompleteSettings);
        assert!(error.to_string().ends_with(&format!("set {missing}")), "{error}");
        assert!(settings.loaded().is_err(), "it is told at once");
    }
}

#[test]
fn settings_without_an_issuer_say_what_to_set() {
    names(&error(&env(&[("OIDC_ALLOWED_CLIENTS", "a")])), &["OIDC_ALLOWED_CLIENTS", "OIDC_ISSUER"]);
}

#[test]
fn any_tenant_asks_for_the_tenants_in_its_own_words() {
    for tenant in ["common", "Organizations", "consumers"] {
        for (settings, named) in [
            (env(&[("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", CLIENT)]), "set AzureAd__AllowedTenants"),
            (env(&[("AzureAd__TenantId", tenant), ("AzureAd__ClientId", CLIENT)]), "set AzureAd__AllowedTenants"),
            (file(&format!(r#"{{"tenant_id":"{tenant}","client_id":"C"}}"#)), "set allowed_tenants in settings.json"),
            (
                file(&format!(r#"{{"AzureAd":{{"TenantId":"{tenant}","ClientId":"C"}}}}"#)),
                "set AzureAd.AllowedTenants in settings.json",
            ),
            (Settings::default().with_tenant_id(tenant).with_client_id(CLIENT), ".with_allowed_tenants(["),
        ] {
            names(&error(&settings), &[tenant, named, "Directory (tenant) ID"]);
            describes(
                &settings.with_allowed_tenants([TENANT]),
                &Authority::entra(tenant, CLIENT).allow_tenants([TENANT]),
            );
        }
    }
}

#[test]
fn a_b2c_tenant_by_its_guid_asks_where_it_is() {
    let text = r#"{"AzureAdB2C":{"TenantId":"T","ClientId":"C","SignUpSignInPolicyId":"B2C_1_a"}}"#;
    names(&error(&file(text)), &["AzureAdB2C.TenantId in", "AzureAdB2C.Instance in", "contoso.onmicrosoft.com"]);
    names(&error(&arguments().with_user_flow("B2C_1_a")), &["the argument tenant_id", "the argument authority_host"]);
}
