//! How an OpenID provider writes its access tokens, as data.
//!
//! A [`TokenProfile`] says it in the words of the user; [`TokenReader`] is the same, checked and ready to read claims.

mod presets;
mod reader;

pub(crate) use self::reader::{Reading, TokenReader};

/// How an OpenID provider writes its access tokens: which claim holds the scopes, the roles, the groups and the client,
/// and what tells an access token from any other.
///
/// A preset knows one provider's documentation; each lists the claims it reads and what they mean to a handler.
/// [`new`](Self::new) begins one for a provider without a preset, and every setting can be changed.
///
/// ```
/// use requires_auth::{Authority, ScopeForm, TokenProfile};
///
/// let okta = Authority::oidc("https://dev-1.okta.com/oauth2/default", "https://api.example.com")
///     .profile(TokenProfile::okta());
///
/// let other = TokenProfile::new().scopes(["scp"], ScopeForm::WordsOrArray).roles(["access", "roles"]).client(["cid"]);
/// let other = Authority::oidc("https://id.example.com", "https://api.example.com").profile(other);
/// ```
///
/// # What holds for every profile
///
/// - A claim is named by its path: `["realm_access", "roles"]` is the member `roles` of the claim `realm_access`. Names are
///   compared exactly, dots have no meaning in them, and each member on the way stands at most once.
/// - One claim answers one question. Scopes are never gathered from two claims, and a claim is never both: a role is no
///   scope.
/// - A claim that is named here and has another type than it should have refuses the token with 401 `claims`. One that is
///   absent states nothing.
/// - All that [`Authority::oidc`](crate::Authority::oidc) checks is checked: signature, `iss`, `aud`, time, ID tokens,
///   sender-constrained tokens. The algorithms stay those of the authority, RS256 unless it says otherwise.
/// - `scope = ".."` asks for the claim, whoever holds it, since these providers grant scopes to applications on their own
///   too. Add `delegated` where only users may come; it holds where the profile tells who calls, and nowhere else.
///
/// The names are checked when the verifier is built.
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenProfile {
    at_jwt: bool,
    scopes: (ClaimPath, ScopeForm),
    roles: Option<ClaimPath>,
    groups: Option<ClaimPath>,
    client: Vec<String>,
    wants_client: bool,
    required: Vec<String>,
    kinds: Vec<(String, String)>,
    caller: CallerRule,
    peculiarity: Peculiarity,
}

/// How a claim holds the scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScopeForm {
    /// One string of words, separated by spaces: `"a b"` (RFC 9068 section 2.2.3).
    Words,
    /// An array of strings, one scope each: `["a", "b"]`. A string is refused.
    Array,
    /// Either of both.
    WordsOrArray,
}

/// Where a claim stands: its name, and those of the members below it.
type ClaimPath = Vec<String>;

/// How the provider tells an application on its own from one that acts for a user.
#[derive(Clone, Debug)]
enum CallerRule {
    /// It does not.
    Untold,
    /// This claim names the user; it is absent where there is none.
    NamesUser(String),
    /// This claim has this value where there is no user; another value states nothing.
    AppOnlyWhere(String, String),
    /// The subject of an application on its own is its client id and this suffix; no user's subject ends so.
    AppOnlySubject(&'static str),
}

/// What one provider alone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peculiarity {
    None,
    /// The client is the audience of a token that has no `aud` (Amazon Cognito).
    ClientIsAudience,
    /// An issuer without a path issues tokens that are not for APIs (Okta).
    IssuerHasPath,
}

impl Default for TokenProfile {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenProfile {
    /// The claims that [`Authority::oidc`](crate::Authority::oidc) reads without a profile: scopes from the words of
    /// `scope`, roles from `roles`, groups from `groups`, the client from `client_id` or `azp`. Who calls is not told.
    pub fn new() -> Self {
        Self {
            at_jwt: false,
            scopes: (path(["scope"]), ScopeForm::Words),
            roles: Some(path(["roles"])),
            groups: Some(path(["groups"])),
            client: path(["client_id", "azp"]),
            wants_client: false,
            required: Vec::new(),
            kinds: Vec::new(),
            caller: CallerRule::Untold,
            peculiarity: Peculiarity::None,
        }
    }

    /// The claim that holds the scopes, and how.
    pub fn scopes<S: Into<String>>(mut self, claim: impl IntoIterator<Item = S>, form: ScopeForm) -> Self {
        self.scopes = (path(claim), form);
        self
    }

    /// The claim that holds the roles, an array of strings.
    ///
    /// ```
    /// use requires_auth::TokenProfile;
    ///
    /// // Auth0: what an Action adds under a name of your own.
    /// let profile = TokenProfile::auth0().roles(["https://example.com/roles"]);
    /// ```
    pub fn roles<S: Into<String>>(mut self, claim: impl IntoIterator<Item = S>) -> Self {
        self.roles = Some(path(claim));
        self
    }

    /// The claim that holds the groups, an array of strings.
    pub fn groups<S: Into<String>>(mut self, claim: impl IntoIterator<Item = S>) -> Self {
        self.groups = Some(path(claim));
        self
    }

    /// The claims that name the client; the first that stands counts. Two that stand and differ refuse the token.
    pub fn client<S: Into<String>>(mut self, claims: impl IntoIterator<Item = S>) -> Self {
        self.client = path(claims);
        self
    }

    /// The claim that names the user, and that a token without a user does not have: with it a token is delegated, without
    /// it app-only. Only for a provider whose documentation says both.
    pub fn user(mut self, claim: impl Into<String>) -> Self {
        self.caller = CallerRule::NamesUser(claim.into());
        self
    }

    /// The claim, and the value, that say that an application acts on its own. Where the claim says anything else, or is
    /// absent, it is not known who calls.
    pub fn app_only_where(mut self, claim: impl Into<String>, value: impl Into<String>) -> Self {
        self.caller = CallerRule::AppOnlyWhere(claim.into(), value.into());
        self
    }

    /// Demands the claim `claim` with the value `value`, which says that this is an access token. Any other token of the
    /// provider is refused with 401 `token_type`. May be called several times.
    pub fn kind(mut self, claim: impl Into<String>, value: impl Into<String>) -> Self {
        self.kinds.push((claim.into(), value.into()));
        self
    }

    /// Demands that these claims are there, and neither null nor empty. Adds to those demanded before. `iss`, `aud` and
    /// `exp` are demanded anyway.
    pub fn require<S: Into<String>>(mut self, claims: impl IntoIterator<Item = S>) -> Self {
        self.required.extend(claims.into_iter().map(Into::into));
        self
    }

    /// Demands the header `typ` of RFC 9068 section 2.1, `at+jwt` or `application/at+jwt`; any other, and none, is refused
    /// with 401 `token_type`. No ID token has it.
    pub fn at_jwt(mut self) -> Self {
        self.at_jwt = true;
        self
    }

    /// Whether an issuer without a path is one whose tokens are not for APIs.
    pub(super) fn wants_path_in_issuer(&self) -> bool {
        self.peculiarity == Peculiarity::IssuerHasPath
    }
}

fn path<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> ClaimPath {
    segments.into_iter().map(Into::into).collect()
}
