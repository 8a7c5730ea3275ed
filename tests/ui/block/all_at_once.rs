use requires_auth::requires_auth;

struct Weather;

macro_rules! generated {
    () => {
        async fn generated() {}
    };
}

#[requires_auth(scope = "weather.read")]
impl Weather {
    #[requires_auth(scopes = "weather.write")]
    async fn report() {}

    #[requires_auth]
    #[requires_auth(guest)]
    async fn twice() {}

    #[cfg_attr(unix, requires_auth(guest))]
    async fn conditional() {}

    const fn new() -> Self {
        Self
    }

    generated!();
}

fn main() {
    let _ = Weather;
}
