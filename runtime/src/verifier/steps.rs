//! The steps of a verification one by one, for the benchmarks in `benches`. They call what a request calls.

#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "the token of a benchmark is valid")]

use std::hint::black_box;
use std::sync::Arc;

use super::compact::{CompactToken, Decoded};
use super::header::UnverifiedHeader;
use super::known_headers::KnownHeaders;
use super::registered::{self, Window};
use super::token_cache::TokenCache;
use super::{Route, Verifier, read_claims, signature};
use crate::access_token::{AccessToken, Basis};
use crate::bearer::{BearerToken, Credential};
use crate::claims::Claims;
use crate::crypto::SignatureValid;
use crate::keys::{Candidates, KeyQuery, LoadedKeys, Lookup, Now, TokenId};

/// One valid token, and what its verification needs.
#[expect(missing_debug_implementations, reason = "holds a token")]
pub struct Steps<'t> {
    verifier: Verifier,
    field: String,
    token: CompactToken<'t>,
    payload: Decoded,
    known: KnownHeaders,
    cache: TokenCache,
    keys: LoadedKeys,
    verified: AccessToken,
    proof: SignatureValid,
    now: Now,
}

impl<'t> Steps<'t> {
    /// The steps of `token`, whose keys the verifier has. Its issuer is the first of the first authority.
    #[must_use]
    pub fn new(verifier: &Verifier, token: &'t str) -> Self {
        let (compact, field) = (split(token), format!("Bearer {token}"));
        let (header, payload) = (compact.decode_header().ok().unwrap(), compact.decode_payload().ok().unwrap());
        let header = UnverifiedHeader::parse(&header).ok().unwrap();
        let route = verifier.0.routes.first().unwrap();
        let known = KnownHeaders::new();
        known.learn(compact.header, &header);
        let keys = route.keys.load();
        let now = Now::read(&*verifier.0.clock);
        let proof = prove(compact, &header, &keys, now);
        let claims = claims_of(&payload);
        let packed = pack(route, &claims, &payload, token, &proof);
        let cache = TokenCache::new(32 * 1024 * 1024).unwrap();
        cache.insert(packed.shared(), now.unix);
        drop(claims);
        Self {
            verifier: verifier.clone(),
            field,
            token: compact,
            payload,
            known,
            cache,
            keys,
            verified: packed,
            proof,
            now,
        }
    }

    fn token(&self) -> &str {
        self.verified.assertion().expose()
    }

    fn route(&self) -> &Route {
        self.verifier.0.routes.first().unwrap()
    }

    /// Both clocks.
    pub fn read_clocks(&self) {
        black_box(Now::read(&*self.verifier.0.clock));
    }

    /// The credential in the header field.
    pub fn find_credential(&self) {
        black_box(Credential::from_fields([self.field.as_bytes()]).ok());
    }

    /// The bytes of the credential, which are checked where a token is refused.
    pub fn check_bytes(&self) {
        black_box(Credential::from_fields([self.field.as_bytes()]).ok().unwrap().check_bytes().is_ok());
    }

    /// The two dots.
    pub fn split(&self) {
        black_box(split(self.token()));
    }

    /// A header that was seen before.
    pub fn recognise_header(&self) {
        black_box(self.known.load().find(self.token.header).is_some());
    }

    /// A header that was not.
    pub fn read_header(&self) {
        let header = self.token.decode_header().ok().unwrap();
        black_box(UnverifiedHeader::parse(&header).is_ok());
    }

    /// base64url of the claims.
    pub fn decode_claims(&self) {
        black_box(self.token.decode_payload().is_ok());
    }

    /// JSON of the claims.
    pub fn read_claims(&self) {
        black_box(claims_of(&self.payload));
    }

    /// The registered claims and those of the authority, once. Without reading them.
    pub fn check_claims(&self, claims: &BorrowedClaims<'_>) {
        let route = self.route();
        let window = Window { now: self.verified.traits().expires_at - 60, leeway: 60 };
        black_box(registered::check(&claims.0, &route.profile, &route.issuer, window).is_ok());
    }

    /// The claims, for [`check_claims`](Self::check_claims) and [`pack`](Self::pack).
    #[must_use]
    pub fn claims(&self) -> BorrowedClaims<'_> {
        BorrowedClaims(claims_of(&self.payload))
    }

    /// base64url of the signature, the key that a known header names, and the signature.
    pub fn verify_signature(&self) {
        let known = self.known.load();
        black_box(prove(self.token, known.find(self.token.header).unwrap(), &self.keys, self.now));
    }

    /// What the claims state, and the owned token that a handler sees.
    pub fn pack(&self, claims: &BorrowedClaims<'_>) {
        black_box(pack(self.route(), &claims.0, &self.payload, self.token(), &self.proof));
    }

    /// A token in the cache, compared whole.
    pub fn find_in_cache(&self) {
        black_box(self.cache.find(self.token().as_bytes(), None).is_some());
    }

    /// A token that is not in the cache.
    pub fn miss_in_cache(&self) {
        black_box(self.cache.find(self.field.as_bytes().split_last().unwrap().1, None).is_none());
    }

    /// Putting a token into the cache, in the place of itself.
    pub fn insert_into_cache(&self) {
        self.cache.insert(self.verified.shared(), 0);
    }
}

/// The claims of a token.
#[expect(missing_debug_implementations, reason = "holds claims")]
pub struct BorrowedClaims<'p>(Claims<'p>);

fn claims_of(payload: &[u8]) -> Claims<'_> {
    let mut claims = Claims::default();
    read_claims(payload, &mut claims).ok().unwrap();
    claims
}

fn split(token: &str) -> CompactToken<'_> {
    let bearer = BearerToken::from_token(token.as_bytes(), usize::MAX).ok().unwrap();
    CompactToken::split(bearer).ok().unwrap()
}

fn prove(token: CompactToken<'_>, header: &UnverifiedHeader<'_>, keys: &LoadedKeys, now: Now) -> SignatureValid {
    let (kid, x5t) = (header.kid.as_deref(), header.x5t.as_deref());
    let query = KeyQuery { kid, x5t, algorithm: header.algorithm, signed_by: i64::MAX, token: TokenId::Text(b"") };
    let candidates = match keys.find(&query, now) {
        Lookup::Found(candidates) => candidates,
        _ => Candidates::default(),
    };
    signature::verify(token, header, candidates, |_| Ok(())).ok().unwrap().1
}

fn pack(route: &Route, claims: &Claims<'_>, payload: &[u8], token: &str, proof: &SignatureValid) -> AccessToken {
    let facts = route.profile.facts(claims, payload).ok().unwrap();
    let current = registered::current(claims, 60);
    let basis = Basis { authority: None, route: 0, keys: None, current, is_cached: true };
    AccessToken::from_verified(proof, token.as_bytes(), &facts, Arc::clone(&route.grantor), basis)
}
