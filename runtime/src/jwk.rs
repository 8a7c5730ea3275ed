//! Signing keys out of an issuer's JWKS document (RFC 7517).
//!
//! 1. The document must be JSON with an array `keys`, of at most [`MAX_KEYS`] entries; else it is refused as a whole.
//! 2. Each key is parsed alone. Whatever is wrong with one (null, a numeric `kid`, a key type nobody knows) costs that
//!    key and no other (RFC 7517 section 5).
//! 3. Each key gets exactly one algorithm: its `alg`, or the first allowed one that fits its type. Entra publishes no
//!    `alg`, so it cannot be demanded.
//! 4. A document that leaves no key at all is refused: it must not replace keys that work.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::crypto::{UnusableKey, VerifyingKey};
use crate::log;
use crate::tenant::TenantTemplate;

/// More keys than any issuer needs; Entra publishes about ten.
const MAX_KEYS: usize = 256;

/// A public key of the issuer, for one algorithm, and what the issuer says about it.
///
/// Two are equal if they were published with the same material, algorithm and members.
#[derive(Debug)]
pub(crate) struct SigningKey {
    pub(crate) key: VerifyingKey,
    pub(crate) kid: Option<Box<str>>,
    /// The SHA-1 thumbprint of the certificate, by which old Entra tokens name a key.
    pub(crate) x5t: Option<Box<str>>,
    /// The issuer whose tokens this key may sign; Entra's may hold the template `{tenantid}`.
    pub(crate) issuer: Option<Box<str>>,
    /// The same, ready to be compared.
    pub(crate) issuer_template: Option<TenantTemplate>,
    /// The Entra cloud this key belongs to.
    pub(crate) cloud_instance_name: Option<Box<str>>,
    /// The public members as published, after the algorithm: to tell a new key from the same one fetched again.
    public: Box<str>,
}

/// The public members of a [`SigningKey`].
#[derive(Serialize)]
pub(crate) struct PublicJwk<'k> {
    kty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    r#use: &'static str,
    alg: String,
    #[serde(flatten)]
    material: BTreeMap<&'static str, &'k str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'k str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5t: Option<&'k str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'k str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_instance_name: Option<&'k str>,
}

/// Why a JWKS document was refused as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeySetError {
    /// No array `keys` at the top, or more than one.
    NoKeyArray,
    /// Every key was ignored, the first of them for this reason; or there was none.
    NoUsableKey { ignored: usize, first: Option<&'static str> },
    /// A key that signs, in a document that says whom to trust.
    PrivateKey { kid: Option<String> },
    /// Not JSON at all.
    Syntax,
    /// More than [`MAX_KEYS`].
    TooManyKeys(usize),
}

/// All that a JWKS document holds, for a diagnosis.
#[derive(Debug)]
pub(crate) struct KeySetReport {
    /// The algorithms of the keys that can be used, one for each.
    pub(crate) usable: Vec<Algorithm>,
    pub(crate) ignored: Vec<IgnoredKey>,
}

/// A key that is not used, and why.
#[derive(Debug)]
pub(crate) struct IgnoredKey {
    pub(crate) kid: Option<String>,
    pub(crate) why: &'static str,
    /// Whether the issuer made a mistake.
    pub(crate) is_defect: bool,
}

