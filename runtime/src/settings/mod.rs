//! Settings: whose tokens to trust, from arguments, a file and the environment.
//!
//! `schema` is the table of what there is. `file` and `environment` read it, `arguments` takes it. `provider` tells whose
//! tokens are meant, `describe` makes the authority.

mod arguments;
mod authority_url;
mod comments;
mod describe;
mod disk;
mod environment;
mod file;
mod near;
mod provider;
mod schema;
mod setting;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use self::environment::{Environment, POD_IDENTITY};
use self::provider::{Described, nothing};
use self::schema::{Form, Key};
use self::setting::{Name, Setting};
use crate::authority::{Authority, Cloud};
use crate::setup_error::{SetupError, SetupErrorKind};

/// Whose tokens to trust. Hand it to [`initialize_from`](crate::initialize_from), or make an
/// [`authority`](Self::authority) of it.
///
/// An argument (`with_...`) beats the file, the file beats the environment, and a difference is logged with both names.
/// In one place two settings must agree. An empty value is none, but for a setting that says who may call.
///
/// | setting | `settings.json` | section | variable | for |
/// |---|---|---|---|---|
/// | tenant | `tenant_id` | `TenantId` | `AZURE_TENANT_ID` | Microsoft's |
/// | client id | `client_id` | `ClientId` | `AZURE_CLIENT_ID` | Microsoft's |
/// | tenant's domain name | | `Domain` | | Microsoft's |
/// | user flow | `user_flows` | `SignUpSignInPolicyId`, `UserFlows` | | Azure AD B2C |
/// | audience | `audience` | `Audience`, `Audiences` | | Microsoft's |
/// | host, tenant and user flow in one URL | `authority` | `Authority` | | Microsoft's |
/// | authority host | `authority_host` | `Instance` | `AZURE_AUTHORITY_HOST` | Microsoft's |
/// | cloud: `Public`, `UsGovernment`, `China` | `cloud` | `Cloud` | | Entra ID |
/// | External ID behind a custom domain | `external_id` | `ExternalId` | | External ID |
/// | tenants that may call | `allowed_tenants` | `AllowedTenants` | | Entra ID |
/// | refuse guests | `refuse_guests` | `RefuseGuests` | | Entra ID |
/// | signing keys of the app's own | `custom_signing_keys` | `CustomSigningKeys` | | Entra ID, External ID |
/// | OpenID issuer | `oidc_issuer` | | `OIDC_ISSUER` | OpenID providers |
/// | OpenID audience | `oidc_audience` | | `OIDC_AUDIENCE` | OpenID providers |
/// | token profile: `rfc9068`, `auth0`, `okta`, `keycloak`, `cognito` | `oidc_profile` | | `OIDC_PROFILE` | OpenID providers |
/// | signing algorithms | `oidc_algorithms` | | `OIDC_ALGORITHMS` | OpenID providers |
/// | URL of the metadata | `oidc_metadata_url` | | `OIDC_METADATA_URL` | OpenID providers |
/// | metadata of OAuth (RFC 8414) | `oidc_oauth_metadata` | | `OIDC_OAUTH_METADATA` | OpenID providers |
/// | clients that may call | `allowed_clients` | `AllowedClients` | `OIDC_ALLOWED_CLIENTS` | all |
/// | file of the keys, which are not fetched then | `keys_file` | `KeysFile` | `OIDC_KEYS_FILE` | Entra ID, External ID, OpenID providers |
///
/// The section is `AzureAd` or `AzureAdB2C`, as Microsoft.Identity.Web has them. In the environment their members are
/// `AzureAd__TenantId`, `AzureAd__Audiences__0`, and beat the variables of the table. The provider follows from what is
/// set. What each means, what is left alone and what is refused: [settings](crate::_documentation::settings).
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
    found: BTreeMap<Key, Setting>,
    /// One name of each section that says something.
    sections: Vec<Name>,
    /// Whether `AZURE_CLIENT_ID` and its kind may have been set for the pod, by workload identity.
    in_pod: bool,
    /// An argument that is wrong in itself.
    problem: Option<(SetupErrorKind, String)>,
}

/// The file that [`Settings::load`] reads if it is there.
const FILE: &str = "settings.json";

