//! Tests that need a process of their own, because they set something that a process has once: the process-wide verifier,
//! the subscriber of all threads.

use std::env;
use std::future::Future;
use std::time::Duration;

use tokio::process::Command;

use crate::processes;

/// Set in the process of one test.
const ALONE: &str = "REQUIRES_AUTH_TESTS_ALONE";

/// How long one test may run there.
const LIMIT: Duration = Duration::from_mins(3);

/// Runs the test at `path` once more, in a process of its own, and there `case`. `path` begins with the crate, as
/// `module_path!` does.
///
/// # Panics
///
/// The test fails there; its output is the message.
pub async fn alone(path: &str, case: impl Future<Output = ()>) {
    if env::var_os(ALONE).is_some() {
        return case.await;
    }
    let (_, name) = path.split_once("::").expect("a test is in a crate");
    let mut command = Command::new(env::current_exe().expect("a test binary knows where it is"));
    command.args(["--exact", name, "--nocapture", "--test-threads", "1"]).env(ALONE, "1");
    let finished = processes::run(command, LIMIT).await;
    // Of a name that no test has, the harness runs nothing and calls that a success.
    let ran = finished.success && finished.stdout.contains("test result: ok. 1 passed");
    assert!(ran, "{name}, in a process of its own:\n{}{}", finished.stdout, finished.stderr);
    print!("{}", finished.stdout);
}
