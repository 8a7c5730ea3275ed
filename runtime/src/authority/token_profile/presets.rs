//! The presets: what each provider's own documentation says of its access tokens, and no more.

use super::{CallerRule, Peculiarity, ScopeForm, TokenProfile, path};

impl TokenProfile {
    /// RFC 9068, JSON Web Token Profile for OAuth 2.0 Access Tokens, to the letter.
    ///
    /// | handler | claim |
    /// |---|---|
    /// | | header `typ` is `at+jwt` or `application/at+jwt` (section 2.1); `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are there (section 2.2) |
    /// | `scope` | a word of `scope`, a string (section 2.2.3) |
    /// | `role`, `group` | an item of `roles`, of `groups`, arrays of strings (section 2.2.3.1). `entitlements` is for a `check` of yours |
    /// | `client` | `client_id` |
    /// | `delegated`, `app_only` | never known: that `sub` is the client's own where no user is involved is a SHOULD, and section 5 warns of users who take a client's name |
    ///
    /// Source: [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068.html), sections 2 and 4.
    pub fn rfc9068() -> Self {
        Self::new().at_jwt().client(["client_id"]).require(["sub", "client_id", "iat", "jti"])
    }

    /// Auth0: access tokens of its Auth0 profile, which is its default, and of its RFC 9068 profile.
    ///
    /// | handler | claim |
    /// |---|---|
    /// | | `sub`, `iat`, and `azp` or `client_id` are there |
    /// | `scope` | a word of `scope`, a string |
    /// | `role` | an item of `permissions`, an array: a permission that the user has by roles, or an application by grant |
    /// | `group` | never held |
    /// | `client` | `azp` of the Auth0 profile, `client_id` of the RFC 9068 profile |
    /// | `app_only` | `sub` is the client id and `@clients` |
    /// | `delegated` | any other `sub` that does not end in `@clients` |
    /// | `app_permission` | `app_only`, and an item of `permissions` |
    ///
    /// At Auth0: register the API, whose *Identifier* is the audience. For `permissions`, switch *Enable RBAC* and *Add
    /// Permissions in the Access Token* on. The issuer ends in a slash. Where all of the API's clients use the RFC 9068
    /// profile, add [`at_jwt`](Self::at_jwt). Roles that an Action adds have a name of your own:
    /// [`roles`](Self::roles)`(["https://example.com/roles"])`.
    ///
    /// Sources: [Access Token Profiles](https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles),
    /// [Enable Role-Based Access Control for
    /// APIs](https://auth0.com/docs/get-started/apis/enable-role-based-access-control-for-apis).
    pub fn auth0() -> Self {
        Self {
            roles: Some(path(["permissions"])),
            groups: None,
            client: path(["azp", "client_id"]),
            wants_client: true,
            required: path(["sub", "iat"]),
            caller: CallerRule::AppOnlySubject("@clients"),
            ..Self::new()
        }
    }

    /// Okta: access tokens of a custom authorization server, such as `https://dev-1.okta.com/oauth2/default`.
    ///
    /// | handler | claim |
    /// |---|---|
    /// | | `sub`, `iat`, `jti` and `cid` are there |
    /// | `scope` | an item of `scp`, an array |
    /// | `role` | an item of `roles`, an array, where the server has such a claim |
    /// | `group` | an item of `groups`, an array, where the server has such a claim |
    /// | `client` | `cid` |
    /// | `delegated` | `uid` is there, which names the user |
    /// | `app_only` | `uid` is absent: "It isn't included in the access token if there is no user bound to it" |
    ///
    /// At Okta: **Security > API > Authorization Servers**, whose *Audience* is the audience and whose *Issuer URI* is the
    /// issuer; **Scopes**; **Claims > Add Claim** for `groups` (value type *Groups*) or `roles`, included in the access
    /// token. An issuer without a path is the org authorization server, whose tokens are for Okta alone: it is refused when
    /// the verifier is built.
    ///
    /// Sources: [OpenID Connect & OAuth 2.0 API](https://developer.okta.com/docs/reference/api/oidc/#access-token),
    /// [Validate access tokens](https://developer.okta.com/docs/guides/validate-access-tokens/dotnet/main/).
    pub fn okta() -> Self {
        Self {
            scopes: (path(["scp"]), ScopeForm::Array),
            client: path(["cid"]),
            required: path(["sub", "iat", "jti", "cid"]),
            caller: CallerRule::NamesUser("uid".to_owned()),
            peculiarity: Peculiarity::IssuerHasPath,
            ..Self::new()
        }
    }

