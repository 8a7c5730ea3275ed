//! The program, executed by itself for one piece of work.

use std::env;
use std::ffi::OsString;
use std::process::{Child, Command, Stdio};

use serde::Serialize;

use crate::Failure;

/// The first argument of a child.
pub(crate) const WORD: &str = "bench-http-child";

/// The arguments of a child.
pub(crate) fn arguments(work: &str, framework: &str, task: &impl Serialize) -> Result<[String; 4], Failure> {
    Ok([WORD.to_owned(), work.to_owned(), framework.to_owned(), serde_json::to_string(task)?])
}

/// Starts this program once more. `before` stands before its name, as `taskset` does.
pub(crate) fn start(before: &[OsString], arguments: &[String]) -> Result<Child, Failure> {
    let mut words = before.iter().cloned().chain([env::current_exe()?.into_os_string()]);
    let mut command = Command::new(words.next().ok_or("no program")?);
    command.args(words).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    Ok(command.spawn()?)
}
