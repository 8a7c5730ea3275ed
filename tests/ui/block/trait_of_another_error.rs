use http::Request;
use requires_auth::requires_auth;

trait Forecast {
    fn read(&self, request: Request<()>) -> Result<(), String>;
    fn now(&self, request: Request<()>) -> u8;
}

struct Weather;

#[requires_auth(scope = "weather.read")]
impl Forecast for Weather {
    fn read(&self, _: Request<()>) -> Result<(), String> {
        Ok(())
    }

    fn now(&self, _: Request<()>) -> u8 {
        7
    }
}

fn main() {
    let _ = Weather.read(Request::new(()));
    let _ = Weather.now(Request::new(()));
}
