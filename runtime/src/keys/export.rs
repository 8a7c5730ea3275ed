//! Keys as a text that outlives the process, for one that starts later.
//!
//! What stands in the text is checked as if it had just been fetched: by the same parsers, for the same issuer.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::key_set::MAX_AGE;
use super::own::{self, OwnKeysError};
use super::snapshot::{Now, Snapshot};
use super::{InitialKeys, KeyOrigin, KeySourceConfig};
use crate::discovery::{MetadataError, ProviderMetadata};
use crate::jwk::{KeySetError, PublicJwk, for_log};
use crate::log;

/// The version of the text's form.
const FORMAT: u32 = 1;

/// How far the clock of the machine that wrote the text may be ahead of ours.
const AHEAD: i64 = 60;

/// Sets of keys that another process fetched, not checked yet.
#[derive(Deserialize)]
pub(crate) struct Preloaded<'t> {
    format: u32,
    #[serde(borrow)]
    issuers: Vec<Entry<'t>>,
}

/// One set of keys, and the metadata that led to it.
#[derive(Deserialize)]
struct Entry<'t> {
    /// Where the metadata was read: that tells which set it is, as user flows can share an issuer.
    metadata: Cow<'t, str>,
    issuer: Cow<'t, str>,
    jwks_uri: Cow<'t, str>,
    cloud_instance_name: Option<Cow<'t, str>>,
    /// Unix seconds.
    fetched: i64,
    #[serde(borrow)]
    keys: &'t RawValue,
}

/// Why preloaded keys are not those of another process.
#[derive(Debug)]
pub(crate) enum PreloadError {
    Json(serde_json::Error),
    Format(u32),
    PrivateKey(OwnKeysError),
}

/// Why one set of preloaded keys is not used.
enum Unfit {
    TooOld,
    FromTheFuture,
    Metadata(MetadataError),
    Keys(OwnKeysError),
}

/// The text that [`Preloaded::parse`] reads, of the sets that can be used now.
pub(crate) fn export<'s>(sets: impl IntoIterator<Item = (&'s KeyOrigin, &'s Snapshot)>, now: Now) -> String {
    #[derive(Serialize)]
    struct Exported<'a> {
        format: u32,
        issuers: Vec<Set<'a>>,
    }
    #[derive(Serialize)]
    struct Set<'a> {
        metadata: &'a str,
        issuer: &'a str,
        jwks_uri: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        cloud_instance_name: Option<&'a str>,
        fetched: i64,
        keys: Vec<PublicJwk<'a>>,
    }
    let issuers = sets.into_iter().filter_map(|(origin, snapshot)| {
        let KeyOrigin::Metadata { url, .. } = origin else { return None };
        let metadata = snapshot.metadata.as_ref()?;
        let keys = snapshot.keys.as_ref().filter(|keys| keys.serves(now))?;
        let age = i64::try_from(keys.age(now)?.as_secs()).ok()?;
        Some(Set {
            metadata: url,
            issuer: &metadata.issuer,
            jwks_uri: &metadata.jwks_uri,
            cloud_instance_name: metadata.cloud_instance_name.as_deref(),
            fetched: now.unix.saturating_sub(age),
            keys: keys.listed().map(|key| key.to_jwk()).collect(),
        })
    });
    let exported = Exported { format: FORMAT, issuers: issuers.collect() };
    // Text and numbers alone: that cannot fail.
    serde_json::to_string(&exported).unwrap_or_default()
}

impl<'t> Preloaded<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self, PreloadError> {
        let preloaded: Self = serde_json::from_str(text).map_err(PreloadError::Json)?;
        match preloaded.format {
            FORMAT => Ok(preloaded),
            other => Err(PreloadError::Format(other)),
        }
    }

    /// Gives each of `sources` the keys that are here for it. What cannot be used is left out, and said in the log.
    pub(crate) fn hand_out(&self, sources: &mut [KeySourceConfig], now: Now) -> Result<(), PreloadError> {
        for entry in &self.issuers {
            let is_for = |source: &&mut KeySourceConfig| matches!(&source.origin, KeyOrigin::Metadata { url, .. } if **url == *entry.metadata);
            let Some(source) = sources.iter_mut().find(is_for) else {
                let issuer = for_log(&entry.issuer);
                log::info!(target: LOG, issuer, "preloaded keys are not used: no such issuer is configured");
                continue;
            };
            match entry.initial(source, now) {
                Ok(initial) => source.initial = Some(initial),
                Err(Unfit::Keys(error @ OwnKeysError::Invalid(KeySetError::PrivateKey { .. }))) => {
                    return Err(PreloadError::PrivateKey(error));
                }
                Err(why) => log::warn!(target: LOG, source = source.name, %why, "preloaded keys are not used"),
            }
        }
        Ok(())
    }
}

impl Entry<'_> {
    fn initial(&self, source: &KeySourceConfig, now: Now) -> Result<InitialKeys, Unfit> {
        let age = now.unix.saturating_sub(self.fetched);
        if age < -AHEAD {
            return Err(Unfit::FromTheFuture);
        }
        let age = Duration::from_secs(u64::try_from(age).unwrap_or(0));
        if age >= MAX_AGE {
            return Err(Unfit::TooOld);
        }
        let metadata = self.checked_metadata(&source.origin).map_err(Unfit::Metadata)?;
        let document = format!(r#"{{"keys":{}}}"#, self.keys.get());
        let published = own::parse(document.as_bytes(), &source.algorithms).map_err(Unfit::Keys)?;
        Ok(InitialKeys { published, metadata: Some(metadata), age })
    }

    /// The metadata, for the issuer that the configuration expects.
    fn checked_metadata(&self, origin: &KeyOrigin) -> Result<ProviderMetadata, MetadataError> {
        let KeyOrigin::Metadata { url, issuer } = origin else { return Err(MetadataError::Members) };
        let document = serde_json::json!({
            "issuer": self.issuer,
            "jwks_uri": self.jwks_uri,
            "cloud_instance_name": self.cloud_instance_name,
        });
        ProviderMetadata::parse(document.to_string().as_bytes(), url, issuer)
    }
}

impl fmt::Display for PreloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "they are not what Verifier::export_keys writes ({error})"),
            Self::Format(format) => write!(f, "they have format {format}, where this version writes {FORMAT}"),
            Self::PrivateKey(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOld => f.write_str("they were fetched more than 24 hours ago"),
            Self::FromTheFuture => f.write_str("by this machine's clock they were fetched in the future"),
            Self::Metadata(error) => error.fmt(f),
            Self::Keys(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PreloadError {}

const LOG: &str = "requires_auth::keys";

#[cfg(test)]
mod tests;
