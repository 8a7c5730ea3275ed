//! The settings file: the course's two members, the `AzureAd` section, or an OpenID issuer.

use serde::Deserialize;

use super::{IN_FILE, Setting, Settings};
use crate::setup_error::{SetupError, SetupErrorKind};

/// `settings.json`, as far as it concerns tokens.
#[derive(Deserialize)]
pub(super) struct File {
    tenant_id: Option<String>,
    client_id: Option<String>,
    #[serde(rename = "AzureAd", default)]
    azure_ad: AzureAd,
    oidc_issuer: Option<String>,
    oidc_audience: Option<String>,
}

/// The section of Microsoft.Identity.Web.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AzureAd {
    tenant_id: Option<String>,
    client_id: Option<String>,
    instance: Option<String>,
    audience: Option<String>,
    /// Read by Microsoft.Identity.Web, not here; a setting that does nothing must not look as if it did.
    authority: Option<serde::de::IgnoredAny>,
    audiences: Option<serde::de::IgnoredAny>,
}

impl File {
    pub(super) fn settings(self, path: &str) -> Result<Settings, SetupError> {
        let named = |value: Option<String>, member: &str| {
            let value = value.filter(|value| !value.trim().is_empty())?;
            Some(Setting { value, name: format!("{member}{IN_FILE}{path}") })
        };
        if self.azure_ad.authority.is_some() || self.azure_ad.audiences.is_some() {
            return Err(SetupError::new(
                SetupErrorKind::SettingsFile,
                format!(
                    "{path}: AzureAd.Authority and AzureAd.Audiences are not read; write Instance and TenantId, and Audience"
                ),
            ));
        }
        // Two members of one file are equals: neither can beat the other.
        let one = |left: Option<Setting>, right: Option<Setting>| match (left, right) {
            (Some(left), Some(right)) if left.value != right.value => Err(SetupError::new(
                SetupErrorKind::ContradictorySettings,
                format!("{} and {} differ; remove one of them", left.name, right.name),
            )),
            (left, right) => Ok(left.or(right)),
        };
        Ok(Settings {
            tenant_id: one(named(self.tenant_id, "tenant_id"), named(self.azure_ad.tenant_id, "AzureAd.TenantId"))?,
            client_id: one(named(self.client_id, "client_id"), named(self.azure_ad.client_id, "AzureAd.ClientId"))?,
            authority_host: named(self.azure_ad.instance, "AzureAd.Instance"),
            audience: named(self.azure_ad.audience, "AzureAd.Audience"),
            oidc_issuer: named(self.oidc_issuer, "oidc_issuer"),
            oidc_audience: named(self.oidc_audience, "oidc_audience"),
        })
    }
}
