//! An authority whose configuration was checked: all that a token is compared with.

use std::fmt;
use std::sync::Arc;

use jsonwebtoken::Algorithm;

use super::b2c;
use super::profile::Profile;
use crate::access_token::{Identity, Minimum};
use crate::checks::{Check, FirstRefusal, Outcomes};
use crate::claims::Claims;
use crate::error::{ApiDescription, AuthError, Reason, quoted};
use crate::keys::KeyOrigin;
use crate::tenant::{PERSONAL_ACCOUNTS, TenantTemplate};

/// An authority whose configuration was checked.
#[derive(Debug)]
pub(crate) struct TrustedAuthority {
    pub(crate) name: Option<Box<str>>,
    pub(crate) profile: Profile,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) minimum: Minimum,
    pub(crate) admission: Admission,
    pub(crate) issuers: Vec<TrustedIssuer>,
    pub(crate) api: Arc<ApiDescription>,
}

/// One issuer of an authority. Entra ID has two for a tenant: v1.0 and v2.0, each with its own metadata and keys.
#[derive(Debug)]
pub(crate) struct TrustedIssuer {
    pub(crate) issuer: IssuerRule,
    pub(crate) keys: KeyOrigin,
    /// The metadata of one tenant, where the keys above are those that many tenants share.
    pub(crate) metadata_of_tenant: Option<TenantTemplate>,
    pub(crate) audiences: Vec<Box<str>>,
    /// Issuers that a key's own `issuer` member may name: empty where keys have none.
    pub(crate) key_issuers: Vec<TenantTemplate>,
    pub(crate) version: Option<&'static str>,
    /// The user flow or policy that `tfp` or `acr` must name, in lower case.
    pub(crate) user_flow: Option<Box<str>>,
    /// A token without `kid` may use the only key that fits.
    pub(crate) single_key_without_kid: bool,
}

/// Which `iss` is this issuer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IssuerRule {
    /// This one, byte for byte. Where the authority has tenants, it is that of one.
    Exact { issuer: Box<str>, tenant: Option<Box<str>> },
    /// The one that the metadata names: the tenant was configured by a name. It fits one of these.
    Learned(Vec<TenantTemplate>),
    /// That of any organization, whose [`TenantPolicy`] decides. Personal accounts have a rule of their own.
    AnyTenant(TenantTemplate),
}

/// Who may call at all, whatever a handler requires.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admission {
    pub(crate) tenants: Option<TenantPolicy>,
    /// `None` admits every client.
    pub(crate) clients: Option<Box<[Box<str>]>>,
    pub(crate) refuses_guests: bool,
}

/// Which of all tenants may call.
#[derive(Clone)]
pub(crate) enum TenantPolicy {
    /// These, by their ids.
    Listed(Arc<[Box<str>]>),
    /// Those that a function of the user admits.
    If(Arc<dyn Fn(&str) -> bool + Send + Sync>),
    /// All there are; see [`danger`](crate::danger).
    Any,
}

impl TrustedIssuer {
    /// Whether a token that says `iss` claims to be from here.
    pub(crate) fn fits(&self, iss: &str) -> bool {
        match &self.issuer {
            IssuerRule::Exact { issuer, .. } => **issuer == *iss,
            IssuerRule::Learned(templates) => templates.iter().any(|template| template.tenant_of(iss).is_some()),
            IssuerRule::AnyTenant(template) => organization(template, iss).is_some(),
        }
    }

    /// The tenant whose issuer `iss` is. `None` where the authority has no tenants.
    pub(crate) fn tenant_of<'s>(&'s self, iss: &'s str) -> Option<&'s str> {
        match &self.issuer {
            IssuerRule::Exact { tenant, .. } => tenant.as_deref(),
            IssuerRule::Learned(templates) => templates.iter().find_map(|template| template.tenant_of(iss)),
            IssuerRule::AnyTenant(template) => organization(template, iss),
        }
    }

