use requires_auth::requires_auth;
use salvo::prelude::*;

#[requires_auth(scope = "weather.read")]
#[handler]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = Router::with_path("weather").get(weather);
}
