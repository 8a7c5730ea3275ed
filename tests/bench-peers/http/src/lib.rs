//! What `#[requires_auth]` costs a handler, in each web framework.
//!
//! Over HTTP: the program executes itself as a server on one core, and wrk drives it from another. The routes differ in
//! the attribute alone, and each request carries the same token. In process: the same routes called without a socket,
//! one call after the other, with the request built before the clock starts.
//!
//! Servers and calls run in processes of their own, since a process has one verifier and some frameworks want one
//! runtime. So whoever calls [`run`] hands its arguments to [`serve`] first.

use std::error::Error;

use bench_measure::Row;

mod child;
mod cores;
mod fixture;
mod framework;
mod frameworks;
mod in_process;
mod options;
mod over_http;
mod server;
mod wrk;

pub use self::options::Options;

/// Why a bench could not be run.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Measures all frameworks and emits a row for each figure. Why one is left out is said on standard error.
///
/// # Errors
///
/// A framework that is not known, a server that does not start or does not answer as it should, or a child that fails.
pub fn run(options: &Options, mut emit: impl FnMut(Row)) -> Result<(), Failure> {
    let unknown =
        options.frameworks.iter().find(|name| frameworks::ALL.iter().all(|framework| framework.name != **name));
    if let Some(name) = unknown {
        return Err(format!("{name} is no framework that is measured").into());
    }
    let fixture = fixture::Fixture::new();
    let chosen = || frameworks::ALL.iter().filter(|framework| options.includes(framework.name));
    if options.in_process {
        for framework in chosen() {
            in_process::measure(framework, &fixture, options, &mut emit)?;
        }
    }
    if options.over_http {
        if let Err(reason) = wrk::find() {
            say(&format!("over HTTP: left out, {reason}"));
            return Ok(());
        }
        for framework in chosen() {
            match framework.not_by_wrk {
                Some(reason) => say(&format!("http_{}: left out, {reason}", framework.name)),
                None => over_http::measure(framework, &fixture, options, &mut emit)?,
            }
        }
    }
    Ok(())
}

/// The names of all frameworks.
pub fn frameworks() -> impl Iterator<Item = &'static str> {
    frameworks::ALL.iter().map(|framework| framework.name)
}

/// Does what the arguments of this process ask for, if they are those of a child that [`run`] started. Otherwise returns
/// `false`; where it returns `true`, the process has nothing left to do.
///
/// Call it before [`bench_measure::Child::here`], which a child of this bench calls itself.
///
/// # Errors
///
/// A framework that is not known, or whatever ends its server.
pub fn serve(arguments: impl IntoIterator<Item = String>) -> Result<bool, Failure> {
    let mut arguments = arguments.into_iter();
    if arguments.next().as_deref() != Some(child::WORD) {
        return Ok(false);
    }
    let (Some(work), Some(name), Some(task)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("a child needs its work, its framework and its task".into());
    };
    let framework = frameworks::ALL.iter().find(|framework| framework.name == name).ok_or("an unknown framework")?;
    match &*work {
        server::WORK => server::serve(framework, &serde_json::from_str(&task)?)?,
        in_process::WORK => (framework.call)(serde_json::from_str(&task)?)?,
        _ => return Err("unknown work".into()),
    }
    Ok(true)
}

/// Tells whoever watches. Standard output is for rows.
fn say(line: &str) {
    eprintln!("{line}");
}
