//! Instruction counts by callgrind.
//!
//! The program runs itself again under valgrind. The second run, the child, hands each operation to [`Child::count`];
//! the first, the parent, reads the counts in [`run`].
//!
//! A library that chooses its code by the CPU chooses other code under valgrind, which knows no AVX-512: compare such counts
//! with each other and not with those of the machine.
#![expect(unsafe_code, reason = "callgrind finds the function by its name, which must not be mangled")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

const CHILD: &str = "BENCH_MEASURE_CALLGRIND";
const COUNTED: &str = "bench_measure_counted";
/// The label of a loop around nothing, whose instructions are no operation's.
const EMPTY: &str = "";

/// How often an operation is done to count it.
const TIMES: u32 = 8;

/// The run under valgrind.
#[derive(Debug)]
pub struct Child(());

/// What is counted: only what runs inside of this function, and a dump is written at its end.
#[unsafe(no_mangle)]
#[inline(never)]
#[expect(clippy::no_mangle_with_rust_abi, reason = "only Rust calls it; the name is for callgrind")]
fn bench_measure_counted(times: u32, operation: &mut dyn FnMut()) {
    for _ in 0..times {
        operation();
    }
}

impl Child {
    /// If this process is that run.
    #[must_use]
    pub fn here() -> Option<Self> {
        let child = env::var_os(CHILD).map(|_| Self(()));
        if let Some(child) = &child {
            child.count(EMPTY, 0, || ());
        }
        child
    }

    /// Counts `operation`, after doing it `warm_up` times so that what happens once is not counted. `label` is a line.
    #[expect(clippy::unused_self, reason = "only the child counts")]
    pub fn count<T>(&self, label: &str, warm_up: u32, mut operation: impl FnMut() -> T) {
        for _ in 0..warm_up {
            black_box(operation());
        }
        let mut operation = || {
            black_box(operation());
        };
        bench_measure_counted(black_box(TIMES), black_box(&mut operation));
        println!("{label}");
    }
}

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
        .env(CHILD, "1")
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
