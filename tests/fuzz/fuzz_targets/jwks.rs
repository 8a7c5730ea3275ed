//! A key set as an issuer publishes it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use requires_auth::__fuzz;

fuzz_target!(|data: &[u8]| {
    let Some(kids) = __fuzz::key_set(data) else { return };

    // Accepted: there is at least one key, and no more than the document has.
    assert!(!kids.is_empty());
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let published = value["keys"].as_array().expect("a key set has an array of keys");
    assert!(kids.len() <= published.len());
    for kid in kids.iter().flatten() {
        assert!(published.iter().any(|key| key["kid"] == kid.as_str()), "{kid:?}");
    }
    assert!(published.iter().any(|key| key["kty"] != "oct" && key.get("d").is_none()), "shared and private keys alone");
});
