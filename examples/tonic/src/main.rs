//! The weather API on tonic. A layer verifies the token of each call to the guarded service, and two attributes say what
//! it needs; `main` says whose tokens those are.
//!
//! Run it with `cargo run -p weather-tonic`. Without a tenant, it prints lines to paste, tokens included.

use requires_auth::{AccessToken, RequiresAuthLayer, Settings, initialize_from, initialize_with, requires_auth};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    service::LayerExt as _,
    transport::{Server, server::TcpIncoming},
};
use weather::{Complaint, Details, Development, Failure, Reports, doctor, server};
use weather_tonic::{
    Climate, DESCRIPTORS, GetWeatherRequest, ListReportsRequest, ListReportsResponse, NewReport, Report,
    reports_server::{self, ReportsServer},
    weather_server::{Weather, WeatherServer},
};

#[derive(Clone, Default)]
struct Api {
    reports: Reports,
}

/// A user who granted `weather.write`, where a method does not say otherwise.
#[requires_auth(scope = "weather.write")]
#[tonic::async_trait]
impl Weather for Api {
    /// A user who granted `weather.read`, or a daemon that was given `Weather.Read.All`.
    #[requires_auth(any(scope = "weather.read", app_permission = "Weather.Read.All"))]
    async fn get_weather(&self, request: Request<GetWeatherRequest>) -> Result<Response<Climate>, Status> {
        let GetWeatherRequest { city, state, country, units } = request.into_inner();
        let climate = weather::Climate::of(&city, &Details { state, country, units }).map_err(refusal)?;
        Ok(Response::new(climate.into()))
    }

    /// The token is verified before a byte of the report is read.
    async fn add_report(&self, request: Request<NewReport>) -> Result<Response<Report>, Status> {
        let by = request.extensions().get().and_then(AccessToken::object_id).map(str::to_owned);
        let report = self.reports.add(&request.into_inner().into()).map_err(refusal)?;
        tracing::info!(id = report.id, ?by, "report added");
        Ok(Response::new(report.into()))
    }
}

/// Open to all: a service of its own, without the layer.
#[tonic::async_trait]
impl reports_server::Reports for Api {
    async fn list_reports(&self, _: Request<ListReportsRequest>) -> Result<Response<ListReportsResponse>, Status> {
        let reports = self.reports.list().into_iter().map(Report::from).collect();
        Ok(Response::new(ListReportsResponse { reports }))
    }
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

    let api = Api::default();
    let reflection = tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS);
    let app = Server::builder()
        .add_service(RequiresAuthLayer::authenticate().grpc().named_layer(WeatherServer::new(api.clone())))
        .add_service(ReportsServer::new(api))
        .add_service(reflection.build_v1()?);

    let listener = TcpListener::from_std(listener)?;
    let shutdown = server::shutdown_signal()?;
    server::announce_grpc(address, development.as_ref(), "cargo run -qp weather-tonic --bin client --");
    app.serve_with_incoming_shutdown(TcpIncoming::from(listener), shutdown).await?;
    Ok(())
}

/// What a method answers when it was the request that was wrong, not the token.
fn refusal(complaint: Complaint) -> Status {
    match complaint {
        Complaint::Invalid(sentence) => Status::invalid_argument(sentence),
        Complaint::NotFound(sentence) => Status::not_found(sentence),
    }
}
