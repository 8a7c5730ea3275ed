//! Who issued it, in which tenant, and for whom.

use serde_json::{Value, json};

use super::Verdict::{Granted, GrantedOrInvalid, InvalidToken};
use super::{List, Target, cut_short, swapped_case};

const OTHER: &str = "31537af4-6d77-4bb9-a681-d2394888ea26";
/// The tenant of consumer accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

pub(super) fn entra(list: &mut List, target: &Target<'_>) {
    issuer_text(list, target);
    entra_issuer(list, target);
    tenant(list, target);
    upper_case(list, target);
    version(list, target);
    audience_type(list, target);
    entra_audience(list, target);
}

pub(super) fn oidc(list: &mut List, target: &Target<'_>) {
    issuer_text(list, target);
    audience_type(list, target);
    let ours = target.issuer.client_id();
    let audience = |audience: &str| target.token().audience(audience);
    list.add(
        InvalidToken,
        "audiences are compared as text, from the first character to the last",
        "RFC 9068 section 4; RFC 7519 section 4.1.3",
        [
            ("audience_with_slash", audience(&format!("{ours}/"))),
            ("audience_with_path", audience(&format!("{ours}/weather"))),
            ("audience_with_suffix", audience(&format!("{ours}.attacker.example"))),
            ("audience_with_prefix", audience(&format!("x{ours}"))),
            ("audience_with_other_scheme", audience(&format!("http://{}", ours.trim_start_matches("https://")))),
            ("audience_in_another_case", audience(&swapped_case(ours))),
            ("audience_cut_short", audience(cut_short(ours))),
            ("audience_with_port", audience(&format!("{ours}:443"))),
            ("audience_is_the_client", audience("weather-client")),
        ],
    );
    list.add(
        GrantedOrInvalid,
        "an API may insist on every claim of RFC 9068",
        "RFC 9068 section 2.2",
        [
            ("sub_missing", target.token().without_claim("sub")),
            ("client_id_missing", target.token().without_claim("client_id")),
            ("jti_missing", target.token().without_claim("jti")),
        ],
    );
}

/// Applies to every issuer: the comparison is one of text.
fn issuer_text(list: &mut List, target: &Target<'_>) {
    let ours = target.issuer.issuer();
    let (host, path) = {
        let rest = ours.strip_prefix("http://").expect("a loopback URL");
        rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")))
    };
    let iss = |issuer: &str| target.token().issuer(issuer);
    list.add(
        InvalidToken,
        "issuers are compared as text: whatever is read like ours is not ours",
        "RFC 7519 section 4.1.1; RFC 8725 section 3.8; RFC 9068 section 4",
        [
            ("issuer_with_slash_more", iss(&format!("{ours}/"))),
            ("issuer_with_space_after_it", iss(&format!("{ours} "))),
            ("issuer_with_space_before_it", iss(&format!(" {ours}"))),
            ("issuer_with_nul_after_it", iss(&format!("{ours}\0"))),
            ("issuer_with_line_break", iss(&format!("{ours}\n"))),
            ("issuer_cut_short", iss(cut_short(&ours))),
            ("issuer_with_https", iss(&ours.replace("http:", "https:"))),
            ("issuer_with_scheme_in_upper_case", iss(&ours.replace("http:", "HTTP:"))),
            ("issuer_without_scheme", iss(&format!("//{host}{path}"))),
            ("issuer_with_host_suffix", iss(&format!("http://{host}.attacker.example{path}"))),
            ("issuer_with_host_prefix", iss(&format!("http://x{host}{path}"))),
            ("issuer_with_our_host_as_user", iss(&format!("http://{host}@attacker.example{path}"))),
            ("issuer_with_user_before_our_host", iss(&format!("http://user@{host}{path}"))),
            ("issuer_in_query_of_another", iss(&format!("https://attacker.example/?x={ours}"))),
            ("issuer_in_fragment_of_another", iss(&format!("https://attacker.example/#{ours}"))),
            ("issuer_in_path_of_another", iss(&format!("https://attacker.example/{ours}"))),
            ("issuer_with_query", iss(&format!("{ours}?x=1"))),
            ("issuer_with_fragment", iss(&format!("{ours}#x"))),
            ("issuer_with_dot_segments", iss(&format!("http://{host}/x/..{path}"))),
            ("issuer_with_encoded_dot_segments", iss(&format!("http://{host}/x/%2e%2e{path}"))),
            ("issuer_with_encoded_host", iss(&ours.replacen("127", "%3127", 1))),
            ("issuer_with_backslash", iss(&format!("http:\\\\{host}{path}"))),
            ("issuer_by_another_name_of_the_host", iss(&ours.replacen("127.0.0.1", "localhost", 1))),
            ("issuer_with_letter_that_looks_alike", iss(&ours.replacen('h', "һ", 1))),
            ("issuer_with_invisible_letter", iss(&format!("{ours}\u{200B}"))),
            ("issuer_of_another_host", iss("https://attacker.example")),
            ("issuer_wildcard", iss("*")),
        ],
    );
    let value = |value: Value| target.token().claim("iss", value);
    list.add(
        InvalidToken,
        "`iss` is required and a string",
        "RFC 9068 section 2.2; RFC 7519 section 4.1.1",
        [
            ("issuer_missing", target.token().without_claim("iss")),
            ("issuer_empty", value(json!(""))),
            ("issuer_null", value(json!(null))),
            ("issuer_number", value(json!(1))),
            ("issuer_array", value(json!([ours]))),
            ("issuer_object", value(json!({ "iss": ours }))),
        ],
    );
    list.add(
        InvalidToken,
        "another issuer's token is that issuer's business, whatever key signed it",
        "RFC 8725 section 3.8",
        [("foreign_issuer_and_foreign_key", {
            target.token().issuer("https://attacker.example").signed_by(&target.issuer.foreign_key())
        })],
    );
}

