//! Impl blocks: of a type, whose methods gain an argument, and of a trait, whose methods ask the request.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, unused_qualifications)]
#![forbid(non_camel_case_types)]
#![deny(clippy::pedantic)]
#![allow(clippy::missing_errors_doc, clippy::non_minimal_cfg, clippy::unused_async, clippy::unwrap_used)]

use axum::routing::{get, post};
use axum::{Json, Router, extract::Path};
use requires_auth::{AccessToken, AuthError, requires_auth};

/// A type whose functions are handlers.
#[derive(Debug)]
pub struct Weather;

mod names {
    pub(crate) const WRITE: &str = "weather.write";
}

#[requires_auth(scope = "weather.read", authority = "staff")]
impl Weather {
    /// How many days a forecast has.
    pub const DAYS: u8 = 7;

    /// Guarded as the block says.
    pub async fn read(Path(city): Path<String>) -> String {
        city
    }

    /// Guarded as it says itself.
    #[requires_auth(any(scope = names::WRITE, app_permission = "Weather.Write.All"))]
    pub async fn report<T>(token: AccessToken, Json(report): Json<T>) -> Json<T>
    where
        T: Send + 'static,
    {
        let _ = token;
        Json(report)
    }

    /// With attributes on either side of ours.
    #[cfg(all())]
    #[requires_auth]
    #[tracing::instrument]
    pub async fn r#type() {}

    #[cfg(any())]
    pub async fn r#type(this: IsNotCompiled) {}
}

/// A type with parameters and braces among them.
#[derive(Debug)]
pub struct Station<T, const N: usize>(pub [T; N]);

#[requires_auth(role = "Forecaster")]
impl<T> Station<T, { 1 + 1 }>
where
    T: Send + Sync + 'static,
{
    /// Two of them.
    pub async fn pair() -> String {
        String::new()
    }
}

#[requires_auth(role = "Forecaster")]
impl<T: Send + Sync + 'static> Station<T, 3> {
    /// Not the same as that of two.
    pub async fn triple() -> impl axum::response::IntoResponse {
        "three"
    }
}

/// What a service of another framework looks like.
pub trait Forecast {
    /// What it answers.
    type Answer;

    /// Takes the whole request.
    fn forecast(&self, request: http::Request<String>) -> impl Future<Output = Result<Self::Answer, AuthError>> + Send;

    /// Without a need for it.
    fn now(&self, _request: &http::Request<String>) -> Result<Self::Answer, AuthError>;
}

#[requires_auth(scope = "weather.read")]
impl Forecast for Weather {
    type Answer = usize;

    async fn forecast(&self, request: http::Request<String>) -> Result<usize, AuthError> {
        const NOTHING: usize = 0;
        Ok(request.body().len() + NOTHING)
    }

    #[requires_auth(app_only, role = "Weather.Read.All")]
    fn now(&self, _request: &http::Request<String>) -> Result<usize, AuthError> {
        Ok(0)
    }
}

impl Forecast for Station<u8, 3> {
    type Answer = ();

    async fn forecast(&self, _: http::Request<String>) -> Result<(), AuthError> {
        Ok(())
    }

    fn now(&self, _: &http::Request<String>) -> Result<(), AuthError> {
        Ok(())
    }
}

fn main() {
    let api: Router = Router::new()
        .route("/weather/{city}", get(Weather::read))
        .route("/reports", post(Weather::report::<String>))
        .route("/type", get(Weather::r#type))
        .route("/pair", get(Station::<u8, 2>::pair))
        .route("/triple", get(Station::<u8, 3>::triple));
    assert!(api.has_routes() && Weather::DAYS == 7);

    // Nothing verified this request.
    let request = http::Request::new(String::new());
    assert_eq!(Weather.now(&request).unwrap_err().status(), 500);
    assert!(Station([0, 1, 2]).now(&request).is_ok());
}
