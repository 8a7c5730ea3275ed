//! Building a verifier: authorities, limits, and how keys are fetched.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::token_cache::TokenCache;
use super::{Limits, Route, Verifier};
use crate::access_token::{Grantor, Minimum};
use crate::authority::{Authority, IssuerRule, TrustedAuthority, TrustedIssuer, service_of};
use crate::clock::{Clock, SystemClock};
use crate::error::ApiDescription;
use crate::issuer::check_url;
use crate::keys::{
    HttpClientBuilder, HttpTransport, Keeper, KeyOrigin, KeySourceConfig, Keys, Now, OwnKeysError, OwnOrNot,
    PreloadError, Preloaded, Transport,
};
use crate::setup_error::{SetupError, SetupErrorKind};

const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);
const MOST_LEEWAY: Duration = Duration::from_secs(300);
const DEFAULT_MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Builds a [`Verifier`]. Made by [`Verifier::builder`]. Nothing is checked before [`build`](Self::build).
///
/// ```
/// use requires_auth::{Authority, Verifier};
/// use std::time::Duration;
///
/// let staff = Authority::entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
/// let partners = Authority::oidc("https://issuer.example.com", "https://api.example.com").named("partners");
///
/// let too_lenient = Verifier::builder(staff).and(partners).leeway(Duration::from_secs(3600)).build();
/// assert!(too_lenient.unwrap_err().to_string().contains("300 s"));
/// ```
#[must_use]
pub struct VerifierBuilder {
    authorities: Vec<Authority>,
    leeway: Duration,
    max_token_bytes: usize,
    token_cache_bytes: usize,
    resource: Option<String>,
    http: Option<Box<Customise>>,
    preloaded: Option<String>,
    clock: Arc<dyn Clock>,
}

type Customise = dyn Fn(HttpClientBuilder) -> HttpClientBuilder + Send + Sync;