fn entra_issuer(list: &mut List, target: &Target<'_>) {
    let (url, tenant) = (target.issuer.url(), target.issuer.tenant_id());
    let iss = |issuer: &str| target.token().issuer(issuer);
    let v1 = |issuer: &str| target.token().v1().issuer(issuer);
    list.add(
        InvalidToken,
        "the issuer of this tenant and this version has one spelling",
        "Entra: Access tokens in the Microsoft identity platform (validate the issuer)",
        [
            ("v2_issuer_with_double_slash", iss(&format!("{url}//{tenant}/v2.0"))),
            ("v2_issuer_without_version", iss(&format!("{url}/{tenant}"))),
            ("v2_issuer_of_another_version", iss(&format!("{url}/{tenant}/v1.0"))),
            ("v2_issuer_with_version_in_upper_case", iss(&format!("{url}/{tenant}/V2.0"))),
            ("v2_issuer_template", iss(&format!("{url}/{{tenantid}}/v2.0"))),
            ("v2_issuer_of_common", iss(&format!("{url}/common/v2.0"))),
            ("v2_issuer_of_user_flow", iss(&format!("{url}/tfp/{tenant}/b2c_1_signin/v2.0/"))),
            ("v2_issuer_with_another_tenant_behind_ours", iss(&format!("{url}/{tenant}/v2.0/../{OTHER}/v2.0"))),
            ("v2_issuer_with_two_tenants", iss(&format!("{url}/{OTHER}/{tenant}/v2.0"))),
            ("v2_issuer_of_the_public_cloud", iss(&format!("https://login.microsoftonline.com/{tenant}/v2.0"))),
            ("v2_issuer_of_the_us_government_cloud", iss(&format!("https://login.microsoftonline.us/{tenant}/v2.0"))),
            ("v2_issuer_of_the_china_cloud", iss(&format!("https://login.partner.microsoftonline.cn/{tenant}/v2.0"))),
            ("v2_issuer_on_a_host_that_continues_ours", {
                iss(&format!("https://login.microsoftonline.com.attacker.example/{tenant}/v2.0"))
            }),
            ("v1_issuer_without_slash", v1(&format!("https://sts.windows.net/{tenant}"))),
            ("v1_issuer_over_http", v1(&format!("http://sts.windows.net/{tenant}/"))),
            ("v1_issuer_of_the_china_cloud", v1(&format!("https://sts.chinacloudapi.cn/{tenant}/"))),
            (
                "v1_issuer_on_a_host_that_continues_it",
                v1(&format!("https://sts.windows.net.attacker.example/{tenant}/")),
            ),
            ("v1_issuer_of_our_authority", v1(&format!("{url}/{tenant}/"))),
        ],
    );
}

