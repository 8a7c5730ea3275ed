//! Settings: whose tokens to trust, from arguments, a file and the environment.
//!
//! An argument beats the file, the file beats the environment, and a difference is logged with both names.
//!
//! | setting | in `settings.json` | in the environment, first found |
//! |---|---|---|
//! | tenant | `tenant_id` or `AzureAd.TenantId` | `AzureAd__TenantId`, `AZURE_TENANT_ID` |
//! | client id | `client_id` or `AzureAd.ClientId` | `AzureAd__ClientId`, `AZURE_CLIENT_ID` |
//! | authority host | `AzureAd.Instance` | `AzureAd__Instance`, `AZURE_AUTHORITY_HOST` |
//! | audience | `AzureAd.Audience` | `AzureAd__Audience` |
//! | OpenID issuer | `oidc_issuer` | `OIDC_ISSUER` |
//! | its audience | `oidc_audience` | `OIDC_AUDIENCE` |
//!
//! The `AzureAd` names are those of Microsoft.Identity.Web, the `AZURE_` names those of the Azure SDKs.

mod file;

use std::path::Path;

use self::file::File;
use crate::authority::Authority;
use crate::guid;
use crate::setup_error::{SetupError, SetupErrorKind};

/// Whose tokens to trust. Hand it to [`initialize_from`](crate::initialize_from), or make an
/// [`authority`](Self::authority) of it.
///
/// | setting | in `settings.json` | in the environment, first found |
/// |---|---|---|
/// | tenant | `tenant_id` or `AzureAd.TenantId` | `AzureAd__TenantId`, `AZURE_TENANT_ID` |
/// | client id | `client_id` or `AzureAd.ClientId` | `AzureAd__ClientId`, `AZURE_CLIENT_ID` |
/// | authority host | `AzureAd.Instance` | `AzureAd__Instance`, `AZURE_AUTHORITY_HOST` |
/// | audience | `AzureAd.Audience` | `AzureAd__Audience` |
/// | OpenID issuer | `oidc_issuer` | `OIDC_ISSUER` |
/// | its audience | `oidc_audience` | `OIDC_AUDIENCE` |
///
/// The `AzureAd` names are those of Microsoft.Identity.Web, the `AZURE_` names those of the Azure SDKs. An argument beats
/// the file, the file beats the environment, and a difference is logged with both names. An empty value is none.
///
/// ```
/// use requires_auth::Settings;
///
/// let settings = Settings::default()
///     .with_tenant_id("72f988bf-86f1-41af-91ab-2d7cd011db47")
///     .with_client_id("6e74172b-be56-4843-9ff4-e66a39bb12e3");
/// assert!(settings.authority().is_ok());
///
/// let half = Settings::default().with_tenant_id("72f988bf-86f1-41af-91ab-2d7cd011db47");
/// assert!(half.authority().unwrap_err().to_string().contains("client id"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Settings {
    tenant_id: Option<Setting>,
    client_id: Option<Setting>,
    authority_host: Option<Setting>,
    audience: Option<Setting>,
    oidc_issuer: Option<Setting>,
    oidc_audience: Option<Setting>,
}

/// A value and where it was found.
#[derive(Clone, Debug)]
struct Setting {
    value: String,
    name: String,
}

/// The file that [`Settings::load`] reads if it is there.
const FILE: &str = "settings.json";

/// Between a member's name and its file.
const IN_FILE: &str = " in ";

impl Settings {
    /// Reads `settings.json` in the working directory, if it is there, and the environment.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or what was found is half a configuration or contradicts itself. Nothing found at all
    /// is no error: see [`is_empty`](Self::is_empty).
    pub fn load() -> Result<Self, SetupError> {
        let file = if Path::new(FILE).exists() { Self::read(Path::new(FILE))? } else { Self::default() };
        file.over(Self::environment()).checked()
    }

    /// Reads the environment alone.
    ///
    /// # Errors
    ///
    /// Half a configuration, or a contradictory one.
    pub fn from_env() -> Result<Self, SetupError> {
        Self::environment().checked()
    }

