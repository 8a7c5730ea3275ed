//! The environment's own rules.

use super::*;

#[test]
fn the_environment_in_both_spellings() {
    let entra = Authority::entra(TENANT, CLIENT);
    describes(&env(&[("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)]), &entra);
    let both = env(&[("AzureAd__TenantId", TENANT), ("AZURE_TENANT_ID", OTHER), ("AzureAd__ClientId", CLIENT)]);
    describes(&both, &entra);
    assert!(env(&[("AZURE_TENANT_ID", " ")]).is_empty(), "an empty variable is none");
}

#[test]
fn a_list_is_numbered_or_has_commas_but_not_both() {
    let settings = |more: &[(&str, &str)]| {
        try_env(&[&[("AzureAd__TenantId", TENANT), ("AzureAd__ClientId", CLIENT)], more].concat())
    };
    let expected = ["a", "b", "c"].into_iter().fold(Authority::entra(TENANT, CLIENT), Authority::audience);
    for variables in [
        &[("AzureAd__Audiences", "a, b ,c")] as &[_],
        &[("AzureAd__Audiences__0", "a"), ("AzureAd__Audiences__1", "b"), ("AzureAd__Audiences__10", "c")],
        &[("AzureAd__Audience", "a"), ("AzureAd__Audiences__0", "b"), ("AzureAd__Audiences__2", "c")],
    ] {
        describes(&settings(variables).unwrap(), &expected);
    }
    let both = settings(&[("AzureAd__Audiences", "a"), ("AzureAd__Audiences__0", "b")]).unwrap_err();
    names(&both, &["AzureAd__Audiences and", "AzureAd__Audiences__0"]);
    for (variable, value) in [("AzureAd__Audiences__x", "a"), ("AzureAd__ClientId__0", "a")] {
        names(&settings(&[(variable, value)]).unwrap_err(), &[variable, "is not read"]);
    }
}

#[test]
fn what_workload_identity_sets_configures_this_api_only_where_nothing_else_does() {
    let pod = [
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", CLIENT),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/azure/tokens/azure-identity-token"),
    ];
    let with = |more: &[(&str, &str)]| env(&[&pod, more].concat());
    let host = "https://login.microsoftonline.com";
    describes(&with(&[]), &Authority::entra(TENANT, CLIENT).authority_host(host));
    describes(&with(&[("OIDC_ISSUER", "https://x"), ("OIDC_AUDIENCE", "a")]), &Authority::oidc("https://x", "a"));
    describes(&with(&[]).with_oidc_issuer("https://x").with_oidc_audience("a"), &Authority::oidc("https://x", "a"));
    let flow = ("AzureAdB2C__SignUpSignInPolicyId", "B2C_1_a");
    let id = ("AzureAdB2C__ClientId", OTHER);
    let b2c = with(&[flow, id, ("AzureAdB2C__Domain", "contoso.onmicrosoft.com")]);
    describes(&b2c, &Authority::b2c("contoso.onmicrosoft.com", "B2C_1_a", OTHER));
    names(&error(&with(&[flow, id])), &["set AzureAdB2C__Domain"]);
    names(&error(&with(&[flow, ("AzureAdB2C__Domain", "contoso")])), &["set AzureAdB2C__ClientId"]);
}
