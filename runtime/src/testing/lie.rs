//! Documents that are not what they should be.

use serde_json::{Value, json};

use super::directory::{Document, Page};
use super::documents;
use super::key::{self, KeyPair};
use super::profile::Profile;
use super::server::{Answer, Content};

/// A document that is not what it should be. The status is 200 unless stated.
///
/// The first group spoils any document, the second only the metadata, the third only the key set.
///
/// ```
/// use requires_auth::testing::{Issuer, Lie};
///
/// let issuer = Issuer::entra();
/// issuer.lie(Lie::Html);      // a proxy answers in its place
/// issuer.lie(Lie::EmptyKeys); // in the key set, this replaces the lie above
/// issuer.recover();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lie {
    /// Bytes that are not JSON.
    Garbage,
    /// The HTML page of a proxy that wants a log-in.
    Html,
    /// JSON that ends in the middle.
    Truncated,
    /// The right document with ten megabytes of padding.
    Oversized,
    /// The right document, labelled as plain text.
    WrongContentType,
    /// The headers, then a space every so often, for ever.
    NeverEnding,
    /// 302 to the same document elsewhere on this server, over plain HTTP. Whoever follows is counted in
    /// [`Requests::other`](super::Requests::other).
    RedirectToHttp,

    /// Metadata that names another issuer.
    WrongIssuer,
    /// Metadata that differs from the right issuer in a trailing slash alone.
    IssuerWithSlash,
    /// Metadata without `issuer`.
    NoIssuer,
    /// Metadata without `jwks_uri`.
    NoKeysUri,
    /// Metadata whose `jwks_uri` is plain HTTP on a host that is not this machine.
    KeysOverHttp,
    /// Metadata whose `jwks_uri` is a file.
    KeysInFile,

    /// An empty `keys` array.
    EmptyKeys,
    /// A key set without `keys`.
    NoKeysMember,
    /// `keys` that is `null`.
    NullKeys,
    /// The right keys without their `kid`.
    KeyWithoutKid,
    /// The right keys with the right `kid` and the modulus of a stranger's key.
    SwappedKeys,
    /// The right keys among entries that cannot be used: of unknown type, without members, too short, for encryption,
    /// `null`, a number.
    MixedKeys,
    /// The right keys among thousands of others.
    ManyKeys,
    /// A stranger's key under the `kid` of the right one, before and after it.
    DuplicateKid,
    /// The right keys, stated to be for encryption.
    EncryptionKeys,
    /// The right keys, stated to be for signing with another algorithm.
    OtherAlgorithm,
    /// The right `kid` on a symmetric key that everybody can read.
    SymmetricKeys,
    /// The right `kid` on an elliptic-curve key.
    EllipticKeys,
    /// The right keys with a leading zero byte in the modulus, as some servers write it.
    LeadingZeroModulus,
    /// The right keys with a modulus of 1024 bits.
    ShortKeys,
    /// The right keys with the public exponent 1, for which every signature can be computed.
    ExponentOne,
    /// The right keys, which by their `issuer` sign for consumer accounts only.
    KeysOfConsumers,
    /// The right keys, which by their `issuer` sign for another tenant only.
    KeysOfAnotherTenant,
    /// The right keys, which by their `cloud_instance_name` belong to another cloud.
    KeysOfAnotherCloud,
}

