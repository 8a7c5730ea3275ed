//! An authority for development: it lives in the server's own process and signs tokens to try the API with.
//!
//! It exists only where all of these hold, and each is checked here:
//!
//! 1. Nothing is configured: neither a tenant nor a client, so there is no authority that it could stand in for. Settings
//!    that are there and cannot be read are an error of `Settings::load`, so they never come here.
//! 2. The build is a debug build: a release build does not contain it.
//! 3. The server listens on loopback: nobody else can reach what its tokens open.

use std::{fmt, net::SocketAddr};

use requires_auth::{Settings, Verifier};

use crate::Failure;

/// A development authority that is running.
pub struct Development {
    #[cfg(debug_assertions)]
    issuer: requires_auth::testing::Issuer,
    // Nobody can make one in a release build.
    #[cfg(not(debug_assertions))]
    never: std::convert::Infallible,
}

impl fmt::Debug for Development {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Development").finish_non_exhaustive()
    }
}

#[cfg(not(debug_assertions))]
impl Development {
    /// A release build has no development authority.
    ///
    /// # Errors
    ///
    /// None.
    pub fn start(_: &Settings, _: SocketAddr) -> Result<Option<Self>, Failure> {
        Ok(None)
    }

    /// The verifier of this authority's tokens.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        match self.never {}
    }

    pub(crate) fn lines_to_paste(&self, _: SocketAddr, _: Option<&str>) -> String {
        match self.never {}
    }
}

#[cfg(debug_assertions)]
impl Development {
    /// Starts the authority, and warns of it, if nothing is configured and `address` is a loopback address.
    ///
    /// # Errors
    ///
    /// The authority cannot listen.
    pub fn start(settings: &Settings, address: SocketAddr) -> Result<Option<Self>, Failure> {
        if !settings.is_empty() || !address.ip().is_loopback() {
            return Ok(None);
        }

        let issuer = requires_auth::testing::Issuer::entra();
        warn();
        Ok(Some(Self { issuer }))
    }

    /// The verifier of this authority's tokens.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        self.issuer.verifier()
    }

    /// Lines for a shell, with what each will answer: of curl, or of the command that calls a gRPC API.
    pub(crate) fn lines_to_paste(&self, address: SocketAddr, grpc: Option<&str>) -> String {
        let reader = self.issuer.token().user("ada").scope("weather.read").expires_in(LIFETIME).sign();
        let writer = self.issuer.token().user("grace").scope("weather.write").expires_in(LIFETIME).sign();
        let daemon = self.issuer.token().app("daemon").role("Weather.Read.All").expires_in(LIFETIME).sign();
        lines_to_paste(address, grpc, &Tokens { reader, writer, daemon })
    }
}

/// A working day, so that lines pasted in the afternoon still answer as they say.
#[cfg(debug_assertions)]
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(8 * 60 * 60);

#[cfg(debug_assertions)]
fn warn() {
    #[allow(clippy::print_stderr, reason = "a log filter must not be able to hide it")]
    {
        eprintln!(
            "\n\
             ************************************************************************\n\
             *  DEVELOPMENT AUTHORITY: this process signs the tokens that it trusts *\n\
             *                                                                      *\n\
             *  No tenant and no client are configured, so tokens to try the API    *\n\
             *  with are printed below. Whoever reads them may call this API.       *\n\
             *                                                                      *\n\
             *  For real tokens set AzureAd__TenantId and AzureAd__ClientId, or     *\n\
             *  fill in settings_template.json as settings.json, and start again.   *\n\
             ************************************************************************\n"
        );
    }
}

#[cfg(debug_assertions)]
struct Tokens {
    reader: String,
    writer: String,
    daemon: String,
}

/// A comment that says what to expect, then the line, then the next.
#[cfg(debug_assertions)]
fn lines_to_paste(address: SocketAddr, grpc: Option<&str>, tokens: &Tokens) -> String {
    let Tokens { reader, writer, daemon } = tokens;
    let (weather, report) = requests(address, grpc);
    let lines = [
        ("nobody", 401, "no token", None, &weather),
        ("reader", 200, "by the scope weather.read", Some(reader), &weather),
        ("reader", 403, "lacks the scope weather.write", Some(reader), &report),
        ("writer", 201, "by the scope weather.write", Some(writer), &report),
        ("writer", 403, "lacks the scope weather.read", Some(writer), &weather),
        ("daemon", 200, "by the app permission Weather.Read.All", Some(daemon), &weather),
        ("daemon", 403, "a scope is for users", Some(daemon), &report),
    ];

    // No quotes or brackets in the comments: zsh takes a pasted comment for a command, which then merely is not found.
    let mut text = vec!["# Lines to paste, good for 8 hours or until this process stops".to_owned()];
    text.extend(lines.map(|(caller, status, reason, token, request)| {
        let (status, line) = match grpc {
            None => (status.to_string(), curl(token, request)),
            Some(_) => (code(status).to_owned(), with_token(token, request)),
        };
        format!("\n# {caller}: {status}, {reason}\n{line}")
    }));
    text.join("\n") + "\n"
}

