//! wrk, the client: HTTP/1.1 with keep-alive on many connections.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::Failure;

/// What wrk is asked to do.
pub(crate) struct Load<'a> {
    /// What stands before its name, to pin it to a core.
    pub(crate) before: &'a [OsString],
    pub(crate) connections: u32,
    pub(crate) seconds: u64,
    pub(crate) authorization: &'a str,
}

/// What it counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Count {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
}

/// Whether it is installed.
pub(crate) fn find() -> Result<(), &'static str> {
    let found = Command::new("wrk").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.map(drop).map_err(|_| "wrk is not installed")
}

impl Load<'_> {
    /// Drives one route. Any answer but 200 is an error.
    pub(crate) fn drive(&self, address: SocketAddr, path: &str) -> Result<Count, Failure> {
        let mut words = self.before.iter().cloned().chain(["wrk".into()]);
        let mut command = Command::new(words.next().ok_or("no program")?);
        command.args(words).args(["--threads", "1", "--connections", &self.connections.to_string()]);
        command.args(["--duration", &format!("{}s", self.seconds)]);
        command.args(["--header", &format!("Authorization: {}", self.authorization)]);
        let output = command.arg(format!("http://{address}{path}")).stderr(Stdio::inherit()).output()?;
        let text = String::from_utf8(output.stdout)?;
        if !output.status.success() {
            return Err(format!("wrk ended with {}", output.status).into());
        }
        Count::read(&text).ok_or_else(|| format!("wrk said of {path}:\n{text}").into())
    }
}

impl Count {
    /// Reads what wrk prints. None if it tells of errors.
    fn read(text: &str) -> Option<Self> {
        if text.contains("Non-2xx") || text.contains("Socket errors") {
            return None;
        }
        let lines = || text.lines().map(str::trim);
        let requests = lines().find_map(|line| line.split_once(" requests in "))?.0.parse().ok()?;
        let per_second = lines().find_map(|line| line.strip_prefix("Requests/sec:"))?.trim().parse().ok()?;
        Some(Self { requests, per_second })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Running 2s test @ http://127.0.0.1:1/open\n  1 threads and 64 connections\n  \
        Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   715.35us  167.23us   4.84ms   90.95%\n    \
        Req/Sec    90.11k     4.04k   94.59k    85.00%\n  179310 requests in 2.00s, 21.72MB read\n\
        Requests/sec:  89585.12\nTransfer/sec:     10.85MB\n";

    #[test]
    fn reads_what_wrk_counted() {
        assert_eq!(Count::read(TEXT), Some(Count { requests: 179_310.0, per_second: 89_585.12 }));
    }

    #[test]
    fn takes_no_count_with_errors_in_it() {
        for error in
            ["  Non-2xx or 3xx responses: 179310\n", "  Socket errors: connect 0, read 1, write 0, timeout 0\n"]
        {
            assert_eq!(Count::read(&TEXT.replace("Requests/sec", &format!("{error}Requests/sec"))), None);
        }
    }
}
