use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
const fn weather() {}

fn main() {}