impl Settings {
    /// Reads `settings.json` in the working directory, if it is there, and the environment.
    ///
    /// A file that is there and cannot be read is an error, and so is a variable: neither counts as absent.
    ///
    /// # Errors
    ///
    /// The file or a variable cannot be read, or what was found is half a configuration or contradicts itself. Nothing found at all
    /// is no error: see [`is_empty`](Self::is_empty).
    pub fn load() -> Result<Self, SetupError> {
        Self::if_there(Path::new(FILE))?.over(Self::environment()?).loaded()
    }

    /// Reads the environment alone.
    ///
    /// # Errors
    ///
    /// A variable that is not UTF-8, half a configuration, or a contradictory one.
    pub fn from_env() -> Result<Self, SetupError> {
        Self::environment()?.loaded()
    }

    /// Reads a file alone, such as `settings.json` or the `appsettings.json` of a program with Microsoft.Identity.Web.
    /// It may have comments. Members that are no settings are left alone.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has half a configuration or a contradictory one.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SetupError> {
        Self::read(path.as_ref(), None)?.loaded()
    }

    /// Reads one section of a file alone, whatever it is called. So a file can hold the authorities of an API that has
    /// several, as while it moves from B2C to External ID:
    ///
    /// ```
    /// use requires_auth::{Settings, Verifier};
    ///
    /// # let path = std::env::temp_dir().join(format!("requires-auth-sections-{}.json", std::process::id()));
    /// # let client_id = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
    /// # std::fs::write(&path, format!(r#"{{
    /// #     "AzureAdB2C": {{ "Domain": "contoso.onmicrosoft.com", "SignUpSignInPolicyId": "B2C_1_a", "ClientId": "{client_id}" }},
    /// #     "AzureAd": {{ "Authority": "https://contoso.ciamlogin.com/", "ClientId": "{client_id}" }}
    /// # }}"#))?;
    /// let old = Settings::from_section(&path, "AzureAdB2C")?.authority()?.named("b2c");
    /// let new = Settings::from_section(&path, "AzureAd")?.authority()?.named("external_id");
    /// let verifier = Verifier::builder(old).and(new).build()?;
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no such section, or half a configuration or a contradictory one.
    pub fn from_section(path: impl AsRef<Path>, section: &str) -> Result<Self, SetupError> {
        Self::read(path.as_ref(), Some(section))?.loaded()
    }

    /// Whether nothing was configured. `AZURE_AUTHORITY_HOST` alone, which clusters set, configures nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let says_nothing = |setting: &Setting| setting.key == Key::AuthorityHost && setting.name.is_plain_variable();
        self.problem.is_none() && self.found.values().all(says_nothing)
    }

    /// The authority that the settings describe.
    ///
    /// # Errors
    ///
    /// Nothing, or half a configuration, or a contradictory one.
    pub fn authority(&self) -> Result<Authority, SetupError> {
        if let Some((kind, message)) = &self.problem {
            return Err(SetupError::new(*kind, message.as_str()));
        }
        if self.is_empty() {
            return Err(nothing());
        }
        Described::new(self)?.authority()
    }

    /// Whether both describe the same authority, wherever the values were found.
    pub(crate) fn mean_the_same(&self, other: &Self) -> bool {
        let values = |settings: &Self| -> Vec<_> {
            settings.found.values().map(|setting| (setting.key, setting.compared())).collect()
        };
        values(self) == values(other)
    }

    /// What was read, if it is nothing or a whole.
    fn loaded(self) -> Result<Self, SetupError> {
        if !self.is_empty() {
            let described = Described::new(&self)?;
            let _checked = described.authority()?;
            described.warn_of_pod_identity();
        }
        Ok(self)
    }

    fn environment() -> Result<Self, SetupError> {
        let names = std::env::vars_os().map(|(name, _)| name);
        Self::from_environment(&Environment::new(names, &|name| std::env::var_os(name))?)
    }

    fn from_environment(environment: &Environment<'_>) -> Result<Self, SetupError> {
        let (sections, plain) = environment.settings()?;
        let settings = Self::agreeing(sections)?.over(Self::agreeing(plain)?);
        Ok(Self { in_pod: environment.has(POD_IDENTITY)?, ..settings })
    }

    /// The file's settings, or none if the working directory has no such file.
    fn if_there(path: &Path) -> Result<Self, SetupError> {
        if disk::is_there(path)? { Self::read(path, None) } else { Ok(Self::default()) }
    }

    fn read(path: &Path, section: Option<&str>) -> Result<Self, SetupError> {
        Self::agreeing(file::read(&disk::text(path)?, &path.display().to_string(), section)?)
    }

    /// Settings of equal rank: none can beat another.
    fn agreeing(found: Vec<Setting>) -> Result<Self, SetupError> {
        let mut settings = Self::default();
        for name in found.iter().map(|setting| &setting.name).filter(|name| name.section().is_some()) {
            settings.note_section(name);
        }
        let (urls, mut found): (Vec<_>, Vec<_>) = found.into_iter().partition(|setting| setting.key == Key::Authority);
        found.sort_by_key(|setting| (setting.key, setting.position()));
        for setting in found {
            settings.add(if setting.key == Key::Cloud { host_of_cloud(setting)? } else { setting }, true)?;
        }
        for part in urls.iter().map(authority_url::parts).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
            settings.add(part, false)?;
        }
        Ok(settings)
    }

    /// Adds one of equal rank. Lists of one place are gathered where `gather` says so.
    fn add(&mut self, setting: Setting, gather: bool) -> Result<(), SetupError> {
        match self.found.entry(setting.key) {
            Entry::Vacant(free) => {
                free.insert(setting);
            }
            Entry::Occupied(mut there) => {
                let there = there.get_mut();
                let is_list = setting.key.row().form == Form::List;
                if is_list && gather && there.name.place == setting.name.place {
                    there.values.extend(setting.values);
                } else if !(there.says_the_same_as(&setting) || is_list && !gather && there.has_all_of(&setting)) {
                    return Err(SetupError::contradictory(format!(
                        "{} and {} differ; remove one of them",
                        there.name, setting.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// These settings where they say something, `others` elsewhere.
    fn over(mut self, others: Self) -> Self {
        for (key, weaker) in others.found {
            let setting = match self.found.remove(&key) {
                Some(stronger) => stronger.over(&weaker),
                None => weaker,
            };
            self.found.insert(key, setting);
        }
        for name in &others.sections {
            self.note_section(name);
        }
        self.in_pod |= others.in_pod;
        self.problem = self.problem.or(others.problem);
        self
    }

    fn note_section(&mut self, name: &Name) {
        if self.sections.iter().all(|known| known.section() != name.section()) {
            self.sections.push(name.clone());
        }
    }

    fn get(&self, key: Key) -> Option<&Setting> {
        self.found.get(&key)
    }

    /// The first setting of that kind, among those that the platform set or among the others.
    fn first(&self, fits: impl Fn(&Setting) -> bool, ambient: bool) -> Option<&Setting> {
        self.found.values().find(|setting| self.is_ambient(setting) == ambient && fits(setting))
    }

    /// Whether the platform may have set it for its own purposes.
    fn is_ambient(&self, setting: &Setting) -> bool {
        setting.name.is_plain_variable()
            && match setting.key {
                Key::TenantId | Key::ClientId => self.in_pod,
                Key::AuthorityHost => self.in_pod || is_host_of_cloud(setting.text()),
                _ => false,
            }
    }
}

/// The authority host of a cloud, which keeps the name of the setting.
fn host_of_cloud(setting: Setting) -> Result<Setting, SetupError> {
    let word: String = setting.text().chars().filter(char::is_ascii_alphanumeric).collect();
    let word = word.to_ascii_lowercase();
    let cloud = match word.strip_prefix("azure").unwrap_or(&word) {
        "public" => Cloud::Public,
        "usgovernment" => Cloud::UsGovernment,
        "china" => Cloud::China,
        _ => {
            return Err(SetupError::invalid(format!(
                "{} is {:?}; write Public, UsGovernment or China, or another cloud's host into {}",
                setting.name,
                setting.text(),
                setting.name.beside(Key::AuthorityHost)
            )));
        }
    };
    Ok(Setting { key: Key::AuthorityHost, values: vec![cloud.authority_host().to_owned()], name: setting.name })
}

/// Whether it is where Entra ID's own tenants sign in.
fn is_host_of_cloud(host: &str) -> bool {
    let text = host.trim_end_matches('/');
    [Cloud::Public, Cloud::UsGovernment, Cloud::China]
        .iter()
        .any(|cloud| cloud.authority_host().eq_ignore_ascii_case(text))
}

const LOG: &str = "requires_auth::settings";

#[cfg(test)]
mod tests;
