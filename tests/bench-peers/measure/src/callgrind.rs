//! Instruction counts by callgrind.
//!
//! The program runs itself again under valgrind. The second run, the child, hands each operation to [`Child::count`];
//! the first, the parent, reads the counts in [`run`].
//!
//! A library that chooses its code by the CPU chooses other code under valgrind, which knows no AVX-512: compare such counts
//! with each other and not with those of [`stepping`](crate::stepping).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

pub use crate::child::Child;
use crate::child::{CALLGRIND, COUNTED, MODE, TIMES};

/// Runs this program again under callgrind, with these arguments. The instructions of one operation, by label.
///
/// # Errors
///
/// Why there are none, in words: no valgrind, or a child that failed.
pub fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Result<BTreeMap<String, u64>, String> {
    let program = env::current_exe().map_err(|error| format!("the path of this program: {error}"))?;
    let directory = env::temp_dir().join(format!("bench-callgrind-{}", std::process::id()));
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let counts = run_in(&directory, &program, arguments);
    let _ = fs::remove_dir_all(&directory);
    counts
}

fn run_in<S: AsRef<OsStr>>(directory: &Path, program: &Path, arguments: &[S]) -> Result<BTreeMap<String, u64>, String> {
    let child = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--collect-atstart=no", "--combine-dumps=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", directory.join("out").display()))
        .arg(program)
        .args(arguments)
        .env(MODE, CALLGRIND)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    if !child.status.success() {
        return Err(format!("valgrind ended with {}", child.status));
    }
    let labels = String::from_utf8(child.stdout).map_err(|error| format!("the labels: {error}"))?;
    let mut counts = Vec::new();
    for (index, label) in labels.lines().enumerate() {
        let dump = directory.join(format!("out.{}", index + 1));
        let dump = fs::read_to_string(&dump).map_err(|error| format!("{}: {error}", dump.display()))?;
        let total = total(&dump).ok_or_else(|| format!("the dump of {label:?} has no total"))?;
        counts.push((label.to_owned(), total));
    }
    let Some((_, empty)) = counts.first().cloned() else { return Err("the child counted nothing".into()) };
    let of_one = |(label, total): (String, u64)| (label, total.saturating_sub(empty) / u64::from(TIMES));
    Ok(counts.into_iter().skip(1).map(of_one).collect())
}

/// `totals: 123`, at the end of a dump, or `summary: 123` at its beginning.
fn total(dump: &str) -> Option<u64> {
    let line = |name: &str| dump.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    line("totals:").or_else(|| line("summary:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_dump_is_read() {
        assert_eq!(total("version: 1\nsummary: 12\nfn=(1)\n\ntotals: 13\n"), Some(13));
        assert_eq!(total("version: 1\nsummary: 12\n"), Some(12));
        assert_eq!(total("fn=(1) totals\n16 4\n"), None);
    }
}
