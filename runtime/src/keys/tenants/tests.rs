use std::time::Duration;

use super::*;

fn at(seconds: u64) -> Now {
    Now { unix: 0, monotonic: Duration::from_secs(seconds) }
}

fn tenant(number: usize) -> Box<str> {
    format!("tenant-{number}").into()
}

fn tenancy() -> (Arc<TenantSets>, Tenancy) {
    let sets = Arc::new(TenantSets::new());
    let tenancy = Tenancy::new(Arc::clone(&sets), Duration::ZERO);
    (sets, tenancy)
}

fn keys() -> Keys {
    Keys::fixed(Vec::new(), false)
}

#[test]
fn the_allowance_is_a_burst_and_then_one_every_two_seconds() {
    let mut allowance = Allowance::new(Duration::ZERO);
    let mut take =
        |seconds: u64, times: usize| (0..times).filter(|_| allowance.take(Duration::from_secs(seconds))).count();
    assert_eq!(take(0, 1_000), 16);
    assert_eq!(take(1, 1_000), 0);
    assert_eq!(take(2, 1_000), 1);
    assert_eq!(take(10, 1_000), 4);
    assert_eq!(take(1_000_000, 1_000), 16, "what nobody took is not saved up");
}

#[test]
fn a_flood_of_tenants_uses_the_allowance_up_and_leaves_the_sets_alone() {
    let (sets, mut tenancy) = tenancy();
    tenancy.add("known".into(), 0, keys(), true, at(0));
    let now = Duration::from_secs(1);
    let admitted = (0..100_000).filter(|number| tenancy.allows_look_up(&tenant(*number), now)).count();
    assert_eq!(admitted, 16);
    assert!(sets.of("known").is_some());
    assert!(tenancy.allows_look_up("known", now), "who is known has an allowance of its own");
}

#[test]
fn each_known_tenant_has_an_allowance_of_its_own() {
    let (_sets, mut tenancy) = tenancy();
    for number in 0..40 {
        tenancy.add(tenant(number), number as u64, keys(), true, at(0));
    }
    let now = Duration::from_secs(1);
    let mut admitted = |number: usize| (0..1_000).filter(|_| tenancy.allows_look_up(&tenant(number), now)).count();
    assert_eq!([0, 1, 38].map(&mut admitted), [16; 3]);
    assert_eq!(admitted(39), 16, "the others were flooded");
}

/// Tenants that come and go: one whose set went is still known, and what it used up stays used.
#[test]
fn a_tenant_whose_set_went_keeps_its_allowance() {
    let (_sets, mut tenancy) = tenancy();
    tenancy.add("gone".into(), 1, keys(), true, at(0));
    tenancy.add("unproven".into(), 2, keys(), false, at(0));
    let later = IDLE + Duration::from_secs(1);
    assert_eq!(tenancy.tidy(later).len(), 2);
    for number in 0..100 {
        tenancy.allows_look_up(&tenant(number), later);
    }
    assert!(!tenancy.allows_look_up("unproven", later), "as any other that no token vouches for");
    let admitted = (0..100).filter(|_| tenancy.allows_look_up("gone", later)).count();
    assert_eq!(admitted, 16);
    tenancy.add("gone".into(), 3, keys(), true, Now { unix: 0, monotonic: later });
    assert!(!tenancy.allows_look_up("gone", later), "coming back fills no allowance up");
}

#[test]
fn the_memory_of_tenants_whose_set_went_is_bounded() {
    let (_sets, mut tenancy) = tenancy();
    for number in 0..2 * MOST_FORMER {
        tenancy.add(tenant(number), number as u64, keys(), true, at(0));
        assert_eq!(tenancy.tidy(IDLE + Duration::from_secs(1)), [number as u64]);
    }
    assert_eq!((tenancy.former.len(), tenancy.former_in_order.len()), (MOST_FORMER, MOST_FORMER));
    assert!(tenancy.former.contains_key(&tenant(2 * MOST_FORMER - 1)));
}

#[test]
fn a_set_that_no_token_vouches_for_goes_when_its_refresh_fails_and_after_a_minute_at_the_latest() {
    let (sets, mut tenancy) = tenancy();
    for (number, name) in [(1, "failed"), (2, "silent"), (3, "verified")] {
        tenancy.add(name.into(), number, keys(), false, at(0));
    }
    assert!(!sets.note_verified("verified", at(5)), "it has a set already");
    assert_eq!(tenancy.refresh_failed(1, Duration::from_secs(6)), Some(1));
    assert_eq!(tenancy.refresh_failed(3, Duration::from_secs(6)), None, "last good keys serve");
    assert_eq!(tenancy.tidy(Duration::from_secs(59)), [0_u64; 0]);
    assert_eq!(tenancy.tidy(Duration::from_secs(60)), [2]);
    assert!(sets.of("silent").is_none() && sets.of("failed").is_none() && sets.of("verified").is_some());
}

#[test]
fn a_tenant_that_does_not_call_for_two_hours_has_no_set_any_more() {
    let (sets, mut tenancy) = tenancy();
    tenancy.add("calls".into(), 1, keys(), true, at(0));
    tenancy.add("gone".into(), 2, keys(), true, at(0));
    sets.note_verified("calls", at(7_000));
    assert_eq!(tenancy.tidy(Duration::from_secs(7_199)), [0_u64; 0]);
    assert_eq!(tenancy.tidy(Duration::from_secs(7_200)), [2]);
    assert!(sets.of("calls").is_some());
    assert!(sets.note_verified("gone", at(7_201)), "its next token brings it back");
}

#[test]
fn at_most_a_thousand_tenants_have_sets_and_only_idle_ones_make_room() {
    let (sets, mut tenancy) = tenancy();
    for number in 0..MOST_TENANTS {
        assert_eq!(tenancy.make_room(Duration::ZERO), Ok(None));
        tenancy.add(tenant(number), number as u64, keys(), true, at(0));
    }
    assert_eq!(tenancy.make_room(Duration::from_secs(599)), Err(Full));
    assert!(!sets.note_verified("another", at(599)), "the keeper is not even asked");

    for number in 1..MOST_TENANTS {
        sets.note_verified(&tenant(number), at(599));
    }
    assert_eq!(tenancy.make_room(Duration::from_secs(600)), Ok(Some(0)), "the one that was idle longest goes");
    tenancy.add("another".into(), 5_000, keys(), true, at(600));
    assert!(sets.of("another").is_some() && sets.of(&tenant(0)).is_none());
    assert_eq!(tenancy.members.len(), MOST_TENANTS);
}

#[test]
fn tokens_that_are_sent_again_ask_for_sets_once_a_second() {
    let (sets, mut tenancy) = tenancy();
    let asks = |second| (0..1_000).filter(|number| sets.note_recalled(&tenant(*number), at(second))).count();
    assert_eq!([asks(0), asks(0), asks(1)], [1, 0, 1]);
    assert!(sets.note_verified("another", at(1)), "one that is verified anew asks for itself");

    tenancy.add("calls".into(), 1, keys(), true, at(0));
    assert!(!sets.note_recalled("calls", at(7_000)), "it has a set already");
    assert_eq!(tenancy.tidy(Duration::from_secs(7_200)), [0_u64; 0], "and that is in use");
}
