use super::*;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

fn env(pairs: &[(&str, &str)]) -> Settings {
    Settings::from_variables(|name| {
        pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    })
}

fn file(text: &str) -> Result<Settings, SetupError> {
    serde_json::from_str::<File>(text).unwrap().settings("settings.json")
}

fn values(settings: &Settings) -> (&str, &str) {
    let (first, second, _) = settings.halves().unwrap();
    (first, second)
}

fn error(settings: &Settings) -> String {
    settings.authority().unwrap_err().to_string()
}

#[test]
fn the_environment_in_both_spellings() {
    let azure = env(&[("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)]);
    assert_eq!(values(&azure), (TENANT, CLIENT));
    let both = env(&[("AzureAd__TenantId", "a"), ("AZURE_TENANT_ID", "b"), ("AzureAd__ClientId", "c")]);
    assert_eq!(values(&both), ("a", "c"), "AzureAd__ beats AZURE_");
    assert!(env(&[("AZURE_TENANT_ID", " ")]).is_empty(), "an empty variable is none");
    assert!(env(&[("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")]).is_empty());
}

#[test]
fn the_course_file_and_the_azure_ad_section() {
    let course =
        file(&format!(r#"{{"api_key":"k","action":"x","client_id":"{CLIENT}","tenant_id":"{TENANT}"}}"#)).unwrap();
    assert_eq!(values(&course), (TENANT, CLIENT));
    let section = file(&format!(
        r#"{{"AzureAd":{{"Instance":"https://x","TenantId":"{TENANT}","ClientId":"{CLIENT}","Scopes":"a"}}}}"#
    ))
    .unwrap();
    assert_eq!(values(&section), (TENANT, CLIENT));
    assert_eq!(section.authority_host.unwrap().value, "https://x");
    let contradiction = file(r#"{"tenant_id":"a","AzureAd":{"TenantId":"b"}}"#).unwrap_err().to_string();
    assert!(contradiction.contains("tenant_id in") && contradiction.contains("AzureAd.TenantId in"), "{contradiction}");
}

#[test]
fn an_argument_beats_the_file_and_the_file_beats_the_environment() {
    let environment = env(&[("AZURE_TENANT_ID", "env"), ("AZURE_CLIENT_ID", "env")]);
    let settings = file(r#"{"tenant_id":"file"}"#).unwrap().over(environment);
    assert_eq!(values(&settings), ("file", "env"));
    assert_eq!(values(&settings.with_tenant_id("argument")), ("argument", "env"));
}

#[test]
fn half_a_configuration_names_the_missing_half_in_its_own_words() {
    for (settings, missing) in [
        (env(&[("AZURE_TENANT_ID", TENANT)]), "AZURE_CLIENT_ID"),
        (env(&[("AZURE_CLIENT_ID", CLIENT)]), "AZURE_TENANT_ID"),
        (env(&[("AzureAd__TenantId", TENANT)]), "AzureAd__ClientId"),
        (env(&[("AzureAd__Audience", "x")]), "AzureAd__TenantId"),
        (env(&[("OIDC_ISSUER", "https://x")]), "OIDC_AUDIENCE"),
        (env(&[("OIDC_AUDIENCE", "x")]), "OIDC_ISSUER"),
        (file(r#"{"tenant_id":"t"}"#).unwrap(), "client_id in settings.json"),
        (file(r#"{"AzureAd":{"ClientId":"c"}}"#).unwrap(), "AzureAd.TenantId in settings.json"),
        (Settings::default().with_client_id("c"), "the argument tenant_id"),
    ] {
        assert!(error(&settings).ends_with(&format!("set {missing}")), "{}", error(&settings));
        assert!(settings.checked().is_err());
    }
}

#[test]
fn guids_are_the_same_in_either_case() {
    let upper = Settings::default().with_tenant_id(TENANT.to_uppercase()).with_client_id(CLIENT);
    let lower = Settings::default().with_tenant_id(TENANT).with_client_id(CLIENT.to_uppercase());
    assert!(upper.mean_the_same(&lower));
    assert!(!upper.mean_the_same(&Settings::default()));
}

#[test]
fn a_setting_that_would_do_nothing_is_refused() {
    for member in [r#""Authority":"https://x/common""#, r#""Audiences":["a"]"#] {
        let message = file(&format!(r#"{{"AzureAd":{{{member}}}}}"#)).unwrap_err().to_string();
        assert!(message.contains("Instance and TenantId"), "{message}");
    }
}

#[test]
fn nothing_at_all_is_empty_and_says_what_to_set() {
    assert!(Settings::default().checked().unwrap().is_empty());
    assert!(error(&Settings::default()).contains("AZURE_TENANT_ID"));
}

#[test]
fn two_providers_contradict_each_other() {
    let both = env(&[("AZURE_TENANT_ID", TENANT), ("OIDC_ISSUER", "https://x")]);
    let message = error(&both);
    assert!(message.contains("AZURE_TENANT_ID") && message.contains("OIDC_ISSUER"), "{message}");
}

#[test]
fn a_file_that_is_not_json_is_named() {
    let message = Settings::from_file("Cargo.toml").unwrap_err().to_string();
    assert!(message.contains("Cargo.toml"), "{message}");
    assert!(Settings::from_file("no-such-file.json").is_err());
}
