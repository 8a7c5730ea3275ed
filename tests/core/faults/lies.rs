//! What an issuer may publish by mistake or be made to publish, and what a good token meets meanwhile.

use futures_util::future::join_all;
use requires_auth::Reason;
use requires_auth::testing::{Issuer, Lie};
use requires_auth_tests::site::{Site, refused};

/// What a token meets: the handler, or a refusal.
type Met = Result<(), Reason>;

/// Each lie, what a good token meets if the verifier starts with it, and what if it is told later.
///
/// A document that cannot be right never replaces one that was. One that can be right, and has no such key any more,
/// does, where no key has verified a token yet: an issuer withdraws a key in no other way.
const LIES: [(Lie, Met, Met); 30] = {
    const NO_KEYS: Met = Err(Reason::KeysUnavailable);
    const OLD_KEYS: Met = Ok(());
    [
        (Lie::Garbage, NO_KEYS, OLD_KEYS),
        (Lie::Html, NO_KEYS, OLD_KEYS),
        (Lie::Truncated, NO_KEYS, OLD_KEYS),
        (Lie::Oversized, NO_KEYS, OLD_KEYS),
        (Lie::NeverEnding, NO_KEYS, OLD_KEYS),
        (Lie::RedirectToHttp, NO_KEYS, OLD_KEYS),
        (Lie::WrongIssuer, NO_KEYS, OLD_KEYS),
        (Lie::IssuerWithSlash, NO_KEYS, OLD_KEYS),
        (Lie::NoIssuer, NO_KEYS, OLD_KEYS),
        (Lie::NoKeysUri, NO_KEYS, OLD_KEYS),
        (Lie::KeysOverHttp, NO_KEYS, OLD_KEYS),
        (Lie::KeysInFile, NO_KEYS, OLD_KEYS),
        (Lie::EmptyKeys, NO_KEYS, OLD_KEYS),
        (Lie::NoKeysMember, NO_KEYS, OLD_KEYS),
        (Lie::NullKeys, NO_KEYS, OLD_KEYS),
        (Lie::ManyKeys, NO_KEYS, OLD_KEYS),
        (Lie::EncryptionKeys, NO_KEYS, OLD_KEYS),
        (Lie::OtherAlgorithm, NO_KEYS, OLD_KEYS),
        (Lie::ShortKeys, NO_KEYS, OLD_KEYS),
        (Lie::ExponentOne, NO_KEYS, OLD_KEYS),
        (Lie::SymmetricKeys, NO_KEYS, OLD_KEYS),
        (Lie::EllipticKeys, NO_KEYS, OLD_KEYS),
        (Lie::WrongContentType, Ok(()), Ok(())),
        (Lie::MixedKeys, Ok(()), Ok(())),
        (Lie::LeadingZeroModulus, Ok(()), Ok(())),
        (Lie::KeyWithoutKid, Err(Reason::UnknownKey), Err(Reason::UnknownKey)),
        (Lie::SwappedKeys, Err(Reason::Signature), Err(Reason::Signature)),
        (Lie::KeysOfConsumers, Err(Reason::KeyIssuer), Err(Reason::KeyIssuer)),
        (Lie::KeysOfAnotherTenant, Err(Reason::KeyIssuer), Err(Reason::KeyIssuer)),
        (Lie::KeysOfAnotherCloud, Err(Reason::KeyIssuer), Err(Reason::KeyIssuer)),
    ]
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lie_at_the_start_is_believed() {
    let cases = LIES.map(|(lie, at_start, _)| async move {
        let issuer = Issuer::entra();
        issuer.lie(lie);
        let site = Site::start(issuer);
        let outcome = site.ask().await;
        assert_eq!(outcome.map_err(|refusal| refusal.reason()), at_start, "{lie:?} at the start");
        assert_eq!(site.issuer.requests().other, 0, "{lie:?} was followed");

        site.issuer.recover();
        site.recovers().await;
    });
    join_all(cases.map(tokio::spawn)).await.into_iter().for_each(|case| case.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lie_replaces_keys_that_work() {
    let cases = LIES.map(|(lie, _, later)| async move {
        let site = Site::with_keys().await;
        site.issuer.lie(lie);
        site.refresh().await;
        let outcome = site.ask().await;
        assert_eq!(outcome.map_err(|refusal| refusal.reason()), later, "{lie:?} later");
        assert_eq!(site.issuer.requests().other, 0, "{lie:?} was followed");

        site.issuer.recover();
        site.recovers().await;
    });
    join_all(cases.map(tokio::spawn)).await.into_iter().for_each(|case| case.unwrap());
}

/// Whatever is published in its place, and although some of it can be right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lie_replaces_a_key_that_has_verified_a_token() {
    let cases = LIES.map(|(lie, ..)| async move {
        let site = Site::with_keys().await;
        site.ask().await.unwrap();
        site.issuer.lie(lie);
        site.refresh().await;
        let outcome = site.ask().await;
        assert_eq!(outcome.map_err(|refusal| refusal.reason()), Ok(()), "{lie:?}");
    });
    join_all(cases.map(tokio::spawn)).await.into_iter().for_each(|case| case.unwrap());
}

/// Two keys of one name: whichever is used, a changed token passes with neither.
#[tokio::test]
async fn keys_that_share_a_name_verify_no_changed_token() {
    let issuer = Issuer::entra();
    issuer.lie(Lie::DuplicateKid);
    let site = Site::start(issuer);
    let _either = site.ask().await;
    let forged = site.token().edit_signature(|mut signature| {
        signature[7] ^= 1;
        signature
    });
    refused(Reason::Signature, site.ask_with(&forged).await);
}
