//! What an issuer publishes at the moment, and what is wrong with it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::directory::{Directory, Document, Page, Served};
use super::documents;
use super::key_set::{KeySet, Whose};
use super::lie::{Lie, REDIRECTED};
use super::profile::{Kind, Profile, Version};
use super::requests::Requests;
use super::server::{Answer, Asked, Content};
use crate::clock::{Clock as _, ManualClock, SystemClock};
use crate::tenant::PERSONAL_ACCOUNTS;

/// What the server's thread and the handles share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) profile: Arc<Profile>,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) clock: Option<ManualClock>,
    pub(super) directory: Directory,
    /// At least one; the first is everyone's, or the first user flow's.
    pub(super) key_sets: Vec<KeySet>,
    pub(super) metadata: Fault,
    pub(super) keys: Fault,
    pub(super) delay: Duration,
    /// How many seconds the `Date` of its answers is ahead of its clock.
    pub(super) ahead: i64,
    pub(super) requests: Requests,
    pub(super) requests_of: BTreeMap<String, Requests>,
}

/// What is wrong with one document at the moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fault {
    pub(super) status: Option<u16>,
    pub(super) lie: Option<Lie>,
}

impl Site {
    pub(super) fn new(profile: Profile) -> Self {
        let directory = Directory::new(profile.kind);
        let key_sets = match directory.flows.as_slice() {
            [] => vec![KeySet::new(Whose::Everyone, profile.kind)],
            flows => flows.iter().map(|flow| KeySet::new(Whose::Flow(flow.clone()), profile.kind)).collect(),
        };
        let state = State {
            clock: None,
            directory,
            key_sets,
            metadata: Fault::default(),
            keys: Fault::default(),
            delay: Duration::ZERO,
            ahead: 0,
            requests: Requests::default(),
            requests_of: BTreeMap::new(),
        };
        Self { profile: Arc::new(profile), state: Mutex::new(state) }
    }

    /// A test that panics while it holds the lock has failed already; others must not fail for it.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn respond(&self, asked: Asked<'_>) -> Answer {
        let mut answer = self.undated(asked);
        answer.headers.push(("date", self.state().date()));
        answer
    }

    fn undated(&self, Asked { target, if_none_match }: Asked<'_>) -> Answer {
        let mut state = self.state();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let Some(page) = state.directory.page(&self.profile, path, query) else {
            state.requests.count_other();
            // A client that follows the redirect must find what it looks for, or its mistake would go unnoticed.
            let redirected = path.strip_prefix(REDIRECTED);
            let page = redirected.and_then(|path| state.directory.page(&self.profile, path, query));
            return page.map_or_else(|| not_found(state.delay), |page| self.document(&state, &page, target, None));
        };
        let counted = (page.document, page.version, self.profile.has_tenants());
        state.requests_of.entry(page.name.to_lowercase()).or_default().count(counted);
        if page.served.is_none() {
            state.requests.count_other();
            return unknown_tenant(state.delay, page.name);
        }
        state.requests.count(counted);
        let fault = *state.fault(page.document);
        if let Some(status) = fault.status {
            return failure(state.delay, status);
        }
        let answer = tagged(self.document(&state, &page, target, fault.lie));
        let is_known = |(name, tag): &(&str, String)| *name == "etag" && Some(tag.as_str()) == if_none_match;
        if answer.headers.iter().any(is_known) {
            state.requests.not_modified += 1;
            return Answer { status: 304, content: Content::Text(String::new()), ..answer };
        }
        answer
    }

    fn document(&self, state: &State, page: &Page<'_>, target: &str, lie: Option<Lie>) -> Answer {
        let Some(served) = &page.served else { return unknown_tenant(state.delay, page.name) };
        let mut document = match page.document {
            Document::Metadata => documents::metadata(&self.profile, page, &served.issuer),
            Document::Keys => self.keys(state, page, served),
        };
        if let Some(lie) = lie {
            document = lie.told_in(document, page, &self.profile, &state.key_set(&served.keys).published);
        }
        let mut answer = Answer {
            delay: state.delay,
            status: 200,
            headers: vec![
                ("content-type", "application/json; charset=utf-8".into()),
                ("cache-control", documents::cache_control(self.profile.kind).into()),
            ],
            content: Content::Text(document.to_string()),
        };
        if let Some(lie) = lie {
            lie.told_by(&mut answer, target);
        }
        answer
    }

    fn keys(&self, state: &State, page: &Page<'_>, served: &Served) -> Value {
        let mut keys = self.keys_of(state, page.version, &served.keys);
        // The set of all accounts holds the keys for personal ones too, which name their tenant.
        let personal = Whose::Tenant(PERSONAL_ACCOUNTS.into());
        let has_personal = state.key_sets.iter().any(|set| set.whose == personal);
        if page.name == "common" && page.version == Version::V2 && has_personal {
            keys.extend(self.keys_of(state, page.version, &personal));
        }
        json!({ "keys": keys })
    }

    /// The keys of one set, as they are published.
    pub(super) fn keys_of(&self, state: &State, version: Version, whose: &Whose) -> Vec<Value> {
        let set = state.key_set(whose);
        let own = set.published.iter().map(|key| documents::key(&self.profile, version, whose.key_tenant(), key));
        own.chain(set.others.iter().cloned()).collect()
    }

    pub(super) fn kind(&self) -> Kind {
        self.profile.kind
    }
}

impl Whose {
    /// The tenant that keys name in their issuer: personal accounts name theirs.
    pub(super) fn key_tenant(&self) -> &str {
        match self {
            Self::Tenant(id) if id == PERSONAL_ACCOUNTS => PERSONAL_ACCOUNTS,
            _ => "{tenantid}",
        }
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

    /// Whose keys sign where nothing else is asked for.
    pub(super) fn default_keys(&self) -> Whose {
        if self.directory.custom_signing_keys { Whose::Application } else { self.key_sets[0].whose.clone() }
    }

    pub(super) fn key_set(&self, whose: &Whose) -> &KeySet {
        self.key_sets.iter().find(|set| set.whose == *whose).expect("whoever has keys of his own has a key set")
    }

    pub(super) fn key_set_mut(&mut self, whose: &Whose) -> &mut KeySet {
        self.key_sets.iter_mut().find(|set| set.whose == *whose).expect("whoever has keys of his own has a key set")
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("directory", &self.directory)
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
    error(delay, 404, &json!({ "error": "not_found" }))
}

/// What Entra ID says of a tenant that it does not have.
fn unknown_tenant(delay: Duration, name: &str) -> Answer {
    let description = format!("AADSTS90002: Tenant '{name}' not found.");
    error(delay, 400, &json!({ "error": "invalid_tenant", "error_description": description, "error_codes": [90002] }))
}

fn error(delay: Duration, status: u16, body: &Value) -> Answer {
    let headers = vec![("content-type", "application/json".into())];
    Answer { delay, status, headers, content: Content::Text(body.to_string()) }
}
