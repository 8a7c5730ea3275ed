use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::*;

mod contradictions;
mod documentation;
mod environment;
mod halves;
mod log;
mod precedence;
mod providers;
mod slips;
mod unreadable;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER: &str = "fa15d692-e9c7-4460-a743-29f2956fd429";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

fn try_env(pairs: &[(&str, &str)]) -> Result<Settings, SetupError> {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value))).collect();
    try_os_env(&pairs)
}

fn try_os_env(pairs: &[(&OsStr, &OsStr)]) -> Result<Settings, SetupError> {
    let variables: BTreeMap<_, _> = pairs.iter().copied().collect();
    let lookup = |name: &str| variables.get(OsStr::new(name)).map(|value| (*value).to_owned());
    let names = variables.keys().map(|name| (*name).to_owned());
    Settings::from_environment(&Environment::new(names, &lookup)?)
}

fn env(pairs: &[(&str, &str)]) -> Settings {
    try_env(pairs).unwrap()
}

/// A file whose `T` stands for the tenant and `C` for the client id.
fn try_file(text: &str) -> Result<Settings, SetupError> {
    Settings::agreeing(file::read(&filled(text), "settings.json", None)?)
}

fn filled(text: &str) -> String {
    text.replace("\"T\"", &format!("\"{TENANT}\"")).replace("\"C\"", &format!("\"{CLIENT}\""))
}

fn file(text: &str) -> Settings {
    try_file(text).unwrap()
}

fn arguments() -> Settings {
    Settings::default().with_tenant_id(TENANT).with_client_id(CLIENT)
}

/// The authority, as it prints itself: whatever it was built from, equal ones are equal.
fn printed(authority: &Authority) -> String {
    format!("{authority:?}")
}

#[track_caller]
fn describes(settings: &Settings, expected: &Authority) {
    assert_eq!(printed(&settings.authority().unwrap()), printed(expected));
}

fn error(settings: &Settings) -> SetupError {
    settings.authority().unwrap_err()
}

/// The error, which must name each of `names`.
#[track_caller]
fn names(error: &SetupError, names: &[&str]) {
    let message = error.to_string();
    for name in names {
        assert!(message.contains(name), "{name} is not named: {message}");
    }
}

#[test]
fn nothing_at_all_is_empty_and_says_what_to_set() {
    assert!(Settings::default().loaded().unwrap().is_empty());
    names(&error(&Settings::default()), &["AZURE_TENANT_ID", "OIDC_ISSUER", "settings.json"]);
    for text in ["{}", r#"{"api_key":"k","action":"x"}"#, r#"{"tenant_id":"","AzureAd":{"TenantId":null}}"#] {
        assert!(file(text).is_empty(), "{text}");
    }
}

#[test]
fn an_authority_host_that_the_platform_set_configures_nothing() {
    assert!(env(&[("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")]).is_empty());
    assert!(!file(r#"{"AzureAd":{"Instance":"https://login.microsoftonline.us"}}"#).is_empty());
}

#[test]
fn equal_values_are_equal_however_they_are_written() {
    let upper = Settings::default().with_tenant_id(TENANT.to_uppercase()).with_client_id(CLIENT);
    let lower = Settings::default().with_tenant_id(TENANT).with_client_id(CLIENT.to_uppercase());
    assert!(upper.mean_the_same(&lower));
    assert!(!upper.mean_the_same(&Settings::default()));
    let host = |host: &str| arguments().with_authority_host(host);
    assert!(host("https://LOGIN.microsoftonline.us/").mean_the_same(&host("https://login.microsoftonline.us")));
    let clients = |clients: [&str; 2]| arguments().with_allowed_clients(clients);
    assert!(clients(["a", "b"]).mean_the_same(&clients(["b", "a"])));
    assert!(!host("https://login.microsoftonline.us").mean_the_same(&arguments()));
}

#[test]
fn a_file_that_is_not_json_is_named() {
    names(&Settings::from_file("Cargo.toml").unwrap_err(), &["Cargo.toml", "line 1"]);
    names(&Settings::from_file("no-such-file.json").unwrap_err(), &["no-such-file.json"]);
    for text in ["", "[]", "1", "\"x\"", r#"{"AzureAd":1}"#, r#"{"AzureAd":"secret"}"#, "{} {}"] {
        let error = try_file(text).unwrap_err();
        assert_eq!(error.kind(), SetupErrorKind::SettingsFile, "{text}");
        names(&error, &["settings.json: "]);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn a_file_may_have_comments_and_a_byte_order_mark() {
    let text = "\u{feff}{ // the tenant\n \"tenant_id\": \"T\", /* and\n the client */ \"client_id\": \"C\" }";
    describes(&file(text), &Authority::entra(TENANT, CLIENT));
}

#[test]
fn no_secret_is_ever_read() {
    let settings = file(
        r#"{"api_key":"hunter2","tenant_id":"T","client_id":"C","AzureAd":{"TenantId":"T","ClientSecret":"hunter2",
        "ClientCredentials":[{"SourceType":"ClientSecret","ClientSecret":"hunter2"}]}}"#,
    );
    assert!(!format!("{settings:?}").contains("hunter2"));
    let asked = std::cell::RefCell::new(Vec::new());
    let value = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        None
    };
    let names = ["AzureAd__ClientSecret", "AZURE_CLIENT_SECRET", "AzureAd__ClientCredentials__0__ClientSecret"];
    let environment = Environment::new(names.map(OsString::from), &value).unwrap();
    assert!(Settings::from_environment(&environment).unwrap().is_empty());
    assert!(asked.borrow().iter().all(|name| !name.contains("Secret")), "{asked:?}");
    assert!(!asked.borrow().is_empty());
}