fn tenant(list: &mut List, target: &Target<'_>) {
    let tenant = target.issuer.tenant_id();
    let url = target.issuer.url();
    list.add(
        InvalidToken,
        "an API of one tenant takes no token of another",
        "Entra: Secure applications and APIs by validating claims (validate the tenant)",
        [
            ("another_tenant", target.token().tenant(OTHER)),
            ("another_tenant_v1", target.token().tenant(OTHER).v1()),
            ("consumer_accounts", target.token().tenant(CONSUMERS)),
            ("nil_tenant", target.token().tenant("00000000-0000-0000-0000-000000000000")),
        ],
    );
    let tid = |value: Value| target.token().claim("tid", value);
    list.add(
        InvalidToken,
        "`tid` is the GUID that `iss` names, and data is kept by it",
        "Entra: Access tokens in the Microsoft identity platform (validate the issuer)",
        [
            ("tid_of_another_tenant", tid(json!(OTHER))),
            ("tid_of_ours_in_another_issuer", target.token().issuer(&format!("{url}/{OTHER}/v2.0"))),
            ("tid_of_ours_in_another_v1_issuer", {
                target.token().v1().issuer(&format!("https://sts.windows.net/{OTHER}/"))
            }),
            ("tid_missing", target.token().without_claim("tid")),
            ("tid_empty", tid(json!(""))),
            ("tid_null", tid(json!(null))),
            ("tid_number", tid(json!(0))),
            ("tid_array", tid(json!([tenant]))),
            ("tid_common", tid(json!("common"))),
            ("tid_dots", tid(json!(".."))),
            ("tid_template", tid(json!("{tenantid}"))),
            ("tid_in_braces", tid(json!(format!("{{{tenant}}}")))),
            ("tid_without_dashes", tid(json!(tenant.replace('-', "")))),
            ("tid_with_space", tid(json!(format!(" {tenant}")))),
            ("tid_with_line_break", tid(json!(format!("{tenant}\n")))),
        ],
    );
    list.add(
        InvalidToken,
        "of two claims that differ in case, a careless reader takes the wrong one",
        "Entra: Access token claims reference (tid); RFC 7519 section 4",
        [
            ("tid_in_two_spellings", target.token().claim("TID", OTHER)),
            ("tid_in_two_spellings_of_one_value", target.token().claim("Tid", tenant)),
            ("tid_under_another_spelling_alone", target.token().without_claim("tid").claim("TID", tenant)),
        ],
    );
}

/// GUIDs of digits alone are the same in both cases.
fn upper_case(list: &mut List, target: &Target<'_>) {
    let source = "Entra: Access tokens in the Microsoft identity platform (validate tokens)";
    let (lower, client) = (target.issuer.tenant_id(), target.issuer.client_id());
    let upper = lower.to_uppercase();
    if lower != upper {
        list.add(
            InvalidToken,
            "Entra ID writes GUIDs in lower case; data kept by `tid` must not be split by its spelling",
            source,
            [
                ("tid_in_upper_case", target.token().claim("tid", &upper)),
                ("v2_issuer_with_tenant_in_upper_case", {
                    target.token().issuer(&format!("{}/{upper}/v2.0", target.issuer.url()))
                }),
                ("v1_issuer_with_tenant_in_upper_case", {
                    target.token().v1().issuer(&format!("https://sts.windows.net/{upper}/"))
                }),
            ],
        );
    }
    let upper = client.to_uppercase();
    if client != upper {
        list.add(
            InvalidToken,
            "audiences are compared as text",
            source,
            [("audience_in_upper_case", target.token().audience(&upper))],
        );
    }
}

fn version(list: &mut List, target: &Target<'_>) {
    let (url, tenant) = (target.issuer.url(), target.issuer.tenant_id());
    let ver = |value: Value| target.token().claim("ver", value);
    list.add(
        InvalidToken,
        "`ver` says which document a token is checked with, so it must fit the issuer",
        "Entra: Access token claims reference (ver)",
        [
            ("version_missing", target.token().without_claim("ver")),
            ("version_of_v1_in_v2_token", ver(json!("1.0"))),
            ("version_of_v2_in_v1_token", target.token().v1().claim("ver", "2.0")),
            ("version_unknown", ver(json!("3.0"))),
            ("version_short", ver(json!("2"))),
            ("version_number", ver(json!(2.0))),
            ("version_null", ver(json!(null))),
            ("version_empty", ver(json!(""))),
            ("v2_token_with_v1_issuer", target.token().issuer(&format!("https://sts.windows.net/{tenant}/"))),
            ("v1_token_with_v2_issuer", target.token().v1().issuer(&format!("{url}/{tenant}/v2.0"))),
        ],
    );
    list.add(
        Granted,
        "which version an API gets is a setting of its registration",
        "Entra: Access tokens in the Microsoft identity platform (token formats)",
        [("v2_token", target.token()), ("v1_token", target.token().v1())],
    );
}

