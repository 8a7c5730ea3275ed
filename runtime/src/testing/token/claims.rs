//! The header and the claims that each kind of token has.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Edit, Holder, Kind, Moment, Token};
use crate::testing::identity::{guid, opaque, token_id};
use crate::testing::profile::{Kind as Issuer, Version};

/// How long a token lives unless stated.
const LIFETIME: i64 = 3600;
/// The one scope of a delegated token that states none: Entra ID issues no delegated token without a scope.
const DEFAULT_SCOPE: &str = "access_as_user";

impl Token {
    pub(super) fn header_members(&self) -> Map<String, Value> {
        let typ = match (self.profile.kind, self.kind) {
            (Issuer::Oidc, Kind::Access) => "at+jwt",
            _ => "JWT",
        };
        let algorithm = self.algorithm.unwrap_or(self.key.algorithm());
        let mut members = Members::default();
        members.set("typ", typ).set("alg", algorithm).set("kid", self.key.kid());
        if let (Version::V1, Some(thumbprint)) = (self.version, self.key.thumbprint()) {
            members.set("x5t", thumbprint);
        }
        members.edited(&self.header_edits)
    }

    pub(super) fn claims(&self) -> Map<String, Value> {
        let mut members = Members::default();
        self.dates(&mut members);
        assert!(self.version == Version::V2 || self.profile.kind == Issuer::Entra, "only Entra ID issues v1 tokens");
        let (tenant, client) = (&*self.profile.tenant, &*self.profile.client);
        match (self.profile.kind, self.kind) {
            (Issuer::Entra | Issuer::ExternalId, Kind::Access) => self.entra(&mut members, tenant, client),
            (Issuer::Entra | Issuer::ExternalId, Kind::Id) => self.entra_id(&mut members, tenant, client),
            (Issuer::B2c, kind) => self.b2c(&mut members, tenant, client, kind),
            (Issuer::Oidc, kind) => self.oidc(&mut members, client, kind),
        }
        self.permissions(&mut members);
        members.edited(&self.claim_edits)
    }

    fn dates(&self, members: &mut Members) {
        let now = self.now();
        let not_before = self.not_before_in.map(|after| now + after);
        let expires = match self.expires {
            Some(Moment::At(unix)) => unix,
            Some(Moment::In(after)) => now + after,
            None => not_before.unwrap_or(now).max(now) + LIFETIME,
        };
        // A token that expired was issued before that; one that lives longer than usual was still issued now.
        let issued = now.min(expires.saturating_sub(LIFETIME));
        members.set("iat", issued).set("exp", expires);
        if self.profile.kind != Issuer::Oidc || not_before.is_some() {
            members.set("nbf", not_before.unwrap_or(issued));
        }
    }

    fn entra(&self, members: &mut Members, tenant: &str, client: &str) {
        let v1 = self.version == Version::V1;
        let (audience, azp, azpacr) =
            if v1 { (format!("api://{client}"), "appid", "appidacr") } else { (client.to_owned(), "azp", "azpacr") };
        self.entra_common(members, tenant, &audience);
        match &self.holder {
            Holder::User(name) => {
                let client = self.client.clone().unwrap_or_else(|| guid("client of", "the user"));
                members.set(azp, client).set(azpacr, "1");
                if v1 {
                    members.set("acr", "1").set("amr", ["pwd"]).set("ipaddr", "192.0.2.7");
                    members.set("given_name", name).set("unique_name", mail(name)).set("upn", mail(name));
                }
            }
            Holder::App(name) => {
                let client = self.client.clone().unwrap_or_else(|| guid("client", name));
                members.set(azp, client).set(azpacr, "1").set("idtyp", "app");
                if v1 {
                    members
                        .set("idp", self.profile.issuer(Version::V1, self.tenant.as_deref().unwrap_or(tenant), None));
                }
            }
        }
    }

    fn entra_id(&self, members: &mut Members, tenant: &str, client: &str) {
        self.entra_common(members, tenant, client);
        members.set("nonce", opaque("nonce", "of the client"));
    }

    /// What access and ID tokens of Entra ID have in common.
    fn entra_common(&self, members: &mut Members, tenant: &str, audience: &str) {
        let tenant = self.tenant.as_deref().unwrap_or(tenant);
        let issuer = self.issuer.clone().unwrap_or_else(|| self.profile.issuer(self.version, tenant, None));
        members.set("iss", issuer).set("aud", self.audience.as_deref().unwrap_or(audience)).set("tid", tenant);
        members.set("ver", if self.version == Version::V1 { "1.0" } else { "2.0" });
        members.set("uti", token_id()).set("rh", "1.AXEAc0mQ.").set("aio", opaque("aio", &token_id()));
        match &self.holder {
            Holder::User(name) => {
                members.set("oid", guid("user", name)).set("sub", opaque(audience, name)).set("name", name);
                if self.version == Version::V2 {
                    members.set("preferred_username", mail(name));
                }
            }
            Holder::App(name) => {
                let principal = guid("service principal", name);
                members.set("oid", &principal).set("sub", &principal);
            }
        }
        if self.guest {
            let home = guid("tenant", "the guest's home");
            members.set("acct", 1).set("idp", format!("https://sts.windows.net/{home}/"));
        }
    }

