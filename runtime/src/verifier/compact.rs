//! The compact serialization: three base64url parts (RFC 7515 section 7.1).

use std::cell::RefCell;
use std::ops::Deref;

use memchr::{memchr, memchr_iter, memrchr};

use crate::base64url;
use crate::bearer::BearerToken;
use crate::error::{AuthError, Reason};

/// A token split at its two dots. Nothing is decoded yet.
#[derive(Clone, Copy)]
pub(crate) struct CompactToken<'t> {
    /// Header and payload with the dot between them: what the signature covers.
    pub(crate) signed_text: &'t [u8],
    /// The header as it is written. Equal texts are equal headers.
    pub(crate) header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
}

impl<'t> CompactToken<'t> {
    /// Splits a token. Looks at no more dots than decide, however many there are.
    pub(crate) fn split(token: BearerToken<'t>) -> Result<Self, AuthError> {
        let text = token.as_bytes();
        let (first, last) = memchr(b'.', text).zip(memrchr(b'.', text)).ok_or_else(|| not_three_parts(text))?;
        let payload = text.get(first + 1..last).filter(|between| memchr(b'.', between).is_none());
        let payload = payload.ok_or_else(|| not_three_parts(text))?;
        let header = text.get(..first).unwrap_or_default();
        let signature = text.get(last + 1..).unwrap_or_default();
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(malformed("a part is empty"));
        }
        Ok(Self { signed_text: text.get(..last).unwrap_or_default(), header, payload, signature })
    }

    pub(crate) fn decode_header(&self) -> Result<Decoded, AuthError> {
        Decoded::new(self.header, "the header")
    }

    pub(crate) fn decode_payload(&self) -> Result<Decoded, AuthError> {
        Decoded::new(self.payload, "the payload")
    }

    pub(crate) fn decode_signature(&self) -> Result<Decoded, AuthError> {
        Decoded::new(self.signature, "the signature")
    }
}

/// A decoded part, in a buffer that goes from token to token: once a thread is warm, decoding needs no memory.
pub(crate) struct Decoded(Vec<u8>);

thread_local! {
    /// As many as a token with a header seen before needs at a time.
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

impl Decoded {
    /// The payload and the signature of one token.
    const MOST_BUFFERS: usize = 2;
    /// A larger one goes back to the system.
    const MOST_BYTES: usize = 16 * 1024;

    fn new(part: &[u8], name: &str) -> Result<Self, AuthError> {
        let kept = BUFFERS.try_with(|buffers| buffers.borrow_mut().pop());
        let mut decoded = Self(kept.ok().flatten().unwrap_or_default());
        base64url::decode_into(part, &mut decoded.0).map_err(|error| malformed(&format!("{name} is {error}")))?;
        Ok(decoded)
    }
}

impl Deref for Decoded {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Decoded {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        if buffer.capacity() <= Self::MOST_BYTES {
            buffer.clear();
            // A thread that ends keeps nothing.
            let _ = BUFFERS.try_with(|buffers| {
                let mut buffers = buffers.borrow_mut();
                if buffers.len() < Self::MOST_BUFFERS {
                    buffers.push(buffer);
                }
            });
        }
    }
}

fn not_three_parts(text: &[u8]) -> AuthError {
    // RFC 7516 section 7.1: five parts are a JWE.
    if memchr_iter(b'.', text).take(5).count() == 4 {
        return AuthError::new(Reason::Encrypted).with_evidence("the token has five parts");
    }
    malformed("the token does not have three parts")
}

fn malformed(evidence: &str) -> AuthError {
    AuthError::new(Reason::Format).with_evidence(evidence)
}

/// Shows no token.
impl std::fmt::Debug for CompactToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CompactToken(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Result<(), Reason> {
        let token = BearerToken::from_token(text.as_bytes(), usize::MAX).unwrap();
        let token = CompactToken::split(token).map_err(|error| error.reason())?;
        token
            .decode_header()
            .and(token.decode_payload())
            .and(token.decode_signature())
            .map_err(|error| error.reason())?;
        Ok(())
    }

    #[test]
    fn three_strict_base64url_parts() {
        assert_eq!(split("e30.e30.AA"), Ok(()));
        for text in [
            "",
            "e30",
            "e30.e30",
            "e30.e30.AA.AA",
            "e30.e30.AA.AA.AA.AA",
            "..",
            ".e30.AA",
            "e30..AA",
            "e30.e30.",
            "e30=.e30.AA",
            "e30.e30.AA==",
            "e3+.e30.AA",
            "e3/.e30.AA",
            "e30.e30.A",
            "e30.e30.AAAAA",
            "e30.e30.AB",
            "e30. e30.AA",
            "e30.e30.AA\n",
            "{}.e30.AA",
        ] {
            assert_eq!(split(text), Err(Reason::Format), "{text:?}");
        }
    }

    #[test]
    fn five_parts_are_an_encrypted_token() {
        assert_eq!(split("e30.AA.AA.AA.AA"), Err(Reason::Encrypted));
        assert_eq!(split("e30....AA"), Err(Reason::Encrypted));
    }

    #[test]
    fn each_part_is_what_stands_between_its_dots() {
        let token = CompactToken::split(BearerToken::from_token(b"YQ.YmI.Y2Nj", usize::MAX).unwrap()).unwrap();
        assert_eq!((token.signed_text, token.header), (&b"YQ.YmI"[..], &b"YQ"[..]));
        assert_eq!(&*token.decode_header().unwrap(), b"a");
        assert_eq!(&*token.decode_payload().unwrap(), b"bb");
        assert_eq!(&*token.decode_signature().unwrap(), b"ccc");
    }

    #[test]
    fn debug_shows_no_token() {
        let token = CompactToken::split(BearerToken::from_token(b"e30.e30.AA", usize::MAX).unwrap()).unwrap();
        assert_eq!(format!("{token:?}"), "CompactToken(redacted)");
    }

    /// On a thread of its own, whose buffers no other test has touched.
    #[test]
    fn a_thread_keeps_two_buffers_and_no_large_one() {
        let kept = || BUFFERS.with_borrow(|buffers| buffers.iter().map(Vec::capacity).collect::<Vec<_>>());
        std::thread::spawn(move || {
            let decode = |bytes: usize| Decoded::new(&b"A".repeat(bytes / 3 * 4), "it").unwrap();
            drop([decode(300), decode(300), decode(300)]);
            assert_eq!(kept().len(), 2);
            let reused = decode(300);
            assert_eq!(kept().len(), 1);
            drop((reused, decode(6_000)));
            assert_eq!(kept().len(), 2, "as large as a token");
            drop([decode(60_000), decode(60_000)]);
            assert_eq!(kept(), [0; 0], "too large to be kept");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn millions_of_dots_cost_no_more_than_six() {
        assert_eq!(split(&".".repeat(5_000_000)), Err(Reason::Format));
    }
}
