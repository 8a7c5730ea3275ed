//! npm `oidc-provider` as its clients see it: a daemon with a secret, and a user at a desktop application who logs in.

use std::collections::BTreeMap;

use reqwest::Response;
use serde_json::Value;
use tokio::process::Command;

use crate::installs;
use crate::missing::Missing;
use crate::processes::Process;
use crate::provider::{Clients, Provider, Tokens};

/// From the request to the code: login page, consent page, and the redirects between them.
const MOST_STEPS: usize = 12;

/// A running `oidc-provider`.
#[derive(Debug)]
pub struct OidcProvider {
    /// Absent while it is down.
    process: Option<Process>,
    clients: Clients,
    issuer: String,
    audience: String,
}

impl Provider for OidcProvider {
    const OTHER_AUDIENCE: &'static str = "api://traffic";

    async fn start() -> Result<Self, Missing> {
        let node = installs::node().await?;
        let folder = installs::npm("oidc-provider").await?;
        let mut command = Command::new(node);
        command.arg("provider.mjs").current_dir(folder);
        let mut process = Process::start(command);
        let ready: Value = process.line(|line| serde_json::from_str(line).ok()).await;
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let (issuer, audience) = (text("issuer"), text("audience"));
        let clients = Clients::new(format!("{issuer}/token"), text("redirect_uri"));
        Ok(Self { process: Some(process), clients, issuer, audience })
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn audience(&self) -> &str {
        &self.audience
    }

    async fn daemon_token_for(&self, audience: &str, scope: &str) -> String {
        self.clients.daemon_token(audience, scope).await
    }

    async fn user_tokens(&self, scope: &str) -> Tokens {
        let code = self.log_in(scope).await;
        self.clients.redeem(&self.audience, &code).await
    }

    async fn roll_over(&mut self) {
        assert_eq!(self.told("roll over").await, 2);
    }

    async fn withdraw(&mut self) {
        assert_eq!(self.told("withdraw").await, 1);
    }

    async fn go_down(&mut self) {
        self.process.take().expect("it is up").stop().await;
    }
}

impl OidcProvider {
    /// What the user's browser does, up to the redirect that carries the code.
    async fn log_in(&self, scope: &str) -> String {
        let http = &self.clients.http;
        let query = self.clients.authorization_request(&self.audience, scope);
        let mut response = http.get(format!("{}/auth", self.issuer)).query(&query).send().await.unwrap();
        let mut cookies = BTreeMap::new();
        for _ in 0..MOST_STEPS {
            keep_cookies(&mut cookies, &response);
            let here = response.url().clone();
            let request = if response.status().is_redirection() {
                let next = here.join(response.headers()["location"].to_str().unwrap()).unwrap();
                if let Some(code) = self.clients.code(&next) {
                    return code;
                }
                http.get(next)
            } else {
                let page = response.text().await.unwrap();
                let form =
                    [("prompt", attribute(&page, "name=\"prompt\" value=\"")), ("login", "ada"), ("password", "x")];
                http.post(here.join(attribute(&page, "action=\"")).unwrap()).form(&form)
            };
            let sent: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            response = request.header("cookie", sent.join("; ")).send().await.unwrap();
        }
        panic!("the login came to no end");
    }

    async fn told(&mut self, command: &str) -> usize {
        let process = self.process.as_mut().expect("it is up");
        process.tell(command).await;
        let keys = |line: &str| Some(serde_json::from_str::<Value>(line).ok()?["keys"].as_array()?.len());
        process.line(keys).await
    }
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
