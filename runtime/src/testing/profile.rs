//! Who an issuer is, for which API it issues, and how it names itself.

/// Who an issuer is, and for which API it issues.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) kind: Kind,
    pub(super) url: String,
    /// Its own tenant; empty where there are none.
    pub(super) tenant: String,
    /// The API: its client id, or its audience at a plain OpenID provider.
    pub(super) client: String,
    /// The cloud of Entra ID, as its metadata and keys name it.
    pub(super) cloud: String,
}

/// Which issuer it is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Entra,
    ExternalId,
    B2c,
    Oidc,
}

/// The version of a token or document of Entra ID. Other issuers have no versions and count as `V2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// A user flow of Azure AD B2C, as its tokens show it.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) name: String,
    pub(super) style: FlowStyle,
}

/// The token compatibility settings of user flows.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlowStyle {
    /// The issuer names the flow, as OpenID Connect Discovery wants it.
    pub(super) in_issuer: bool,
    /// The claim that names the flow.
    pub(super) claim: &'static str,
}

impl Profile {
    /// The issuer as tokens of `tenant` name it.
    pub(super) fn issuer(&self, version: Version, tenant: &str, flow: Option<&Flow>) -> String {
        let Self { kind, url, .. } = self;
        match (kind, version, flow) {
            (Kind::Entra, Version::V1, _) => format!("https://sts.windows.net/{tenant}/"),
            (Kind::Entra | Kind::ExternalId, ..) => format!("{url}/{tenant}/v2.0"),
            (Kind::B2c, _, Some(Flow { name, style })) if style.in_issuer => {
                format!("{url}/tfp/{tenant}/{}/v2.0/", name.to_lowercase())
            }
            (Kind::B2c, ..) => format!("{url}/{tenant}/v2.0/"),
            (Kind::Oidc, ..) => url.clone(),
        }
    }

    pub(super) fn has_tenants(&self) -> bool {
        self.kind != Kind::Oidc
    }
}
