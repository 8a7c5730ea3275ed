//! Every setting: what it is called in each place, and whose authorities it is for. The tables of the documentation are
//! made of this one.

use std::fmt;

/// The sections of Microsoft.Identity.Web.
pub(super) const SECTIONS: [&str; 2] = [AZURE_AD, AZURE_AD_B2C];
pub(super) const AZURE_AD: &str = "AzureAd";
pub(super) const AZURE_AD_B2C: &str = "AzureAdB2C";

/// Between a section and its member in the environment, and between a list and the number of its value, as .NET has it.
pub(super) const SEPARATOR: &str = "__";

/// The section's other members that bear on tokens, and what to write instead. All others concern web apps or calls to
/// other APIs, and are left alone.
pub(super) const ELSEWHERE: [(&str, &str); 6] = [
    ("AllowWebApiToBeAuthorizedByACL", "it loosens a check, which is done in code: Authority::dangerous()"),
    ("AzureCloudInstance", "write Cloud or Instance"),
    ("MetadataAddress", "write Instance and TenantId"),
    ("TokenDecryptionCertificates", "encrypted tokens are refused; switch token encryption off for this API"),
    ("TokenDecryptionCredentials", "encrypted tokens are refused; switch token encryption off for this API"),
    ("TokenValidationParameters", "write Audiences, AllowedTenants and AllowedClients"),
];

/// A setting, in the order in which half a configuration is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    TenantId,
    ClientId,
    Domain,
    UserFlows,
    Audiences,
    Authority,
    AuthorityHost,
    Cloud,
    ExternalId,
    AllowedTenants,
    RefuseGuests,
    CustomSigningKeys,
    OidcIssuer,
    OidcAudiences,
    OidcProfile,
    OidcAlgorithms,
    OidcMetadataUrl,
    OidcOauthMetadata,
    AllowedClients,
    KeysFile,
}

/// Who signs the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    Entra,
    ExternalId,
    B2c,
    Oidc,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// A JSON array, or texts with commas between.
    List,
    /// `true` or `false`.
    Switch,
}

/// One setting's row of the table.
pub(super) struct Row {
    pub(super) what: &'static str,
    /// In the flat file, and as an argument. None where another setting does the same.
    pub(super) flat: Option<&'static str>,
    /// In a section. A list gathers all of them.
    pub(super) members: &'static [&'static str],
    /// In the environment, beside those of the sections.
    pub(super) variable: Option<&'static str>,
    pub(super) form: Form,
    /// Whose authorities have it.
    pub(super) of: &'static [Provider],
}

use Form::{List, Switch, Text};
use Provider::{B2c, Entra, ExternalId, Oidc};

const MICROSOFT: &[Provider] = &[Entra, ExternalId, B2c];
const ALL: &[Provider] = &[Entra, ExternalId, B2c, Oidc];

impl Key {
    pub(super) const ALL: [Self; 20] = [
        Self::TenantId,
        Self::ClientId,
        Self::Domain,
        Self::UserFlows,
        Self::Audiences,
        Self::Authority,
        Self::AuthorityHost,
        Self::Cloud,
        Self::ExternalId,
        Self::AllowedTenants,
        Self::RefuseGuests,
        Self::CustomSigningKeys,
        Self::OidcIssuer,
        Self::OidcAudiences,
        Self::OidcProfile,
        Self::OidcAlgorithms,
        Self::OidcMetadataUrl,
        Self::OidcOauthMetadata,
        Self::AllowedClients,
        Self::KeysFile,
    ];

