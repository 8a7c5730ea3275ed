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

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A claim whose type may not be the expected one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Field<T> {
    /// The token does not state it.
    #[default]
    Absent,
    /// The token states this.
    Is(T),
    /// The claim is there with another type.
    WrongType,
}

/// A list of strings, or the marker string that Entra ID puts in its place when the list is too long.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct List<'t>(pub(crate) Vec<Cow<'t, str>>);

/// Who the token is for: one string or several (RFC 7519 section 4.1.3).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Audiences<'t>(pub(crate) Vec<Cow<'t, str>>);

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
    pub(crate) token_use: Field<Cow<'t, str>>,
    pub(crate) typ: Field<Cow<'t, str>>,

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
                "token_use" => claims.token_use = map.next_value()?,
                "typ" => claims.typ = map.next_value()?,

                "hasgroups" => claims.overage.groups |= !is_false(map.next_value::<&'t RawValue>()?),
                "_claim_names" => {
                    let names: ReplacedClaims = map.next_value()?;
                    claims.overage.groups |= names.0.groups;
                    claims.overage.directory_roles |= names.0.directory_roles;
                }

                "nonce" | "at_hash" | "c_hash" | "s_hash" => claims.markers.id_token |= present(&mut map)?,
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
    const NAMES: [&'static str; 36] = [
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
        "s_hash",
        "token_use",
        "typ",
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

/// Splits a list from the string that Entra ID writes in its place (`"groups": "src1"`).
fn marked_list(value: ListOrMarker<'_>) -> (Field<List<'_>>, bool) {
    match value {
        ListOrMarker::List(list) => (Field::Is(list), false),
        ListOrMarker::Marker => (Field::Absent, true),
        ListOrMarker::WrongType => (Field::WrongType, false),
    }
}

/// A JSON string, borrowed where it has no escapes. (`Cow`'s own `Deserialize` always copies.)
pub(crate) struct Text<'t>(pub(crate) Cow<'t, str>);

impl<'t> Deserialize<'t> for Text<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'t> Visitor<'t> for TextVisitor {
    type Value = Cow<'t, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Seconds since 1970 (RFC 7519 section 2): a JSON number, whose fraction is dropped.
struct NumericDate(i64);

impl<'t> Deserialize<'t> for NumericDate {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        /// Beyond this a double no longer counts single seconds.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let seconds = f64::deserialize(deserializer)?;
        if !(-EXACT..=EXACT).contains(&seconds) {
            return Err(D::Error::custom("a date out of range"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "in range, and the fraction is meant to go")]
        Ok(Self(seconds.floor() as i64))
    }
}

impl<'t> Deserialize<'t> for Audiences<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct AudiencesVisitor;

        impl<'t> Visitor<'t> for AudiencesVisitor {
            type Value = Audiences<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an audience or a list of audiences")
            }

            fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
                Ok(Audiences(vec![Cow::Borrowed(text)]))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Audiences(vec![Cow::Owned(text.to_owned())]))
            }

            fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut audiences = Vec::new();
                while let Some(Text(audience)) = items.next_element()? {
                    audiences.push(audience);
                }
                Ok(Audiences(audiences))
            }
        }

        deserializer.deserialize_any(AudiencesVisitor)
    }
}

/// Any JSON value, of which strings and lists of strings are kept.
enum Loose<'t> {
    Text(Cow<'t, str>),
    List(List<'t>),
    Other,
}

impl<'t> Deserialize<'t> for Loose<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'t> Visitor<'t> for LooseVisitor {
    type Value = Loose<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Some(Vec::new());
        while let Some(item) = items.next_element::<Loose<'t>>()? {
            match (item, &mut list) {
                (Loose::Text(text), Some(list)) => list.push(text),
                _ => list = None,
            }
        }
        Ok(list.map_or(Loose::Other, |list| Loose::List(List(list))))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }
}