impl VerifierBuilder {
    pub(super) fn new(authority: Authority) -> Self {
        Self {
            authorities: vec![authority],
            leeway: DEFAULT_LEEWAY,
            max_token_bytes: DEFAULT_MAX_TOKEN_BYTES,
            token_cache_bytes: TokenCache::DEFAULT_BYTES,
            resource: None,
            http: None,
            preloaded: None,
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Trusts another authority as well. Tokens find theirs by `iss`; a tenant that has an authority of its own goes by
    /// that one, also beside an authority of many tenants.
    ///
    /// # Security
    ///
    /// A requirement without `authority = "..."` takes its scopes, roles, groups and clients from any of them: whoever runs
    /// the other authority can write `roles: ["Administrator"]` into its tokens. Name the authorities, and say
    /// `authority = "..."` wherever not all of them may decide.
    pub fn and(mut self, authority: Authority) -> Self {
        self.authorities.push(authority);
        self
    }

    /// How far the clocks of issuer and API may differ when `exp`, `nbf` and `iat` are compared. Default: 60 s; at most
    /// 300 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The longest token that is read, in bytes. Default: 65,536. A longer one is refused before it is decoded. However long,
    /// no token may have more than 2,560 members and items: they cost more to read than a signature costs to verify.
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// How many bytes of memory may hold tokens that were verified, so that the same token is not verified again.
    /// Default: 32 MiB (33,554,432), about 10,000 tokens of 1.9 KB. 0 turns it off.
    ///
    /// A token that is sent again costs about 1/150 of its verification. It takes its own length, the texts that it
    /// states, about a fifth of that, and 450 bytes; beside them stands a table of a thirty-second of the limit at most, and at most 32
    /// MiB, which is made at once. What does not fit makes room: of tokens that have expired and those that were not used
    /// lately, the first that a search meets.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::{Verifier, testing::Issuer};
    /// # let issuer = Issuer::entra();
    /// // 100,000 tokens of 1.9 KB.
    /// let verifier = Verifier::builder(issuer.authority()).token_cache(320 * 1024 * 1024).build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let token = issuer.token().user("ada").scope("weather.read").sign();
    /// # assert!(runtime.block_on(verifier.verify(&token)).is_ok() && runtime.block_on(verifier.verify(&token)).is_ok());
    /// # }
    /// # Ok::<(), requires_auth::SetupError>(())
    /// ```
    ///
    /// # Security
    ///
    /// With every use it is asked whether the token is still current, whether its issuer's keys are the same and may be
    /// used, and whether its tenant and client may call. Only verified tokens enter, so that nobody without a token of the
    /// issuer can fill it or push others out. The tokens stand in the memory of the process, as those of requests do.
    pub fn token_cache(mut self, bytes: usize) -> Self {
        self.token_cache_bytes = bytes;
        self
    }

    /// The URL of this API. Challenges then point to its metadata document, which
    /// [`Verifier::resource_metadata`] writes (RFC 9728).
    pub fn resource(mut self, url: impl Into<String>) -> Self {
        self.resource = Some(url.into());
        self
    }

    /// Changes the HTTP client that fetches metadata and keys: a proxy, a CA certificate, a DNS resolver. Applied before
    /// the verifier's own settings, so that time limits and redirect rules stay. May be called more than
    /// once for a verifier; what it sets for proxies and certificates does not concern issuers on this machine.
    pub fn http(mut self, customise: impl Fn(HttpClientBuilder) -> HttpClientBuilder + Send + Sync + 'static) -> Self {
        self.http = Some(Box::new(customise));
        self
    }

    /// Keys that another process fetched, as [`Verifier::export_keys`] wrote them: for cold starts. Requests are served
    /// with them at once, and a refresh begins in the background as ever.
    ///
    /// They keep their age, and serve until 24 hours after they were fetched, as any keys while the issuer is down. A set
    /// that is older, or whose issuer is not configured, is left out with a log line; text that is something else is an
    /// error of [`build`](Self::build).
    ///
    /// # Security
    ///
    /// Whoever can write this text can make tokens. Take it from a place where only the API, or whoever deploys it, can
    /// write.
    pub fn preloaded_keys(mut self, text: impl Into<String>) -> Self {
        self.preloaded = Some(text.into());
        self
    }

    /// Takes the time from a clock that the test drives.
    #[cfg(any(test, feature = "testing"))]
    pub fn clock(mut self, clock: crate::clock::ManualClock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the verifier and starts to fetch the issuers' keys in the background. Returns at once; needs no runtime.
    /// Files with keys are read before it returns.
    ///
    /// # Errors
    ///
    /// A setting that cannot be right, keys of your own that cannot be used, or a machine that lacks a CA store.
    pub fn build(self) -> Result<Verifier, SetupError> {
        if self.leeway > MOST_LEEWAY {
            return Err(SetupError::invalid(format!(
                "a leeway of {} s is more than the 300 s at most; set this machine's clock by NTP instead",
                self.leeway.as_secs()
            )));
        }
        if self.max_token_bytes == 0 {
            return Err(SetupError::invalid(
                "max_token_bytes is 0, which refuses every token; leave it out for 65,536",
            ));
        }
        let resource = self.resource.as_deref().map(checked_resource).transpose()?;
        let authorities = self.authorities.iter().map(Authority::resolve).collect::<Result<Vec<_>, _>>()?;
        refuse_ambiguity(&authorities)?;

        let sources = authorities.iter().flat_map(key_sources);
        let (keeper, keys) = start(sources, self.preloaded.as_deref(), self.http.as_deref(), &self.clock)?;
        authorities.iter().for_each(tell_of_public_issuer);
        let mut keys = keys.into_iter();
        let routes = authorities
            .into_iter()
            .flat_map(|authority| routes(authority, resource.as_deref()))
            .filter_map(|route| Some(route(keys.next()?)))
            .collect();
        let limits = Limits { max_token_bytes: self.max_token_bytes, token_cache_bytes: self.token_cache_bytes };
        Ok(Verifier::new(routes, resource, self.leeway, limits, self.clock, keeper))
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").field("authorities", &self.authorities).finish_non_exhaustive()
    }
}

/// Tokens choose their authority by `iss` alone, so no two may share one; and a name means one authority.
fn refuse_ambiguity<'a>(authorities: &'a [TrustedAuthority]) -> Result<(), SetupError> {
    let mut issuers = Vec::new();
    let mut names = Vec::new();
    for authority in authorities {
        // Names of tenants leave the issuer open; then it is the metadata that differ.
        let identity = |issuer: &'a TrustedIssuer| match (&issuer.issuer, &issuer.keys) {
            (rule @ IssuerRule::Learned(_), KeyOrigin::Metadata { url, .. }) => (rule, Some(url.as_str())),
            (rule, _) => (rule, None),
        };
        let of_this: Vec<_> = authority.issuers.iter().map(identity).collect();
        if let Some((twice, _)) = of_this.iter().find(|issuer| issuers.contains(*issuer)) {
            return Err(SetupError::contradictory(format!(
                "two authorities have the issuer {}; give one authority both audiences instead",
                twice.text()
            )));
        }
        // The user flows of one authority may share an issuer.
        issuers.extend(of_this);
        if let Some(name) = authority.name.as_deref() {
            if names.contains(&name) {
                return Err(SetupError::contradictory(format!(
                    "two authorities are named {name:?}; give each a name of its own"
                )));
            }
            names.push(name);
        }
    }
    Ok(())
}

/// Once at start-up, since such a token looks like any other: genuine, and for this API.
fn tell_of_public_issuer(authority: &TrustedAuthority) {
    for issuer in authority.issuers.iter().map(|issuer| issuer.issuer.text()) {
        let Some(service) = service_of(&issuer) else { continue };
        match authority.minimum {
            _ if authority.admission.clients.is_some() => {}
            Minimum::Genuine => crate::log::warn!(
                target: LOG, issuer, service,
                "all customers of this service get tokens for this API, and requirements that ask for nothing let them in"
            ),
            Minimum::Permission | Minimum::Selection => crate::log::info!(
                target: LOG, issuer, service,
                "all customers of this service get tokens for this API; only requirements that ask for a permission, a \
                 client or a check let them in"
            ),
        }
    }
}

const LOG: &str = "requires_auth::settings";

fn key_sources(authority: &TrustedAuthority) -> impl Iterator<Item = KeySourceConfig> {
    authority.issuers.iter().map(|issuer| KeySourceConfig {
        name: issuer.issuer.text(),
        origin: issuer.keys.clone(),
        algorithms: authority.algorithms.clone(),
        single_key_without_kid: issuer.single_key_without_kid,
        tenants: issuer.metadata_of_tenant.clone(),
        initial: None,
    })
}

/// One route per issuer, in the order of [`key_sources`]; each waits for its keys.
fn routes(authority: TrustedAuthority, resource: Option<&str>) -> Vec<impl FnOnce(Keys) -> Route> {
    let api = Arc::new(ApiDescription {
        realm: authority.api.realm.clone(),
        scope_prefix: authority.api.scope_prefix.clone(),
        authorization_uri: authority.api.authorization_uri.clone(),
        resource_metadata: resource.map(|url| crate::resource_metadata::metadata_url(url).into()),
    });
    let name: Option<Arc<str>> = authority.name.as_deref().map(Into::into);
    let grantor = Arc::new(Grantor { name: name.clone(), api, minimum: authority.minimum });
    let (profile, algorithms) = (authority.profile, Arc::<[_]>::from(authority.algorithms));
    let admission = Arc::new(authority.admission);
    let route = |issuer| {
        let (name, grantor) = (name.clone(), Arc::clone(&grantor));
        let (algorithms, admission) = (Arc::clone(&algorithms), Arc::clone(&admission));
        let profile = profile.clone();
        move |keys| Route { authority: name, profile, algorithms, issuer, admission, grantor, keys }
    };
    authority.issuers.into_iter().map(route).collect()
}

/// The handles of `sources`, in their order, and the keeper of those that change.
fn start(
    sources: impl Iterator<Item = KeySourceConfig>,
    preloaded: Option<&str>,
    customise: Option<&Customise>,
    clock: &Arc<dyn Clock>,
) -> Result<(Option<Keeper>, Vec<Keys>), SetupError> {
    let (mut handles, mut kept) = (Vec::new(), Vec::new());
    for source in sources {
        let (name, origin) = (source.name.clone(), source.origin.clone());
        match source.read_own().map_err(|error| own_keys_error(&name, &origin, &error))? {
            OwnOrNot::Fixed(keys) => handles.push(Some(keys)),
            OwnOrNot::Kept(source) => {
                kept.push(*source);
                handles.push(None);
            }
        }
    }
    if let Some(text) = preloaded {
        let preloaded = Preloaded::parse(text).map_err(|error| preload_error(&error))?;
        preloaded.hand_out(&mut kept, Now::read(&**clock)).map_err(|error| preload_error(&error))?;
    }
    if kept.is_empty() {
        return Ok((None, handles.into_iter().flatten().collect()));
    }
    let transport: Arc<dyn Transport> = Arc::new(http_transport(customise, &kept)?);
    let (keeper, keys) = Keeper::start(kept, transport, Arc::clone(clock)).map_err(|error| environment(&error))?;
    let mut keys = keys.into_iter();
    Ok((Some(keeper), handles.into_iter().filter_map(|fixed| fixed.or_else(|| keys.next())).collect()))
}

fn own_keys_error(issuer: &str, origin: &KeyOrigin, error: &OwnKeysError) -> SetupError {
    SetupError::invalid(match origin {
        KeyOrigin::File(path) => format!("the keys of {issuer} in the file {} cannot be used: {error}", path.display()),
        _ => format!("the given keys of {issuer} cannot be used: {error}"),
    })
}

fn preload_error(error: &PreloadError) -> SetupError {
    SetupError::invalid(format!("the preloaded keys cannot be used: {error}; start without them"))
}

fn http_transport(customise: Option<&Customise>, sources: &[KeySourceConfig]) -> Result<HttpTransport, SetupError> {
    let urls = sources.iter().filter_map(|source| match &source.origin {
        KeyOrigin::Metadata { url, .. } => Some(url.as_str()),
        KeyOrigin::File(_) | KeyOrigin::Given(_) => None,
    });
    HttpTransport::new(urls, customise.map(|customise| customise as _)).map_err(|error| environment(&error))
}

fn environment(error: &dyn fmt::Display) -> SetupError {
    SetupError::new(SetupErrorKind::Environment, error.to_string())
}

/// RFC 9728 section 1.2: a resource identifier is an https URL without a fragment.
fn checked_resource(url: &str) -> Result<String, SetupError> {
    check_url("the resource", url).map(|_| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oidc(issuer: &str) -> Authority {
        Authority::oidc(issuer, "api")
    }

    fn error(builder: VerifierBuilder) -> String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn settings_that_cannot_be_right_name_the_fix() {
        let local = || Verifier::builder(oidc("http://127.0.0.1:9"));
        assert!(error(local().leeway(Duration::from_secs(301))).contains("300 s"));
        assert!(error(local().max_token_bytes(0)).contains("65,536"));
        assert!(error(local().resource("http://api.example.com")).contains("https://"));
        assert!(error(Verifier::builder(oidc("issuer"))).contains("URL"));
        assert!(error(Verifier::builder(Authority::oidc("http://127.0.0.1:9", " "))).contains("audience"));
        assert!(error(Verifier::builder(oidc("http://127.0.0.1:9").authority_host("https://x"))).contains("Entra ID"));
        let hmac = oidc("http://127.0.0.1:9").algorithms([crate::Algorithm::HS256]);
        assert!(error(Verifier::builder(hmac)).contains("HMAC"));
    }

    #[test]
    fn authorities_must_be_told_apart() {
        let (a, b) = ("http://127.0.0.1:9/a", "http://127.0.0.1:9/b");
        assert!(error(Verifier::builder(oidc(a)).and(oidc(a))).contains("two authorities"));
        assert!(error(Verifier::builder(oidc(a).named("x")).and(oidc(b).named("x"))).contains("named"));
        assert!(Verifier::builder(oidc(a).named("x")).and(oidc(b).named("y")).build().is_ok());
    }

    #[test]
    fn building_needs_no_runtime_and_no_network() {
        let verifier = Verifier::builder(oidc("http://127.0.0.1:9")).build().unwrap();
        assert!(format!("{verifier:?}").contains("http://127.0.0.1:9"));
    }

    #[test]
    fn given_keys_need_no_thread_and_are_checked_at_once() {
        let build = |jwks: &str| Verifier::builder(Authority::static_keys("gateway", "api", jwks)).build();
        let refusal = |jwks: &str| build(jwks).unwrap_err().to_string();
        assert!(refusal("").contains("given keys of gateway") && refusal("").contains("not JSON"));
        assert!(refusal(r#"{"keys":[]}"#).contains("no key"));
        assert!(refusal(r#"{"keys":[{"kty":"oct","k":"AQ","kid":"x"}]}"#).contains("shared secret"));
        let fits =
            crate::jwk::tests::document(&[crate::jwk::tests::published(&crate::crypto::key_pair::KeyPair::rsa(), "a")]);
        let authority =
            Authority::static_keys("gateway", "api", std::str::from_utf8(&fits).unwrap()).resolve().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let (keeper, keys) = start(key_sources(&authority), None, None, &clock).unwrap();
        assert!(keeper.is_none() && keys.len() == 1);
    }

    #[test]
    fn a_file_of_keys_that_is_missing_is_named() {
        let missing = error(Verifier::builder(oidc("https://issuer.example.com").keys_file("/nonexistent/keys.json")));
        assert!(missing.contains("/nonexistent/keys.json") && missing.contains("No such file"), "{missing}");
    }
}