    /// Reads a file alone: `tenant_id` and `client_id`, or an `AzureAd` section, or `oidc_issuer` and `oidc_audience`.
    /// Other members are left alone.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has half a configuration or a contradictory one.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SetupError> {
        Self::read(path.as_ref())?.checked()
    }

    /// Sets the tenant, over what was found.
    #[must_use]
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = argument("tenant_id", tenant_id.into(), self.tenant_id.take());
        self
    }

    /// Sets the client id, over what was found.
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = argument("client_id", client_id.into(), self.client_id.take());
        self
    }

    /// Sets the authority host, over what was found.
    #[must_use]
    pub fn with_authority_host(mut self, host: impl Into<String>) -> Self {
        self.authority_host = argument("authority_host", host.into(), self.authority_host.take());
        self
    }

    /// Sets the audience, over what was found.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = argument("audience", audience.into(), self.audience.take());
        self
    }

    /// Whether nothing was configured. A host alone configures nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.tenant_id, &self.client_id, &self.audience, &self.oidc_issuer, &self.oidc_audience]
            .into_iter()
            .all(Option::is_none)
    }

    /// The authority that the settings describe.
    ///
    /// # Errors
    ///
    /// Nothing, or half a configuration, or a contradictory one.
    pub fn authority(&self) -> Result<Authority, SetupError> {
        if self.is_empty() {
            return Err(SetupError::new(
                SetupErrorKind::IncompleteSettings,
                "no issuer is configured; set AZURE_TENANT_ID and AZURE_CLIENT_ID for Entra ID, or OIDC_ISSUER and \
                 OIDC_AUDIENCE for another provider, or write tenant_id and client_id into settings.json",
            ));
        }
        let (first, second, is_entra) = self.halves()?;
        if !is_entra {
            return Ok(Authority::oidc(first, second));
        }
        let mut authority = Authority::entra(first, second);
        if let Some(host) = &self.authority_host {
            authority = authority.authority_host(&host.value);
        }
        if let Some(audience) = &self.audience {
            authority = authority.audience(&audience.value);
        }
        Ok(authority)
    }

    /// Whether both describe the same authority, wherever the values were found.
    pub(crate) fn mean_the_same(&self, other: &Self) -> bool {
        let values = |settings: &Self| {
            [
                &settings.tenant_id,
                &settings.client_id,
                &settings.authority_host,
                &settings.audience,
                &settings.oidc_issuer,
                &settings.oidc_audience,
            ]
            // GUIDs are the same in either case.
            .map(|setting| setting.as_ref().map(|it| guid::normalized(&it.value).unwrap_or_else(|| it.value.clone())))
        };
        values(self) == values(other)
    }

    fn checked(self) -> Result<Self, SetupError> {
        if !self.is_empty() {
            self.halves()?;
        }
        Ok(self)
    }

    /// Tenant and client id, or issuer and audience; and which of both.
    fn halves(&self) -> Result<(&str, &str, bool), SetupError> {
        let entra = [&self.tenant_id, &self.client_id, &self.audience].into_iter().flatten().next();
        let oidc = [&self.oidc_issuer, &self.oidc_audience].into_iter().flatten().next();
        match (entra, oidc) {
            (Some(entra), Some(oidc)) => Err(SetupError::new(
                SetupErrorKind::ContradictorySettings,
                format!(
                    "{} configures Entra ID and {} another provider; unset one of them, or build a Verifier with both \
                     authorities",
                    entra.name, oidc.name
                ),
            )),
            (_, Some(_)) => {
                let issuer = required(self.oidc_issuer.as_ref(), oidc, "the issuer", "oidc_issuer", "OIDC_ISSUER")?;
                let audience =
                    required(self.oidc_audience.as_ref(), oidc, "the audience", "oidc_audience", "OIDC_AUDIENCE")?;
                Ok((issuer, audience, false))
            }
            (Some(entra), None) => {
                let tenant =
                    required(self.tenant_id.as_ref(), Some(entra), "the tenant", "tenant_id", "AZURE_TENANT_ID")?;
                let client =
                    required(self.client_id.as_ref(), Some(entra), "the client id", "client_id", "AZURE_CLIENT_ID")?;
                Ok((tenant, client, true))
            }
            (None, None) => Err(SetupError::new(SetupErrorKind::IncompleteSettings, "no issuer is configured")),
        }
    }

    fn environment() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let find = |names: &[&str]| {
            let found = names.iter().filter_map(|name| {
                let value = variable(name).filter(|value| !value.trim().is_empty())?;
                Some(Setting { value, name: (*name).to_owned() })
            });
            // The first name wins over the ones after it.
            found.fold(None, |winner: Option<Setting>, next| match winner {
                Some(winner) => Some(winner.over(&next)),
                None => Some(next),
            })
        };
        let settings = Self {
            tenant_id: find(&["AzureAd__TenantId", "AZURE_TENANT_ID"]),
            client_id: find(&["AzureAd__ClientId", "AZURE_CLIENT_ID"]),
            authority_host: find(&["AzureAd__Instance", "AZURE_AUTHORITY_HOST"]),
            audience: find(&["AzureAd__Audience"]),
            oidc_issuer: find(&["OIDC_ISSUER"]),
            oidc_audience: find(&["OIDC_AUDIENCE"]),
        };
        let from_azure = |setting: &Option<Setting>| setting.as_ref().is_some_and(|it| it.name.starts_with("AZURE_"));
        if from_azure(&settings.client_id) && variable("AZURE_FEDERATED_TOKEN_FILE").is_some() {
            tracing::warn!(
                target: LOG,
                "AZURE_CLIENT_ID may be this pod's own identity, set by workload identity, rather than the API's app \
                 registration; set AzureAd__ClientId to say which client id tokens for this API carry"
            );
        }
        settings
    }

    fn read(path: &Path) -> Result<Self, SetupError> {
        let unreadable =
            |why: String| SetupError::new(SetupErrorKind::SettingsFile, format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let file: File = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        file.settings(&path.display().to_string())
    }

    /// These settings where they say something, `others` elsewhere.
    fn over(self, others: Self) -> Self {
        Self {
            tenant_id: stronger(self.tenant_id, others.tenant_id),
            client_id: stronger(self.client_id, others.client_id),
            authority_host: stronger(self.authority_host, others.authority_host),
            audience: stronger(self.audience, others.audience),
            oidc_issuer: stronger(self.oidc_issuer, others.oidc_issuer),
            oidc_audience: stronger(self.oidc_audience, others.oidc_audience),
        }
    }
}

