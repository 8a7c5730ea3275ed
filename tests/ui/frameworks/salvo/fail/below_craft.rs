use requires_auth::requires_auth;
use salvo::prelude::*;

#[derive(Clone, Debug)]
pub struct Weather;

#[craft]
#[requires_auth(scope = "weather.read")]
impl Weather {
    #[craft(handler)]
    async fn read(&self) {}
}

fn main() {
    let _ = Router::new().get(Weather.read());
}
