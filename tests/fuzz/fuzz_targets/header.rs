//! The JOSE header of a token.
#![no_main]

use libfuzzer_sys::fuzz_target;
use requires_auth::__fuzz;

fuzz_target!(|data: &[u8]| {
    let Some((algorithm, kid)) = __fuzz::header(data) else { return };

    // Accepted: a second reader of JSON finds the same object in it, or fails at a value that means nothing here.
    assert!(!algorithm.starts_with("HS"), "a shared secret is no signature");
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    assert!(value["alg"] == algorithm.as_str() || (algorithm == "EdDSA" && value["alg"] == "Ed25519"), "{value}");
    assert_eq!(value["kid"].as_str(), kid.as_deref());
    assert!(["crit", "b64", "nonce"].iter().all(|name| value.get(name).is_none()), "{value}");
});
