use requires_auth::requires_auth;
use rocket::{get, routes};

#[get("/weather")]
#[requires_auth(scope = "weather.read")]
async fn weather() {}

fn main() {
    let _ = rocket::build().mount("/", routes![weather]);
}
