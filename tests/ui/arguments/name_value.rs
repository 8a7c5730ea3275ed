use requires_auth::requires_auth;

#[requires_auth = "weather.read"]
async fn weather() {}

fn main() {}
