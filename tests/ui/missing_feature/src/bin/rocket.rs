use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
#[rocket::get("/weather")]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = rocket::build().mount("/", rocket::routes![weather]);
}
