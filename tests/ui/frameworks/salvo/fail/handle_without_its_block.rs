use requires_auth::requires_auth;
use salvo::prelude::*;

struct Weather;

#[handler]
impl Weather {
    #[requires_auth(scope = "weather.read")]
    async fn handle(&self) {}
}

fn main() {
    let _ = Router::new().get(Weather);
}
