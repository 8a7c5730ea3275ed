use requires_auth::requires_auth;

#[requires_auth(any(scope = "weather.read", authority = "customers"))]
async fn weather() {}

fn main() {}
