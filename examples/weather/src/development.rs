//! An authority for development: it lives in the server's own process and signs tokens to try the API with.
//!
//! It exists only where all of these hold, and each is checked here:
//!
//! 1. Nothing is configured: neither a tenant nor a client, so there is no authority that it could stand in for.
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

    pub(crate) fn lines_to_paste(&self, _: SocketAddr) -> String {
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

    /// Lines for a shell, with what each will answer.
    pub(crate) fn lines_to_paste(&self, address: SocketAddr) -> String {
        let reader = self.issuer.token().user("ada").scope("weather.read").expires_in(LIFETIME).sign();
        let writer = self.issuer.token().user("grace").scope("weather.write").expires_in(LIFETIME).sign();
        let daemon = self.issuer.token().app("daemon").role("Weather.Read.All").expires_in(LIFETIME).sign();
        lines_to_paste(address, &Tokens { reader, writer, daemon })
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
fn lines_to_paste(address: SocketAddr, tokens: &Tokens) -> String {
    let Tokens { reader, writer, daemon } = tokens;
    let weather = format!("'http://{address}/api/weather/seattle?units=metric'");
    let report = format!(
        "-H 'Content-Type: application/json' \
         -d '{{\"description\":\"Fog over the bay\",\"location\":{{\"city\":\"Seattle\",\"state\":\"WA\"}}}}' \
         'http://{address}/api/reports'"
    );
    let lines = [
        ("nobody: 401, no token", None, &weather),
        ("reader: 200, by the scope weather.read", Some(reader), &weather),
        ("reader: 403, lacks the scope weather.write", Some(reader), &report),
        ("writer: 201, by the scope weather.write", Some(writer), &report),
        ("writer: 403, lacks the scope weather.read", Some(writer), &weather),
        ("daemon: 200, by the app permission Weather.Read.All", Some(daemon), &weather),
        ("daemon: 403, a scope is for users", Some(daemon), &report),
    ];

    // A line break after the body, which has none, so that the next answer starts on a line of its own. No quotes or
    // brackets in the comments: zsh takes a pasted comment for a command, which then merely is not found.
    let mut text = vec!["# Lines to paste, good for 8 hours or until this process stops".to_owned()];
    text.extend(lines.map(|(expectation, token, request)| {
        let authorization = token.map(|token| format!("-H 'Authorization: Bearer {token}' ")).unwrap_or_default();
        format!("\n# {expectation}\ncurl -i -w '\\n' {authorization}{request}")
    }));
    text.join("\n") + "\n"
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::{Tokens, lines_to_paste};

    fn lines() -> String {
        let tokens = Tokens { reader: "r.r.r".into(), writer: "w.w.w".into(), daemon: "d.d.d".into() };
        lines_to_paste(([127, 0, 0, 1], 8123).into(), &tokens)
    }

    #[test]
    fn every_line_is_a_comment_or_a_command() {
        for line in lines().lines().filter(|line| !line.is_empty()) {
            assert!(line.starts_with("# ") || line.starts_with("curl -i "), "{line}");
        }
    }

    #[test]
    fn commands_are_quoted_for_a_shell() {
        for line in lines().lines().filter(|line| line.starts_with("curl")) {
            assert!(line.matches('\'').count().is_multiple_of(2), "{line}");
            let outside_quotes: String = line.split('\'').step_by(2).collect();
            assert!(outside_quotes.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-'), "{line}");
        }
    }

    #[test]
    fn says_what_each_answers() {
        let lines = lines();
        for (comment, token) in [("# reader: 200", "r.r.r"), ("# writer: 201", "w.w.w"), ("# daemon: 200", "d.d.d")] {
            let after = lines.split_once(comment).unwrap().1;
            assert!(after.lines().nth(1).unwrap().contains(&format!("'Authorization: Bearer {token}'")), "{comment}");
        }
        assert!(!lines.split_once("# nobody: 401").unwrap().1.lines().nth(1).unwrap().contains("Authorization"));
    }
}
