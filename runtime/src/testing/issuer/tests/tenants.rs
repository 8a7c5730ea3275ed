use super::*;
use crate::PERSONAL_ACCOUNTS;

const PARTNER: &str = "fa15d692-e9c7-4460-a743-29f2956fd429";
const OWN_KEYS: &str = "0c1a1b0c-5d3f-4a3b-8d5e-7d1a2f6b9c11";

fn metadata_of(issuer: &Issuer, path: &str) -> Value {
    let reply = page(issuer, &format!("{path}/v2.0/.well-known/openid-configuration"));
    assert_eq!(reply.status, 200, "{path}");
    reply.json()
}

fn keys_of(issuer: &Issuer, path: &str) -> Vec<String> {
    let jwks_uri = metadata_of(issuer, path)["jwks_uri"].as_str().expect("jwks_uri").to_owned();
    kids(&get(&jwks_uri).expect("an answer").json())
}

#[test]
fn a_tenant_that_is_added_has_documents_and_the_keys_of_all() {
    let issuer = Issuer::entra();
    assert_eq!(page(&issuer, &format!("{PARTNER}/v2.0/.well-known/openid-configuration")).status, 400);
    issuer.add_tenant(&PARTNER.to_uppercase());
    assert_eq!(metadata_of(&issuer, PARTNER)["issuer"], format!("{}/{PARTNER}/v2.0", issuer.url()));
    assert_eq!(keys_of(&issuer, PARTNER), [issuer.signing_key().kid()]);
    let v1 = page(&issuer, &format!("{PARTNER}/.well-known/openid-configuration")).json();
    assert_eq!(v1["issuer"], format!("https://sts.windows.net/{PARTNER}/"));
}

#[test]
fn own_keys_are_in_no_other_document() {
    let issuer = Issuer::entra();
    issuer.add_tenant_with_own_keys(OWN_KEYS);
    let [kid] = &keys_of(&issuer, OWN_KEYS)[..] else { panic!() };
    assert_ne!(kid, issuer.signing_key().kid());
    for elsewhere in ["common", "organizations", issuer.tenant_id()] {
        assert_eq!(keys_of(&issuer, elsewhere), [issuer.signing_key().kid()], "{elsewhere}");
    }
    issuer.rotate_keys_of(OWN_KEYS);
    assert_eq!(keys_of(&issuer, OWN_KEYS).len(), 2);
    issuer.withdraw_old_keys_of(OWN_KEYS);
    assert!(!keys_of(&issuer, OWN_KEYS).contains(kid));
}

#[test]
fn personal_accounts_have_keys_that_name_their_tenant() {
    let issuer = Issuer::entra();
    assert_eq!(page(&issuer, "consumers/v2.0/.well-known/openid-configuration").status, 400);
    issuer.add_tenant(PERSONAL_ACCOUNTS);
    let of_tenant = format!("{}/{PERSONAL_ACCOUNTS}/v2.0", issuer.url());
    for path in ["consumers", PERSONAL_ACCOUNTS] {
        assert_eq!(metadata_of(&issuer, path)["issuer"], of_tenant);
        let keys = page(&issuer, &format!("{path}/discovery/v2.0/keys")).json();
        assert_eq!(keys["keys"][0]["issuer"], of_tenant);
        assert_eq!(page(&issuer, &format!("{path}/.well-known/openid-configuration")).status, 400);
    }
    assert_eq!(keys_of(&issuer, "common").len(), 2);
    assert_eq!(keys_of(&issuer, "organizations").len(), 1);
    assert_eq!(kids(&page(&issuer, "common/discovery/keys").json()).len(), 1);
}

#[test]
fn a_domain_name_leads_to_the_tenants_id() {
    let issuer = Issuer::entra();
    issuer.add_tenant(PARTNER);
    issuer.add_domain(issuer.tenant_id(), "Contoso.example");
    issuer.add_domain(PARTNER, "partner.example");
    assert_eq!(metadata_of(&issuer, "contoso.example")["issuer"], issuer.issuer());
    assert_eq!(metadata_of(&issuer, "partner.example")["issuer"], format!("{}/{PARTNER}/v2.0", issuer.url()));
}

#[test]
fn an_application_with_its_own_keys_asks_for_them() {
    let issuer = Issuer::entra().with_custom_signing_keys();
    let (tenant, client) = (issuer.tenant_id(), issuer.client_id());
    let asked = |query: &str| {
        let reply = page(&issuer, &format!("{tenant}/v2.0/.well-known/openid-configuration{query}"));
        let jwks_uri = reply.json()["jwks_uri"].as_str().expect("jwks_uri").to_owned();
        assert!(jwks_uri.ends_with(&format!("/keys{query}")), "{jwks_uri}");
        kids(&get(&jwks_uri).expect("an answer").json())
    };
    let own = asked(&format!("?appid={client}"));
    assert_eq!(own, [issuer.signing_key().kid()]);
    assert_ne!(asked(""), own);
    assert_ne!(asked(&format!("?appid={PARTNER}")), own);
}

