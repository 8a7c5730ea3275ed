use std::time::Duration;

use super::super::scripted::signing_keys;
use super::*;

const NOW: Now = Now { unix: 1_000_000, monotonic: Duration::from_secs(1_000) };

fn later(seconds: u64) -> Now {
    Now { unix: NOW.unix + seconds.cast_signed(), monotonic: NOW.monotonic + Duration::from_secs(seconds) }
}

fn first(kids: &[&str]) -> KeySet {
    KeySet::new(signing_keys(kids), Some(FetchTime::at(NOW)))
}

impl KeySet {
    /// The set that a document with `kids` makes of this one.
    fn then(&self, kids: &[&str], now: Now) -> Self {
        self.followed_by(signing_keys(kids), now)
    }

    fn finds(&self, kid: &str, now: Now) -> bool {
        self.serves(now) && !self.named(kid, now).is_empty()
    }

    /// A token of this key is verified.
    #[track_caller]
    fn verifies(&self, kid: &str, now: Now) {
        self.note_use(self.named(kid, now).iter().next().unwrap());
    }
}

const HOUR: u64 = 60 * 60;

#[test]
fn the_generation_grows_with_the_content_only() {
    let first = first(&["a", "b"]);
    let same = first.then(&["b", "a"], later(1));
    let other = same.then(&["a"], later(2));
    assert_eq!((first.generation(), same.generation(), other.generation()), (1, 1, 2));
    assert_eq!(same.fetched, Some(FetchTime::at(later(1))));
}

#[test]
fn a_set_shares_the_keys_that_it_has_in_common_with_the_one_before() {
    let first = first(&["a", "b"]);
    let next = first.then(&["b", "c"], later(1));
    assert!(Arc::ptr_eq(&first.listed.named("b")[0], &next.listed.named("b")[0]));
    assert!(next.listed.named("a").is_empty() && next.len() == 2);
}

#[test]
fn a_key_that_has_verified_a_token_is_retained_until_a_new_key_has() {
    let old = first(&["a", "b"]);
    old.verifies("a", NOW);
    let next = old.then(&["c", "d"], later(10));
    assert!(next.finds("a", later(11)) && next.finds("c", later(11)), "both serve");
    assert!(!next.finds("b", later(11)), "it never verified a token, so nobody misses it");
    next.verifies("a", later(12));
    assert!(next.finds("a", later(13)), "a token of the old key proves nothing about the new ones");
    next.verifies("d", later(14));
    assert!(!next.finds("a", later(14)), "at once, with no help of the keeper");
    assert!(next.finds("c", later(14)));
}

#[test]
fn a_new_document_with_a_proven_key_is_adopted_at_once() {
    let old = first(&["a", "b"]);
    old.verifies("a", NOW);
    old.verifies("b", NOW);
    let next = old.then(&["b", "c"], later(10));
    assert!(!next.finds("a", later(10)));
    assert!(next.retained_until().is_none());
}

#[test]
fn a_new_document_is_adopted_at_once_if_the_old_keys_never_verified_a_token() {
    let next = first(&["a"]).then(&["b"], later(10));
    assert!(!next.finds("a", later(10)) && next.finds("b", later(10)));
}

#[test]
fn keys_are_retained_for_an_hour_at_most() {
    let old = first(&["a"]);
    old.verifies("a", NOW);
    let next = old.then(&["b"], later(10));
    assert!(next.finds("a", later(10 + HOUR - 1)));
    assert!(!next.finds("a", later(10 + HOUR)));
    assert_eq!(next.retained_until(), Some(later(10 + HOUR).monotonic));
    // A document that came again, or another one without a proven key, does not begin a new hour.
    let again = next.then(&["b"], later(20 * 60)).then(&["c"], later(40 * 60));
    assert!(again.finds("a", later(10 + HOUR - 1)) && !again.finds("a", later(10 + HOUR)));
    assert!(!again.finds("b", later(40 * 60)));
}

#[test]
fn no_key_serves_24_hours_after_it_was_last_published() {
    let old = first(&["a"]);
    old.verifies("a", NOW);
    let next = old.then(&["b"], later(24 * HOUR - 60));
    assert!(next.finds("a", later(24 * HOUR - 1)));
    assert!(!next.finds("a", later(24 * HOUR)), "although it was retained for a minute only");
    assert!(next.finds("b", later(24 * HOUR)));
    assert!(!next.finds("b", later(48 * HOUR)));
}

