use std::collections::HashSet;

use super::*;
use crate::testing::ManualClock;

fn all_corpora() -> Vec<(&'static str, Vec<Attack>)> {
    let (entra, provider) = (Issuer::entra(), Issuer::oidc());
    let at_noon = Issuer::entra().with_clock(ManualClock::starting_at(1_800_000_000));
    vec![
        ("entra", all(&entra)),
        ("oidc", oidc(&provider)),
        ("clock", all(&at_noon)),
        ("published by entra", published(&entra)),
        ("published by a provider", published(&provider)),
    ]
}

#[test]
fn names_are_unique_and_rule_like_and_every_entry_says_why() {
    for (corpus, attacks) in all_corpora() {
        let mut names = HashSet::new();
        for attack in &attacks {
            let rule_like = attack.name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
            assert!(rule_like, "{}", attack.name);
            assert!(names.insert(attack.name), "{corpus}: {} twice", attack.name);
            assert!(attack.why.len() > 15 && attack.source.len() > 5, "{}", attack.name);
        }
    }
}

#[test]
fn no_two_entries_send_the_same() {
    for (corpus, attacks) in all_corpora() {
        let mut sent = HashSet::new();
        for attack in &attacks {
            // Token ids differ, so equal texts would be one text built twice.
            assert!(
                sent.insert((attack.published, attack.authorization.clone())),
                "{corpus}: {} repeats another",
                attack.name
            );
        }
    }
}

#[test]
fn the_corpora_are_large_and_have_entries_to_grant() {
    for (corpus, attacks) in all_corpora() {
        let granted = attacks.iter().filter(|attack| attack.expected == Verdict::Granted).count();
        let (least, least_granted) = if corpus.starts_with("published") { (25, 2) } else { (200, 30) };
        assert!(attacks.len() >= least && granted >= least_granted, "{corpus}");
    }
}

#[test]
fn what_is_not_to_be_401_is_genuinely_signed() {
    use crate::crypto::{VerifyingKey, key_pair::PublicMembers};
    use jsonwebtoken::Algorithm;

    let (entra, provider) = (Issuer::entra(), Issuer::oidc());
    for (issuer, attacks) in [(&entra, all(&entra)), (&provider, oidc(&provider))] {
        let PublicMembers::Rsa { n, e } = issuer.signing_key().public() else { panic!("an RSA key") };
        let key = VerifyingKey::rsa(Algorithm::RS256, &n, &e).expect("a key");
        let genuine = [Verdict::Granted, Verdict::Forbidden, Verdict::InsufficientScope];
        for attack in attacks.iter().filter(|attack| genuine.contains(&attack.expected)) {
            let field = std::str::from_utf8(&attack.authorization[0]).expect("ASCII").trim();
            let token = field.rsplit(' ').next().expect("a token");
            let (input, signature) = token.rsplit_once('.').expect("a signature");
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).expect("base64url");
            assert!(key.verify(input.as_bytes(), &signature).is_ok(), "{}", attack.name);
            for part in input.split('.') {
                let json = BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url");
                let value: serde_json::Value = serde_json::from_slice(&json).expect(attack.name);
                assert!(value.is_object(), "{}", attack.name);
            }
        }
    }
}

#[test]
fn only_control_characters_do_not_fit_in_a_field() {
    let issuer = Issuer::entra();
    for attack in all(&issuer) {
        let is_control = attack.name.starts_with("control_character");
        assert_eq!(!attack.fits_in_fields(), is_control, "{}", attack.name);
    }
}

#[test]
fn no_case_is_changed_where_there_is_none() {
    let issuer = Issuer::entra_with("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
    assert!(all(&issuer).iter().all(|attack| !attack.name.ends_with("tid_in_upper_case")));
}

#[test]
fn verdicts_read_status_and_error_code() {
    let missing = Some("Bearer realm=\"api\"");
    let invalid = Some("Bearer realm=\"api\", error=\"invalid_token\", error_description=\"expired\"");
    let scope = Some("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"a\"");
    let answers = [(200, None), (400, Some("Bearer error=\"invalid_request\"")), (401, missing), (401, invalid)]
        .into_iter()
        .chain([(403, missing), (403, scope), (431, None), (500, None), (503, None)]);
    let allowed = |verdict: Verdict| -> Vec<usize> {
        let answers = answers.clone().enumerate();
        answers.filter(|(_, (status, challenge))| verdict.allows(*status, *challenge)).map(|(i, _)| i).collect()
    };
    assert_eq!(allowed(Verdict::Granted), [0]);
    assert_eq!(allowed(Verdict::MalformedRequest), [1]);
    assert_eq!(allowed(Verdict::MissingToken), [2]);
    assert_eq!(allowed(Verdict::InvalidToken), [3]);
    assert_eq!(allowed(Verdict::Forbidden), [4, 5]);
    assert_eq!(allowed(Verdict::InsufficientScope), [5]);
    assert_eq!(allowed(Verdict::KeyNotLookedUp), [3, 8]);
    assert_eq!(allowed(Verdict::KeysUnavailable), [8]);
    assert_eq!(allowed(Verdict::TooLarge), [1, 2, 3, 6]);
    assert_eq!(allowed(Verdict::Refused), [3, 4, 5]);
    assert_eq!(allowed(Verdict::GrantedOrInvalid), [0, 3]);
    assert_eq!(allowed(Verdict::GrantedOrUnavailable), [0, 8]);
    assert_eq!(allowed(Verdict::Unspecified), [0, 3, 4, 5, 8]);
    assert!(Verdict::GrantedOrInvalid.allows_access() && !Verdict::Refused.allows_access());
}
