//! The JOSE header, read before anything is verified.
//!
//! What it says is used for two things only: to look a key up, and to refuse. It never brings a key along: `jwk`,
//! `jku`, `x5u` and `x5c` are ignored, and nothing is fetched because a token names it (RFC 8725 section 3.10).

use std::borrow::Cow;
use std::fmt;

use jsonwebtoken::Algorithm;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};

use crate::checks::{Check, FirstRefusal, Outcomes};
use crate::claims::Text;
use crate::error::{AuthError, Reason, quoted};
use crate::json_parts::check_parts;

/// What an unverified JOSE header says.
#[derive(Debug)]
pub(crate) struct UnverifiedHeader<'t> {
    pub(crate) algorithm: Algorithm,
    /// `typ` names an access token of RFC 9068.
    pub(crate) at_jwt: bool,
    pub(crate) kid: Option<Cow<'t, str>>,
    pub(crate) x5t: Option<Cow<'t, str>>,
}

impl<'t> UnverifiedHeader<'t> {
    /// Reads a decoded header and refuses what no access token has.
    pub(crate) fn parse(text: &'t [u8]) -> Result<Self, AuthError> {
        let members = Members::read(text)?;
        let algorithm = members.check(&mut FirstRefusal)?.ok_or(Reason::Algorithm)?;
        Ok(Self { algorithm, at_jwt: members.is_at_jwt(), kid: members.kid, x5t: members.x5t })
    }
}

/// The members of a header that mean something here.
#[derive(Default)]
pub(super) struct Members<'t> {
    pub(super) alg: Option<Cow<'t, str>>,
    pub(super) kid: Option<Cow<'t, str>>,
    pub(super) typ: Option<Cow<'t, str>>,
    cty: Option<Cow<'t, str>>,
    pub(super) x5t: Option<Cow<'t, str>>,
    crit: bool,
    unencoded: bool,
    nonce: bool,
}

impl<'t> Members<'t> {
    /// Reads a decoded header as far as it can be read.
    pub(super) fn read(text: &'t [u8]) -> Result<Self, AuthError> {
        let malformed = |evidence: String| AuthError::new(Reason::Header).with_evidence(evidence);
        check_parts(text).map_err(|too_many| malformed(too_many.to_string()))?;
        let text = str::from_utf8(text).map_err(|_| malformed("the header is not UTF-8".to_owned()))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        serde::Deserializer::deserialize_map(&mut deserializer, HeaderVisitor)
            .and_then(|members| deserializer.end().map(|()| members))
            .map_err(|error| malformed(error.to_string()))
    }

    /// Refuses what no access token has. The algorithm is there if nothing is wrong with it.
    pub(super) fn check(&self, outcomes: &mut impl Outcomes) -> Result<Option<Algorithm>, AuthError> {
        outcomes.add(Check::Header, self.extensions())?;
        outcomes.add(Check::Type, self.token_type())?;
        let algorithm = match self.algorithm() {
            Ok(algorithm) => {
                outcomes.add(Check::Algorithm, Ok(()))?;
                Some(algorithm)
            }
            Err(refusal) => {
                outcomes.add(Check::Algorithm, Err(refusal))?;
                None
            }
        };
        outcomes.add(Check::Kind, self.not_for_graph())?;
        Ok(algorithm)
    }

    /// Whether `typ` names an access token of RFC 9068.
    pub(super) fn is_at_jwt(&self) -> bool {
        self.typ.as_deref().is_some_and(|typ| media_type_is(typ, "at+jwt"))
    }

    fn extensions(&self) -> Result<(), AuthError> {
        let refused = |evidence: &str| Err(AuthError::new(Reason::Header).with_evidence(evidence));
        // RFC 7515 section 4.1.11: what crit lists must be understood, and no extension is understood here. An empty
        // list, or a name of the base specification, is invalid anyway.
        if self.crit {
            return refused("the header has crit");
        }
        // RFC 7797 section 7: an unencoded payload must not be used with JWTs.
        if self.unencoded {
            return refused("the header has b64");
        }
        // RFC 7519 section 5.2: cty JWT marks a nested token.
        if self.cty.as_deref().is_some_and(|cty| media_type_is(cty, "jwt")) {
            return refused("the token is nested: cty is JWT");
        }
        Ok(())
    }

