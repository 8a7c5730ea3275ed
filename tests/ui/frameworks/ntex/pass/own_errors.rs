//! An application with errors of its own, which take a refusal as they take any other error.
// The attributes of ntex make structs without documentation.
#![allow(missing_docs)]
#![deny(warnings, dead_code)]

use std::fmt;

use ntex::http::{Response, ResponseError, StatusCode};
use ntex::web::{self, App, ErrorRenderer, HttpRequest, HttpResponse, error::ErrorContainer};
use requires_auth::{AccessToken, AuthError, requires_auth};

struct Renderer;

impl ErrorRenderer for Renderer {
    type Container = Failure;
}

#[derive(Debug)]
struct Failure(AuthError);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl From<AuthError> for Failure {
    fn from(refusal: AuthError) -> Self {
        Self(refusal)
    }
}

impl ResponseError for Failure {
    fn error_response(&self) -> Response {
        Response::new(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl ErrorContainer for Failure {
    fn error_response(&self, request: &HttpRequest) -> HttpResponse {
        web::WebResponseError::<Renderer>::error_response(&self.0, request)
    }
}

#[requires_auth(scope = "weather.read")]
#[web::get("/weather", error = "Renderer")]
async fn weather(_token: AccessToken) -> Result<&'static str, AuthError> {
    Ok("sunny")
}

fn main() {
    let _ = App::with(Renderer).service(weather);
}
