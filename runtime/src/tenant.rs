//! Texts in which the tenant is left open, as Entra ID writes them: `https://login.microsoftonline.com/{tenantid}/v2.0`.

use crate::guid;

/// The tenant that all personal Microsoft accounts belong to
/// ([Access token claims reference](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference),
/// `tid`).
///
/// ```
/// use requires_auth::{Authority, PERSONAL_ACCOUNTS};
///
/// let authority = Authority::entra("consumers", "6e74172b-be56-4843-9ff4-e66a39bb12e3").allow_tenants([PERSONAL_ACCOUNTS]);
/// ```
pub const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// What Entra ID writes where the tenant's id belongs.
const PLACEHOLDER: &str = "{tenantid}";

/// A text with `{tenantid}` in it, once or more often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TenantTemplate {
    /// What stands before, between and after the placeholders.
    parts: Box<[Box<str>]>,
    /// The only tenant that fits, where one is configured.
    only: Option<Box<str>>,
}

impl TenantTemplate {
    /// Reads `{tenantid}` in whatever case it is written. A text without it fits itself alone.
    pub(crate) fn new(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let mut parts = Vec::new();
        let mut start = 0;
        for (position, _) in lower.match_indices(PLACEHOLDER) {
            parts.push(text.get(start..position).unwrap_or_default().into());
            start = position + PLACEHOLDER.len();
        }
        parts.push(text.get(start..).unwrap_or_default().into());
        Self { parts: parts.into(), only: None }
    }

    /// The same text, for this tenant alone.
    pub(crate) fn of_tenant(self, tenant: &str) -> Self {
        Self { only: Some(tenant.into()), ..self }
    }

    /// The text for `tenant`.
    pub(crate) fn with_tenant(&self, tenant: &str) -> String {
        self.parts.join(tenant)
    }

    /// The tenant in `text`: a GUID in lower case, the same in every place, and nothing else differs by a byte.
    pub(crate) fn tenant_of<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (first, others) = self.parts.split_first()?;
        let mut rest = text.strip_prefix(&**first)?;
        let tenant = rest.get(..guid::LENGTH).filter(|tenant| guid::is_guid(tenant))?;
        for part in others {
            rest = rest.strip_prefix(tenant)?.strip_prefix(&**part)?;
        }
        let fits = self.only.as_deref().is_none_or(|only| only == tenant);
        (fits && rest.is_empty() && !others.is_empty()).then_some(tenant)
    }

    /// Whether `text` is this one with `tenant` in it.
    pub(crate) fn is_for(&self, tenant: &str, text: &str) -> bool {
        let Some((first, others)) = self.parts.split_first() else { return false };
        let mut rest = text.strip_prefix(&**first);
        for part in others {
            rest = rest.and_then(|rest| rest.strip_prefix(tenant)).and_then(|rest| rest.strip_prefix(&**part));
        }
        rest == Some("") && self.only.as_deref().is_none_or(|only| only == tenant)
    }

    /// Whether both are the same text once `tenant` is in them.
    pub(crate) fn is_equal_for(&self, tenant: &str, other: &Self) -> bool {
        let takes = |template: &Self| template.only.as_deref().is_none_or(|only| only == tenant);
        let is_same_template = self.parts == other.parts && takes(self) && takes(other);
        is_same_template || (takes(other) && self.is_for(tenant, &other.with_tenant(tenant)))
    }

    /// The template as it is written, with the tenant where it is known.
    pub(crate) fn text(&self) -> String {
        self.with_tenant(self.only.as_deref().unwrap_or(PLACEHOLDER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const OTHER: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

    #[test]
    fn the_tenant_takes_the_place_of_the_placeholder() {
        for text in ["https://l/{tenantid}/v2.0", "https://l/{TenantId}/v2.0"] {
            let template = TenantTemplate::new(text);
            assert_eq!(template.with_tenant("t"), "https://l/t/v2.0");
            assert_eq!(template.text(), "https://l/{tenantid}/v2.0");
            assert!(template.is_for("t", "https://l/t/v2.0"));
            assert!(!template.is_for("t", "https://l/u/v2.0"));
        }
        let fixed = TenantTemplate::new("https://l/x/v2.0");
        assert_eq!(fixed.with_tenant("t"), "https://l/x/v2.0");
        assert!(fixed.is_for("t", "https://l/x/v2.0"));
        assert_eq!(fixed.tenant_of("https://l/x/v2.0"), None);
    }

    #[test]
    fn only_a_guid_in_its_place_is_a_tenant() {
        let template = TenantTemplate::new("https://l/{tenantid}/v2.0");
        assert_eq!(template.tenant_of(&format!("https://l/{TENANT}/v2.0")), Some(TENANT));
        for text in [
            format!("https://l/{}/v2.0", TENANT.to_uppercase()),
            format!("https://l/{TENANT}/v2.0/"),
            format!("https://l/{TENANT}/../{OTHER}/v2.0"),
            format!("https://l//{TENANT}/v2.0"),
            format!("http://l/{TENANT}/v2.0"),
            format!("https://l/{TENANT}"),
            "https://l/{tenantid}/v2.0".to_owned(),
            "https://l/common/v2.0".to_owned(),
            "https://l/".to_owned(),
            String::new(),
            format!("https://l/{}é/v2.0", &TENANT[..35]),
        ] {
            assert_eq!(template.tenant_of(&text), None, "{text}");
        }
    }

    #[test]
    fn a_template_of_one_tenant_fits_no_other() {
        let template = TenantTemplate::new("https://l/{tenantid}/v2.0/").of_tenant(TENANT);
        assert_eq!(template.tenant_of(&format!("https://l/{TENANT}/v2.0/")), Some(TENANT));
        assert_eq!(template.tenant_of(&format!("https://l/{OTHER}/v2.0/")), None);
        assert!(!template.is_for(OTHER, &format!("https://l/{OTHER}/v2.0/")));
        assert_eq!(template.text(), format!("https://l/{TENANT}/v2.0/"));
    }

    #[test]
    fn every_place_has_the_same_tenant() {
        let template = TenantTemplate::new("https://{tenantid}.ciamlogin.com/{tenantid}/v2.0");
        assert_eq!(template.tenant_of(&format!("https://{TENANT}.ciamlogin.com/{TENANT}/v2.0")), Some(TENANT));
        assert_eq!(template.tenant_of(&format!("https://{TENANT}.ciamlogin.com/{OTHER}/v2.0")), None);
    }
}
