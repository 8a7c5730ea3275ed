//! Everything that loosens a check, in one place that a review can search for.

use crate::authority::{Authority, TenantChoice};

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
    /// Lets tokens pass that carry neither a scope nor a role, where the requirement asks for neither. At a public issuer,
    /// lets genuine tokens pass where the requirement does not ask who calls.
    ///
    /// # Security
    ///
    /// Any service principal of the tenant can get such a token for this API, unless the app registration has
    /// "Assignment required" switched on. Whoever calls this must decide by an access list of clients or subjects, for
    /// instance with `check = ...`
    /// ([Protected web API: verify scopes and app roles](https://learn.microsoft.com/entra/identity-platform/scenario-protected-web-api-verification-scope-app-roles)).
    ///
    /// At a public issuer, such as GitHub Actions, GitLab.com or Google, all customers of the service can get such a token
    /// for this API: see [public issuers](crate::_documentation::providers#public-issuers).
    pub fn authorize_by_access_list(self) -> Authority {
        let mut authority = self.0;
        authority.authorize_by_access_list = true;
        authority
    }

    /// Lets users and daemons of every tenant call, now and in future. For Entra ID with `common`, `organizations` or
    /// `consumers`.
    ///
    /// # Security
    ///
    /// Whoever has a tenant of Entra ID, which is free, can consent to this API there, and then assigns its roles and
    /// groups to whom he likes. No role, group or directory role says anything about your own organisation any more:
    /// decide by `tid` together with `oid` or `sub`, from data of your own. Better: say which tenants are customers, with
    /// [`Authority::allow_tenants_if`].
    pub fn any_tenant(self) -> Authority {
        let mut authority = self.0;
        authority.tenants = Some(TenantChoice::Any);
        authority
    }
}
