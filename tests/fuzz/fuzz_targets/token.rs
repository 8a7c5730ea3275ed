//! A whole token, through a verifier that has the issuer's keys.
//!
//! The first line says how: `signed` takes the next line as header and the rest as claims and signs them, so that the
//! checks behind the signature are reached; anything else is sent as it is. `{issuer}` stands for the issuer of this
//! run, which is on another port each time, `{kid}` for its key.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use requires_auth::Verifier;
use requires_auth::testing::{Issuer, ManualClock};
use tokio::runtime::Runtime;

const NOW: i64 = 1_800_000_000;
const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const CLIENT: &str = "22222222-2222-4222-8222-222222222222";

struct Site {
    issuer: Issuer,
    verifier: Verifier,
    runtime: Runtime,
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let issuer = Issuer::entra_with(TENANT, CLIENT).with_clock(ManualClock::starting_at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let verifier = issuer.verifier();
        runtime.block_on(verifier.ready());
        Site { issuer, verifier, runtime }
    })
}

fuzz_target!(|text: &str| {
    let Site { issuer, verifier, runtime } = site();
    let text = text.replace("{issuer}", &issuer.issuer()).replace("{kid}", issuer.signing_key().kid());
    let (signed, token) = match text.strip_prefix("signed\n").map(|rest| rest.split_once('\n').unwrap_or((rest, ""))) {
        Some((header, claims)) => (true, issuer.token().raw_header(header).raw_claims(claims).sign()),
        None => (false, text),
    };
    let Ok(verified) = runtime.block_on(verifier.verify(&token)) else { return };

    assert!(signed, "nobody signed this");
    assert_eq!(verified.tenant_id(), Some(TENANT));
    assert!([issuer.issuer(), format!("https://sts.windows.net/{TENANT}/")].contains(&verified.issuer().to_owned()));
    let expires = verified.expires_at().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(expires + 60 > NOW as u64, "expired at {expires}");
    assert_eq!(verified.assertion().expose(), token);
});
