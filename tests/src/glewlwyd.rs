//! Debian's `glewlwyd`, an OpenID provider in C, as its administrator and its clients see it.
//!
//! It is configured through its own administration API, with a database that goes with the test. Tokens are for URLs
//! here: it takes no other resource indicators.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::sleep;

use crate::missing::{Missing, program};
use crate::processes::{self, Folder, Process};
use crate::provider::{self, Clients, DAEMON_SECRET, Provider, Tokens};
use crate::unpacked::{self, Unpacked};
use crate::wait::within;
use crate::weather::http_client;

const AUDIENCE: &str = "https://weather.example/";
const SCOPES: [&str; 2] = ["weather.read", "weather.write"];
const REDIRECT_URI: &str = "http://127.0.0.1/signed-in";

/// As its packages come.
const ADMINISTRATOR: (&str, &str) = ("admin", "password");
const USER: (&str, &str) = ("ada", "a-password-of-ada");

/// How long one of its tools may take.
const LIMIT: Duration = Duration::from_mins(1);

/// A running `glewlwyd`.
#[derive(Debug)]
pub struct Glewlwyd {
    software: Software,
    /// Configuration and database.
    folder: Folder,
    /// Absent while it is down.
    process: Option<Process>,
    /// Of its API. The path is nobody else's, so that whoever answers there is this one.
    url: String,
    issuer: String,
    clients: Clients,
    /// Private ones, the signing one first.
    keys: Vec<Value>,
    keys_made: u32,
}

/// Its packages.
#[derive(Debug)]
struct Software(Unpacked);

impl Provider for Glewlwyd {
    const OTHER_AUDIENCE: &'static str = "https://traffic.example/";

    async fn start() -> Result<Self, Missing> {
        let software = Software(Unpacked::of("glewlwyd").await?);
        let folder = Folder::new();
        software.make_database(&folder).await?;
        let (process, url) = software.start_somewhere(&folder).await;
        let issuer = format!("{url}/oidc");
        let clients = Clients::new(format!("{issuer}/token"), REDIRECT_URI.to_owned());
        let mut provider =
            Self { software, folder, process: Some(process), url, issuer, clients, keys: Vec::new(), keys_made: 0 };
        provider.register_all().await;
        Ok(provider)
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn audience(&self) -> &str {
        AUDIENCE
    }

    async fn daemon_token_for(&self, audience: &str, scope: &str) -> String {
        self.clients.daemon_token(audience, scope).await
    }

    async fn user_tokens(&self, scope: &str) -> Tokens {
        let session = self.log_in(USER).await;
        self.call(&session, Method::PUT, "auth/grant/desktop", &json!({ "scope": scope })).await;
        // The login page of its web application adds this when the user has seen it.
        let seen = [("g_continue", "")];
        let query = self.clients.authorization_request(AUDIENCE, scope);
        let request = self.clients.http.get(format!("{}/auth", self.issuer)).query(&query).query(&seen);
        let response = request.header("cookie", session).send().await.unwrap();
        let location = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        let code = self.clients.code(&location).unwrap_or_else(|| panic!("no code at {location}"));
        self.clients.redeem(AUDIENCE, &code).await
    }

    async fn roll_over(&mut self) {
        self.set_up_next_key().await;
        self.reset().await;
    }

    async fn withdraw(&mut self) {
        self.keys.truncate(1);
        self.configure(Method::PUT, "mod/plugin/oidc").await;
        self.reset().await;
    }

    async fn go_down(&mut self) {
        assert!(self.process.take().expect("it is up").terminate().await, "it ends well");
    }
}

impl Glewlwyd {
    /// Configures a new key, which it will sign with once it has been down; the one before it stays published.
    pub async fn set_up_next_key(&mut self) {
        self.make_key().await;
        self.keys.truncate(2);
        self.configure(Method::PUT, "mod/plugin/oidc").await;
    }

