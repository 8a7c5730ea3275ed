use requires_auth::requires_auth;

trait Forecast {
    #[requires_auth(scope = "weather.read")]
    fn weather();
}

fn main() {}
