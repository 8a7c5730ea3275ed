//! `cargo run -p weather-axum -- doctor`: what is wrong with the settings, or with a token on stdin.
//!
//! It prints the diagnosis of the same settings that the server would start with. If something is piped into it, that is
//! taken for a token, and every check of it is printed too. The token goes nowhere: not to the issuer, and neither it nor
//! its signature is printed. Its claims are, so mind who reads along.

use std::{
    env,
    fmt::Display,
    io::{self, IsTerminal, Read, Write},
};

use requires_auth::{Settings, SetupError, Verifier};

use crate::server;

/// How it went, as the exit status for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is wrong: 0.
    Well = 0,
    /// Something is: 1.
    Ill = 1,
    /// It could not look, most often for want of settings, or since they cannot be read: 2.
    Unknown = 2,
}

/// Looks after the set-up and ends the process, if `doctor` stands behind the program's name.
pub async fn run_if_asked() {
    if env::args_os().nth(1).is_none_or(|word| word != "doctor") {
        return;
    }
    // What the settings log is about them; the rest is in the diagnosis.
    let log = server::log_to_stderr_by_default("requires_auth::settings=warn");
    if let Err(failure) = log {
        complain(&format!("{failure:?}"));
        std::process::exit(Condition::Unknown as i32);
    }
    let colored = wants_color(io::stdout().is_terminal(), |name| env::var_os(name));
    let mut unreadable = None;
    let read_token = || {
        token_on_stdin().unwrap_or_else(|error| {
            unreadable = Some(error);
            None
        })
    };
    let mut condition = examine(Settings::load(), read_token, &mut io::stdout(), colored).await;
    if let Some(error) = unreadable {
        // A token that was not looked at is no token that verifies.
        complain(&format!("what is piped in cannot be read: {error}"));
        condition = Condition::Unknown;
    }
    std::process::exit(condition as i32);
}

/// Prints to `page` what is wrong with `settings`, and then with the token that `read_token` reads, if there is one.
pub async fn examine(
    settings: Result<Settings, SetupError>,
    read_token: impl FnOnce() -> Option<String>,
    page: &mut (impl Write + Send),
    colored: bool,
) -> Condition {
    let authority = settings.and_then(|settings| settings.authority());
    let verifier = match authority.and_then(|authority| Verifier::builder(authority).build()) {
        Ok(verifier) => verifier,
        Err(error) => {
            complain(&error.to_string());
            return Condition::Unknown;
        }
    };

    let diagnosis = verifier.diagnose().await;
    print(page, &diagnosis, &diagnosis.colored(), colored);
    let mut is_well = diagnosis.is_well();

    if let Some(token) = read_token().as_deref().and_then(token_in) {
        let explanation = verifier.explain_with_lookup(token).await;
        let _ = writeln!(page);
        print(page, &explanation, &explanation.colored(), colored);
        is_well &= explanation.reason().is_none();
    }
    if is_well { Condition::Well } else { Condition::Ill }
}

/// Whoever reads it may have stopped, as `head` does. The exit status still tells.
fn print(page: &mut impl Write, plain: &impl Display, in_color: &impl Display, colored: bool) {
    let _ = if colored { write!(page, "{in_color}") } else { write!(page, "{plain}") };
    let _ = page.flush();
}

fn complain(sentence: &str) {
    let _ = writeln!(io::stderr(), "{sentence}");
}

/// A terminal that has colours, and nobody who minds them (<https://no-color.org>).
fn wants_color(is_terminal: bool, variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let nobody_minds = variable("NO_COLOR").is_none_or(|value| value.is_empty());
    is_terminal && nobody_minds && variable("TERM").is_none_or(|term| term != "dumb")
}

/// What is piped in, if anything is.
fn token_on_stdin() -> io::Result<Option<String>> {
    /// Far beyond any token.
    const MOST_BYTES: u64 = 1024 * 1024;
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    stdin.lock().take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The token in what people paste: alone, in quotes, behind `Bearer`, or as the whole field.
fn token_in(text: &str) -> Option<&str> {
    let mut text = text.trim().trim_matches(['"', '\'']);
    for prefix in ["authorization:", "bearer "] {
        if let Some((start, rest)) = text.split_at_checked(prefix.len())
            && start.eq_ignore_ascii_case(prefix)
        {
            text = rest.trim_start();
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{token_in, wants_color};

    #[test]
    fn finds_the_token_in_what_people_paste() {
        for text in
            ["a.b.c", " a.b.c\n", "Bearer a.b.c", "bearer  a.b.c\r\n", "Authorization: Bearer a.b.c", "\"a.b.c\"\n"]
        {
            assert_eq!(token_in(text), Some("a.b.c"), "{text:?}");
        }
        assert_eq!(token_in("a.b.c d"), Some("a.b.c d"), "the explanation says what is wrong with it");
        for nothing in ["", "\n", "  ", "\"\"", "Authorization:"] {
            assert_eq!(token_in(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn colours_are_for_terminals_whose_owners_like_them() {
        let with = |name: &'static str, value: &'static str| {
            move |asked: &str| (asked == name).then(|| std::ffi::OsString::from(value))
        };
        assert!(wants_color(true, |_| None));
        assert!(wants_color(true, with("NO_COLOR", "")));
        assert!(wants_color(true, with("TERM", "xterm-256color")));
        assert!(!wants_color(false, |_| None));
        assert!(!wants_color(true, with("NO_COLOR", "1")));
        assert!(!wants_color(true, with("TERM", "dumb")));
    }
}
