//! The weather API on rocket. Two attributes put a verified access token in front of the two handlers that need one;
//! `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-rocket`. Without a tenant, it prints `curl` lines to paste, tokens included.
#![expect(clippy::unused_async, reason = "handlers are asynchronous here as in every framework")]

use std::net::SocketAddr;

use requires_auth::{AccessToken, RequiresAuthFairing, Settings, initialize_from, initialize_with, requires_auth};
use rocket::{
    Config, Request, State,
    config::LogLevel,
    fairing::AdHoc,
    get,
    http::Status,
    post,
    response::{self, Responder, content::RawHtml},
    routes,
    serde::json::Json,
};
// Rocket's attributes make a struct of each handler, and one of them is `weather`.
use ::weather::{Climate, Complaint, Details, Development, Failure, NewReport, Report, Reports, doctor, page, server};

/// A user who granted `weather.read`, or a daemon that was given `Weather.Read.All`.
#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
#[get("/api/weather/<city>?<state>&<country>&<units>")]
async fn weather(
    city: &str,
    state: Option<String>,
    country: Option<String>,
    units: Option<String>,
) -> Result<Json<Climate>, Refusal> {
    Ok(Json(Climate::of(city, &Details { state, country, units })?))
}

/// A user who granted `weather.write`. The token is verified before the report is parsed.
#[requires_auth(scope = "weather.write")]
#[post("/api/reports", data = "<new>")]
async fn report(
    token: AccessToken,
    reports: &State<Reports>,
    new: Json<NewReport>,
) -> Result<(Status, Json<Report>), Refusal> {
    let report = reports.add(&new)?;
    tracing::info!(id = report.id, by = ?token.object_id(), "report added");
    Ok((Status::Created, Json(report)))
}

/// Open to all.
#[get("/api/reports")]
async fn reports(reports: &State<Reports>) -> Json<Vec<Report>> {
    Json(reports.list())
}

/// Open to all.
#[get("/")]
async fn start(config: &Config) -> RawHtml<String> {
    RawHtml(page::html(SocketAddr::new(config.address, config.port)))
}

#[rocket::main]
async fn main() -> Result<(), Failure> {
    // `doctor` behind the program's name asks what is wrong with the set-up, or with a token on stdin; it ends here.
    doctor::run_if_asked().await;
    server::log_to_stderr()?;
    // Rocket listens by itself, and writes into its configuration where.
    let address = server::address()?;

    // Whose tokens: the tenant's and client's in the environment or settings.json. Where there are none, a debug build
    // brings an authority of its own, and a release build stops here and says what to set.
    let settings = Settings::load()?;
    let development = Development::start(&settings, address)?;
    match &development {
        Some(authority) => initialize_with(authority.verifier())?,
        None => initialize_from(settings)?,
    }

    // Rocket's own log would go to stdout, and its own signals know no second one.
    let config = Config::figment()
        .merge(("address", address.ip()))
        .merge(("port", address.port()))
        .merge(("log_level", LogLevel::Off))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.signals", [""; 0]));
    let app = rocket::custom(config)
        .attach(RequiresAuthFairing)
        .manage(development)
        .manage(Reports::default())
        .mount("/", routes![start, weather, reports, report])
        .attach(AdHoc::on_liftoff("announce", |rocket| {
            Box::pin(async move {
                let address = SocketAddr::new(rocket.config().address, rocket.config().port);
                server::announce(address, rocket.state::<Option<Development>>().and_then(Option::as_ref));
            })
        }))
        .ignite()
        .await?;

    let (shutdown, stop) = (server::shutdown_signal()?, app.shutdown());
    tokio::spawn(async move {
        shutdown.await;
        stop.notify();
    });
    app.launch().await?;
    Ok(())
}

/// What a handler answers when it was the request that was wrong, not the token.
struct Refusal(Complaint);

impl From<Complaint> for Refusal {
    fn from(complaint: Complaint) -> Self {
        Self(complaint)
    }
}

impl<'r> Responder<'r, 'static> for Refusal {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        (Status::new(self.0.status()), self.0.to_string()).respond_to(request)
    }
}
