//! The one place that names the HTTP client.
//!
//! 1. https only; plain http only to loopback, by a client that knows no proxy and trusts no certificate.
//! 2. A user's own settings of the client are applied first, ours after them: they can add a proxy or a root
//!    certificate, and cannot loosen what stands here.
//! 3. Status 200, at most 1 MiB, within 5 seconds, after at most 3 redirects, none of which leaves https.
//! 4. No error shows a query or credentials.
//! 5. A 304 counts only as the answer to a question: whether the version of a document that we name is current.
#![expect(clippy::disallowed_types, reason = "this file is the wall around the HTTP client")]

use std::error::Error as StdError;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, UNIX_EPOCH};

use reqwest::header::{
    AGE, CACHE_CONTROL, DATE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, StatusCode};
use url::Url;

use crate::issuer::is_loopback;

/// A future on the heap that borrows nothing.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Where documents come from. Tests have their own.
pub(crate) trait Transport: Send + Sync + 'static {
    /// Fetches the document at `url`, in bounded time and of bounded size.
    ///
    /// `known` names the version that is known already. If that is current, the answer is [`Fetched::NotModified`];
    /// without it, never.
    fn get(&self, url: &str, known: Option<&Validator>) -> BoxFuture<Result<Fetched, FetchError>>;
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    Document(Document),
    /// The version that we know is current (304).
    NotModified(Freshness),
}

/// A document as it was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) body: Vec<u8>,
    /// What to ask with the next time.
    pub(crate) validator: Option<Validator>,
    pub(crate) freshness: Freshness,
}

/// What an answer says about its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Freshness {
    /// `max-age` of its `Cache-Control`.
    pub(crate) max_age: Option<Duration>,
    /// Its `Date`: the issuer's clock, in Unix seconds.
    pub(crate) date: Option<i64>,
    /// Its `Age`: how many seconds before the answer a cache on the way had it from the issuer.
    pub(crate) age: u32,
}

/// The name of one version of a document (RFC 9110 section 8.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Validator {
    EntityTag(Box<str>),
    LastModified(Box<str>),
}

/// The builder of the HTTP client that fetches metadata and keys: reqwest's.
pub type HttpClientBuilder = ClientBuilder;

/// A user's own settings of the HTTP client.
pub(crate) type Customise<'a> = &'a dyn Fn(ClientBuilder) -> ClientBuilder;

/// Fetches over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct HttpTransport {
    /// Absent where every issuer is on loopback, so that such a machine needs no CA store.
    https: Option<Client>,
    loopback: Client,
}

/// Why a document could not be fetched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FetchError {
    /// Over the cap of 1 MiB.
    TooLarge,
    /// The exchange failed; a sentence without URLs.
    Exchange(String),
    /// The answer was not 200, nor 304 to a request that named a version.
    Status(u16),
    /// The URL must not be fetched.
    Url(&'static str),
}

/// Why there is no HTTP client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FetchSetupError {
    /// The https client could not be built; most often there is no CA store.
    Https(String),
    /// The client for loopback could not be built.
    Loopback(String),
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    connect: Duration,
    total: Duration,
}

const LIMITS: Limits = Limits { connect: Duration::from_secs(3), total: Duration::from_secs(5) };
const MAX_BODY: usize = 1024 * 1024;
const MAX_REDIRECTS: usize = 3;
/// A longer entity tag is not sent back.
const MAX_VALIDATOR: usize = 256;

