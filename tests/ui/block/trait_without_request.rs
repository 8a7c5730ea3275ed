use requires_auth::{AuthError, requires_auth};

trait Forecast {
    fn read(&self, city: String) -> Result<String, AuthError>;
}

struct Weather;

#[requires_auth(scope = "weather.read")]
impl Forecast for Weather {
    fn read(&self, city: String) -> Result<String, AuthError> {
        Ok(city)
    }
}

fn main() {
    let _ = Weather.read(String::new());
}
