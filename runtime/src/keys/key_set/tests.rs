use std::time::Duration;

use super::super::scripted::signing_keys;
use super::*;

const NOW: Now = Now { unix: 1_000_000, monotonic: Duration::from_secs(1_000) };

fn later(seconds: u64) -> Now {
    Now { unix: NOW.unix + seconds.cast_signed(), monotonic: NOW.monotonic + Duration::from_secs(seconds) }
}

#[test]
fn the_generation_grows_with_the_content_only() {
    let first = KeySet::new(signing_keys(&["a", "b"]), Some(NOW));
    let same = first.followed_by(signing_keys(&["b", "a"]), later(1));
    let other = same.followed_by(signing_keys(&["a"]), later(2));
    assert_eq!((first.generation, same.generation, other.generation), (1, 1, 2));
    assert_eq!(same.fetched, Some(later(1)));
}

#[test]
fn a_set_shares_the_keys_that_it_has_in_common_with_the_one_before() {
    let first = KeySet::new(signing_keys(&["a", "b"]), Some(NOW));
    let next = first.followed_by(signing_keys(&["b", "c"]), later(1));
    assert!(Arc::ptr_eq(&first.named("b")[0], &next.named("b")[0]));
    assert!(next.named("a").is_empty() && next.len() == 2);
}
