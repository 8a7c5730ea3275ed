//! What becomes of the lines of the log, beside being heard by the [`Tower`]: a program's own code, which can fail.
//!
//! A process has one subscriber, so each of these lives through its month in a process of its own.

use std::fs::File;
use std::io::{self, Read as _};
use std::process::{Command, Output, Stdio};
use std::sync::Once;
use std::sync::mpsc::{self, Sender};
use std::thread;

use requires_auth_tests::missing::{Missing, program};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber, subscriber};
use tracing_subscriber::FmtSubscriber;

use crate::flights::Tower;

/// Names one of [`LogSink::ALL`] to a process.
const SINK: &str = "REQUIRES_AUTH_TESTS_LOG_SINK";

/// Takes a new folder and the command to run, whose standard error is a file on a disk of 16 KiB.
const ON_A_SMALL_DISK: &str = r#"
mount -t tmpfs -o size=16k none "$1"
log="$1/log"
shift
exec "$@" 2>"$log"
"#;

/// Where the lines go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum LogSink {
    /// Nowhere else.
    None,
    /// The subscriber panics in every line.
    PanicsInEveryLine,
    /// In the first one alone.
    PanicsOnce,
    /// A thread that the subscriber has for its writing panics, and the subscriber wherever it finds it gone.
    PanicsOnItsOwnThread,
    /// Standard error, as `tracing_subscriber::fmt` has it, whose reader has gone.
    BrokenPipe,
    /// The same, a file on a disk that is full after a few lines.
    FullDisk,
}

/// How a month in a process of its own ended.
pub(crate) struct Lived {
    pub(crate) succeeded: bool,
    pub(crate) said: String,
    /// The beginning of what was written to standard error.
    pub(crate) first_errors: String,
}

impl LogSink {
    const ALL: [Self; 6] = [
        Self::None,
        Self::PanicsInEveryLine,
        Self::PanicsOnce,
        Self::PanicsOnItsOwnThread,
        Self::BrokenPipe,
        Self::FullDisk,
    ];

    fn of_this_process() -> Self {
        let name = std::env::var(SINK).unwrap_or_default();
        Self::ALL.into_iter().find(|sink| format!("{sink:?}") == name).unwrap_or(Self::None)
    }

    /// Makes `tower` hear this process, with the sink that its environment names.
    pub(crate) fn install(tower: &'static Tower) {
        let sink = Self::of_this_process();
        let installed = match sink {
            Self::None => subscriber::set_global_default(tower),
            Self::PanicsInEveryLine | Self::PanicsOnce => {
                subscriber::set_global_default(Faulty { tower, write: panics(sink) })
            }
            Self::PanicsOnItsOwnThread => {
                let lines = dying_writer();
                let write = move || lines.send(()).expect("the writer's thread");
                subscriber::set_global_default(Faulty { tower, write })
            }
            Self::BrokenPipe | Self::FullDisk => {
                let fmt = FmtSubscriber::builder().with_max_level(Level::TRACE).with_writer(io::stderr).finish();
                subscriber::set_global_default(Written { tower, fmt })
            }
        };
        installed.expect("no other subscriber in this process");
    }

    /// Runs the test called `name` once more, in a process that has this sink.
    pub(crate) fn run(self, name: &str) -> Result<Lived, Missing> {
        let test = std::env::current_exe().expect("a test binary knows where it is");
        let folder = std::env::temp_dir().join(format!("requires-auth-full-disk-{}", std::process::id()));
        let mut command = match self {
            Self::FullDisk => {
                std::fs::create_dir_all(&folder).expect("a folder");
                let mut command = on_a_small_disk(&folder)?;
                command.arg(test);
                command
            }
            _ => Command::new(test),
        };
        // A backtrace for each of thousands of panics would only take time.
        command.args(["--exact", name, "--nocapture"]).env(SINK, format!("{self:?}")).env("RUST_BACKTRACE", "0");
        // In a file, as the month beside this one measures the memory of this process.
        let errors = folder.with_extension(format!("{self:?}"));
        if self == Self::BrokenPipe {
            let (reader, writer) = io::pipe().expect("a pipe");
            drop(reader);
            command.stderr(writer);
        } else {
            command.stderr(File::create(&errors).expect("a file"));
        }
        let output = command.stdout(Stdio::piped()).spawn().expect("the test runs").wait_with_output();
        let mut first_errors = String::new();
        if let Ok(errors) = File::open(&errors) {
            let _ = errors.take(64 * 1024).read_to_string(&mut first_errors);
        }
        let _ = (std::fs::remove_dir(folder), std::fs::remove_file(errors));
        let Output { status, stdout, .. } = output.expect("the test ends");
        Ok(Lived { succeeded: status.success(), said: String::from_utf8_lossy(&stdout).into_owned(), first_errors })
    }
}

/// A command that runs what is added to it with a standard error that takes no more than a few lines.
fn on_a_small_disk(folder: &std::path::Path) -> Result<Command, Missing> {
    let unshare = program("unshare")?;
    let inside = |rights: &[&str]| {
        let mut command = Command::new(&unshare);
        command.arg("--mount").args(rights).args(["sh", "-ec", ON_A_SMALL_DISK, "sh"]).arg(folder);
        command
    };
    // A user becomes root in a user namespace; root may also have no need, or no right, to make one.
    let allows = |rights: &&[&str]| {
        let trial = inside(rights).arg("true").output();
        trial.is_ok_and(|trial| trial.status.success())
    };
    let rights = [&["--map-root-user"][..], &[]].into_iter().find(allows);
    rights.map(inside).ok_or_else(|| Missing::new("this machine allows no disk of its own to a process"))
}

fn panics(sink: LogSink) -> impl Fn() + Send + Sync + 'static {
    let first = Once::new();
    move || {
        let mut is_first = false;
        first.call_once(|| is_first = true);
        assert!(!is_first && sink == LogSink::PanicsOnce, "the subscriber panics, as the test asked");
    }
}

/// The side that lines are sent to; the other one panics in the first.
fn dying_writer() -> Sender<()> {
    let (lines, written) = mpsc::channel();
    thread::spawn(move || {
        written.recv().expect("a line");
        panic!("the writer panics, as the test asked");
    });
    lines
}

/// Whether a line is of the API, and not of the issuer or of those who call, who share this process.
fn is_of_the_api(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("requires_auth") || thread::current().name() == Some("requires-auth-keys")
}

/// The tower hears a line first, and then it is written.
struct Faulty<Write> {
    tower: &'static Tower,
    write: Write,
}

impl<Write: Fn() + Send + Sync + 'static> Subscriber for Faulty<Write> {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.tower.new_span(attributes)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if is_of_the_api(event.metadata()) {
            if self.tower.enabled(event.metadata()) {
                self.tower.event(event);
            }
            (self.write)();
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The same, by the subscriber that most programs have.
struct Written<Fmt> {
    tower: &'static Tower,
    fmt: Fmt,
}

impl<Fmt: Subscriber> Subscriber for Written<Fmt> {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.fmt.new_span(attributes)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.fmt.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.fmt.record_follows_from(span, follows);
    }

    fn event(&self, event: &Event<'_>) {
        if is_of_the_api(event.metadata()) {
            if self.tower.enabled(event.metadata()) {
                self.tower.event(event);
            }
            self.fmt.event(event);
        }
    }

    fn enter(&self, span: &Id) {
        self.fmt.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.fmt.exit(span);
    }

    fn clone_span(&self, span: &Id) -> Id {
        self.fmt.clone_span(span)
    }

    fn try_close(&self, span: Id) -> bool {
        self.fmt.try_close(span)
    }
}
