//! Where signing keys come from, and how they stay current.
//!
//! A request reads an immutable [`Snapshot`] and never waits for the network while keys are there. One background
//! thread, the [`Keeper`], owns everything that changes:
//!
//! 1. Every source is fetched at start and again every hour or sooner, as the issuer's `Cache-Control` asks; a failed
//!    fetch is tried again, further and further apart.
//! 2. A `kid` that is not in the set is looked up by one forced refresh, shared by all who wait, at most once per
//!    cool-down. What was looked up and is not there is remembered for a while; what could not be looked up is never
//!    called wrong.
//! 3. Whatever goes wrong with a fetch, the last good keys stay, for 24 hours.
//! 4. Of an authority with many tenants, each that calls has a set of its own beside the one that all share.
//! 5. A document that replaces keys in use is adopted by use: see [`KeySet`](key_set::KeySet).

mod export;
mod fetch;
mod health;
mod inspection;
mod keeper;
mod key_set;
mod own;
mod refresh;
#[cfg(test)]
mod scripted;
mod snapshot;
mod source;
mod tenants;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use jsonwebtoken::Algorithm;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use self::export::{PreloadError, Preloaded, export};
pub use self::fetch::HttpClientBuilder;
pub(crate) use self::fetch::{FetchError, HttpTransport, Transport};
pub use self::health::{Health, IssuerHealth};
pub(crate) use self::inspection::{ClockOffset, Inspection, IssuerInspection, KeysReport};
pub(crate) use self::keeper::Keeper;
use self::keeper::Request;
pub(crate) use self::key_set::{Candidates, KeySetStamp};
pub(crate) use self::own::{OwnKeysError, PublishedKeys};
use self::snapshot::MAX_KID_BYTES;
pub(crate) use self::snapshot::{Asked, KeyQuery, Lookup, Now, Snapshot, TokenId, WantedKey};
use self::source::Wanted;
pub(crate) use self::tenants::TenantSets;
use crate::clock::Clock;
use crate::discovery::{ExpectedIssuer, ProviderMetadata};
use crate::jwk::SigningKey;
use crate::log;
use crate::tenant::TenantTemplate;

/// One issuer's keys: where to fetch them and what to take from them.
#[derive(Clone, Debug)]
pub(crate) struct KeySourceConfig {
    /// Tells sources apart in the log.
    pub(crate) name: String,
    pub(crate) origin: KeyOrigin,
    /// The algorithms that a key may be used for, in order of preference.
    pub(crate) algorithms: Vec<Algorithm>,
    /// Whether a token that names no key at all may be checked with the only key that fits its algorithm.
    pub(crate) single_key_without_kid: bool,
    /// The metadata of one tenant, where this source is what many tenants share. Its issuer has `{tenantid}` in it then.
    pub(crate) tenants: Option<TenantTemplate>,
    /// Keys that are there before any refresh.
    pub(crate) initial: Option<InitialKeys>,
}

/// Where the keys of one source come from.
#[derive(Clone)]
pub(crate) enum KeyOrigin {
    /// The issuer's metadata says where they are.
    Metadata { url: String, issuer: ExpectedIssuer },
    /// They are in a file on this machine, which is read again and again.
    File(PathBuf),
    /// They are in this text, and never change.
    Given(Arc<str>),
}

/// Keys that a source has before any refresh.
#[derive(Clone, Debug)]
pub(crate) struct InitialKeys {
    pub(crate) published: PublishedKeys,
    pub(crate) metadata: Option<ProviderMetadata>,
    /// How long ago they were fetched.
    pub(crate) age: Duration,
}

/// What became of a source at the start.
pub(crate) enum OwnOrNot {
    /// Its keys are here and never change.
    Fixed(Keys),
    /// A keeper is to keep it.
    Kept(Box<KeySourceConfig>),
}

