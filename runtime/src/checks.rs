//! The checks of a token by name, and what becomes of their outcomes.
//!
//! Each check stands in one place and in one order. A request ends at the first refusal ([`FirstRefusal`]); an
//! explanation hears them all.

use crate::error::AuthError;

/// What a check is about, as an explanation lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Not too long, three parts, base64url.
    Format,
    /// A JOSE header that can be read and asks for nothing unknown.
    Header,
    /// `typ`.
    Type,
    /// `alg`: of a public key, allowed, and the key's own.
    Algorithm,
    /// Claims that can be read, of the right types.
    Claims,
    /// `iss`.
    Issuer,
    /// `tid`.
    Tenant,
    /// `ver`.
    Version,
    /// `tfp` or `acr`: the user flow of Azure AD B2C.
    UserFlow,
    /// An access token that a bearer may use, and nothing else.
    Kind,
    /// `aud`.
    Audience,
    /// `exp`, `nbf`, `iat`.
    Time,
    /// `kid`.
    Key,
    /// The signature.
    Signature,
    /// The issuer and the cloud that the key belongs to.
    KeyIssuer,
    /// The tenants that may call.
    Tenants,
    /// The clients that may call.
    Clients,
    /// Guests, where they are refused.
    Guests,
    /// What the token allows.
    Permissions,
}

impl Check {
    /// All, in the order in which an explanation lists them.
    pub(crate) const ALL: [Self; 19] = [
        Self::Format,
        Self::Header,
        Self::Type,
        Self::Algorithm,
        Self::Claims,
        Self::Issuer,
        Self::Tenant,
        Self::Version,
        Self::UserFlow,
        Self::Kind,
        Self::Audience,
        Self::Time,
        Self::Key,
        Self::Signature,
        Self::KeyIssuer,
        Self::Tenants,
        Self::Clients,
        Self::Guests,
        Self::Permissions,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Header => "header",
            Self::Type => "type",
            Self::Algorithm => "algorithm",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Tenant => "tenant",
            Self::Version => "version",
            Self::UserFlow => "user flow",
            Self::Kind => "kind",
            Self::Audience => "audience",
            Self::Time => "time",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::KeyIssuer => "key issuer",
            Self::Tenants => "tenants",
            Self::Clients => "clients",
            Self::Guests => "guests",
            Self::Permissions => "permissions",
        }
    }
}

/// Hears the outcome of each check, right after it was made.
pub(crate) trait Outcomes {
    /// Takes one outcome. An error ends the checks.
    fn add(&mut self, check: Check, outcome: Result<(), AuthError>) -> Result<(), AuthError>;
}

/// Ends at the first refusal, as every request does.
pub(crate) struct FirstRefusal;

impl Outcomes for FirstRefusal {
    fn add(&mut self, _: Check, outcome: Result<(), AuthError>) -> Result<(), AuthError> {
        outcome
    }
}
