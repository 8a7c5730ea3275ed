//! What tests ask of an OpenID provider that nobody here wrote, whichever it is.

#![allow(async_fn_in_trait, reason = "a test awaits these on its own task")]

use data_encoding::BASE64URL_NOPAD;
use reqwest::{Client, Response, Url};
use serde_json::Value;

use crate::missing::Missing;
use crate::weather::http_client;

/// The example of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The secret of the daemon, wherever it is registered.
pub(crate) const DAEMON_SECRET: &str = "a-secret-of-the-daemon";

/// A running provider. It issues tokens for the weather API and for another one to a daemon with a secret, and to a user
/// at a desktop application. It ends when this is dropped.
pub trait Provider: Sized {
    /// The audience of an API that is not ours.
    const OTHER_AUDIENCE: &'static str;

    /// Installs it if it is not there yet, and starts it.
    ///
    /// # Errors
    ///
    /// It cannot be had on this machine.
    async fn start() -> Result<Self, Missing>;

    /// `iss` of its tokens.
    fn issuer(&self) -> &str;

    /// `aud` of tokens for the weather API.
    fn audience(&self) -> &str;

    /// Client credentials (RFC 6749 section 4.4), for the API called `audience` (RFC 8707).
    async fn daemon_token_for(&self, audience: &str, scope: &str) -> String;

    /// The same, for the weather API.
    async fn daemon_token(&self, scope: &str) -> String {
        self.daemon_token_for(self.audience(), scope).await
    }

    /// Authorization code with PKCE (RFC 6749 section 4.1, RFC 7636): a user logs in and consents in a browser.
    async fn user_tokens(&self, scope: &str) -> Tokens;

    /// Signs with a new key from now on; the one before it stays published.
    async fn roll_over(&mut self);

    /// Publishes only the key that is signed with.
    async fn withdraw(&mut self);

    /// Takes the provider down.
    async fn go_down(&mut self);
}

/// What a user's login brings.
#[derive(Debug)]
pub struct Tokens {
    /// The access token, for the API.
    pub access: String,
    /// The ID token, for the client.
    pub id: String,
}

/// The daemon and the desktop application, for which all providers are alike.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) http: Client,
    pub(crate) token_endpoint: String,
    pub(crate) redirect_uri: String,
}

impl Clients {
    pub(crate) fn new(token_endpoint: String, redirect_uri: String) -> Self {
        Self { http: http_client(), token_endpoint, redirect_uri }
    }

    pub(crate) async fn daemon_token(&self, audience: &str, scope: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", scope), ("resource", audience)];
        let request = self.http.post(&self.token_endpoint).form(&form);
        let answer = json(request.basic_auth("daemon", Some(DAEMON_SECRET)).send().await.unwrap()).await;
        // RFC 6749 section 5.1: case insensitive.
        assert!(answer["token_type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("bearer")));
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// What the desktop application sends the user's browser to the provider with.
    pub(crate) fn authorization_request<'r>(&'r self, audience: &'r str, scope: &'r str) -> [(&'r str, &'r str); 9] {
        [
            ("client_id", "desktop"),
            ("response_type", "code"),
            ("redirect_uri", &self.redirect_uri),
            ("scope", scope),
            ("resource", audience),
            ("state", "a-state"),
            ("nonce", "a-nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
    }

    /// The code, if the browser is sent back to the application.
    pub(crate) fn code(&self, location: &Url) -> Option<String> {
        location.as_str().starts_with(&self.redirect_uri).then(|| parameter(location, "code"))
    }

    pub(crate) async fn redeem(&self, audience: &str, code: &str) -> Tokens {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "desktop"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", &self.redirect_uri),
            ("resource", audience),
        ];
        let answer = json(self.http.post(&self.token_endpoint).form(&form).send().await.unwrap()).await;
        let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned();
        Tokens { access: text("access_token"), id: text("id_token") }
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

/// The body of a success; null if there is none.
pub(crate) async fn json(response: Response) -> Value {
    let (url, status) = (response.url().clone(), response.status());
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status}: {text}");
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}
