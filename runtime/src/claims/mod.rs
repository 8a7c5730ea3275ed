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
//! 6. There are no more than 2,560 members and items.

mod name;
mod values;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use self::name::{Name, Seen};
pub(crate) use self::values::{Audiences, Field, List, Loose, Text};
use self::values::{NumericDate, ReplacedClaims, marked_list};
use crate::json_parts::check_parts;

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
    /// `nonce`, `at_hash`, `c_hash` or `s_hash`: an ID token (OpenID Connect Core section 2, FAPI 1.0 part 2).
    pub(crate) id_token: bool,
    /// `at_hash`, `c_hash` or `s_hash`, which say so even where access tokens may have a `nonce`.
    pub(crate) id_token_hash: bool,
    /// `cnf`: bound to a key or certificate (RFC 7800).
    pub(crate) confirmation: bool,
    /// `events`: a logout token or a security event (RFC 8417).
    pub(crate) events: bool,
    /// `xms_act_fct` or `xms_sub_fct`: the token may be an agent's.
    pub(crate) facets: bool,
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
    pub(crate) xms_act_fct: Field<Cow<'t, str>>,
    /// The user flow of Azure AD B2C.
    pub(crate) tfp: Field<Cow<'t, str>>,
    pub(crate) acr: Field<Cow<'t, str>>,
    pub(crate) uti: Field<Cow<'t, str>>,
    pub(crate) jti: Field<Cow<'t, str>>,
    pub(crate) token_use: Field<Cow<'t, str>>,
    pub(crate) typ: Field<Cow<'t, str>>,

    pub(crate) overage: Overage,
    pub(crate) markers: Markers,
}

/// Why a payload is not a set of claims; for the developer.
#[derive(Debug)]
pub(crate) struct MalformedClaims(pub(crate) String);

impl<'t> Claims<'t> {
    /// The claims of a decoded payload.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn parse(payload: &'t [u8]) -> Result<Self, MalformedClaims> {
        let mut claims = Self::default();
        claims.read(payload).map(|()| claims)
    }

    /// Reads the claims of a decoded payload into `self`, which was empty: they are too many to be moved about. What is
    /// there after an error is nothing.
    pub(crate) fn read(&mut self, payload: &'t [u8]) -> Result<(), MalformedClaims> {
        check_parts(payload).map_err(|too_many| MalformedClaims(too_many.to_string()))?;
        // RFC 8725 section 3.7: UTF-8 only. Checked for the whole text, so that ignored members are checked too.
        let text = str::from_utf8(payload).map_err(|_| MalformedClaims("not UTF-8".to_owned()))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        (deserializer.deserialize_map(ClaimsVisitor(self)))
            .and_then(|()| deserializer.end())
            .map_err(|error| MalformedClaims(error.to_string()))
    }
}

struct ClaimsVisitor<'c, 't>(&'c mut Claims<'t>);

impl<'t> Visitor<'t> for ClaimsVisitor<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object of claims")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let claims = self.0;
        let mut seen = Seen::default();
        while let Some(name) = map.next_key::<Name>()? {
            // RFC 7519 section 4: claim names must be unique.
            if !seen.first_time(name) {
                return Err(A::Error::custom(format_args!("the claim {} stands twice", name.text())));
            }
            match name {
                Name::Iss => claims.iss = Some(map.next_value::<Text<'t>>()?.0),
                Name::Sub => claims.sub = Some(map.next_value::<Text<'t>>()?.0),
                Name::Azp => claims.azp = Some(map.next_value::<Text<'t>>()?.0),
                Name::Appid => claims.appid = Some(map.next_value::<Text<'t>>()?.0),
                Name::ClientId => claims.client_id = Some(map.next_value::<Text<'t>>()?.0),
                Name::Aud => claims.aud = Some(map.next_value()?),
                Name::Exp => claims.exp = Some(map.next_value::<NumericDate>()?.0),
                Name::Nbf => claims.nbf = Some(map.next_value::<NumericDate>()?.0),
                Name::Iat => claims.iat = Some(map.next_value::<NumericDate>()?.0),

                Name::Tid => claims.tid = map.next_value()?,
                Name::Oid => claims.oid = map.next_value()?,
                Name::Ver => claims.ver = map.next_value()?,
                Name::Idtyp => claims.idtyp = map.next_value()?,
                Name::Idp => claims.idp = map.next_value()?,
                Name::Acct => claims.acct = Some(map.next_value::<&'t RawValue>()?.get()),
                Name::Scp => claims.scp = map.next_value()?,
                Name::Scope => claims.scope = map.next_value()?,
                Name::Roles => claims.roles = map.next_value()?,
                Name::Groups => {
                    let (groups, replaced) = marked_list(map.next_value()?);
                    claims.groups = groups;
                    claims.overage.groups |= replaced;
                }
                Name::Wids => {
                    let (wids, replaced) = marked_list(map.next_value()?);
                    claims.wids = wids;
                    claims.overage.directory_roles |= replaced;
                }
                Name::Acrs => claims.acrs = map.next_value()?,
                Name::XmsCc => claims.xms_cc = map.next_value()?,
                Name::Tfp => claims.tfp = map.next_value()?,
                Name::Acr => claims.acr = map.next_value()?,
                Name::Uti => claims.uti = map.next_value()?,
                Name::Jti => claims.jti = map.next_value()?,

                Name::Hasgroups => claims.overage.groups |= !is_false(map.next_value::<&'t RawValue>()?),
                Name::ClaimNames => {
                    let names: ReplacedClaims = map.next_value()?;
                    claims.overage.groups |= names.0.groups;
                    claims.overage.directory_roles |= names.0.directory_roles;
                }

                Name::TokenUse => claims.token_use = map.next_value()?,
                Name::Typ => claims.typ = map.next_value()?,
                Name::Nonce => claims.markers.id_token |= present(&mut map)?,
                Name::AtHash | Name::CHash | Name::SHash => {
                    claims.markers.id_token_hash |= present(&mut map)?;
                    claims.markers.id_token = true;
                }
                Name::Cnf => claims.markers.confirmation |= present(&mut map)?,
                Name::Events => claims.markers.events |= present(&mut map)?,
                Name::XmsActFct => {
                    claims.markers.facets = true;
                    claims.xms_act_fct = map.next_value()?;
                }
                Name::XmsSubFct => claims.markers.facets |= present(&mut map)?,
                Name::TidInOtherCase => claims.markers.tid_in_other_case |= present(&mut map)?,
                Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
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
