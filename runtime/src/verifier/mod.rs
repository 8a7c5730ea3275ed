//! The verifier: is this token genuine, current and for us?
//!
//! 1. The token is split, and its header and claims are read. Until the signature is verified they may choose the key
//!    and refuse, nothing else.
//! 2. `iss` chooses the authority. Its algorithms and the registered claims refuse what can never pass, before any
//!    key is looked up: a foreign or stale token causes no work and no fetch.
//! 3. `kid` chooses the key, in the issuer's own set. An unknown one waits for one bounded refresh.
//! 4. The signature is verified, with a key that is bound to one algorithm and may sign for this issuer.
//! 5. The registered claims are checked again, now as facts.
//! 6. The authority's own list of tenants and clients decides whether the caller may come here at all.

mod builder;
mod compact;
mod diagnose;
mod explain;
mod header;
mod issuers;
mod key_choice;
mod key_state;
mod known_headers;
mod recall;
mod registered;
mod route;
mod signature;
#[cfg(feature = "testing")]
mod steps;
mod token_cache;
mod waiting;

#[cfg(feature = "testing")]
pub use self::steps::Steps;

#[cfg(fuzzing)]
pub(crate) mod fuzzed {
    pub(crate) use super::compact::CompactToken;
    pub(crate) use super::header::UnverifiedHeader;
}

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

pub use self::builder::VerifierBuilder;
use self::compact::CompactToken;
use self::header::UnverifiedHeader;
use self::key_choice::{KeySets, NoKey, Progress};
use self::known_headers::KnownHeaders;
use self::registered::Window;
use self::route::Route;
use self::token_cache::TokenCache;
pub(crate) use self::waiting::Verification;
use self::waiting::{Question, Told};
use crate::access_token::{AccessToken, Basis, Minimum};
use crate::authority::Authority;
use crate::bearer::BearerToken;
use crate::claims::Claims;
use crate::clock::Clock;
use crate::error::{AuthError, Reason};
use crate::keys::{Keeper, KeyQuery, Now, TokenId};
use crate::resource_metadata::ResourceMetadata;

/// Verifies access tokens of its authorities. Cheap to clone; all clones share the keys and the thread that fetches
/// them, which ends with the last clone.
///
/// The way of a token (RFC 7519 section 7.2, RFC 9068 section 4, Entra ID's
/// [Validate tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens)):
///
/// 1. Its header and claims are read. Until the signature is verified they may choose the key and refuse, nothing else.
/// 2. `iss` chooses the authority, whose algorithms and registered claims refuse what can never pass. So a foreign or stale
///    token causes no fetch.
/// 3. `kid` chooses the key, in the issuer's own set. An unknown one waits for one bounded refresh.
/// 4. The signature is verified, with a key that is bound to one algorithm and may sign for this issuer.
/// 5. The registered claims are checked again, now as facts.
/// 6. The authority's own list of tenants and clients decides whether the caller may come here at all.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// # use requires_auth::{Authority, Verifier, testing::Issuer};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # let issuer = Issuer::oidc();
/// let verifier = Verifier::builder(Authority::oidc(issuer.issuer(), issuer.audience())).build()?;
///
/// # runtime.block_on(async {
/// let jwt = issuer.token().user("ada").scope("weather.read").sign();
/// let token = verifier.verify(&jwt).await?;
/// assert!(token.has_scope("weather.read"));
/// # Ok::<(), requires_auth::AuthError>(())
/// # }).unwrap();
/// # }
/// # Ok::<(), requires_auth::SetupError>(())
/// ```
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    routes: Vec<Route>,
    asks_request_first: bool,
    resource: Option<String>,
    leeway: i64,
    max_token_bytes: usize,
    known_headers: KnownHeaders,
    token_cache: Option<TokenCache>,
    /// The bytes of all tokens that wait for keys.
    waiting_bytes: AtomicUsize,
    clock: Arc<dyn Clock>,
    /// Fetches keys as long as it is held. There is none where all keys were given.
    _keeper: Option<Keeper>,
}

/// How much memory tokens may take.
#[derive(Clone, Copy)]
struct Limits {
    max_token_bytes: usize,
    token_cache_bytes: usize,
}

/// Why a verification stopped.
enum Stop {
    Refused(AuthError),
    /// A key set may have the key after a refresh.
    AskForKey(Question),
}

impl Verifier {
    /// A verifier for one authority; [`VerifierBuilder::and`] adds others.
    pub fn builder(authority: Authority) -> VerifierBuilder {
        VerifierBuilder::new(authority)
    }

