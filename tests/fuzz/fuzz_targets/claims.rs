//! The claims of a token.
#![no_main]

use libfuzzer_sys::fuzz_target;
use requires_auth::__fuzz;

fuzz_target!(|data: &[u8]| {
    let Some(claims) = __fuzz::claims(data) else { return };

    // Accepted: a second reader of JSON finds the same claims in it, or fails at one that means nothing here.
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    assert!(value.is_object());
    assert_eq!(value["iss"].as_str(), claims.iss.as_deref());
    let audiences: Vec<&str> = match &value["aud"] {
        serde_json::Value::String(one) => vec![one],
        several => several.as_array().into_iter().flatten().map(|audience| audience.as_str().unwrap()).collect(),
    };
    assert_eq!(audiences, claims.audiences);
    assert_eq!(value["exp"].as_f64().map(f64::floor), claims.exp.map(|exp| exp as f64));
});
