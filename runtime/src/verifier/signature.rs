//! The signature: which key, and whether it signed this text.

use crate::authority::TrustedIssuer;
use crate::crypto::SignatureValid;
use crate::error::{AuthError, Reason, quoted};
use crate::jwk::SigningKey;
use crate::keys::Candidates;

use super::compact::CompactToken;
use super::header::UnverifiedHeader;

/// Verifies the signature with the keys that the header names, and returns the one that signed and `may_sign`.
///
/// RFC 8725 section 3.1: an algorithm belongs to a key. A key of another algorithm is never tried, whatever the token
/// asks for. Two keys may share a `kid`; then either may have signed.
pub(crate) fn verify<'k>(
    token: CompactToken<'_>,
    header: &UnverifiedHeader<'_>,
    candidates: Candidates<'k>,
    may_sign: impl Fn(&SigningKey) -> Result<(), AuthError>,
) -> Result<(&'k SigningKey, SignatureValid), AuthError> {
    let mut fitting = candidates.iter().filter(|key| key.key.algorithm() == header.algorithm).peekable();
    if fitting.peek().is_none() {
        let evidence = format!("alg is {:?}, which is not the algorithm of the key it names", header.algorithm);
        return Err(AuthError::new(Reason::Algorithm).with_evidence(evidence));
    }
    let signature = token.decode_signature()?;
    let mut refusal = None;
    for key in fitting {
        let Ok(proof) = key.key.verify(token.signed_text, &signature) else { continue };
        match may_sign(key) {
            Ok(()) => return Ok((key, proof)),
            Err(not_for_this_issuer) => refusal = refusal.or(Some(not_for_this_issuer)),
        }
    }
    Err(refusal.unwrap_or_else(|| {
        let kid = header.kid.as_deref().unwrap_or_default();
        AuthError::new(Reason::Signature).with_evidence(format!("kid is {}", quoted(kid)))
    }))
}

/// Checks that the key may sign for this issuer.
///
/// Entra ID's keys name the issuer they belong to, with `{tenantid}` for any tenant, and the cloud. One key set holds
/// keys of several: a key for personal accounts must not sign for an organisation
/// ([Access tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens), "signing key issuer").
pub(crate) fn check_key_issuer(
    key: &SigningKey,
    issuer: &TrustedIssuer,
    iss: &str,
    metadata_cloud: Option<&str>,
) -> Result<(), AuthError> {
    if let Some(of_key) = &key.issuer_template
        && !issuer.takes_keys_of(of_key, iss)
    {
        let of_key = quoted(&of_key.text());
        return Err(AuthError::new(Reason::KeyIssuer).with_evidence(format!("the key is for {of_key}")));
    }
    if let (Some(of_key), Some(of_metadata)) = (key.cloud_instance_name.as_deref(), metadata_cloud)
        && of_key != of_metadata
    {
        return Err(AuthError::new(Reason::KeyIssuer).with_evidence(format!("the key is for cloud {}", quoted(of_key))));
    }
    Ok(())
}

#[cfg(test)]
mod wycheproof;