    fn new(
        routes: Vec<Route>,
        resource: Option<String>,
        leeway: Duration,
        limits: Limits,
        clock: Arc<dyn Clock>,
        keeper: Option<Keeper>,
    ) -> Self {
        let has_several_authorities = routes.windows(2).any(|pair| match pair {
            [one, other] => one.authority != other.authority,
            _ => false,
        });
        let wants_selection = routes.iter().any(|route| route.grantor.minimum == Minimum::Selection);
        Self(Arc::new(Inner {
            routes,
            asks_request_first: has_several_authorities || wants_selection,
            resource,
            leeway: i64::try_from(leeway.as_secs()).unwrap_or(0),
            max_token_bytes: limits.max_token_bytes,
            known_headers: KnownHeaders::new(),
            token_cache: TokenCache::new(limits.token_cache_bytes),
            waiting_bytes: AtomicUsize::new(0),
            clock,
            _keeper: keeper,
        }))
    }

    /// Verifies a token: that it is genuine, current, from a configured issuer and for this API. What it may do is the
    /// requirement's question; see [`validate_scope`](crate::validate_scope).
    ///
    /// Ready at the first poll whenever the issuer's keys are cached; else waits for them, at most 5 s, and twice as long
    /// where both what many tenants share and a tenant's own keys must be asked for. Needs no particular runtime.
    ///
    /// # Errors
    ///
    /// The refusal to answer with. 401 if the token is wrong; 503 if the issuer's keys are not there to tell.
    pub fn verify(&self, token: &str) -> impl Future<Output = Result<AccessToken, AuthError>> + Send + use<> {
        let verification = match self.recall(token.as_bytes(), None) {
            Some(verified) => Verification::Decided(Ok(verified)),
            None => BearerToken::from_token(token.as_bytes(), self.max_token_bytes()).map_or_else(
                |refusal| Verification::Decided(Err(self.describe(refusal, None))),
                |token| self.begin(token, None),
            ),
        };
        async move {
            match verification {
                Verification::Decided(outcome) => outcome,
                Verification::Waiting(wait) => wait.await,
            }
        }
    }

