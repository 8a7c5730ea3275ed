//! A core for the server and another for wrk.

use std::ffi::OsString;
use std::fs;
use std::process::{Command, Stdio};

/// The words that stand before a program, so that it stays on one core. None where there is one core, or no `taskset`.
#[derive(Debug, Default)]
pub(crate) struct Cores {
    pub(crate) server: Vec<OsString>,
    pub(crate) client: Vec<OsString>,
}

impl Cores {
    pub(crate) fn apart() -> Self {
        let taskset = Command::new("taskset").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        match (taskset, &*allowed()) {
            (Ok(_), &[first, second, ..]) => Self { server: pinned_to(first), client: pinned_to(second) },
            _ => Self::default(),
        }
    }
}

fn pinned_to(core: usize) -> Vec<OsString> {
    vec!["taskset".into(), "-c".into(), core.to_string().into()]
}

/// The cores that this process may use.
fn allowed() -> Vec<usize> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).map(list).unwrap_or_default()
}

fn list(text: &str) -> Vec<usize> {
    text.trim().split(',').filter_map(range).flatten().collect()
}

/// `3` or `0-7`.
fn range(text: &str) -> Option<std::ops::RangeInclusive<usize>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_list_of_cores() {
        assert_eq!(list("\t0-2,5\n"), [0, 1, 2, 5]);
        assert!(list("").is_empty());
    }
}
