//! One refresh of one source: its metadata where that is needed, then its keys.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::fetch::{Document, FetchError, Fetched, Freshness, Transport, Validator};
use super::own::{self, OwnKeysError, PublishedKeys};
use super::{KeyOrigin, KeySourceConfig};
use crate::discovery::{ExpectedIssuer, MetadataError, ProviderMetadata};
use crate::jwk::{KeySetError, parse_key_set, unusable_kids};

/// What to fetch.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) config: Arc<KeySourceConfig>,
    /// Where the keys are, if that need not be asked first.
    pub(super) jwks_uri: Option<String>,
    /// What the metadata said so far. Its issuer stays the only one that is believed: a tenant's name that leads to
    /// another tenant all at once is not.
    pub(super) metadata: Option<Arc<ProviderMetadata>>,
    pub(super) versions: Versions,
}

/// The versions of the documents that a source has read, each with its address. Only what is newer need be sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    pub(super) metadata: Option<Validator>,
    pub(super) keys: Option<(String, Validator)>,
}

/// What was fetched.
#[derive(Debug)]
pub(super) struct Refreshed {
    /// `None` if it was not read.
    pub(super) metadata: Option<Reading<ProviderMetadata>>,
    pub(super) keys: Reading<PublishedKeys>,
    pub(super) jwks_uri: String,
    /// How long the issuer would have the keys cached.
    pub(super) max_age: Option<Duration>,
    /// Whether all was read that there is, and not the keys alone.
    pub(super) is_complete: bool,
}

/// One document.
#[derive(Debug)]
pub(super) enum Reading<T> {
    /// As it was read before.
    Unchanged,
    New {
        content: T,
        version: Option<Validator>,
    },
}

/// Why a refresh failed.
#[derive(Debug)]
pub(super) enum RefreshError {
    Keys {
        from: String,
        error: FetchError,
    },
    KeysInvalid {
        from: String,
        error: KeySetError,
    },
    Metadata {
        from: String,
        error: FetchError,
    },
    MetadataInvalid {
        from: String,
        error: MetadataError,
    },
    OwnKeys {
        from: String,
        error: OwnKeysError,
    },
    /// It did not end within [`LONGEST_REFRESH`](super::snapshot::LONGEST_REFRESH).
    TimedOut,
    /// The task that fetched panicked.
    Panicked,
}

impl Refresh {
    pub(super) async fn run(self, transport: Arc<dyn Transport>) -> Result<Refreshed, RefreshError> {
        let config = Arc::clone(&self.config);
        match &config.origin {
            KeyOrigin::Metadata { url, issuer } => self.fetch(url, issuer, &*transport).await,
            KeyOrigin::File(path) => {
                // A file system can hang as a network does, and this thread has other sources to keep.
                let reading = tokio::task::spawn_blocking({
                    let (path, config) = (path.clone(), Arc::clone(&config));
                    move || own::read(&path, &config.algorithms)
                });
                let keys = reading.await.map_err(|_| RefreshError::Panicked)?;
                Refreshed::own(keys, path.display().to_string())
            }
            KeyOrigin::Given(text) => {
                Refreshed::own(own::parse(text.as_bytes(), &config.algorithms), "the program".to_owned())
            }
        }
    }

    async fn fetch(
        self,
        metadata_url: &str,
        issuer: &ExpectedIssuer,
        transport: &dyn Transport,
    ) -> Result<Refreshed, RefreshError> {
        let (metadata, jwks_uri) = if let Some(known) = &self.jwks_uri {
            (None, known.clone())
        } else {
            let metadata = self.read_metadata(metadata_url, issuer, transport).await?;
            let jwks_uri = match (&metadata, &self.metadata) {
                (Reading::New { content, .. }, _) => content.jwks_uri.clone(),
                (Reading::Unchanged, known) => known.as_ref().map(|it| it.jwks_uri.clone()).unwrap_or_default(),
            };
            (Some(metadata), jwks_uri)
        };
        let (keys, max_age) = self.read_keys(&jwks_uri, transport).await?;
        let is_complete = metadata.is_some();
        Ok(Refreshed { metadata, keys, jwks_uri, max_age, is_complete })
    }

