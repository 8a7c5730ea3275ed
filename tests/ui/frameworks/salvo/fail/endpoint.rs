use requires_auth::requires_auth;
use salvo::prelude::*;

#[requires_auth(scope = "weather.read")]
#[endpoint]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = Router::new().get(weather);
}
