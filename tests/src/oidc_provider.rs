//! npm `oidc-provider` as its clients see it: a daemon with a secret, and a user at a desktop application who logs in.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use reqwest::{Client, Response, Url};
use serde_json::Value;
use tokio::process::Command;

use crate::installs;
use crate::missing::Missing;
use crate::processes::Process;
use crate::weather::http_client;

/// The example of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// From the request to the code: login page, consent page, and the redirects between them.
const MOST_STEPS: usize = 12;

/// A running `oidc-provider`.
#[derive(Debug)]
pub struct Provider {
    process: Process,
    http: Client,
    issuer: String,
    audience: String,
    redirect_uri: String,
}

/// What a user's login brings.
#[derive(Debug)]
pub struct Tokens {
    /// The access token, for the API.
    pub access: String,
    /// The ID token, for the client.
    pub id: String,
}

impl Provider {
    /// Installs it if it is not there yet, and starts it.
    ///
    /// # Errors
    ///
    /// There is no Node, or the package cannot be installed.
    pub async fn start() -> Result<Self, Missing> {
        let node = installs::node().await?;
        let folder = installs::npm("oidc-provider").await?;
        let mut command = Command::new(node);
        command.arg("provider.mjs").current_dir(folder);
        let mut process = Process::start(command);
        let ready: Value = process.line(|line| serde_json::from_str(line).ok()).await;
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let (issuer, audience, redirect_uri) = (text("issuer"), text("audience"), text("redirect_uri"));
        Ok(Self { process, http: http_client(), issuer, audience, redirect_uri })
    }

    /// `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `aud` of tokens for the weather API.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Client credentials (RFC 6749 section 4.4), for the weather API.
    pub async fn daemon_token(&self, scope: &str) -> String {
        self.daemon_token_for(&self.audience, scope).await
    }

    /// The same, for another API (RFC 8707).
    pub async fn daemon_token_for(&self, resource: &str, scope: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", scope), ("resource", resource)];
        let request = self.http.post(format!("{}/token", self.issuer)).form(&form);
        let answer = json(request.basic_auth("daemon", Some("a-secret-of-the-daemon")).send().await.unwrap()).await;
        assert_eq!(answer["token_type"], "Bearer");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Authorization code with PKCE (RFC 6749 section 4.1, RFC 7636): a user logs in and consents in a browser.
    pub async fn user_tokens(&self, scope: &str) -> Tokens {
        let code = self.log_in(scope).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "desktop"),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", &self.redirect_uri),
        ];
        let answer = json(self.http.post(format!("{}/token", self.issuer)).form(&form).send().await.unwrap()).await;
        let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned();
        Tokens { access: text("access_token"), id: text("id_token") }
    }

    /// What the user's browser does, up to the redirect that carries the code.
    async fn log_in(&self, scope: &str) -> String {
        let query = [
            ("client_id", "desktop"),
            ("response_type", "code"),
            ("redirect_uri", &self.redirect_uri),
            ("scope", scope),
            ("state", "a-state"),
            ("nonce", "a-nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut cookies = BTreeMap::new();
        let mut response = self.http.get(format!("{}/auth", self.issuer)).query(&query).send().await.unwrap();
        for _ in 0..MOST_STEPS {
            keep_cookies(&mut cookies, &response);
            let here = response.url().clone();
            let request = if response.status().is_redirection() {
                let next = here.join(response.headers()["location"].to_str().unwrap()).unwrap();
                if next.as_str().starts_with(&self.redirect_uri) {
                    return parameter(&next, "code");
                }
                self.http.get(next)
            } else {
                let page = response.text().await.unwrap();
                let form =
                    [("prompt", attribute(&page, "name=\"prompt\" value=\"")), ("login", "ada"), ("password", "x")];
                self.http.post(here.join(attribute(&page, "action=\"")).unwrap()).form(&form)
            };
            let sent: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            response = request.header("cookie", sent.join("; ")).send().await.unwrap();
        }
        panic!("the login came to no end");
    }

    /// Signs with a new key from now on; the old one stays published.
    pub async fn roll_over(&mut self) {
        assert_eq!(self.told("roll over").await, 2);
    }

    /// Publishes only the key that is signed with.
    pub async fn withdraw(&mut self) {
        assert_eq!(self.told("withdraw").await, 1);
    }

    async fn told(&mut self, command: &str) -> usize {
        self.process.tell(command).await;
        let keys = |line: &str| Some(serde_json::from_str::<Value>(line).ok()?["keys"].as_array()?.len());
        self.process.line(keys).await
    }

    /// Takes the provider down.
    pub async fn stop(self) {
        self.process.stop().await;
    }
}

/// The token with one claim changed and the signature left as it was.
#[must_use]
pub fn with_claim(token: &str, name: &str, value: &str) -> String {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("not a JWT: {token}") };
    let mut claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap();
    assert!(claims.get(name).is_some_and(|old| old != value), "{claims}");
    claims[name] = value.into();
    format!("{header}.{}.{signature}", BASE64URL_NOPAD.encode(claims.to_string().as_bytes()))
}

async fn json(response: Response) -> Value {
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// By name alone, which will do for a browser that visits one site.
fn keep_cookies(cookies: &mut BTreeMap<String, String>, response: &Response) {
    for field in response.headers().get_all("set-cookie") {
        let cookie = field.to_str().unwrap().split(';').next().unwrap_or_default();
        let (name, value) = cookie.split_once('=').unwrap();
        if value.is_empty() {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// What stands in `page` after `before`, up to the quote.
fn attribute<'p>(page: &'p str, before: &str) -> &'p str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split('"').next().unwrap_or_default()
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}