#[test]
fn a_clock_that_is_set_does_not_end_the_hour() {
    let old = first(&["a"]);
    old.verifies("a", NOW);
    let next = old.then(&["b"], later(10));
    for hours in [-30, 20] {
        let jumped = Now { unix: NOW.unix + hours * HOUR.cast_signed(), monotonic: later(60).monotonic };
        assert!(next.finds("a", jumped), "{hours} hours");
    }
    let past_a_day = Now { unix: NOW.unix + 25 * HOUR.cast_signed(), monotonic: later(60).monotonic };
    assert!(!next.finds("a", past_a_day), "the machine may have slept so long");
}

#[test]
fn a_retained_key_that_is_published_again_is_a_proven_one() {
    let old = first(&["a"]);
    old.verifies("a", NOW);
    let back = old.then(&["b"], later(10)).then(&["a", "c"], later(20));
    assert!(back.retained_until().is_none());
    assert!(back.finds("a", later(20 + 2 * HOUR)));
}

#[test]
fn a_key_replaced_under_its_own_name_is_retained_beside_the_new_one() {
    let old = first(&["a"]);
    old.verifies("a", NOW);
    let impostor = crate::jwk::tests::published(&crate::crypto::key_pair::KeyPair::p256(), "a");
    let document = crate::jwk::tests::document(&[impostor]);
    let next = old.followed_by(super::super::scripted::parse(&document, &[Algorithm::ES256]), later(10));
    let candidates: Vec<_> = next.named("a", later(10)).iter().collect();
    assert_eq!(candidates.len(), 2);
    next.note_use(candidates[1]);
    assert_eq!(next.named("a", later(10)).iter().count(), 2, "the second is the old one");
    next.note_use(candidates[0]);
    assert_eq!(next.named("a", later(10)).iter().count(), 1);
}

#[test]
fn marks_survive_a_document_that_did_not_change() {
    let old = first(&["a"]);
    let same = old.fetched_again(later(1));
    // A request that still holds the set of before.
    old.verifies("a", later(2));
    assert!(same.then(&["b"], later(3)).finds("a", later(4)));
}

#[test]
fn the_generation_grows_when_retained_keys_go_in_whatever_way() {
    let old = first(&["a"]);
    old.verifies("a", NOW);
    let next = old.then(&["b"], later(10));
    assert_eq!((old.generation(), next.generation()), (1, 2));
    assert!(next.settled(later(11)).is_none(), "they still serve");

    let by_time = next.settled(later(10 + HOUR)).unwrap();
    assert_eq!((by_time.generation(), by_time.retained_until()), (3, None));
    assert!(by_time.settled(later(10 + HOUR)).is_none());

    next.verifies("b", later(12));
    assert_eq!(next.generation(), 3);
    assert_eq!(next.settled(later(13)).unwrap().generation(), 3);
    assert_eq!(next.then(&["c"], later(13)).generation(), 4);
}

#[test]
fn equal_keys_have_equal_stamps_and_other_keys_do_not() {
    let old = first(&["a", "b"]);
    assert_eq!(old.stamp(NOW), old.then(&["b", "a"], later(1)).stamp(later(1)));
    assert_ne!(old.stamp(later(1)), old.then(&["a"], later(1)).stamp(later(1)));
    assert_ne!(old.stamp(NOW), first(&["a", "b"]).stamp(NOW), "of another source, or after a restart of the count");
    assert_ne!(old.stamp(NOW), old.clone().of_other_issuer().stamp(NOW));
}

/// Whatever ends the retention, and before anybody has written it down.
#[test]
fn the_stamp_tells_at_once_that_keys_are_retained_no_longer() {
    let old = first(&["a"]);
    old.verifies("a", NOW);
    let next = old.then(&["b"], later(10));
    let retaining = next.stamp(later(11));
    assert_eq!(next.stamp(later(9 + HOUR)), retaining);
    assert!(next.finds("a", later(9 + HOUR)) && !next.finds("a", later(10 + HOUR)));
    let over = next.stamp(later(10 + HOUR));
    assert_ne!(over, retaining);
    assert_ne!(next.then(&["c"], later(11 + HOUR)).stamp(later(11 + HOUR)), over, "another set than the one without a");

    next.verifies("b", later(12));
    assert_ne!(next.stamp(later(12)), retaining, "adopted");
}
