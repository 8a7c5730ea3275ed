//! One refresh of one source: its metadata where that is needed, then its keys.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::fetch::{FetchError, Transport};
use super::{KeyOrigin, KeySourceConfig};
use crate::discovery::{ExpectedIssuer, MetadataError, ProviderMetadata};
use crate::jwk::{KeySetError, SigningKey, parse_key_set, unusable_kids};

/// What to fetch.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) config: Arc<KeySourceConfig>,
    /// Where the keys are, if that need not be asked first.
    pub(super) jwks_uri: Option<String>,
    /// The issuer that an earlier document named. A tenant's name that leads to another tenant all at once is not
    /// believed.
    pub(super) issuer: Option<String>,
}

/// What was fetched.
#[derive(Debug)]
pub(super) struct Refreshed {
    /// `None` if it was not read.
    pub(super) metadata: Option<ProviderMetadata>,
    pub(super) keys: Vec<SigningKey>,
    /// Names of keys that are published, and not for us.
    pub(super) unusable_kids: Vec<Box<str>>,
    /// How long the issuer would have the keys cached.
    pub(super) max_age: Option<Duration>,
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
    /// The task that fetched panicked.
    Panicked,
}

impl Refresh {
    pub(super) async fn run(self, transport: Arc<dyn Transport>) -> Result<Refreshed, RefreshError> {
        let (metadata, jwks_uri) = match (self.jwks_uri, &self.config.origin) {
            (Some(known), _) => (None, known),
            (None, KeyOrigin::Metadata { url, issuer }) => {
                let expected = self.issuer.map_or_else(|| issuer.clone(), ExpectedIssuer::Exact);
                let document = transport.get(url).await;
                let document = document.map_err(|error| RefreshError::Metadata { from: public_part(url), error })?;
                let metadata = ProviderMetadata::parse(&document.body, url, &expected)
                    .map_err(|error| RefreshError::MetadataInvalid { from: public_part(url), error })?;
                let jwks_uri = metadata.jwks_uri.clone();
                (Some(metadata), jwks_uri)
            }
        };
        let document = transport.get(&jwks_uri).await;
        let document = document.map_err(|error| RefreshError::Keys { from: public_part(&jwks_uri), error })?;
        let keys = parse_key_set(&document.body, &self.config.algorithms)
            .map_err(|error| RefreshError::KeysInvalid { from: public_part(&jwks_uri), error })?;
        let unusable_kids = unusable_kids(&document.body, &keys);
        Ok(Refreshed { metadata, keys, unusable_kids, max_age: document.max_age })
    }
}

impl RefreshError {
    /// Whether the place where the keys were looked for may be the wrong one.
    pub(super) fn is_about_keys(&self) -> bool {
        matches!(self, Self::Keys { .. } | Self::KeysInvalid { .. } | Self::Panicked)
    }
}

/// `url` without query, fragment and credentials, which are nobody's business in a log.
fn public_part(url: &str) -> String {
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
