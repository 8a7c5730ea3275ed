use std::collections::HashMap;
use std::sync::OnceLock;

use super::*;
use crate::access_token::{AccessToken, Basis, CallerKind, Facts, Grantor, Minimum, Traits};
use crate::claims::Overage;
use crate::crypto::key_pair::{KeyPair, PublicMembers};
use crate::crypto::{SignatureValid, VerifyingKey};
use crate::error::ApiDescription;

const NOW: i64 = 1_800_000_000;

/// There is no way round a signature, for a test neither.
fn proof() -> &'static SignatureValid {
    static PROOF: OnceLock<SignatureValid> = OnceLock::new();
    PROOF.get_or_init(|| {
        let pair = KeyPair::ed25519();
        let PublicMembers::Ed25519 { x } = pair.public() else { unreachable!() };
        let signature = pair.sign(jsonwebtoken::Algorithm::EdDSA, b"");
        VerifyingKey::ed25519(&x).unwrap().verify(b"", &signature).unwrap()
    })
}

fn verified(token: &str, authority: Option<&'static str>, until: i64) -> Arc<Verified> {
    let facts = Facts {
        issuer: "https://id.example.com".into(),
        subject: None,
        object_id: None,
        tenant_id: None,
        client_id: None,
        token_id: None,
        scopes: Vec::new(),
        roles: Vec::new(),
        groups: Vec::new(),
        directory_roles: Vec::new(),
        auth_contexts: Vec::new(),
        traits: Traits {
            expires_at: until,
            caller: CallerKind::Unknown,
            applications_have_scopes: false,
            guest: None,
            agent: false,
            overage: Overage::default(),
            claims_capable: false,
        },
    };
    let api = ApiDescription {
        realm: "api".into(),
        scope_prefix: "".into(),
        authorization_uri: None,
        resource_metadata: None,
    };
    let grantor = Arc::new(Grantor { name: None, api: Arc::new(api), minimum: Minimum::Genuine });
    let basis = Basis { authority, route: 0, keys: None, current: 0..until, is_cached: true };
    Arc::clone(AccessToken::from_verified(proof(), token.as_bytes(), &facts, grantor, basis).shared())
}

/// As long as a real one, its tail unlike all others.
fn text(number: usize) -> String {
    let tail = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{}.{number}.{tail:016x}", "h".repeat(1_900))
}

fn holds(cache: &TokenCache, token: &str) -> bool {
    cache.find(token.as_bytes(), None).inspect(Found::note_use).is_some()
}

#[test]
fn nothing_is_kept_where_nothing_may_be() {
    assert!(TokenCache::new(0).is_none());
}

#[test]
fn a_token_is_found_by_all_of_its_bytes() {
    let cache = TokenCache::new(1 << 20).unwrap();
    let token = text(1);
    cache.insert(&verified(&token, None, NOW + 60), NOW);
    assert!(holds(&cache, &token));
    for position in 0..token.len() {
        let mut other = token.clone().into_bytes();
        other[position] ^= 1;
        assert!(cache.find(&other, None).is_none(), "byte {position}");
    }
    // Equal tails, so the same place: the rest is compared, too.
    assert!(!holds(&cache, &token[1..]) && !holds(&cache, &format!("h{token}")));
    assert!(!holds(&cache, &token[token.len() - 8..]) && !holds(&cache, "") && !holds(&cache, "h"));
}

#[test]
fn a_token_is_remembered_for_the_authority_that_was_asked_for() {
    let cache = TokenCache::new(1 << 20).unwrap();
    let token = text(1);
    cache.insert(&verified(&token, Some("staff"), NOW + 60), NOW);
    assert!(cache.find(token.as_bytes(), Some("staff")).is_some());
    assert!(cache.find(token.as_bytes(), Some("partners")).is_none() && !holds(&cache, &token));
    cache.insert(&verified(&token, None, NOW + 60), NOW);
    assert!(holds(&cache, &token) && cache.find(token.as_bytes(), Some("staff")).is_some());
}

#[test]
fn the_same_token_takes_one_place() {
    let cache = TokenCache::new(1 << 20).unwrap();
    let entry = verified(&text(1), None, NOW + 60);
    for _ in 0..100 {
        cache.insert(&entry, NOW);
    }
    assert_eq!(cache.bytes.load(Ordering::Relaxed), entry.bytes());
}

#[test]
fn its_bytes_are_bounded_and_counted() {
    let limit = 64 * 1024;
    let cache = TokenCache::new(limit).unwrap();
    for number in 0..1_000 {
        cache.insert(&verified(&text(number), None, NOW + 60), NOW);
        assert!(cache.bytes.load(Ordering::Relaxed) <= limit, "{number}");
        assert!(holds(&cache, &text(number)), "what came last is there: {number}");
    }
    let entries = cache.sets.iter().flat_map(|set| set.ways().filter_map(|way| way.token.load_full()));
    assert_eq!(entries.map(|entry| entry.bytes()).sum::<usize>(), cache.bytes.load(Ordering::Relaxed));
    let held = (0..1_000).filter(|number| holds(&cache, &text(*number))).count();
    assert!((15..=30).contains(&held), "{held} tokens of 2.2 KiB in 64 KiB");
}

