//! A tenant of Entra ID in a private network: the authority of `providers/entra`, the weather API that trusts it, and
//! Microsoft's clients that get tokens from it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use requires_auth::oauth_error::OAuthError;
use requires_auth::{Authority, Verifier};
use reqwest::Certificate;
use serde_json::Value;
use tokio::process::Command;

use crate::installs::{self, provider};
use crate::missing::{Missing, or_skip, program};
use crate::private_network;
use crate::processes::{self, Folder, Process};
use crate::provider::Tokens;
use crate::weather::Weather;

/// Where a test inside the private network finds what was prepared outside.
const INTERPRETER: &str = "REQUIRES_AUTH_TESTS_INTERPRETER";
const NODE: &str = "REQUIRES_AUTH_TESTS_NODE";
const WEATHER: &str = "REQUIRES_AUTH_TESTS_WEATHER";

/// Where the clients are, below `providers/`.
const CLIENTS: &str = "entra/clients";

/// How long a client may take to get a token.
const LIMIT: Duration = Duration::from_mins(1);

/// One of Microsoft's authentication libraries.
#[derive(Clone, Copy, Debug)]
pub enum Client {
    /// npm `@azure/msal-node`.
    Node,
    /// PyPI `msal`.
    Python,
    /// PyPI `azure-identity`, of the Azure SDK. It hands out no ID tokens.
    Azure,
}

/// The tenant, and one client of its applications.
#[derive(Debug)]
pub struct Tenant {
    client: Client,
    /// What the authority said about itself and what is registered.
    registered: Value,
    _authority: Process,
    /// Keys and certificates.
    folder: Folder,
}

/// Runs `body` with a tenant in a private network, or skips the test called `name` where that cannot be. `options` are
/// the authority's.
pub async fn in_private_network(name: &str, client: Client, options: &[&str], body: impl AsyncFnOnce(Tenant)) {
    if private_network::is_entered() {
        return body(Tenant::start(client, options).await).await;
    }
    // Whatever comes from other networks is fetched before this one is left.
    let Some([node, interpreter]) = or_skip(prepare(client).await) else { return };
    let weather = Weather::build().await;
    let variables: [(&str, &Path); 3] = [(NODE, &node), (INTERPRETER, &interpreter), (WEATHER, &weather)];
    or_skip(private_network::enter(name, &variables).await);
}

/// Installs what is needed, and returns Node, for the authority, and what runs the client.
async fn prepare(client: Client) -> Result<[PathBuf; 2], Missing> {
    program("openssl")?;
    let node = installs::node().await?;
    let interpreter = match client {
        Client::Node => installs::npm(CLIENTS).await.map(|_| node.clone())?,
        Client::Python | Client::Azure => installs::pip(CLIENTS).await?,
    };
    Ok([node, interpreter])
}

fn prepared(variable: &str) -> PathBuf {
    std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set")).into()
}

impl Tenant {
    async fn start(client: Client, options: &[&str]) -> Self {
        let folder = Folder::new();
        let mut command = Command::new(prepared(NODE));
        command.arg(provider("entra").join("authority.mjs")).arg(folder.path()).args(options);
        let mut authority = Process::start(command);
        let registered = authority.line(|line| serde_json::from_str(line).ok()).await;
        Self { client, registered, _authority: authority, folder }
    }

    /// The weather API, configured with the tenant and the client id alone.
    pub async fn api(&self) -> Weather {
        self.api_with_ca(&self.ca()).await
    }

    /// The same, where the authority's certificate cannot be checked.
    pub async fn api_that_trusts_another_ca(&self) -> Weather {
        // Some certificate: the one of the key that signs tokens.
        self.api_with_ca(&self.folder.path().join("current.pem")).await
    }

