use ntex::web::{self, App};
use requires_auth::requires_auth;

struct City;

#[requires_auth(scope = "weather.read")]
#[web::get("/weather")]
async fn weather(_city: City) -> &'static str {
    "sunny"
}

fn main() {
    let _ = App::new().service(weather);
}
