//! Which provider settings mean, what is missing for it, and what contradicts it.

use url::Url;

use super::Settings;
use super::schema::{AZURE_AD_B2C, Key, Provider};
use super::setting::{Name, Setting};
use crate::authority::Product;
use crate::setup_error::{SetupError, SetupErrorKind};

/// Settings of one authority, once it is known whose.
pub(super) struct Described<'s> {
    pub(super) settings: &'s Settings,
    pub(super) provider: Provider,
    /// The setting that decides for this provider.
    pub(super) by: &'s Name,
}

impl<'s> Described<'s> {
    pub(super) fn new(settings: &'s Settings) -> Result<Self, SetupError> {
        if let [first, second, ..] = settings.sections.as_slice() {
            return Err(SetupError::contradictory(format!(
                "{first} and {second} describe two authorities; remove one section, or read each with \
                 Settings::from_section and build a Verifier with both authorities"
            )));
        }
        // What the platform sets for its own purposes configures this API only where nothing else does.
        let microsoft = settings.first(|it| it.is_of(Provider::B2c) || it.is_of(Provider::Entra), false);
        let oidc = settings.first(|it| it.is_of(Provider::Oidc), false);
        let ambient = || settings.first(|it| it.is_of(Provider::Entra), true);
        let described = match (microsoft, oidc) {
            (Some(_), None) => Self::of_microsoft(settings)?,
            (None, Some(oidc)) => Self { settings, provider: Provider::Oidc, by: &oidc.name },
            (Some(microsoft), Some(oidc)) => {
                let whose = Self::of_microsoft(settings)?.provider;
                return Err(SetupError::contradictory(format!(
                    "{} configures {whose} and {} an OpenID provider; remove one of them, or build a Verifier with both \
                     authorities",
                    microsoft.name, oidc.name
                )));
            }
            (None, None) if ambient().is_some() => Self::of_microsoft(settings)?,
            (None, None) => {
                let there = settings.found.values().next().map(|it| it.name.to_string()).unwrap_or_default();
                return Err(SetupError::new(
                    SetupErrorKind::IncompleteSettings,
                    format!("{there} is set, but no issuer; {HOW_TO_BEGIN}"),
                ));
            }
        };
        described.refuse_misplaced()?;
        Ok(described)
    }

    fn of_microsoft(settings: &'s Settings) -> Result<Self, SetupError> {
        let first = settings.first(|it| it.is_of(Provider::B2c) || it.is_of(Provider::Entra), false);
        let first = first.or_else(|| settings.first(|it| it.is_of(Provider::Entra), true));
        let host = settings.get(Key::AuthorityHost);
        let at =
            |product| host.filter(|host| host_name(host).and_then(|name| Product::of_host(&name)) == Some(product));
        let section = settings.sections.iter().find(|name| name.section() == Some(AZURE_AD_B2C));
        let flow = settings.get(Key::UserFlows).or_else(|| at(Product::B2c)).map(|setting| &setting.name);
        let marked = settings.get(Key::ExternalId).filter(|setting| setting.is_on());
        let b2c = flow.or(section).map(|by| (Provider::B2c, by));
        let external = marked.or_else(|| at(Product::ExternalId)).map(|setting| (Provider::ExternalId, &setting.name));
        let entra = || first.map(|setting| (Provider::Entra, &setting.name));
        match (b2c, external) {
            (Some((_, b2c)), Some((_, external))) => Err(SetupError::contradictory(format!(
                "{b2c} is of Azure AD B2C and {external} of External ID; remove one of them"
            ))),
            (b2c, external) => {
                let (provider, by) = b2c.or(external).or_else(entra).ok_or_else(nothing)?;
                Ok(Self { settings, provider, by })
            }
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&'s Setting> {
        let setting = self.settings.get(key)?;
        // Entra ID is the platform's own provider, so what it says may be meant for this API too.
        (self.provider == Provider::Entra || !self.settings.is_ambient(setting)).then_some(setting)
    }

    pub(super) fn is_on(&self, key: Key) -> bool {
        self.get(key).is_some_and(Setting::is_on)
    }

    pub(super) fn values(&self, key: Key) -> impl Iterator<Item = &'s str> + use<'s> {
        self.get(key).into_iter().flat_map(|setting| &setting.values).map(String::as_str)
    }

    fn refuse_misplaced(&self) -> Result<(), SetupError> {
        let misplaced = self.settings.found.values().find(|setting| {
            let of = setting.key.row().of;
            !of.contains(&self.provider) && !self.settings.is_ambient(setting) && !setting.is_off()
        });
        match misplaced {
            Some(setting) => {
                let of = setting.key.row().of.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
                Err(SetupError::contradictory(format!(
                    "{} is for {of} alone, and {} makes this {}; remove one of them",
                    setting.name, self.by, self.provider
                )))
            }
            None => Ok(()),
        }
    }

    /// Half a configuration, told in the words of the half that is there.
    pub(super) fn missing(&self, key: Key) -> SetupError {
        let there = self.settings.found.values().find(|setting| {
            setting.is_of(self.provider) && self.get(setting.key).is_some() && !self.settings.is_ambient(setting)
        });
        let there = there.map_or(self.by, |setting| &setting.name);
        SetupError::new(
            SetupErrorKind::IncompleteSettings,
            format!("{there} is set, but the {} is missing; set {}", key.row().what, there.beside(key)),
        )
    }
}

impl Setting {
    /// Whether it tells that this provider may be meant. What Microsoft's and others have tells nothing.
    fn is_of(&self, provider: Provider) -> bool {
        let of = self.key.row().of;
        let tells = of == [Provider::Oidc] || !of.contains(&Provider::Oidc);
        tells && of.contains(&provider) && !self.is_off()
    }

    fn is_off(&self) -> bool {
        self.values == ["false"]
    }
}

pub(super) fn nothing() -> SetupError {
    SetupError::new(SetupErrorKind::IncompleteSettings, format!("no issuer is configured; {HOW_TO_BEGIN}"))
}

const HOW_TO_BEGIN: &str = "set AZURE_TENANT_ID and AZURE_CLIENT_ID for Entra ID, or OIDC_ISSUER and OIDC_AUDIENCE for \
                            another provider, or write tenant_id and client_id into settings.json";

/// The name of the host in a setting's URL.
pub(super) fn host_name(host: &Setting) -> Option<String> {
    Url::parse(host.text()).ok()?.host_str().map(str::to_owned)
}
