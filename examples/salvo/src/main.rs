//! The weather API on salvo. Two attributes put a verified access token in front of the two handlers that need one;
//! `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-salvo`. Without a tenant, it prints `curl` lines to paste, tokens included.

use ::weather::{Climate, Complaint, Details, Development, Failure, NewReport, Report, Reports, doctor, page, server};
use requires_auth::{AccessToken, Settings, initialize_from, initialize_with, requires_auth};
use salvo::{
    affix_state,
    conn::tcp::TcpAcceptor,
    extract::{JsonBody, PathParam},
    prelude::*,
};
use tokio::net::TcpListener;

/// A user who granted `weather.read`, or a daemon that was given `Weather.Read.All`.
#[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
#[handler]
async fn weather(city: PathParam<String>, request: &mut Request) -> Result<Json<Climate>, Refusal> {
    let details: Details = request.parse_queries().map_err(|error| Complaint::Invalid(error.to_string()))?;
    Ok(Json(Climate::of(&city, &details)?))
}

/// A user who granted `weather.write`. The token is verified before a byte of the report is read.
#[requires_auth(scope = "weather.write")]
#[handler]
async fn report(
    token: AccessToken,
    depot: &mut Depot,
    new: JsonBody<NewReport>,
) -> Result<(StatusCode, Json<Report>), Refusal> {
    let added = shared(depot)?.add(&new)?;
    tracing::info!(id = added.id, by = ?token.object_id(), "report added");
    Ok((StatusCode::CREATED, Json(added)))
}

/// Open to all.
#[handler]
async fn reports(depot: &mut Depot) -> Result<Json<Vec<Report>>, Refusal> {
    Ok(Json(shared(depot)?.list()))
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
        .hoop(affix_state::inject(Reports::default()))
        .get(StartPage(page::html(address)))
        .push(Router::with_path("api/weather/{city}").get(weather))
        .push(Router::with_path("api/reports").get(reports).post(report));

    let listener = TcpListener::from_std(listener)?;
    let shutdown = server::shutdown_signal()?;
    server::announce(address, development.as_ref());
    let server = Server::new(TcpAcceptor::try_from(listener)?);
    let handle = server.handle();
    tokio::spawn(async move {
        shutdown.await;
        handle.stop_graceful(None);
    });
    server.try_serve(app).await?;
    Ok(())
}

/// The start page, made once.
struct StartPage(String);

#[handler]
impl StartPage {
    fn handle(&self) -> Text<String> {
        Text::Html(self.0.clone())
    }
}

/// The reports that `main` puts into the depot of every request.
fn shared(depot: &Depot) -> Result<&Reports, Refusal> {
    depot.get_typed().map_err(|_| Refusal(StatusCode::INTERNAL_SERVER_ERROR, "no reports are kept".to_owned()))
}

/// What a handler answers when it was the request that was wrong, not the token.
struct Refusal(StatusCode, String);

impl From<Complaint> for Refusal {
    fn from(complaint: Complaint) -> Self {
        let status = StatusCode::from_u16(complaint.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(status, complaint.to_string())
    }
}

impl Scribe for Refusal {
    fn render(self, response: &mut Response) {
        response.status_code(self.0).render(Text::Plain(self.1));
    }
}