#[test]
fn a_key_can_be_published_as_it_is() {
    let issuer = Issuer::entra();
    let mut jwk = issuer.foreign_key().jwk();
    jwk["cloud_instance_name"] = json!("microsoftonline.us");
    issuer.publish_jwk(jwk.clone());
    assert_eq!(v2_keys(&issuer).json()["keys"][1], jwk);
}

#[test]
fn user_flows_have_documents_and_keys_of_their_own() {
    let issuer = Issuer::b2c();
    issuer.add_domain(issuer.tenant_id(), "contoso.onmicrosoft.com");
    let tenant = issuer.tenant_id();
    let [sign_in, step_up] = &issuer.user_flows()[..] else { panic!() };
    let of_sign_in = keys_of(&issuer, &format!("{tenant}/{sign_in}"));
    assert_eq!(of_sign_in, [issuer.signing_key().kid()]);
    assert_eq!(keys_of(&issuer, &format!("contoso.onmicrosoft.com/{}", sign_in.to_uppercase())), of_sign_in);
    assert_ne!(keys_of(&issuer, &format!("{tenant}/{step_up}")), of_sign_in);
    let metadata = metadata_of(&issuer, &format!("{tenant}/{step_up}"));
    assert_eq!(metadata["issuer"], format!("{}/{tenant}/v2.0/", issuer.url()));
    let keys = get(metadata["jwks_uri"].as_str().expect("jwks_uri")).expect("an answer").json();
    assert_eq!((keys["keys"][0].get("issuer"), keys["keys"][0].get("alg")), (None, None));
    assert_eq!(page(&issuer, &format!("{tenant}/B2C_1_Other/v2.0/.well-known/openid-configuration")).status, 400);
    assert_eq!(page(&issuer, &format!("{tenant}/v2.0/.well-known/openid-configuration")).status, 404);

    let issuer = Issuer::b2c().with_user_flow_in_issuer();
    let metadata = metadata_of(&issuer, &format!("{}/{step_up}", issuer.tenant_id()));
    assert_eq!(metadata["issuer"], format!("{}/tfp/{}/b2c_1a_stepup/v2.0/", issuer.url(), issuer.tenant_id()));

    issuer.share_keys(sign_in, step_up);
    assert_eq!(keys_of(&issuer, &format!("{}/{step_up}", issuer.tenant_id())), [issuer.signing_key().kid()]);
}

#[test]
fn an_external_tenant_has_version_2_alone() {
    let issuer = Issuer::external_id();
    let tenant = issuer.tenant_id();
    assert_eq!(v2_metadata(&issuer).json()["issuer"], format!("{}/{tenant}/v2.0", issuer.url()));
    for path in [format!("{tenant}/.well-known/openid-configuration"), format!("{tenant}/discovery/keys")] {
        assert_eq!(page(&issuer, &path).status, 404);
    }
    assert_eq!(page(&issuer, "common/v2.0/.well-known/openid-configuration").status, 400);
}

#[test]
fn counts_by_tenant_and_flow() {
    let issuer = Issuer::entra();
    issuer.add_tenant(PARTNER);
    keys_of(&issuer, PARTNER);
    page(&issuer, "unknown/v2.0/.well-known/openid-configuration");
    let partner = issuer.requests_of(PARTNER);
    assert_eq!((partner.metadata_v2, partner.keys_v2, partner.total), (1, 1, 2));
    assert_eq!(issuer.requests_of("unknown").metadata, 1);
    assert_eq!(issuer.requests_of(issuer.tenant_id()).total, 0);
    assert_eq!((issuer.requests().metadata, issuer.requests().other), (1, 1));
    issuer.reset_requests();
    assert_eq!(issuer.requests_of(PARTNER).total, 0);

    let issuer = Issuer::b2c();
    keys_of(&issuer, &format!("{}/B2C_1A_StepUp", issuer.tenant_id()));
    assert_eq!(issuer.requests_of("b2c_1a_stepup").keys, 1);
}

#[test]
#[should_panic(expected = "neither a tenant nor a user flow")]
fn there_are_no_tokens_of_a_tenant_that_nobody_added() {
    _ = Issuer::entra().token_of(PARTNER);
}
