use std::time::Duration;

use crate::Failure;

/// What is measured, and for how long.
#[derive(Clone, Debug)]
pub struct Options {
    /// The names of the frameworks. All if empty.
    pub frameworks: Vec<String>,
    /// Whether wrk drives servers.
    pub over_http: bool,
    /// Whether handlers are called without a socket.
    pub in_process: bool,
    /// How often each route is driven by wrk.
    pub rounds: usize,
    /// How long each time, in whole seconds, of which each route has one after the other.
    pub seconds: u64,
    /// How many connections wrk keeps open.
    pub connections: u32,
    /// How long handlers of a framework are called in process, all routes together.
    pub calls_for: Duration,
    /// Whether instructions of calls in process are counted, where valgrind is installed.
    pub instructions: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            frameworks: Vec::new(),
            over_http: true,
            in_process: true,
            rounds: 3,
            seconds: 3,
            connections: 64,
            calls_for: Duration::from_millis(800),
            instructions: true,
        }
    }
}

impl Options {
    /// Reads arguments of the command line: `--only axum,warp`, `--rounds 3`, `--seconds 2`, `--connections 64`,
    /// `--calls-for 800` (milliseconds), `--no-http`, `--no-in-process`, `--no-instructions`.
    ///
    /// # Errors
    ///
    /// An argument that is none of these.
    pub fn from_arguments(arguments: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match &*argument {
                "--only" => options.frameworks = value()?.split(',').map(str::to_owned).collect(),
                "--rounds" => options.rounds = value()?.parse()?,
                "--seconds" => options.seconds = value()?.parse()?,
                "--connections" => options.connections = value()?.parse()?,
                "--calls-for" => options.calls_for = Duration::from_millis(value()?.parse()?),
                "--no-http" => options.over_http = false,
                "--no-in-process" => options.in_process = false,
                "--no-instructions" => options.instructions = false,
                _ => return Err(format!("{argument} is no option").into()),
            }
        }
        Ok(options)
    }

    pub(crate) fn includes(&self, framework: &str) -> bool {
        self.frameworks.is_empty() || self.frameworks.iter().any(|name| name == framework)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, Failure> {
        Options::from_arguments(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_framework_is_measured_if_it_is_named_or_if_none_is() {
        let some = read("--only axum,warp --no-http --calls-for 100").unwrap();
        assert!(some.includes("warp") && !some.includes("poem") && !some.over_http);
        assert!(read("").unwrap().includes("poem"));
    }

    #[test]
    fn a_word_that_is_no_option_is_an_error() {
        for line in ["--fast", "--rounds", "--rounds many"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
