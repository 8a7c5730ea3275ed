//! Writes the first inputs of every fuzz target into `corpus/`: the testing issuer's tokens, keys and attacks, taken
//! apart: `cargo run -p requires-auth-tests --example fuzz-seeds`.
#![allow(clippy::indexing_slicing, clippy::print_stdout, reason = "a tool that says what it has written")]

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use data_encoding::BASE64URL_NOPAD;
use requires_auth::testing::{Issuer, KeyPair, ManualClock, attacks};

/// As in the target `token`.
const NOW: i64 = 1_800_000_000;
const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const CLIENT: &str = "22222222-2222-4222-8222-222222222222";

fn main() -> io::Result<()> {
    let issuer = Issuer::entra_with(TENANT, CLIENT).with_clock(ManualClock::starting_at(NOW));
    let mut seeds = BTreeMap::<&str, Vec<Vec<u8>>>::new();
    let mut add = |target, seed: Vec<u8>| seeds.entry(target).or_default().push(seed);

    let token = || issuer.token().user("ada").scope("weather.read");
    let kinds = [
        token().role("Forecaster").group(TENANT).auth_context("c1").claims_capable(),
        token().guest().groups_overage().directory_role(TENANT),
        token().v1(),
        issuer.token().app("daemon").role("Weather.Read.All"),
        token().id_token(),
    ];
    let fields = kinds.iter().map(|token| vec![token.bearer().into_bytes()]);
    for fields in fields.chain(attacks::all(&issuer).into_iter().map(|attack| attack.authorization)) {
        // What is longer is as well found by a fuzzer, or not at all.
        if fields.iter().map(Vec::len).sum::<usize>() > 8_192 {
            continue;
        }
        let parts: Vec<_> = String::from_utf8_lossy(fields.first().map_or(&[], |field| field))
            .trim_start_matches("Bearer ")
            .split('.')
            .filter_map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).ok())
            .collect();
        if let [header, claims, ..] = &parts[..] {
            add("header", header.clone());
            add("claims", claims.clone());
            let signed = [b"signed\n", &header[..], b"\n", claims].concat();
            let signed = String::from_utf8_lossy(&signed).replace(&issuer.issuer(), "{issuer}");
            add("token", signed.replace(issuer.signing_key().kid(), "{kid}").into_bytes());
        }
        add("token", fields.first().map_or(&[][..], |field| field.strip_prefix(b"Bearer ").unwrap_or(field)).to_vec());
        add("authorization", fields.join(&b'\n'));
    }

    add("jwks", issuer.published_keys().into_bytes());
    for key in [KeyPair::rsa(), KeyPair::p256(), KeyPair::ed25519()] {
        let key = key.jwk();
        add("jwks", format!(r#"{{"keys":[{key},null,{{"kty":"oct","k":"AA"}}]}}"#).into_bytes());
        for (name, value) in [("alg", "PS256"), ("use", "enc"), ("d", "AA"), ("issuer", "{tenantid}"), ("e", "AQ")] {
            let mut key = key.clone();
            key[name] = value.into();
            add("jwks", format!(r#"{{"keys":[{key}]}}"#).into_bytes());
        }
    }

    // Games of different lengths; what they say means nothing.
    let mut state = 0x5eed_u64;
    for length in (1..=16).map(|n| n * 32) {
        let byte = |_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            state.to_be_bytes()[0]
        };
        add("fast_path", (0..length).map(byte).collect());
    }

    for (target, seeds) in seeds {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