/// Why one key was left out.
#[derive(Debug, PartialEq, Eq)]
enum Ignored {
    /// Published for something else than what we verify; nothing is wrong with it.
    NotForUs(&'static str),
    /// The issuer made a mistake.
    Defect(&'static str),
}

/// Reads the usable keys of a JWKS document, in the order in which they stand.
pub(crate) fn parse_key_set(document: &[u8], allowed: &[Algorithm]) -> Result<Vec<Arc<SigningKey>>, KeySetError> {
    let keys = entries(document)?;
    let (mut usable, mut first) = (Vec::new(), None);
    for raw in &keys {
        match parse_or_log(raw, allowed) {
            Ok(key) => usable.push(Arc::new(key)),
            Err(Ignored::NotForUs(reason) | Ignored::Defect(reason)) => first = first.or(Some(reason)),
        }
    }
    if usable.is_empty() {
        return Err(KeySetError::NoUsableKey { ignored: keys.len(), first });
    }
    Ok(usable)
}

/// Looks at every key of a JWKS document, and logs nothing.
pub(crate) fn inspect_key_set(document: &[u8], allowed: &[Algorithm]) -> Result<KeySetReport, KeySetError> {
    let mut report = KeySetReport { usable: Vec::new(), ignored: Vec::new() };
    for raw in entries(document)? {
        match parse_key(raw, allowed) {
            Ok(key) => report.usable.push(key.key.algorithm()),
            Err(Ignored::NotForUs(why)) => {
                report.ignored.push(IgnoredKey { kid: kid_for_log(raw), why, is_defect: false });
            }
            Err(Ignored::Defect(why)) => {
                report.ignored.push(IgnoredKey { kid: kid_for_log(raw), why, is_defect: true });
            }
        }
    }
    Ok(report)
}

/// [`parse_key_set`], of a document that was written for this API. A private or symmetric key in it is no oversight to
/// pass by: it is in a place where it must not be.
pub(crate) fn parse_own_key_set(document: &[u8], allowed: &[Algorithm]) -> Result<Vec<Arc<SigningKey>>, KeySetError> {
    let is_private = |raw: &&&RawValue| {
        serde_json::from_str(raw.get())
            .is_ok_and(|MemberNames(names)| PRIVATE_MEMBERS.iter().any(|private| names.contains(*private)))
    };
    if let Some(private) = entries(document)?.iter().find(is_private) {
        return Err(KeySetError::PrivateKey { kid: kid_for_log(private) });
    }
    parse_key_set(document, allowed)
}

/// The members of the array `keys`, each of which is parsed alone.
fn entries(document: &[u8]) -> Result<Vec<&RawValue>, KeySetError> {
    #[derive(Deserialize)]
    struct KeySetDocument<'a> {
        #[serde(borrow)]
        keys: Vec<&'a RawValue>,
    }
    let KeySetDocument { keys } = serde_json::from_slice(document).map_err(|error| match error.classify() {
        Category::Data => KeySetError::NoKeyArray,
        _ => KeySetError::Syntax,
    })?;
    // Serde would fill the member from an array too, by position.
    if !document.trim_ascii_start().starts_with(b"{") {
        return Err(KeySetError::NoKeyArray);
    }
    if keys.len() > MAX_KEYS {
        return Err(KeySetError::TooManyKeys(keys.len()));
    }
    Ok(keys)
}

/// The `kid`s in a JWKS document that none of the `usable` keys has. A token that names one needs no further look-up:
/// its key is known, and known to verify nothing here.
pub(crate) fn unusable_kids(document: &[u8], usable: &[Arc<SigningKey>]) -> Vec<Box<str>> {
    let Ok(keys) = entries(document) else { return Vec::new() };
    let named = keys.iter().filter_map(|raw| serde_json::from_str::<KeyName>(raw.get()).ok()?.kid);
    named.filter(|kid| !usable.iter().any(|key| key.kid.as_deref() == Some(kid))).map(Box::from).collect()
}

fn parse_or_log(raw: &RawValue, allowed: &[Algorithm]) -> Result<SigningKey, Ignored> {
    parse_key(raw, allowed).inspect_err(|ignored| {
        let kid = kid_for_log(raw);
        match ignored {
            Ignored::NotForUs(reason) => log::debug!(target: LOG, kid, reason, "key not used"),
            Ignored::Defect(reason) => log::warn!(target: LOG, kid, reason, "defective key ignored"),
        }
    })
}

fn kid_for_log(raw: &RawValue) -> Option<String> {
    serde_json::from_str::<KeyName>(raw.get()).ok()?.kid.map(|kid| for_log(&kid))
}

fn parse_key(raw: &RawValue, allowed: &[Algorithm]) -> Result<SigningKey, Ignored> {
    // RFC 7517 section 4: an object whose member names are unique.
    let MemberNames(names) = serde_json::from_str(raw.get())
        .map_err(|_| Ignored::Defect("it is not an object whose members each stand once"))?;
    let malformed = |_| Ignored::Defect("a member is missing or has a wrong type");
    let extension: Extension = serde_json::from_str(raw.get()).map_err(malformed)?;
    if extension.kty == "oct" {
        return Err(Ignored::NotForUs("a shared secret verifies nothing here"));
    }
    // RFC 7517 section 9.2: a private key that is out in the open signs for anybody.
    if PRIVATE_MEMBERS.iter().any(|private| names.contains(*private)) {
        return Err(Ignored::Defect("its private half is published with it"));
    }
    let Jwk { common, algorithm: parameters } = serde_json::from_str(raw.get()).map_err(malformed)?;

    // RFC 7517 sections 4.2 and 4.3: what the key is for. The two members must not contradict each other.
    if common.public_key_use.is_some_and(|usage| usage != PublicKeyUse::Signature) {
        return Err(Ignored::NotForUs("its `use` is not sig"));
    }
    if let Some(operations) = common.key_operations {
        if !operations.contains(&KeyOperations::Verify) {
            return Err(Ignored::NotForUs("its `key_ops` lacks verify"));
        }
        if operations.iter().any(|operation| !matches!(operation, KeyOperations::Sign | KeyOperations::Verify)) {
            return Err(Ignored::Defect("its `key_ops` goes beyond signatures"));
        }
    }

    let stated = extension.alg.as_deref();
    let base64url =
        |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Ignored::Defect("a member is not base64url"));
    let unusable = |UnusableKey(reason)| Ignored::Defect(reason);
    let (key, public) = match &parameters {
        AlgorithmParameters::RSA(rsa) => {
            let algorithm = only_algorithm(stated, &RSA_ALGORITHMS, allowed)?;
            let key = VerifyingKey::rsa(algorithm, &base64url(&rsa.n)?, &base64url(&rsa.e)?).map_err(unusable)?;
            (key, format!("{algorithm:?} {} {}", rsa.n, rsa.e))
        }
        AlgorithmParameters::EllipticCurve(ec) => {
            let fitting = match ec.curve {
                EllipticCurve::P256 => [Algorithm::ES256],
                EllipticCurve::P384 => [Algorithm::ES384],
                _ => return Err(Ignored::NotForUs("its curve is not supported")),
            };
            let algorithm = only_algorithm(stated, &fitting, allowed)?;
            let key = VerifyingKey::ec(algorithm, &base64url(&ec.x)?, &base64url(&ec.y)?).map_err(unusable)?;
            (key, format!("{algorithm:?} {} {}", ec.x, ec.y))
        }
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
            let algorithm = only_algorithm(stated, &[Algorithm::EdDSA], allowed)?;
            let key = VerifyingKey::ed25519(&base64url(&okp.x)?).map_err(unusable)?;
            (key, format!("{algorithm:?} {}", okp.x))
        }
        _ => return Err(Ignored::NotForUs("its key type is unknown, or members of that type are missing")),
    };

    Ok(SigningKey {
        key,
        kid: common.key_id.map(Box::from),
        x5t: common.x509_sha1_fingerprint.map(Box::from),
        issuer_template: extension.issuer.as_deref().map(TenantTemplate::new),
        issuer: extension.issuer.map(Box::from),
        cloud_instance_name: extension.cloud_instance_name.map(Box::from),
        public: public.into(),
    })
}

