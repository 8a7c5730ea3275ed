//! The weather API on axum, as its users start it: the program of `examples/axum`, told everything by its environment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::processes::{self, Folder, Process};

const BUILD: Duration = Duration::from_mins(15);

/// The API, running.
#[derive(Debug)]
pub struct Weather {
    url: String,
    http: Client,
    process: Process,
    /// It works in a folder of its own, where no `settings.json` lies.
    _folder: Folder,
}

/// What the API answered.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The reason code of the problem document, if the answer is one.
    pub reason: Option<String>,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

impl Answer {
    /// The status, and the reason code of a refusal.
    #[must_use]
    pub fn verdict(&self) -> (u16, Option<&str>) {
        (self.status, self.reason.as_deref())
    }
}

impl Weather {
    /// Builds the program, as `cargo run` does, and returns where it is. Later calls know it already.
    ///
    /// # Panics
    ///
    /// It does not compile, or not within 15 minutes.
    pub async fn build() -> PathBuf {
        static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
        BUILT.get_or_init(build).await.clone()
    }

    /// Starts `program` with `variables` as its whole environment, on a free port.
    pub async fn start(program: &Path, variables: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let mut command = Command::new(program);
        command.env_clear().envs(variables.iter().copied()).env("PORT", "0").current_dir(folder.path());
        let mut process = Process::start(command);
        let url = process.line(|line| Some(line.strip_prefix("listening on ")?.to_owned())).await;
        Self { url, http: http_client(), process, _folder: folder }
    }

    /// Asks for the weather of Seattle, which takes `weather.read` or `Weather.Read.All`.
    pub async fn seattle(&self, token: &str) -> Answer {
        self.send(self.http.get(format!("{}/api/weather/seattle", self.url)).bearer_auth(token)).await
    }

    /// Reports what the weather is like, which takes `weather.write`.
    pub async fn report(&self, token: &str) -> Answer {
        let report = json!({ "description": "Fog over the bay", "location": { "city": "Seattle", "state": "WA" } });
        self.send(self.http.post(format!("{}/api/reports", self.url)).json(&report).bearer_auth(token)).await
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => panic!("the API does not answer: {error}; it said:\n{}", self.process.complaints()),
        };
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let challenge = header("www-authenticate");
        let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok());
        let body: Value = response.json().await.unwrap_or_default();
        let reason = body.get("reason").and_then(Value::as_str).map(str::to_owned);
        Answer { status, reason, challenge, retry_after }
    }
}

async fn build() -> PathBuf {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    command.args(["build", "--quiet", "--package", "weather-axum", "--message-format", "json-render-diagnostics"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let finished = processes::run(command, BUILD).await;
    assert!(finished.success, "weather-axum does not build:\n{}", finished.stderr);
    // One line of JSON per crate; the program is the only one with an executable.
    let messages = finished.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut executables = messages.filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)));
    executables.next_back().expect("cargo names the executable that it built")
}

/// A client for loopback that follows nothing, trusts nobody and goes through no proxy.
///
/// # Panics
///
/// Never, as it needs nothing of the machine.
#[must_use]
pub fn http_client() -> Client {
    Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client without certificates can be built")
}
