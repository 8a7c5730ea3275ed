//! What clients read in our challenges: the parsers of five client libraries (`providers/parsers`) are given the
//! `WWW-Authenticate` value of each kind of refusal, and find in it what it was meant to say.
//!
//! The library writes the values; what they mean is stated here once more. Without Node or Python the tests say so and are
//! skipped.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use std::time::Duration;

use http::Request;
use requires_auth::testing::{Issuer, Token};
use requires_auth::{Expected, Verifier, requirement, validate_scope};
use requires_auth_tests::installs;
use requires_auth_tests::missing::{Missing, or_skip};
use requires_auth_tests::processes;
use requires_auth_tests::wait::within;
use serde_json::{Map, Value, json};
use tokio::process::Command;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
const READ: &str = "api://6e74172b-be56-4843-9ff4-e66a39bb12e3/weather.read";
const READ_AND_WRITE: &str =
    "api://6e74172b-be56-4843-9ff4-e66a39bb12e3/weather.read api://6e74172b-be56-4843-9ff4-e66a39bb12e3/weather.write";

const RESOURCE: &str = "https://api.example.com/weather";
const RESOURCE_METADATA: &str = "https://api.example.com/.well-known/oauth-protected-resource/weather";

/// The claims request for `c1`, which base64 needs no padding for, and the one for `c10`, which it does.
const C1: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
const C1_ENCODED: &str = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19";
const C10: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c10"}}}"#;
const C10_ENCODED: &str = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEwIn19fQ==";

/// How long a parser may take for all challenges.
const LIMIT: Duration = Duration::from_mins(1);

#[tokio::test]
async fn npm_oauth4webapi() {
    let everything = |refusal: &Refusal| json!([{ "scheme": "bearer", "parameters": refusal.parameters }]);
    all_read(node("oauth4webapi").await, everything).await;
}

#[tokio::test]
async fn npm_modelcontextprotocol_sdk() {
    let what_it_goes_by = |refusal: &Refusal| {
        let names = [("resource_metadata", "resourceMetadataUrl"), ("scope", "scope"), ("error", "error")];
        let read = names.iter().filter_map(|(ours, its)| Some(((*its).into(), refusal.parameters.get(*ours)?.clone())));
        Value::Object(read.collect())
    };
    all_read(node("mcp").await, what_it_goes_by).await;
}

#[tokio::test]
async fn npm_azure_core_rest_pipeline() {
    all_read(node("azure").await, |refusal| Value::Object(azure(refusal))).await;
}

#[tokio::test]
async fn pypi_azure_core() {
    let everything = |refusal: &Refusal| {
        let mut read = azure(refusal);
        read.insert("parameters".into(), Value::Object(refusal.parameters.clone()));
        Value::Object(read)
    };
    all_read(python("azure").await, everything).await;
}

#[tokio::test]
async fn pypi_werkzeug() {
    let everything = |refusal: &Refusal| json!({ "scheme": "bearer", "parameters": refusal.parameters });
    all_read(python("werkzeug").await, everything).await;
}

/// What Azure's clients do: for a claims challenge, and for nothing else, they get a token with its claims and try again.
fn azure(refusal: &Refusal) -> Map<String, Value> {
    let (claims, sent) = match refusal.claims {
        Some(claims) => (json!([null, claims]), json!(["Bearer token-1", "Bearer token-2"])),
        None => (json!([null]), json!(["Bearer token-1"])),
    };
    Map::from_iter([("claims".into(), claims), ("sent".into(), sent)])
}

/// Compares what `parser` reads in every challenge with what `meant` makes of it.
async fn all_read(parser: Result<Command, Missing>, meant: impl Fn(&Refusal) -> Value) {
    let Some(mut parser) = or_skip(parser) else { return };
    let mut refusals = refusals(None).await;
    refusals.extend(self::refusals(Some(RESOURCE)).await);

    let answers: Vec<_> = refusals.iter().map(|refusal| (refusal.status, &refusal.challenge)).collect();
    parser.arg(json!(answers).to_string());
    let finished = processes::run(parser, LIMIT).await;
    assert!(finished.success, "{}", finished.stderr);

    let read: Vec<Value> = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(read.len(), refusals.len());
    for (read, refusal) in read.iter().zip(&refusals) {
        assert_eq!(*read, meant(refusal), "{}: {}", refusal.situation, refusal.challenge);
    }
}

async fn node(parser: &str) -> Result<Command, Missing> {
    let mut command = Command::new(installs::node().await?);
    command.current_dir(installs::npm("parsers").await?).args(["parsers.mjs", parser]);
    Ok(command)
}

