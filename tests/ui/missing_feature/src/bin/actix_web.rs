use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
#[actix_web::get("/weather")]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = actix_web::App::new().service(weather);
}
