//! The kinds of token: a row of the table each. A token is genuine, or wrong in exactly one way.

use requires_auth::PERSONAL_ACCOUNTS;
use requires_auth::testing::{Issuer, Lie, Token};
use serde_json::json;

use super::columns::{Column, Provider, STRANGER};
use super::kind::{Kind, Sent, kinds};

/// Providers, as rows name them: a token that others cannot issue is `of` these. Other tokens are of any.
const WORKFORCE: &[Provider] = &[Provider::Entra];
const B2C: &[Provider] = &[Provider::B2c];
const DIRECTORY: &[Provider] = &[Provider::Entra, Provider::ExternalId];
const MICROSOFT: &[Provider] = &[Provider::Entra, Provider::ExternalId, Provider::B2c];

/// A client of the API.
const CLIENT: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/// Another API's registration.
const ANOTHER_API: &str = "0f14d0ab-9605-4a62-a9e4-5ed26688389b";
/// A group that a handler asks for.
pub(crate) const GROUP: &str = "5f3c9a46-2b0f-4a0e-9a67-3a1f9e2f5a11";
/// A directory role that a handler asks for.
pub(crate) const DIRECTORY_ROLE: &str = "62e90394-69f5-4237-9190-012177145e10";

kinds! {
    "user" => "of a user, through a client", |at| user(at);
    "app" => "of an application on its own, with an app role", |at| app(at).role("Weather.Read");
    "app_without_role" => "of an application without any app role, any permission wanted",
        |at| Sent::from(app(at)).path("/any-permission");
    "app_where_users_are_wanted" => "of an application, `delegated` wanted",
        |at| Sent::from(app(at).role("Weather.Read")).path("/delegated");
    "user_where_apps_are_wanted" => "of a user, `app_only` wanted",
        |at| Sent::from(user(at)).path("/app-only");
    "guest" => "of a guest", |at| user(at).claim("acct", 1);
    "guest_unwelcome" => "of a guest, `refuse_guests`",
        |at| Sent::from(user(at).claim("acct", 1)).with(at.authority.clone().refuse_guests());
    "listed_client" => "of a client in `allow_clients`",
        |at| Sent::from(user(at).client(CLIENT)).with(at.authority.clone().allow_clients([CLIENT]));
    "other_client" => "of another client than those in `allow_clients`",
        |at| Sent::from(user(at).client(ANOTHER_API)).with(at.authority.clone().allow_clients([CLIENT]));
    "personal_account" of WORKFORCE after |at| at.change().add_tenant(PERSONAL_ACCOUNTS) =>
        "of a personal account", |at| user_of(at, PERSONAL_ACCOUNTS);
    "strangers_tenant" of MICROSOFT => "of another tenant, genuine", |at| user(at).tenant(STRANGER);

    "agent_for_a_user" of DIRECTORY => "of an agent, for a user",
        |at| user(at).claim("idtyp", "user").claim("xms_act_fct", "3 9 11");
    "agents_own_account" of DIRECTORY => "of an agent's own user account",
        |at| user(at).claim("idtyp", "user").claim("xms_act_fct", "11").claim("xms_sub_fct", "13");
    "agent_alone" of DIRECTORY => "of an agent on its own, with an app role",
        |at| agent(at).role("Weather.Read").claim("idtyp", "app");
    "agent_without_role" of DIRECTORY => "the same without app role, any permission wanted; `scp` is `/`",
        |at| Sent::from(agent(at).claim("idtyp", "app")).path("/any-permission");
    "agent_of_unknown_kind" of DIRECTORY => "of an agent without `idtyp`, `app_only` wanted",
        |at| Sent::from(agent(at).role("Weather.Read").without_claim("idtyp")).path("/app-only");

    "groups_overage" => "of a user in too many groups, `group` wanted",
        |at| Sent::from(user(at).groups_overage()).path("/group");
    "groups_overage_by_flag" => "the same by `hasgroups`",
        |at| Sent::from(user(at).claim("hasgroups", true)).path("/group");
    "directory_roles_overage" => "of a user with too many directory roles, `directory_role` wanted",
        |at| Sent::from(user(at).claim("_claim_names", json!({ "wids": "src1" }))).path("/directory-role");

    "iss_missing" => "`iss` is missing", |at| user(at).without_claim("iss");
    "iss_no_string" => "`iss` is a list", |at| user(at).claim("iss", [at.claim("iss")]);
    "iss_of_another_tenant" of MICROSOFT => "`iss` names another tenant than `tid`",
        |at| user(at).issuer(&at.claim("iss").replace(at.tenant(), STRANGER));
    "iss_with_other_slash" => "`iss` has a slash at its end too many, or too few", |at| {
        let iss = at.claim("iss");
        user(at).issuer(&iss.strip_suffix('/').map_or_else(|| format!("{iss}/"), Into::into))
    };
    "iss_of_other_scheme" => "`iss` says http for https, or the reverse", |at| {
        let iss = at.claim("iss");
        let other = iss.strip_prefix("https").map_or_else(|| iss.replacen("http", "https", 1), |rest| format!("http{rest}"));
        user(at).issuer(&other)
    };
    "iss_below_another_domain" => "`iss` has the host below another domain", |at| {
        user(at).issuer(&with_host(&at.claim("iss"), |host| format!("{host}.evil.example")))
    };
    "iss_with_user_info" => "`iss` has the host before an `@`", |at| {
        user(at).issuer(&with_host(&at.claim("iss"), |host| format!("{host}@evil.example")))
    };
    "iss_in_a_query" => "`iss` has the issuer in its query",
        |at| user(at).issuer(&format!("https://evil.example/?iss={}", at.claim("iss")));
    "iss_with_dot_segments" => "`iss` has `..` in its path",
        |at| user(at).issuer(&with_path(&at.claim("iss"), |path| format!("x/../{path}")));
    "iss_with_double_slash" => "`iss` has `//` in its path",
        |at| user(at).issuer(&with_path(&at.claim("iss"), |path| format!("/{path}")));
    "iss_of_look_alikes" => "`iss` has a Cyrillic letter in it",
        |at| user(at).issuer(&at.claim("iss").replacen('p', "\u{440}", 1));
    "iss_in_upper_case" => "`iss` is in upper case", |at| user(at).issuer(&at.claim("iss").to_uppercase());
    "iss_of_another_cloud" of MICROSOFT => "`iss` is that of the tenant in another cloud",
        |at| user(at).issuer(&format!("https://login.sovcloud-identity.fr/{}/v2.0", at.tenant()));
    "iss_of_entra" => "`iss` is that of Entra ID itself",
        |at| user(at).issuer("https://login.microsoftonline.com/31537af4-6d77-4bb9-a681-d2394888ea26/v2.0");
    "tenant_by_name" of MICROSOFT => "`iss` and `tid` say `common`", |at| user(at).tenant("common");
    "tenant_left_open" of MICROSOFT => "`iss` and `tid` say `{tenantid}`", |at| user(at).tenant("{tenantid}");
    "tenant_in_upper_case" of MICROSOFT => "`iss` and `tid` have the tenant in upper case",
        |at| user(at).tenant(&at.tenant().to_uppercase());

    "tid_missing" of MICROSOFT => "`tid` is missing", |at| user(at).without_claim("tid");
    "tid_of_another_tenant" of MICROSOFT => "`tid` is another tenant", |at| user(at).claim("tid", STRANGER);
    "tid_in_upper_case" of MICROSOFT => "`tid` is in upper case", |at| user(at).claim("tid", at.tenant().to_uppercase());
    "tid_in_braces" of MICROSOFT => "`tid` is in braces", |at| user(at).claim("tid", format!("{{{}}}", at.tenant()));
    "tid_no_string" of MICROSOFT => "`tid` is a list", |at| user(at).claim("tid", [at.tenant()]);
    "tid_twice_in_other_case" of MICROSOFT => "`TID` beside `tid`", |at| user(at).claim("TID", STRANGER);

    "aud_missing" => "`aud` is missing", |at| user(at).without_claim("aud");
    "aud_null" => "`aud` is null", |at| user(at).claim("aud", json!(null));
    "aud_number" => "`aud` is a number", |at| user(at).claim("aud", 7);
    "aud_object" => "`aud` is an object", |at| user(at).claim("aud", json!({ "id": at.client_id() }));
    "aud_empty" => "`aud` is empty", |at| user(at).audience("");
    "aud_no_item" => "`aud` is an empty list", |at| user(at).claim("aud", json!([]));
    "aud_among_others" => "`aud` is a list with this API in it",
        |at| user(at).claim("aud", ["https://other.example", &*at.claim("aud")]);
    "aud_client_id" => "`aud` is the client id", |at| user(at).audience(at.client_id());
    "aud_app_id_uri" => "`aud` is `api://` and the client id",
        |at| user(at).audience(&format!("api://{}", at.client_id()));
    "aud_with_slash" => "`aud` has a slash at its end", |at| user(at).audience(&(at.claim("aud") + "/"));
    "aud_with_prefix" => "`aud` ends as this API's does", |at| user(at).audience(&format!("x{}", at.claim("aud")));
    "aud_with_suffix" => "`aud` begins as this API's does", |at| user(at).audience(&(at.claim("aud") + ".evil"));
    "aud_of_another_api" => "`aud` is another API of the tenant", |at| user(at).audience(ANOTHER_API);
    "aud_of_graph" => "`aud` is Microsoft Graph", |at| user(at).audience("https://graph.microsoft.com");
    "aud_of_azure" => "`aud` is Azure Resource Manager", |at| user(at).audience("https://management.azure.com/");
    "aud_wildcard" => "`aud` is `*`", |at| user(at).audience("*");
    "aud_explicit" => "`aud` is the one of `.audience(..)`",
        |at| Sent::from(user(at).audience("https://api.contoso.com")).with(at.authority.clone().audience("https://api.contoso.com"));
    "aud_implied_beside_explicit" => "`aud` is the client id, `.audience(..)` another",
        |at| Sent::from(user(at).audience(at.client_id())).with(at.authority.clone().audience("https://api.contoso.com"));

    "kid_unknown" => "`kid` is nobody's", |at| user(at).header("kid", "nobodys");
    "kid_missing" => "`kid` is missing", |at| user(at).without_header("kid").without_header("x5t");
    "key_of_nobody" => "signed by a stranger under the right `kid`", |at| {
        let kid = at.kid();
        user(at).signed_by(&at.foreign_key()).header("kid", kid)
    };
    // With a verifier of its own: the shared one looks up the `kid` of `kid_unknown`, and then no other for a while.
    "key_of_another_issuer" => "signed by another issuer",
        |at| Sent::from(user(at).signed_by(&Issuer::entra().signing_key())).with(at.authority.clone());
    "key_of_another_cloud" of DIRECTORY after |at| {
        let mut jwk = at.foreign_key().jwk();
        jwk["cloud_instance_name"] = json!("sovcloud-identity.fr");
        at.publish(jwk);
    } =>
        "signed by a published key of another cloud", |at| user(at).signed_by(&at.foreign_key());
    "key_of_another_tenant" after |at| {
        let mut jwk = at.foreign_key().jwk();
        jwk["issuer"] = json!(format!("{}/{STRANGER}/v2.0", at.url()));
        at.publish(jwk);
    } =>
        "signed by a published key of another tenant", |at| user(at).signed_by(&at.foreign_key());
    "personal_key_for_work" of WORKFORCE after |at| at.change().add_tenant(PERSONAL_ACCOUNTS) =>
        "of a work account, signed as personal ones are",
        |at| user_of(at, PERSONAL_ACCOUNTS).tenant(at.work_tenant());
    "work_key_for_personal" of WORKFORCE after |at| at.change().add_tenant(PERSONAL_ACCOUNTS) =>
        "of a personal account, signed as work ones are",
        |at| at.token_of_work().user("ada").scope("weather.read").tenant(PERSONAL_ACCOUNTS);
    "metadata_of_another_issuer" after |at| at.change().lie(Lie::WrongIssuer) =>
        "genuine; the metadata names another issuer", |at| user(at);

    "version_missing" => "`ver` is missing", |at| user(at).without_claim("ver");
    "version_of_the_other" => "`ver` is that of the other version", |at| {
        let other = if at.claim("ver") == "1.0" { "2.0" } else { "1.0" };
        user(at).claim("ver", other)
    };
    "version_number" => "`ver` is a number", |at| user(at).claim("ver", 1.0);

    "flow_in_other_case" of B2C => "the user flow in other case",
        |at| user(at).claim(at.flow_claim(), at.claim(at.flow_claim()).to_uppercase());
    "flow_of_none" of B2C => "names no user flow", |at| user(at).without_claim(at.flow_claim());
    "flow_not_configured" of B2C => "of a user flow that is not configured",
        |at| user(at).claim(at.flow_claim(), "B2C_1_Other");
    "flow_of_other_keys" of B2C => "of another user flow, with its own keys", |at| user_of(at, &at.other_flow());
    "flow_of_shared_keys" of B2C after |at| at.share_keys() =>
        "of another user flow that has the same keys", |at| user_of(at, &at.other_flow());
    "flows_differ" of B2C => "`tfp` and `acr` differ", |at| user(at).claim("tfp", "B2C_1_a").claim("acr", "B2C_1_b");

    "id_token" => "an ID token, client and API are one registration", |at| at.token().id_token();
    "id_token_with_role" => "the same with an app role, without nonce and hash",
        |at| at.token().id_token().role("Weather.Read").without_claim("nonce").without_claim("at_hash");
    "id_token_of_the_client" => "an ID token of the client's own registration",
        |at| at.token().id_token().audience(CLIENT);
    "nonce" => "an access token with `nonce`", |at| user(at).claim("nonce", "n");
    "hash" => "an access token with `at_hash`", |at| user(at).claim("at_hash", "h");
    "graph" => "for Microsoft Graph", |at| user(at).audience("00000003-0000-0000-c000-000000000000").header("nonce", "n");
    "logout" => "a logout token", |at| at.token().claim("events", json!({}));
    "bound" => "bound to a key (`cnf`)", |at| user(at).claim("cnf", json!({ "jkt": "x" }));
    "expired" => "expired", |at| user(at).expired();
    "unsigned" => "without a signature", |at| user(at).unsigned();
    "opaque" => "opaque, such as a refresh token", |_at| "0.AXEAc0mQ.AgABAAEAAAD--DLA3VO7QrddgJg7Wevr".to_owned();
}

fn user(at: &Column) -> Token {
    at.token().user("ada").scope("weather.read")
}

/// Of another tenant or user flow than genuine tokens are of.
fn user_of(at: &Column, tenant_or_flow: &str) -> Token {
    at.token_of(tenant_or_flow).user("ada").scope("weather.read")
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
