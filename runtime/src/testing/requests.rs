//! What an issuer was asked.

use super::directory::Document;
use super::profile::Version;

/// What an issuer was asked, counted when a request arrives.
///
/// ```
/// use requires_auth::testing::Issuer;
///
/// let issuer = Issuer::entra();
/// let before = issuer.requests();
/// // Send a thousand requests to the API.
/// assert!(issuer.requests().keys - before.keys <= 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requests {
    /// Discovery documents, of any version.
    pub metadata: usize,
    /// Discovery documents of Entra ID v1.
    pub metadata_v1: usize,
    /// Discovery documents of Entra ID v2.
    pub metadata_v2: usize,
    /// Key sets, of any version.
    pub keys: usize,
    /// Key sets of Entra ID v1.
    pub keys_v1: usize,
    /// Key sets of Entra ID v2.
    pub keys_v2: usize,
    /// Of all these, the ones that were told that nothing has changed (304).
    pub not_modified: usize,
    /// Anything else: a page that does not exist, or one that [`Lie::RedirectToHttp`](super::Lie::RedirectToHttp) led to.
    pub other: usize,
    /// All requests.
    pub total: usize,
}

impl Requests {
    /// A plain OpenID provider has no versions to count by.
    pub(super) fn count(&mut self, (document, version, has_versions): (Document, Version, bool)) {
        let (all, by_version) = match (document, version) {
            (Document::Metadata, Version::V1) => (&mut self.metadata, &mut self.metadata_v1),
            (Document::Metadata, Version::V2) => (&mut self.metadata, &mut self.metadata_v2),
            (Document::Keys, Version::V1) => (&mut self.keys, &mut self.keys_v1),
            (Document::Keys, Version::V2) => (&mut self.keys, &mut self.keys_v2),
        };
        *all += 1;
        *by_version += usize::from(has_versions);
        self.total += 1;
    }

    pub(super) fn count_other(&mut self) {
        self.other += 1;
        self.total += 1;
    }
}