impl HttpTransport {
    /// Builds the clients that `metadata_urls` need, each from a builder that `customise` has seen.
    pub(crate) fn new<'a>(
        metadata_urls: impl IntoIterator<Item = &'a str>,
        customise: Option<Customise<'_>>,
    ) -> Result<Self, FetchSetupError> {
        Self::with_limits(metadata_urls, customise, LIMITS)
    }

    fn with_limits<'a>(
        metadata_urls: impl IntoIterator<Item = &'a str>,
        customise: Option<Customise<'_>>,
        limits: Limits,
    ) -> Result<Self, FetchSetupError> {
        let builder = || {
            let builder = customise.map_or_else(ClientBuilder::new, |customise| customise(ClientBuilder::new()));
            common_settings(builder, limits)
        };
        let needs_https = metadata_urls.into_iter().any(|url| !is_plain_loopback(url));
        let https = needs_https.then(|| https_settings(builder()).build()).transpose();
        let loopback = loopback_settings(builder()).build();
        Ok(Self {
            https: https.map_err(|error| FetchSetupError::Https(sentence(error)))?,
            loopback: loopback.map_err(|error| FetchSetupError::Loopback(sentence(error)))?,
        })
    }

    /// The client that may fetch `url`.
    fn client_for(&self, url: &Url) -> Result<&Client, FetchError> {
        match url.scheme() {
            "https" => {
                self.https.as_ref().ok_or(FetchError::Url("https is not set up, as every issuer is on loopback"))
            }
            "http" if is_loopback(url) => Ok(&self.loopback),
            "http" => Err(FetchError::Url("plain http is for loopback only")),
            _ => Err(FetchError::Url("it is not an https URL")),
        }
    }
}

impl Transport for HttpTransport {
    fn get(&self, url: &str, known: Option<&Validator>) -> BoxFuture<Result<Fetched, FetchError>> {
        let request = Url::parse(url)
            .map_err(|_| FetchError::Url("it is not an absolute URL"))
            .and_then(|url| Ok(self.client_for(&url)?.get(url)));
        let condition = known.map(Validator::condition);
        let is_conditional = condition.is_some();
        let request = request.map(|request| match condition {
            Some((name, value)) => request.header(name, value),
            None => request,
        });
        Box::pin(async move {
            let mut response = request?.send().await.map_err(exchange)?;
            let freshness = Freshness::of(response.headers());
            match response.status() {
                StatusCode::OK => {}
                StatusCode::NOT_MODIFIED if is_conditional => return Ok(Fetched::NotModified(freshness)),
                other => return Err(FetchError::Status(other.as_u16())),
            }
            let validator = Validator::of(response.headers(), freshness.date);
            let mut body = Vec::new();
            // Counted as it arrives: a declared length is a claim, and a compressed body is not unpacked.
            while let Some(chunk) = response.chunk().await.map_err(exchange)? {
                if body.len() + chunk.len() > MAX_BODY {
                    return Err(FetchError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Fetched::Document(Document { body, validator, freshness }))
        })
    }
}

impl Fetched {
    /// What the answer says about its time, whichever it is.
    pub(crate) fn freshness(&self) -> Freshness {
        match self {
            Self::Document(document) => document.freshness,
            Self::NotModified(freshness) => *freshness,
        }
    }
}

impl Freshness {
    fn of(headers: &HeaderMap) -> Self {
        let age = text_of(headers, AGE).and_then(|seconds| seconds.trim().parse().ok()).unwrap_or_default();
        Self { max_age: max_age(headers), date: text_of(headers, DATE).and_then(unix_time), age }
    }
}

impl Validator {
    /// The entity tag, else the time of the last change. What is not exactly in the form of the RFC is left alone: a
    /// tag of `*` would make every answer "not modified".
    fn of(headers: &HeaderMap, date: Option<i64>) -> Option<Self> {
        if let Some(tag) = text_of(headers, ETAG).filter(|tag| is_entity_tag(tag)) {
            return Some(Self::EntityTag(tag.into()));
        }
        let modified = text_of(headers, LAST_MODIFIED)?;
        // RFC 9110 section 8.8.2.2: in the second of its change, a document may change once more.
        (unix_time(modified)? < date?).then(|| Self::LastModified(modified.into()))
    }

    /// The field that asks for a document unless it is this version.
    fn condition(&self) -> (HeaderName, String) {
        match self {
            Self::EntityTag(tag) => (IF_NONE_MATCH, tag.to_string()),
            Self::LastModified(date) => (IF_MODIFIED_SINCE, date.to_string()),
        }
    }
}

/// RFC 9110 section 8.8.3, in visible ASCII and of bounded length.
fn is_entity_tag(text: &str) -> bool {
    let quoted = text.strip_prefix("W/").unwrap_or(text);
    let opaque = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_etagc = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
    text.len() <= MAX_VALIDATOR && opaque.is_some_and(|opaque| opaque.bytes().all(is_etagc))
}

/// The only field of this name, if it is ASCII text.
fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).into_iter();
    match (values.next(), values.next()) {
        (Some(only), None) => only.to_str().ok(),
        _ => None,
    }
}

