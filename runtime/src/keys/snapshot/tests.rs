use serde_json::json;

use super::super::scripted::{named, parse, signing_keys};
use super::*;
use crate::crypto::key_pair::KeyPair;
use crate::jwk::tests as jwk;

const NOW: Now = Now { unix: 1_000_000, monotonic: Duration::from_secs(1_000) };

fn fetched(kids: &[&str]) -> Snapshot {
    Snapshot { keys: Some(KeySet::new(signing_keys(kids), Some(FetchTime::at(NOW)))), ..Snapshot::empty(false) }
}

fn later(seconds: u64) -> Now {
    Now { unix: NOW.unix + seconds.cast_signed(), monotonic: NOW.monotonic + Duration::from_secs(seconds) }
}

fn kids(lookup: &Lookup<'_>) -> Vec<String> {
    let Lookup::Found(keys) = lookup else { panic!("{lookup:?}") };
    keys.iter().map(|key| key.kid.as_deref().unwrap_or("none").to_owned()).collect()
}

const RETRY: Duration = Duration::from_secs(1);

#[test]
fn finds_a_key_by_its_kid_and_nothing_by_a_prefix() {
    let snapshot = fetched(&["b", "a", "c", "bb"]);
    for kid in ["a", "b", "bb", "c"] {
        assert_eq!(kids(&snapshot.find(&named(kid), NOW)), [kid]);
    }
    for kid in ["", "B", "ba", "d", "a\0", "../a"] {
        assert_eq!(snapshot.find(&named(kid), NOW), Lookup::Ask, "{kid:?}");
    }
}

#[test]
fn a_kid_of_another_algorithm_is_still_found_for_the_caller_to_refuse() {
    let snapshot = fetched(&["a"]);
    let query = KeyQuery { algorithm: Algorithm::RS256, ..named("a") };
    assert_eq!(kids(&snapshot.find(&query, NOW)), ["a"]);
}

#[test]
fn two_different_keys_of_one_kid_are_both_candidates_and_a_repeated_one_is_not() {
    let (one, other) = (jwk::published(&KeyPair::p256(), "same"), jwk::published(&KeyPair::p256(), "same"));
    let document = jwk::document(&[one.clone(), jwk::published(&KeyPair::p256(), "a"), one, other]);
    let keys = parse(&document, &[Algorithm::ES256]);
    let snapshot = Snapshot::fixed(keys, false);
    assert_eq!(kids(&snapshot.find(&named("same"), NOW)), ["same", "same"]);
}

#[test]
fn without_kid_the_thumbprint_names_the_key() {
    let mut with_thumbprint = jwk::published(&KeyPair::p256(), "a");
    with_thumbprint["x5t"] = json!("thumb");
    let keys = parse(&jwk::document(&[with_thumbprint]), &[Algorithm::ES256]);
    let snapshot = Snapshot { keys: Some(KeySet::new(keys, Some(FetchTime::at(NOW)))), ..Snapshot::empty(true) };
    let query = |kid, x5t| KeyQuery { kid, x5t, ..named("a") };
    assert_eq!(kids(&snapshot.find(&query(None, Some("thumb")), NOW)), ["a"]);
    assert_eq!(snapshot.find(&query(None, Some("other")), NOW), Lookup::Absent);
    assert_eq!(snapshot.find(&query(Some("b"), Some("thumb")), NOW), Lookup::Ask, "the kid decides alone");
}

#[test]
fn without_any_name_only_a_single_fitting_key_is_found_and_only_where_allowed() {
    let query = |algorithm| KeyQuery { kid: None, algorithm, ..named("a") };
    let (ec, okp) = (jwk::published(&KeyPair::p256(), "a"), jwk::published(&KeyPair::ed25519(), "b"));
    let parse = |keys: &[_]| parse(&jwk::document(keys), &[Algorithm::ES256, Algorithm::EdDSA]);
    let allowed = Snapshot::fixed(parse(&[ec.clone(), okp.clone()]), true);
    assert_eq!(kids(&allowed.find(&query(Algorithm::ES256), NOW)), ["a"]);
    assert_eq!(kids(&allowed.find(&query(Algorithm::EdDSA), NOW)), ["b"]);
    assert_eq!(allowed.find(&query(Algorithm::RS256), NOW), Lookup::Absent);
    let refused = Snapshot::fixed(parse(&[ec.clone(), okp]), false);
    assert_eq!(refused.find(&query(Algorithm::ES256), NOW), Lookup::Absent);
    let two = Snapshot::fixed(parse(&[ec, jwk::published(&KeyPair::p256(), "c")]), true);
    assert_eq!(two.find(&query(Algorithm::ES256), NOW), Lookup::Absent);
}

#[test]
fn a_kid_of_more_than_256_bytes_is_absent_without_asking() {
    let snapshot = fetched(&["a"]);
    assert_eq!(snapshot.find(&named(&"k".repeat(257)), NOW), Lookup::Absent);
    assert_eq!(snapshot.find(&named(&"k".repeat(256)), NOW), Lookup::Ask);
}

