//! The whole check of a request once more, written to be read: `jsonwebtoken` for the signature, `serde_json`, and the
//! documented rules in their order. No cache, nothing learned, nothing borrowed, nothing fast.
//!
//! It knows one tenant of Entra ID, whose tokens have version 1.0 or 2.0, and plain OpenID providers. [`play`] sends the
//! same requests to it and to the library; `tests/fast_path.rs` and the fuzz target `fast_path` run that.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is test code, which says what it expects by failing at once"
)]

mod bearer;
mod claims;
mod header;
mod json;
pub mod keys;
pub mod play;
mod profile;

use jsonwebtoken::Algorithm;
use requires_auth::Reason;

use self::claims::Claims;
use self::header::Header;
use self::keys::{Keys, Now};
pub use self::profile::Profile;

/// As the library's builder has it unless it is told otherwise.
pub const LEEWAY: i64 = 60;
/// As the library's builder has it unless it is told otherwise.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A plain verifier.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Who may issue tokens: of Entra ID one for each version.
    pub issuers: Vec<Issuer>,
}

/// One issuer and what its tokens must say.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The name of its authority.
    pub authority: Option<String>,
    /// What `iss` must be.
    pub name: String,
    /// One of these must be in `aud`.
    pub audiences: Vec<String>,
    /// What it may sign with.
    pub algorithms: Vec<Algorithm>,
    /// How it writes its tokens.
    pub profile: Profile,
    /// Its keys.
    pub keys: Keys,
}

/// What a handler asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The authority that must have issued the token, if it matters.
    pub authority: Option<&'w str>,
    /// The scope, or none for any token with a permission.
    pub scope: Option<&'w str>,
}

impl Reference {
    /// Whether a request with these `Authorization` fields is granted, else the first reason that it is not.
    ///
    /// # Errors
    ///
    /// The reason.
    pub fn check(&mut self, fields: &[Vec<u8>], wanted: Wanted<'_>, now: Now) -> Result<(), Reason> {
        if wanted.scope.is_some_and(|scope| !is_scope(scope)) {
            return Err(Reason::NotConfigured);
        }

        let token = bearer::token(fields, MAX_TOKEN_BYTES)?;
        let [header, payload, signature] = bearer::split(&token)?;
        let header = Header::read(&bearer::decode(header)?)?;
        let claims = Claims::read(&bearer::decode(payload)?)?;

        let issuer = self.issuer(&claims, wanted.authority)?;
        if !issuer.algorithms.contains(&header.algorithm) {
            return Err(Reason::Algorithm);
        }
        issuer.profile.check(&claims)?;
        if !claims.audiences.iter().any(|audience| issuer.audiences.contains(audience)) {
            return Err(Reason::Audience);
        }
        check_times(&claims, now.unix)?;

        let candidates = issuer.keys.candidates(&header, issuer.profile.needs_kid(), now)?;
        let fitting: Vec<_> = candidates.into_iter().filter(|key| key.algorithm == header.algorithm).collect();
        if fitting.is_empty() {
            return Err(Reason::Algorithm);
        }
        bearer::decode(signature)?;
        let signed_text = token.rsplit_once('.').expect("it has three parts").0;
        let verified: Vec<_> = fitting.into_iter().filter(|key| key.has_signed(signed_text, signature)).collect();
        if verified.is_empty() {
            return Err(Reason::Signature);
        }
        let mut allowed = verified.iter().filter(|key| key.may_sign_for(&issuer.profile, &issuer.name));
        let key = allowed.next().ok_or(Reason::KeyIssuer)?;
        issuer.keys.note_use(key);

        issuer.profile.decide(&claims, wanted.scope)
    }

    fn issuer(&mut self, claims: &Claims, authority: Option<&str>) -> Result<&mut Issuer, Reason> {
        let asked = |issuer: &Issuer| authority.is_none() || issuer.authority.as_deref() == authority;
        if !self.issuers.iter().any(asked) {
            return Err(Reason::NotConfigured);
        }
        let named = |issuer: &&mut Issuer| claims.iss.as_deref() == Some(&issuer.name);
        self.issuers.iter_mut().filter(|issuer| asked(issuer)).find(named).ok_or(Reason::Issuer)
    }
}

/// RFC 7519 sections 4.1.4 to 4.1.6.
fn check_times(claims: &Claims, now: i64) -> Result<(), Reason> {
    let Some(exp) = claims.exp else { return Err(Reason::Claims) };
    if now >= exp + LEEWAY {
        return Err(Reason::Expired);
    }
    if claims.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
        return Err(Reason::NotYetValid);
    }
    if claims.nbf.is_some_and(|nbf| nbf > exp) {
        return Err(Reason::Claims);
    }
    if claims.iat.is_some_and(|iat| iat > now + LEEWAY) {
        return Err(Reason::IssuedInFuture);
    }
    Ok(())
}

/// RFC 6749 section 3.3.
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}
