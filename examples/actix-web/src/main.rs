//! The weather API on actix-web. Two attributes put a verified access token in front of the two handlers that need one;
//! `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-actix-web`. Without a tenant, it prints `curl` lines to paste, tokens included.

use std::fmt;

use actix_web::{
    App, HttpServer, ResponseError,
    http::StatusCode,
    web::{self, Data, Html, Json, Path, Query},
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
    reports: Data<Reports>,
    Json(new): Json<NewReport>,
) -> Result<(Json<Report>, StatusCode), Refusal> {
    let report = reports.add(&new)?;
    tracing::info!(id = report.id, by = ?token.object_id(), "report added");
    Ok((Json(report), StatusCode::CREATED))
}

/// Open to all.
async fn reports(reports: Data<Reports>) -> Json<Vec<Report>> {
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

    let kept = Data::new(Reports::default());
    let app = move || {
        App::new()
            .route("/", web::get().to(move || async move { Html::new(page::html(address)) }))
            .route("/api/weather/{city}", web::get().to(weather))
            .service(web::resource("/api/reports").get(reports).post(report))
            .app_data(kept.clone())
    };

    let server = HttpServer::new(app).shutdown_signal(server::shutdown_signal()?).listen_auto_h2c(listener)?;
    server::announce(address, development.as_ref());
    server.run().await?;
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

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
