//! The algorithm and the signature.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::Verdict::{InvalidToken, KeyNotLookedUp};
use super::{List, Target, encode};
use crate::crypto::key_pair::PublicMembers;
use crate::testing::certificate::{pem, rsa_public_key, subject_public_key_info};
use crate::testing::{KeyPair, Token};

pub(super) fn list(list: &mut List, target: &Target<'_>) {
    unsigned(list, target);
    header_values(list, target);
    shared_secrets(list, target);
    other_algorithms(list, target);
    signatures(list, target);
    other_keys(list, target);
}

fn unsigned(list: &mut List, target: &Target<'_>) {
    let none = |spelling: &str| target.token().header("alg", spelling);
    list.add(
        InvalidToken,
        "a token that says it needs no signature has none that counts",
        "RFC 8725 sections 2.1 and 3.1; CVE-2015-9235",
        [
            ("unsigned_token_with_alg_none", none("none").unsigned()),
            ("unsigned_token_with_alg_none_capitalised", none("None").unsigned()),
            ("unsigned_token_with_alg_none_in_upper_case", none("NONE").unsigned()),
            ("unsigned_token_with_alg_none_in_mixed_case", none("nOnE").unsigned()),
            ("signed_token_with_alg_none", none("none")),
            ("signed_token_with_alg_none_in_mixed_case", none("nOnE")),
            ("unsigned_token_with_alg_none_without_kid", none("none").without_header("kid").unsigned()),
            ("unsigned_token_with_alg_rs256", target.token().unsigned()),
            ("unsigned_token_without_alg", target.token().without_header("alg").unsigned()),
            ("unsigned_token_with_empty_alg", none("").unsigned()),
        ],
    );
}

fn header_values(list: &mut List, target: &Target<'_>) {
    let alg = |value: Value| target.token().header("alg", value);
    list.add(
        InvalidToken,
        "`alg` is required, a string, and compared with case; no key may guess it",
        "RFC 7515 section 4.1.1; RFC 8725 section 3.1",
        [
            ("alg_missing", target.token().without_header("alg")),
            ("alg_empty", alg(json!(""))),
            ("alg_null", alg(json!(null))),
            ("alg_number", alg(json!(256))),
            ("alg_boolean", alg(json!(true))),
            ("alg_array", alg(json!(["RS256"]))),
            ("alg_object", alg(json!({ "name": "RS256" }))),
            ("alg_in_lower_case", alg(json!("rs256"))),
            ("alg_with_space", alg(json!("RS256 "))),
            ("alg_with_nul", alg(json!("RS256\0"))),
            ("alg_unknown", alg(json!("RS257"))),
            ("alg_of_encryption", alg(json!("RSA-OAEP"))),
            ("alg_weak_rs1", alg(json!("RS1"))),
            ("alg_member_in_another_case", target.token().without_header("alg").header("ALG", "RS256")),
        ],
    );
}

fn shared_secrets(list: &mut List, target: &Target<'_>) {
    let key = target.issuer.signing_key();
    let PublicMembers::Rsa { n, e } = key.public() else { unreachable!("issuers sign with RSA") };
    let hs256 = |secret: &[u8]| target.token().header("alg", "HS256").authenticated_with(secret);
    let info = subject_public_key_info(&n, &e);
    let certificate = key.certificate().expect("RSA keys have one");
    list.add(
        InvalidToken,
        "everybody can read the public key; used as the secret of HS256, it lets everybody sign",
        "RFC 8725 sections 2.1 and 3.1; CVE-2016-5431; CVE-2024-33663",
        [
            ("hs256_with_public_key_as_pem", hs256(pem("PUBLIC KEY", &info).as_bytes())),
            ("hs256_with_public_key_as_pem_without_line_end", hs256(pem("PUBLIC KEY", &info).trim_end().as_bytes())),
            ("hs256_with_public_key_as_der", hs256(&info)),
            ("hs256_with_rsa_public_key_as_pem", { hs256(pem("RSA PUBLIC KEY", &rsa_public_key(&n, &e)).as_bytes()) }),
            ("hs256_with_rsa_public_key_as_der", hs256(&rsa_public_key(&n, &e))),
            ("hs256_with_certificate_as_pem", hs256(pem("CERTIFICATE", certificate).as_bytes())),
            ("hs256_with_certificate_as_der", hs256(certificate)),
            ("hs256_with_certificate_as_base64", hs256(key.x5c().expect("RSA keys have one").as_bytes())),
            ("hs256_with_jwk", hs256(key.jwk().to_string().as_bytes())),
            ("hs256_with_key_set", hs256(target.issuer.published_keys().as_bytes())),
            ("hs256_with_modulus", hs256(&n)),
            ("hs256_with_modulus_as_text", hs256(encode(&n).as_bytes())),
        ],
    );
    list.add(
        InvalidToken,
        "an API that checks an issuer's public keys shares no secret with anybody",
        "RFC 8725 sections 3.1 and 3.5; RFC 7518 section 3.2",
        [
            ("hs256_with_empty_secret", hs256(b"")),
            ("hs256_with_zero_bytes", hs256(&[0; 32])),
            ("hs256_with_weak_secret", hs256(b"secret")),
            ("hs256_with_key_id", hs256(key.kid().as_bytes())),
            ("hs256_with_client_id", hs256(target.issuer.client_id().as_bytes())),
            ("hs256_without_kid", hs256(b"secret").without_header("kid")),
            ("hs384_label", hs256(&info).header("alg", "HS384")),
            ("hs512_label", hs256(&info).header("alg", "HS512")),
            ("rs256_label_on_hmac", hs256(&info).header("alg", "RS256")),
        ],
    );
}

