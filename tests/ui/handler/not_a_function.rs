use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
struct Weather;

#[requires_auth(scope = "weather.read")]
pub(crate) trait Forecast {}

#[requires_auth(scope = "weather.read")]
const LIMIT: u8 = 7;

#[requires_auth(scope = "weather.read")]
mod handlers {}

fn main() {
    let _ = (Weather, LIMIT);
}
