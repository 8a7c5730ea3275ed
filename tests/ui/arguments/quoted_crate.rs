use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read", crate = "requires_auth")]
async fn weather() {}

fn main() {}
