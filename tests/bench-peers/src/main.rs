//! This library and its peers, side by side in one process and one run.
//!
//! ```text
//! cargo run --release --manifest-path tests/bench-peers/Cargo.toml
//! ```
//!
//! Each row is one line of JSON on stdout: what one subject costs in one case. Subjects take turns, so that a slow moment
//! of the machine meets all of them; times are medians of all rounds, ratios are to the bare signature check of the same
//! run. Nothing is timed but the check: keys are parsed, tokens are made and runtimes are started before.

mod algorithm;
mod arguments;
mod bench;
mod cases;
mod keys;
mod peers;
mod report;
mod sample;
mod stream;
mod tokens;
mod version;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use bench_measure::{Child, CountingAllocator, Row, callgrind, stepping};

use crate::arguments::Arguments;
use crate::bench::Bench;
use crate::cases::CASES;
use crate::tokens::Tokens;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    match bench_http::serve(env::args().skip(1)) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    let child = Child::here();
    let outcome = Arguments::parse(env::args().skip(1)).and_then(|arguments| {
        // Some peers spawn when they are built. Nothing runs on it while others are measured.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let _context = runtime.enter();
        match (child, &arguments.tokens) {
            (Some(child), Some(file)) => count(&arguments, file, &child),
            (None, None) => run(&arguments),
            _ => Err("--tokens is for the runs that count instructions".into()),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The whole run.
fn run(arguments: &Arguments) -> Result<(), String> {
    check_names(arguments)?;
    if arguments.write {
        check_programs()?;
    }
    let (many, rounds) = if arguments.quick { (2_000, 31) } else { (10_000, 301) };
    eprintln!("making keys and {many} tokens");
    let tokens = Tokens::make(many);
    eprintln!("counting instructions under valgrind");
    let instructions = or_none("valgrind", counted(arguments, &tokens, callgrind::run));
    eprintln!("counting instructions in single steps");
    let native = or_none("single steps", counted(arguments, &tokens, |words| stepping::run(words, MOST_STEPS)));
    let bench = Bench { tokens: &tokens, rounds, instructions: &instructions, native: &native };
    let mut rows: Vec<Row> = Vec::new();
    for case in CASES.iter().filter(|case| arguments.wants(case.name)) {
        eprintln!("{}", case.name);
        for row in bench.measure(case) {
            println!("{}", row.to_json());
            rows.push(row);
        }
    }
    let wanted = |prefix: &str| {
        let names = bench_http::frameworks();
        names.filter(|name| arguments.wants(&format!("{prefix}{name}"))).map(str::to_owned).collect::<Vec<_>>()
    };
    let (in_process, over_http) = (wanted("handler_"), wanted("http_"));
    let frameworks = bench_http::Options {
        in_process: !in_process.is_empty(),
        over_http: !over_http.is_empty(),
        frameworks: [in_process, over_http].concat(),
        ..bench_http::Options::default()
    };
    if frameworks.frameworks.is_empty() {
        return Ok(());
    }
    let emit = |row: Row| {
        println!("{}", row.to_json());
        rows.push(row);
    };
    bench_http::run(&frameworks, emit).map_err(|error| error.to_string())?;
    if arguments.write {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/src/_documentation/performance");
        report::write(&rows, &directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    }
    Ok(())
}

fn check_names(arguments: &Arguments) -> Result<(), String> {
    let of_framework = |name| [format!("handler_{name}"), format!("http_{name}")];
    let of_frameworks: Vec<_> = bench_http::frameworks().flat_map(of_framework).collect();
    let names = CASES.iter().map(|case| case.name).chain(of_frameworks.iter().map(String::as_str));
    match arguments.in_none_of(&names.collect::<Vec<_>>()) {
        Some(part) => Err(format!("--only {part}: no case has that in its name")),
        None => Ok(()),
    }
}

/// Without them the documentation would show dashes in the place of its figures.
fn check_programs() -> Result<(), String> {
    for program in ["valgrind", "wrk"] {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.map_err(|error| format!("--write needs {program}: {error}"))?;
    }
    Ok(())
}

/// More would take too long.
const MOST_STEPS: u64 = 1_000_000;

type Counts = BTreeMap<String, u64>;

fn or_none(way: &str, counts: Result<Counts, String>) -> Counts {
    counts.unwrap_or_else(|reason| {
        eprintln!("no instruction counts by {way}: {reason}");
        Counts::new()
    })
}

/// The counts of a second run, which is given its tokens: making keys is slow there.
fn counted(
    arguments: &Arguments,
    tokens: &Tokens,
    second_run: impl FnOnce(&[String]) -> Result<Counts, String>,
) -> Result<Counts, String> {
    let file = env::temp_dir().join(format!("bench-peers-{}.json", std::process::id()));
    tokens.write(&file, 16).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut words = vec!["--tokens".to_owned(), file.display().to_string()];
    words.extend(arguments.only.iter().flat_map(|part| ["--only".to_owned(), part.clone()]));
    let counts = second_run(&words);
    let _ = fs::remove_file(&file);
    counts
}

/// A second run, in which instructions are counted.
fn count(arguments: &Arguments, file: &Path, child: &Child) -> Result<(), String> {
    let tokens = Tokens::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    CASES.iter().filter(|case| arguments.wants(case.name)).for_each(|case| bench::count(case, &tokens, child));
    Ok(())
}
