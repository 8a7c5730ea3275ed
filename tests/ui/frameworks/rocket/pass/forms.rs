//! The attribute above Rocket's own, on handlers of every form that Rocket takes.
#![deny(warnings, unused)]

use std::fmt::Display;

use requires_auth::{AccessToken, AuthError, Caller, RequiresAuthFairing, requires_auth, validate_scope};
use rocket::form::Form;
use rocket::http::{Header, Status};
use rocket::response::Responder;
use rocket::response::status::Accepted;
use rocket::response::stream::TextStream;
use rocket::serde::json::Json;
use rocket::{Build, FromForm, Request, Rocket, State, delete, get, head, options, patch, post, put, route, routes};

#[derive(FromForm)]
struct City<'r> {
    name: &'r str,
}

#[requires_auth]
#[get("/bare")]
fn bare() {}

#[requires_auth(scope = "weather.read")]
#[get("/cities/<city>/<rest..>?<days>&<more..>")]
async fn lifetimes<'r>(
    token: AccessToken,
    city: &'r str,
    rest: std::path::PathBuf,
    days: Option<u8>,
    more: City<'r>,
    request_id: &State<String>,
) -> Result<Json<String>, AuthError> {
    let parts = [city, more.name, request_id, &rest.display().to_string(), token.subject().unwrap_or("nobody")];
    Ok(Json(parts.join("/") + &days.unwrap_or(1).to_string()))
}

#[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
#[post("/report", data = "<city>", rank = 2, format = "form")]
async fn report(mut city: Form<City<'_>>, _unused: AccessToken) -> Result<Accepted<String>, (Status, &'static str)> {
    city.name = city.name.strip_prefix("City of ").ok_or((Status::UnprocessableEntity, "no city"))?;
    Ok(Accepted(city.name.to_owned()))
}

#[requires_auth(not(guest))]
#[get("/impl")]
async fn opaque<'r>() -> impl Responder<'r, 'static> {
    let shown: &dyn Display = &"sunny";
    shown.to_string()
}

#[requires_auth(role = "Forecaster")]
#[get("/stream")]
fn stream() -> TextStream![String] {
    TextStream! { yield "sunny".to_owned(); }
}

#[requires_auth(check = rules::r#match)]
#[get("/raw/<type>")]
async fn r#async(r#type: String, caller: Result<Caller, AuthError>) -> Option<String> {
    caller.ok()?.token().map(|_| r#type)
}

mod rules {
    pub(super) fn r#match(token: &requires_auth::AccessToken) -> bool {
        token.is_app_only()
    }
}

#[cfg(debug_assertions)]
#[requires_auth(scope = "weather.read")]
#[get("/twin")]
async fn twin() {}

#[requires_auth(scope = "weather.write")]
#[cfg(not(debug_assertions))]
#[get("/twin")]
async fn twin() {}

#[requires_auth(scope = "weather.read")]
#[get("/traced")]
#[tracing::instrument]
async fn traced() -> &'static str {
    "sunny"
}

#[requires_auth(scope = "weather.read")]
#[tracing::instrument]
#[get("/traced_too")]
async fn traced_too() -> &'static str {
    "sunny"
}

/// Reads.
#[requires_auth(scope = "weather.read")]
#[utoipa::path(get, path = "/described/{id}", params(("id" = u32, Path)), responses((status = 200, body = String)))]
#[get("/described/<id>")]
async fn described(id: u32) -> String {
    id.to_string()
}

#[requires_auth(scope = "weather.write")]
#[put("/every")]
async fn every_put() {}

#[requires_auth(scope = "weather.write")]
#[patch("/every")]
async fn every_patch() {}

#[requires_auth(scope = "weather.write")]
#[delete("/every")]
async fn every_delete() {}

#[requires_auth(scope = "weather.write")]
#[head("/every")]
async fn every_head() {}

#[requires_auth(scope = "weather.write")]
#[options("/every")]
async fn every_options() {}

#[requires_auth(scope = "weather.write")]
#[route(GET, uri = "/every")]
async fn every_other() {}

macro_rules! guarded {
    ($($item:item)+) => {
        $(#[requires_auth(scope = "weather.read")] $item)+
    };
}

guarded! {
    #[get("/from_a_macro/<text>")]
    async fn from_a_macro(text: String) -> String {
        text
    }
}

macro_rules! handler {
    ($name:ident, $scope:literal, $path:literal) => {
        #[requires_auth(scope = $scope)]
        #[get($path)]
        async fn $name() -> &'static str {
            $path
        }
    };
}

handler!(from_another_macro, "weather.read", "/from_another_macro");

#[allow(non_local_definitions, reason = "that of Rocket's own attribute")]
fn local() -> Vec<rocket::Route> {
    #[requires_auth(scope = "weather.read")]
    #[get("/local")]
    async fn weather() -> &'static str {
        "sunny"
    }
    routes![weather]
}

/// A guard of the application that checks by hand.
struct Reader;

#[rocket::async_trait]
impl<'r> rocket::request::FromRequest<'r> for Reader {
    type Error = AuthError;

    async fn from_request(request: &'r Request<'_>) -> rocket::request::Outcome<Self, AuthError> {
        match validate_scope("weather.read", request).await {
            Ok(_) => rocket::request::Outcome::Success(Self),
            Err(refusal) => rocket::request::Outcome::Error((Status::new(refusal.status()), refusal)),
        }
    }
}

#[derive(Responder)]
enum Refusal {
    Auth(AuthError),
    #[response(status = 409)]
    Conflict(&'static str, Header<'static>),
}

impl From<AuthError> for Refusal {
    fn from(refusal: AuthError) -> Self {
        Self::Auth(refusal)
    }
}

#[get("/by_hand")]
async fn by_hand(reader: Result<Reader, AuthError>) -> Result<&'static str, Refusal> {
    let Reader = reader?;
    Err(Refusal::Conflict("not now", Header::new("retry-after", "5")))
}

fn rocket() -> Rocket<Build> {
    rocket::build()
        .attach(RequiresAuthFairing)
        .mount("/", routes![bare, lifetimes, report, opaque, stream, r#async, twin, traced, traced_too, described])
        .mount("/", routes![every_put, every_patch, every_delete, every_head, every_options, every_other])
        .mount("/", routes![from_a_macro, from_another_macro, by_hand])
        .mount("/", local())
}

fn main() {
    let _ = rocket();
}
