//! Protected resource metadata (RFC 9728): the document that tells a client which authorization server to ask.

use serde::Serialize;
use url::Url;

/// The path under which a resource at the root of its host publishes its document.
const WELL_KNOWN_PATH: &str = "/.well-known/oauth-protected-resource";

/// The metadata document of this API. Made by [`Verifier::resource_metadata`](crate::Verifier::resource_metadata);
/// serve [`to_json`](Self::to_json) as `application/json` under [`path`](Self::path), without authentication
/// (RFC 9728 section 3).
///
/// ```
/// # #[cfg(feature = "testing")] {
/// # use requires_auth::{Verifier, testing::Issuer};
/// # let issuer = Issuer::entra();
/// let verifier = Verifier::builder(issuer.authority()).resource("https://api.example.com/weather").build()?;
/// let metadata = verifier.resource_metadata().expect("the resource is set").scopes(["api://weather/weather.read"]);
/// assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource/weather");
/// assert!(metadata.to_json().contains("https://api.example.com/weather"));
/// # }
/// # Ok::<(), requires_auth::SetupError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceMetadata {
    resource: String,
    /// RFC 9728 section 3.2: members without elements are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_servers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<String>,
    bearer_methods_supported: [&'static str; 1],
}

impl ResourceMetadata {
    pub(crate) fn new(resource: String, authorization_servers: Vec<String>) -> Self {
        // RFC 6750 section 2.1 is the only method that is read.
        Self { resource, authorization_servers, scopes_supported: Vec::new(), bearer_methods_supported: ["header"] }
    }

    /// Names the scopes that clients can request, in the form in which they request them.
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes_supported = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The path to serve the document under.
    #[must_use]
    pub fn path(&self) -> String {
        Url::parse(&metadata_url(&self.resource))
            .map_or_else(|_| WELL_KNOWN_PATH.to_owned(), |url| url.path().to_owned())
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A struct of strings always serializes.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The URL of a resource's document: the well-known path goes between host and path (RFC 9728 section 3.1).
pub(crate) fn metadata_url(resource: &str) -> String {
    let Ok(url) = Url::parse(resource) else { return WELL_KNOWN_PATH.to_owned() };
    // A slash that ends the host is taken off first.
    let path = if url.path() == "/" { "" } else { url.path() };
    format!("{}{WELL_KNOWN_PATH}{path}", url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_path_goes_between_host_and_path() {
        for (resource, url) in [
            ("https://api.example.com", "https://api.example.com/.well-known/oauth-protected-resource"),
            ("https://api.example.com/", "https://api.example.com/.well-known/oauth-protected-resource"),
            ("https://api.example.com/v1", "https://api.example.com/.well-known/oauth-protected-resource/v1"),
            (
                "https://api.example.com:8443/a/b",
                "https://api.example.com:8443/.well-known/oauth-protected-resource/a/b",
            ),
        ] {
            assert_eq!(metadata_url(resource), url);
        }
    }

    #[test]
    fn members_without_elements_are_left_out() {
        let metadata = ResourceMetadata::new("https://a.example".to_owned(), vec!["https://b.example".to_owned()]);
        assert_eq!(
            metadata.to_json(),
            r#"{"resource":"https://a.example","authorization_servers":["https://b.example"],"bearer_methods_supported":["header"]}"#
        );
    }
}
