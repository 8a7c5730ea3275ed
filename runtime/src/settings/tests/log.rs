//! What is logged rather than refused.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber, subscriber};

use super::*;

/// The warnings of this thread.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<String>>);

struct Line<'l>(&'l mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == LOG
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!(*event.metadata().level(), Level::WARN);
        event.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn logged<T>(act: impl FnOnce() -> T) -> String {
    let warnings = Warnings::default();
    subscriber::with_default(warnings.clone(), act);
    warnings.0.lock().unwrap().clone()
}

#[test]
fn a_difference_is_logged_with_both_names_and_no_value() {
    let file = file(r#"{"tenant_id":"T","client_id":"C"}"#);
    let environment = env(&[("AZURE_TENANT_ID", OTHER), ("AZURE_CLIENT_ID", CLIENT)]);
    let log = logged(|| file.over(environment).with_tenant_id("contoso.com"));
    let lines: Vec<_> = log.split("the first counts ").skip(1).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[0].starts_with(r#"used="tenant_id in settings.json" ignored="AZURE_TENANT_ID""#), "{log}");
    assert!(lines[1].starts_with(r#"used="the argument tenant_id" ignored="tenant_id in settings.json""#), "{log}");
    for value in [TENANT, OTHER, CLIENT, "contoso.com"] {
        assert!(!log.contains(value), "{log}");
    }
}

#[test]
fn equal_values_are_not_worth_a_line() {
    let log = logged(|| arguments().over(env(&[("AZURE_CLIENT_ID", &CLIENT.to_uppercase())])));
    assert_eq!(log, "");
}

#[test]
fn a_single_word_that_is_nearly_a_setting_is_a_warning() {
    let log = logged(|| file(r#"{"Audience":"a","audiences":"secret","action":"x"}"#));
    assert!(log.contains(r#"member="Audience" meant="audience""#), "{log}");
    assert!(log.contains(r#"member="audiences" meant="audience""#), "{log}");
    assert!(!log.contains("action") && !log.contains("secret"), "{log}");
}

#[test]
fn a_client_id_that_may_be_the_pods_own_is_a_warning() {
    let pod = |more: &[(&str, &str)]| {
        let pod = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT), ("AZURE_FEDERATED_TOKEN_FILE", "/token")];
        let settings = env(&[&pod, more].concat());
        logged(|| settings.loaded().unwrap())
    };
    assert!(pod(&[]).contains("AZURE_CLIENT_ID may be this pod's own identity"), "{}", pod(&[]));
    assert_eq!(pod(&[("AzureAd__ClientId", CLIENT)]), "");
    assert_eq!(pod(&[("OIDC_ISSUER", "https://x"), ("OIDC_AUDIENCE", "a")]), "");
}