    /// Waits until the keys of every authority are here, for readiness probes. Where Entra ID's issuer for tokens of
    /// version 1.0 cannot be reached, that of version 2.0 is enough.
    ///
    /// It has no time limit of its own, so give the probe one. While the last good keys serve it is ready at its first
    /// poll, also when the issuer is down. Once they have grown too old it waits again, and so it does where the thread that
    /// fetches them is more than 15 minutes late, for whatever reason: see [`IssuerHealth::overdue`](crate::IssuerHealth::overdue).
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use std::time::Duration;
    /// # let issuer = requires_auth::testing::Issuer::entra();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let verifier = issuer.verifier();
    /// let is_ready = tokio::time::timeout(Duration::from_secs(5), verifier.ready()).await.is_ok();
    /// assert!(is_ready);
    /// # });
    /// # }
    /// ```
    pub fn ready(&self) -> impl Future<Output = ()> + Send + use<> {
        let needed = self.0.routes.iter().filter(|route| route.is_required());
        let waits: Vec<_> = needed.map(|route| route.keys.loaded(&self.0.clock)).collect();
        async move {
            for wait in waits {
                // Keys that nobody fetches any more never come.
                if !wait.await {
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// The metadata document of this API (RFC 9728), if its URL was given to
    /// [`VerifierBuilder::resource`].
    #[must_use]
    pub fn resource_metadata(&self) -> Option<ResourceMetadata> {
        let resource = self.0.resource.as_deref()?;
        let version_1 = |route: &&Route| route.issuer.version != Some("1.0");
        let mut issuers = Vec::new();
        // User flows may share an issuer; one that the metadata has not told yet is not known.
        for issuer in self.0.routes.iter().filter(version_1).filter_map(Route::published_issuer) {
            if !issuers.contains(&issuer) {
                issuers.push(issuer);
            }
        }
        Some(ResourceMetadata::new(resource.to_owned(), issuers))
    }

    pub(crate) fn max_token_bytes(&self) -> usize {
        self.0.max_token_bytes
    }

    /// Whether what a request was checked for can decide otherwise than the token alone: where attributes choose between
    /// authorities by their names, and where an authority wants a requirement that asks who calls.
    pub(crate) fn asks_request_first(&self) -> bool {
        self.0.asks_request_first
    }

    /// Whether both are clones of one verifier.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Adds to a refusal what its challenge says of this API.
    pub(crate) fn describe(&self, refusal: AuthError, authority: Option<&str>) -> AuthError {
        let mut routes = self.0.routes.iter().filter(|route| route.serves(authority));
        match routes.next() {
            Some(route) if refusal.api().is_none() => refusal.with_api(&route.grantor.api),
            _ => refusal,
        }
    }

    fn attempt(
        &self,
        bearer: BearerToken<'_>,
        authority: Option<&'static str>,
        told: Option<Told>,
    ) -> Result<AccessToken, Stop> {
        let now = Now::read(&*self.0.clock);
        let window = Window { now: now.unix, leeway: self.0.leeway };

        // 1. Split and read; nothing of it is verified yet.
        let token = CompactToken::split(bearer)?;
        let known_headers = self.0.known_headers.load();
        let known = known_headers.find(token.header);
        let (decoded, parsed);
        let unverified_header = if let Some(known) = known {
            known
        } else {
            decoded = token.decode_header()?;
            parsed = UnverifiedHeader::parse(&decoded)?;
            &parsed
        };
        let payload = token.decode_payload()?;
        let mut unverified_claims = Claims::default();
        read_claims(&payload, &mut unverified_claims)?;

        // 2. The issuer, its algorithms, and all that the claims alone refuse.
        // Asked before the issuer is chosen: what is learned meanwhile may make it another one.
        let is_settled = self.has_settled_issuer(&unverified_claims, authority);
        let (index, route) = self.route(&unverified_claims, authority, window)?;
        route.check_algorithm(unverified_header.algorithm)?;
        route.check_type(unverified_header.at_jwt)?;
        registered::check(&unverified_claims, &route.profile, &route.issuer, window)?;

        // 3. The key.
        let (kid, x5t) = (unverified_header.kid.as_deref(), unverified_header.x5t.as_deref());
        let signed_by = registered::signed_by(&unverified_claims);
        let query = KeyQuery {
            kid,
            x5t,
            algorithm: unverified_header.algorithm,
            signed_by,
            token: TokenId::Text(bearer.as_bytes()),
        };
        let iss = unverified_claims.iss.as_deref().unwrap_or_default();
        let unverified_tenant = route.issuer.tenant_of(iss);
        let (common, own) = route.load_keys(unverified_tenant, now);
        let sets = KeySets {
            common: &common,
            own: own.as_deref().map(|own| &**own),
            is_shared: route.keys.tenants().is_some(),
        };
        // Read before the key is chosen: what changes meanwhile makes it another one.
        let stamps = (common.stamp(now), own.as_deref().and_then(|own| own.stamp(now)));
        route.check_learned_issuer(&unverified_claims, &common)?;
        let admitted = || unverified_tenant.is_some_and(|tenant| route.admission.admits_tenant(tenant));
        let progress = told.map_or(Progress::Fresh, |told| told.to(index));
        let (snapshot, candidates) = sets.choose(&query, now, progress, admitted).map_err(|no_key| match no_key {
            NoKey::Refused(refusal) => Stop::Refused(refusal),
            NoKey::Ask(whom) => Stop::AskForKey(Question {
                route: index,
                whom,
                tenant: unverified_tenant.map(Into::into),
                kid: kid.map(Into::into),
                signed_by,
            }),
        })?;

        // 4. The signature, by a key that may sign for this issuer.
        let cloud = snapshot.cloud_instance_name();
        let may_sign = |key: &_| signature::check_key_issuer(key, &route.issuer, iss, cloud);
        let (key, proof) = signature::verify(token, unverified_header, candidates, may_sign)?;
        snapshot.note_use(key);

        // 5. The same claims, now as facts.
        let claims = &unverified_claims;
        registered::check(claims, &route.profile, &route.issuer, window)?;

        // 6. Who may call at all.
        let facts = route.profile.facts(claims, &payload)?;
        route.admission.check(facts.identity())?;
        if let (true, Some(tenant)) = (sets.is_shared, unverified_tenant) {
            route.keys.note_verified(tenant, now);
        }

        // Found again by its bytes, with the keys that decided.
        if known.is_none() {
            self.0.known_headers.learn(token.header, unverified_header);
        }
        let (common_keys, own_keys) = stamps;
        let keys = if own.is_some() { own_keys } else { common_keys };
        let current = registered::current(claims, window.leeway);
        let cache = self.0.token_cache.as_ref().filter(|_| is_settled);
        let is_cached = cache.is_some_and(|cache| cache.has_room_for(bearer.as_bytes()));
        let basis = Basis { authority, route: index, keys, current, is_cached };
        let verified = AccessToken::from_verified(&proof, bearer.as_bytes(), &facts, Arc::clone(&route.grantor), basis);
        if let Some(cache) = cache {
            cache.insert(verified.shared(), now.unix);
        }
        Ok(verified)
    }
}

fn read_claims<'t>(payload: &'t [u8], claims: &mut Claims<'t>) -> Result<(), AuthError> {
    claims.read(payload).map_err(|error| AuthError::new(Reason::Claims).with_evidence(error.0))
}

impl From<AuthError> for Stop {
    fn from(refusal: AuthError) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<_> = self.0.routes.iter().map(|route| route.issuer.issuer.text()).collect();
        f.debug_struct("Verifier").field("issuers", &issuers).finish_non_exhaustive()
    }
}