fn other_algorithms(list: &mut List, target: &Target<'_>) {
    let kid = target.issuer.signing_key().kid().to_owned();
    let by = |key: &KeyPair| target.token().signed_by(key).header("kid", &kid);
    list.add(
        InvalidToken,
        "the API says which algorithms it takes; a good signature by another one is not asked for",
        "RFC 8725 section 3.1",
        [
            ("rs384_signature_by_the_right_key", target.token().algorithm(Algorithm::RS384)),
            ("rs512_signature_by_the_right_key", target.token().algorithm(Algorithm::RS512)),
            ("ps256_signature_by_the_right_key", target.token().algorithm(Algorithm::PS256)),
            ("ps384_signature_by_the_right_key", target.token().algorithm(Algorithm::PS384)),
            ("ps512_signature_by_the_right_key", target.token().algorithm(Algorithm::PS512)),
            ("es256_signature_under_kid_of_rsa_key", by(&KeyPair::p256())),
            ("eddsa_signature_under_kid_of_rsa_key", by(&KeyPair::ed25519())),
            ("ed25519_label_under_kid_of_rsa_key", by(&KeyPair::ed25519()).header("alg", "Ed25519")),
            ("es384_label", target.token().header("alg", "ES384")),
            ("es512_label", target.token().header("alg", "ES512")),
            ("es256k_label", target.token().header("alg", "ES256K")),
            ("ml_dsa_label", target.token().header("alg", "ML-DSA-44")),
        ],
    );
    let es256 = |signature: &'static [u8]| target.token().header("alg", "ES256").edit_signature(|_| signature.to_vec());
    list.add(
        InvalidToken,
        "ECDSA with a blank or ill-formed signature must verify for no key",
        "CVE-2022-21449; RFC 7518 section 3.4",
        [
            ("es256_signature_of_zeros", es256(&[0; 64])),
            ("es256_signature_one_byte_short", es256(&[1; 63])),
            ("es256_signature_one_byte_long", es256(&[1; 65])),
            ("es256_signature_in_der", es256(&[0x30, 6, 2, 1, 1, 2, 1, 1])),
            ("es256_signature_above_the_order", es256(&[0xFF; 64])),
        ],
    );
    list.add(
        InvalidToken,
        "the label must fit the signature",
        "RFC 7518 sections 3.3 and 3.5; RFC 8725 section 3.1",
        [
            ("pss_signature_labelled_rs256", target.token().algorithm(Algorithm::PS256).header("alg", "RS256")),
            ("rs384_signature_labelled_rs256", target.token().algorithm(Algorithm::RS384).header("alg", "RS256")),
            ("rs512_signature_labelled_rs256", target.token().algorithm(Algorithm::RS512).header("alg", "RS256")),
            ("rs256_signature_labelled_ps256", target.token().header("alg", "PS256")),
            ("rs256_signature_labelled_es256", target.token().header("alg", "ES256")),
            ("rs256_signature_labelled_hs256", target.token().header("alg", "HS256")),
            ("rs256_signature_labelled_eddsa", target.token().header("alg", "EdDSA")),
        ],
    );
}

