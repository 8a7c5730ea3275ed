//! The forms of a method of poem-openapi, in a block above its own attribute.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, clippy::pedantic)]
#![allow(clippy::unused_async)]

use poem::Request;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{ApiResponse, Object, OpenApi, OpenApiService};
use requires_auth::{AccessToken, Caller, requires_auth, validate_scope};

/// Where reports are kept.
pub trait Store: Clone + Send + Sync + 'static {
    /// All of them.
    fn read(&self) -> String;
}

#[derive(Clone)]
struct Memory;

impl Store for Memory {
    fn read(&self) -> String {
        "sunny".to_owned()
    }
}

/// A report.
#[derive(Debug, Object)]
pub struct Report {
    city: String,
}

/// What may be wrong with a report.
#[derive(ApiResponse, Debug)]
pub enum Wrong {
    /// No city.
    #[oai(status = 422)]
    City,
}

/// An API over any store.
#[derive(Debug)]
pub struct Api<S>(S);

#[requires_auth(scope = "weather.read", authority = "staff")]
#[OpenApi(prefix_path = "/v1")]
impl<S> Api<S>
where
    S: Store,
{
    /// Guarded as the block says.
    #[oai(path = "/weather/:city", method = "get", method = "put")]
    async fn weather(
        &self,
        city: Path<String>,
        #[oai(validator(maximum(value = "14")))] days: Query<Option<u8>>,
    ) -> PlainText<String> {
        PlainText(self.0.read() + &city + &days.unwrap_or(1).to_string())
    }

    /// Guarded as it says itself.
    ///
    /// # Errors
    ///
    /// What is wrong with the report.
    #[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
    #[oai(path = "/report", method = "post", operation_id = "report")]
    pub async fn report(
        &self,
        token: AccessToken,
        caller: Caller,
        report: Json<Report>,
    ) -> Result<Json<Report>, Wrong> {
        let _ = (token, caller);
        if report.city.is_empty() { Err(Wrong::City) } else { Ok(report) }
    }

    #[oai(path = "/borrowed", method = "get")]
    #[requires_auth]
    #[tracing::instrument(skip_all)]
    async fn borrowed(&self, request: &Request) -> poem::Result<PlainText<String>> {
        let token = validate_scope("weather.read", request).await?;
        Ok(PlainText(token.token_id().unwrap_or_default().to_owned()))
    }

    #[oai(path = "/async", method = "get", hidden)]
    async fn r#async(&self) {}
}

mod renamed {
    mod requires_auth {}

    mod my_auth {
        pub(super) use ::requires_auth::*;
    }

    pub(crate) struct Guests;

    #[my_auth::requires_auth(not(guest), crate = my_auth)]
    #[poem_openapi::OpenApi]
    impl Guests {
        #[oai(path = "/guests", method = "get")]
        async fn guests(&self) {}
    }
}

fn main() {
    let _ = OpenApiService::new((Api(Memory), renamed::Guests), "weather", "1").spec();
}
