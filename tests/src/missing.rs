//! What a test needs of this machine, and what happens where it is not there.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread;

/// Why a test cannot run here: a program that is not installed, or packages that cannot be fetched.
#[derive(Clone, Debug)]
pub struct Missing(String);

impl Missing {
    /// Says what is missing, and what would help.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was found; or `None`, after the reason was written to stderr, and the test is to return.
///
/// # Panics
///
/// Under `CI`, where nothing may be missing: a green run must mean that the test ran.
pub fn or_skip<T>(found: Result<T, Missing>) -> Option<T> {
    let missing = match found {
        Ok(found) => return Some(found),
        Err(missing) => missing,
    };
    assert!(std::env::var_os("CI").is_none(), "cannot run, and under CI nothing may be missing: {missing}");
    let test = thread::current().name().unwrap_or("a test").to_owned();
    // Not by `eprintln!`: the harness keeps to itself what a passing test prints with it. All at once, as others write too.
    let _ = io::stderr().write_all(format!("skipped {test}: {missing}\n").as_bytes());
    None
}

/// Finds a program in the search path, and where administrators have theirs.
///
/// # Errors
///
/// It is not there.
pub fn program(name: &str) -> Result<PathBuf, Missing> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .ok_or_else(|| Missing::new(format!("{name} is not installed")))
}
