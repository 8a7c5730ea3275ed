use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
async fn weather() {
    let _ = __requires_auth;
}

fn main() {}
