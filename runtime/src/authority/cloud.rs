//! The clouds that Entra ID runs in.

/// A cloud of Microsoft. Each has its own Entra ID, with its own tenants and keys.
///
/// ```
/// use requires_auth::{Authority, Cloud};
///
/// let (tenant, client_id) = ("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
/// let authority = Authority::entra(tenant, client_id).cloud(Cloud::UsGovernment);
/// assert_eq!(Cloud::UsGovernment.authority_host(), "https://login.microsoftonline.us");
/// ```
///
/// A tenant of the US government's community cloud (GCC, not GCC High) lives in the public cloud. Source:
/// [National clouds](https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cloud {
    /// The worldwide cloud.
    #[default]
    Public,
    /// Microsoft Azure for US Government: GCC High and DoD.
    UsGovernment,
    /// Microsoft Azure operated by 21Vianet in China.
    China,
}

impl Cloud {
    /// Where Entra ID signs people in.
    #[must_use]
    pub const fn authority_host(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com",
            Self::UsGovernment => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
        }
    }
}

/// Every host that Entra ID's workforce tenants are known by, and the one that its issuers name.
const HOSTS: [(&str, &str); 12] = [
    ("login.microsoftonline.com", "login.microsoftonline.com"),
    ("login.windows.net", "login.microsoftonline.com"),
    ("login.microsoft.com", "login.microsoftonline.com"),
    ("sts.windows.net", "login.microsoftonline.com"),
    ("login.microsoftonline.us", "login.microsoftonline.us"),
    ("login.usgovcloudapi.net", "login.microsoftonline.us"),
    ("login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn"),
    ("login.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
    ("sts.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
    ("login.sovcloud-identity.fr", "login.sovcloud-identity.fr"),
    ("login.sovcloud-identity.de", "login.sovcloud-identity.de"),
    ("login.sovcloud-identity.sg", "login.sovcloud-identity.sg"),
];

/// The host that the issuers of Entra ID name, where `host` is one of Entra ID's.
pub(crate) fn issuer_host(host: &str) -> Option<&'static str> {
    HOSTS.into_iter().find_map(|(alias, host_of_issuer)| (alias == host).then_some(host_of_issuer))
}
