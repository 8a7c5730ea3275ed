//! Headers that were seen before, recognised whole.
//!
//! All tokens of one key have the same header, byte for byte. What it says was read once; equal bytes say the same, so
//! that nothing about a token is decided here. Only headers of verified tokens are learned: nobody else can fill the list.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::header::UnverifiedHeader;

/// The headers that were learned. Reading takes no lock.
pub(super) struct KnownHeaders(ArcSwap<Vec<KnownHeader>>);

#[derive(Clone)]
struct KnownHeader {
    /// As it stands in the token, encoded.
    text: Arc<[u8]>,
    header: Arc<UnverifiedHeader<'static>>,
}

/// The list at one moment.
pub(super) struct Loaded(Guard<Arc<Vec<KnownHeader>>>);

impl KnownHeaders {
    /// An issuer signs with one to three keys at a time, and writes one or two headers with each.
    const MOST: usize = 32;

    pub(super) fn new() -> Self {
        Self(ArcSwap::from_pointee(Vec::new()))
    }

    pub(super) fn load(&self) -> Loaded {
        Loaded(self.0.load())
    }

    /// Learns the header of a token that was verified. When the list is full it begins anew: what is still in use comes
    /// back with its next token.
    pub(super) fn learn(&self, text: &[u8], header: &UnverifiedHeader<'_>) {
        self.0.rcu(|known| {
            if known.iter().any(|known| *known.text == *text) {
                return Arc::clone(known);
            }
            let mut next = if known.len() < Self::MOST { Vec::clone(known) } else { Vec::new() };
            next.push(KnownHeader { text: text.into(), header: Arc::new(header.to_owned()) });
            Arc::new(next)
        });
    }
}

impl Loaded {
    /// What the header with exactly this text says.
    pub(super) fn find(&self, text: &[u8]) -> Option<&UnverifiedHeader<'_>> {
        self.0.iter().find(|known| *known.text == *text).map(|known| &*known.header)
    }
}

impl UnverifiedHeader<'_> {
    /// The same, free of the token.
    fn to_owned(&self) -> UnverifiedHeader<'static> {
        let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(|text| Cow::Owned(text.to_owned()));
        UnverifiedHeader { algorithm: self.algorithm, at_jwt: self.at_jwt, kid: text(&self.kid), x5t: text(&self.x5t) }
    }
}

impl fmt::Debug for KnownHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownHeaders").field("known", &self.0.load().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kid: &str) -> Vec<u8> {
        format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}}"#).into_bytes()
    }

    #[test]
    fn equal_texts_are_recognised_and_no_others() {
        let known = KnownHeaders::new();
        let text = header("a");
        known.learn(b"the text", &UnverifiedHeader::parse(&text).unwrap());
        let loaded = known.load();
        let found = loaded.find(b"the text").unwrap();
        assert_eq!((found.kid.as_deref(), found.at_jwt), (Some("a"), true));
        for other in ["", "the tex", "the textt", "The text"] {
            assert!(loaded.find(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn the_list_is_bounded_and_learns_on() {
        let known = KnownHeaders::new();
        for number in 0..1_000 {
            let text = header(&number.to_string());
            known.learn(number.to_string().as_bytes(), &UnverifiedHeader::parse(&text).unwrap());
            assert!(known.load().find(number.to_string().as_bytes()).is_some(), "{number}");
            assert!(known.0.load().len() <= KnownHeaders::MOST);
        }
    }

    #[test]
    fn a_header_is_learned_once() {
        let known = KnownHeaders::new();
        let text = header("a");
        for _ in 0..3 {
            known.learn(b"t", &UnverifiedHeader::parse(&text).unwrap());
        }
        assert_eq!(known.0.load().len(), 1);
    }
}
