//! Settings that are wrong in themselves, or would do nothing.

use super::*;

#[test]
fn a_setting_that_is_nearly_one_is_refused() {
    for (text, name, meant) in [
        (r#"{"allowed_client":["a"]}"#, "allowed_client in settings.json", "allowed_clients"),
        (r#"{"allowed_tenant":["a"]}"#, "allowed_tenant in settings.json", "allowed_tenants"),
        (r#"{"tenantId":"a"}"#, "tenantId in settings.json", "tenant_id"),
        (r#"{"azuread":{}}"#, "azuread in settings.json", "AzureAd"),
        (r#"{"AzureADB2C":{}}"#, "AzureADB2C in settings.json", "AzureAdB2C"),
        (r#"{"AzureAd":{"AllowedClient":["a"]}}"#, "AzureAd.AllowedClient in settings.json", "AllowedClients"),
        (r#"{"AzureAd":{"RefuseGuest":true}}"#, "AzureAd.RefuseGuest in settings.json", "RefuseGuests"),
        (r#"{"AzureAd":{"clientId":"a"}}"#, "AzureAd.clientId in settings.json", "ClientId"),
        (r#"{"AzureAd":{"cloud":"a"}}"#, "AzureAd.cloud in settings.json", "Cloud"),
    ] {
        let section = if name.starts_with("AzureAd.") { "AzureAd." } else { "" };
        let write = format!("write {section}{meant} in settings.json");
        names(&try_file(text).unwrap_err(), &[name, "is not read", &write]);
    }
    for (variable, meant) in [
        ("AzureAd__AllowedClient", "AzureAd__AllowedClients"),
        ("AzureAd__AllowedClient__0", "AzureAd__AllowedClients"),
        ("AZUREAD__TENANTID", "AzureAd__TenantId"),
        ("AzureAd__TENANTID", "AzureAd__TenantId"),
        ("OIDC_AUDIENCES", "OIDC_AUDIENCE"),
    ] {
        names(
            &try_env(&[(variable, "x")]).unwrap_err(),
            &[variable.trim_end_matches("__0"), &format!("write {meant}")],
        );
    }
}

#[test]
fn what_an_application_or_another_tool_sets_is_left_alone() {
    for text in [
        r#"{"api_key":"k","action":"x","tenants":1,"Domain":"weather.example.com","provider":"x","clouds":[]}"#,
        r#"{"Audience":"a","Cloud":"b","Logging":{"LogLevel":{"Default":"Information"}},"AllowedHosts":"*"}"#,
    ] {
        assert!(file(text).is_empty(), "{text}");
    }
    let others = ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ISSUER_URL", "AZURE_TENANT", "AZURE_CLIENT_SECRET"];
    assert!(env(&others.map(|name| (name, "x"))).is_empty());
}

/// The members of Microsoft.Identity.Web that an API's check of tokens has nothing to do with.
#[test]
fn members_for_web_apps_are_left_alone() {
    let page = include_str!("../../_documentation/settings.md");
    let (_, rest) = page.split_once("# What is left alone").unwrap();
    let (list, _) = rest.split_once("\n# ").unwrap();
    let members: Vec<_> = list.split('`').skip(1).step_by(2).filter(|it| it.starts_with(char::is_uppercase)).collect();
    assert!(members.len() > 20 && members.contains(&"ClientSecret"), "{members:?}");
    for member in members {
        let settings = file(&format!(r#"{{"AzureAd":{{"{member}":"x"}}}}"#));
        assert!(settings.is_empty(), "{member}");
        assert!(env(&[(&format!("AzureAd__{member}"), "x"), (&format!("AzureAdB2C__{member}__0"), "x")]).is_empty());
    }
}

#[test]
fn a_member_that_bears_on_tokens_and_would_do_nothing_is_refused() {
    for (member, instead) in schema::ELSEWHERE {
        for value in ["true", r#"[{"SourceType":"KeyVault"}]"#, r#"{"ValidateIssuer":false}"#, r#""x""#] {
            let error = try_file(&format!(r#"{{"AzureAd":{{"{member}":{value}}}}}"#)).unwrap_err();
            names(&error, &[&format!("AzureAd.{member} in settings.json"), instead]);
        }
        for value in ["false", "null", "[]", r#""""#] {
            assert!(file(&format!(r#"{{"AzureAd":{{"{member}":{value}}}}}"#)).is_empty());
        }
        names(
            &try_env(&[(&format!("AzureAd__{member}"), "true")]).unwrap_err(),
            &[&format!("AzureAd__{member}"), instead],
        );
        let nested = format!("AzureAd__{member}__0__SourceType");
        names(&try_env(&[(&nested, "x")]).unwrap_err(), &[instead]);
    }
}

#[test]
fn who_may_call_is_never_left_empty() {
    for text in [
        r#"{"allowed_clients":[]}"#,
        r#"{"allowed_tenants":""}"#,
        r#"{"AzureAd":{"RefuseGuests":""}}"#,
        r#"{"AzureAd":{"AllowedClients":[" ",""]}}"#,
    ] {
        names(&try_file(text).unwrap_err(), &["is empty"]);
    }
    names(&try_env(&[("AzureAd__AllowedClients", "")]).unwrap_err(), &["AzureAd__AllowedClients is empty"]);
    names(&try_env(&[("OIDC_ALLOWED_CLIENTS", " ")]).unwrap_err(), &["OIDC_ALLOWED_CLIENTS is empty"]);
}

#[test]
fn values_of_the_wrong_kind_are_named() {
    for (text, named) in [
        (r#"{"tenant_id":1}"#, "tenant_id in settings.json is a number; write a text"),
        (r#"{"tenant_id":["a"]}"#, "is a list; write a text"),
        (r#"{"client_id":true}"#, "is true or false; write a text"),
        (r#"{"audience":{"a":1}}"#, "is an object; write a list of texts"),
        (r#"{"audience":["a",1]}"#, "a list of something else than texts"),
        (r#"{"refuse_guests":"yes"}"#, "is neither true nor false"),
        (r#"{"refuse_guests":1}"#, "is a number; write true or false"),
        (r#"{"cloud":"Germany"}"#, "cloud in settings.json is \"Germany\"; write Public, UsGovernment or China"),
        (r#"{"authority":"login.microsoftonline.com/a"}"#, "authority in settings.json is not a URL"),
        (r#"{"authority":"https://x/a/b/c"}"#, "write https://host/tenant/v2.0"),
    ] {
        names(&try_file(text).unwrap_err(), &[named]);
    }
    for (text, named) in [
        (r#"{"tenant_id":"T","client_id":"my-api"}"#, "client_id in settings.json is \"my-api\", which is not a GUID"),
        (
            r#"{"tenant_id":"organizations","client_id":"C","allowed_tenants":["contoso.com"]}"#,
            "allowed_tenants in settings.json has \"contoso.com\"",
        ),
        (r#"{"tenant_id":"T","client_id":"C","authority_host":"x"}"#, "authority_host in settings.json is not a URL"),
        (
            r#"{"oidc_issuer":"https://x","oidc_audience":"a","oidc_algorithms":["RS256","HS256"]}"#,
            "oidc_algorithms in settings.json has \"HS256\"",
        ),
        (r#"{"oidc_issuer":"https://x","oidc_audience":"a","oidc_algorithms":"none"}"#, "has \"none\""),
        (r#"{"oidc_issuer":"http://x","oidc_audience":"a"}"#, "oidc_issuer in settings.json must start with https://"),
    ] {
        names(&error(&file(text)), &[named]);
        assert!(file(text).loaded().is_err());
    }
}

#[test]
fn a_wrong_argument_is_told_when_the_settings_are_used() {
    let settings = Settings::default().with_authority("contoso").with_client_id(CLIENT);
    assert!(!settings.is_empty());
    names(&error(&settings), &["the argument authority", "https://"]);
}
