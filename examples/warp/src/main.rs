//! The weather API on warp. Two attributes put a verified access token in front of the two handlers that need one;
//! `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-warp`. Without a tenant, it prints `curl` lines to paste, tokens included.

use percent_encoding::percent_decode_str;
use requires_auth::{AccessToken, Guarded, Settings, initialize_from, initialize_with, requires_auth};
use tokio::net::TcpListener;
use warp::{
    Filter, Reply,
    http::StatusCode,
    reply::{Json, Response, WithStatus, html, json, with_status},
};
use weather::{Climate, Complaint, Details, Development, Failure, NewReport, Reports, doctor, page, server};

/// A user who granted `weather.read`, or a daemon that was given `Weather.Read.All`.
#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
async fn weather(city: String, details: Details) -> Result<Json, Refusal> {
    // warp hands over the path as it was sent.
    let city = percent_decode_str(&city).decode_utf8_lossy();
    Ok(json(&Climate::of(&city, &details)?))
}

/// A user who granted `weather.write`. The token is verified before a byte of the report is read.
#[requires_auth(scope = "weather.write")]
async fn report(token: AccessToken, reports: Reports, new: NewReport) -> Result<WithStatus<Json>, Refusal> {
    let report = reports.add(&new)?;
    tracing::info!(id = report.id, by = ?token.object_id(), "report added");
    Ok(with_status(json(&report), StatusCode::CREATED))
}

/// Open to all.
async fn reports(reports: Reports) -> Json {
    json(&reports.list())
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

    let state = Reports::default();
    let state = warp::any().map(move || state.clone());
    // Without a limit, warp reads a body of any length.
    let body = warp::body::content_length_limit(2 << 20).and(warp::body::json());
    let home = warp::path::end().and(warp::get()).map(move || html(page::html(address)));
    let weather = warp::path!("api" / "weather" / String)
        .and(warp::get())
        .guarded(|route| route.and(warp::query()).then(weather));
    let reports = warp::path!("api" / "reports").and(warp::get()).and(state.clone()).then(reports);
    let report = warp::path!("api" / "reports")
        .and(warp::post())
        .guarded(|route| route.and_token().and(state).and(body).then(report));
    let app = home.or(weather).or(reports).or(report);

    let listener = TcpListener::from_std(listener)?;
    let shutdown = server::shutdown_signal()?;
    server::announce(address, development.as_ref());
    warp::serve(app).incoming(listener).graceful(shutdown).run().await;
    Ok(())
}

/// What a handler answers when it was the request that was wrong, not the token.
struct Refusal(Complaint);

impl From<Complaint> for Refusal {
    fn from(complaint: Complaint) -> Self {
        Self(complaint)
    }
}

impl Reply for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        with_status(self.0.to_string(), status).into_response()
    }
}