    /// A verifier in this process, for the same API.
    ///
    /// # Panics
    ///
    /// It cannot be built.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let ca = Certificate::from_pem(&fs::read(self.ca()).unwrap()).unwrap();
        let authority = Authority::entra(self.text("/tenant"), self.text("/api"));
        Verifier::builder(authority).http(move |client| client.tls_certs_only([ca.clone()])).build().unwrap()
    }

    async fn api_with_ca(&self, ca: &Path) -> Weather {
        let variables = [
            ("AZURE_TENANT_ID", self.text("/tenant")),
            ("AZURE_CLIENT_ID", self.text("/api")),
            ("SSL_CERT_FILE", ca.to_str().unwrap()),
        ];
        Weather::start(&prepared(WEATHER), &variables).await
    }

    /// A scope of the weather API as a client requests it.
    #[must_use]
    pub fn scope(&self, name: &str) -> String {
        format!("{}/{name}", self.text("/api_uri"))
    }

    /// The scope of the gateway, the API that calls the weather API for its users.
    #[must_use]
    pub fn gateway_scope(&self) -> String {
        format!("{}/access_as_user", self.text("/gateway_uri"))
    }

    /// The object id of the user.
    #[must_use]
    pub fn user(&self) -> &str {
        self.text("/user")
    }

    /// The client id of the application called `application`.
    #[must_use]
    pub fn client_id(&self, application: &str) -> &str {
        self.text(&format!("/applications/{application}/id"))
    }

    /// The claims that conditional access asks for, where the authority was told to have a policy.
    #[must_use]
    pub fn policy(&self) -> &str {
        self.text("/policy")
    }

    /// The app-only token that the client gets for the application called `application`.
    pub async fn daemon_token(&self, application: &str, scope: &str) -> String {
        access_token(&self.run("daemon", application, &[self.secret(application), scope]).await)
    }

    /// The access token that the client gets for a user of the application called `application`.
    pub async fn user_token(&self, application: &str, scopes: &[&str]) -> String {
        access_token(&self.log_in(application, scopes).await)
    }

    /// The same with the ID token, which [`Client::Azure`] does not hand out.
    pub async fn user_tokens(&self, application: &str, scopes: &[&str]) -> Tokens {
        let tokens = self.log_in(application, scopes).await;
        Tokens { access: text(&tokens, "/access_token").to_owned(), id: text(&tokens, "/id_token").to_owned() }
    }

    async fn log_in(&self, application: &str, scopes: &[&str]) -> Value {
        let redirect = self.text(&format!("/applications/{application}/redirect"));
        self.run("user", application, &[&[redirect], scopes].concat()).await
    }

    /// The token that the client gets for `scope` in exchange for `assertion`, a user's token for the API called
    /// `application`.
    pub async fn on_behalf_of(&self, application: &str, assertion: &str, scope: &str) -> String {
        access_token(&self.exchange(application, assertion, scope).await)
    }

    /// What the client says where that is refused.
    pub async fn refused_on_behalf_of(&self, application: &str, assertion: &str, scope: &str) -> OAuthError {
        let answer = self.exchange(application, assertion, scope).await;
        OAuthError::from_json(answer.to_string().as_bytes()).unwrap_or_else(|problem| panic!("{problem}: {answer}"))
    }

    async fn exchange(&self, application: &str, assertion: &str, scope: &str) -> Value {
        self.run("on_behalf_of", application, &[self.secret(application), assertion, scope]).await
    }

    async fn run(&self, flow: &str, application: &str, arguments: &[&str]) -> Value {
        let script = match self.client {
            Client::Node => "msal_node.mjs",
            Client::Python => "msal_python.py",
            Client::Azure => "azure_identity.py",
        };
        let mut command = Command::new(prepared(INTERPRETER));
        command.arg(script).args([self.text("/authority"), flow, self.client_id(application)]).args(arguments);
        command.current_dir(provider(CLIENTS));
        command.env("NODE_EXTRA_CA_CERTS", self.ca()).env("REQUESTS_CA_BUNDLE", self.ca());
        let finished = processes::run(command, LIMIT).await;
        assert!(finished.success, "{:?} got no token:\n{}", self.client, finished.stderr);
        serde_json::from_str(&finished.stdout).unwrap()
    }

    fn secret(&self, application: &str) -> &str {
        self.text(&format!("/applications/{application}/secret"))
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn text(&self, pointer: &str) -> &str {
        text(&self.registered, pointer)
    }
}

fn access_token(answer: &Value) -> String {
    text(answer, "/access_token").to_owned()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}
