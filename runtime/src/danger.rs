//! Everything that loosens a check, in one place that a review can search for.

use crate::authority::Authority;

/// The options of an authority that loosen a check. Made by [`Authority::dangerous`].
#[derive(Debug)]
#[must_use]
pub struct Dangerous(Authority);

impl Authority {
    /// Options that loosen a check.
    pub fn dangerous(self) -> Dangerous {
        Dangerous(self)
    }
}

impl Dangerous {
    /// Lets tokens pass that carry neither a scope nor a role, where the requirement asks for neither.
    ///
    /// # Security
    ///
    /// Any service principal of the tenant can get such a token for this API, unless the app registration has
    /// "Assignment required" switched on. Whoever calls this must decide by an access list of clients or subjects, for
    /// instance with `check = ...`
    /// ([Protected web API: verify scopes and app roles](https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles)).
    pub fn authorize_by_access_list(self) -> Authority {
        let mut authority = self.0;
        authority.authorize_by_access_list = true;
        authority
    }
}