impl<'t> Deserialize<'t> for Field<Cow<'t, str>> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Loose::deserialize(deserializer)? {
            Loose::Text(text) => Self::Is(text),
            Loose::List(_) | Loose::Other => Self::WrongType,
        })
    }
}

impl<'t> Deserialize<'t> for Field<List<'t>> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Loose::deserialize(deserializer)? {
            Loose::List(list) => Self::Is(list),
            Loose::Text(_) | Loose::Other => Self::WrongType,
        })
    }
}

/// A list that Entra ID replaces by a string when it is too long.
enum ListOrMarker<'t> {
    List(List<'t>),
    Marker,
    WrongType,
}

impl<'t> Deserialize<'t> for ListOrMarker<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Loose::deserialize(deserializer)? {
            Loose::List(list) => Self::List(list),
            Loose::Text(_) => Self::Marker,
            Loose::Other => Self::WrongType,
        })
    }
}

/// The claims that `_claim_names` says are to be fetched elsewhere. The link itself is never followed.
struct ReplacedClaims(Overage);

impl<'t> Deserialize<'t> for ReplacedClaims {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;

        impl<'t> Visitor<'t> for NamesVisitor {
            type Value = ReplacedClaims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of claim names")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut replaced = Overage::default();
                while let Some(Text(name)) = map.next_key()? {
                    replaced.groups |= name == "groups";
                    replaced.directory_roles |= name == "wids";
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(ReplacedClaims(replaced))
            }
        }

        deserializer.deserialize_map(NamesVisitor)
    }
}

impl<T> Field<T> {
    /// The value, if the token states one of the right type.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::WrongType => None,
        }
    }

    pub(crate) fn is_wrong(&self) -> bool {
        matches!(self, Self::WrongType)
    }
}

impl Field<Cow<'_, str>> {
    /// The text, if the token states one.
    pub(crate) fn text(&self) -> Option<&str> {
        self.value().map(|text| &**text)
    }
}

