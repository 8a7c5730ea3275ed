//! Which API lives through the month, and what its floods are made of.

use data_encoding::BASE64URL_NOPAD;
use requires_auth::Authority;
use requires_auth::testing::Issuer;

/// An API and those who flood it. Another API is another constant here and a test in `month.rs`.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The day of the month on which the API starts.
    pub(crate) first_day: i64,
    pub(crate) authority: fn(&Issuer) -> Authority,
    /// The token of this number in a flood, made of a genuine one of this tenant.
    pub(crate) invented: fn(&str, &str, usize) -> String,
    /// How many sets of keys are kept for one caller: of each version one, or one of the tenant and one that all share.
    pub(crate) sets: i64,
    /// What stands for the tenant in the names of the sets that are asked first for a key that is new.
    pub(crate) asked_first: fn(&Issuer) -> String,
    /// How long a request may wait at most, in seconds, and what a busy machine adds.
    pub(crate) patience: i64,
    /// Whether a flood makes the verifier ask for tenants that there are not.
    pub(crate) invents_tenants: bool,
}

pub(crate) const ONE_TENANT: Scenario = Scenario {
    name: "one tenant",
    first_day: 0,
    authority: Issuer::authority,
    invented: |genuine, _, number| with_invented_kid(genuine, number),
    sets: 2,
    asked_first: |issuer| issuer.tenant_id().to_owned(),
    patience: 5 + 5,
    invents_tenants: false,
};

pub(crate) const MANY_TENANTS: Scenario = Scenario {
    name: "many tenants",
    // Every kind of rollover and flood is still to come, and the longest outages.
    first_day: 16,
    authority: |issuer| issuer.authority_of("organizations").allow_tenants_if(|_| true),
    invented: with_invented_tenant,
    sets: 4,
    asked_first: |_| "{tenantid}".to_owned(),
    // For the keys that all tenants share, and for the tenant's own.
    patience: 2 * 5 + 5,
    invents_tenants: true,
};

/// Names a key that nobody has. Whose signature it bears does not matter.
fn with_invented_kid(genuine: &str, number: usize) -> String {
    let (_, rest) = genuine.split_once('.').expect("a header");
    let header = format!(r#"{{"typ":"JWT","alg":"RS256","kid":"invented-{number}"}}"#);
    format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes()))
}

/// Comes from a tenant that nobody has; every other one names a key that nobody has either.
fn with_invented_tenant(genuine: &str, tenant: &str, number: usize) -> String {
    let [header, claims, signature] = genuine.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let claims = String::from_utf8(BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64url")).expect("text");
    let claims = claims.replace(tenant, &format!("{number:08x}-0000-4000-8000-000000000000"));
    let forged = format!("{header}.{}.{signature}", BASE64URL_NOPAD.encode(claims.as_bytes()));
    if number.is_multiple_of(2) { forged } else { with_invented_kid(&forged, number) }
}
