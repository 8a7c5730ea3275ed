//! The kinds of token, each genuine or wrong in one way, for whatever authority.

use requires_auth::testing::{Issuer, Lie, Token};
use requires_auth::{Authority, PERSONAL_ACCOUNTS};
use serde_json::json;

use super::columns::{Column, STRANGER};

/// A client of the API.
const CLIENT: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/// Another API's registration.
const ANOTHER_API: &str = "0f14d0ab-9605-4a62-a9e4-5ed26688389b";
/// A group that a handler asks for.
pub(crate) const GROUP: &str = "5f3c9a46-2b0f-4a0e-9a67-3a1f9e2f5a11";
/// A directory role that a handler asks for.
pub(crate) const DIRECTORY_ROLE: &str = "62e90394-69f5-4237-9190-012177145e10";

/// What a caller sends, to which handler, and how the authority was configured for it.
pub(crate) struct Request {
    pub(crate) token: String,
    pub(crate) path: &'static str,
    pub(crate) authority: Authority,
}

/// A kind of token: a row of the table.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The row's first column.
    pub(crate) text: &'static str,
    pub(crate) of: fn(&Column) -> Request,
}

/// One line per row: the name, what the page says, and the token.
macro_rules! kinds {
    ($($kind:ident = $name:literal, $text:literal, |$at:ident| $request:expr;)+) => {
        $(pub(crate) const $kind: Kind = Kind { name: $name, text: $text, of: |$at| Sent::from($request).to($at) };)+
        /// Every row, in the order of the page.
        pub(crate) const ALL: &[Kind] = &[$($kind),+];
    };
}

