//! The weather API on ntex. Two attributes put a verified access token in front of the two handlers that need one;
//! `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-ntex`. Without a tenant, it prints `curl` lines to paste, tokens included.

use std::fmt;

use ntex::{
    http::StatusCode,
    rt,
    web::{
        self, App, HttpResponse, HttpServer, WebResponseError,
        types::{Json, Path, Query, State},
    },
};
use requires_auth::{AccessToken, Settings, initialize_from, initialize_with, requires_auth};
use weather::{Climate, Complaint, Details, Development, Failure, NewReport, Report, Reports, doctor, page, server};

/// A user who granted `weather.read`, or a daemon that was given `Weather.Read.All`.
#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
async fn weather(city: Path<String>, Query(details): Query<Details>) -> Result<Json<Climate>, Refusal> {
    Ok(Json(Climate::of(&city, &details)?))
}

/// A user who granted `weather.write`. The token is verified before a byte of the report is read.
#[requires_auth(scope = "weather.write")]
async fn report(
    token: AccessToken,
    reports: State<Reports>,
    Json(new): Json<NewReport>,
) -> Result<(Json<Report>, StatusCode), Refusal> {
    let report = reports.add(&new)?;
    tracing::info!(id = report.id, by = ?token.object_id(), "report added");
    Ok((Json(report), StatusCode::CREATED))
}

/// Open to all.
async fn reports(reports: State<Reports>) -> Json<Vec<Report>> {
    Json(reports.list())
}

#[ntex::main]
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

    let kept = Reports::default();
    let page = async move || HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page::html(address));
    let app = async move || {
        App::new()
            .route("/", web::get().to(page))
            .route("/api/weather/{city}", web::get().to(weather))
            .service(web::resource("/api/reports").route([web::get().to(reports), web::post().to(report)]))
            .state(kept.clone())
    };

    let shutdown = server::shutdown_signal()?;
    let running = HttpServer::new(app).disable_signals().listen(listener)?.run();
    let stopping = running.clone();
    rt::spawn(async move {
        shutdown.await;
        stopping.stop(true).await;
    });
    server::announce(address, development.as_ref());
    running.await?;
    Ok(())
}

/// What a handler answers when it was the request that was wrong, not the token.
#[derive(Debug)]
struct Refusal(Complaint);

impl From<Complaint> for Refusal {
    fn from(complaint: Complaint) -> Self {
        Self(complaint)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl WebResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
