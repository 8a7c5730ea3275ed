//! The table of authorities by kind of token: each cell is a test, and the page of the documentation is this table.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

use std::fmt;

use axum::body::Body;
use axum::routing::get;
use axum::{Extension, Router};
use http::header;
use http_body_util::BodyExt as _;
use requires_auth::{Verifier, requires_auth};
use serde_json::Value;
use tower::ServiceExt as _;

use self::columns::Column;
use self::kinds::Kind;

#[path = "authorities/columns.rs"]
mod columns;
#[path = "authorities/kinds.rs"]
mod kinds;
#[path = "authorities/page.rs"]
mod page;
#[path = "authorities/side_by_side.rs"]
mod side_by_side;

/// What a token meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    /// This status, and this reason in the body.
    Refused(u16, &'static str),
    /// The verifier cannot be built: the authority has no such option.
    AtStart,
}

use Verdict::{Accepted, AtStart, Refused};

/// One cell of the table.
struct Cell {
    test: &'static str,
    kind: &'static Kind,
    verdict: Verdict,
}

/// A column: the function of `columns` that makes it, and one test per cell.
macro_rules! cells {
    ($column:ident: $($test:ident: $kind:ident => $verdict:expr,)+) => {
        use super::*;

        pub(super) const CELLS: &[Cell] = &[$(Cell { test: stringify!($test), kind: &kinds::$kind, verdict: $verdict },)+];

        $(
            #[tokio::test]
            async fn $test() {
                hold(&columns::$column(), &kinds::$kind, $verdict).await;
            }
        )+
    };
}

/// The columns, in the order of the page.
macro_rules! columns {
    ($($column:ident = $path:literal,)+) => {
        $(
            #[path = $path]
            mod $column;
        )+

        const COLUMNS: &[(&str, &[Cell])] = &[$((stringify!($column), $column::CELLS),)+];
    };
}

columns! {
    entra_v2 = "authorities/entra_v2.rs",
    entra_v1 = "authorities/entra_v1.rs",
    entra_by_domain = "authorities/entra_by_domain.rs",
    custom_signing_keys = "authorities/custom_signing_keys.rs",
    us_government = "authorities/us_government.rs",
    china = "authorities/china.rs",
    organizations_listed = "authorities/organizations_listed.rs",
    organizations_if = "authorities/organizations_if.rs",
    organizations_any = "authorities/organizations_any.rs",
    common_listed = "authorities/common_listed.rs",
    consumers = "authorities/consumers.rs",
    b2c = "authorities/b2c.rs",
    b2c_tfp = "authorities/b2c_tfp.rs",
    b2c_acr = "authorities/b2c_acr.rs",
    b2c_custom_domain = "authorities/b2c_custom_domain.rs",
    b2c_several_flows = "authorities/b2c_several_flows.rs",
    external_id = "authorities/external_id.rs",
    external_id_by_name = "authorities/external_id_by_name.rs",
    oidc = "authorities/oidc.rs",
}

#[requires_auth(any(scope = "weather.read", role = "Weather.Read"))]
async fn weather() {}

#[requires_auth]
async fn any_permission() {}

#[requires_auth(delegated)]
async fn delegated() {}

#[requires_auth(app_only)]
async fn app_only() {}

#[requires_auth(group = kinds::GROUP)]
async fn group() {}

#[requires_auth(directory_role = kinds::DIRECTORY_ROLE)]
async fn directory_role() {}

/// Sends a token of this kind to an API that trusts this authority.
async fn hold(column: &Column, kind: &Kind, expected: Verdict) {
    let request = (kind.of)(column);
    let verifier = match Verifier::builder(request.authority).build() {
        Ok(verifier) => verifier,
        Err(error) => return assert_eq!(expected, AtStart, "{error}"),
    };
    assert_eq!(ask(verifier, request.path, &request.token).await, expected.to_string());
}

/// What the API answers: `accepted`, or status and reason.
async fn ask(verifier: Verifier, path: &str, token: &str) -> String {
    let api = Router::new()
        .route("/", get(weather))
        .route("/any-permission", get(any_permission))
        .route("/delegated", get(delegated))
        .route("/app-only", get(app_only))
        .route("/group", get(group))
        .route("/directory-role", get(directory_role))
        .route("/customers", get(side_by_side::customers))
        .route("/step-up", get(side_by_side::step_up))
        .layer(Extension(verifier));
    let sent = http::Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = api.oneshot(sent.body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status();
    if status.is_success() {
        return Accepted.to_string();
    }
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    format!("{} {}", status.as_u16(), problem["reason"].as_str().unwrap())
}

/// As it stands on the page.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Accepted => f.write_str("accepted"),
            Refused(status, reason) => write!(f, "{status} {reason}"),
            AtStart => f.write_str("at start"),
        }
    }
}