impl Field<List<'_>> {
    /// The items; none if the token states no list.
    pub(crate) fn items(&self) -> impl Iterator<Item = &str> {
        self.value().into_iter().flat_map(|list| list.0.iter().map(|item| &**item))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Claims<'_>, MalformedClaims> {
        Claims::parse(text.as_bytes())
    }

    #[test]
    fn reads_registered_claims() {
        let claims = parse(r#" {"iss":"i","aud":"a","exp":1893456000.5,"nbf":-3,"sub":"\u0073"} "#).unwrap();
        assert_eq!(claims.iss.as_deref(), Some("i"));
        assert_eq!(claims.aud, Some(Audiences(vec!["a".into()])));
        assert_eq!((claims.exp, claims.nbf, claims.iat), (Some(1_893_456_000), Some(-3), None));
        assert_eq!(claims.sub.as_deref(), Some("s"), "escapes are legal");
    }

    #[test]
    fn borrows_what_has_no_escapes() {
        let claims = parse(r#"{"iss":"i","scp":"a b","roles":["r"]}"#).unwrap();
        assert!(matches!(claims.iss, Some(Cow::Borrowed("i"))));
        assert!(matches!(claims.scp, Field::Is(Cow::Borrowed("a b"))));
        assert!(matches!(claims.roles.value().unwrap().0[..], [Cow::Borrowed("r")]));
    }

    #[test]
    fn every_used_claim_may_stand_once() {
        for name in Seen::NAMES {
            let twice = format!(r#"{{"{name}":0,"{name}":0}}"#);
            assert!(parse(&twice).is_err(), "{name}");
            let first = name.as_bytes()[0];
            let escaped = format!(r#"{{"{name}":"x","\u{first:04x}{}":"x"}}"#, &name[1..]);
            assert!(parse(&escaped).is_err(), "{escaped}");
        }
        assert!(parse(r#"{"unused":1,"unused":2}"#).is_ok());
    }

    #[test]
    fn registered_claims_of_a_wrong_type_refuse_the_token() {
        for name in ["exp", "nbf", "iat"] {
            for value in [r#""9999999999""#, "true", "null", "[]", "{}", "1e300", "1e16", "-1e300"] {
                assert!(parse(&format!(r#"{{"{name}":{value}}}"#)).is_err(), "{name} {value}");
            }
        }
        for name in ["iss", "sub", "azp", "appid", "client_id"] {
            for value in ["7", "true", "null", r#"["x"]"#, "{}"] {
                assert!(parse(&format!(r#"{{"{name}":{value}}}"#)).is_err(), "{name} {value}");
            }
        }
        for value in ["7", "null", "{}", "true", r#"["a",7]"#, r#"[["a"]]"#, "[null]"] {
            assert!(parse(&format!(r#"{{"aud":{value}}}"#)).is_err(), "aud {value}");
        }
        assert_eq!(parse(r#"{"aud":[]}"#).unwrap().aud, Some(Audiences(vec![])));
    }

    #[test]
    fn an_issuers_own_claims_of_a_wrong_type_are_marked() {
        for value in ["7", "7.5", "-7", "true", "null", r#"["x",7]"#, r#"{"a":[{}]}"#, r#"[["x"]]"#] {
            let text = format!(r#"{{"scp":{value},"roles":{value},"tid":{value}}}"#);
            let claims = parse(&text).unwrap();
            assert!(claims.scp.is_wrong() && claims.roles.is_wrong() && claims.tid.is_wrong(), "{value}");
        }
        assert!(parse(r#"{"scp":["weather.read"]}"#).unwrap().scp.is_wrong());
        assert!(parse(r#"{"roles":"Admin"}"#).unwrap().roles.is_wrong());
    }

    #[test]
    fn overage_is_seen_in_each_of_its_forms() {
        for text in [
            r#"{"_claim_names":{"groups":"src1"},"_claim_sources":{"src1":{"endpoint":"https://graph.windows.net/x"}}}"#,
            r#"{"hasgroups":true}"#,
            r#"{"groups":"src1"}"#,
        ] {
            assert!(parse(text).unwrap().overage.groups, "{text}");
        }
        assert!(parse(r#"{"_claim_names":{"wids":"src1"}}"#).unwrap().overage.directory_roles);
        assert!(!parse(r#"{"groups":["g"],"hasgroups":false}"#).unwrap().overage.groups);
    }

    #[test]
    fn tid_in_another_case_is_seen() {
        for name in ["TID", "Tid", "tID"] {
            assert!(parse(&format!(r#"{{"tid":"a","{name}":"b"}}"#)).unwrap().markers.tid_in_other_case);
        }
    }

    #[test]
    fn only_one_object_in_utf_8_is_a_set_of_claims() {
        for text in
            ["", "[]", "null", "\"x\"", "1", "{", "{}{}", "{} x", "{'a':1}", r#"{"a":1,}"#, "{\"a\":NaN}", "\u{feff}{}"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(Claims::parse(b"{\"a\":\"\xff\"}").is_err());
        assert!(parse(r#"{"sub":"\ud800"}"#).is_err(), "a lone surrogate in a used claim");
    }

    #[test]
    fn depth_and_width_of_ignored_claims_harm_nothing() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert!(parse(&deep).is_ok());
        let deep_and_used = format!(r#"{{"roles":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert!(parse(&deep_and_used).is_err());
        let wide: Vec<String> = (0..100_000).map(|n| format!(r#""c{n}":0"#)).collect();
        assert!(parse(&format!(r#"{{{},"sub":"x"}}"#, wide.join(","))).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Claims::parse(&bytes);
        }

        #[test]
        fn any_text_is_read_or_refused(text in r#"\{("(aud|exp|tid|scp|roles|x)":("[a-z\\u0]*"|[0-9.e]*|\[\]|\{\}),?)*\}"#) {
            let _ = Claims::parse(text.as_bytes());
        }
    }
}
