//! A subscriber that panics in every line, as one does that can write nowhere.

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Panics in every line and every span of this library.
#[derive(Debug)]
pub struct PanickingLog;

impl Subscriber for PanickingLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("requires_auth")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        panic!("the subscriber panics, as the test asked");
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        panic!("the subscriber panics, as the test asked");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