    /// Keycloak: access tokens of a realm, with the client roles of `client_id`, the client that stands for this API.
    ///
    /// | handler | claim |
    /// |---|---|
    /// | | the claim `typ` is `Bearer`; `iat`, `jti` and `azp` are there |
    /// | `scope` | a word of `scope`, a string: the client scopes that are included in the token scope |
    /// | `role` | an item of `resource_access.{client_id}.roles`. For realm roles instead, add [`roles`](Self::roles)`(["realm_access", "roles"])` |
    /// | `group` | an item of `groups`, an array, where a *Group Membership* mapper writes it |
    /// | `client` | `azp` |
    /// | `delegated`, `app_only` | never known: a service account's token has no claim that no user's token can have |
    ///
    /// In Keycloak: a client for the API, and the audience by one of two ways: its client roles, which the *Audience
    /// Resolve* mapper turns into an audience, or an *Audience* mapper in a client scope. Without either, tokens have the
    /// audience `account`, or none. The issuer is `{url}/realms/{realm}`. Lightweight access tokens have no roles.
    ///
    /// Sources: [Role mappings in the
    /// token](https://www.keycloak.org/docs/latest/server_admin/index.html#_oidc_token_role_mappings), [Audience
    /// support](https://www.keycloak.org/docs/latest/server_admin/index.html#audience-support),
    /// [`TokenUtil`](https://github.com/keycloak/keycloak/blob/main/core/src/main/java/org/keycloak/util/TokenUtil.java)
    /// for the values of `typ`.
    pub fn keycloak(client_id: impl Into<String>) -> Self {
        let client_id: String = client_id.into();
        Self {
            roles: Some(path(["resource_access".to_owned(), client_id, "roles".to_owned()])),
            client: path(["azp"]),
            required: path(["iat", "jti", "azp"]),
            ..Self::new().kind("typ", "Bearer")
        }
    }

    /// Amazon Cognito: access tokens of a user pool.
    ///
    /// | handler | claim |
    /// |---|---|
    /// | | `token_use` is `access`; `iat` and `client_id` are there |
    /// | `scope` | a word of `scope`, a string; a custom scope is `{resource server}/{name}` |
    /// | `role` | never held |
    /// | `group` | an item of `cognito:groups`, an array |
    /// | `client` | `client_id` |
    /// | `delegated`, `app_only` | never known |
    ///
    /// The audience of an access token is its app client, in `client_id`: write the app client's id as the audience, and
    /// [`Authority::audience`](crate::Authority::audience) for each further one. Only a token that its client requested
    /// with a resource binding has `aud`, the URL of an API. Then `aud` decides and `client_id` does not; write that URL as
    /// an audience.
    ///
    /// At Cognito: the issuer is `https://cognito-idp.{region}.amazonaws.com/{user pool id}`; custom scopes belong to a
    /// resource server of the user pool.
    ///
    /// Sources: [Understanding the access
    /// token](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html),
    /// [Client and audience validation for Amazon
    /// Cognito](https://docs.aws.amazon.com/verifiedpermissions/latest/userguide/cognito-validation.html).
    pub fn cognito() -> Self {
        Self {
            roles: None,
            groups: Some(path(["cognito:groups"])),
            client: path(["client_id"]),
            required: path(["iat", "client_id"]),
            peculiarity: Peculiarity::ClientIsAudience,
            ..Self::new().kind("token_use", "access")
        }
    }
}