impl Lie {
    /// Which documents it spoils.
    #[must_use]
    pub fn documents(self) -> &'static [Document] {
        match self {
            Self::Garbage
            | Self::Html
            | Self::Truncated
            | Self::Oversized
            | Self::WrongContentType
            | Self::NeverEnding
            | Self::RedirectToHttp => &[Document::Metadata, Document::Keys],
            Self::WrongIssuer
            | Self::IssuerWithSlash
            | Self::NoIssuer
            | Self::NoKeysUri
            | Self::KeysOverHttp
            | Self::KeysInFile => &[Document::Metadata],
            _ => &[Document::Keys],
        }
    }

    /// Spoils the content of a document.
    pub(super) fn told_in(self, mut document: Value, page: &Page<'_>, profile: &Profile, keys: &[KeyPair]) -> Value {
        if page.document == Document::Metadata {
            self.spoil_metadata(&mut document);
            return document;
        }
        match self {
            Self::EmptyKeys => json!({ "keys": [] }),
            Self::NoKeysMember => json!({ "key": document["keys"] }),
            Self::NullKeys => json!({ "keys": null }),
            Self::MixedKeys => among(unusable_keys(), &document),
            Self::ManyKeys => among(many_keys(), &document),
            Self::DuplicateKid => {
                let stranger = |right: &KeyPair| {
                    documents::key(profile, page.version, "{tenantid}", &key::foreign().with_kid(right.kid()))
                };
                let strangers: Vec<Value> = keys.iter().map(stranger).collect();
                let after = strangers.clone();
                let right = document["keys"].as_array().cloned().unwrap_or_default();
                key_set(&[strangers, right, after])
            }
            _ => {
                for key in document["keys"].as_array_mut().into_iter().flatten() {
                    self.spoil_key(key, profile);
                }
                document
            }
        }
    }

    fn spoil_metadata(self, document: &mut Value) {
        let issuer = document["issuer"].as_str().unwrap_or_default().to_owned();
        match self {
            Self::WrongIssuer => document["issuer"] = json!("https://issuer.invalid"),
            Self::IssuerWithSlash => {
                document["issuer"] = json!(issuer.strip_suffix('/').map_or_else(|| issuer.clone() + "/", Into::into));
            }
            Self::NoIssuer => remove(document, "issuer"),
            Self::NoKeysUri => remove(document, "jwks_uri"),
            Self::KeysOverHttp => document["jwks_uri"] = json!("http://keys.invalid/keys"),
            Self::KeysInFile => document["jwks_uri"] = json!("file:///etc/hostname"),
            _ => {}
        }
    }

    fn spoil_key(self, key: &mut Value, profile: &Profile) {
        use data_encoding::BASE64URL_NOPAD;
        let modulus = || BASE64URL_NOPAD.decode(key["n"].as_str().unwrap_or_default().as_bytes()).unwrap_or_default();
        match self {
            Self::KeyWithoutKid => {
                remove(key, "kid");
                remove(key, "x5t");
            }
            Self::SwappedKeys => key["n"] = key::foreign().jwk()["n"].clone(),
            Self::EncryptionKeys => key["use"] = json!("enc"),
            Self::OtherAlgorithm => key["alg"] = json!("PS256"),
            Self::SymmetricKeys => *key = json!({ "kty": "oct", "use": "sig", "kid": key["kid"], "k": key["n"] }),
            Self::EllipticKeys => {
                *key = KeyPair::p256().with_kid(key["kid"].as_str().unwrap_or_default()).jwk();
            }
            Self::LeadingZeroModulus => key["n"] = json!(BASE64URL_NOPAD.encode(&[vec![0], modulus()].concat())),
            Self::ShortKeys => {
                let short: Vec<u8> = modulus().into_iter().take(128).collect();
                key["n"] = json!(BASE64URL_NOPAD.encode(&short));
            }
            Self::ExponentOne => key["e"] = json!("AQ"),
            Self::KeysOfConsumers => {
                key["issuer"] = json!(format!("{}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", profile.url));
            }
            Self::KeysOfAnotherTenant => {
                key["issuer"] = json!(format!("{}/31537af4-6d77-4bb9-a681-d2394888ea26/v2.0", profile.url));
            }
            Self::KeysOfAnotherCloud => key["cloud_instance_name"] = json!("microsoftonline.us"),
            _ => {}
        }
    }

    /// Spoils how a document is sent.
    pub(super) fn told_by(self, answer: &mut Answer, path: &str) {
        let Content::Text(text) = &mut answer.content else { return };
        let content_type = match self {
            Self::Garbage => {
                "\u{1}\u{2} this is not JSON {".clone_into(text);
                "application/json"
            }
            Self::Html => {
                "<!doctype html><title>Sign in to the network</title>".clone_into(text);
                "text/html; charset=utf-8"
            }
            Self::Truncated => {
                text.truncate(text.len() / 2);
                "application/json"
            }
            Self::Oversized => {
                let padding = "x".repeat(10 * 1024 * 1024);
                text.insert_str(1, &format!("\"padding\":\"{padding}\","));
                "application/json"
            }
            Self::WrongContentType => "text/plain",
            Self::NeverEnding => {
                answer.content = Content::Drip;
                "application/json"
            }
            Self::RedirectToHttp => {
                answer.status = 302;
                answer.headers.push(("location", format!("{REDIRECTED}{path}")));
                text.clear();
                "text/html"
            }
            _ => return,
        };
        answer.headers.retain(|(name, _)| *name != "content-type");
        answer.headers.push(("content-type", content_type.into()));
    }
}