fn audience_type(list: &mut List, target: &Target<'_>) {
    let ours = target.issuer.client_id();
    let aud = |value: Value| target.token().claim("aud", value);
    list.add(
        InvalidToken,
        "a token that does not say it is for us is for somebody else",
        "RFC 8725 section 3.9; RFC 7519 section 4.1.3",
        [
            ("audience_missing", target.token().without_claim("aud")),
            ("audience_null", aud(json!(null))),
            ("audience_empty", aud(json!(""))),
            ("audience_number", aud(json!(1))),
            ("audience_boolean", aud(json!(true))),
            ("audience_object", aud(json!({ "aud": ours }))),
            ("audience_empty_array", aud(json!([]))),
            ("audience_array_of_others", aud(json!(["https://other.example", OTHER]))),
            ("audience_array_in_array", aud(json!([[ours]]))),
            ("audience_array_with_number", aud(json!([ours, 1]))),
            ("audience_array_with_null", aud(json!([ours, null]))),
            ("audience_list_with_comma", aud(json!(format!("{ours},{OTHER}")))),
            ("audience_list_with_space", aud(json!(format!("{OTHER} {ours}")))),
            ("audience_with_space_after_it", aud(json!(format!("{ours} ")))),
            ("audience_with_nul_after_it", aud(json!(format!("{ours}\0")))),
            ("audience_wildcard", aud(json!("*"))),
            ("audience_under_another_spelling", target.token().without_claim("aud").claim("Aud", ours)),
            ("audience_is_the_issuer", aud(json!(target.issuer.issuer()))),
        ],
    );
    list.add(
        Granted,
        "a token may be for several APIs, ours among them",
        "RFC 7519 section 4.1.3",
        [
            ("audience_array_with_ours_alone", aud(json!([ours]))),
            ("audience_array_with_ours_last", aud(json!(["https://other.example", ours]))),
        ],
    );
}

fn entra_audience(list: &mut List, target: &Target<'_>) {
    let ours = target.issuer.client_id();
    let v2 = |audience: &str| target.token().audience(audience);
    let v1 = |audience: &str| target.token().v1().audience(audience);
    list.add(
        InvalidToken,
        "a token for another API, sent on to ours, makes us its deputy",
        "Entra: Access tokens in the Microsoft identity platform (validate tokens)",
        [
            ("audience_of_another_api", v2(OTHER)),
            ("audience_of_another_api_v1", v1(&format!("api://{OTHER}"))),
            ("audience_of_graph", v2("00000003-0000-0000-c000-000000000000")),
            ("audience_of_graph_by_address", v1("https://graph.microsoft.com")),
            ("audience_of_resource_manager", v1("https://management.azure.com/")),
            ("audience_of_token_exchange", v2("api://AzureADTokenExchange")),
        ],
    );
    list.add(
        InvalidToken,
        "audiences are compared as text; a v2 token is for the client id and nothing longer",
        "Entra: Security best practices for application properties; Entra: Access token claims reference (aud)",
        [
            ("audience_as_uri_in_v2", v2(&format!("api://{ours}"))),
            ("audience_without_dashes", v2(&ours.replace('-', ""))),
            ("audience_in_braces", v2(&format!("{{{ours}}}"))),
            ("audience_with_slash", v2(&format!("{ours}/"))),
            ("audience_with_suffix", v2(&format!("{ours}.attacker.example"))),
            ("audience_cut_short", v2(cut_short(ours))),
            ("audience_as_uri_with_slash", v1(&format!("api://{ours}/"))),
            ("audience_as_uri_with_path", v1(&format!("api://{ours}/weather"))),
            ("audience_as_uri_with_suffix", v1(&format!("api://{ours}.attacker.example"))),
            ("audience_as_uri_with_prefix", v1(&format!("xapi://{ours}"))),
            ("audience_as_uri_in_upper_case", v1(&format!("API://{ours}"))),
            ("audience_as_uri_of_tenant", v1(&format!("api://{}/{ours}", target.issuer.tenant_id()))),
            ("audience_as_service_principal_name", v1(&format!("spn:{ours}"))),
        ],
    );
    list.add(
        Granted,
        "v1 tokens are for the client id or the default application id URI",
        "Entra: Access token claims reference (aud)",
        [("audience_as_client_id_in_v1", v1(ours)), ("audience_as_uri_in_v1", v1(&format!("api://{ours}")))],
    );
}