impl Setting {
    /// This setting, after a difference to a weaker one was logged.
    fn over(self, weaker: &Self) -> Self {
        if self.value != weaker.value {
            tracing::warn!(target: LOG, used = self.name, ignored = weaker.name, "two settings differ; the first counts");
        }
        self
    }
}

fn stronger(strong: Option<Setting>, weak: Option<Setting>) -> Option<Setting> {
    match (strong, weak) {
        (Some(strong), Some(weak)) => Some(strong.over(&weak)),
        (strong, weak) => strong.or(weak),
    }
}

fn argument(name: &str, value: String, found: Option<Setting>) -> Option<Setting> {
    stronger(Some(Setting { value, name: format!("the argument {name}") }), found)
}

/// The value of a half, or the error that names it in the words of the half that is there.
fn required<'s>(
    half: Option<&'s Setting>,
    other: Option<&Setting>,
    what: &str,
    member: &str,
    variable: &str,
) -> Result<&'s str, SetupError> {
    if let Some(setting) = half {
        return Ok(&setting.value);
    }
    let there = other.map_or("", |setting| setting.name.as_str());
    let missing = match there.split_once(IN_FILE) {
        Some((name, path)) if name.starts_with("AzureAd.") => format!("AzureAd.{}{IN_FILE}{path}", pascal_case(member)),
        Some((_, path)) => format!("{member}{IN_FILE}{path}"),
        None if there.starts_with("AzureAd__") => format!("AzureAd__{}", pascal_case(member)),
        None if there.starts_with("the argument") => format!("the argument {member}"),
        None => variable.to_owned(),
    };
    Err(SetupError::new(
        SetupErrorKind::IncompleteSettings,
        format!("{there} is set, but {what} is missing; set {missing}"),
    ))
}

fn pascal_case(member: &str) -> String {
    member
        .split('_')
        .map(|word| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default())
        .collect()
}

const LOG: &str = "requires_auth::settings";

#[cfg(test)]
mod tests;
