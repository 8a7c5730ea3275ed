//! A server in a process of its own.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{self, Child};
use std::time::Duration;
use std::{fs, thread};

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child;
use crate::cores::Cores;
use crate::fixture::{Cache, Fixture};
use crate::framework::{Announce, EXPECTED};
use crate::frameworks::Entry;

/// The work of a child that serves.
pub(crate) const WORK: &str = "serve";

/// What the child is told.
#[derive(Serialize, Deserialize)]
pub(crate) struct Task {
    fixture: Fixture,
    cache: Cache,
}

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts a server, and sees that its guard guards.
    pub(crate) fn start(framework: &Entry, fixture: &Fixture, cache: Cache, cores: &Cores) -> Result<Self, Failure> {
        let task = Task { fixture: fixture.clone(), cache };
        let mut child = child::start(&cores.server, &child::arguments(WORK, framework.name, &task)?)?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("a server without output")?).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| format!("{} did not start", framework.name))?;
        let server = Self { address, child };
        for expected in EXPECTED {
            let status = server.status(expected.path, expected.with_token.then_some(&*fixture.authorization))?;
            expected.check(framework.name, status)?;
        }
        Ok(server)
    }

    /// How many nanoseconds its threads have been on a core. Not a number where the system does not tell.
    pub(crate) fn cpu(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let nanoseconds = tasks.into_iter().flatten().filter_map(|task| {
            let line = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            line.split(' ').next()?.parse::<f64>().ok()
        });
        nanoseconds.reduce(|sum, more| sum + more).unwrap_or(f64::NAN)
    }

    fn status(&self, path: &str, authorization: Option<&str>) -> Result<u16, Failure> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let field = authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{field}\r\n", self.address)?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line.split(' ').nth(1).ok_or("an answer without a status")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves, in the child, until its input ends.
pub(crate) fn serve(framework: &Entry, task: &Task) -> Result<(), Failure> {
    task.fixture.install(task.cache)?;
    thread::spawn(|| {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    (framework.serve)(Announce(Box::new(|address| {
        // Whoever does not read it has ended, and so will this process.
        let _ = writeln!(io::stdout(), "{address}");
    })))
}