kinds! {
    USER = "user", "of a user, through a client", |at| user(at);
    APP = "app", "of an application on its own, with an app role", |at| app(at).role("Weather.Read");
    APP_WITHOUT_ROLE = "app_without_role", "of an application without any app role, any permission wanted",
        |at| Sent::from(app(at)).path("/any-permission");
    APP_WHERE_USERS_ARE_WANTED = "app_where_users_are_wanted", "of an application, `delegated` wanted",
        |at| Sent::from(app(at).role("Weather.Read")).path("/delegated");
    USER_WHERE_APPS_ARE_WANTED = "user_where_apps_are_wanted", "of a user, `app_only` wanted",
        |at| Sent::from(user(at)).path("/app-only");
    GUEST = "guest", "of a guest", |at| user(at).claim("acct", 1);
    GUEST_UNWELCOME = "guest_unwelcome", "of a guest, `refuse_guests`",
        |at| Sent::from(user(at).claim("acct", 1)).with(at.authority.clone().refuse_guests());
    LISTED_CLIENT = "listed_client", "of a client in `allow_clients`",
        |at| Sent::from(user(at).client(CLIENT)).with(at.authority.clone().allow_clients([CLIENT]));
    OTHER_CLIENT = "other_client", "of another client than those in `allow_clients`",
        |at| Sent::from(user(at).client(ANOTHER_API)).with(at.authority.clone().allow_clients([CLIENT]));
    PERSONAL_ACCOUNT = "personal_account", "of a personal account", |at| {
        at.issuer.add_tenant(PERSONAL_ACCOUNTS);
        at.issuer.token_of(PERSONAL_ACCOUNTS).user("ada").scope("weather.read")
    };
    STRANGERS_TENANT = "strangers_tenant", "of another tenant, genuine", |at| user(at).tenant(STRANGER);

    AGENT_FOR_A_USER = "agent_for_a_user", "of an agent, for a user",
        |at| user(at).claim("idtyp", "user").claim("xms_act_fct", "3 9 11");
    AGENTS_OWN_ACCOUNT = "agents_own_account", "of an agent's own user account",
        |at| user(at).claim("idtyp", "user").claim("xms_act_fct", "11").claim("xms_sub_fct", "13");
    AGENT_ALONE = "agent_alone", "of an agent on its own, with an app role",
        |at| agent(at).role("Weather.Read").claim("idtyp", "app");
    AGENT_WITHOUT_ROLE = "agent_without_role", "the same without app role, any permission wanted; `scp` is `/`",
        |at| Sent::from(agent(at).claim("idtyp", "app")).path("/any-permission");
    AGENT_OF_UNKNOWN_KIND = "agent_of_unknown_kind", "of an agent without `idtyp`, `app_only` wanted",
        |at| Sent::from(agent(at).role("Weather.Read").without_claim("idtyp")).path("/app-only");

    GROUPS_OVERAGE = "groups_overage", "of a user in too many groups, `group` wanted",
        |at| Sent::from(user(at).groups_overage()).path("/group");
    GROUPS_OVERAGE_BY_FLAG = "groups_overage_by_flag", "the same by `hasgroups`",
        |at| Sent::from(user(at).claim("hasgroups", true)).path("/group");
    DIRECTORY_ROLES_OVERAGE = "directory_roles_overage", "of a user with too many directory roles, `directory_role` wanted",
        |at| Sent::from(user(at).claim("_claim_names", json!({ "wids": "src1" }))).path("/directory-role");

    ISS_MISSING = "iss_missing", "`iss` is missing", |at| user(at).without_claim("iss");
    ISS_NO_STRING = "iss_no_string", "`iss` is a list", |at| user(at).claim("iss", [at.claim("iss")]);
    ISS_OF_ANOTHER_TENANT = "iss_of_another_tenant", "`iss` names another tenant than `tid`",
        |at| user(at).issuer(&at.claim("iss").replace(at.tenant(), STRANGER));
    ISS_WITH_OTHER_SLASH = "iss_with_other_slash", "`iss` has a slash at its end too many, or too few", |at| {
        let iss = at.claim("iss");
        user(at).issuer(&iss.strip_suffix('/').map_or_else(|| format!("{iss}/"), Into::into))
    };
    ISS_OF_OTHER_SCHEME = "iss_of_other_scheme", "`iss` says http for https, or the reverse", |at| {
        let iss = at.claim("iss");
        let other = iss.strip_prefix("https").map_or_else(|| iss.replacen("http", "https", 1), |rest| format!("http{rest}"));
        user(at).issuer(&other)
    };
    ISS_BELOW_ANOTHER_DOMAIN = "iss_below_another_domain", "`iss` has the host below another domain", |at| {
        user(at).issuer(&with_host(&at.claim("iss"), |host| format!("{host}.evil.example")))
    };
    ISS_WITH_USER_INFO = "iss_with_user_info", "`iss` has the host before an `@`", |at| {
        user(at).issuer(&with_host(&at.claim("iss"), |host| format!("{host}@evil.example")))
    };
    ISS_IN_A_QUERY = "iss_in_a_query", "`iss` has the issuer in its query",
        |at| user(at).issuer(&format!("https://evil.example/?iss={}", at.claim("iss")));
    ISS_WITH_DOT_SEGMENTS = "iss_with_dot_segments", "`iss` has `..` in its path",
        |at| user(at).issuer(&with_path(&at.claim("iss"), |path| format!("x/../{path}")));
    ISS_WITH_DOUBLE_SLASH = "iss_with_double_slash", "`iss` has `//` in its path",
        |at| user(at).issuer(&with_path(&at.claim("iss"), |path| format!("/{path}")));
    ISS_OF_LOOK_ALIKES = "iss_of_look_alikes", "`iss` has a Cyrillic letter in it",
        |at| user(at).issuer(&at.claim("iss").replacen('p', "\u{440}", 1));
    ISS_IN_UPPER_CASE = "iss_in_upper_case", "`iss` is in upper case", |at| user(at).issuer(&at.claim("iss").to_uppercase());
    ISS_OF_ANOTHER_CLOUD = "iss_of_another_cloud", "`iss` is that of the tenant in another cloud",
        |at| user(at).issuer(&format!("https://login.sovcloud-identity.fr/{}/v2.0", at.tenant()));
    ISS_OF_ENTRA = "iss_of_entra", "`iss` is that of Entra ID itself",
        |at| user(at).issuer("https://login.microsoftonline.com/31537af4-6d77-4bb9-a681-d2394888ea26/v2.0");
    TENANT_BY_NAME = "tenant_by_name", "`iss` and `tid` say `common`", |at| user(at).tenant("common");
    TENANT_LEFT_OPEN = "tenant_left_open", "`iss` and `tid` say `{tenantid}`", |at| user(at).tenant("{tenantid}");
    TENANT_IN_UPPER_CASE = "tenant_in_upper_case", "`iss` and `tid` have the tenant in upper case",
        |at| user(at).tenant(&at.tenant().to_uppercase());

    TID_MISSING = "tid_missing", "`tid` is missing", |at| user(at).without_claim("tid");
    TID_OF_ANOTHER_TENANT = "tid_of_another_tenant", "`tid` is another tenant", |at| user(at).claim("tid", STRANGER);
    TID_IN_UPPER_CASE = "tid_in_upper_case", "`tid` is in upper case", |at| user(at).claim("tid", at.tenant().to_uppercase());
    TID_IN_BRACES = "tid_in_braces", "`tid` is in braces", |at| user(at).claim("tid", format!("{{{}}}", at.tenant()));
    TID_NO_STRING = "tid_no_string", "`tid` is a list", |at| user(at).claim("tid", [at.tenant()]);
    TID_TWICE_IN_OTHER_CASE = "tid_twice_in_other_case", "`TID` beside `tid`", |at| user(at).claim("TID", STRANGER);

    AUD_MISSING = "aud_missing", "`aud` is missing", |at| user(at).without_claim("aud");
    AUD_NULL = "aud_null", "`aud` is null", |at| user(at).claim("aud", json!(null));
    AUD_NUMBER = "aud_number", "`aud` is a number", |at| user(at).claim("aud", 7);
    AUD_OBJECT = "aud_object", "`aud` is an object", |at| user(at).claim("aud", json!({ "id": at.issuer.client_id() }));
    AUD_EMPTY = "aud_empty", "`aud` is empty", |at| user(at).audience("");
    AUD_NO_ITEM = "aud_no_item", "`aud` is an empty list", |at| user(at).claim("aud", json!([]));
    AUD_AMONG_OTHERS = "aud_among_others", "`aud` is a list with this API in it",
        |at| user(at).claim("aud", ["https://other.example", &*at.claim("aud")]);
    AUD_CLIENT_ID = "aud_client_id", "`aud` is the client id", |at| user(at).audience(at.issuer.client_id());
    AUD_APP_ID_URI = "aud_app_id_uri", "`aud` is `api://` and the client id",
        |at| user(at).audience(&format!("api://{}", at.issuer.client_id()));
    AUD_WITH_SLASH = "aud_with_slash", "`aud` has a slash at its end", |at| user(at).audience(&(at.claim("aud") + "/"));
    AUD_WITH_PREFIX = "aud_with_prefix", "`aud` ends as this API's does", |at| user(at).audience(&format!("x{}", at.claim("aud")));
    AUD_WITH_SUFFIX = "aud_with_suffix", "`aud` begins as this API's does", |at| user(at).audience(&(at.claim("aud") + ".evil"));
    AUD_OF_ANOTHER_API = "aud_of_another_api", "`aud` is another API of the tenant", |at| user(at).audience(ANOTHER_API);
    AUD_OF_GRAPH = "aud_of_graph", "`aud` is Microsoft Graph", |at| user(at).audience("https://graph.microsoft.com");
    AUD_OF_AZURE = "aud_of_azure", "`aud` is Azure Resource Manager", |at| user(at).audience("https://management.azure.com/");
    AUD_WILDCARD = "aud_wildcard", "`aud` is `*`", |at| user(at).audience("*");
    AUD_EXPLICIT = "aud_explicit", "`aud` is the one of `.audience(..)`",
        |at| Sent::from(user(at).audience("https://api.contoso.com")).with(at.authority.clone().audience("https://api.contoso.com"));
    AUD_IMPLIED_BESIDE_EXPLICIT = "aud_implied_beside_explicit", "`aud` is the client id, `.audience(..)` another",
        |at| Sent::from(user(at).audience(at.issuer.client_id())).with(at.authority.clone().audience("https://api.contoso.com"));

    KID_UNKNOWN = "kid_unknown", "`kid` is nobody's", |at| user(at).header("kid", "nobodys");
    KID_MISSING = "kid_missing", "`kid` is missing", |at| user(at).without_header("kid").without_header("x5t");
    KEY_OF_NOBODY = "key_of_nobody", "signed by a stranger under the right `kid`", |at| {
        let kid = at.kid();
        user(at).signed_by(&at.issuer.foreign_key()).header("kid", kid)
    };
    KEY_OF_ANOTHER_ISSUER = "key_of_another_issuer", "signed by another issuer",
        |at| user(at).signed_by(&Issuer::entra().signing_key());
    KEY_OF_ANOTHER_CLOUD = "key_of_another_cloud", "signed by a published key of another cloud", |at| {
        let mut jwk = at.issuer.foreign_key().jwk();
        jwk["cloud_instance_name"] = json!("sovcloud-identity.fr");
        at.publish(jwk);
        user(at).signed_by(&at.issuer.foreign_key())
    };
    KEY_OF_ANOTHER_TENANT = "key_of_another_tenant", "signed by a published key of another tenant", |at| {
        let mut jwk = at.issuer.foreign_key().jwk();
        jwk["issuer"] = json!(format!("{}/{STRANGER}/v2.0", at.issuer.url()));
        at.publish(jwk);
        user(at).signed_by(&at.issuer.foreign_key())
    };
    PERSONAL_KEY_FOR_WORK = "personal_key_for_work", "of a work account, signed as personal ones are", |at| {
        at.issuer.add_tenant(PERSONAL_ACCOUNTS);
        let personal = at.issuer.token_of(PERSONAL_ACCOUNTS);
        personal.user("ada").scope("weather.read").tenant(at.issuer.tenant_id())
    };
    WORK_KEY_FOR_PERSONAL = "work_key_for_personal", "of a personal account, signed as work ones are", |at| {
        at.issuer.add_tenant(PERSONAL_ACCOUNTS);
        at.issuer.token().user("ada").scope("weather.read").tenant(PERSONAL_ACCOUNTS)
    };
    METADATA_OF_ANOTHER_ISSUER = "metadata_of_another_issuer", "genuine; the metadata names another issuer", |at| {
        at.issuer.lie(Lie::WrongIssuer);
        user(at)
    };

    VERSION_MISSING = "version_missing", "`ver` is missing", |at| user(at).without_claim("ver");
    VERSION_OF_THE_OTHER = "version_of_the_other", "`ver` is that of the other version", |at| {
        let other = if at.claim("ver") == "1.0" { "2.0" } else { "1.0" };
        user(at).claim("ver", other)
    };
    VERSION_NUMBER = "version_number", "`ver` is a number", |at| user(at).claim("ver", 1.0);

    FLOW_IN_OTHER_CASE = "flow_in_other_case", "the user flow in other case",
        |at| user(at).claim(at.flow_claim(), at.claim(at.flow_claim()).to_uppercase());
    FLOW_OF_NONE = "flow_of_none", "names no user flow", |at| user(at).without_claim(at.flow_claim());
    FLOW_NOT_CONFIGURED = "flow_not_configured", "of a user flow that is not configured",
        |at| user(at).claim(at.flow_claim(), "B2C_1_Other");
    FLOW_OF_OTHER_KEYS = "flow_of_other_keys", "of another user flow, with its own keys", |at| {
        let other = at.other_flow();
        at.issuer.token_of(&other).user("ada").scope("weather.read")
    };
    FLOW_OF_SHARED_KEYS = "flow_of_shared_keys", "of another user flow that has the same keys", |at| {
        let [first, second] = &at.issuer.user_flows()[..] else { panic!() };
        at.issuer.share_keys(first, second);
        let other = at.other_flow();
        at.issuer.token_of(&other).user("ada").scope("weather.read")
    };
    FLOWS_DIFFER = "flows_differ", "`tfp` and `acr` differ", |at| user(at).claim("tfp", "B2C_1_a").claim("acr", "B2C_1_b");

    ID_TOKEN = "id_token", "an ID token, client and API are one registration", |at| at.token().id_token();
    ID_TOKEN_WITH_ROLE = "id_token_with_role", "the same with an app role, without nonce and hash",
        |at| at.token().id_token().role("Weather.Read").without_claim("nonce").without_claim("at_hash");
    ID_TOKEN_OF_THE_CLIENT = "id_token_of_the_client", "an ID token of the client's own registration",
        |at| at.token().id_token().audience(CLIENT);
    NONCE = "nonce", "an access token with `nonce`", |at| user(at).claim("nonce", "n");
    HASH = "hash", "an access token with `at_hash`", |at| user(at).claim("at_hash", "h");
    GRAPH = "graph", "for Microsoft Graph", |at| user(at).audience("00000003-0000-0000-c000-000000000000").header("nonce", "n");
    LOGOUT = "logout", "a logout token", |at| at.token().claim("events", json!({}));
    BOUND = "bound", "bound to a key (`cnf`)", |at| user(at).claim("cnf", json!({ "jkt": "x" }));
    EXPIRED = "expired", "expired", |at| user(at).expired();
    UNSIGNED = "unsigned", "without a signature", |at| user(at).unsigned();
    OPAQUE = "opaque", "opaque, such as a refresh token", |_at| "0.AXEAc0mQ.AgABAAEAAAD--DLA3VO7QrddgJg7Wevr".to_owned();
}

