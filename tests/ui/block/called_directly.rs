use requires_auth::requires_auth;

struct Weather;

#[requires_auth(scope = "weather.read")]
impl Weather {
    fn new() -> Self {
        Self
    }

    async fn read(&self) {}
}

fn main() {
    let _ = Weather::new();
    let _ = Weather.read();
}