    fn token_type(&self) -> Result<(), AuthError> {
        // RFC 8725 section 3.11: explicit typing. Entra ID writes JWT, RFC 9068 at+jwt; the absent typ states nothing.
        if let Some(typ) = self.typ.as_deref()
            && !media_type_is(typ, "jwt")
            && !media_type_is(typ, "at+jwt")
        {
            return Err(AuthError::new(Reason::TokenType).with_evidence(format!("typ is {}", quoted(typ))));
        }
        Ok(())
    }

    fn algorithm(&self) -> Result<Algorithm, AuthError> {
        // RFC 7515 section 4.1.1: alg must be there; it is compared with case (RFC 8725bis section 2.11: "noNE").
        let Some(alg) = self.alg.as_deref() else {
            return Err(AuthError::new(Reason::Header).with_evidence("the header has no alg"));
        };
        public_key_algorithm(alg)
            .ok_or_else(|| AuthError::new(Reason::Algorithm).with_evidence(format!("alg is {}", quoted(alg))))
    }

    fn not_for_graph(&self) -> Result<(), AuthError> {
        // Tokens for Microsoft Graph have a nonce in the header and cannot be verified by anyone else
        // (https://learn.microsoft.com/entra/identity-platform/access-tokens, "Validate tokens").
        if self.nonce {
            return Err(AuthError::new(Reason::GraphToken).with_evidence("the header has nonce"));
        }
        Ok(())
    }
}

/// The algorithm of a name, if it is one whose keys are public. There is no way to name `none` or HMAC from here on.
pub(crate) fn public_key_algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        // RFC 9864 gives Ed25519 its own name.
        "EdDSA" | "Ed25519" => Algorithm::EdDSA,
        _ => return None,
    })
}

/// RFC 7515 section 4.1.9: `application/` may be left out, and media types are compared without case.
fn media_type_is(value: &str, subtype: &str) -> bool {
    let name = match value.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => value,
    };
    name.eq_ignore_ascii_case(subtype)
}

struct HeaderVisitor;

