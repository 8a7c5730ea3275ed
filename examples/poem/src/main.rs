//! The weather API on poem. Two attributes put a verified access token in front of the two handlers that need one;
//! `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-poem`. Without a tenant, it prints `curl` lines to paste, tokens included.
#![expect(clippy::unused_async, reason = "handlers are async, whether or not they wait for something")]

use ::weather::{Climate, Complaint, Details, Development, Failure, NewReport, Report, Reports, doctor, page, server};
use poem::{
    EndpointExt, IntoResponse, Route, Server,
    endpoint::make_sync,
    get, handler,
    http::StatusCode,
    listener::TcpAcceptor,
    web::{Data, Html, Json, Path, Query},
};
use requires_auth::{AccessToken, Settings, initialize_from, initialize_with, requires_auth};

/// A user who granted `weather.read`, or a daemon that was given `Weather.Read.All`.
#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
#[handler]
async fn weather(Path(city): Path<String>, Query(details): Query<Details>) -> Result<Json<Climate>, Refusal> {
    Ok(Json(Climate::of(&city, &details)?))
}

/// A user who granted `weather.write`. The token is verified before a byte of the report is read.
#[requires_auth(scope = "weather.write")]
#[handler]
async fn report(
    token: AccessToken,
    Data(all): Data<&Reports>,
    Json(new): Json<NewReport>,
) -> Result<(StatusCode, Json<Report>), Refusal> {
    let report = all.add(&new)?;
    tracing::info!(id = report.id, by = ?token.object_id(), "report added");
    Ok((StatusCode::CREATED, Json(report)))
}

/// Open to all.
#[handler]
async fn reports(Data(all): Data<&Reports>) -> Json<Vec<Report>> {
    Json(all.list())
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

    let app = Route::new()
        .at("/", get(make_sync(move |_| Html(page::html(address)))))
        .at("/api/weather/:city", get(weather))
        .at("/api/reports", get(reports).post(report))
        .data(Reports::default());

    let listener = TcpAcceptor::from_std(listener)?;
    let shutdown = server::shutdown_signal()?;
    server::announce(address, development.as_ref());
    Server::new_with_acceptor(listener).run_with_graceful_shutdown(app, shutdown, None).await?;
    Ok(())
}

/// What a handler answers when it was the request that was wrong, not the token.
struct Refusal(Complaint);

impl From<Complaint> for Refusal {
    fn from(complaint: Complaint) -> Self {
        Self(complaint)
    }
}

impl From<Refusal> for poem::Error {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::from_response((status, refusal.0.to_string()).into_response())
    }
}
