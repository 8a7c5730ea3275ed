//! The way of a token that is sent again.

use std::sync::Arc;

use super::Verifier;
use crate::access_token::AccessToken;
use crate::keys::Now;

impl Verifier {
    /// The same token, where it was verified before for this authority and all that this rested on still holds:
    ///
    /// 1. The token is current (`exp`, `nbf`, `iat`).
    /// 2. The keys that decide about it are the very same, and may still be used.
    /// 3. The authority still lets its tenant and client in.
    ///
    /// The rest was decided by the token's bytes and by the verifier, and neither changes. Which authority decides may
    /// change while metadata are still to tell an issuer; until then nothing that may be of it is remembered.
    pub(crate) fn recall(&self, token: &[u8], authority: Option<&str>) -> Option<AccessToken> {
        let found = self.0.token_cache.as_ref()?.find(token, authority)?;
        let verified = found.verified()?;
        let (basis, now) = (verified.basis(), Now::read(&*self.0.clock));
        if !basis.current.contains(&now.unix) {
            return None;
        }
        let route = self.0.routes.get(basis.route)?;
        let tenant = route.keys.tenants().and_then(|_| route.issuer.tenant_of(verified.issuer()));
        let (common, own) = route.load_keys(tenant, now);
        let keys = own.as_deref().unwrap_or(&common).stamp(now)?;
        if basis.keys != Some(keys) {
            return None;
        }
        if !route.admission.is_open() {
            route.admission.check(verified.identity()).ok()?;
        }
        if let Some(tenant) = tenant {
            route.keys.note_recalled(tenant, now);
        }
        found.note_use();
        Some(AccessToken::from_shared(Arc::clone(verified)))
    }
}
