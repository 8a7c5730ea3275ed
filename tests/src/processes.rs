//! Programs that a test starts. None outlives its test, and none is waited for without a deadline.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, io, process};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// How long a program may take to say what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that runs beside the test. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    /// What it wrote to stderr so far, for the message of a failure.
    complaints: Arc<Mutex<String>>,
}

impl Process {
    /// Starts `command`. Its stdin stays open until this is dropped, so that a script can end with its test.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let stdin = child.stdin.take().expect("stdin is piped");
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let complaints = Arc::default();
        tokio::spawn(keep(stderr, Arc::clone(&complaints)));
        Self { child, stdin, stdout: BufReader::new(stdout).lines(), complaints }
    }

    /// Reads lines until `wanted` takes one, and returns what it made of it.
    ///
    /// # Panics
    ///
    /// The program ends or 30 seconds pass before that.
    pub async fn line<T>(&mut self, wanted: impl Fn(&str) -> Option<T>) -> T {
        let found = timeout(PATIENCE, async {
            while let Ok(Some(line)) = self.stdout.next_line().await {
                if let Some(found) = wanted(&line) {
                    return Some(found);
                }
            }
            // Its last words may still be on their way.
            let _ = self.child.wait().await;
            tokio::task::yield_now().await;
            None
        });
        let what = match found.await {
            Ok(Some(found)) => return found,
            Ok(None) => "the program ended without the line that was waited for".to_owned(),
            Err(elapsed) => format!("no such line within {PATIENCE:?} ({elapsed})"),
        };
        panic!("{what}; it said:\n{}", self.complaints());
    }

    /// Writes a line to the program's stdin.
    pub async fn tell(&mut self, line: &str) {
        self.stdin.write_all(format!("{line}\n").as_bytes()).await.expect("the program reads its stdin");
    }

    /// Whether the program has ended by itself.
    ///
    /// # Panics
    ///
    /// The system does not say.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked for").is_some()
    }

    /// Ends the program and waits until it is gone.
    pub async fn stop(mut self) {
        self.child.kill().await.expect("a child can be killed");
    }

    /// Asks the program to end, by SIGTERM, and tells whether it ended well.
    ///
    /// # Panics
    ///
    /// It does not end within 30 seconds.
    pub async fn terminate(mut self) -> bool {
        let pid = self.child.id().expect("a program that runs").to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill is there");
        assert!(told.success());
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("an end").expect("a child can be waited for").success()
    }

    /// What the program wrote to stderr so far.
    #[must_use]
    pub fn complaints(&self) -> String {
        self.complaints.lock().map(|text| text.clone()).unwrap_or_default()
    }
}

async fn keep(mut stderr: ChildStderr, complaints: Arc<Mutex<String>>) {
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut chunk).await {
        if let (Ok(mut text), Some(bytes)) = (complaints.lock(), chunk.get(..length)) {
            text.push_str(&String::from_utf8_lossy(bytes));
        }
    }
}

/// What a program that was run to its end has said.
#[derive(Debug)]
pub struct Finished {
    /// Whether its exit status was 0.
    pub success: bool,
    /// Its exit status, if it came to one.
    pub status: Option<i32>,
    /// All of its stdout.
    pub stdout: String,
    /// All of its stderr.
    pub stderr: String,
}

/// Runs `command` to its end. It is killed after `limit`, which counts as no success.
pub async fn run(mut command: Command, limit: Duration) -> Finished {
    command.stdin(Stdio::null()).kill_on_drop(true);
    finished(timeout(limit, command.output()).await, limit)
}

/// The same, with `input` on its stdin.
pub async fn run_with(mut command: Command, input: &str, limit: Duration) -> Finished {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let talk = async {
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // Whoever does not read it has ended already.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    finished(timeout(limit, talk).await, limit)
}

fn finished(outcome: Result<io::Result<process::Output>, Elapsed>, limit: Duration) -> Finished {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let failed = |stderr: String| Finished { success: false, status: None, stdout: String::new(), stderr };
    match outcome {
        Ok(Ok(output)) => Finished {
            success: output.status.success(),
            status: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        },
        Ok(Err(error)) => failed(error.to_string()),
        Err(_) => failed(format!("not done within {limit:?}")),
    }
}

/// An empty folder that goes with its test.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one among the system's temporary files.
    ///
    /// # Panics
    ///
    /// Nothing can be written there.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // The number of a process is not enough of a name: it is 1 in every private network, and returns after a while.
        loop {
            let name = format!("requires-auth-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = env::temp_dir().join(name);
            match fs::create_dir(&path) {
                Ok(()) => return Self(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => panic!("no folder {}: {error}", path.display()),
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
