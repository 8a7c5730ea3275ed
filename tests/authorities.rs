//! The table of authorities by kind of token stands on a page of the documentation, and each of its cells is run.
//!
//! A test is a column. It names every cell in which the page is wrong:
//!
//! ```sh
//! cargo test -p requires-auth-tests --test authorities b2c_tfp
//! ```
//!
//! A new row goes into `kinds.rs`, a new column into `columns.rs` and the list below. This writes the table anew, with what
//! each token meets, and fails with the list of what changed:
//!
//! ```sh
//! AUTHORITIES=overwrite cargo test -p requires-auth-tests --test authorities written_anew
//! ```
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

use axum::body::Body;
use axum::routing::get;
use axum::{Extension, Router};
use http::header;
use http_body_util::BodyExt as _;
use requires_auth::{Verifier, requires_auth};
use serde_json::Value;
use tower::ServiceExt as _;

use self::columns::Column;

#[path = "authorities/columns.rs"]
mod columns;
#[path = "authorities/kind.rs"]
mod kind;
#[path = "authorities/kinds.rs"]
mod kinds;
#[path = "authorities/page.rs"]
mod page;
#[path = "authorities/side_by_side.rs"]
mod side_by_side;

/// The columns, in the order of the page: each is a function of `columns.rs`, and a test.
macro_rules! columns {
    ($($column:ident,)+) => {
        const COLUMNS: &[(&str, fn() -> Column)] = &[$((stringify!($column), columns::$column),)+];

        $(
            #[tokio::test]
            async fn $column() {
                page::hold(stringify!($column), columns::$column).await;
            }
        )+
    };
}

columns! {
    entra_v2,
    entra_v1,
    entra_by_domain,
    custom_signing_keys,
    us_government,
    china,
    organizations_listed,
    organizations_if,
    organizations_any,
    common_listed,
    consumers,
    b2c,
    b2c_tfp,
    b2c_acr,
    b2c_custom_domain,
    b2c_several_flows,
    external_id,
    external_id_by_name,
    oidc,
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
        return "accepted".to_owned();
    }
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    format!("{} {}", status.as_u16(), problem["reason"].as_str().unwrap())
}