fn user(at: &Column) -> Token {
    at.token().user("ada").scope("weather.read")
}

fn app(at: &Column) -> Token {
    at.token().app("daemon")
}

/// Object id and subject of an agent on its own differ.
fn agent(at: &Column) -> Token {
    app(at).claim("scp", "/").claim("oid", ANOTHER_API).claim("xms_act_fct", "3 9 11").claim("xms_sub_fct", "9 3 11")
}

fn with_host(iss: &str, edit: impl FnOnce(&str) -> String) -> String {
    let (scheme, rest) = iss.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
    format!("{scheme}://{}{path}", edit(host))
}

fn with_path(iss: &str, edit: impl FnOnce(&str) -> String) -> String {
    let (scheme, rest) = iss.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{scheme}://{host}/{}", edit(path))
}

/// A token on its way: to the first handler and the authority as it is, unless stated.
struct Sent {
    token: String,
    path: &'static str,
    authority: Option<Authority>,
}

impl Sent {
    fn path(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    fn with(self, authority: Authority) -> Self {
        Self { authority: Some(authority), ..self }
    }

    fn to(self, at: &Column) -> Request {
        let authority = self.authority.unwrap_or_else(|| at.authority.clone());
        Request { token: self.token, path: self.path, authority }
    }
}

impl From<Token> for Sent {
    fn from(token: Token) -> Self {
        token.sign().into()
    }
}

impl From<String> for Sent {
    fn from(token: String) -> Self {
        Self { token, path: "/", authority: None }
    }
}
