//! What kind of token it is, and what kind of caller holds it.

use serde_json::json;

use super::Verdict::{Forbidden, Granted, GrantedOrInvalid, InvalidToken, Refused};
use super::{List, Target, encode};
use crate::testing::Token;

pub(super) fn entra(list: &mut List, target: &Target<'_>) {
    let client = target.issuer.client_id();
    not_access_tokens(list, target);
    list.add(
        InvalidToken,
        "where client and API share a registration, an ID token has our audience; it was never meant to be sent to us",
        "Entra: Secure applications and APIs by validating claims; RFC 8725 section 3.12",
        [
            ("id_token_v1", target.token().v1().audience(client).id_token()),
            ("id_token_with_roles", target.token().id_token().role("Admin")),
            ("id_token_with_token_hash", target.token().id_token().claim("at_hash", "77QmUPtjPfzWtF2AnpK9RQ")),
            ("id_token_with_code_hash", target.token().id_token().claim("c_hash", "77QmUPtjPfzWtF2AnpK9RQ")),
        ],
    );
    list.add(
        Refused,
        "a token that states neither scope nor role allows nothing",
        "Entra: Protected web API: verify scopes and app roles",
        [
            ("id_token_without_nonce", target.token().id_token().without_claim("nonce")),
            ("logout_token_without_type", {
                let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
                target.token().without_claim("scp").claim("events", events)
            }),
            ("id_token_without_nonce_with_roles", target.token().id_token().without_claim("nonce").role("Admin")),
        ],
    );
    list.add(
        InvalidToken,
        "a token for Microsoft Graph is for Microsoft Graph",
        "Entra: Access tokens in the Microsoft identity platform (validate tokens)",
        [("graph_token", {
            let graph = target.token().audience("00000003-0000-0000-c000-000000000000");
            graph.header("nonce", "AQABAAAAAAD").edit_signature(|mut signature| {
                signature.reverse();
                signature
            })
        })],
    );
    bound_tokens(list, target);
    list.add(
        Forbidden,
        "a scope is what a user lets a client do; an application on its own has none",
        "Entra: Secure applications and APIs by validating claims (validate the actor); RFC 6750 section 3.1",
        [
            ("app_only_without_roles", target.issuer.token().app("daemon")),
            ("app_only_with_role_named_like_the_scope", target.issuer.token().app("daemon").role("weather.read")),
            ("app_only_with_another_role", target.issuer.token().app("daemon").role("Weather.Read.All")),
            ("app_only_with_scope", target.issuer.token().app("daemon").scope("weather.read")),
            ("app_only_v1", target.issuer.token().v1().app("daemon").role("weather.read")),
            ("app_only_without_idtyp", {
                target.issuer.token().app("daemon").role("weather.read").without_claim("idtyp")
            }),
            ("agent_on_its_own", {
                let agent = target.issuer.token().app("agent").claim("scp", "/");
                agent.claim("xms_act_fct", "3 9 11").claim("xms_sub_fct", "9 3 11").claim("sub", "another")
            }),
        ],
    );
    list.add(
        Granted,
        "the route asks for a scope, and a user gave it",
        "Entra: Access token claims reference",
        [
            ("user_stated_by_idtyp", target.token().claim("idtyp", "user")),
            ("guest", target.token().guest()),
            ("member_stated_by_acct", target.token().claim("acct", 0)),
            ("public_client", target.token().claim("azpacr", "0")),
            ("client_with_certificate", target.token().claim("azpacr", "2")),
            ("another_client", target.token().client("75dbe77f-10a3-4e59-85fd-8c127544f17c")),
            ("agent_on_behalf_of_user", {
                target.token().claim("idtyp", "user").claim("xms_act_fct", "11 3").claim("xms_idrel", "1 10")
            }),
            ("continuous_access_evaluation", target.token().claims_capable().auth_context("c1")),
        ],
    );
    list.add(
        GrantedOrInvalid,
        "nothing that this route asks for depends on these claims",
        "Entra: Access token claims reference",
        [
            ("client_missing", target.token().without_claim("azp")),
            ("object_id_missing", target.token().without_claim("oid")),
            ("subject_missing", target.token().without_claim("sub")),
            ("token_id_missing", target.token().without_claim("uti")),
            ("client_authentication_as_number", target.token().claim("azpacr", 1)),
            ("account_kind_as_text", target.token().claim("acct", "0")),
        ],
    );
}