    /// Whether the token is of this issuer's user flow, or the issuer has no flows.
    pub(crate) fn is_of_flow(&self, claims: &Claims<'_>) -> bool {
        self.user_flow
            .as_deref()
            .is_none_or(|flow| b2c::flow_of(claims).is_some_and(|it| it.eq_ignore_ascii_case(flow)))
    }

    /// Whether the key that names `of_key` as its issuer may sign for `iss`.
    pub(crate) fn takes_keys_of(&self, of_key: &TenantTemplate, iss: &str) -> bool {
        let tenant = self.tenant_of(iss).unwrap_or_default();
        self.key_issuers.iter().any(|template| template.is_equal_for(tenant, of_key))
    }
}

fn organization<'s>(template: &TenantTemplate, iss: &'s str) -> Option<&'s str> {
    template.tenant_of(iss).filter(|tenant| *tenant != PERSONAL_ACCOUNTS)
}

impl IssuerRule {
    /// A name for the log, and for the operator.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Exact { issuer, .. } => issuer.to_string(),
            Self::Learned(templates) => templates.iter().map(TenantTemplate::text).collect::<Vec<_>>().join(" or "),
            Self::AnyTenant(template) => template.text(),
        }
    }
}

impl Admission {
    /// Whether users and daemons of this tenant may call.
    pub(crate) fn admits_tenant(&self, tenant: &str) -> bool {
        match &self.tenants {
            None | Some(TenantPolicy::Any) => true,
            Some(TenantPolicy::Listed(tenants)) => tenants.iter().any(|listed| **listed == *tenant),
            Some(TenantPolicy::If(admits)) => admits(tenant),
        }
    }

    /// Decides on a verified token.
    pub(crate) fn check(&self, caller: Identity<'_>) -> Result<(), AuthError> {
        self.check_each(caller, &mut FirstRefusal)
    }

    /// Whether everybody may call whom the issuer gives a token.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.tenants, None | Some(TenantPolicy::Any)) && self.clients.is_none() && !self.refuses_guests
    }

    /// Makes the same checks in the same order, and tells `outcomes` of each.
    pub(crate) fn check_each(&self, caller: Identity<'_>, outcomes: &mut impl Outcomes) -> Result<(), AuthError> {
        outcomes.add(Check::Tenants, self.tenant(caller))?;
        outcomes.add(Check::Clients, self.client(caller))?;
        outcomes.add(Check::Guests, self.guest(caller))
    }

    fn tenant(&self, caller: Identity<'_>) -> Result<(), AuthError> {
        let tenant = caller.tenant_id;
        if self.tenants.is_some() && !tenant.is_some_and(|tenant| self.admits_tenant(tenant)) {
            let evidence = format!("tid is {}", quoted(tenant.unwrap_or_default()));
            return Err(AuthError::new(Reason::ForbiddenTenant).with_evidence(evidence));
        }
        Ok(())
    }

    fn client(&self, caller: Identity<'_>) -> Result<(), AuthError> {
        if let Some(clients) = &self.clients {
            let named = |client: &str| clients.iter().any(|allowed| **allowed == *client);
            if !caller.client_id.is_some_and(named) {
                let client = caller.client_id.unwrap_or_default();
                let evidence = format!("the client is {}", quoted(client));
                return Err(AuthError::new(Reason::ForbiddenClient).with_evidence(evidence));
            }
        }
        Ok(())
    }

    fn guest(&self, caller: Identity<'_>) -> Result<(), AuthError> {
        // What the token does not say is no proof of a member.
        if self.refuses_guests && caller.guest != Some(false) {
            return Err(AuthError::new(Reason::ForbiddenGuest).with_evidence("the caller is not known to be a member"));
        }
        Ok(())
    }
}

impl fmt::Debug for TenantPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(tenants) => f.debug_tuple("Listed").field(tenants).finish(),
            Self::If(_) => f.write_str("If"),
            Self::Any => f.write_str("Any"),
        }
    }
}
