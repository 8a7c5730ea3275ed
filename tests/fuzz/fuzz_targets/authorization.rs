//! The `Authorization` fields of a request, one on each line, and the token in them up to its three parts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use requires_auth::__fuzz;

fuzz_target!(|data: &[u8]| {
    let fields: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let Some(parts) = __fuzz::authorization(&fields) else { return };

    // Accepted: there was one field, and its token has no other text.
    let [field] = &fields[..] else { panic!("a token out of {} fields", fields.len()) };
    let token = parts.iter().map(|part| data_encoding::BASE64URL_NOPAD.encode(part)).collect::<Vec<_>>().join(".");
    let field = std::str::from_utf8(field).expect("only ASCII is accepted").trim_matches(' ');
    let (scheme, credential) = field.split_at(6);
    assert!(scheme.eq_ignore_ascii_case("bearer") && credential.starts_with(' '), "{field:?}");
    assert_eq!(credential.trim_matches(' '), token);
});