/// An HTTP date (RFC 9110 section 5.6.7) in Unix seconds.
fn unix_time(date: &str) -> Option<i64> {
    let since_epoch = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since_epoch.as_secs()).ok()
}

/// What both clients have in common. Each setting is made by name, since another crate in the tree can switch features
/// of the HTTP client on, and since a user's settings came first.
fn common_settings(builder: ClientBuilder, limits: Limits) -> ClientBuilder {
    builder
        .timeout(limits.total)
        .connect_timeout(limits.connect)
        // Fetches are minutes apart. A connection kept so long is often dead, and finding that out costs a time limit.
        .pool_max_idle_per_host(0)
        .tls_backend_rustls()
        .tls_danger_accept_invalid_certs(false)
        .tls_danger_accept_invalid_hostnames(false)
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .referer(false)
        .user_agent(concat!("requires-auth/", env!("CARGO_PKG_VERSION")))
}

fn https_settings(builder: ClientBuilder) -> ClientBuilder {
    let policy = Policy::custom(|attempt| match redirect_refusal(attempt.url(), attempt.previous().len()) {
        Some(refusal) => attempt.error(refusal),
        None => attempt.follow(),
    });
    builder.https_only(true).redirect(policy)
}

fn loopback_settings(builder: ClientBuilder) -> ClientBuilder {
    // RFC 6761 section 6.3: `localhost` is this machine, whatever a name server says.
    let localhost = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    builder
        .https_only(false)
        .redirect(Policy::none())
        .no_proxy()
        .tls_certs_only([])
        .resolve_to_addrs("localhost", &localhost)
}

/// Why a redirect to `next` is not followed, after `requests` that led to it.
fn redirect_refusal(next: &Url, requests: usize) -> Option<&'static str> {
    if next.scheme() != "https" {
        Some("a redirect leaves https")
    } else if requests > MAX_REDIRECTS {
        Some("more than 3 redirects")
    } else {
        None
    }
}

fn is_plain_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
}

/// The smallest `max-age` (RFC 9111 section 5.2.2.1). Other directives do not shorten the schedule, which has a lower
/// bound anyway.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let fields = headers.get_all(CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    let directives = fields.flat_map(|value| value.split(','));
    let ages = directives.filter_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let seconds = value.trim().trim_matches('"').parse().ok()?;
        name.trim().eq_ignore_ascii_case("max-age").then_some(Duration::from_secs(seconds))
    });
    ages.min()
}

fn exchange(error: reqwest::Error) -> FetchError {
    FetchError::Exchange(sentence(error))
}

/// An error and its causes in one line, without URLs.
fn sentence(error: reqwest::Error) -> String {
    let timed_out = error.is_timeout();
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some errors repeat their cause in their own text.
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    if timed_out { format!("no complete answer in time ({text})") } else { text }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the answer is larger than {MAX_BODY} bytes"),
            Self::Exchange(text) => f.write_str(text),
            Self::Status(status) => write!(f, "the answer has status {status}, where 200 was expected"),
            Self::Url(problem) => write!(f, "the URL is not fetched: {problem}"),
        }
    }
}

impl fmt::Display for FetchSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Https(text) => write!(
                f,
                "no https client: {text}; if this machine has no CA certificates, install the package \
                 ca-certificates or let SSL_CERT_FILE name a PEM file that holds them"
            ),
            Self::Loopback(text) => write!(f, "no http client for loopback: {text}"),
        }
    }
}

impl StdError for FetchError {}
impl StdError for FetchSetupError {}

#[cfg(test)]
mod tests;