impl<'t> Visitor<'t> for HeaderVisitor {
    type Value = Members<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        /// Real headers have three to six members; the bound keeps the search for duplicates cheap.
        const MOST_MEMBERS: usize = 32;
        let mut members = Members::default();
        let mut names: Vec<Cow<'t, str>> = Vec::with_capacity(4);
        while let Some(Text(name)) = map.next_key()? {
            // RFC 7515 section 4: names must be unique.
            if names.contains(&name) {
                return Err(A::Error::custom(format_args!("the header member {name:?} stands twice")));
            }
            if names.len() == MOST_MEMBERS {
                return Err(A::Error::custom("the header has too many members"));
            }
            match &*name {
                "alg" => members.alg = Some(map.next_value::<Text<'t>>()?.0),
                "kid" => members.kid = Some(map.next_value::<Text<'t>>()?.0),
                "typ" => members.typ = Some(map.next_value::<Text<'t>>()?.0),
                "cty" => members.cty = Some(map.next_value::<Text<'t>>()?.0),
                "x5t" => members.x5t = Some(map.next_value::<Text<'t>>()?.0),
                "crit" => members.crit = map.next_value::<IgnoredAny>().map(|_| true)?,
                "b64" => members.unencoded = map.next_value::<IgnoredAny>().map(|_| true)?,
                "nonce" => members.nonce = map.next_value::<IgnoredAny>().map(|_| true)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            names.push(name);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<UnverifiedHeader<'_>, Reason> {
        UnverifiedHeader::parse(text.as_bytes()).map_err(|error| error.reason())
    }

    #[test]
    fn reads_the_headers_of_entra_and_rfc_9068() {
        let header = parse(r#" { "typ" : "JWT", "alg":"RS256","x5t":"t","kid":"k" } "#).unwrap();
        assert_eq!(header.algorithm, Algorithm::RS256);
        assert_eq!((header.kid.as_deref(), header.x5t.as_deref()), (Some("k"), Some("t")));
        for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "APPLICATION/at+JWT", "application/jwt"] {
            assert!(parse(&format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#)).is_ok(), "{typ}");
        }
        assert!(parse(r#"{"alg":"RS256"}"#).is_ok(), "an absent typ states nothing");
        for (typ, at_jwt) in
            [("at+jwt", true), ("application/AT+JWT", true), ("JWT", false), ("application/jwt", false)]
        {
            assert_eq!(parse(&format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#)).unwrap().at_jwt, at_jwt, "{typ}");
        }
        assert!(!parse(r#"{"alg":"RS256"}"#).unwrap().at_jwt);
        assert!(parse(r#"{"alg":"RS256","jku":"https://evil.example","jwk":{},"x5c":[1],"zzz":null}"#).is_ok());
    }

    #[test]
    fn refuses_other_kinds_of_token() {
        // Before `jwt`, the last one has as many letters as `application/`.
        for typ in [
            "dpop+jwt",
            "logout+jwt",
            "secevent+jwt",
            "JOSE",
            "",
            "application/",
            "jwt ",
            "xapplication/jwt",
            "text/x-tokenjwt",
        ] {
            assert_eq!(parse(&format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#)).unwrap_err(), Reason::TokenType, "{typ}");
        }
        assert_eq!(parse(r#"{"alg":"RS256","typ":7}"#).unwrap_err(), Reason::Header);
    }

    #[test]
    fn each_algorithm_has_its_own_name() {
        for (name, algorithm) in [
            ("RS256", Algorithm::RS256),
            ("RS384", Algorithm::RS384),
            ("RS512", Algorithm::RS512),
            ("PS256", Algorithm::PS256),
            ("PS384", Algorithm::PS384),
            ("PS512", Algorithm::PS512),
            ("ES256", Algorithm::ES256),
            ("ES384", Algorithm::ES384),
            ("EdDSA", Algorithm::EdDSA),
            ("Ed25519", Algorithm::EdDSA),
        ] {
            assert_eq!(parse(&format!(r#"{{"alg":"{name}"}}"#)).unwrap().algorithm, algorithm, "{name}");
        }
    }

    #[test]
    fn names_of_no_signature_cannot_be_expressed() {
        for alg in
            ["none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "rs256", "ES256K", "RSA1_5", "", " RS256"]
        {
            assert_eq!(parse(&format!(r#"{{"alg":"{alg}"}}"#)).unwrap_err(), Reason::Algorithm, "{alg}");
        }
        for alg in ["null", "7", "[\"RS256\"]", "{}", "true"] {
            assert_eq!(parse(&format!(r#"{{"alg":{alg}}}"#)).unwrap_err(), Reason::Header, "{alg}");
        }
        assert_eq!(parse("{}").unwrap_err(), Reason::Header);
        assert_eq!(parse(r#"{"alg":"Ed25519"}"#).unwrap().algorithm, Algorithm::EdDSA);
    }

    #[test]
    fn refuses_extensions_duplicates_and_wrong_types() {
        for member in [
            r#""crit":["exp"]"#,
            r#""crit":[]"#,
            r#""crit":"b64""#,
            r#""b64":false"#,
            r#""b64":true"#,
            r#""cty":"JWT""#,
            r#""cty":"application/jwt""#,
            r#""kid":7"#,
            r#""kid":null"#,
            r#""x5t":[]"#,
            r#""alg":"RS256""#,
            r#""\u0061lg":"RS256""#,
            r#""z":1,"z":1"#,
        ] {
            assert_eq!(parse(&format!(r#"{{"alg":"RS256",{member}}}"#)).unwrap_err(), Reason::Header, "{member}");
        }
        for text in ["", "[]", "null", "1", "\"x\"", r#"{"alg":"RS256"}{}"#, r#"{"alg":"RS256",}"#, "\u{feff}{}"] {
            assert_eq!(parse(text).unwrap_err(), Reason::Header, "{text}");
        }
        let many = |members| (0..members).map(|n| format!(r#""m{n}":0"#)).collect::<Vec<_>>().join(",");
        assert!(parse(&format!(r#"{{"alg":"RS256",{}}}"#, many(31))).is_ok());
        assert_eq!(parse(&format!(r#"{{"alg":"RS256",{}}}"#, many(32))).unwrap_err(), Reason::Header);
    }

    #[test]
    fn a_malformed_header_is_told_with_what_it_should_be() {
        for (text, expected) in [
            ("[]", "a JOSE header object"),
            (r#"{"kid":7}"#, "a string"),
            (r#"{"z":1,"z":1}"#, r#"the header member "z" stands twice"#),
        ] {
            let refusal = UnverifiedHeader::parse(text.as_bytes()).unwrap_err();
            assert!(refusal.evidence().unwrap().contains(expected), "{text}: {refusal:?}");
        }
    }

    #[test]
    fn a_nonce_says_that_the_token_is_for_graph() {
        assert_eq!(parse(r#"{"alg":"RS256","nonce":"AQAB"}"#).unwrap_err(), Reason::GraphToken);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = UnverifiedHeader::parse(&bytes);
        }
    }
}