    #[rustfmt::skip]
    pub(super) const fn row(self) -> Row {
        match self {
            Self::TenantId => row("tenant", Some("tenant_id"), &["TenantId"], Some("AZURE_TENANT_ID"), Text, MICROSOFT),
            Self::ClientId => row("client id", Some("client_id"), &["ClientId"], Some("AZURE_CLIENT_ID"), Text, MICROSOFT),
            Self::Domain => row("tenant's domain name", None, &["Domain"], None, Text, MICROSOFT),
            Self::UserFlows => row("user flow", Some("user_flows"), &["SignUpSignInPolicyId", "UserFlows"], None, List, &[B2c]),
            Self::Audiences => row("audience", Some("audience"), &["Audience", "Audiences"], None, List, MICROSOFT),
            Self::Authority => row("host, tenant and user flow in one URL", Some("authority"), &["Authority"], None, Text, MICROSOFT),
            Self::AuthorityHost => row("authority host", Some("authority_host"), &["Instance"], Some("AZURE_AUTHORITY_HOST"), Text, MICROSOFT),
            Self::Cloud => row("cloud: `Public`, `UsGovernment`, `China`", Some("cloud"), &["Cloud"], None, Text, &[Entra]),
            Self::ExternalId => row("External ID behind a custom domain", Some("external_id"), &["ExternalId"], None, Switch, &[ExternalId]),
            Self::AllowedTenants => row("tenants that may call", Some("allowed_tenants"), &["AllowedTenants"], None, List, &[Entra]),
            Self::RefuseGuests => row("refuse guests", Some("refuse_guests"), &["RefuseGuests"], None, Switch, &[Entra]),
            Self::CustomSigningKeys => row("signing keys of the app's own", Some("custom_signing_keys"), &["CustomSigningKeys"], None, Switch, &[Entra, ExternalId]),
            Self::OidcIssuer => row("OpenID issuer", Some("oidc_issuer"), &[], Some("OIDC_ISSUER"), Text, &[Oidc]),
            Self::OidcAudiences => row("OpenID audience", Some("oidc_audience"), &[], Some("OIDC_AUDIENCE"), List, &[Oidc]),
            Self::OidcProfile => row("token profile: `rfc9068`, `auth0`, `okta`, `keycloak`, `cognito`", Some("oidc_profile"), &[], Some("OIDC_PROFILE"), Text, &[Oidc]),
            Self::OidcAlgorithms => row("signing algorithms", Some("oidc_algorithms"), &[], Some("OIDC_ALGORITHMS"), List, &[Oidc]),
            Self::OidcMetadataUrl => row("URL of the metadata", Some("oidc_metadata_url"), &[], Some("OIDC_METADATA_URL"), Text, &[Oidc]),
            Self::OidcOauthMetadata => row("metadata of OAuth (RFC 8414)", Some("oidc_oauth_metadata"), &[], Some("OIDC_OAUTH_METADATA"), Switch, &[Oidc]),
            Self::AllowedClients => row("clients that may call", Some("allowed_clients"), &["AllowedClients"], Some("OIDC_ALLOWED_CLIENTS"), List, ALL),
            Self::KeysFile => row("file of the keys, which are not fetched then", Some("keys_file"), &["KeysFile"], Some("OIDC_KEYS_FILE"), Text, &[Entra, ExternalId, Oidc]),
        }
    }

    /// Whether the setting narrows who may call, so that losing it would let others in.
    pub(super) const fn narrows(self) -> bool {
        matches!(self, Self::AllowedTenants | Self::RefuseGuests | Self::AllowedClients)
    }

    /// The setting of that name in a flat file.
    pub(super) fn of_flat(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.row().flat == Some(name))
    }

    /// The setting of that name in a section.
    pub(super) fn of_member(name: &str) -> Option<Self> {
        Self::members().find_map(|(key, member)| (member == name).then_some(key))
    }

    /// Every name of a section.
    pub(super) fn members() -> impl Iterator<Item = (Self, &'static str)> + Clone {
        Self::ALL.into_iter().flat_map(|key| key.row().members.iter().map(move |member| (key, *member)))
    }
}

const fn row(
    what: &'static str,
    flat: Option<&'static str>,
    members: &'static [&'static str],
    variable: Option<&'static str>,
    form: Form,
    of: &'static [Provider],
) -> Row {
    Row { what, flat, members, variable, form, of }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entra => "Entra ID",
            Self::ExternalId => "External ID",
            Self::B2c => "Azure AD B2C",
            Self::Oidc => "an OpenID provider",
        })
    }
}
