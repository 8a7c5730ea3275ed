//! Instruction counts of the machine itself, where it has no counters for guests: by single steps.
//!
//! The program runs itself again and traces that run with `ptrace`, one instruction after the other between two marks. It is
//! slow, some microseconds for each instruction, and exact: the code that runs is that which the CPU lets a library
//! choose. A repeated string instruction counts once.

use std::collections::BTreeMap;
use std::ffi::OsStr;

/// Runs this program again in single steps, with these arguments. The instructions of one operation, by label; what has more
/// than `most` of them is left out.
///
/// # Errors
///
/// Why there are none, in words.
pub fn run<S: AsRef<OsStr>>(arguments: &[S], most: u64) -> Result<BTreeMap<String, u64>, String> {
    imp::run(arguments, most)
}

/// In the child, first of all.
pub(crate) fn let_parent_trace() {
    imp::let_parent_trace();
}

/// In the child: here counting begins, or ends.
pub(crate) fn mark() {
    imp::mark();
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod imp {
    use std::collections::BTreeMap;
    use std::env;
    use std::ffi::OsStr;
    use std::io::Read as _;
    use std::process::{Command, Stdio};

    use nix::sys::ptrace;
    use nix::sys::signal::{Signal, raise};
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::Pid;

    use crate::child::{MODE, STEPPING};

    /// A signal that nobody uses; it is taken away before it arrives.
    const MARK: Signal = Signal::SIGUSR1;

    pub(super) fn let_parent_trace() {
        ptrace::traceme().expect("a child may be traced by its parent");
    }

    pub(super) fn mark() {
        raise(MARK).expect("a process may signal itself");
    }

    pub(super) fn run<S: AsRef<OsStr>>(arguments: &[S], most: u64) -> Result<BTreeMap<String, u64>, String> {
        let program = env::current_exe().map_err(|error| format!("the path of this program: {error}"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .env(MODE, STEPPING)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("this program, a second time: {error}"))?;
        let pid = Pid::from_raw(i32::try_from(child.id()).map_err(|error| error.to_string())?);
        let counts = trace(pid, most).map_err(|error| format!("ptrace: {error}"));
        if counts.is_err() {
            let _ = child.kill();
        }
        let mut labels = String::new();
        let output = child.stdout.take().map_or(Ok(0), |mut stdout| stdout.read_to_string(&mut labels));
        output.map_err(|error| format!("the labels: {error}"))?;
        let counts = counts?;
        if counts.len() != labels.lines().count() {
            return Err("the child ended before its time".into());
        }
        let Some(Some(empty)) = counts.first().copied() else { return Err("the child counted nothing".into()) };
        let labelled = labels.lines().zip(counts).skip(1);
        Ok(labelled.filter_map(|(label, count)| Some((label.to_owned(), count?.saturating_sub(empty)))).collect())
    }

    /// The counts between marks, in order, until the child ends. It is waited for then.
    fn trace(pid: Pid, most: u64) -> nix::Result<Vec<Option<u64>>> {
        let mut counts = Vec::new();
        loop {
            match waitpid(pid, None)? {
                WaitStatus::Stopped(_, MARK) => {
                    counts.push(between_marks(pid, most)?);
                    ptrace::cont(pid, None)?;
                }
                WaitStatus::Stopped(_, Signal::SIGTRAP) => ptrace::cont(pid, None)?,
                WaitStatus::Stopped(_, other) => ptrace::cont(pid, other)?,
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return Ok(counts),
                _ => {}
            }
        }
    }

    /// Steps from one mark to the next. Nothing is returned for what takes too long, which then runs freely.
    fn between_marks(pid: Pid, most: u64) -> nix::Result<Option<u64>> {
        let (mut count, mut at) = (0_u64, 0);
        loop {
            if count > most {
                ptrace::cont(pid, None)?;
            } else {
                ptrace::step(pid, None)?;
            }
            match waitpid(pid, None)? {
                WaitStatus::Stopped(_, MARK) => return Ok((count <= most).then_some(count)),
                WaitStatus::Stopped(_, Signal::SIGTRAP) => {
                    let now = ptrace::getregs(pid)?.rip;
                    count += u64::from(now != at);
                    at = now;
                }
                // Whatever else happens is not the operation's doing; there is no second chance to wait for an end.
                _ => return Err(nix::Error::ECHILD),
            }
        }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod imp {
    use std::collections::BTreeMap;
    use std::ffi::OsStr;

    pub(super) fn let_parent_trace() {}

    pub(super) fn mark() {}

    pub(super) fn run<S: AsRef<OsStr>>(_: &[S], _: u64) -> Result<BTreeMap<String, u64>, String> {
        Err("single steps are counted on Linux for x86-64 only".into())
    }
}
