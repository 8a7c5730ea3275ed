//! What the issuer publishes, when a verifier starts.

use super::Verdict::{Granted, GrantedOrUnavailable, InvalidToken, KeyNotLookedUp, KeysUnavailable, Unspecified};
use super::{List, Sent, Target};
use crate::crypto::key_pair::PublicMembers;
use crate::testing::{KeyPair, Lie, Token};

/// A request, and what the issuer publishes meanwhile.
type Row = (&'static str, Lie, Token);

impl List {
    fn while_published<const N: usize>(
        &mut self,
        expected: super::Verdict,
        why: &'static str,
        source: &'static str,
        rows: [Row; N],
    ) {
        let attacks = rows.map(|(name, lie, token)| {
            let Sent(authorization) = token.into();
            super::Attack { name, why, source, published: Some(lie), authorization, expected }
        });
        self.0.extend(attacks);
    }
}

pub(super) fn list(list: &mut List, target: &Target<'_>) {
    documents(list, target);
    keys(list, target);
    if target.is_entra() {
        scopes_of_keys(list, target);
    }
}

fn documents(list: &mut List, target: &Target<'_>) {
    let valid = || target.token();
    list.while_published(
        KeysUnavailable,
        "without keys nobody can tell a good token from a bad one, so no token may be called bad",
        "RFC 9110 section 15.6.4; RFC 7517 section 5",
        [
            ("documents_are_garbage", Lie::Garbage, valid()),
            ("documents_are_pages_of_a_proxy", Lie::Html, valid()),
            ("documents_are_cut_short", Lie::Truncated, valid()),
            ("documents_are_too_large", Lie::Oversized, valid()),
            ("documents_never_end", Lie::NeverEnding, valid()),
            ("documents_redirect_to_http", Lie::RedirectToHttp, valid()),
            ("key_set_is_empty", Lie::EmptyKeys, valid()),
            ("key_set_has_no_keys_member", Lie::NoKeysMember, valid()),
            ("key_set_has_null_for_keys", Lie::NullKeys, valid()),
        ],
    );
    list.while_published(
        KeysUnavailable,
        "metadata that is not the issuer's, or leads elsewhere, is not read any further",
        "RFC 8414 section 3.3; OpenID Connect Discovery 1.0 section 4.3",
        [
            ("metadata_of_another_issuer", Lie::WrongIssuer, valid()),
            ("metadata_of_issuer_with_slash", Lie::IssuerWithSlash, valid()),
            ("metadata_without_issuer", Lie::NoIssuer, valid()),
            ("metadata_without_key_set", Lie::NoKeysUri, valid()),
            ("metadata_with_key_set_over_http", Lie::KeysOverHttp, valid()),
            ("metadata_with_key_set_in_a_file", Lie::KeysInFile, valid()),
        ],
    );
    list.while_published(
        GrantedOrUnavailable,
        "a document may be refused for its label or its length",
        "RFC 8725 section 3.10; RFC 7517 section 8.5",
        [
            ("documents_have_another_content_type", Lie::WrongContentType, valid()),
            ("key_set_has_thousands_of_keys", Lie::ManyKeys, valid()),
        ],
    );
}

fn keys(list: &mut List, target: &Target<'_>) {
    let valid = || target.token();
    let kid = target.issuer.signing_key().kid().to_owned();
    let PublicMembers::Rsa { n, .. } = target.issuer.signing_key().public() else {
        unreachable!("issuers sign with RSA")
    };
    list.while_published(
        Granted,
        "keys that cannot be used cost themselves alone",
        "RFC 7517 section 5",
        [
            ("key_set_has_unusable_keys", Lie::MixedKeys, valid()),
            ("key_has_zero_before_its_modulus", Lie::LeadingZeroModulus, valid()),
        ],
    );
    list.while_published(
        KeyNotLookedUp,
        "a key that is not for this, or not fit for it, verifies nothing",
        "RFC 7517 sections 4.2 to 4.4; RFC 7518 section 3.3; RFC 8725 section 3.1",
        [
            ("key_has_no_name", Lie::KeyWithoutKid, valid()),
            ("key_is_for_encryption", Lie::EncryptionKeys, valid()),
            ("key_is_for_another_algorithm", Lie::OtherAlgorithm, valid()),
            ("key_is_short", Lie::ShortKeys, valid()),
            ("key_has_exponent_one", Lie::ExponentOne, valid()),
            ("key_is_symmetric", Lie::SymmetricKeys, valid()),
            ("key_is_of_another_type", Lie::EllipticKeys, valid()),
            ("key_among_unusable_ones_is_not_chosen", Lie::MixedKeys, valid().header("kid", "for-encryption")),
        ],
    );
    list.while_published(
        InvalidToken,
        "the published key did not make this signature",
        "RFC 7515 section 5.2; RFC 8725 section 3.1",
        [
            ("key_was_swapped", Lie::SwappedKeys, valid()),
            ("key_is_symmetric_and_used_as_secret", Lie::SymmetricKeys, {
                valid().header("alg", "HS256").authenticated_with(&n)
            }),
            ("published_secret_is_used", Lie::MixedKeys, {
                valid().header("kid", "symmetric").header("alg", "HS256").authenticated_with(b"secret")
            }),
            ("key_is_elliptic_and_signature_is_blank", Lie::EllipticKeys, {
                valid().signed_by(&KeyPair::p256().with_kid(&kid)).edit_signature(|_| vec![0; 64])
            }),
        ],
    );
    list.while_published(
        Unspecified,
        "of two keys with one name, either, both or none may be used",
        "RFC 7517 section 4.5",
        [("keys_share_a_name", Lie::DuplicateKid, valid())],
    );
}

fn scopes_of_keys(list: &mut List, target: &Target<'_>) {
    list.while_published(
        KeyNotLookedUp,
        "a key that signs for others signs nothing for this tenant: in 2023 a consumer key opened enterprise mailboxes",
        "Entra: Access tokens in the Microsoft identity platform (validate the signing key issuer)",
        [
            ("key_is_for_consumers", Lie::KeysOfConsumers, target.token()),
            ("key_is_for_another_tenant", Lie::KeysOfAnotherTenant, target.token()),
            ("key_is_for_another_cloud", Lie::KeysOfAnotherCloud, target.token()),
        ],
    );
}
