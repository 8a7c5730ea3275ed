use requires_auth::requires_auth;
use salvo::prelude::*;

struct Weather;

#[handler]
#[requires_auth(scope = "weather.read")]
impl Weather {
    async fn handle(&self) {}
}

fn main() {
    let _ = Router::new().get(Weather);
}
