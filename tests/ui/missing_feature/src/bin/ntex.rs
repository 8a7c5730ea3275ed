use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
#[ntex::web::get("/weather")]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = ntex::web::App::new().service(weather);
}
