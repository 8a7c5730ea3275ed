//! The claims of a token as typed, borrowed values.
//!
//! 1. The text is one JSON object in UTF-8, nothing before or after it but white space.
//! 2. A claim that a check or an accessor uses stands at most once, also when its name is written with escapes.
//! 3. `iss`, `sub`, `aud`, `exp`, `nbf`, `iat` and the client's id have the types of RFC 7519 section 4.1, or the whole
//!    token is refused.
//! 4. Other claims have a type that their issuer gave them: they are read as [`Field`]s, and the authority decides
//!    whether a wrong type refuses the token (Entra ID, which defines them) or says nothing (an issuer that means
//!    something else by the name).
//! 5. All other claims need only be well-formed.

mod values;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

pub(crate) use self::values::{Audiences, Field, List, Text};
use self::values::{NumericDate, ReplacedClaims, marked_list};

/// Which claims are replaced by a link because they would not fit (`_claim_names`, `hasgroups`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overage {
    pub(crate) groups: bool,
    pub(crate) directory_roles: bool,
}

/// Claims that an access token for bearers never has; their presence says what the token is instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is the presence of one claim, not a state")]
pub(crate) struct Markers {
    /// `nonce`, `at_hash` or `c_hash`: an ID token (OpenID Connect Core section 2).
    pub(crate) id_token: bool,
    /// `cnf`: bound to a key or certificate (RFC 7800).
    pub(crate) confirmation: bool,
    /// `events`: a logout token or a security event (RFC 8417).
    pub(crate) events: bool,
    /// `xms_act_fct` or `xms_sub_fct`: issued to an agent.
    pub(crate) agent: bool,
    /// A claim that equals `tid` but for its case.
    pub(crate) tid_in_other_case: bool,
}

/// The claims of one token, borrowed from its decoded payload.
#[derive(Debug, Default)]
pub(crate) struct Claims<'t> {
    pub(crate) iss: Option<Cow<'t, str>>,
    pub(crate) aud: Option<Audiences<'t>>,
    pub(crate) exp: Option<i64>,
    pub(crate) nbf: Option<i64>,
    pub(crate) iat: Option<i64>,
    pub(crate) sub: Option<Cow<'t, str>>,
    pub(crate) azp: Option<Cow<'t, str>>,
    pub(crate) appid: Option<Cow<'t, str>>,
    pub(crate) client_id: Option<Cow<'t, str>>,

    pub(crate) tid: Field<Cow<'t, str>>,
    pub(crate) oid: Field<Cow<'t, str>>,
    pub(crate) ver: Field<Cow<'t, str>>,
    pub(crate) idtyp: Field<Cow<'t, str>>,
    pub(crate) idp: Field<Cow<'t, str>>,
    /// The JSON text of `acct`, which is a number or a string.
    pub(crate) acct: Option<&'t str>,
    pub(crate) scp: Field<Cow<'t, str>>,
    pub(crate) scope: Field<Cow<'t, str>>,
    pub(crate) roles: Field<List<'t>>,
    pub(crate) groups: Field<List<'t>>,
    pub(crate) wids: Field<List<'t>>,
    pub(crate) acrs: Field<List<'t>>,
    pub(crate) xms_cc: Field<List<'t>>,
    pub(crate) uti: Field<Cow<'t, str>>,
    pub(crate) jti: Field<Cow<'t, str>>,

    pub(crate) overage: Overage,
    pub(crate) markers: Markers,
}

/// Why a payload is not a set of claims; for the developer.
#[derive(Debug)]
pub(crate) struct MalformedClaims(pub(crate) String);

impl<'t> Claims<'t> {
    /// Reads the claims of a decoded payload.
    pub(crate) fn parse(payload: &'t [u8]) -> Result<Self, MalformedClaims> {
        // RFC 8725 section 3.7: UTF-8 only. Checked for the whole text, so that ignored members are checked too.
        let text = str::from_utf8(payload).map_err(|_| MalformedClaims("not UTF-8".to_owned()))?;
        serde_json::from_str(text).map_err(|error| MalformedClaims(error.to_string()))
    }
}

impl<'t> Deserialize<'t> for Claims<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimsVisitor)
    }
}

struct ClaimsVisitor;

