use requires_auth::requires_auth;

struct Weather;

impl Weather {
    #[requires_auth(scope = "weather.read")]
    async fn read() {}
}

fn main() {
    let _ = Weather::read;
}