/// A handle to the keys of one source. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Keys {
    snapshot: Arc<ArcSwap<Snapshot>>,
    /// Nobody keeps a fixed set.
    keeper: Option<KeeperLink>,
    /// The sets of tenants, where this one is what they share.
    tenants: Option<Arc<TenantSets>>,
}

/// The keys at one moment.
pub(crate) type LoadedKeys = Guard<Arc<Snapshot>>;

/// How a handle reaches the keeper.
#[derive(Clone)]
struct KeeperLink {
    source: u64,
    /// The process that the keeper's thread runs in. A forked child has the handle without the thread.
    process: u32,
    requests: mpsc::Sender<Request>,
    loaded: watch::Receiver<bool>,
}

impl Keys {
    /// A set that never changes and never ages: what is not in it is absent at once.
    pub(crate) fn fixed(keys: Vec<Arc<SigningKey>>, single_key_without_kid: bool) -> Self {
        let snapshot = Snapshot::fixed(keys, single_key_without_kid);
        Self { snapshot: Arc::new(ArcSwap::from_pointee(snapshot)), keeper: None, tenants: None }
    }

    /// The keys as they are now. Takes no lock; hold it for the time of one lookup.
    pub(crate) fn load(&self) -> LoadedKeys {
        self.snapshot.load()
    }

    /// Asks the keeper to look `kid` up, or to fetch any keys at all, and waits for what comes of it.
    ///
    /// To be called after [`Lookup::Ask`]; [`Snapshot::find_after`] turns the outcome into a final answer. The request
    /// is made here, not at the first poll. The future borrows nothing and needs no particular runtime: the keeper ends
    /// it after 5 seconds at the latest.
    pub(crate) fn ask(&self, wanted: WantedKey<'_>) -> impl Future<Output = Asked> + Send + use<> {
        answer(self.request(|source, reply| Request::Look { source, wanted: owned(wanted), reply }))
    }

    /// [`ask`](Self::ask), for one of the tenants that share this set. `vouched` says that the key is known to exist, so
    /// that the look-up is not one of those that anybody can cause.
    pub(crate) fn ask_for_tenant(
        &self,
        tenant: &str,
        wanted: WantedKey<'_>,
        vouched: bool,
    ) -> impl Future<Output = Asked> + Send + use<> {
        answer(self.request(|source, reply| {
            let (tenant, wanted) = (tenant.into(), owned(wanted));
            Request::LookForTenant { shared: source, tenant, wanted, vouched, reply }
        }))
    }

    /// The sets of tenants, where this one is what they share.
    pub(crate) fn tenants(&self) -> Option<&TenantSets> {
        self.tenants.as_deref()
    }

    /// Takes note that a token of one of the tenants that share this set was verified.
    pub(crate) fn note_verified(&self, tenant: &str, now: Now) {
        if self.tenants.as_ref().is_some_and(|tenants| tenants.note_verified(tenant, now)) {
            self.ask_for_own_set(tenant);
        }
    }

    /// The same, of one that was verified before.
    pub(crate) fn note_recalled(&self, tenant: &str, now: Now) {
        if self.tenants.as_ref().is_some_and(|tenants| tenants.note_recalled(tenant, now)) {
            self.ask_for_own_set(tenant);
        }
    }

    fn ask_for_own_set(&self, tenant: &str) {
        if let Some(link) = &self.keeper {
            // Where it does not reach the keeper, the next token makes another.
            let _ = link.requests.try_send(Request::Adopt { shared: link.source, tenant: tenant.into() });
        }
    }

    fn request<T>(&self, request: impl FnOnce(u64, oneshot::Sender<T>) -> Request) -> Option<oneshot::Receiver<T>> {
        let (reply, answer) = oneshot::channel();
        let link = self.keeper.as_ref().filter(|link| link.is_here())?;
        // A full queue means thousands wait already; a closed one, that the keeper has stopped.
        link.requests.try_send(request(link.source, reply)).ok().map(|()| answer)
    }

