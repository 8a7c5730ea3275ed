//! One look at an issuer's documents, for a diagnosis.
//!
//! It reads what a refresh reads, through the same client, and keeps nothing of it. It goes on where a refresh stops: what
//! is wrong is to be told apart, not to be refused.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use url::Url;

use super::fetch::{Document, FetchError, Fetched, Freshness, Transport};
use super::own::{self, OwnKeysError, PublishedKeys};
use super::refresh::public_part;
use super::{KeyOrigin, KeySourceConfig};
use crate::clock::Clock;
use crate::discovery::{ExpectedIssuer, MetadataError, ProviderMetadata};
use crate::jwk::{KeySetError, KeySetReport, inspect_key_set};

/// What was found where the keys come from.
#[derive(Debug)]
pub(crate) enum Inspection {
    Issuer(IssuerInspection),
    /// A file on this machine, by its path.
    File(String, Result<PublishedKeys, OwnKeysError>),
}

/// What an issuer's documents say now.
#[derive(Debug)]
pub(crate) struct IssuerInspection {
    /// Where the metadata was looked for, without query.
    pub(crate) metadata_url: String,
    pub(crate) metadata: Result<MetadataReport, FetchError>,
    /// `None` where no metadata that counts says where they are.
    pub(crate) keys: Option<KeysReport>,
    /// By how much this machine's clock differs from the issuer's.
    pub(crate) clock: Option<ClockOffset>,
}

/// A metadata document.
#[derive(Debug)]
pub(crate) struct MetadataReport {
    pub(crate) content: Result<ProviderMetadata, MetadataError>,
    /// The algorithms that it says ID tokens are signed with.
    pub(crate) algorithms: Vec<String>,
}

/// A JWKS document.
#[derive(Debug)]
pub(crate) struct KeysReport {
    /// Where it was looked for, without query.
    pub(crate) url: String,
    pub(crate) content: Result<Result<KeySetReport, KeySetError>, FetchError>,
}

/// How many seconds this machine's clock is ahead of another; negative where it is behind. The least that fits what was
/// seen: an HTTP date has whole seconds, and an answer takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockOffset(pub(crate) i64);

const PATIENCE_WITH_FILES: Duration = Duration::from_secs(5);

/// What a resource server does not need, and a diagnosis tells.
#[derive(Default, Deserialize)]
struct Further {
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
}

impl Inspection {
    pub(super) async fn run(config: KeySourceConfig, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        match &config.origin {
            KeyOrigin::Metadata { url, issuer } => {
                Self::Issuer(IssuerInspection::run(url, issuer, &config.algorithms, &*transport, &*clock).await)
            }
            KeyOrigin::File(path) => {
                let (path, shown) = (path.clone(), path.display().to_string());
                // A file system can hang as a network does.
                let reading = tokio::task::spawn_blocking(move || own::read(&path, &config.algorithms));
                let late = || OwnKeysError::Unreadable(io::ErrorKind::TimedOut.into());
                let read = tokio::time::timeout(PATIENCE_WITH_FILES, reading).await;
                Self::File(shown, read.ok().and_then(Result::ok).unwrap_or_else(|| Err(late())))
            }
            // Never: such keys are nobody's to keep.
            KeyOrigin::Given(text) => Self::File(String::new(), own::parse(text.as_bytes(), &config.algorithms)),
        }
    }
}

impl IssuerInspection {
    /// Who was asked for the metadata.
    pub(crate) fn host(&self) -> Option<String> {
        Url::parse(&self.metadata_url).ok().map(|url| url.origin().ascii_serialization())
    }

    async fn run(
        url: &str,
        issuer: &ExpectedIssuer,
        algorithms: &[Algorithm],
        transport: &dyn Transport,
        clock: &dyn Clock,
    ) -> Self {
        let metadata_url = public_part(url);
        let (body, clock) = match timed_get(url, transport, clock).await {
            Ok(answer) => answer,
            Err(error) => return Self { metadata_url, metadata: Err(error), keys: None, clock: None },
        };
        let content = ProviderMetadata::parse(&body, url, issuer);
        let further: Further = serde_json::from_slice(&body).unwrap_or_default();
        let keys = match &content {
            Ok(metadata) => Some(inspect_keys(&metadata.jwks_uri, algorithms, transport).await),
            Err(_) => None,
        };
        let stated = further.id_token_signing_alg_values_supported;
        Self { metadata_url, metadata: Ok(MetadataReport { content, algorithms: stated }), keys, clock }
    }
}

async fn inspect_keys(url: &str, algorithms: &[Algorithm], transport: &dyn Transport) -> KeysReport {
    let content = get(url, transport).await.map(|(body, _)| inspect_key_set(&body, algorithms));
    KeysReport { url: public_part(url), content }
}

async fn timed_get(
    url: &str,
    transport: &dyn Transport,
    clock: &dyn Clock,
) -> Result<(Vec<u8>, Option<ClockOffset>), FetchError> {
    let asked = clock.unix_now();
    let (body, freshness) = get(url, transport).await?;
    let answered = clock.unix_now();
    Ok((body, ClockOffset::between(asked, answered, freshness)))
}

async fn get(url: &str, transport: &dyn Transport) -> Result<(Vec<u8>, Freshness), FetchError> {
    match transport.get(url, None).await? {
        Fetched::Document(Document { body, freshness, .. }) => Ok((body, freshness)),
        // Never, as no version was named.
        Fetched::NotModified(_) => Err(FetchError::Status(304)),
    }
}

impl ClockOffset {
    fn between(asked: i64, answered: i64, Freshness { date, age, .. }: Freshness) -> Option<Self> {
        let date = date?.saturating_add(age.into());
        // The issuer wrote its date somewhere between, and some time within that second.
        let (earliest, latest) = (asked.min(answered).saturating_sub(1), answered.max(asked));
        Some(Self(if date < earliest {
            earliest.saturating_sub(date)
        } else if date > latest {
            latest.saturating_sub(date)
        } else {
            0
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_the_least_that_fits() {
        let of = |date, age| ClockOffset::between(100, 102, Freshness { date, age, max_age: None });
        for (date, age, expected) in [
            (100, 0, 0),
            (99, 0, 0),
            (102, 0, 0),
            (98, 0, 1),
            (103, 0, -1),
            (0, 0, 99),
            (402, 0, -300),
            (40, 60, 0),
            (0, 40, 59),
        ] {
            assert_eq!(of(Some(date), age), Some(ClockOffset(expected)), "{date} {age}");
        }
        assert_eq!(of(None, 0), None);
    }
}