#[test]
fn a_fixed_set_never_ages_and_never_asks() {
    let snapshot = Snapshot::fixed(signing_keys(&["a"]), false);
    let in_a_year = later(365 * 24 * 60 * 60);
    assert_eq!(kids(&snapshot.find(&named("a"), in_a_year)), ["a"]);
    assert_eq!(snapshot.find(&named("b"), in_a_year), Lookup::Absent);
    assert_eq!(Snapshot::fixed(vec![], false).find(&named("a"), NOW), Lookup::Absent);
}

#[test]
fn keys_serve_until_they_are_24_hours_old_on_either_clock() {
    let snapshot = fetched(&["a"]);
    let day = 24 * 60 * 60;
    assert!(snapshot.has_keys(later(day - 1)));
    assert!(!snapshot.has_keys(later(day)));
    assert!(!snapshot.has_keys(Now { unix: later(day).unix, ..NOW }), "the machine slept");
    assert!(!snapshot.has_keys(Now { monotonic: later(day).monotonic, ..NOW }), "the wall clock was held back");
    assert!(snapshot.has_keys(Now { unix: 0, ..NOW }), "the wall clock was set back");
    assert!(snapshot.has_keys(Now { unix: i64::MIN, ..NOW }));
    assert!(!snapshot.has_keys(Now { unix: i64::MAX, ..NOW }));
}

#[test]
fn an_absent_kid_is_absent_until_its_entry_ends() {
    let entry = AbsentKid {
        kid: "b".into(),
        looked_up: NOW.unix,
        tokens: [TokenId::Text(b"seen").hash()].into(),
        until: later(30).monotonic,
    };
    let again = Some(later(10).monotonic);
    let snapshot = Snapshot { absent: [entry].into(), forced_again: again, ..fetched(&["a"]) };
    assert_eq!(snapshot.find(&named("b"), later(29)), Lookup::Absent);
    assert_eq!(snapshot.find(&named("b"), later(30)), Lookup::Ask);
    let seconds = Duration::from_secs;
    // A look-up tells nothing of a key that may have been published since.
    let signed_by = |signed_by| KeyQuery { signed_by, ..named("b") };
    assert_eq!(snapshot.find(&signed_by(NOW.unix - 1), later(3)), Lookup::Absent);
    let seen = KeyQuery { token: TokenId::Text(b"seen"), ..signed_by(i64::MAX) };
    assert_eq!(snapshot.find(&seen, later(3)), Lookup::Absent, "it was here when the look-up began");
    for moment in [NOW.unix, NOW.unix + 1, i64::MAX] {
        assert_eq!(snapshot.find(&signed_by(moment), later(3)), Lookup::NotYet { retry_after: seconds(7) });
        assert_eq!(snapshot.find(&signed_by(moment), later(10)), Lookup::Ask);
    }
    assert_eq!(snapshot.find(&named("c"), later(3)), Lookup::NotYet { retry_after: seconds(7) });
}

#[test]
fn a_running_cool_down_refuses_and_a_fetch_in_flight_is_joined() {
    let cooling = || Snapshot { forced_again: Some(later(5).monotonic), ..Snapshot::empty(false) };
    let retry_after = |now| match cooling().find(&named("a"), now) {
        Lookup::Unavailable { retry_after } => Some(retry_after.as_secs()),
        lookup => {
            assert_eq!(lookup, Lookup::Ask);
            None
        }
    };
    assert_eq!(retry_after(NOW), Some(5));
    assert_eq!(retry_after(later(4)), Some(1));
    let almost = Now { monotonic: later(4).monotonic + Duration::from_millis(999), ..NOW };
    assert_eq!(retry_after(almost), Some(1));
    assert_eq!(retry_after(later(5)), None);
    let joined = Snapshot { in_flight: true, ..cooling() };
    assert_eq!(joined.find(&named("a"), NOW), Lookup::Ask);
}

#[test]
fn after_asking_the_answer_is_final() {
    let refused = Asked::Refused { retry_after: RETRY * 7 };
    let empty = || Snapshot::empty(false);
    let (not_yet, unavailable) =
        (|n| Lookup::NotYet { retry_after: RETRY * n }, |n| Lookup::Unavailable { retry_after: RETRY * n });
    for (snapshot, asked, expected) in [
        (fetched(&["b"]), Asked::Arrived, not_yet(1)),
        (fetched(&["b"]), Asked::Absent, Lookup::Absent),
        (fetched(&["b"]), refused, not_yet(7)),
        (empty(), Asked::Arrived, unavailable(1)),
        (empty(), refused, unavailable(7)),
        (Snapshot::fixed(vec![], false), refused, Lookup::Absent),
    ] {
        assert_eq!(snapshot.find_after(asked, &named("a"), NOW), expected, "{asked:?}");
    }
    for asked in [Asked::Arrived, Asked::Absent, refused] {
        assert_eq!(kids(&fetched(&["a"]).find_after(asked, &named("a"), NOW)), ["a"], "{asked:?}");
    }
}
