//! A network in which this machine is `login.microsoftonline.com`.
//!
//! Microsoft's clients and an API with default settings know that host and no other, and nobody else may stand in for
//! it. So a test is run once more, by itself, in namespaces of its own: a network of nothing but loopback, and a file
//! `/etc/hosts` that names the host. The machine's own network and files stay as they are, and it takes no more rights
//! than a user has.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::missing::{Missing, program};
use crate::processes::{self, Folder};

/// Set where a test runs inside.
const INSIDE: &str = "REQUIRES_AUTH_TESTS_PRIVATE_NETWORK";

/// How long one test may run inside.
const LIMIT: Duration = Duration::from_mins(3);

/// Files of `/etc`, as they are inside. Names are looked up in the first alone: a resolver may answer from outside.
const FILES: [(&str, &str); 2] = [
    ("hosts", "127.0.0.1 localhost login.microsoftonline.com\n"),
    ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
];

/// Takes `ip`, a folder with those files, and the command to run. A system without one of the files has no use for it.
const ENTER: &str = r#"
set -e
"$1" link set lo up
for file in hosts nsswitch.conf; do
    [ ! -e "/etc/$file" ] || mount --bind "$2/$file" "/etc/$file"
done
shift 2
exec "$@"
"#;

/// Proxies of the machine, which are not there inside.
const PROXIES: [&str; 8] =
    ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "all_proxy", "http_proxy", "https_proxy", "no_proxy"];

/// Whether this is the test, run inside.
#[must_use]
pub fn is_entered() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs the test called `name` of this test binary once more, inside, with `variables` added to its environment.
///
/// # Errors
///
/// This machine does not let its users have namespaces of their own.
///
/// # Panics
///
/// The test fails inside; its output is the message.
pub async fn enter(name: &str, variables: &[(&str, &Path)]) -> Result<(), Missing> {
    let folder = Folder::new();
    for (name, content) in FILES {
        fs::write(folder.path().join(name), content).expect("a new folder takes files");
    }
    let mut command = unshared(folder.path()).await?;
    command.arg(std::env::current_exe().expect("a test binary knows where it is"));
    command.args(["--exact", name, "--nocapture", "--test-threads", "1"]).env(INSIDE, "1");
    command.envs(variables.iter().copied());
    for proxy in PROXIES {
        command.env_remove(proxy);
    }
    let finished = processes::run(command, LIMIT).await;
    // Of a name that no test has, the harness runs nothing and calls that a success.
    let ran = finished.success && finished.stdout.contains("test result: ok. 1 passed");
    assert!(ran, "inside the private network:\n{}{}", finished.stdout, finished.stderr);
    Ok(())
}

/// A command that runs what is added to it inside.
async fn unshared(files: &Path) -> Result<Command, Missing> {
    let (unshare, ip) = (program("unshare")?, program("ip")?);
    // A user becomes root in a user namespace; root may also have no need, or no right, to make one.
    let mut refusal = String::new();
    for rights in [&["--map-root-user"][..], &[]] {
        let mut trial = inside(&unshare, rights, &ip, files);
        trial.arg("true");
        let finished = processes::run(trial, Duration::from_secs(30)).await;
        if finished.success {
            return Ok(inside(&unshare, rights, &ip, files));
        }
        refusal = finished.stderr;
    }
    Err(Missing::new(format!("this machine allows no private network: {}", refusal.trim())))
}

fn inside(unshare: &Path, rights: &[&str], ip: &Path, files: &Path) -> Command {
    let mut command = Command::new(unshare);
    // With a process namespace, all that was started inside goes when its first process does.
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child"]).args(rights);
    command.args(["sh", "-c", ENTER, "sh"]).arg(ip).arg(files);
    command
}