#[test]
fn a_token_larger_than_the_cache_is_left_out() {
    let cache = TokenCache::new(1_000).unwrap();
    cache.insert(&verified(&text(1), None, NOW + 60), NOW);
    assert!(!holds(&cache, &text(1)));
    assert_eq!(cache.bytes.load(Ordering::Relaxed), 0);
}

#[test]
fn ten_thousand_tokens_of_usual_size_fit_the_default() {
    let cache = TokenCache::new(TokenCache::DEFAULT_BYTES).unwrap();
    for number in 0..10_000 {
        cache.insert(&verified(&text(number), None, NOW + 60), NOW);
    }
    let held = (0..10_000).filter(|number| holds(&cache, &text(*number))).count();
    assert!(held > 9_950, "{held} of 10,000");
}

#[test]
fn expired_tokens_make_room_first() {
    // One set, in which its places are fewer than its bytes would allow.
    let cache = TokenCache::new(8 * 1024).unwrap();
    assert_eq!(cache.sets.len(), 1);
    let short_text = |number: usize| text(number).split_off(1_900);
    for number in 0..8 {
        let until = NOW + if number % 2 == 0 { 60 } else { 600 };
        cache.insert(&verified(&short_text(number), None, until), NOW);
    }
    // All are used, those that will expire most of all.
    assert!((0..8).all(|number| holds(&cache, &short_text(number))));
    for number in 8..12 {
        cache.insert(&verified(&short_text(number), None, NOW + 600), NOW + 120);
    }
    let held: Vec<_> = (0..12).filter(|number| holds(&cache, &short_text(*number))).collect();
    assert_eq!(held, [1, 3, 5, 7, 8, 9, 10, 11]);
}

#[test]
fn expired_tokens_make_room_first_where_bytes_are_what_is_short() {
    const LIMIT: usize = 1 << 20;
    let cache = TokenCache::new(LIMIT).unwrap();
    let fitting = LIMIT / verified(&text(0), None, NOW).bytes() - 1;
    let expires = |number: usize| number.is_multiple_of(2);
    for number in 0..fitting {
        let until = NOW + if expires(number) { 60 } else { 600 };
        cache.insert(&verified(&text(number), None, until), NOW);
    }
    let held = || (0..fitting).filter(|number| !expires(*number) && holds(&cache, &text(*number))).count();
    // All are used.
    let before = held();
    for number in fitting..fitting + 100 {
        cache.insert(&verified(&text(number), None, NOW + 600), NOW + 120);
    }
    // A set of eight may be full of good ones.
    assert!(held() + 5 >= before, "{} of {before}", held());
}

#[test]
fn what_is_used_outlives_what_is_not() {
    let cache = TokenCache::new(1 << 20).unwrap();
    let favourites: Vec<String> = (0..50).map(text).collect();
    for token in &favourites {
        cache.insert(&verified(token, None, NOW + 60), NOW);
    }
    for number in 1_000..5_000 {
        cache.insert(&verified(&text(number), None, NOW + 60), NOW);
        // Each of them is sent about every fiftieth time.
        let token = &favourites[number % 50];
        if !holds(&cache, token) {
            cache.insert(&verified(token, None, NOW + 60), NOW);
        }
    }
    let held = favourites.iter().filter(|token| holds(&cache, token)).count();
    assert!(held >= 40, "{held} of 50");
}

#[test]
fn places_are_spread_evenly_whatever_the_seed() {
    let cache = TokenCache::new(1 << 20).unwrap();
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let many = cache.sets.len() * 100;
    for number in 0..many {
        *counts.entry(cache.place(text(number).as_bytes(), None).unwrap().set).or_default() += 1;
    }
    assert_eq!(counts.len(), cache.sets.len());
    assert!(counts.values().all(|count| (50..=170).contains(count)), "{counts:?}");
}

#[test]
fn debug_shows_no_token() {
    let cache = TokenCache::new(1 << 20).unwrap();
    cache.insert(&verified("secret.secret.secret", None, NOW + 60), NOW);
    assert!(!format!("{cache:?}").contains("secret"));
}

#[test]
fn readers_and_writers_on_many_threads_see_only_what_was_put_in() {
    let cache = TokenCache::new(100 * 1024).unwrap();
    let entries: Vec<_> = (0..200).map(|number| verified(&text(number), None, NOW + 60)).collect();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (cache, entries) = (&cache, &entries);
            scope.spawn(move || {
                for round in 0..2_000 {
                    let number = (round * 7 + thread * 31) % 200;
                    cache.insert(&entries[number], NOW);
                    let asked = text((number + round) % 200);
                    if let Some(found) = cache.find(asked.as_bytes(), None) {
                        assert_eq!(found.verified().unwrap().token(), asked.as_bytes());
                    }
                }
            });
        }
    });
    let entries = cache.sets.iter().flat_map(|set| set.ways().filter_map(|way| way.token.load_full()));
    assert_eq!(entries.map(|entry| entry.bytes()).sum::<usize>(), cache.bytes.load(Ordering::Relaxed));
    assert!(cache.bytes.load(Ordering::Relaxed) <= 100 * 1024);
}

#[test]
fn a_limit_without_end_makes_a_table_of_bounded_size() {
    assert_eq!(sets_for(1), 1);
    assert_eq!(sets_for(TokenCache::DEFAULT_BYTES), 4096);
    assert_eq!(sets_for(usize::MAX), 1 << 18);
}