/// The one algorithm of a key whose type takes `fitting`: the `alg` it states, else the first allowed one.
fn only_algorithm(stated: Option<&str>, fitting: &[Algorithm], allowed: &[Algorithm]) -> Result<Algorithm, Ignored> {
    let Some(stated) = stated else {
        let inferred = fitting.iter().find(|first| **first == Algorithm::RS256 && allowed.contains(first));
        let inferred = inferred.or_else(|| allowed.iter().find(|algorithm| fitting.contains(algorithm)));
        return inferred.copied().ok_or(Ignored::NotForUs("no allowed algorithm fits its type"));
    };
    // RFC 9864 names the algorithm after its one curve in use.
    let name = if stated == "Ed25519" { "EdDSA" } else { stated };
    let algorithm = Algorithm::from_str(name).map_err(|_| Ignored::NotForUs("its `alg` is not supported"))?;
    if !allowed.contains(&algorithm) {
        return Err(Ignored::NotForUs("its `alg` is not allowed"));
    }
    if !fitting.contains(&algorithm) {
        return Err(Ignored::Defect("its `alg` does not fit its type"));
    }
    Ok(algorithm)
}

/// `text` from outside, fit for a log line: escaped, and cut at 64 characters.
pub(crate) fn for_log(text: &str) -> String {
    let cut = text.chars().nth(64).is_some();
    let shown = text.chars().take(64).flat_map(char::escape_debug);
    shown.chain(cut.then_some('…')).collect()
}