fn signatures(list: &mut List, target: &Target<'_>) {
    let PublicMembers::Rsa { n, .. } = target.issuer.signing_key().public() else {
        unreachable!("issuers sign with RSA")
    };
    let edited = |edit: fn(Vec<u8>) -> Vec<u8>| -> Token { target.token().edit_signature(edit) };
    list.add(
        InvalidToken,
        "a signature is as long as the modulus, to the byte, and right in every bit",
        "RFC 8017 section 8.2.2; RFC 8725 section 3.3",
        [
            ("signature_without_first_byte", edited(|signature| signature[1..].to_vec())),
            ("signature_without_last_byte", edited(|signature| signature[..signature.len() - 1].to_vec())),
            ("signature_with_zero_before_it", edited(|signature| [&[0][..], &signature].concat())),
            ("signature_with_zero_after_it", edited(|signature| [&signature[..], &[0]].concat())),
            ("signature_twice", edited(|signature| signature.repeat(2))),
            ("signature_of_one_byte", edited(|_| vec![1])),
            ("signature_of_zeros", edited(|signature| vec![0; signature.len()])),
            ("signature_of_ones", edited(|signature| vec![0xFF; signature.len()])),
            ("signature_that_is_the_number_one", {
                edited(|signature| [vec![0; signature.len() - 1], vec![1]].concat())
            }),
            ("signature_that_is_the_modulus", target.token().edit_signature(move |_| n.clone())),
            ("signature_backwards", edited(|signature| signature.into_iter().rev().collect())),
            ("signature_with_first_bit_flipped", edited(|signature| flipped(signature, 0, 0x80))),
            (
                "signature_with_last_bit_flipped",
                edited(|signature| {
                    let end = signature.len() - 1;
                    flipped(signature, end, 1)
                }),
            ),
        ],
    );

    let token = target.token();
    let signed = token.sign();
    let [header, claims, signature] =
        <[&str; 3]>::try_from(signed.split('.').collect::<Vec<_>>()).expect("three parts");
    let (_, other_signature) = signed_pair(&target.token().claim("x", "another"));
    list.add(
        InvalidToken,
        "the signature covers the header and the claims as they were sent",
        "RFC 7515 section 5.2",
        [
            ("claims_changed_after_signing", {
                let forged = target.token().claim("name", "mallory").claims_text();
                format!("{header}.{}.{signature}", encode(forged))
            }),
            ("expiry_changed_after_signing", {
                let (input, signature) = signed_pair(&target.token().expired());
                let header = input.split('.').next().unwrap_or_default();
                format!("{header}.{}.{signature}", encode(target.token().claims_text()))
            }),
            ("header_changed_after_signing", {
                let forged = target.token().header("x", 1).header_text();
                format!("{}.{claims}.{signature}", encode(forged))
            }),
            ("signature_of_another_token", format!("{header}.{claims}.{other_signature}")),
            ("signature_over_claims_alone", with_signature_over(&token, header, claims, claims)),
            ("signature_over_header_alone", with_signature_over(&token, header, claims, header)),
            ("signature_over_decoded_text", {
                let decoded = [token.header_text(), b".".to_vec(), token.claims_text()].concat();
                with_signature_over(&token, header, claims, &String::from_utf8_lossy(&decoded))
            }),
        ],
    );
}

fn other_keys(list: &mut List, target: &Target<'_>) {
    let stranger = target.issuer.foreign_key();
    let kid = target.issuer.signing_key().kid().to_owned();
    list.add(
        InvalidToken,
        "the key that `kid` names did not make this signature",
        "RFC 7515 section 5.2; RFC 8725 section 3.3",
        [
            ("foreign_key_under_the_right_kid", target.token().signed_by(&stranger).header("kid", &kid)),
            ("fresh_key_under_the_right_kid", {
                target.token().signed_by(&KeyPair::p256()).header("kid", &kid).header("alg", "RS256")
            }),
        ],
    );
    list.add(
        KeyNotLookedUp,
        "a key that the issuer does not publish signs nothing",
        "RFC 8725 section 3.8; Entra: Signing key rollover",
        [
            ("foreign_key_under_its_own_kid", target.token().signed_by(&stranger)),
            ("foreign_key_under_an_invented_kid", {
                target.token().signed_by(&stranger).header("kid", "31537af46d774bb9a681d239488")
            }),
        ],
    );
}

fn flipped(mut bytes: Vec<u8>, at: usize, bit: u8) -> Vec<u8> {
    bytes[at] ^= bit;
    bytes
}

/// What was signed, and the signature.
fn signed_pair(token: &Token) -> (String, String) {
    let signed = token.sign();
    let (input, signature) = signed.rsplit_once('.').expect("a signature");
    (input.to_owned(), signature.to_owned())
}

fn with_signature_over(token: &Token, header: &str, claims: &str, input: &str) -> String {
    let signed = token.sign_text(input);
    let signature = signed.rsplit('.').next().unwrap_or_default();
    format!("{header}.{claims}.{signature}")
}
