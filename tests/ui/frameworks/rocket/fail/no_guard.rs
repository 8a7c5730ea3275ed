use requires_auth::requires_auth;
use rocket::{get, routes};

struct NoGuard;

#[requires_auth(scope = "weather.read")]
#[get("/weather")]
async fn weather(_argument: NoGuard) {}

fn main() {
    let _ = rocket::build().mount("/", routes![weather]);
}