/// Where [`Lie::RedirectToHttp`] points: before the path of the genuine document.
pub(super) const REDIRECTED: &str = "/redirected";

fn remove(value: &mut Value, member: &str) {
    if let Some(members) = value.as_object_mut() {
        members.remove(member);
    }
}

fn key_set(parts: &[Vec<Value>]) -> Value {
    json!({ "keys": parts.concat() })
}

/// The right keys behind the first half of `others` and before the rest.
fn among(mut others: Vec<Value>, document: &Value) -> Value {
    let rest = others.split_off(others.len() / 2);
    let right = document["keys"].as_array().cloned().unwrap_or_default();
    key_set(&[others, right, rest])
}

/// Keys that a set may hold and a verifier must step over (RFC 7517 section 5).
fn unusable_keys() -> Vec<Value> {
    let n = key::foreign().jwk()["n"].clone();
    vec![
        Value::Null,
        json!(7),
        json!("a key"),
        json!([]),
        json!({}),
        json!({ "kid": "no-type" }),
        json!({ "kty": "PQC", "kid": "unknown-type", "use": "sig", "lattice": "large" }),
        json!({ "kty": "RSA", "kid": "no-modulus", "use": "sig", "e": "AQAB" }),
        json!({ "kty": "RSA", "kid": "no-exponent", "use": "sig", "n": n }),
        json!({ "kty": "RSA", "kid": "not-base64url", "use": "sig", "n": "***", "e": "AQAB" }),
        json!({ "kty": "RSA", "kid": "short", "use": "sig", "n": "3ZWrUY0Y6IKN1qI4BhxR2C7oHVFgGPYkd38uGq1jQNSqEvJFcN93CYm16_G78FAFKWqwsJb3Wx-nbxDn6LtP4Q", "e": "AQAB" }),
        json!({ "kty": "RSA", "kid": "exponent-one", "use": "sig", "n": n, "e": "AQ" }),
        json!({ "kty": "RSA", "kid": 7, "use": "sig", "n": n, "e": "AQAB" }),
        json!({ "kty": "RSA", "use": "sig", "n": n, "e": "AQAB" }),
        json!({ "kty": "RSA", "kid": "for-encryption", "use": "enc", "n": n, "e": "AQAB" }),
        json!({ "kty": "RSA", "kid": "bad-operations", "key_ops": ["encrypt"], "n": n, "e": "AQAB" }),
        json!({ "kty": "RSA", "kid": "bad-certificate", "use": "sig", "x5c": 7, "x5t": [], "n": n, "e": "AQAB" }),
        json!({ "kty": "oct", "kid": "symmetric", "use": "sig", "alg": "HS256", "k": "c2VjcmV0" }),
        json!({ "kty": "EC", "kid": "off-the-curve", "use": "sig", "crv": "P-256", "x": "AQAB", "y": "AQAB" }),
        json!({ "kty": "OKP", "kid": "too-short", "use": "sig", "crv": "Ed25519", "x": "AQAB" }),
    ]
}

fn many_keys() -> Vec<Value> {
    let n = key::foreign().jwk()["n"].clone();
    (0..2_000)
        .map(|i| json!({ "kty": "RSA", "use": "sig", "kid": format!("other-{i}"), "n": n, "e": "AQAB" }))
        .collect()
}