async fn python(parser: &str) -> Result<Command, Missing> {
    let mut command = Command::new(installs::pip("parsers").await?);
    command.current_dir(installs::provider("parsers")).args(["parsers.py", parser]);
    Ok(command)
}

/// A refusal as the library answers it, and what its challenge is meant to say.
struct Refusal {
    situation: &'static str,
    status: u16,
    challenge: String,
    parameters: Map<String, Value>,
    /// What `claims` holds.
    claims: Option<&'static str>,
}

/// A request that is refused: what the operation needs, what was sent, and the answer without what all answers have.
struct Situation {
    name: &'static str,
    needs: Expected<'static>,
    sends: Vec<Token>,
    status: u16,
    parameters: Value,
    claims: Option<&'static str>,
}

/// Every kind of refusal that has a challenge, at an API whose URL is known to the verifier or not.
async fn refusals(resource: Option<&str>) -> Vec<Refusal> {
    let issuer = Issuer::entra_with(TENANT, CLIENT);
    let builder = Verifier::builder(issuer.authority());
    let verifier = match resource {
        Some(url) => builder.resource(url),
        None => builder,
    };
    let verifier = verifier.build().unwrap();
    within("the first keys", verifier.ready()).await;

    let mut refusals = Vec::new();
    for Situation { name, needs, sends, status, parameters, claims } in situations(&issuer) {
        let mut request = Request::new(());
        request.extensions_mut().insert(verifier.clone());
        for token in &sends {
            request.headers_mut().append("authorization", token.bearer().parse().unwrap());
        }
        let refusal = within("a decision", validate_scope(needs, &request)).await.unwrap_err();
        assert_eq!(refusal.status(), status, "{name}");

        let mut parameters: Map<String, Value> = serde_json::from_value(parameters).unwrap();
        parameters.insert("realm".into(), CLIENT.into());
        if resource.is_some() {
            parameters.insert("resource_metadata".into(), RESOURCE_METADATA.into());
        }
        let challenge = refusal.www_authenticate().unwrap();
        refusals.push(Refusal { situation: name, status, challenge, parameters, claims });
    }
    refusals
}

fn situations(issuer: &Issuer) -> [Situation; 8] {
    let user = || issuer.token().user("ada");
    let authorization_uri = format!("{}/{TENANT}/oauth2/v2.0/authorize", issuer.url());
    let claims_challenge = |encoded: &str| json!({ "authorization_uri": authorization_uri, "error": "insufficient_claims", "claims": encoded });
    [
        Situation {
            name: "no token, and no scope would do",
            needs: requirement!(role = "Forecaster").into(),
            sends: vec![],
            status: 401,
            parameters: json!({}),
            claims: None,
        },
        Situation {
            name: "no token",
            needs: "weather.read".into(),
            sends: vec![],
            status: 401,
            parameters: json!({ "scope": READ }),
            claims: None,
        },
        Situation {
            name: "two tokens",
            needs: "weather.read".into(),
            sends: vec![user(), user()],
            status: 400,
            parameters: json!({
                "error": "invalid_request",
                "error_description": "Send exactly one Authorization header: Bearer, a space, one token, nothing else.",
            }),
            claims: None,
        },
        Situation {
            name: "an expired token",
            needs: "weather.read".into(),
            sends: vec![user().scope("weather.read").expired()],
            status: 401,
            parameters: json!({
                "error": "invalid_token",
                "error_description": "The token has expired. Request a new one.",
            }),
            claims: None,
        },
        Situation {
            name: "a token with one of two scopes",
            needs: requirement!(scope = "weather.read", scope = "weather.write").into(),
            sends: vec![user().scope("weather.read")],
            status: 403,
            parameters: json!({
                "scope": READ_AND_WRITE,
                "error": "insufficient_scope",
                "error_description": "The token lacks a scope that this operation needs. Request a token with it.",
            }),
            claims: None,
        },
        Situation {
            name: "a token without the role",
            needs: requirement!(role = "Forecaster").into(),
            sends: vec![user()],
            status: 403,
            parameters: json!({}),
            claims: None,
        },
        Situation {
            name: "a sign-in that is too weak",
            needs: requirement!(auth_context = "c1").into(),
            sends: vec![user().claims_capable()],
            status: 401,
            parameters: claims_challenge(C1_ENCODED),
            claims: Some(C1),
        },
        Situation {
            name: "a sign-in that is too weak, padded",
            needs: requirement!(auth_context = "c10").into(),
            sends: vec![user().claims_capable()],
            status: 401,
            parameters: claims_challenge(C10_ENCODED),
            claims: Some(C10),
        },
    ]
}