pub(super) fn oidc(list: &mut List, target: &Target<'_>) {
    not_access_tokens(list, target);
    bound_tokens(list, target);
    list.add(
        Forbidden,
        "the client was not given the scope",
        "RFC 6750 section 3.1",
        [
            ("client_without_scope", target.issuer.token().app("daemon")),
            ("client_with_role_named_like_the_scope", target.issuer.token().app("daemon").role("weather.read")),
        ],
    );
    list.add(
        Granted,
        "a plain provider does not tell kinds of caller apart, so the scope decides",
        "RFC 9068 section 2.2.3",
        [
            ("client_with_scope", target.issuer.token().app("daemon").scope("weather.read")),
            ("another_client", target.token().client("mobile")),
            ("authentication_time", target.token().claim("auth_time", 1_500_000_000).claim("acr", "1")),
        ],
    );
}

fn not_access_tokens(list: &mut List, target: &Target<'_>) {
    let id_token = || target.token().id_token();
    let client = target.issuer.client_id();
    list.add(
        InvalidToken,
        "an ID token tells a client who signed in; it opens no API",
        "RFC 8725 sections 2.8 and 3.12; RFC 9068 section 5",
        [
            ("id_token", id_token()),
            ("id_token_of_another_client", id_token().audience("75dbe77f-10a3-4e59-85fd-8c127544f17c")),
            ("id_token_of_another_user", id_token().user("mallory")),
        ],
    );
    list.add(
        InvalidToken,
        "credentials that are meant for the issuer, not for an API",
        "RFC 6749 section 1.5; RFC 7523 section 2.2; RFC 7522",
        [
            ("refresh_token", String::from("0.AXEAc0mQ5p0F9k2nZr7TtA.AgABAwEAAADW6jl31mB3T7ugrWTT8pFe")),
            ("refresh_token_of_second_form", "1.AXEAc0mQ5p0F9k2nZr7TtA.AgABAwEAAADW6jl31mB3T7ugrWTT8pFe".into()),
            ("refresh_token_without_dots", "v1MqPzEoX0nQ7tK2bL5rW8sYcVfJ3hGd".into()),
            ("authorization_code", "0.AXEAc0mQ5p0F9k2n.AgABBAIAAADW6jl31mB3T7ugrWTT8pFe.extra".into()),
            ("saml_assertion", encode("<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>")),
            ("client_assertion", {
                target.token().issuer(client).claim("sub", client).audience(&target.issuer.issuer()).sign()
            }),
        ],
    );
}

fn bound_tokens(list: &mut List, target: &Target<'_>) {
    let bound = |method: serde_json::Value| -> Token { target.token().claim("cnf", method) };
    list.add(
        InvalidToken,
        "a token that is bound to a key, sent without proof of that key, was stolen",
        "RFC 7800 section 3.1; RFC 9449 section 7.2; RFC 8705 section 3",
        [
            ("bound_to_dpop_key", bound(json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }))),
            ("bound_to_certificate", bound(json!({ "x5t#S256": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0" }))),
            ("bound_to_key_by_name", bound(json!({ "kid": "bwcK0esc3ACC3DB2Y5_lESsXE8o" }))),
            ("bound_to_key_by_value", bound(json!({ "jwk": target.issuer.foreign_key().jwk() }))),
            ("bound_in_an_unknown_way", bound(json!({ "x": "y" }))),
            ("bound_to_nothing", bound(json!({}))),
            ("bound_by_text", bound(json!("jkt"))),
        ],
    );
}