/// The one that asks for the weather, and the one that reports it.
#[cfg(debug_assertions)]
fn requests(address: SocketAddr, grpc: Option<&str>) -> (String, String) {
    match grpc {
        None => (
            format!("'http://{address}/api/weather/seattle?units=metric'"),
            format!(
                "-H 'Content-Type: application/json' \
                 -d '{{\"description\":\"Fog over the bay\",\"location\":{{\"city\":\"Seattle\",\"state\":\"WA\"}}}}' \
                 'http://{address}/api/reports'"
            ),
        ),
        Some(client) => (
            format!("{client} 'http://{address}' weather seattle metric"),
            format!("{client} 'http://{address}' report 'Fog over the bay' Seattle WA"),
        ),
    }
}

/// Writes a line break after the body, which has none, so that the next answer starts on a line of its own.
#[cfg(debug_assertions)]
fn curl(token: Option<&String>, request: &str) -> String {
    let authorization = token.map(|token| format!("-H 'Authorization: Bearer {token}' ")).unwrap_or_default();
    format!("curl -i -w '\\n' {authorization}{request}")
}

#[cfg(debug_assertions)]
fn with_token(token: Option<&String>, request: &str) -> String {
    token.map(|token| format!("TOKEN='{token}' ")).unwrap_or_default() + request
}

/// What gRPC calls it.
#[cfg(debug_assertions)]
fn code(status: u16) -> &'static str {
    match status {
        401 => "Unauthenticated",
        403 => "PermissionDenied",
        _ => "OK",
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::{Tokens, lines_to_paste};

    fn lines(grpc: Option<&str>) -> String {
        let tokens = Tokens { reader: "r.r.r".into(), writer: "w.w.w".into(), daemon: "d.d.d".into() };
        lines_to_paste(([127, 0, 0, 1], 8123).into(), grpc, &tokens)
    }

    #[test]
    fn every_line_is_a_comment_or_a_command() {
        for (grpc, commands) in [(None, ["curl -i ", "curl -i "]), (Some("client"), ["client ", "TOKEN='"])] {
            for line in lines(grpc).lines().filter(|line| !line.is_empty()) {
                assert!(line.starts_with("# ") || commands.iter().any(|command| line.starts_with(command)), "{line}");
            }
        }
    }

    #[test]
    fn commands_are_quoted_for_a_shell() {
        for grpc in [None, Some("client")] {
            for line in lines(grpc).lines().filter(|line| !line.starts_with('#')) {
                assert!(line.matches('\'').count().is_multiple_of(2), "{line}");
                let outside_quotes: String = line.split('\'').step_by(2).collect();
                assert!(outside_quotes.chars().all(|c| c.is_ascii_alphanumeric() || " -=".contains(c)), "{line}");
            }
        }
    }

    #[test]
    fn says_what_each_answers() {
        let lines = lines(None);
        for (comment, token) in [("# reader: 200", "r.r.r"), ("# writer: 201", "w.w.w"), ("# daemon: 200", "d.d.d")] {
            let after = lines.split_once(comment).unwrap().1;
            assert!(after.lines().nth(1).unwrap().contains(&format!("'Authorization: Bearer {token}'")), "{comment}");
        }
        assert!(!lines.split_once("# nobody: 401").unwrap().1.lines().nth(1).unwrap().contains("Authorization"));
    }

    #[test]
    fn says_what_each_answers_in_grpc() {
        let lines = lines(Some("client"));
        for (comment, line) in [
            ("# nobody: Unauthenticated, no token", "client 'http://127.0.0.1:8123' weather seattle metric"),
            ("# writer: OK, ", "TOKEN='w.w.w' client 'http://127.0.0.1:8123' report 'Fog over the bay' Seattle WA"),
            (
                "# daemon: PermissionDenied, ",
                "TOKEN='d.d.d' client 'http://127.0.0.1:8123' report 'Fog over the bay' Seattle WA",
            ),
        ] {
            assert_eq!(lines.split_once(comment).unwrap().1.lines().nth(1), Some(line));
        }
    }
}
