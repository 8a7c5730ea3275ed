//! Calls the weather API on tonic, with the token that the environment variable `TOKEN` holds, if it does.

use std::{
    env, fmt,
    io::{self, Write as _},
    process::exit,
};

use tonic::{Request, Response, Status, metadata::AsciiMetadataValue, transport::Endpoint};
use weather::Failure;
use weather_tonic::{
    GetWeatherRequest, ListReportsRequest, NewReport, Place, reports_client::ReportsClient,
    weather_client::WeatherClient,
};

const USAGE: &str = "say where and what: http://127.0.0.1:8000 weather CITY [UNITS], .. report DESCRIPTION CITY STATE, \
    or .. reports; and set TOKEN to an access token";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (address, call) = arguments.split_first().ok_or(USAGE)?;
    let channel = Endpoint::from_shared((*address).to_owned())?.connect().await?;

    let bearer: Option<AsciiMetadataValue> = match env::var("TOKEN") {
        Ok(token) => Some(format!("Bearer {token}").parse()?),
        Err(env::VarError::NotPresent) => None,
        Err(error) => return Err(format!("TOKEN: {error}").into()),
    };
    let with_token = |mut request: Request<()>| {
        if let Some(bearer) = &bearer {
            request.metadata_mut().insert("authorization", bearer.clone());
        }
        Ok(request)
    };
    let mut weather = WeatherClient::with_interceptor(channel.clone(), with_token);
    let mut reports = ReportsClient::new(channel);

    let answer = match *call {
        ["weather", city, ref units @ ..] => {
            let units = units.first().map(|units| (*units).to_owned());
            let request = GetWeatherRequest { city: city.to_owned(), units, ..GetWeatherRequest::default() };
            text(weather.get_weather(request).await)
        }
        ["report", description, city, state] => {
            let location = Place { city: city.to_owned(), state: Some(state.to_owned()), ..Place::default() };
            let description = description.to_owned();
            text(weather.add_report(NewReport { description, location: Some(location) }).await)
        }
        ["reports"] => text(reports.list_reports(ListReportsRequest {}).await),
        _ => return Err(USAGE.into()),
    };
    match answer {
        Ok(message) => writeln!(io::stdout(), "OK\n{message}")?,
        Err(status) => {
            writeln!(io::stdout(), "{:?}: {}", status.code(), status.message())?;
            for name in ["auth-error-reason", "www-authenticate"] {
                if let Some(value) = status.metadata().get(name) {
                    writeln!(io::stdout(), "{name}: {}", value.to_str()?)?;
                }
            }
            exit(1);
        }
    }
    Ok(())
}

fn text(answer: Result<Response<impl fmt::Debug>, Status>) -> Result<String, Status> {
    answer.map(|response| format!("{:#?}", response.into_inner()))
}