    /// Looks at the issuer's documents once, beside the keys that are kept. The request is made here, not at the first
    /// poll. Ends after 10 seconds at the latest; with `None` where nobody fetches any more, or too many look already.
    pub(crate) fn inspect(&self) -> impl Future<Output = Option<Inspection>> + Send + use<> {
        let answer = self.request(|source, reply| Request::Inspect { source, reply });
        async move { answer?.await.ok() }
    }

    /// Waits until usable keys are there. Returns false if the keeper stopped before that.
    pub(crate) fn loaded(&self, clock: &Arc<dyn Clock>) -> impl Future<Output = bool> + Send + use<> {
        let (snapshot, clock) = (Arc::clone(&self.snapshot), Arc::clone(clock));
        let loaded = self.keeper.as_ref().map(|link| link.loaded.clone());
        async move {
            let Some(mut loaded) = loaded else { return true };
            while loaded.wait_for(|loaded| *loaded).await.is_ok() {
                // A keeper that is late said so of keys that have become too old since.
                if snapshot.load().has_keys(Now::read(&*clock)) {
                    return true;
                }
                loaded.mark_unchanged();
                if loaded.changed().await.is_err() {
                    return false;
                }
            }
            false
        }
    }
}

async fn answer(answer: Option<oneshot::Receiver<Asked>>) -> Asked {
    match answer {
        Some(answer) => answer.await.unwrap_or(Asked::REFUSED),
        None => Asked::REFUSED,
    }
}

/// No key has a longer name than is kept. The caller may still need keys to be able to say so.
fn owned(wanted: WantedKey<'_>) -> Wanted {
    let kid = wanted.kid.filter(|kid| kid.len() <= MAX_KID_BYTES).map(Box::from);
    Wanted { kid, signed_by: wanted.signed_by, token: wanted.token.hash() }
}

impl KeeperLink {
    /// Whether anybody reads the requests. After a fork nobody does, and a wait would have no end.
    fn is_here(&self) -> bool {
        let here = self.process == std::process::id();
        if !here {
            log::error!(
                target: "requires_auth::keys",
                "this process was forked after the verifier was built, so its keys are never fetched again; build the \
                 verifier in the child"
            );
        }
        here
    }
}

impl KeySourceConfig {
    /// Reads the keys that are on this machine: a file, which the keeper reads again later, or a text, for which no keeper
    /// is needed.
    pub(crate) fn read_own(mut self) -> Result<OwnOrNot, OwnKeysError> {
        let published = match &self.origin {
            KeyOrigin::Metadata { .. } => return Ok(OwnOrNot::Kept(Box::new(self))),
            KeyOrigin::Given(text) => {
                let keys = own::parse(text.as_bytes(), &self.algorithms)?.keys;
                return Ok(OwnOrNot::Fixed(Keys::fixed(keys, self.single_key_without_kid)));
            }
            KeyOrigin::File(path) => own::read(path, &self.algorithms)?,
        };
        self.initial = Some(InitialKeys { published, metadata: None, age: Duration::ZERO });
        Ok(OwnOrNot::Kept(Box::new(self)))
    }

    /// The source of one of the tenants that share this one.
    fn of_tenant(&self, tenant: &str) -> Option<Self> {
        let KeyOrigin::Metadata { issuer: ExpectedIssuer::Exact(issuer), .. } = &self.origin else { return None };
        let issuer = TenantTemplate::new(issuer).with_tenant(tenant);
        let url = self.tenants.as_ref()?.with_tenant(tenant);
        let origin = KeyOrigin::Metadata { url, issuer: ExpectedIssuer::Exact(issuer.clone()) };
        Some(Self { name: issuer, origin, tenants: None, ..self.clone() })
    }
}

/// Not the text that was given: it may hold a private key by mistake.
impl fmt::Debug for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata { url, issuer } => {
                f.debug_struct("Metadata").field("url", url).field("issuer", issuer).finish()
            }
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Given(_) => f.write_str("Given"),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("snapshot", &self.snapshot.load()).finish_non_exhaustive()
    }
}