impl SigningKey {
    /// The key in the form in which it was published, with the algorithm that it is bound to. Parsing it gives an equal
    /// key.
    pub(crate) fn to_jwk(&self) -> PublicJwk<'_> {
        let algorithm = self.key.algorithm();
        let (kty, crv, names): (_, _, &[&'static str]) = match algorithm {
            Algorithm::ES256 => ("EC", Some("P-256"), &["x", "y"]),
            Algorithm::ES384 => ("EC", Some("P-384"), &["x", "y"]),
            Algorithm::EdDSA => ("OKP", Some("Ed25519"), &["x"]),
            _ => ("RSA", None, &["n", "e"]),
        };
        PublicJwk {
            kty,
            crv,
            r#use: "sig",
            alg: format!("{algorithm:?}"),
            material: names.iter().copied().zip(self.public.split(' ').skip(1)).collect(),
            kid: self.kid.as_deref(),
            x5t: self.x5t.as_deref(),
            issuer: self.issuer.as_deref(),
            cloud_instance_name: self.cloud_instance_name.as_deref(),
        }
    }
}

impl PartialEq for SigningKey {
    fn eq(&self, other: &Self) -> bool {
        self.kid == other.kid
            && self.public == other.public
            && self.x5t == other.x5t
            && self.issuer == other.issuer
            && self.cloud_instance_name == other.cloud_instance_name
    }
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeyArray => f.write_str("the document is not an object with one array `keys`"),
            Self::NoUsableKey { first: None, .. } => f.write_str("there is no key in it"),
            Self::NoUsableKey { ignored: 1, first: Some(reason) } => {
                write!(f, "its only key cannot be used: {reason}")
            }
            Self::NoUsableKey { ignored, first: Some(reason) } => {
                write!(f, "none of its {ignored} keys can be used; of the first, {reason}")
            }
            Self::PrivateKey { kid } => write!(
                f,
                "the key {:?} holds its private or shared secret, with which anybody who reads it can make tokens; \
                 take such a key out of use, and publish the public members of the new one alone",
                kid.as_deref().unwrap_or("without kid")
            ),
            Self::Syntax => f.write_str("the document is not JSON"),
            Self::TooManyKeys(number) => write!(f, "{number} keys are more than the {MAX_KEYS} that are allowed"),
        }
    }
}

impl std::error::Error for KeySetError {}

/// The members that `jsonwebtoken` does not read, or reads less exactly.
#[derive(Deserialize)]
struct Extension {
    kty: String,
    alg: Option<String>,
    issuer: Option<String>,
    cloud_instance_name: Option<String>,
}

/// What a key is called, for the log line that says why it is not used.
#[derive(Deserialize)]
struct KeyName {
    kid: Option<String>,
}

/// The member names of a JSON object, none of which stands twice.
struct MemberNames(HashSet<String>);

impl<'de> Deserialize<'de> for MemberNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = MemberNames;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MemberNames, A::Error> {
                let mut names = HashSet::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
                    if !names.insert(name) {
                        return Err(A::Error::custom("a member stands twice"));
                    }
                }
                Ok(MemberNames(names))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

/// Private members of every key type (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const LOG: &str = "requires_auth::keys";

const RSA_ALGORITHMS: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];

#[cfg(test)]
pub(crate) mod tests;
