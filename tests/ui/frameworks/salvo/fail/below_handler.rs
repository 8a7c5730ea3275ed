use requires_auth::requires_auth;
use salvo::prelude::*;

#[handler]
#[requires_auth(scope = "weather.read")]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = Router::new().get(weather);
}
