//! The table of reasons.

use super::ErrorKind;

/// One line per reason: name, code, kind, the client's sentence, the developer's remedy.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $kind:ident, $sentence:literal, $remedy:literal;)+) => {
        /// Why a request was refused: one reason, of which the [`kind`](Reason::kind), and so the status, follows.
        ///
        /// The [`code`](Reason::code) is stable: it stands in the body and in the log, and is fit for metrics. Reasons may
        /// be added in any release. What each means and what to do about it:
        /// [troubleshooting](crate::_documentation::troubleshooting).
        ///
        /// ```
        /// use requires_auth::{ErrorKind, Reason};
        ///
        /// assert_eq!(Reason::Expired.code(), "expired");
        /// assert_eq!(Reason::Expired.kind(), ErrorKind::InvalidToken);
        /// assert_eq!(Reason::Expired.kind().status(), 401);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Reason {
            /// Every reason there is, for documentation and dashboards.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The kind of refusal.
            #[must_use]
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind,)+ }
            }

            /// What the client is told. Plain ASCII without quotes or backslashes (RFC 6750 section 3).
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)+ }
            }

            /// What a developer should look at.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)+ }
            }
        }
    };
}

reasons! {
    /// No `Authorization` field, or one of another scheme.
    MissingToken = "missing_token", MissingToken,
        "Send an access token in the Authorization header: Bearer, a space, the token.",
        "the client sent no bearer token; tokens in the query, in cookies or in other headers are not read";
    /// Two `Authorization` fields, no token after the scheme, or bytes that no token has.
    MalformedRequest = "malformed_request", MalformedRequest,
        "Send exactly one Authorization header: Bearer, a space, one token, nothing else.",
        "the client builds its Authorization header wrongly";

    /// Not three base64url parts, or not JSON inside.
    Format = "format", InvalidToken,
        "The token is not a signed JWT: three base64url parts separated by dots.",
        "the client sent an opaque token, a refresh token, or a damaged one; it must send the access token it got for this API";
    /// Five parts: a JWE.
    Encrypted = "encrypted", InvalidToken,
        "The token is encrypted; this API takes signed tokens.",
        "switch token encryption off in the API's app registration, or request the token for this API";
    /// Longer than the verifier reads.
    TooLarge = "too_large", InvalidToken,
        "The token is larger than this API reads.",
        "a token this large usually carries many groups: emit only groups assigned to the application, or raise the limit in the verifier's builder";
    /// A JOSE header that must be refused: wrong types, duplicates, `crit`, `b64`, nested tokens.
    Header = "header", InvalidToken,
        "The header of the token is malformed or asks for an extension that this API does not have.",
        "the issuer does not make such headers; the token was edited or comes from somewhere else";
    /// `typ` says that this is some other kind of JWT.
    TokenType = "token_type", InvalidToken,
        "The token is of another kind. Send an access token.",
        "the typ header names another kind of JWT, such as a logout token or a DPoP proof";
    /// `alg` is not allowed, or not the key's.
    Algorithm = "algorithm", InvalidToken,
        "The token is signed with an algorithm that this API does not accept.",
        "add the algorithm to the authority if the issuer really uses it; none and HMAC are never accepted";
    /// The header's `nonce` marks a token for Microsoft Graph.
    GraphToken = "graph_token", InvalidToken,
        "The token was issued for Microsoft Graph. Request a token for this API.",
        "the client asked for a Graph scope; it must ask for a scope of this API";
    /// No key of the issuer has this `kid`.
    UnknownKey = "unknown_key", InvalidToken,
        "The token is signed with a key that its issuer does not publish.",
        "the token comes from another issuer or cloud, or its key was withdrawn";
    /// The signature is not the issuer's.
    Signature = "signature", InvalidToken,
        "The signature of the token is invalid.",
        "the token was changed after it was signed, or signed by somebody else";
    /// Claims that must be refused: wrong types, duplicates, no JSON object.
    Claims = "claims", InvalidToken,
        "The claims of the token are malformed.",
        "a claim has the wrong type, stands twice, or is missing";
    /// `iss` is not a configured issuer.
    Issuer = "issuer", InvalidToken,
        "The token comes from an issuer that this API does not trust.",
        "compare the token's iss with the configured tenant; issuers are compared exactly";
    /// `aud` is not this API.
    Audience = "audience", InvalidToken,
        "The token is meant for another API. Request a token for this one.",
        "the client must request a scope of this API; check the client id, and the token version of the app registration";
    /// `exp` has passed.
    Expired = "expired", InvalidToken,
        "The token has expired. Request a new one.",
        "the client must renew its token; if this happens to fresh tokens, set this machine's clock";
    /// `nbf` has not come.
    NotYetValid = "not_yet_valid", InvalidToken,
        "The token is not valid yet.",
        "if this happens to fresh tokens, set this machine's clock";
    /// `iat` lies in the future.
    IssuedInFuture = "issued_in_future", InvalidToken,
        "The token claims to be issued in the future.",
        "if this happens to fresh tokens, set this machine's clock";
    /// `tid` is missing or not the issuer's tenant.
    Tenant = "tenant", InvalidToken,
        "The token does not belong to the tenant that its issuer names.",
        "tid must be the tenant of iss";
    /// `ver` does not fit the issuer.
    TokenVersion = "token_version", InvalidToken,
        "The version of the token does not fit its issuer.",
        "ver must be 2.0 for the v2.0 issuer and 1.0 for the v1.0 issuer";
    /// `tfp` or `acr` names no user flow of the authority, or not the one whose keys verify.
    UserFlow = "user_flow", InvalidToken,
        "The token comes from a sign-in that this API does not accept.",
        "tfp (or acr) must name a user flow of the Azure AD B2C authority; add the flow with .user_flow(..), or let the client use a configured one";
    /// The signing key belongs to another issuer or cloud.
    KeyIssuer = "key_issuer", InvalidToken,
        "The token is signed with a key that its issuer may not use.",
        "the key's own issuer or cloud differs from the token's; this is never a configuration mistake";
    /// An ID token.
    IdToken = "id_token", InvalidToken,
        "This is an ID token. Send the access token instead.",
        "the client mixed up its two tokens: ID tokens are for the client, access tokens for the API";
    /// `cnf`: bound to a key or certificate that a bearer does not show.
    SenderConstrained = "sender_constrained", InvalidToken,
        "The token is bound to a key or certificate and cannot be used as a bearer token.",
        "proof of possession is not checked here, so a token that asks for it is refused";

    /// A scope is missing.
    InsufficientScope = "insufficient_scope", InsufficientScope,
        "The token lacks a scope that this operation needs. Request a token with it.",
        "the client must request the scope, and a user or administrator must consent to it";
    /// Neither scopes nor roles: any application of the tenant can get such a token. Or any customer of the issuer's service
    /// can, and the requirement does not ask who calls.
    NoPermission = "no_permission", Forbidden,
        "The token carries no permission for this API: neither a scope nor a role.",
        "grant the client a scope or an app role of this API; where all customers of a service get tokens of the issuer, let the requirement ask for a permission, a client or a check; assignment by access list is in the danger module";
    /// A role or app permission is missing.
    ForbiddenRole = "forbidden_role", Forbidden,
        "The caller lacks a role that this operation needs.",
        "assign the app role, or grant the application permission with admin consent";
    /// Not a member of the group.
    ForbiddenGroup = "forbidden_group", Forbidden,
        "The caller is not a member of a group that this operation needs.",
        "add the caller to the group, and let the app registration emit groups";
    /// Too many groups for a token: membership is not known.
    GroupsOverage = "groups_overage", Forbidden,
        "The caller has too many groups for a token, so the membership is not known.",
        "emit only groups assigned to the application, or use app roles";
    /// Too many directory roles for a token: whether this one is held is not known.
    DirectoryRolesOverage = "directory_roles_overage", Forbidden,
        "The caller has too many directory roles for a token, so whether this one is held is not known.",
        "use app roles instead; a token lists only so many directory roles";
    /// No such directory role.
    ForbiddenDirectoryRole = "forbidden_directory_role", Forbidden,
        "The caller lacks a directory role that this operation needs.",
        "assign the directory role, and let the app registration emit wids";
    /// Another client application.
    ForbiddenClient = "forbidden_client", Forbidden,
        "This client application may not do this.",
        "the requirement names other client ids";
    /// Another tenant.
    ForbiddenTenant = "forbidden_tenant", Forbidden,
        "Callers of this tenant may not do this.",
        "the requirement names other tenants";
    /// An application where a user is needed, or the reverse, or not known.
    ForbiddenCaller = "forbidden_caller", Forbidden,
        "This operation is for another kind of caller: a signed-in user, or an application on its own.",
        "the requirement is for users and an application came on its own, or the reverse; let applications in with app_permission. Where the token does not tell, let the app registration emit idtyp";
    /// A guest, or the requirement asks for one.
    ForbiddenGuest = "forbidden_guest", Forbidden,
        "This operation is not open to this caller's kind of account.",
        "the requirement tells guests from members; acct, then idp, decides";
    /// The application's own check said no.
    ForbiddenCheck = "forbidden_check", Forbidden,
        "The caller may not do this.",
        "the check function of the requirement returned false";
    /// An authentication context is missing, and the client cannot take a claims challenge.
    ForbiddenAuthContext = "forbidden_auth_context", Forbidden,
        "This operation needs a stronger sign-in, which this client cannot be asked for.",
        "the client must declare the capability cp1, and the app registration must emit xms_cc and acrs";
    /// An authentication context is missing: sign in again with the claims of the challenge.
    InsufficientClaims = "insufficient_claims", InsufficientClaims,
        "This operation needs a stronger sign-in. Sign in again with the claims of the challenge.",
        "an authentication context is missing; the client gets it by handing the claims to its token request";

    /// The key of this token could not be looked up yet.
    KeyNotLookedUp = "key_not_looked_up", Unavailable,
        "The key of this token could not be looked up yet. Try again shortly.",
        "an unknown key id, and the issuer was asked a moment ago; it passes by itself, unless somebody floods this API with invented key ids";
    /// There are no keys to check with.
    KeysUnavailable = "keys_unavailable", Unavailable,
        "Tokens cannot be checked at the moment. Try again shortly.",
        "the issuer's metadata or keys could not be fetched; see the log of requires_auth::keys";

    /// Nothing was initialised.
    NotConfigured = "not_configured", NotConfigured,
        "This server is not set up to check tokens.",
        "call requires_auth::initialize at start-up, or attach a Verifier to the application; it must have the authority that the handler names";
}
