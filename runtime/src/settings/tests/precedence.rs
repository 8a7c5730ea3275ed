//! An argument beats the file, the file beats the environment.

use super::*;

#[test]
fn an_argument_beats_the_file_and_the_file_beats_the_environment() {
    let environment = env(&[("AZURE_TENANT_ID", OTHER), ("AZURE_CLIENT_ID", CLIENT)]);
    let settings = file(r#"{"tenant_id":"T"}"#).over(environment);
    describes(&settings, &Authority::entra(TENANT, CLIENT));
    describes(&settings.with_tenant_id("contoso.com"), &Authority::entra("contoso.com", CLIENT));
}

#[test]
fn lists_are_replaced_and_not_gathered_across_places() {
    let file = file(r#"{"AzureAd":{"TenantId":"T","ClientId":"C","Audience":"a","Audiences":["b"]}}"#);
    let settings = file.over(env(&[("AzureAd__Audiences__0", "c")]));
    describes(&settings, &Authority::entra(TENANT, CLIENT).audience("a").audience("b"));
    describes(&settings.with_audience("d"), &Authority::entra(TENANT, CLIENT).audience("d"));
}

#[test]
fn an_authority_is_as_strong_as_the_place_that_it_stands_in() {
    let environment = env(&[("AZURE_TENANT_ID", OTHER), ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com")]);
    let settings =
        file(r#"{"authority":"https://login.microsoftonline.us/contoso.com","client_id":"C"}"#).over(environment);
    let expected = |tenant| Authority::entra(tenant, CLIENT).authority_host("https://login.microsoftonline.us");
    describes(&settings, &expected("contoso.com"));
    describes(&settings.with_tenant_id(TENANT), &expected(TENANT));
}

#[test]
fn an_argument_beats_the_domain_name_of_the_file() {
    let file =
        file(r#"{"AzureAdB2C":{"Domain":"contoso.onmicrosoft.com","ClientId":"C","SignUpSignInPolicyId":"B2C_1_a"}}"#);
    describes(&file.with_tenant_id("fabrikam"), &Authority::b2c("fabrikam", "B2C_1_a", CLIENT));
}

#[test]
fn a_cloud_is_an_authority_host_like_any_other() {
    let settings = file(r#"{"tenant_id":"T","client_id":"C","cloud":"China"}"#)
        .over(env(&[("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com")]));
    let expected = |host| Authority::entra(TENANT, CLIENT).authority_host(host);
    describes(&settings, &expected("https://login.partner.microsoftonline.cn"));
    describes(&settings.with_authority_host("https://x.example.com"), &expected("https://x.example.com"));
}
