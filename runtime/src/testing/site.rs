//! What an issuer publishes at the moment, and what is wrong with it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use super::documents::{Document, Page, Profile};
use super::key::{KeyPair, Lease};
use super::lie::{Lie, REDIRECTED};
use super::requests::Requests;
use super::server::{Answer, Asked, Content};
use crate::clock::{Clock as _, ManualClock, SystemClock};

/// What the server's thread and the handles share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) profile: Arc<Profile>,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) clock: Option<ManualClock>,
    pub(super) signing: KeyPair,
    pub(super) published: Vec<KeyPair>,
    pub(super) metadata: Fault,
    pub(super) keys: Fault,
    pub(super) delay: Duration,
    /// How many seconds the `Date` of its answers is ahead of its clock.
    pub(super) ahead: i64,
    pub(super) requests: Requests,
    /// The keys of this issuer, which nobody else may use meanwhile.
    pub(super) leases: Vec<Lease>,
}

/// What is wrong with one document at the moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fault {
    pub(super) status: Option<u16>,
    pub(super) lie: Option<Lie>,
}

impl Site {
    /// A test that panics while it holds the lock has failed already; others must not fail for it.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn respond(&self, asked: Asked<'_>) -> Answer {
        let mut answer = self.undated(asked);
        answer.headers.push(("date", self.state().date()));
        answer
    }

    fn undated(&self, Asked { path, if_none_match }: Asked<'_>) -> Answer {
        let mut state = self.state();
        let Some(page) = self.profile.page(path) else {
            state.requests.count_other();
            // A client that follows the redirect must find what it looks for, or its mistake would go unnoticed.
            let redirected = path.strip_prefix(REDIRECTED).and_then(|path| self.profile.page(path));
            return redirected.map_or_else(|| not_found(state.delay), |page| self.document(&state, page, path, None));
        };
        state.requests.count(page);
        let fault = *state.fault(page.document);
        if let Some(status) = fault.status {
            return failure(state.delay, status);
        }
        let answer = tagged(self.document(&state, page, path, fault.lie));
        let is_known = |(name, tag): &(&str, String)| *name == "etag" && Some(tag.as_str()) == if_none_match;
        if answer.headers.iter().any(is_known) {
            state.requests.not_modified += 1;
            return Answer { status: 304, content: Content::Text(String::new()), ..answer };
        }
        answer
    }

    fn document(&self, state: &State, page: Page<'_>, path: &str, lie: Option<Lie>) -> Answer {
        let mut document = match page.document {
            Document::Metadata => self.profile.metadata(page),
            Document::Keys => self.profile.keys(page.version, &state.published),
        };
        if let Some(lie) = lie {
            document = lie.told_in(document, page, &self.profile, &state.published);
        }
        let mut answer = Answer {
            delay: state.delay,
            status: 200,
            headers: vec![
                ("content-type", "application/json; charset=utf-8".into()),
                ("cache-control", self.profile.cache_control().into()),
            ],
            content: Content::Text(document.to_string()),
        };
        if let Some(lie) = lie {
            lie.told_by(&mut answer, path);
        }
        answer
    }
}

impl State {
    /// As HTTP writes it (RFC 9110 section 5.6.7).
    fn date(&self) -> String {
        let now = self.clock.as_ref().map_or_else(|| SystemClock::new().unix_now(), ManualClock::unix_now);
        let seconds = u64::try_from(now.saturating_add(self.ahead)).unwrap_or_default();
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    pub(super) fn fault(&mut self, document: Document) -> &mut Fault {
        match document {
            Document::Metadata => &mut self.metadata,
            Document::Keys => &mut self.keys,
        }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("signing", &self.signing)
            .field("published", &self.published)
            .field("metadata", &self.metadata)
            .field("keys", &self.keys)
            .field("delay", &self.delay)
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

/// Names the version of a document by its text.
fn tagged(mut answer: Answer) -> Answer {
    if let (200, Content::Text(text)) = (answer.status, &answer.content) {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        answer.headers.push(("etag", format!("\"{:016x}\"", hasher.finish())));
    }
    answer
}

fn failure(delay: Duration, status: u16) -> Answer {
    let content = Content::Text(format!("<h1>{status}</h1>"));
    Answer { delay, status, headers: vec![("content-type", "text/html".into())], content }
}

fn not_found(delay: Duration) -> Answer {
    let content = Content::Text(json!({ "error": "not_found" }).to_string());
    Answer { delay, status: 404, headers: vec![("content-type", "application/json".into())], content }
}
