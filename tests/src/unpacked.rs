//! Programs of Debian packages that were unpacked into a folder and not installed.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::process::Command;

use crate::installs;
use crate::missing::Missing;

/// Where the files of some packages are.
#[derive(Debug)]
pub struct Unpacked {
    name: String,
    /// What is not unpacked here is installed on the machine.
    roots: [PathBuf; 2],
}

impl Unpacked {
    /// Unpacks what `packages.txt` in the folder `name` below `providers/` lists.
    ///
    /// # Errors
    ///
    /// This is no Debian or Ubuntu, or its packages cannot be fetched.
    pub async fn of(name: &str) -> Result<Self, Missing> {
        Ok(Self { name: name.to_owned(), roots: [installs::debian(name).await?, PathBuf::from("/")] })
    }

    /// A file of the packages, by its path from the root.
    ///
    /// # Panics
    ///
    /// They have none of that name.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        let mut candidates = self.roots.iter().map(|root| root.join(file));
        candidates.find(|path| path.exists()).unwrap_or_else(|| panic!("{}'s packages have no {file}", self.name))
    }

    /// A program with its libraries, whatever this machine calls its architecture.
    ///
    /// # Panics
    ///
    /// The packages have no such program.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let [unpacked, _] = &self.roots;
        let folders = ["lib", "usr/lib"].iter().filter_map(|name| fs::read_dir(unpacked.join(name)).ok()).flatten();
        let folders = folders.filter_map(Result::ok).map(|folder| folder.path());
        let libraries = folders.filter(|path| path.to_string_lossy().contains("-linux-gnu"));
        let mut command = Command::new(self.path(program));
        command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).expect("no colon in a path"));
        command
    }
}

/// Ports to try one after the other, for a program that cannot be told to take any free one. They are below those that the
/// system gives to a program that asks for any, so none of them is taken while its owner is down.
pub fn ports() -> impl Iterator<Item = u32> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = || process::id().wrapping_mul(41).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    (0..50).map(move |_| 20_000 + next() % 12_000)
}
