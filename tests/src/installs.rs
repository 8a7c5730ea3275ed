//! Third-party software of pinned versions, installed into ignored folders below `providers/`.
//!
//! An install is made once and kept. It is complete when a copy of the list that it was made from lies in it; until then
//! the next test makes it anew. Test binaries that run at once take turns.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::missing::{Missing, program};
use crate::processes;

const INSTALL: Duration = Duration::from_mins(4);

/// Long enough for the installs of all who may be before us.
const TURN: Duration = Duration::from_mins(10);

/// The oldest Node that the packages run on.
const NODE: u32 = 20;

/// A folder below `providers/`.
#[must_use]
pub fn provider(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("providers").join(name)
}

/// Finds Node.
///
/// # Errors
///
/// It is not installed, or too old.
pub async fn node() -> Result<PathBuf, Missing> {
    let node = program("node")?;
    let mut command = Command::new(&node);
    command.arg("--version");
    let version = processes::run(command, Duration::from_secs(30)).await.stdout;
    let major: u32 = version.trim_start_matches('v').split('.').next().and_then(|it| it.parse().ok()).unwrap_or(0);
    if major < NODE {
        return Err(Missing::new(format!("node is {}, and {NODE} is the oldest that will do", version.trim())));
    }
    Ok(node)
}

/// Installs what `package-lock.json` in the folder `name` lists, and returns the folder.
///
/// # Errors
///
/// There is no npm, or it cannot install.
pub async fn npm(name: &str) -> Result<PathBuf, Missing> {
    let npm = program("npm")?;
    let folder = provider(name);
    let list = folder.join("package-lock.json");
    let mut command = Command::new(npm);
    // No package gets to run a script of its own.
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    once(&list, &folder.join("node_modules"), [command]).await?;
    Ok(folder)
}

/// Installs what `requirements.txt` in the folder `name` lists, and returns the Python that finds it.
///
/// # Errors
///
/// There is no Python with `venv`, or its pip cannot install.
pub async fn pip(name: &str) -> Result<PathBuf, Missing> {
    let python = program("python3")?;
    let folder = provider(name);
    let list = folder.join("requirements.txt");
    let environment = folder.join(".venv");
    let installed = environment.join("bin/python");
    let mut make = Command::new(python);
    make.args(["-m", "venv", "--clear"]).arg(&environment);
    let mut fill = Command::new(&installed);
    // Wheels alone: a source package runs code of its own when it is built.
    fill.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]);
    fill.arg("--requirement").arg(&list);
    once(&list, &environment, [make, fill]).await?;
    Ok(installed)
}

/// Unpacks the Debian packages that `packages.txt` in the folder `name` lists, and what they need that this machine does
/// not have. Returns the folder that is to them what `/` is to an installed package.
///
/// # Errors
///
/// This is no Debian or Ubuntu, or its packages cannot be fetched.
pub async fn debian(name: &str) -> Result<PathBuf, Missing> {
    for tool in ["apt-get", "dpkg-deb"] {
        program(tool)?;
    }
    let folder = provider(name);
    let list = folder.join("packages.txt");
    let unpacked = folder.join("unpacked");
    let packages = fs::read_to_string(&list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
    let packages = packages.lines().filter(|line| !line.starts_with('#'));
    let mut command = Command::new("sh");
    command.arg(provider("unpack.sh")).arg(&unpacked).args(packages);
    once(&list, &unpacked, [command]).await?;
    Ok(unpacked)
}

/// Runs `commands`, which fill `target` from `list`, unless that was done already. In one process it is tried once: where
/// it fails, it fails slowly.
async fn once(list: &Path, target: &Path, commands: impl IntoIterator<Item = Command>) -> Result<(), Missing> {
    static TRIED: Mutex<BTreeMap<PathBuf, Result<(), Missing>>> = Mutex::const_new(BTreeMap::new());
    let mut tried = TRIED.lock().await;
    if let Some(outcome) = tried.get(target) {
        return outcome.clone();
    }
    let outcome = install(list, target, commands).await;
    tried.insert(target.to_owned(), outcome.clone());
    outcome
}

async fn install(list: &Path, target: &Path, commands: impl IntoIterator<Item = Command>) -> Result<(), Missing> {
    let _turn = turn().await?;
    let wanted = fs::read(list).unwrap_or_else(|error| panic!("{} cannot be read: {error}", list.display()));
    let stamp = target.join(".complete");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    for command in commands {
        let called = format!("{:?}", command.as_std());
        let finished = processes::run(command, INSTALL).await;
        if !finished.success {
            return Err(Missing::new(format!("{called} failed: {}", finished.stderr.trim())));
        }
    }
    fs::write(&stamp, wanted).map_err(|error| Missing::new(format!("{}: {error}", stamp.display())))
}

/// Waits until nobody else installs. The turn ends when the file is dropped, or its process dies.
async fn turn() -> Result<File, Missing> {
    let path = provider(".install.lock");
    let file = File::create(&path).map_err(|error| Missing::new(format!("{}: {error}", path.display())))?;
    let deadline = Instant::now() + TURN;
    while file.try_lock().is_err() {
        if Instant::now() > deadline {
            return Err(Missing::new(format!("{} was locked for {TURN:?}", path.display())));
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(file)
}