    /// Starts it again, where it was and with what was configured.
    ///
    /// # Panics
    ///
    /// Somebody else listens there by now.
    pub async fn come_up(&mut self) {
        let process = self.software.start_at(&self.url, &self.folder).await;
        self.process = Some(process.expect("the address is still free"));
    }

    async fn register_all(&mut self) {
        self.make_key().await;
        self.configure(Method::POST, "mod/plugin/").await;
        let session = self.log_in(ADMINISTRATOR).await;
        let daemon = json!({
            "client_id": "daemon", "name": "A daemon", "enabled": true, "confidential": true,
            "client_secret": DAEMON_SECRET, "token_endpoint_auth_method": ["client_secret_basic"],
            "authorization_type": ["client_credentials"], "scope": SCOPES,
        });
        let desktop = json!({
            "client_id": "desktop", "name": "An application", "enabled": true, "confidential": false,
            "redirect_uri": [REDIRECT_URI], "authorization_type": ["code"], "scope": ["openid", SCOPES[0], SCOPES[1]],
        });
        let (name, password) = USER;
        let user = json!({
            "username": name, "name": "Ada", "password": password, "enabled": true,
            "scope": ["openid", SCOPES[0], SCOPES[1]],
        });
        for scope in SCOPES {
            let scope = json!({ "name": scope, "display_name": scope, "password_required": true });
            self.call(&session, Method::POST, "scope/", &scope).await;
        }
        for (list, entry) in [("client", daemon), ("client", desktop), ("user", user)] {
            self.call(&session, Method::POST, &format!("{list}/?source=database"), &entry).await;
        }
    }

    /// Writes the settings of its OpenID Connect plugin, which reads them when it starts.
    async fn configure(&self, method: Method, path: &str) {
        let resources = [AUDIENCE, Self::OTHER_AUDIENCE];
        let plugin = json!({
            "module": "oidc", "name": "oidc", "display_name": "OpenID Connect",
            "parameters": {
                "iss": self.issuer,
                "jwks-private": json!({ "keys": self.keys }).to_string(),
                "default-kid": self.keys[0]["kid"],
                "jwks-show": true,
                // Required, though each key says so itself.
                "jwt-type": "rsa", "jwt-key-size": "256",
                "access-token-duration": 3600, "refresh-token-duration": 3600, "code-duration": 60,
                "refresh-token-rolling": false,
                "auth-type-code-enabled": true, "auth-type-token-enabled": false, "auth-type-id-token-enabled": true,
                "auth-type-password-enabled": false, "auth-type-refresh-enabled": false,
                // Client credentials are no part of OpenID Connect.
                "auth-type-client-enabled": true, "allow-non-oidc": true,
                "subject-type": "public",
                "pkce-allowed": true, "pkce-required": true,
                "resource-allowed": true, "resource-client-property": "resource",
                "resource-scope": { SCOPES[0]: resources, SCOPES[1]: resources },
                "resource-scope-and-client-property": false,
            },
        });
        let session = self.log_in(ADMINISTRATOR).await;
        self.call(&session, method, path, &plugin).await;
    }

    /// Starts the plugin again.
    async fn reset(&self) {
        let session = self.log_in(ADMINISTRATOR).await;
        self.call(&session, Method::PUT, "mod/plugin/oidc/reset", &Value::Null).await;
        let published =
            provider::json(self.clients.http.get(format!("{}/jwks", self.issuer)).send().await.unwrap()).await;
        assert_eq!(published["keys"].as_array().map(Vec::len), Some(self.keys.len()));
    }

    /// Opens a session, and returns its cookie.
    async fn log_in(&self, (name, password): (&str, &str)) -> String {
        let login = json!({ "username": name, "password": password });
        let request = self.clients.http.post(format!("{}/auth/", self.url)).json(&login);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{name} may not log in: {}", response.status());
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap_or_default().to_owned()
    }

    async fn call(&self, session: &str, method: Method, path: &str, body: &Value) {
        let request = self.clients.http.request(method, format!("{}/{path}", self.url)).json(body);
        provider::json(request.header("cookie", session).send().await.unwrap()).await;
    }

