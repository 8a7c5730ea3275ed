use std::sync::Arc;

use serde_json::{Value, json};

use super::super::key_set::KeySet;
use super::super::scripted::{ISSUER, JWKS_URI, METADATA_URL, config, named, signing_keys};
use super::super::snapshot::FetchTime;
use super::super::{Keys, Lookup};
use super::*;

const NOW: Now = Now { unix: 1_700_000_000, monotonic: Duration::from_secs(500) };
const HOUR: u64 = 60 * 60;

fn later(seconds: u64) -> Now {
    Now { unix: NOW.unix + seconds.cast_signed(), monotonic: NOW.monotonic + Duration::from_secs(seconds) }
}

fn fetched(kids: &[&str]) -> Snapshot {
    Snapshot {
        keys: Some(KeySet::new(signing_keys(kids), Some(FetchTime::at(NOW)))),
        metadata: Some(Arc::new(ProviderMetadata {
            issuer: ISSUER.to_owned(),
            jwks_uri: JWKS_URI.to_owned(),
            cloud_instance_name: Some("cloud.example".to_owned()),
        })),
        ..Snapshot::empty(false)
    }
}

fn exported(snapshot: &Snapshot, now: Now) -> String {
    export([(&config().origin, snapshot)], now)
}

/// What a source that starts at `now` has of `text`.
fn taken(text: &str, now: Now) -> Option<InitialKeys> {
    let mut sources = [config()];
    Preloaded::parse(text).unwrap().hand_out(&mut sources, now).unwrap();
    let [source] = sources;
    source.initial
}

/// The text with one member of its only set changed.
fn with(member: &str, value: Value) -> String {
    let mut text: Value = serde_json::from_str(&exported(&fetched(&["a"]), NOW)).unwrap();
    text["issuers"][0][member] = value;
    text.to_string()
}

#[test]
fn what_was_exported_is_taken_with_its_age() {
    let snapshot = fetched(&["a", "b"]);
    let initial = taken(&exported(&snapshot, later(HOUR)), later(3 * HOUR)).unwrap();
    assert_eq!(initial.age, Duration::from_secs(3 * HOUR));
    assert_eq!(initial.metadata.as_ref(), snapshot.metadata.as_deref());
    let kids: Vec<_> = initial.published.keys.iter().map(|key| key.kid.as_deref().unwrap()).collect();
    assert_eq!(kids, ["a", "b"]);
}

#[test]
fn the_age_is_that_of_the_slower_clock_too() {
    // The wall clock was set back two hours after the fetch: the monotonic one knows better.
    let now = Now { unix: NOW.unix - 100, ..later(2 * HOUR) };
    let text: Value = serde_json::from_str(&exported(&fetched(&["a"]), now)).unwrap();
    assert_eq!(text["issuers"][0]["fetched"], now.unix - (2 * HOUR).cast_signed());
}

#[test]
fn keys_that_are_too_old_or_from_the_future_are_not_taken() {
    let text = exported(&fetched(&["a"]), NOW);
    assert!(taken(&text, later(24 * HOUR - 1)).is_some());
    assert!(taken(&text, later(24 * HOUR)).is_none());
    let earlier = |seconds: i64| Now { unix: NOW.unix - seconds, ..NOW };
    let age = |now| taken(&text, now).map(|initial| initial.age);
    assert_eq!(age(earlier(60)), Some(Duration::ZERO), "clocks of two machines differ a little");
    assert_eq!(age(earlier(61)), None);
    for extreme in [i64::MIN, i64::MAX] {
        assert!(taken(&with("fetched", json!(extreme)), NOW).is_none());
    }
}

#[test]
fn keys_of_another_issuer_or_of_none_that_is_configured_are_not_taken() {
    assert!(taken(&with("metadata", json!("https://other.example/metadata")), NOW).is_none());
    assert!(taken(&with("issuer", json!("https://evil.example")), NOW).is_none());
    assert!(taken(&with("jwks_uri", json!("http://login.example/keys")), NOW).is_none());
    assert!(taken(&with("keys", json!([])), NOW).is_none());
    assert!(taken(&with("keys", json!([{"kty": "RSA"}])), NOW).is_none());
    assert!(taken(&with("keys", json!({})), NOW).is_none());
    assert!(taken(&with("cloud_instance_name", json!(null)), NOW).is_some());
}

#[test]
fn text_that_is_something_else_is_an_error() {
    for text in
        ["", "{}", "[]", "null", r#"{"format":1}"#, r#"{"format":"1","issuers":[]}"#, r#"{"format":1,"issuers":[{}]}"#]
    {
        assert!(matches!(Preloaded::parse(text), Err(PreloadError::Json(_))), "{text}");
    }
    assert!(matches!(Preloaded::parse(r#"{"format":2,"issuers":[]}"#), Err(PreloadError::Format(2))));
    assert!(taken(r#"{"format":1,"issuers":[]}"#, NOW).is_none());
    let private = with("keys", json!([{"kty": "oct", "k": "AQ", "kid": "mine"}]));
    let error = Preloaded::parse(&private).unwrap().hand_out(&mut [config()], NOW).unwrap_err();
    assert!(error.to_string().contains("mine"), "{error}");
}

#[test]
fn a_set_is_told_by_where_its_metadata_is() {
    let mut other = config();
    other.origin = super::super::scripted::origin("https://login.example/other");
    let text = export([(&other.origin, &fetched(&["b"])), (&config().origin, &fetched(&["a"]))], NOW);
    let mut sources = [config(), other];
    Preloaded::parse(&text).unwrap().hand_out(&mut sources, NOW).unwrap();
    let kids = sources.map(|source| source.initial.unwrap().published.keys[0].kid.clone().unwrap());
    assert_eq!(kids, ["a".into(), "b".into()]);
}

#[test]
fn nothing_is_exported_but_public_keys_that_can_be_used() {
    let text: Value = serde_json::from_str(&exported(&fetched(&["a"]), NOW)).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&text), ["format", "issuers"]);
    let set = &text["issuers"][0];
    assert_eq!(names(set), ["cloud_instance_name", "fetched", "issuer", "jwks_uri", "keys", "metadata"]);
    assert_eq!(set["metadata"], METADATA_URL);
    assert_eq!(names(&set["keys"][0]), ["alg", "crv", "kid", "kty", "use", "x", "y"]);

    let empty = r#"{"format":1,"issuers":[]}"#;
    assert_eq!(exported(&fetched(&["a"]), later(24 * HOUR)), empty, "too old");
    assert_eq!(exported(&Snapshot::empty(false), NOW), empty);
    let given = Keys::fixed(signing_keys(&["a"]), false);
    assert!(matches!(given.load().find(&named("a"), NOW), Lookup::Found(_)));
    assert_eq!(export([(&KeyOrigin::Given("".into()), &**given.load())], NOW), empty);
}
