//! Keys that are not fetched, and keys that outlive a process. Time is a clock that the test drives.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use requires_auth::testing::{Issuer, ManualClock, Token};
use requires_auth::{Authority, Reason, Verifier};
use requires_auth_tests::wait::{until, within};

mod health;
mod own_keys;
mod preloaded;

const HOUR: Duration = Duration::from_hours(1);

/// Longer than any cool-down between forced refreshes.
const COOL_DOWN: Duration = Duration::from_secs(31);

fn token(issuer: &Issuer) -> Token {
    issuer.token().user("ada").scope("weather.read")
}

/// What a token meets.
async fn ask(verifier: &Verifier, token: &Token) -> Result<(), Reason> {
    let outcome = within("a decision", verifier.verify(&token.sign())).await;
    outcome.map(drop).map_err(|refusal| refusal.reason())
}

/// A file that goes with the value.
struct KeyFile(PathBuf);

impl KeyFile {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("requires-auth-tests-{}-{name}.json", std::process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    /// As it should be done: nobody sees half a file.
    fn replace(&self, content: &str) {
        let next = self.0.with_extension("next");
        fs::write(&next, content).unwrap();
        fs::rename(next, &self.0).unwrap();
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
