//! Where an issuer serves its documents: for itself, for other tenants, for user flows.

use super::key_set::Whose;
use super::profile::{Flow, FlowStyle, Kind, Profile, Version};
use crate::tenant::PERSONAL_ACCOUNTS;

/// What an issuer was told to have beside its own tenant and API.
#[derive(Debug)]
pub(super) struct Directory {
    /// The ids of other tenants.
    pub(super) tenants: Vec<String>,
    /// Those of them, and of the issuer's own, that have keys of their own.
    pub(super) with_own_keys: Vec<String>,
    /// Domain names, each with the id of its tenant.
    pub(super) domains: Vec<(String, String)>,
    pub(super) flows: Vec<String>,
    pub(super) flow_style: FlowStyle,
    /// The API has keys of its own.
    pub(super) custom_signing_keys: bool,
}

/// The two documents that a verifier reads.
///
/// ```
/// use requires_auth::testing::{Document, Issuer};
///
/// let issuer = Issuer::entra();
/// issuer.fail_in(Document::Keys, 503); // the discovery document is still served
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The discovery document, also called provider metadata.
    Metadata,
    /// The key set (JWKS).
    Keys,
}

/// A document that is asked for.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) document: Document,
    pub(super) version: Version,
    /// The tenant or flow as written in the path; empty at a plain OpenID provider.
    pub(super) name: &'a str,
    /// What stands before `/v2.0/.well-known` in its own URL and before `/discovery` in that of its keys.
    pub(super) base: String,
    /// With its question mark.
    pub(super) query: String,
    /// What there is; nothing where nobody was told of the tenant.
    pub(super) served: Option<Served>,
}

/// What a page says.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) issuer: String,
    pub(super) keys: Whose,
}

impl Directory {
    pub(super) fn new(kind: Kind) -> Self {
        let flows = if kind == Kind::B2c { vec!["B2C_1_SignUpSignIn".into(), "B2C_1A_StepUp".into()] } else { vec![] };
        Self {
            tenants: vec![],
            with_own_keys: vec![],
            domains: vec![],
            flows,
            flow_style: FlowStyle { in_issuer: false, claim: "tfp" },
            custom_signing_keys: false,
        }
    }

    /// The flow of this name, whose case does not matter.
    pub(super) fn flow(&self, name: &str) -> Option<Flow> {
        let name = self.flows.iter().find(|flow| flow.eq_ignore_ascii_case(name))?;
        Some(Flow { name: name.clone(), style: self.flow_style })
    }

    /// The document at `path`, if that is the path of one.
    pub(super) fn page<'a>(&self, profile: &Profile, path: &'a str, query: &str) -> Option<Page<'a>> {
        use Document::{Keys, Metadata};
        use Version::{V1, V2};
        if profile.kind == Kind::Oidc {
            let document = match path {
                "/.well-known/openid-configuration" => Metadata,
                "/keys" => Keys,
                _ => return None,
            };
            let served = Some(Served { issuer: profile.url.clone(), keys: Whose::Everyone });
            let base = profile.url.clone();
            return Some(Page { document, version: V2, name: "", base, query: String::new(), served });
        }
        let (document, version, part) = [
            ("/v2.0/.well-known/openid-configuration", Metadata, V2),
            ("/.well-known/openid-configuration", Metadata, V1),
            ("/discovery/v2.0/keys", Keys, V2),
            ("/discovery/keys", Keys, V1),
        ]
        .into_iter()
        .find_map(|(end, document, version)| Some((document, version, path.strip_suffix(end)?)))?;
        let part = part.strip_prefix('/')?;
        if version == V1 && profile.kind != Kind::Entra {
            return None;
        }
        let (tenant, flow) = match (profile.kind, part.split_once('/')) {
            (Kind::B2c, Some((tenant, flow))) if !flow.contains('/') => (tenant, Some(flow)),
            (Kind::B2c, _) | (_, Some(_)) => return None,
            (_, None) => (part, None),
        };
        let served = match flow {
            Some(flow) => self.served_for_flow(profile, tenant, flow),
            None => self.served_for_tenant(profile, version, tenant, query),
        };
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let name = flow.unwrap_or(tenant);
        Some(Page { document, version, name, base: format!("{}/{part}", profile.url), query, served })
    }

    fn served_for_flow(&self, profile: &Profile, tenant: &str, flow: &str) -> Option<Served> {
        let flow = self.flow(flow)?;
        let issuer = profile.issuer(Version::V2, &profile.tenant, Some(&flow));
        let is_own = |(name, id): &(String, String)| name.eq_ignore_ascii_case(tenant) && *id == profile.tenant;
        let known = tenant == profile.tenant || self.domains.iter().any(is_own);
        known.then_some(Served { issuer, keys: Whose::Flow(flow.name) })
    }

    fn served_for_tenant(&self, profile: &Profile, version: Version, tenant: &str, query: &str) -> Option<Served> {
        let of = |id: &str| Some(Served { issuer: profile.issuer(version, id, None), keys: self.keys_of(id) });
        let is_entra = profile.kind == Kind::Entra;
        let tenant =
            self.domains.iter().find(|(name, _)| name.eq_ignore_ascii_case(tenant)).map_or(tenant, |(_, id)| id);
        if tenant == profile.tenant {
            let served = of(&profile.tenant);
            let of_application = self.custom_signing_keys && query == format!("appid={}", profile.client);
            return if of_application { served.map(|it| Served { keys: Whose::Application, ..it }) } else { served };
        }
        match tenant {
            "common" if is_entra => of("{tenantid}"),
            "organizations" if is_entra && version == Version::V2 => of("{tenantid}"),
            // Personal accounts have no documents of version 1.0.
            "consumers" | PERSONAL_ACCOUNTS => {
                let known = version == Version::V2 && self.tenants.iter().any(|id| id == PERSONAL_ACCOUNTS);
                if known { of(PERSONAL_ACCOUNTS) } else { None }
            }
            id => self.tenants.iter().any(|known| known == id).then(|| of(id))?,
        }
    }

    /// Whose keys sign for this tenant.
    pub(super) fn keys_of(&self, tenant: &str) -> Whose {
        let own = self.with_own_keys.iter().any(|id| id == tenant);
        if own { Whose::Tenant(tenant.to_owned()) } else { Whose::Everyone }
    }
}
