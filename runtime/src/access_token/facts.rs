//! What a token states, as its authority reads it.

use std::borrow::Cow;

use crate::claims::Overage;

/// What the token states, borrowed from its claims. An [`AccessToken`](super::AccessToken) packs it.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'c> {
    pub(crate) issuer: Cow<'c, str>,
    pub(crate) subject: Option<Cow<'c, str>>,
    pub(crate) object_id: Option<Cow<'c, str>>,
    pub(crate) tenant_id: Option<Cow<'c, str>>,
    pub(crate) client_id: Option<Cow<'c, str>>,
    pub(crate) token_id: Option<Cow<'c, str>>,
    pub(crate) scopes: Vec<Cow<'c, str>>,
    pub(crate) roles: Vec<Cow<'c, str>>,
    pub(crate) groups: Vec<Cow<'c, str>>,
    pub(crate) directory_roles: Vec<Cow<'c, str>>,
    pub(crate) auth_contexts: Vec<Cow<'c, str>>,
    pub(crate) traits: Traits,
}

/// The facts that are no texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    pub(crate) expires_at: i64,
    pub(crate) caller: CallerKind,
    /// The authority grants scopes to applications on their own, as it does to those that act for a user.
    pub(crate) applications_have_scopes: bool,
    pub(crate) guest: Option<bool>,
    pub(crate) agent: bool,
    pub(crate) overage: Overage,
    /// The client declared that it can take a claims challenge (`xms_cc: cp1`).
    pub(crate) claims_capable: bool,
}

/// Whether a user stands behind the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallerKind {
    /// A client acts for a signed-in user.
    Delegated,
    /// A client acts on its own.
    AppOnly,
    /// The token does not say, or the authority does not tell.
    Unknown,
}

/// What decides whether a caller may come here at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity<'c> {
    pub(crate) tenant_id: Option<&'c str>,
    pub(crate) client_id: Option<&'c str>,
    pub(crate) guest: Option<bool>,
}

impl Facts<'_> {
    pub(crate) fn identity(&self) -> Identity<'_> {
        let (tenant_id, client_id) = (self.tenant_id.as_deref(), self.client_id.as_deref());
        Identity { tenant_id, client_id, guest: self.traits.guest }
    }

    /// The same, free of the claims.
    pub(crate) fn into_owned(self) -> Facts<'static> {
        let text = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let list = |list: Vec<Cow<'_, str>>| list.into_iter().map(text).collect();
        Facts {
            issuer: text(self.issuer),
            subject: self.subject.map(text),
            object_id: self.object_id.map(text),
            tenant_id: self.tenant_id.map(text),
            client_id: self.client_id.map(text),
            token_id: self.token_id.map(text),
            scopes: list(self.scopes),
            roles: list(self.roles),
            groups: list(self.groups),
            directory_roles: list(self.directory_roles),
            auth_contexts: list(self.auth_contexts),
            traits: self.traits,
        }
    }
}
