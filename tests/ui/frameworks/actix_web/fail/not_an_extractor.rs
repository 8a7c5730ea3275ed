use actix_web::{App, get};
use requires_auth::requires_auth;

struct City;

#[requires_auth(scope = "weather.read")]
#[get("/weather")]
async fn weather(_city: City) -> &'static str {
    "sunny"
}

fn main() {
    let _ = App::new().service(weather);
}
