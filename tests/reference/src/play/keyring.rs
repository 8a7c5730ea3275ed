//! The keys of the game, and the authorities that publish them.

use std::sync::{Arc, OnceLock};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use requires_auth::testing::KeyPair;
use serde_json::{Value, json};

use crate::keys::{Key, Keys};
use crate::{Issuer, Profile, Reference};

pub(super) const TENANT: &str = "11111111-1111-4111-8111-111111111111";
pub(super) const CLIENT: &str = "22222222-2222-4222-8222-222222222222";
pub(super) const USER: &str = "33333333-3333-4333-8333-333333333333";
pub(super) const OTHER: &str = "44444444-4444-4444-8444-444444444444";
pub(super) const PARTNER: &str = "https://id.partner.example";
pub(super) const PARTNER_AUDIENCE: &str = "https://api.example.com";
pub(super) const V2_TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
pub(super) const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// The keys of this process: making them takes long, so that all games share them.
pub(super) struct Keyring {
    pub(super) staff: Vec<Signer>,
    pub(super) partner: Vec<Signer>,
    /// Published nowhere, under names that are.
    pub(super) strangers: Vec<Signer>,
}

/// A key pair as it is published.
pub(super) struct Signer {
    signing: EncodingKey,
    pub(super) algorithm: Algorithm,
    pub(super) jwk: Value,
}

impl Keyring {
    pub(super) fn get() -> &'static Self {
        static KEYRING: OnceLock<Keyring> = OnceLock::new();
        KEYRING.get_or_init(|| {
            let of = |key: &KeyPair, members: &[(&str, Value)]| Signer::of(key, members);
            let (rsa, twin) = (KeyPair::rsa(), KeyPair::p256());
            Self {
                staff: vec![
                    of(&KeyPair::p256().with_kid("staff-1"), &[("issuer", json!(V2_TEMPLATE))]),
                    of(&KeyPair::ed25519().with_kid("staff-2"), &[]),
                    of(&rsa.with_kid("staff-3"), &[("x5t", json!("thumbprint"))]),
                    of(&twin.with_kid("twins"), &[]),
                    of(&KeyPair::p256().with_kid("twins"), &[("issuer", json!(V2_TEMPLATE))]),
                    of(
                        &KeyPair::p256().with_kid("elsewhere"),
                        &[("issuer", json!(V2_TEMPLATE.replace("{tenantid}", OTHER)))],
                    ),
                ],
                partner: vec![
                    of(&KeyPair::p256().with_kid("partner-1"), &[("alg", json!("ES256"))]),
                    of(&KeyPair::ed25519().with_kid("partner-2"), &[("x5t", json!("thumbprint"))]),
                ],
                strangers: vec![
                    of(&KeyPair::p256().with_kid("staff-1"), &[]),
                    of(&KeyPair::ed25519().with_kid("partner-2"), &[]),
                    of(&KeyPair::ed25519().with_kid("unknown"), &[]),
                ],
            }
        })
    }

    pub(super) fn staff_jwks(&self) -> String {
        jwks(&self.staff)
    }

    pub(super) fn partner_jwks(&self) -> String {
        jwks(&self.partner)
    }

    pub(super) fn reference(&self) -> Reference {
        let keys = |signers: &[Signer]| Keys::given(signers.iter().map(Signer::key).collect());
        let v2_issuer = V2_TEMPLATE.replace("{tenantid}", TENANT);
        let staff = |version, name: &str, audiences: &[String]| Issuer {
            authority: Some("staff".to_owned()),
            name: name.to_owned(),
            audiences: audiences.to_vec(),
            algorithms: ALGORITHMS.to_vec(),
            profile: Profile::Entra { tenant: TENANT.to_owned(), version, v2_issuer: v2_issuer.clone() },
            keys: keys(&self.staff),
        };
        let v1_issuer = format!("https://sts.windows.net/{TENANT}/");
        let (id, uri) = (CLIENT.to_owned(), format!("api://{CLIENT}"));
        let partner = Issuer {
            authority: Some("partners".to_owned()),
            name: PARTNER.to_owned(),
            audiences: vec![PARTNER_AUDIENCE.to_owned()],
            algorithms: ALGORITHMS.to_vec(),
            profile: Profile::Oidc,
            keys: keys(&self.partner),
        };
        Reference {
            issuers: vec![
                staff("2.0", &v2_issuer, std::slice::from_ref(&id)),
                staff("1.0", &v1_issuer, &[id, uri]),
                partner,
            ],
        }
    }
}

fn jwks(signers: &[Signer]) -> String {
    json!({ "keys": signers.iter().map(|signer| &signer.jwk).collect::<Vec<_>>() }).to_string()
}

impl Signer {
    fn of(key: &KeyPair, members: &[(&str, Value)]) -> Self {
        let mut jwk = key.jwk();
        for (name, value) in members {
            jwk[*name] = value.clone();
        }
        let (pkcs8, algorithm) = (key.pkcs8(), key.algorithm());
        let signing = match algorithm {
            Algorithm::EdDSA => EncodingKey::from_ed_der(&pkcs8),
            Algorithm::ES256 => EncodingKey::from_ec_der(&pkcs8),
            // `jsonwebtoken` wants it bare (PKCS #1), which is the last member of the document (RFC 5208): behind version,
            // algorithm, and the lengths of three containers of more than 255 bytes.
            _ => EncodingKey::from_rsa_der(&pkcs8[26..]),
        };
        Self { signing, algorithm, jwk }
    }

    fn key(&self) -> Arc<Key> {
        Key::of(&self.jwk, self.algorithm)
    }

    pub(super) fn sign(&self, header: &[u8], claims: &[u8]) -> String {
        let text = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &self.signing, self.algorithm);
        format!("{text}.{}", signature.expect("a signature"))
    }
}