    /// Its user is the same to every API, its tokens say version 1.0 at an endpoint of 2.0, and what the client sent as a
    /// nonce comes back in access tokens as well.
    fn b2c(&self, members: &mut Members, tenant: &str, client: &str, kind: Kind) {
        let flow = self.flow.as_ref();
        let of_tenant = self.tenant.as_deref().unwrap_or(tenant);
        let issuer = self.issuer.clone().unwrap_or_else(|| self.profile.issuer(Version::V2, of_tenant, flow));
        members.set("iss", issuer).set("aud", self.audience.as_deref().unwrap_or(client)).set("ver", "1.0");
        if let Some(tenant) = &self.tenant {
            members.set("tid", tenant);
        }
        if let Some(flow) = flow {
            members.set(flow.style.claim, &flow.name);
        }
        let azp = match &self.holder {
            Holder::User(name) => {
                let id = guid("user", name);
                members
                    .set("oid", &id)
                    .set("sub", &id)
                    .set("name", name)
                    .set("nonce", opaque("nonce", "of the client"));
                guid("client of", "the user")
            }
            Holder::App(name) => {
                let principal = guid("service principal", name);
                members.set("oid", &principal).set("sub", &principal);
                guid("client", name)
            }
        };
        match kind {
            Kind::Access => _ = members.set("azp", self.client.as_deref().unwrap_or(&azp)),
            Kind::Id => _ = members.set("at_hash", &opaque("hash", "of an access token")[..22]),
        }
    }

    fn oidc(&self, members: &mut Members, audience: &str, kind: Kind) {
        let (subject, client) = match &self.holder {
            Holder::User(name) => (name, "weather-client"),
            Holder::App(name) => (name, name.as_str()),
        };
        let issuer = self.issuer.clone().unwrap_or_else(|| self.profile.issuer(Version::V2, "", None));
        members.set("iss", issuer).set("sub", subject).set("aud", self.audience.as_deref().unwrap_or(audience));
        if let Some(tenant) = &self.tenant {
            members.set("tid", tenant);
        }
        match kind {
            Kind::Access => {
                members.set("client_id", self.client.as_deref().unwrap_or(client)).set("jti", token_id());
            }
            Kind::Id => {
                members.set("nonce", opaque("nonce", "of the client"));
                members.set("at_hash", &opaque("hash", "of an access token")[..22]);
            }
        }
    }

    fn permissions(&self, members: &mut Members) {
        let claim = if self.profile.kind == Issuer::Oidc { "scope" } else { "scp" };
        if self.kind == Kind::Access {
            match (&self.holder, self.scopes.as_slice()) {
                (Holder::User(_), []) => _ = members.set(claim, DEFAULT_SCOPE),
                (Holder::App(_), []) => {}
                (_, scopes) => _ = members.set(claim, scopes.join(" ")),
            }
        }
        members.set_list("roles", &self.roles);
        members.set_list("wids", &self.directory_roles);
        members.set_list("acrs", &self.auth_contexts);
        if self.claims_capable {
            members.set("xms_cc", ["cp1"]);
        }
        if self.groups_overage {
            let holder = members.0.get("oid").and_then(Value::as_str).unwrap_or("me");
            let endpoint = format!("https://graph.microsoft.com/v1.0/users/{holder}/getMemberObjects");
            members.set("_claim_names", json!({ "groups": "src1" }));
            members.set("_claim_sources", json!({ "src1": { "endpoint": endpoint } }));
        } else {
            members.set_list("groups", &self.groups);
        }
    }
}

#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn set(&mut self, name: &str, value: impl Serialize) -> &mut Self {
        self.0.insert(name.into(), json!(value));
        self
    }

    /// Entra ID leaves out a list that would be empty.
    fn set_list(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            self.set(name, values);
        }
    }

    fn edited(mut self, edits: &[Edit]) -> Map<String, Value> {
        for Edit { name, value } in edits {
            match value {
                Some(value) => _ = self.0.insert(name.clone(), value.clone()),
                None => _ = self.0.remove(name),
            }
        }
        self.0
    }
}

fn mail(name: &str) -> String {
    format!("{name}@contoso.example")
}
