//! The names of claims, recognised once each.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

/// One line per claim that a check or an accessor uses.
macro_rules! names {
    ($($name:ident = $text:literal,)+) => {
        /// The name of a claim.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name {
            $($name,)+
            /// `tid` in another case.
            TidInOtherCase,
            /// One that nothing here uses.
            Other,
        }

        impl Name {
            /// Every name that is used.
            #[cfg(test)]
            pub(super) const USED: &'static [&'static str] = &[$($text,)+];

            /// Names are compared exactly (RFC 7519 section 4).
            fn of(text: &str) -> Self {
                match text {
                    $($text => Self::$name,)+
                    _ if text.eq_ignore_ascii_case("tid") => Self::TidInOtherCase,
                    _ => Self::Other,
                }
            }

            pub(super) fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                    Self::TidInOtherCase | Self::Other => "",
                }
            }
        }
    };
}

names! {
    Iss = "iss",
    Sub = "sub",
    Aud = "aud",
    Exp = "exp",
    Nbf = "nbf",
    Iat = "iat",
    Jti = "jti",
    Azp = "azp",
    Appid = "appid",
    ClientId = "client_id",

    Tid = "tid",
    Oid = "oid",
    Ver = "ver",
    Uti = "uti",
    Idtyp = "idtyp",
    Idp = "idp",
    Acct = "acct",
    Scp = "scp",
    Scope = "scope",
    Roles = "roles",
    Groups = "groups",
    Wids = "wids",
    Tfp = "tfp",
    Acr = "acr",
    Acrs = "acrs",
    XmsCc = "xms_cc",
    Hasgroups = "hasgroups",
    ClaimNames = "_claim_names",

    Nonce = "nonce",
    AtHash = "at_hash",
    CHash = "c_hash",
    SHash = "s_hash",
    TokenUse = "token_use",
    Typ = "typ",
    Cnf = "cnf",
    Events = "events",
    XmsActFct = "xms_act_fct",
    XmsSubFct = "xms_sub_fct",
}

impl<'t> Deserialize<'t> for Name {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a claim")
            }

            // The decoded name, so that "\u0061ud" is "aud".
            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(Name::of(text))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

/// The names that were seen, as a set of bits.
#[derive(Default)]
pub(super) struct Seen(u64);

impl Seen {
    /// Whether a name stands for the first time. Those that nothing uses may stand as often as they like.
    pub(super) fn first_time(&mut self, name: Name) -> bool {
        if matches!(name, Name::TidInOtherCase | Name::Other) {
            return true;
        }
        let bit = 1 << name as u32;
        let first = self.0 & bit == 0;
        self.0 |= bit;
        first
    }
}
