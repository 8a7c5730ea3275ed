//! The names of claims, recognised once each.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

/// One line per claim that a check or an accessor uses.
macro_rules! names {
    ($($name:ident = $bytes:literal,)+) => {
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
            pub(super) const USED: &'static [&'static str] = &[$(str_of($bytes),)+];

            /// Names are compared exactly (RFC 7519 section 4). As bytes, of which the compiler makes a tree of decisions.
            fn of(text: &str) -> Self {
                match text.as_bytes() {
                    $($bytes => Self::$name,)+
                    _ if text.eq_ignore_ascii_case("tid") => Self::TidInOtherCase,
                    _ => Self::Other,
                }
            }

            pub(super) fn text(self) -> &'static str {
                match self {
                    $(Self::$name => const { str_of($bytes) },)+
                    Self::TidInOtherCase | Self::Other => "",
                }
            }
        }
    };
}

names! {
    Iss = b"iss",
    Sub = b"sub",
    Aud = b"aud",
    Exp = b"exp",
    Nbf = b"nbf",
    Iat = b"iat",
    Jti = b"jti",
    Azp = b"azp",
    Appid = b"appid",
    ClientId = b"client_id",

    Tid = b"tid",
    Oid = b"oid",
    Ver = b"ver",
    Uti = b"uti",
    Idtyp = b"idtyp",
    Idp = b"idp",
    Acct = b"acct",
    Scp = b"scp",
    Scope = b"scope",
    Roles = b"roles",
    Groups = b"groups",
    Wids = b"wids",
    Tfp = b"tfp",
    Acr = b"acr",
    Acrs = b"acrs",
    XmsCc = b"xms_cc",
    Hasgroups = b"hasgroups",
    ClaimNames = b"_claim_names",

    Nonce = b"nonce",
    AtHash = b"at_hash",
    CHash = b"c_hash",
    SHash = b"s_hash",
    TokenUse = b"token_use",
    Typ = b"typ",
    Cnf = b"cnf",
    Events = b"events",
    XmsActFct = b"xms_act_fct",
    XmsSubFct = b"xms_sub_fct",
}

/// Names are plain ASCII.
const fn str_of(bytes: &'static [u8]) -> &'static str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
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