    async fn read_metadata(
        &self,
        url: &str,
        issuer: &ExpectedIssuer,
        transport: &dyn Transport,
    ) -> Result<Reading<ProviderMetadata>, RefreshError> {
        let fetched = transport.get(url, self.versions.metadata.as_ref()).await;
        match fetched.map_err(|error| RefreshError::Metadata { from: public_part(url), error })? {
            Fetched::NotModified(_) => Ok(Reading::Unchanged),
            Fetched::Document(Document { body, validator, .. }) => {
                let known = self.metadata.as_ref().map(|known| ExpectedIssuer::Exact(known.issuer.clone()));
                let content = ProviderMetadata::parse(&body, url, known.as_ref().unwrap_or(issuer))
                    .map_err(|error| RefreshError::MetadataInvalid { from: public_part(url), error })?;
                Ok(Reading::New { content, version: validator })
            }
        }
    }

    async fn read_keys(
        &self,
        jwks_uri: &str,
        transport: &dyn Transport,
    ) -> Result<(Reading<PublishedKeys>, Option<Duration>), RefreshError> {
        let known = self.versions.keys.as_ref().filter(|(from, _)| from == jwks_uri).map(|(_, version)| version);
        let fetched = transport.get(jwks_uri, known).await;
        let fetched = fetched.map_err(|error| RefreshError::Keys { from: public_part(jwks_uri), error })?;
        let Freshness { max_age, .. } = fetched.freshness();
        let answer = match fetched {
            Fetched::NotModified(_) => Reading::Unchanged,
            Fetched::Document(Document { body, validator, .. }) => {
                let keys = parse_key_set(&body, &self.config.algorithms)
                    .map_err(|error| RefreshError::KeysInvalid { from: public_part(jwks_uri), error })?;
                let unusable_kids = unusable_kids(&body, &keys);
                Reading::New { content: PublishedKeys { keys, unusable_kids }, version: validator }
            }
        };
        Ok((answer, max_age))
    }
}

impl Refreshed {
    /// Keys that were read on this machine, where that costs nothing: so it is done as often as any issuer may ask.
    fn own(keys: Result<PublishedKeys, OwnKeysError>, from: String) -> Result<Self, RefreshError> {
        let content = keys.map_err(|error| RefreshError::OwnKeys { from, error })?;
        Ok(Self {
            metadata: None,
            keys: Reading::New { content, version: None },
            jwks_uri: String::new(),
            max_age: Some(Duration::ZERO),
            is_complete: true,
        })
    }
}

impl RefreshError {
    /// Whether the place where the keys were looked for may be the wrong one.
    pub(super) fn is_about_keys(&self) -> bool {
        matches!(self, Self::Keys { .. } | Self::KeysInvalid { .. } | Self::TimedOut | Self::Panicked)
    }

    /// Whether a document arrived and was refused.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(self, Self::KeysInvalid { .. } | Self::MetadataInvalid { .. })
    }
}

/// `url` without query, fragment and credentials, which are nobody's business in a log.
pub(super) fn public_part(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => "an invalid URL".to_owned(),
    }
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys { from, error } => write!(f, "no signing keys from {from}: {error}"),
            Self::KeysInvalid { from, error } => write!(f, "no signing keys from {from}: {error}"),
            Self::Metadata { from, error } => write!(f, "no provider metadata from {from}: {error}"),
            Self::MetadataInvalid { from, error } => write!(f, "no provider metadata from {from}: {error}"),
            Self::OwnKeys { from, error } => write!(f, "no signing keys from {from}: {error}"),
            Self::TimedOut => {
                f.write_str("the refresh did not end within 30 s; the file system or the HTTP client hangs")
            }
            Self::Panicked => f.write_str("the refresh panicked; please report this as a bug of requires-auth"),
        }
    }
}

impl std::error::Error for RefreshError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_and_credentials_of_a_url_are_not_shown() {
        let shown = public_part("https://user:secret@login.example:444/tenant/keys?appid=1#part");
        assert_eq!(shown, "https://login.example:444/tenant/keys");
        assert_eq!(public_part("not a URL, secret"), "an invalid URL");
    }
}