    /// A new key, in front of the others.
    async fn make_key(&mut self) {
        self.keys_made += 1;
        let file = self.folder.path().join("key.jwks");
        let mut command = self.software.0.command("usr/bin/rnbyc");
        command.args([
            "--jwks",
            "--generate",
            "RSA2048",
            "--alg",
            "RS256",
            "--key-id",
            &format!("key-{}", self.keys_made),
        ]);
        command.arg("--out-file").arg(&file).args(["--out-file-public", "/dev/null"]);
        let finished = processes::run(command, LIMIT).await;
        assert!(finished.success, "no key: {}", finished.stderr);
        let mut made: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        self.keys.insert(0, made["keys"][0].take());
    }
}

impl Software {
    async fn make_database(&self, folder: &Folder) -> Result<(), Missing> {
        let schema = self.0.path("usr/share/dbconfig-common/data/glewlwyd/install/sqlite3");
        let mut command = match program("sqlite3") {
            Ok(installed) => Command::new(installed),
            Err(_) => self.0.command("usr/bin/sqlite3"),
        };
        command.arg(folder.path().join("database")).arg(format!(".read {}", schema.display()));
        let finished = processes::run(command, LIMIT).await;
        if finished.success { Ok(()) } else { Err(Missing::new(format!("no database: {}", finished.stderr.trim()))) }
    }

    /// Starts it at a free port, and returns the URL of its API.
    async fn start_somewhere(&self, folder: &Folder) -> (Process, String) {
        let name = folder.path().file_name().and_then(|name| name.to_str()).expect("a name of ours");
        for port in unpacked::ports() {
            let url = format!("http://127.0.0.1:{port}/{name}");
            if let Some(process) = self.start_at(&url, folder).await {
                return (process, url);
            }
        }
        panic!("glewlwyd starts at no port");
    }

    /// Starts it, unless somebody else listens there.
    async fn start_at(&self, url: &str, folder: &Folder) -> Option<Process> {
        let path = folder.path().join("configuration");
        fs::write(&path, self.configuration(&Url::parse(url).unwrap(), folder.path())).unwrap();
        let mut command = self.0.command("usr/bin/glewlwyd");
        command.arg("--config-file").arg(path);
        let mut process = Process::start(command);
        let http = http_client();
        let (name, password) = ADMINISTRATOR;
        let login = json!({ "username": name, "password": password });
        within("glewlwyd's first answer", async {
            while !process.has_ended() {
                let answer = http.post(format!("{url}/auth/")).json(&login).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    return Some(process);
                }
                sleep(Duration::from_millis(20)).await;
            }
            let why = process.complaints();
            assert!(why.contains("Address already in use"), "glewlwyd does not start:\n{why}");
            None
        })
        .await
    }

    fn configuration(&self, url: &Url, folder: &Path) -> String {
        let origin = url.origin().ascii_serialization();
        let mut text = format!(
            r#"
            port = {}
            bind_address = "127.0.0.1"
            external_url = "{origin}"
            api_prefix = "{}"
            login_url = "login.html"
            cookie_secure = false
            session_key = "session"
            admin_scope = "g_admin"
            profile_scope = "g_profile"
            hash_algorithm = "SHA512"
            log_mode = "console"
            log_level = "WARNING"
            database = {{ type = "sqlite3" path = "{}" }};
            "#,
            url.port().expect("a port of ours"),
            url.path().trim_start_matches('/'),
            folder.join("database").display(),
        );
        for (setting, modules) in [
            ("user_module_path", "user"),
            ("client_module_path", "client"),
            ("user_auth_scheme_module_path", "scheme"),
            ("plugin_module_path", "plugin"),
        ] {
            let modules = self.0.path(&format!("usr/lib/glewlwyd/{modules}"));
            writeln!(text, "{setting} = \"{}\"", modules.display()).expect("a String takes all");
        }
        text
    }
}
