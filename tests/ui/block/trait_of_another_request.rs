use requires_auth::{AuthError, requires_auth};

struct Request;

trait Forecast {
    fn read(&self, request: Request) -> Result<(), AuthError>;
}

struct Weather;

#[requires_auth(scope = "weather.read")]
impl Forecast for Weather {
    fn read(&self, request: Request) -> Result<(), AuthError> {
        drop(request);
        Ok(())
    }
}

fn main() {
    let _ = Weather.read(Request);
}
