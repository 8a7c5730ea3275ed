//! The weather API on axum. Two attributes put a verified access token in front of the two handlers that need one;
//! `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-axum`. Without a tenant, it prints `curl` lines to paste, tokens included.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use requires_auth::{AccessToken, Settings, initialize_from, initialize_with, requires_auth};
use tokio::net::TcpListener;
use weather::{Climate, Complaint, Details, Development, Failure, NewReport, Report, Reports, doctor, page, server};

/// A user who granted `weather.read`, or a daemon that was given `Weather.Read.All`.
#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
async fn weather(Path(city): Path<String>, Query(details): Query<Details>) -> Result<Json<Climate>, Refusal> {
    Ok(Json(Climate::of(&city, &details)?))
}

/// A user who granted `weather.write`. The token is verified before a byte of the report is read.
#[requires_auth(scope = "weather.write")]
async fn report(
    token: AccessToken,
    State(reports): State<Reports>,
    Json(new): Json<NewReport>,
) -> Result<(StatusCode, Json<Report>), Refusal> {
    let report = reports.add(&new)?;
    tracing::info!(id = report.id, by = ?token.object_id(), "report added");
    Ok((StatusCode::CREATED, Json(report)))
}

/// Open to all.
async fn reports(State(reports): State<Reports>) -> Json<Vec<Report>> {
    Json(reports.list())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // `doctor` behind the program's name asks what is wrong with the set-up, or with a token on stdin; it ends here.
    doctor::run_if_asked().await;
    server::log_to_stderr()?;
    let listener = server::listen()?;
    let address = listener.local_addr()?;

    // Whose tokens: the tenant's and client's in the environment or settings.json. Where there are none, a debug build
    // brings an authority of its own, and a release build stops here and says what to set.
    let settings = Settings::load()?;
    let development = Development::start(&settings, address)?;
    match &development {
        Some(authority) => initialize_with(authority.verifier())?,
        None => initialize_from(settings)?,
    }

    let app = Router::new()
        .route("/", get(Html(page::html(address))))
        .route("/api/weather/{city}", get(weather))
        .route("/api/reports", get(reports).post(report))
        .with_state(Reports::default());

    let listener = TcpListener::from_std(listener)?;
    let shutdown = server::shutdown_signal()?;
    server::announce(address, development.as_ref());
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await?;
    Ok(())
}

/// What a handler answers when it was the request that was wrong, not the token.
struct Refusal(Complaint);

impl From<Complaint> for Refusal {
    fn from(complaint: Complaint) -> Self {
        Self(complaint)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, self.0.to_string()).into_response()
    }
}
