//! Requests in any order, to verifiers that differ in their cache alone and to a plain reference: no difference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use requires_auth_reference::play::play;

fuzz_target!(|script: &[u8]| {
    _ = play(script);
});