impl<'t> Visitor<'t> for ClaimsVisitor {
    type Value = Claims<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object of claims")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut claims = Claims::default();
        let mut seen = Seen::default();
        while let Some(Text(name)) = map.next_key()? {
            // RFC 7519 section 4: claim names must be unique. The decoded name is compared, so that "\u0061ud" is "aud".
            if !seen.first_time(&name) {
                return Err(A::Error::custom(format_args!("the claim {name:?} stands twice")));
            }
            match &*name {
                "iss" => claims.iss = Some(map.next_value::<Text<'t>>()?.0),
                "sub" => claims.sub = Some(map.next_value::<Text<'t>>()?.0),
                "azp" => claims.azp = Some(map.next_value::<Text<'t>>()?.0),
                "appid" => claims.appid = Some(map.next_value::<Text<'t>>()?.0),
                "client_id" => claims.client_id = Some(map.next_value::<Text<'t>>()?.0),
                "aud" => claims.aud = Some(map.next_value()?),
                "exp" => claims.exp = Some(map.next_value::<NumericDate>()?.0),
                "nbf" => claims.nbf = Some(map.next_value::<NumericDate>()?.0),
                "iat" => claims.iat = Some(map.next_value::<NumericDate>()?.0),

                "tid" => claims.tid = map.next_value()?,
                "oid" => claims.oid = map.next_value()?,
                "ver" => claims.ver = map.next_value()?,
                "idtyp" => claims.idtyp = map.next_value()?,
                "idp" => claims.idp = map.next_value()?,
                "acct" => claims.acct = Some(map.next_value::<&'t RawValue>()?.get()),
                "scp" => claims.scp = map.next_value()?,
                "scope" => claims.scope = map.next_value()?,
                "roles" => claims.roles = map.next_value()?,
                "groups" => {
                    let (groups, replaced) = marked_list(map.next_value()?);
                    claims.groups = groups;
                    claims.overage.groups |= replaced;
                }
                "wids" => {
                    let (wids, replaced) = marked_list(map.next_value()?);
                    claims.wids = wids;
                    claims.overage.directory_roles |= replaced;
                }
                "acrs" => claims.acrs = map.next_value()?,
                "xms_cc" => claims.xms_cc = map.next_value()?,
                "uti" => claims.uti = map.next_value()?,
                "jti" => claims.jti = map.next_value()?,

                "hasgroups" => claims.overage.groups |= !is_false(map.next_value::<&'t RawValue>()?),
                "_claim_names" => {
                    let names: ReplacedClaims = map.next_value()?;
                    claims.overage.groups |= names.0.groups;
                    claims.overage.directory_roles |= names.0.directory_roles;
                }

                "nonce" | "at_hash" | "c_hash" => claims.markers.id_token |= present(&mut map)?,
                "cnf" => claims.markers.confirmation |= present(&mut map)?,
                "events" => claims.markers.events |= present(&mut map)?,
                "xms_act_fct" | "xms_sub_fct" => claims.markers.agent |= present(&mut map)?,
                other => {
                    claims.markers.tid_in_other_case |= other.eq_ignore_ascii_case("tid");
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(claims)
    }
}

/// The names that a check or an accessor uses, as a set of bits.
#[derive(Default)]
struct Seen(u64);

impl Seen {
    const NAMES: [&'static str; 33] = [
        "iss",
        "sub",
        "azp",
        "appid",
        "client_id",
        "aud",
        "exp",
        "nbf",
        "iat",
        "tid",
        "oid",
        "ver",
        "idtyp",
        "idp",
        "acct",
        "scp",
        "scope",
        "roles",
        "groups",
        "wids",
        "acrs",
        "xms_cc",
        "uti",
        "jti",
        "hasgroups",
        "_claim_names",
        "nonce",
        "at_hash",
        "c_hash",
        "cnf",
        "events",
        "xms_act_fct",
        "xms_sub_fct",
    ];

    fn first_time(&mut self, name: &str) -> bool {
        let Some(position) = Self::NAMES.iter().position(|known| *known == name) else { return true };
        let bit = 1 << position;
        let first = self.0 & bit == 0;
        self.0 |= bit;
        first
    }
}

fn present<'t, A: MapAccess<'t>>(map: &mut A) -> Result<bool, A::Error> {
    map.next_value::<IgnoredAny>().map(|_| true)
}

/// Entra ID writes `hasgroups` only as true; anything but false is taken for true, since overage refuses.
fn is_false(value: &RawValue) -> bool {
    value.get() == "false"
}

#[cfg(test)]
mod tests;
